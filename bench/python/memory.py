"""How much memory the sandbox takes for a thumbnail of a large JPEG.

    python memory.py [--corpus DIR] [--size 256] [--small 12] [--large 100]

Makes JPEGs of 12 and of 100 megapixels from photographs' pieces, enlarged and with a camera's grain, and thumbnails
each in a sandbox of its own. The sandbox's linear memory never shrinks, so what it has after the call is the most that
it had: stack, data, the file itself and all that decoding took. What it has beside the file is held against the bar.
"""

from __future__ import annotations

import argparse
import math
from pathlib import Path

from _pictures import collect, mosaic, shaped

import thumbox

MIB = 1 << 20
BASELINE, PROGRESSIVE = "4:2:0 q85", "progressive 4:2:0 q75"
BARS = {("small", BASELINE): 8, ("large", BASELINE): 8, ("large", PROGRESSIVE): 24}
"""MiB beside the file."""


def main() -> None:
    """Measures and prints."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--corpus", type=Path, help="a folder of pictures to take the pieces from")
    parser.add_argument("--size", type=int, default=256, help="side of the box (default: 256)")
    parser.add_argument("--small", type=float, default=12, metavar="M", help="megapixels (default: 12)")
    parser.add_argument("--large", type=float, default=100, metavar="M", help="megapixels (default: 100)")
    options = parser.parse_args()
    pictures = collect(options.corpus, derive=False, larger=False)
    print(f"MiB of the sandbox's memory for a thumbnail in a box of {options.size} x {options.size}\n")
    print(f"{'':40}{'file':>9}{'memory':>9}{'beside the file':>17}{'bar':>9}")
    for which in ("small", "large"):
        # 4 to 3, as most cameras have it.
        unit = math.ceil(math.sqrt(getattr(options, which) * 1e6 / 12))
        image = mosaic(4 * unit, 3 * unit, pictures)
        for shape in (BASELINE, PROGRESSIVE):
            file = shaped(image, shape)
            memory = needed(file, options.size)
            beside, bar = (memory - len(file)) / MIB, BARS.get((which, shape))
            verdict = "" if bar is None else f"{f'<= {bar}':>9}  {'met' if beside <= bar else 'MISSED'}"
            name = f"{4 * unit} x {3 * unit} {shape}"
            print(f"{name:40}{len(file) / MIB:>9.2f}{memory / MIB:>9.2f}{beside:>17.2f}{verdict}", flush=True)


def needed(file: bytes, size: int) -> int:
    """Bytes of linear memory that a new sandbox has after the file's thumbnail."""
    with thumbox.load("wasm", timeout=None, max_request=1 << 30) as plugin:
        plugin.thumbnail(file, size, size)
        return plugin.stats().memory_high_water


if __name__ == "__main__":
    main()
