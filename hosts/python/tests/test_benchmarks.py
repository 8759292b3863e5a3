"""The benchmarks run to their ends, with the peers that are there, on pictures so small that it takes seconds."""

from __future__ import annotations

import json
import math
import os
import re
import shutil
import subprocess
import sys
from dataclasses import replace
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

import pytest
from _bars import FASTEST, Result, profile_costs, summary
from _contests import Point, bytes_at, judged
from _falls import falls
from _pictures import Picture
from conftest import PHOTOS, WORKSPACE
from PIL import Image

if TYPE_CHECKING:
    from pathlib import Path

BENCHMARKS = WORKSPACE / "bench/python"
OURS = os.environ.get("THUMBOX_JPEG_AT") or str(WORKSPACE / "target/debug/examples/jpeg_at")


def run(name: str, *arguments: object, **environment: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(BENCHMARKS / f"{name}.py"), *map(str, arguments)]
    return subprocess.run(
        command, capture_output=True, text=True, timeout=300, check=False, env={**os.environ, **environment}
    )


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A picture of each kind, one that is broken, and a file that is not a picture."""
    folder = tmp_path_factory.mktemp("corpus")
    with Image.open(PHOTOS / "rocket.jpg") as photo:
        photo.save(folder / "baseline.jpg", quality=85)
        photo.save(folder / "progressive.jpg", progressive=True)
        photo.convert("CMYK").save(folder / "inks.jpg")
        photo.resize((200, 100)).save(folder / "other.png")
    whole = (folder / "baseline.jpg").read_bytes()
    (folder / "cut.jpg").write_bytes(whole[: len(whole) // 2])
    (folder / "nothing.jpg").write_bytes(b"nothing")
    return folder


def test_thumbnails_are_timed_and_held_to_the_bars(corpus: Path, tmp_path: Path) -> None:
    files = {"--json": tmp_path / "times.json", "--plot": tmp_path / "plot.svg"}
    options = [part for option in files.items() for part in option]
    result = run("thumbnails", "--corpus", corpus, "--sizes", "32,100", "--rounds", 2, *options)
    assert (result.returncode, result.stderr) == (0, "")
    assert "no header can be read: nothing.jpg" in result.stdout
    assert "counted: 6 of 10 files and sizes" in result.stdout
    assert "ours keeps the quality bar on all of them" in result.stdout
    measured = json.loads(files["--json"].read_text())
    by_file = {(one["file"], one["size"]): one for one in measured["results"]}
    assert len(by_file) == 10
    for one in by_file.values():
        assert {"native", "wasm"} <= one["seconds"].keys()
        assert all(len(spent) == 2 for spent in one["seconds"].values())
    assert by_file["baseline.jpg", 32]["class"] == ">=16x"
    assert by_file["progressive.jpg", 100]["kind"] == "progressive"
    assert by_file["baseline.jpg", 32]["psnr"].keys() == by_file["baseline.jpg", 32]["seconds"].keys()
    assert by_file["inks.jpg", 32]["psnr"] == by_file["cut.jpg", 32]["psnr"] == {}
    assert {(bar["class"], bar["kind"]) for bar in measured["bars"]} == {
        *((ratio, kind) for ratio in (">=16x", "4-8x") for kind in ("baseline", "progressive")),
        *((ratio, "PNG") for ratio in ("4-8x", "<4x")),
    }
    assert ET.parse(files["--plot"]).getroot().tag.endswith("svg")


def test_animations_are_measured_frame_by_frame() -> None:
    result = run("animations", "--frames", 4, "--sizes", 120, "--rounds", 1)
    assert (result.returncode, result.stderr) == (0, "")
    # Scene, width, maker, bytes and PSNR; "not measured" stands before them where there is no sharp.
    rows = [line.split() for line in result.stdout.splitlines() if re.match(r"(ball|view|chart) ", line)]
    for scene in ("ball", "view", "chart"):
        native, wasm = (row for row in rows if row[0] == scene and row[2] in {"native", "wasm"})
        assert native[3:5] == wasm[3:5]
        assert float(native[4]) > 25


def test_a_cold_start_is_a_process_of_its_own() -> None:
    result = run("start", "--rounds", 2)
    assert (result.returncode, result.stderr) == (0, "")
    rows = dict(re.findall(r"^(thumbox wasm|thumbox native|Pillow) +(\d\.\d+) ", result.stdout, re.MULTILINE))
    assert len(rows) == 3
    assert all(float(seconds) > 0 for seconds in rows.values())
    assert len(re.findall("^bar: ", result.stdout, re.MULTILINE)) == 2


def test_attention_keeps_more_subjects_than_the_centre(corpus: Path, tmp_path: Path) -> None:
    result = run("attention", "--corpus", corpus, "--save", tmp_path / "crops")
    assert (result.returncode, result.stderr) == (0, "")
    # Between them are libvips's, where it is installed.
    ((ours, centre),) = re.findall(r"^all of it +(\d+)(?: +\d+)? +(\d+)$", result.stdout, re.MULTILINE)
    assert int(ours) > int(centre)
    assert len(list((tmp_path / "crops").iterdir())) == 34


def test_a_peer_that_reduces_badly_is_not_the_fastest() -> None:
    picture = Picture("a.jpg", b"", derived=False, width=1600, height=1200, kind="baseline", mode="RGB")
    seconds = {"native": [1.0], "wasm": [2.0], "pyvips": [4.0], "Pillow": [3.0], "OpenCV": [1.0]}
    psnr = {"native": 50.0, "wasm": 50.0, "pyvips": 40.0, "Pillow": 41.0, "OpenCV": 39.9}
    good, bad = Result(picture, 100, seconds, psnr | {"OpenCV": 40.1}), Result(picture, 100, seconds, psnr)
    assert (good.fastest(), bad.fastest()) == ("OpenCV", "Pillow")
    assert (good.is_under("OpenCV"), bad.is_under("OpenCV"), bad.is_under("pyvips")) == (False, True, False)
    verdicts = {(bar["ours"], bar["against"]): (bar["median"], bar["verdict"]) for bar in summary([bad])}
    assert verdicts["native", "pyvips"] == (4.0, "met")
    assert verdicts["native", FASTEST] == (3.0, "met")
    assert verdicts["wasm", FASTEST] == (1.5, "")
    slow = Result(picture, 100, seconds | {"native": [3.0]}, psnr)
    for results, verdict in (([bad, bad, slow], "met in the median, not by all"), ([slow, slow, bad], "MISSED")):
        found = next(bar for bar in summary(results) if (bar["ours"], bar["against"]) == ("native", "pyvips"))
        assert found["verdict"] == verdict
    # Whose quality cannot be measured counts for nothing.
    assert summary([Result(picture, 100, seconds, {})]) == []


def test_a_profile_s_cost_is_that_beside_the_same_picture() -> None:
    plain = Picture("a", b"", derived=True, width=1600, height=1200, kind="baseline", mode="RGB")
    with_it = replace(plain, name="b", profile="Display P3 profile", plain="a")
    times = [({"native": [1.0], "wasm": [2.0]}, plain), ({"native": [1.1], "wasm": [2.4]}, with_it)]
    results = [Result(picture, size, seconds, {}) for seconds, picture in times for size in (100, 512)]
    found = {(cost["ours"], cost["size"]): (cost["times"], cost["verdict"]) for cost in profile_costs(results)}
    assert found == {
        ("native", 100): (1.1, ""),
        ("native", 512): (1.1, "met"),
        ("wasm", 100): (1.2, ""),
        ("wasm", 512): (1.2, "MISSED"),
    }
    assert profile_costs(results[:2]) == profile_costs(results[2:]) == []


def test_sharp_is_said_to_be_missing_where_nobody_installed_it(corpus: Path) -> None:
    result = run("quality", "--corpus", corpus, "--sizes", "64", THUMBOX_NODE_MODULES="")
    assert (result.returncode, result.stderr) == (0, "")
    assert "not measured: sharp" in result.stdout


def test_every_reduction_is_near_the_best_one(corpus: Path) -> None:
    result = run("quality", "--corpus", corpus, "--derive", "--sizes", "32,64,100,256")
    assert (result.returncode, result.stderr) == (0, "")
    assert "inks.jpg" in result.stdout
    assert "its colours are CMYK" in result.stdout
    assert "it cannot be read whole" in result.stdout
    # Two files and fourteen more of each, at four sizes, and a PNG at three.
    assert "met by all 123; the worst: " in result.stdout


def test_no_scale_that_leaves_twice_the_size_is_under_the_bar(corpus: Path) -> None:
    options = ("--corpus", corpus, "--sizes", "40,64,100,128,160", "--scales")
    result = run("quality", *options, THUMBOX_JPEG_AT=OURS, THUMBOX_NODE_MODULES="")
    assert (result.returncode, result.stderr) == (0, "")
    tables = result.stdout.split("margin in dB at ")[1:]
    assert [table[:3] for table in tables] == ["1/8", "1/4", "3/8", "1/2"]
    rows = [line.split() for table in tables for line in table.splitlines() if line.startswith("  leaves")]
    # leaves A to B times the size, how many, median, worst, under
    assert [row[-1] for row in rows if float(row[1]) >= 2] == ["0"] * sum(float(row[1]) >= 2 for row in rows)
    assert any(float(row[1]) >= 2 for row in rows)
    assert any(row[-1] != "0" for row in rows)


def test_the_sandboxes_memory_is_held_to_the_bars() -> None:
    result = run("memory", "--small", 1, "--large", 2)
    assert (result.returncode, result.stderr) == (0, "")
    rows = [line for line in result.stdout.splitlines() if " x " in line]
    verdicts = [row.split()[-1] for row in rows]
    # The small progressive one has no bar.
    assert [verdict == "met" for verdict in verdicts[:4]] == [True, False, True, True]
    # Seven files of other formats, in boxes of two sizes, whose bars are for pictures of 100 megapixels.
    assert len(verdicts) == 4 + 14
    assert set(verdicts[4:]) <= {"met", "MISSED"}
    for row in rows:
        file, memory, beside = map(float, re.findall(r"\d+\.\d\d", row))
        # An instance alone has more than a megabyte.
        assert 1 < beside < memory
        assert abs(memory - file - beside) < 0.02


def test_encoders_are_compared_at_the_same_score(corpus: Path, tmp_path: Path) -> None:
    pictures = tmp_path / "pictures"
    pictures.mkdir()
    for name in ("baseline.jpg", "cut.jpg"):
        shutil.copy(corpus / name, pictures)
    files = {"--json": tmp_path / "numbers.json", "--plot": tmp_path / "plot.svg"}
    options: list[object] = [part for option in files.items() for part in option]
    options += ["--sizes", "48,64", "--qualities", "20,60,95", "--efforts", 0, "--step", 50, "--turns", 1]
    result = run("encoders", "--corpus", pictures, *options, THUMBOX_NODE_MODULES="")
    assert (result.returncode, result.stderr) == (0, "")
    assert "not measured: mozjpeg: there is no Node" in result.stdout
    assert "cannot be read whole: cut.jpg" in result.stdout
    bars = r"WebP, effort 4 / libwebp -m 4; bar: 1.03, 1.08\d for each photograph\n +48 px +64 px\n"
    assert re.search(bars + r" +SSIMULACRA2 50: .* \d\.\d{3} \(", result.stdout)
    assert re.search(r"JPEG, effort 4( +\d+\.\d\d +\d+\.\d\dx){2} of libjpeg-turbo", result.stdout)
    assert re.search(r"libwebp -m 4: bytes fall in 0 of 2 steps; the score in \d", result.stdout)
    numbers = json.loads(files["--json"].read_text())
    assert set(numbers["falls"]) == {"WebP, effort 4", "libwebp -m 4", "JPEG, effort 4", "libjpeg-turbo"}
    for row in numbers["files"]:
        points, encoder = row["points"], row["encoder"]
        sizes = [point["bytes"] for point in points]
        assert sizes == sorted(sizes), encoder
        assert all(point["seconds"] > 0 for point in points)
        if "sandbox" not in encoder:
            assert points[-1]["score"] > points[0]["score"], encoder
    root = ET.fromstring(files["--plot"].read_text())
    text = "".join(root.itertext())
    for contest in ("WebP, effort 6 / libwebp -m 6", "JPEG, effort 0 / JPEG, effort 4", "64 px"):
        assert contest in text


def test_an_encoder_is_judged_by_the_median_and_by_every_photograph() -> None:
    assert judged([0.9, 0.95, 1.0], 1.0) == "met"
    assert judged([0.9, 0.95, 1.06], 1.0) == "met in the median, 1 of 3 above 1.050"
    assert judged([0.9, 1.02, 1.06], 1.0) == "MISSED by 2.0 %"
    assert judged([0.9], None) == ""


def test_bytes_are_known_between_two_files() -> None:
    points = [Point(10, 100, 40.0, 30.0, 0.0), Point(20, 400, 60.0, 40.0, 0.0)]
    logarithm = bytes_at(points, lambda point: point.score, 50.0)
    assert logarithm is not None
    assert abs(logarithm - math.log(200)) < 1e-9
    assert bytes_at(points, lambda point: point.psnr, 41.0) is None


def test_what_falls_although_the_quality_rises_is_counted() -> None:
    scores = [(100, 50.0), (99, 50.4), (120, 50.1), (130, 40.0)]
    points = [Point(quality, size, score, 0.0, 0.0) for quality, (size, score) in enumerate(scores, 1)]
    found = falls({"ours": {"a.png": points}})["ours"]
    assert (found.steps, found.bytes, found.score, found.noticed) == (3, 1, 2, 1)
    assert str(found).endswith("at most by 10.10 (a.png, 3 to 4)")


def test_samples_are_those_of_djpeg(corpus: Path) -> None:
    # Each fifth generated file: still every sampling, coding and size.
    result = run("exactness", "--corpus", corpus, "--every", 5, THUMBOX_JPEG_AT=OURS)
    if not shutil.which("djpeg"):
        assert (result.returncode, "Debian has them in libjpeg-turbo-progs" in result.stderr) == (1, True)
        return
    assert (result.returncode, result.stderr) == (0, "")
    assert "compared by its components alone, since djpeg makes RGB of inks: inks.jpg" in result.stdout
    assert "not compared: cut.jpg" in result.stdout
    verdicts = [line for line in result.stdout.splitlines() if "within " in line]
    assert [": met" in line for line in verdicts] == [True] * 4, result.stdout


def test_the_benchmarks_and_their_starter_agree_on_names() -> None:
    starter = (WORKSPACE / "xtask/src/bench.rs").read_text()
    for name, file in (("THUMBOX_NODE_MODULES", "_sharp.py"), ("THUMBOX_JPEG_AT", "_decoder.py")):
        assert f'"{name}"' in starter
        assert f'"{name}"' in (BENCHMARKS / file).read_text()


def test_both_bridges_are_measured_in_turns(corpus: Path) -> None:
    result = run("bridge", "--seconds", "0.01", "--photo", corpus / "baseline.jpg", THUMBOX_PEER_PLUGIN="")
    assert (result.returncode, result.stderr) == (0, "")
    for call in ("echo of 16 B", "echo of 1 MiB", "256 x 256 of 0.0 MB"):
        assert re.search(rf"^{call} .* [0-9.]+ x ", result.stdout, re.MULTILINE), result.stdout
    assert ">= 100 x: " in result.stdout
    assert "`cargo xtask bench bridge` builds it" in result.stdout
