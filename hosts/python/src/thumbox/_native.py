"""The native variant: the C ABI of `libthumbox` through ctypes."""

from __future__ import annotations

import ctypes
import functools
import weakref
from typing import TYPE_CHECKING, Any

from thumbox._buffers import Parts, end_with
from thumbox._errors import INIT_FAILED, INTERNAL, PluginError, closed_error, error_for
from thumbox._json import parse_json
from thumbox._locate import artifact
from thumbox._options import CommonOptions, choice
from thumbox._plugin import Plugin

if TYPE_CHECKING:
    import os
    from collections.abc import Callable

    from typing_extensions import Buffer

    from thumbox._slots import Slot
    from thumbox._stats import Stats

__all__ = ["Functions", "NativePlugin"]

LOG_LEVELS = ("trace", "debug", "info", "warn", "error", "off")

# Up to here copying a reply costs less than the type that lets a view own the plugin's buffer (measured).
COPY_UP_TO = 256 << 10


class _FfiBuffer(ctypes.Structure):
    _fields_ = (
        ("data", ctypes.c_void_p),
        ("len", ctypes.c_size_t),
        ("capacity", ctypes.c_size_t),
        ("error_code", ctypes.c_uint32),
    )


class _RbResponse(ctypes.Structure):
    _fields_ = (
        ("error_code", ctypes.c_uint32),
        ("len", ctypes.c_uint32),
        ("capacity", ctypes.c_uint32),
        ("data", ctypes.c_void_p),
    )


class _Part(ctypes.Structure):
    _fields_ = (
        # A pointer that ctypes takes from a bytes object as well as from an address.
        ("data", ctypes.c_char_p),
        ("len", ctypes.c_size_t),
    )


_LogCallback = ctypes.CFUNCTYPE(None, ctypes.c_uint8, ctypes.c_char_p, ctypes.c_void_p, ctypes.c_size_t)


class Functions:
    """The library's functions, with their types declared."""

    def __init__(self, path: str) -> None:
        try:
            library = ctypes.CDLL(path)
            self.create = library["plugin_create"]
            self.init = library["plugin_init"]
            self.call = library["plugin_call"]
            self.call_raw = library["plugin_call_raw"]
            self.call_parts = library["thumbox_call_parts"]
            self.free_buffer = library["plugin_free_buffer"]
            self.free_response = library["rb_response_free"]
            self.shutdown = library["plugin_shutdown"]
        except (OSError, AttributeError) as error:
            raise PluginError(INIT_FAILED, f"the native plugin cannot be loaded: {error}") from None
        handle, message_id = ctypes.c_void_p, ctypes.c_uint32
        self.create.argtypes, self.create.restype = [], ctypes.c_void_p
        self.init.argtypes = [ctypes.c_void_p, ctypes.c_char_p, ctypes.c_size_t, _LogCallback]
        self.init.restype = handle
        self.call.argtypes = [handle, ctypes.c_char_p, ctypes.c_char_p, ctypes.c_size_t]
        self.call.restype = type("Buffer", (_FfiBuffer,), {})
        self.call_raw.argtypes = [handle, message_id, ctypes.c_void_p, ctypes.c_size_t]
        self.call_raw.restype = self.call_parts.restype = type("Response", (_RbResponse,), {})
        self.call_parts.argtypes = [handle, message_id, ctypes.POINTER(_Part), ctypes.c_size_t]
        self.free_buffer.argtypes, self.free_buffer.restype = [ctypes.POINTER(_FfiBuffer)], None
        self.free_response.argtypes, self.free_response.restype = [ctypes.POINTER(_RbResponse)], None
        # What was freed already is left alone.
        end_with(self.call.restype, self.free_buffer)
        end_with(self.call_raw.restype, self.free_response)
        self.shutdown.argtypes, self.shutdown.restype = [handle], ctypes.c_bool


_installed = functools.cache(Functions)


class NativePlugin(Plugin):
    """The plugin in this process: fast, and only for images that you made yourself."""

    variant = "native"

    def __init__(
        self,
        path: str | os.PathLike[str] | None = None,
        *,
        functions: Callable[[], Functions] | None = None,
        log_level: str | None = None,
        on_log: Callable[[str, str, str], object] | None = None,
        **common: Any,
    ) -> None:
        """`on_log(level, target, message)` is called from any thread; `log_level` is "info" where it is given.

        `path` is another library than the installed one; `functions` loads one that is elsewhere.
        """
        options = CommonOptions(**common)
        if on_log is not None and not callable(on_log):
            raise TypeError(f"on_log is a {type(on_log).__name__}; a function of (level, target, message) is allowed")
        if log_level is None:
            log_level = "off" if on_log is None else "info"
        choice("log_level", log_level, LOG_LEVELS)
        data = self._data(options)
        super().__init__(options)
        library = functions() if functions else _installed(artifact("native", path))
        self._library = library
        self._log = _Log(on_log)
        config = options.config(data, log_level=log_level, max_concurrent_ops=options.concurrent)
        handle = library.init(library.create(), config, len(config), self._log.callback)
        if not handle:
            raise PluginError(INIT_FAILED, self._log.last or f"the {self.variant} plugin cannot be initialised")
        self._handle = handle
        self._counter.instance()
        # Ends the instance once: at close(), or when nobody can call it any more.
        self._shutdown = weakref.finalize(self, _shut_down, library, handle, self._log)
        self._shutdown.atexit = False

    def _data(self, options: CommonOptions) -> dict[str, object]:  # noqa: ARG002 -- it is for the sandbox library
        """What the library's configuration has under `data`, beside the core's limits."""
        return {}

    def call_raw(self, message_id: int, /, *parts: Buffer, borrow: bool = False) -> memoryview:  # noqa: ARG002
        """The reply to a request that may come in several parts, read where they lie.

        `borrow` changes nothing: a large reply is shown where it lies anyway, and keeps no instance.
        """
        message_id = self._checked_id(message_id)
        held = Parts(parts)
        try:
            self._check_length(held.total)
            slot = self._begin()
            try:
                if len(parts) == 1:
                    response = self._library.call_raw(self._handle, message_id, held.pointers[0], held.total)
                else:
                    array = (_Part * len(parts))()
                    for part, pointer, length in zip(array, held.pointers, held.lengths, strict=True):
                        part.data, part.len = pointer, length
                    response = self._library.call_parts(self._handle, message_id, array, len(parts))
            finally:
                self._slots.give_back(slot)
        finally:
            held.release()
        if response.error_code or response.len <= COPY_UP_TO:
            data = ctypes.string_at(response.data, response.len)
            self._library.free_response(response)
            if response.error_code:
                raise self._error(response.error_code, data.decode(errors="replace"))
            self._counter.call()
            return memoryview(data)
        self._counter.call()
        return self._view(response)

    def _begin(self) -> Slot:
        """A slot for a call, to be given back."""
        try:
            self._check_open()
            try:
                slot = self._slots.take()
            except PluginError:
                self._check_open()  # a caller that waited for a plugin that is closed by now gets code 1
                raise
            if not self._shutdown.alive:
                self._slots.give_back(slot)
                self._check_open()
        except PluginError:
            self._counter.reject()
            raise
        return slot

    def _check_open(self) -> None:
        if not self._shutdown.alive:
            raise closed_error(self.variant)

    def _error(self, code: int, message: str) -> PluginError:
        error = error_for(code, message)
        if code == INTERNAL:
            error.end = "trap"
        self._counter.error(error)
        return error

    def _view(self, response: _RbResponse) -> memoryview:
        """A view of the plugin's own buffer, which is freed with the last view or slice of it."""
        # A subclass, because only its objects can hold others.
        kind: type[ctypes.Array[ctypes.c_uint8]] = type("Reply", (ctypes.c_uint8 * response.len,), {})
        owner = kind.from_address(response.data)
        owner.response = response  # type: ignore[attr-defined]
        return memoryview(owner).cast("B").toreadonly()

    def _call_json(self, tag: str, request: str) -> object:
        text = request.encode()
        self._check_length(len(text))
        slot = self._begin()
        try:
            buffer = self._library.call(self._handle, tag.encode(), text, len(text))
        finally:
            self._slots.give_back(slot)
        try:
            reply = ctypes.string_at(buffer.data, buffer.len)
        finally:
            self._library.free_buffer(buffer)
        envelope: Any = parse_json(reply)
        if envelope["status"] != "success":
            raise self._error(envelope["error_code"], envelope["error_message"])
        self._counter.call()
        return envelope["payload"]

    def stats(self) -> Stats:
        """What the plugin has done so far."""
        return self._counter.stats(self._slots.taken, self._slots.waiting, int(self._shutdown.alive))

    def close(self) -> None:
        """Ends the plugin, after the calls that are running; views stay as they are."""
        self._shutdown()
        self._slots.close()
        self._threads.close()

    @property
    def closed(self) -> bool:
        """Whether close() was called."""
        return not self._shutdown.alive


class _Log:
    """Passes log messages on, and keeps the last one for the error of an init that failed."""

    def __init__(self, on_log: Callable[[str, str, str], object] | None) -> None:
        self.last = ""
        self._on_log = on_log
        # The C side has only the pointer: this object must live as long as the instance.
        self.callback = _LogCallback(self._receive)

    def _receive(self, level: int, target: bytes, message: int, length: int) -> None:
        self.last = ctypes.string_at(message, length).decode(errors="replace")
        if self._on_log is not None:
            name = LOG_LEVELS[level] if level < len(LOG_LEVELS) else str(level)
            self._on_log(name, target.decode(errors="replace"), self.last)


def _shut_down(library: Functions, handle: int, log: _Log) -> None:
    """`log` is passed in only to live until the instance has ended."""
    del log
    library.shutdown(handle)
