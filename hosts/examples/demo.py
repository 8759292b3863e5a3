"""Thumbnails of photos by every build of Thumbox, compared byte for byte.

    python demo.py [--out DIR] [--size WIDTHxHEIGHT] [--format jpeg|png|webp] [--quality N] PHOTO...

Exit status: 0 when every photo got the same bytes from every build, 1 otherwise.
"""

import argparse
import contextlib
import hashlib
import statistics
import sys
import time
from collections import Counter
from pathlib import Path
from typing import NamedTuple

import thumbox

BUILDS = ("native", "wasm")
EXTENSIONS = {"jpeg": "jpg", "png": "png", "webp": "webp"}


class Result(NamedTuple):
    """What one build made of one photo."""

    thumbnail: thumbox.Thumbnail
    milliseconds: float


def main() -> int:
    """Runs the demonstration; returns the exit status."""
    options = parse(sys.argv[1:])
    options.out.mkdir(parents=True, exist_ok=True)
    with contextlib.ExitStack() as stack:
        plugins = {}
        for build in BUILDS:
            start = time.perf_counter()
            plugins[build] = stack.enter_context(thumbox.load(build))
            print(f"{build} build loaded in {1000 * (time.perf_counter() - start):.0f} ms")
        equal = 0
        stems = Counter(photo.stem for photo in options.photos)
        for number, photo in enumerate(options.photos, start=1):
            print(f"\n{photo}")
            name = photo.stem if stems[photo.stem] == 1 else f"{photo.stem}-{number}"
            equal += show(plugins, photo, name, options)
    if len(options.photos) > 1:
        print(f"\n{equal} of {len(options.photos)} photos: equal bytes from every build")
    return 0 if equal == len(options.photos) else 1


def show(plugins: dict[str, thumbox.Plugin], photo: Path, name: str, options: argparse.Namespace) -> bool:
    """Prints one photo's results; False if a build failed or the bytes differ."""
    try:
        image = photo.read_bytes()
    except OSError as error:
        print(f"  FAILED: {error.strerror}")
        return False
    digests = []
    for build, plugin in plugins.items():
        try:
            thumbnail, milliseconds = measure(plugin, image, options)
            path = options.out / f"{name}-{build}.{EXTENSIONS[thumbnail.format]}"
            thumbnail.save(path)
        except (thumbox.PluginError, OSError) as error:
            print(f"  {build:<7} FAILED: {error}")
            continue
        digests.append(hashlib.sha256(thumbnail.data).hexdigest())
        size = f"{thumbnail.width} x {thumbnail.height}"
        print(f"  {build:<7} {size:<11} {len(thumbnail.data):>7,} bytes {milliseconds:>8.1f} ms  {path}")
        print(f"          SHA-256 {digests[-1]}")
    if len(digests) < len(plugins):
        print("  there is no thumbnail from every build")
        return False
    equal = len(set(digests)) == 1
    print("  the bytes are equal" if equal else "  the bytes are NOT equal")
    return equal


def measure(plugin: thumbox.Plugin, image: bytes, options: argparse.Namespace) -> Result:
    """The thumbnail, and the median time of several calls after a first one."""
    width, height = options.size
    times = []
    for _ in range(1 + 5):
        start = time.perf_counter()
        thumbnail = plugin.thumbnail(image, width=width, height=height, format=options.format, quality=options.quality)
        times.append(1000 * (time.perf_counter() - start))
    return Result(thumbnail, statistics.median(times[1:]))


def parse(arguments: list[str]) -> argparse.Namespace:
    """Reads the command line."""
    parser = argparse.ArgumentParser(description="Thumbnails by every build, compared.")
    parser.add_argument("photos", metavar="PHOTO", nargs="+", type=Path)
    parser.add_argument("--out", metavar="DIR", type=Path, default=Path("thumbnails"))
    parser.add_argument("--size", metavar="WIDTHxHEIGHT", type=size, default=(256, 256))
    parser.add_argument("--format", choices=("jpeg", "png", "webp"), default="jpeg")
    parser.add_argument("--quality", type=int, default=85)
    return parser.parse_args(arguments)


def size(text: str) -> tuple[int, int]:
    """Reads a size such as 256x192."""
    width, _, height = text.partition("x")
    return int(width), int(height)


if __name__ == "__main__":
    sys.exit(main())
