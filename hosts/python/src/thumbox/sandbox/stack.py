"""What a guest needs of the thread that calls it: enough of its stack, and to know which signals the thread blocks.

Wasmtime ends a guest that recurses once it has used MAX_WASM_STACK bytes of the caller's stack. It does not ask whether
the thread has them: below the stack lies a guard page, and touching it ends the process.
"""

from __future__ import annotations

import ctypes
import platform
import sys
import threading
from typing import Any

from thumbox._errors import INIT_FAILED, PluginError

__all__ = ["MAX_WASM_STACK", "look"]

MAX_WASM_STACK = 256 << 10
"""Bytes of the calling thread's stack that a guest may use; as in the host for Rust."""

# Below the guest: Wasmtime's own functions, such as the one that grows a memory.
_BELOW = 64 << 10
_NEEDED = MAX_WASM_STACK + _BELOW
# What the program itself is taken to use of a stack of which only the size can be known.
_ABOVE = 192 << 10

# glibc's `ucontext_t` in words of 8 bytes: the stack pointer, and the mask of blocked signals.
_IN_CONTEXT = {"x86_64": (20, 37), "aarch64": (54, 5)}
_WORDS = 1024


def _limits() -> tuple[int, int] | None:
    """The lowest address of this thread's stack and the one after its highest; None if the system does not say."""
    low, high, size = ctypes.c_size_t(), ctypes.c_size_t(), ctypes.c_size_t()
    if sys.platform == "win32":
        ctypes.WinDLL("kernel32")["GetCurrentThreadStackLimits"](ctypes.byref(low), ctypes.byref(high))
        return low.value, high.value
    process = ctypes.PyDLL(None)
    this = process["pthread_self"]
    this.restype = ctypes.c_void_p
    thread = ctypes.c_void_p(this())
    if sys.platform == "darwin":
        top, length = process["pthread_get_stackaddr_np"], process["pthread_get_stacksize_np"]
        top.restype = length.restype = ctypes.c_size_t
        return top(thread) - length(thread), top(thread)
    if not hasattr(process, "pthread_getattr_np"):
        return None
    attributes = (ctypes.c_size_t * 32)()
    if process["pthread_getattr_np"](thread, attributes):
        return None
    process["pthread_attr_getstack"](attributes, ctypes.byref(low), ctypes.byref(size))
    process["pthread_attr_destroy"](attributes)
    return low.value, low.value + size.value


class _Thread(threading.local):
    """What is asked of a thread once, and room for what is asked again."""

    def __init__(self) -> None:
        self.low, high = _limits() or (0, sys.maxsize)
        self.left = high - self.low - _ABOVE
        self.words = (ctypes.c_uint64 * _WORDS)()
        self.place = ctypes.c_void_p(ctypes.addressof(self.words))
        if _get_context is not None:
            _get_context(self.place)
            if not self.low <= self.words[_POINTER] < high:
                self.low = 0  # a fibre's, whose end is unknown


def look() -> int:
    """The signals that this thread blocks, as bits; PluginError where its stack is too small for a guest."""
    thread = _this
    words = thread.words
    if _get_context is not None:
        # One system call for both. The pointer is that of this call, and a guest is not entered much deeper.
        _get_context(thread.place)
        if words[_POINTER] - thread.low < _NEEDED:
            raise _too_small(words[_POINTER] - thread.low)
        return words[_MASK]
    if thread.left < _NEEDED:
        raise _too_small(thread.left)
    if _get_mask is None:
        return 0
    _get_mask(0, None, thread.place)
    return words[0]


def _too_small(left: int) -> PluginError:
    return PluginError(
        INIT_FAILED,
        f"this thread has {max(left, 0)} bytes of stack left, and the sandbox needs {_NEEDED}; "
        "give it more, for example with threading.stack_size(1 << 20) before it starts",
    )


def _functions() -> tuple[Any, Any]:
    """What tells the registers and the mask, or the mask alone, where it matters and is known."""
    if sys.platform in ("win32", "darwin"):
        return None, None
    process = ctypes.PyDLL(None)
    if _POINTER and sys.maxsize > 1 << 32 and hasattr(process, "gnu_get_libc_version"):
        return process["getcontext"], None
    mask = process["pthread_sigmask"]
    mask.argtypes = [ctypes.c_int, ctypes.c_void_p, ctypes.c_void_p]
    return None, mask


_POINTER, _MASK = _IN_CONTEXT.get(platform.machine(), (0, 0))
_get_context, _get_mask = _functions()
_this = _Thread()
