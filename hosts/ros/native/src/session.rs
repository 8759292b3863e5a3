//! Sessions, their configuration, and what is declared in them without data: liveliness tokens and what watches them.

use std::path::PathBuf;
use std::sync::{Arc, Mutex};

use pyo3::prelude::*;
use zenoh::Wait;
use zenoh::liveliness::LivelinessToken;
use zenoh::pubsub::Subscriber;
use zenoh::query::QueryTarget;
use zenoh::sample::{Sample, SampleKind};

use crate::callbacks::post;
use crate::errors::zenoh_error;
use crate::forks::{Local, check, opened, taken};
use crate::waiting::lock;

/// A configuration of Zenoh.
#[pyclass(module = "thumbox_ros._native")]
#[derive(Default)]
pub(crate) struct Config(zenoh::Config);

#[pymethods]
impl Config {
    #[new]
    fn new() -> Self {
        Self::default()
    }

    /// Reads a configuration file.
    #[staticmethod]
    fn from_file(path: PathBuf) -> PyResult<Self> {
        zenoh::Config::from_file(path).map(Self).map_err(zenoh_error)
    }

    /// Sets a setting to a value in JSON5.
    fn insert_json5(&mut self, key: &str, value: &str) -> PyResult<()> {
        self.0.insert_json5(key, value).map_err(zenoh_error)
    }

    /// The value of a setting in JSON.
    fn get_json(&self, key: &str) -> PyResult<String> {
        self.0.get_json(key).map_err(zenoh_error)
    }
}

/// Opens a session.
#[pyfunction]
pub(crate) fn open(py: Python<'_>, config: &Config) -> PyResult<Session> {
    opened()?;
    let config = config.0.clone();
    let session = py.detach(|| zenoh::open(config).wait()).map_err(zenoh_error)?;
    Ok(Session(Local::new(session)))
}

/// An open session. The end of `with` closes it.
#[pyclass(frozen, module = "thumbox_ros._native")]
pub(crate) struct Session(Local<zenoh::Session>);

impl Session {
    /// Zenoh's own session. It is no more than a pointer to it.
    ///
    /// # Errors
    /// RuntimeError in a forked child.
    pub(crate) fn get(&self) -> PyResult<zenoh::Session> {
        check()?;
        (*self.0).clone().ok_or_else(|| zenoh_error("the session is closed"))
    }
}

#[pymethods]
impl Session {
    /// Its identifier.
    fn zid(&self) -> PyResult<String> {
        Ok(self.get()?.zid().to_string())
    }

    /// Whether there is a router or a peer.
    #[getter]
    fn is_connected(&self, py: Python<'_>) -> PyResult<bool> {
        let session = self.get()?;
        Ok(py.detach(|| {
            let info = session.info();
            info.routers_zid().wait().next().is_some() || info.peers_zid().wait().next().is_some()
        }))
    }

    /// Declares a liveliness token.
    fn declare_token(&self, py: Python<'_>, key: String) -> PyResult<Declared> {
        let session = self.get()?;
        py.detach(|| session.liveliness().declare_token(key).wait())
            .map(|token| Declared(Mutex::new(Local::new(What::Token(token)))))
            .map_err(zenoh_error)
    }

    /// Calls `call(key, is_new)` for each liveliness token of a key expression that is there, comes or goes.
    fn watch_tokens(&self, py: Python<'_>, key: String, call: Py<PyAny>) -> PyResult<Declared> {
        let session = self.get()?;
        let call = Arc::new(call);
        let tell = move |sample: Sample| {
            let key = sample.key_expr().as_str().to_owned();
            let is_new = sample.kind() == SampleKind::Put;
            let call = Arc::clone(&call);
            post(move |py| call.call1(py, (key, is_new)).map(drop));
        };
        py.detach(|| {
            session.liveliness().declare_subscriber(key).history(true).callback(tell).wait()
        })
        .map(|watch| Declared(Mutex::new(Local::new(What::Watch(watch)))))
        .map_err(zenoh_error)
    }

    /// Declares that queries of a key will be made, to learn whether somebody answers them.
    fn declare_querier(&self, py: Python<'_>, key: String) -> PyResult<Querier> {
        let session = self.get()?;
        py.detach(|| session.declare_querier(key).target(QueryTarget::BestMatching).wait())
            .map(|querier| Querier(Mutex::new(Local::new(querier))))
            .map_err(zenoh_error)
    }

    /// Closes it, with all that was declared in it. May be called any number of times.
    fn close(&self, py: Python<'_>) -> PyResult<()> {
        let Ok(session) = self.get() else { return Ok(()) };
        py.detach(|| session.close().wait()).map_err(zenoh_error)
    }

    fn __enter__(slf: Py<Self>) -> Py<Self> {
        slf
    }

    #[pyo3(signature = (*_error))]
    fn __exit__(&self, py: Python<'_>, _error: &Bound<'_, pyo3::types::PyTuple>) -> PyResult<()> {
        self.close(py)
    }
}

enum What {
    Token(LivelinessToken),
    Watch(Subscriber<()>),
}

/// A token, or what watches tokens.
#[pyclass(frozen, module = "thumbox_ros._native")]
pub(crate) struct Declared(Mutex<Local<What>>);

#[pymethods]
impl Declared {
    /// Ends it. May be called any number of times.
    fn undeclare(&self, py: Python<'_>) -> PyResult<()> {
        let taken = taken(&self.0);
        py.detach(|| match taken {
            Some(What::Token(token)) => token.undeclare().wait(),
            Some(What::Watch(watch)) => watch.undeclare().wait(),
            None => Ok(()),
        })
        .map_err(zenoh_error)
    }
}

/// Knows whether somebody answers the queries of a key.
#[pyclass(frozen, module = "thumbox_ros._native")]
pub(crate) struct Querier(Mutex<Local<zenoh::query::Querier<'static>>>);

#[pymethods]
impl Querier {
    /// Whether somebody answers.
    fn is_matched(&self, py: Python<'_>) -> PyResult<bool> {
        check()?;
        py.detach(|| {
            let querier = lock(&self.0);
            let Some(querier) = querier.as_ref() else { return Ok(false) };
            querier.matching_status().wait().map(|status| status.matching())
        })
        .map_err(zenoh_error)
    }

    /// Ends it. May be called any number of times.
    fn undeclare(&self, py: Python<'_>) -> PyResult<()> {
        let taken = taken(&self.0);
        py.detach(|| taken.map_or(Ok(()), |querier| querier.undeclare().wait()))
            .map_err(zenoh_error)
    }
}
