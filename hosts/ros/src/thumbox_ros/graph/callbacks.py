"""Functions that Zenoh calls in its own threads."""

from __future__ import annotations

import ctypes
import threading
from typing import TYPE_CHECKING, Any

import zenoh

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["zenoh_callback"]

_MOST_KEPT = 256
"""Threads that keep their state. Zenoh has a few for the life of a session; more would be something else."""

_own = threading.local()
_kept = 0


def zenoh_callback(call: Callable[[Any], object], drop: Callable[[], object] | None = None) -> Any:
    """A handler for Zenoh: it calls `call` for whatever arrives, which must not wait, and `drop` once nothing more can.

    Python makes a thread state whenever a foreign thread calls in, and destroys it when the call returns, which takes
    some 25 us each time. So the first call makes the thread keep its state.
    """

    def enter(arrived: Any) -> None:
        try:
            _own.is_kept  # noqa: B018 -- not a function call, because every message passes here
        except AttributeError:
            _keep()
        call(arrived)

    return zenoh.handlers.Callback(enter, drop, indirect=False)


def _keep() -> None:
    global _kept  # noqa: PLW0603 -- approximate is good enough
    _own.is_kept = True
    if _kept < _MOST_KEPT:
        _kept += 1
        # One Ensure without its Release: the last Release would destroy the state.
        ctypes.pythonapi.PyGILState_Ensure()
