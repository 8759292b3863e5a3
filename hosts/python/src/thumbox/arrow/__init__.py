"""Columns of images in, columns of thumbnails out, as Apache Arrow has them: for Ray, Spark, Daft, DuckDB and Polars.

import pyarrow.parquet
import thumbox.arrow

table = pyarrow.parquet.read_table("photos.parquet")
made = thumbox.arrow.thumbnails(table["image"], 256, 256, format="webp")
table = table.append_column("thumbnail", made)

A picture that cannot be shown is a row with its error, and no other row is lost. Needs pyarrow: the extra
`thumbox[arrow]`.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, SupportsIndex

from thumbox._options import U32, integer
from thumbox._request import Target, ThumbnailOptions
from thumbox.arrow.columns import ArrowColumn, pieces, together
from thumbox.arrow.files import open_by
from thumbox.arrow.rows import PLACEHOLDERS, PROBES, THUMBNAILS, Kind, rows
from thumbox.arrow.shared import plugin_for

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import pyarrow as pa
    from typing_extensions import Unpack

    from thumbox._plugin import Plugin
    from thumbox._source import ImageSource

__all__ = ["placeholder_type", "placeholders", "probe", "probe_type", "thumbnail_type", "thumbnails"]


def thumbnails(
    column: ArrowColumn,
    width: SupportsIndex = 0,
    height: SupportsIndex = 0,
    *,
    plugin: Plugin | None = None,
    load: Mapping[str, Any] | None = None,
    filesystem: object = None,
    parallelism: int | None = None,
    max_pixels: SupportsIndex = 0,
    **options: Unpack[ThumbnailOptions],
) -> pa.StructArray | pa.ChunkedArray:
    """A thumbnail of each image of a column.

    made = thumbox.arrow.thumbnails(table["image"], 256, 256, format="webp", load={"formats": ("jpeg", "png")})

    column         the image files: an array or chunked array of pyarrow's, or anything that shows itself as one (a
                   series of Polars), of binary, large_binary, binary_view or fixed_size_binary. With `filesystem` of
                   string, large_string or string_view: their paths.
    width, height  the box in pixels, as in `Plugin.thumbnail`; so are `max_pixels` and all `options`, among them
                   `format`, `quality`, `fit` and `position`.
    plugin         the plugin that makes them. Default None: one of this process, which every later call with the same
                   `load` shares.
    load           options of `thumbox.load` for that plugin: limits, `formats`, `timeout`, and `variant`. Unlike a
                   plugin they cost nothing to send to a cluster's workers. Default None: none, the sandbox.
    filesystem     where paths are read: a `pyarrow.fs.FileSystem`, or fsspec's. A path is one of that file system, and
                   never names another: "::", "://" and the part ".." are refused. Default None: the column has bytes.
    parallelism    threads that make thumbnails, 1 to 1024. Engines run many tasks at once: give them 1. Default None:
                   as many as the plugin makes calls at once.

    The result is as long as the column, in its order and in its chunks, a struct for each image: `thumbnail` (binary,
    the file's bytes), `width` and `height` (int64), `format` (string); and where the image failed, null there, `code`
    (int32) with the error's number, null for a file that cannot be read, and `message` (string). An image that is null
    is a null. `thumbnail_type()` is the type.

    Images are not copied on the way to the plugin. What is in memory at once is the column, its thumbnails, and, with
    `filesystem`, one file for each thread.

    Raises TypeError and ValueError for a column of another type and for wrong arguments, also if the column is empty;
    PluginError where the plugin itself cannot work (codes 1 to 9 and 13); OverflowError for thumbnails of 2 GiB and
    more of one chunk.
    """
    # Before any image: a wrong option is no image's fault.
    Target.checked(width, height, **options)
    limit = _limit(max_pixels)
    return _made(
        THUMBNAILS,
        column,
        plugin,
        load,
        filesystem,
        parallelism,
        lambda plugin, image: plugin.thumbnail(image, width, height, max_pixels=limit, **options),
    )


def probe(
    column: ArrowColumn,
    *,
    plugin: Plugin | None = None,
    load: Mapping[str, Any] | None = None,
    filesystem: object = None,
    parallelism: int | None = None,
) -> pa.StructArray | pa.ChunkedArray:
    """What the headers of each image of a column say; no pixel is decoded.

    sizes = thumbox.arrow.probe(table["image"])

    The arguments, errors and rules are those of `thumbnails`. A struct for each image, with the fields of
    `thumbox.ImageInfo`: `format` (string), `width`, `height`, `stored_width`, `stored_height` (int64), `orientation`
    (int32), `alpha`, `animated`, `icc`, `progressive` (bool), `frames`, `duration_ms` (int64); and `code`, `message`.
    `probe_type()` is the type.
    """
    return _made(PROBES, column, plugin, load, filesystem, parallelism, lambda plugin, image: plugin.probe(image))


def placeholders(
    column: ArrowColumn,
    *,
    plugin: Plugin | None = None,
    load: Mapping[str, Any] | None = None,
    filesystem: object = None,
    parallelism: int | None = None,
    max_pixels: SupportsIndex = 0,
) -> pa.StructArray | pa.ChunkedArray:
    """A ThumbHash of each image of a column, and its average colour: what a page shows until a thumbnail is there.

    hashes = thumbox.arrow.placeholders(table["image"])

    The arguments, errors and rules are those of `thumbnails`; `max_pixels` is that of `Plugin.placeholder`. A struct
    for each image: `hash` (binary), `average` (string, "#rrggbb"), `width`, `height` (int64, of the upright image),
    `has_alpha` (bool); and `code`, `message`. `placeholder_type()` is the type.
    """
    limit = _limit(max_pixels)
    return _made(
        PLACEHOLDERS,
        column,
        plugin,
        load,
        filesystem,
        parallelism,
        lambda plugin, image: plugin.placeholder(image, max_pixels=limit),
    )


def thumbnail_type() -> pa.DataType:
    """The type of what `thumbnails` gives, for an engine that asks for it beforehand."""
    return THUMBNAILS.type


def probe_type() -> pa.DataType:
    """The type of what `probe` gives."""
    return PROBES.type


def placeholder_type() -> pa.DataType:
    """The type of what `placeholders` gives."""
    return PLACEHOLDERS.type


def _limit(max_pixels: SupportsIndex) -> int:
    return integer("max_pixels", max_pixels, 0, U32)


def _made(
    kind: Kind,
    column: ArrowColumn,
    plugin: Plugin | None,
    load: Mapping[str, Any] | None,
    filesystem: object,
    parallelism: int | None,
    make: Callable[[Plugin, ImageSource], object],
) -> pa.StructArray | pa.ChunkedArray:
    """A struct for each image. `make` raises for one that fails."""
    chunks = pieces(column, of_paths=filesystem is not None)
    opened = open_by(filesystem)
    threads = None if parallelism is None else integer("parallelism", parallelism, 1, 1024)
    chosen = plugin_for(plugin, load)
    made = [rows(kind, chunk, partial(make, chosen), opened, threads or chosen.max_concurrent) for chunk in chunks]
    return together(column, made, kind.type)
