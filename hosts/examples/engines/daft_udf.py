"""Thumbnails of a column of images, by Daft.

    python daft_udf.py IN.parquet OUT

IN has the columns `name` and `image`. OUT is a folder of Parquet files with `name`, and with `thumbnail`,
`width`, `height` and `format`, or `code` and `message` where an image failed.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import daft

import thumbox.arrow

if TYPE_CHECKING:
    import pyarrow as pa

LOAD = {"formats": ("jpeg", "png", "webp"), "timeout": 5.0}
TYPE = daft.DataType.from_arrow_type(thumbox.arrow.thumbnail_type())


def thumbnails(images: daft.Series) -> pa.Array:
    return thumbox.arrow.thumbnails(images.to_arrow(), 128, 128, load=LOAD, parallelism=1)


def main(source: str, target: str) -> None:
    made = daft.func.batch(return_dtype=TYPE, unnest=True, batch_size=64)(thumbnails)
    images = daft.read_parquet(source)
    images.select("name", made(images["image"])).write_parquet(target)


if __name__ == "__main__":
    main(*sys.argv[1:])
