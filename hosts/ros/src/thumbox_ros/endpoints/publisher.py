"""Publishing."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any, Generic, TypeVar

import zenoh

from thumbox_ros.endpoints.endpoint import Endpoint
from thumbox_ros.graph.attachment import attachment_now
from thumbox_ros.messages.cdr import join_into
from thumbox_ros.messages.message import Message, encode_parts
from thumbox_ros.messages.views import PayloadView

if TYPE_CHECKING:
    from typing_extensions import Buffer

    from thumbox_ros.graph.base_node import BaseNode
    from thumbox_ros.graph.qos import QosProfile

__all__ = ["ZPublisher"]

M = TypeVar("M", bound=Message)
SCRATCH = 128 << 10
"""Messages from this size on are joined in memory that the publisher keeps for the next one."""
HEARTBEAT = 0.5
"""Seconds between the heartbeats of a latched publisher, as in rmw_zenoh."""


class ZPublisher(Endpoint, Generic[M]):
    """Publishes messages of one type on one topic. Thread-safe."""

    def __init__(self, node: BaseNode, topic: str, kind: type[M], qos: QosProfile) -> None:
        super().__init__(node, "publisher", topic, kind.__ros_name__, kind.__ros_hash__, qos)
        self.type = kind
        self._lock = threading.Lock()
        self._scratch_lock = threading.Lock()
        self._scratch = bytearray()
        self._sent = 0
        is_reliable = qos.reliability == "reliable"
        control = zenoh.CongestionControl.BLOCK if is_reliable else zenoh.CongestionControl.DROP
        self._publisher: Any
        if qos.durability == "transient_local":
            # As rmw_zenoh does: Zenoh's own cache, which late subscribers query.
            self._publisher = zenoh.ext.declare_advanced_publisher(
                self.session,
                self.key,
                congestion_control=control,
                cache=zenoh.ext.CacheConfig(max_samples=qos.depth),
                publisher_detection=True,
                sample_miss_detection=(
                    zenoh.ext.MissDetectionConfig(heartbeat=None, sporadic_heartbeat=HEARTBEAT) if is_reliable else None
                ),
            )
        else:
            self._publisher = self.session.declare_publisher(self.key, congestion_control=control)
        self.announce()

    @property
    def published(self) -> int:
        """How many messages were published."""
        return self._sent

    def wait_for_subscriber(self, timeout: float = 10.0) -> bool:
        """Waits up to `timeout` seconds for a subscriber of the same type; returns whether there is one."""
        return self.wait_until_matched("subscriber", self._is_matched, timeout)

    def _is_matched(self) -> bool:
        # A latched publisher has no status, and does not need one: its cache serves late subscribers.
        return self.has_match(getattr(self._publisher, "matching_status", True))

    def publish(self, message: M) -> None:
        """Publishes a message: one copy into its CDR, one into Zenoh. Raises CdrError if a value does not fit."""
        if type(message) is not self.type:
            raise TypeError(f"{self.name} takes {self.type.__ros_name__}, not a {type(message).__name__}")
        parts, size, views = encode_parts(message)
        if size < SCRATCH:
            self._put(b"".join(parts))
        else:
            with self._scratch_lock:
                if len(self._scratch) != size:
                    self._scratch = bytearray(size)
                join_into(self._scratch, parts)
                self._put(self._scratch)
        for view in views:
            view.count_copy()
            view.count_copy()

    def publish_raw(self, data: Buffer | zenoh.ZBytes) -> None:
        """Publishes CDR as it is: a buffer, or the `raw` of a sample, which is not copied."""
        if isinstance(data, (zenoh.ZBytes, bytes, bytearray)):
            self._put(data)
            return
        # Zenoh takes no other buffers, so whatever is not a view of bytes is copied once more.
        view = data if isinstance(data, PayloadView) else PayloadView.of(data)
        self._put(view.whole or bytes(view))
        view.count_copy()

    def _put(self, payload: bytes | bytearray | zenoh.ZBytes) -> None:
        if self._closed:
            raise RuntimeError(f"the publisher of {self.name} is closed")
        # Messages are numbered in the order in which they are sent.
        with self._lock:
            self._sent += 1
            self._publisher.put(payload, attachment=attachment_now(self._sent, self.gid))

    def _close(self) -> None:
        self._publisher.undeclare()
