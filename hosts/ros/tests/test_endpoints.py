"""Publishers, subscribers, clients and servers between two sessions and a router."""

from __future__ import annotations

import asyncio
import gc
import logging
import threading
import time
import tracemalloc
from typing import TYPE_CHECKING, Any

import pytest
from conftest import refusal, until

import thumbox_ros
from thumbox_ros import (
    QOS_LATCHED,
    PayloadView,
    QosProfile,
    ServiceError,
    UnavailableError,
    ZContext,
    ZContextBuilder,
    ZNode,
    example_interfaces,
    sensor_msgs,
    std_msgs,
)

if TYPE_CHECKING:
    from collections.abc import Callable

AddTwoInts = example_interfaces.AddTwoInts
Nodes = tuple[ZNode, ZNode]


def test_messages_arrive_in_order_with_what_is_known_of_them(nodes: Nodes) -> None:
    publisher = nodes[0].create_publisher("chatter", std_msgs.String)
    with nodes[1].create_subscriber("/chatter", std_msgs.String) as subscriber:
        assert publisher.wait_for_subscriber()
        before = time.time_ns()
        for number in range(5):
            publisher.publish(std_msgs.String(data=f"hello {number}"))
        for number in range(5):
            sample = subscriber.recv_sample(10)
            assert sample is not None
            assert sample.message == std_msgs.String(data=f"hello {number}")
            assert (sample.sequence_number, sample.gid) == (number + 1, publisher.gid)
            assert sample.source_time is not None
            assert before <= sample.source_time <= time.time_ns()
        assert subscriber.try_recv() is None
        assert subscriber.recv(0.05) is None
        assert (subscriber.received, subscriber.dropped, publisher.published) == (5, 0, 5)
    assert subscriber.recv() is None
    publisher.close()
    with pytest.raises(RuntimeError, match="the publisher of /chatter is closed"):
        publisher.publish(std_msgs.String())


def test_iteration_ends_when_it_is_closed(nodes: Nodes) -> None:
    publisher = nodes[0].create_publisher("chatter", std_msgs.String)
    subscriber = nodes[1].create_subscriber("chatter", std_msgs.String)
    assert publisher.wait_for_subscriber()
    for text in "abc":
        publisher.publish(std_msgs.String(data=text))
    seen = []
    for message in subscriber:
        seen.append(message.data)
        if len(seen) == 3:
            threading.Timer(0.05, subscriber.close).start()
    assert seen == ["a", "b", "c"]


def test_zenoh_s_threads_keep_their_python_state(nodes: Nodes) -> None:
    publisher = nodes[0].create_publisher("chatter", std_msgs.String)
    subscriber = nodes[1].create_subscriber("chatter", std_msgs.String)
    own = threading.local()
    counted: list[tuple[int, int]] = []

    def count() -> None:
        own.calls = getattr(own, "calls", 0) + 1
        counted.append((threading.get_ident(), own.calls))

    subscriber.on_arrival(count)
    assert publisher.wait_for_subscriber()
    for number in range(40):
        publisher.publish(std_msgs.String(data=str(number)))
        assert subscriber.recv(10) == std_msgs.String(data=str(number))
    until(lambda: len(counted) == 40)
    # A state that is made for each call begins to count afresh.
    for thread in {thread for thread, _ in counted}:
        calls = [call for one, call in counted if one == thread]
        assert calls == list(range(1, len(calls) + 1))


def test_asynchronous_iteration_and_calls(nodes: Nodes) -> None:
    publisher = nodes[0].create_publisher("chatter", std_msgs.String)
    subscriber = nodes[1].create_subscriber("chatter", std_msgs.String)
    server = nodes[0].create_server("add", AddTwoInts, lambda r: AddTwoInts.Response(sum=r.a + r.b))
    client = nodes[1].create_client("add", AddTwoInts)
    assert publisher.wait_for_subscriber()
    assert client.wait_for_service()

    async def read() -> list[str]:
        seen = []
        async for message in subscriber:
            seen.append(message.data)
            if message.data == "c":
                asyncio.get_running_loop().call_later(0.05, subscriber.close)
        return seen

    async def main() -> tuple[list[str], list[int]]:
        reading = asyncio.create_task(read())
        for text in "abc":
            await asyncio.sleep(0.01)
            publisher.publish(std_msgs.String(data=text))
        calls = [client.call_async(AddTwoInts.Request(a=number, b=1)) for number in range(20)]
        sums = [response.sum for response in await asyncio.gather(*calls)]
        return await reading, sums

    assert asyncio.run(main()) == (["a", "b", "c"], list(range(1, 21)))
    assert server.requests == 20


def test_a_callback_gets_the_messages_and_may_fail(nodes: Nodes, caplog: pytest.LogCaptureFixture) -> None:
    seen: list[str] = []
    done = threading.Event()

    def callback(message: std_msgs.String) -> None:
        seen.append(message.data)
        if message.data == "bad":
            raise ZeroDivisionError
        if message.data == "end":
            done.set()

    publisher = nodes[0].create_publisher("chatter", std_msgs.String)
    subscriber = nodes[1].create_subscriber("chatter", std_msgs.String, callback=callback)
    assert publisher.wait_for_subscriber()
    for text in ("a", "bad", "end"):
        publisher.publish(std_msgs.String(data=text))
    assert done.wait(10)
    assert seen == ["a", "bad", "end"]
    assert subscriber.is_callback
    with pytest.raises(RuntimeError, match="the subscriber of /chatter has a callback"):
        subscriber.try_recv()
    assert "the callback raised an exception" in caplog.text


def test_a_subscriber_that_never_reads_keeps_the_last_ones(nodes: Nodes) -> None:
    publisher = nodes[0].create_publisher("images", sensor_msgs.CompressedImage)
    idle = nodes[1].create_subscriber("images", sensor_msgs.CompressedImage, QosProfile(depth=3))
    busy = nodes[1].create_subscriber("images", sensor_msgs.CompressedImage, QosProfile(depth=1000))
    assert publisher.wait_for_subscriber()
    for number in range(200):
        publisher.publish(sensor_msgs.CompressedImage(format=str(number), data=bytes(100_000)))
    seen = [message.format for _ in range(200) if (message := busy.recv(10)) is not None]
    assert seen == [str(number) for number in range(200)]
    until(lambda: idle.received >= 200)
    assert (idle.received, idle.dropped) == (200, 197)
    assert [message.format for message in (idle.try_recv() for _ in range(3)) if message] == ["197", "198", "199"]
    assert idle.try_recv() is None


def test_a_late_subscriber_gets_what_is_latched(nodes: Nodes) -> None:
    publisher = nodes[0].create_publisher("map", std_msgs.String, QOS_LATCHED)
    publisher.publish(std_msgs.String(data="old"))
    # What is still on its way would reach a subscriber that comes meanwhile: this one tells when all has arrived.
    witness = nodes[1].create_subscriber("map", std_msgs.String)

    def has_arrived() -> bool:
        publisher.publish(std_msgs.String(data="last"))
        message = witness.recv(1)
        return message is not None and message.data == "last"

    until(has_arrived)
    subscriber = nodes[1].create_subscriber("map", std_msgs.String, QOS_LATCHED)
    message = subscriber.recv(10)
    assert message is not None
    assert message.data == "last"
    assert subscriber.recv(0.2) is None


def test_a_relay_that_does_not_look_copies_nothing(nodes: Nodes) -> None:
    size = 8 << 20
    relay_in = nodes[1].create_subscriber("in", sensor_msgs.CompressedImage)
    relay_out = nodes[1].create_publisher("out", sensor_msgs.CompressedImage)
    publisher = nodes[0].create_publisher("in", sensor_msgs.CompressedImage)
    end = nodes[0].create_subscriber("out", sensor_msgs.CompressedImage)
    assert publisher.wait_for_subscriber()
    assert relay_out.wait_for_subscriber()
    sent = sensor_msgs.CompressedImage(format="x", data=bytes(size))
    publisher.publish(sent)
    sample = relay_in.recv_sample(20)
    assert sample is not None
    tracemalloc.start()
    relay_out.publish_raw(sample.raw)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 10_000
    assert end.recv(20) == sent


def test_the_copies_of_a_received_payload_are_those_that_are_counted(nodes: Nodes) -> None:
    size = 8 << 20
    publisher = nodes[0].create_publisher("in", sensor_msgs.CompressedImage)
    subscriber = nodes[1].create_subscriber("in", sensor_msgs.CompressedImage)
    again = nodes[1].create_publisher("out", sensor_msgs.CompressedImage)
    assert publisher.wait_for_subscriber()
    sent = sensor_msgs.CompressedImage(data=bytes(size))

    def shared() -> Any:
        # Zenoh prepares its shared memory when it is first wanted.
        publisher.publish(sent)
        sample = subscriber.recv_sample(20)
        return sample if sample is not None and sample.raw.is_shared else None

    sample = until(shared)
    gc.collect()
    tracemalloc.start()
    data: Any = sample.message.data
    again.publish(sensor_msgs.CompressedImage(data=data))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert (round(peak / size), data.copies, data.is_zero_copy) == (0, 0, True)


def test_any_buffer_is_published_raw(nodes: Nodes) -> None:
    publisher = nodes[0].create_publisher("chatter", std_msgs.String)
    subscriber = nodes[1].create_subscriber("chatter", std_msgs.String)
    assert publisher.wait_for_subscriber()
    data = thumbox_ros.encode(std_msgs.String(data="raw"))
    for buffer in (data, bytearray(data), memoryview(data), PayloadView.of(data)):
        publisher.publish_raw(buffer)
        view = subscriber.recv_raw_view(10)
        assert view is not None
        assert (view, view.copies) == (data, 0)


def test_bytes_that_are_no_message_are_skipped_and_counted(nodes: Nodes, caplog: pytest.LogCaptureFixture) -> None:
    publisher = nodes[0].create_publisher("chatter", std_msgs.String)
    subscriber = nodes[1].create_subscriber("chatter", std_msgs.String)
    assert publisher.wait_for_subscriber()
    for data in (b"", b"\0\1\0\0\xff\xff\xff\xff", b"no CDR at all"):
        publisher.publish_raw(data)
    publisher.publish(std_msgs.String(data="good"))
    assert subscriber.recv(10) == std_msgs.String(data="good")
    assert subscriber.malformed == 3
    assert "data: byte 8: 4294967295 bytes are needed; 0 are left" in caplog.text


def test_bad_messages_do_not_make_a_reader_wait_longer(nodes: Nodes) -> None:
    publisher = nodes[0].create_publisher("chatter", std_msgs.String)
    subscriber = nodes[1].create_subscriber("chatter", std_msgs.String)
    assert publisher.wait_for_subscriber()
    ended = threading.Event()

    def publish() -> None:
        while not ended.wait(0.02):
            publisher.publish_raw(b"no CDR at all")

    thread = threading.Thread(target=publish)
    thread.start()
    try:
        # It would never end, if each of them began the time again.
        reader = threading.Thread(target=subscriber.recv, args=(0.3,), daemon=True)
        reader.start()
        reader.join(10)
        assert not reader.is_alive()
    finally:
        ended.set()
        thread.join()
    assert subscriber.malformed > 2


def test_a_token_alone_is_no_match(nodes: Nodes) -> None:
    publisher = nodes[0].create_publisher("chatter", std_msgs.String)
    client = nodes[0].create_client("add", AddTwoInts)
    tokens = []
    for kind, mine in (("MS", publisher), ("SS", client)):
        parts = mine.token.split("/")
        parts[2], parts[4], parts[5] = nodes[1].context.zid, "999", kind
        tokens.append(nodes[1].context.session.declare_token("/".join(parts)))
    until(lambda: nodes[0].graph.subscribers("/chatter") and nodes[0].graph.servers("/add"))
    assert publisher.wait_for_subscriber(0.2) is False
    assert client.wait_for_service(0.2) is False
    with nodes[1].create_server("add", AddTwoInts), nodes[1].create_subscriber("chatter", std_msgs.String):
        assert publisher.wait_for_subscriber() is True
        assert client.wait_for_service() is True


def test_a_closed_node_makes_nothing(nodes: Nodes) -> None:
    nodes[0].close()
    with pytest.raises(RuntimeError, match=f"the node {nodes[0].fully_qualified_name} is closed"):
        nodes[0].create_publisher("chatter", std_msgs.String)
    with pytest.raises(RuntimeError, match="is closed"):
        nodes[0].create_server("add", AddTwoInts)


def test_a_message_of_another_type_is_refused(nodes: Nodes) -> None:
    publisher: Any = nodes[0].create_publisher("chatter", std_msgs.String)
    with pytest.raises(TypeError, match="/chatter takes std_msgs/msg/String, not a Bool"):
        publisher.publish(std_msgs.Bool())
    wrong: Any = 5
    with pytest.raises(TypeError, match="the message type is 5"):
        nodes[0].create_publisher("chatter", wrong)
    callback: Any = print
    with pytest.raises(TypeError, match="pass a function as callback="):
        nodes[0].create_subscriber("chatter", std_msgs.String, callback)
    with pytest.raises(TypeError, match="the service type is"):
        nodes[0].create_client("add", wrong)
    with pytest.raises(LookupError, match="unknown type a/msg/B"):
        nodes[0].create_publisher("chatter", "a/msg/B")


def test_a_service_with_requests_that_are_taken(nodes: Nodes) -> None:
    server = nodes[0].create_server("add", AddTwoInts)
    client = nodes[1].create_client("add", "example_interfaces/srv/AddTwoInts")
    assert client.wait_for_service()
    assert server.take_request(0.01) is None

    def serve() -> None:
        for _ in range(2):
            request = server.take_request(10)
            assert request is not None
            if request.message.a < 0:
                server.refuse("a is negative", request.id)
            else:
                server.send_response(AddTwoInts.Response(sum=request.message.a + request.message.b), request.id)
                with pytest.raises(KeyError, match="no open request"):
                    server.send_response(AddTwoInts.Response(), request.id)

    thread = threading.Thread(target=serve)
    thread.start()
    assert client.call(AddTwoInts.Request(a=2, b=3)).sum == 5
    with pytest.raises(ServiceError, match="/add answered with an error: a is negative"):
        client.call(AddTwoInts.Request(a=-1))
    thread.join()


def test_a_server_with_threads_serves_several_at_once(nodes: Nodes) -> None:
    together = threading.Barrier(3)

    def add(request: Any) -> Any:
        together.wait(10)
        return AddTwoInts.Response(sum=request.a + request.b)

    nodes[0].create_server("add", AddTwoInts, add, threads=3)
    client = nodes[1].create_client("add", AddTwoInts)
    assert client.wait_for_service()
    sums: list[int] = []
    threads = [
        threading.Thread(target=lambda number=number: sums.append(client.call(AddTwoInts.Request(a=number)).sum))
        for number in range(3)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(sums) == [0, 1, 2]


def test_calls_that_fail_say_why(nodes: Nodes) -> None:
    client = nodes[1].create_client("add", AddTwoInts)
    with pytest.raises(
        UnavailableError, match="nobody answered at /add: there is no server of example_interfaces/srv/AddTwoInts"
    ):
        client.call(AddTwoInts.Request())
    server = nodes[0].create_server("add", AddTwoInts)
    assert client.wait_for_service()
    start = time.monotonic()
    with pytest.raises(TimeoutError, match=r"no response from /add within 0\.3 s"):
        client.call(AddTwoInts.Request(), timeout=0.3)
    assert time.monotonic() - start < 5
    threading.Timer(0.2, server.close).start()
    with pytest.raises(UnavailableError, match="or it went away"):
        client.call(AddTwoInts.Request(), timeout=20)
    assert time.monotonic() - start < 10
    with pytest.raises(ValueError, match="timeout is 0; more than 0"):
        client.call(AddTwoInts.Request(), timeout=0)
    wrong: Any = AddTwoInts.Response()
    with pytest.raises(TypeError, match="takes example_interfaces/srv/AddTwoInts_Request"):
        client.call(wrong)


def test_a_callback_that_fails_and_a_request_that_is_none(nodes: Nodes, caplog: pytest.LogCaptureFixture) -> None:
    def fail(_: object) -> Any:
        raise ZeroDivisionError("by zero")

    server = nodes[0].create_server("add", AddTwoInts, fail)
    client = nodes[1].create_client("add", AddTwoInts)
    assert client.wait_for_service()
    with pytest.raises(ServiceError, match="ZeroDivisionError: by zero"):
        client.call(AddTwoInts.Request())
    assert "the callback raised an exception" in caplog.text
    for payload, said in (
        (b"\0\1\0\0", "a: byte 4: 8 bytes are needed; 0 are left"),
        (None, "a request has no payload"),
    ):
        assert said in refusal(client, payload)
    assert server.refused == 2


def test_more_requests_than_may_wait_are_refused(nodes: Nodes) -> None:
    server = nodes[0].create_server("add", AddTwoInts, max_pending=2)
    client = nodes[1].create_client("add", AddTwoInts)
    assert client.wait_for_service()

    async def main() -> list[object]:
        calls = [client.call_async(AddTwoInts.Request(a=number), timeout=1.0) for number in range(4)]
        return list(await asyncio.gather(*calls, return_exceptions=True))

    outcomes = asyncio.run(main())
    kinds = [type(outcome) for outcome in outcomes]
    assert (kinds.count(ServiceError), kinds.count(TimeoutError)) == (2, 2)
    assert "2 requests, or 256 MiB of them, are waiting already" in " ".join(map(str, outcomes))
    assert server.refused == 2


def test_only_one_of_several_servers_is_asked(contexts: Callable[..., ZContext]) -> None:
    servers = []
    for number in range(3):
        node = contexts().create_node(f"server{number}").build()
        servers.append(node.create_server("add", AddTwoInts, lambda r: AddTwoInts.Response(sum=r.a + r.b)))
    client = contexts().create_node("client").build().create_client("add", AddTwoInts)
    assert client._node.graph.wait_for(lambda graph: len(graph.servers("/add")) == 3, 30)
    assert client.wait_for_service()
    assert [client.call(AddTwoInts.Request(a=number)).sum for number in range(10)] == list(range(10))
    assert sum(server.requests for server in servers) == 10


def test_the_graph(contexts: Callable[..., ZContext]) -> None:
    first, second = contexts(lambda builder: builder.with_namespace("/fleet")), contexts()
    node = first.create_node("cam").with_namespace("/robot1").build()
    other = second.create_node("viewer").build()
    node.create_publisher("image", sensor_msgs.CompressedImage, 3)
    node.create_server("~/add", AddTwoInts)
    subscriber = other.create_subscriber("/fleet/robot1/image", sensor_msgs.CompressedImage)
    other.create_client("/fleet/robot1/cam/add", AddTwoInts)
    graph = other.graph
    # Each context hears of it by itself.
    for one in (first.graph, graph):
        assert one.wait_for(lambda graph: len(graph.entities()) == 6, 30)
    assert graph.nodes() == ["/fleet/robot1/cam", "/viewer"]
    assert other.get_node_names() == [("cam", "/fleet/robot1"), ("viewer", "/")]
    assert other.get_topic_names_and_types() == [("/fleet/robot1/image", ["sensor_msgs/msg/CompressedImage"])]
    assert graph.services() == {"/fleet/robot1/cam/add": ["example_interfaces/srv/AddTwoInts"]}
    assert (node.count_publishers("image"), node.count_subscribers("image")) == (1, 1)
    assert graph.publishers("/fleet/robot1/image")[0].qos == QosProfile(depth=3)
    assert graph.conflicts() == []
    subscriber.close()
    assert graph.wait_for(lambda graph: not graph.subscribers("/fleet/robot1/image"), 10)
    node.close()
    assert graph.wait_for(lambda graph: graph.nodes() == ["/viewer"], 10)


def test_ends_of_different_types_are_warned_of(
    contexts: Callable[..., ZContext], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.WARNING, "thumbox_ros")
    registry = thumbox_ros.Registry()
    other = registry.define("std_msgs/msg/String", "string data\nstring more")
    one, two = contexts().create_node("one").build(), contexts().create_node("two").build()
    publisher = one.create_publisher("chatter", std_msgs.String)
    subscriber = two.create_subscriber("chatter", other)
    assert two.graph.wait_for(lambda graph: graph.conflicts(), 10)
    (conflict,) = two.graph.conflicts("/chatter")
    assert {type_hash for _, type_hash in conflict.types} == {std_msgs.String.__ros_hash__, other.__ros_hash__}
    publisher.publish(std_msgs.String(data="x"))
    assert subscriber.recv(0.3) is None
    until(lambda: "/chatter is used with different types" in caplog.text)
    one.create_server("add", AddTwoInts)
    client = two.create_client("add", registry.define("example_interfaces/srv/AddTwoInts", "int8 a\n---\nint8 b"))
    assert two.graph.wait_for(lambda graph: graph.conflicts("/add"), 10)
    with pytest.raises(UnavailableError, match="/add is used with different types"):
        client.call(client.type.Request())


def test_humble_and_jazzy(contexts: Callable[..., ZContext]) -> None:
    def humble(builder: ZContextBuilder) -> object:
        return builder.with_distro("humble")

    one, two = contexts(humble).create_node("one").build(), contexts(humble).create_node("two").build()
    jazzy = contexts().create_node("three").build()
    publisher = one.create_publisher("chatter", std_msgs.String)
    assert publisher.key.endswith("/chatter/std_msgs::msg::dds_::String_/TypeHashNotSupported")
    subscriber = two.create_subscriber("chatter", std_msgs.String)
    deaf = jazzy.create_subscriber("chatter", std_msgs.String)
    assert publisher.wait_for_subscriber()
    one.create_server("add", AddTwoInts, lambda r: AddTwoInts.Response(sum=r.a + r.b))
    client = two.create_client("add", AddTwoInts)
    assert client.wait_for_service()
    assert client.call(AddTwoInts.Request(a=1, b=2)).sum == 3
    publisher.publish(std_msgs.String(data="x"))
    assert subscriber.recv(10) is not None
    assert deaf.recv(0.2) is None
    assert jazzy.graph.wait_for(lambda graph: graph.conflicts("/chatter"), 10)
    assert "one side is Humble" in str(jazzy.graph.conflicts("/chatter")[0])


def test_a_type_that_was_defined_a_moment_ago(nodes: Nodes) -> None:
    text = "std_msgs/Header header\nstring<=20 label\nfloat32[4] box\nwstring note\nDetection[] parts"
    made = thumbox_ros.Registry().define(
        "vision/msg/Detections", f"{text}\n{'=' * 40}\nMSG: vision/Detection\nuint16 kind\nbool sure\n"
    )
    publisher = nodes[0].create_publisher("found", made)
    subscriber = nodes[1].create_subscriber("found", made)
    assert publisher.wait_for_subscriber()
    message = made(label="cat", box=[0.5, 1.0, 2.0, 4.0], note="für später")
    publisher.publish(message)
    got: Any = subscriber.recv(10)
    assert (got.label, list(got.box), got.note, got.parts) == ("cat", [0.5, 1.0, 2.0, 4.0], "für später", [])


def test_a_builder_says_what_is_wrong(tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    wrong: Any
    for act, error, said in (
        (lambda b: b.with_domain_id(233), ValueError, "domain_id is 233; 0 to 232"),
        (lambda b: b.with_domain_id(True), TypeError, "domain_id is a bool"),
        (lambda b: b.with_connect_endpoints("tcp/a:1"), TypeError, "a list of strings"),
        (lambda b: b.with_listen_endpoints(["localhost"]), ValueError, "a listen endpoint is 'localhost'"),
        (lambda b: b.with_namespace("a b"), ValueError, "the namespace is 'a b'"),
        (lambda b: b.with_mode("server"), ValueError, "mode is 'server'"),
        (lambda b: b.with_distro("foxy"), ValueError, "distro is 'foxy'"),
        (lambda b: b.with_remap_rule("x"), ValueError, "the remapping is 'x'"),
        (lambda b: b.with_remap_rule("1x:=y"), ValueError, "the remapping is '1x:=y': the topic name is '1x'"),
        (lambda b: b.with_config_file(tmp_path / "none"), FileNotFoundError, "there is no such file"),
    ):
        wrong = act
        with pytest.raises(error, match=said):
            wrong(ZContextBuilder())
    monkeypatch.setenv("ROS_DOMAIN_ID", "x")
    with pytest.raises(ValueError, match="ROS_DOMAIN_ID is 'x'; 0 to 232"):
        ZContextBuilder().build()


def test_without_a_router_it_says_so_and_finds_it_later(
    caplog: pytest.LogCaptureFixture, start: Callable[..., Any], domain: int
) -> None:
    program = start("router", "--listen", "tcp/127.0.0.1:0")
    endpoint = program.line("routing at ").split()[0]
    program.kill()
    with ZContextBuilder().with_domain_id(domain).with_connect_endpoints([endpoint]).build() as context:
        assert f"no router or peer answers at {endpoint} yet" in caplog.text
        assert not context.is_connected
        start("router", "--listen", endpoint).line("routing at ")
        until(lambda: context.is_connected)


def test_a_router_that_is_started_again_is_found_again(start: Callable[..., Any], domain: int) -> None:
    program = start("router", "--listen", "tcp/127.0.0.1:0")
    endpoint = program.line("routing at ").split()[0]

    def client(builder: ZContextBuilder) -> ZContext:
        return builder.with_domain_id(domain).with_connect_endpoints([endpoint]).with_mode("client").build()

    # Clients hear each other by the router alone.
    with client(ZContextBuilder()) as one, client(ZContextBuilder()) as two:
        publisher = one.create_node("one").build().create_publisher("chatter", std_msgs.String)
        subscriber = two.create_node("two").build().create_subscriber("chatter", std_msgs.String)
        assert publisher.wait_for_subscriber()
        program.kill()
        assert one.graph.wait_for(lambda graph: not graph.subscribers("/chatter"), 20)
        publisher.publish(std_msgs.String(data="nobody hears this"))
        start("router", "--listen", endpoint).line("routing at ")
        assert publisher.wait_for_subscriber(30)
        publisher.publish(std_msgs.String(data="again"))
        assert subscriber.recv(20) == std_msgs.String(data="again")
