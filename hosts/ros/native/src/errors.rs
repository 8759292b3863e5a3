//! Zenoh's errors in Python.

use std::fmt::Display;

use pyo3::exceptions::PyException;
use pyo3::{PyErr, create_exception};

create_exception!(
    thumbox_ros._native,
    ZError,
    PyException,
    "An error of Zenoh, such as a setting that it does not have, or an endpoint that cannot be listened at."
);

/// The error of Zenoh as Python's.
pub(crate) fn zenoh_error(error: impl Display) -> PyErr {
    ZError::new_err(error.to_string())
}
