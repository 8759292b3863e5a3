//! Publishing.

use std::sync::Mutex;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use pyo3::exceptions::PyRuntimeError;
use pyo3::prelude::*;
use zenoh::Wait;
use zenoh::bytes::ZBytes;
use zenoh::qos::CongestionControl;
use zenoh_ext::{AdvancedPublisher, AdvancedPublisherBuilderExt, CacheConfig, MissDetectionConfig};

use crate::attachment::{self, GID_SIZE};
use crate::buffers::Parts;
use crate::errors::zenoh_error;
use crate::forks::{Local, check, taken};
use crate::plan::Plan;
use crate::session::Session;
use crate::shared::in_one_piece;
use crate::waiting::lock;

/// Between the heartbeats of a latched publisher, as in rmw_zenoh.
const HEARTBEAT: Duration = Duration::from_millis(500);

/// Publishes on one key, with the attachment of rmw_zenoh.
#[pyclass(frozen, module = "thumbox_ros._native")]
pub(crate) struct Publisher {
    gid: [u8; GID_SIZE],
    sent: AtomicI64,
    /// None after the end.
    open: Mutex<Local<Open>>,
}

struct Open {
    session: zenoh::Session,
    sends: Sends,
}

enum Sends {
    Plain(zenoh::pubsub::Publisher<'static>),
    Latched(AdvancedPublisher<'static>),
}

#[pymethods]
impl Publisher {
    /// `latched`: messages that are kept for subscribers that join later; 0 for none.
    #[new]
    fn new(
        py: Python<'_>,
        session: &Session,
        key: String,
        gid: [u8; GID_SIZE],
        is_reliable: bool,
        latched: usize,
    ) -> PyResult<Self> {
        let control = if is_reliable { CongestionControl::Block } else { CongestionControl::Drop };
        let session = session.get()?;
        let sends = py
            .detach(|| {
                let publisher = session.declare_publisher(key).congestion_control(control);
                if latched == 0 {
                    return publisher.wait().map(Sends::Plain);
                }
                // As rmw_zenoh does: Zenoh's own cache, which late subscribers query.
                let mut publisher = publisher
                    .cache(CacheConfig::default().max_samples(latched))
                    .publisher_detection();
                if is_reliable {
                    let detection = MissDetectionConfig::default().sporadic_heartbeat(HEARTBEAT);
                    publisher = publisher.sample_miss_detection(detection);
                }
                publisher.wait().map(Sends::Latched)
            })
            .map_err(zenoh_error)?;
        Ok(Self {
            gid,
            sent: AtomicI64::new(0),
            open: Mutex::new(Local::new(Open { session, sends })),
        })
    }

    /// How many messages were sent.
    #[getter]
    fn sent(&self) -> i64 {
        self.sent.load(Ordering::Relaxed)
    }

    /// Whether Zenoh knows of a subscriber. A latched publisher does not need one: its cache serves late subscribers.
    fn is_matched(&self, py: Python<'_>) -> PyResult<bool> {
        check()?;
        py.detach(|| match lock(&self.open).as_ref() {
            Some(Open { sends: Sends::Plain(publisher), .. }) => {
                publisher.matching_status().wait().map(|status| status.matching())
            }
            Some(Open { sends: Sends::Latched(_), .. }) => Ok(true),
            None => Ok(false),
        })
        .map_err(zenoh_error)
    }

    /// Sends a tuple or list of buffers, joined; or one buffer, or a `Payload`.
    fn put(&self, py: Python<'_>, parts: &Bound<'_, PyAny>) -> PyResult<()> {
        self.put_payload(py, Parts::of(parts)?)
    }

    /// Sends a message, written by a plan. Returns whether the plan had an answer.
    fn publish(&self, py: Python<'_>, plan: &Plan, message: &Bound<'_, PyAny>) -> PyResult<bool> {
        let Some(payload) = plan.write(message)? else { return Ok(false) };
        self.put_payload(py, payload.bytes())?;
        Ok(true)
    }

    /// Ends it. May be called any number of times.
    fn undeclare(&self, py: Python<'_>) -> PyResult<()> {
        py.detach(|| match taken(&self.open).map(|open| open.sends) {
            Some(Sends::Plain(publisher)) => publisher.undeclare().wait(),
            Some(Sends::Latched(publisher)) => publisher.undeclare().wait(),
            None => Ok(()),
        })
        .map_err(zenoh_error)
    }
}

impl Publisher {
    fn put_payload(&self, py: Python<'_>, payload: ZBytes) -> PyResult<()> {
        check()?;
        let is_open = py.detach(|| self.send(payload)).map_err(zenoh_error)?;
        if is_open { Ok(()) } else { Err(PyRuntimeError::new_err("the publisher is closed")) }
    }

    /// Sends it, and numbers it: in the order in which messages are sent. False after the end.
    fn send(&self, payload: ZBytes) -> zenoh::Result<bool> {
        let open = lock(&self.open);
        let Some(open) = open.as_ref() else { return Ok(false) };
        let payload = in_one_piece(&open.session, payload);
        let number = self.sent.fetch_add(1, Ordering::Relaxed) + 1;
        let attachment = attachment::now(number, &self.gid);
        match &open.sends {
            Sends::Plain(publisher) => publisher.put(payload).attachment(attachment).wait()?,
            Sends::Latched(publisher) => publisher.put(payload).attachment(attachment).wait()?,
        }
        Ok(true)
    }
}
