"""How near each library's thumbnail is to the best one, in dB: what the choice of a JPEG's scale has to stand up to.

    python quality.py [--corpus DIR] [--derive] [--sizes 100,256,512] [--scales]

The best one is the full decoding reduced by Lanczos3 in double precision. Ours may be 1 dB below the better of pyvips
and Pillow, on every file and size. Orientation and colour profiles are taken out of the files first, for all alike;
files of four inks, with alpha or with a palette are left out. Without a corpus it measures photographs of scikit-image
and scikit-learn, and larger ones and other codings derived from them, marked *. With --scales it also shows what each
of the JPEG decoder's scales would give if the rest were perfect, which is what the choice hangs on.
"""

from __future__ import annotations

import argparse
import itertools
import math
import statistics
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from _peers import makers
from _pictures import CLASSES, KINDS, LABEL, class_of, collect
from _quality import ALLOWED, BETTER_OF, Reference, bar

if TYPE_CHECKING:
    from _pictures import Picture

OURS = "native"
SCALES = {"1/8": 1, "1/4": 2, "3/8": 3, "1/2": 4}
"""Samples for each 8."""
LEFT = (1, 1.25, 1.5, 1.75, 2, 2.5, 3, 4, math.inf)


@dataclass(frozen=True)
class Line:
    """What was found of a file at a size. `margin`: ours over the better of the two, in dB; and so `scales`."""

    text: str
    kind: str
    ratio: str
    margin: float
    scales: dict[str, float]
    times: float

    def left(self, name: str) -> float:
        """How many times the thumbnail's side a scale leaves."""
        return self.times * SCALES[name] / 8


def main() -> None:
    """Measures and prints."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--corpus", type=Path, help="a folder of pictures")
    parser.add_argument("--derive", action="store_true", help="also the corpus' JPEGs, coded again in other ways")
    parser.add_argument("--sizes", default="100,256,512", help="sides of the box (default: 100,256,512)")
    parser.add_argument("--scales", action="store_true", help="what each scale of our decoder would give")
    options = parser.parse_args()
    sizes = [int(size) for size in options.sizes.split(",")]
    pictures = collect(options.corpus, derive=options.derive)
    scales = SCALES if options.scales else {}
    lines: list[Line] = []
    with makers() as every:
        # The sandbox gives the native build's bytes; one of the two is enough.
        measured = {name: maker for name, maker in every.items() if name != "wasm"}
        if not any(name in measured for name in BETTER_OF):
            raise SystemExit(f"neither of {' and '.join(BETTER_OF)} is there to compare with")
        print("PSNR in dB against the full decoding by Lanczos3 in double precision; * is derived from a photograph\n")
        print(f"{'':{LABEL + 13}}" + "".join(f"{name:>9}" for name in [*measured, "margin", *scales]))
        for picture in pictures:
            try:
                reference = Reference(picture)
            except ValueError as error:
                print(f"{picture.label:{LABEL + 1}}not compared: {error}")
                continue
            for size in sizes:
                if max(picture.width, picture.height) <= size:
                    continue
                found = reference.measure(measured, size)
                if OURS not in found:
                    print(f"{picture.label:{LABEL + 1}}{size:>5}  ours cannot read it")
                    continue
                best = bar(found) + ALLOWED
                margin = found[OURS] - best
                ratio = class_of(picture, size)
                start = f"{picture.label:{LABEL + 1}}{size:>5}"
                by_scale = at_scales(reference, picture, size, scales)
                margins = {name: by_scale[name] - best for name in by_scale}
                times = max(picture.width, picture.height) / size
                lines.append(Line(start, picture.kind, ratio, margin, margins, times))
                cells = [f"{found[name]:>9.2f}" if name in found else f"{'cannot':>9}" for name in measured]
                cells += [f"{margin:>+9.2f}"]
                cells += [f"{by_scale[name]:>9.2f}" if name in by_scale else f"{'':>9}" for name in scales]
                print(f"{start}{ratio:>7}{''.join(cells)}", flush=True)
    print("\n" + summary(lines, scales))


def at_scales(reference: Reference, picture: Picture, size: int, scales: dict[str, int]) -> dict[str, float]:
    """The PSNR of each scale that leaves as many samples as the thumbnail has, or more."""
    longer = max(picture.width, picture.height)
    width, height = (max(1, round(side * size / longer)) for side in (picture.width, picture.height))
    possible = {name: samples for name, samples in scales.items() if longer * samples >= size * 8}
    if not picture.is_jpeg:
        return {}
    return {name: reference.scaled(samples, width, height) for name, samples in possible.items()}


def summary(lines: list[Line], scales: dict[str, int]) -> str:
    """The margins by class and kind, and what is under the bar, the worst last."""
    text = [f"{'margin in dB':21}{'files x sizes':>15}{'median':>9}{'worst':>9}"]
    for ratio in CLASSES:
        for kind in KINDS:
            margins = [line.margin for line in lines if (line.ratio, line.kind) == (ratio, kind)]
            if margins:
                row = f"{ratio:>6}  {kind:13}{len(margins):>15}{statistics.median(margins):>+9.2f}"
                text.append(f"{row}{min(margins):>+9.2f}")
    text += [line for name in scales for line in scale_margins(lines, name)]
    under = sorted((line for line in lines if line.margin < -ALLOWED), key=lambda line: -line.margin)
    better = " and ".join(BETTER_OF)
    text.append(f"\nBar: at most {ALLOWED:g} dB below the better of {better}, on every file and size")
    text += [f"under it: {line.text}{line.margin:>+9.2f} dB" for line in under]
    worst = min(lines, key=lambda line: line.margin, default=None)
    if worst is None:
        return "\n".join([*text, "nothing was compared"])
    verdict = f"MISSED by {len(under)} of {len(lines)}" if under else f"met by all {len(lines)}"
    return "\n".join([*text, f"{verdict}; the worst: {' '.join(worst.text.split())} at {worst.margin:+.2f} dB"])


def scale_margins(lines: list[Line], name: str) -> list[str]:
    """A scale's margins by how many times the thumbnail's size it leaves, from 1 to 2, 2 to 3 and so on."""
    text = ["", f"{'margin in dB at ' + name:30}{'files x sizes':>15}{'median':>9}{'worst':>9}{'under':>7}"]
    for low, high in itertools.pairwise(LEFT):
        margins = [line.scales[name] for line in lines if name in line.scales and low <= line.left(name) < high]
        if margins:
            under = sum(margin < -ALLOWED for margin in margins)
            row = f"  leaves {low:g} to {high:g} times the size"
            text.append(f"{row:30}{len(margins):>15}{statistics.median(margins):>+9.2f}{min(margins):>+9.2f}{under:>7}")
    return text


if __name__ == "__main__":
    main()
