"""How far the JPEG decoder's samples are from libjpeg-turbo's accurate ones.

    python exactness.py [--corpus DIR] [--every N]

At 1/1 each component by itself, before anything is widened, against `djpeg -dct int`: within one level everywhere. At
1/2, 1/4 and 1/8 the pixels, against `djpeg -dct int -scale N/8`: within two levels for 99.9 % of samples or more. The
pixels at 1/1 are shown without a bar: the colours' arithmetic makes more of a level. The files are the corpus' JPEGs,
or scikit-image's and scikit-learn's, and generated ones of every sampling, in one scan and progressive, with and
without restarts, of a photograph and of noise.
djpeg, jpegtran and cjpeg are in Debian's libjpeg-turbo-progs; `cargo xtask bench exactness` builds ours.
"""

from __future__ import annotations

import argparse
import itertools
import random
import shutil
import subprocess
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from _decoder import decoder, pnm, run
from _pictures import collect, mosaic
from _planes import planes

if TYPE_CHECKING:
    from collections.abc import Iterator

    from _pictures import Picture
    from numpy.typing import NDArray

TOOLS = ("djpeg", "jpegtran", "cjpeg")
SAMPLINGS = ("1x1", "2x1", "1x2", "2x2", "4x1", "1x4", "4x2", "2x4", "2x2,2x1,1x2", "1x1,2x1,2x1")
CODINGS = ("", "-restart 3B", "-progressive", "-progressive -restart 3B", "-optimize", "-optimize -restart 3B")
SIDES = ((227, 149), (64, 64), (9, 40), (1, 1))
BINS = {"0": 0, "1": 1, "2": 2, "3-4": 4, "5-8": 8, "9+": 255}
"""Differences in levels, by the last that belongs."""

PLANES = "1/1, components"
COMPARISONS = {PLANES: 8, "1/1, pixels": 8, "1/2, pixels": 4, "1/4, pixels": 2, "1/8, pixels": 1}


@dataclass
class Tally:
    """The differences of one comparison: how many samples of each, files that have any, and the one furthest off."""

    counts: NDArray[np.int64] = field(default_factory=lambda: np.zeros(256, np.int64))
    files: int = 0
    off: int = 0
    worst: tuple[float, int, str] = (0.0, 0, "")

    def add(self, name: str, differences: NDArray[np.uint8], allowed: int) -> None:
        """A file's."""
        counts = np.bincount(differences.ravel(), minlength=256)
        self.counts += counts
        self.files += 1
        self.off += bool(counts[1:].any())
        beyond = float(counts[allowed + 1 :].sum() / counts.sum())
        self.worst = max(self.worst, (beyond, int(differences.max(initial=0)), name))

    def within(self, levels: int) -> float:
        """The part of all samples that differ by no more."""
        return float(self.counts[: levels + 1].sum() / max(1, self.counts.sum()))


def main() -> None:
    """Compares and prints."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--corpus", type=Path, help="a folder of pictures")
    parser.add_argument("--every", type=int, default=1, metavar="N", help="only each N-th generated file (default: 1)")
    options = parser.parse_args()
    missing = [tool for tool in TOOLS if not shutil.which(tool)]
    if missing:
        raise SystemExit(f"not found: {', '.join(missing)}; Debian has them in libjpeg-turbo-progs")
    ours = decoder()
    pictures = [picture for picture in collect(options.corpus, derive=False, larger=False) if picture.is_jpeg]
    tallies = {comparison: Tally() for comparison in COMPARISONS}
    print(f"against {_version()}")
    with tempfile.TemporaryDirectory(prefix="thumbox-bench-") as folder:
        file = Path(folder) / "picture.jpg"
        for name, data, components in [*_given(pictures), *_generated(pictures, options.every)]:
            file.write_bytes(data)
            try:
                compare(name, file, components, ours, tallies)
            except (OSError, ValueError) as error:
                print(f"not compared: {name}: {error}")
    print(
        f"\n{'differences in levels':24}{'files':>7}{'differing':>11}{'samples':>13}"
        + "".join(f"{name:>11}" for name in BINS)
    )
    for comparison, tally in tallies.items():
        last, cells = -1, []
        for end in BINS.values():
            cells.append(int(tally.counts[last + 1 : end + 1].sum()))
            last = end
        total = int(tally.counts.sum())
        parts = "".join(f"{100 * cell / max(1, total):>10.4f}%" for cell in cells)
        print(f"{comparison:24}{tally.files:>7}{tally.off:>11}{total:>13}{parts}  {verdict(comparison, tally)}")


def allowed(comparison: str) -> int:
    """Levels."""
    return 1 if comparison == PLANES else 2


def verdict(comparison: str, tally: Tally) -> str:
    """Whether the bar is met, and the file that is furthest off."""
    beyond, most, name = tally.worst
    where = f"; the furthest off: {name}, by {most} at most, {100 * beyond:.3f} % beyond" if most else ""
    if comparison == "1/1, pixels" or not tally.files:
        return where.removeprefix("; ")
    levels, part = allowed(comparison), 1.0 if comparison == PLANES else 0.999
    met = "met" if tally.within(levels) >= part else "MISSED"
    return f"within {levels} for {100 * part:g} %: {met}{where}"


def compare(name: str, file: Path, components: int, ours: str, tallies: dict[str, Tally]) -> None:
    """A file in every way. ValueError where the two cannot be compared, with why."""
    for number, plane in enumerate(planes(file, components)):
        part = file.with_name("plane.jpg")
        part.write_bytes(plane)
        _add(tallies[PLANES], f"{name}, component {number}", part, 8, ours, 1)
    if components == 4:
        print(f"compared by its components alone, since djpeg makes RGB of inks: {name}")
        return
    for comparison, size in COMPARISONS.items():
        if comparison != PLANES:
            _add(tallies[comparison], name, file, size, ours, allowed(comparison))


def _add(tally: Tally, name: str, file: Path, size: int, ours: str, levels: int) -> None:
    theirs = pnm(["djpeg", "-dct", "int", "-scale", f"{size}/8", "-pnm", str(file)])
    found = pnm([ours, str(file), str(size)])
    if theirs.shape != found.shape:
        raise ValueError(f"djpeg's has {theirs.shape}, ours {found.shape} at {size}/8")
    tally.add(name, np.abs(theirs.astype(np.int16) - found).astype(np.uint8), levels)


def _given(pictures: list[Picture]) -> Iterator[tuple[str, bytes, int]]:
    for picture in pictures:
        yield picture.name, picture.data, {"L": 1, "RGB": 3}.get(picture.mode, 4)


def _generated(pictures: list[Picture], every: int) -> Iterator[tuple[str, bytes, int]]:
    """Every shape that cjpeg can make, of photographs' pieces and of noise."""
    photograph = np.asarray(mosaic(400, 300, pictures))
    noise = np.random.default_rng(1).integers(0, 256, (300, 400, 3), np.uint8)
    chance = random.Random(1)  # noqa: S311 -- the same files every time
    shapes = itertools.product(SIDES, (*SAMPLINGS, "grey"), CODINGS)
    for number, ((width, height), sampling, coding) in enumerate(shapes):
        source, quality = chance.choice((photograph, noise)), chance.choice((50, 75, 90, 100))
        if number % every:
            continue
        pixels = np.ascontiguousarray(source[:height, :width])
        shape = ["-grayscale"] if sampling == "grey" else ["-sample", sampling]
        how = ["-quality", str(quality), *shape, *coding.split()]
        data = run(["cjpeg", *how], f"P6\n{width} {height}\n255\n".encode() + pixels.tobytes())
        yield f"{width}x{height} {' '.join(how)}", data, 1 if sampling == "grey" else 3


def _version() -> str:
    done = subprocess.run(["djpeg", "-version"], capture_output=True, text=True, check=False)  # noqa: S607 -- as above
    return "djpeg, " + (done.stderr + done.stdout).strip().splitlines()[0]


if __name__ == "__main__":
    main()
