"""Compiled code for processes that cannot keep what they compile, such as those of a container's image."""

from __future__ import annotations

from typing import TYPE_CHECKING

from thumbox._errors import INIT_FAILED, PluginError
from thumbox._locate import FURTHER, component, further
from thumbox.sandbox.cache import FOLDER
from thumbox.sandbox.component import core_module
from thumbox.sandbox.engine import keep

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

__all__ = ["prepare"]


def prepare(folder: Path) -> Iterator[str]:
    """Compiles every component of this installation into the folder, which all users may then read, and names each."""
    made = () if folder.exists() else (folder,)
    base = component(None)
    for library in (base, *(further(name, base) for name in FURTHER)):
        if library is not None:
            keep(core_module(library.content), folder)
            yield library.name
    if not any((folder / FOLDER).iterdir()):
        raise PluginError(INIT_FAILED, f"nothing could be kept in {folder}")
    for place in (*made, folder / FOLDER):
        place.chmod(0o755)
    for entry in (folder / FOLDER).iterdir():
        entry.chmod(0o644)
