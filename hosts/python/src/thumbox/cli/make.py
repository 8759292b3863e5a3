"""The command `thumbox make`: many pictures at once, each with an end of its own."""

from __future__ import annotations

import signal
import sys
import threading
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from thumbox._errors import PluginError
from thumbox.cli.find import STDIN, Failure, Picture, Refused, reason, refused
from thumbox.cli.stores import Stored, as_os_errors, write

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from thumbox._reply import Thumbnail
    from thumbox.cli.shapes import Job
    from thumbox.cli.stores import Location

__all__ = ["Made", "Maker", "Outcome", "UpToDate", "interruptible", "make_all", "read"]


@dataclass(frozen=True)
class Made:
    """Thumbnails of a picture that were written, with their files. Those that were up to date are not among them."""

    job: Job
    thumbnails: list[tuple[Location, Thumbnail]]


@dataclass(frozen=True)
class UpToDate:
    """All thumbnails of a picture are there and not older than it."""

    job: Job


Outcome = Made | UpToDate | Failure


class Maker:
    """Does jobs, in any thread."""

    def __init__(
        self,
        make: Callable[[bytes], list[Thumbnail]],
        pictures: list[Picture],
        *,
        most: int,
        force: bool = False,
        update: bool = False,
    ) -> None:
        """None of the `pictures` is ever replaced. Other files are: with `update` those that are older than their
        picture, with `force` all.

        `make` gives the thumbnails of a picture, one for each output of its job. `most`: bytes of a picture.
        """
        self._make = make
        self._most = most
        self._force = force
        self._update = update
        self._sources = {_identity(picture.path) for picture in pictures} - {None}

    def __call__(self, job: Job) -> Outcome:
        """Never raises for a picture: what is wrong with one must not stop the others."""
        path = job.picture.path
        try:
            return self._done(job)
        except PluginError as error:
            return refused(path, error)
        except Refused as error:
            return Failure(path, str(error))
        except FileExistsError as error:
            return Failure(path, f"{error.filename2 or error.filename} exists already; --force replaces it")
        except OSError as error:
            there = f"{error.filename}: " if error.filename not in (None, str(path)) else ""
            return Failure(path, f"{there}{reason(error)}")
        except Exception as error:  # noqa: BLE001 -- a bug, or no memory: the others may still work
            return Failure(path, f"{type(error).__name__}: {error}")

    def _done(self, job: Job) -> Made | UpToDate:
        wanted = [output for output in job.outputs if self._wants(job.picture, output)]
        if not wanted:
            return UpToDate(job)
        thumbnails = self._make(read(job.picture, self._most))
        made = [one for one in zip(job.outputs, thumbnails, strict=True) if one[0] in wanted]
        for output, thumbnail in made:
            output.parent.mkdir(parents=True, exist_ok=True)
            write(output, [thumbnail.data], replace=self._force or self._update)
        return Made(job, made)

    def _wants(self, picture: Picture, output: Location) -> bool:
        """Before the work: whether an output is to be written, and may be."""
        if _identity(output) in self._sources:
            raise Refused(f"{output} is one of the pictures; choose another folder with -o")
        if self._force or not output.exists():
            return True
        if picture is STDIN:
            raise Refused(f"{output} exists already; --force replaces it")
        if not _is_older(output, picture.path):
            return False
        if not self._update:
            raise Refused(f"{output} exists already and is older than the picture; --update replaces it")
        return True


def read(picture: Picture, most: int) -> bytes:
    """A picture's bytes; no more of them than can be used, since some files have no end."""
    opened = nullcontext(sys.stdin.buffer) if picture is STDIN else picture.path.open("rb")
    with as_os_errors(), opened as file:
        data = file.read(most + 1)
    if len(data) > most:
        raise Refused(f"it has more than {most} bytes; --max-request allows more")
    return data


def _identity(path: Location) -> tuple[object, object] | None:
    """What all names of a file have in common; None if there is no file."""
    if isinstance(path, Stored):
        return type(path.filesystem), path.path
    try:
        status = path.stat()
    except (OSError, ValueError):
        return None
    return status.st_dev, status.st_ino


def _is_older(output: Location, picture: Location) -> bool:
    """Whether a picture was written after its thumbnail. What a store does not date is not older."""
    if isinstance(output, Path) and isinstance(picture, Path):
        return output.stat().st_mtime_ns < picture.stat().st_mtime_ns
    made, source = _written(output), _written(picture)
    return made is not None and source is not None and made < source


def _written(path: Location) -> float | None:
    return path.written() if isinstance(path, Stored) else path.stat().st_mtime


def make_all(
    maker: Callable[[Job], Outcome],
    jobs: list[Job],
    workers: int,
    done: Callable[[Outcome], None],
) -> None:
    """Does all jobs and tells of each one, in the order in which they end.

    If it is interrupted, it starts no more jobs and waits for those that run, so that none leaves a draft.
    """
    with interruptible() as check, ThreadPoolExecutor(workers, thread_name_prefix="thumbox") as pool:
        try:
            waiting = iter(jobs)
            running: set[Future[Outcome]] = set()
            while True:
                check()
                # A few ahead, not all: each result holds its thumbnail until it is used.
                while len(running) < 2 * workers and (job := next(waiting, None)):
                    running.add(pool.submit(maker, job))
                if not running:
                    return
                ended, running = wait(running, return_when=FIRST_COMPLETED)
                for future in ended:
                    done(future.result())
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise


@contextmanager
def interruptible() -> Iterator[Callable[[], None]]:
    """A function that raises KeyboardInterrupt once SIGINT or SIGTERM came.

    Their handlers only take a note: an exception of theirs could strike where the executor has just taken a lock, which
    nobody would release, or in a destructor, where it would be lost.
    """
    came: list[int] = []
    if threading.current_thread() is not threading.main_thread():
        yield lambda: None
        return

    def check() -> None:
        if came:
            raise KeyboardInterrupt

    before = [(number, signal.getsignal(number)) for number in (signal.SIGINT, signal.SIGTERM)]
    try:
        for number, _ in before:
            signal.signal(number, lambda number, _: came.append(number))
        yield check
    finally:
        for number, handler in before:
            if handler is not None:
                signal.signal(number, handler)
