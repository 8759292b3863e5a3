"""How near each library's thumbnail is to the best one, in dB: what the choice of a JPEG's scale has to stand up to.

    python quality.py [--corpus DIR] [--derive] [--sizes 100,256,512]

The best one is the full decoding reduced by Lanczos3 in double precision. Ours may be 1 dB below the better of pyvips
and Pillow, on every file and size. Orientation and colour profiles are taken out of the files first, for all alike;
files of four inks are left out. Without a corpus it measures photographs of scikit-image and scikit-learn, and larger
ones and other codings derived from them, marked *. Any sides can be given: larger boxes show what a scale costs.
"""

from __future__ import annotations

import argparse
import math
import statistics
from dataclasses import dataclass
from pathlib import Path

from _peers import makers
from _pictures import CLASSES, LABEL, class_of, collect
from _quality import ALLOWED, BETTER_OF, Reference, bar

OURS = "native"


@dataclass(frozen=True)
class Line:
    """What was found of a file at a size. `margin`: ours over the better of the two, in dB."""

    text: str
    kind: str
    ratio: str
    margin: float


def main() -> None:
    """Measures and prints."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--corpus", type=Path, help="a folder of pictures")
    parser.add_argument("--derive", action="store_true", help="also the corpus' JPEGs, coded again in other ways")
    parser.add_argument("--sizes", default="100,256,512", help="sides of the box (default: 100,256,512)")
    options = parser.parse_args()
    sizes = [int(size) for size in options.sizes.split(",")]
    pictures = collect(options.corpus, derive=options.derive)
    lines: list[Line] = []
    with makers() as every:
        # The sandbox gives the native build's bytes; one of the two is enough.
        measured = {name: maker for name, maker in every.items() if name != "wasm"}
        if not any(name in measured for name in BETTER_OF):
            raise SystemExit(f"neither of {' and '.join(BETTER_OF)} is there to compare with")
        print("PSNR in dB against the full decoding by Lanczos3 in double precision; * is derived from a photograph\n")
        print(f"{'':{LABEL + 13}}" + "".join(f"{name:>9}" for name in measured) + f"{'margin':>9}")
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
                margin = found[OURS] - (bar(found) + ALLOWED)
                ratio = class_of(picture, size)
                cells = (f"{found[name]:>9.2f}" if name in found else f"{'cannot':>9}" for name in measured)
                start = f"{picture.label:{LABEL + 1}}{size:>5}"
                lines.append(Line(start, picture.kind, ratio, margin))
                print(f"{start}{ratio:>7}" + "".join(cells) + f"{margin:>+9.2f}", flush=True)
    print("\n" + summary(lines))


def summary(lines: list[Line]) -> str:
    """The margins by class and kind, and what is under the bar, the worst last."""
    text = [f"{'margin in dB':21}{'files x sizes':>15}{'median':>9}{'worst':>9}"]
    for ratio in CLASSES:
        for kind in ("baseline", "progressive"):
            margins = [line.margin for line in lines if (line.ratio, line.kind) == (ratio, kind)]
            if margins:
                row = f"{ratio:>6}  {kind:13}{len(margins):>15}{statistics.median(margins):>+9.2f}"
                text.append(f"{row}{min(margins):>+9.2f}")
    under = sorted((line for line in lines if line.margin < -ALLOWED), key=lambda line: -line.margin)
    better = " and ".join(BETTER_OF)
    text.append(f"\nBar: at most {ALLOWED:g} dB below the better of {better}, on every file and size")
    text += [f"under it: {line.text}{line.margin:>+9.2f} dB" for line in under]
    worst = min(lines, key=lambda line: line.margin, default=None)
    if worst is None or math.isinf(worst.margin):
        return "\n".join([*text, "nothing was compared"])
    verdict = f"MISSED by {len(under)} of {len(lines)}" if under else f"met by all {len(lines)}"
    return "\n".join([*text, f"{verdict}; the worst: {' '.join(worst.text.split())} at {worst.margin:+.2f} dB"])


if __name__ == "__main__":
    main()
