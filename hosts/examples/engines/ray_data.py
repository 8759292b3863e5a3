"""Thumbnails of a column of images, by Ray Data.

    python ray_data.py IN.parquet OUT

IN has the columns `name` and `image`. OUT is a folder of Parquet files with `name`, and with `thumbnail`,
`width`, `height` and `format`, or `code` and `message` where an image failed.
"""

from __future__ import annotations

import sys

import pyarrow as pa
import ray.data

import thumbox.arrow

LOAD = {"formats": ("jpeg", "png", "webp"), "timeout": 5.0}


def with_thumbnails(batch: pa.Table) -> pa.Table:
    made = thumbox.arrow.thumbnails(batch["image"], 128, 128, load=LOAD, parallelism=1)
    return pa.Table.from_struct_array(made).add_column(0, "name", batch["name"])


def main(source: str, target: str) -> None:
    images = ray.data.read_parquet(source).select_columns(["name", "image"])
    images.map_batches(with_thumbnails, batch_format="pyarrow", batch_size=64).write_parquet(target)


if __name__ == "__main__":
    main(*sys.argv[1:])
