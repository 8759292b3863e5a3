//! The transport of thumbox-ros: a Zenoh session, and what is sent and received through it, for Python.
//!
//! Zenoh's threads never enter Python. What arrives waits in a bounded queue ([`queue`]) for the Python thread that
//! takes it; what Python has to be told of goes to one thread of Python's own ([`callbacks`]). What is sent is given to
//! Zenoh as the buffers that the caller has, and what has arrived is shown where Zenoh has it ([`buffers`]). The names
//! of ROS 2, its graph, its messages and their encoding are in the Python package.

#![warn(missing_docs)]

mod attachment;
mod buffers;
mod callbacks;
mod cdr;
mod errors;
mod forks;
mod get;
mod plan;
mod publisher;
mod queryable;
mod queue;
mod session;
mod shared;
mod subscriber;
mod waiting;

use pyo3::prelude::*;

/// Private: `thumbox_ros` is what programs use.
#[pymodule]
mod _native {
    #[pymodule_export]
    use crate::{
        buffers::{Payload, ZBufView},
        callbacks::{run_callbacks, stop},
        errors::ZError,
        forks::forked,
        get::{Get, Reply},
        plan::Plan,
        publisher::Publisher,
        queryable::{Query, Queryable},
        session::{Config, Declared, Querier, Session, open},
        subscriber::{Sample, Subscriber},
        waiting::end,
    };

    #[pymodule_export]
    const JOINED: usize = crate::buffers::JOINED;

    #[pymodule_export]
    const MOST_BYTES: usize = crate::queue::MOST_BYTES;
}
