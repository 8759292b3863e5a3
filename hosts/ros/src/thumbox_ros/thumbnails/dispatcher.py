"""The dispatcher: owns the name of a service and passes its requests to workers."""

from __future__ import annotations

import itertools
import logging
import threading
import time
from contextlib import suppress
from dataclasses import replace
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING, Any, NamedTuple

from thumbox_ros._closing import Closing
from thumbox_ros._native import Get, Queryable
from thumbox_ros.endpoints.endpoint import Endpoint
from thumbox_ros.endpoints.replies import ZENOH_TIMEOUT, answer, refuse
from thumbox_ros.graph.qos import QOS_SERVICES
from thumbox_ros.thumbnails.pool import Pool, Ticket
from thumbox_ros.thumbnails.scheduler import DispatcherStats, Job, Scheduler

if TYPE_CHECKING:
    from collections.abc import Callable

    from thumbox_ros._native import Declared, Query, Reply
    from thumbox_ros.endpoints.context import ZNode
    from thumbox_ros.messages.message import Service

__all__ = ["Dispatcher"]

_log = logging.getLogger("thumbox_ros")

SETTLING = 0.5
"""Seconds for dispatchers that start at the same time to learn of each other."""
CONNECTING = 2.0
"""Seconds to find a router. After that, it is assumed that no other dispatcher is running."""
DRAINING = 10.0
"""Seconds that close() gives to requests that have begun."""


class _Command(NamedTuple):
    """Something that the dispatcher's thread is to do."""

    act: Callable[..., None]
    arguments: tuple[Any, ...]


class _ServiceEndpoint(Endpoint):
    """The service that clients see."""

    def __init__(
        self,
        node: ZNode,
        service: str,
        kind: type[Service],
        limits: tuple[int, int],
        on_arrival: Callable[[Queryable], None],
    ) -> None:
        super().__init__(node, "server", service, kind.__ros_name__, kind.__ros_hash__, QOS_SERVICES)
        # Refused before Python is told of it, where more come at once than may be open.
        most, most_bytes = limits
        self._queryable: Queryable | None = None

        def arrived() -> None:
            if self._queryable is not None:
                on_arrival(self._queryable)

        self._queryable = Queryable(
            self.session,
            self.key,
            most,
            full=f"{most} requests of {most_bytes} bytes are waiting already; call again later",
            on_arrival=arrived,
            most_bytes=most_bytes,
        )
        # Those that came before it was known here.
        arrived()
        self.announce()

    @property
    def refused(self) -> int:
        """Requests that were refused before the dispatcher was told of them."""
        return self._queryable.counts()[1] if self._queryable is not None else 0

    def _close(self) -> None:
        if self._queryable is not None:
            self._queryable.undeclare()


class Dispatcher(Closing):
    """Offers `service`, and passes each request to the least busy of the workers that have joined.

    If a worker does not answer a request, because it died or took longer than `worker_timeout` seconds, the request
    goes to another, up to `attempts` times in all. A request waits up to `max_wait` seconds for a free slot. Requests
    beyond `max_pending`, or beyond `max_bytes` of payload, are refused. Workers' answers are passed on undecoded.

    The first of several dispatchers of a service owns its name. When it goes, the next takes over.
    """

    def __init__(
        self,
        node: ZNode,
        service: str,
        kind: type[Service],
        *,
        max_pending: int = 256,
        max_bytes: int = 1 << 30,
        max_wait: float = 30.0,
        worker_timeout: float = 30.0,
        attempts: int = 3,
    ) -> None:
        for what, value in (("max_pending", max_pending), ("max_bytes", max_bytes), ("attempts", attempts)):
            if isinstance(value, bool) or not isinstance(value, int) or value < 1:
                raise ValueError(f"{what} is {value!r}; a whole number from 1 is allowed")
        for what, seconds in (("max_wait", max_wait), ("worker_timeout", worker_timeout)):
            if isinstance(seconds, bool) or not isinstance(seconds, int | float) or not 0 < seconds <= 86400:  # noqa: PLR2004 -- a day
                raise ValueError(f"{what} is {seconds!r}; more than 0, up to 86400 seconds, is allowed")
        self._node = node
        self._kind = kind
        self._pool = Pool.of(node, service, kind)
        self._max_pending = max_pending
        self._max_bytes = max_bytes
        self._max_wait = max_wait
        self._worker_timeout = worker_timeout
        self._attempts = attempts
        self.id = f"{node.context.zid}.{node.context.next_id()}"
        self._stats = DispatcherStats()
        self._refused_early = 0
        self._session = node.context.session
        self._scheduler: Scheduler[Query] = Scheduler(attempts)
        self._numbers = itertools.count(1)
        self._lock = threading.Lock()
        self._open = self._open_bytes = 0
        self._commands: SimpleQueue[_Command] = SimpleQueue()
        self._tickets: set[Ticket] = set()
        self._ticket: Ticket | None = None
        self._endpoint: _ServiceEndpoint | None = None
        self._owns = threading.Event()
        self._end: float | None = None
        self._closed = self._has_ended = False
        self._thread = threading.Thread(target=self._run, name=f"{self._pool.service} dispatcher", daemon=True)
        self._thread.start()

    @property
    def stats(self) -> DispatcherStats:
        """What has become of the requests so far."""
        endpoint = self._endpoint
        early = self._refused_early + (endpoint.refused if endpoint is not None else 0)
        stats = self._stats
        return replace(stats, requests=stats.requests + early, refused=stats.refused + early)

    @property
    def owns(self) -> bool:
        """Whether this dispatcher owns the name of the service."""
        return self._owns.is_set()

    @property
    def workers(self) -> int:
        """Workers that have joined."""
        return self._scheduler.workers

    def wait_until_owner(self, timeout: float = 10.0) -> bool:
        """Waits up to `timeout` seconds to own the name of the service; returns whether it does."""
        return self._owns.wait(timeout)

    def close(self) -> None:
        """Gives up the name, and waits up to 10 seconds for requests that have begun; any number of times."""
        if self._closed:
            return
        self._closed = True
        self._post(self._on_close)
        self._thread.join()

    def _post(self, act: Callable[..., None], *arguments: Any) -> None:
        self._commands.put(_Command(act, arguments))

    def _run(self) -> None:
        """The dispatcher's thread. It alone changes the scheduler and the tickets."""
        watches: list[Declared] = [
            self._session.watch_tokens(f"{self._pool.base}/{part}", on_token)
            for part, on_token in (("worker/**", self._see_worker), ("dispatcher/**", self._see_ticket))
        ]
        settled = self._see_others()
        token = self._session.declare_token(self._pool.ticket_token(self._take_ticket()))
        while self._end is None or (self._open and time.monotonic() < self._end):
            self._next_command(settled)
            now = time.monotonic()
            if now >= settled:
                self._elect()
            for late in self._scheduler.expired(now):
                self._fail(late, self._why_late())
            while (job := self._scheduler.assign()) is not None:
                self._send(job)
        self._step_down()
        token.undeclare()
        for watch in watches:
            watch.undeclare()
        self._refuse_rest()

    def _refuse_rest(self) -> None:
        """Refuses requests that came while the dispatcher ended."""
        with self._lock:
            self._has_ended = True
        with suppress(Empty):
            while True:
                command = self._commands.get_nowait()
                if command.act == self._on_request:
                    refuse(command.arguments[0], "the dispatcher has ended", self._pool.service)

    def _next_command(self, settled: float) -> None:
        now = time.monotonic()
        times = [self._scheduler.next_deadline(), self._end, settled if now < settled else None]
        ends = [one for one in times if one is not None]
        try:
            command = self._commands.get(timeout=max(0.0, min(ends) - now) if ends else None)
        except Empty:
            return
        command.act(*command.arguments)

    # The queue of dispatchers.

    def _see_others(self) -> float:
        """Waits until the running dispatchers are known. Returns the time at which those that start now are, too."""
        end = time.monotonic() + CONNECTING
        while not self._node.context.is_connected and time.monotonic() < end and not self._closed:
            time.sleep(0.02)
        end = time.monotonic() + SETTLING
        while time.monotonic() < end and self._end is None:
            self._next_command(end)
        return end + SETTLING

    def _take_ticket(self) -> Ticket:
        """Takes a ticket behind all that are known."""
        self._ticket = Ticket(max((ticket.number for ticket in self._tickets), default=0) + 1, self.id)
        return self._ticket

    def _see_ticket(self, key: str, is_new: bool) -> None:
        ticket = self._pool.ticket(key)
        if ticket is not None and ticket.id != self.id:
            change = self._tickets.add if is_new else self._tickets.discard
            self._post(change, ticket)

    def _elect(self) -> None:
        first = self._ticket is not None and self._end is None and all(self._ticket < other for other in self._tickets)
        if first and self._endpoint is None:
            _log.info("%s: this dispatcher owns the name", self._pool.service)
            self._endpoint = _ServiceEndpoint(
                self._node, self._pool.service, self._kind, (self._max_pending, self._max_bytes), self._on_arrival
            )
            self._owns.set()
        elif not first and self._endpoint is not None:
            _log.warning("%s: another dispatcher was first; this one gives up the name", self._pool.service)
            self._step_down()

    def _step_down(self) -> None:
        self._owns.clear()
        if self._endpoint is not None:
            self._endpoint.close()
            self._refused_early += self._endpoint.refused
            self._endpoint = None

    def _on_close(self) -> None:
        self._end = time.monotonic() + DRAINING
        self._step_down()

    # Workers and requests.

    def _see_worker(self, key: str, is_new: bool) -> None:
        worker = self._pool.worker(key)
        if worker is None:
            return
        if is_new:
            self._post(self._scheduler.join, *worker)
        else:
            self._post(self._scheduler.leave, worker[0])

    def _on_arrival(self, queryable: Queryable) -> None:
        while (query := queryable.take(0)) is not None:
            self._on_query(query)

    def _on_query(self, query: Query) -> None:
        payload = query.payload
        size = len(payload) if payload is not None else 0
        with self._lock:
            self._stats.requests += 1
            fits = self._open < self._max_pending and (not self._open or self._open_bytes + size <= self._max_bytes)
            fits = fits and not self._has_ended
            if fits:
                self._open += 1
                self._open_bytes += size
            else:
                self._stats.refused += 1
        if fits:
            self._post(self._on_request, query, size)
        else:
            text = f"{self._open} requests of {self._open_bytes} bytes are open already; call again later"
            text = "the dispatcher has ended" if self._has_ended else text
            refuse(query, text, self._pool.service)

    def _on_request(self, query: Query, size: int) -> None:
        self._scheduler.add(Job(next(self._numbers), query, size, time.monotonic() + self._max_wait))

    def _send(self, job: Job[Query]) -> None:
        number, attempt = job.number, job.attempt
        if attempt > 1:
            self._stats.redone += 1
        # The first reply is the answer. If the query ends without one, the worker has died.
        Get(
            self._session,
            self._pool.call(job.worker or ""),
            job.query.payload,
            self._worker_timeout,
            attachment=job.query.attachment,
            call=lambda reply: self._post(self._on_reply, number, attempt, reply),
        )

    def _on_reply(self, number: int, attempt: int, reply: Reply | None) -> None:
        running = self._scheduler.running.get(number)
        if running is None or running.attempt != attempt:
            return
        error = reply.err.to_bytes() if reply is not None and reply.err is not None else None
        answered = reply is not None and error != ZENOH_TIMEOUT
        job, again = self._scheduler.done(number, answered=answered)
        if job is None or again:
            return
        if not answered:
            self._fail(job, f"{job.attempt} workers were given this request; none of them answered")
            return
        # Counted before the answer, so that whoever receives it finds it counted and its slot free.
        self._stats.answered += 1
        self._forget(job)
        if reply is not None and reply.ok is not None:
            answer(job.query, reply.ok, self._pool.service)
        else:
            self._stats.errors += 1
            refuse(job.query, (error or b"").decode(errors="replace"), self._pool.service)

    def _why_late(self) -> str:
        if not self._scheduler.workers:
            return f"no worker has joined within {self._max_wait:g} s"
        return (
            f"none of {self._scheduler.workers} workers had a free slot within {self._max_wait:g} s; call again later"
        )

    def _fail(self, job: Job[Query], text: str) -> None:
        self._stats.failed += 1
        self._forget(job)
        refuse(job.query, text, self._pool.service)

    def _forget(self, job: Job[Query]) -> None:
        with self._lock:
            self._open -= 1
            self._open_bytes -= job.size
