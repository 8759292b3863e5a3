"""Calling services."""

from __future__ import annotations

import asyncio
import threading
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from thumbox_ros._errors import CdrError, ServiceError, UnavailableError
from thumbox_ros._native import Get, Reply
from thumbox_ros.endpoints.endpoint import Endpoint
from thumbox_ros.endpoints.replies import ZENOH_TIMEOUT
from thumbox_ros.messages.message import arrived, outgoing

if TYPE_CHECKING:
    from collections.abc import Callable

    from thumbox_ros.graph.base_node import BaseNode
    from thumbox_ros.graph.qos import QosProfile
    from thumbox_ros.messages.message import Message, Service

__all__ = ["ZClient"]

LONGEST = 86400.0
"""Seconds that a call may take at most."""


class ZClient(Endpoint):
    """Calls one service. Thread-safe; calls may run at the same time."""

    def __init__(self, node: BaseNode, service: str, kind: type[Service], qos: QosProfile) -> None:
        super().__init__(node, "client", service, kind.__ros_name__, kind.__ros_hash__, qos)
        self.type = kind
        self._lock = threading.Lock()
        self._sent = 0
        self.announce()

    def call(self, request: Message, timeout: float = 10.0) -> Any:
        """Sends a request and waits up to `timeout` seconds (more than 0, up to 86400) for the response.

        Raises TimeoutError if none comes in time, UnavailableError if nobody offers the service or its server went
        away, ServiceError if the server answered with an error, CdrError if a value does not fit its field.
        """
        sent = self._send(request, timeout)
        try:
            # Zenoh's own timeout comes first, and tells a late server from an absent one.
            is_done, reply = sent.wait(timeout + 1.0)
        finally:
            sent.cancel()
        if not is_done:
            raise self._late(timeout)
        return self._response(reply, timeout)

    async def call_async(self, request: Message, timeout: float = 10.0) -> Any:
        """`call` for asyncio."""
        loop = asyncio.get_running_loop()
        future: asyncio.Future[Reply | None] = loop.create_future()

        def answer(reply: Reply | None) -> None:
            if not future.done():
                future.set_result(reply)

        def tell(reply: Reply | None) -> None:
            # Nobody waits in a closed loop.
            with suppress(RuntimeError):
                loop.call_soon_threadsafe(answer, reply)

        sent = self._send(request, timeout, tell)
        try:
            reply = await asyncio.wait_for(future, timeout + 1.0)
        except (TimeoutError, asyncio.TimeoutError):
            raise self._late(timeout) from None
        finally:
            sent.cancel()
        return self._response(reply, timeout)

    def wait_for_service(self, timeout: float = 10.0) -> bool:
        """Waits until somebody offers the service; whether somebody does."""
        querier = self.session.declare_querier(self.key)
        try:
            return self.wait_until_matched("server", querier.is_matched, timeout)
        finally:
            querier.undeclare()

    def _send(self, request: Message, timeout: float, call: Callable[[Reply | None], object] | None = None) -> Get:
        if self.closed:
            raise RuntimeError(f"the client of {self.name} is closed")
        if type(request) is not self.type.Request:
            raise TypeError(f"{self.name} takes {self.type.__ros_name__}_Request, not a {type(request).__name__}")
        if isinstance(timeout, bool) or not isinstance(timeout, int | float) or not 0 < timeout <= LONGEST:
            raise ValueError(f"timeout is {timeout!r}; more than 0, up to {LONGEST:g} seconds, is allowed")
        parts = outgoing(request)
        with self._lock:
            self._sent += 1
            number = self._sent
        # Of several servers of one name only the nearest is asked.
        return Get(self.session, self.key, parts, timeout, number=number, gid=self.gid, call=call)

    def _response(self, reply: Reply | None, timeout: float) -> Any:
        if reply is None:
            offered = self._node.graph.servers(self.name)
            if any(one.type_hash != self.key.rpartition("/")[2] for one in offered):
                raise UnavailableError("; ".join(map(str, self._node.graph.conflicts(self.name))))
            raise UnavailableError(
                f"nobody answered at {self.name}: there is no server of {self.type.__ros_name__}, or it went away"
            )
        if reply.ok is not None:
            try:
                return arrived(self.type.Response, reply.ok)
            except CdrError as wrong:
                raise CdrError(f"the response from {self.name} is invalid: {wrong}") from None
        error = reply.err.to_bytes() if reply.err is not None else b""
        if error == ZENOH_TIMEOUT:
            raise self._late(timeout)
        raise ServiceError(f"{self.name} answered with an error: {error.decode(errors='replace')}")

    def _late(self, timeout: float) -> TimeoutError:
        return TimeoutError(f"no response from {self.name} within {timeout:g} s")

    def _close(self) -> None:
        pass
