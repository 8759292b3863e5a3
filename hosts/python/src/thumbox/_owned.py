"""What belongs to C and ends with an object of Python's, with no line of Python in between.

A signal handler may raise an exception wherever Python runs, also in a `__del__`: what that had not done by then would
stay undone. So the function that gives something back is bound to the type as it is, and is called by the interpreter.
"""

from __future__ import annotations

import ctypes
import weakref
from typing import TypeVar

__all__ = ["Reference", "end_with"]

_bound = ctypes.pythonapi["PyInstanceMethod_New"]
_bound.argtypes, _bound.restype = [ctypes.py_object], ctypes.py_object


def end_with(kind: type, function: ctypes._FuncPointer) -> None:
    """An object of this type ends with a call of a C function that takes it."""
    kind.__del__ = _bound(function)  # type: ignore[attr-defined]


_T = TypeVar("_T")


class Reference(weakref.ref[_T]):
    """A weak reference that equals itself alone, so that a set's `discard` may be its callback at any time: another's
    hash is that of what it refers to, which may have gone before anybody asked for it.
    """

    __slots__ = ()
    __hash__ = object.__hash__
    __eq__ = object.__eq__
    __ne__ = object.__ne__
