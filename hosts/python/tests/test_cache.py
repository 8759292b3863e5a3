"""Compiled code is taken only from where nobody else can have put it, and is never missed."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import hostile
import pytest
import wasmtime

import thumbox
from thumbox import _private_folder as private_folder
from thumbox._private_folder import default_folder
from thumbox.sandbox import engine as engines
from thumbox.sandbox.cache import FOLDER, Cache, entry_name

if TYPE_CHECKING:
    from wasmtime import Module

CODE = bytearray(b"code" * 1000)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "cache"


@pytest.fixture
def compiled(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The lengths of the modules that are compiled from now on, by an engine that has compiled nothing yet."""
    lengths: list[int] = []
    real = engines.Engine._compile

    def compile_(self: engines.Engine, module: bytes) -> Module:
        lengths.append(len(module))
        return real(self, module)

    monkeypatch.setattr(engines.Engine, "_compile", compile_)
    monkeypatch.setattr(engines, "_engines", {})
    return lengths


@pytest.fixture
def component(tmp_path: Path) -> Path:
    return hostile.file(tmp_path)


def load_anew(component: Path, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As a process does that starts now."""
    monkeypatch.setattr(engines, "_engines", {})
    with thumbox.load("wasm", path=component, cache=folder) as plugin:
        assert plugin.call_raw(1, b"works") == b"works"


def entries(folder: Path) -> list[Path]:
    """What is in the folder of ours that lies in it."""
    return sorted((folder / FOLDER).iterdir()) if (folder / FOLDER).exists() else []


def test_the_second_process_does_not_compile(
    folder: Path, component: Path, compiled: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    load_anew(component, folder, monkeypatch)
    assert len(compiled) == 1
    assert [place.stat().st_mode & 0o777 for place in (folder, folder / FOLDER)] == [0o700, 0o700]
    assert [file.stat().st_mode & 0o777 for file in entries(folder)] == [0o600]
    load_anew(component, folder, monkeypatch)
    assert len(compiled) == 1
    load_anew(component, folder.parent / "another", monkeypatch)
    assert len(compiled) == 2


def test_without_a_cache_nothing_is_kept(component: Path, compiled: list[int], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Cache, "write", lambda *_: pytest.fail("it was kept"))
    for _ in range(2):
        monkeypatch.setattr(engines, "_engines", {})
        thumbox.load("wasm", path=component, cache=False).close()
    assert len(compiled) == 2


def test_an_engine_keeps_the_four_newest_programs(compiled: list[int]) -> None:
    modules = [bytes(wasmtime.wat2wasm(hostile.module(more=f'(data (i32.const 0) "{n}")'))) for n in range(5)]
    engine = engines.Engine(signals=False)
    for module in (*modules[:4], *modules[:4], modules[4], *modules[1:]):
        engine.program(module, None)
    assert len(compiled) == 5
    engine.program(modules[0], None)
    assert len(compiled) == 6


def test_another_component_or_engine_is_another_entry() -> None:
    names = {entry_name(module, kind) for module in (b"a", b"b") for kind in ("signals=True", "signals=False")}
    assert len(names) == 4
    assert all(len(name) == 64 for name in names)


@pytest.mark.parametrize("ours", [True, False])
@pytest.mark.parametrize("mode", [0o777, 0o770, 0o720, 0o702, 0o1777])
def test_a_folder_that_is_open_to_others_is_refused(folder: Path, component: Path, mode: int, ours: bool) -> None:
    folder.mkdir(mode=0o700)
    if ours:
        folder = folder / FOLDER
        folder.mkdir()
    folder.chmod(mode)
    with pytest.warns(RuntimeWarning, match=rf"has mode {mode:04o}; only its owner may.*option cache"):
        assert Cache.open(folder.parent if ours else folder, FOLDER) is None
    assert list(folder.iterdir()) == []
    folder.chmod(0o700)
    cache = Cache.open(folder.parent if ours else folder, FOLDER)
    assert cache is not None
    with cache:
        cache.write("name", CODE)
    assert component.exists()


def run_as_another(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The file or folder is then another user's, and not root's."""
    if os.geteuid() == 0:
        os.chown(path, 1234, -1)
    owner = path.stat().st_uid
    monkeypatch.setattr(os, "geteuid", lambda: owner + 1)


def test_a_folder_of_another_user_is_refused(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder.mkdir(mode=0o700)
    run_as_another(folder, monkeypatch)
    with pytest.warns(RuntimeWarning, match=r"belongs to user \d+, and this process runs as \d+"):
        assert Cache.open(folder, FOLDER) is None


@pytest.mark.parametrize("ours", [True, False])
def test_a_link_in_place_of_the_folder_is_refused(folder: Path, tmp_path: Path, ours: bool) -> None:
    (tmp_path / "elsewhere").mkdir(mode=0o700)
    if ours:
        folder.mkdir(mode=0o700)
    (folder / FOLDER if ours else folder).symlink_to(tmp_path / "elsewhere")
    with pytest.warns(RuntimeWarning, match="is a link"):
        assert Cache.open(folder, FOLDER) is None
    assert list((tmp_path / "elsewhere").iterdir()) == []


def test_a_plugin_loads_where_its_cache_is_refused(folder: Path, component: Path, compiled: list[int]) -> None:
    folder.mkdir()
    folder.chmod(0o775)
    with (
        pytest.warns(RuntimeWarning, match="keeps no compiled code"),
        thumbox.load("wasm", path=component, cache=folder) as plugin,
    ):
        assert plugin.call_raw(1, b"x") == b"x"
    assert (len(compiled), entries(folder)) == (1, [])


@pytest.mark.parametrize("place", ["/dev/null", "/dev/null/below", "/proc/no/such"])
def test_a_folder_that_cannot_be_is_no_error(place: str) -> None:
    with pytest.warns(RuntimeWarning, match=rf"{place} cannot be opened \(.*option cache"):
        assert Cache.open(Path(place), FOLDER) is None


def test_root_s_folder_is_read(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder.mkdir(mode=0o755)
    with opened(folder) as cache:
        cache.write("name", CODE)
    monkeypatch.setattr(os, "geteuid", lambda: folder.stat().st_uid + 1)
    monkeypatch.setattr(private_folder, "_ROOT", folder.stat().st_uid)
    with opened(folder) as cache:
        assert cache.read("name") == CODE


def test_a_prepared_folder_serves_processes_that_can_write_nothing(tmp_path: Path) -> None:
    folder = tmp_path / "image" / "thumbox"
    command = [sys.executable, "-m", "thumbox", "compile", str(folder)]
    said = subprocess.run(command, capture_output=True, text=True, check=True, timeout=600)
    assert [line.rsplit("/", 1)[-1] for line in said.stdout.splitlines()][:2] == ["thumbox.wasm", "thumbox-avif.wasm"]
    kept = entries(folder)
    # For each component, one for each engine.
    assert len(kept) == 2 * len(said.stdout.splitlines())
    assert {place.stat().st_mode & 0o777 for place in (folder, folder / FOLDER)} == {0o755}
    assert {file.stat().st_mode & 0o777 for file in kept} == {0o644}
    program = (
        "import sys, thumbox\n"
        "from thumbox.sandbox.engine import Engine\n"
        "Engine._compile = lambda *_: sys.exit('it was compiled')\n"
        "with thumbox.load(cache=sys.argv[1]) as plugin:\n"
        "    assert plugin.call_raw(1, b'x') == b'x'\n"
    )
    load = [sys.executable, "-W", "error", "-c", program, str(folder)]
    done = subprocess.run(load, capture_output=True, text=True, check=False, timeout=600)
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize("where", ["file", "file/below"])
def test_a_folder_that_cannot_be_prepared_is_said_so(tmp_path: Path, where: str) -> None:
    (tmp_path / "file").write_bytes(b"")
    command = [sys.executable, "-m", "thumbox", "compile", str(tmp_path / where)]
    said = subprocess.run(command, capture_output=True, text=True, check=False, timeout=600)
    assert said.returncode == 1
    assert "cannot be opened" in said.stderr
    assert "Traceback" not in said.stderr


def opened(folder: Path) -> Cache:
    cache = Cache.open(folder, FOLDER)
    assert cache is not None
    return cache


def test_an_entry_comes_back_as_it_was(folder: Path) -> None:
    with opened(folder) as cache:
        assert cache.read("name") is None
        cache.write("name", CODE)
        assert cache.read("name") == CODE
        cache.write("name", bytearray(b"other"))
        assert cache.read("name") == b"other"
        assert cache.read("another") is None


def flipped(file: Path) -> None:
    data = bytearray(file.read_bytes())
    data[len(data) // 2] ^= 1
    file.write_bytes(data)


def truncated(file: Path) -> None:
    os.truncate(file, file.stat().st_size - 100)


def emptied(file: Path) -> None:
    file.write_bytes(b"")


def lengthened(file: Path) -> None:
    with file.open("ab") as end:
        end.write(b"more")


def opened_to_others(file: Path) -> None:
    file.chmod(0o666)


def linked(file: Path) -> None:
    copy = file.with_name("copy")
    file.rename(copy)
    file.symlink_to(copy)


def made_a_pipe(file: Path) -> None:
    file.unlink()
    os.mkfifo(file, 0o600)


def made_a_folder(file: Path) -> None:
    file.unlink()
    file.mkdir(mode=0o700)


SPOILT = [flipped, truncated, emptied, lengthened, opened_to_others, linked, made_a_pipe]


@pytest.mark.filterwarnings("ignore:thumbox keeps no compiled code")
@pytest.mark.parametrize("spoil", [*SPOILT, made_a_folder])
def test_a_spoilt_entry_is_not_read(folder: Path, spoil: object) -> None:
    with opened(folder) as cache:
        cache.write("name", CODE)
        assert callable(spoil)
        spoil(folder / FOLDER / "name")
        assert cache.read("name") is None
        cache.write("name", CODE)
        assert cache.read("name") == (None if spoil is made_a_folder else CODE)


@pytest.mark.parametrize("spoil", SPOILT)
def test_a_spoilt_entry_is_compiled_again(
    folder: Path, component: Path, compiled: list[int], monkeypatch: pytest.MonkeyPatch, spoil: object
) -> None:
    load_anew(component, folder, monkeypatch)
    (entry,) = entries(folder)
    assert callable(spoil)
    spoil(entry)
    load_anew(component, folder, monkeypatch)
    assert len(compiled) == 2
    load_anew(component, folder, monkeypatch)
    assert len(compiled) == 2


def test_an_entry_of_another_engine_is_compiled_again(
    folder: Path, component: Path, compiled: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    load_anew(component, folder, monkeypatch)
    (entry,) = entries(folder)
    with opened(folder) as cache:
        cache.write(entry.name, bytearray(b"not what Wasmtime writes"))
    load_anew(component, folder, monkeypatch)
    assert len(compiled) == 2


def test_another_user_s_file_is_not_read(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with opened(folder) as cache:
        cache.write("name", CODE)
        run_as_another(folder / FOLDER / "name", monkeypatch)
        assert cache.read("name") is None


def test_what_was_left_behind_goes_and_the_newest_stay(folder: Path) -> None:
    names = [f"{number:064x}" for number in range(21)]
    with opened(folder) as cache:
        for age, name in enumerate(names[:20]):
            cache.write(name, CODE)
            os.utime(folder / FOLDER / name, (time.time() - 100 * age - 100,) * 2)
        old, new = (folder / FOLDER / f"{number:032x}.partial" for number in range(2))
        for partial, seconds in ((old, 3610), (new, 3500)):
            partial.write_bytes(b"")
            os.utime(partial, (time.time() - seconds,) * 2)
        cache.write(names[20], CODE)
        assert not old.exists()
        assert new.exists()
        kept = {file.name for file in entries(folder)} - {new.name}
        assert kept == {names[20], *names[:7]}


def test_the_user_s_own_files_stay(folder: Path, component: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    names = ["notes.txt", "a.partial", "0" * 63, "0" * 65, "g" * 64, f"{'0' * 64}.so", "A" * 64, *map(str, range(20))]
    for place in (folder, folder / FOLDER):
        place.mkdir(mode=0o700)
        for name in (*names, f"{1:064x}", f"{1:032x}.partial"):
            (place / name).write_bytes(b"mine")
            os.utime(place / name, (0, 0))
    load_anew(component, folder, monkeypatch)
    with opened(folder) as cache:
        for number in range(2, 12):
            cache.write(f"{number:064x}", CODE)
    assert {file.name for file in folder.iterdir()} == {*names, f"{1:064x}", f"{1:032x}.partial", FOLDER}
    left = {file.name for file in entries(folder)}
    assert left >= set(names)
    assert len(left) == len(names) + 8


def test_a_full_disk_leaves_nothing_half_written(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    with opened(folder) as cache:
        monkeypatch.setattr(os, "replace", full)
        with pytest.warns(RuntimeWarning, match="cannot be written to .No space left on device"):
            cache.write("name", CODE)
        assert entries(folder) == []


RACE = """
import sys, thumbox
for _ in range(20):
    thumbox.load("wasm", path=sys.argv[1], cache=sys.argv[2]).call_raw(1, b"x")
    from thumbox.sandbox import engine as engines
    engines._engines.clear()
"""


def test_processes_that_start_together_do_not_disturb_each_other(folder: Path, component: Path) -> None:
    command = [sys.executable, "-W", "error", "-c", RACE, str(component), str(folder)]
    processes = [subprocess.Popen(command, stderr=subprocess.PIPE) for _ in range(4)]
    outcomes = [(process.communicate(timeout=120)[1], process.returncode) for process in processes]
    assert outcomes == [(b"", 0)] * 4
    assert len(entries(folder)) == 1


def test_where_the_folder_is(monkeypatch: pytest.MonkeyPatch) -> None:
    def found(**variables: str) -> Path | None:
        for name in ("HOME", "XDG_CACHE_HOME"):
            monkeypatch.delenv(name, raising=False)
        for name, value in variables.items():
            monkeypatch.setenv(name, value)
        return default_folder()

    home = "Library/Caches" if sys.platform == "darwin" else ".cache"
    assert found(HOME="/home/a") == Path("/home/a", home, "thumbox")
    assert found(HOME="/home/a", XDG_CACHE_HOME="/var/b") == Path("/var/b/thumbox")
    assert found(HOME="/home/a", XDG_CACHE_HOME="relative") == Path("/home/a", home, "thumbox")
    assert found(HOME="relative") is None
    assert found() is None
    monkeypatch.setenv("HOME", "/home/a")
    monkeypatch.delattr(os, "geteuid")
    assert default_folder() is None


@pytest.mark.parametrize("cache", [5, 1.5, None, [1]])
def test_what_is_no_folder_is_said_so(cache: Any) -> None:
    with pytest.raises(TypeError, match=r"cache is a \w+ .*; a folder's path, True or False is allowed"):
        thumbox.load("wasm", cache=cache)
