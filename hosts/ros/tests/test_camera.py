"""The thumbnail node: streams, patterns, bad frames, and its command line."""

from __future__ import annotations

import gc
import io
import logging
import threading
import time
import tracemalloc
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest
import thumbox
from conftest import until
from PIL import Image

from thumbox_ros import (
    ThumbnailNode,
    ZNode,
    builtin_interfaces,
    encode,
    sensor_msgs,
    std_msgs,
    thumbox_interfaces,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

CompressedImage = sensor_msgs.CompressedImage
SETTINGS = {"width": 64, "height": 0, "format": "jpeg"}
Nodes = tuple[ZNode, ZNode]


@pytest.fixture(scope="module")
def plugin() -> Iterator[thumbox.Plugin]:
    with thumbox.load("native") as loaded:
        yield loaded


def frame(data: bytes, number: int = 0) -> CompressedImage:
    stamp = builtin_interfaces.Time(sec=number, nanosec=5)
    return CompressedImage(header=std_msgs.Header(stamp=stamp, frame_id="lens"), format="jpeg", data=data)


def has_skipped(node: ThumbnailNode, number: int) -> bool:
    return node.metrics().bad == number


def test_a_frame_s_thumbnail_has_its_header(nodes: Nodes, plugin: thumbox.Plugin, photo: bytes) -> None:
    camera = nodes[0].create_publisher("/camera/image/compressed", CompressedImage)
    viewer = nodes[0].create_subscriber("/camera/thumbnail/compressed", CompressedImage)
    with ThumbnailNode(
        nodes[1], ["/camera/image/compressed"], "/camera/thumbnail/compressed", plugin, SETTINGS
    ) as node:
        assert camera.wait_for_subscriber()
        assert nodes[1].graph.wait_for(lambda graph: graph.subscribers("/camera/thumbnail/compressed"), 10)
        for number in range(3):
            camera.publish(frame(photo, number))
            got = viewer.recv(20)
            assert got is not None
            assert got.header == frame(photo, number).header
            assert (got.format, Image.open(io.BytesIO(bytes(got.data))).size) == ("jpeg", (64, 43))
            assert got.data == plugin.thumbnail(photo, 64, 0).data
        metrics = node.metrics()
        assert (metrics.frames, metrics.thumbnails, metrics.dropped, metrics.bad, metrics.topics) == (3, 3, 0, 0, 1)
        assert "topics=1 frames=3 thumbnails=3 dropped=0 bad=0 ms=" in str(metrics)


def test_bad_frames_are_reported_and_skipped(
    nodes: Nodes, plugin: thumbox.Plugin, photo: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.WARNING, "thumbox_ros")
    camera = nodes[0].create_publisher("/in", CompressedImage)
    viewer = nodes[0].create_subscriber("/out", CompressedImage)
    with ThumbnailNode(nodes[1], ["/in"], "/out", plugin, SETTINGS) as node:
        assert camera.wait_for_subscriber()
        assert nodes[1].graph.wait_for(lambda graph: graph.subscribers("/out"), 10)
        bad_ones: list[bytes | CompressedImage] = [frame(b"no picture"), frame(b""), frame(photo[:100])]
        for number, bad in enumerate([*bad_ones, b"no CDR", b"\0\1\0\0\xff"], 1):
            if isinstance(bad, bytes):
                camera.publish_raw(bad)
            else:
                camera.publish(bad)
            until(partial(has_skipped, node, number))
        camera.publish(frame(photo))
        assert viewer.recv(20) is not None
        assert (node.metrics().bad, node.metrics().thumbnails) == (5, 1)
    assert "/in: a frame was skipped: " in caplog.text
    # Of what comes within a second only the first is reported, with its number.
    assert caplog.text.count("a frame was skipped") < 5


class _Slow:
    """A plugin whose pictures take as long as a test wants."""

    def __init__(self, plugin: thumbox.Plugin) -> None:
        self.plugin = plugin
        self.go = threading.Semaphore(0)
        self.running = 0
        self.most = 0
        self.lock = threading.Lock()

    def thumbnail(self, *arguments: Any, **options: Any) -> thumbox.Thumbnail:
        with self.lock:
            self.running += 1
            self.most = max(self.most, self.running)
        assert self.go.acquire(timeout=30)
        with self.lock:
            self.running -= 1
        return self.plugin.thumbnail(*arguments, **options)


def test_a_frame_whose_thumbnail_cannot_be_said_is_bad(nodes: Nodes, plugin: thumbox.Plugin, photo: bytes) -> None:
    camera = nodes[0].create_publisher("/cam", CompressedImage)
    viewer = nodes[0].create_subscriber("/small", CompressedImage)
    # An input that is given twice is one.
    with ThumbnailNode(nodes[1], ["/cam", "cam"], "/small", plugin, SETTINGS, threads=1) as node:
        assert camera.wait_for_subscriber()
        assert nodes[1].graph.wait_for(lambda graph: graph.subscribers("/small"), 10)
        # Others may write a NUL into a string; it is read, and cannot be written.
        bad = encode(frame(photo)).replace(b"lens", b"l\0ns")
        for number in (1, 2):
            camera.publish_raw(bad)
            until(lambda number=number: has_skipped(node, number))  # type: ignore[misc]
        camera.publish(frame(photo))
        assert viewer.recv(20) is not None
        assert viewer.try_recv() is None
        assert (node.metrics().bad, node.metrics().thumbnails) == (2, 1)


def test_the_newest_frame_is_kept_and_the_others_are_counted(
    nodes: Nodes, plugin: thumbox.Plugin, photo: bytes
) -> None:
    slow: Any = _Slow(plugin)
    camera = nodes[0].create_publisher("/in", CompressedImage)
    viewer = nodes[0].create_subscriber("/out", CompressedImage)
    with ThumbnailNode(nodes[1], ["/in"], "/out", slow, SETTINGS, threads=4) as node:
        assert camera.wait_for_subscriber()
        assert nodes[1].graph.wait_for(lambda graph: graph.subscribers("/out"), 10)
        camera.publish(frame(photo, 0))
        until(lambda: slow.running == 1)
        for number in range(1, 50):
            camera.publish(frame(photo, number))
        until(lambda: node.metrics().frames == 50)
        for _ in range(2):
            slow.go.release()
        stamps = [got.header.stamp.sec for got in (viewer.recv(20), viewer.recv(20)) if got]
        assert stamps == [0, 49]
        assert (node.metrics().dropped, slow.most) == (48, 1)


def test_streams_are_worked_on_side_by_side(nodes: Nodes, plugin: thumbox.Plugin, photo: bytes) -> None:
    slow: Any = _Slow(plugin)
    cameras = [nodes[0].create_publisher(f"/cam{n}/image", CompressedImage) for n in range(3)]
    with ThumbnailNode(nodes[1], [f"/cam{n}/image" for n in range(3)], "{topic}/small", slow, SETTINGS, threads=2):
        for camera in cameras:
            assert camera.wait_for_subscriber()
            camera.publish(frame(photo))
        until(lambda: slow.running == 2)
        for _ in cameras:
            slow.go.release()
        until(lambda: slow.running == 0)
        assert slow.most == 2


def test_topics_that_fit_a_pattern_are_taken_as_they_come_and_go(
    nodes: Nodes, plugin: thumbox.Plugin, photo: bytes
) -> None:
    early = nodes[0].create_publisher("/cam1/image/compressed", CompressedImage)
    nodes[0].create_publisher("/cam1/image/raw", std_msgs.String)
    with ThumbnailNode(nodes[1], ["/cam*/image/**"], "{topic}/small", plugin, SETTINGS, max_topics=3) as node:
        until(lambda: node.topics == ["/cam1/image/compressed"])
        late = nodes[0].create_publisher("/cam2/image/more/compressed", CompressedImage)
        nodes[0].create_publisher("/lidar/image/compressed", CompressedImage)
        # A thumbnail of a thumbnail is nothing that anybody wants.
        nodes[0].create_publisher("/cam9/image/x/small", CompressedImage)
        until(lambda: node.topics == ["/cam1/image/compressed", "/cam2/image/more/compressed"])
        viewer = nodes[0].create_subscriber("/cam2/image/more/compressed/small", CompressedImage)
        assert late.wait_for_subscriber()
        assert nodes[1].graph.wait_for(lambda graph: graph.subscribers("/cam2/image/more/compressed/small"), 10)
        late.publish(frame(photo))
        assert viewer.recv(20) is not None
        early.close()
        until(lambda: node.topics == ["/cam2/image/more/compressed"])
        assert (node.metrics().frames, node.metrics().topics) == (1, 1)
        for number in range(3, 7):
            nodes[0].create_publisher(f"/cam{number}/image/x", CompressedImage)
        until(lambda: len(node.topics) == 3)
        time.sleep(0.1)
        assert len(node.topics) == 3


def test_what_it_is_told_is_checked(nodes: Nodes, plugin: thumbox.Plugin) -> None:
    for inputs, output, said in (
        ([], "/out", "inputs is empty"),
        (["/a", "/b"], "/out", "it needs {topic} in it"),
        (["/a/*"], "/out", "it needs {topic} in it"),
        (["/a b"], "/out", "the topic name is '/a b'"),
        (["/a//*"], "{topic}/x", "the pattern is '/a//\\*'"),
        (["/a***"], "{topic}/x", "the pattern is"),
        (["/a"], "/o ut", "the topic name is '/o ut'"),
        (["/a"], "/a", "output is '/a', which is also an input"),
        (["/r/a", "/a"], "/r{topic}", "output is '/r{topic}', which is also an input"),
        (["/cam/*", "/t/cam/a"], "/t{topic}", "output is '/t{topic}', which is also an input"),
        (["/a*"], "{topic}", "output is '{topic}', which is also an input"),
    ):
        with pytest.raises(ValueError, match=said):
            ThumbnailNode(nodes[1], inputs, output, plugin, SETTINGS)
    with pytest.raises(ValueError, match="threads is 0"):
        ThumbnailNode(nodes[1], ["/a"], "/b", plugin, SETTINGS, threads=0)


def test_two_nodes_make_no_thumbnails_of_each_other_s(
    contexts: Any, nodes: Nodes, plugin: thumbox.Plugin, photo: bytes
) -> None:
    camera = nodes[0].create_publisher("/cam", CompressedImage)
    third = contexts().create_node("third").build()
    with (
        ThumbnailNode(nodes[1], ["/**"], "small{topic}", plugin, SETTINGS) as one,
        ThumbnailNode(third, ["/**"], "small{topic}", plugin, SETTINGS) as other,
    ):
        viewer = nodes[0].create_subscriber("/small/cam", CompressedImage)
        until(lambda: one.topics and other.topics)
        until(
            lambda: len(nodes[0].graph.publishers("/small/cam")) == 2 and len(nodes[0].graph.subscribers("/cam")) == 2
        )
        assert camera.wait_for_subscriber()
        camera.publish(frame(photo))
        assert viewer.recv(20) is not None
        assert viewer.recv(20) is not None
        assert one.topics == other.topics == ["/cam"]
        one.close()


def test_the_command_line_makes_thumbnails_in_the_sandbox(
    contexts: Any, start: Any, router: str, domain: int, photo: bytes
) -> None:
    ours = contexts().create_node("viewer").build()
    camera = ours.create_publisher("/camera/image/compressed", CompressedImage)
    viewer = ours.create_subscriber("/camera/thumbnail/compressed", CompressedImage)
    program = start(
        *("node", "--connect", router, "--domain", str(domain), "--in", "/camera/image/compressed"),
        *("--out", "/camera/thumbnail/compressed", "--size", "320x0", "--format", "webp", "--variant", "wasm"),
        *("--service", "/thumbnail", "--metrics", "0.2"),
    )
    assert program.line("ready: ") == "/thumbnails"
    assert camera.wait_for_subscriber()
    camera.publish(frame(b"no picture"))
    camera.publish(frame(photo, 7))
    got = viewer.recv(30)
    assert got is not None
    assert (got.format, got.header.stamp.sec) == ("webp", 7)
    assert Image.open(io.BytesIO(bytes(got.data))).size == (320, 214)
    client = ours.create_client("/thumbnail", thumbox_interfaces.Thumbnail)
    assert client.wait_for_service()
    response = client.call(thumbox_interfaces.Thumbnail.Request(image=photo, width=50, height=50, fit="cover"), 30.0)
    assert (response.code, response.width, response.height) == (0, 50, 50)
    assert "frames=" in program.line("metrics: ")
    last = [line for line in program.end().splitlines() if line.startswith("metrics: ")][-1]
    assert last.startswith("metrics: topics=1 frames=2 thumbnails=1 dropped=")
    assert last.endswith("requests=1")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["node", "--in", "/a b", "--out", "/x"], "the topic name is '/a b'"),
        (["node", "--in", "/a", "--out", "/x", "--quality", "0"], "quality is 0"),
        (["node", "--in", "/a", "--out", "/x", "--size", "big"], "'big' is not WxH"),
        (["worker", "--slots", "0"], "slots is 0; 1 to 1024"),
        (["node", "--in", "/a", "--out", "/a"], "output is '/a', which is also an input"),
        (["worker", "--metrics", "-1"], "'-1' is not a number of seconds; 0 to 86400"),
        (["dispatch", "--max-wait", "0"], "max_wait is 0.0; more than 0"),
        (["dispatch", "--domain", "999"], "domain_id is 999; 0 to 232"),
        (["node", "--out", "/x"], "the following arguments are required: --in"),
    ],
)
def test_the_command_line_says_what_is_wrong(start: Any, router: str, arguments: list[str], said: str) -> None:
    more = ["--connect", router, "--variant", "native"] if arguments[0] != "dispatch" else ["--connect", router]
    program = start(*arguments, *more)
    output, _ = program.process.communicate(timeout=60)
    assert (program.process.returncode, said in output) == (2, True), output


def test_a_received_frame_goes_to_the_plugin_without_a_further_copy(nodes: Nodes, plugin: thumbox.Plugin) -> None:
    """The photo is large and the thumbnail small, so that a copy of the photo would be seen."""
    with Image.effect_noise((1500, 1500), 100) as noise:
        file = io.BytesIO()
        noise.save(file, "PNG", compress_level=0)
    publisher = nodes[0].create_publisher("/in", CompressedImage)
    subscriber = nodes[1].create_subscriber("/in", CompressedImage)
    assert publisher.wait_for_subscriber()
    publisher.publish(frame(file.getvalue()))
    message = subscriber.recv(20)
    assert message is not None
    data: Any = message.data
    header = bytes(thumbox.wire.ThumbnailRequestHeader.create(32, 32, 0, 85, len(data)))
    for call in (
        lambda: plugin.thumbnail(data, 32, 32),
        lambda: plugin.call_raw(thumbox.MSG_THUMBNAIL_CREATE, header, data),
        lambda: sensor_msgs.CompressedImage(data=data),
    ):
        gc.collect()
        tracemalloc.start()
        made: Any = call()
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        assert made is not None
        assert (peak < len(data) // 4, data.copies) == (True, 1)
