//! Compiled codecs: how the messages of one class are read and written, as steps that were made from its definition.
//!
//! A plan knows little-endian CDR and values of the usual types. For the rest, and for every message or value that may
//! be wrong, it gives no answer (None in Python). Then the codec of the Python package decides, which knows every type
//! and says what is wrong. So a plan reads and writes only what that codec would, and the same.

use pyo3::buffer::PyUntypedBuffer;
use pyo3::exceptions::PyValueError;
use pyo3::gc::{PyTraverseError, PyVisit};
use pyo3::prelude::*;
use pyo3::types::{
    PyBool, PyByteArray, PyBytes, PyFloat, PyInt, PyList, PyString, PyTuple, PyType,
};

use crate::buffers::{Payload, ZBufView, memory_of};
use crate::cdr::{Reader, Writer};

/// Why there is no answer.
enum Stop {
    /// The codec has to decide.
    Unsure,
    /// Python could not make an object.
    Error(PyErr),
}

impl From<PyErr> for Stop {
    fn from(error: PyErr) -> Self {
        Self::Error(error)
    }
}

type Answer<T> = Result<T, Stop>;

fn sure<T>(found: Option<T>) -> Answer<T> {
    found.ok_or(Stop::Unsure)
}

fn answered<T>(answer: Answer<T>) -> PyResult<Option<T>> {
    match answer {
        Ok(value) => Ok(Some(value)),
        Err(Stop::Unsure) => Ok(None),
        Err(Stop::Error(error)) => Err(error),
    }
}

/// A number, named as in Python's `struct` and `array`.
#[derive(Clone, Copy)]
enum Number {
    I8,
    I16,
    I32,
    I64,
    U8,
    U16,
    U32,
    U64,
    F32,
    F64,
}

impl Number {
    fn of(code: &str) -> PyResult<Self> {
        Ok(match code {
            "b" => Self::I8,
            "h" => Self::I16,
            "i" => Self::I32,
            "q" => Self::I64,
            "B" => Self::U8,
            "H" => Self::U16,
            "I" => Self::U32,
            "Q" => Self::U64,
            "f" => Self::F32,
            "d" => Self::F64,
            _ => return Err(PyValueError::new_err(format!("{code:?} is no code of a number"))),
        })
    }

    fn size(self) -> usize {
        match self {
            Self::I8 | Self::U8 => 1,
            Self::I16 | Self::U16 => 2,
            Self::I32 | Self::U32 | Self::F32 => 4,
            Self::I64 | Self::U64 | Self::F64 => 8,
        }
    }

    fn read<'py>(self, py: Python<'py>, reader: &mut Reader<'_>) -> Answer<Bound<'py, PyAny>> {
        macro_rules! object {
            ($type:ty) => {
                Ok(<$type>::from_le_bytes(sure(reader.number())?)
                    .into_pyobject(py)
                    .map_err(PyErr::from)?
                    .into_any())
            };
        }
        match self {
            Self::I8 => object!(i8),
            Self::I16 => object!(i16),
            Self::I32 => object!(i32),
            Self::I64 => object!(i64),
            Self::U8 => object!(u8),
            Self::U16 => object!(u16),
            Self::U32 => object!(u32),
            Self::U64 => object!(u64),
            Self::F32 => object!(f32),
            Self::F64 => object!(f64),
        }
    }

    fn write(self, writer: &mut Writer, value: &Bound<'_, PyAny>) -> Answer<()> {
        macro_rules! number {
            ($type:ty) => {
                writer.number(
                    value
                        .cast::<PyInt>()
                        .ok()
                        .and_then(|value| value.extract::<$type>().ok())
                        .ok_or(Stop::Unsure)?
                        .to_le_bytes(),
                )
            };
        }
        match self {
            Self::I8 => number!(i8),
            Self::I16 => number!(i16),
            Self::I32 => number!(i32),
            Self::I64 => number!(i64),
            Self::U8 => number!(u8),
            Self::U16 => number!(u16),
            Self::U32 => number!(u32),
            Self::U64 => number!(u64),
            Self::F32 => {
                let wide = float(value)?;
                #[expect(
                    clippy::cast_possible_truncation,
                    reason = "it rounds, as Python's struct does"
                )]
                let narrow = wide as f32;
                if narrow.is_infinite() && wide.is_finite() {
                    return Err(Stop::Unsure);
                }
                writer.number(narrow.to_le_bytes());
            }
            Self::F64 => writer.number(float(value)?.to_le_bytes()),
        }
        Ok(())
    }
}

fn float(value: &Bound<'_, PyAny>) -> Answer<f64> {
    Ok(value.cast_exact::<PyFloat>().map_err(|_| Stop::Unsure)?.value())
}

/// How many elements a field has.
#[derive(Clone, Copy)]
enum Count {
    /// Always so many.
    Fixed(usize),
    /// At most so many.
    Most(usize),
}

impl Count {
    fn of(shape: &str, size: usize) -> Self {
        match (shape, size) {
            ("array", size) => Self::Fixed(size),
            (_, 0) => Self::Most(usize::MAX),
            (_, most) => Self::Most(most),
        }
    }

    fn read(self, reader: &mut Reader<'_>) -> Answer<usize> {
        match self {
            Self::Fixed(count) => Ok(count),
            Self::Most(most) => sure(reader.length().filter(|count| *count <= most)),
        }
    }

    fn write(self, writer: &mut Writer, count: usize) -> Answer<()> {
        match self {
            Self::Fixed(fixed) => sure((count == fixed).then_some(())),
            Self::Most(most) if count > most => Err(Stop::Unsure),
            Self::Most(_) => sure(writer.length(count)),
        }
    }
}

/// A field, or an element of one.
enum Step {
    Number(Number),
    Bool,
    /// At most so many bytes.
    String(usize),
    Bytes(Count),
    Numbers {
        code: Py<PyString>,
        number: Number,
        count: Count,
    },
    Message(Py<Plan>),
    List {
        element: Box<Step>,
        count: Count,
    },
}

impl Step {
    /// Reads a tuple: what it is, and what belongs to that.
    fn of(given: &Bound<'_, PyTuple>) -> PyResult<Self> {
        let count = |at: usize| -> PyResult<Count> {
            Ok(Count::of(given.get_item(at)?.extract()?, given.get_item(at + 1)?.extract()?))
        };
        let what = given.get_item(0)?;
        Ok(match what.extract::<&str>()? {
            "number" => Self::Number(Number::of(given.get_item(1)?.extract()?)?),
            "bool" => Self::Bool,
            "string" => match given.get_item(1)?.extract()? {
                0 => Self::String(usize::MAX),
                bound => Self::String(bound),
            },
            "bytes" => Self::Bytes(count(1)?),
            "numbers" => {
                let code = given.get_item(1)?.cast_into::<PyString>()?;
                let number = Number::of(code.extract()?)?;
                Self::Numbers { code: code.unbind(), number, count: count(2)? }
            }
            "message" => Self::Message(given.get_item(1)?.cast_into::<Plan>()?.unbind()),
            "list" => Self::List {
                element: Box::new(Self::of(given.get_item(1)?.cast::<PyTuple>()?)?),
                count: count(2)?,
            },
            _ => return Err(PyValueError::new_err(format!("there is no step {what}"))),
        })
    }

    fn traverse(&self, visit: &PyVisit<'_>) -> Result<(), PyTraverseError> {
        match self {
            Self::Message(plan) => visit.call(plan),
            Self::List { element, .. } => element.traverse(visit),
            _ => Ok(()),
        }
    }

    /// The fewest bytes that it takes, at least 1.
    fn least(&self) -> usize {
        let elements = |count: &Count, size: usize| match count {
            Count::Fixed(count) => count.saturating_mul(size),
            Count::Most(_) => 4,
        };
        match self {
            Self::Number(number) => number.size(),
            Self::Bool => 1,
            Self::String(_) => 4,
            Self::Bytes(count) => elements(count, 1),
            Self::Numbers { number, count, .. } => elements(count, number.size()),
            Self::Message(plan) => plan.get().least,
            Self::List { element, count } => elements(count, element.least()),
        }
    }

    fn read<'py>(
        &self,
        from: &Reading<'_, 'py>,
        reader: &mut Reader<'_>,
    ) -> Answer<Bound<'py, PyAny>> {
        let py = from.py;
        match self {
            Self::Number(number) => number.read(py, reader),
            Self::Bool => match sure(reader.number::<1>())? {
                [value @ 0..=1] => Ok(PyBool::new(py, value == 1).to_owned().into_any()),
                _ => Err(Stop::Unsure),
            },
            Self::String(bound) => {
                let length = sure(reader.length())?;
                // Some writers write an empty string without its NUL.
                if length == 0 {
                    return Ok(PyString::new(py, "").into_any());
                }
                let (_, bytes) = sure(reader.bytes(length))?;
                let (last, text) = sure(bytes.split_last())?;
                if *last != 0 || text.len() > *bound {
                    return Err(Stop::Unsure);
                }
                // Copied before it is checked: in shared memory its sender could change it in between.
                let text = String::from_utf8(text.to_vec()).map_err(|_| Stop::Unsure)?;
                Ok(PyString::new(py, &text).into_any())
            }
            Self::Bytes(count) => {
                let size = count.read(reader)?;
                let (start, _) = sure(reader.bytes(size))?;
                Ok(from.view(start, size)?)
            }
            Self::Numbers { code, number, count } => {
                let count = count.read(reader)?;
                // An empty sequence has no padding after its count.
                if count > 0 {
                    reader.align(number.size());
                }
                let (_, bytes) =
                    sure(count.checked_mul(number.size()).and_then(|size| reader.bytes(size)))?;
                Ok(from.array()?.call1((code.bind(py), PyBytes::new(py, bytes)))?)
            }
            Self::Message(plan) => plan.get().message(from, reader),
            Self::List { element, count } => {
                let count = count.read(reader)?;
                if count.saturating_mul(element.least()) > reader.left() {
                    return Err(Stop::Unsure);
                }
                let list = PyList::empty(py);
                for _ in 0..count {
                    list.append(element.read(from, reader)?)?;
                }
                Ok(list.into_any())
            }
        }
    }

    fn write(&self, to: &mut Writer, value: &Bound<'_, PyAny>) -> Answer<()> {
        match self {
            Self::Number(number) => number.write(to, value),
            Self::Bool => {
                let value = value.cast_exact::<PyBool>().map_err(|_| Stop::Unsure)?;
                to.number([u8::from(value.is_true())]);
                Ok(())
            }
            Self::String(bound) => {
                let text = value.cast_exact::<PyString>().map_err(|_| Stop::Unsure)?;
                // An error: a lone surrogate.
                let text = text.to_str().map_err(|_| Stop::Unsure)?.as_bytes();
                if text.len() > *bound || text.contains(&0) {
                    return Err(Stop::Unsure);
                }
                sure(to.length(text.len() + 1))?;
                to.0.extend(text);
                to.0.extend(&[0]);
                Ok(())
            }
            Self::Bytes(count) => write_bytes(to, value, *count),
            Self::Numbers { code, number, count } => {
                let size = numbers(value, code.bind(value.py()), *number)?;
                count.write(to, size / number.size())?;
                if size > 0 {
                    to.align(number.size());
                }
                Ok(to.0.add(value)?)
            }
            Self::Message(plan) => plan.get().fields(value, to),
            Self::List { element, count } => {
                let list = value.cast_exact::<PyList>().map_err(|_| Stop::Unsure)?;
                count.write(to, list.len())?;
                for value in list.iter() {
                    element.write(to, &value)?;
                }
                Ok(())
            }
        }
    }
}

/// Writes a field's bytes: `bytes`, `bytearray`, or a view of a payload.
fn write_bytes(to: &mut Writer, value: &Bound<'_, PyAny>, count: Count) -> Answer<()> {
    if let Ok(bytes) = value.cast_exact::<PyBytes>() {
        count.write(to, bytes.as_bytes().len())?;
        return Ok(to.0.add(value)?);
    }
    if let Ok(bytes) = value.cast_exact::<PyByteArray>() {
        count.write(to, bytes.len())?;
        return Ok(to.0.add(value)?);
    }
    // What else counts its copies is a view.
    if value.getattr_opt(pyo3::intern!(value.py(), "count_copy"))?.is_none() {
        return Err(Stop::Unsure);
    }
    let buffer = PyUntypedBuffer::get(value)?;
    if buffer.dimensions() != 1 || !buffer.is_c_contiguous() || buffer.format() != c"B" {
        return Err(Stop::Unsure);
    }
    count.write(to, buffer.len_bytes())?;
    Ok(to.0.add_buffer(value, &buffer)?)
}

/// The bytes of an `array.array` of the type that is wanted.
fn numbers(value: &Bound<'_, PyAny>, code: &Bound<'_, PyString>, number: Number) -> Answer<usize> {
    let is_array = value.get_type().is(&array_type(value.py())?);
    if !is_array || !value.getattr(pyo3::intern!(value.py(), "typecode"))?.eq(code)? {
        return Err(Stop::Unsure);
    }
    let length = value.len()?;
    sure(length.checked_mul(number.size()))
}

fn array_type(py: Python<'_>) -> PyResult<Bound<'_, PyAny>> {
    static ARRAY: pyo3::sync::PyOnceLock<Py<PyAny>> = pyo3::sync::PyOnceLock::new();
    let found = ARRAY
        .get_or_try_init(py, || Ok::<_, PyErr>(py.import("array")?.getattr("array")?.unbind()));
    Ok(found?.bind(py).clone())
}

/// What a message is read from, for the fields that show it.
struct Reading<'a, 'py> {
    py: Python<'py>,
    shown: Shown<'a, 'py>,
}

enum Shown<'a, 'py> {
    /// A view, whose parts are views.
    View(&'a Bound<'py, PyAny>),
    /// A payload, of which no view was made yet.
    Payload { buffer: Bound<'py, ZBufView>, copies: Bound<'py, PyList>, plan: &'a Plan },
}

impl<'py> Reading<'_, 'py> {
    fn view(&self, start: usize, size: usize) -> PyResult<Bound<'py, PyAny>> {
        match &self.shown {
            Shown::View(view) => {
                view.call_method1(pyo3::intern!(self.py, "part"), (start, start + size))
            }
            Shown::Payload { buffer, copies, plan } => {
                let view =
                    plan.view_class.bind(self.py).call1((size, &plan.byte, buffer, start))?;
                view.setattr(pyo3::intern!(self.py, "_copies"), copies)?;
                Ok(view)
            }
        }
    }

    fn array(&self) -> PyResult<Bound<'py, PyAny>> {
        array_type(self.py)
    }
}

/// How the messages of one class are read and written.
#[pyclass(frozen, module = "thumbox_ros._native")]
pub(crate) struct Plan {
    class: Py<PyType>,
    fields: Vec<(Py<PyString>, Step)>,
    /// The fewest bytes that a message takes, without padding.
    least: usize,
    /// `PayloadView`, and the type of its elements.
    view_class: Py<PyAny>,
    byte: Py<PyAny>,
}

#[pymethods]
impl Plan {
    /// `fields`: each attribute's name and step, in order; at least one.
    #[new]
    fn new(
        class: Py<PyType>,
        fields: Vec<(Py<PyString>, Bound<'_, PyTuple>)>,
        view_class: Py<PyAny>,
        byte: Py<PyAny>,
    ) -> PyResult<Self> {
        let fields = fields.into_iter().map(|(name, step)| Ok((name, Step::of(&step)?)));
        let fields: Vec<_> = fields.collect::<PyResult<_>>()?;
        let least = fields.iter().fold(0, |sum: usize, (_, step)| sum.saturating_add(step.least()));
        Ok(Self { class, fields, least, view_class, byte })
    }

    /// What it holds, for Python's garbage collector: the class holds its plan, too.
    fn __traverse__(&self, visit: PyVisit<'_>) -> Result<(), PyTraverseError> {
        visit.call(&self.class)?;
        visit.call(&self.view_class)?;
        visit.call(&self.byte)?;
        self.fields.iter().try_for_each(|(_, step)| step.traverse(&visit))
    }

    /// The message that a `PayloadView` shows, or None. Its byte fields are parts of the view.
    fn decode<'py>(&self, view: &Bound<'py, PyAny>) -> PyResult<Option<Bound<'py, PyAny>>> {
        let source = memory_of(view)?;
        self.read_from(view.py(), source.bytes(), || Ok(Shown::View(view)))
    }

    /// The message that a payload holds, or None. Its byte fields show the payload where Zenoh has it.
    pub(crate) fn read<'py>(
        &self,
        py: Python<'py>,
        payload: &Payload,
    ) -> PyResult<Option<Bound<'py, PyAny>>> {
        let (piece, copies) = payload.piece(py);
        self.read_from(py, &piece, || {
            let buffer = Bound::new(py, ZBufView::new(piece.clone()))?;
            Ok(Shown::Payload { buffer, copies: PyList::new(py, [copies])?, plan: self })
        })
    }

    /// The message as a payload, which is CDR, or None. Its larger byte fields are in it where they are.
    pub(crate) fn write(&self, message: &Bound<'_, PyAny>) -> PyResult<Option<Payload>> {
        let mut writer = Writer::new();
        if answered(self.fields(message, &mut writer))?.is_none() {
            return Ok(None);
        }
        writer.0.count_copies(message.py(), false)?;
        Ok(Some(Payload::new(writer.0.finish())))
    }

    /// The message as CDR, or None.
    fn encode<'py>(&self, message: &Bound<'py, PyAny>) -> PyResult<Option<Bound<'py, PyBytes>>> {
        let mut writer = Writer::new();
        if answered(self.fields(message, &mut writer))?.is_none() {
            return Ok(None);
        }
        writer.0.count_copies(message.py(), true)?;
        Payload::new(writer.0.finish()).to_bytes(message.py()).map(Some)
    }
}

impl Plan {
    fn read_from<'a, 'py: 'a>(
        &self,
        py: Python<'py>,
        data: &[u8],
        shown: impl FnOnce() -> PyResult<Shown<'a, 'py>>,
    ) -> PyResult<Option<Bound<'py, PyAny>>> {
        let Some(mut reader) = Reader::new(data) else { return Ok(None) };
        let from = Reading { py, shown: shown()? };
        let message = answered(self.message(&from, &mut reader))?;
        Ok(message.filter(|_| reader.is_at_end()))
    }

    fn message<'py>(
        &self,
        from: &Reading<'_, 'py>,
        reader: &mut Reader<'_>,
    ) -> Answer<Bound<'py, PyAny>> {
        let mut values = Vec::with_capacity(self.fields.len());
        for (_, step) in &self.fields {
            values.push(step.read(from, reader)?);
        }
        Ok(self.class.bind(from.py).call1(PyTuple::new(from.py, values)?)?)
    }

    fn fields(&self, message: &Bound<'_, PyAny>, to: &mut Writer) -> Answer<()> {
        let py = message.py();
        if !message.get_type().is(self.class.bind(py)) {
            return Err(Stop::Unsure);
        }
        for (name, step) in &self.fields {
            // A field that was deleted is for the codec to complain of.
            let value = message.getattr(name.bind(py)).map_err(|_| Stop::Unsure)?;
            step.write(to, &value)?;
        }
        Ok(())
    }
}
