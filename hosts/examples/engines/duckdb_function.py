"""Thumbnails of a column of images, by DuckDB.

    python duckdb_function.py IN.parquet OUT.parquet

IN has the columns `name` and `image`. OUT has `name`, and `thumbnail`, `width`, `height` and `format`, or
`code` and `message` where an image failed.
"""

from __future__ import annotations

import sys

import duckdb
import pyarrow as pa  # noqa: TC002 -- DuckDB evaluates the annotations

import thumbox.arrow

LOAD = {"formats": ("jpeg", "png", "webp"), "timeout": 5.0}
TYPE = "STRUCT(thumbnail BLOB, width BIGINT, height BIGINT, format VARCHAR, code INTEGER, message VARCHAR)"


def thumbnails(images: pa.ChunkedArray) -> pa.ChunkedArray:
    return thumbox.arrow.thumbnails(images, 128, 128, load=LOAD, parallelism=1)


def main(source: str, target: str) -> None:
    with duckdb.connect() as database:
        database.create_function("thumbnails", thumbnails, ["BLOB"], TYPE, type="arrow", null_handling="special")
        images = database.read_parquet(source)
        images.project("name, unnest(thumbnails(image))").write_parquet(target)


if __name__ == "__main__":
    main(*sys.argv[1:])
