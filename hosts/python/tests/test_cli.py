"""The command line, run as people run it."""

from __future__ import annotations

import contextlib
import ctypes
import errno
import json
import os
import re
import shutil
import signal
import stat
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import hostile
import pictures
import pytest
from conftest import PHOTOS

import thumbox
from thumbox._save import write_file
from thumbox.cli.find import Picture, Refused
from thumbox.cli.main import main
from thumbox.cli.make import read

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

PR_CAPBSET_DROP, CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH = 24, 1, 2


def run(*arguments: str | Path, **options: object) -> subprocess.CompletedProcess[str]:
    """`python -m thumbox` with these arguments."""
    command = [sys.executable, "-m", "thumbox", *map(str, arguments)]
    keywords: dict[str, Any] = {"capture_output": True, "timeout": 120, "errors": "surrogateescape", **options}
    return subprocess.run(command, text=True, check=False, **keywords)


PASSED_OVER = "passed over: .txt: 1\n"
"""What is said of the text among the photos."""


def files(folder: Path) -> dict[str, bytes]:
    """Everything below a folder, drafts included."""
    return {str(file.relative_to(folder)): file.read_bytes() for file in folder.rglob("*") if file.is_file()}


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    """A folder: two pictures above, one below, and a file that is not a picture."""
    folder = tmp_path / "photos"
    (folder / "below" / "deep").mkdir(parents=True)
    shutil.copy(PHOTOS / "rocket.jpg", folder / "rocket.jpg")
    shutil.copy(PHOTOS / "coins.png", folder / "COINS.PNG")
    shutil.copy(PHOTOS / "retina.jpg", folder / "below" / "deep" / "retina.jpeg")
    (folder / "notes.txt").write_text("no picture")
    return folder


def test_make_walks_folders_and_keeps_their_structure(variant: str, photos: Path, tmp_path: Path) -> None:
    out = tmp_path / "new" / "out"
    result = run("make", photos, "-o", out, "--variant", variant)
    assert (result.returncode, result.stderr) == (0, PASSED_OVER)
    assert re.fullmatch(rf"3 thumbnails in {out}, \d+ kB\n", result.stdout)
    made = files(out)
    assert sorted(made) == ["COINS.jpg", "below/deep/retina.jpg", "rocket.jpg"]
    with thumbox.load(variant) as plugin:
        rocket = plugin.thumbnail((photos / "rocket.jpg").read_bytes(), 256, 256, format="jpeg", quality=85)
    assert made["rocket.jpg"] == rocket.data


def test_every_usual_extension_counts_and_what_macos_writes_beside_pictures_is_skipped(tmp_path: Path) -> None:
    folder, out = tmp_path / "photos", tmp_path / "out"
    folder.mkdir()
    names = ["a.jfif", "b.PJPEG", "c.pjp", "d.mpo", "e.apng", "f.dib"]
    for name in names:
        shutil.copy(PHOTOS / "rocket.jpg", folder / name)
        (folder / f"._{name}").write_bytes(b"\0\5\x16\7 no picture")
    (folder / "._notes").write_text("no picture's extension")
    result = run("make", folder, "-o", out)
    skipped = "skipped: 6 files of macOS's beside pictures (._*)\npassed over: no ending: 1\n"
    assert (result.returncode, result.stderr) == (0, skipped)
    assert len(files(out)) == 6
    result = run("probe", folder, "--json")
    assert [Path(row["file"]).name for row in json.loads(result.stdout)] == sorted(names)
    assert result.stderr.startswith("skipped: 6 files")
    # One that is named is tried.
    result = run("probe", folder / "._d.mpo")
    assert result.returncode == 1
    assert "in no image format that is read" in result.stderr


@pytest.mark.parametrize(
    ("options", "extension", "size"),
    [
        (["--size", "64x64", "--format", "webp", "--quality", "80"], ".webp", (64, 43)),
        (["--size", "300x0", "--format", "png"], ".png", (300, 200)),
        (["--size", "0x90"], ".jpg", (135, 90)),
        (["--size", "50x50", "--fit", "cover"], ".jpg", (50, 50)),
        (["--size", "50x80", "--fit", "stretch"], ".jpg", (50, 80)),
        (["--size", "1280x0", "--enlarge"], ".jpg", (1280, 854)),
        (["--size", "64x64", "--format", "webp", "--lossless", "--jobs", "1"], ".webp", (64, 43)),
        (["--size", "4294967295x0", "--background", "#ff0000", "--refuse-truncated"], ".jpg", (640, 427)),
        (["--timeout", "20", "--max-pixels", "400000"], ".jpg", (256, 171)),
    ],
)
def test_make_s_options(
    photos: Path, tmp_path: Path, options: list[str], extension: str, size: tuple[int, int]
) -> None:
    result = run("make", photos / "rocket.jpg", "-o", tmp_path / "out", *options)
    assert (result.returncode, result.stderr) == (0, "")
    [made] = (tmp_path / "out").iterdir()
    assert made.name == f"rocket{extension}"
    assert pictures.opened(made.read_bytes()).size == size


BAD_FILES = {
    "empty.jpg": (b"", "nothing"),
    "text.jpg": (b"a text and no picture\n" * 9, "(code 200)"),
    "headers.jpg": (pictures.jpeg()[:60], "(code 202)"),
    "bomb.png": (pictures.png_claiming(65535, 65535), "65535 x 65535"),
    "large.png": (pictures.png_claiming(65536, 32768), "(code 300)"),
    "memory.png": (pictures.png_claiming(134_000_000, 2), "(code 301)"),
}


def test_bad_pictures_do_not_stop_the_good_ones(variant: str, photos: Path, tmp_path: Path) -> None:
    for name, (content, _) in BAD_FILES.items():
        (photos / name).write_bytes(content)
    half = (PHOTOS / "rocket.jpg").read_bytes()[:50_000]
    (photos / "half.jpg").write_bytes(half)
    (photos / "broken-link.png").symlink_to("nowhere.png")
    out = tmp_path / "out"
    result = run("make", photos, photos / "missing.jpg", photos / "notes.txt", "-o", out, "--variant", variant)
    assert result.returncode == 1
    assert sorted(files(out)) == ["COINS.jpg", "below/deep/retina.jpg", "half.jpg", "rocket.jpg"]
    assert result.stdout.startswith("4 thumbnails in ")
    said = result.stderr.splitlines()
    for name, (_, words) in BAD_FILES.items():
        [line] = [line for line in said if line.startswith(f"failed: {photos / name}: ")]
        assert words in line or name == "empty.jpg"
    assert f"failed: {photos / 'missing.jpg'}: No such file or directory" in said
    assert f"failed: {photos / 'broken-link.png'}: No such file or directory" in said
    [line] = [line for line in said if line.startswith(f"failed: {photos / 'notes.txt'}: ")]
    assert "(code 200)" in line
    assert said[-1] == f"{len(BAD_FILES) + 3} of {len(BAD_FILES) + 7} pictures failed"
    result = run("make", photos / "half.jpg", "-o", tmp_path / "out2", "--refuse-truncated", "--variant", variant)
    assert (result.returncode, files(tmp_path / "out2")) == (1, {})
    assert "(code 202)" in result.stderr


def test_of_a_file_that_is_no_picture_nothing_is_told(variant: str, photos: Path, tmp_path: Path) -> None:
    (tmp_path / "secrets").write_text("hush:x:0:0:")
    link = photos / "link.jpg"
    link.symlink_to(tmp_path / "secrets")
    follow = ("--follow-links", "--sheet", tmp_path / "sheet.html")
    made = run("make", photos, "-o", tmp_path / "out", "--variant", variant, *follow)
    probed = run("probe", link, "--json", "--variant", variant)
    assert (made.returncode, probed.returncode) == (1, 1)
    assert f"failed: {link}: it is in no image format that is read (code 200)" in made.stderr.splitlines()
    for text in (made.stdout, made.stderr, probed.stdout, probed.stderr, (tmp_path / "sheet.html").read_text()):
        assert "hush" not in text


def test_what_is_up_to_date_is_kept_and_nothing_is_overwritten_unasked(photos: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    assert run("make", photos, "-o", out).returncode == 0
    before = files(out)
    result = run("make", photos, "-o", out)
    assert (result.returncode, result.stderr) == (0, PASSED_OVER)
    assert result.stdout == f"0 thumbnails in {out}, 0 kB, 3 up to date\n"
    # One that is older than its picture.
    (out / "rocket.jpg").write_bytes(b"mine")
    os.utime(out / "rocket.jpg", (1, 1))
    result = run("make", photos, "-o", out)
    assert result.returncode == 1
    words = f"{out / 'rocket.jpg'} exists already and is older than the picture; --update replaces it"
    assert f"failed: {photos / 'rocket.jpg'}: {words}" in result.stderr
    assert files(out)["rocket.jpg"] == b"mine"
    result = run("make", photos, "-o", out, "--update")
    assert (result.returncode, result.stderr) == (0, PASSED_OVER)
    assert re.fullmatch(rf"1 thumbnail in {out}, \d+ kB, 2 up to date\n", result.stdout)
    assert files(out) == before
    # All of them, whatever is there.
    (out / "rocket.jpg").write_bytes(b"mine")
    result = run("make", photos, "-o", out, "--force")
    assert (result.returncode, result.stderr) == (0, PASSED_OVER)
    assert files(out) == before


def test_a_picture_is_never_replaced_by_its_thumbnail(photos: Path) -> None:
    before = files(photos)
    for force in ([], ["--force"]):
        result = run("make", photos / "rocket.jpg", "-o", photos, *force)
        assert result.returncode == 1
        assert files(photos) == before
    assert "is one of the pictures; choose another folder with -o" in result.stderr
    # Nor is another picture of the same run.
    shutil.copy(PHOTOS / "coins.png", photos / "rocket.png")
    before = files(photos)
    result = run(
        "make",
        photos / "rocket.png",
        photos / "below" / "deep" / "retina.jpeg",
        photos / "rocket.jpg",
        "-o",
        photos,
        "--force",
    )
    assert result.returncode == 1
    assert files(photos)["rocket.jpg"] == before["rocket.jpg"]


def test_thumbnails_in_the_folder_that_is_walked_are_not_pictures(photos: Path) -> None:
    out = photos / "thumbnails"
    assert run("make", photos, "-o", out).returncode == 0
    result = run("make", photos, "-o", out, "--force")
    assert (result.returncode, result.stderr) == (0, PASSED_OVER)
    assert sorted(files(out)) == ["COINS.jpg", "below/deep/retina.jpg", "rocket.jpg"]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ([], "the following arguments are required: COMMAND"),
        (["make"], "the following arguments are required"),
        (["make", "."], "the following arguments are required: -o/--output"),
        (["make", "{photos}", "-o", "out", "--size", "x256"], "'x256' is no size; for example 256 (a box of"),
        (["make", "{photos}", "-o", "out", "--size", "256@gif"], "'256@gif' is no size"),
        (["make", "{photos}", "-o", "out", *["--size", "5"] * 33], "--size is given 33 times; up to 32 are allowed"),
        (["make", "{photos}", "-o", "out", "--name", "{{page}}.jpg"], "{{page}} is no part of a name"),
        (["make", "{photos}", "-o", "out", "--name", "{{stem.x}}"], "{{stem.x}} is no part of a name"),
        (["make", "{photos}", "-o", "out", "--name", "{{stem:>99}}"], "{{stem}} is no part of a name"),
        (["make", "{photos}", "-o", "out", "--name", "{{stem"], "is no pattern of names"),
        (["make", "{photos}", "-o", "out", "--name", "../{{stem}}"], "is no name below the output folder"),
        (["make", "{photos}", "-o", "out", "--name", "/{{stem}}"], "is no name below the output folder"),
        (["make", "{photos}", "-o", "a.jpg"], "-o a.jpg: one picture in one size can be written there"),
        (["make", "{photos}", "-o", "-"], "-o -: one picture in one size can be written there"),
        (["make", "{photos}/rocket.jpg", "-o", "-", "--sheet", "a.html"], "-o -: --name and lists of thumbnails are"),
        (["make", "{photos}/rocket.jpg", "-o", "a.webp", "--size", "5", "--size", "6"], "one picture in one size"),
        (
            ["make", "{photos}/rocket.jpg", "-o", "a.webp", "--format", "png"],
            "its name says webp, and the format is png",
        ),
        (
            ["make", "{photos}", "-o", "out", "--srcset", "{photos}/notes.txt"],
            "--srcset: {photos}/notes.txt exists already",
        ),
        (["make", "{photos}", "-o", "out", "--size", "-1x5"], "--size"),
        (
            ["make", "{photos}", "-o", "out", "--size", "4294967296x5"],
            "--width is 4294967296; 0 to 4294967295 is allowed",
        ),
        (["make", "{photos}", "-o", "out", "--quality", "0"], "--quality is 0; 1 to 100 is allowed"),
        (["make", "{photos}", "-o", "out", "--quality", "101"], "--quality is 101; 1 to 100 is allowed"),
        (["make", "{photos}", "-o", "out", "--format", "gif"], "invalid choice: 'gif'"),
        (["make", "{photos}", "-o", "out", "--fit", "fill"], "invalid choice: 'fill'"),
        (["make", "{photos}", "-o", "out", "--fit", "cover", "--size", "5x0"], "--fit is 'cover' with a box of 5 x 0"),
        (["make", "{photos}", "-o", "out", "--lossless"], "--lossless is True with format 'jpeg'"),
        (["make", "{photos}", "-o", "out", "--background", "red"], "--background is 'red'; '#rrggbb'"),
        (["make", "{photos}", "-o", "out", "--jobs", "0"], "--jobs is 0; 1 to 1024 is allowed"),
        (["make", "{photos}", "-o", "out", "--variant", "docker"], "invalid choice: 'docker'"),
        (
            ["make", "{photos}", "-o", "out", "--variant", "native", "--timeout", "5"],
            "the native variant has no option 'timeout'",
        ),
        (["make", "{photos}", "-o", "out", "--timeout", "-1"], "timeout is -1.0; more than 0"),
        (["make", "{photos}", "-o", "out", "--max-pixels", "0"], "max_pixels is 0; 1 to"),
        (["make", "{photos}", "-o", "out", "--max-memory", "0"], "max_memory is 0; 1 to"),
        (["make", "", "-o", "out"], "a name is empty"),
        (["make", "{photos}", "-o", "{photos}/notes.txt"], "notes.txt: File exists"),
        (["make", "{photos}", "-o", "{photos}/notes.txt/x"], "notes.txt/x: Not a directory"),
        (
            ["make", "{photos}", "-o", "out", "--sheet", "{photos}/notes.txt"],
            "notes.txt exists already; --force replaces it",
        ),
        (["make", "{empty}", "-o", "out"], "thumbox: no pictures in {empty}"),
        (["probe", "{empty}"], "thumbox: no pictures in {empty}"),
        (["probe"], "the following arguments are required"),
        (["show"], "invalid choice: 'show'"),
    ],
)
def test_a_command_line_that_cannot_be_followed(photos: Path, tmp_path: Path, arguments: list[str], words: str) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "empty" / "notes.txt").write_text("no picture")
    names = {"photos": str(photos), "empty": str(tmp_path / "empty")}
    before = files(tmp_path)
    result = run(*(argument.format(**names) for argument in arguments), cwd=tmp_path)
    assert (result.returncode, result.stdout) == (2, "")
    assert words.format(**names) in result.stderr
    assert "Traceback" not in result.stderr
    assert files(tmp_path) == before


def test_version_and_help() -> None:
    assert run("--version").stdout == f"thumbox {thumbox.__version__}\n"
    for command in ([], ["make"], ["probe"], ["placeholder"]):
        result = run(*command, "--help")
        assert (result.returncode, result.stderr) == (0, "")
        assert "usage: thumbox" in result.stdout


def test_a_file_that_is_too_long_is_not_read_to_its_end(tmp_path: Path) -> None:
    result = run("make", "/dev/zero", "-o", tmp_path / "out", "--max-request", "1000000")
    assert result.returncode == 1
    assert "failed: /dev/zero: it has more than 1000000 bytes; --max-request allows more" in result.stderr


def test_a_file_may_be_as_long_as_max_request_and_no_longer(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_bytes(b"12345")
    picture = Picture(file, Path("file"))
    assert read(picture, 5) == b"12345"
    with pytest.raises(Refused, match="it has more than 4 bytes; --max-request allows more"):
        read(picture, 4)


STRANGE_NAMES = [
    "new\nline.jpg",
    "bad\udcffbyte.jpg",
    "[bold]markup.jpg",
    "-o.jpg",
    "<b>&amp;.jpg",
    "x" * 250 + ".jpg",
    "\x1b[31mred.jpg",
]


def test_strange_names(photos: Path, tmp_path: Path) -> None:
    strange = tmp_path / "strange"
    strange.mkdir()
    for name in STRANGE_NAMES:
        shutil.copy(photos / "rocket.jpg", strange / name)
        (strange / f"broken {name[:9]}.jpg").write_bytes(b"text, and no picture at all")
    result = run("make", strange, "-o", tmp_path / "out", "--size", "32x32", "--sheet", tmp_path / "sheet.html")
    assert result.returncode == 1
    assert {file.name for file in (tmp_path / "out").iterdir()} == set(STRANGE_NAMES)
    assert "broken new\\nline" in result.stderr
    assert "broken bad\\udcffbyte" in result.stderr
    assert "\x1b" not in result.stderr
    page = (tmp_path / "sheet.html").read_text()
    assert "<b>" not in page
    assert "&lt;b&gt;&amp;amp;.jpg" in page
    probed = run("probe", strange, "--json")
    rows = json.loads(probed.stdout)
    assert {Path(row["file"]).name for row in rows if "format" in row} == set(STRANGE_NAMES)
    table = run("probe", strange)
    assert "\x1b" not in table.stdout
    assert "[bold]markup.jpg" in table.stdout
    assert "bad\\udcffbyte.jpg" in table.stdout


def test_a_terminal_of_another_encoding(photos: Path, tmp_path: Path) -> None:
    shutil.copy(photos / "rocket.jpg", photos / "grün.jpg")
    (photos / "rötlich.jpg").write_bytes(b"no picture")
    environment = {**os.environ, "PYTHONIOENCODING": "ascii", "LC_ALL": "C"}
    for arguments in (["make", str(photos), "-o", str(tmp_path / "out")], ["probe", str(photos)]):
        result = run(*arguments, env=environment)
        assert result.returncode == 1
        assert "r\\xf6tlich.jpg" in result.stderr


def test_probe_as_a_table_and_as_json(variant: str, photos: Path) -> None:
    (photos / "turned.jpg").write_bytes(pictures.jpeg(64, 48, orientation=6))
    (photos / "bad.jpg").write_bytes(b"no picture")
    result = run("probe", photos, "--variant", variant)
    assert result.returncode == 1
    lines = result.stdout.splitlines()
    assert lines[0].split() == ["File", "Format", "Size", "Orientation", "Notes"]
    assert [line.split()[1:] for line in lines if "turned" in line] == [["jpeg", "48", "x", "64", "6"]]
    assert "1 of 5 pictures failed" in result.stderr
    result = run("probe", photos, "--json", "--variant", variant)
    assert result.returncode == 1
    rows = {Path(row.pop("file")).name: row for row in json.loads(result.stdout)}
    assert rows["turned.jpg"] == {
        "format": "jpeg",
        "width": 48,
        "height": 64,
        "stored_width": 64,
        "stored_height": 48,
        "orientation": 6,
        "alpha": False,
        "animated": False,
        "icc": False,
        "progressive": False,
        "frames": 1,
        "duration_ms": 0,
    }
    assert rows["bad.jpg"]["error"]["code"] == 200
    assert rows["bad.jpg"]["error"]["message"]
    good = run("probe", photos / "rocket.jpg", "--json")
    assert (good.returncode, good.stderr, len(json.loads(good.stdout))) == (0, "", 1)


def test_the_contact_sheet_needs_nothing_else(photos: Path, tmp_path: Path) -> None:
    (photos / "bad.jpg").write_bytes(b"no picture")
    sheet = tmp_path / "sheet.html"
    result = run("make", photos, "-o", tmp_path / "out", "--sheet", sheet, "--format", "webp")
    assert result.returncode == 1
    page = sheet.read_text()
    assert page.count("<img ") == 3
    assert page.count('src="data:image/webp;base64,') == 3
    assert not re.search(r"""\bsrc=(?!"data:)|url\(|@import|<script|<link""", page)
    assert "http:" not in page
    assert "https:" not in page
    assert "below/deep/retina.jpeg" in page
    assert "3 pictures, 1 failed" in page
    again = run("make", photos, "-o", tmp_path / "out2", "--sheet", sheet)
    assert again.returncode == 2
    assert not (tmp_path / "out2").exists()
    assert run("make", photos, "-o", tmp_path / "out", "--sheet", sheet, "--force").returncode == 1
    nowhere = run("make", photos / "rocket.jpg", "-o", tmp_path / "out3", "--sheet", tmp_path / "no" / "sheet.html")
    assert nowhere.returncode == 1
    assert "sheet.html: No such file or directory" in nowhere.stderr


def as_an_ordinary_user() -> None:
    """In a child that is to become the command: without root's right to open everything."""
    if os.geteuid() == 0:
        libc = ctypes.CDLL(None)
        for capability in (CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH):
            assert libc.prctl(PR_CAPBSET_DROP, capability, 0, 0, 0) == 0


def test_a_file_and_a_folder_that_may_not_be_read(photos: Path, tmp_path: Path) -> None:
    (photos / "rocket.jpg").chmod(0)
    (photos / "below").chmod(0)
    result = run("make", photos, "-o", tmp_path / "out", preexec_fn=as_an_ordinary_user)
    probed = run("probe", photos, preexec_fn=as_an_ordinary_user)
    (photos / "below").chmod(0o755)
    assert (result.returncode, probed.returncode) == (1, 1)
    assert sorted(files(tmp_path / "out")) == ["COINS.jpg"]
    for said in (result.stderr, probed.stderr):
        assert f"failed: {photos / 'rocket.jpg'}: Permission denied" in said
        assert f"failed: {photos / 'below'}: Permission denied" in said


def test_a_folder_that_may_not_be_written_to(photos: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    (out / "below").mkdir(parents=True)
    out.chmod(0o555)
    result = run("make", photos, "-o", out, preexec_fn=as_an_ordinary_user)
    other = run("make", photos, "-o", out / "more", preexec_fn=as_an_ordinary_user)
    out.chmod(0o755)
    assert (result.returncode, other.returncode) == (1, 2)
    assert sorted(files(out)) == ["below/deep/retina.jpg"]
    assert f"failed: {photos / 'rocket.jpg'}: {out}/.thumbox-" in result.stderr
    assert "Permission denied" in result.stderr
    assert f"-o {out / 'more'}: Permission denied" in other.stderr


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[tuple[Path, Callable[[], None], str]]:
    """A folder that takes little, what makes it so in a child, and what the system then says.

    A disk of its own where one may be mounted, else a limit on the length of files: writing ends early either way.
    """
    folder = tmp_path / "disk"
    folder.mkdir()
    mount = shutil.which("mount") or "mount"
    command = [mount, "-t", "tmpfs", "-o", "size=48k", "tmpfs", str(folder)]
    mounted = os.geteuid() == 0 and subprocess.run(command, capture_output=True, check=False).returncode == 0
    if mounted:
        yield folder, lambda: None, "No space left on device"
        subprocess.run(["umount", str(folder)], check=True)
        return

    def limit() -> None:
        import resource

        resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096))

    yield folder, limit, "File too large"


def test_a_full_disk(photos: Path, small_disk: tuple[Path, Callable[[], None], str]) -> None:
    folder, limit, words = small_disk
    options = ["--format", "png", "--size", "400x400"]
    result = run("make", photos, "-o", folder, *options, preexec_fn=limit)
    assert result.returncode == 1
    assert words in result.stderr
    assert "Traceback" not in result.stderr
    assert all(file.name[0] != "." for file in folder.rglob("*"))
    for name, content in files(folder).items():
        assert pictures.opened(content).size, name
    small = run("make", photos / "rocket.jpg", "-o", folder / "small", "--size", "16x16", preexec_fn=limit)
    assert (small.returncode, small.stderr) == (0, "")


@pytest.mark.parametrize("by", [signal.SIGINT, signal.SIGTERM])
def test_an_interruption_leaves_whole_files_only(photos: Path, tmp_path: Path, by: signal.Signals) -> None:
    # Far more than are made before a signal comes, also where something else has the processor for a while.
    for number in range(2000):
        os.link(photos / "below" / "deep" / "retina.jpeg", photos / f"{number}.jpg")
    out = tmp_path / "out"
    command = [sys.executable, "-m", "thumbox", "make", str(photos), "-o", str(out), "--format", "png"]
    with subprocess.Popen(command, stderr=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        deadline = time.monotonic() + 60
        while len(list(out.glob("*.png"))) < 3:
            assert time.monotonic() < deadline
            time.sleep(0.005)
        process.send_signal(by)
        stdout, stderr = process.communicate(timeout=60)
    assert (process.returncode, stdout, stderr) == (130, "", "thumbox: interrupted\n")
    made = files(out)
    assert 3 <= len(made) < 2000
    for name, content in made.items():
        assert not Path(name).name.startswith(".")
        assert pictures.opened(content).size


def test_a_bar_where_somebody_can_see_it_and_nowhere_else(photos: Path, tmp_path: Path) -> None:
    controller, terminal = os.openpty()
    environment = {**os.environ, "TERM": "xterm-256color", "COLUMNS": "80"}
    run(
        "make",
        photos,
        "-o",
        tmp_path / "out",
        capture_output=False,
        stdout=subprocess.PIPE,
        stderr=terminal,
        env=environment,
    )
    os.close(terminal)
    seen = b""
    with contextlib.suppress(OSError):  # what Linux answers at the end
        while chunk := os.read(controller, 1 << 16):
            seen += chunk
    os.close(controller)
    assert b"3/3" in seen
    assert run("make", photos, "-o", tmp_path / "out2").stderr == PASSED_OVER


def test_a_reader_that_has_read_enough(photos: Path) -> None:
    reader, writer = os.pipe()
    os.close(reader)
    result = run("probe", photos, "--json", capture_output=False, stdout=writer, stderr=subprocess.PIPE)
    os.close(writer)
    assert (result.returncode, result.stderr) == (1, "")


def test_files_have_the_mode_that_the_user_wants(photos: Path, tmp_path: Path) -> None:
    run("make", photos, "-o", tmp_path / "out", preexec_fn=lambda: os.umask(0o027) and None)
    modes = {stat.S_IMODE(file.stat().st_mode) for file in (tmp_path / "out").rglob("*.jpg")}
    assert modes == {0o640}


@pytest.mark.parametrize("has_links", [True, False])
def test_a_file_that_appears_in_between_is_not_replaced(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, has_links: bool
) -> None:
    if not has_links:

        def refuse(*_: object) -> None:
            raise PermissionError(errno.EPERM, "Operation not permitted")

        monkeypatch.setattr(Path, "hardlink_to", refuse)
    target = tmp_path / "target"

    def parts() -> Iterator[bytes]:
        yield b"mine"
        target.write_bytes(b"somebody else's")

    with pytest.raises(FileExistsError):
        write_file(target, parts(), replace=False)
    assert files(tmp_path) == {"target": b"somebody else's"}
    target.unlink()
    write_file(target, [b"mine"], replace=False)
    assert files(tmp_path) == {"target": b"mine"}
    write_file(target, [b"new"], replace=True)
    assert files(tmp_path) == {"target": b"new"}


def test_a_call_that_runs_away_ends_the_picture_and_not_the_command(
    photos: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "hostile.wasm"
    text = hostile.module().replace(
        "(i32.eq (local.get $id) (i32.const 10))", "(i32.eq (local.get $id) (i32.const 100))"
    )
    file.write_bytes(hostile.component(text))
    monkeypatch.setattr("thumbox._locate.artifact", lambda *_: str(file))
    old = signal.getsignal(signal.SIGTERM)
    status = main(["make", str(photos), "-o", str(tmp_path / "out"), "--timeout", "0.2"])
    signal.signal(signal.SIGTERM, old)
    said = capsys.readouterr().err
    assert status == 1
    assert said.count("the call ran past its timeout of 0.2 s and was stopped (code 10)") == 3
    assert files(tmp_path / "out") == {}
