"""Functions that Zenoh calls in its own threads."""

from __future__ import annotations

import ctypes
import threading
from typing import TYPE_CHECKING, Any

import zenoh

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["handled_by"]

_MOST_KEPT = 256
"""Threads whose state is kept. Zenoh has a few, and keeps them; a process that sees more of them has another kind."""

_own = threading.local()
_kept = 0


def handled_by(call: Callable[[Any], object], drop: Callable[[], object] | None = None) -> Any:
    """What Zenoh takes as a handler: `call` gets what arrives, and must not wait; `drop` is told that no more will.

    Python makes a state for a thread that is not its own whenever the thread calls in, and takes it apart when it has
    returned: with the memory for its frames some 25 us each time. So every thread is made to keep its state.
    """

    def enter(arrived: Any) -> None:
        try:
            _own.is_kept  # noqa: B018 -- no call: every message goes this way
        except AttributeError:
            _keep()
        call(arrived)

    return zenoh.handlers.Callback(enter, drop, indirect=False)


def _keep() -> None:
    global _kept  # noqa: PLW0603 -- the GIL guards it, and a thread more or less does no harm
    _own.is_kept = True
    if _kept < _MOST_KEPT:
        _kept += 1
        # One entry more than exits: the last exit is what would take the state apart.
        ctypes.pythonapi.PyGILState_Ensure()
