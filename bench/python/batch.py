"""Thumbnails of a column of images on Ray Data and Daft, by Thumbox, by Pillow, and by Daft's own functions.

    python batch.py [--pictures 600] [--size 256] [--megapixels 2] [--json FILE]

Writes a Parquet file of JPEGs, one in a hundred of them broken, and runs each way at one and at two workers: a process
for each job, in an environment that is made for it. Prints the pictures per second of the workers' processors, the
pictures per second on the wall, and the driver's peak memory. On Ray the seconds are those of the function that makes
the thumbnails, summed over the workers; on Daft those of the whole process, reading and writing included.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import NamedTuple

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from _batch import WAYS
from _pictures import mosaic, photographs, shaped

sys.path.insert(0, str(Path(__file__).parents[2] / "hosts/python/tests"))
from environments import environment

HERE = Path(__file__).parent
KINDS, BROKEN = 20, 100
"""How many photographs there are, and one of how many rows is none."""
MIB = 1 << 20

SETTINGS = {
    "DO_NOT_TRACK": "1",
    "RAY_AUTH_MODE": "disabled",
    "RAY_USAGE_STATS_ENABLED": "0",
    # By default Ray's workers give way to everything else, also to the driver.
    "RAY_worker_niceness": "0",
}


class Taken(NamedTuple):
    """What a job took."""

    way: str
    workers: int
    made: int
    seconds: float
    """The workers' processors'."""
    wall: float
    peak: int
    """The driver's, in bytes."""


def main() -> None:
    """Measures and prints."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pictures", type=int, default=600, help="rows of the file (default: 600)")
    parser.add_argument("--size", type=int, default=256, help="the thumbnails' box (default: 256)")
    parser.add_argument("--megapixels", type=float, default=2, metavar="M", help="of each picture (default: 2)")
    parser.add_argument("--json", type=Path, metavar="FILE", help="writes the numbers, too")
    options = parser.parse_args()
    python = environment(HERE / "requirements/batch.txt")
    with tempfile.TemporaryDirectory(prefix="thumbox-", ignore_cleanup_errors=True) as folder:
        source = Path(folder) / "images.parquet"
        bytes_of_all = write(source, options.pictures, options.megapixels)
        print(f"{options.pictures} JPEGs of {options.megapixels:g} megapixels, {bytes_of_all / MIB:.0f} MiB\n")
        print(f"{'':26}{'workers':>8}{'pictures per processor s':>26}{'per s on the wall':>19}{'driver MiB':>12}")
        results = []
        for workers in (1, 2):
            for way in WAYS:
                taken = job(python, way, workers, source, options.size)
                results.append(taken)
                speed, on_wall = taken.made / taken.seconds, taken.made / taken.wall
                print(f"{way:26}{workers:>8}{speed:>26.1f}{on_wall:>19.1f}{taken.peak / MIB:>12.0f}", flush=True)
    if options.json:
        options.json.write_text(json.dumps([taken._asdict() for taken in results], indent=1))


def write(file: Path, count: int, megapixels: float) -> int:
    """A file with that many images; the bytes of all of them."""
    unit = math.ceil(math.sqrt(megapixels * 1e6 / 12))
    pieces = photographs()
    # Each begins with other photographs.
    turns = [pieces[turn % len(pieces) :] + pieces[: turn % len(pieces)] for turn in range(min(count, KINDS))]
    jpegs = [shaped(mosaic(4 * unit, 3 * unit, turned), "4:2:0 q85") for turned in turns]
    images = [b"no image" if row % BROKEN == BROKEN - 1 else jpegs[row % len(jpegs)] for row in range(count)]
    table = pa.table({"name": [str(row) for row in range(count)], "image": pa.array(images, pa.binary())})
    # So that there is work for two: a group of rows is the least that an engine reads.
    pq.write_table(table, file, compression="none", use_dictionary=False, row_group_size=max(1, count // 8))
    return sum(map(len, images))


def job(python: Path, way: str, workers: int, source: Path, size: int) -> Taken:
    """Runs one way, and looks whether it made every thumbnail."""
    with tempfile.TemporaryDirectory(prefix="thumbox-", ignore_cleanup_errors=True) as folder:
        target = Path(folder) / "out"
        command: list[str | Path] = [python, HERE / "_batch.py", way, str(workers), source, target, str(size)]
        settings = {**os.environ, **SETTINGS, "RAY_TMPDIR": folder, "PYTHONPATH": str(HERE)}
        run = subprocess.run(command, capture_output=True, text=True, env=settings, check=False)  # noqa: S603 -- it is ours
        if run.returncode != 0:
            raise SystemExit(f"{way}, {workers} workers:\n{run.stderr}")
        told = json.loads(run.stdout.splitlines()[-1])
        table, wanted = pq.read_table(target), pq.read_table(source, columns=["image"])["image"]
    broken = pc.sum(pc.equal(wanted, b"no image")).as_py() or 0
    if (len(table), table["thumbnail"].null_count) != (len(wanted), broken):
        raise SystemExit(f"{way}: {len(table)} rows, {table['thumbnail'].null_count} without a thumbnail")
    seconds = told["seconds"] or pc.sum(table["seconds"]).as_py()
    return Taken(way, workers, len(table) - broken, seconds, told["wall"], told["peak"])


if __name__ == "__main__":
    main()
