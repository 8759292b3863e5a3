//! Queries: the calls of a service.

use std::sync::{Arc, Condvar, Mutex};
use std::time::Duration;

use pyo3::prelude::*;
use zenoh::Wait;
use zenoh::cancellation::CancellationToken;
use zenoh::query::{ConsolidationMode, QueryTarget};

use crate::attachment::{self, GID_SIZE};
use crate::buffers::{Parts, Payload};
use crate::callbacks::post;
use crate::errors::zenoh_error;
use crate::forks::{Local, is_child};
use crate::session::Session;
use crate::shared::in_one_piece;
use crate::waiting::{deadline, lock, wait_for};

/// An answer: one of `ok` and `err`.
#[pyclass(frozen, module = "thumbox_ros._native")]
pub(crate) struct Reply(Local<zenoh::query::Reply>);

impl Reply {
    fn new(reply: zenoh::query::Reply) -> Self {
        Self(Local::new(reply))
    }
}

#[pymethods]
impl Reply {
    /// The payload of an answer; None for an error.
    #[getter]
    fn ok(&self) -> Option<Payload> {
        self.0.as_ref()?.result().ok().map(|sample| Payload::new(sample.payload().clone()))
    }

    /// The payload of an error; None for an answer.
    #[getter]
    fn err(&self) -> Option<Payload> {
        self.0.as_ref()?.result().err().map(|error| Payload::new(error.payload().clone()))
    }
}

/// What has become of a query.
enum State {
    Open,
    /// Some: its first answer, until that is taken. None: there is none, and none can come.
    Done(Local<Box<zenoh::query::Reply>>),
}

struct Shared {
    state: Mutex<State>,
    changed: Condvar,
    /// Called once, with the first answer or None.
    call: Mutex<Option<Py<PyAny>>>,
}

impl Shared {
    /// Takes note of the first answer, or of the end without one.
    fn done(&self, reply: Option<zenoh::query::Reply>) {
        if let Some(call) = lock(&self.call).take() {
            post(move |py| call.call1(py, (reply.map(Reply::new),)).map(drop));
            return;
        }
        let mut state = lock(&self.state);
        if matches!(*state, State::Open) {
            *state = State::Done(Local::of(reply.map(Box::new)));
            self.changed.notify_all();
        }
    }
}

/// Says that no more answers can come, once Zenoh drops it.
struct End(Arc<Shared>);

impl Drop for End {
    fn drop(&mut self) {
        self.0.done(None);
    }
}

/// A query that was sent.
#[pyclass(frozen, module = "thumbox_ros._native")]
pub(crate) struct Get {
    shared: Arc<Shared>,
    token: CancellationToken,
}

#[pymethods]
impl Get {
    /// Sends a query to the nearest of those who answer `key`: a tuple or list of buffers, joined; one buffer, or a
    /// `Payload`; or None. The attachment is rmw_zenoh's, made of `number` and `gid`, or given as bytes.
    ///
    /// `call`, if it is given, is called once, with the first `Reply`, or None when no more can come.
    #[new]
    #[pyo3(signature = (session, key, parts, timeout, *, number = 0, gid = None, attachment = None, call = None))]
    #[expect(clippy::too_many_arguments, reason = "named ones, in Python")]
    fn new(
        py: Python<'_>,
        session: &Session,
        key: String,
        parts: Option<&Bound<'_, PyAny>>,
        timeout: f64,
        number: i64,
        gid: Option<[u8; GID_SIZE]>,
        attachment: Option<Vec<u8>>,
        call: Option<Py<PyAny>>,
    ) -> PyResult<Self> {
        let payload = parts.map(Parts::of).transpose()?;
        let attachment =
            attachment.map(Into::into).or_else(|| gid.map(|gid| attachment::now(number, &gid)));
        let shared = Arc::new(Shared {
            state: Mutex::new(State::Open),
            changed: Condvar::new(),
            call: Mutex::new(call),
        });
        let token = CancellationToken::default();
        let end = End(Arc::clone(&shared));
        let session = session.get()?;
        py.detach(|| {
            let get = session
                .get(key)
                .target(QueryTarget::BestMatching)
                .consolidation(ConsolidationMode::None)
                .timeout(Duration::from_secs_f64(timeout))
                .attachment(attachment)
                .cancellation_token(token.clone())
                .callback(move |reply| end.0.done(Some(reply)));
            match payload {
                Some(payload) => get.payload(in_one_piece(&session, payload)).wait(),
                None => get.wait(),
            }
        })
        .map_err(zenoh_error)?;
        Ok(Self { shared, token })
    }

    /// Waits up to `timeout` seconds for the first answer. Returns whether the query is done, and the answer, if there
    /// is one; an answer is returned once.
    fn wait(&self, py: Python<'_>, timeout: f64) -> PyResult<(bool, Option<Reply>)> {
        let lock_and_change = (&self.shared.state, &self.shared.changed);
        let found = wait_for(py, lock_and_change, deadline(Some(timeout))?, |state| match state {
            State::Open => None,
            State::Done(reply) => Some(reply.take()),
        })?;
        Ok((found.is_some(), found.flatten().map(|reply| Reply::new(*reply))))
    }

    /// Ends it.
    fn cancel(&self, py: Python<'_>) -> PyResult<()> {
        if is_child() {
            return Ok(());
        }
        py.detach(|| self.token.cancel().wait()).map_err(zenoh_error)
    }
}
