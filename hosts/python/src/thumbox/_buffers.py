"""The parts of a request, held in place while a plugin reads them: no copy on this side.

The exports keep a bytearray from being resized and an mmap from being closed. They cannot keep anybody from
changing the bytes: whoever does that while a call runs gets an answer to some mixture of the two.
"""

from __future__ import annotations

import ctypes
import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from typing_extensions import Buffer

__all__ = ["Parts", "end_with", "refuse_addresses"]

_bound = ctypes.pythonapi["PyInstanceMethod_New"]
_bound.argtypes, _bound.restype = [ctypes.py_object], ctypes.py_object


def end_with(kind: type, function: ctypes._FuncPointer) -> None:
    """An object of this type ends with a call of a C function that takes it, with no line of Python in between.

    A signal handler may raise an exception wherever Python runs, also in a `__del__`: what that had not done by then
    would stay undone. So the function is bound to the type as it is, and the interpreter calls it.
    """
    kind.__del__ = _bound(function)  # type: ignore[attr-defined]


class _PyBuffer(ctypes.Structure):
    """CPython's `Py_buffer`."""

    _fields_ = (
        ("buf", ctypes.c_void_p),
        ("obj", ctypes.c_void_p),
        ("len", ctypes.c_ssize_t),
        ("itemsize", ctypes.c_ssize_t),
        ("readonly", ctypes.c_int),
        ("ndim", ctypes.c_int),
        ("format", ctypes.c_char_p),
        ("shape", ctypes.c_void_p),
        ("strides", ctypes.c_void_p),
        ("suboffsets", ctypes.c_void_p),
        ("internal", ctypes.c_void_p),
    )


_FORMAT = 0x0004 | 0x0008
"""CPython's `PyBUF_FORMAT | PyBUF_ND`: C-contiguous, and saying what the items are."""

# Items of PEP 3118, `struct` and ctypes that are addresses: objects, pointers, functions, texts of C. Between colons
# stand names.
_COMMON = (None, b"B", b"<B", b"b", b"c")
_NAME = re.compile(r":[^:]*:")
_ADDRESS = re.compile(r"[OPXz&]|Z(?![fdg])")

# Looked up by key: function objects of our own, whose declared types nobody else sees.
_get_buffer = ctypes.pythonapi["PyObject_GetBuffer"]
_get_buffer.argtypes = [ctypes.py_object, ctypes.POINTER(_PyBuffer), ctypes.c_int]
_get_buffer.restype = ctypes.c_int
_release_buffer = ctypes.pythonapi["PyBuffer_Release"]
_release_buffer.argtypes = [ctypes.POINTER(_PyBuffer)]
_release_buffer.restype = None
# What was released already is left alone.
end_with(_PyBuffer, _release_buffer)


def refuse_addresses(what: str, kind: str, item_format: str) -> None:
    """TypeError for a buffer that holds addresses of this process, which nobody outside may see."""
    if _ADDRESS.search(_NAME.sub("", item_format)):
        raise TypeError(f"{what} is a {kind} of format {item_format!r}, which holds addresses; plain bytes are allowed")


class Parts:
    """A request's parts: for each one where it is, and how long it is.

    A pointer is a `bytes` object itself or an address: ctypes takes both where C wants a pointer.
    """

    __slots__ = ("_exports", "lengths", "pointers", "total")

    def __init__(self, parts: Sequence[Buffer]) -> None:
        self._exports: list[_PyBuffer] = []
        self.pointers: list[bytes | int] = []
        self.lengths: list[int] = []
        for part in parts:
            if type(part) is bytes:
                self.pointers.append(part)
                self.lengths.append(len(part))
            else:
                self._hold(part)
        self.total = sum(self.lengths)

    def _hold(self, part: Buffer) -> None:
        export = _PyBuffer()
        try:
            _get_buffer(part, export, _FORMAT)
        except (BufferError, ValueError) as error:
            self.release()
            raise ValueError(
                f"part {len(self.pointers)} of the request, a {type(part).__name__}, is not C-contiguous, "
                f"or has items of which it cannot say what they are ({error}); "
                "make a copy that is, for example with bytes(...)"
            ) from None
        except TypeError:
            self.release()
            raise TypeError(
                f"part {len(self.pointers)} of the request is a {type(part).__name__}; "
                "allowed are buffers: bytes, bytearray, memoryview, mmap, arrays"
            ) from None
        self._exports.append(export)
        if export.format not in _COMMON:
            try:
                name = f"part {len(self.pointers)} of the request"
                refuse_addresses(name, type(part).__name__, export.format.decode(errors="replace"))
            except TypeError:
                self.release()
                raise
        self.pointers.append(export.buf or 0)
        self.lengths.append(export.len)

    def release(self) -> None:
        """Lets go of the buffers."""
        while self._exports:
            _release_buffer(self._exports.pop())
