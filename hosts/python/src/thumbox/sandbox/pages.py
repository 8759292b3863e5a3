"""Advice to the system about the pages of a guest's memory: a photo touches thousands, and each costs a fault.

It may be refused, and the guest runs all the same.
"""

from __future__ import annotations

import ctypes
import mmap
import sys

__all__ = ["LARGE", "advise_large", "advise_soon"]

LARGE = 32 << 10
"""Bytes of a request from which on the advice costs less than it saves."""

# Below lie the stack and the module's data, of which a call touches little.
_LARGE_PAGE = 2 << 20

# Linux's <asm-generic/mman-common.h>, from Linux 5.14 on; an error that does no harm before.
_MADV_POPULATE_WRITE = 23

if sys.platform == "linux" and sys.maxsize > 1 << 32:
    _madvise = ctypes.CDLL(None)["madvise"]
    _madvise.argtypes, _madvise.restype = [ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int], ctypes.c_int

    def advise_large(base: int, limit: int) -> None:
        """A memory at `base` that may grow to `limit` bytes is worth large pages. Call this before the memory is
        touched, and only if Wasmtime reserves the addresses up to 4 GiB for it.
        """
        if limit > _LARGE_PAGE:
            _madvise(base + _LARGE_PAGE, limit - _LARGE_PAGE, mmap.MADV_HUGEPAGE)

    def advise_soon(start: int, length: int) -> None:
        """The `length` bytes at `start` are about to be written."""
        begin = start // mmap.PAGESIZE * mmap.PAGESIZE
        _madvise(begin, start + length - begin, _MADV_POPULATE_WRITE)

else:

    def advise_large(base: int, limit: int) -> None:
        """Elsewhere it is the system's own choice."""

    def advise_soon(start: int, length: int) -> None:
        """As above."""
