"""The programs of hosts/examples in other languages: each makes the bytes that this package makes."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from typing import TYPE_CHECKING, NamedTuple

import pytest
from conftest import PHOTOS, WORKSPACE

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    import thumbox

EXAMPLES = WORKSPACE / "hosts/examples"
LIBRARIES = {"native": "thumbox", "wasm": "thumbox_sandbox"}
JNA = "/usr/share/java/jna.jar"
# Compiling rustbridge-consumer with all that it needs takes minutes on a busy machine.
LONGEST = 1800


# `cargo run` puts its own folders into it, where there may be a library of the same name that has no component.
ENVIRONMENT = {name: value for name, value in os.environ.items() if name != "LD_LIBRARY_PATH"}


def run(*command: str | Path, folder: Path = EXAMPLES) -> subprocess.CompletedProcess[str]:
    words = [str(word) for word in command]
    return subprocess.run(
        words, cwd=folder, env=ENVIRONMENT, capture_output=True, text=True, timeout=LONGEST, check=False
    )


def build(*command: str | Path, folder: Path) -> str:
    result = run(*command, folder=folder)
    assert result.returncode == 0, f"{command}: {result.stdout}{result.stderr}"
    return result.stdout


def shared_library(artifacts: Path, name: str) -> Path:
    file = {"win32": f"{name}.dll", "darwin": f"lib{name}.dylib"}.get(sys.platform, f"lib{name}.so")
    assert (artifacts / file).is_file(), f"`cargo xtask build --testing --sandbox` has not made {artifacts / file}"
    return artifacts / file


def c(library: Path, name: str, out: Path) -> list[str | Path]:
    build("make", "--always-make", f"LIB={library.parent}", f"NAME={name}", f"OUT={out}", folder=EXAMPLES / "c")
    return [out / "thumbnail"]


def java(library: Path, _name: str, out: Path) -> list[str | Path]:
    sources = sorted((EXAMPLES / "java").rglob("*.java"))
    build("javac", "-Xlint:all,-serial", "-Werror", "-cp", JNA, "-d", out, *sources, folder=out)
    return ["java", "-cp", f"{JNA}{os.pathsep}{out}", "Main", library]


def python(library: Path, _name: str, _out: Path) -> list[str | Path]:
    return [sys.executable, EXAMPLES / "python/thumbnail.py", library]


def rust(library: Path, _name: str, _out: Path) -> list[str | Path]:
    # The folder of whatever else uses rustbridge-consumer, whose dependencies are many.
    target = WORKSPACE / "target/conformance"
    build("cargo", "fmt", "--check", folder=EXAMPLES / "rust")
    common = ("--locked", "--target-dir", target)
    build("cargo", "clippy", *common, "--", "-D", "warnings", folder=EXAMPLES / "rust")
    build("cargo", "build", *common, folder=EXAMPLES / "rust")
    return [target / "debug/thumbnail", library]


def go(library: Path, _name: str, out: Path) -> list[str | Path]:
    assert build("gofmt", "-l", ".", folder=EXAMPLES / "go") == ""
    build("go", "vet", "./...", folder=EXAMPLES / "go")
    build("go", "build", "-o", out / "thumbnail", ".", folder=EXAMPLES / "go")
    return [out / "thumbnail", library]


def csharp(library: Path, _name: str, out: Path) -> list[str | Path]:
    sources = sorted((EXAMPLES / "csharp").glob("*.cs"))
    build("mcs", "-langversion:latest", "-warnaserror", f"-out:{out / 'thumbnail.exe'}", *sources, folder=out)
    return ["mono", out / "thumbnail.exe", library]


HOSTS: dict[str, Callable[[Path, str, Path], list[str | Path]]] = {
    "c": c,
    "java": java,
    "python": python,
    "rust": rust,
    "go": go,
    "csharp": csharp,
}


class Program(NamedTuple):
    """An example, built, with the library of a variant."""

    host: str
    variant: str
    command: list[str | Path]

    def __call__(self, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
        return run(*self.command, *arguments)


@pytest.fixture(scope="module", params=[(host, variant) for variant in LIBRARIES for host in HOSTS], ids="-".join)
def program(
    request: pytest.FixtureRequest, testing_artifacts: Path, tmp_path_factory: pytest.TempPathFactory
) -> Program:
    host, variant = request.param
    name = LIBRARIES[variant]
    command = HOSTS[host](shared_library(testing_artifacts, name), name, tmp_path_factory.mktemp(host))
    return Program(host, variant, command)


@pytest.mark.parametrize(("photo", "upright", "thumb"), [("rocket.jpg", "640 x 427, JPEG", "200 x 133")])
def test_an_example_makes_the_bytes_that_this_package_makes(
    program: Program, plugins: dict[str, thumbox.Plugin], tmp_path: Path, photo: str, upright: str, thumb: str
) -> None:
    out = tmp_path / "thumb.jpg"
    result = program(PHOTOS / photo, out, "200")
    assert result.returncode == 0, result.stdout + result.stderr
    expected = plugins[program.variant].thumbnail((PHOTOS / photo).read_bytes(), 200, 200)
    assert out.read_bytes() == expected.data
    info, *lines = result.stdout.splitlines()
    assert lines == [f"photo: {upright}", f"{out}: {thumb}, JPEG, {len(expected.data)} bytes"]
    told = json.loads(info.removeprefix("plugin: "))
    assert told.get("payload", told)["name"] == "thumbox"
    # From the callback, as it begins, from the calls, and as it ends.
    log = [line.lower() for line in result.stderr.splitlines()]
    assert re.fullmatch(r"\[info\] thumbox: thumbox \S+( in its sandbox)? started", log[0])
    assert ("sandbox" in log[0]) == (program.variant == "wasm")
    assert any(line.startswith("[debug] thumbox: message 100: ") for line in log)
    assert log[-1] == log[0].replace("started", "stopped")


def test_an_example_says_why_there_is_no_thumbnail(program: Program, tmp_path: Path) -> None:
    text, out = tmp_path / "text.jpg", tmp_path / "thumb.jpg"
    text.write_text("no picture")
    result = program(text, out)
    assert result.returncode == 1, result.stdout + result.stderr
    # rustbridge-consumer makes 11 of every number above 13, and shows the words alone.
    code = "error 11: internal error: " if program.host == "rust" else "error 200: "
    assert f"\n{code}the data is not a JPEG" in result.stderr
    assert "error 200: the data is not a JPEG" in result.stderr
    assert " stopped\n" in result.stderr
    assert not out.exists()


def test_an_example_refuses_what_it_cannot_do_anything_with(program: Program, tmp_path: Path) -> None:
    result = program(tmp_path / "nothing.jpg", tmp_path / "thumb.jpg")
    assert (result.returncode, len(result.stderr) > 0) == (1, True), result.stdout + result.stderr
    result = program(tmp_path)
    assert (result.returncode, "usage: " in result.stderr) == (2, True), result.stdout + result.stderr


def test_every_example_is_described_where_people_look() -> None:
    index = (EXAMPLES / "README.md").read_text()
    folders = [folder.name for folder in EXAMPLES.iterdir() if folder.is_dir() and (folder / "README.md").is_file()]
    assert set(HOSTS) | {"kotlin"} <= set(folders)
    for name in folders:
        assert f"]({name}/README.md)" in index
    for program in EXAMPLES.glob("*.py"):
        assert f"]({program.name})" in index
