"""No module of our Python packages needs itself, not even for a type: what two need lies below both."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

import pytest
from conftest import WORKSPACE

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

SOURCES = {
    "thumbox": WORKSPACE / "hosts/python/src/thumbox",
    "thumbox_ros": WORKSPACE / "hosts/ros/src/thumbox_ros",
}


def modules(package: str, folder: Path) -> dict[str, Path]:
    """The files of a package by their modules' names."""
    names = {}
    # An extension module has no file of Python's but the one of its types.
    for file in sorted([*folder.rglob("*.py"), *folder.rglob("_native.pyi")]):
        parts = file.relative_to(folder).with_suffix("").parts
        names[".".join((package, *(parts[:-1] if parts[-1] == "__init__" else parts)))] = file
    return names


def imported(name: str, file: Path) -> Iterator[str]:
    """What a module imports, wherever in it, by full names: `a.b` for `from a import b`."""
    own = name if file.name == "__init__.py" else name.rpartition(".")[0]
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            parents = own.split(".")
            base = ".".join((*parents[: len(parents) - node.level + 1], *filter(None, [node.module])))
            whole = base if node.level else node.module or ""
            yield from (f"{whole}.{alias.name}" for alias in node.names)


def circles(uses: dict[str, set[str]]) -> list[list[str]]:
    """The groups of modules that need each other, by Tarjan's algorithm."""
    found: list[list[str]] = []
    order: dict[str, int] = {}
    low: dict[str, int] = {}
    stack: list[str] = []

    def visit(name: str) -> None:
        order[name] = low[name] = len(order)
        stack.append(name)
        for other in sorted(uses[name]):
            if other not in order:
                visit(other)
                low[name] = min(low[name], low[other])
            elif other in stack:
                low[name] = min(low[name], order[other])
        if low[name] == order[name]:
            group = stack[stack.index(name) :]
            del stack[stack.index(name) :]
            if len(group) > 1 or name in uses[name]:
                found.append(sorted(group))

    for name in uses:
        if name not in order:
            visit(name)
    return found


def uses(package: str, folder: Path) -> dict[str, set[str]]:
    known = modules(package, folder)
    graph = {}
    for name, file in known.items():
        targets = (
            target if target in known else target.rpartition(".")[0]
            for target in imported(name, file)
            if target.split(".")[0] == package
        )
        graph[name] = {target for target in targets if target in known and target != name}
    return graph


@pytest.mark.parametrize("package", SOURCES)
def test_no_module_needs_itself(package: str) -> None:
    graph = uses(package, SOURCES[package])
    assert sum(map(len, graph.values())) > len(graph)
    assert circles(graph) == []


def test_a_circle_is_found(tmp_path: Path) -> None:
    for name, text in {
        "__init__": "from pack.one import a",
        "one": "from pack import two, four",
        "two": "def f():\n    from .three import c",
        "three": "import pack.one",
        "four": "import os",
    }.items():
        (tmp_path / f"{name}.py").write_text(text)
    assert circles(uses("pack", tmp_path)) == [["pack.one", "pack.three", "pack.two"]]
