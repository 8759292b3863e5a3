"""How many bytes encoders take for pictures that look alike, and how long they take.

    python encoders.py [--corpus DIR] [--sizes 128,256,512] [--qualities 10,20,...] [--efforts 4,6] [--turns N]
                       [--step N] [--json FILE] [--plot FILE]

Each photograph is reduced by Lanczos3 to boxes of these sides, and every encoder is given the pixels at several
qualities. Between these the logarithm of the bytes is a straight line of the score. So the bytes are known at the same
SSIMULACRA2 (50, 60, 70, 80, 90) and at the same PSNR, and the tables have ours divided by a peer's: the median over
photographs, and the largest. SSIMULACRA2 has no weights for pictures of less than 256 pixels a side. They are mirrored
to that many first.

Times are medians of a few turns. What an encoder is given is made once, outside the time. Ours are of a BMP's way to a
thumbnail of its own size, by the native library and in the sandbox. Pillow's are of `save`, pyjpegli's of `encode`, and
mozjpeg's of raw samples' way through sharp, by Node's clock.

libjpeg-turbo and mozjpeg subsample chroma by our rule, whatever their own is: 4:2:0 below quality 90, 4:4:4 from there
on. pyjpegli has no such option: its files are 4:2:0 at every quality, and not progressive.

Last, in the smallest of the boxes, qualities from 1 to 100 show where the bytes or the score fall although the quality
rises: of ours at effort 4, of libwebp and of libjpeg-turbo.
"""

from __future__ import annotations

import argparse
import io
import json
import math
import statistics
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from _contests import ABOVE, CONTESTS, LEVELS, SCORES, Contest, Files, Point, judged, ratios, time_bar, times
from _curves import curves
from _encoders import SANDBOX, Encode, Pixels, encoders, ours
from _falls import falls
from _pictures import collect, photographs
from PIL import Image
from ssimulacra2 import compute_ssimulacra2

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from _contests import Key

QUALITIES = "10,20,35,50,65,75,85,89,90,95,98"
EFFORTS = "4,6"
TURNS = 3
STEP = 3

WHOLE = 256
"""Pixels a side from which a picture has all six of SSIMULACRA2's scales.

With fewer, every implementation takes the weights of other scales and colours, as the first one does, and a score of 52
becomes one of -14 (github.com/libjxl/libjxl/pull/4491).
"""


def main() -> None:
    """Measures and prints."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--corpus", type=Path, help="a folder of pictures")
    parser.add_argument("--sizes", default="128,256,512", help="sides of the box (default: 128,256,512)")
    parser.add_argument("--qualities", default=QUALITIES, help=f"what encoders are asked for (default: {QUALITIES})")
    parser.add_argument("--efforts", default=EFFORTS, help=f"of ours, 4 and 6 always (default: {EFFORTS})")
    parser.add_argument("--turns", type=int, default=TURNS, help=f"files of each, to time them (default: {TURNS})")
    parser.add_argument("--step", type=int, default=STEP, help=f"from quality to quality; 0: none (default: {STEP})")
    parser.add_argument("--json", type=Path, help="also write every file's numbers here")
    parser.add_argument("--plot", type=Path, help="draw the bytes against the score there, as SVG")
    options = parser.parse_args()
    sizes = _numbers(options.sizes)
    files: Files = {}
    each: dict[str, dict[str, list[Point]]] = {}
    with encoders({4, 6, *_numbers(options.efforts)}) as every:
        for (name, size), image in pictures(options.corpus, sizes):
            print(f"{name} {size}: {image.width} x {image.height}", flush=True)
            pixels = Pixels.of(image)
            for encoder, points in measured(pixels, every, _numbers(options.qualities), options.turns).items():
                files.setdefault(encoder, {})[name, size] = points
            if options.step and size == min(sizes):
                qualities = sorted({*range(1, 100, options.step), 100})
                of_all = {e: every[e] for c in rising() for e in (c.ours, c.peer)}
                for encoder, points in measured(pixels, of_all, qualities, 1).items():
                    each.setdefault(encoder, {})[name] = points
    contests = [contest for contest in _with_efforts(files) if contest.peer in files]
    print("\n" + "\n".join(table(files, contests, sizes)))
    found = falls(each)
    if each:
        print(f"\nwhere the quality rises by {options.step} from 1 to 100, at {min(sizes)} px")
        print("\n".join(f"{encoder:>16}: {fall}" for encoder, fall in found.items()))
    if options.json:
        numbers = {
            "files": [
                {"encoder": encoder, "picture": name, "size": size, "points": [vars(point) for point in points]}
                for encoder, of in files.items()
                for (name, size), points in of.items()
            ],
            "falls": {encoder: vars(fall) for encoder, fall in found.items()},
        }
        options.json.write_text(json.dumps(numbers, indent=1) + "\n", encoding="utf-8")
    if options.plot:
        options.plot.write_text(curves(files, contests, sizes), encoding="utf-8")


def rising() -> Iterator[Contest]:
    """Ours at the default effort, and the encoder whose quality numbers ours have."""
    seen = set()
    for contest in CONTESTS:
        if contest.ours.endswith("effort 4") and contest.ours not in seen:
            seen.add(contest.ours)
            yield contest


def pictures(corpus: Path | None, sizes: list[int]) -> Iterator[tuple[Key, Image.Image]]:
    """The photographs, reduced, as pixels and nothing else: some encoders would copy a comment into their files."""
    for picture in collect(corpus, derive=False) if corpus else photographs():
        try:
            with Image.open(io.BytesIO(picture.data)) as file:
                image = file.convert("RGB")
        except OSError:
            print(f"left out, since it cannot be read whole: {picture.name}")
            continue
        for size in sizes:
            small = image.copy()
            small.thumbnail((size, size), Image.Resampling.LANCZOS)
            yield (picture.name, size), Image.fromarray(np.asarray(small))


def measured(pixels: Pixels, every: dict[str, Encode], qualities: list[int], turns: int) -> dict[str, list[Point]]:
    """Every encoder's files, the encoders in turn."""
    found: dict[str, list[Point]] = {name: [] for name in every}
    for quality in qualities:
        spent: dict[str, list[float]] = {name: [] for name in every}
        made = {}
        for _ in range(turns):
            for name, encode in every.items():
                made[name], seconds = encode(pixels, quality)
                spent[name].append(seconds)
        for name, data in made.items():
            seconds = statistics.median(spent[name])
            if name.endswith(SANDBOX):
                if data != made[name.removesuffix(SANDBOX)]:
                    raise SystemExit(f"{name}: other bytes than the native library's at quality {quality}")
                score = psnr = math.nan
            else:
                score, psnr = seen(pixels, data)
            found[name].append(Point(quality, len(data), score, psnr, seconds))
    return found


def seen(pixels: Pixels, data: bytes) -> tuple[float, float]:
    """A file's SSIMULACRA2, and its PSNR in dB."""
    with Image.open(io.BytesIO(data)) as file:
        shown = file.convert("RGB")
    score = compute_ssimulacra2(mirrored(pixels.image), mirrored(shown))
    lost = np.asarray(pixels.image, np.float64) - np.asarray(shown, np.float64)
    return float(score), 10 * math.log10(255**2 / max(float((lost**2).mean()), 1e-9))


def mirrored(image: Image.Image) -> io.BytesIO:
    """The picture, and mirrored pictures of it beside and below it until no side is under WHOLE."""
    more = [(0, max(0, WHOLE - side)) for side in (image.height, image.width)]
    file = io.BytesIO()
    Image.fromarray(np.pad(np.asarray(image), [*more, (0, 0)], mode="symmetric")).save(file, "BMP")
    return file


def table(files: Files, contests: list[Contest], sizes: list[int]) -> Iterator[str]:
    """Ours beside the peers."""
    yield "bytes at the same score, ours divided by the peer's: median over photographs (largest), how many reach it"
    for contest in contests:
        yield from _bytes(files, contest, sizes)
    yield "\nmilliseconds, the median over photographs and qualities; and how many times the peer's"
    yield f"{'':26}" + "".join(f"{f'{size} px':>22}" for size in sizes)
    for encoder in files:
        yield _times(files, encoder, sizes)
    yield "\nscore at the same quality number, ours less the peer's: median (least, most)"
    for contest in rising():
        yield from _apart(files, contest)


def _bytes(files: Files, contest: Contest, sizes: list[int]) -> Iterator[str]:
    bar = f"bar: {contest.bar:g}, {contest.bar * ABOVE:.3f} for each photograph" if contest.bar else "no bar"
    yield f"\n{contest.ours} / {contest.peer}; {bar}"
    yield f"{'':15}" + "".join(f"{f'{size} px':>22}" for size in sizes)
    for what, levels, of in (("SSIMULACRA2", SCORES, _score), ("PSNR", LEVELS, _psnr)):
        by_size = [ratios(files, contest, size, of, levels) for size in sizes]
        for level in levels:
            of_level = [[ratio for (_, at), ratio in found.items() if at == level] for found in by_size]
            yield f"{what:>12} {level:g}:" + "".join(map(_cell, of_level))
        yield f"{what:>12}:   " + "".join(_cell(found.values()) for found in by_size)
        if what == "PSNR":
            continue
        for size, found in zip(sizes, by_size, strict=True):
            if found:
                worst = max(found, key=found.__getitem__)
                said = judged(list(found.values()), contest.bar)
                yield f"{f'{size} px':>15}  {said}{'; ' * bool(said)}the largest: {worst[0]} at {worst[1]:g}"


def _cell(of: Iterable[float]) -> str:
    found = list(of)
    return f"{f'{statistics.median(found):.3f} ({max(found):.3f}) {len(found):>3}' if found else '-':>22}"


def _times(files: Files, encoder: str, sizes: list[int]) -> str:
    peer, bar = time_bar(encoder) or (
        "libwebp -m 4" if "WebP" in encoder or "webp" in encoder else "libjpeg-turbo",
        None,
    )
    cells, of_sizes = [], []
    for size in sizes:
        spent = [point.seconds for key, points in files[encoder].items() if key[1] == size for point in points]
        of_sizes.append(times(files, encoder, peer, size))
        cells.append(f"{f'{statistics.median(spent) * 1e3:.2f} {of_sizes[-1]:8.2f}x':>22}")
    said = "" if bar is None else f"; bar {bar:g}x: {'met' if max(of_sizes) <= bar else 'MISSED'}"
    return f"{encoder:>26}{''.join(cells)} of {peer}{said}"


def _apart(files: Files, contest: Contest) -> Iterator[str]:
    apart: dict[int, list[float]] = {}
    for key, points in files[contest.ours].items():
        for mine, other in zip(points, files[contest.peer][key], strict=True):
            apart.setdefault(mine.quality, []).append(mine.score - other.score)
    cells = [f"{q}: {statistics.median(v):+.1f} ({min(v):+.1f}, {max(v):+.1f})" for q, v in apart.items()]
    near = [abs(one) <= 2 for of in apart.values() for one in of]
    yield f"{contest.ours} - {contest.peer}: " + "; ".join(cells)
    yield f"  within 2 points: {sum(near)} of {len(near)} files"


def _with_efforts(files: Files) -> Iterator[Contest]:
    """The contests, and ours at other efforts beside the default one."""
    yield from CONTESTS
    asked = {contest.ours for contest in CONTESTS}
    for encoder in files:
        form, _, effort = encoder.partition(", effort ")
        if effort.isdigit() and encoder not in asked:
            yield Contest(encoder, ours(form, 4))


def _numbers(text: str) -> list[int]:
    return [int(number) for number in text.split(",")]


def _score(point: Point) -> float:
    return point.score


def _psnr(point: Point) -> float:
    return point.psnr


if __name__ == "__main__":
    main()
