"""Frame work: a thumbnail of each stream's newest frame, made and published in threads of our own."""

from __future__ import annotations

import logging
import statistics
import threading
import time
from collections import deque
from typing import TYPE_CHECKING

import thumbox

from thumbox_ros._closing import Closing
from thumbox_ros._errors import CdrError
from thumbox_ros.thumbnails.convert import Settings, thumbnail_of

if TYPE_CHECKING:
    from queue import SimpleQueue

    from thumbox_ros import sensor_msgs
    from thumbox_ros.endpoints.subscriber import Sample
    from thumbox_ros.thumbnails.stream import Stream

__all__ = ["FrameWorkers"]

_log = logging.getLogger("thumbox_ros")

REPORT_EVERY = 1.0
"""Seconds between two reports of bad frames on one topic."""
_TIMES = 256
"""Thumbnails whose times the median is of."""


class FrameWorkers(Closing):
    """`threads` threads that take streams from `ready`, and work on one frame of each at a time."""

    def __init__(
        self, ready: SimpleQueue[Stream | None], plugin: thumbox.Plugin, settings: Settings, threads: int
    ) -> None:
        self._ready = ready
        self._plugin = plugin
        self._settings = settings
        self._lock = threading.Lock()
        self.thumbnails = 0
        """Thumbnails that were published."""
        self.bad = 0
        """Frames that are not valid pictures or messages."""
        self._times: deque[float] = deque(maxlen=_TIMES)
        self._threads = [
            threading.Thread(target=self._work, name=f"thumbnails {number}", daemon=True) for number in range(threads)
        ]
        for thread in self._threads:
            thread.start()

    def median_time(self) -> float:
        """Seconds that a thumbnail took: the median of the last ones, or 0."""
        with self._lock:
            return statistics.median(self._times) if self._times else 0.0

    def close(self) -> None:
        """Finishes the frames that were begun."""
        for _ in self._threads:
            self._ready.put(None)
        for thread in self._threads:
            thread.join()

    def _work(self) -> None:
        while (stream := self._ready.get()) is not None:
            if not stream.busy.acquire(blocking=False):
                continue
            try:
                sample = None if stream.subscriber.closed else stream.subscriber.recv_sample(0)
                if sample is not None:
                    self._frame(stream, sample)
                # Else an idle thread would keep the last frame alive.
                del sample
            finally:
                stream.busy.release()
            if stream.subscriber.waiting:
                self._ready.put(stream)

    def _frame(self, stream: Stream, sample: Sample[sensor_msgs.CompressedImage]) -> None:
        start = time.perf_counter()
        try:
            made = thumbnail_of(self._plugin, sample.message, self._settings)
        except (CdrError, thumbox.PluginError) as error:
            self._skip(stream, error)
            return
        except Exception:  # noqa: BLE001 -- the next frame may fare better
            _log.exception("%s: a frame failed", stream.topic)
            self._skip(stream, None)
            return
        # Counted before it is published, so that whoever receives it finds it counted.
        with self._lock:
            self.thumbnails += 1
            self._times.append(time.perf_counter() - start)
        try:
            stream.publisher.publish(made)
        except Exception as error:  # noqa: BLE001 -- such as a frame_id that can be read but not written
            with self._lock:
                self.thumbnails -= 1
            # The topic may have ended in the meantime.
            if not stream.publisher.closed:
                self._skip(stream, error)

    def _skip(self, stream: Stream, error: Exception | None) -> None:
        now = time.monotonic()
        with self._lock:
            self.bad += 1
            stream.unreported += 1
            if error is None or now - stream.reported < REPORT_EVERY:
                return
            count, stream.unreported, stream.reported = stream.unreported, 0, now
        more = f" ({count} since the last report)" if count > 1 else ""
        _log.warning("%s: a frame was skipped: %s%s", stream.topic, error, more)
