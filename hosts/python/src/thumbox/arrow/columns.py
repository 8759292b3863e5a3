"""The items of a column, images or paths, one by one, where they lie."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, Any, Protocol, TypeAlias

try:
    import pyarrow as pa
except ModuleNotFoundError as error:
    raise ModuleNotFoundError(
        "thumbox.arrow needs pyarrow; install the extra: pip install 'thumbox[arrow]'", name=error.name
    ) from None

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

__all__ = ["ArrowColumn", "items", "pieces", "together"]


class _Array(Protocol):
    """What shows itself as an array, by Arrow's PyCapsule interface."""

    def __arrow_c_array__(self, requested_schema: object = None) -> tuple[object, object]: ...


class _Stream(Protocol):
    """What shows itself as arrays one after the other."""

    def __arrow_c_stream__(self, requested_schema: object = None) -> object: ...


ArrowColumn: TypeAlias = "pa.Array | pa.ChunkedArray | _Array | _Stream"

_INLINE = 12
"""The longest item of a view that lies in the view itself."""


def pieces(column: ArrowColumn, *, of_paths: bool) -> list[pa.Array]:
    """The arrays of a column. TypeError for one that has neither what is asked for nor nulls alone."""
    arrays = _arrays(column)
    kind = arrays.type
    if pa.types.is_dictionary(kind):
        kind = kind.value_type
    allowed = _TEXTS if of_paths else _BYTES
    if not pa.types.is_null(kind) and not any(is_kind(kind) for is_kind in allowed):
        has_other = any(is_kind(kind) for is_kind in (_BYTES if of_paths else _TEXTS))
        raise TypeError(f"the column is of {arrays.type}; {_wanted(of_paths=of_paths, has_other=has_other)}")
    chunks = arrays.chunks if isinstance(arrays, pa.ChunkedArray) else [arrays]
    return [chunk.dictionary_decode() if pa.types.is_dictionary(chunk.type) else chunk for chunk in chunks]


_BYTES = (
    pa.types.is_binary,
    pa.types.is_large_binary,
    pa.types.is_binary_view,
    pa.types.is_fixed_size_binary,
)
_TEXTS = (pa.types.is_string, pa.types.is_large_string, pa.types.is_string_view)


def _wanted(*, of_paths: bool, has_other: bool) -> str:
    if of_paths:
        return "with filesystem, string, large_string or string_view with paths is allowed"
    words = "binary, large_binary, binary_view or fixed_size_binary with image files is allowed"
    return f"{words}; for a column of paths give filesystem" if has_other else words


def _arrays(column: Any) -> pa.Array | pa.ChunkedArray:
    if isinstance(column, pa.ExtensionArray):
        return column.storage
    if isinstance(column, pa.Array | pa.ChunkedArray):
        return column
    if hasattr(column, "__arrow_c_stream__"):
        return pa.chunked_array(column)
    if hasattr(column, "__arrow_c_array__"):
        return pa.array(column)
    raise TypeError(
        f"the column is a {type(column).__name__}; an array or chunked array of pyarrow's is allowed, "
        "or what shows itself as one by __arrow_c_array__ or __arrow_c_stream__"
    )


def together(column: ArrowColumn, made: Sequence[pa.Array], kind: pa.DataType) -> pa.Array | pa.ChunkedArray:
    """The results as the column was: one array, or chunks."""
    if isinstance(column, pa.Array) or not (
        isinstance(column, pa.ChunkedArray) or hasattr(column, "__arrow_c_stream__")
    ):
        return made[0]
    return pa.chunked_array(made, kind)


def items(array: pa.Array) -> Iterator[memoryview | None]:
    """Each item of an array where it lies, an image or the UTF-8 of a path: no byte is copied. None for a null.

    An array from elsewhere may lie about where its items are. They are cut out of its buffers by Python, which gives no
    byte beside them.
    """
    kind = array.type
    if pa.types.is_null(kind):
        return iter([None] * len(array))
    if pa.types.is_binary_view(kind) or pa.types.is_string_view(kind):
        every = _of_views(array)
    elif pa.types.is_fixed_size_binary(kind):
        every = _of_width(array, kind.byte_width)
    else:
        every = _of_offsets(array, 8 if pa.types.is_large_binary(kind) or pa.types.is_large_string(kind) else 4)
    return (item if there else None for item, there in zip(every, array.is_valid().to_pylist(), strict=True))


def _of_offsets(array: pa.Array, width: int) -> Iterator[memoryview]:
    """Items one behind the other; where each begins is in a buffer of its own.

    Arrow Columnar Format, "Variable-size Binary Layout".
    """
    if len(array) == 0:
        return
    _, offsets, data = array.buffers()
    bounds, content = _view(offsets).cast("q" if width == 8 else "i"), _view(data)  # noqa: PLR2004
    for at in range(array.offset, array.offset + len(array)):
        yield content[max(0, bounds[at]) : max(0, bounds[at + 1])]


def _of_width(array: pa.Array, width: int) -> Iterator[memoryview]:
    content = _view(array.buffers()[1])
    for at in range(array.offset, array.offset + len(array)):
        yield content[at * width : (at + 1) * width]


def _of_views(array: pa.Array) -> Iterator[memoryview]:
    """Items in 16 bytes each: the length, then the item, or where it lies.

    Arrow Columnar Format, "Variable-size Binary View Layout".
    """
    _, views, *data = array.buffers()
    view, contents = _view(views), [_view(buffer) for buffer in data]
    for at in range(array.offset, array.offset + len(array)):
        start = at * 16
        length, _, index, offset = struct.unpack_from("<iIii", view, start)
        if length <= _INLINE:
            yield view[start + 4 : start + 4 + max(0, length)]
        else:
            yield contents[max(0, index)][max(0, offset) : max(0, offset) + length]


def _view(buffer: pa.Buffer | None) -> memoryview:
    return memoryview(b"") if buffer is None else memoryview(buffer).cast("B")
