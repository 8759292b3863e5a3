"""Compiled codecs: Python code that is generated for each message class, and reads and writes its common cases fast.

It knows little-endian CDR and fields that are numbers, strings, bytes, arrays of numbers, and messages of these. For
the rest, and for every value that may be wrong, it gives no answer. Then the codec of `codec` decides, which knows
every type and says what is wrong. So a compiled codec reads and writes only what the codec would.

Neighbouring fields of fixed size are a run, which one call of `struct` reads or writes. A run has a format for each
offset modulo 8 at which it may begin, because the offset decides the padding.
"""

from __future__ import annotations

import struct
from array import array
from typing import TYPE_CHECKING, Any, NamedTuple

from thumbox_ros.messages.cdr import HEADER
from thumbox_ros.messages.codec import BYTES, CODES, NATIVE
from thumbox_ros.messages.views import BYTE, PayloadView

if TYPE_CHECKING:
    from collections.abc import Callable

    from typing_extensions import Buffer

    from thumbox_ros.messages.definition import FieldType

__all__ = ["NO_ANSWER", "CompiledCodec", "compile_codec"]

NO_ANSWER = (AttributeError, IndexError, OverflowError, TypeError, ValueError, struct.error)
"""What `read` and `write` may raise instead of returning None."""
_WIDEST = 8
_MOST_NAMES = 2000
_DEEPEST = 16
"""Larger messages get no compiled codec: it has a line or two for each field of each message within."""
_KNOWN = {"array": array, "BOOLS": (False, True), "HEADER": HEADER, "PADS": [bytes(size) for size in range(_WIDEST)]}


class CompiledCodec(NamedTuple):
    """How messages of one class are read and written. None from either: no answer, the codec has to do it."""

    read: Callable[[PayloadView, Buffer], Any]
    """Takes a view of the message's bytes, and the bytes."""
    write: Callable[[Any, list[PayloadView]], tuple[tuple[Buffer, ...], int] | None]
    """Returns the bytes in parts and their number. Adds the views among the parts to the list."""


def compile_codec(kind: Any, classes: Callable[[str], Any]) -> CompiledCodec | None:
    """The compiled codec of a message class; None if a field needs the codec. `classes` finds classes."""
    code = _Generator(classes)
    made = code.message(kind, "m") if NATIVE else None
    if made is None:
        return None
    code.end_run()
    read = [*code.reads, "if end - at > 3: return None", f"return {made}"]
    write = [*code.writes, f"return (HEADER, {', '.join(code.parts)}), 4 + at"]
    text = (
        "def read(view, data):\n end = len(data)\n at = 4\n if data[0] or data[1] != 1: return None\n "
        + "\n ".join(read)
        + "\ndef write(m, views):\n at = 0\n "
        + "\n ".join(write)
    )
    # The names in it are generated, or attributes of a generated class, and so identifiers.
    exec(text, code.names)  # noqa: S102
    return CompiledCodec(code.names["read"], code.names["write"])


class _Generator:
    """Collects the lines of both functions, and the values that they name."""

    def __init__(self, classes: Callable[[str], Any]) -> None:
        self.names: dict[str, Any] = {**_KNOWN, "octets": _octets}
        self.reads: list[str] = []
        self.writes: list[str] = []
        self.parts: list[str] = []
        """The parts that `write` returns."""
        self._classes = classes
        self._run: list[tuple[str, str, str]] = []
        """For each field of the run: its `struct` code, the variable that is read, the expression that is written."""
        self._has_nul = False
        """Whether the run, when written, begins with the NUL of a string."""

    def _name(self, letter: str, value: Any = None) -> str:
        """A new name, for a variable or for a value."""
        name = f"{letter}{len(self.names)}"
        self.names[name] = value
        return name

    def message(self, kind: Any, own: str) -> str | None:
        """The expression that makes the message from its fields; `own` is the variable that is written."""
        if kind.__ros_depth__ > _DEEPEST:
            return None
        name = self._name("C", kind)
        self.writes.append(f"if {own}.__class__ is not {name}: return None")
        fields = kind.__ros_definition__.fields
        values = []
        for field, attribute in zip(fields, kind.__struct_fields__, strict=True):
            value = self._field(field.type, f"{own}.{attribute}")
            if value is None or len(self.names) > _MOST_NAMES:
                return None
            values.append(value)
        # A message without fields has a byte in CDR.
        return f"{name}({', '.join(values)})" if values else None

    def _field(self, kind: FieldType, own: str) -> str | None:
        """The expression for the value that was read; `own` is the expression that is written."""
        if kind.kind != "single":
            if kind.base in BYTES:
                return self._bytes(kind, own)
            return self._numbers(kind, CODES[kind.base], own) if kind.base in CODES else None
        if kind.base in CODES:
            return self._number(CODES[kind.base], own)
        given = self._name("w")
        self.writes.append(f"{given} = {own}")
        if kind.is_nested:
            return self.message(self._classes(kind.base), given)
        if kind.base == "bool":
            self.writes.append(f"if {given}.__class__ is not bool: return None")
            # A number above 1 raises IndexError.
            return f"BOOLS[{self._number('B', given)}]"
        return self._string(kind, given) if kind.base == "string" else None

    def _number(self, letter: str, own: str) -> str:
        read = self._name("v")
        self._run.append((letter, read, own))
        return read

    def _string(self, kind: FieldType, given: str) -> str:
        text = self._name("s")
        bound = kind.string_bound or (1 << 32)
        self.writes += (
            f"if {given}.__class__ is not str: return None",
            f"{text} = {given}.encode()",
            f"if 0 in {text} or len({text}) > {bound}: return None",
        )
        count = self._number("I", f"len({text}) + 1")
        self.end_run()
        self.writes.append(f"at += len({text})")
        self.parts.append(text)
        self._has_nul = True
        self.reads += (
            f"if {count}:",
            f" last = at + {count} - 1",
            f" if last >= end or data[last] or {count} > {bound} + 1: return None",
            f" {count} = str(data[at:last], 'utf-8')",
            " at = last + 1",
            f"else: {count} = ''",
        )
        return count

    def _bytes(self, kind: FieldType, own: str) -> str:
        given, size, read = self._name("w"), self._name("n"), self._name("v")
        self.writes += (f"{given} = {own}", f"{size} = octets({given}, views)")
        count = self._count(kind, size)
        self.writes.append(f"at += {size}")
        self.parts.append(given)
        self.reads += (
            f"stop = at + {count}",
            "if stop > end: return None",
            f"{read} = view.part(at, stop)",
            "at = stop",
        )
        return read

    def _numbers(self, kind: FieldType, letter: str, own: str) -> str:
        given, size, pad, read = self._name("w"), self._name("n"), self._name("g"), self._name("v")
        width = struct.calcsize(f"<{letter}")
        self.writes += (
            f"{given} = {own}",
            f"if {given}.__class__ is not array or {given}.typecode != '{letter}': return None",
            f"{size} = len({given})",
        )
        count = self._count(kind, size)
        # An empty sequence has no padding after its count.
        self.writes += (f"{pad} = -at & {width - 1} if {size} else 0", f"at += {pad} + {size} * {width}")
        self.parts += (f"PADS[{pad}]", given)
        self.reads += (
            f"{read} = array('{letter}')",
            f"if {count}:",
            f" at += 4 - at & {width - 1}",
            f" stop = at + {count} * {width}",
            " if stop > end: return None",
            f" {read}.frombytes(data[at:stop])",
            " at = stop",
        )
        return read

    def _count(self, kind: FieldType, size: str) -> str:
        """Ends the run before `size` elements are written; returns the expression for the count that is read."""
        if kind.kind == "array":
            self.writes.append(f"if {size} != {kind.size}: return None")
            self.end_run()
            return str(kind.size)
        count = self._number("I", size)
        self.end_run()
        if kind.kind == "bounded":
            self.writes.append(f"if {size} > {kind.size}: return None")
            self.reads.append(f"if {count} > {kind.size}: return None")
        return count

    def end_run(self) -> None:
        """Adds the lines of the run, and begins another."""
        letters = [letter for letter, _, _ in self._run]
        if letters:
            # Reading counts offsets from the header, which has four bytes; alignment does not.
            structs = [struct.Struct(_format(letters, start - 4)) for start in range(_WIDEST)]
            unpack = self._name("u", [one.unpack_from for one in structs])
            sizes = self._name("z", [one.size for one in structs])
            self.reads += (
                "start = at & 7",
                f"{', '.join(read for _, read, _ in self._run)}, = {unpack}[start](data, at)",
                f"at += {sizes}[start]",
            )
        if letters or self._has_nul:
            structs = [struct.Struct(_format(letters, start, has_nul=self._has_nul)) for start in range(_WIDEST)]
            pack = self._name("p", [one.pack for one in structs])
            sizes = self._name("z", [one.size for one in structs])
            part = self._name("t")
            self.writes += (
                "start = at & 7",
                f"{part} = {pack}[start]({', '.join(own for _, _, own in self._run)})",
                f"at += {sizes}[start]",
            )
            self.parts.append(part)
        self._run, self._has_nul = [], False


def _format(letters: list[str], start: int, *, has_nul: bool = False) -> str:
    """The `struct` format of numbers from offset `start` on, each aligned to its size."""
    found = "<x" if has_nul else "<"
    at = start + has_nul
    for letter in letters:
        size = struct.calcsize(f"<{letter}")
        found += "x" * (-at % size) + letter
        at += -at % size + size
    return found


def _octets(value: Any, views: list[PayloadView]) -> int:
    """The length of a field's bytes; TypeError for every other kind of value."""
    kind = value.__class__
    if kind is bytes or kind is bytearray:
        return len(value)
    if kind is PayloadView and value.ndim == 1 and value.dtype is BYTE and value.flags.c_contiguous:
        if len(value):
            views.append(value)
        return len(value)
    raise TypeError(kind)
