"""Columns of images: every type, and what is wrong with a row, a column or a path."""

from __future__ import annotations

import concurrent.futures
import multiprocessing
import struct
import subprocess
import sys
import threading
import tracemalloc
from typing import TYPE_CHECKING, Any

import fsspec
import polars as pl
import pyarrow as pa
import pyarrow.fs
import pyarrow.parquet
import pytest
from pictures import jpeg, png_claiming

import thumbox
import thumbox.arrow
from thumbox.arrow.columns import items

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

BYTES = (pa.binary(), pa.large_binary(), pa.binary_view())
TEXTS = (pa.string(), pa.large_string(), pa.string_view())
BROKEN = (b"", b"neither", jpeg()[:30], png_claiming(50_000, 50_000))
CODES = [202, 200, 202, 300]


def column(kind: pa.DataType, *, photo: bytes) -> pa.Array:
    return pa.array([photo, None, *BROKEN, jpeg(), b"short", photo], kind)


@pytest.mark.parametrize("kind", BYTES, ids=str)
def test_each_image_is_a_row(plugin: thumbox.Plugin, photo: bytes, kind: pa.DataType) -> None:
    whole = column(kind, photo=photo)
    made = thumbox.arrow.thumbnails(whole, 64, 64, format="webp", quality=70, plugin=plugin)
    assert made.type == thumbox.arrow.thumbnail_type()
    made.validate(full=True)
    rows = made.to_pylist()
    wanted = plugin.thumbnail(photo, 64, 64, format="webp", quality=70)
    good = {"thumbnail": bytes(wanted.data), "width": 64, "height": 43, "format": "webp", "code": None, "message": None}
    assert rows[0] == rows[8] == good
    assert rows[1] is None
    for row, image, code in zip(rows[2:6], BROKEN, CODES, strict=True):
        with pytest.raises(thumbox.PluginError) as caught:
            plugin.thumbnail(image, 64, 64)
        assert row == dict.fromkeys(good) | {"code": code, "message": caught.value.message}
    assert rows[6]["width"] == 64
    assert rows[7]["code"] == 200


@pytest.mark.parametrize("kind", BYTES, ids=str)
@pytest.mark.parametrize("parallelism", [1, 3, None])
def test_chunks_slices_and_threads_change_nothing(
    plugins: dict[str, thumbox.Plugin], photo: bytes, kind: pa.DataType, parallelism: int | None
) -> None:
    whole = column(kind, photo=photo)
    pieces = pa.chunked_array([whole.slice(0, 3), whole.slice(3, 0), whole.slice(3)], kind)
    options: dict[str, Any] = {"plugin": plugins["native"], "parallelism": parallelism}
    for function in (thumbox.arrow.thumbnails, thumbox.arrow.probe, thumbox.arrow.placeholders):
        wanted = function(whole, **options)
        made = function(pieces, **options)
        assert [len(chunk) for chunk in made.chunks] == [3, 0, 6]
        assert made.combine_chunks().to_pylist() == wanted.to_pylist()
        for start in range(len(whole)):
            assert function(whole.slice(start, 2), **options).to_pylist() == wanted.to_pylist()[start : start + 2]


def test_other_types(plugins: dict[str, thumbox.Plugin], photo: bytes) -> None:
    options: dict[str, Any] = {"plugin": plugins["native"]}
    wanted = thumbox.arrow.thumbnails(pa.array([photo, photo, None]), **options).to_pylist()
    dictionary = pa.array([photo, photo, None]).dictionary_encode()
    fixed = pa.array([photo, photo, None], pa.binary(len(photo)))
    for array in (dictionary, fixed, pa.chunked_array([dictionary, dictionary.slice(1)]).slice(0, 3)):
        assert thumbox.arrow.thumbnails(array, **options).to_pylist() == wanted
    assert thumbox.arrow.thumbnails(pa.nulls(2), **options).to_pylist() == [None, None]
    for kind in (*BYTES, pa.binary(5), pa.null()):
        empty = thumbox.arrow.probe(pa.array([], kind), **options)
        assert empty.type == thumbox.arrow.probe_type()
        assert len(empty) == len(thumbox.arrow.probe(pa.chunked_array([], kind), **options)) == 0


def test_what_shows_itself_as_a_column(plugins: dict[str, thumbox.Plugin], photo: bytes) -> None:
    series = pl.Series("image", [photo, None, b"neither"])
    made = pl.from_arrow(thumbox.arrow.thumbnails(series, 64, 64, plugin=plugins["native"]))
    assert isinstance(made, pl.Series)
    assert made.struct.field("code").to_list() == [None, None, 200]

    class Shown:
        def __arrow_c_array__(self, requested_schema: object = None) -> tuple[object, object]:
            answer: tuple[object, object] = pa.array([photo]).__arrow_c_array__(requested_schema)
            return answer

    made = thumbox.arrow.probe(Shown(), plugin=plugins["native"])
    assert isinstance(made, pa.StructArray)
    assert made.field("width").to_pylist() == [640]


def test_probe_and_placeholders_say_what_the_plugin_says(plugin: thumbox.Plugin, photo: bytes, png: bytes) -> None:
    array = pa.array([photo, png, b"neither"])
    probed = thumbox.arrow.probe(array, plugin=plugin)
    assert probed.type == thumbox.arrow.probe_type()
    for row, image in zip(probed.to_pylist(), (photo, png), strict=False):
        assert row == vars(plugin.probe(image)) | {"code": None, "message": None}
    assert probed.to_pylist()[2]["code"] == 200
    hashes = thumbox.arrow.placeholders(array, plugin=plugin)
    assert hashes.type == thumbox.arrow.placeholder_type()
    first, placeholder = hashes.to_pylist()[0], plugin.placeholder(photo)
    assert first["hash"] == placeholder.hash
    assert bytes.fromhex(first["average"].removeprefix("#")) == bytes(placeholder.average)
    assert (first["width"], first["height"], first["has_alpha"]) == (640, 427, False)
    limited = thumbox.arrow.placeholders(array, plugin=plugin, max_pixels=1000)
    assert limited.field("code").to_pylist() == [300, 300, 200]


def filesystems() -> list[Callable[[], Any]]:
    return [pyarrow.fs.LocalFileSystem, lambda: fsspec.filesystem("file")]


@pytest.mark.parametrize("kind", TEXTS, ids=str)
@pytest.mark.parametrize("filesystem", filesystems(), ids=["pyarrow", "fsspec"])
def test_paths_are_read_in_the_file_system_alone(
    plugins: dict[str, thumbox.Plugin], photo: bytes, tmp_path: Path, kind: pa.DataType, filesystem: Callable[[], Any]
) -> None:
    (tmp_path / "a.jpg").write_bytes(photo)
    (tmp_path / "b.jpg").write_bytes(b"neither")
    (tmp_path / "a.jpg.gz").write_bytes(b"\x1f\x8b")
    names = ("a.jpg", "b.jpg", "gone.jpg", "a.jpg.gz", "x/../a.jpg")
    paths = [*(f"{tmp_path}/{name}" for name in names), f"file://{tmp_path}/a.jpg", "simplecache::file:///a", None]
    made = thumbox.arrow.thumbnails(
        pa.array(paths, kind), 64, 64, filesystem=filesystem(), plugin=plugins["native"]
    ).to_pylist()
    assert made[0]["thumbnail"] == bytes(plugins["native"].thumbnail(photo, 64, 64).data)
    # What is packed is not unpacked.
    assert [row["code"] for row in made[:5]] == [None, 200, None, 200, None]
    assert "No such file" in made[2]["message"]
    for row, path in zip(made[4:7], paths[4:7], strict=True):
        assert row["thumbnail"] is None
        assert row["message"].startswith(f"{path}: it names a protocol or a folder above")
    assert made[7] is None


def test_a_path_that_is_no_text_is_a_row(plugins: dict[str, thumbox.Plugin]) -> None:
    buffers = [None, pa.py_buffer(struct.pack("=3i", 0, 5, 10)), pa.py_buffer(b"\xff.jpgb.jpg")]
    paths = pa.Array.from_buffers(pa.string(), 2, buffers)
    made = thumbox.arrow.probe(paths, filesystem=pyarrow.fs.LocalFileSystem(), plugin=plugins["native"])
    first, second = made.field("message").to_pylist()
    assert first.startswith("\\xff.jpg: ")
    assert second.startswith("b.jpg: ")


def test_files_that_are_too_long_are_not_read(photo: bytes, tmp_path: Path) -> None:
    (tmp_path / "a.jpg").write_bytes(photo)
    with thumbox.load("native", max_request=10_000) as plugin:
        paths = pa.array([str(tmp_path / "a.jpg"), "/dev/zero"])
        made = thumbox.arrow.probe(paths, filesystem=fsspec.filesystem("file"), plugin=plugin).to_pylist()
    assert [row["code"] for row in made] == [100, 100]
    assert "max_request allows 10000" in made[1]["message"]


def test_a_store_that_fails_is_a_row(plugins: dict[str, thumbox.Plugin]) -> None:
    class Broken:
        def open(self, path: str, mode: str) -> object:
            raise RuntimeError(f"no connection for {path} in {mode}")

    [row] = thumbox.arrow.probe(pa.array(["a\n"]), filesystem=Broken(), plugin=plugins["native"]).to_pylist()
    assert (row["code"], row["message"]) == (None, "a\\n: RuntimeError: no connection for a\n in rb")


def test_wrong_arguments_are_told_before_any_image(plugins: dict[str, thumbox.Plugin]) -> None:
    empty, plugin = pa.array([], pa.binary()), plugins["native"]

    def refused(words: str, kind: type[Exception], **options: Any) -> None:
        with pytest.raises(kind, match=words):
            thumbox.arrow.thumbnails(options.pop("column", empty), **{"plugin": plugin, **options})

    refused("quality is 0", ValueError, quality=0)
    refused("effort is 9", ValueError, effort=9)
    refused("max_pixels is -1", ValueError, max_pixels=-1)
    refused("parallelism is 0", ValueError, parallelism=0)
    refused("filesystem is a str", TypeError, filesystem="s3", column=pa.array(["a"]))
    refused("plugin and load are both given", TypeError, load={})
    refused("the column is of int64; binary, ", TypeError, column=pa.array([1]))
    refused("for a column of paths give filesystem", TypeError, column=pa.array(["a"]))
    refused("with filesystem, string, ", TypeError, filesystem=fsspec.filesystem("memory"), column=pa.array([b"a"]))
    refused("the column is a list", TypeError, column=[b"a"])
    refused("no option 'nothing'", TypeError, plugin=None, load={"nothing": 1})


def test_an_error_of_the_plugin_itself_is_no_row(photo: bytes) -> None:
    plugin = thumbox.load("native")
    plugin.close()
    with pytest.raises(thumbox.PluginError, match="closed"):
        thumbox.arrow.probe(pa.array([photo] * 3), plugin=plugin)


def test_a_deadline_is_a_row(photo: bytes) -> None:
    with thumbox.load("wasm", timeout=0.002) as plugin:
        made = thumbox.arrow.thumbnails(pa.array([photo, b"neither"]), 512, 512, format="webp", effort=6, plugin=plugin)
    assert made.field("code").to_pylist() == [10, 200]


def test_plugins_are_shared_by_their_options(photo: bytes) -> None:
    array = pa.array([photo, b"neither"])
    first = thumbox.arrow.probe(array, load={"variant": "native", "formats": ("png",)})
    assert first.field("code").to_pylist() == [203, 200]
    from thumbox.arrow.shared import plugin_for

    options = {"variant": "native", "formats": ("png",)}
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        plugins = set(pool.map(lambda _: plugin_for(None, dict(options)), range(32)))
    assert len(plugins) == 1
    assert plugin_for(None, {"variant": "native"}) not in plugins
    [plugin] = plugins
    plugin.close()
    assert plugin_for(None, options) is not plugin


def _in_a_child(photo: bytes) -> list[int]:
    made = thumbox.arrow.thumbnails(pa.array([photo]), 64, 64, load={"variant": "native"}, parallelism=1)
    answer: list[int] = made.field("width").to_pylist()
    return answer


@pytest.mark.parametrize("start", ["fork", "spawn", "forkserver"])
@pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")
def test_other_processes(photo: bytes, start: str) -> None:
    _in_a_child(photo)
    context = multiprocessing.get_context(start)
    with concurrent.futures.ProcessPoolExecutor(2, context) as pool:
        assert list(pool.map(_in_a_child, [photo] * 4)) == [[64]] * 4


@pytest.mark.parametrize("kind", BYTES, ids=str)
def test_no_image_is_copied(photo: bytes, kind: pa.DataType) -> None:
    array = pa.array([photo, None, photo], kind)
    places = [(buffer.address, buffer.address + buffer.size) for buffer in array.buffers() if buffer]
    tracemalloc.start()
    found = list(items(array))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < len(photo)
    assert found[1] is None
    for item in (found[0], found[2]):
        assert item is not None
        assert item == photo
        address = pa.py_buffer(item).address
        assert any(start <= address < end for start, end in places)


def test_an_array_that_lies_shows_nothing_beside_itself() -> None:
    data = pa.py_buffer(b"0123456789")
    # Arrow itself looks at the ends alone.
    for inner in ((0, 2**31 - 1), (-5, 5), (5, 3), (2**31 - 1, -(2**31))):
        offsets = pa.py_buffer(struct.pack("=4i", 0, *inner, 10))
        for item in items(pa.Array.from_buffers(pa.binary(), 3, [None, offsets, data])):
            assert item is not None
            assert bytes(item) in b"0123456789"
    for length, index, offset in ((2**31 - 1, 0, 0), (20, 0, -3), (-7, 0, 0), (20, 0, 2**31 - 1)):
        views = pa.py_buffer(struct.pack("=i4sii", length, b"0123", index, offset))
        [item] = items(pa.Array.from_buffers(pa.binary_view(), 1, [None, views, data]))
        assert item is not None
        assert bytes(item) in b"0123456789"
    views = pa.py_buffer(struct.pack("=i4sii", 20, b"0123", 7, 0))
    with pytest.raises(IndexError):
        list(items(pa.Array.from_buffers(pa.binary_view(), 1, [None, views, data])))


def test_an_interruption_ends_it(photo: bytes) -> None:
    with thumbox.load("native", max_concurrent=2) as plugin:
        begun = threading.Event()

        class Stopping:
            def open(self, path: str, mode: str) -> object:
                if path == "0":
                    begun.set()
                    raise KeyboardInterrupt
                begun.wait(10)
                return memoryview(photo), mode

        paths = pa.array([str(number) for number in range(1000)])
        with pytest.raises(KeyboardInterrupt):
            thumbox.arrow.probe(paths, filesystem=Stopping(), plugin=plugin, parallelism=2)
        assert plugin.stats().running == 0


def test_parquet_to_parquet(plugins: dict[str, thumbox.Plugin], photo: bytes, tmp_path: Path) -> None:
    table = pa.table({"name": ["a", "b", "c"], "image": [photo, None, b"neither"]})
    made = thumbox.arrow.thumbnails(table["image"], 64, 64, plugin=plugins["native"])
    pyarrow.parquet.write_table(table.append_column("made", made), tmp_path / "out.parquet")
    again = pyarrow.parquet.read_table(tmp_path / "out.parquet")["made"]
    assert again.type == made.type
    assert again.to_pylist() == made.to_pylist()


def test_without_pyarrow_the_extra_is_named() -> None:
    code = (
        "import sys; sys.modules['pyarrow'] = None\n"
        "import thumbox\n"
        "try: import thumbox.arrow\n"
        "except ModuleNotFoundError as error: print(error)"
    )
    said = subprocess.check_output([sys.executable, "-c", code], text=True)
    assert said.strip() == "thumbox.arrow needs pyarrow; install the extra: pip install 'thumbox[arrow]'"


def test_neither_numpy_nor_pillow_is_needed() -> None:
    code = (
        "import sys; sys.modules['numpy'] = sys.modules['PIL'] = None\n"
        "import pyarrow, thumbox.arrow\n"
        "made = thumbox.arrow.thumbnails(pyarrow.array([b'neither', None]), load={'variant': 'native'})\n"
        "print(made.field('code').to_pylist())"
    )
    assert subprocess.check_output([sys.executable, "-c", code], text=True).strip() == "[200, None]"
