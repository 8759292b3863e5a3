"""What a call costs: the latency of an echo, and the copies that it makes.

    python call.py [--variant native|wasm] [--seconds S]

Prints measurements and targets, and whether they are met; never fails because of a time.
"""

from __future__ import annotations

import argparse
import platform
import random
import statistics
import time
from typing import TYPE_CHECKING

import thumbox

if TYPE_CHECKING:
    from collections.abc import Callable

SIZES = {"16 B": 16, "100 KB": 100_000, "1 MB": 1_000_000, "10 MB": 10_000_000}
TARGETS = {("wasm", "16 B"): 8e-6, ("wasm", "10 MB"): 1e-3, ("native", "16 B"): 4e-6}
"""Seconds, of the quickest call: the others share the machine with whatever else runs."""

COPIES = """Copies of a call's bytes, by who makes them (request in / reply out):
  wasm    1 / 1   the host copies each part into the sandbox, and the reply out of it
  native  0 / 0   the plugin reads the caller's buffers, and the reply is a view of the plugin's own buffer;
          0 / 1   up to {small} KiB, where copying a reply costs less than a view that frees it
  Natively an echo makes one more inside the core, which writes a reply of its own."""


def main() -> None:
    """Measures and prints."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--variant", choices=("native", "wasm"), action="append", help="only this one")
    parser.add_argument("--seconds", type=float, default=2.0, metavar="S", help="for each line (default: 2)")
    options = parser.parse_args()
    variants = options.variant or ["native", "wasm"]
    print(f"Echo through call_raw, Python {platform.python_version()}, {platform.machine()}, request and reply alike\n")
    print(f"{'variant':8}{'size':>8}{'minimum':>13}{'median':>13}{'IQR':>13}{'calls':>9}   target")
    for variant in variants:
        with thumbox.load(variant) as plugin:
            for name, size in SIZES.items():
                print(
                    f"{variant:8}{name:>8}" + row(plugin, size, TARGETS.get((variant, name)), options.seconds),
                    flush=True,
                )
    from thumbox._native import COPY_UP_TO  # noqa: PLC0415 -- of no use to who measures wasm alone

    print("\n" + COPIES.format(small=COPY_UP_TO >> 10))


def row(plugin: thumbox.Plugin, size: int, target: float | None, seconds: float) -> str:
    """One line of the table."""
    # Not zeros: the system may keep them in one page, and reading them would cost nothing.
    request = random.Random(size).randbytes(size)  # noqa: S311 -- any bytes will do
    reply = plugin.call_raw(thumbox.MSG_ECHO, request)
    if reply != request:
        raise SystemExit(f"the {plugin.variant} plugin's echo is not what it was asked")
    del reply
    times, calls = measure(lambda: plugin.call_raw(thumbox.MSG_ECHO, request), seconds)
    low, median, high = statistics.quantiles(times, n=4)
    least = min(times)
    met = "" if target is None else f"<= {shown(target)}: {'met' if least <= target else 'MISSED'}"
    return f"{shown(least):>13}{shown(median):>13}{shown(high - low):>13}{calls:>9}   {met}"


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


def shown(seconds: float) -> str:
    """A time as people write it."""
    return f"{seconds * 1e6:.2f} us" if seconds < 1e-3 else f"{seconds * 1e3:.2f} ms"


if __name__ == "__main__":
    main()
