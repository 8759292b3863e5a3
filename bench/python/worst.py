"""What the costliest files that we know cost: in the processor's seconds, in memory, and by the file's size.

    python worst.py [--quick] [--format NAME] [--search N] [--json FILE]

Makes families of costly files of each format, of 1, 8, 64 and 512 KB, and a thumbnail of each in a box of 256 x 256,
in a process of its own that is ended after 60 seconds. A family is tried in all its shapes and with as many pixels as
the limits let through, and its costliest file counts; that one is made in the sandbox, too, and the costliest of each
format also as PNG and as WebP. Prints each family's cost by size and the exponent of its growth up to 512 KB,
then for each format the most seconds by kilobyte and by megapixel and the most memory, and whether the bar is met: no
file under 64 KB takes more than 2 s natively or 3 s in the sandbox.

--quick: files of 8 and 64 KB, each family's first shapes. --format: one of them. --search: so many random changes of a
family's numbers of pixels, from the costliest on, which may find a costlier one.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import random
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from _worst import bmp, gif, icc, jpeg, png, small, tiff, webp
from _worst.families import FAMILIES
from _worst.measure import MAX_MEMORY, REFUSED, Cost, measure

if TYPE_CHECKING:
    from collections.abc import Iterable

    from _worst.families import Family

    import thumbox

FORMATS = {
    "jpeg": jpeg,
    "png": png,
    "webp": webp,
    "gif": gif,
    "bmp": bmp,
    "tiff": tiff,
    "icc": icc,
    **dict.fromkeys(("psd", "qoi", "tga", "pnm", "ico", "raw"), small),
}
"""The makers; those of profiles put them into JPEG, PNG and WebP."""

KB = 1 << 10
SIZES = (KB, 8 * KB, 64 * KB, 512 * KB)
BARS = {"native": 2.0, "wasm": 3.0}
"""Seconds of a file of 64 KB or less."""

STEP = 0.8
"""Fewer pixels by this, where the core refuses so many."""

FEWEST = 64
MEASURED, NOISE = 0.01, 0.05
"""Seconds of the smaller file and of the larger one below which a growth says nothing."""


@dataclass(frozen=True)
class Result:
    """What a file costs."""

    family: Family
    size: int
    shape: dict[str, Any]
    pixels: int
    length: int
    variant: str
    output: thumbox.FormatName
    cost: Cost

    def as_json(self) -> dict[str, object]:
        """For a file."""
        family = {"format": self.family.format, "family": self.family.name, "shape": repr(self.shape)}
        own = {"size": self.size, "bytes": self.length, "pixels": self.pixels}
        return {**family, **own, "variant": self.variant, "output": self.output, **asdict(self.cost)}

    @property
    def label(self) -> str:
        """Family and shape."""
        shape = ", ".join(f"{name} {str(value)[:40]}" for name, value in self.shape.items())
        return f"{self.family.label}{f' ({shape})' if shape else ''}"


def main() -> None:
    """Measures and prints."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="less of everything")
    parser.add_argument("--format", choices=FORMATS, help="only this one")
    parser.add_argument("--search", type=int, default=0, metavar="N", help="try N changes of each (default: 0)")
    parser.add_argument("--json", type=Path, help="write all that was measured there")
    options = parser.parse_args()
    if not hasattr(os, "fork"):
        raise SystemExit("each file is measured in a fork, which this system does not have")
    chosen = [family for family in FAMILIES if options.format in {None, family.format}]
    sizes = SIZES[1:3] if options.quick else SIZES
    results: list[Result] = []
    print(f"seconds of the processor, natively and in the sandbox, of files of {', '.join(map(_kb, sizes))}\n")
    for family in chosen:
        found = of_family(family, sizes, quick=options.quick, search=options.search)
        results += found
        print(row(family, sizes, found), flush=True)
    results += other_outputs(results)
    print("\n" + table(results))
    print("\n" + bars(results))
    if options.json:
        options.json.write_text(json.dumps([result.as_json() for result in results], indent=1) + "\n")


def of_family(family: Family, sizes: Iterable[int], *, quick: bool, search: int) -> list[Result]:
    """The costliest file of each size, by both variants."""
    shapes = family.shapes[:3] if quick else family.shapes
    results = []
    for size in sizes:
        tried = [found for shape in shapes if (found := costliest_of(family, size, shape))]
        if not tried:
            continue
        costliest = max(tried, key=lambda result: result.cost.seconds)
        chance = random.Random(size)  # noqa: S311 -- the same search every time
        for _ in range(search):
            pixels = max(FEWEST, min(family.pixels, int(costliest.pixels * chance.uniform(0.3, 1.3))))
            other = one(family, size, costliest.shape, pixels)
            if other and other.cost.seconds > costliest.cost.seconds:
                costliest = other
        results += [costliest, again(costliest, "wasm", "jpeg")]
    return results


def costliest_of(family: Family, size: int, shape: dict[str, Any]) -> Result | None:
    """The file of that size with as many pixels as are not refused, or a larger one whose refusal costs more."""
    pixels, tried = family.pixels, list[Result]()
    while pixels >= FEWEST:
        found = one(family, size, shape, pixels)
        if found is not None:
            tried.append(found)
        if found is None or found.cost.code not in REFUSED:
            break
        pixels = int(pixels * STEP)
    return max(tried, key=lambda result: result.cost.seconds, default=None)


def one(family: Family, size: int, shape: dict[str, Any], pixels: int) -> Result | None:
    """A file, natively and as JPEG. None where the family has none that is so small."""
    file = family.make(size, pixels, **shape)
    if len(file) > size * 5 // 4:
        return None
    return Result(family, size, shape, pixels, len(file), "native", "jpeg", least("native", file, "jpeg"))


def again(result: Result, variant: str, output: thumbox.FormatName) -> Result:
    """The same file in another way."""
    file = result.family.make(result.size, result.pixels, **result.shape)
    return replace(result, variant=variant, output=output, cost=least(variant, file, output))


def least(variant: str, file: bytes, output: thumbox.FormatName) -> Cost:
    """What it costs: where a bar is nearly missed, the least of three, since other programs run, too."""
    cost = measure(variant, file, output)
    for _ in range(2):
        if cost.code is None or cost.seconds < 0.8 * BARS[variant]:
            break
        cost = min(cost, measure(variant, file, output), key=lambda cost: cost.seconds)
    return cost


def other_outputs(results: list[Result]) -> list[Result]:
    """The costliest of each format once more as PNG and as WebP."""
    found = []
    for name in FORMATS:
        for variant in BARS:
            own = [result for result in results if (result.family.format, result.variant) == (name, variant)]
            if own:
                costliest = max(own, key=lambda result: result.cost.seconds)
                found += [again(costliest, variant, output) for output in ("png", "webp")]
    return found


def growth(results: list[Result]) -> float | None:
    """The exponent of the cost in the file's size, natively up to 512 KB: 1 where it grows as the file does.

    From 8 KB on, or from 64 KB where a smaller file costs too little to be measured. None where the files do not grow,
    or cost little.
    """
    by_size = {result.size: result for result in results if result.variant == "native"}
    large = by_size.get(512 * KB)
    if not large or large.cost.seconds < NOISE:
        return None
    small = by_size.get(8 * KB)
    if not small or small.cost.seconds < MEASURED:
        small = by_size.get(64 * KB, small)
    if not small or small.length * 4 > large.length:
        return None
    return math.log(large.cost.seconds / max(MEASURED, small.cost.seconds)) / math.log(large.length / small.length)


def row(family: Family, sizes: Iterable[int], results: list[Result]) -> str:
    """One line: each size, and the growth."""
    cells = []
    for size in sizes:
        own = {result.variant: result.cost for result in results if result.size == size}
        cell = " /".join(f"{own[variant].seconds:6.2f}" for variant in BARS) if own else "none"
        cells.append(f"{cell:>15} {own['native'].ending if own else '':>5}")
    exponent = growth(results)
    grows = "" if exponent is None else f"  size^{exponent:.2f}{' SUPERLINEAR' if exponent > 1.15 else ''}"
    return f"{family.label[:60]:61}" + "".join(cells) + grows


def table(results: list[Result]) -> str:
    """For each format, way out and variant: the most of everything."""
    head = f"{'format':8}{'as':6}{'variant':9}{'seconds':>9}{'by KB':>9}{'by megapixel':>14}{'memory':>10}"
    lines = [head + "  of max_memory  the costliest"]
    for name in FORMATS:
        for output in ("jpeg", "png", "webp"):
            for variant in BARS:
                key = (name, output, variant)
                own = [one for one in results if (one.family.format, one.output, one.variant) == key]
                if not own:
                    continue
                costliest = max(own, key=lambda result: result.cost.seconds)
                by_kb = max(result.cost.seconds / max(1.0, result.length / KB) for result in own)
                by_pixels = max(result.cost.seconds / max(1.0, result.pixels / 1e6) for result in own)
                memory = max(result.cost.memory for result in own)
                lines.append(
                    f"{name:8}{output:6}{variant:9}{costliest.cost.seconds:>9.2f}{by_kb:>9.3f}{by_pixels:>14.3f}"
                    f"{memory / (1 << 20):>6.0f} MiB{100 * memory / MAX_MEMORY:>14.0f} %  {costliest.label}, "
                    f"{_kb(costliest.size)}"
                )
    return "\n".join(lines)


def bars(results: list[Result]) -> str:
    """Whether they are met, and what misses them."""
    lines = []
    for variant, most in BARS.items():
        own = [result for result in results if result.variant == variant and result.length <= 64 * KB]
        beyond = sorted(
            (result for result in own if result.cost.seconds > most or result.cost.code is None),
            key=lambda result: -result.cost.seconds,
        )
        lines.append(f"no file of 64 KB or less beyond {most:g} s, {variant}: {'MISSED' if beyond else 'met'}")
        lines += [
            f"  {result.cost.seconds:.2f} s, {result.length} bytes, {result.pixels / 1e6:.1f} Mpx: {result.label}"
            for result in beyond
        ]
        over = [result for result in own if result.cost.memory > MAX_MEMORY]
        lines.append(f"no file of 64 KB or less beyond max_memory, {variant}: {'MISSED' if over else 'met'}")
        lines += [f"  {result.cost.memory >> 20} MiB, {result.length} bytes: {result.label}" for result in over]
    superlinear = [f"  {family.label}" for family in FAMILIES if (_exponent(family, results) or 0) > 1.15]
    lines.append(f"no cost that grows faster than the file: {'MISSED' if superlinear else 'met'}")
    return "\n".join(lines + superlinear)


def _exponent(family: Family, results: list[Result]) -> float | None:
    return growth([result for result in results if result.family is family and result.output == "jpeg"])


def _kb(size: int) -> str:
    return f"{size // KB} KB"


if __name__ == "__main__":
    main()
