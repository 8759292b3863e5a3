"""Each reader in a process of its own, which is ended and begun again where it crashes or takes too long."""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import time
from typing import TYPE_CHECKING, TypeVar

from .readers import ENDED, Answer, reader

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from multiprocessing.connection import Connection
    from multiprocessing.context import SpawnProcess

__all__ = ["Worker", "apart", "workers"]

Result = TypeVar("Result")

# A fork would take libvips' threads, and locks that they hold, with it.
_CONTEXT = multiprocessing.get_context("spawn")
START = 120.0
"""Seconds that a reader may take until it is loaded: the sandbox compiles the component on its first run."""


class Worker:
    """A reader. `ask` it and then fetch its `answer`, so that several work at once."""

    def __init__(self, name: str, path: str | None, seconds: float) -> None:
        self.name = name
        self.available = True
        self._path = path
        self._seconds = seconds
        self._process: SpawnProcess | None = None
        self._pipe: Connection | None = None
        self._asked = 0.0

    def start(self) -> str:
        """Loads it; says why it cannot be, or nothing."""
        self._pipe, other = _CONTEXT.Pipe()
        self._process = _CONTEXT.Process(target=_serve, args=(other, self.name, self._path), daemon=True)
        self._process.start()
        other.close()
        self._asked = time.monotonic()
        answer = self._fetch(START)
        self.available = not answer.refusal
        return answer.refusal

    def ask(self, data: bytes) -> None:
        """Sends it a file."""
        if self._process is None:
            self.start()
        self._asked = time.monotonic()
        if self._pipe:
            with contextlib.suppress(OSError):
                self._pipe.send_bytes(data)

    def answer(self) -> Answer:
        """What it makes of the file; a refusal where it crashes or takes too long."""
        return self._fetch(self._seconds)

    def stop(self) -> None:
        """Ends its process."""
        if self._process is not None:
            self._process.kill()
            self._process.join()
            self._process = None
        if self._pipe is not None:
            self._pipe.close()
            self._pipe = None

    def _fetch(self, seconds: float) -> Answer:
        if self._pipe is None or self._process is None:
            return Answer(None, "its process did not start", ENDED)
        try:
            if self._pipe.poll(max(0.0, self._asked + seconds - time.monotonic())):
                answer: Answer = self._pipe.recv()
                return answer
            refusal = f"no answer in {seconds:g} s"
        except (EOFError, OSError):
            self._process.join(5)
            refusal = f"its process ended with status {self._process.exitcode}"
        self.stop()
        return Answer(None, refusal, ENDED, refusal.encode())


@contextlib.contextmanager
def workers(names: tuple[str, ...], paths: Mapping[str, str | None], seconds: float) -> Iterator[dict[str, Worker]]:
    """All that can be loaded; says which cannot."""
    started: dict[str, Worker] = {}
    try:
        for name in names:
            worker = started[name] = Worker(name, paths.get(name), seconds)
            if why := worker.start():
                print(f"not compared: {name}: {why}")
                worker.stop()
        yield {name: worker for name, worker in started.items() if worker.available}
    finally:
        for worker in started.values():
            worker.stop()


def apart(function: Callable[..., Result], *arguments: object) -> Result:
    """What a function returns that runs in a process of its own, and prints no errors."""
    pipe, other = _CONTEXT.Pipe()
    process = _CONTEXT.Process(target=_run, args=(other, function, arguments), daemon=True)
    process.start()
    other.close()
    try:
        result: Result = pipe.recv()
    except EOFError:
        process.join()
        raise SystemExit(f"{function.__name__}: its process ended with status {process.exitcode}") from None
    process.join()
    return result


def _run(pipe: Connection, function: Callable[..., object], arguments: tuple[object, ...]) -> None:
    _silence()
    pipe.send(function(*arguments))


def _silence() -> None:
    """What C libraries print about files would stand in the midst of a table."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), 2)


def _serve(pipe: Connection, name: str, path: str | None) -> None:
    _silence()
    try:
        read = reader(name, path)
    except Exception as error:  # noqa: BLE001 -- whatever it is, the reader cannot be used, and this is why
        pipe.send(Answer(None, f"{type(error).__name__}: {error}"))
        return
    pipe.send(Answer(None))
    with contextlib.suppress(EOFError):
        while True:
            pipe.send(read(pipe.recv_bytes()))
