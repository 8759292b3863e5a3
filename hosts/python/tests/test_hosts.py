"""The programs of hosts/examples in other languages: each makes the bytes that this package makes.

Java's and Go's packages have every option. They are copied to a folder without anything else of this repository,
compiled there with a program of tests/drivers, and asked for each option in turn.
"""

from __future__ import annotations

import base64
import functools
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest
from conftest import PHOTOS, WORKSPACE

import thumbox
from thumbox import _layouts
from thumbox._request import FITS, FORMATS, ThumbnailOptions

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

EXAMPLES = WORKSPACE / "hosts/examples"
SOURCES = WORKSPACE / "testdata/golden/sources"
DRIVERS = Path(__file__).parent / "drivers"
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
    return [*compiled_java("Main", sorted((EXAMPLES / "java").rglob("*.java")), out), library]


def compiled_java(main: str, sources: list[Path], out: Path) -> list[str | Path]:
    build(
        "javac", "-Xlint:all,-serial", "-Xdoclint:all,-missing", "-Werror", "-cp", JNA, "-d", out, *sources, folder=out
    )
    return ["java", "-cp", f"{JNA}{os.pathsep}{out}", main]


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


def java_package(folder: Path) -> list[str | Path]:
    shutil.copytree(EXAMPLES / "java/thumbox", folder / "thumbox")
    shutil.copy(DRIVERS / "Driver.java", folder)
    return compiled_java("Driver", sorted(folder.rglob("*.java")), folder)


def go_package(folder: Path) -> list[str | Path]:
    shutil.copytree(EXAMPLES / "go/thumbox", folder / "thumbox")
    shutil.copy(DRIVERS / "driver.go", folder)
    (folder / "go.mod").write_text("module elsewhere.example/driver\n\ngo 1.19\n")
    assert build("gofmt", "-l", ".", folder=folder) == ""
    build("go", "vet", "./...", folder=folder)
    build("go", "build", "-o", "driver", ".", folder=folder)
    return [folder / "driver"]


PACKAGES = {"java": java_package, "go": go_package}


class Driver(NamedTuple):
    """A running program of tests/drivers, with the library of a variant."""

    variant: str
    process: subprocess.Popen[str]

    def __call__(self, *words: object) -> str:
        assert self.process.stdin
        assert self.process.stdout
        self.process.stdin.write(" ".join(map(str, words)) + "\n")
        self.process.stdin.flush()
        return self.process.stdout.readline().rstrip("\n")


@pytest.fixture(scope="module")
def packages(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], list[str | Path]]:
    """Compiles each once, for both libraries."""
    return functools.cache(lambda host: PACKAGES[host](tmp_path_factory.mktemp(host)))


@pytest.fixture(scope="module", params=[(host, variant) for host in PACKAGES for variant in LIBRARIES], ids="-".join)
def driver(
    request: pytest.FixtureRequest, packages: Callable[[str], list[str | Path]], testing_artifacts: Path
) -> Iterator[Driver]:
    host, variant = request.param
    command = [str(word) for word in (*packages(host), shared_library(testing_artifacts, LIBRARIES[variant]))]
    with subprocess.Popen(
        command, env=ENVIRONMENT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        yield Driver(variant, process)
        assert process.stdin
        process.stdin.close()
        assert process.wait(60) == 0


Options = dict[str, Any]
"""Keyword arguments of `Plugin.thumbnail`."""

BOX: Options = {"width": 30}
COVER: Options = {"width": 20, "height": 20, "fit": "cover"}
WIDE: Options = {"width": 40, "height": 10, "fit": "cover"}
PLACES = ["north", "northeast", "east", "southeast", "south", "southwest", "west", "northwest", "attention"]
CASES: list[tuple[str, Options]] = [
    ("jpeg-420", {}),
    ("jpeg-420", BOX),
    ("jpeg-420", {"height": 20}),
    ("jpeg-420", {**BOX, "quality": 40}),
    ("jpeg-420", {**BOX, "format": "png"}),
    ("jpeg-420", {**BOX, "format": "png", "palette": True}),
    ("jpeg-420", {**BOX, "format": "webp"}),
    ("jpeg-420", {**BOX, "format": "webp", "quality": 100}),
    ("jpeg-420", {**BOX, "format": "webp", "lossless": True}),
    *[("jpeg-420", {**BOX, "effort": effort}) for effort in (0, 6)],
    ("jpeg-420", {**BOX, "subsampling": "4:4:4"}),
    ("jpeg-420", {**BOX, "quality": 95, "subsampling": "4:2:0"}),
    ("jpeg-420", {**BOX, "progressive": True}),
    ("jpeg-420", {"width": 400, "enlarge": True, "effort": 6, "progressive": False}),
    ("jpeg-420", {**COVER, "fit": "stretch"}),
    ("jpeg-420", {**COVER, "fit": "contain"}),
    ("jpeg-420", {**COVER, "fit": "contain", "background": "#01fe80"}),
    ("png-rgba", {"background": "#01fe80"}),
    ("png-rgba", {"background": "#000000"}),
    *[("jpeg-420", {**box, "position": place}) for place in PLACES for box in (COVER, WIDE)],
    ("jpeg-420", {**COVER, "position": (0.3, 1.0)}),
    ("orientation-6", {**COVER, "position": (0.0, 0.123456)}),
    ("jpeg-p3", {"colour": "keep"}),
    ("gif-moving", {"format": "webp", "frames": "all"}),
    ("gif-moving", {"page": 1}),
    ("gif-moving", {"page": 65_535}),
    ("jpeg-cut", {"refuse_truncated": True}),
    ("jpeg-420", {"max_pixels": 99}),
]
MEMBERS = [options for file, options in CASES if file == "jpeg-420" and "max_pixels" not in options]


def words(options: Options) -> str:
    def text(value: object) -> str:
        if isinstance(value, tuple):
            return ",".join(map(str, value))
        return str(value).lower() if isinstance(value, bool) else str(value)

    return " ".join(f"{name}={text(value)}" for name, value in options.items())


def name_of(format_name: str) -> str:
    return {"webp": "WebP", "raw": "camera-raw"}.get(format_name, format_name.upper())


def line_of(thumb: thumbox.Thumbnail) -> str:
    return f"{thumb.width} {thumb.height} {name_of(thumb.format)} {base64.b64encode(thumb.data).decode()}"


def answer(make: Callable[[], str]) -> str:
    """What a driver answers where this package has made this or has raised that."""
    kinds = {thumbox.RequestError: "REQUEST", thumbox.ImageError: "IMAGE", thumbox.LimitError: "LIMIT"}
    try:
        return make()
    except thumbox.PluginError as error:
        return f"error {error.code} {kinds[type(error)]} {error.message}"


def test_the_cases_have_every_option_and_each_makes_a_difference(plugins: dict[str, thumbox.Plugin]) -> None:
    plugin = plugins["native"]

    def made(file: str, options: Options) -> str:
        try:
            return answer(lambda: line_of(plugin.thumbnail(SOURCES / file, **options)))
        except ValueError as error:
            return str(error)

    chosen: dict[str, set[object]] = {}
    without: dict[str, set[object]] = {}
    for file, options in CASES:
        for name, value in options.items():
            others = {other: options[other] for other in options if other != name}
            changes = chosen if made(file, others) != made(file, options) else without
            changes.setdefault(name, set()).add(value if isinstance(value, str) else repr(value))
    for name, values in without.items():
        assert values <= chosen[name], name
    assert chosen.keys() == ThumbnailOptions.__annotations__.keys() | {"width", "height", "max_pixels"}
    # But for the defaults, which the other cases have.
    assert chosen["format"] == set(FORMATS) - {"jpeg"}
    assert chosen["fit"] == set(FITS) - {"inside"}
    assert chosen["subsampling"] == set(_layouts.SUBSAMPLINGS) - {"auto"}
    assert chosen["frames"] == set(_layouts.FRAMES) - {"first"}
    assert chosen["colour"] == set(_layouts.COLOURS) - {"srgb"}
    assert {_layouts.POSITIONS[place] for place in PLACES} == set(_layouts.POSITIONS.values()) - {0}


def test_a_package_that_is_copied_has_every_option(driver: Driver, plugins: dict[str, thumbox.Plugin]) -> None:
    plugin = plugins[driver.variant]
    for file, options in CASES:
        expected = answer(lambda: line_of(plugin.thumbnail(SOURCES / file, **options)))  # noqa: B023 -- called at once
        assert driver("thumbnail", SOURCES / file, words(options)) == expected, (file, options)


@pytest.mark.parametrize(
    ("file", "common", "sizes"),
    [
        ("jpeg-420", {}, MEMBERS[:32]),
        ("jpeg-420", {}, MEMBERS[32:]),
        ("gif-moving", {"max_pixels": 10_000}, [{"format": "webp", "frames": "all"}, {"width": 9, "format": "webp"}]),
        ("gif-moving", {"max_pixels": 9}, [{}, {"width": 9}]),
        ("gif-moving", {}, [{"page": 1}, {"width": 9}]),
        ("jpeg-p3", {}, [{"width": 9}, {"colour": "keep"}]),
        ("jpeg-cut", {}, [{}, {"refuse_truncated": True}]),
        ("jpeg-420", {}, [{"page": 1}, {}]),
    ],
)
def test_a_package_that_is_copied_makes_sets(
    driver: Driver, plugins: dict[str, thumbox.Plugin], file: str, common: Options, sizes: list[Options]
) -> None:
    thumbs = answer(
        lambda: " / ".join(map(line_of, plugins[driver.variant].thumbnails(SOURCES / file, sizes, **common)))
    )
    # The lowest limit holds for all.
    limits = [place * 10_000 + common["max_pixels"] if common else 0 for place in range(len(sizes))]
    members = [{**size, "max_pixels": limit} for size, limit in zip(sizes, limits, strict=True)]
    assert driver("thumbnails", SOURCES / file, " / ".join(map(words, members))) == thumbs


def test_a_package_that_is_copied_probes_every_format(driver: Driver, plugins: dict[str, thumbox.Plugin]) -> None:
    plugin = plugins[driver.variant]

    def probed(file: Path) -> str:
        info = plugin.probe(file)
        flags = (info.alpha, info.animated, info.icc, info.progressive)
        sizes = (info.width, info.height, info.stored_width, info.stored_height, info.orientation)
        texts = [str(flag).lower() for flag in flags]
        return " ".join(map(str, [name_of(info.format), *sizes, *texts, info.frames, info.duration_ms]))

    lines = {file.name: answer(lambda: probed(file)) for file in sorted(SOURCES.iterdir())}  # noqa: B023 -- called at once
    assert {name: driver("probe", SOURCES / name) for name in lines} == lines


def test_a_package_that_is_copied_makes_placeholders(driver: Driver, plugins: dict[str, thumbox.Plugin]) -> None:
    plugin = plugins[driver.variant]

    def shown(file: str, limit: int) -> str:
        placeholder = plugin.placeholder(SOURCES / file, max_pixels=limit)
        thumb_hash, average = base64.b64encode(placeholder.hash).decode(), bytes(placeholder.average).hex()
        return f"{thumb_hash} {average} {placeholder.width} {placeholder.height} {str(placeholder.has_alpha).lower()}"

    for file, limit in [("jpeg-420", 0), ("png-rgba", 4_294_967_295), ("orientation-6", 0), ("jpeg-420", 9)]:
        expected = answer(lambda: shown(file, limit))  # noqa: B023 -- called at once
        assert driver("placeholder", SOURCES / file, limit) == expected


def test_a_package_that_is_copied_cuts_no_number_short(driver: Driver) -> None:
    for option, text in {
        # What the library says goes through.
        "quality=101": "quality is 101; 1 to 100 is allowed",
        "quality=256": "quality is 256; 1 to 100 is allowed",
        "format=gif": "output_format is 3; 0 (JPEG)",
        "fit=cover": "fit is cover with a box of 0 x 0; ",
        "lossless=true": "lossless is set for a JPEG; ",
        "position=attention": "position is attention with fit inside; ",
        # What no field has a place for never gets there.
        "quality=-1": "quality is -1; 0 to 4294967295 is allowed",
        "width=-1": "width is -1; 0 to 4294967295 is allowed",
        "height=4294967296": "height is 4294967296; 0 to 4294967295 is allowed",
        "max_pixels=4294967297": "maxPixels is 4294967297; 0 to 4294967295 is allowed",
        "page=65536": "page is 65536; 0 to 65535 is allowed",
        "effort=7": "effort is 7; 0 to 6 is allowed",
        "effort=-1": "effort is -1; 0 to 6 is allowed",
        "position=1.5,0": "x is 1.5; 0 to 1 is allowed",
        "position=0,NaN": "y is NaN; 0 to 1 is allowed",
    }.items():
        # Go's options begin with a capital letter, and a point's are FocalX and FocalY.
        told = driver("thumbnail", SOURCES / "jpeg-420", option).lower().replace("focal", "")
        assert re.match("error 101 request (request: )?" + re.escape(text.lower()), told), (option, told)
    # And the program goes on.
    assert driver("thumbnail", SOURCES / "jpeg-420", "width=4294967295 height=4294967295").split()[2] == "JPEG"


def test_every_example_is_described_where_people_look() -> None:
    index = (EXAMPLES / "README.md").read_text()
    folders = [folder.name for folder in EXAMPLES.iterdir() if folder.is_dir() and (folder / "README.md").is_file()]
    assert set(HOSTS) | {"kotlin"} <= set(folders)
    for name in folders:
        assert f"]({name}/README.md)" in index
    for program in EXAMPLES.glob("*.py"):
        assert f"]({program.name})" in index
