"""What one thumbnail costs from a cold start: one process for each picture, ours and the peers' in turn.

    python start.py [--photo FILE] [--size 256] [--rounds 20]

Whole processes: the interpreter, the imports, loading the library or the compiled component, one picture, the end.
Prints medians of the wall time and of the processor time of each program, with their interquartile range, and the bars.
The first round is not counted: in it the component is compiled, once for this user, and Python writes its bytecode.
"""

from __future__ import annotations

import argparse
import os
import shutil
import statistics
import sys
import tempfile
import time
from pathlib import Path
from typing import NamedTuple

from _pictures import mosaic, photographs, shaped

WASM, NATIVE = 0.25, 0.12
"""Seconds of processor time that ours may take."""

PILLOW = """
import sys
from PIL import Image
with Image.open(sys.argv[1]) as image:
    image.thumbnail((int(sys.argv[3]), int(sys.argv[3])))
    image.save(sys.argv[2], quality=85)
"""
PYVIPS = """
import sys, pyvips
pyvips.Image.thumbnail(sys.argv[1], int(sys.argv[3])).write_to_file(sys.argv[2], Q=85)
"""


class Run(NamedTuple):
    """One process: seconds on the wall, and of the processors."""

    wall: float
    work: float


def main() -> int:
    """Measures and prints."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--photo", type=Path, help="a picture (default: a photograph of 4 megapixels that is made)")
    parser.add_argument("--size", type=int, default=256, help="the thumbnail's box (default: 256)")
    parser.add_argument("--rounds", type=int, default=20, help="processes of each program (default: 20)")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        photo = options.photo or made(Path(folder))
        commands = programs(photo, Path(folder) / "out.jpg", options.size)
        missing = [name for name, command in commands.items() if measured(command) is None]
        runs: dict[str, list[Run]] = {name: [] for name in commands if name not in missing}
        for _ in range(options.rounds):
            for name, all_of_it in runs.items():
                run = measured(commands[name])
                if run is None:
                    raise SystemExit(f"{name} worked once, and then failed")
                all_of_it.append(run)
    print(f"{'':16}{'wall s':>16}{'processor s':>18}{'thumbox wasm is':>20}")
    ours = statistics.median(run.work for run in runs["thumbox wasm"])
    for name, all_of_it in runs.items():
        wall, work = ([getattr(run, field) for run in all_of_it] for field in Run._fields)
        print(f"{name:16}{spread(wall):>16}{spread(work):>18}{ours / statistics.median(work):>18.2f} x")
    for name in missing:
        print(f"not measured: {name}, which is not here or does not work")
    for name, most in (("thumbox wasm", WASM), ("thumbox native", NATIVE)):
        median = statistics.median(run.work for run in runs[name])
        print(f"bar: {name} at most {most} s of processor time: {median:.3f}: {'met' if median <= most else 'MISSED'}")
    return 0


def programs(photo: Path, out: Path, size: int) -> dict[str, list[str]]:
    """The commands that each make one thumbnail."""
    thumbox = [sys.executable, "-m", "thumbox", "make", str(photo), "-o", str(out), "--size", str(size), "--force"]
    box = f"{size}x{size}"
    return {
        "thumbox wasm": [*thumbox, "--quiet"],
        "thumbox native": [*thumbox, "--quiet", "--variant", "native"],
        "Pillow": [sys.executable, "-c", PILLOW, str(photo), str(out), str(size)],
        "pyvips": [sys.executable, "-c", PYVIPS, str(photo), str(out), str(size)],
        "vipsthumbnail": ["vipsthumbnail", str(photo), "--size", box, "-o", f"{out}[Q=85]"],
        "convert": ["convert", str(photo), "-auto-orient", "-thumbnail", box, "-quality", "85", str(out)],
    }


def measured(command: list[str]) -> Run | None:
    """Runs it to its end, alone; None where it is not here or fails."""
    if not shutil.which(command[0]):
        return None
    start = time.perf_counter()
    silent = [(os.POSIX_SPAWN_OPEN, 2, os.devnull, os.O_WRONLY, 0)]
    child = os.posix_spawnp(command[0], command, os.environ, file_actions=silent)
    _, status, usage = os.wait4(child, 0)
    wall = time.perf_counter() - start
    return None if status else Run(wall, usage.ru_utime + usage.ru_stime)


def made(folder: Path) -> Path:
    """A photograph of 4 megapixels, as a camera writes it."""
    photo = folder / "photo.jpg"
    photo.write_bytes(shaped(mosaic(2304, 1728, photographs()), "4:2:0 q85"))
    return photo


def spread(values: list[float]) -> str:
    """The median and half of the interquartile range."""
    low, middle, high = statistics.quantiles(values, n=4) if len(values) > 1 else values * 3
    return f"{middle:.3f} ±{(high - low) / 2:.3f}"


if __name__ == "__main__":
    sys.exit(main())
