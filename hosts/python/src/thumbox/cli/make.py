"""The command `thumbox make`: many pictures at once, each with an end of its own."""

from __future__ import annotations

import os
import signal
import threading
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from thumbox._errors import PluginError
from thumbox._save import write_file
from thumbox.cli.find import Failure, Picture, Refused, reason, refused

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from thumbox._reply import Thumbnail

__all__ = ["Job", "Made", "Maker", "make_all", "plan", "read"]


@dataclass(frozen=True)
class Made:
    """A thumbnail that was written."""

    picture: Picture
    output: Path
    thumbnail: Thumbnail


@dataclass(frozen=True)
class Job:
    """A picture and the file to make of it."""

    picture: Picture
    output: Path


def plan(pictures: list[Picture], folder: Path, extension: str) -> tuple[list[Job], list[Failure]]:
    """One job for each picture; of those with one output name, the first has it and the others fail."""
    jobs: dict[str, Job] = {}
    failures = []
    for picture in pictures:
        output = folder / picture.place.with_suffix(extension)
        key = os.path.normcase(output)
        if key in jobs:
            first = jobs[key].picture.path
            failures.append(Failure(picture.path, f"its thumbnail {output} would be that of {first} too"))
        else:
            jobs[key] = Job(picture, output)
    return list(jobs.values()), failures


class Maker:
    """Does jobs, in any thread."""

    def __init__(self, make: Callable[[bytes], Thumbnail], pictures: list[Picture], *, most: int, force: bool) -> None:
        """None of the `pictures` is ever replaced; other files are, where `force` says so.

        `most`: the bytes that a picture may have.
        """
        self._make = make
        self._most = most
        self._force = force
        self._sources = {identity for picture in pictures if (identity := _identity(picture.path))}

    def __call__(self, job: Job) -> Made | Failure:
        """Never raises for a picture: what is wrong with one must not stop the others."""
        path = job.picture.path
        try:
            self._check(job.output)
            thumbnail = self._make(read(path, self._most))
            job.output.parent.mkdir(parents=True, exist_ok=True)
            write_file(job.output, [thumbnail.data], replace=self._force)
        except PluginError as error:
            return refused(path, error)
        except Refused as error:
            return Failure(path, str(error))
        except FileExistsError:
            return Failure(path, f"{job.output} exists already; --force replaces it")
        except OSError as error:
            there = f"{error.filename}: " if error.filename not in (None, str(path)) else ""
            return Failure(path, f"{there}{reason(error)}")
        except Exception as error:  # noqa: BLE001 -- a bug, or no memory: the others may still work
            return Failure(path, f"{type(error).__name__}: {error}")
        return Made(job.picture, job.output, thumbnail)

    def _check(self, output: Path) -> None:
        """Before the work: whether its result may be written at all."""
        there = _identity(output)
        if there in self._sources:
            raise Refused(f"{output} is one of the pictures; choose another folder with -o")
        if there and not self._force:
            raise FileExistsError


def read(path: Path, most: int) -> bytes:
    """A file's bytes; no more of them than can be used, since some files have no end."""
    with path.open("rb") as file:
        data = file.read(most + 1)
    if len(data) > most:
        raise Refused(f"it has more than {most} bytes; --max-request allows more")
    return data


def _identity(path: Path) -> tuple[int, int] | None:
    try:
        status = path.stat()
    except (OSError, ValueError):
        return None
    return status.st_dev, status.st_ino


def make_all(
    maker: Callable[[Job], Made | Failure],
    jobs: list[Job],
    workers: int,
    done: Callable[[Made | Failure], None],
) -> None:
    """Does all jobs and tells of each one, in the order in which they end.

    If it is interrupted, it starts no more jobs and waits for those that run, so that none leaves a draft.
    """
    with _interruptible() as check, ThreadPoolExecutor(workers, thread_name_prefix="thumbox") as pool:
        try:
            waiting = iter(jobs)
            running: set[Future[Made | Failure]] = set()
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
def _interruptible() -> Iterator[Callable[[], None]]:
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
