//! Subscribing: what arrives waits in a queue.

use std::sync::{Arc, Mutex};

use pyo3::prelude::*;
use pyo3::types::PyBytes;
use zenoh::Wait;
use zenoh_ext::{AdvancedSubscriber, AdvancedSubscriberBuilderExt, HistoryConfig, RecoveryConfig};

use crate::buffers::Payload;
use crate::errors::zenoh_error;
use crate::forks::{Local, is_child, taken};
use crate::plan::Plan;
use crate::queue::{MOST_BYTES, Queue};
use crate::session::Session;

/// A message that has arrived.
#[pyclass(frozen, module = "thumbox_ros._native")]
pub(crate) struct Sample(Local<zenoh::sample::Sample>);

#[pymethods]
impl Sample {
    /// The payload as Zenoh has it.
    #[getter]
    fn payload(&self) -> Option<Payload> {
        self.0.as_ref().map(|sample| Payload::new(sample.payload().clone()))
    }

    /// The attachment, or None.
    #[getter]
    fn attachment<'py>(&self, py: Python<'py>) -> Option<Bound<'py, PyBytes>> {
        self.0.as_ref()?.attachment().map(|bytes| PyBytes::new(py, &bytes.to_bytes()))
    }
}

enum Receives {
    Plain(zenoh::pubsub::Subscriber<()>),
    Latched(AdvancedSubscriber<()>),
}

/// Receives the messages of one key, of which the last `depth` wait to be taken.
#[pyclass(frozen, module = "thumbox_ros._native")]
pub(crate) struct Subscriber {
    queue: Arc<Queue<zenoh::sample::Sample>>,
    /// None after the end.
    open: Mutex<Local<Receives>>,
}

#[pymethods]
impl Subscriber {
    /// `latched`: messages from before that are asked for; 0 for none.
    #[new]
    #[pyo3(signature = (session, key, depth, is_reliable, latched, *, most_bytes = MOST_BYTES))]
    fn new(
        py: Python<'_>,
        session: &Session,
        key: String,
        depth: usize,
        is_reliable: bool,
        latched: usize,
        most_bytes: usize,
    ) -> PyResult<Self> {
        let queue = Arc::new(Queue::new(depth, most_bytes));
        let put = {
            let queue = Arc::clone(&queue);
            move |sample: zenoh::sample::Sample| {
                let size = sample.payload().len();
                queue.put(sample, size);
            }
        };
        let session = session.get()?;
        let receives = py
            .detach(|| {
                let subscriber = session.declare_subscriber(key).callback(put);
                if latched == 0 {
                    return subscriber.wait().map(Receives::Plain);
                }
                let history =
                    HistoryConfig::default().detect_late_publishers().max_samples(latched);
                let mut subscriber = subscriber.history(history).subscriber_detection();
                if is_reliable {
                    subscriber = subscriber.recovery(RecoveryConfig::default().heartbeat());
                }
                subscriber.wait().map(Receives::Latched)
            })
            .map_err(zenoh_error)?;
        Ok(Self { queue, open: Mutex::new(Local::new(receives)) })
    }

    /// The oldest message; None if none came within `timeout` seconds (None: no limit), or after the end.
    fn take(&self, py: Python<'_>, timeout: Option<f64>) -> PyResult<Option<Sample>> {
        Ok(self.queue.take(py, timeout)?.map(|sample| Sample(Local::new(sample))))
    }

    /// The same, read by a plan: the message, and None; or None, and what the plan has no answer for.
    fn take_message<'py>(
        &self,
        py: Python<'py>,
        plan: &Plan,
        timeout: Option<f64>,
    ) -> PyResult<(Option<Bound<'py, PyAny>>, Option<Sample>)> {
        let Some(sample) = self.queue.take(py, timeout)? else { return Ok((None, None)) };
        let message = plan.read(py, &Payload::new(sample.payload().clone()))?;
        let sample = if message.is_none() { Some(Sample(Local::new(sample))) } else { None };
        Ok((message, sample))
    }

    /// Has `call` called once, when a message waits or none can come.
    fn when_ready(&self, call: Py<PyAny>) {
        self.queue.when_ready(call);
    }

    /// Forgets what waits by `when_ready`.
    fn forget(&self, call: &Bound<'_, PyAny>) {
        self.queue.forget(call);
    }

    /// Has `call` called for each message that displaces no other.
    fn on_arrival(&self, call: Py<PyAny>) {
        self.queue.set_on_arrival(call);
    }

    /// Messages that wait, that have arrived, and that were dropped.
    fn counts(&self) -> (usize, u64, u64) {
        self.queue.counts()
    }

    /// Ends it, and discards what waits. May be called any number of times.
    fn undeclare(&self, py: Python<'_>) -> PyResult<()> {
        if is_child() {
            return Ok(());
        }
        py.detach(|| {
            let taken = taken(&self.open);
            let ended = match taken {
                Some(Receives::Plain(subscriber)) => subscriber.undeclare().wait(),
                Some(Receives::Latched(subscriber)) => subscriber.undeclare().wait(),
                None => Ok(()),
            };
            self.queue.close();
            ended
        })
        .map_err(zenoh_error)
    }
}
