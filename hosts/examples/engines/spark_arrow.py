"""Thumbnails of a column of images, by Spark.

    python spark_arrow.py IN.parquet OUT

IN has the columns `name` and `image`. OUT is a folder of Parquet files with `name`, and with `thumbnail`,
`width`, `height` and `format`, or `code` and `message` where an image failed.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import pyarrow as pa
from pyspark.sql import SparkSession

import thumbox.arrow

if TYPE_CHECKING:
    from collections.abc import Iterator

LOAD = {"formats": ("jpeg", "png", "webp"), "timeout": 5.0}
SCHEMA = "name string, thumbnail binary, width long, height long, format string, code int, message string"


def with_thumbnails(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    for batch in batches:
        made = thumbox.arrow.thumbnails(batch["image"], 128, 128, load=LOAD, parallelism=1)
        yield pa.RecordBatch.from_struct_array(made).add_column(0, "name", batch["name"])


def main(source: str, target: str) -> None:
    spark = SparkSession.builder.config("spark.sql.execution.arrow.maxRecordsPerBatch", 64).getOrCreate()
    images = spark.read.parquet(source).select("name", "image")
    images.mapInArrow(with_thumbnails, SCHEMA).write.parquet(target)


if __name__ == "__main__":
    main(*sys.argv[1:])
