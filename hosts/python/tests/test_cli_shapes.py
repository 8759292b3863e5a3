"""The command line's names, sizes and lists, and where it reads and writes."""

from __future__ import annotations

import base64
import io
import json
import os
import re
import shutil
import subprocess
import sys
from html.parser import HTMLParser
from typing import TYPE_CHECKING
from urllib.parse import unquote

import pictures
import pytest
from conftest import PHOTOS
from PIL import Image
from test_cli import files, run

import thumbox
from thumbox.cli import sheet
from thumbox.cli.arguments import parser
from thumbox.cli.main import main

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    """A folder of two pictures, one of them below."""
    folder = tmp_path / "photos"
    (folder / "below").mkdir(parents=True)
    shutil.copy(PHOTOS / "rocket.jpg", folder / "rocket.jpg")
    shutil.copy(PHOTOS / "coins.png", folder / "below" / "a coin: #1.png")
    return folder


def piped(*arguments: str | Path, data: bytes) -> subprocess.CompletedProcess[bytes]:
    """The command with bytes on both sides."""
    command = [sys.executable, "-m", "thumbox", *map(str, arguments)]
    return subprocess.run(command, input=data, capture_output=True, timeout=120, check=False)


def test_several_sizes_come_of_one_decoding(photos: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    sizes = ("--size", "128", "--size", "300x0@webp", "--size", "64x64@png")
    result = run("make", photos, "-o", out, *sizes, "--quality", "70")
    assert (result.returncode, result.stderr) == (0, "")
    made = files(out)
    assert {name: pictures.opened(data).size for name, data in made.items()} == {
        "rocket-128.jpg": (128, 85),
        "rocket-300x0.webp": (300, 200),
        "rocket-64x64.png": (64, 43),
        "below/a coin: #1-128.jpg": (128, 101),
        "below/a coin: #1-300x0.webp": (300, 237),
        "below/a coin: #1-64x64.png": (64, 51),
    }
    # What one lacks is made, and the others are left.
    (out / "rocket-128.jpg").unlink()
    (out / "rocket-64x64.png").write_bytes(b"mine")
    result = run("make", photos, "-o", out, *sizes, "--quality", "70")
    assert re.fullmatch(rf"1 thumbnail in {out}, \d+ kB, 5 up to date\n", result.stdout)
    assert files(out) == {**made, "rocket-64x64.png": b"mine"}
    result = run("make", photos / "rocket.jpg", "-o", out, "--size", "5", "--size", "5")
    assert f"two of its thumbnails would be {out / 'rocket-5.jpg'}" in result.stderr


def test_names_are_made_by_a_pattern(photos: Path, tmp_path: Path) -> None:
    pattern = "{width}x{height}/{stem}_{format}_{name}_{size}.{ext}"
    result = run("make", photos, "-o", tmp_path / "out", "--size", "64x32", "--name", pattern)
    assert result.returncode == 0
    assert sorted(files(tmp_path / "out")) == [
        "64x32/rocket_jpeg_rocket.jpg_64x32.jpg",
        "below/64x32/a coin: #1_jpeg_a coin: #1.png_64x32.jpg",
    ]


def test_two_pictures_with_one_name_get_two(photos: Path, tmp_path: Path) -> None:
    shutil.copy(PHOTOS / "coins.png", photos / "rocket.png")
    out = tmp_path / "out"
    result = run("make", photos, "-o", out, "--format", "webp")
    assert (result.returncode, result.stderr) == (0, "")
    names = ["below/a coin: #1.webp", "rocket.png.webp", "rocket.webp"]
    assert sorted(files(out)) == names
    assert run("make", photos, "-o", out, "--format", "webp").stdout.endswith(", 3 up to date\n")
    # Whose ending it is already has the shorter name.
    result = run("make", photos / "rocket.jpg", photos / "rocket.png", "-o", tmp_path / "png", "--format", "png")
    assert result.returncode == 0
    assert sorted(files(tmp_path / "png")) == ["rocket.jpg.png", "rocket.png"]
    # A name that was asked for stays: the second fails.
    result = run("make", photos, "-o", tmp_path / "asked", "--name", "{stem}.{ext}")
    assert result.returncode == 1
    name = tmp_path / "asked" / "rocket.jpg"
    said = f"failed: {photos / 'rocket.png'}: its thumbnail {name} would be that of {photos / 'rocket.jpg'} too"
    assert said in result.stderr
    # The same picture named twice is no collision.
    result = run("make", photos / "rocket.jpg", photos / "rocket.jpg", "-o", tmp_path / "out2")
    assert (result.returncode, result.stderr) == (0, "")


def test_one_picture_may_go_to_a_file(photos: Path, tmp_path: Path, variant: str) -> None:
    out = tmp_path / "new" / "small.webp"
    result = run("make", photos / "rocket.jpg", "-o", out, "--size", "50", "--variant", variant)
    assert (result.returncode, result.stderr) == (0, "")
    assert out.read_bytes()[8:12] == b"WEBP"
    assert pictures.opened(out.read_bytes()).size == (50, 33)
    assert run("make", photos / "rocket.jpg", "-o", out).stdout.endswith("0 kB, 1 up to date\n")
    # A folder of such a name is a folder.
    (tmp_path / "folder.png").mkdir()
    run("make", photos / "rocket.jpg", "-o", tmp_path / "folder.png")
    assert list(files(tmp_path / "folder.png")) == ["rocket.jpg"]


def test_standard_input_and_output(photos: Path, tmp_path: Path) -> None:
    photo = (photos / "rocket.jpg").read_bytes()
    with thumbox.load() as plugin:
        wanted = bytes(plugin.thumbnail(photo, 100, 100, format="png").data)
    made = piped("make", "-", "-o", "-", "--size", "100", "--format", "png", data=photo)
    assert (made.returncode, made.stdout, made.stderr) == (0, wanted, b"")
    assert piped("make", "-", "-o", tmp_path / "a.png", "--size", "100", data=photo).returncode == 0
    assert (tmp_path / "a.png").read_bytes() == wanted
    again = piped("make", "-", "-o", tmp_path / "a.png", data=photo)
    assert (again.returncode, b"exists already; --force replaces it" in again.stderr) == (1, True)
    bad = piped("make", "-", "-o", "-", data=b"nothing")
    assert (bad.returncode, bad.stdout) == (1, b"")
    assert b"failed: -: " in bad.stderr
    long = piped("make", "-", "-o", "-", "--max-request", "1000", data=photo)
    assert b"it has more than 1000 bytes; --max-request allows more" in long.stderr
    probed = json.loads(piped("probe", "-", "--json", data=photo).stdout)
    assert [(row["file"], row["format"]) for row in probed] == [("-", "jpeg")]


def test_quiet_says_what_failed_and_nothing_else(photos: Path, tmp_path: Path) -> None:
    (photos / "notes.txt").write_text("no picture")
    result = run("make", photos, "-o", tmp_path / "out", "--quiet")
    assert (result.returncode, result.stdout, result.stderr) == (0, "", "")
    (photos / "bad.jpg").write_bytes(b"no picture")
    result = run("make", photos, "-o", tmp_path / "out", "--quiet")
    assert (result.returncode, result.stdout) == (1, "")
    assert result.stderr.startswith(f"failed: {photos / 'bad.jpg'}: ")


def test_links_out_of_a_folder_are_followed_on_request(photos: Path, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    shutil.copy(PHOTOS / "coins.png", tmp_path / "elsewhere" / "other.png")
    (photos / "out.png").symlink_to(tmp_path / "elsewhere" / "other.png")
    (photos / "in.jpg").symlink_to("rocket.jpg")
    (photos / "folder").symlink_to(tmp_path / "elsewhere")
    (photos / "round").symlink_to(photos)
    result = run("make", photos, "-o", tmp_path / "a")
    assert (result.returncode, result.stderr) == (
        0,
        "skipped: 1 link out of the folder; --follow-links follows them\n",
    )
    assert sorted(files(tmp_path / "a")) == ["below/a coin: #1.jpg", "in.jpg", "rocket.jpg"]
    result = run("make", photos, "-o", tmp_path / "b", "--follow-links")
    assert (result.returncode, result.stderr) == (0, "")
    followed = ["below/a coin: #1.jpg", "folder/other.jpg", "in.jpg", "out.jpg", "rocket.jpg"]
    assert sorted(files(tmp_path / "b")) == followed
    # A link that is named itself is what somebody wants.
    assert run("make", photos / "out.png", "-o", tmp_path / "c").returncode == 0


class Images(HTMLParser):
    """The elements of a page, with their attributes."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))


def test_a_manifest_and_elements_for_a_page(photos: Path, tmp_path: Path) -> None:
    (photos / "bad.jpg").write_bytes(b"no picture")
    (photos / "film.mov").write_bytes(b"no picture")
    out, manifest, page = tmp_path / "thumbs", tmp_path / "list.json", tmp_path / "site" / "page.html"
    page.parent.mkdir()
    sizes = ("--size", "128@webp", "--size", "256@webp", "--size", "64")
    lists = ("--manifest", manifest, "--srcset", page)
    assert run("make", photos, "-o", out, *sizes, *lists).returncode == 1
    said = json.loads(manifest.read_text())
    assert said["passed_over"] == {".mov": 1}
    assert [(one["file"], one["error"]["code"]) for one in said["failed"]] == [(str(photos / "bad.jpg"), 200)]
    coins, rocket = said["pictures"]
    assert rocket["file"] == str(photos / "rocket.jpg")
    for one in rocket["thumbnails"] + coins["thumbnails"]:
        data = (tmp_path / one["file"]).read_bytes()
        assert (len(data), pictures.opened(data).size) == (one["bytes"], (one["width"], one["height"]))
    elements = Images(page.read_text()).found
    assert [tag for tag, _ in elements] == ["picture", "source", "img"] * 2
    for tag, attributes in elements:
        for address in [*re.findall(r"\S+(?= \d+w)", attributes.get("srcset") or ""), attributes.get("src")]:
            assert tag == "picture" or address is None or (page.parent / unquote(address)).is_file()
    # What is up to date is in both again.
    assert run("make", photos, "-o", out, *sizes, *lists, "--update").returncode == 1
    assert json.loads(manifest.read_text())["pictures"] == said["pictures"]


def test_the_sheet_links_to_the_pictures(
    photos: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    page = tmp_path / "site" / "sheet.html"
    page.parent.mkdir()
    assert run("make", photos, "-o", tmp_path / "out", "--sheet", page).returncode == 0
    links = [attributes["href"] for tag, attributes in Images(page.read_text()).found if tag == "a"]
    assert {(page.parent / unquote(link or "")).resolve() for link in links} == {
        (photos / "rocket.jpg").resolve(),
        (photos / "below" / "a coin: #1.png").resolve(),
    }
    # Many stay in their files.
    monkeypatch.setattr(sheet, "MOST_INSIDE", 1)
    assert main(["make", str(photos), "-o", str(tmp_path / "out"), "--sheet", str(page), "--update"]) == 0
    assert "2 up to date" in capsys.readouterr().out
    sources = [attributes["src"] for tag, attributes in Images(page.read_text()).found if tag == "img"]
    assert all((page.parent / unquote(source or "")).is_file() for source in sources)


def test_the_contact_sheet_plays_animations(tmp_path: Path) -> None:
    first, *others = (Image.new("RGB", (60, 40), colour) for colour in ("red", "green", "blue"))
    first.save(tmp_path / "moving.gif", save_all=True, append_images=others, duration=50)
    sheet = tmp_path / "sheet.html"
    options = ("--format", "webp", "--frames", "all", "--sheet", sheet)
    assert run("make", tmp_path / "moving.gif", "-o", tmp_path / "out", *options).returncode == 0
    (found,) = re.findall(r'src="data:image/webp;base64,([^"]*)"', sheet.read_text())
    with Image.open(io.BytesIO(base64.b64decode(found))) as image:
        assert image.n_frames == 3


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completions_know_every_command_and_option(shell: str) -> None:
    text = run("completion", shell).stdout
    for word in ("make", "probe", "placeholder", "bundle", "show", "completion", "manual"):
        assert re.search(rf"\b{word}\b", text)
    for option in ("size", "max-pixels", "srcset", "public-key"):
        assert f"--{option}" in text or f"-l {option} " in text
    if shell == "bash":
        script = f"{text}\nCOMP_WORDS=(thumbox make --fo); COMP_CWORD=2; _thumbox; echo ${{COMPREPLY[@]}}"
        answer = subprocess.run(["bash", "-c", script], capture_output=True, text=True, check=True)
        assert answer.stdout.split() == ["--format", "--force", "--follow-links", "--formats"]
        script = script.replace("--fo)", "--fit '')").replace("CWORD=2", "CWORD=3")
        answer = subprocess.run(["bash", "-c", script], capture_output=True, text=True, check=True)
        assert answer.stdout.split() == ["inside", "cover", "stretch", "contain"]


def test_the_manual_has_every_option() -> None:
    page = run("manual").stdout
    assert page.startswith(f'.TH THUMBOX 1 "" "thumbox {thumbox.__version__}"')
    [commands] = [action for action in parser()._actions if action.dest == "command"]
    assert isinstance(commands.choices, dict)
    for command in commands.choices.values():
        for action in command._actions:
            for name in action.option_strings:
                assert name.replace("-", r"\-") in page
    assert not [line for line in page.splitlines() if line.startswith("'")]
    if shutil.which("man"):
        shown = subprocess.run(["man", "--warnings", "-l", "-"], input=page, capture_output=True, text=True, check=True)
        assert shown.stderr == ""
        assert "thumbox - thumbnails of images" in re.sub(".\b", "", shown.stdout)
    assert os.linesep not in page or os.linesep == "\n"
