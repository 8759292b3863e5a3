"""The benchmark `peers`: what counts as the same picture, and that it runs to its end with the peers that are there."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from _compared import pillow_kinds, tiff_kinds
from _compared.difference import between
from _compared.readers import ENDED, SIDE, Answer, reader
from _compared.scene import HEIGHT, WIDTH, rgba, shown
from _compared.workers import Worker
from conftest import PHOTOS, WORKSPACE
from peers import judged
from PIL import Image

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

SCENE = shown(rgba())
OTHER = np.ascontiguousarray(SCENE[::-1])
REFUSED = Answer(None, "201 it is corrupt", 201, b"201 it is corrupt")
NONE = Answer(None, "OSError: it cannot be read")


def picture(pixels: NDArray[np.uint8], exact: bytes = b"a") -> Answer:
    return Answer(pixels, exact=exact)


@pytest.mark.parametrize(
    ("native", "wasm", "pillow", "vips", "expected"),
    [
        (picture(SCENE), picture(SCENE), picture(SCENE), picture(OTHER), "same"),
        (picture(SCENE), picture(SCENE), picture(OTHER), NONE, "different"),
        (REFUSED, REFUSED, NONE, picture(SCENE), "refused"),
        (REFUSED, REFUSED, NONE, NONE, "all refuse"),
        (picture(SCENE), picture(SCENE), NONE, NONE, "only ours"),
        (picture(SCENE), picture(SCENE, b"b"), picture(SCENE), picture(SCENE), "builds differ"),
        (picture(SCENE), REFUSED, picture(SCENE), picture(SCENE), "builds differ"),
        (REFUSED, Answer(None, "11 a panic", 11, b"11 a panic"), NONE, NONE, "panic"),
        (Answer(None, "no answer in 60 s", ENDED), picture(SCENE), NONE, NONE, "panic"),
        # A format that only the sandbox has.
        (Answer(None, "204 not here", 204, b"204"), picture(SCENE), picture(SCENE), NONE, "same"),
    ],
)
def test_a_file_has_one_class(native: Answer, wasm: Answer, pillow: Answer, vips: Answer, expected: str) -> None:
    answers = {"native": native, "wasm": wasm, "Pillow": pillow, "pyvips": vips}
    assert judged("name", answers).kind == expected


def test_what_a_file_must_show_is_above_what_peers_show() -> None:
    answers = {"native": picture(SCENE), "Pillow": picture(SCENE)}
    assert judged("name", answers, OTHER).kind == "different"
    answers = {"native": picture(SCENE), "Pillow": picture(OTHER)}
    assert judged("name", answers, SCENE).kind == "same"


def test_reduced_edges_may_be_as_far_apart_as_the_peers_are() -> None:
    lines = np.full((100, SIDE, 4), 255, np.uint8)
    ours, near, far = lines.copy(), lines.copy(), lines.copy()
    for edges, level in ((ours, 200), (near, 180), (far, 160)):
        edges[::20, :, :3] = level
    answers = {"native": picture(ours), "Pillow": picture(near), "pyvips": picture(far)}
    assert not between(ours, near, SIDE).within(2, 12)
    assert judged("name", answers).kind == "same"
    answers["pyvips"] = picture(255 - lines)
    assert judged("name", answers).kind == "different"
    small = {name: picture(np.ascontiguousarray(answer.picture[:, :99])) for name, answer in answers.items()}  # type: ignore[index]
    assert judged("name", small).kind == "different"


def test_a_black_picture_counts_only_where_another_shows_it() -> None:
    black = np.zeros_like(SCENE)
    black[..., 3] = 255
    assert judged("name", {"native": REFUSED, "Pillow": NONE, "pyvips": picture(black)}).kind == "all refuse"
    assert judged("name", {"native": REFUSED, "Pillow": picture(black), "pyvips": picture(black)}).kind == "refused"
    assert judged("name", {"native": picture(black), "pyvips": picture(black)}).kind == "same"


@pytest.mark.parametrize(
    "change",
    [
        lambda pixels: pixels[:, ::-1],
        lambda pixels: pixels[::-1],
        lambda pixels: pixels[..., [2, 1, 0, 3]],
        lambda pixels: np.where(np.arange(4) == 3, 255, pixels),
        lambda pixels: np.where(np.arange(HEIGHT)[:, None, None] < HEIGHT - 4, pixels, 128),
        lambda pixels: np.clip(pixels.astype(int) + np.array([9, 0, 0, 0]), 0, 255),
        lambda pixels: pixels.swapaxes(0, 1),
    ],
    ids=["mirrored", "upside down", "blue for red", "opaque", "cut", "tinted", "turned"],
)
def test_what_is_another_picture(change: Any) -> None:
    difference = between(SCENE, np.ascontiguousarray(change(SCENE), np.uint8), SIDE)
    assert not difference.within(2, 12), difference


def test_what_is_the_same_picture() -> None:
    noise = np.random.default_rng(1).integers(-1, 2, SCENE.shape)
    assert between(SCENE, np.clip(SCENE + noise, 0, 255).astype(np.uint8), SIDE).within(2, 12)
    # The colours of what is transparent are not to be seen.
    hidden = np.where(SCENE[..., 3:] == 0, np.array([9, 9, 9, 0], np.uint8), SCENE)
    assert str(between(SCENE, hidden, SIDE)) == "mean 0.00, 99th 0"


def test_sizes_may_differ_by_rounding_where_a_picture_was_reduced() -> None:
    with Image.open(PHOTOS / "rocket.jpg") as photo:
        small = photo.convert("RGBA").resize((300, 200))
    one, other = np.asarray(small), np.asarray(small.resize((300, 199)))
    assert between(one, other, 300).within(2, 12)
    assert str(between(one, other, SIDE)) == "300 x 200 and 300 x 199"


def test_what_files_must_show_is_what_pillow_shows() -> None:
    read = reader("Pillow", None)
    names = re.compile(
        r"(depth-(minisblack|rgb)-08|orientation|ycbcr-1x1-deflate|ccitt|old-lzw|alpha-unassociated-rgb-8)"
    )
    checked = 0
    for kind in tiff_kinds.kinds():
        # Pillow takes no planes of a single sample.
        if names.match(kind.name) and kind.shows is not None and "minisblack-08-planar" not in kind.name:
            answer = read(kind.make())
            assert answer.picture is not None, (kind.name, answer.refusal)
            difference = between(answer.picture, kind.shows, SIDE)
            assert difference.within(2, 12), (kind.name, difference)
            checked += 1
    assert checked >= 90


@pytest.mark.parametrize("name", ["exif-jpeg-6.jpg", "exif-png-8.png", "exif-webp-3.webp", "pillow-png-I16.png"])
def test_both_readers_turn_pictures_and_have_all_of_16_bits(name: str) -> None:
    data = next(kind for kind in pillow_kinds.kinds() if kind.name == name).make()
    ours, theirs = reader("native", None)(data).picture, reader("Pillow", None)(data).picture
    assert ours is not None
    assert theirs is not None
    assert ours.shape == ((WIDTH, HEIGHT, 4) if re.search(r"-[5-8]\.", name) else (HEIGHT, WIDTH, 4))
    assert between(ours, theirs, SIDE).within(2, 12)


def test_a_reader_that_does_not_answer_is_begun_again(tmp_path: Path) -> None:
    worker = Worker("Pillow", None, seconds=0.0)
    try:
        assert worker.start() == ""
        Image.new("RGB", (3000, 3000)).save(tmp_path / "large.png")
        worker.ask((tmp_path / "large.png").read_bytes())
        assert (worker.answer().refusal, worker.answer().code) == ("no answer in 0 s", ENDED)
        worker.ask(b"nothing")
        assert worker.answer().code == ENDED
    finally:
        worker.stop()


def test_files_of_a_folder_are_classed(tmp_path: Path) -> None:
    with Image.open(PHOTOS / "rocket.jpg") as photo:
        photo.save(tmp_path / "whole.jpg")
        photo.resize((40, 30)).save(tmp_path / "small.SPIDER", "SPIDER")
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder/nothing.txt").write_bytes(b"nothing")
    (tmp_path / "empty").write_bytes(b"")
    command = [
        sys.executable,
        str(WORKSPACE / "bench/python/peers.py"),
        "--corpus",
        str(tmp_path),
        "--without",
        "pyvips",
    ]
    command += ["--list", "all", "--json", str(tmp_path / "peers.json")]
    result = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False, env={**os.environ})
    assert (result.returncode, result.stderr) == (0, "")
    classes = {one["file"]: one["class"] for one in json.loads((tmp_path / "peers.json").read_text())["results"]}
    nothing = os.path.join("folder", "nothing.txt")  # noqa: PTH118 -- a name, not a path
    assert classes == {"whole.jpg": "same", "small.SPIDER": "refused", nothing: "all refuse", "empty": "all refuse"}
    assert result.stdout.splitlines()[-1].split() == ["all", "4", "1", "0", "1", "2", "0", "0", "0"]
    assert "  small.SPIDER: 200 the data is not a JPEG" in result.stdout


def test_it_says_what_it_needs() -> None:
    command = [sys.executable, str(WORKSPACE / "bench/python/peers.py")]
    result = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert (result.returncode, "one of --corpus and --made is needed" in result.stderr) == (2, True)
