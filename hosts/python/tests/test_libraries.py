"""Several libraries in one process, and several plugins of each: nothing is shared."""

from __future__ import annotations

import ctypes
import functools
import shutil
import threading
from pathlib import Path

import pytest

import thumbox
from thumbox._locate import artifact

CALLBACK = ctypes.CFUNCTYPE(None, ctypes.c_uint8, ctypes.c_char_p, ctypes.c_char_p, ctypes.c_size_t)


class Library:
    """The symbols that this needs, as any host declares them."""

    def __init__(self, path: Path) -> None:
        library = ctypes.CDLL(str(path))
        self.create = library.plugin_create
        self.create.argtypes, self.create.restype = [], ctypes.c_void_p
        self.init = library.plugin_init
        self.init.argtypes = [ctypes.c_void_p, ctypes.c_char_p, ctypes.c_size_t, CALLBACK]
        self.init.restype = ctypes.c_void_p
        self.shutdown = library.plugin_shutdown
        self.shutdown.argtypes, self.shutdown.restype = [ctypes.c_void_p], ctypes.c_bool
        self.state = library.plugin_get_state
        self.state.argtypes, self.state.restype = [ctypes.c_void_p], ctypes.c_uint8


@pytest.fixture
def copies(tmp_path: Path, sandbox_library: Path) -> list[Path]:
    """Two copies of each library: the system's loader takes each for another one."""
    found = []
    for original in (Path(artifact("native", None)), sandbox_library):
        for number in (1, 2):
            copy = tmp_path / f"{number}{original.name}"
            shutil.copyfile(original, copy)
            found.append(copy)
    return found


def test_handles_are_one_librarys_and_no_others(copies: list[Path]) -> None:
    libraries = [Library(path) for path in copies]
    said: list[list[bytes]] = [[] for _ in libraries]
    callbacks = [CALLBACK(lambda _level, _target, text, _length, heard=heard: heard.append(text)) for heard in said]
    handles: list[list[int]] = []
    for library, callback in zip(libraries, callbacks, strict=True):
        handles.append([library.init(library.create(), b"", 0, callback) for _ in range(20)])
    everyone = [handle for own in handles for handle in own]
    assert all(everyone)
    assert len(set(everyone)) == len(everyone) == 80
    for library, own in zip(libraries, handles, strict=True):
        for handle in everyone:
            assert library.state(handle) == (2 if handle in own else 255)
            assert handle in own or not library.shutdown(handle)
    for number, library in enumerate(libraries):
        assert all(library.shutdown(handle) for handle in handles[number])
        for other, own in zip(libraries[number + 1 :], handles[number + 1 :], strict=True):
            assert all(other.state(handle) == 2 for handle in own)
    for heard in said:
        assert sum(text.endswith(b" started") for text in heard) == 20
        assert sum(text.endswith(b" stopped") for text in heard) == 20


def keep(heard: list[str], _level: str, _target: str, message: str) -> None:
    heard.append(message)


def test_logs_limits_and_ends_are_each_plugins_own(copies: list[Path]) -> None:
    told: dict[int, list[str]] = {number: [] for number in range(len(copies))}
    plugins = [
        thumbox.load(
            "native",
            path=path,
            max_reply=1000 + number,
            log_level="debug",
            on_log=functools.partial(keep, told[number]),
        )
        for number, path in enumerate(copies)
    ]

    def ask(plugin: thumbox.Plugin) -> None:
        for _ in range(25):
            assert plugin.call_raw(thumbox.MSG_ECHO, b"abc") == b"abc"

    threads = [threading.Thread(target=ask, args=(plugin,)) for plugin in plugins for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for number, plugin in enumerate(plugins):
        assert sum("message 1: 3 bytes" in message for message in told[number]) == 50
        assert plugin.call_raw(thumbox.MSG_ECHO, bytes(1000 + number)) == bytes(1000 + number)
        with pytest.raises(thumbox.LimitError, match=f"max_reply allows {1000 + number}"):
            plugin.call_raw(thumbox.MSG_ECHO, bytes(1001 + number))
    for number, plugin in enumerate(plugins):
        plugin.close()
        assert told[number][-1].endswith("stopped")
        counts = [len(heard) for heard in told.values()]
        for other in plugins[number + 1 :]:
            assert other.call_raw(thumbox.MSG_ECHO, b"on") == b"on"
        assert [len(heard) for heard in told.values()][: number + 1] == counts[: number + 1]
