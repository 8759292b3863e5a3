"""The node that makes thumbnails of camera streams."""

from __future__ import annotations

import logging
import re
import statistics
import threading
import time
from collections import deque
from dataclasses import dataclass
from queue import SimpleQueue
from typing import TYPE_CHECKING

import thumbox

from thumbox_ros import sensor_msgs
from thumbox_ros._closing import Closing
from thumbox_ros._errors import CdrError
from thumbox_ros.graph.names import expand
from thumbox_ros.graph.qos import QOS_SENSOR_DATA, QosProfile
from thumbox_ros.thumbnails.convert import Settings, thumbnail_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from thumbox_ros.endpoints.context import ZNode
    from thumbox_ros.endpoints.publisher import ZPublisher
    from thumbox_ros.endpoints.subscriber import Sample, ZSubscriber
    from thumbox_ros.graph.tokens import Entity

__all__ = ["Metrics", "ThumbnailNode"]

_log = logging.getLogger("thumbox_ros")

LATEST = QosProfile(reliability="best_effort", depth=1)
"""Of a stream only the newest frame waits."""
REPORT_EVERY = 1.0
"""Seconds between two reports of bad frames on one topic."""
_TIMES = 256
_ANY = "/__topic__"
"""Stands for a topic that is not known yet."""


@dataclass
class Metrics:
    """What a node has done."""

    frames: int = 0
    """Frames that came."""
    thumbnails: int = 0
    dropped: int = 0
    """Frames that were passed over, because newer ones came before there was time for them."""
    bad: int = 0
    """Frames that are no pictures, or no messages."""
    topics: int = 0
    milliseconds: float = 0.0
    """What a thumbnail took, the median of the last ones."""

    def __str__(self) -> str:
        return (
            f"topics={self.topics} frames={self.frames} thumbnails={self.thumbnails} dropped={self.dropped} "
            f"bad={self.bad} ms={self.milliseconds:.1f}"
        )


class _Stream:
    """A topic, and where its thumbnails go."""

    def __init__(self, node: ZNode, topic: str, out: str) -> None:
        self.topic = topic
        self.busy = threading.Lock()
        self.reported = 0.0
        self.silenced = 0
        self.publisher: ZPublisher[sensor_msgs.CompressedImage] = node.create_publisher(
            out, sensor_msgs.CompressedImage, QOS_SENSOR_DATA
        )
        self.subscriber: ZSubscriber[sensor_msgs.CompressedImage] = node.create_subscriber(
            topic, sensor_msgs.CompressedImage, LATEST
        )

    def close(self) -> None:
        self.subscriber.close()
        self.publisher.close()


class ThumbnailNode(Closing):
    """Subscribes to streams of sensor_msgs/CompressedImage, and publishes a thumbnail of each frame.

    `inputs`: names of topics, and patterns in which `*` stands for a part of a name and `**` for any parts; topics that
    fit a pattern are taken as they come. `output`: the name for the thumbnails; `{topic}` in it is the input's full
    name, and has to be in it where there may be more than one. `threads` frames are worked on at once, of each stream
    one; of a stream that is faster than that the newest frame waits, and the others are dropped and counted.
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
        self._node = node
        self._plugin = plugin
        self._settings = settings
        self._output = output
        self._max_topics = max_topics
        self._patterns = [_pattern(node, one) for one in inputs if "*" in one]
        names = list(dict.fromkeys(node.resolve(one) for one in inputs if "*" not in one))
        if not inputs:
            raise ValueError("inputs is empty; one or more topics or patterns are needed")
        if (self._patterns or len(names) > 1) and "{topic}" not in output:
            raise ValueError(f"output is {output!r}; with several inputs or a pattern, it needs {{topic}} in it")
        if isinstance(threads, bool) or not isinstance(threads, int) or threads < 1:
            raise ValueError(f"threads is {threads!r}; a whole number from 1 is allowed")
        outputs = {name: node.resolve(self._out(name)) for name in [*names, *([_ANY] if self._patterns else [])]}
        self._own_outputs = re.compile(re.escape(outputs.get(_ANY, "")).replace(_ANY, "/.+"))
        if any(out in outputs for out in outputs.values()) or any(map(self._own_outputs.fullmatch, names)):
            raise ValueError(f"output is {output!r}, which is an input, too; a name of its own is needed")
        self._streams: dict[str, _Stream] = {}
        self._lock = threading.Lock()
        self._metrics = Metrics()
        self._gone = Metrics()
        self._times: deque[float] = deque(maxlen=_TIMES)
        self._ready: SimpleQueue[_Stream | None] = SimpleQueue()
        self._changes: SimpleQueue[tuple[str, bool] | None] = SimpleQueue()
        for name in names:
            self._open(name)
        self._threads = [threading.Thread(target=self._work, name=f"thumbnails {number}") for number in range(threads)]
        self._threads.append(threading.Thread(target=self._follow, name="topics"))
        for thread in self._threads:
            thread.daemon = True
            thread.start()
        self._closed = False
        self._unlisten: Callable[[], object] | None = None
        if self._patterns:
            self._unlisten = node.graph.listen(self._on_entity)

    @property
    def topics(self) -> list[str]:
        """The topics whose frames are taken."""
        with self._lock:
            return sorted(self._streams)

    def metrics(self) -> Metrics:
        """What it has done so far."""
        with self._lock:
            streams = list(self._streams.values())
            return Metrics(
                frames=self._gone.frames + sum(one.subscriber.received for one in streams),
                thumbnails=self._metrics.thumbnails,
                dropped=self._gone.dropped + sum(one.subscriber.dropped for one in streams),
                bad=self._metrics.bad,
                topics=len(streams),
                milliseconds=1e3 * statistics.median(self._times) if self._times else 0.0,
            )

    def close(self) -> None:
        """Finishes the frames that were begun, and ends; any number of times."""
        if self._closed:
            return
        self._closed = True
        if self._unlisten is not None:
            self._unlisten()
        self._changes.put(None)
        for _ in self._threads[:-1]:
            self._ready.put(None)
        for thread in self._threads:
            thread.join()
        for topic in self.topics:
            self._shut(topic)

    def _out(self, topic: str) -> str:
        return self._output.replace("{topic}", topic)

    # Topics come and go.

    def _on_entity(self, entity: Entity, is_new: bool) -> None:
        ours = entity.session == self._node.context.zid
        kind = sensor_msgs.CompressedImage.__ros_name__
        if entity.kind != "publisher" or entity.type_name != kind or ours:
            return
        # A name from the network: only what ROS allows is used, and no thumbnail of thumbnails is made.
        if any(pattern.fullmatch(entity.name) for pattern in self._patterns) and not self._own_outputs.fullmatch(
            entity.name
        ):
            self._changes.put((entity.name, is_new))

    def _follow(self) -> None:
        while (change := self._changes.get()) is not None:
            topic, is_new = change
            if is_new and topic not in self._streams:
                try:
                    self._open(topic)
                except ValueError as error:
                    _log.warning("a topic that fits is not taken: %s", error)
            elif not is_new and topic in self._streams and not self._others(topic):
                self._shut(topic)

    def _others(self, topic: str) -> bool:
        return any(one.session != self._node.context.zid for one in self._node.graph.publishers(topic))

    def _open(self, topic: str) -> None:
        if len(self._streams) >= self._max_topics:
            raise ValueError(f"{topic} is one topic too many; {self._max_topics} are allowed")
        # The same rules as for a name that somebody writes.
        expand(topic, self._node.name, self._node.namespace)
        stream = _Stream(self._node, topic, self._out(topic))
        with self._lock:
            self._streams[topic] = stream
        stream.subscriber.on_arrival(lambda: self._ready.put(stream))
        if stream.subscriber.waiting:
            self._ready.put(stream)
        _log.info("%s -> %s", topic, stream.publisher.name)

    def _shut(self, topic: str) -> None:
        with self._lock:
            stream = self._streams.pop(topic)
            self._gone.frames += stream.subscriber.received
            self._gone.dropped += stream.subscriber.dropped
        stream.close()
        _log.info("%s has ended", topic)

    # Frames.

    def _work(self) -> None:
        while (stream := self._ready.get()) is not None:
            # One at a time of each stream, so that its thumbnails keep their order.
            if not stream.busy.acquire(blocking=False):
                continue
            try:
                sample = None if stream.subscriber.closed else stream.subscriber.recv_sample(0)
                if sample is not None:
                    self._frame(stream, sample)
                del sample
            finally:
                stream.busy.release()
            if stream.subscriber.waiting:
                self._ready.put(stream)

    def _frame(self, stream: _Stream, sample: Sample[sensor_msgs.CompressedImage]) -> None:
        start = time.perf_counter()
        try:
            made = thumbnail_of(self._plugin, sample.message, self._settings)
        except (CdrError, thumbox.PluginError) as error:
            self._bad(stream, error)
            return
        except Exception:  # noqa: BLE001 -- the next frame may fare better
            _log.exception("%s: a frame failed", stream.topic)
            self._bad(stream, None)
            return
        # Before it is published, so that who has it finds it counted.
        with self._lock:
            self._metrics.thumbnails += 1
            self._times.append(time.perf_counter() - start)
        try:
            stream.publisher.publish(made)
        except Exception as error:  # noqa: BLE001 -- such as a frame_id that can be read and not be written
            with self._lock:
                self._metrics.thumbnails -= 1
            # The topic may have ended meanwhile.
            if not stream.publisher.closed:
                self._bad(stream, error)

    def _bad(self, stream: _Stream, error: Exception | None) -> None:
        now = time.monotonic()
        with self._lock:
            self._metrics.bad += 1
            stream.silenced += 1
            if error is None or now - stream.reported < REPORT_EVERY:
                return
            count, stream.silenced, stream.reported = stream.silenced, 0, now
        more = f" ({count} since the last report)" if count > 1 else ""
        _log.warning("%s: a frame was skipped: %s%s", stream.topic, error, more)


def _pattern(node: ZNode, text: str) -> re.Pattern[str]:
    full = text if text.startswith("/") else f"{node.namespace.rstrip('/')}/{text}"
    if not re.fullmatch(r"(?:/(?:\*\*|[A-Za-z0-9_*]+))+", full) or re.search(r"[^/]\*\*|\*\*[^/]", full):
        raise ValueError(
            f"the pattern is {text!r}; a topic's name with * for a part of a part, or ** for parts, is allowed"
        )
    parts = [".+" if part == "**" else re.escape(part).replace(r"\*", "[^/]*") for part in full[1:].split("/")]
    return re.compile("/" + "/".join(parts))
