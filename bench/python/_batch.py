"""One job of `batch.py`, a process of its own: Parquet with images to Parquet with thumbnails.

    python _batch.py WAY WORKERS IN.parquet OUT SIZE

It runs in the environment of `requirements/batch.txt`. Its last line is JSON: the driver's peak memory, and for Daft,
whose workers are threads of the driver, the processor's seconds.
"""

from __future__ import annotations

import io
import json
import os
import re
import sys
import time
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow as pa

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["WAYS"]

BATCH, QUALITY = 32, 85


def main(way: str, workers: str, source: str, target: str, size: str) -> None:
    """Runs the job and prints what its process took."""
    start = time.perf_counter()
    seconds = WAYS[way](int(workers), source, target, int(size))
    taken = {
        "wall": time.perf_counter() - start,
        "seconds": seconds,
        "peak": peak(),
    }
    print(json.dumps(taken))


def peak() -> int:
    """The most bytes that this process had in memory. What getrusage says has the parent's before exec, too."""
    [kibibytes] = re.findall(r"VmHWM:\s+(\d+) kB", Path("/proc/self/status").read_text())
    return int(kibibytes) * 1024


# Ray Data: a task a worker.


def ray_thumbox(workers: int, source: str, target: str, size: int) -> None:
    """Thumbox in its sandbox."""
    _on_ray(thumbox_made, workers, source, target, size)


def ray_pillow(workers: int, source: str, target: str, size: int) -> None:
    """The same job by Pillow, in the worker's own process."""
    _on_ray(pillow_made, workers, source, target, size)


def _on_ray(
    make: Callable[[pa.ChunkedArray, int], pa.Array], workers: int, source: str, target: str, size: int
) -> None:
    import ray.data  # noqa: PLC0415 -- Daft's jobs have no Ray in memory

    # Two processors more, for the tasks that read.
    ray.init(num_cpus=workers + 2, include_dashboard=False, log_to_driver=False, _node_ip_address="127.0.0.1")
    ray.data.DataContext.get_current().enable_progress_bars = False
    images = ray.data.read_parquet(source)
    work = partial(timed, make=make, size=size)
    made = images.map_batches(
        work, batch_format="pyarrow", batch_size=BATCH, compute=ray.data.TaskPoolStrategy(workers)
    )
    made.write_parquet(target)


def timed(batch: pa.Table, make: Callable[[pa.ChunkedArray, int], pa.Array], size: int) -> pa.Table:
    """The thumbnails of a batch, and beside each its share of the process's seconds."""
    start = time.process_time()
    made = make(batch["image"], size)
    share = (time.process_time() - start) / len(batch)
    return pa.table({"name": batch["name"], "thumbnail": made, "seconds": [share] * len(batch)})


def thumbox_made(images: pa.ChunkedArray, size: int) -> pa.ChunkedArray:
    """Thumbnails by `thumbox.arrow`."""
    import thumbox.arrow  # noqa: PLC0415 -- as Ray

    load = {"formats": ("jpeg",), "timeout": 5.0}
    made = thumbox.arrow.thumbnails(images, size, size, quality=QUALITY, load=load, parallelism=1)
    return pa.chunked_array([chunk.field("thumbnail") for chunk in made.chunks], pa.binary())


def pillow_made(images: pa.ChunkedArray, size: int) -> pa.Array:
    """Thumbnails by Pillow, null where it cannot."""
    return pa.array([_by_pillow(image.as_py(), size) for image in images], pa.binary())


def _by_pillow(data: bytes, size: int) -> bytes | None:
    from PIL import Image, ImageOps  # noqa: PLC0415 -- as Ray

    try:
        with Image.open(io.BytesIO(data), formats=("JPEG",)) as image:
            image.thumbnail((size, size))
            small = ImageOps.exif_transpose(image).convert("RGB")
    except OSError:
        return None
    file = io.BytesIO()
    small.save(file, "JPEG", quality=QUALITY)
    return file.getvalue()


# Daft: threads of this process.


def daft_thumbox(workers: int, source: str, target: str, size: int) -> float:
    """Thumbox in its sandbox."""
    import daft  # noqa: PLC0415 -- as Ray

    def made(images: daft.Series) -> pa.Array:
        return thumbox_made(pa.chunked_array([images.to_arrow()]), size)

    batches = daft.func.batch(return_dtype=daft.DataType.binary(), batch_size=BATCH)(made)
    return _on_daft(batches, workers, source, target)


def daft_own(workers: int, source: str, target: str, size: int) -> float:
    """Its own functions of images: they decode, resize and encode."""
    from daft.functions import decode_image, encode_image, resize  # noqa: PLC0415 -- as Ray

    def made(images: object) -> object:
        # It knows no box, and the pictures are 4 by 3.
        return encode_image(resize(decode_image(images, on_error="null"), size, size * 3 // 4), "jpeg")

    return _on_daft(made, workers, source, target)


def _on_daft(made: Callable[[object], object], workers: int, source: str, target: str) -> float:
    # It takes as many threads as it may use processors.
    os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:workers])
    import daft  # noqa: PLC0415 -- as Ray

    start = time.process_time()
    images = daft.read_parquet(source)
    images.select("name", made(images["image"]).alias("thumbnail")).write_parquet(target)  # type: ignore[attr-defined]
    return time.process_time() - start


WAYS: dict[str, Callable[[int, str, str, int], float | None]] = {
    "Ray Data, Thumbox": ray_thumbox,
    "Ray Data, Pillow": ray_pillow,
    "Daft, Thumbox": daft_thumbox,
    "Daft, its own functions": daft_own,
}

if __name__ == "__main__":
    main(*sys.argv[1:])
