"""What a call costs: an echo's latency and copies, a photo in the sandbox and out of it, threads, and loading.

    python call.py [--host python|rust] [--variant native|wasm] [--seconds S] [--photo FILE]

From Python, then from Rust and through the C ABI, where `cargo xtask bench call` has built a program for that.

Prints measurements and targets, and whether they are met; never fails because of a time.
"""

from __future__ import annotations

import argparse
import os
import platform
import random
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import thumbox

if TYPE_CHECKING:
    from collections.abc import Callable

SIZES = {"16 B": 16, "100 KB": 100_000, "1 MB": 1_000_000, "10 MB": 10_000_000}
WAYS: dict[str, tuple[str, dict[str, Any], bool]] = {
    "native": ("native", {}, False),
    "pooled": ("wasm", {"isolation": "pool"}, False),
    "isolated": ("wasm", {"isolation": "call"}, False),
    "borrowed": ("wasm", {"isolation": "pool"}, True),
}
"""How a call is made: the variant, its options, and whether the reply is borrowed."""

TARGETS = {("pooled", "16 B"): 6e-6, ("isolated", "16 B"): 60e-6, ("borrowed", "10 MB"): 1e-3, ("native", "16 B"): 4e-6}
"""Seconds, of the quickest call: the others share the machine with whatever else runs."""

SANDBOX_TO_NATIVE = 1.25
TWO_THREADS_TO_ONE = 1.85
WARM_LOAD = 15e-3

COPIES = """Copies of a call's bytes, by who makes them (request in / reply out):
  wasm    1 / 1   the host copies each part into the sandbox, and the reply out of it
          1 / 0   where the reply is borrowed
  native  0 / 0   the plugin reads the caller's buffers, and the reply is a view of the plugin's own buffer;
          0 / 1   up to {small} KiB, where copying a reply costs less than a view that frees it
  Natively an echo makes one more inside the core, which writes a reply of its own."""


def main() -> None:
    """Measures and prints."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--host", choices=("python", "rust"), help="only this one")
    parser.add_argument("--variant", choices=("native", "wasm"), help="echoes of only this one")
    parser.add_argument("--seconds", type=float, default=2.0, metavar="S", help="for each line (default: 2)")
    parser.add_argument("--photo", type=Path, metavar="FILE", help="your own (default: one of 12 megapixels is made)")
    options = parser.parse_args()
    image = options.photo.read_bytes() if options.photo else photo()
    if options.host != "rust":
        print(f"Python {platform.python_version()}, {platform.machine()}\n")
        echoes(options.variant, options.seconds)
        photos(image, options.seconds)
        loads()
    if options.host != "python":
        from_rust(image, options.seconds)


def echoes(variant: str | None, seconds: float) -> None:
    """The latency of an echo, of several sizes, in each way."""
    print("Echo through call_raw, request and reply alike")
    print(f"{'way':10}{'size':>8}{'minimum':>13}{'median':>13}{'IQR':>13}{'calls':>9}   target")
    for way, (loaded, how, borrow) in WAYS.items():
        if variant not in (None, loaded):
            continue
        with thumbox.load(loaded, **how) as plugin:
            for name, size in SIZES.items():
                text = row(partial(plugin.call_raw, borrow=borrow), size, TARGETS.get((way, name)), seconds)
                print(f"{way:10}{name:>8}" + text, flush=True)
    from thumbox._native import COPY_UP_TO  # noqa: PLC0415 -- of no use to who measures wasm alone

    print("\n" + COPIES.format(small=COPY_UP_TO >> 10))


def row(call_raw: Callable[..., memoryview], size: int, target: float | None, seconds: float) -> str:
    """One line of the table."""
    # Not zeros: the system may keep them in one page, and reading them would cost nothing.
    request = random.Random(size).randbytes(size)  # noqa: S311 -- any bytes will do
    if call_raw(thumbox.MSG_ECHO, request) != request:
        raise SystemExit("an echo is not what was asked")
    times, calls = measure(lambda: call_raw(thumbox.MSG_ECHO, request), seconds)
    low, median, high = statistics.quantiles(times, n=4)
    met = "" if target is None else verdict(min(times) <= target, f"<= {shown(target)}")
    return f"{shown(min(times)):>13}{shown(median):>13}{shown(high - low):>13}{calls:>9}   {met}"


def measure(call: Callable[[], object], seconds: float) -> tuple[list[float], int]:
    """Times of single calls, each the mean of a short batch, so that the clock's own cost does not count."""
    start = time.perf_counter()
    call()
    batch = max(1, min(200, int(2e-4 / (time.perf_counter() - start))))
    for _ in range(3 * batch):
        call()
    times: list[float] = []
    end = time.perf_counter() + seconds
    while (start := time.perf_counter()) < end or len(times) < 20:
        for _ in range(batch):
            call()
        times.append((time.perf_counter() - start) / batch)
    return times, len(times) * batch


def photo() -> bytes:
    """A photograph of 12 megapixels, made larger from one that scikit-image carries."""
    import skimage  # noqa: PLC0415 -- only for who brings no photo

    small = (Path(skimage.__file__).parent / "data" / "rocket.jpg").read_bytes()
    with thumbox.load("native") as plugin:
        return bytes(plugin.thumbnail(small, 4000, 3000, fit="stretch", enlarge=True, quality=90).data)


def photos(image: bytes, seconds: float) -> None:
    """A photo's thumbnail in each way, in turn, so that what else runs meets all of them; then in two threads."""
    plugins = {way: thumbox.load(variant, **how) for way, (variant, how, borrow) in WAYS.items() if not borrow}
    info = plugins["native"].probe(image)
    print(f"\nThumbnail of 256 x 256 from {info.width} x {info.height} {info.format}, {len(image)} bytes")
    times: dict[str, list[float]] = {way: [] for way in plugins}
    end = time.perf_counter() + 3 * seconds
    while time.perf_counter() < end or len(times["native"]) < 10:
        for way, plugin in plugins.items():
            start = time.perf_counter()
            plugin.thumbnail(image, 256, 256)
            times[way].append(time.perf_counter() - start)
    print(f"{'way':10}{'minimum':>13}{'median':>13}{'of native':>11}   target")
    for way, taken in times.items():
        ratio = statistics.median(taken) / statistics.median(times["native"])
        met = "" if way == "native" else verdict(ratio <= SANDBOX_TO_NATIVE, f"<= {SANDBOX_TO_NATIVE} x")
        print(f"{way:10}{shown(min(taken)):>13}{shown(statistics.median(taken)):>13}{ratio:>9.2f} x   {met}")
    print(f"\n{'way':10}{'one thread':>13}{'two threads':>13}{'ratio':>11}   target")
    for way, plugin in plugins.items():
        work = partial(plugin.thumbnail, image, 256, 256)
        pairs = [(rate(work, 1, seconds / 4), rate(work, 2, seconds / 4)) for _ in range(5)]
        one, two = (statistics.median(rates) for rates in zip(*pairs, strict=True))
        met = verdict(two / one >= TWO_THREADS_TO_ONE, f">= {TWO_THREADS_TO_ONE} x")
        print(f"{way:10}{one:>11.1f}/s{two:>11.1f}/s{two / one:>9.2f} x   {met}", flush=True)
        plugin.close()


def rate(work: Callable[[], object], count: int, seconds: float) -> float:
    """Calls a second of so many threads."""
    done = [0] * count
    end = time.perf_counter() + seconds

    def run(number: int) -> None:
        while time.perf_counter() < end:
            work()
            done[number] += 1

    threads = [threading.Thread(target=run, args=(number,)) for number in range(count)]
    start = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sum(done) / (time.perf_counter() - start)


LOAD = """
import time, thumbox
start = time.perf_counter()
import thumbox.sandbox.wasm
middle = time.perf_counter()
thumbox.load("wasm").close()
print(middle - start, time.perf_counter() - middle)
"""


def loads() -> None:
    """How long a new process takes to load the sandbox that an earlier one has compiled."""
    found = []
    for _ in range(11):
        result = subprocess.run([sys.executable, "-c", LOAD], capture_output=True, text=True, check=True)  # noqa: S603
        found.append([float(number) for number in result.stdout.split()])
    imports, taken = (min(times) for times in zip(*found, strict=True))
    print(f"\nload('wasm') in a new process, compiled before: {shown(taken)}   ", end="")
    print(verdict(taken <= WARM_LOAD, f"<= {shown(WARM_LOAD)}"), f"  and once {shown(imports)} to import wasmtime")


def from_rust(image: bytes, seconds: float) -> None:
    """The same from Rust: the native library, the sandbox library through the same C ABI, and the component."""
    program, artifacts = os.environ.get("THUMBOX_BENCH"), os.environ.get("THUMBOX_ARTIFACTS")
    if not program or not artifacts:
        print("\nNothing is measured from Rust: `cargo xtask bench call` builds what that needs")
        return
    print("\nFrom Rust\n", flush=True)
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "photo"
        file.write_bytes(image)
        command = [program, "--artifacts", artifacts, "--photo", str(file), "--seconds", str(seconds)]
        subprocess.run(command, check=True)  # noqa: S603 -- the program that was just built
        print("\nThrough the C ABI\n", flush=True)
        subprocess.run([*command, "--library"], check=True)  # noqa: S603 -- as above


def verdict(met: bool, target: str) -> str:
    """Whether a target is met."""
    return f"{target}: {'met' if met else 'MISSED'}"


def shown(seconds: float) -> str:
    """A time as people write it."""
    return f"{seconds * 1e6:.2f} us" if seconds < 1e-3 else f"{seconds * 1e3:.2f} ms"


if __name__ == "__main__":
    main()
