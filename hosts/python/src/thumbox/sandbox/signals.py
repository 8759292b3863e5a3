"""Whether a guest can end by a signal: by Wasmtime's own handlers, which another library may have replaced.

Wasmtime's compiled code ends a guest by SIGILL (`unreachable` and most other traps), SIGSEGV (memory that is not there)
and, on x86-64, SIGFPE (a division). With a handler of somebody else's the process dies of the guest, or the guest's
thread hangs in the handler for ever; so it does where the thread blocks the signal.
"""

from __future__ import annotations

import ctypes
import platform
import signal
import sys

from wasmtime import _ffi as ffi

__all__ = ["Handlers"]

# What a guest on this machine raises, and what Wasmtime handles on some other.
_ALWAYS = ("SIGSEGV", "SIGILL", *(["SIGFPE"] if platform.machine() in ("x86_64", "s390x") else []))
_SOMEWHERE = ("SIGFPE", "SIGBUS", "SIGTRAP")
# Words for any POSIX system's `struct sigaction`, in which the handler always comes first.
_ROOM = 32


class _DlInfo(ctypes.Structure):
    _fields_ = (
        ("file_name", ctypes.c_char_p),
        ("file_base", ctypes.c_void_p),
        ("symbol_name", ctypes.c_char_p),
        ("symbol_address", ctypes.c_void_p),
    )


class Handlers:
    """Wasmtime's signal handlers, as it put them."""

    def __init__(self) -> None:
        """Make it after the first engine."""
        # Windows chains its handlers, and on macOS Wasmtime gets exceptions before they become signals.
        self._matters = sys.platform not in ("win32", "darwin")
        if not self._matters:
            return
        # With the GIL: to give it back and take it again takes longer than the question.
        self._sigaction = ctypes.PyDLL(None)["sigaction"]
        watched = [name for name in dict.fromkeys(_ALWAYS + _SOMEWHERE) if name in _ALWAYS or self._is_wasmtimes(name)]
        self._ours = all(map(self._is_wasmtimes, watched))
        numbers = [int(getattr(signal, name)) for name in watched]
        self._bits = sum(1 << number - 1 for number in numbers)
        self._actions = (ctypes.c_size_t * (_ROOM * len(watched)))()
        places = range(ctypes.addressof(self._actions), sys.maxsize, _ROOM * ctypes.sizeof(ctypes.c_size_t))
        self._questions = [
            (ctypes.c_int(number), ctypes.c_void_p(), ctypes.c_void_p(place))
            for number, place in zip(numbers, places, strict=False)
        ]
        self._expected = self._asked()

    def in_place(self, blocked: int) -> bool:
        """Whether a guest may end by a signal now, in a thread that blocks these."""
        return not self._matters or (self._ours and not blocked & self._bits and self._asked() == self._expected)

    def _asked(self) -> list[int]:
        # Each of them: some look for SIGFPE alone, or for SIGILL.
        ask = self._sigaction
        for question in self._questions:
            ask(*question)
        return self._actions[::_ROOM]

    def _is_wasmtimes(self, name: str) -> bool:
        """Whether the signal's handler is a function of Wasmtime's library."""
        action = (ctypes.c_size_t * _ROOM)()
        self._sigaction(int(getattr(signal, name)), None, action)
        dladdr = ctypes.CDLL(None)["dladdr"]
        dladdr.argtypes = [ctypes.c_void_p, ctypes.POINTER(_DlInfo)]
        library, handlers = _DlInfo(), _DlInfo()
        dladdr(ctypes.cast(ffi.dll["wasm_engine_new"], ctypes.c_void_p), library)
        dladdr(action[0], handlers)
        return bool(handlers.file_base == library.file_base)
