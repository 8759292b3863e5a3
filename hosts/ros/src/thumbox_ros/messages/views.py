"""Views of payloads that count the copies made of them.

A received payload is shown where Zenoh has it, and a field is a slice of that memory. Only what the network cut in
pieces, as TCP does from some 64 KB on, is joined first, which is a copy.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, SupportsIndex, overload

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator

    from typing_extensions import Buffer

    from thumbox_ros._native import Payload, ZBufView

__all__ = ["BYTE", "Bytes", "PayloadView"]


BYTE = np.dtype(np.uint8)


# A numpy array, because before Python 3.12 no other subclass can expose a buffer.
class PayloadView(np.ndarray[Any, np.dtype[np.uint8]]):
    """A read-only view of bytes that another object holds.

    `len`, `bool`, an index, a slice (a view again), `memoryview(view)` and `bytes(view)` do what they do for bytes.
    Only `bytes` and `copy` copy. It is a numpy array of uint8 and a buffer, for all that takes either; copies that a
    taker makes are not counted.
    """

    _copies: list[int]
    """One number: how often the bytes of a payload were copied. All views of the payload share the list."""
    _whole: bytes | ZBufView | None = None

    if TYPE_CHECKING:
        # numpy's stubs have it only from Python 3.12 on.
        def __buffer__(self, flags: int, /) -> memoryview: ...

    @classmethod
    def of(cls, data: Buffer, copies: int = 0) -> PayloadView:
        """A view of any contiguous buffer, whose bytes were copied `copies` times since Zenoh had them."""
        if type(data) is bytes:
            # The fast path, for what arrives. An array on bytes is read-only by itself.
            shown: PayloadView = cls(len(data), BYTE, data)
            shown._copies, shown._whole = [copies], data
            return shown
        memory = memoryview(data)
        if not memory.c_contiguous:
            raise ValueError(f"a {type(data).__name__} that is not contiguous; bytes(...) makes a contiguous copy")
        # An empty memoryview cannot be cast or made into an array.
        flat = memory.cast("B") if memory.nbytes else memory
        array = np.frombuffer(flat, np.uint8) if memory.nbytes else np.empty(0, np.uint8)
        view: PayloadView = array.view(cls)
        view.flags.writeable = False
        view._copies = data._copies if isinstance(data, PayloadView) else [copies]
        return view

    @classmethod
    def arrived(cls, payload: Payload) -> PayloadView:
        """A view of a received payload, where Zenoh has it. Joins the pieces that the network cut it in: one copy."""
        buffer: Any
        buffer, copies = payload.view()
        shown: PayloadView = cls(len(buffer), BYTE, buffer)
        shown._copies, shown._whole = [copies], buffer
        return shown

    def __array_finalize__(self, source: object) -> None:
        """Numpy calls it when `self` was made from `source`, as a view of the same memory or as a copy."""
        if isinstance(source, PayloadView):
            # A view of a view's memory has a view as its base.
            self._copies = source._copies if isinstance(self.base, PayloadView) else [source.copies + 1]
        else:
            self._copies = [0]

    def __array_wrap__(self, array: Any, context: Any = None, return_scalar: bool = False) -> Any:
        """Numpy calls it when `array` was computed, and so is not a payload."""
        if array is self:
            return array
        return array[()] if return_scalar else np.asarray(array)

    def __array_function__(self, function: Any, types: Any, arguments: Any, options: Any) -> Any:
        """Passes plain arrays to numpy's functions, which compare element by element, unlike bytes."""
        del types
        return function(*_plain(arguments), **_plain(options))

    def part(self, start: int, stop: int) -> PayloadView:
        """The slice from `start` to `stop`, which have to be within the view; faster than `view[start:stop]`."""
        if self._whole is None:
            return self[start:stop]
        whole: Any = self._whole
        shown: PayloadView = PayloadView(stop - start, BYTE, whole, start)
        shown._copies = self._copies
        return shown

    def copy(self, order: Any = "C") -> Any:
        """A copy, with a count of its own."""
        made = super().copy(order)
        self.count_copy()
        return made

    def __copy__(self) -> Any:
        return self.copy()

    def __deepcopy__(self, memo: object) -> Any:
        return self.copy()

    @property
    def whole(self) -> bytes | memoryview | None:
        """The memory that it shows all of; None if it shows a part, or another object."""
        whole = self._whole
        return whole if whole is None or type(whole) is bytes else memoryview(whole)

    @property
    def copies(self) -> int:
        """How often the bytes were copied: to join pieces on arrival, by `bytes`, and into messages."""
        return self._copies[0]

    @property
    def is_zero_copy(self) -> bool:
        """Whether the bytes were never copied."""
        return self._copies[0] == 0

    def count_copy(self) -> None:
        """Counts one more copy."""
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
    """Replaces views by plain arrays, also within lists, tuples and dictionaries."""
    if isinstance(given, PayloadView):
        return np.asarray(given)
    if isinstance(given, dict):
        return {name: _plain(one) for name, one in given.items()}
    return type(given)(map(_plain, given)) if type(given) in (list, tuple) else given


Bytes = bytes | bytearray | memoryview | PayloadView
"""The types of a bytes field. In a received message it is a PayloadView."""
