"""WebP (RFC 9649) and its lossy frames (RFC 6386): pictures of no bits at all, prefix codes, and chunks."""

from __future__ import annotations

import struct

from .bits import LeastFirst
from .families import family
from .jpeg import square

__all__ = ["riff", "with_profile"]

LONGEST = 16383
"""Pixels of a side."""

PREDICTOR, COLOUR, GREEN, PALETTE = range(4)
ALPHABETS = (280, 256, 256, 256, 40)
"""Symbols of a group's five codes: green with lengths of copies, red, blue, alpha, distance."""

CODE_ORDER = (17, 18, 0, 1, 2, 3, 4, 5, 16, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15)

Chunk = tuple[bytes, bytes]


def riff(*chunks: Chunk) -> bytes:
    """A file of chunks."""
    body = b"".join(kind + struct.pack("<I", len(data)) + data + b"\0" * (len(data) & 1) for kind, data in chunks)
    return b"RIFF" + struct.pack("<I", len(body) + 4) + b"WEBP" + body


def extended(flags: int, side: tuple[int, int]) -> Chunk:
    """The chunk that says what there is: 2 animation, 16 alpha, 32 a profile."""
    return b"VP8X", bytes([flags, 0, 0, 0]) + _three(side[0] - 1) + _three(side[1] - 1)


def with_profile(profile: bytes, pixels: int = 64) -> bytes:
    """A lossless picture with a profile."""
    side = square(pixels)
    return riff(extended(32, side), (b"ICCP", profile), (b"VP8L", lossless(side)))


def _three(value: int) -> bytes:
    return value.to_bytes(3, "little")


def _one_symbol(bits: LeastFirst, symbol: int) -> None:
    """A code of one symbol, which takes no bits."""
    bits.put(1, 2)
    if symbol < 2:
        bits.put(symbol << 1, 2)
    else:
        bits.put(1, 1)
        bits.put(symbol, 8)


def _group(bits: LeastFirst, green: int = 0) -> None:
    """Five codes of one symbol each."""
    for symbol in (green, 0, 0, 0, 0):
        _one_symbol(bits, symbol)


def _code_of_lengths(bits: LeastFirst, lengths: dict[int, int], alphabet: int) -> None:
    """A code by its lengths, which are coded in 4 bits each, runs of zeros too."""
    bits.put(0, 1)
    bits.put(15, 4)
    # Sixteen codes of 4 bits: those of 16 and 11 are not needed, and that of 12 is not in the alphabet's use.
    used = [symbol for symbol in range(19) if symbol not in {16, 11, 12}]
    for symbol in CODE_ORDER:
        bits.put(4 if symbol in used else 0, 3)
    codes = {symbol: int(f"{at:04b}"[::-1], 2) for at, symbol in enumerate(used)}
    bits.put(0, 1)
    at = 0
    while at < alphabet:
        ends = min((symbol for symbol in lengths if symbol >= at), default=alphabet)
        zeros = ends - at
        if zeros >= 11:
            run = min(zeros, 138)
            bits.put(codes[18], 4)
            bits.put(run - 11, 7)
        elif zeros >= 3:
            run = zeros
            bits.put(codes[17], 4)
            bits.put(run - 3, 3)
        else:
            run = 1
            bits.put(codes[lengths.get(at, 0)], 4)
        at += run


def lossless(
    side: tuple[int, int],
    transforms: tuple[int, ...] = (),
    *,
    mode: int = 0,
    block: int = 9,
    cache: int = 0,
    colours: int = 256,
    alpha: bool = False,
    meta: int = 0,
) -> bytes:
    """A frame whose pixels take no bits. `mode`: of all the predictor's blocks, of 2**`block` pixels a side.

    `meta`: the same for blocks that name their group of codes, which is the first.
    """
    bits = LeastFirst()
    bits.put(0x2F, 8)
    bits.put(side[0] - 1, 14)
    bits.put(side[1] - 1, 14)
    bits.put(int(alpha), 4)
    for transform in transforms:
        bits.put(1 | transform << 1, 3)
        if transform in {PREDICTOR, COLOUR}:
            bits.put(block - 2, 3)
            bits.put(0, 1)
            _group(bits, mode if transform == PREDICTOR else 0)
        elif transform == PALETTE:
            bits.put(colours - 1, 8)
            bits.put(0, 1)
            _group(bits)
    bits.put(0, 1)
    _cache(bits, cache)
    if meta:
        bits.put(1, 1)
        bits.put(meta - 2, 3)
        bits.put(0, 1)
        _group(bits)
    else:
        bits.put(0, 1)
    _group(bits)
    bits.put(0, 64)
    return bits.to_bytes()


def _cache(bits: LeastFirst, cache: int) -> None:
    bits.put(int(cache > 0), 1)
    if cache:
        bits.put(cache, 4)


@family(
    "webp",
    "lossless, pixels of no bits",
    {},
    {"alpha": True},
    *({"transforms": (PREDICTOR,), "mode": mode} for mode in (0, 5, 10, 11, 12, 13)),
    {"transforms": (PREDICTOR,), "mode": 11, "block": 2},
    {"transforms": (COLOUR,)},
    {"transforms": (COLOUR,), "block": 2},
    {"transforms": (PREDICTOR, COLOUR, GREEN), "mode": 11},
    {"transforms": (PREDICTOR, COLOUR, GREEN), "mode": 13, "block": 2, "alpha": True},
    {"transforms": (PREDICTOR, COLOUR, GREEN), "mode": 13, "block": 2, "cache": 11},
    {"transforms": (PALETTE,)},
    {"transforms": (PALETTE,), "colours": 2},
    {"transforms": (PREDICTOR, COLOUR, GREEN, PALETTE), "mode": 11},
    {"meta": 2},
    {"cache": 1},
    {"transforms": (PREDICTOR, COLOUR, GREEN), "mode": 11, "meta": 2, "cache": 11},
)
def no_bits(
    _size: int,
    pixels: int,
    transforms: tuple[int, ...] = (),
    mode: int = 0,
    block: int = 9,
    cache: int = 0,
    colours: int = 256,
    meta: int = 0,
    *,
    alpha: bool = False,
) -> bytes:
    """Codes of one symbol each, and transforms that still ask something of every pixel."""
    frame = lossless(
        square(pixels), transforms, mode=mode, block=block, cache=cache, colours=colours, alpha=alpha, meta=meta
    )
    return riff((b"VP8L", frame))


@family(
    "webp",
    "lossless, copies",
    *({"distance": distance, "cache": cache} for distance in (0, 1) for cache in (0, 11)),
    {"distance": 1, "cache": 11, "transforms": (PREDICTOR, COLOUR, GREEN)},
)
def copies(size: int, pixels: int, distance: int, cache: int, transforms: tuple[int, ...] = ()) -> bytes:
    """Copies of 4,096 pixels, from the left or from above."""
    side = square(pixels)
    bits = LeastFirst()
    bits.put(0x2F, 8)
    bits.put(side[0] - 1, 14)
    bits.put(side[1] - 1, 14)
    bits.put(0, 4)
    for transform in transforms:
        bits.put(1 | transform << 1, 3)
        if transform != GREEN:
            bits.put(7, 3)
            bits.put(0, 1)
            _group(bits, 11 if transform == PREDICTOR else 0)
    bits.put(0, 1)
    _cache(bits, cache)
    bits.put(0, 1)
    # A literal of 0, and the longest copy, by a bit each.
    _code_of_lengths(bits, {0: 1, 279: 1}, 280 + (1 << cache if cache else 0))
    for symbol in (0, 0, 0, distance):
        _one_symbol(bits, symbol)
    first = side[0] if distance == 0 else 1
    room = max(1, 8 * size - len(bits) - first)
    bits.put(0, first)
    bits.repeat(1 | 1023 << 1, 11, min(room // 11, (side[0] * side[1] - first) // 4096))
    bits.put(0, 4096)
    return riff((b"VP8L", bits.to_bytes()))


@family("webp", "groups of prefix codes", {"long": False}, {"long": True}, pixels=1 << 18)
def groups(size: int, pixels: int, *, long: bool) -> bytes:
    """As many groups as the file has room for, of codes of one symbol, or of codes whose tables are large."""
    side = square(pixels)
    bits = LeastFirst()
    bits.put(0x2F, 8)
    bits.put(side[0] - 1, 14)
    bits.put(side[1] - 1, 14)
    bits.put(0, 4)
    bits.put(0, 2)
    group = LeastFirst()
    if long:
        lengths = {at: min(13, at + 1) for at in range(10)} | dict.fromkeys(range(10, 18), 13)
        for alphabet in ALPHABETS:
            _code_of_lengths(group, lengths, alphabet)
    else:
        _group(group)
    count = min(65536, max(1, 8 * (size - 60) // len(group)))
    bits.put(1, 1)
    bits.put(7, 3)
    bits.put(0, 1)
    # Every block is of the last group, which is what makes all of them necessary.
    for symbol in (count - 1 & 255, count - 1 >> 8, 0, 0, 0):
        _one_symbol(bits, symbol)
    bits.repeat(int.from_bytes(group.to_bytes(), "little"), len(group), count)
    bits.put(0, 64 if not long else 8 * (size // 8))
    return riff((b"VP8L", bits.to_bytes()))


class _Arithmetic:
    """The encoder of section 7.3."""

    def __init__(self) -> None:
        self._out = bytearray()
        self._range, self._bottom, self._left = 255, 0, 24

    def put(self, bit: int, probability: int = 128) -> None:
        split = 1 + ((self._range - 1) * probability >> 8)
        if bit:
            self._bottom += split
            self._range -= split
        else:
            self._range = split
        while self._range < 128:
            self._range <<= 1
            if self._bottom & 1 << 31:
                self._carry()
            self._bottom = self._bottom << 1 & 0xFFFFFFFF
            self._left -= 1
            if not self._left:
                self._out.append(self._bottom >> 24)
                self._bottom &= 0xFFFFFF
                self._left = 8

    def number(self, value: int, bits: int) -> None:
        for bit in reversed(range(bits)):
            self.put(value >> bit & 1)

    def _carry(self) -> None:
        at = len(self._out) - 1
        while self._out[at] == 255:
            self._out[at] = 0
            at -= 1
        self._out[at] += 1

    def to_bytes(self) -> bytes:
        """With zeros after it, it goes on with bits of 0, whatever their probabilities."""
        bits = self._left
        if self._bottom & 1 << (32 - bits):
            self._carry()
        self._bottom = self._bottom << (bits & 7) & 0xFFFFFFFF
        bits >>= 3
        for _ in range(bits):
            self._bottom = self._bottom << 8 & 0xFFFFFFFF
        for _ in range(4):
            self._out.append(self._bottom >> 24)
            self._bottom = self._bottom << 8 & 0xFFFFFFFF
        return bytes(self._out)


def lossy(side: tuple[int, int], size: int, *, level: int = 63, simple: bool = False, sharpness: int = 0) -> bytes:
    """A key frame of predicted blocks of 4 x 4 pixels without coefficients, under a loop filter of that level."""
    header = _Arithmetic()
    header.number(0, 2)  # colour space, clamping
    header.put(0)  # segments
    header.put(int(simple))
    header.number(level, 6)
    header.number(sharpness, 3)
    header.put(0)  # deltas of the filter
    header.number(0, 2)  # one partition of coefficients
    header.number(127, 7)
    header.number(0, 5)  # deltas of quantisation
    header.put(0)  # refresh of probabilities
    # Zeros go on: no probability is changed, no macroblock is skipped, and each is of 4 x 4 blocks that end at once.
    modes = header.to_bytes()
    macroblocks = -(-side[0] // 16) * -(-side[1] // 16)
    # A macroblock's modes take some 4.2 bits, and the ends of its blocks 5.8.
    room = max(100, size - 100)
    first = modes + bytes(min(macroblocks * 43 // 80 + 200, room * 42 // 100))
    first = first[: (1 << 19) - 1]
    tag = len(first) << 5 | 0x10
    start = tag.to_bytes(3, "little") + b"\x9d\x01\x2a" + struct.pack("<HH", *side)
    return start + first + bytes(min(macroblocks * 3 // 4 + 200, max(100, room - len(first))))


@family(
    "webp",
    "lossy, blocks without coefficients",
    {"level": 0},
    {"level": 63},
    {"level": 63, "sharpness": 7},
    {"level": 20},
    {"level": 63, "simple": True},
)
def lossy_blocks(size: int, pixels: int, level: int, sharpness: int = 0, *, simple: bool = False) -> bytes:
    """As many macroblocks as there are bits for."""
    side = _fitting(pixels, size)
    return riff((b"VP8 ", lossy(side, size, level=level, simple=simple, sharpness=sharpness)))


@family("webp", "lossy with alpha", {"how": 1}, {"how": 13}, {"how": 1 | 2 << 2}, {"how": 0})
def lossy_alpha(size: int, pixels: int, how: int) -> bytes:
    """Alpha is a lossless picture of no bits, or is not there. `how`: its compression and filter."""
    side = _fitting(pixels, size - 400)
    alpha = bytes([how]) + (lossless(side)[5:] if how & 3 == 1 else bytes(size // 4))
    return riff(extended(16, side), (b"ALPH", alpha), (b"VP8 ", lossy(side, size - 400)))


def _fitting(pixels: int, size: int) -> tuple[int, int]:
    """A picture whose macroblocks, of some 10 bits each, the file has room for: one that ends early is corrupt."""
    return _side(min(pixels, max(1, size * 8 * 256 // 11)))


def _side(pixels: int) -> tuple[int, int]:
    width, height = square(pixels)
    return min(width, LONGEST), min(height, LONGEST)


@family("webp", "empty chunks", {"kind": b"abcd"}, {"kind": b"EXIF"}, {"kind": b"ICCP"}, {"kind": b"ALPH"}, pixels=64)
def chunks(size: int, pixels: int, kind: bytes) -> bytes:
    """Eight bytes each."""
    side = square(pixels)
    return riff(extended(0, side), *[(kind, b"")] * max(1, (size - 100) // 8), (b"VP8L", lossless(side)))


@family("webp", "frames of an animation", {"large": False}, {"large": True})
def animation(size: int, pixels: int, *, large: bool) -> bytes:
    """As many frames as there is room for, of a large canvas or a small one. The first is the picture."""
    side = square(pixels if large else 4096)
    place = bytes(6) + _three(side[0] - 1) + _three(side[1] - 1) + bytes(4)
    frame = lossless(side)
    frame = b"VP8L" + struct.pack("<I", len(frame)) + frame + b"\0" * (len(frame) & 1)
    count = max(1, (size - 60) // (len(place) + len(frame) + 8))
    return riff(extended(18, side), (b"ANIM", bytes(6)), *[(b"ANMF", place + frame)] * count)


@family("webp", "an animation with a small frame on a large canvas", {"kind": "VP8L"}, {"kind": "VP8 "})
def small_frame(_size: int, pixels: int, kind: str) -> bytes:
    """One frame of a pixel."""
    side = square(pixels)
    frame = lossless((1, 1)) if kind == "VP8L" else lossy((1, 1), 400)
    frame = kind.encode() + struct.pack("<I", len(frame)) + frame + b"\0" * (len(frame) & 1)
    return riff(extended(18, side), (b"ANIM", bytes(6)), (b"ANMF", bytes(16) + frame))
