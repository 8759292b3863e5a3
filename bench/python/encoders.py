"""How many bytes encoders take for pictures that look alike, and how long they take.

    python encoders.py [--corpus DIR] [--sizes 128,256,512] [--qualities 10,20,...] [--json FILE]

Each photograph is reduced by Lanczos3 to boxes of these sides, and every encoder is given the pixels at several
qualities. Between these the logarithm of the bytes is a straight line of the score. So the bytes are known at the same
SSIMULACRA2 (50, 60, 70, 80, 90) and at the same PSNR, and the table has ours divided by a peer's: the median over
photographs and sizes, and the largest. Times are medians of a few turns; ours are of a BMP's way to a thumbnail of its
own size, by the native library and in the sandbox, and Pillow's of `save`.
"""

from __future__ import annotations

import argparse
import io
import itertools
import json
import math
import statistics
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from _pictures import collect
from PIL import Image
from ssimulacra2 import compute_ssimulacra2

import thumbox

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

SCORES = (50.0, 60.0, 70.0, 80.0, 90.0)
LEVELS = (28.0, 32.0, 36.0, 40.0)
"""PSNR in dB."""
QUALITIES = "10,20,30,40,50,60,70,80,85,90,95,98"
TURNS = 3


@dataclass(frozen=True)
class Contest:
    """An encoder of ours beside one that people use. `bar`: what is asked of the median of the bytes."""

    ours: str
    peer: str
    bar: float


CONTESTS = (
    Contest("WebP, effort 4", "libwebp -m 4", 1.03),
    Contest("WebP, effort 6", "libwebp -m 6", 1.0),
    Contest("JPEG, effort 4", "libjpeg-turbo", 0.95),
    Contest("JPEG, effort 6", "libjpeg-turbo", 0.95),
)


@dataclass(frozen=True)
class Point:
    """A file that an encoder made."""

    quality: int
    bytes: int
    score: float
    psnr: float
    seconds: float


def main() -> None:
    """Measures and prints."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--corpus", type=Path, help="a folder of pictures")
    parser.add_argument("--sizes", default="128,256,512", help="sides of the box (default: 128,256,512)")
    parser.add_argument("--qualities", default=QUALITIES, help=f"what encoders are asked for (default: {QUALITIES})")
    parser.add_argument("--json", type=Path, help="also write every file's numbers here")
    options = parser.parse_args()
    qualities = [int(quality) for quality in options.qualities.split(",")]
    sizes = [int(size) for size in options.sizes.split(",")]
    found: dict[str, dict[str, list[Point]]] = {}
    with thumbox.load("native") as native, thumbox.load("wasm") as wasm:
        encoders = dict(_encoders(native, wasm))
        for name, image in pictures(options.corpus, sizes):
            print(f"{name}: {image.width} x {image.height}", flush=True)
            for encoder, points in measured(image, encoders, qualities).items():
                found.setdefault(encoder, {})[name] = points
    print("\n" + "\n".join(table(found)))
    if options.json:
        numbers = {
            encoder: {name: [vars(p) for p in points] for name, points in of.items()} for encoder, of in found.items()
        }
        options.json.write_text(json.dumps(numbers, indent=1), encoding="utf-8")


def pictures(corpus: Path | None, sizes: list[int]) -> Iterator[tuple[str, Image.Image]]:
    """The photographs, reduced."""
    for picture in collect(corpus, derive=False, larger=False):
        try:
            with Image.open(io.BytesIO(picture.data)) as file:
                image = file.convert("RGB")
        except OSError:
            print(f"left out, since it cannot be read whole: {picture.name}")
            continue
        for size in sizes:
            small = image.copy()
            small.thumbnail((size, size), Image.Resampling.LANCZOS)
            yield f"{picture.name} {size}", small


def _encoders(native: thumbox.Plugin, wasm: thumbox.Plugin) -> Iterator[tuple[str, Any]]:
    for form in ("webp", "jpeg"):
        label = {"webp": "WebP", "jpeg": "JPEG"}[form]
        for effort in (0, 4, 6):
            yield f"{label}, effort {effort}", _ours(native, form, effort)
        yield f"{label}, effort 4, sandbox", _ours(wasm, form, 4)
    for method in (4, 6):
        yield f"libwebp -m {method}", _pillow("WEBP", method=method)
    yield "libjpeg-turbo", _pillow("JPEG", optimize=True)


def _ours(plugin: thumbox.Plugin, form: str, effort: int) -> Any:
    def encode(image: Image.Image, quality: int) -> tuple[bytes, float]:
        file = io.BytesIO()
        image.save(file, "BMP")
        data = file.getvalue()
        start = time.perf_counter()
        made = plugin.thumbnail(data, *image.size, format=form, quality=quality, effort=effort)
        return bytes(made.data), time.perf_counter() - start

    return encode


def _pillow(form: str, **options: Any) -> Any:
    def encode(image: Image.Image, quality: int) -> tuple[bytes, float]:
        file = io.BytesIO()
        start = time.perf_counter()
        image.save(file, form, quality=quality, **options)
        return file.getvalue(), time.perf_counter() - start

    return encode


def measured(image: Image.Image, encoders: dict[str, Any], qualities: list[int]) -> dict[str, list[Point]]:
    """Every encoder's files, the encoders in turn."""
    original = io.BytesIO()
    image.save(original, "PNG")
    found: dict[str, list[Point]] = {name: [] for name in encoders}
    for quality in qualities:
        times: dict[str, list[float]] = {name: [] for name in encoders}
        files = {}
        for _ in range(TURNS):
            for name, encode in encoders.items():
                files[name], seconds = encode(image, quality)
                times[name].append(seconds)
        for name, data in files.items():
            seconds = statistics.median(times[name])
            if name.endswith("sandbox"):
                # The native build's bytes.
                found[name].append(Point(quality, len(data), math.nan, math.nan, seconds))
                continue
            with Image.open(io.BytesIO(data)) as file:
                shown = file.convert("RGB")
            decoded = io.BytesIO()
            shown.save(decoded, "PNG")
            score = compute_ssimulacra2(io.BytesIO(original.getvalue()), io.BytesIO(decoded.getvalue()))
            found[name].append(Point(quality, len(data), float(score), psnr(image, shown), seconds))
    return found


def psnr(image: Image.Image, shown: Image.Image) -> float:
    """In dB."""
    lost = np.asarray(image, np.float64) - np.asarray(shown, np.float64)
    return 10 * math.log10(255**2 / max(float((lost**2).mean()), 1e-9))


def bytes_at(points: list[Point], of: Callable[[Point], float], level: float) -> float | None:
    """The logarithm of the bytes at a score, between the two points around it."""
    line = sorted((of(point), math.log(point.bytes)) for point in points)
    for (low, fewer), (high, more) in itertools.pairwise(line):
        if low <= level <= high and high > low:
            return fewer + (more - fewer) * (level - low) / (high - low)
    return None


def table(found: dict[str, dict[str, list[Point]]]) -> Iterator[str]:
    """Ours divided by the peers'."""
    yield "bytes at the same score, ours divided by the peer's: median (largest)"
    for contest in CONTESTS:
        yield from _bytes(contest, found[contest.ours], found[contest.peer])
    yield "\nmilliseconds, the median over pictures and qualities; and how many times the peer's"
    for encoder, of_pictures in found.items():
        peer = "libjpeg-turbo" if "JPEG" in encoder or encoder == "libjpeg-turbo" else "libwebp -m 4"
        own, other = ([p.seconds for points in f.values() for p in points] for f in (of_pictures, found[peer]))
        ratio = statistics.median(mine / theirs for mine, theirs in zip(own, other, strict=True))
        yield f"{encoder:>26}: {statistics.median(own) * 1e3:8.2f} {ratio:8.2f}x of {peer}"
    yield "\nscore at the same quality number, ours less the peer's: median (least, most)"
    for contest in CONTESTS:
        if "effort 4" in contest.ours:
            yield _apart(contest, found[contest.ours], found[contest.peer])


def _bytes(contest: Contest, ours: dict[str, list[Point]], peers: dict[str, list[Point]]) -> Iterator[str]:
    yield f"\n{contest.ours} / {contest.peer}; bar: {contest.bar:g}, {contest.bar * 1.05:.3f} for each photograph"
    for what, levels, of in (("SSIMULACRA2", SCORES, _score), ("PSNR", LEVELS, _psnr)):
        for level in levels:
            ratios = {}
            for name, points in ours.items():
                mine, other = bytes_at(points, of, level), bytes_at(peers[name], of, level)
                if mine is not None and other is not None:
                    ratios[name] = math.exp(mine - other)
            if ratios:
                worst = max(ratios, key=ratios.__getitem__)
                median = statistics.median(ratios.values())
                yield f"{what:>12} {level:g}: {median:.3f} ({ratios[worst]:.3f} {worst}); {len(ratios)} pictures"


def _apart(contest: Contest, ours: dict[str, list[Point]], peers: dict[str, list[Point]]) -> str:
    apart: dict[int, list[float]] = {}
    for name, points in ours.items():
        for mine, other in zip(points, peers[name], strict=True):
            apart.setdefault(mine.quality, []).append(mine.score - other.score)
    cells = [f"{q}: {statistics.median(v):+.1f} ({min(v):+.1f}, {max(v):+.1f})" for q, v in apart.items()]
    return f"{contest.ours}: " + "; ".join(cells)


def _score(point: Point) -> float:
    return point.score


def _psnr(point: Point) -> float:
    return point.psnr


if __name__ == "__main__":
    main()
