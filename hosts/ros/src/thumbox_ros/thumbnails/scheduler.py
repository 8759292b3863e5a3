"""Which worker gets which request: a dispatcher's books, without any network."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from typing import Generic, TypeVar

__all__ = ["Books", "Job", "Stats"]

T = TypeVar("T")


@dataclass
class Job(Generic[T]):
    """A request, from its arrival to its answer."""

    number: int
    query: T
    size: int
    """Bytes of its payload."""
    deadline: float
    """When waiting for a worker ends."""
    attempt: int = 0
    worker: str | None = None
    failed_at: set[str] = field(default_factory=set)
    """Workers that did not answer it."""


@dataclass
class _Worker:
    slots: int
    busy: int = 0
    strikes: int = 0
    """Requests in a row that it did not answer."""
    last: int = 0
    """The job that it was given last."""


@dataclass
class Stats:
    """What a dispatcher has done."""

    requests: int = 0
    answered: int = 0
    errors: int = 0
    """Of those answered, with a worker's error."""
    failed: int = 0
    """Requests that no worker answered, which their clients were told."""
    redone: int = 0
    """Times that a request was given to a worker again, because another did not answer."""
    refused: int = 0
    """Requests that were one too many."""


class Books(Generic[T]):
    """The workers, the jobs that wait, and those that run. Not for several threads."""

    def __init__(self, attempts: int) -> None:
        self._attempts = attempts
        self._workers: dict[str, _Worker] = {}
        self._waiting: deque[Job[T]] = deque()
        self.running: dict[int, Job[T]] = {}

    @property
    def workers(self) -> int:
        """How many there are."""
        return len(self._workers)

    @property
    def waiting(self) -> int:
        """How many jobs have no worker yet."""
        return len(self._waiting)

    def join(self, worker: str, slots: int) -> None:
        """A worker came."""
        self._workers.setdefault(worker, _Worker(slots)).slots = slots

    def leave(self, worker: str) -> None:
        """A worker went; what it has begun may still come."""
        self._workers.pop(worker, None)

    def add(self, job: Job[T]) -> None:
        """A job came."""
        self._waiting.append(job)

    def assign(self) -> Job[T] | None:
        """The next job for which a worker is free, with its worker; None if there is none."""
        for index, job in enumerate(self._waiting):
            worker = self._free(job)
            if worker is None:
                # Those behind it may go to those that failed it; but then nobody is free who did not.
                if not any(one.busy < one.slots for one in self._workers.values()):
                    return None
                continue
            del self._waiting[index]
            job.worker = worker
            job.attempt += 1
            self._workers[worker].busy += 1
            self._workers[worker].last = job.number
            self.running[job.number] = job
            return job
        return None

    def _free(self, job: Job[T]) -> str | None:
        able = {name: one for name, one in self._workers.items() if name not in job.failed_at} or self._workers
        free = [
            (one.strikes, one.busy / one.slots, one.last, name) for name, one in able.items() if one.busy < one.slots
        ]
        return min(free)[3] if free else None

    def done(self, number: int, *, answered: bool) -> tuple[Job[T] | None, bool]:
        """A worker is done with a job. The job, if it is known, and whether it waits for another worker now."""
        job = self.running.pop(number, None)
        if job is None:
            return None, False
        worker = self._workers.get(job.worker or "")
        if worker is not None:
            worker.busy -= 1
            worker.strikes = 0 if answered else worker.strikes + 1
        if answered:
            return job, False
        job.failed_at.add(job.worker or "")
        if job.attempt >= self._attempts:
            return job, False
        self._waiting.appendleft(job)
        return job, True

    def expired(self, now: float) -> list[Job[T]]:
        """Takes out the jobs that have waited too long."""
        late = [job for job in self._waiting if job.deadline <= now]
        if late:
            self._waiting = deque(job for job in self._waiting if job.deadline > now)
        return late

    def next_deadline(self) -> float | None:
        """When the next job will have waited too long."""
        return min((job.deadline for job in self._waiting), default=None)
