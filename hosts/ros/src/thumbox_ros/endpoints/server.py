"""Offering services."""

from __future__ import annotations

import itertools
import logging
import threading
from typing import TYPE_CHECKING, Any, NamedTuple

from thumbox_ros._errors import CdrError, ServiceError
from thumbox_ros._native import MOST_BYTES, Queryable
from thumbox_ros.endpoints.endpoint import Endpoint
from thumbox_ros.endpoints.replies import answer, refuse
from thumbox_ros.endpoints.times import deadline, time_left
from thumbox_ros.messages.message import Message, arrived, outgoing

if TYPE_CHECKING:
    from collections.abc import Callable

    from thumbox_ros._native import Parts, Query
    from thumbox_ros.graph.base_node import BaseNode
    from thumbox_ros.graph.qos import QosProfile
    from thumbox_ros.messages.message import Service

__all__ = ["ServiceRequest", "ZServer"]

_log = logging.getLogger("thumbox_ros")


class ServiceRequest(NamedTuple):
    """A request that was taken. Answer it once, by its id: with `ZServer.send_response` or `ZServer.refuse`."""

    id: int
    message: Any


class ZServer(Endpoint):
    """Offers one service. Thread-safe."""

    def __init__(
        self,
        node: BaseNode,
        service: str,
        kind: type[Service],
        qos: QosProfile,
        callback: Callable[[Any], Message] | None,
        threads: int,
        max_pending: int,
    ) -> None:
        super().__init__(node, "server", service, kind.__ros_name__, kind.__ros_hash__, qos)
        for what, value in (("threads", threads), ("max_pending", max_pending)):
            if isinstance(value, bool) or not isinstance(value, int) or value < 1:
                raise ValueError(f"{what} is {value!r}; a whole number from 1 is allowed")
        self.type = kind
        self._malformed = 0
        self._ids = itertools.count(1)
        self._max_pending = max_pending
        self._lock = threading.Lock()
        self._taken: dict[int, Query] = {}
        self._threads = [
            threading.Thread(target=self._serve, args=(callback,), name=f"{service} {number}", daemon=True)
            for number in range(threads if callback is not None else 0)
        ]
        self._queryable = Queryable(
            self.session,
            self.key,
            max_pending,
            empty=f"a request has no payload; a {kind.__ros_name__}_Request in CDR is needed",
            full=(f"{max_pending} requests, or {MOST_BYTES >> 20} MiB of them, are waiting already; call again later"),
        )
        for thread in self._threads:
            thread.start()
        self.announce()

    @property
    def requests(self) -> int:
        """Requests that have arrived."""
        return self._queryable.counts()[0]

    @property
    def refused(self) -> int:
        """Requests that were answered with an error before anybody took them."""
        return self._queryable.counts()[1] + self._malformed

    def take_request(self, timeout: float | None = None) -> ServiceRequest | None:
        """The next request; None if none came within `timeout` seconds (None: no limit), or after close().

        An invalid request is answered with an error and skipped.
        """
        if self._threads:
            raise RuntimeError(f"{self.name} has a callback, which gets the requests")
        end = deadline(timeout)
        while (query := self._queryable.take(timeout)) is not None:
            message = self._decoded(query)
            if message is None:
                timeout = time_left(end)
                continue
            number = next(self._ids)
            with self._lock:
                if len(self._taken) >= self._max_pending:
                    # The oldest was forgotten; dropping its query tells its client so.
                    self._taken.pop(next(iter(self._taken)))
                self._taken[number] = query
            return ServiceRequest(number, message)
        return None

    def send_response(self, response: Message, request_id: int) -> None:
        """Answers a request that was taken. Raises KeyError if it was answered before."""
        parts = self._encoded(response)
        answer(self._pop(request_id), parts, self.name)

    def refuse(self, text: str, request_id: int) -> None:
        """Answers a request with an error, which the client gets as a ServiceError."""
        refuse(self._pop(request_id), text, self.name)

    def _pop(self, request_id: int) -> Query:
        with self._lock:
            if request_id not in self._taken:
                raise KeyError(f"{self.name} has no open request {request_id!r}")
            return self._taken.pop(request_id)

    def _encoded(self, response: Message) -> Parts:
        if type(response) is not self.type.Response:
            raise TypeError(
                f"{self.name} answers with {self.type.__ros_name__}_Response, not a {type(response).__name__}"
            )
        return outgoing(response)

    def _decoded(self, query: Query) -> Message | None:
        payload = query.payload
        if payload is None:
            return None
        try:
            return arrived(self.type.Request, payload)
        except CdrError as error:
            with self._lock:
                self._malformed += 1
            refuse(query, str(error), self.name)
            return None

    def _serve(self, callback: Callable[[Any], Message]) -> None:
        while (query := self._queryable.take(None)) is not None:
            message = self._decoded(query)
            if message is not None:
                try:
                    answer(query, self._encoded(callback(message)), self.name)
                except ServiceError as error:
                    refuse(query, str(error), self.name)
                except Exception as error:  # noqa: BLE001 -- whatever it is, the client is told
                    _log.exception("%s: the callback raised an exception", self.name)
                    refuse(query, f"{type(error).__name__}: {error}", self.name)
            # Else the variables would keep the request while waiting.
            del query, message

    def _close(self) -> None:
        self._queryable.undeclare()
        with self._lock:
            self._taken.clear()
        for thread in self._threads:
            if thread is not threading.current_thread():
                thread.join()
