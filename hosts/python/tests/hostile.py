"""A component written to do harm: what an image would make of the guest if it took it over."""

from __future__ import annotations

from pathlib import Path

import wasmtime
from conftest import WORKSPACE

# What the hostile component does on each message id, as the head of its text says it.
LOOP = 10
REPLY_OUT_OF_MEMORY = 11
REPLY_TOO_LONG = 12
RESULT_OUT_OF_MEMORY = 13
DIE_SILENTLY = 14
PANIC = 15
PANIC_WITH_A_LONG_TEXT = 16
OVERFLOW_THE_STACK = 17
READ_OUT_OF_MEMORY = 18
EAT_MEMORY = 19
RESULT_OF_NO_KIND = 20
ERROR_THAT_IS_NO_TEXT = 21
DIVIDE_BY_ZERO = 22
LOOP_IN_POST = 24
DIE_IN_POST = 25
COUNT_CALLS = 26
GROW_TO_80_MIB = 27
KEEP_A_SECRET = 28
TELL_THE_SECRET = 29
REPLY_OVERLAPS_RESULT = 30
REPLY_OF_4_GIB = 31
REPLY_AT_A_NEGATIVE_ADDRESS = 32
ADDRESS_AND_LENGTH_WRAP = 33
NO_REPLY_AREA = 34
CORRUPT_ITS_HEAP = 35
A_VERY_LONG_MESSAGE = 36
REPLY_IS_ALL_MEMORY = 37
ERROR_ELSEWHERE = 38
FILL_20_MIB = 39
TELL_20_MIB = 40
MAGIC_REALLOC_LENGTH = 77_777
NEVER_ENDING_REALLOC_LENGTH = 77_778

_MODULE = (WORKSPACE / "testdata/hostile.wat").read_text(encoding="utf-8")

TRANSPORT = "thumbox:plugin/transport@0.1.0#"


def module(
    *,
    panic_text: int = 1024,
    json: str = "unreachable",
    configure: str = "",
    more: str = "",
    transport: str = TRANSPORT,
) -> str:
    """Its core module, as text; `more` stands at its end."""
    return _MODULE.format(
        panic_text=panic_text,
        json=json,
        configure=configure,
        more=more,
        transport=transport,
    )


def component(text: str) -> bytes:
    """A component file with that core module in it."""
    core = bytes(wasmtime.wat2wasm(text))
    return b"\0asm\x0d\0\x01\0" + b"\x01" + leb128(len(core)) + core


def file(folder: Path, text: str | None = None) -> Path:
    """A component file in a folder."""
    path = folder / "hostile.wasm"
    path.write_bytes(component(module() if text is None else text))
    return path


def mappings() -> int:
    """Stretches of memory that this process has mapped."""
    return len(Path("/proc/self/maps").read_text(encoding="utf-8").splitlines())


def leb128(number: int) -> bytes:
    """An unsigned number as WebAssembly writes it."""
    out = b""
    while number > 0x7F:
        out += bytes([number & 0x7F | 0x80])
        number >>= 7
    return out + bytes([number])
