"""From what is named on the command line to pictures."""

from __future__ import annotations

import os
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from thumbox._errors import UNKNOWN_FORMAT
from thumbox._terminal import shown
from thumbox.cli.stores import Stored, location

if TYPE_CHECKING:
    from collections.abc import Iterable

    from thumbox._errors import PluginError
    from thumbox.cli.stores import Location

__all__ = ["STDIN", "Failure", "Found", "Picture", "Refused", "find", "reason", "refused"]

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

    path: Location
    place: Path
    """Where it was found: its path below the folder that was named, or its name alone."""


STDIN = Picture(Path("-"), Path("stdin"))
"""What comes in by standard input."""


class Refused(Exception):  # noqa: N818 -- it says what happened
    """A picture that is not even tried; the text says why."""


@dataclass(frozen=True)
class Failure:
    """What did not work, and why."""

    path: Location
    reason: str
    code: int | None = None
    """The error's number, where the plugin gave one."""

    def __str__(self) -> str:
        number = "" if self.code is None else f" (code {self.code})"
        return f"{shown(self.path)}: {shown(self.reason)}{number}"


@dataclass
class Found:
    """What the names of a command line stand for."""

    pictures: list[Picture] = field(default_factory=list)
    """Each once."""
    failures: list[Failure] = field(default_factory=list)
    """What could not be looked at."""
    companions: int = 0
    """Files of macOS's beside pictures."""
    others: Counter[str] = field(default_factory=Counter)
    """Files in folders that are no pictures by their ending, by ending."""
    outside: int = 0
    """Links that lead out of their folder."""


def find(names: Iterable[str], leave_out: Location | None = None, *, follow_links: bool = False) -> Found:
    """What is there. `leave_out` is a folder that is not searched. ValueError for a location that cannot be one."""
    found = Found()
    for name in names:
        if name == "-":
            found.pictures.append(STDIN)
        elif isinstance(path := location(name), Stored):
            _search_store(path, leave_out, found)
        elif path.is_dir():
            _search(path, leave_out, found, follow_links=follow_links)
        else:
            found.pictures.append(Picture(path, Path(path.name)))
    once: dict[tuple[str, Path], Picture] = {}
    for one in found.pictures:
        real = os.path.realpath(one.path) if isinstance(one.path, Path) else str(one.path)
        once.setdefault((real, one.place), one)
    found.pictures = list(once.values())
    return found


def _search_store(root: Stored, leave_out: Location | None, found: Found) -> None:
    """All pictures below a location in a store, or the one that it names."""
    try:
        if not root.is_dir():
            found.pictures.append(Picture(root, Path(root.name)))
            return
        for file in root.files():
            if not (isinstance(leave_out, Stored) and file.is_below(leave_out)):
                _take(found, Picture(file, file.place(root)))
    except OSError as error:
        found.failures.append(Failure(root, reason(error)))


def _take(found: Found, picture: Picture) -> None:
    """Adds what is a picture by its name, and counts what is not."""
    name, ending = picture.place.name, picture.place.suffix.lower()
    if ending not in EXTENSIONS:
        found.others[ending or "no ending"] += 1
    elif name.startswith(COMPANION):
        found.companions += 1
    else:
        found.pictures.append(picture)


def _search(root: Path, leave_out: Location | None, found: Found, *, follow_links: bool) -> None:
    """All pictures of a folder, in the order of their names."""

    def failed(error: OSError) -> None:
        found.failures.append(Failure(Path(error.filename), reason(error)))

    home, seen = os.path.realpath(root), set()
    for folder, folders, files in os.walk(root, onerror=failed, followlinks=follow_links):
        here, real = Path(folder), os.path.realpath(folder)
        # Links may lead back to where they come from.
        folders[:] = [] if real in seen else sorted(one for one in folders if not _is_same(here / one, leave_out))
        for file in [] if real in seen else sorted(files):
            candidate = here / file
            # A broken link is reported; a pipe or a device is not a picture.
            if not (candidate.is_file() or candidate.is_symlink()):
                continue
            is_picture = candidate.suffix.lower() in EXTENSIONS and not file.startswith(COMPANION)
            if is_picture and not follow_links and _leads_out(candidate, home):
                found.outside += 1
            else:
                _take(found, Picture(candidate, candidate.relative_to(root)))
        seen.add(real)


def _leads_out(path: Path, home: str) -> bool:
    return path.is_symlink() and os.path.commonpath([home, os.path.realpath(path)]) != home


def _is_same(folder: Path, other: Location | None) -> bool:
    try:
        return isinstance(other, Path) and folder.samefile(other)
    except OSError:
        return False


def refused(path: Location, error: PluginError) -> Failure:
    """A picture that the plugin refused. The error of an unknown format shows how the data begins; here that is a file
    that somebody may have named, or linked to, without meaning to show it.
    """
    words = "it is in no image format that is read" if error.code == UNKNOWN_FORMAT else error.message
    return Failure(path, words, error.code)


def reason(error: OSError) -> str:
    """The system's own words, without the name, which stands before them anyway."""
    return error.strerror or str(error)
