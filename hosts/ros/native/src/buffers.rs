//! Memory that Zenoh and Python share: what has arrived is shown to Python where Zenoh has it, and what Python sends is
//! given to Zenoh where Python has it.
//!
//! All of this crate's `unsafe` is here.
#![allow(unsafe_code, reason = "Python's buffers are pointers")]

use std::any::Any;
use std::ffi::c_int;
use std::fmt;
use std::sync::{Arc, OnceLock};

use pyo3::buffer::PyUntypedBuffer;
use pyo3::exceptions::{PyBufferError, PyTypeError};
use pyo3::prelude::*;
use pyo3::types::{PyByteArray, PyBytes, PyList, PyMemoryView, PyTuple};
use pyo3::{ffi, intern};
use zenoh::bytes::ZBytes;
use zenoh::internal::buffers::{ZBuf, ZSlice, ZSliceBuffer};

use crate::callbacks::release;
use crate::cdr::Source;
use crate::forks::Local;

/// Smaller parts of a message are copied together; larger ones are sent where they are.
pub(crate) const JOINED: usize = 4096;
/// Views of views that are followed to the memory that they show.
const MOST_VIEWS: usize = 8;

/// A payload as Zenoh has it. `publish_raw` sends it again without a copy.
#[pyclass(frozen, module = "thumbox_ros._native")]
pub(crate) struct Payload {
    bytes: Local<ZBuf>,
    /// Its pieces joined, once that was needed.
    joined: OnceLock<Local<ZSlice>>,
}

impl Payload {
    pub(crate) fn new(bytes: ZBytes) -> Self {
        Self { bytes: Local::new(bytes.into()), joined: OnceLock::new() }
    }

    pub(crate) fn bytes(&self) -> ZBytes {
        self.bytes.clone().unwrap_or_default().into()
    }

    /// The payload in one piece, and how often its bytes were copied for that: 0, or 1 if the network cut it in several.
    pub(crate) fn piece(&self, py: Python<'_>) -> (ZSlice, u32) {
        let mut slices = self.slices();
        match (slices.next(), slices.next()) {
            (None, _) => (ZSlice::empty(), 0),
            (Some(only), None) => (only.clone(), 0),
            _ => {
                let join = || Local::new(ZBuf::from(self.bytes()).to_zslice());
                let joined = py.detach(|| self.joined.get_or_init(join));
                (joined.as_ref().cloned().unwrap_or_else(ZSlice::empty), 1)
            }
        }
    }

    fn slices(&self) -> impl Iterator<Item = &ZSlice> {
        self.bytes.iter().flat_map(ZBuf::zslices)
    }
}

#[pymethods]
impl Payload {
    fn __len__(&self) -> usize {
        self.slices().map(|slice| slice.len()).sum()
    }

    /// The payload in one piece, and how often its bytes were copied for that: 0, or 1 if the network cut it in
    /// several.
    fn view(&self, py: Python<'_>) -> (ZBufView, u32) {
        let (piece, copies) = self.piece(py);
        (ZBufView::new(piece), copies)
    }

    /// A copy of the bytes.
    pub(crate) fn to_bytes<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyBytes>> {
        PyBytes::new_with(py, self.__len__(), |target| {
            gather(self.slices(), target);
            Ok(())
        })
    }

    /// Whether all of it lies in shared memory.
    #[getter]
    fn is_shared(&self) -> bool {
        self.bytes().as_shm().is_some()
    }
}

/// Copies the slices into `target`, one behind the other, as far as they fit.
pub(crate) fn gather<'a>(slices: impl Iterator<Item = &'a ZSlice>, target: &mut [u8]) {
    let mut rest = target;
    for slice in slices {
        let Some((start, after)) = rest.split_at_mut_checked(slice.len()) else { break };
        start.copy_from_slice(slice);
        rest = after;
    }
}

/// Read-only memory that Zenoh has, as a buffer. It is kept for as long as anything shows it.
#[pyclass(frozen, module = "thumbox_ros._native")]
pub(crate) struct ZBufView(Local<ZSlice>);

impl ZBufView {
    pub(crate) fn new(slice: ZSlice) -> Self {
        Self(Local::new(slice))
    }

    fn slice(&self) -> ZSlice {
        (*self.0).clone().unwrap_or_else(ZSlice::empty)
    }

    fn bytes(&self) -> &[u8] {
        self.0.as_ref().map_or(&[], ZSlice::as_slice)
    }
}

#[pymethods]
impl ZBufView {
    fn __len__(&self) -> usize {
        self.bytes().len()
    }

    /// # Safety
    /// Python calls it with a pointer to a `Py_buffer` that may be written.
    unsafe fn __getbuffer__(
        slf: Bound<'_, Self>,
        view: *mut ffi::Py_buffer,
        flags: c_int,
    ) -> PyResult<()> {
        if view.is_null() {
            return Err(PyBufferError::new_err("no view was given"));
        }
        let bytes = slf.get().bytes();
        let size = isize::try_from(bytes.len())
            .map_err(|_| PyBufferError::new_err("the payload is larger than memory"))?;
        let start = bytes.as_ptr().cast_mut().cast();
        // SAFETY: `view` is writable, by this function's contract and the check. The memory has `size` bytes, does not
        // move, and lives as long as `slf`, which is frozen, and to which the view gets a reference. It is announced
        // as read-only, so that nobody writes through the pointer.
        let done = unsafe { ffi::PyBuffer_FillInfo(view, slf.as_ptr(), start, size, 1, flags) };
        if done == -1 { Err(PyErr::fetch(slf.py())) } else { Ok(()) }
    }
}

/// A `bytes` object that Zenoh sends where it is. It cannot change.
struct Kept {
    /// Some, until it is dropped.
    object: Option<Py<PyBytes>>,
    start: *const u8,
    size: usize,
}

// SAFETY: the memory that `start` points at never changes, and `object` keeps it until it is dropped, which hands the
// object to another thread without touching it.
unsafe impl Send for Kept {}
// SAFETY: as above; a shared `Kept` gives out nothing but `&[u8]`.
unsafe impl Sync for Kept {}

impl Kept {
    fn new(bytes: &Bound<'_, PyBytes>) -> Self {
        let memory = bytes.as_bytes();
        Self { start: memory.as_ptr(), size: memory.len(), object: Some(bytes.clone().unbind()) }
    }
}

impl Drop for Kept {
    fn drop(&mut self) {
        // Zenoh's thread drops it, and has no GIL.
        if let Some(object) = self.object.take() {
            release(object.into_any());
        }
    }
}

impl fmt::Debug for Kept {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(to, "bytes of Python ({})", self.size)
    }
}

impl ZSliceBuffer for Kept {
    fn as_slice(&self) -> &[u8] {
        // SAFETY: `start` and `size` are those of a `bytes` object, which does not move or change, and which `object`
        // keeps for as long as `self` is borrowed.
        unsafe { std::slice::from_raw_parts(self.start, self.size) }
    }

    fn as_any(&self) -> &dyn Any {
        self
    }

    fn as_any_mut(&mut self) -> &mut dyn Any {
        self
    }
}

/// What is sent: parts, of which the small ones and those that the caller may change are copied.
#[derive(Default)]
pub(crate) struct Parts {
    done: ZBuf,
    tail: Vec<u8>,
    size: usize,
    /// What was copied, and what was not; each may want to know of copies.
    copied: Vec<Py<PyAny>>,
    shown: Vec<Py<PyAny>>,
}

impl Parts {
    /// The parts of a message: buffers in the order in which they are sent, or one buffer or [`Payload`].
    pub(crate) fn of(given: &Bound<'_, PyAny>) -> PyResult<ZBytes> {
        if let Ok(payload) = given.cast::<Payload>() {
            return Ok(payload.get().bytes());
        }
        let mut parts = Self::default();
        if let Ok(several) = given.cast::<PyTuple>() {
            for part in several.iter_borrowed() {
                parts.add(&part)?;
            }
        } else if let Ok(several) = given.cast::<PyList>() {
            for part in several.iter() {
                parts.add(&part)?;
            }
        } else {
            parts.add(given)?;
        }
        parts.count_copies(given.py(), false)?;
        Ok(parts.finish())
    }

    /// Their bytes so far.
    pub(crate) fn len(&self) -> usize {
        self.size
    }

    /// Adds bytes, which are copied.
    pub(crate) fn extend(&mut self, bytes: &[u8]) {
        self.size += bytes.len();
        self.tail.extend_from_slice(bytes);
    }

    /// Adds a buffer of Python's.
    pub(crate) fn add(&mut self, part: &Bound<'_, PyAny>) -> PyResult<()> {
        if let Ok(bytes) = part.cast_exact::<PyBytes>() {
            if bytes.as_bytes().len() < JOINED {
                self.extend(bytes.as_bytes());
            } else {
                self.push(Arc::new(Kept::new(bytes)).into());
            }
            return Ok(());
        }
        self.add_buffer(part, &PyUntypedBuffer::get(part)?)
    }

    /// Adds an object that has this buffer.
    pub(crate) fn add_buffer(
        &mut self,
        part: &Bound<'_, PyAny>,
        buffer: &PyUntypedBuffer,
    ) -> PyResult<()> {
        let size = buffer.len_bytes();
        if size >= JOINED
            && buffer.is_c_contiguous()
            && let Some(whole) = whole_of(part)?
            && let Some(slice) = slice_of(&whole, buffer.buf_ptr() as usize, size)
        {
            self.push(slice);
            self.shown.push(part.clone().unbind());
            return Ok(());
        }
        let copy = copy_of(buffer)?;
        if size > 0 && !part.is_instance_of::<PyByteArray>() {
            self.copied.push(part.clone().unbind());
        }
        if size < JOINED {
            self.extend(&copy);
        } else {
            self.push(Arc::new(copy).into());
        }
        Ok(())
    }

    fn push(&mut self, slice: ZSlice) {
        self.size += slice.len();
        self.close_tail();
        self.done.push_zslice(slice);
    }

    fn close_tail(&mut self) {
        if !self.tail.is_empty() {
            self.done.push_zslice(Arc::new(std::mem::take(&mut self.tail)).into());
        }
    }

    /// Has what was copied here know it; and what was not, if all of it `is_joined` now.
    pub(crate) fn count_copies(&self, py: Python<'_>, is_joined: bool) -> PyResult<()> {
        let shown = self.shown.iter().filter(|_| is_joined);
        self.copied.iter().chain(shown).try_for_each(|part| count_copy(part.bind(py)))
    }

    /// What is sent.
    pub(crate) fn finish(mut self) -> ZBytes {
        self.close_tail();
        self.done.into()
    }
}

fn count_copy(part: &Bound<'_, PyAny>) -> PyResult<()> {
    match part.getattr_opt(intern!(part.py(), "count_copy"))? {
        Some(count) => count.call0().map(drop),
        None => Ok(()),
    }
}

/// What a `PayloadView` shows, as memory that does not change while it is read.
pub(crate) fn memory_of(view: &Bound<'_, PyAny>) -> PyResult<Source> {
    let buffer = PyUntypedBuffer::get(view)?;
    if buffer.is_c_contiguous()
        && let Some(whole) = whole_of(view)?
        && let Some(slice) = slice_of(&whole, buffer.buf_ptr() as usize, buffer.len_bytes())
    {
        return Ok(Source::Fixed(slice));
    }
    Ok(Source::Copied(copy_of(&buffer)?))
}

/// A copy of a buffer's bytes.
fn copy_of(buffer: &PyUntypedBuffer) -> PyResult<Vec<u8>> {
    if !buffer.is_c_contiguous() {
        return Err(PyTypeError::new_err("a buffer that is not contiguous"));
    }
    let (start, size) = (buffer.buf_ptr().cast::<u8>().cast_const(), buffer.len_bytes());
    if size == 0 {
        return Ok(Vec::new());
    }
    // SAFETY: Python has given a contiguous buffer of `size` bytes at `start`, which is not null where there are any, and
    // lives as long as `buffer`. Nothing writes to it while this thread has the GIL, which it does not give away here.
    Ok(unsafe { std::slice::from_raw_parts(start, size) }.to_vec())
}

/// The `bytes` or [`ZBufView`] whose memory an array of numpy's or a memoryview shows; None for every other object.
fn whole_of<'py>(part: &Bound<'py, PyAny>) -> PyResult<Option<Bound<'py, PyAny>>> {
    let name = if part.is_instance_of::<PyMemoryView>() { "obj" } else { "base" };
    let mut shown = part.getattr_opt(name)?;
    for _ in 0..MOST_VIEWS {
        match shown {
            Some(one)
                if one.is_exact_instance_of::<PyBytes>() || one.is_instance_of::<ZBufView>() =>
            {
                return Ok(Some(one));
            }
            Some(one) if !one.is_none() => shown = one.getattr_opt("base")?,
            _ => break,
        }
    }
    Ok(None)
}

/// The `size` bytes at an address as a slice of what `whole` holds; None if they are not within it.
fn slice_of(whole: &Bound<'_, PyAny>, start: usize, size: usize) -> Option<ZSlice> {
    let slice: ZSlice = match whole.cast::<ZBufView>() {
        Ok(shown) => shown.get().slice(),
        Err(_) => Arc::new(Kept::new(whole.cast_exact::<PyBytes>().ok()?)).into(),
    };
    let at = start.checked_sub(slice.as_ptr() as usize)?;
    let part = slice.subslice(at..at.checked_add(size)?)?;
    Some(if part.len() == slice.len() { slice } else { Arc::new(Part(part)).into() })
}

/// A part of what has arrived. Zenoh sends shared memory by its name, and so all of it: a part has to look like memory of
/// another kind.
#[derive(Debug)]
struct Part(ZSlice);

impl ZSliceBuffer for Part {
    fn as_slice(&self) -> &[u8] {
        &self.0
    }

    fn as_any(&self) -> &dyn Any {
        self
    }

    fn as_any_mut(&mut self) -> &mut dyn Any {
        self
    }
}
