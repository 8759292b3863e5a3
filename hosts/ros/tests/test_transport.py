"""The extension module: what waits and how much, what is copied, and how a program that uses it ends."""

from __future__ import annotations

import asyncio
import gc
import os
import resource
import signal
import subprocess
import sys
import threading
import time
import weakref
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from conftest import until

from thumbox_ros import CdrError, PayloadView, Registry, ZNode, decode, define, encode, sensor_msgs, std_msgs
from thumbox_ros._native import Get, Publisher, Queryable, Session, Subscriber, ZError
from thumbox_ros.messages.message import outgoing

if TYPE_CHECKING:
    from collections.abc import Iterator

Nodes = tuple[ZNode, ZNode]
SIZE = 1 << 20


@pytest.fixture
def session(nodes: Nodes) -> Session:
    return nodes[0].context.session


def send(session: Session, key: str, size: int, count: int) -> None:
    """Sends so many payloads of a size."""
    publisher = Publisher(session, key, bytes(16), True, 0)
    for number in range(count):
        publisher.put(bytes([number]) * size)


def test_the_newest_are_kept_and_the_others_counted(session: Session, domain: int) -> None:
    key = f"{domain}/kept"
    subscriber = Subscriber(session, key, 2, True, 0)
    send(session, key, 1, 5)
    until(lambda: subscriber.counts()[1] == 5)
    assert subscriber.counts() == (2, 5, 3)
    taken = [subscriber.take(1), subscriber.take(1)]
    assert [one.payload.to_bytes() for one in taken if one is not None] == [b"\3", b"\4"]
    assert subscriber.take(0) is None


def test_bytes_that_wait_have_an_end_too(session: Session, domain: int) -> None:
    key = f"{domain}/bytes"
    subscriber = Subscriber(session, key, 1000, True, 0, most_bytes=100)
    send(session, key, 60, 4)
    until(lambda: subscriber.counts()[1] == 4)
    assert subscriber.counts() == (1, 4, 3)
    # One alone may have any size.
    send(session, key, 500, 1)
    until(lambda: subscriber.counts()[1] == 5)
    found = subscriber.take(1)
    assert found is not None
    assert (len(found.payload), subscriber.counts()) == (500, (0, 5, 4))


def test_requests_beyond_what_may_wait_are_refused(session: Session, domain: int) -> None:
    key = f"{domain}/asked"
    queryable = Queryable(session, key, 1000, full="full", most_bytes=100)
    asked = [Get(session, key, bytes(60), 10.0) for _ in range(2)]
    _, reply = asked[1].wait(10)
    assert reply is not None
    assert reply.err is not None
    assert (reply.err.to_bytes(), queryable.counts()) == (b"full", (2, 1))
    query = queryable.take(1)
    assert query is not None
    query.reply((b"a", b"b"))
    with pytest.raises(RuntimeError, match="the request was answered"):
        query.reply(b"again")
    _, reply = asked[0].wait(10)
    assert reply is not None
    assert reply.ok is not None
    assert reply.ok.to_bytes() == b"ab"


def test_whoever_waits_in_a_loop_is_told_once_and_forgotten(nodes: Nodes) -> None:
    publisher = nodes[0].create_publisher("chatter", std_msgs.String)
    subscriber = nodes[1].create_subscriber("chatter", std_msgs.String)
    assert publisher.wait_for_subscriber()

    async def main() -> Any:
        for _ in range(20):
            with pytest.raises(asyncio.TimeoutError):
                await asyncio.wait_for(anext(aiter(subscriber)), 0.001)
        waiting = asyncio.ensure_future(anext(aiter(subscriber)))
        await asyncio.sleep(0.01)
        publisher.publish(std_msgs.String(data="x"))
        return await asyncio.wait_for(waiting, 10)

    assert asyncio.run(main()) == std_msgs.String(data="x")
    # A loop that has ended, with one that waits in it.
    loop = asyncio.new_event_loop()
    task: Any = loop.create_task(main())
    loop.run_until_complete(asyncio.sleep(0.001))
    task.cancel()
    loop.run_until_complete(asyncio.sleep(0.001))
    loop.close()
    publisher.publish(std_msgs.String(data="y"))
    assert subscriber.recv(10) == std_msgs.String(data="y")


def address(view: Any) -> int:
    found: int = np.asarray(view).ctypes.data
    return found


def mappings() -> Iterator[tuple[int, int, str]]:
    """Where memory begins and ends, and the file that it is of."""
    with open("/proc/self/maps", encoding="utf-8") as lines:  # noqa: PTH123 -- no file on a disk
        for line in lines:
            where, *_, name = line.split(maxsplit=5)
            start, _, end = where.partition("-")
            yield int(start, 16), int(end, 16), name


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="it reads /proc")
def test_a_field_lies_in_the_memory_that_the_publisher_has_written(nodes: Nodes) -> None:
    publisher = nodes[0].create_publisher("image", sensor_msgs.CompressedImage)
    subscriber = nodes[1].create_subscriber("image", sensor_msgs.CompressedImage)
    assert publisher.wait_for_subscriber()
    image = sensor_msgs.CompressedImage(format="x", data=os.urandom(SIZE))

    def shared() -> Any:
        # Zenoh prepares its shared memory when it is first wanted.
        publisher.publish(image)
        sample = subscriber.recv_sample(20)
        return sample if sample is not None and sample.raw.is_shared else None

    data = until(shared).message.data
    (name,) = [name for start, end, name in mappings() if start <= address(data) < end]
    assert name.startswith("/dev/shm/")
    assert (data, data.copies) == (image.data, 0)


def test_over_tcp_a_field_lies_where_it_arrived_and_a_relay_sends_it_from_there(contexts: Any) -> None:
    there, here = (contexts(lambda builder: builder.with_shm_enabled(False)) for _ in range(2))
    one, two = there.create_node("one").build(), here.create_node("two").build()
    publisher = one.create_publisher("in", sensor_msgs.CompressedImage)
    relay_in = two.create_subscriber("in", sensor_msgs.CompressedImage)
    relay_out = two.create_publisher("out", std_msgs.ByteMultiArray)
    end = one.create_subscriber("out", std_msgs.ByteMultiArray)
    assert publisher.wait_for_subscriber()
    assert relay_out.wait_for_subscriber()
    for size, copies in ((30_000, 0), (SIZE, 1)):
        image = sensor_msgs.CompressedImage(data=os.urandom(size))
        publisher.publish(image)
        sample = relay_in.recv_sample(20)
        assert sample is not None
        data = sample.message.data
        whole, _ = sample.raw.view()
        assert 0 < address(data) - address(np.frombuffer(whole, np.uint8)) < 64
        assert data.copies == copies
        message = std_msgs.ByteMultiArray(data=data)
        faults = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
        payload = outgoing(message)
        assert resource.getrusage(resource.RUSAGE_SELF).ru_minflt - faults < 8
        assert data.copies == copies
        relay_out.publish(message)
        assert data.copies == copies
        found = end.recv(20)
        assert found is not None
        assert found.data == image.data
        assert len(payload) == len(encode(message))  # type: ignore[arg-type]
        assert data.copies == copies + 1


def test_what_the_caller_may_change_is_copied_and_what_it_may_not_is_not() -> None:
    for data, faults in ((bytes(SIZE), 8), (PayloadView.of(bytes(SIZE))[5:], 8), (bytearray(SIZE), None)):
        before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
        payload: Any = outgoing(sensor_msgs.CompressedImage(data=data))
        taken = resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before
        assert faults is None or taken < faults
        written = payload.to_bytes()
        if isinstance(data, bytearray):
            data[0] = 1
        assert decode(sensor_msgs.CompressedImage, written).data == bytes(len(data))
        # It is kept for as long as Zenoh may need it.
        del data
        assert payload.to_bytes() == written


def test_lists_that_lie_end_soon() -> None:
    kind = define("t/msg/Lists", "string[] a\nstd_msgs/Header[<=3] b")
    whole = encode(kind(a=["x"], b=[std_msgs.Header()]))
    assert decode(kind, whole) == kind(a=["x"], b=[std_msgs.Header()])
    for lie in (b"\xff\xff\xff\xff", b"\0\0\0\x10"):
        with pytest.raises(CdrError, match=r"elements need at least|bytes are needed"):
            decode(kind, whole[:4] + lie + whole[8:])


def test_a_view_that_is_not_in_one_piece_is_copied(nodes: Nodes) -> None:
    publisher = nodes[0].create_publisher("raw", std_msgs.String)
    subscriber = nodes[1].create_subscriber("raw", std_msgs.String)
    assert publisher.wait_for_subscriber()
    data = bytes(range(256)) * 64
    for view in (PayloadView.of(data)[::2], PayloadView.of(data).reshape(64, 256).T):
        publisher.publish_raw(view)
        found = subscriber.recv_raw_view(10)
        assert found is not None
        assert bytes(found) == view.tobytes()


def test_classes_that_nobody_has_are_forgotten() -> None:
    kind = Registry().define("t/msg/Gone", "std_msgs/Header[] a\nstring b")
    assert kind.__ros_compiled_codec__ is not None
    seen = weakref.ref(kind)
    del kind
    gc.collect()
    assert seen() is None


def test_what_waits_of_a_negative_time_is_refused(nodes: Nodes) -> None:
    subscriber = nodes[0].create_subscriber("raw", std_msgs.String)
    with pytest.raises(ValueError, match="timeout is -1; 0 seconds or more, or None, is allowed"):
        subscriber.recv(-1)
    publisher = nodes[0].create_publisher("raw", std_msgs.String)
    publisher.publish(std_msgs.String(data="x"))
    publisher.close()
    assert publisher.published == 1


def program(code: str, router: str) -> subprocess.Popen[str]:
    head = (
        "import atexit, os, sys, threading, time, thumbox_ros\n"
        "atexit.register(lambda: 'callbacks' in globals() and print(callbacks._thread.is_alive()))\n"
        f"context = thumbox_ros.ZContextBuilder().with_connect_endpoints([{router!r}]).build()\n"
        "node = context.create_node('n').build()\n"
        "subscriber = node.create_subscriber('never', thumbox_ros.std_msgs.String)\n"
    )
    command = [sys.executable, "-c", head + code]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


@pytest.mark.skipif(sys.platform == "win32", reason="signals of POSIX")
@pytest.mark.parametrize("wait", ["subscriber.recv()", "subscriber.recv(60)", "next(iter(subscriber))"])
def test_ctrl_c_ends_a_wait(router: str, wait: str) -> None:
    # A shell starts what runs in the background with SIGINT ignored, and that is inherited.
    handled = "import signal\nsignal.signal(signal.SIGINT, signal.default_int_handler)\n"
    running = program(f"{handled}print('ready', flush=True)\n{wait}\n", router)
    assert running.stdout is not None
    assert running.stdout.readline() == "ready\n"
    time.sleep(0.2)
    start = time.monotonic()
    running.send_signal(signal.SIGINT)
    try:
        _, errors = running.communicate(timeout=30)
    finally:
        running.kill()
    assert "KeyboardInterrupt" in errors
    assert time.monotonic() - start < 5


def test_a_program_ends_with_sessions_open_and_threads_waiting(router: str) -> None:
    code = (
        "wait = lambda: subscriber.recv()\n"
        "from thumbox_ros.graph import callbacks\n"
        "threads = [threading.Thread(target=wait, daemon=True) for _ in range(3)]\n"
        "[thread.start() for thread in threads]\n"
        "called = node.create_subscriber('called', thumbox_ros.std_msgs.String, callback=print)\n"
        "server = node.create_server('s', thumbox_ros.example_interfaces.AddTwoInts, lambda request: None)\n"
        "node.create_publisher('big', thumbox_ros.std_msgs.String).publish(thumbox_ros.std_msgs.String('x' * 9999))\n"
        "print('end')\n"
    )
    for _ in range(3):
        running = program(code, router)
        output, errors = running.communicate(timeout=60)
        # The thread of callbacks has ended by itself.
        assert (running.returncode, output, errors) == (0, "end\nFalse\n", "")


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork")
def test_a_forked_child_is_refused_and_ends(router: str) -> None:
    code = (
        "publisher = node.create_publisher('x', thumbox_ros.std_msgs.String)\n"
        "def tried(what):\n"
        "    try: what()\n"
        "    except RuntimeError as error: print(str(error)[:30], flush=True)\n"
        "child = os.fork()\n"
        "if not child:\n"
        "    tried(lambda: publisher.publish(thumbox_ros.std_msgs.String('x')))\n"
        "    tried(lambda: subscriber.recv(1))\n"
        "    tried(lambda: thumbox_ros.ZContextBuilder().build())\n"
        "    sys.exit(3)\n"
        "print(os.waitpid(child, 0)[1] >> 8)\n"
        "publisher.publish(thumbox_ros.std_msgs.String('x'))\n"
    )
    running = program(code, router)
    output, errors = running.communicate(timeout=60)
    assert (running.returncode, errors) == (0, "")
    assert output.splitlines() == ["this process was forked from o"] * 3 + ["3"]


def test_what_is_closed_says_so(session: Session, domain: int) -> None:
    subscriber = Subscriber(session, f"{domain}/x", 1, True, 0)
    waiting = threading.Thread(target=subscriber.take, args=(None,))
    waiting.start()
    subscriber.undeclare()
    subscriber.undeclare()
    waiting.join(10)
    assert not waiting.is_alive()
    with pytest.raises(ValueError, match="timeout is NaN"):
        subscriber.take(float("nan"))
    with pytest.raises(ZError):
        Subscriber(session, "//", 1, True, 0)
