"""A library out of a bundle, as a file that the system's loader takes and that no other user can change."""

from __future__ import annotations

import hashlib
import os
import re
import tempfile
from contextlib import contextmanager, nullcontext, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from thumbox._errors import INIT_FAILED, PluginError
from thumbox._private_folder import PrivateFolder

if TYPE_CHECKING:
    from collections.abc import Iterator

    from thumbox.bundle.reader import Library

__all__ = ["extracted"]

_LIBRARIES = "libraries"
_LIBRARY = re.compile(r"[0-9a-f]{64}\.so")
_MOST_LIBRARIES = 8
_YOUNG = 3600.0
"""Seconds. Another process may be about to load a library that is younger."""


@contextmanager
def extracted(library: Library, folder: Path | None) -> Iterator[str]:
    """The path of the library, named by its SHA-256 in the private folder, to be loaded within the block.

    Where there is no such folder, or none that is this user's alone, it is a file that goes with the block: the loader
    keeps what it has mapped.
    """
    if not hasattr(os, "geteuid"):
        raise PluginError(
            INIT_FAILED,
            "a native library is not loaded from a bundle where files have no owners and modes; "
            "the variant 'wasm' is, everywhere",
        )
    with PrivateFolder.open(folder, _LIBRARIES) or nullcontext() as private:
        name = f"{library.sha256}.so"
        if private is not None and _is_kept(library, name, private):
            try:
                yield f"{private.way}/{name}"
            except BaseException:
                private.remove(name)
                raise
            return
    with tempfile.TemporaryDirectory(prefix="thumbox-") as temporary:
        file = Path(temporary) / f"{library.sha256}.so"
        try:
            file.write_bytes(library.content)
        except OSError as error:
            raise PluginError(INIT_FAILED, f"{library.name} cannot be extracted to {file.parent}: {error}") from None
        yield str(file)


def _is_kept(library: Library, name: str, private: PrivateFolder) -> bool:
    """Whether the file is there with the right content, now that it was written if it was not."""
    content = private.load(name)
    if content is not None and hashlib.sha256(content).hexdigest() == library.sha256:
        return True
    if not private.save(name, library.content):
        return False
    with suppress(OSError):
        private.tidy(_LIBRARY, _MOST_LIBRARIES, younger=_YOUNG)
    return True
