"""Deflate (RFC 1951), written by hand: more zeros to a byte than a compressor makes, and blocks of nothing."""

from __future__ import annotations

import zlib

from .bits import LeastFirst, reversed_bits

__all__ = ["MOST", "empty_blocks", "rows", "stored_blocks", "zlib_of"]

MOST = 1032
"""Bytes that one byte can become: two bits repeat 258."""

END, RUN = 256, 285
_ORDER = (16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15)


def zlib_of(data: LeastFirst, checksum: int) -> bytes:
    """A zlib stream (RFC 1950) around blocks."""
    return b"\x78\x01" + data.to_bytes() + checksum.to_bytes(4, "big")


def rows(head: int, length: int, count: int) -> bytes:
    """A zlib stream of `count` rows, each a byte `head` and zeros up to that many bytes."""
    symbols, run_bits = _Symbols(head), 0
    out = LeastFirst()
    total = length * count
    if head == 0 or length <= 4:
        # One period of literals, and runs at its distance, of which 1 to 4 need no further bits.
        period = 1 if head == 0 else length
        symbols.header(out, distance=period - 1, final=False)
        literals = min(period, total)
        for at in range(literals):
            symbols.put(out, head if at % period == 0 else 0)
        runs, rest = divmod(total - literals, 258)
        run_value, run_bits = symbols.run()
        out.repeat(run_value, run_bits, runs)
        for at in range(rest):
            symbols.put(out, head if (literals + 258 * runs + at) % period == 0 else 0)
    else:
        symbols.header(out, distance=0, final=False)
        row = LeastFirst()
        symbols.put(row, head)
        symbols.put(row, 0)
        runs, rest = divmod(length - 2, 258)
        run_value, run_bits = symbols.run()
        row.repeat(run_value, run_bits, runs)
        for _ in range(rest):
            symbols.put(row, 0)
        out.repeat(int.from_bytes(row.to_bytes(), "little"), len(row), count)
    symbols.put(out, END)
    # An end that is a block of its own.
    out.put(3, 3)
    out.put(0, 7)
    return zlib_of(out, _adler(head, length, count))


def empty_blocks(count: int, data: bytes) -> bytes:
    """Blocks with tables of their own and no bytes, before a last one with `data`."""
    symbols = _Symbols(0)
    block = LeastFirst()
    symbols.header(block, distance=0, final=False)
    symbols.put(block, END)
    out = LeastFirst()
    out.repeat(int.from_bytes(block.to_bytes(), "little"), len(block), count)
    return zlib_of(_stored(out, data), zlib.adler32(data))


def stored_blocks(count: int, data: bytes) -> bytes:
    """Empty blocks of five bytes each before a last one."""
    return b"\x78\x01" + b"\0\0\0\xff\xff" * count + zlib.compress(data)[2:]


def _stored(out: LeastFirst, data: bytes) -> LeastFirst:
    out.put(1, 3)
    out.put(0, -len(out) % 8)
    out.put(len(data), 16)
    out.put(len(data) ^ 0xFFFF, 16)
    out.put(int.from_bytes(data, "little"), 8 * len(data))
    return out


class _Symbols:
    """The literals 0 and `head`, a run of 258, and the end."""

    def __init__(self, head: int) -> None:
        lengths = {RUN: 1, 0: 2, END: 3, head or 1: 3}
        self._lengths = lengths
        code, self._codes = 0, {}
        for length in range(1, 4):
            code <<= 1
            for symbol in sorted(lengths):
                if lengths[symbol] == length:
                    self._codes[symbol] = (reversed_bits(code, length), length)
                    code += 1

    def put(self, out: LeastFirst, symbol: int) -> None:
        out.put(*self._codes[symbol])

    def run(self) -> tuple[int, int]:
        """A run of 258 at the only distance, whose code is one bit."""
        value, count = self._codes[RUN]
        return value, count + 1

    def header(self, out: LeastFirst, *, distance: int, final: bool) -> None:
        """A block's (section 3.2.7), with one distance."""
        # Lengths 0 to 3 and both kinds of runs of zeros, by codes of 3 bits; the sixth and seventh complete the code.
        codes = {symbol: reversed_bits(at, 3) for at, symbol in enumerate((0, 1, 2, 3, 4, 5, 17, 18))}
        out.put(int(final), 1)
        out.put(2, 2)
        out.put(RUN + 1 - 257, 5)
        out.put(distance, 5)
        out.put(len(_ORDER) - 1 - 4, 4)
        for symbol in _ORDER[:-1]:
            out.put(3 if symbol in codes else 0, 3)
        at = 0
        for symbol in sorted(self._lengths):
            self._zeros(out, codes, symbol - at)
            out.put(codes[self._lengths[symbol]], 3)
            at = symbol + 1
        self._zeros(out, codes, distance)
        out.put(codes[1], 3)

    @staticmethod
    def _zeros(out: LeastFirst, codes: dict[int, int], count: int) -> None:
        while count:
            if count >= 11:
                run = min(count, 138)
                out.put(codes[18], 3)
                out.put(run - 11, 7)
            else:
                run = 1
                out.put(codes[0], 3)
            count -= run


def _adler(head: int, length: int, count: int) -> int:
    """The checksum of those rows, without them."""
    first = 1 + head * count
    # Each byte counts as often as there are bytes from it on.
    second = length * count + head * (length * count * (count + 1) // 2)
    return second % 65521 << 16 | first % 65521
