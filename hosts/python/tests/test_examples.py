"""The programs that people read first."""

from __future__ import annotations

import subprocess
import sys

from conftest import PHOTOS, WORKSPACE


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


def test_the_benchmark_measures_every_way_and_names_its_copies() -> None:
    result = run(str(WORKSPACE / "hosts/python/benchmarks/call.py"), "--seconds", "0.05")
    assert (result.returncode, result.stderr) == (0, "")
    for way in ("native", "pooled", "isolated", "borrowed"):
        for size in ("16 B", "100 KB", "1 MB", "10 MB"):
            assert f"{way:10}{size:>8}" in result.stdout
    # Four echoes, a photo in two sandboxes, and a load; two threads in three ways.
    assert (result.stdout.count("<= "), result.stdout.count(">= ")) == (7, 3)
    assert "0 / 0" in result.stdout
