"""The programs that people read first."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

from conftest import PHOTOS, WORKSPACE

if TYPE_CHECKING:
    from pathlib import Path


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, *arguments], capture_output=True, text=True, timeout=300, check=False)


def test_the_consumer_that_is_written_from_the_wire_format_alone() -> None:
    for photo in ([], [str(PHOTOS / "astronaut.png")]):
        result = run(str(WORKSPACE / "hosts/examples/wire_consumer.py"), *photo)
        assert (result.returncode, result.stderr) == (0, "")
        lines = result.stdout.splitlines()
        titles = ["native, by hand:", "native, with thumbox.wire:", "wasm, by hand:", "wasm, with thumbox.wire:"]
        assert [line for line in lines if line in titles] == titles
        assert sum(" ms " in line for line in lines) == 4 * 6
        assert lines[-1] == "every way gave the same bytes"


def test_the_tutorial_makes_the_same_files_on_every_host(tmp_path: Path) -> None:
    made = {}
    for host, variant in (("thumbox", "native"), ("thumbox", "wasm"), ("rustbridge", "native")):
        out = tmp_path / f"{host}-{variant}"
        where = ("--host", host, "--variant", variant, "--out", str(out))
        result = run(str(WORKSPACE / "hosts/examples/tutorial.py"), *where, str(PHOTOS / "rocket.jpg"))
        assert (result.returncode, result.stderr) == (0, "")
        lines = result.stdout.splitlines()
        assert [line[:2] for line in lines if line[1:2] == "."] == [f"{number}." for number in range(1, 9)]
        assert lines[-2:] == ["   ThumbnailRequestHeader: 24 bytes", "   ThumbnailResponseHeader: 20 bytes"]
        made[out.name] = {file.name: file.read_bytes() for file in out.iterdir()}
    native, wasm, peer = made.values()
    names = [f"3-{box}.jpg" for box in (50, 100, 150, 200)] + [f"7-{box}.jpg" for box in (50, 100, 150, 200)]
    names += ["1.jpg", "2.png", *(f"4-{quality}.jpg" for quality in (20, 50, 80, 95)), "6.jpg", "6.png", "6.webp"]
    assert set(native) == set(names)
    assert native == wasm == peer
    refused = run(str(WORKSPACE / "hosts/examples/tutorial.py"), "--host", "rustbridge", "--variant", "wasm", "x")
    assert refused.returncode == 2
    assert "rustbridge loads the native variant alone" in refused.stderr


def test_the_benchmark_measures_every_way_and_names_its_copies() -> None:
    result = run(str(WORKSPACE / "bench/python/call.py"), "--seconds", "0.05")
    assert (result.returncode, result.stderr) == (0, "")
    for way in ("native", "pooled", "isolated", "borrowed"):
        for size in ("16 B", "100 KB", "1 MB", "10 MB"):
            assert f"{way:10}{size:>8}" in result.stdout
    # Four echoes, a photo in two sandboxes, and a load; two threads in three ways.
    assert (result.stdout.count("<= "), result.stdout.count(">= ")) == (7, 3)
    assert "0 / 0" in result.stdout
