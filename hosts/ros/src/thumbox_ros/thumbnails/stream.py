"""A stream of frames: one input topic, and where its thumbnails go."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from thumbox_ros import sensor_msgs
from thumbox_ros._closing import Closing
from thumbox_ros.graph.qos import QOS_SENSOR_DATA, QosProfile

if TYPE_CHECKING:
    from thumbox_ros.endpoints.context import ZNode
    from thumbox_ros.endpoints.publisher import ZPublisher
    from thumbox_ros.endpoints.subscriber import ZSubscriber

__all__ = ["Stream"]

LATEST = QosProfile(reliability="best_effort", depth=1)
"""Only the newest frame of a stream waits."""


class Stream(Closing):
    """The subscriber of an input topic and the publisher of its thumbnails."""

    def __init__(self, node: ZNode, topic: str, output: str) -> None:
        self.topic = topic
        self.busy = threading.Lock()
        """Held by the thread that works on a frame of this stream, so that thumbnails keep the frames' order."""
        self.reported = 0.0
        """Monotonic time of the last report of a bad frame."""
        self.unreported = 0
        """Bad frames since then."""
        self.publisher: ZPublisher[sensor_msgs.CompressedImage] = node.create_publisher(
            output, sensor_msgs.CompressedImage, QOS_SENSOR_DATA
        )
        self.subscriber: ZSubscriber[sensor_msgs.CompressedImage] = node.create_subscriber(
            topic, sensor_msgs.CompressedImage, LATEST
        )

    def close(self) -> None:
        """Closes both."""
        self.subscriber.close()
        self.publisher.close()
