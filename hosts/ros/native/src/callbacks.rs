//! The one thread that tells Python of something, or releases what Python owns: never one of Zenoh's, for which the
//! GIL would be a wait that all sessions share.

use std::collections::VecDeque;
use std::sync::{Condvar, Mutex};

use pyo3::prelude::*;

use crate::forks::is_child;
use crate::waiting::{lock, wait_for};

/// What is to be done with the GIL.
type Job = Box<dyn FnOnce(Python<'_>) -> PyResult<()> + Send>;

#[derive(Default)]
struct Jobs {
    waiting: VecDeque<Job>,
    /// Objects to be released.
    objects: Vec<Py<PyAny>>,
    is_ended: bool,
}

static JOBS: Mutex<Jobs> =
    Mutex::new(Jobs { waiting: VecDeque::new(), objects: Vec::new(), is_ended: false });
static POSTED: Condvar = Condvar::new();

/// Has the thread do something, in the order in which it was posted.
pub(crate) fn post(job: impl FnOnce(Python<'_>) -> PyResult<()> + Send + 'static) {
    with_jobs(job, |jobs, job| jobs.waiting.push_back(Box::new(job)));
}

/// Has the thread release an object.
pub(crate) fn release(object: Py<PyAny>) {
    with_jobs(object, |jobs, object| jobs.objects.push(object));
}

/// Adds something to the jobs; forgets it where nobody will do them, since to drop it might need an interpreter that has
/// ended.
fn with_jobs<T>(given: T, add: impl FnOnce(&mut Jobs, T)) {
    if is_child() {
        return std::mem::forget(given);
    }
    let mut jobs = lock(&JOBS);
    if jobs.is_ended {
        return std::mem::forget(given);
    }
    add(&mut jobs, given);
    POSTED.notify_one();
}

/// Does what is posted, until `stop` is called. A thread of Python's is given to it.
#[pyfunction]
pub(crate) fn run_callbacks(py: Python<'_>) -> PyResult<()> {
    loop {
        let taken = wait_for(py, (&JOBS, &POSTED), None, |jobs| {
            if jobs.waiting.is_empty() && jobs.objects.is_empty() {
                return jobs.is_ended.then(|| (VecDeque::new(), Vec::new()));
            }
            Some((std::mem::take(&mut jobs.waiting), std::mem::take(&mut jobs.objects)))
        })?;
        let Some((waiting, objects)) = taken else { continue };
        if waiting.is_empty() && objects.is_empty() {
            return Ok(());
        }
        drop(objects);
        for job in waiting {
            if let Err(error) = job(py) {
                error.write_unraisable(py, None);
            }
        }
    }
}

/// Ends the thread, once it has done what was posted.
#[pyfunction]
pub(crate) fn stop() {
    if is_child() {
        return;
    }
    lock(&JOBS).is_ended = true;
    POSTED.notify_all();
}
