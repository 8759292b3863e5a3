"""The memory of a guest: copies in and out of it, and views of it.

What the guest returns is not trusted: every address and length is held against the memory's size.
"""

from __future__ import annotations

import ctypes
import functools
from typing import TYPE_CHECKING, Any, TypeVar

from thumbox.sandbox.capi import in_extern, memory_data, memory_size
from thumbox.sandbox.traps import lied

if TYPE_CHECKING:
    from collections.abc import Callable

    from thumbox.sandbox.capi import Store

__all__ = ["Memory"]

# A copy without the GIL takes longer to begin than this takes to copy.
_QUICK_COPY = 16 << 10

_Holder = TypeVar("_Holder")


@functools.lru_cache(maxsize=16)
def _exporter(size: int) -> type[ctypes.Array[ctypes.c_uint8]]:
    """The type of an object that shows a memory and keeps its instance; kept, because to make one takes longer than a
    call.
    """
    return type("Sandbox", (ctypes.c_uint8 * size,), {"held": None, "__del__": _let_go})


def _let_go(exporter: Any) -> None:
    if exporter.held is not None:
        holder, let_go = exporter.held
        let_go(holder)


class Memory:
    """The memory that an instance exports."""

    def __init__(self, store: Store, extern: ctypes.Structure) -> None:
        self._extern = extern
        # Memory does not move (see the engine's configuration) and only grows: the address is for ever, and what
        # the view shows stays there.
        self._measure = store.context, in_extern(extern)
        self.base: int = memory_data(*self._measure) or 0
        self.size = 0
        """Bytes, when they were last measured."""
        self.view = memoryview(b"")
        """As much of it as anybody has asked for."""
        self._see_all()

    def measured(self) -> int:
        """Bytes of it now; it only grows."""
        self.size = memory_size(*self._measure)
        return self.size

    def check(self, start: int, length: int) -> None:
        """Refuses what the guest says is in its memory, if it is not."""
        if start + length > len(self.view):
            self._see_all()
            if start + length > len(self.view):
                raise lied(f"{length} bytes at address {start} of a memory of {len(self.view)}")

    def put(self, start: int, pointers: list[bytes | int], lengths: list[int]) -> None:
        """Copies the parts of a request to where there is room for them."""
        end = start
        for source, length in zip(pointers, lengths):  # noqa: B905 -- they are, and to ask takes time
            begin, end = end, end + length
            if length <= _QUICK_COPY and type(source) is bytes:
                self.view[begin:end] = source
            else:
                ctypes.memmove(self.base + begin, source, length)  # without the GIL

    def copied(self, found: tuple[int, int]) -> bytes:
        """What is at an address, copied out: (start, length), which were checked."""
        start, length = found
        return self.view[start : start + length].tobytes()

    def lent(self, found: tuple[int, int], holder: _Holder, let_go: Callable[[_Holder], object]) -> memoryview:
        """What is at an address, where it is. `let_go(holder)` is called when the last view or slice of it has gone.
        The holder of this memory, and what `let_go` holds, live until then, whatever becomes of the plugin.
        """
        start, length = found
        exporter = _exporter(len(self.view)).from_address(self.base)
        exporter.held = (holder, let_go)  # type: ignore[attr-defined]
        return memoryview(exporter).cast("B").toreadonly()[start : start + length]

    def text(self, start: int, most: int) -> str:
        """A text after its length of four bytes, cut at `most` bytes and at the end of the memory."""
        start += 4
        self._see_all()
        length = int.from_bytes(self.view[start - 4 : start], "little")
        return self.view[start : start + min(length, most)].tobytes().decode(errors="replace")

    def _see_all(self) -> None:
        self.measured()
        self.view = memoryview((ctypes.c_uint8 * self.size).from_address(self.base)).cast("B")
