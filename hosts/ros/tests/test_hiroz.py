"""Both ways between us and hiroz, an implementation in Rust that is not ours, over a router.

The program is interop/hiroz. `cargo xtask soak` builds it, which takes minutes, and names it in THUMBOX_HIROZ.
"""

from __future__ import annotations

import hashlib
import os
import subprocess
import threading
import time
from functools import partial
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from conftest import LONGEST_WAIT, until
from test_hash import PARAMETERS
from test_interoperation import SIZES, arrival, has_size

from thumbox_ros import (
    QOS_LATCHED,
    REGISTRY,
    Registry,
    ZNode,
    builtin_interfaces,
    example_interfaces,
    sensor_msgs,
    std_msgs,
)
from thumbox_ros.graph.keys import dds_name

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from thumbox_ros import ZContext

pytestmark = pytest.mark.soak
AddTwoInts = example_interfaces.AddTwoInts


class Peer:
    """The program, whose lines are in its source."""

    def __init__(self, *arguments: str) -> None:
        program = os.environ.get("THUMBOX_HIROZ")
        assert program, "`cargo xtask soak` builds the program of hiroz and names it in THUMBOX_HIROZ"
        self.has_shm = arguments[-1] == "shm"
        self.process = subprocess.Popen(
            [program, *arguments], stdin=subprocess.PIPE, stdout=subprocess.PIPE, encoding="utf-8"
        )
        self._lines: SimpleQueue[str | None] = SimpleQueue()
        self._reader = threading.Thread(target=self._read)
        self._reader.start()

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self._lines.put(line.rstrip("\n"))
        self._lines.put(None)

    def do(self, line: str) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(line + "\n")
        self.process.stdin.flush()

    def line(self, start: str, seconds: float = LONGEST_WAIT) -> str | None:
        """What follows `start` in the next line that begins so; None if there is none in time."""
        end = time.monotonic() + seconds
        while True:
            try:
                line = self._lines.get(timeout=max(0.0, end - time.monotonic()))
            except Empty:
                return None
            assert line is not None, "the program ended"
            if line.startswith(start):
                return line[len(start) :]

    def sees(self) -> set[str]:
        """The lines of its graph."""
        self.do("graph")
        lines = set()
        while (line := self.line("")) != "seen":
            assert line is not None
            lines.add(line)
        return lines

    def end(self) -> None:
        """Its input ends, and it with it."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.close()
        try:
            self.process.wait(LONGEST_WAIT)
        finally:
            self.process.kill()
            self.process.wait()
            self._reader.join()
            self.process.stdout.close()


@pytest.fixture(params=["tcp", "shm"])
def peer(request: pytest.FixtureRequest, router: str, domain: int) -> Iterator[Peer]:
    """The other side: its large messages go over TCP, or through shared memory as ours do."""
    made = Peer(router, str(domain), *([] if request.param == "tcp" else ["shm"]))
    yield made
    made.end()
    assert made.process.returncode == 0


@pytest.fixture
def node(contexts: Callable[..., ZContext]) -> ZNode:
    """Our side."""
    return contexts().create_node("ours").build()


def shown(size: int) -> bytes:
    """What its images are filled with."""
    hashes = (hashlib.sha256(number.to_bytes(8, "little")).digest() for number in range(-(-size // 32)))
    return b"".join(hashes)[:size]


def has_come(size: int, peer: Peer, sample: Any) -> bool:
    """Whether an image has the size, and the largest came by the way that it should.

    Zenoh takes shared memory for what is above 3 KB, and only when both sides have agreed on it.
    """
    return has_size(size, sample.message) and (size < SIZES[-1] or sample.raw.is_shared == peer.has_shm)


def test_its_messages_reach_us(peer: Peer, node: ZNode) -> None:
    gids = peer.line("ready ")
    assert gids is not None
    texts = node.create_subscriber("/theirs/text", std_msgs.String)
    images = node.create_subscriber("/theirs/image", sensor_msgs.CompressedImage)
    text = arrival(partial(peer.do, "say grüße, from elsewhere"), texts.recv_sample, bool)
    assert text.message.data == "grüße, from elsewhere"
    assert text.gid.hex() == gids.split()[0]
    # It counts its messages from 0, and we from 1, as rmw_zenoh does.
    more = arrival(partial(peer.do, "say more"), texts.recv_sample, lambda sample: sample.message.data == "more")
    assert more.sequence_number > text.sequence_number >= 0
    assert abs(text.source_time - time.time_ns()) < 60e9
    for size in SIZES:
        image = arrival(partial(peer.do, f"show {size}"), images.recv_sample, partial(has_come, size, peer)).message
        header = std_msgs.Header(stamp=builtin_interfaces.Time(sec=7, nanosec=9), frame_id="lens")
        assert (image.header, image.format, image.data) == (header, "jpeg", shown(size))


def test_our_messages_reach_it(peer: Peer, node: ZNode) -> None:
    talker = node.create_publisher("/ours/text", std_msgs.String)
    camera = node.create_publisher("/ours/image", sensor_msgs.CompressedImage)
    assert talker.wait_for_subscriber()
    assert camera.wait_for_subscriber()
    for sent in ("grüße", "", "x" * 1000):
        message = std_msgs.String(data=sent)
        expected = f" {sent}"
        arrival(partial(talker.publish, message), partial(peer.line, "text /ours/text"), partial(str.__eq__, expected))
    # Values that say whether a number has a sign.
    header = std_msgs.Header(stamp=builtin_interfaces.Time(sec=-7, nanosec=0xFFFFFFFE), frame_id="lens")
    for size in SIZES:
        data = np.random.default_rng(size).bytes(size)
        sent_image = sensor_msgs.CompressedImage(header=header, format="png", data=data)
        expected = f"-7 4294967294 lens png {size} {hashlib.sha256(data).hexdigest()}"
        arrival(partial(camera.publish, sent_image), partial(peer.line, "image "), partial(str.__eq__, expected))


def test_it_calls_our_service(peer: Peer, node: ZNode) -> None:
    node.create_server("/ours/add", AddTwoInts, lambda request: AddTwoInts.Response(sum=request.a + request.b))
    assert peer.line("ready ") is not None

    def call(a: int, b: int) -> str | None:
        peer.do(f"call {a} {b}")
        return peer.line("")

    # It has no way to wait for a service.
    until(lambda: call(1, 1) == "sum 2")
    sums = [call(a, -3) for a in (5, 1 << 62, -(1 << 62))]
    assert sums == ["sum 2", f"sum {(1 << 62) - 3}", f"sum {-(1 << 62) - 3}"]


def test_we_call_its_service(peer: Peer, node: ZNode) -> None:
    client = node.create_client("/theirs/add", AddTwoInts)
    assert client.wait_for_service(LONGEST_WAIT)
    for number, a in enumerate((5, 1 << 62, -(1 << 62)), 1):
        assert client.call(AddTwoInts.Request(a=a, b=-3)).sum == a - 3
        assert peer.line("asked ") == f"{a} -3 {number} {client.gid.hex()}"


def test_latched_messages_reach_those_who_come_late(peer: Peer, node: ZNode) -> None:
    assert peer.line("ready ") is not None
    publisher = node.create_publisher("/ours/kept", std_msgs.String, QOS_LATCHED)
    publisher.publish(std_msgs.String(data="kept by us"))
    until(lambda: any(line.startswith("publisher /ours/kept ") for line in peer.sees()))
    peer.do("late")
    assert peer.line("text /ours/kept ") == "kept by us"
    kept = node.create_subscriber("/theirs/kept", std_msgs.String, QOS_LATCHED).recv(LONGEST_WAIT)
    assert kept is not None
    assert kept.data == "kept by hiroz"


def ends(node: ZNode, name: str) -> set[tuple[str, str, str]]:
    """The node, type and hash of each end that we see at a topic or service."""
    found = node.graph.entities(name=name)
    return {(f"{one.kind} {one.namespace.rstrip('/')}/{one.node}", one.type_name, one.type_hash) for one in found}


def test_each_sees_the_other_and_the_hashes_are_equal(peer: Peer, node: ZNode) -> None:
    # The kinds of our ends and of theirs, at each name.
    names: dict[str, tuple[str, str, Any]] = {
        "/ours/text": ("publisher", "subscriber", std_msgs.String),
        "/ours/image": ("publisher", "subscriber", sensor_msgs.CompressedImage),
        "/ours/add": ("server", "client", AddTwoInts),
        "/theirs/text": ("subscriber", "publisher", std_msgs.String),
        "/theirs/image": ("subscriber", "publisher", sensor_msgs.CompressedImage),
        "/theirs/add": ("client", "server", AddTwoInts),
    }
    for name, (kind, _, made) in names.items():
        getattr(node, f"create_{kind}")(name, made)
    expected = {"node /ours", "node /away/theirs"}
    for name, (our_kind, their_kind, made) in names.items():
        # As each of us computes the hash for itself, and finds it at the other's ends.
        seen = {(f"{our_kind} /ours", made.__ros_name__, made.__ros_hash__)}
        seen.add((f"{their_kind} /away/theirs", made.__ros_name__, made.__ros_hash__))
        until(partial(lambda name, count: len(ends(node, name)) >= count, name, len(seen)))
        assert ends(node, name) == seen
        type_name = dds_name(made.__ros_name__)
        expected.add(f"{'service' if 'server' in (our_kind, their_kind) else 'topic'} {name} {type_name}")
        expected.add(f"{our_kind} {name} {type_name} {made.__ros_hash__} /ours")
        expected.add(f"{their_kind} {name} {type_name} {made.__ros_hash__} /away/theirs")
    assert "/away/theirs" in node.graph.nodes()
    assert node.graph.conflicts() == []
    until(lambda: expected <= peer.sees())
    # Of our services that exist at its side alone: those of its parameters.
    registry = Registry(REGISTRY)
    registry.define_package("rcl_interfaces", PARAMETERS)
    theirs = {one.type_name: one.type_hash for one in node.graph.entities("server") if one.node == "theirs"}
    of_parameters = {
        name: theirs[name] for name in registry.names() if name.startswith("rcl_interfaces/srv/") and name in theirs
    }
    assert len(of_parameters) == 5
    assert of_parameters == {name: registry.get(name).__ros_hash__ for name in of_parameters}


def test_each_sees_the_other_go(peer: Peer, node: ZNode) -> None:
    assert node.graph.wait_for(lambda graph: "/away/theirs" in graph.nodes(), LONGEST_WAIT)
    until(lambda: "node /ours" in peer.sees())
    node.close()
    until(lambda: "node /ours" not in peer.sees())
    graph = node.graph
    peer.end()
    assert graph.wait_for(lambda graph: "/away/theirs" not in graph.nodes(), LONGEST_WAIT)
    assert graph.entities() == []
