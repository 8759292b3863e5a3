"""The sandbox in a process of its own: with crash handlers, forks and Ctrl-C, and at its end."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import hostile
import pytest


@pytest.fixture(scope="module")
def harmful(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return hostile.file(tmp_path_factory.mktemp("hostile"))


SURVIVE = """
import faulthandler, sys, thumbox
sys.path.insert(0, {tests!r})
import hostile
order, path = sys.argv[1:]
faulthandler.disable()
if order in ("before", "before, then off"):
    faulthandler.enable()
if order == "another engine, then it":
    import wasmtime
    wasmtime.Engine()
    faulthandler.enable()
plugin = thumbox.load("wasm", path=path, timeout=0.2)
if order == "after":
    faulthandler.enable()
if order == "before, then off":
    faulthandler.disable()
if order == "on and off and on":
    faulthandler.enable()
    plugin.call_raw(1, b"x")
    faulthandler.disable()
    plugin.call_raw(1, b"x")
    faulthandler.enable()
for message in "DIE_SILENTLY", "READ_OUT_OF_MEMORY", "OVERFLOW_THE_STACK", "DIVIDE_BY_ZERO", "LOOP":
    try:
        plugin.call_raw(getattr(hostile, message), b"x")
    except thumbox.PluginError as error:
        print(error.code)
    assert plugin.call_raw(1, b"x") == b"x"
"""


@pytest.mark.parametrize(
    "order", ["never", "before", "after", "before, then off", "on and off and on", "another engine, then it"]
)
def test_a_crash_handler_does_not_turn_a_guest_s_end_into_the_host_s(harmful: Path, order: str) -> None:
    program = SURVIVE.format(tests=str(Path(__file__).parent))
    result = run_python(program, order, str(harmful))
    assert (result.returncode, result.stdout.split(), result.stderr) == (0, ["301", "11", "11", "11", "10"], "")


FORKS = """
import os, sys, threading, thumbox
sys.path.insert(0, {tests!r})
import hostile
plugin = thumbox.load("wasm", path=sys.argv[1], timeout=0.3)
real = thumbox.load("wasm")
running = threading.Thread(target=lambda: plugin.call_raw(24, b"x"))
running.start()
plugin.call_raw(1, b"x")  # the clock is running now
child = os.fork()
code = 0
try:
    plugin.call_raw(hostile.LOOP, b"x")
except thumbox.PluginError as error:
    code = error.code
assert code == 10, code
assert real.call_raw(1, b"x") == b"x"
assert thumbox.load("wasm", path=sys.argv[2], max_concurrent=1).call_raw(1, b"x") == b"x"
if child:
    running.join()
    sys.exit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
os._exit(0)
"""


@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # 3.12 warns of forks with threads: that is the test
def test_after_a_fork_deadlines_still_come(harmful: Path, tmp_path: Path) -> None:
    other = tmp_path / "other.wasm"
    other.write_bytes(hostile.component(hostile.module().replace("not text", "NOT TEXT")))  # compiled by the child
    program = FORKS.format(tests=str(Path(__file__).parent))
    # Without a cache the parent compiles, too, with threads that the child has not.
    nowhere = dict.fromkeys(("HOME", "XDG_CACHE_HOME", "XDG_CONFIG_HOME"), "/no/such/folder")
    result = run_python(program, str(harmful), str(other), env=nowhere)
    assert (result.returncode, result.stderr) == (0, "")


NATIVE_FORK = """
import os, sys, thumbox
plugin = thumbox.load("native")
held = plugin.call_raw(1, bytes(range(256)) * 4000)
child = os.fork()
for one in (plugin, thumbox.load("native")):
    assert one.call_raw(1, b"x") == b"x"
    assert one.call("echo", [1]) == [1]
    assert held == bytes(range(256)) * 4000
    one.close()
if child:
    sys.exit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
"""


def test_after_a_fork_while_nobody_calls_the_native_plugin_works() -> None:
    result = run_python(NATIVE_FORK)
    assert (result.returncode, result.stdout, result.stderr) == (0, "", "")


FORK_WITH_ALL_TAKEN = """
import os, sys, threading, thumbox
sys.path.insert(0, {tests!r})
import hostile
plugin = thumbox.load("wasm", path=sys.argv[1], timeout=1, max_concurrent=2, max_wait=0)
def run_away():
    try:
        plugin.call_raw(hostile.LOOP, b"x")
    except thumbox.PluginError as error:
        assert error.code == 10
runaway = threading.Thread(target=run_away)
runaway.start()
view = plugin.call_raw(1, b"borrowed", borrow=True)
while plugin.stats().running < 2:
    pass
child = os.fork()
if not child:
    assert plugin.stats().running == plugin.stats().calls == 0  # the parent's calls are not the child's
    views = [plugin.call_raw(1, b"mine", borrow=True) for _ in range(2)]
    assert (view, views) == (b"borrowed", [b"mine"] * 2)
    del view
    try:
        plugin.call_raw(1, b"x")
        os._exit(3)  # what the parent had lent does not come back here
    except thumbox.PluginError as error:
        assert error.code == 13
    plugin.close()
    os._exit(0)
runaway.join()
assert view == b"borrowed"
assert plugin.call_raw(1, b"x") == b"x"
sys.exit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
"""


@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # as above
def test_after_a_fork_the_child_has_all_its_slots(harmful: Path) -> None:
    result = run_python(FORK_WITH_ALL_TAKEN.format(tests=str(Path(__file__).parent)), str(harmful))
    assert (result.returncode, result.stderr) == (0, "")


def run_python(program: str, *arguments: str, env: dict[str, str] | None = None) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PYTHONWARNINGS": "ignore::DeprecationWarning", **(env or {})}
    command = [sys.executable, "-c", program, *arguments]
    return subprocess.run(command, capture_output=True, text=True, env=environment, timeout=120, check=False)


def test_without_a_home_folder_it_compiles_each_time() -> None:
    program = "import thumbox; print(thumbox.load().call_raw(1, b'x').tobytes())"
    unusable = "cannot be opened"
    for home, why in (("/dev/null/no", unusable), ("/dev/null", unusable), ("", "neither XDG_CACHE_HOME nor HOME")):
        env = {"HOME": home, "XDG_CACHE_HOME": home, "XDG_CONFIG_HOME": home}
        result = run_python(program, env=env)
        assert (result.returncode, result.stdout) == (0, "b'x'\n")
        (warning,) = (line for line in result.stderr.splitlines() if "RuntimeWarning" in line)
        assert why in warning


def test_a_plugin_that_nobody_closed_ends_quietly_with_the_program(photo: bytes, tmp_path: Path) -> None:
    (tmp_path / "photo.jpg").write_bytes(photo)
    program = (
        "import sys, thumbox, pathlib\n"
        "data = pathlib.Path(sys.argv[1]).read_bytes()\n"
        "plugins = [thumbox.load('wasm'), thumbox.load('native', on_log=lambda *_: None)]\n"
        "kept = [p.thumbnail(data) for p in plugins]\n"
        "big = [p.call_raw(1, bytes(10**6)) for p in plugins]\n"
        "lent = [p.call_raw(1, bytes(10**6), borrow=True)[5:] for p in plugins]\n"
    )
    result = run_python(program, str(tmp_path / "photo.jpg"))
    assert (result.returncode, result.stdout, result.stderr) == (0, "", "")


def test_ctrl_c_during_a_call_leaves_a_plugin_that_works(harmful: Path) -> None:
    program = (
        "import os, signal, sys, threading, thumbox\n"
        "plugin = thumbox.load('wasm', path=sys.argv[1], timeout=1)\n"
        "threading.Timer(0.2, os.kill, (os.getpid(), signal.SIGINT)).start()\n"
        "try:\n"
        f"    plugin.call_raw({hostile.LOOP}, b'x')\n"
        "except (KeyboardInterrupt, thumbox.PluginError) as error:\n"
        "    print(type(error).__name__)\n"
        "try:\n"
        "    print(plugin.call_raw(1, b'x').tobytes())\n"
        "except KeyboardInterrupt:\n"
        "    print(plugin.call_raw(1, b'x').tobytes())\n"
    )
    result = run_python(program, str(harmful))
    assert result.returncode == 0, result.stderr
    assert result.stdout.endswith("b'x'\n")
