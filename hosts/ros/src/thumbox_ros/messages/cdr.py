"""CDR, the encoding of ROS 2 messages: a reader and a writer of its elements.

The format is that of OMG's DDSI-RTPS 2.5, chapter 10, with the plain encoding of XTypes 1.3, section 7.4.1: four bytes
of header say how the rest is encoded; every number is aligned to its size, counted from the fifth byte.

| bytes | meaning |
|---|---|
| 00 00 | plain CDR, big-endian |
| 00 01 | plain CDR, little-endian |
| next two | options: the lowest two bits of the last byte are the number of padding bytes at the end |

Both byte orders can be read; only little-endian is written.
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

from thumbox_ros._errors import CdrError
from thumbox_ros._native import JOINED
from thumbox_ros.messages.views import PayloadView

if TYPE_CHECKING:
    from typing_extensions import Buffer

__all__ = ["HEADER", "Reader", "Writer"]

HEADER = b"\x00\x01\x00\x00"
_ORIGIN = len(HEADER)
_LITTLE, _BIG = struct.Struct("<I"), struct.Struct(">I")
_KINDS = {b"\x00\x00": False, b"\x00\x01": True}
_MOST_PADDING = 3


class Reader:
    """Reads a message from front to back, and never past its end."""

    __slots__ = ("_at", "_end", "data", "little", "view")

    def __init__(self, view: PayloadView) -> None:
        self.view = view
        self.data = memoryview(view)
        self._at = _ORIGIN
        self._end = len(self.data)
        if self._end < _ORIGIN:
            raise CdrError(f"the message has {self._end} bytes; its header alone takes {_ORIGIN}")
        kind = bytes(self.data[:2])
        if kind not in _KINDS:
            raise CdrError(f"the encoding is {kind.hex(' ')}; only plain CDR, 00 00 and 00 01, is supported")
        self.little = _KINDS[kind]

    @property
    def left(self) -> int:
        """Bytes that are left."""
        return self._end - self._at

    def take(self, size: int, alignment: int) -> int:
        """Consumes `size` bytes after padding to `alignment`; returns their offset."""
        start = self._at + (_ORIGIN - self._at) % alignment
        end = start + size
        if end > self._end:
            raise CdrError(f"byte {start}: {size} bytes are needed; {max(0, self._end - start)} are left")
        self._at = end
        return start

    def length(self) -> int:
        """The next length or count, not yet checked against the bytes that follow."""
        length: int = (_LITTLE if self.little else _BIG).unpack_from(self.data, self.take(4, 4))[0]
        return length

    def count(self, most: int, least_size: int) -> int:
        """The next count of elements, checked against `most` (0: no bound) and the bytes that are left."""
        count = self.length()
        if most and count > most:
            raise CdrError(f"byte {self._at - 4}: {count} elements; at most {most} are allowed")
        if count * least_size > self.left:
            raise CdrError(
                f"byte {self._at - 4}: {count} elements need at least {count * least_size} bytes; {self.left} are left"
            )
        return count

    def finish(self) -> None:
        """Call it after the last field. Raises CdrError if more than padding is left."""
        if self.left > _MOST_PADDING:
            raise CdrError(f"byte {self._at}: {self.left} bytes follow the last field; is this another type?")


class Writer:
    """Writes a message in little-endian CDR, as parts; large buffers are parts of their own and are not copied."""

    __slots__ = ("_done", "_parts", "_tail", "views")

    def __init__(self) -> None:
        self._tail = bytearray(HEADER)
        self._parts: list[Buffer] = []
        self._done = 0
        self.views: list[PayloadView] = []
        """The views among the buffers; whoever joins the parts counts their copies."""

    def number(self, packed: bytes, alignment: int) -> None:
        """Appends a number."""
        tail = self._tail
        tail += bytes((_ORIGIN - self._done - len(tail)) % alignment)
        tail += packed

    def length(self, length: int) -> None:
        """Appends a length or count."""
        if length >= 1 << 32:
            raise CdrError(f"{length} elements; at most {(1 << 32) - 1} are allowed")
        self.number(length.to_bytes(4, "little"), 4)

    def buffer(self, data: memoryview, owner: object = None, alignment: int = 1) -> None:
        """Appends the bytes of a buffer. `owner` is the value that the caller gave, which may be a view."""
        if isinstance(owner, PayloadView):
            self.views.append(owner)
        self._tail += bytes((_ORIGIN - self._done - len(self._tail)) % alignment)
        # Larger ones are parts of their own, and are not copied here.
        if data.nbytes < JOINED:
            self._tail += data
            return
        self._parts += (self._tail, data)
        self._done += len(self._tail) + data.nbytes
        self._tail = bytearray()

    @property
    def size(self) -> int:
        """Bytes of the whole message."""
        return self._done + len(self._tail)

    def parts(self) -> list[Buffer]:
        """The parts of the whole message."""
        return [*self._parts, self._tail]
