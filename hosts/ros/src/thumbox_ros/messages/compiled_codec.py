"""The short way to read and write messages: straight code, made for each class.

It knows what is common: little-endian, numbers, strings, bytes and arrays of numbers, in the message itself and in
messages within it. What it does not know, or has a doubt of, it leaves to the codecs of `_codec`, which know everything
and say what is wrong; so it decides nothing, and what it does read and write is what they would.

Fields of known sizes that follow each other are a run, which is one call of `struct`. It has a format for each place by
eight at which it may begin, because that decides the padding.
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

__all__ = ["DOUBTS", "Straight", "straight"]

DOUBTS = (AttributeError, IndexError, OverflowError, TypeError, ValueError, struct.error)
"""What both functions may raise instead of returning None."""
_WIDEST = 8
_MOST_NAMES = 2000
_DEEPEST = 16
"""Of larger messages no code is made: it has a line or two for each field of each message in it."""
_KNOWN = {"array": array, "BOOLS": (False, True), "HEADER": HEADER, "PADS": [bytes(size) for size in range(_WIDEST)]}


class Straight(NamedTuple):
    """How messages of one class are read and written; None from either says that the long way has to be gone."""

    read: Callable[[PayloadView, Buffer], Any]
    """The message, from a view of its bytes and these bytes."""
    write: Callable[[Any, list[PayloadView]], tuple[tuple[Buffer, ...], int] | None]
    """Its bytes in parts, and how many they are; the views among them are added to the list."""


def straight(kind: Any, classes: Callable[[str], Any]) -> Straight | None:
    """That of a message's class; `classes` knows those of its fields. None for one that it does not know."""
    code = _Code(classes)
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
    # What is named in it are attributes of a class that was made, and so identifiers.
    exec(text, code.names)  # noqa: S102
    return Straight(code.names["read"], code.names["write"])


class _Code:
    """The lines of both functions, and the values that they name."""

    def __init__(self, classes: Callable[[str], Any]) -> None:
        self.names: dict[str, Any] = {**_KNOWN, "octets": _octets}
        self.reads: list[str] = []
        self.writes: list[str] = []
        self.parts: list[str] = []
        """What `write` returns."""
        self._classes = classes
        self._run: list[tuple[str, str, str]] = []
        """Of each field in the run its letter for `struct`, the variable read, and the expression written."""
        self._has_nul = False
        """Whether the run begins with the NUL of a string, where it is written."""

    def _name(self, letter: str, value: Any = None) -> str:
        """A name of its own: a variable's, or that of a value."""
        name = f"{letter}{len(self.names)}"
        self.names[name] = value
        return name

    def message(self, kind: Any, own: str) -> str | None:
        """The expression for the message once its fields are read; `own` is the variable that is written."""
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
        # An empty message is not empty in CDR.
        return f"{name}({', '.join(values)})" if values else None

    def _field(self, kind: FieldType, own: str) -> str | None:
        """The expression for the field's value once it is read; `own` is the one that is written."""
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
            # A number above 1 raises an IndexError.
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
        # Where no element follows, there is no padding for it either.
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
        """Ends the run before elements, of which `size` are written; the expression for how many are read."""
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
        """Writes down what belongs to the run, and begins another."""
        letters = [letter for letter, _, _ in self._run]
        if letters:
            # The header has four bytes, and so begins what is read at the place 4.
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
    """`struct`'s format of numbers that begin at such a place, each of them at a multiple of its size."""
    found = "<x" if has_nul else "<"
    at = start + has_nul
    for letter in letters:
        size = struct.calcsize(f"<{letter}")
        found += "x" * (-at % size) + letter
        at += -at % size + size
    return found


def _octets(value: Any, views: list[PayloadView]) -> int:
    """How many bytes a field's value is; a TypeError for what may be no bytes."""
    kind = value.__class__
    if kind is bytes or kind is bytearray:
        return len(value)
    if kind is PayloadView and value.ndim == 1 and value.dtype is BYTE and value.flags.c_contiguous:
        if len(value):
            views.append(value)
        return len(value)
    raise TypeError(kind)
