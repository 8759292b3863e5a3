"""How long a thumbnail takes: ours, native and in the sandbox, and the peers', in turn.

    python thumbnails.py [--corpus DIR] [--sizes 100,256,512] [--rounds N] [--json FILE]

A file's bytes in, a JPEG's bytes of quality 85 out, one thread each, warm. Each round asks every library once, so that
what else the machine does falls on all alike. Prints medians in milliseconds with the interquartile range, and how many
times as fast as the quickest peer ours is. Without a corpus it uses scikit-image's photographs.
"""

from __future__ import annotations

import argparse
import io
import json
import os
import statistics
import time
from pathlib import Path
from typing import TYPE_CHECKING

# One thread each: libvips and OpenCV read these when they are loaded.
os.environ["VIPS_CONCURRENCY"] = "1"
os.environ["OMP_NUM_THREADS"] = "1"

import cv2
import numpy as np
import pyvips
import skimage
from PIL import Image

import thumbox

if TYPE_CHECKING:
    from collections.abc import Callable

    Thumbnailer = Callable[[bytes, int], object]

OURS = ("native", "wasm")
ENDINGS = {".jpg", ".jpeg", ".png", ".webp"}
QUALITY = 85


def main() -> None:
    """Measures and prints."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--corpus", type=Path, help="a folder of pictures")
    parser.add_argument("--sizes", default="100,256,512", help="sides of the box (default: 100,256,512)")
    parser.add_argument("--rounds", type=int, default=9, help="calls of each (default: 9)")
    parser.add_argument("--json", type=Path, help="write all times there")
    options = parser.parse_args()
    cv2.setNumThreads(1)
    results = []
    with thumbox.load("native") as native, thumbox.load("wasm") as wasm:
        libraries = {"native": ours(native), "wasm": ours(wasm), "pyvips": vips, "Pillow": pillow, "OpenCV": opencv}
        print(f"{'':44}" + "".join(f"{name:>17}" for name in libraries) + f"{'native':>9}{'wasm':>7}")
        for path in pictures(options.corpus):
            for size in map(int, options.sizes.split(",")):
                times = measure(libraries, path.read_bytes(), size, options.rounds)
                results.append({"file": path.name, "size": size, "seconds": times})
                print(row(f"{path.name[:36]:37}{size:>5}", times), flush=True)
    if options.json:
        options.json.write_text(json.dumps(results, indent=1) + "\n")


def pictures(corpus: Path | None) -> list[Path]:
    """Every picture of the folder."""
    folder = corpus or Path(skimage.__file__).parent / "data"
    return sorted(path for path in folder.rglob("*") if path.suffix.lower() in ENDINGS)


def measure(libraries: dict[str, Thumbnailer], image: bytes, size: int, rounds: int) -> dict[str, list[float]]:
    """Seconds of each call of each library that can read the picture."""
    times: dict[str, list[float]] = {}
    for name, thumbnail in libraries.items():
        try:
            thumbnail(image, size)  # warm, and whether it can
        except (OSError, ValueError, thumbox.PluginError, pyvips.Error, cv2.error):
            continue
        times[name] = []
    for _ in range(rounds):
        for name, spent in times.items():
            start = time.perf_counter()
            libraries[name](image, size)
            spent.append(time.perf_counter() - start)
    return times


def row(start: str, times: dict[str, list[float]]) -> str:
    """One line of the table."""
    cells = []
    for name in ("native", "wasm", "pyvips", "Pillow", "OpenCV"):
        if name not in times:
            cells.append(f"{'cannot':>17}")
            continue
        low, median, high = (1e3 * value for value in statistics.quantiles(times[name], n=4))
        cells.append(f"{median:>10.2f} ±{high - low:<5.2f}")
    peers = [statistics.median(spent) for name, spent in times.items() if name not in OURS]
    ratios = [f"{min(peers) / statistics.median(times[name]):.2f}x" if peers and name in times else "" for name in OURS]
    return f"{start:42}  " + "".join(cells) + f"{ratios[0]:>9}{ratios[1]:>7}"


def ours(plugin: thumbox.Plugin) -> Thumbnailer:
    """A variant of this project."""
    return lambda image, size: plugin.thumbnail(image, size, size, quality=QUALITY)


def vips(image: bytes, size: int) -> object:
    """As its documentation says for buffers."""
    thumbnail = pyvips.Image.thumbnail_buffer(image, size, height=size, size="down")
    return thumbnail.write_to_buffer(f".jpg[Q={QUALITY},strip]")


def pillow(image: bytes, size: int) -> object:
    """`thumbnail` uses the JPEG decoder's own reduction."""
    with Image.open(io.BytesIO(image)) as picture:
        picture.thumbnail((size, size))
        out = io.BytesIO()
        picture.convert("RGB").save(out, "JPEG", quality=QUALITY)
    return out.getvalue()


def opencv(image: bytes, size: int) -> object:
    """Its reduced decoding, as far as the size allows, and averages of areas."""
    with Image.open(io.BytesIO(image)) as header:
        width, height = header.size
    reductions = ((8, cv2.IMREAD_REDUCED_COLOR_8), (4, cv2.IMREAD_REDUCED_COLOR_4), (2, cv2.IMREAD_REDUCED_COLOR_2))
    flag = next((flag for factor, flag in reductions if max(width, height) >= factor * size), cv2.IMREAD_COLOR)
    picture = cv2.imdecode(np.frombuffer(image, np.uint8), flag)
    if picture is None:
        raise ValueError("OpenCV cannot read it")
    height, width = picture.shape[:2]
    scale = min(1.0, size / width, size / height)
    if scale < 1:
        sides = (max(1, round(width * scale)), max(1, round(height * scale)))
        picture = cv2.resize(picture, sides, interpolation=cv2.INTER_AREA)
    return cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, QUALITY])[1]


if __name__ == "__main__":
    main()
