"""The thread in which the transport tells Python of something: Zenoh's own threads never enter Python."""

from __future__ import annotations

import atexit
import os
import threading
import weakref
from contextlib import suppress

from thumbox_ros import _native

__all__ = ["prepare"]

LONGEST_END = 1.0
"""Seconds that what was posted is given when the interpreter ends."""

_lock = threading.Lock()
_thread: threading.Thread | None = None
_open: weakref.WeakKeyDictionary[object, _native.Session] = weakref.WeakKeyDictionary()


def prepare(owner: object, session: _native.Session) -> None:
    """Starts the thread, if that has not been done, and closes `owner`'s session before the interpreter ends."""
    global _thread  # noqa: PLW0603 -- there is one for all sessions
    with _lock:
        _open[owner] = session
        if _thread is None:
            _thread = threading.Thread(target=_native.run_callbacks, name="thumbox-ros callbacks", daemon=True)
            _thread.start()
            atexit.register(_end)


def _end() -> None:
    """Closes the sessions, which would call into an interpreter that has ended. Callbacks that run are left alone."""
    try:
        for session in list(_open.values()):
            with suppress(_native.ZError):
                session.close()
        _native.stop()
        if _thread is not None:
            _thread.join(LONGEST_END)
    finally:
        _native.stop()
        _native.end()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_native.forked)
