"""Bits to bytes, from either end."""

from __future__ import annotations

__all__ = ["LeastFirst", "MostFirst", "reversed_bits"]


class LeastFirst:
    """Each byte is filled from its least bit, as in Deflate, WebP and GIF."""

    def __init__(self) -> None:
        self._done = bytearray()
        self._value = 0
        self._count = 0

    def put(self, value: int, count: int) -> None:
        """The lower `count` bits of a value."""
        self._value |= (value & ((1 << count) - 1)) << self._count
        self._count += count
        whole = self._count // 8
        self._done += (self._value & ((1 << 8 * whole) - 1)).to_bytes(whole, "little")
        self._value >>= 8 * whole
        self._count -= 8 * whole

    def repeat(self, value: int, count: int, times: int) -> None:
        """The same bits again and again."""
        # Eight of them end where a byte does.
        eight = sum(value << count * index for index in range(8)).to_bytes(count, "little")
        self.put(int.from_bytes(eight * (times // 8), "little"), count * 8 * (times // 8))
        for _ in range(times % 8):
            self.put(value, count)

    def __len__(self) -> int:
        return 8 * len(self._done) + self._count

    def to_bytes(self) -> bytes:
        """All bits so far, with zeros up to a whole byte."""
        return bytes(self._done) + (self._value.to_bytes(1, "little") if self._count else b"")


class MostFirst:
    """Each byte is filled from its greatest bit, as in JPEG and in TIFF's LZW."""

    def __init__(self) -> None:
        self._done = bytearray()
        self._value = 0
        self._count = 0

    def put(self, value: int, count: int) -> None:
        """The lower `count` bits of a value."""
        self._value = self._value << count | value & ((1 << count) - 1)
        self._count += count
        rest = self._count % 8
        self._done += (self._value >> rest).to_bytes(self._count // 8, "big")
        self._value &= (1 << rest) - 1
        self._count = rest

    def repeat(self, value: int, count: int, times: int) -> None:
        """The same bits again and again."""
        eight = sum(value << count * index for index in range(8)).to_bytes(count, "big")
        self.put(int.from_bytes(eight * (times // 8), "big"), count * 8 * (times // 8))
        for _ in range(times % 8):
            self.put(value, count)

    def __len__(self) -> int:
        return 8 * len(self._done) + self._count

    def to_bytes(self, fill: int = 0) -> bytes:
        """All bits so far, filled up to a whole byte."""
        missing = -self._count % 8
        last = self._value << missing | ((1 << missing) - 1 if fill else 0)
        return bytes(self._done) + (bytes([last]) if self._count else b"")


def reversed_bits(value: int, count: int) -> int:
    """A code whose first bit is its greatest, for a format whose bits begin with the least."""
    return int(f"{value:0{count}b}"[::-1], 2) if count else 0
