"""Views of payloads, and an honest count of the copies that were made of them.

Zenoh's `ZBytes` shows its memory to nobody: `to_bytes` copies it, and that is the one copy that a received payload has
seen when it arrives here. From there on a field is a slice of that memory.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, SupportsIndex, overload

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator

    import zenoh
    from typing_extensions import Buffer

__all__ = ["BYTE", "Bytes", "PayloadView"]


BYTE = np.dtype(np.uint8)


# An array of numpy's, because before Python 3.12 no other class can be derived that shows its buffer.
class PayloadView(np.ndarray[Any, np.dtype[np.uint8]]):
    """Bytes that somebody else holds, read-only.

    `len`, `bool`, an index, a slice (a view again), `memoryview(view)` and `bytes(view)` do what they do for bytes;
    only `bytes` and `copy` copy. It is a numpy array of uint8, which numpy's functions take as one, and a buffer for
    whatever takes one; what such a taker copies nobody can count.
    """

    _copies: list[int]
    """One number: how often the bytes of one payload were copied. Its views share the list."""
    _whole: bytes | None = None

    if TYPE_CHECKING:
        # Numpy says so itself only from Python 3.12 on.
        def __buffer__(self, flags: int, /) -> memoryview: ...

    @classmethod
    def of(cls, data: Buffer, copies: int = 0) -> PayloadView:
        """A view of any contiguous buffer, whose bytes were copied `copies` times since Zenoh had them."""
        if type(data) is bytes:
            # What arrives: the short way. Bytes make a read-only array by themselves.
            shown: PayloadView = cls(len(data), BYTE, data)
            shown._copies, shown._whole = [copies], data
            return shown
        memory = memoryview(data)
        if not memory.c_contiguous:
            raise ValueError(f"a {type(data).__name__} that is not contiguous; bytes(...) makes a contiguous copy")
        # A memoryview of no elements cannot be cast, nor made an array of.
        flat = memory.cast("B") if memory.nbytes else memory
        array = np.frombuffer(flat, np.uint8) if memory.nbytes else np.empty(0, np.uint8)
        view: PayloadView = array.view(cls)
        view.flags.writeable = False
        view._copies = data._copies if isinstance(data, PayloadView) else [copies]
        return view

    @classmethod
    def arrived(cls, payload: zenoh.ZBytes) -> PayloadView:
        """A view of what has come, copied out of Zenoh once."""
        return cls.of(payload.to_bytes(), copies=1)

    def __array_finalize__(self, source: object) -> None:
        """Numpy's way to say that `self` was made from `source`: a view of the same memory, or memory of its own."""
        if isinstance(source, PayloadView):
            # What shows a view's memory has a view as its base.
            self._copies = source._copies if isinstance(self.base, PayloadView) else [source.copies + 1]
        else:
            self._copies = [0]

    def __array_wrap__(self, array: Any, context: Any = None, return_scalar: bool = False) -> Any:
        """Numpy's way to say that `array` was computed: it is no payload."""
        if array is self:
            return array
        return array[()] if return_scalar else np.asarray(array)

    def __array_function__(self, function: Any, types: Any, arguments: Any, options: Any) -> Any:
        """Numpy's functions get plain arrays: they compare element by element, and not as bytes do."""
        del types
        return function(*_plain(arguments), **_plain(options))

    def part(self, start: int, stop: int) -> PayloadView:
        """The same as a slice from `start` to `stop`, which have to be within it; of bytes it is made the short way."""
        if self._whole is None:
            return self[start:stop]
        shown: PayloadView = PayloadView(stop - start, BYTE, self._whole, start)
        shown._copies = self._copies
        return shown

    def copy(self, order: Any = "C") -> Any:
        """Memory of its own, and a count of its own from here on."""
        made = super().copy(order)
        self.count_copy()
        return made

    def __copy__(self) -> Any:
        return self.copy()

    def __deepcopy__(self, memo: object) -> Any:
        return self.copy()

    @property
    def whole(self) -> bytes | None:
        """The bytes object that it shows all of; None if it was made of something else, or shows a part."""
        return self._whole

    @property
    def copies(self) -> int:
        """How often these bytes were copied: out of Zenoh, by `bytes`, and into messages that were published."""
        return self._copies[0]

    @property
    def is_zero_copy(self) -> bool:
        """Whether they were never copied. What came from Zenoh was, once."""
        return self._copies[0] == 0

    def count_copy(self) -> None:
        """Counts one more."""
        self._copies[0] += 1

    def __bytes__(self) -> bytes:
        self.count_copy()
        return memoryview(self).tobytes()

    def tobytes(self, order: Any = None) -> bytes:
        """The same as `bytes`."""
        del order
        return bytes(self)

    def __bool__(self) -> bool:
        return self.size > 0

    def __contains__(self, value: object) -> bool:
        if isinstance(value, int | np.integer):
            return bool((np.asarray(self) == value).any())
        given: Any = value
        return bytes(memoryview(given)) in bytes(self)

    @overload  # type: ignore[override]
    def __getitem__(self, key: SupportsIndex) -> int: ...
    @overload
    def __getitem__(self, key: slice) -> PayloadView: ...
    @overload
    def __getitem__(self, key: Any) -> Any: ...
    def __getitem__(self, key: Any) -> Any:
        found: Any = super().__getitem__(key)
        return found.item() if isinstance(found, np.generic) else found

    def __iter__(self) -> Iterator[int]:  # type: ignore[override]
        return iter(memoryview(self)) if self.ndim == 1 else super().__iter__()

    def __eq__(self, other: object) -> bool:
        try:
            return memoryview(self) == memoryview(other)  # type: ignore[arg-type]
        except TypeError:
            return NotImplemented

    def __ne__(self, other: object) -> bool:
        equal = self.__eq__(other)
        return equal if equal is NotImplemented else not equal

    __hash__ = None

    def __repr__(self) -> str:
        start = memoryview(self)[:16].hex(" ")
        more = " ..." if len(self) > 16 else ""  # noqa: PLR2004 -- as above
        return f"PayloadView({len(self)} bytes: {start}{more}; copies={self.copies})"

    __str__ = __repr__

    def __reduce__(self) -> Any:
        if self.ndim != 1 or self.dtype != BYTE:
            return super().__reduce__()
        return PayloadView.of, (bytes(self), self.copies)


def _plain(given: Any) -> Any:
    """The same with plain arrays for views, also in lists, tuples and dictionaries."""
    if isinstance(given, PayloadView):
        return np.asarray(given)
    if isinstance(given, dict):
        return {name: _plain(one) for name, one in given.items()}
    return type(given)(map(_plain, given)) if type(given) in (list, tuple) else given


Bytes = bytes | bytearray | memoryview | PayloadView
"""What the bytes of a field may be; in a message that was received they are a view."""
