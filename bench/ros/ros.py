"""What the graph costs: round trips and throughput beside plain eclipse-zenoh and zenoh_ros2_sdk, and thumbnails on it.

All on this machine, with a router in a process of its own. The implementations take turns within each measurement, so
that what else runs meets all of them alike. Plain eclipse-zenoh reads each payload (`to_bytes`) and sends bytes, with
an attachment like ours and without; the others read and write sensor_msgs/CompressedImage, but for our raw calls, which
do as plain eclipse-zenoh does.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import math
import platform
import random
import statistics
import time
from functools import partial
from importlib.metadata import version
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING, Any

import thumbox
from _echo import (
    DEPTH,
    INTERFACES,
    MORE,
    TYPE,
    PlainPublisher,
    context,
    plain_session,
    plain_subscriber,
    sdk_address,
)
from _programs import program, ready
from _threads import threads

from thumbox_ros import sensor_msgs, thumbox_interfaces

if TYPE_CHECKING:
    from collections.abc import Callable

SIZES = {"1 KB": 1 << 10, "64 KB": 64 << 10, "1 MB": 1 << 20, "10 MB": 10 << 20}
KINDS = {
    "ours": "thumbox-ros",
    "raw": "its raw calls",
    "attached": "eclipse-zenoh with attachment",
    "plain": "without",
    "sdk": "zenoh_ros2_sdk",
}
WINDOW = 16
LARGE = 64 << 10
MOST_OF_SMALL, MOST_OF_LARGE = 1.15, 1.05
"""How many times as long as eclipse-zenoh with the same attachment: below 64 KB, and from there on."""
LEAST_OF_TWO_WORKERS = 1.5
HERE = Path(__file__).parent

Send = "Callable[[bytes, str], None]"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=2.0, metavar="S", help="for each number (default: 2)")
    parser.add_argument("--sizes", default=",".join(SIZES), help=f"some of: {','.join(SIZES)}")
    parser.add_argument("--only", choices=("wire", "node", "threads", "service"), help="one part alone")
    parser.add_argument("--photo", type=Path, metavar="FILE", help="your own (default: one of 12 megapixels is made)")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the numbers, too")
    options = parser.parse_args()
    print(f"Python {platform.python_version()}, {platform.machine()}, eclipse-zenoh {version('eclipse-zenoh')}\n")
    found: list[dict[str, Any]] = []
    with program("-m", "thumbox_ros", "router", "--listen", "tcp/127.0.0.1:0") as router:
        endpoint = ready(router, "routing at ").split()[0]
        if options.only in (None, "wire"):
            sizes = {name: SIZES[name] for name in options.sizes.split(",")}
            for transport in ("tcp", "shm"):
                found += wire(endpoint, transport, sizes, options.seconds)
        photo = options.photo.read_bytes() if options.photo else made_photo()
        if options.only in (None, "node"):
            found += node(endpoint, photo, options.seconds)
        if options.only in (None, "threads"):
            found += threads(endpoint, photo, options.seconds)
        if options.only in (None, "service"):
            found += service(endpoint, photo, options.seconds)
    if options.json:
        options.json.write_text(json.dumps(found, indent=1))


class LostError(Exception):
    """A message that did not come back."""


class Ours:
    """Our side of the ping-pong."""

    def __init__(self, endpoint: str, name: str, *, shm: bool) -> None:
        self.context = context(endpoint, shm=shm)
        node = self.context.create_node(f"bench_{name}").build()
        self.publisher = node.create_publisher(f"/{name}/there", sensor_msgs.CompressedImage, DEPTH)
        self.subscriber = node.create_subscriber(f"/{name}/back", sensor_msgs.CompressedImage, DEPTH)
        self.publisher.wait_for_subscriber()

    def send(self, data: bytes, mark: str) -> None:
        self.publisher.publish(sensor_msgs.CompressedImage(format=mark, data=data))

    def receive(self) -> int:
        message = self.subscriber.recv(30)
        return len(message.data) if message is not None else -1

    def close(self) -> None:
        self.context.close()


class Raw(Ours):
    """Our side where it neither writes nor reads messages, but passes bytes on."""

    def __init__(self, endpoint: str, name: str, *, shm: bool) -> None:
        super().__init__(endpoint, name, shm=shm)
        self.marked: dict[tuple[int, str], bytes] = {}

    def send(self, data: bytes, mark: str) -> None:
        self.publisher.publish_raw(marked(self.marked, data, mark))

    def receive(self) -> int:
        view = self.subscriber.recv_raw_view(30)
        return len(view) if view is not None else -1


def marked(known: dict[tuple[int, str], bytes], data: bytes, mark: str) -> bytes:
    """The bytes with a first one that says whether they are to come back."""
    key = (len(data), mark)
    if key not in known:
        known[key] = bytes([mark == MORE]) + data[1:]
    return known[key]


class Plain:
    """The same by eclipse-zenoh alone."""

    is_attached = False

    def __init__(self, endpoint: str, name: str, *, shm: bool) -> None:
        self.session = plain_session(endpoint, shm=shm)
        self.publisher = PlainPublisher(self.session, f"{name}/there", is_attached=self.is_attached)
        self.subscriber = plain_subscriber(self.session, f"{name}/back")
        self.marked: dict[tuple[int, str], bytes] = {}
        status: Any = self.publisher.publisher
        while not status.matching_status.matching:
            time.sleep(0.01)

    def send(self, data: bytes, mark: str) -> None:
        self.publisher.put(marked(self.marked, data, mark))

    def receive(self) -> int:
        return len(self.subscriber.recv().payload.to_bytes())

    def close(self) -> None:
        self.session.close()


class Attached(Plain):
    """The same, with the attachment that we send."""

    is_attached = True


class Sdk:
    """The same by zenoh_ros2_sdk."""

    def __init__(self, endpoint: str, name: str, *, shm: bool) -> None:
        import numpy as np
        from zenoh_ros2_sdk import ROS2Publisher, ROS2Subscriber, message_registry
        from zenoh_ros2_sdk.session import ZenohSession

        where = sdk_address(endpoint, shm=shm)
        self.session = ZenohSession.get_instance(where["router_ip"], where["router_port"])
        # What it knows belongs to a session, and the one before this has ended.
        message_registry._registry = None
        message_registry.get_registry().messages_dir = INTERFACES
        self.array: Callable[[bytes], Any] = lambda data: np.frombuffer(data, np.uint8)
        self.replies: SimpleQueue[Any] = SimpleQueue()
        self.publisher = ROS2Publisher(f"/{name}/there", TYPE, **where)
        ROS2Subscriber(f"/{name}/back", TYPE, self.replies.put, **where)
        types = self.session.store.types
        stamp = types["builtin_interfaces/msg/Time"](sec=0, nanosec=0)
        self.header = types["std_msgs/msg/Header"](stamp=stamp, frame_id="")
        time.sleep(1.0)

    def send(self, data: bytes, mark: str) -> None:
        self.publisher.publish(header=self.header, format=mark, data=self.array(data))

    def receive(self) -> int:
        # It drops what it cannot send at once.
        try:
            return len(self.replies.get(timeout=2).data)
        except Empty:
            raise LostError from None

    def close(self) -> None:
        self.session.close()


SIDES: dict[str, Any] = {"ours": Ours, "raw": Raw, "attached": Attached, "plain": Plain, "sdk": Sdk}


def wire(endpoint: str, transport: str, sizes: dict[str, int], seconds: float) -> list[dict[str, Any]]:
    """Round trips and throughput of each implementation, in turn."""
    found = []
    with contextlib.ExitStack() as stack:
        sides = {}
        for kind in KINDS:
            name = f"{kind}_{transport}"
            ready(stack.enter_context(program(str(HERE / "_echo.py"), kind, endpoint, name, transport)))
            sides[kind] = SIDES[kind](endpoint, name, shm=transport == "shm")
            stack.callback(sides[kind].close)
        for what, measure, unit in (("round trip", round_trip, "ms"), ("throughput", throughput, "MB/s")):
            print(f"{what}, {transport}, {unit}: median (interquartile range); ratio to eclipse-zenoh with attachment")
            for label, size in sizes.items():
                numbers = in_turn(sides, partial(measure, size=size), seconds)
                found.append(shown(what, transport, label, size, numbers))
            print()
    return found


def in_turn(sides: dict[str, Any], measure: Callable[[Any], float], seconds: float) -> dict[str, list[float]]:
    """Numbers of each, a short batch of each at a time."""
    for side in sides.values():
        for _ in range(3):
            with contextlib.suppress(LostError):
                measure(side)
    numbers: dict[str, list[float]] = {kind: [] for kind in sides}
    end = time.perf_counter() + seconds * len(sides)
    while time.perf_counter() < end or len(numbers["ours"]) < 10:
        for kind, side in sides.items():
            for _ in range(5):
                with contextlib.suppress(LostError):
                    numbers[kind].append(measure(side))
    return numbers


def payload(size: int) -> bytes:
    """Not zeros, which the system may keep in one page. The first byte says what plain eclipse-zenoh is to do."""
    if size not in _payloads:
        _payloads[size] = b"\0" + random.Random(size).randbytes(size - 1)
    return _payloads[size]


_payloads: dict[int, bytes] = {}


def round_trip(side: Any, size: int) -> float:
    """Milliseconds."""
    data = payload(size)
    start = time.perf_counter()
    side.send(data, "last")
    if side.receive() != size:
        raise SystemExit("an echo is not what was sent")
    return 1e3 * (time.perf_counter() - start)


def throughput(side: Any, size: int) -> float:
    """MB a second: a window of messages, and the time until the last one is back."""
    data = payload(size)
    start = time.perf_counter()
    for _ in range(WINDOW - 1):
        side.send(data, MORE)
    side.send(data, "last")
    side.receive()
    return WINDOW * size / 1e6 / (time.perf_counter() - start)


def shown(what: str, transport: str, label: str, size: int, numbers: dict[str, list[float]]) -> dict[str, Any]:
    """A line of the table, and the same as data."""
    medians = {kind: statistics.median(values or [math.nan]) for kind, values in numbers.items()}
    cells = []
    for kind, values in numbers.items():
        low, _, high = statistics.quantiles(values, n=4) if len(values) > 1 else (0.0, 0.0, 0.0)
        ratio = medians[kind] / medians["attached"]
        cells.append(f"{KINDS[kind]} {medians[kind]:9.3f} ({high - low:7.3f}) {ratio:5.2f}x")
    # How many times as long, for both measurements.
    costs = {
        kind: medians[kind] / medians["attached"] if what == "round trip" else medians["attached"] / medians[kind]
        for kind in ("ours", "raw")
    }
    most = MOST_OF_LARGE if size >= LARGE else MOST_OF_SMALL
    words = (f"{KINDS[kind]} {'met' if cost <= most else 'MISSED'}" for kind, cost in costs.items())
    verdict = f"  within {most}x: {', '.join(words)}"
    print(f"{label:>6}  " + "   ".join(cells) + verdict, flush=True)
    return {"what": what, "transport": transport, "size": size, "medians": medians, "costs": costs}


def made_photo() -> bytes:
    """A photograph of 12 megapixels, made larger from one that scikit-image carries."""
    import skimage

    small = (Path(skimage.__file__).parent / "data" / "rocket.jpg").read_bytes()
    with thumbox.load("native") as plugin:
        return bytes(plugin.thumbnail(small, 4000, 3000, fit="stretch", enlarge=True, quality=90).data)


def node(endpoint: str, photo: bytes, seconds: float) -> list[dict[str, Any]]:
    """From a published photo to its thumbnail, by `thumbox-ros node`, and what of it is the thumbnail."""
    found = []
    info = thumbox.load("native").probe(photo)
    print(f"from a photo ({info.width} x {info.height}, {len(photo) / 1e6:.1f} MB) to its thumbnail of 320 x 0, ms")
    for variant in ("native", "wasm"):
        arguments = ("node", "--connect", endpoint, "--domain", "1", "--in", f"/{variant}/photo", "--out")
        more = (f"/{variant}/small", "--variant", variant, "--isolation", "pool", "--metrics", "0")
        with program("-m", "thumbox_ros", *arguments, *more) as running, context(endpoint, shm=True) as opened:
            ready(running, "ready:")
            # The bench is in domain 0, the node in 1: that they hear each other is not left to chance.
            del opened
            from thumbox_ros import ZContextBuilder

            with ZContextBuilder().with_domain_id(1).with_connect_endpoints([endpoint]).build() as ours:
                bench = ours.create_node("bench").build()
                camera = bench.create_publisher(f"/{variant}/photo", sensor_msgs.CompressedImage)
                viewer = bench.create_subscriber(f"/{variant}/small", sensor_msgs.CompressedImage)
                camera.wait_for_subscriber()
                time.sleep(0.5)
                times: list[float] = []
                end = time.perf_counter() + seconds
                while time.perf_counter() < end or len(times) < 10:
                    start = time.perf_counter()
                    camera.publish(sensor_msgs.CompressedImage(data=photo))
                    if viewer.recv(30) is None:
                        raise SystemExit("no thumbnail came")
                    times.append(1e3 * (time.perf_counter() - start))
        options: thumbox.LoadOptions = {"isolation": "pool"} if variant == "wasm" else {}
        with thumbox.load(variant, **options) as plugin:
            alone = []
            for _ in range(10):
                start = time.perf_counter()
                plugin.thumbnail(photo, 320, 0)
                alone.append(1e3 * (time.perf_counter() - start))
        whole, inner = statistics.median(times), statistics.median(alone)
        print(f"{variant:>8}  {whole:8.2f}   the thumbnail alone {inner:8.2f}   the way {whole - inner:6.2f}")
        found.append({"what": "photo to thumbnail", "variant": variant, "median": whole, "alone": inner})
    print()
    return found


def service(endpoint: str, photo: bytes, seconds: float) -> list[dict[str, Any]]:
    """Thumbnails a second of a dispatcher with one worker and of one with two, in turn."""
    from thumbox_ros import ZContextBuilder

    request = thumbox_interfaces.Thumbnail.Request(image=photo, width=320)
    print(f"the thumbnail service, requests of {len(photo) / 1e6:.1f} MB, thumbnails a second")
    connection = ("--connect", endpoint, "--domain", "2", "--metrics", "0")
    rates: dict[int, list[float]] = {1: [], 2: []}
    with contextlib.ExitStack() as stack:
        clients = {}
        opened = stack.enter_context(ZContextBuilder().with_domain_id(2).with_connect_endpoints([endpoint]).build())
        bench = opened.create_node("bench").build()
        for workers in rates:
            name = ("--service", f"/thumbnail{workers}")
            ready(stack.enter_context(program("-m", "thumbox_ros", "dispatch", *name, *connection)), "ready:")
            for _ in range(workers):
                more = ("worker", *name, *connection, "--isolation", "pool")
                ready(stack.enter_context(program("-m", "thumbox_ros", *more)), "ready:")
            clients[workers] = bench.create_client(name[1], thumbox_interfaces.Thumbnail)
            clients[workers].wait_for_service()
        time.sleep(0.5)

        async def rate(workers: int, seconds: float) -> float:
            done = 0
            end = time.perf_counter() + seconds

            async def caller() -> None:
                nonlocal done
                while time.perf_counter() < end:
                    response = await clients[workers].call_async(request, 60)
                    assert response.code == 0, response.message
                    done += 1

            start = time.perf_counter()
            await asyncio.gather(*(caller() for _ in range(2 * workers)))
            return done / (time.perf_counter() - start)

        for workers in rates:
            asyncio.run(rate(workers, 0.5))
        for _ in range(5):
            for workers, measured in rates.items():
                measured.append(asyncio.run(rate(workers, seconds)))
    medians = {workers: statistics.median(measured) for workers, measured in rates.items()}
    ratio = medians[2] / medians[1]
    for workers, median in medians.items():
        spread = max(rates[workers]) - min(rates[workers])
        print(f"{workers} worker{'s' * (workers > 1):1}  {median:8.1f}/s  (range {spread:.1f})")
    met = "met" if ratio >= LEAST_OF_TWO_WORKERS else "MISSED"
    print(f"two to one: {ratio:.2f}x; at least {LEAST_OF_TWO_WORKERS}x: {met}")
    return [{"what": "service", "rates": medians, "ratio": ratio}]


if __name__ == "__main__":
    main()
