"""A thread with a small stack: a guest that recurses ends before the stack does, or is not called at all."""

from __future__ import annotations

import subprocess
import sys
import threading
from pathlib import Path

import hostile
import pytest

import thumbox
from thumbox.sandbox import stack

PROGRAM = """
import sys, threading, thumbox
sys.path.insert(0, {tests!r})
import hostile
size, deep, path = int(sys.argv[1]), sys.argv[2] == "deep", sys.argv[3]
sys.setrecursionlimit(100_000)
def harm():
    plugin = thumbox.load("wasm", path=path, timeout=5, cache=False)
    assert plugin.call_raw(1, b"x") == b"x"
    if deep:
        descend(plugin)
    plugin.call_raw(hostile.OVERFLOW_THE_STACK, b"x")
def descend(plugin):
    # Until it is refused. max() calls its key from C: every level takes some of the stack.
    try:
        plugin.call_raw(hostile.OVERFLOW_THE_STACK, b"x")
    except thumbox.InternalError:
        max([0], key=lambda _: descend(plugin) or 0)
def work():
    try:
        harm()
    except thumbox.PluginError as error:
        print(error)
threading.stack_size(size << 10)
thread = threading.Thread(target=work)
thread.start()
thread.join()
"""


@pytest.fixture(scope="module")
def harmful(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return hostile.file(tmp_path_factory.mktemp("hostile"))


@pytest.mark.parametrize(
    ("kib", "how", "words"),
    [
        (8192, "flat", "stopped with a trap: stack overflow (code 11)"),
        (512, "flat", "stopped with a trap: stack overflow (code 11)"),
        (352, "flat", "stopped with a trap: stack overflow (code 11)"),
        (
            300,
            "flat",
            "bytes of stack left, and the sandbox needs 327680; give it more, for example with threading.stack_",
        ),
        (100, "flat", "bytes of stack left, and the sandbox needs 327680"),
        (600, "deep", "bytes of stack left, and the sandbox needs 327680"),
    ],
)
def test_a_guest_that_recurses_ends_before_a_small_stack_does(harmful: Path, kib: int, how: str, words: str) -> None:
    program = PROGRAM.format(tests=str(Path(__file__).parent))
    command = [sys.executable, "-c", program, str(kib), how, str(harmful)]
    result = subprocess.run(command, capture_output=True, text=True, timeout=180, check=False)
    assert (result.returncode, result.stderr) == (0, "")
    assert words in result.stdout


def in_thread(kib: int) -> list[str]:
    """What a look at the stack says in a thread that has so much of it."""
    said: list[str] = []

    def look() -> None:
        try:
            said.append(f"blocked {stack.look()}")
        except thumbox.PluginError as error:
            said.append(f"{error.code}")

    before = threading.stack_size(kib << 10)
    try:
        thread = threading.Thread(target=look)
        thread.start()
        thread.join()
    finally:
        threading.stack_size(before)
    return said


def test_who_is_refused_is_counted(harmful: Path) -> None:
    with thumbox.load("wasm", path=harmful) as plugin:

        def call() -> None:
            with pytest.raises(thumbox.PluginError, match="bytes of stack left"):
                plugin.call_raw(1, b"x")

        before = threading.stack_size(128 << 10)
        try:
            thread = threading.Thread(target=call)
            thread.start()
            thread.join()
        finally:
            threading.stack_size(before)
        stats = plugin.stats()
        assert (stats.calls, stats.rejects, stats.running) == (0, 1, 0)
        assert plugin.call_raw(1, b"x") == b"x"


def test_where_the_pointer_is_not_told_the_size_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stack, "_get_context", None)
    monkeypatch.setattr(stack, "_this", stack._Thread())
    assert in_thread(500) == ["2"]
    assert in_thread(528) == ["blocked 0"]
    monkeypatch.setattr(stack, "_limits", lambda: None)  # and where nobody says that, it is the program's own matter
    assert in_thread(100) == ["blocked 0"]


@pytest.mark.skipif(sys.platform in ("win32", "darwin"), reason="it does not matter there")
@pytest.mark.parametrize("registers", [True, False])
def test_what_a_thread_blocks_is_seen(monkeypatch: pytest.MonkeyPatch, registers: bool) -> None:
    import ctypes
    import signal

    if not registers:
        mask = ctypes.PyDLL(None)["pthread_sigmask"]
        mask.argtypes = [ctypes.c_int, ctypes.c_void_p, ctypes.c_void_p]
        monkeypatch.setattr(stack, "_get_context", None)
        monkeypatch.setattr(stack, "_get_mask", mask)
        monkeypatch.setattr(stack, "_this", stack._Thread())
    assert stack.look() & 1 << signal.SIGUSR1 - 1 == 0
    before = signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGUSR1])
    try:
        assert stack.look() & 1 << signal.SIGUSR1 - 1
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere the pointer is not told")
def test_the_pointer_is_that_of_this_thread() -> None:
    if stack._get_context is None:
        pytest.skip("not on this machine")
    left: list[int] = []

    def look() -> None:
        stack.look()
        limits = stack._limits()
        assert limits
        left.append(limits[1] - stack._this.words[stack._POINTER])
        assert limits[0] == stack._this.low

    for _ in range(2):
        thread = threading.Thread(target=look)
        thread.start()
        thread.join()
    assert all(0 < used < 100_000 for used in left)
