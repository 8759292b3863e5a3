"""Decides which worker gets which request; knows nothing of the network."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from typing import Generic, TypeVar

__all__ = ["DispatcherStats", "Job", "Scheduler"]

T = TypeVar("T")


@dataclass
class Job(Generic[T]):
    """A request, from its arrival to its reply."""

    number: int
    query: T
    size: int
    """Bytes of the payload."""
    deadline: float
    """Monotonic time at which waiting for a worker ends."""
    attempt: int = 0
    worker: str | None = None
    failed_at: set[str] = field(default_factory=set)
    """Workers that did not answer the job."""


@dataclass
class _WorkerState:
    slots: int
    busy: int = 0
    strikes: int = 0
    """Unanswered requests in a row."""
    last: int = 0
    """Number of the last job it was given."""


@dataclass
class DispatcherStats:
    """Counts of a dispatcher's requests."""

    requests: int = 0
    answered: int = 0
    errors: int = 0
    """Those of `answered` whose answer was a worker's error."""
    failed: int = 0
    """Requests that no worker answered. The client got an error."""
    redone: int = 0
    """Times that a request went to another worker because the last one did not answer."""
    refused: int = 0
    """Requests beyond the dispatcher's limits. The client got an error."""


class Scheduler(Generic[T]):
    """The workers, the jobs that wait, and the jobs that run. For one thread."""

    def __init__(self, attempts: int) -> None:
        self._attempts = attempts
        self._workers: dict[str, _WorkerState] = {}
        self._waiting: deque[Job[T]] = deque()
        self.running: dict[int, Job[T]] = {}

    @property
    def workers(self) -> int:
        """How many have joined."""
        return len(self._workers)

    @property
    def waiting(self) -> int:
        """How many jobs have no worker yet."""
        return len(self._waiting)

    def join(self, worker: str, slots: int) -> None:
        """A worker has joined."""
        self._workers.setdefault(worker, _WorkerState(slots)).slots = slots

    def leave(self, worker: str) -> None:
        """A worker has left. Its running jobs may still be answered."""
        self._workers.pop(worker, None)

    def add(self, job: Job[T]) -> None:
        """A job has arrived."""
        self._waiting.append(job)

    def assign(self) -> Job[T] | None:
        """The next job for which a worker has a free slot, with that worker set; None if there is none."""
        for index, job in enumerate(self._waiting):
            worker = self._free(job)
            if worker is None:
                # The free workers have all failed this job. They may still take a later one.
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
        """A worker is done with a job. Returns the job, if it is known, and whether it now waits for another worker."""
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
        """Removes and returns the jobs that have waited too long."""
        late = [job for job in self._waiting if job.deadline <= now]
        if late:
            self._waiting = deque(job for job in self._waiting if job.deadline > now)
        return late

    def next_deadline(self) -> float | None:
        """When the next job will have waited too long; None if none waits."""
        return min((job.deadline for job in self._waiting), default=None)
