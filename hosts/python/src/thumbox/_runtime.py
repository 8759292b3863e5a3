"""Whether Python and Wasmtime are those that the plugins are written for; to be asked before they are used."""

from __future__ import annotations

import importlib
import sys
from importlib.metadata import PackageNotFoundError, version

from thumbox._errors import INIT_FAILED, PluginError

__all__ = ["check_python", "check_wasmtime"]

WORKS_WITH = 50
"""The one major version of wasmtime-py whose private layer `_guest` knows."""

_ADVICE = f"the wasm variant works with {WORKS_WITH}.x: pip install 'wasmtime>={WORKS_WITH},<{WORKS_WITH + 1}'"


def check_python() -> None:
    """PluginError where threads run Python at once: nothing here has been tried like that."""
    if not getattr(sys, "_is_gil_enabled", lambda: True)():
        raise PluginError(
            INIT_FAILED,
            "this Python runs without its global lock, and thumbox has been tested only with it: set PYTHON_GIL=1",
        )


def check_wasmtime() -> None:
    """PluginError where another one is installed, or none, or one that does not run here."""
    try:
        installed = version("wasmtime")
    except PackageNotFoundError:
        raise PluginError(INIT_FAILED, f"wasmtime is not installed; {_ADVICE}") from None
    if installed.partition(".")[0] != str(WORKS_WITH):
        raise PluginError(INIT_FAILED, f"wasmtime {installed} is installed; {_ADVICE}")
    try:
        importlib.import_module("wasmtime")
    except (ImportError, OSError, RuntimeError) as error:
        raise PluginError(INIT_FAILED, f"wasmtime {installed} cannot be used here: {error}; {_ADVICE}") from error
