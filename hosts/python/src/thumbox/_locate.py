"""Where the built artefacts are."""

from __future__ import annotations

import os
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import NamedTuple

from thumbox._errors import INIT_FAILED, PluginError

__all__ = ["FURTHER", "Component", "artifact", "component", "further"]

_LIBRARIES = {"linux": "libthumbox.so", "darwin": "libthumbox.dylib", "win32": "thumbox.dll"}
_NAMES = {"native": _LIBRARIES.get(sys.platform, _LIBRARIES["linux"]), "wasm": "thumbox.wasm"}
_ARTIFACTS = Path(__file__).parent / "_artifacts"

FURTHER = ("avif", "heic")
"""The formats that have a component of their own, in the order in which these are tried."""


class Component(NamedTuple):
    """A component's bytes, and what to call it in a message."""

    name: str
    content: bytes
    folder: Path | None = None
    """Where its file is, and others may be; None for one from a bundle."""


def component(path: str | os.PathLike[str] | None) -> Component:
    """The component that was asked for, or the one in this package."""
    return _read(Path(artifact("wasm", path)))


def further(name: str, base: Component) -> Component | None:
    """The component for one more format: beside the base, in this package, or in the add-on `thumbox-NAME`."""
    folders = [*((base.folder,) if base.folder else ()), _ARTIFACTS]
    add_on = find_spec(f"thumbox_{name}")
    if add_on is not None:
        folders += (Path(folder) / "_artifacts" for folder in add_on.submodule_search_locations or ())
    files = (folder / f"thumbox-{name}.wasm" for folder in folders)
    return next((_read(file) for file in files if file.is_file()), None)


def _read(file: Path) -> Component:
    try:
        return Component(str(file), file.read_bytes(), file.parent)
    except OSError as error:
        raise PluginError(INIT_FAILED, f"{file} cannot be loaded: {error}") from None


def artifact(variant: str, path: str | os.PathLike[str] | None) -> str:
    """The full name of the file to load: the one that was asked for, or the one in this package."""
    if path is not None:
        file = Path(path).absolute()
        if not file.is_file():
            raise FileNotFoundError(f"path is {os.fspath(path)!r}; there is no such file")
        return str(file)
    file = _ARTIFACTS / _NAMES[variant]
    if not file.is_file():
        raise PluginError(
            INIT_FAILED,
            f"this installation has no {file.name}. Wheels for this platform carry it, and the one for all platforms "
            "has the sandbox alone; in a checkout "
            "`cargo xtask build --out hosts/python/src/thumbox/_artifacts` makes it",
        )
    return str(file)
