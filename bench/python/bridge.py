"""Beside rustbridge: what a call costs in its Python host and in ours, and a thumbnail in its tutorial's plugin.

    python bridge.py [--seconds S] [--photo FILE]

`cargo xtask bench bridge` builds that plugin (bench/peer-plugin: rustbridge's crates and the crate `image`).

Both take turns. Prints measurements and targets, and whether they are met; never fails because of a time.
"""

from __future__ import annotations

import argparse
import ctypes
import os
import platform
import random
import statistics
import time
from functools import partial
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

import rustbridge
from call import shown, verdict

import thumbox
from thumbox.wire import OutputFormat, create_request, parse_response

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

ECHOES = {"16 B": 16, "1 MiB": 1 << 20}
LESS_OVERHEAD = 100
"""Times, of an echo of 1 MiB."""
FASTER_THUMBNAILS = 4
BOXES = (100, 400)
FEWEST = 5
"""Rounds, however long one takes."""


def main() -> None:
    """Measures and prints."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=5.0, metavar="S", help="for each comparison (default: 5)")
    parser.add_argument("--photo", type=Path, metavar="FILE", help="your own (default: one of 4 MB is made)")
    options = parser.parse_args()
    image = options.photo.read_bytes() if options.photo else photo()
    load = f", load {os.getloadavg()[0]:.1f}" if hasattr(os, "getloadavg") else ""
    print(f"Python {platform.python_version()}, {platform.machine()}, {os.cpu_count()} processors{load}")
    print(f"rustbridge {version('rustbridge')}, thumbox {thumbox.__version__}\n")
    hosts(image, options.seconds)
    plugins(image, options.seconds)


def photo() -> bytes:
    """A photograph of 12 megapixels and some 4 MB: one of scikit-image's, larger, with grain as a camera has."""
    import io  # noqa: PLC0415 -- only for who brings no photo

    import numpy as np  # noqa: PLC0415
    import skimage  # noqa: PLC0415
    from PIL import Image  # noqa: PLC0415

    small = Image.open(Path(skimage.__file__).parent / "data" / "rocket.jpg").convert("RGB")
    pixels = np.asarray(small.resize((4000, 3000), Image.Resampling.LANCZOS), dtype=np.float32)
    grain = np.random.default_rng(1).normal(0, 8, pixels.shape[:2])[..., None]
    noisy = Image.fromarray(np.clip(pixels + grain, 0, 255).astype(np.uint8))
    file = io.BytesIO()
    noisy.save(file, "JPEG", quality=89)
    return file.getvalue()


def library() -> str:
    """The native library of this installation."""
    from thumbox._locate import artifact  # noqa: PLC0415 -- of no use to who only measures plugins

    return artifact("native", None)


def hosts(image: bytes, seconds: float) -> None:
    """The same library called from both Python hosts."""
    print("The same library, called with bytes by thumbox.load('native') and by rustbridge's NativePluginLoader")
    heading("call", "thumbox", "rustbridge")
    with thumbox.load("native") as ours, rustbridge.NativePluginLoader.load(library()) as peer:
        ours_raw, peer_raw = ours.call_raw, peer.call_raw_bytes
        for name, size in ECHOES.items():
            request = random.Random(size).randbytes(size)  # noqa: S311 -- any bytes will do
            if not ours_raw(1, request) == peer_raw(1, request) == request:
                raise SystemExit("an echo is not what was asked")
            calls = {
                "thumbox": partial(ours.call_raw, 1, request),
                "rustbridge": partial(peer.call_raw_bytes, 1, request),
            }
            target = LESS_OVERHEAD if name == "1 MiB" else None
            row(f"echo of {name}", compare(calls, seconds), target)
        request = create_request(256, 256, OutputFormat.JPEG, 85, image)
        if ours_raw(100, request) != peer_raw(100, request):
            raise SystemExit("the thumbnails differ")
        calls = {
            "thumbox": partial(ours.call_raw, 100, request),
            "rustbridge": partial(peer.call_raw_bytes, 100, request),
        }
        row(f"256 x 256 of {len(image) / 1e6:.1f} MB", compare(calls, seconds), None)


def plugins(image: bytes, seconds: float) -> None:
    """Our library and the tutorial's plugin, called by the same few lines of ctypes, which copy nothing."""
    file = os.environ.get("THUMBOX_PEER_PLUGIN")
    if not file:
        print("\nThe tutorial's plugin is not measured: `cargo xtask bench bridge` builds it")
        return
    with thumbox.load("native") as plugin:
        info = plugin.probe(image)
    print(f"\nThumbnails of {info.width} x {info.height} {info.format}, {len(image) / 1e6:.1f} MB, by plugin")
    heading("box, and the peer's way", "thumbox", "tutorial")
    with rustbridge.NativePluginLoader.load(library()) as ours, rustbridge.NativePluginLoader.load(file) as peer:
        for box in BOXES:
            request = create_request(box, box, OutputFormat.JPEG, 85, image)
            for message_id, way in ((100, "Lanczos3, as ours"), (103, "its quickest")):
                calls = {"thumbox": raw(ours, 100, request), "tutorial": raw(peer, message_id, request)}
                sizes = {name: call() for name, call in calls.items()}
                times = compare(calls, seconds)
                row(f"{box} x {box}, {way}", times, FASTER_THUMBNAILS)
                print(f"  made: {', '.join(f'{name} {size}' for name, size in sizes.items())}")


def raw(plugin: Any, message_id: int, request: bytes) -> Callable[[], str]:
    """A call that reads the request where it is, and looks at the reply where it is."""
    symbols, handle = plugin._library, plugin._handle  # noqa: SLF001 -- its public calls copy byte by byte
    place = ctypes.cast(ctypes.c_char_p(request), ctypes.c_void_p)

    def call() -> str:
        reply = symbols.plugin_call_raw(handle, message_id, place, len(request))
        try:
            data = ctypes.string_at(reply.data, reply.len)
        finally:
            symbols.rb_response_free(reply)
        if reply.error_code:
            raise SystemExit(f"error {reply.error_code}: {data.decode()}")
        return parse_response(data).dimensions

    return call


def compare(calls: Mapping[str, Callable[[], object]], seconds: float) -> dict[str, list[float]]:
    """Times of each, in turns, so that what else runs meets both; each the mean of a short batch."""
    batches = {}
    for name, call in calls.items():
        call()
        start = time.perf_counter()
        call()
        batches[name] = max(1, min(500, int(1e-3 / (time.perf_counter() - start))))
    times: dict[str, list[float]] = {name: [] for name in calls}
    end = time.perf_counter() + seconds
    while time.perf_counter() < end or len(min(times.values(), key=len)) < FEWEST:
        for name, call in calls.items():
            start = time.perf_counter()
            for _ in range(batches[name]):
                call()
            times[name].append((time.perf_counter() - start) / batches[name])
    return times


def heading(what: str, ours: str, peer: str) -> None:
    """The table's first line."""
    print(f"{what:30}{ours:>12}{'IQR':>12}{peer:>12}{'IQR':>12}{'rounds':>8}{'ratio':>10}   target")


def row(what: str, times: dict[str, list[float]], target: int | None) -> None:
    """One line: medians, spreads, and how often ours goes into the peer's."""
    columns, medians = "", []
    for taken in times.values():
        low, median, high = statistics.quantiles(taken, n=4)
        columns += f"{shown(median):>12}{shown(high - low):>12}"
        medians.append(median)
    ratio = medians[1] / medians[0]
    met = "" if target is None else verdict(ratio >= target, f">= {target} x")
    print(f"{what:30}{columns}{len(taken):>8}{ratio:>8.1f} x   {met}", flush=True)


if __name__ == "__main__":
    main()
