"""SECURITY.md: the tests that it names are there, and the limits are those of the code."""

from __future__ import annotations

import inspect
import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from conftest import WORKSPACE

from thumbox._options import CommonOptions
from thumbox.sandbox.wasm import WasmPlugin

if TYPE_CHECKING:
    import thumbox

TEXT = (WORKSPACE / "SECURITY.md").read_text(encoding="utf-8")
PROMISES = re.findall(r"^### (.+)\n\n(?:[^#]*\n\n)?Tests: ([^#]*?)\n\n", TEXT, re.MULTILINE)


# How a test begins in each language.
PATTERNS = {
    ".py": r"^def NAME\(",
    ".rs": r"#\[test\]\s+(?:#\[.*\]\s+)*fn NAME\(",
    ".js": r"^test\(\"NAME\",",
}


def named(tests: str) -> list[tuple[str, str]]:
    """The tests of a promise, as (file, name); a name alone is in the file that was named last."""
    file = ""
    found = []
    for word in re.findall(r"`([^`]+)`", tests):
        if "::" in word:
            file, _, word = word.partition("::")  # noqa: PLW2901 -- what is left of it
        found.append((file, word))
    return found


def test_there_are_promises() -> None:
    assert len(PROMISES) > 60
    # Every heading below the threat and above what is not promised is a promise.
    promised = TEXT.split("## What is not promised")[0]
    assert [title for title, _ in PROMISES] == re.findall(r"^### (.+)$", promised, re.MULTILINE)


def test_no_line_needs_scrolling() -> None:
    # A test's name is not broken.
    long = [line for line in TEXT.splitlines() if len(line) > 120 and not re.fullmatch(r"`[^`]+`[.,]", line)]
    assert long == []


@pytest.mark.parametrize(("title", "tests"), PROMISES)
def test_the_tests_of_a_promise_are_there(title: str, tests: str) -> None:
    assert named(tests), title
    for file, name in named(tests):
        source = (WORKSPACE / file).read_text(encoding="utf-8")
        pattern = PATTERNS[Path(file).suffix].replace("NAME", re.escape(name))
        assert re.search(pattern, source, re.MULTILINE), f"{file} has no test {name}"


def test_a_test_that_is_not_there_is_missed() -> None:
    with pytest.raises(AssertionError, match="has no test no_such"):
        test_the_tests_of_a_promise_are_there("a promise", "`core/tests/memory.rs::no_such`")


def test_the_limits_are_those_of_the_code(plugins: dict[str, thumbox.Plugin]) -> None:
    table = TEXT.split("\n## Limits\n")[1].split("\n## ")[0]
    told = {name: float(value) for name, value in re.findall(r"^\| `(\w+)` \| ([\d.]+) \|", table, re.MULTILINE)}
    info = plugins["wasm"].call("plugin.info")
    assert isinstance(info, dict)
    common = {name: value for name, value in vars(CommonOptions()).items() if value is not None}
    sandbox = inspect.signature(WasmPlugin).parameters
    assert told == {
        **info["limits"],
        **common,
        "memory_limit": sandbox["memory_limit"].default,
        "timeout": sandbox["timeout"].default,
    }
