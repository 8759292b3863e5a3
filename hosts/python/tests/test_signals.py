"""Other people's signal handlers, and signals that a thread blocks: a guest's end stays the guest's."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import hostile
import pytest

from thumbox.sandbox import engine
from thumbox.sandbox.signals import Handlers

pytestmark = pytest.mark.skipif(
    sys.platform in ("win32", "darwin"), reason="no signal handler decides there how a guest ends"
)

PROGRAM = """
import ctypes, signal, sys, threading, thumbox
sys.path.insert(0, {tests!r})
import hostile
how, number, isolation, path = sys.argv[1], int(sys.argv[2]), *sys.argv[3:]
plugin = thumbox.load("wasm", path=path, timeout=0.3, isolation=isolation)
plugin.call_raw(1, b"x")
libc = ctypes.CDLL(None)
libc.signal.argtypes = [ctypes.c_int, ctypes.c_void_p]
{{
    "Python's": lambda: signal.signal(number, lambda *_: None),
    "none": lambda: signal.signal(number, signal.SIG_DFL),
    "ignored": lambda: signal.signal(number, signal.SIG_IGN),
    "C's": lambda: libc.signal(number, ctypes.cast(libc._exit, ctypes.c_void_p)),
    "blocked": lambda: signal.pthread_sigmask(signal.SIG_BLOCK, [number]),
    "blocked elsewhere": lambda: None,
}}[how]()
def harm():
    if how == "blocked elsewhere":
        signal.pthread_sigmask(signal.SIG_BLOCK, [number])
    for message in "DIE_SILENTLY", "READ_OUT_OF_MEMORY", "OVERFLOW_THE_STACK", "DIVIDE_BY_ZERO", "LOOP":
        try:
            plugin.call_raw(getattr(hostile, message), b"x")
        except thumbox.PluginError as error:
            print(error.code)
        assert plugin.call_raw(1, b"x") == b"x"
thread = threading.Thread(target=harm)
thread.start() if how == "blocked elsewhere" else harm()
"""


@pytest.fixture(scope="module")
def harmful(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return hostile.file(tmp_path_factory.mktemp("hostile"))


ALONE = """
import sys
from thumbox.sandbox import engine
handlers = engine._engine(signals=True).is_safe.__self__
watched = set(sys.argv[1].split(","))
unwatched = {"SIGFPE", "SIGBUS", "SIGTRAP", "SIGABRT"} - watched
print(all(map(handlers._is_wasmtimes, watched)), any(map(handlers._is_wasmtimes, unwatched)))
"""

HOWS = ("Python's", "none", "ignored", "C's", "blocked", "blocked elsewhere")


@pytest.mark.parametrize(
    ("how", "number"),
    [
        *((how, number) for how in HOWS for number in (signal.SIGSEGV, signal.SIGILL, signal.SIGFPE)),
        ("none", signal.SIGBUS),
        ("none", signal.SIGTRAP),
    ],
)
def test_whoever_handles_a_signal_a_guest_s_end_is_its_own(harmful: Path, how: str, number: signal.Signals) -> None:
    program = PROGRAM.format(tests=str(Path(__file__).parent))
    isolation = "pool" if number in (signal.SIGSEGV, signal.SIGFPE) else "call"
    command = [sys.executable, "-c", program, how, str(int(number)), isolation, str(harmful)]
    result = subprocess.run(command, capture_output=True, text=True, timeout=180, env=os.environ, check=False)
    assert (result.returncode, result.stdout.split(), result.stderr) == (0, ["301", "11", "11", "11", "10"], "")


def test_every_signal_that_ends_guests_is_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    handlers = engine._engine(signals=True).is_safe.__self__  # type: ignore[attr-defined]
    assert isinstance(handlers, Handlers)
    watched = {int(question[0].value) for question in handlers._questions}
    assert {signal.SIGSEGV, signal.SIGILL} <= watched
    # Other tests' libraries may have put handlers on top here, and pytest its own; in a new process there are none.
    names = ",".join(signal.Signals(number).name for number in watched)
    result = subprocess.run([sys.executable, "-c", ALONE, names], capture_output=True, text=True, check=True)
    assert result.stdout.split() == ["True", "False"]
    # What counts here is that each of them alone is enough.
    real = handlers._asked()
    monkeypatch.setattr(handlers, "_ours", True)
    monkeypatch.setattr(handlers, "_expected", real)
    assert handlers.in_place(0)
    for index, number in enumerate(handlers._questions):
        monkeypatch.setattr(handlers, "_expected", [*real[:index], real[index] + 1, *real[index + 1 :]])
        assert not handlers.in_place(0)
        monkeypatch.setattr(handlers, "_expected", real)
        assert not handlers.in_place(1 << number[0].value - 1)
    assert handlers.in_place(1 << signal.SIGINT - 1 | 1 << signal.SIGTERM - 1)
