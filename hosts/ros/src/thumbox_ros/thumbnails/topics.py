"""Discovery: which topics the camera node subscribes to, and where it publishes their thumbnails."""

from __future__ import annotations

import logging
import re
import threading
from queue import SimpleQueue
from typing import TYPE_CHECKING, NamedTuple

from thumbox_ros import sensor_msgs
from thumbox_ros._closing import Closing
from thumbox_ros.graph.names import expand
from thumbox_ros.thumbnails.stream import Stream

if TYPE_CHECKING:
    from collections.abc import Callable

    from thumbox_ros.endpoints.context import ZNode
    from thumbox_ros.graph.tokens import Entity

__all__ = ["Routes", "StreamCounts", "TopicWatcher"]

_log = logging.getLogger("thumbox_ros")

_ANY = "/__topic__"
"""Stands for a topic that is not known yet."""


class Routes:
    """The input names and patterns that a caller gave, checked, and the output topic of each input topic."""

    def __init__(self, node: ZNode, inputs: list[str], output: str) -> None:
        self._output = output
        self._patterns = [_pattern(node, one) for one in inputs if "*" in one]
        self.names = list(dict.fromkeys(node.resolve(one) for one in inputs if "*" not in one))
        """The full names of the inputs that are not patterns."""
        if not inputs:
            raise ValueError("inputs is empty; one or more topics or patterns are needed")
        if (self._patterns or len(self.names) > 1) and "{topic}" not in output:
            raise ValueError(f"output is {output!r}; with several inputs or a pattern, it needs {{topic}} in it")
        known = [*self.names, *([_ANY] if self._patterns else [])]
        outputs = {name: node.resolve(self.output(name)) for name in known}
        self._own_outputs = re.compile(re.escape(outputs.get(_ANY, "")).replace(_ANY, "/.+"))
        if any(out in outputs for out in outputs.values()) or any(map(self._own_outputs.fullmatch, self.names)):
            raise ValueError(f"output is {output!r}, which is also an input; another name is needed")

    @property
    def has_patterns(self) -> bool:
        """Whether topics may match that are not known yet."""
        return bool(self._patterns)

    def output(self, topic: str) -> str:
        """The name that a topic's thumbnails are published under."""
        return self._output.replace("{topic}", topic)

    def matches(self, topic: str) -> bool:
        """Whether a topic matches a pattern and does not carry thumbnails itself."""
        return any(one.fullmatch(topic) for one in self._patterns) and not self._own_outputs.fullmatch(topic)


class StreamCounts(NamedTuple):
    """The frames of all streams, also of those that have ended."""

    topics: int
    frames: int
    dropped: int


class TopicWatcher(Closing):
    """Opens a stream for each input topic, and for each topic that comes and matches; ends it when the topic goes.

    Puts a stream into `ready` whenever a frame has arrived on it.
    """

    def __init__(self, node: ZNode, routes: Routes, ready: SimpleQueue[Stream | None], max_topics: int) -> None:
        self._node = node
        self._routes = routes
        self._ready = ready
        self._max_topics = max_topics
        self._streams: dict[str, Stream] = {}
        self._ended_frames = self._ended_dropped = 0
        self._lock = threading.Lock()
        self._changes: SimpleQueue[tuple[str, bool] | None] = SimpleQueue()
        for name in routes.names:
            self._open(name)
        self._thread = threading.Thread(target=self._follow, name="topics", daemon=True)
        self._thread.start()
        self._unlisten: Callable[[], object] | None = None
        if routes.has_patterns:
            self._unlisten = node.graph.listen(self._on_entity)

    @property
    def topics(self) -> list[str]:
        """The topics that have a stream."""
        with self._lock:
            return sorted(self._streams)

    def counts(self) -> StreamCounts:
        """What has arrived so far."""
        with self._lock:
            subscribers = [one.subscriber for one in self._streams.values()]
            return StreamCounts(
                topics=len(subscribers),
                frames=self._ended_frames + sum(one.received for one in subscribers),
                dropped=self._ended_dropped + sum(one.dropped for one in subscribers),
            )

    def close(self) -> None:
        """Stops watching and ends the streams."""
        if self._unlisten is not None:
            self._unlisten()
        self._changes.put(None)
        self._thread.join()
        for topic in self.topics:
            self._end(topic)

    def _on_entity(self, entity: Entity, is_new: bool) -> None:
        is_ours = entity.session == self._node.context.zid
        kind = sensor_msgs.CompressedImage.__ros_name__
        if entity.kind != "publisher" or entity.type_name != kind or is_ours:
            return
        if self._routes.matches(entity.name):
            # Zenoh's thread must not wait, and opening a stream does.
            self._changes.put((entity.name, is_new))

    def _follow(self) -> None:
        while (change := self._changes.get()) is not None:
            topic, is_new = change
            if is_new and topic not in self._streams:
                try:
                    self._open(topic)
                except ValueError as error:
                    _log.warning("a matching topic is not subscribed to: %s", error)
            elif not is_new and topic in self._streams and not self._has_other_publishers(topic):
                self._end(topic)

    def _has_other_publishers(self, topic: str) -> bool:
        return any(one.session != self._node.context.zid for one in self._node.graph.publishers(topic))

    def _open(self, topic: str) -> None:
        if len(self._streams) >= self._max_topics:
            raise ValueError(f"no more topics than {self._max_topics} are allowed; {topic} is not opened")
        # A name from the network: the rules are the same as for one that a caller gives.
        expand(topic, self._node.name, self._node.namespace)
        stream = Stream(self._node, topic, self._routes.output(topic))
        with self._lock:
            self._streams[topic] = stream
        stream.subscriber.on_arrival(lambda: self._ready.put(stream))
        if stream.subscriber.waiting:
            self._ready.put(stream)
        _log.info("%s -> %s", topic, stream.publisher.name)

    def _end(self, topic: str) -> None:
        with self._lock:
            stream = self._streams.pop(topic)
            self._ended_frames += stream.subscriber.received
            self._ended_dropped += stream.subscriber.dropped
        stream.close()
        _log.info("%s has ended", topic)


def _pattern(node: ZNode, text: str) -> re.Pattern[str]:
    full = text if text.startswith("/") else f"{node.namespace.rstrip('/')}/{text}"
    if not re.fullmatch(r"(?:/(?:\*\*|[A-Za-z0-9_*]+))+", full) or re.search(r"[^/]\*\*|\*\*[^/]", full):
        raise ValueError(
            f"the pattern is {text!r}; a topic name is allowed, "
            "with * for any characters within a part and ** for any parts"
        )
    parts = [".+" if part == "**" else re.escape(part).replace(r"\*", "[^/]*") for part in full[1:].split("/")]
    return re.compile("/" + "/".join(parts))
