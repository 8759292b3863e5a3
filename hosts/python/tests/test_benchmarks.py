"""The benchmarks run to their ends, with the peers that are there, on pictures so small that it takes seconds."""

from __future__ import annotations

import json
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
    numbers = tmp_path / "numbers.json"
    result = run("encoders", "--corpus", corpus, "--sizes", "48", "--qualities", "20,60,95", "--json", numbers)
    assert (result.returncode, result.stderr) == (0, "")
    assert re.search(r"WebP, effort 4 / libwebp -m 4; bar: 1.03.*\n +SSIMULACRA2 \d+: \d\.\d{3} \(", result.stdout)
    assert re.search(r"JPEG, effort 4: +\d+\.\d\d +\d+\.\d\dx of libjpeg-turbo", result.stdout)
    for encoder, pictures in json.loads(numbers.read_text()).items():
        for points in pictures.values():
            sizes = [point["bytes"] for point in points]
            assert sizes == sorted(sizes), encoder
            assert all(point["seconds"] > 0 for point in points)
            if "sandbox" not in encoder:
                assert points[-1]["score"] > points[0]["score"], encoder


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
