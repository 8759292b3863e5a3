"""Where the built artefacts are."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import NamedTuple

from thumbox._errors import INIT_FAILED, PluginError

__all__ = ["Component", "artifact", "component"]

_LIBRARY = {"win32": "thumbox.dll", "darwin": "libthumbox.dylib"}.get(sys.platform, "libthumbox.so")
_NAMES = {"native": _LIBRARY, "wasm": "thumbox.wasm"}


class Component(NamedTuple):
    """A component's bytes, and what to call it in a message."""

    name: str
    content: bytes


def component(path: str | os.PathLike[str] | None) -> Component:
    """The component that was asked for, or the one in this package."""
    file = artifact("wasm", path)
    try:
        return Component(file, Path(file).read_bytes())
    except OSError as error:
        raise PluginError(INIT_FAILED, f"{file} cannot be loaded: {error}") from None


def artifact(variant: str, path: str | os.PathLike[str] | None) -> str:
    """The full name of the file to load: the one that was asked for, or the one in this package."""
    if path is not None:
        file = Path(path).absolute()
        if not file.is_file():
            raise FileNotFoundError(f"path is {os.fspath(path)!r}; there is no such file")
        return str(file)
    file = Path(__file__).parent / "_artifacts" / _NAMES[variant]
    if not file.is_file():
        raise PluginError(
            INIT_FAILED,
            f"this installation has no {file.name}. Wheels carry it; in a checkout "
            "`cargo xtask build --out hosts/python/src/thumbox/_artifacts` makes it",
        )
    return str(file)
