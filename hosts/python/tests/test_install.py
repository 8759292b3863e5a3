"""What `cargo xtask install` installs, as C programs find it: by pkg-config and by CMake."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING, NamedTuple

import pytest
from conftest import PHOTOS, WORKSPACE
from test_hosts import ENVIRONMENT

import thumbox

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="for Linux and macOS")

EXAMPLE = WORKSPACE / "hosts/examples/c"
PACKAGES = {"native": "thumbox", "wasm": "thumbox-sandbox"}
ENDING = "dylib" if sys.platform == "darwin" else "so"


def run(*command: str | Path, **environment: str) -> str:
    words = [str(word) for word in command]
    result = subprocess.run(
        words,
        env={**ENVIRONMENT, **environment},
        cwd=WORKSPACE,
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )
    assert result.returncode == 0, f"{words}: {result.stdout}{result.stderr}"
    return result.stdout


class Installed(NamedTuple):
    prefix: Path
    artifacts: Path

    @property
    def environment(self) -> dict[str, str]:
        return {"PKG_CONFIG_PATH": str(self.prefix / "lib/pkgconfig")}


def versioned(name: str, version: str) -> str:
    return f"lib{name}.{version}.dylib" if ENDING == "dylib" else f"lib{name}.so.{version}"


@pytest.fixture(scope="module")
def installed(testing_artifacts: Path, tmp_path_factory: pytest.TempPathFactory) -> Installed:
    prefix = tmp_path_factory.mktemp("prefix")
    run("cargo", "xtask", "install", "--from", testing_artifacts, "--prefix", prefix)
    return Installed(prefix, testing_artifacts)


def names(folder: Path) -> set[str]:
    return {file.relative_to(folder).as_posix() for file in folder.rglob("*") if not file.is_dir()}


def expected() -> set[str]:
    files = {f"share/doc/thumbox/LICENSE-{licence}" for licence in ("APACHE", "MIT")} | {"include/thumbox.h"}
    for library in ("thumbox", "thumbox_sandbox"):
        files |= {f"lib/lib{library}.{ENDING}", f"lib/{versioned(library, '0')}"}
        files |= {f"lib/{versioned(library, thumbox.__version__)}", f"lib/pkgconfig/{library.replace('_', '-')}.pc"}
    return files


def test_the_files_and_where_they_go(installed: Installed, tmp_path: Path) -> None:
    assert names(installed.prefix) == expected()
    more = ["--prefix", "/opt/thumbox", "--libdir", "lib/here"]
    run("cargo", "xtask", "install", "--from", installed.artifacts, *more, DESTDIR=str(tmp_path))
    assert names(tmp_path / "opt/thumbox") == {name.replace("lib/", "lib/here/", 1) for name in expected()}
    text = (tmp_path / "opt/thumbox/lib/here/pkgconfig/thumbox.pc").read_text()
    assert "prefix=/opt/thumbox\n" in text
    assert "libdir=${prefix}/lib/here\n" in text


@pytest.mark.parametrize("variant", PACKAGES)
def test_a_program_is_compiled_by_pkg_config_and_runs_without_the_linker_s_name(
    installed: Installed, variant: str, tmp_path: Path
) -> None:
    package = PACKAGES[variant]
    assert run("pkg-config", "--modversion", package, **installed.environment).strip() == thumbox.__version__
    flags = run("pkg-config", "--cflags", "--libs", package, **installed.environment).split()
    run("cc", "-std=c11", "-Werror", EXAMPLE / "thumbnail.c", "-o", tmp_path / "thumbnail", *flags)
    library = package.replace("-", "_")
    # What is installed for programs that run, and not for those that are linked.
    (tmp_path / versioned(library, "0")).symlink_to(installed.prefix / "lib" / versioned(library, "0"))
    photo, made = PHOTOS / "coffee.png", tmp_path / "made.jpg"
    search = "DYLD_LIBRARY_PATH" if sys.platform == "darwin" else "LD_LIBRARY_PATH"
    run(tmp_path / "thumbnail", photo, made, "100", **{search: str(tmp_path)})
    with thumbox.load(variant) as plugin:
        assert made.read_bytes() == bytes(plugin.thumbnail(photo, 100, 100).data)


def test_cmake_finds_it(installed: Installed, tmp_path: Path) -> None:
    package = "-DTHUMBOX_PACKAGE=thumbox-sandbox"
    run("cmake", "-S", EXAMPLE, "-B", tmp_path, package, **installed.environment)
    run("cmake", "--build", tmp_path)
    made = tmp_path / "made.jpg"
    run(tmp_path / "thumbnail", PHOTOS / "coffee.png", made, "100")
    assert made.read_bytes().startswith(b"\xff\xd8\xff")
