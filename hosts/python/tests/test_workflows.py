"""The workflows that test and release: what GitHub takes, and nothing that cannot be done here."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

import pytest
from conftest import WORKSPACE
from ruamel.yaml import YAML

import thumbox

WORKFLOWS = sorted((WORKSPACE / ".github/workflows").glob("*.yml"))


def test_the_schema_takes_them() -> None:
    assert [file.stem for file in WORKFLOWS] == ["release", "soak", "test"]
    command = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", "vendor.github-workflows"]
    result = subprocess.run([*command, *map(str, WORKFLOWS)], capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stdout + result.stderr


@pytest.mark.parametrize("file", WORKFLOWS, ids=lambda file: file.stem)
def test_each_step_is_a_command_of_ours(file: Any) -> None:
    tasks = subprocess.run(["cargo", "xtask"], cwd=WORKSPACE, capture_output=True, text=True, check=False)
    known = {line.split()[0] for line in (tasks.stdout + tasks.stderr).splitlines() if line.startswith("  ")}
    workflow = YAML(typ="safe").load(file)
    commands = [step["run"] for job in workflow["jobs"].values() for step in job["steps"] if "run" in step]
    assert commands
    for command in commands:
        program, xtask, task = command.split()
        assert (program, xtask) == ("cargo", "xtask")
        assert task in known, known


def test_all_packages_have_one_version() -> None:
    for name in ("hosts/browser/package.json", "hosts/heic/npm/package.json"):
        assert json.loads((WORKSPACE / name).read_text())["version"] == thumbox.__version__
