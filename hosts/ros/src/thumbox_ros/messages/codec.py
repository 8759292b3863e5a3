"""The codec that knows every type: functions that read and write a message, made from its definition."""

from __future__ import annotations

import operator
import struct
import sys
from array import array
from typing import TYPE_CHECKING, Any, NamedTuple

from thumbox_ros._errors import CdrError
from thumbox_ros.messages.literals import RANGES

if TYPE_CHECKING:
    from collections.abc import Callable

    from thumbox_ros.messages.cdr import Reader, Writer
    from thumbox_ros.messages.definition import FieldType

    Read = Callable[[Reader], Any]
    Write = Callable[[Writer, Any], None]

__all__ = ["BYTES", "CODES", "NATIVE", "Codec", "field_codec", "message_codec"]

BYTES = ("uint8", "byte", "char")
"""Primitives whose sequences are bytes."""
CODES = {
    "int8": "b",
    "int16": "h",
    "int32": "i",
    "int64": "q",
    "uint8": "B",
    "byte": "B",
    "char": "B",
    "uint16": "H",
    "uint32": "I",
    "uint64": "Q",
    "float32": "f",
    "float64": "d",
}
"""The codes of numbers in `struct` and `array`."""
_KINDS = {"b": "bhilq", "B": "BHILQ", "f": "fd"}
NATIVE = sys.byteorder == "little"
"""Whether this machine is little-endian, as the CDR that is written."""
_UTF16_MOST = 0xFFFF


class Codec(NamedTuple):
    """How a value is read and written, and the fewest bytes that it takes."""

    read: Read
    write: Write
    least: int


def message_codec(fields: list[tuple[str, Codec]], make: Callable[..., Any], kind: type) -> Codec:
    """The codec of a message, from the codecs of its fields; `make` takes the fields' values in order."""
    reads = tuple((name, codec.read) for name, codec in fields)
    writes = tuple((name, codec.write) for name, codec in fields)

    def read(reader: Reader) -> Any:
        values = []
        name = ""
        try:
            for name, read_field in reads:  # noqa: B007 -- the error names it
                values.append(read_field(reader))
        except CdrError as error:
            raise error.inside(name) from None
        return make(*values)

    def write(writer: Writer, message: Any) -> None:
        if not isinstance(message, kind):
            raise CdrError(f"is a {type(message).__name__}; a {kind.__name__} is needed")
        name = ""
        try:
            for name, write_field in writes:
                write_field(writer, getattr(message, name))
        except CdrError as error:
            raise error.inside(name) from None

    return Codec(read, write, sum(codec.least for _, codec in fields))


def field_codec(kind: FieldType, nested: Codec | None) -> Codec:
    """The codec of a field; `nested` is the codec of its message type, if it has one."""
    single = nested or _primitive(kind)
    if kind.kind == "single":
        return single
    if kind.base in BYTES:
        return _bytes(kind)
    if kind.base in CODES:
        return _numbers(kind, CODES[kind.base])
    return _list(kind, single)


def _primitive(kind: FieldType) -> Codec:
    if kind.base == "string":
        return _string(kind.string_bound)
    if kind.base == "wstring":
        return _wide_string(kind.string_bound)
    if kind.base == "bool":
        return Codec(_read_bool, _write_bool, 1)
    code = CODES[kind.base]
    little, big = struct.Struct("<" + code), struct.Struct(">" + code)
    size = little.size
    is_float = code in "fd"
    low, high = RANGES.get(kind.base, (0, 0))
    base = kind.base

    def read(reader: Reader) -> Any:
        start = reader.take(size, size)
        return (little if reader.little else big).unpack_from(reader.data, start)[0]

    def write(writer: Writer, value: Any) -> None:
        try:
            writer.number(little.pack(value if is_float else operator.index(value)), size)
        except (struct.error, TypeError, OverflowError):
            allowed = "a number in range" if is_float else f"a whole number from {low} to {high}"
            raise CdrError(f"is {_shown(value)}; {allowed} is allowed ({base})") from None

    return Codec(read, write, size)


def _read_bool(reader: Reader) -> bool:
    start = reader.take(1, 1)
    value = reader.data[start]
    if value > 1:
        raise CdrError(f"byte {start}: {value} is not a bool; 0 and 1 are allowed")
    return bool(value)


def _write_bool(writer: Writer, value: Any) -> None:
    # numpy.bool_ is no subclass of bool; its name identifies it without importing numpy.
    if not isinstance(value, bool) and type(value).__name__ not in ("bool_", "bool"):
        raise CdrError(f"is {_shown(value)}; True or False is allowed")
    writer.number(b"\x01" if value else b"\x00", 1)


def _string(bound: int) -> Codec:
    def read(reader: Reader) -> str:
        length = reader.length()
        # Some writers write an empty string without its NUL.
        if not length:
            return ""
        start = reader.take(length, 1)
        last = start + length - 1
        if reader.data[last]:
            raise CdrError(f"byte {last}: a string of {length} bytes does not end with NUL")
        try:
            # Copied before it is checked: in shared memory its sender could change it in between.
            text = bytes(reader.data[start:last]).decode()
        except UnicodeDecodeError as error:
            raise CdrError(f"byte {start + error.start}: a string is not UTF-8 ({error.reason})") from None
        return _bounded(text, length - 1, bound, start)

    def write(writer: Writer, value: Any) -> None:
        if not isinstance(value, str):
            raise CdrError(f"is {_shown(value)}; a string is allowed")
        try:
            data = value.encode()
        except UnicodeEncodeError:
            raise CdrError(f"is {_shown(value)}, which cannot be encoded as UTF-8") from None
        if b"\0" in data:
            raise CdrError(f"is {_shown(value)}; a string without NUL is allowed")
        _bounded(value, len(data), bound)
        writer.length(len(data) + 1)
        writer.buffer(memoryview(data + b"\0"))

    return Codec(read, write, 4)


def _wide_string(bound: int) -> Codec:
    # As in ROS 2's message libraries: the number of UTF-16 code units, then each unit in 32 bits.
    def read(reader: Reader) -> str:
        count = reader.count(0, 4)
        start = reader.take(4 * count, 4)
        units = array("I", reader.data[start : start + 4 * count].tobytes())
        if reader.little is not NATIVE:
            units.byteswap()
        if units and max(units) > _UTF16_MOST:
            raise CdrError(f"byte {start}: a code unit of a wstring is {max(units)}; at most {_UTF16_MOST} is allowed")
        try:
            text = array("H", units).tobytes().decode("utf-16" + ("-le" if NATIVE else "-be"))
        except UnicodeDecodeError as error:
            raise CdrError(f"byte {start + 2 * error.start}: a wstring is not UTF-16 ({error.reason})") from None
        return _bounded(text, count, bound, start)

    def write(writer: Writer, value: Any) -> None:
        if not isinstance(value, str):
            raise CdrError(f"is {_shown(value)}; a string is allowed")
        try:
            units = value.encode("utf-16-le")
        except UnicodeEncodeError:
            raise CdrError(f"is {_shown(value)}, which cannot be encoded as UTF-16") from None
        count = len(units) // 2
        _bounded(value, count, bound)
        writer.length(count)
        wide = bytearray(4 * count)
        wide[0::4], wide[1::4] = units[0::2], units[1::2]
        writer.buffer(memoryview(wide))

    return Codec(read, write, 4)


def _bounded(text: str, length: int, bound: int, start: int | None = None) -> str:
    if bound and length > bound:
        where = "" if start is None else f"byte {start}: "
        raise CdrError(f"{where}a string of length {length}; at most {bound} is allowed")
    return text


def _bytes(kind: FieldType) -> Codec:
    fixed = kind.size if kind.kind == "array" else 0

    def read(reader: Reader) -> Any:
        count = fixed or reader.count(kind.size, 1)
        start = reader.take(count, 1)
        return reader.view[start : start + count]

    def write(writer: Writer, value: Any) -> None:
        try:
            memory = memoryview(value)
        except TypeError:
            memory = memoryview(_array("B", value, kind.base))
        if memory.format not in ("B", "b", "c"):
            raise CdrError(f"is a buffer of format {memory.format!r}; a buffer of bytes is allowed")
        if not memory.c_contiguous:
            raise CdrError(f"is a {type(value).__name__} that is not contiguous; bytes(...) makes a contiguous copy")
        _check_count(kind, memory.nbytes)
        if not fixed:
            writer.length(memory.nbytes)
        if memory.nbytes:
            writer.buffer(memory.cast("B"), value)

    return Codec(read, write, fixed or 4)


def _numbers(kind: FieldType, code: str) -> Codec:
    fixed = kind.size if kind.kind == "array" else 0
    size = struct.calcsize("<" + code)
    family = next(codes for codes in _KINDS.values() if code in codes)

    def read(reader: Reader) -> Any:
        count = fixed or reader.count(kind.size, size)
        values = array(code)
        # An empty sequence has no padding after its count.
        if count:
            start = reader.take(count * size, size)
            values.frombytes(reader.data[start : start + count * size])
            if reader.little is not NATIVE:
                values.byteswap()
        return values

    def write(writer: Writer, value: Any) -> None:
        memory = _matching(value, family, size)
        if memory is None:
            values = _array(code, value, kind.base)
            if not NATIVE:
                values.byteswap()
            memory = memoryview(values)
        count = memory.nbytes // size
        _check_count(kind, count)
        if not fixed:
            writer.length(count)
        if count:
            writer.buffer(memory.cast("B"), None, size)

    return Codec(read, write, fixed * size or 4)


def _matching(value: Any, family: str, size: int) -> memoryview | None:
    """The memory of a buffer that already holds the numbers as they are written; None if they have to be converted."""
    try:
        memory = memoryview(value)
    except TypeError:
        return None
    fits = memory.format in tuple(family) and memory.itemsize == size
    return memory if fits and memory.ndim == 1 and memory.c_contiguous and NATIVE else None


def _array(code: str, value: Any, base: str) -> array[Any]:
    if isinstance(value, str | bytes):
        raise CdrError(f"is {_shown(value)}; a sequence of {base} is allowed")
    try:
        return array(code, value if isinstance(value, list | tuple) else list(value))
    except (TypeError, OverflowError) as error:
        raise CdrError(f"is {_shown(value)}; a sequence of {base} is allowed ({error})") from None


def _list(kind: FieldType, element: Codec) -> Codec:
    fixed = kind.size if kind.kind == "array" else 0

    def read(reader: Reader) -> list[Any]:
        values: list[Any] = []
        count = fixed or reader.count(kind.size, element.least)
        try:
            for _ in range(count):
                values.append(element.read(reader))  # noqa: PERF401 -- the error names the index
        except CdrError as error:
            raise error.inside(f"[{len(values)}]") from None
        return values

    def write(writer: Writer, value: Any) -> None:
        if isinstance(value, str) or not hasattr(value, "__len__"):
            raise CdrError(f"is {_shown(value)}; a list of {kind.base} is allowed")
        _check_count(kind, len(value))
        if not fixed:
            writer.length(len(value))
        for index, one in enumerate(value):
            try:
                element.write(writer, one)
            except CdrError as error:
                raise error.inside(f"[{index}]") from None

    return Codec(read, write, fixed * element.least or 4)


def _check_count(kind: FieldType, count: int) -> None:
    if kind.kind == "array" and count != kind.size:
        raise CdrError(f"has {count} elements; {kind.size} are needed")
    if kind.kind == "bounded" and count > kind.size:
        raise CdrError(f"has {count} elements; at most {kind.size} are allowed")


def _shown(value: Any) -> str:
    text = repr(value)
    return f"a {type(value).__name__} ({text if len(text) <= 60 else text[:57] + '...'})"  # noqa: PLR2004 -- a line
