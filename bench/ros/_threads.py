"""What a second thread of a node brings: frames per second of processor time, beside one thread and two processes."""

from __future__ import annotations

import contextlib
import os
import statistics
import threading
import time
from pathlib import Path
from typing import Any

from _programs import program, ready

from thumbox_ros import ZContextBuilder, sensor_msgs

__all__ = ["threads"]

LEAST_OF_TWO_THREADS = 0.9
ROUNDS = 3

Setup = list[tuple[tuple[str, ...], int]]
"""The topics and threads of each node."""

SETUPS: dict[str, Setup] = {
    "one thread": [(("a",), 1)],
    "two threads": [(("a", "b"), 2)],
    "two processes": [(("a",), 1), (("b",), 1)],
}


def threads(endpoint: str, photo: bytes, seconds: float) -> list[dict[str, Any]]:
    """Frames a second, and per second of processor time, of `thumbox-ros node` with one thread and with two."""
    if not Path("/proc/self/stat").exists():
        print("not measured: threads of a node: this system does not say in /proc what processor time they took\n")
        return []
    print("photos to thumbnails of 320 x 0 by `thumbox-ros node`: frames a second, and per second of processor time")
    found: list[dict[str, Any]] = []
    domain = 10
    for variant in ("native", "wasm"):
        rates: dict[str, list[tuple[float, float]]] = {name: [] for name in SETUPS}
        for _ in range(ROUNDS):
            for name, setup in SETUPS.items():
                # Of its own, so that nothing of the last one is heard.
                domain += 1
                rates[name].append(_rate(endpoint, domain, setup, variant, photo, seconds))
        medians = {name: [statistics.median(kind) for kind in zip(*each, strict=True)] for name, each in rates.items()}
        for name, (of_time, of_processor) in medians.items():
            print(f"{variant:>8}  {name:14}{of_time:8.1f}{of_processor:8.1f}")
        ratio = medians["two threads"][1] / medians["one thread"][1]
        met = "met" if ratio >= LEAST_OF_TWO_THREADS else "MISSED"
        print(f"{variant:>8}  two threads to one: {ratio:.2f}x; at least {LEAST_OF_TWO_THREADS}x: {met}")
        found.append({"what": "threads", "variant": variant, "medians": medians, "ratio": ratio})
    print()
    return found


def _rate(endpoint: str, domain: int, setup: Setup, variant: str, photo: bytes, seconds: float) -> tuple[float, float]:
    with contextlib.ExitStack() as stack:
        running = []
        for topics, count in setup:
            arguments = ["node", "--connect", endpoint, "--domain", str(domain), "--threads", str(count)]
            arguments += ["--variant", variant, "--isolation", "pool", "--metrics", "0", "--out", "{topic}/small"]
            for topic in topics:
                arguments += ["--in", f"/{topic}"]
            running.append(stack.enter_context(program("-m", "thumbox_ros", *arguments)))
            ready(running[-1], "ready:")
        opened = stack.enter_context(
            ZContextBuilder().with_domain_id(domain).with_connect_endpoints([endpoint]).build()
        )
        bench = opened.create_node("bench").build()
        names = [topic for topics, _ in setup for topic in topics]
        cameras = [bench.create_publisher(f"/{name}", sensor_msgs.CompressedImage) for name in names]
        viewers = [bench.create_subscriber(f"/{name}/small", sensor_msgs.CompressedImage) for name in names]
        for camera in cameras:
            camera.wait_for_subscriber()
        time.sleep(0.5)
        frames = [0] * len(names)
        stop = threading.Event()

        def ask(index: int) -> None:
            message = sensor_msgs.CompressedImage(data=photo)
            while not stop.is_set():
                cameras[index].publish(message)
                if viewers[index].recv(30) is None:
                    raise SystemExit("no thumbnail came")
                frames[index] += 1

        askers = [threading.Thread(target=ask, args=(index,)) for index in range(len(names))]
        for asker in askers:
            asker.start()
        time.sleep(min(seconds, 1))
        before, start, spent = sum(frames), time.perf_counter(), sum(map(_processor, running))
        time.sleep(seconds)
        made, passed = sum(frames) - before, time.perf_counter() - start
        spent = sum(map(_processor, running)) - spent
        stop.set()
        for asker in askers:
            asker.join()
    tick = 1 / os.sysconf("SC_CLK_TCK")
    return made / passed, made / max(spent, tick)


def _processor(process: Any) -> float:
    """Seconds of processor time that a process has taken: fields 14 and 15 of proc(5)'s `stat`."""
    fields = Path(f"/proc/{process.pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
