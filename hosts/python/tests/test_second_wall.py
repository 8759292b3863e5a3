"""hosts/examples/second_wall.py, and what docs/guide/second-wall.md says of it."""

from __future__ import annotations

import re
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
import walls
from conftest import PHOTOS, WORKSPACE

if TYPE_CHECKING:
    from pathlib import Path

    import thumbox

SCRIPT = WORKSPACE / "hosts/examples/second_wall.py"
PAGE = (WORKSPACE / "docs/guide/second-wall.md").read_text(encoding="utf-8")
PHOTO = PHOTOS / "rocket.jpg"
REFUSED = [
    "to read a file",
    "to write a file",
    "to make a socket",
    "to start a program",
    "to fork",
    "to send a signal",
    "memory for new code",
]


def within(*lines: str) -> subprocess.CompletedProcess[str]:
    """Runs lines of Python that see the script as the module `second_wall`."""
    code = "\n".join((f"import sys; sys.path.insert(0, {str(SCRIPT.parent)!r}); import second_wall", *lines))
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=False)


@pytest.fixture(scope="module", autouse=True)
def compiled() -> None:
    """What the sandbox needs lies in the cache: behind the walls nothing is written, and a warning says so."""
    load = [sys.executable, "-c", "import thumbox; thumbox.load('wasm').close()"]
    subprocess.run(load, timeout=300, check=True)


@pytest.fixture(scope="module")
def missing() -> str | None:
    """What the worker says of the first wall that this kernel does not have."""
    for wall in ("no_files(*second_wall.what_loading_reads())", "no_new_code()", "few_system_calls()"):
        result = within(f"second_wall.{wall}", "import os; os._exit(0)")
        if result.returncode != 0:
            return result.stderr.splitlines()[-1]
    return None


def test_a_worker_behind_all_walls_makes_the_same_thumbnail(
    variant: str, plugin: thumbox.Plugin, tmp_path: Path, missing: str | None
) -> None:
    out = tmp_path / "out.jpg"
    command = [sys.executable, str(SCRIPT), "--variant", variant, str(PHOTO), str(out)]
    result = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)
    if missing:
        # A worker without one of its walls does not start.
        assert (result.returncode, result.stderr.splitlines()[-1]) == (1, missing)
        assert out.read_bytes() == b""
        return
    assert (result.returncode, result.stderr) == (0, "")
    wanted = bytes(plugin.thumbnail(PHOTO.read_bytes(), 256, 256).data)
    assert out.read_bytes() == wanted
    first, *refused = result.stdout.splitlines()
    assert first == f"256 x 171, {len(wanted)} bytes, behind the second wall"
    assert [re.sub(r" \(E\w+\)$", "", line) for line in refused] == [f"refused: {what}" for what in REFUSED]


def test_what_is_not_refused_is_said() -> None:
    # Without a wall the attempt succeeds: the check can fail.
    result = within("what = 'to read a file'", "print(second_wall.is_refused(what, second_wall.ATTEMPTS[what]))")
    assert (result.returncode, result.stdout.splitlines()) == (0, ["NOT refused: to read a file", "False"])


def test_a_deadline_is_kept_behind_all_walls(missing: str | None) -> None:
    behind = [
        "second_wall.no_files(*second_wall.what_loading_reads())",
        "import thumbox",
        "plugin = thumbox.load('wasm', timeout=0.1)",
        "try: plugin.thumbnail(photo, 16, 16)",
        "except thumbox.PluginError: pass",
        "second_wall.no_new_code()",
        "second_wall.few_system_calls()",
    ]
    late = [
        "try: plugin.thumbnail(photo, 8000, 8000, enlarge=True)",
        "except thumbox.PluginError as error: print(error.code)",
    ]
    result = within(f"photo = open({str(PHOTO)!r}, 'rb').read()", *behind, *late)
    if missing:
        assert (result.returncode, result.stderr.splitlines()[-1]) == (1, missing)
    else:
        assert (result.returncode, result.stdout, result.stderr) == (0, "10\n", "")


def test_addresses_are_not_limited_around_a_sandbox() -> None:
    result = walls.ends("wasm", "address_space", "before", PHOTO)
    assert result.returncode == walls.FAILS
    assert "Cannot allocate memory" in result.stderr


def told() -> dict[str, dict[str, str]]:
    """The page's table: the cells of each wall, by their column."""
    text = PAGE.split("<!-- walls.py -->\n")[1].split("\n\n")[0]
    (_, *columns), *rows = (line.strip("| ").split(" | ") for line in text.splitlines() if line.startswith("| "))
    return {name.strip("`"): dict(zip(columns, cells, strict=True)) for name, *cells in rows}


def test_each_wall_stands_where_the_page_says(sandbox_library: Path, plugins: dict[str, thumbox.Plugin]) -> None:
    assert plugins  # the cache has the compiled code
    table = told()
    assert tuple(table) == walls.WALLS
    variants = {"wasm": "wasm", "native": "native", "sandbox library": str(sandbox_library)}
    assert all(list(cells) == ["wasm", walls.COMPILED, *list(variants)[1:]] for cells in table.values())
    for name, cells in walls.rows(variants.values(), PHOTO):
        for column, cell in zip(variants, cells, strict=True):
            assert cell in (table[name][column], walls.MISSING_WALL), (name, column)


def test_all_walls_stand_around_code_that_was_compiled_at_load(missing: str | None) -> None:
    # The rest of its column would compile a dozen times.
    result = walls.ends(walls.COMPILED, "all of them", "after", PHOTO)
    assert result.returncode == (walls.MISSING if missing else walls.WORKS), result.stderr
    assert told()["all of them"][walls.COMPILED] == "after"


def test_the_system_calls_are_those_of_the_page() -> None:
    listed = PAGE.split("<!-- SYSTEM_CALLS -->\n```text\n")[1].split("```")[0]
    assert within("print(*second_wall.SYSTEM_CALLS)").stdout.split() == listed.split()
