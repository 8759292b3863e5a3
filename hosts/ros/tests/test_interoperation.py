"""Both ways between us and zenoh_ros2_sdk, an implementation that is not ours, over a router."""

from __future__ import annotations

from functools import partial
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from conftest import until
from test_hash import INTERFACES

from thumbox_ros import (
    QOS_LATCHED,
    UnavailableError,
    ZNode,
    builtin_interfaces,
    example_interfaces,
    geometry_msgs,
    lookup,
    sensor_msgs,
    std_msgs,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from thumbox_ros import ZContext

SIZES = (1 << 10, 64 << 10, 1 << 20)


@pytest.fixture(scope="module")
def sdk(router: str) -> Iterator[Any]:
    """The other implementation, connected to the same router, with our definitions: it would fetch others."""
    import zenoh_ros2_sdk
    from zenoh_ros2_sdk.message_registry import get_registry
    from zenoh_ros2_sdk.session import ZenohSession

    session = ZenohSession.get_instance("127.0.0.1", int(router.rpartition(":")[2]))
    get_registry().messages_dir = INTERFACES
    yield zenoh_ros2_sdk
    session.close()


@pytest.fixture
def node(contexts: Callable[..., ZContext]) -> ZNode:
    """Our side."""
    return contexts().create_node("ours").build()


def where(router: str, domain: int) -> dict[str, Any]:
    """What each of its endpoints has to be told."""
    return {"domain_id": domain, "router_ip": "127.0.0.1", "router_port": int(router.rpartition(":")[2])}


def first(queue: SimpleQueue[Any], seconds: float) -> Any:
    """What is next in a queue; None if nothing comes."""
    try:
        return queue.get(timeout=seconds)
    except Empty:
        return None


def has_size(size: int, image: Any) -> bool:
    return len(image.data) == size


def arrival(send: Callable[[], object], take: Callable[[float], Any], is_it: Callable[[Any], bool]) -> Any:
    """Sends a message again and again until it arrives, and skips what is left of those before.

    It tells of an endpoint before it has one, and no session knows what the other one has heard of.
    """

    def attempt() -> Any:
        send()
        while (message := take(1.0)) is not None and not is_it(message):
            pass
        return message

    return until(attempt)


def test_its_messages_reach_us(sdk: Any, node: ZNode, router: str, domain: int) -> None:
    subscriber = node.create_subscriber("chatter", std_msgs.String)
    images = node.create_subscriber("image", sensor_msgs.CompressedImage)
    talker = sdk.ROS2Publisher("/chatter", "std_msgs/msg/String", node_name="theirs", **where(router, domain))
    camera = sdk.ROS2Publisher("/image", "sensor_msgs/msg/CompressedImage", **where(router, domain))
    assert node.graph.wait_for(lambda graph: len(graph.entities("publisher")) == 2, 30)
    text = "hello from elsewhere"
    sample = arrival(partial(talker.publish, data=text), subscriber.recv_sample, bool)
    assert sample.message.data == "hello from elsewhere"
    assert sample.gid == talker.publisher_gid
    header, time = lookup("std_msgs/msg/Header"), lookup("builtin_interfaces/msg/Time")
    types = talker.session_mgr.store.types
    for size in SIZES:
        data = np.random.default_rng(size).integers(0, 256, size, np.uint8)
        stamp = types["builtin_interfaces/msg/Time"](sec=7, nanosec=9)
        sent = {"header": types["std_msgs/msg/Header"](stamp=stamp, frame_id="lens"), "format": "jpeg", "data": data}
        image = arrival(partial(camera.publish, **sent), images.recv, partial(has_size, size))
        assert image.header == header(stamp=time(sec=7, nanosec=9), frame_id="lens")
        assert (image.format, len(image.data)) == ("jpeg", size)
        assert image.data == data.tobytes()
    talker.close()
    camera.close()


def test_our_messages_reach_it(sdk: Any, node: ZNode, router: str, domain: int) -> None:
    texts: SimpleQueue[Any] = SimpleQueue()
    images: SimpleQueue[Any] = SimpleQueue()
    ears = [
        sdk.ROS2Subscriber("/chatter", "std_msgs/msg/String", texts.put, **where(router, domain)),
        sdk.ROS2Subscriber("/image", "sensor_msgs/msg/CompressedImage", images.put, **where(router, domain)),
    ]
    talker = node.create_publisher("chatter", std_msgs.String)
    camera = node.create_publisher("image", sensor_msgs.CompressedImage)
    assert talker.wait_for_subscriber()
    assert camera.wait_for_subscriber()
    greeting = std_msgs.String(data="grüße")
    got = arrival(partial(talker.publish, greeting), partial(first, texts), bool)
    assert got.data == "grüße"
    header = std_msgs.Header(stamp=builtin_interfaces.Time(sec=7, nanosec=9), frame_id="lens")
    for size in SIZES:
        data = np.random.default_rng(size).bytes(size)
        sent = sensor_msgs.CompressedImage(header=header, format="png", data=data)
        image = arrival(partial(camera.publish, sent), partial(first, images), partial(has_size, size))
        assert (image.header.stamp.sec, image.header.stamp.nanosec, image.header.frame_id) == (7, 9, "lens")
        assert (image.format, image.data.tobytes()) == ("png", data)
    for ear in ears:
        ear.close()


def test_our_nested_messages_reach_it(sdk: Any, node: ZNode, router: str, domain: int) -> None:
    seen: SimpleQueue[Any] = SimpleQueue()
    ear = sdk.ROS2Subscriber("/move", "geometry_msgs/msg/TwistStamped", seen.put, **where(router, domain))
    publisher = node.create_publisher("move", geometry_msgs.TwistStamped)
    assert publisher.wait_for_subscriber()
    twist = geometry_msgs.Twist(linear=geometry_msgs.Vector3(x=1.5), angular=geometry_msgs.Vector3(z=-0.5))
    sent = geometry_msgs.TwistStamped(header=std_msgs.Header(frame_id="base"), twist=twist)
    got = arrival(partial(publisher.publish, sent), partial(first, seen), bool)
    assert (got.header.frame_id, got.twist.linear.x, got.twist.angular.z) == ("base", 1.5, -0.5)
    ear.close()


def test_it_calls_our_service(sdk: Any, node: ZNode, router: str, domain: int) -> None:
    kind = example_interfaces.AddTwoInts
    node.create_server("add", kind, lambda r: kind.Response(sum=r.a + r.b))
    client = sdk.ROS2ServiceClient("/add", "example_interfaces/srv/AddTwoInts", timeout=5.0, **where(router, domain))
    assert node.graph.wait_for(lambda graph: graph.clients("/add"), 30)
    assert client.type_hash == kind.__ros_hash__
    # It has no way to wait for a service, and answers None where it finds none.
    until(lambda: client.call(a=1, b=1) is not None)
    assert [client.call(a=a, b=-3).sum for a in (5, 1 << 62, -(1 << 62))] == [2, (1 << 62) - 3, -(1 << 62) - 3]
    client.close()


def test_we_call_its_service(sdk: Any, node: ZNode, router: str, domain: int) -> None:
    kind = example_interfaces.AddTwoInts
    made: list[Any] = []

    def add(request: Any) -> Any:
        return made[0].response_msg_class(sum=request.a + request.b)

    server = sdk.ROS2ServiceServer("/add", "example_interfaces/srv/AddTwoInts", add, **where(router, domain))
    made.append(server)
    client = node.create_client("add", kind)
    assert client.wait_for_service()

    def is_answered() -> bool:
        try:
            return client.call(kind.Request(), timeout=5) is not None
        except (TimeoutError, UnavailableError):
            return False

    # It shows its service before it can be asked.
    until(is_answered)
    assert [client.call(kind.Request(a=a, b=4)).sum for a in range(3)] == [4, 5, 6]
    server.close()


def test_each_sees_the_other_and_the_hashes_are_equal(sdk: Any, node: ZNode, router: str, domain: int) -> None:
    from zenoh_ros2_sdk import discovery

    ear = sdk.ROS2Subscriber(
        "/chatter", "std_msgs/msg/String", print, node_name="theirs", namespace="/away", **where(router, domain)
    )
    node.create_publisher("chatter", std_msgs.String)
    assert node.graph.wait_for(
        lambda graph: graph.subscribers("/chatter") and graph.publishers("/chatter") and len(graph.nodes()) == 2, 30
    )
    (other,) = node.graph.subscribers("/chatter")
    assert (other.node, other.namespace, other.type_hash) == ("theirs", "/away", std_msgs.String.__ros_hash__)
    assert "/away/theirs" in node.graph.nodes()
    assert node.graph.conflicts() == []
    # What `ros2 topic info` is there: it asks for the tokens that it can see just now.

    def look() -> Any:
        info = discovery.get_topic_info("/chatter", verbose=True, **where(router, domain))
        return info if info is not None and info.publishers else None

    info = until(look)
    assert info.topic_types == ["std_msgs/msg/String"]
    assert [one.node_name for one in info.publishers] == ["ours"]
    ear.close()


def test_our_latched_messages_reach_it(sdk: Any, node: ZNode, router: str, domain: int) -> None:
    from zenoh_ros2_sdk.qos import QosDurability, QosProfile

    latched = QosProfile(durability=QosDurability.TRANSIENT_LOCAL, history_depth=1)
    publisher = node.create_publisher("map", std_msgs.String, QOS_LATCHED)
    publisher.publish(std_msgs.String(data="ours"))
    seen: SimpleQueue[Any] = SimpleQueue()

    def listen() -> Any:
        # It asks once, when it is made, those publishers that it has heard of by then.
        ear = sdk.ROS2Subscriber("/map", "std_msgs/msg/String", seen.put, qos=latched, **where(router, domain))
        try:
            return first(seen, 1.0)
        finally:
            ear.close()

    assert until(listen).data == "ours"
    assert publisher.published == 1
