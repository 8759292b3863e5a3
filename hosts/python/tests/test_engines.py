"""Engines that people run make thumbnails of a column of images, each by its example: no row is lost or doubled."""

from __future__ import annotations

import contextlib
import hashlib
import io
import json
import os
import re
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from conftest import PHOTOS, WORKSPACE
from environments import environment
from PIL import Image

import thumbox
import thumbox.arrow

if TYPE_CHECKING:
    from collections.abc import Iterator

EXAMPLES = WORKSPACE / "hosts/examples/engines"
FEW, MANY, IN_A_FILE = 50, 20_000, 1_000
BROKEN, NULL = 7, 33
"""Which of a hundred rows are no image."""
LONGEST = 900
"""Seconds that a job may take."""


def files() -> list[bytes]:
    """Small photographs."""
    made = []
    for name in ("rocket.jpg", "astronaut.png", "chelsea.png", "coffee.png"):
        with Image.open(PHOTOS / name) as photo:
            image = photo.convert("RGB")
        image.thumbnail((256, 256))
        for quality in (60, 75):
            file = io.BytesIO()
            image.save(file, "JPEG", quality=quality)
            made.append(file.getvalue())
    return made


def image_of(row: int, of: list[bytes]) -> bytes | None:
    """What a row has. The name says which row it is."""
    return {BROKEN: b"no image", NULL: None}.get(row % 100, of[row % len(of)])


def write(file: Path, start: int, count: int) -> None:
    of = files()
    images = [image_of(row, of) for row in range(start, start + count)]
    names = [f"{row:06}" for row in range(start, start + count)]
    table = pa.table({"name": names, "image": pa.array(images, pa.binary())})
    # Photographs are compressed already.
    pq.write_table(table, file, compression="none", use_dictionary=False)


@pytest.fixture(scope="module")
def few(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file of 50 rows."""
    file = tmp_path_factory.mktemp("few") / "images.parquet"
    write(file, 0, FEW)
    return file


@pytest.fixture(scope="module")
def many(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of 20,000 rows in twenty files."""
    folder = tmp_path_factory.mktemp("many")
    for start in range(0, MANY, IN_A_FILE):
        write(folder / f"{start:06}.parquet", start, IN_A_FILE)
    return folder


def check(target: Path, count: int) -> None:
    """Every row is there once, with its thumbnail or its error."""
    table = pq.read_table(target).sort_by("name")
    assert table.column_names == ["name", *(field.name for field in thumbox.arrow.thumbnail_type())]
    assert table["name"].to_pylist() == [f"{row:06}" for row in range(count)]
    kinds = [row % 100 for row in range(count)]
    assert table["code"].to_pylist() == [200 if kind == BROKEN else None for kind in kinds]
    assert [text is not None for text in table["message"].to_pylist()] == [kind == BROKEN for kind in kinds]
    assert [made is None for made in table["thumbnail"].to_pylist()] == [kind in (BROKEN, NULL) for kind in kinds]
    of = files()
    with thumbox.load() as plugin:
        for row in range(0, count, max(1, count // 200)):
            image, made = image_of(row, of), table.slice(row, 1).to_pylist()[0]
            if made["thumbnail"] is not None:
                assert image is not None
                thumb = plugin.thumbnail(image, 128, 128)
                assert made["thumbnail"] == thumb.data
                assert (made["width"], made["height"], made["format"]) == (thumb.width, thumb.height, thumb.format)


# Engines in one process, which for Daft without Ray is the only way.


def run(python: str | Path, *arguments: str | Path, **more: str) -> None:
    subprocess.run([python, *arguments], check=True, timeout=LONGEST, env=os.environ | more)


def test_polars(few: Path, tmp_path: Path) -> None:
    run(sys.executable, EXAMPLES / "polars_batches.py", few, tmp_path / "out.parquet")
    check(tmp_path / "out.parquet", FEW)


@pytest.mark.soak
@pytest.mark.parametrize("program", ["polars_batches", "duckdb_function"])
def test_engines_in_their_own_environments(program: str, few: Path, tmp_path: Path) -> None:
    python = environment(EXAMPLES / f"requirements/{program.partition('_')[0]}.txt")
    run(python, EXAMPLES / f"{program}.py", few, tmp_path / "out.parquet")
    check(tmp_path / "out.parquet", FEW)


@pytest.mark.soak
@pytest.mark.parametrize("engine", ["ray", "dask", "spark"])
def test_a_plugin_in_a_closure(engine: str) -> None:
    photo = PHOTOS / "rocket.jpg"
    folder = Path(__file__).parent / "engines" if engine == "dask" else EXAMPLES / "requirements"
    driver = Path(__file__).parent / "drivers" / "pickled.py"
    command: list[str | Path] = [environment(folder / f"{engine}.txt"), driver, engine, photo]
    said = subprocess.run(command, check=True, capture_output=True, text=True, timeout=LONGEST).stdout
    with thumbox.load() as plugin:
        digest = hashlib.sha256(plugin.thumbnail(photo, 64, 64).data).hexdigest()
    assert json.loads(said.splitlines()[-1]) == [True, 8, [digest]]


@pytest.mark.soak
def test_daft(many: Path, tmp_path: Path) -> None:
    python = environment(EXAMPLES / "requirements/daft.txt")
    run(python, EXAMPLES / "daft_udf.py", many, tmp_path / "out", DO_NOT_TRACK="1")
    check(tmp_path / "out", MANY)


# Clusters: several processes on this machine, which talk over its loopback.


class Cluster(NamedTuple):
    """An engine with workers of its own."""

    name: str
    program: str
    start: str
    """What makes the cluster, where the environment does not."""
    settings: dict[str, str]
    worker: str
    """What the command line of a worker that makes thumbnails has."""


RAY = Cluster(
    "ray",
    "ray_data",
    'import ray; ray.init(num_cpus=4, include_dashboard=False, _node_ip_address="127.0.0.1")',
    {
        "RAY_AUTH_MODE": "disabled",
        "RAY_USAGE_STATS_ENABLED": "0",
        # By default workers give way to everything else.
        "RAY_worker_niceness": "0",
    },
    "ray::MapBatches(with_thumbnails)",
)
SPARK = Cluster(
    "spark",
    "spark_arrow",
    "",
    {
        # Two executors, each a Java process, with a core and a gigabyte each.
        "PYSPARK_SUBMIT_ARGS": "--master local-cluster[2,1,1024] --conf spark.ui.enabled=false"
        " --conf spark.sql.parquet.compression.codec=uncompressed --conf spark.sql.files.maxPartitionBytes=16m"
        " pyspark-shell",
        "SPARK_LOCAL_IP": "127.0.0.1",
    },
    "pyspark.daemon",
)
CLUSTERS = pytest.mark.parametrize("cluster", [RAY, SPARK], ids=lambda one: one.name)


@contextlib.contextmanager
def job(cluster: Cluster, driver: str, source: Path, target: Path) -> Iterator[subprocess.Popen[bytes]]:
    """A driver that runs beside the test. It and all that it started end with the block."""
    python = environment(EXAMPLES / f"requirements/{cluster.name}.txt")
    # Ray's sockets are below it, and their names have to be short.
    with tempfile.TemporaryDirectory(prefix="thumbox-", ignore_cleanup_errors=True) as scratch:
        settings = {
            "PYSPARK_PYTHON": str(python),
            # Where workers import what was pickled by name.
            "PYTHONPATH": str(EXAMPLES),
            "RAY_TMPDIR": scratch,
            "SPARK_LOCAL_DIRS": scratch,
        }
        command: list[str | Path] = [python, "-c", f"{cluster.start}\n{driver}", source, target]
        driving = subprocess.Popen(command, env=os.environ | settings | cluster.settings)
        try:
            yield driving
        finally:
            started = below(driving.pid)
            driving.kill()
            for process in started:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(process.pid, signal.SIGKILL)
            driving.wait()


class Process(NamedTuple):
    """What /proc says of a process."""

    pid: int
    parent: int
    seconds: float
    """The processor's."""
    command: str


def below(pid: int) -> list[Process]:
    """What a process started, and what that started."""
    there = []
    for folder in Path("/proc").glob("[0-9]*"):
        # Some end while this looks.
        with contextlib.suppress(OSError):
            # Behind the name: state, parent, ... and as the twelfth and thirteenth the ticks (proc_pid_stat(5)).
            words = (folder / "stat").read_text().rpartition(")")[2].split()
            seconds = (int(words[11]) + int(words[12])) / os.sysconf("SC_CLK_TCK")
            command = (folder / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
            there.append(Process(int(folder.name), int(words[1]), seconds, command))
    found = [one for one in there if one.parent == pid]
    for parent in found:
        found += [one for one in there if one.parent == parent.pid]
    return found


@pytest.mark.soak
@CLUSTERS
def test_a_cluster_makes_every_thumbnail(cluster: Cluster, many: Path, tmp_path: Path) -> None:
    # As a program: what __main__ has is pickled by value.
    program = str(EXAMPLES / f"{cluster.program}.py")
    with job(cluster, f"import runpy; runpy.run_path({program!r}, run_name='__main__')", many, tmp_path / "out") as one:
        assert one.wait(LONGEST) == 0
    check(tmp_path / "out", MANY)


@pytest.mark.soak
@CLUSTERS
def test_a_killed_worker_loses_no_row(cluster: Cluster, many: Path, tmp_path: Path) -> None:
    # As a module: its functions are pickled by name.
    driver = f"import sys, {cluster.program}; {cluster.program}.main(*sys.argv[1:])"
    with job(cluster, driver, many, tmp_path / "out") as one:
        deadline = time.monotonic() + LONGEST
        while not (
            busy := [worker for worker in below(one.pid) if cluster.worker in worker.command and worker.seconds > 4]
        ):
            assert one.poll() is None, "the job ended before a worker was killed"
            assert time.monotonic() < deadline
            time.sleep(0.1)
        killed = max(busy, key=lambda worker: worker.seconds)
        os.kill(killed.pid, signal.SIGKILL)
        assert one.wait(LONGEST) == 0
    check(tmp_path / "out", MANY)


@pytest.mark.soak
def test_the_benchmark_runs_every_way() -> None:
    command = [sys.executable, str(WORKSPACE / "bench/python/batch.py"), "--pictures", "16", "--megapixels", "0.1"]
    result = subprocess.run(command, capture_output=True, text=True, timeout=LONGEST, check=False)
    assert (result.returncode, result.stderr) == (0, "")
    rows = re.findall(r"^(Ray Data|Daft), ([\w ]+?) +([12]) +\d+\.\d +\d+\.\d +\d+$", result.stdout, re.MULTILINE)
    makers = [("Ray Data", "Thumbox"), ("Ray Data", "Pillow"), ("Daft", "Thumbox"), ("Daft", "its own functions")]
    assert rows == [(engine, maker, workers) for workers in "12" for engine, maker in makers]
