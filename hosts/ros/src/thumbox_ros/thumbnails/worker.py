"""A worker: serves the requests that a dispatcher hands to it."""

from __future__ import annotations

import logging
import threading
from typing import TYPE_CHECKING, Any

from thumbox_ros._closing import Closing
from thumbox_ros._errors import CdrError, ServiceError
from thumbox_ros._native import Queryable
from thumbox_ros.endpoints.replies import answer, refuse
from thumbox_ros.messages.message import Message, arrived, decode, outgoing
from thumbox_ros.thumbnails.pool import MOST_SLOTS, Pool

if TYPE_CHECKING:
    from collections.abc import Callable

    from thumbox_ros._native import Parts, Query
    from thumbox_ros.endpoints.context import ZNode
    from thumbox_ros.messages.message import Service

__all__ = ["Worker"]

_log = logging.getLogger("thumbox_ros")


class Worker(Closing):
    """Serves `slots` requests at once for a service that a `Dispatcher` offers, here or on another machine.

    `callback` takes a request and returns the response; if it raises ServiceError, the client gets that as the answer.
    It may be called for a request that another worker has begun and not answered. `close`, and the end of `with`, wait
    for the requests that have begun.
    """

    def __init__(
        self, node: ZNode, service: str, kind: type[Service], callback: Callable[[Any], Message], slots: int = 1
    ) -> None:
        if isinstance(slots, bool) or not isinstance(slots, int) or not 1 <= slots <= MOST_SLOTS:
            raise ValueError(f"slots is {slots!r}; 1 to {MOST_SLOTS} is allowed")
        self._kind = kind
        self._callback = callback
        self._pool = Pool.of(node, service, kind)
        self.id = f"{node.context.zid}.{node.context.next_id()}"
        self.served = 0
        """Requests that were answered, also with an error."""
        self.failed = 0
        """Requests that were answered with an error."""
        self._lock = threading.Lock()
        self._closed = False
        # Dispatchers keep to the slots, but two of them may not know of each other for a moment. Nobody answers what is
        # dropped, and so its dispatcher gives it to another worker.
        session = node.context.session
        self._queryable = Queryable(session, self._pool.call(self.id), 4 * slots + 1)
        self._threads = [
            threading.Thread(target=self._serve, name=f"{self._pool.service} worker {number}", daemon=True)
            for number in range(slots)
        ]
        for thread in self._threads:
            thread.start()
        self._token = session.declare_token(self._pool.worker_token(self.id, slots))

    def _serve(self) -> None:
        while (query := self._queryable.take(None)) is not None:
            response, error = self._response(query)
            # Counted before the answer, so that whoever receives it finds it counted.
            with self._lock:
                self.served += 1
                self.failed += error is not None
            if error is not None:
                refuse(query, error, self._pool.service)
            else:
                answer(query, response, self._pool.service)
            # Else the variables would keep the request while waiting.
            del query, response

    def _response(self, query: Query) -> tuple[Parts, str | None]:
        payload = query.payload
        try:
            kind = self._kind.Request
            request = arrived(kind, payload) if payload is not None else decode(kind, b"")
            return outgoing(self._checked(self._callback(request))), None
        except (CdrError, ServiceError) as error:
            return b"", str(error)
        except Exception as error:  # noqa: BLE001 -- whatever it is, the client is told
            _log.exception("%s: the callback raised an exception", self._pool.service)
            return b"", f"{type(error).__name__}: {error}"

    def _checked(self, response: Message) -> Message:
        if type(response) is not self._kind.Response:
            raise TypeError(
                f"the callback returned a {type(response).__name__}, not a {self._kind.__ros_name__}_Response"
            )
        return response

    def close(self) -> None:
        """Accepts no more requests and finishes those that have begun. May be called any number of times."""
        if self._closed:
            return
        self._closed = True
        self._token.undeclare()
        self._queryable.close_when_empty()
        for thread in self._threads:
            if thread is not threading.current_thread():
                thread.join()
        self._queryable.undeclare()
