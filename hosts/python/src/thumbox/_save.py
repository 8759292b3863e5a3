"""Files that are there in full or not at all."""

from __future__ import annotations

import errno
import os
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from typing import BinaryIO

    from typing_extensions import Buffer

__all__ = ["new_file", "write_file"]

# What file systems without hard links answer to a request for one.
_NO_LINKS = {errno.EPERM, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOSYS, errno.EACCES, errno.EMLINK}


@contextmanager
def new_file(path: Path, *, replace: bool) -> Iterator[BinaryIO]:
    """A file to write, under another name until all went well. FileExistsError where one is there and `replace` is
    false.

    Whatever happens in between, `path` is the old file or the whole new one, and no other file is left.
    """
    draft = path.with_name(f".thumbox-{os.urandom(8).hex()}")
    try:
        # Not tempfile: the file is to have the mode that the user's umask gives every file.
        with draft.open("xb") as file:
            yield file
        if replace:
            draft.replace(path)
        else:
            _place(draft, path)
    finally:
        with suppress(FileNotFoundError):
            draft.unlink()


def write_file(path: str | os.PathLike[str], parts: Iterable[Buffer], *, replace: bool) -> None:
    """Writes a file as `new_file` does."""
    with new_file(Path(path), replace=replace) as file:
        for part in parts:
            file.write(part)


def _place(draft: Path, path: Path) -> None:
    """Gives the draft its name, unless something has that name already, in one step."""
    if os.name == "nt":
        draft.rename(path)  # refuses by itself
        return
    try:
        path.hardlink_to(draft)
    except FileExistsError:
        raise
    except OSError as error:
        if error.errno not in _NO_LINKS:
            raise
        path.touch(exist_ok=False)
        draft.replace(path)
