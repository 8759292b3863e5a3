"""Whether wasmtime-py is the version that this room is written for. Imports nothing of it: ask before it is used."""

from __future__ import annotations

import functools
import importlib
from importlib.metadata import PackageNotFoundError, version

from thumbox._errors import INIT_FAILED, PluginError

__all__ = ["check_wasmtime", "wasmtime_version"]

WORKS_WITH = 50
"""The one major version of wasmtime-py whose private layer `capi` knows."""

_ADVICE = f"the wasm variant works with {WORKS_WITH}.x: pip install 'wasmtime>={WORKS_WITH},<{WORKS_WITH + 1}'"


@functools.cache
def wasmtime_version() -> str:
    """The installed package's; PackageNotFoundError without one. To look it up takes half a millisecond."""
    return version("wasmtime")


def check_wasmtime() -> None:
    """PluginError if another version is installed, or none, or one that does not run here."""
    try:
        installed = wasmtime_version()
    except PackageNotFoundError:
        raise PluginError(INIT_FAILED, f"wasmtime is not installed; {_ADVICE}") from None
    if installed.partition(".")[0] != str(WORKS_WITH):
        raise PluginError(INIT_FAILED, f"wasmtime {installed} is installed; {_ADVICE}")
    try:
        importlib.import_module("wasmtime")
    except (ImportError, OSError, RuntimeError) as error:
        raise PluginError(INIT_FAILED, f"wasmtime {installed} cannot be used here: {error}; {_ADVICE}") from error
