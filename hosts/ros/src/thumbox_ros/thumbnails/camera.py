"""The node that makes thumbnails of camera streams."""

from __future__ import annotations

from dataclasses import dataclass
from queue import SimpleQueue
from typing import TYPE_CHECKING

from thumbox_ros._closing import Closing
from thumbox_ros.thumbnails.frames import FrameWorkers
from thumbox_ros.thumbnails.topics import Routes, TopicWatcher

if TYPE_CHECKING:
    import thumbox

    from thumbox_ros.endpoints.context import ZNode
    from thumbox_ros.thumbnails.convert import Settings
    from thumbox_ros.thumbnails.stream import Stream

__all__ = ["Metrics", "ThumbnailNode"]


@dataclass
class Metrics:
    """What a node has done."""

    frames: int = 0
    """Frames that have arrived."""
    thumbnails: int = 0
    """Thumbnails that were published."""
    dropped: int = 0
    """Frames that were dropped because a newer one arrived before there was time for them."""
    bad: int = 0
    """Frames that are not valid pictures or messages."""
    topics: int = 0
    """Topics that are subscribed to now."""
    milliseconds: float = 0.0
    """Milliseconds that a thumbnail took: the median of the last 256."""

    def __str__(self) -> str:
        return (
            f"topics={self.topics} frames={self.frames} thumbnails={self.thumbnails} dropped={self.dropped} "
            f"bad={self.bad} ms={self.milliseconds:.1f}"
        )


class ThumbnailNode(Closing):
    """Subscribes to streams of sensor_msgs/CompressedImage, and publishes a thumbnail of each frame.

    `inputs`: names of topics, and patterns in which `*` stands for a part of a name and `**` for any parts. Topics that
    match a pattern are subscribed to as they come. `output`: the name for the thumbnails. `{topic}` in it is the
    input's full name; it is required where there may be more than one input. `threads`: frames that are worked on at
    once, one of each stream. Of a stream that is faster than that the newest frame waits; the others are dropped and
    counted. `max_topics`: topics that may be subscribed to at once.
    """

    def __init__(
        self,
        node: ZNode,
        inputs: list[str],
        output: str,
        plugin: thumbox.Plugin,
        settings: Settings,
        *,
        threads: int = 2,
        max_topics: int = 256,
    ) -> None:
        routes = Routes(node, inputs, output)
        if isinstance(threads, bool) or not isinstance(threads, int) or threads < 1:
            raise ValueError(f"threads is {threads!r}; a whole number from 1 is allowed")
        ready: SimpleQueue[Stream | None] = SimpleQueue()
        self._topics = TopicWatcher(node, routes, ready, max_topics)
        self._frames = FrameWorkers(ready, plugin, settings, threads)
        self._closed = False

    @property
    def topics(self) -> list[str]:
        """The topics that are subscribed to now."""
        return self._topics.topics

    def metrics(self) -> Metrics:
        """What it has done so far."""
        # First the frames that are done: so no more of them are counted than have arrived.
        thumbnails, bad = self._frames.thumbnails, self._frames.bad
        milliseconds = 1e3 * self._frames.median_time()
        counts = self._topics.counts()
        return Metrics(
            frames=counts.frames,
            thumbnails=thumbnails,
            dropped=counts.dropped,
            bad=bad,
            topics=counts.topics,
            milliseconds=milliseconds,
        )

    def close(self) -> None:
        """Finishes the frames that were begun, and ends; any number of times."""
        if self._closed:
            return
        self._closed = True
        self._frames.close()
        self._topics.close()
