"""Builds the native plugin and the components with cargo, and puts them into the wheel; the source distribution carries
the Rust workspace that they are built from.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

if TYPE_CHECKING:
    from collections.abc import Iterator

ARTIFACTS = "src/thumbox/_artifacts"
LIBRARIES = ("libthumbox.so", "libthumbox.dylib", "thumbox.dll")
LICENCES = ("LICENSE-APACHE", "LICENSE-MIT")

WHEEL = "THUMBOX_WHEEL"
"""In the environment: "any" for the wheel of the components alone, which every platform takes, or a platform's tag and
its library, with a colon between: "manylinux_2_17_x86_64:target/libthumbox.so". Else the wheel is this platform's.
"""
BUILT = "THUMBOX_BUILT"
"""In the environment: a folder where `cargo xtask build` has put its artefacts already, so that cargo is not run."""

WORKSPACE = "workspace"
"""The folder of the source distribution that has the Rust workspace."""
SOURCES = (
    ".cargo/config.toml",
    "Cargo.toml",
    "Cargo.lock",
    "rust-toolchain.toml",
    *LICENCES,
    "bench/rust",
    "core",
    "hosts/examples/template",
    "hosts/rust",
    "native",
    "protocol",
    "wasm",
    "wit",
    "xtask",
)
"""What `cargo xtask build` needs: every member of the workspace has to be there, built or not."""
NOT_BUILT = frozenset({"core/fuzz", "hosts/rust/twins/fuzz", "native/conformance", "xtask/mkdocs"})
"""Folders of them that no build looks for. Manifests name tests and examples, so that these have to be there."""


def sources(workspace: Path) -> Iterator[Path]:
    """The files of SOURCES, relative to the workspace."""
    for name in SOURCES:
        path = workspace / name
        if path.is_file():
            yield Path(name)
        for folder, folders, files in os.walk(path):
            here = Path(folder).relative_to(workspace)
            folders[:] = [
                name
                for name in folders
                if name not in ("__pycache__", "target") and (here / name).as_posix() not in NOT_BUILT
            ]
            yield from (Path(folder, file).relative_to(workspace) for file in files)


class CustomBuildHook(BuildHookInterface[Any]):
    """Runs before every build."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """`version` is "standard", or "editable" for an installation that uses the sources where they are."""
        package = Path(self.root)
        unpacked = package / WORKSPACE
        workspace = unpacked if unpacked.is_dir() else package.parent.parent
        if not (workspace / "Cargo.toml").is_file():
            raise RuntimeError(
                f"{package} does not stand in its Rust workspace: there is no {workspace / 'Cargo.toml'}. "
                "Build from a checkout of the whole project or from its source distribution, or install a wheel"
            )
        if self.target_name == "sdist":
            build_data["force_include"] = {
                str(workspace / file): f"{WORKSPACE}/{file.as_posix()}" for file in sources(workspace)
            }
            return
        include = {str(workspace / name): f"thumbox/{name}" for name in LICENCES}
        platform = sysconfig.get_platform().replace("-", "_").replace(".", "_")
        built = self.build(workspace)
        wheel = os.environ.get(WHEEL, "")
        if wheel:
            platform, _, library = wheel.partition(":")
            built = [file for file in built if file.suffix == ".wasm"] + ([Path(library)] if library else [])
        if version == "standard":
            include.update({str(file): f"thumbox/_artifacts/{file.name}" for file in built})
        build_data["tag"] = f"py3-none-{platform}"
        build_data["pure_python"] = platform == "any"
        build_data["force_include"] = include

    def build(self, workspace: Path) -> list[Path]:
        """Runs cargo unless its work is done, and returns the artefacts."""
        given = os.environ.get(BUILT)
        folder = Path(given) if given else Path(self.root) / ARTIFACTS
        if not given:
            cargo = shutil.which("cargo")
            if cargo is None:
                raise RuntimeError("cargo is needed to build thumbox (https://rustup.rs); a wheel needs none")
            sys.stderr.write("thumbox: compiling Rust, which takes minutes the first time\n")
            sys.stderr.flush()
            command = [cargo, "xtask", "build", "--out", str(folder)]
            result = subprocess.run(command, cwd=workspace, check=False)  # noqa: S603 -- cargo, with our words
            if result.returncode:
                raise RuntimeError(f"`cargo xtask build` failed with status {result.returncode}; see above")
        return [file for file in folder.iterdir() if file.name in LIBRARIES or is_component(file)]


def is_component(file: Path) -> bool:
    """Whether the wheel has it: the add-on for HEIC may stand beside the others."""
    return file.name in {"thumbox.wasm", "thumbox-avif.wasm"}
