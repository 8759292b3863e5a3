"""From what is named on the command line to pictures."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from thumbox._errors import UNKNOWN_FORMAT
from thumbox._terminal import shown

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from thumbox._errors import PluginError

__all__ = ["Failure", "Picture", "Refused", "find", "reason", "refused"]

EXTENSIONS = {
    *(".jpg", ".jpeg", ".jpe", ".jfif", ".pjpeg", ".pjp", ".mpo"),
    *(".png", ".apng", ".webp", ".gif", ".bmp", ".dib", ".tif", ".tiff"),
    *(".avif", ".heic", ".heif", ".hif"),
    *(".dng", ".nef", ".cr2", ".cr3", ".arw", ".orf", ".rw2", ".raf", ".pef"),
    *(".psd", ".psb", ".ico", ".cur", ".pnm", ".pbm", ".pgm", ".ppm", ".pam", ".tga", ".qoi"),
}
"""What counts as a picture in a folder. A file that is named itself is always tried."""

COMPANION = "._"
"""How names begin of what macOS writes beside files where a file system has no room for its metadata."""


@dataclass(frozen=True)
class Picture:
    """A file to open."""

    path: Path
    place: Path
    """Where it was found: its path below the folder that was named, or its name alone."""


class Refused(Exception):  # noqa: N818 -- it says what happened
    """A picture that is not even tried; the text says why."""


@dataclass(frozen=True)
class Failure:
    """What did not work, and why."""

    path: Path
    reason: str
    code: int | None = None
    """The error's number, where the plugin gave one."""

    def __str__(self) -> str:
        number = "" if self.code is None else f" (code {self.code})"
        return f"{shown(self.path)}: {shown(self.reason)}{number}"


@dataclass(frozen=True)
class Companion:
    """A file of macOS's beside a picture, with a picture's extension."""


def find(names: Iterable[str], leave_out: Path | None = None) -> tuple[list[Picture], list[Failure], int]:
    """The pictures, each once, what could not be looked at, and how many of macOS's companions were passed over.

    `leave_out` is a folder that is not searched.
    """
    companions = 0
    found: dict[tuple[str, Path], Picture] = {}
    failures: list[Failure] = []
    for name in names:
        for one in _look(Path(name), leave_out):
            if isinstance(one, Failure):
                failures.append(one)
            elif isinstance(one, Companion):
                companions += 1
            else:
                found.setdefault((os.path.realpath(one.path), one.place), one)
    return list(found.values()), failures, companions


def _look(path: Path, leave_out: Path | None) -> Iterator[Picture | Failure | Companion]:
    if not path.is_dir():
        yield Picture(path, Path(path.name))
        return
    errors: list[OSError] = []
    for folder, folders, files in os.walk(path, onerror=errors.append):
        here = Path(folder)
        folders[:] = sorted(name for name in folders if not _is_same(here / name, leave_out))
        for file in sorted(files):
            candidate = here / file
            # A broken link is reported; a pipe or a device is not a picture.
            if candidate.suffix.lower() in EXTENSIONS and (candidate.is_file() or candidate.is_symlink()):
                is_companion = file.startswith(COMPANION)
                yield Companion() if is_companion else Picture(candidate, candidate.relative_to(path))
    for error in errors:
        yield Failure(Path(error.filename), reason(error))


def _is_same(folder: Path, other: Path | None) -> bool:
    try:
        return other is not None and folder.samefile(other)
    except OSError:
        return False


def refused(path: Path, error: PluginError) -> Failure:
    """A picture that the plugin refused. The error of an unknown format shows how the data begins; here that is a file
    that somebody may have named, or linked to, without meaning to show it.
    """
    words = "it is in no image format that is read" if error.code == UNKNOWN_FORMAT else error.message
    return Failure(path, words, error.code)


def reason(error: OSError) -> str:
    """The system's own words, without the name, which stands before them anyway."""
    return error.strerror or str(error)
