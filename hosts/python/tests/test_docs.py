"""The pages: links lead somewhere, code runs, and tables say what the code says."""

from __future__ import annotations

import ast
import inspect
import json
import re
import shutil
import subprocess
import sys
from typing import TYPE_CHECKING, Any, NamedTuple

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from conftest import PHOTOS, WORKSPACE

import thumbox
from thumbox import _errors, _options
from thumbox._layouts import MAX_SET, MOST_PIXELS
from thumbox._load import _BUNDLED, _COMMON, _INSTALLED
from thumbox._native import NativePlugin
from thumbox._options import CommonOptions
from thumbox._request import ThumbnailOptions
from thumbox.bundle.archive import BundleLimits
from thumbox.cli.arguments import parser
from thumbox.sandbox.wasm import WasmPlugin

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

DOCS = WORKSPACE / "docs"
TOP = [WORKSPACE / name for name in ("README.md", "CONTRIBUTING.md", "SECURITY.md", "CHANGELOG.md")]
BENCH = WORKSPACE / "bench/README.md"
PAGES = [*TOP, BENCH, *sorted(DOCS.rglob("*.md")), *sorted((WORKSPACE / "hosts").glob("*/README.md"))]
FENCE = re.compile(
    r"^(?:<!-- not run: (?P<reason>[^\n]*) -->\n)?```(?P<language>\w*)\n(?P<code>.*?)^```$", re.MULTILINE | re.DOTALL
)
LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")


class Block(NamedTuple):
    """A block of code of a page."""

    language: str
    code: str
    reason: str | None
    """Why it is not run."""


def name(page: Path) -> str:
    return page.relative_to(WORKSPACE).as_posix()


def blocks(page: Path, *languages: str) -> list[Block]:
    found = FENCE.finditer(page.read_text(encoding="utf-8"))
    all_of_them = [Block(one["language"], one["code"], one["reason"]) for one in found]
    return [one for one in all_of_them if one.language in languages]


def prose(page: Path) -> str:
    """The page without its code."""
    text = FENCE.sub("", page.read_text(encoding="utf-8"))
    return re.sub(r"`[^`\n]*`", "", text)


def anchors(page: Path) -> set[str]:
    """What a link into the page can name, as code hosts make it from headings."""
    found: set[str] = set()
    for heading in re.findall(r"^#{1,6} (.+)$", FENCE.sub("", page.read_text(encoding="utf-8")), re.MULTILINE):
        plain = re.sub(r"[^\w\- ]", "", re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading)).lower().replace(" ", "-")
        count = sum(one == plain or re.fullmatch(rf"{re.escape(plain)}-\d+", one) is not None for one in found)
        found.add(plain if count == 0 else f"{plain}-{count}")
    return found


def broken(page: Path) -> list[str]:
    """The relative links of a page that lead nowhere."""
    wrong = []
    for link in LINK.findall(FENCE.sub("", page.read_text(encoding="utf-8"))):
        target, _, anchor = link.partition("#")
        if ":" in target:
            continue
        file = (page.parent / target).resolve() if target else page
        inside = file.is_relative_to(WORKSPACE.resolve())
        if not inside or not file.exists() or (anchor and (file.suffix != ".md" or anchor not in anchors(file))):
            wrong.append(link)
    return wrong


def test_there_are_pages() -> None:
    folders = {name(page).rpartition("/")[0] for page in PAGES}
    assert {"", "docs", "docs/guide", "docs/reference", "docs/design", "hosts/python", "hosts/ros"} <= folders
    assert sum(bool(LINK.search(prose(page))) for page in PAGES) > 15


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_every_link_leads_somewhere(page: Path) -> None:
    assert broken(page) == []


def test_a_link_that_leads_nowhere_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(globals(), "WORKSPACE", tmp_path)
    page = tmp_path / "page.md"
    (tmp_path / "other.md").write_text("# A `b`, c\n\n# Twice\n\n# Twice\n")
    links = ["other.md#a-b-c", "other.md#twice-1", "#here", "https://example.org/none"]
    wrong = ["none.md", "other.md#d", "other.md#twice-2", "#there", "../.."]
    page.write_text("# Here\n\n" + "\n".join(f"[a]({link})" for link in links + wrong))
    assert broken(page) == wrong


def test_the_site_has_every_page() -> None:
    told = re.findall(r": ([\w/-]+\.md)$", (WORKSPACE / "mkdocs.yml").read_text(encoding="utf-8"), re.MULTILINE)
    there = [page.relative_to(DOCS).as_posix() for page in DOCS.rglob("*.md")]
    assert sorted(told) == sorted([*there, "security.md", "contributing.md", "benchmarks.md", "changelog.md"])


def test_the_readme_is_short() -> None:
    assert len(TOP[0].read_text(encoding="utf-8").splitlines()) <= 90


# Code.


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, testing_artifacts: Path) -> Path:
    """A folder with what the pages name, in which their code runs."""
    photo = PHOTOS / "rocket.jpg"
    (tmp_path / "photos").mkdir()
    for copy in ("photo.jpg", "holiday.jpg", "photos/one.jpg", "photos/two.jpg"):
        shutil.copy(photo, tmp_path / copy)
    shutil.copy(testing_artifacts / "thumbox_template.wasm", tmp_path)
    table = pa.table({"name": ["rocket"], "image": [photo.read_bytes()]})
    pq.write_table(table, tmp_path / "photos.parquet")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def with_blocks(*languages: str) -> list[Path]:
    return [page for page in PAGES if blocks(page, *languages)]


@pytest.mark.parametrize("page", with_blocks("python"), ids=name)
def test_python_runs(page: Path, place: Path) -> None:
    assert place.is_dir()
    names: dict[str, Any] = {}
    for block in blocks(page, "python"):
        code = compile(block.code, name(page), "exec", flags=ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)
        if block.reason is None:
            exec(code, names)


def commands(page: Path) -> Iterator[str]:
    """The lines of a page that call the command line."""
    for block in blocks(page, "sh", "console"):
        if block.reason is None:
            yield from (line for line in block.code.splitlines() if line.startswith("thumbox "))


PAGES_WITH_COMMANDS = [page for page in PAGES if list(commands(page))]


@pytest.mark.parametrize("page", PAGES_WITH_COMMANDS, ids=name)
def test_the_command_line_runs(page: Path, place: Path) -> None:
    # The program that was installed beside this Python may be of another version.
    program = f"thumbox() {{ '{sys.executable}' -m thumbox \"$@\"; }}\n"
    for line in commands(page):
        result = subprocess.run(
            ["sh", "-c", program + line], cwd=place, capture_output=True, text=True, timeout=300, check=False
        )
        assert result.returncode == 0, (line, result.stderr)


def test_what_is_not_run_has_a_reason() -> None:
    # Blocks of other languages are run by their hosts' tests, as whole programs.
    every = [(name(page), block.reason) for page in PAGES for block in blocks(page, "python", "sh", "console")]
    reasons = [(page, reason) for page, reason in every if reason]
    assert sorted(reasons) == [
        ("docs/design/bundles.md", "needs a signed bundle"),
        ("docs/design/bundles.md", "needs a signed bundle"),
        ("docs/guide/command-line.md", "needs a bucket"),
        ("docs/guide/command-line.md", "needs a signed bundle"),
        *(("docs/guide/engines.md", f"needs {engine}") for engine in ("Daft", "DuckDB", "Ray", "Spark")),
        ("docs/guide/python.md", "needs a signed bundle"),
        ("docs/guide/ros.md", "needs a Zenoh router"),
        ("hosts/heic/README.md", "needs this add-on"),
        ("hosts/ros/README.md", "needs a Zenoh router"),
    ]
    marks = sum(page.read_text(encoding="utf-8").count("<!-- not run: ") for page in PAGES if page not in TOP)
    assert marks == len(reasons)


ENGINES = {
    "Ray Data": "ray_data",
    "Spark": "spark_arrow",
    "Daft": "daft_udf",
    "DuckDB": "duckdb_function",
    "Polars": "polars_batches",
}


@pytest.mark.parametrize("engine", ENGINES)
def test_the_code_for_an_engine_is_that_of_its_example(engine: str) -> None:
    page = (DOCS / "guide/engines.md").read_text(encoding="utf-8")
    [code] = re.findall(rf"^## {engine}\n.*?```python\n(.*?)^```$", page, re.MULTILINE | re.DOTALL)
    text = (WORKSPACE / f"hosts/examples/engines/{ENGINES[engine]}.py").read_text(encoding="utf-8")
    there = [line.partition("  # noqa")[0].strip() for line in text.splitlines()]
    told = re.sub(r'"out(\.parquet)?"', "target", code.replace('"images.parquet"', "source")).splitlines()
    assert [line for line in told if line.strip() not in there] == []
    assert sum(line.startswith("    ") for line in told) > 0


@pytest.mark.parametrize("page", with_blocks("json"), ids=name)
def test_json_parses(page: Path) -> None:
    for block in blocks(page, "json"):
        assert isinstance(json.loads(block.code), dict)


# Tables.


def rows(page: str, *heading: str) -> list[list[str]]:
    """The cells of the first table with these headings, without the marks of code."""
    text = (DOCS / page).read_text(encoding="utf-8")
    start = text.index("| " + " | ".join(heading))
    lines = text[start:].split("\n\n")[0].splitlines()[2:]
    return [[cell.strip().replace("`", "") for cell in line.strip("|").split("|")] for line in lines]


def load_defaults() -> dict[str, object]:
    """Each option of `load`, and its default."""
    found: dict[str, object] = dict(vars(CommonOptions()))
    for kind in (WasmPlugin, NativePlugin):
        parameters = inspect.signature(kind).parameters.values()
        found |= {one.name: one.default for one in parameters if one.kind is one.KEYWORD_ONLY or one.name == "path"}
    limits = BundleLimits()
    found |= {"public_key": None, "verify": True, "max_bundle": limits.bundle, "max_library": limits.library}
    return {option: found[option] for option in thumbox.LoadOptions.__annotations__}


def test_the_options_of_load() -> None:
    table = rows("reference/options.md", "option", "variants", "default", "range")
    assert {row[0]: ast.literal_eval(row[2]) for row in table} == load_defaults()
    for option, variants, *_ in table:
        having = [one for one, options in _INSTALLED.items() if option in options]
        bundled = [one for one, options in _BUNDLED.items() if option in options]
        told = {
            "all": (["wasm", "native"], ["wasm", "native", "sandbox"]),
            "wasm, sandbox": (["wasm"], ["wasm", "sandbox"]),
            "wasm, bundles": (["wasm"], ["wasm", "native", "sandbox"]),
            "native, sandbox": (["native"], ["native", "sandbox"]),
            "installed builds": (["wasm", "native"], []),
            "bundles": ([], ["wasm", "native", "sandbox"]),
        }[variants]
        assert (having, bundled) == told, option


def test_help_says_every_option_of_load_and_its_default() -> None:
    told = dict(re.findall(r"^(\w+)  +(.*(?:\n {16}.*)*)", inspect.getdoc(thumbox.load) or "", re.MULTILINE))
    assert set(told) == set(load_defaults())
    for option, default in load_defaults().items():
        [said] = re.findall(r"Default ([^ ]+?)[.:]?(?: (MiB)\.?)?(?:$| )", " ".join(told[option].split()))
        value = int(said[0]) << 20 if said[1] else ast.literal_eval(said[0])
        assert value == default, option


@pytest.mark.parametrize("method", [thumbox.Plugin.thumbnail, thumbox.Plugin.thumbnails], ids=lambda one: one.__name__)
def test_help_says_every_argument(method: Any) -> None:
    parameters = {one for one in inspect.signature(method).parameters if one != "self"}
    told = inspect.getdoc(thumbox.Plugin.thumbnail) or ""
    if method is thumbox.Plugin.thumbnails:
        told += inspect.getdoc(method) or ""
    for parameter in parameters:
        assert re.search(rf"^(\w+, )?{parameter}\b", told, re.MULTILINE), parameter
    for word in ("Raises", "TypeError", "ValueError", "LimitError", "ImageError"):
        assert word in told


def test_the_arguments_of_thumbnail() -> None:
    parameters = dict(inspect.signature(thumbox.Plugin.thumbnail).parameters)
    del parameters["self"]
    table = rows("reference/options.md", "argument", "default", "range")
    assert [row[0] for row in table] == list(parameters)
    for argument, default, *_ in table:
        wanted = parameters[argument].default
        assert (default == "") == (wanted is inspect.Parameter.empty)
        assert default == "" or ast.literal_eval(default) == wanted


def test_the_options_of_the_command_line() -> None:
    actions = next(iter(parser()._subparsers._group_actions)).choices  # type: ignore[union-attr]
    assert isinstance(actions, dict)
    there = {option for action in actions["make"]._actions for option in action.option_strings if option[:2] == "--"}
    tables = [*rows("guide/command-line.md", "option", "default", "meaning")]
    text = (DOCS / "guide/command-line.md").read_text(encoding="utf-8").split("## Limits")[1]
    told = {option for row in tables for option in re.findall(r"--[\w-]+", row[0])}
    limits = set(re.findall(r"^\| `(--[\w-]+)`", text, re.MULTILINE))
    assert told | limits == there - {"--help"}
    of_batch = {option for action in actions["batch"]._actions for option in action.option_strings}
    look = {"--format", "--quiet", "--jobs", "--no-progressive", *ThumbnailOptions.__annotations__}
    look = {option if option[0] == "-" else f"--{option.replace('_', '-')}" for option in look}
    own = {row[0] for row in rows("guide/command-line.md", "option", "default", "of `batch`")}
    assert own | look | (limits - {"--follow-links"}) == of_batch - {"-h", "--help"}


def amount(text: str) -> float:
    """A number as the tables have it: 2^28, 64 MiB, 4 GiB - 1 B, 10 s."""
    found = re.fullmatch(r"([\d,]+)(?:\^(\d+))?(?: (KiB|MiB|GiB|s))?(?: - 1(?: B)?)?(?: B)?", text)
    assert found, text
    base = int(found[1].replace(",", ""))
    value = base ** int(found[2]) if found[2] else base
    return value * {"KiB": 1 << 10, "MiB": 1 << 20, "GiB": 1 << 30}.get(found[3], 1) - (" - 1" in text)


def test_the_limits(plugins: dict[str, thumbox.Plugin]) -> None:
    # The first of an option is its own limit.
    table = {row[4]: row for row in reversed(rows("reference/limits.md", "limit", "default", "most", "code"))}
    info = plugins["wasm"].call("plugin.info")
    assert isinstance(info, dict)
    sandbox = inspect.signature(WasmPlugin).parameters
    common = CommonOptions()
    expected = {
        "max_pixels": (info["limits"]["max_pixels"], MOST_PIXELS),
        "max_memory": (info["limits"]["max_memory"], _options.U64),
        "max_reply": (info["limits"]["max_reply"], _options.U64),
        "max_request": (common.max_request, _options.U32),
        "memory_limit": (sandbox["memory_limit"].default, _options.MOST_MEMORY),
        "timeout": (sandbox["timeout"].default, _options.LONGEST_TIMEOUT),
        "max_wait": (common.max_wait, _options.LONGEST_WAIT),
    }
    assert {option: (amount(table[option][1]), amount(table[option][2])) for option in expected} == expected
    assert amount(table["max_concurrent"][2]) == _options.U32
    assert table["formats"][1] == "all"
    [members] = [row for row in rows("reference/limits.md", "limit", "default") if row[0] == "thumbnails of one set"]
    assert int(members[1]) == MAX_SET
    settable = [row[0] for row in rows("reference/limits.md", "option", "Python", "Rust")]
    assert settable == [*(one for one in _COMMON if one not in ("max_concurrent", "max_wait")), *settable[5:]]
    assert set(settable) == {*_COMMON, "memory_limit", "timeout"}


def test_the_errors() -> None:
    source = (WORKSPACE / "protocol/src/code.rs").read_text(encoding="utf-8")
    codes = {int(number): word for word, number in re.findall(r"^    (\w+) = (\d+),$", source, re.MULTILINE)}
    assert len(codes) > 15
    assert {int(row[0]): row[1] for row in rows("reference/errors.md", "code", "name", "meaning")} == codes
    groups = rows("reference/errors.md", "codes", "who must act", "Python")
    for code in codes:
        [kind] = [row[2] for row in groups if int(row[0].split(" to ")[0]) <= code <= int(row[0].split(" to ")[-1])]
        wanted = "InternalError" if code == _errors.INTERNAL else kind.split(";")[0]
        assert type(_errors.error_for(code, "")).__name__ == wanted


def test_the_messages() -> None:
    layouts = json.loads((WORKSPACE / "testdata/golden/layouts.json").read_text(encoding="utf-8"))
    sizes = {layout["name"]: layout for layout in layouts}
    text = (DOCS / "reference/messages.md").read_text(encoding="utf-8")
    tables = [
        [[cell.strip(" `") for cell in line.strip("|").split("|")] for line in table.splitlines()[2:]]
        for table in re.findall(r"^(\| offset.*(?:\n\|.*)*)", text, re.MULTILINE)
    ]
    names = [
        "ThumbnailRequestHeaderV3",
        "ThumbnailResponseHeader",
        "ProbeRequestHeaderV2",
        "ProbeResponseV2",
        "SetRequestHeaderV2",
        "SetRecordV2",
        "PlaceholderRequestHeader",
        "PlaceholderResponseHeader",
    ]
    for layout, table in zip(names, tables, strict=True):
        fields = {field["name"]: field["offset"] for field in sizes[layout]["fields"]}
        told = {row[2]: int(row[0]) for row in table if row[2] != "reserved"}
        assert told == {field: at for field, at in fields.items() if not field.startswith("reserved")}, layout
        # One field follows the other, and together they are the structure.
        widths = [{"u8": 1, "u16": 2, "u32": 4}.get(row[1]) or int(row[1].split(" byte")[0]) for row in table]
        assert [int(row[0]) for row in table] == [sum(widths[:index]) for index in range(len(table))], layout
        assert sum(widths) == sizes[layout]["size"]
