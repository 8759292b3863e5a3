"""Times at which something ends."""

from __future__ import annotations

import time

__all__ = ["deadline", "time_left"]


def deadline(timeout: float | None) -> float | None:
    """The monotonic time at which `timeout` seconds are over; None for no limit."""
    return None if timeout is None else time.monotonic() + timeout


def time_left(end: float | None) -> float | None:
    """The seconds left until `end`, at least 0; None for no limit."""
    return None if end is None else max(0.0, end - time.monotonic())
