"""`pickled.py ENGINE PHOTO`: a plugin in a closure that Ray, Dask or Spark sends to other processes.

Prints the processes and the thumbnails' digests.
"""

from __future__ import annotations

import hashlib
import json
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import thumbox

if TYPE_CHECKING:
    from collections.abc import Callable

COPIES = 8


def by_ray(make: Callable[[bytes], Any], photo: bytes) -> list[Any]:
    """As remote functions."""
    import ray

    ray.init(num_cpus=2, include_dashboard=False, log_to_driver=False)
    remote = ray.remote(make)
    made: list[Any] = ray.get([remote.remote(photo) for _ in range(COPIES)])
    return made


def by_dask(make: Callable[[bytes], Any], photo: bytes) -> list[Any]:
    """As delayed calls, in a pool of processes."""
    import dask

    return list(dask.compute(*[dask.delayed(make)(photo) for _ in range(COPIES)], scheduler="processes", num_workers=2))


def by_spark(make: Callable[[bytes], Any], photo: bytes) -> list[Any]:
    """As a function that is mapped."""
    from pyspark.sql import SparkSession

    # Its workers would take the first Python of PATH.
    os.environ["PYSPARK_PYTHON"] = sys.executable
    spark = SparkSession.builder.master("local[2]").config("spark.ui.enabled", "false").getOrCreate()
    made: list[Any] = spark.sparkContext.parallelize([photo] * COPIES, 2).map(make).collect()
    spark.stop()
    return made


def main(engine: str, photo: str) -> None:
    """Runs one engine."""
    with thumbox.load(formats=("jpeg",), timeout=5.0) as plugin:

        def make(image: bytes) -> tuple[int, str]:
            return os.getpid(), hashlib.sha256(plugin.thumbnail(image, 64, 64).data).hexdigest()

        made = {"ray": by_ray, "dask": by_dask, "spark": by_spark}[engine](make, Path(photo).read_bytes())
    elsewhere = all(process != os.getpid() for process, _ in made)
    sys.stdout.write("\n" + json.dumps([elsewhere, len(made), sorted({digest for _, digest in made})]) + "\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
