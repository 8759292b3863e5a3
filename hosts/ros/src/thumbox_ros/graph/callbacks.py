"""The thread in which the transport tells Python of something: Zenoh's own threads never enter Python."""

from __future__ import annotations

import atexit
import os
import threading
import weakref
from typing import TYPE_CHECKING

from thumbox_ros import _native

if TYPE_CHECKING:
    from thumbox_ros._closing import Closing

__all__ = ["prepare"]

_lock = threading.Lock()
_thread: threading.Thread | None = None
_open: weakref.WeakSet[Closing] = weakref.WeakSet()


def prepare(owner: Closing) -> None:
    """Starts the thread, if that has not been done, and closes `owner` before the interpreter ends."""
    global _thread  # noqa: PLW0603 -- there is one for all sessions
    with _lock:
        _open.add(owner)
        if _thread is None:
            _thread = threading.Thread(target=_native.run_callbacks, name="thumbox-ros callbacks", daemon=True)
            _thread.start()
            atexit.register(_end)


def _end() -> None:
    """Closes what is open. A session that outlives the interpreter would call into it."""
    for owner in list(_open):
        owner.close()
    _native.stop()
    if _thread is not None:
        _thread.join(1.0)


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_native.forked)
