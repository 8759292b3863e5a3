//! Answering queries, which are the requests of a service.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, Mutex};

use pyo3::exceptions::PyRuntimeError;
use pyo3::prelude::*;
use pyo3::types::PyBytes;
use zenoh::Wait;
use zenoh::bytes::ZBytes;

use crate::attachment;
use crate::buffers::{Parts, Payload};
use crate::errors::zenoh_error;
use crate::forks::{Local, check, is_child, taken};
use crate::queue::{MOST_BYTES, Queue};
use crate::session::Session;
use crate::waiting::lock;

/// A request. It is answered once; to drop it unanswered tells its client that nobody will.
#[pyclass(frozen, module = "thumbox_ros._native")]
pub(crate) struct Query(Mutex<Local<zenoh::query::Query>>);

impl Query {
    fn new(query: zenoh::query::Query) -> Self {
        Self(Mutex::new(Local::new(query)))
    }

    fn take(&self) -> PyResult<zenoh::query::Query> {
        check()?;
        lock(&self.0).take().ok_or_else(|| PyRuntimeError::new_err("the request was answered"))
    }
}

#[pymethods]
impl Query {
    /// The payload as Zenoh has it; None if there is none, or after the answer.
    #[getter]
    fn payload(&self) -> Option<Payload> {
        lock(&self.0)
            .as_ref()
            .and_then(|query| query.payload())
            .map(|payload| Payload::new(payload.clone()))
    }

    /// The attachment, or None.
    #[getter]
    fn attachment<'py>(&self, py: Python<'py>) -> Option<Bound<'py, PyBytes>> {
        let query = lock(&self.0);
        query.as_ref()?.attachment().map(|bytes| PyBytes::new(py, &bytes.to_bytes()))
    }

    /// Answers with a tuple or list of buffers, joined; or one buffer, or a `Payload`. The attachment is rmw_zenoh's:
    /// the request's number and gid.
    fn reply(&self, py: Python<'_>, parts: &Bound<'_, PyAny>) -> PyResult<()> {
        let payload = Parts::of(parts)?;
        let query = self.take()?;
        // It is dropped without the GIL: that sends something, too.
        py.detach(move || {
            let attachment =
                query.attachment().and_then(|bytes| attachment::answer_to(&bytes.to_bytes()));
            query.reply(query.key_expr().clone(), payload).attachment(attachment).wait()
        })
        .map_err(zenoh_error)
    }

    /// Answers with an error text.
    fn reply_err(&self, py: Python<'_>, text: &[u8]) -> PyResult<()> {
        let query = self.take()?;
        let text = ZBytes::from(text);
        py.detach(move || query.reply_err(text).wait()).map_err(zenoh_error)
    }
}

/// What a queryable does with a request that there is no room for.
enum Full {
    /// Refuses it, with a text.
    Refuse(String),
    /// Drops the oldest that waits.
    DropOldest,
}

/// Receives the queries of one key, of which `depth` wait to be taken.
#[pyclass(frozen, module = "thumbox_ros._native")]
pub(crate) struct Queryable {
    queue: Arc<Queue<zenoh::query::Query>>,
    /// Queries that found no place in the queue.
    refused: Arc<AtomicU64>,
    /// None after the end.
    open: Mutex<Local<zenoh::query::Queryable<()>>>,
}

#[pymethods]
impl Queryable {
    /// `empty`: the text for queries without a payload; `full`: that for queries that find no room; None for either:
    /// they are accepted, and the oldest is dropped. `on_arrival`, if it is given, is called for each query that waits
    /// and has displaced no other.
    #[new]
    #[expect(clippy::too_many_arguments, reason = "named ones, in Python")]
    #[pyo3(signature = (session, key, depth, *, empty = None, full = None, on_arrival = None, most_bytes = MOST_BYTES))]
    fn new(
        py: Python<'_>,
        session: &Session,
        key: String,
        depth: usize,
        empty: Option<String>,
        full: Option<String>,
        on_arrival: Option<Py<PyAny>>,
        most_bytes: usize,
    ) -> PyResult<Self> {
        let queue = Arc::new(Queue::new(depth, most_bytes));
        let refused = Arc::new(AtomicU64::new(0));
        let full = full.map_or(Full::DropOldest, Full::Refuse);
        if let Some(call) = on_arrival {
            queue.set_on_arrival(call);
        }
        let receive = {
            let (queue, refused) = (Arc::clone(&queue), Arc::clone(&refused));
            move |query: zenoh::query::Query| {
                if let Some((query, text)) = accept(&queue, query, empty.as_ref(), &full) {
                    refused.fetch_add(1, Relaxed);
                    // There is nobody to tell of an answer that cannot be sent.
                    let _ = query.reply_err(text).wait();
                }
            }
        };
        let session = session.get()?;
        let queryable = py
            .detach(|| session.declare_queryable(key).callback(receive).complete(true).wait())
            .map_err(zenoh_error)?;
        Ok(Self { queue, refused, open: Mutex::new(Local::new(queryable)) })
    }

    /// The oldest query; None if none came within `timeout` seconds (None: no limit), or after the end.
    fn take(&self, py: Python<'_>, timeout: Option<f64>) -> PyResult<Option<Query>> {
        Ok(self.queue.take(py, timeout)?.map(Query::new))
    }

    /// Queries that have arrived, and those of them that were refused before anybody took them.
    fn counts(&self) -> (u64, u64) {
        let refused = self.refused.load(Relaxed);
        (self.queue.counts().1 + refused, refused)
    }

    /// Accepts no more queries; readers get what waits, and then None.
    fn close_when_empty(&self) {
        self.queue.close_when_empty();
    }

    /// Ends it, and drops what waits. May be called any number of times.
    fn undeclare(&self, py: Python<'_>) -> PyResult<()> {
        if is_child() {
            return Ok(());
        }
        py.detach(|| {
            let taken = taken(&self.open);
            let ended = taken.map_or(Ok(()), |queryable| queryable.undeclare().wait());
            self.queue.close();
            ended
        })
        .map_err(zenoh_error)
    }
}

/// Has the query wait; gives it back, with the text to refuse it with, if it cannot.
fn accept(
    queue: &Queue<zenoh::query::Query>,
    query: zenoh::query::Query,
    empty: Option<&String>,
    full: &Full,
) -> Option<(zenoh::query::Query, String)> {
    let size = query.payload().map(ZBytes::len);
    if let (None, Some(text)) = (size, empty) {
        return Some((query, text.clone()));
    }
    let size = size.unwrap_or(0);
    match full {
        Full::Refuse(text) => queue.offer(query, size).map(|query| (query, text.clone())),
        Full::DropOldest => {
            queue.put(query, size);
            None
        }
    }
}
