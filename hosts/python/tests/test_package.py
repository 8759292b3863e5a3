"""The package itself: what it exports, what it needs, and how it is built."""

from __future__ import annotations

import importlib
import os
import re
import shutil
import subprocess
import sys
import tarfile
from pathlib import Path
from typing import Any

import pytest
from conftest import WORKSPACE

import thumbox
from thumbox import _locate

PACKAGE = WORKSPACE / "hosts/python"


def run(program: str, *options: str, **environment: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, *options, "-c", program]
    return subprocess.run(
        command, capture_output=True, text=True, env={**os.environ, **environment}, timeout=120, check=False
    )


def test_all_is_there_and_typed() -> None:
    for module in (thumbox, thumbox.wire):
        for name in module.__all__:
            assert hasattr(module, name)
    assert (Path(thumbox.__file__).parent / "py.typed").is_file()


def test_the_version_is_the_workspace_s() -> None:
    line = next(line for line in (WORKSPACE / "Cargo.toml").read_text().splitlines() if line.startswith("version = "))
    assert thumbox.__version__ == line.split('"')[1]


BLOCKED = """
import sys
import tarfile
class Blocked:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in {blocked!r}:
            raise ModuleNotFoundError(f"No module named {{name!r}}", name=name)
sys.meta_path.insert(0, Blocked())
import thumbox
"""


def test_native_needs_neither_wasmtime_nor_rich() -> None:
    program = BLOCKED.format(blocked={"wasmtime", "rich"})
    program += 'print(thumbox.load("native").call_raw(1, b"x").tobytes())\n'
    result = run(program)
    assert (result.returncode, result.stdout, result.stderr) == (0, "b'x'\n", "")


def test_wasm_without_wasmtime_says_what_to_install() -> None:
    program = BLOCKED.format(blocked={"wasmtime"})
    program += "try:\n    thumbox.load()\nexcept thumbox.PluginError as error:\n    print(error)\n"
    result = run(program)
    assert (result.returncode, result.stderr) == (0, "")
    assert (
        "cannot be used here: No module named 'wasmtime'; the wasm variant works with 50.x: pip install"
        in result.stdout
    )
    assert "(code 2)" in result.stdout


def test_a_package_without_its_artefacts_says_how_they_are_made(tmp_path: Path) -> None:
    source = Path(thumbox.__file__).parent
    shutil.copytree(source, tmp_path / "thumbox", ignore=shutil.ignore_patterns("_artifacts", "__pycache__"))
    program = "import thumbox, sys\nassert thumbox.__file__.startswith(sys.argv[1]), thumbox.__file__\n"
    program = program.replace("sys.argv[1]", repr(str(tmp_path)))
    for variant in ("native", "wasm"):
        call = f"try:\n    thumbox.load({variant!r})\nexcept thumbox.PluginError as error:\n    print(error)\n"
        result = run(program + call, PYTHONPATH=str(tmp_path))
        assert (result.returncode, result.stderr) == (0, "")
        assert "this installation has no " in result.stdout
        assert "has the sandbox alone; in a checkout `cargo xtask build --out" in result.stdout


def test_no_warning_on_the_way_with_all_of_them_on(tmp_path: Path) -> None:
    program = (
        "import thumbox, thumbox.wire, thumbox.cli.main\n"
        "for variant in ('native', 'wasm'):\n"
        "    with thumbox.load(variant) as plugin:\n"
        "        assert plugin.call_raw(1, b'x') == b'x'\n"
    )
    result = run(program, "-W", "error", "-X", "dev", PYTHONPYCACHEPREFIX=str(tmp_path))
    assert (result.returncode, result.stdout, result.stderr) == (0, "", "")


def build_hook() -> Any:
    sys.path.insert(0, str(PACKAGE))
    try:
        return importlib.import_module("hatch_build")
    finally:
        sys.path.remove(str(PACKAGE))


def hook(root: Path) -> str:
    """What the build hook says to a build that it cannot do."""
    nothing: Any = None
    made = build_hook().CustomBuildHook(str(root), {}, nothing, nothing, str(root), "wheel")
    with pytest.raises(RuntimeError) as caught:
        made.initialize("standard", {})
    return str(caught.value)


def test_the_wheel_has_what_the_package_looks_for() -> None:
    built = build_hook()
    assert set(_locate._LIBRARIES.values()) == set(built.LIBRARIES)
    assert built.is_component(Path(_locate._NAMES["wasm"]))
    # HEIC's is an add-on.
    assert [name for name in _locate.FURTHER if built.is_component(Path(f"thumbox-{name}.wasm"))] == ["avif"]


def test_what_cannot_be_built_is_said_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    alone = tmp_path / "hosts" / "python"
    alone.mkdir(parents=True)
    said = hook(alone)
    assert "does not stand in its Rust workspace" in said
    assert str(tmp_path / "Cargo.toml") in said
    (tmp_path / "Cargo.toml").write_text("")
    monkeypatch.setenv("PATH", "")
    monkeypatch.delenv("THUMBOX_BUILT", raising=False)
    assert "cargo is needed to build thumbox" in hook(alone)


def test_the_source_distribution_has_the_workspace_and_nothing_that_was_built(tmp_path: Path) -> None:
    build = [sys.executable, "-m", "hatchling", "build", "-t", "sdist", "-d", str(tmp_path)]
    subprocess.run(build, cwd=PACKAGE, capture_output=True, check=True, timeout=300)
    [archive] = tmp_path.glob("*.tar.gz")
    with tarfile.open(archive) as opened:
        names = opened.getnames()
        opened.extractall(tmp_path, filter="data")
    assert archive.stat().st_size < 2 << 20
    root = archive.name.removesuffix(".tar.gz")
    assert {f"{root}/{name}" for name in ("pyproject.toml", "hatch_build.py", "PKG-INFO", "README.md")} <= set(names)
    assert not [
        name for name in names if "/target/" in name or "/_artifacts/" in name or name.startswith(f"{root}/tests")
    ]
    workspace = tmp_path / root / "workspace"
    members = re.search(r"^members = \[(.*?)\]", (WORKSPACE / "Cargo.toml").read_text(), re.MULTILINE | re.DOTALL)
    assert members
    for member in re.findall(r'"(.+?)"', members[1]):
        assert f"{root}/workspace/{member}/Cargo.toml" in names
    # Every file that a manifest names, and the lock file as cargo wants it; `cargo xtask dist` compiles it all.
    check = [
        "cargo",
        "check",
        "-p",
        "thumbox-protocol",
        "--locked",
        "--offline",
        "--target-dir",
        str(tmp_path / "target"),
    ]
    checked = subprocess.run(check, cwd=workspace, capture_output=True, text=True, check=False, timeout=300)
    assert checked.returncode == 0, checked.stderr
