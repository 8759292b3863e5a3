"""A weak reference that may be forgotten at any time."""

from __future__ import annotations

import weakref
from typing import TypeVar

__all__ = ["Reference"]

_T = TypeVar("_T")


class Reference(weakref.ref[_T]):
    """A weak reference that equals itself alone, so that a set's `discard` may be its callback at any time. The hash of
    another one is that of what it refers to, which may have died before anybody asked for it.

    The callback is C: no line of Python runs in which a signal handler could raise an exception.
    """

    __slots__ = ()
    __hash__ = object.__hash__
    __eq__ = object.__eq__
    __ne__ = object.__ne__
