"""The benchmark runs to its end, and measures everything that it says."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING

from conftest import PHOTOS, WORKSPACE

if TYPE_CHECKING:
    from pathlib import Path


def test_it_measures_every_way(tmp_path: Path) -> None:
    arguments = ["--seconds", "0.1", "--sizes", "1 KB,64 KB", "--json", str(tmp_path / "numbers.json")]
    arguments += ["--photo", str(PHOTOS / "rocket.jpg")]
    result = subprocess.run(
        [sys.executable, str(WORKSPACE / "bench/ros/ros.py"), *arguments],
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert result.returncode == 0, result.stderr
    measured = json.loads((tmp_path / "numbers.json").read_text())
    wire = [(one["what"], one["transport"], one["size"]) for one in measured if "transport" in one]
    sizes = (1 << 10, 64 << 10)
    assert wire == [
        (what, transport, size)
        for transport in ("tcp", "shm")
        for what in ("round trip", "throughput")
        for size in sizes
    ]
    for one in measured:
        if "transport" in one:
            assert one["medians"].keys() == {"ours", "raw", "attached", "plain", "sdk"}
            assert min(one["costs"].values()) > 0
    assert [one["variant"] for one in measured if one["what"] == "photo to thumbnail"] == ["native", "wasm"]
    shared = [one for one in measured if one["what"] == "threads"]
    assert [one["variant"] for one in shared] == ["native", "wasm"]
    assert min(min(rates) for one in shared for rates in one["medians"].values()) > 0
    assert measured[-1]["what"] == "service"
    assert measured[-1]["ratio"] > 0
    # Two sizes, two ways, two measurements, with and without messages; threads in both variants; and the service.
    assert result.stdout.count("met") + result.stdout.count("MISSED") == 19
