"""The plugins of a process that `thumbox.arrow` loads by itself: one for each choice of options."""

from __future__ import annotations

import os
import threading
from typing import TYPE_CHECKING, Any

import thumbox

if TYPE_CHECKING:
    from collections.abc import Mapping

    from thumbox._plugin import Plugin

__all__ = ["plugin_for"]

_loaded: list[tuple[dict[str, Any], Plugin]] = []
_lock = threading.Lock()


def _reset() -> None:
    """In the child of a fork, where another thread of the parent may have had the lock."""
    global _lock  # noqa: PLW0603 -- a lock cannot be made free
    _lock = threading.Lock()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_reset)


def plugin_for(plugin: Plugin | None, load: Mapping[str, Any] | None) -> Plugin:
    """The plugin that is given, or the one of these options; it lives as long as the process."""
    if plugin is not None:
        if load is not None:
            raise TypeError("plugin and load are both given; one of them is allowed")
        return plugin
    options = dict(load or {})
    with _lock:
        for known, there in _loaded:
            if known == options and not there.closed:
                return there
        made = thumbox.load(**options)
        _loaded.append((options, made))
        return made
