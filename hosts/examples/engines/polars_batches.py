"""Thumbnails of a column of images, by Polars.

    python polars_batches.py IN.parquet OUT.parquet

IN has the columns `name` and `image`. OUT has `name`, and `thumbnail`, `width`, `height` and `format`, or
`code` and `message` where an image failed.
"""

from __future__ import annotations

import sys

import polars as pl
import pyarrow as pa

import thumbox.arrow

LOAD = {"formats": ("jpeg", "png", "webp"), "timeout": 5.0}
TYPE = pl.Series(pa.array([], thumbox.arrow.thumbnail_type())).dtype


def thumbnails(images: pl.Series) -> pl.Series:
    return pl.Series(thumbox.arrow.thumbnails(images, 128, 128, load=LOAD, parallelism=1))


def main(source: str, target: str) -> None:
    pl.Config.set_streaming_chunk_size(64)
    made = pl.col("image").map_batches(thumbnails, return_dtype=TYPE, is_elementwise=True)
    pl.scan_parquet(source).select("name", made.alias("made")).unnest("made").sink_parquet(target)


if __name__ == "__main__":
    main(*sys.argv[1:])
