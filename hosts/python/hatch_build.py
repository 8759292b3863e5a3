"""Builds the native plugin and the component with cargo, and puts them into the wheel."""

from __future__ import annotations

import os
import shutil
import subprocess
import sysconfig
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

ARTIFACTS = "src/thumbox/_artifacts"
LIBRARIES = ("libthumbox.so", "libthumbox.dylib", "thumbox.dll")

WHEEL = "THUMBOX_WHEEL"
"""In the environment: "any" for the wheel of the components alone, which every platform takes, or a platform's tag and
its library, with a colon between: "manylinux_2_17_x86_64:target/libthumbox.so". Else the wheel is this platform's.
"""


class CustomBuildHook(BuildHookInterface[Any]):
    """Runs before every build."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """`version` is "standard", or "editable" for an installation that uses the sources where they are."""
        if self.target_name == "sdist":
            raise RuntimeError(
                "thumbox makes no source distribution: one could not carry the Rust workspace. "
                "Build a wheel: pip wheel ./hosts/python"
            )
        package = Path(self.root)
        workspace = package.parent.parent
        if not (workspace / "Cargo.toml").is_file():
            raise RuntimeError(
                f"{package} does not stand in its Rust workspace: there is no {workspace / 'Cargo.toml'}. "
                "Build from a checkout of the whole project, or install a wheel"
            )
        cargo = shutil.which("cargo")
        if cargo is None:
            raise RuntimeError("cargo is needed to build thumbox (https://rustup.rs); a wheel needs none")
        command = [cargo, "xtask", "build", "--out", str(package / ARTIFACTS)]
        result = subprocess.run(command, cwd=workspace, check=False)  # noqa: S603 -- cargo, with our words
        if result.returncode:
            raise RuntimeError(f"`cargo xtask build` failed with status {result.returncode}; see above")
        licences = ("LICENSE-APACHE", "LICENSE-MIT")
        include = {str(workspace / name): f"thumbox/{name}" for name in licences}
        platform = sysconfig.get_platform().replace("-", "_").replace(".", "_")
        built = [file for file in (package / ARTIFACTS).iterdir() if file.suffix == ".wasm" or file.name in LIBRARIES]
        wheel = os.environ.get(WHEEL, "")
        if wheel:
            platform, _, library = wheel.partition(":")
            built = [file for file in built if file.suffix == ".wasm"] + ([Path(library)] if library else [])
        if version == "standard":
            include.update({str(file): f"thumbox/_artifacts/{file.name}" for file in built})
        build_data["tag"] = f"py3-none-{platform}"
        build_data["pure_python"] = platform == "any"
        build_data["force_include"] = include
