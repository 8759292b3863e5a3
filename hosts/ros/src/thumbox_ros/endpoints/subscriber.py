"""Subscribing."""

from __future__ import annotations

import asyncio
import logging
import threading
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING, Generic, TypeVar

from thumbox_ros._errors import CdrError
from thumbox_ros._native import Sample as NativeSample
from thumbox_ros._native import Subscriber
from thumbox_ros.endpoints.endpoint import Endpoint
from thumbox_ros.endpoints.times import deadline, time_left
from thumbox_ros.graph.attachment import Attachment
from thumbox_ros.messages.message import Message, arrived, decode
from thumbox_ros.messages.views import PayloadView

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator

    from thumbox_ros.graph.base_node import BaseNode
    from thumbox_ros.graph.qos import QosProfile

__all__ = ["Sample", "ZSubscriber"]

M = TypeVar("M", bound=Message)
MOST_KEPT = 4096
"""Messages that wait at most with keep_all."""

_log = logging.getLogger("thumbox_ros")


class Sample(Generic[M]):
    """A received message with its attachment. It is decoded when `message` is read."""

    __slots__ = ("_attachment", "_kind", "_message", "_sample", "_view", "raw", "topic")

    def __init__(self, topic: str, kind: type[M], sample: NativeSample) -> None:
        self.topic = topic
        self.raw = sample.payload
        """The payload in Zenoh, for `publish_raw`."""
        self._sample: NativeSample | None = sample
        self._attachment: Attachment | None = None
        self._kind = kind
        self._view: PayloadView | None = None
        self._message: M | None = None

    @property
    def attachment(self) -> Attachment | None:
        """The sequence number, time and gid of the publisher; None if the message did not come from ROS 2."""
        if self._sample is not None:
            data, self._sample = self._sample.attachment, None
            self._attachment = Attachment.decode(data) if data is not None else None
        return self._attachment

    @property
    def payload(self) -> PayloadView:
        """The message's CDR, where Zenoh has it; copied once if the network cut it in pieces."""
        if self._view is None:
            self._view = PayloadView.arrived(self.raw)
        return self._view

    @property
    def message(self) -> M:
        """The decoded message. Raises CdrError if the bytes are not a message of the type."""
        if self._message is None:
            # From the one view, so that both count the same copies.
            self._message = decode(self._kind, self.payload)
        return self._message

    @property
    def sequence_number(self) -> int | None:
        """The number of the message at its publisher, from 1."""
        return self.attachment.sequence_number if self.attachment else None

    @property
    def source_time(self) -> int | None:
        """Nanoseconds since 1970 at which it was published."""
        return self.attachment.source_time if self.attachment else None

    @property
    def gid(self) -> bytes | None:
        """16 bytes that identify the publisher."""
        return self.attachment.gid if self.attachment else None


class ZSubscriber(Endpoint, Generic[M]):
    """Receives messages of one type from one topic. Thread-safe."""

    def __init__(
        self,
        node: BaseNode,
        topic: str,
        kind: type[M],
        qos: QosProfile,
        callback: Callable[[M], object] | None = None,
    ) -> None:
        super().__init__(node, "subscriber", topic, kind.__ros_name__, kind.__ros_hash__, qos)
        self.type = kind
        self.malformed = 0
        """Messages that were skipped because their bytes were not a message of the type."""
        self._subscriber = Subscriber(
            self.session,
            self.key,
            qos.depth if qos.history == "keep_last" else MOST_KEPT,
            qos.reliability == "reliable",
            qos.depth if qos.durability == "transient_local" else 0,
        )
        self._thread: threading.Thread | None = None
        if callback is not None:
            self._thread = threading.Thread(target=self._serve, args=(callback,), name=f"{topic} callback", daemon=True)
            self._thread.start()
        self.announce()

    @property
    def waiting(self) -> int:
        """Messages that wait to be read."""
        return self._subscriber.counts()[0]

    def on_arrival(self, act: Callable[[], object]) -> None:
        """Calls `act` for each message that displaces no other, in a thread that must not wait."""
        self._subscriber.on_arrival(act)

    @property
    def is_callback(self) -> bool:
        """Whether the messages go to a callback."""
        return self._thread is not None

    @property
    def received(self) -> int:
        """Messages that have arrived."""
        return self._subscriber.counts()[1]

    @property
    def dropped(self) -> int:
        """Messages that were dropped unread to make room for newer ones."""
        return self._subscriber.counts()[2]

    def recv(self, timeout: float | None = None) -> M | None:
        """The next message; None if none came within `timeout` seconds (None: no limit), or after close()."""
        self._no_callback()
        end = deadline(timeout)
        plan = self.type.__ros_compiled_codec__
        while True:
            message: M | None = None
            if plan is not None:
                message, sample = self._subscriber.take_message(plan, timeout)
            else:
                sample = self._subscriber.take(timeout)
            if message is not None or sample is None:
                return message
            message = self._decoded(sample)
            if message is not None:
                return message
            timeout = time_left(end)

    def try_recv(self) -> M | None:
        """The next message if one is waiting, else None."""
        return self.recv(0)

    def recv_sample(self, timeout: float | None = None) -> Sample[M] | None:
        """The next message with its attachment, not decoded yet; None as in `recv`."""
        self._no_callback()
        sample = self._subscriber.take(timeout)
        return None if sample is None else Sample(self.name, self.type, sample)

    def recv_raw_view(self, timeout: float | None = None) -> PayloadView | None:
        """The CDR of the next message; None as in `recv`."""
        self._no_callback()
        sample = self._subscriber.take(timeout)
        return None if sample is None else PayloadView.arrived(sample.payload)

    def __iter__(self) -> Iterator[M]:
        """Yields messages until close()."""
        while (message := self.recv()) is not None:
            yield message

    async def __aiter__(self) -> AsyncIterator[M]:
        self._no_callback()
        while (sample := await self._take_async()) is not None:
            message = self._decoded(sample)
            if message is not None:
                yield message

    def _decoded(self, sample: NativeSample) -> M | None:
        try:
            return arrived(self.type, sample.payload)
        except CdrError as error:
            self.malformed += 1
            _log.warning("%s: a message was skipped: %s", self.name, error)
            return None

    async def _take_async(self) -> NativeSample | None:
        loop = asyncio.get_running_loop()
        while True:
            sample = self._subscriber.take(0)
            if sample is not None or self._closed:
                return sample
            future: asyncio.Future[None] = loop.create_future()
            tell = partial(_tell, loop, future)
            self._subscriber.when_ready(tell)
            try:
                await future
            finally:
                self._subscriber.forget(tell)

    def _no_callback(self) -> None:
        if self._thread is not None:
            raise RuntimeError(f"the subscriber of {self.name} has a callback, which gets the messages")

    def _serve(self, callback: Callable[[M], object]) -> None:
        while (sample := self._subscriber.take(None)) is not None:
            message = self._decoded(sample)
            # Else the variable would keep the payload while waiting.
            del sample
            if message is None:
                continue
            try:
                callback(message)
            except Exception:  # noqa: BLE001 -- the next message may fare better
                _log.exception("%s: the callback raised an exception", self.name)
            del message

    def _close(self) -> None:
        self._subscriber.undeclare()
        if self._thread is not None and self._thread is not threading.current_thread():
            self._thread.join()


def _tell(loop: asyncio.AbstractEventLoop, future: asyncio.Future[None]) -> None:
    """Ends the wait for `future` in its loop."""
    # Nobody waits in a closed loop.
    with suppress(RuntimeError):
        loop.call_soon_threadsafe(_done, future)


def _done(future: asyncio.Future[None]) -> None:
    if not future.done():
        future.set_result(None)
