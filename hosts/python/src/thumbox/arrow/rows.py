"""From images to a struct for each: its result, or what was wrong."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from thumbox._errors import TOO_MANY_REQUESTS, PluginError
from thumbox._terminal import shown
from thumbox.arrow.columns import items

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from contextlib import AbstractContextManager

    from thumbox._reply import ImageInfo, Placeholder, Thumbnail
    from thumbox._source import BinaryFile, ImageSource

__all__ = ["PLACEHOLDERS", "PROBES", "THUMBNAILS", "Kind", "rows"]

_ERROR = (pa.field("code", pa.int32()), pa.field("message", pa.string()))


@dataclass(frozen=True)
class Kind:
    """What is made of each image."""

    fields: tuple[pa.Field, ...]
    values: Callable[[Any], tuple[object, ...]]
    """The fields' values of a result."""

    @property
    def type(self) -> pa.DataType:
        """The struct: the fields, and the error's."""
        return pa.struct((*self.fields, *_ERROR))


def _of_thumbnail(made: Thumbnail) -> tuple[object, ...]:
    return made.data, made.width, made.height, made.format


def _of_info(info: ImageInfo) -> tuple[object, ...]:
    return tuple(getattr(info, field.name) for field in PROBES.fields)


def _of_placeholder(made: Placeholder) -> tuple[object, ...]:
    return made.hash, "#" + bytes(made.average).hex(), made.width, made.height, made.has_alpha


_SIDES = (pa.field("width", pa.int64()), pa.field("height", pa.int64()))
_FORMAT = pa.field("format", pa.string())

# Signed numbers and plain types: Spark has no others.
THUMBNAILS = Kind((pa.field("thumbnail", pa.binary()), *_SIDES, _FORMAT), _of_thumbnail)
PROBES = Kind(
    (
        _FORMAT,
        *_SIDES,
        pa.field("stored_width", pa.int64()),
        pa.field("stored_height", pa.int64()),
        pa.field("orientation", pa.int32()),
        *(pa.field(name, pa.bool_()) for name in ("alpha", "animated", "icc", "progressive")),
        *(pa.field(name, pa.int64()) for name in ("frames", "duration_ms")),
    ),
    _of_info,
)
PLACEHOLDERS = Kind(
    (pa.field("hash", pa.binary()), pa.field("average", pa.string()), *_SIDES, pa.field("has_alpha", pa.bool_())),
    _of_placeholder,
)

_LAST_OF_THE_CALL = 9
"""Codes up to this one, and 13, are the plugin's own: another image would meet the same."""

_MOST = (1 << 31) - 1
"""Bytes of all items of an array of binary."""


@dataclass(frozen=True)
class _Failure:
    """What is wrong with one image."""

    code: int | None
    message: str


def rows(
    kind: Kind,
    array: pa.Array,
    make: Callable[[ImageSource], object],
    opened: Callable[[str], AbstractContextManager[BinaryFile]] | None,
    parallelism: int,
) -> pa.StructArray:
    """A struct for each image of an array, or, with `opened`, for each path."""

    def one(item: memoryview | None) -> Any:
        if item is None:
            return None
        try:
            return kind.values(make(item) if opened is None else _of_file(make, opened, item))
        except PluginError as error:
            if error.code <= _LAST_OF_THE_CALL or error.code == TOO_MANY_REQUESTS:
                raise
            return _Failure(error.code, error.message)
        except _UnreadableError as error:
            return _Failure(None, str(error))

    return _struct(kind, list(_in_order(one, items(array), min(parallelism, max(1, len(array))))))


class _UnreadableError(Exception):
    """A file that could not be read."""


def _of_file(
    make: Callable[[ImageSource], object],
    opened: Callable[[str], AbstractContextManager[BinaryFile]],
    name: memoryview,
) -> object:
    path = str(name, errors="backslashreplace")
    try:
        with opened(str(name, "utf-8")) as file:
            return make(file)
    except PluginError:
        raise
    except Exception as error:  # noqa: BLE001 -- whatever a store's library raises: the other files may be there
        is_clear = isinstance(error, OSError | ValueError)
        reason = getattr(error, "strerror", None) or (str(error) if is_clear else f"{type(error).__name__}: {error}")
        raise _UnreadableError(f"{shown(path)}: {reason}") from None


def _in_order(work: Callable[[Any], Any], items: Iterable[Any], parallelism: int) -> Iterator[Any]:
    """The results of all items, in their order."""
    if parallelism == 1:
        yield from map(work, items)
        return
    with ThreadPoolExecutor(parallelism, thread_name_prefix="thumbox") as pool:
        try:
            yield from pool.map(work, items)
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise


def _struct(kind: Kind, results: list[tuple[object, ...] | _Failure | None]) -> pa.StructArray:
    columns: list[list[object]] = [[] for _ in kind.fields]
    for result in results:
        values = result if isinstance(result, tuple) else (None,) * len(columns)
        for column, value in zip(columns, values, strict=True):
            column.append(value)
    failures = [result if isinstance(result, _Failure) else None for result in results]
    columns.append([failure and failure.code for failure in failures])
    columns.append([failure and failure.message for failure in failures])
    total = sum(len(value) for value in columns[0] if isinstance(value, memoryview))
    if total > _MOST:
        raise OverflowError(f"the thumbnails of one chunk have {total} bytes; {_MOST} fit: give smaller batches")
    arrays = [pa.array(column, field.type) for column, field in zip(columns, kind.type, strict=True)]
    return pa.StructArray.from_arrays(
        arrays, fields=list(kind.type), mask=pa.array([result is None for result in results], pa.bool_())
    )
