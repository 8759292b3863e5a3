"""Publishing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Generic, TypeVar

from thumbox_ros._native import Payload, Publisher
from thumbox_ros.endpoints.endpoint import Endpoint
from thumbox_ros.messages.message import Message, outgoing
from thumbox_ros.messages.views import PayloadView

if TYPE_CHECKING:
    from typing_extensions import Buffer

    from thumbox_ros.graph.base_node import BaseNode
    from thumbox_ros.graph.qos import QosProfile

__all__ = ["ZPublisher"]

M = TypeVar("M", bound=Message)


class ZPublisher(Endpoint, Generic[M]):
    """Publishes messages of one type on one topic. Thread-safe."""

    def __init__(self, node: BaseNode, topic: str, kind: type[M], qos: QosProfile) -> None:
        super().__init__(node, "publisher", topic, kind.__ros_name__, kind.__ros_hash__, qos)
        self.type = kind
        self._publisher = Publisher(
            self.session,
            self.key,
            self.gid,
            qos.reliability == "reliable",
            qos.depth if qos.durability == "transient_local" else 0,
        )
        self.announce()

    @property
    def published(self) -> int:
        """How many messages were published."""
        return self._publisher.sent

    def wait_for_subscriber(self, timeout: float = 10.0) -> bool:
        """Waits up to `timeout` seconds for a subscriber of the same type; returns whether there is one."""
        return self.wait_until_matched("subscriber", self._publisher.is_matched, timeout)

    def publish(self, message: M) -> None:
        """Publishes a message. Raises CdrError if a value does not fit.

        Its larger byte fields are sent where they are, if they are `bytes` or views of a received message; others are
        copied once.
        """
        if type(message) is not self.type:
            raise TypeError(f"{self.name} takes {self.type.__ros_name__}, not a {type(message).__name__}")
        if self._closed:
            raise RuntimeError(f"the publisher of {self.name} is closed")
        plan = self.type.__ros_compiled_codec__
        if plan is None or not self._publisher.publish(plan, message):
            self._publisher.put(outgoing(message))

    def publish_raw(self, data: Buffer | Payload) -> None:
        """Publishes CDR as it is: a buffer, or the `raw` of a sample. What cannot change is not copied."""
        if self._closed:
            raise RuntimeError(f"the publisher of {self.name} is closed")
        if isinstance(data, PayloadView) and not data.flags.c_contiguous:
            data = bytes(data)
        self._publisher.put(data if isinstance(data, Payload | bytes | PayloadView) else PayloadView.of(data))

    def _close(self) -> None:
        self._publisher.undeclare()
