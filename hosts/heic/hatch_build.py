"""Builds the component for HEIC with cargo, and puts it into the wheel, which is the same for every platform."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

ARTIFACTS = "src/thumbox_heic/_artifacts"


class CustomBuildHook(BuildHookInterface[Any]):
    """Runs before every build."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """`version` is "standard", or "editable" for an installation that uses the sources where they are."""
        del version
        if self.target_name == "sdist":
            raise RuntimeError("thumbox-heic makes no source distribution. Build a wheel: pip wheel ./hosts/heic")
        package = Path(self.root)
        workspace = package.parent.parent
        cargo = shutil.which("cargo")
        if cargo is None or not (workspace / "Cargo.toml").is_file():
            raise RuntimeError("thumbox-heic is built with cargo, in a checkout of the project; a wheel needs none")
        command = [cargo, "xtask", "build", "--heic", "--out", str(package / ARTIFACTS)]
        result = subprocess.run(command, cwd=workspace, check=False)  # noqa: S603 -- cargo, with our words
        if result.returncode:
            raise RuntimeError(f"`cargo xtask build --heic` failed with status {result.returncode}; see above")
        build_data["artifacts"] = [f"{ARTIFACTS}/*"]
        licences = ("LICENSE-APACHE", "LICENSE-MIT")
        build_data["force_include"] = {str(workspace / name): f"thumbox_heic/{name}" for name in licences}
