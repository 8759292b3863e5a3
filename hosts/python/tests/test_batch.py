"""`thumbox batch`: Parquet to Parquet, interrupted and gone on with, and what it refuses."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from pictures import jpeg

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    import thumbox


def thumbox_batch(*arguments: str | Path, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "thumbox", "batch", *map(str, arguments)]
    return subprocess.run(command, check=False, capture_output=True, text=True, cwd=cwd)


def written(path: Path, images: Sequence[object], *, group: int = 4, **columns: Sequence[object]) -> Path:
    names = [f"{number}.jpg" for number in range(len(images))]
    pq.write_table(pa.table({"name": names, "image": images, **columns}), path, row_group_size=group)
    return path


@pytest.fixture
def source(photo: bytes, tmp_path: Path) -> Path:
    return written(tmp_path / "in.parquet", [photo, None, b"neither", jpeg(), photo[:200], *[photo] * 5])


@pytest.mark.parametrize("variant", ["native", "wasm"])
def test_a_column_becomes_thumbnails(plugin: thumbox.Plugin, variant: str, source: Path, photo: bytes) -> None:
    out = source.with_name("out.parquet")
    made = thumbox_batch(
        source, out, "--column", "image", "--size", "96x64@webp", "--quality", "70", "--variant", variant
    )
    assert (made.returncode, made.stderr) == (1, "2 of 10 rows failed (code 200: 1, code 202: 1)\n")
    assert made.stdout.startswith(f"10 rows in {out}, ")
    table = pq.read_table(out)
    assert table.column_names == ["name", "thumbnail"]
    assert table["name"].to_pylist() == pq.read_table(source)["name"].to_pylist()
    assert pq.ParquetFile(out).num_row_groups == 3
    rows = table["thumbnail"].to_pylist()
    wanted = bytes(plugin.thumbnail(photo, 96, 64, format="webp", quality=70).data)
    assert [row and row["code"] for row in rows] == [None, None, 200, None, 202, *[None] * 5]
    assert rows[1] is None
    for row in (rows[0], *rows[5:]):
        assert row["thumbnail"] == wanted
        assert (row["width"], row["height"], row["format"]) == (96, 64, "webp")
    assert sorted(path.name for path in source.parent.iterdir()) == ["in.parquet", "out.parquet"]


def test_paths_are_below_the_folder_that_is_named(source: Path, photo: bytes) -> None:
    folder = source.parent / "photos"
    folder.mkdir()
    (folder / "a.jpg").write_bytes(photo)
    (source.parent / "secret.jpg").write_bytes(photo)
    names = ["a.jpg", "gone.jpg", "../secret.jpg", None, "//secret.jpg"]
    written(source, names)
    out = source.with_name("out.parquet")
    made = thumbox_batch(source, out, "--column", "image", "--paths", folder, "--variant", "native")
    assert made.stderr == "3 of 5 rows failed (not read: 3)\n"
    rows = pq.read_table(out)["thumbnail"].to_pylist()
    assert [row and row["width"] for row in rows] == [256, None, None, None, None]


def test_what_it_refuses(source: Path, photo: bytes) -> None:
    out = source.with_name("out.parquet")

    def refused(*words: str, column: str = "image", **options: Any) -> None:
        more = [part for name, value in options.items() for part in (f"--{name}", str(value))]
        made = thumbox_batch(source, out, "--column", column, "--variant", "native", *more)
        assert made.returncode == 2, made
        for word in words:
            assert word in made.stderr
        assert sorted(path.name for path in source.parent.iterdir()) == before

    before = ["in.parquet"]
    refused("has no column 'picture'; it has name, image", column="picture")
    refused("for a column of paths give --paths", column="name")
    refused("has a column 'name' already; --into", into="name")
    refused("--rows is 0; 1 to 1048576", rows=0)
    refused("--jobs is 0; 1 to 1024", jobs=0)
    refused("--quality is 0; 1 to 100", quality=0)
    source.write_bytes(photo)
    refused("is no Parquet file")
    source.unlink()
    before = []
    refused("in.parquet: No such file")


def test_what_is_there_is_kept(source: Path) -> None:
    out = source.with_name("out.parquet")
    assert thumbox_batch(source, out, "--column", "image", "--variant", "native").returncode == 1
    before = out.read_bytes()
    again = thumbox_batch(source, out, "--column", "image", "--size", "64", "--variant", "native")
    assert (again.returncode, again.stderr) == (2, f"thumbox: {out} exists already; --force replaces it\n")
    assert out.read_bytes() == before
    again = thumbox_batch(source, out, "--column", "image", "--size", "64", "--variant", "native", "--force")
    assert again.returncode == 1
    assert out.read_bytes() != before


def interrupted(source: Path, out: Path, *options: str) -> int:
    """Ends it after its first row groups, and says how many there are."""
    command = [sys.executable, "-m", "thumbox", "batch", str(source), str(out), *options]
    program = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
    parts = out.with_name(out.name + ".parts")
    end = time.monotonic() + 60
    while not list(parts.glob("0*.parquet")):
        assert time.monotonic() < end
        assert program.poll() is None
        time.sleep(0.01)
    program.send_signal(signal.SIGINT)
    _, said = program.communicate(timeout=60)
    assert (program.returncode, said) == (130, "thumbox: interrupted\n")
    assert not out.exists()
    assert [path for path in parts.iterdir() if path.name.startswith(".")] == []
    return len(list(parts.glob("0*.parquet")))


def test_an_interrupted_job_goes_on(source: Path, photo: bytes) -> None:
    written(source, [photo, b"neither"] * 200, group=8)
    out, whole = source.with_name("out.parquet"), source.with_name("whole.parquet")
    options = ("--column", "image", "--variant", "native", "--jobs", "1", "--rows", "2", "--size", "512")
    done = interrupted(source, out, *options)
    assert 0 < done < 50
    other = thumbox_batch(source, out, *options, "--quality", "50")
    assert (other.returncode, "has parts of another job; --force begins anew" in other.stderr) == (2, True)
    on = thumbox_batch(source, out, *options)
    assert on.stdout.endswith(f", {done} row group{'s' * (done > 1)} made before\n")
    assert on.stderr == "200 of 400 rows failed (code 200: 200)\n"
    assert thumbox_batch(source, whole, *options).stdout.endswith(" kB\n")
    assert pq.read_table(out) == pq.read_table(whole)
    assert out.read_bytes() == whole.read_bytes()


def test_parts_of_another_file_are_not_taken(source: Path, photo: bytes) -> None:
    out = source.with_name("out.parquet")
    written(source, [photo] * 200, group=8)
    options = ("--column", "image", "--variant", "native", "--jobs", "1", "--rows", "2", "--size", "512")
    interrupted(source, out, *options)
    written(source, [jpeg()] * 200, group=8)
    assert "parts of another job" in thumbox_batch(source, out, *options).stderr
    forced = thumbox_batch(source, out, *options, "--force")
    assert forced.returncode == 0, forced
    assert {row["width"] for row in pq.read_table(out)["thumbnail"].to_pylist()} == {64}


def test_files_of_others_are_not_touched(source: Path, photo: bytes) -> None:
    out = source.with_name("out.parquet")
    parts = source.with_name("out.parquet.parts")
    parts.mkdir()
    (parts / "notes.txt").write_text("mine")
    options = ("--column", "image", "--variant", "native")
    refused = thumbox_batch(source, out, *options, "--force")
    assert refused.returncode == 2
    assert "has files that this command did not write; move them away" in refused.stderr
    (parts / "notes.txt").unlink()
    written(source, [photo] * 200, group=8)
    more = (*options, "--jobs", "1", "--rows", "2", "--size", "512")
    interrupted(source, out, *more)
    (parts / "notes.txt").write_text("mine")
    assert thumbox_batch(source, out, *more).returncode == 0
    assert [path.name for path in parts.iterdir()] == ["notes.txt"]


def test_a_broken_file_is_named(source: Path, photo: bytes) -> None:
    out = source.with_name("out.parquet")
    written(source, [photo] * 8, group=8)
    data = bytearray(source.read_bytes())
    data[4:200_000] = bytes(199_996)
    source.write_bytes(data)
    refused = thumbox_batch(source, out, "--column", "image", "--variant", "native")
    assert refused.returncode == 2
    assert "Traceback" not in refused.stderr
    assert str(source) in refused.stderr
    assert not out.exists()


def test_no_rows_and_only_the_column(source: Path) -> None:
    out = source.with_name("out.parquet")
    pq.write_table(pa.table({"image": pa.array([], pa.large_binary())}), source)
    assert thumbox_batch(source, out, "--column", "image", "--variant", "native").returncode == 0
    assert pq.read_table(out).column_names == ["thumbnail"]
    assert len(pq.read_table(out)) == 0
    pq.write_table(pa.table({"image": [jpeg()]}), source)
    made = thumbox_batch(source, out, "--column", "image", "--variant", "native", "--force", "--into", "image")
    assert made.returncode == 0, made
    assert pq.read_table(out)["image"].to_pylist()[0]["width"] == 64


def test_memory_does_not_grow_with_the_file(tmp_path: Path, photo: bytes) -> None:
    """Images of 2 MB, in one or twenty row groups of 4: pyarrow reads pages, and does not write smaller ones."""
    code = (
        "import re, sys\n"
        "from thumbox.cli.main import main\n"
        "status = main(sys.argv[1:])\n"
        "print(re.search('VmHWM:\\\\s+([0-9]+) kB', open('/proc/self/status').read())[1], status)"
    )
    peaks = []
    for count in (4, 80):
        source, out = tmp_path / f"{count}.parquet", tmp_path / f"{count}-out.parquet"
        written(source, [photo + os.urandom(2 << 20) for _ in range(count)])
        arguments = ["batch", str(source), str(out), "--column", "image", "--variant", "native", "--quiet"]
        command = [sys.executable, "-c", code, *arguments, "--rows", "4", "--jobs", "2"]
        peak, status = subprocess.check_output(command, text=True).split()
        assert int(status) == 0
        peaks.append(int(peak) >> 10)
    assert peaks[1] < peaks[0] + 64


def test_without_pyarrow_the_extra_is_named(source: Path) -> None:
    code = "import sys; sys.modules['pyarrow'] = None\nfrom thumbox.cli.main import main; sys.exit(main(sys.argv[1:]))"
    command = [sys.executable, "-c", code, "batch", str(source), "out.parquet", "--column", "image"]
    said = subprocess.run(command, check=False, capture_output=True, text=True, cwd=source.parent)
    assert (said.returncode, "pip install 'thumbox[arrow]'" in said.stderr) == (2, True)
    assert json.dumps(sorted(path.name for path in source.parent.iterdir())) == '["in.parquet"]'
