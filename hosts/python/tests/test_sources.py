"""What an image may come from, and a plugin in programs on asyncio and in other processes."""

from __future__ import annotations

import asyncio
import concurrent.futures
import io
import mmap
import multiprocessing
import os
import pickle
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import thumbox

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


@pytest.fixture
def file(photo: bytes, tmp_path: Path) -> Path:
    path = tmp_path / "photo.jpg"
    path.write_bytes(photo)
    return path


class Named:
    """A path of another library."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __fspath__(self) -> str:
        return str(self.path)


class Trickling(io.RawIOBase):
    """A file that gives a few bytes at a time."""

    def __init__(self, data: bytes) -> None:
        self._file = io.BytesIO(data)

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1, /) -> bytes:
        return self._file.read(min(size, 1000))


def test_a_path_a_file_or_a_buffer_gives_the_same(plugin: thumbox.Plugin, photo: bytes, file: Path) -> None:
    wanted = bytes(plugin.thumbnail(photo, 64, 64).data)
    with file.open("rb") as opened, file.open("rb", buffering=0) as raw, file.open("rb") as mapped:
        sources: list[thumbox.ImageSource] = [
            file,
            Named(file),
            opened,
            raw,
            io.BytesIO(photo),
            Trickling(photo),
            bytearray(photo),
        ]
        sources.append(mmap.mmap(mapped.fileno(), 0, access=mmap.ACCESS_READ))
        for source in sources:
            assert bytes(plugin.thumbnail(source, 64, 64).data) == wanted, source
        assert not opened.closed
        assert opened.read() == b""
    assert bytes(plugin.thumbnails(file, [(64, 64)])[0].data) == wanted
    assert plugin.probe(io.BytesIO(photo)) == plugin.probe(photo)
    assert plugin.placeholder(file) == plugin.placeholder(photo)


def test_a_file_is_read_from_where_it_stands(plugin: thumbox.Plugin, photo: bytes) -> None:
    source = io.BytesIO(b"before" + photo)
    source.seek(6)
    assert plugin.probe(source).format == "jpeg"


def test_a_text_is_never_a_file_s_name(plugin: thumbox.Plugin, file: Path) -> None:
    for source in (str(file), "photo.jpg", ""):
        with pytest.raises(TypeError, match=r"image is a str; for a file pathlib\.Path"):
            plugin.thumbnail(source)  # type: ignore[arg-type]
    with file.open() as text, pytest.raises((TypeError, UnicodeDecodeError)):
        plugin.thumbnail(text)  # type: ignore[arg-type]
    with pytest.raises(TypeError, match=r"read\(\) gives str; open it in binary mode"):
        plugin.probe(io.StringIO("text"))  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="image is a int"):
        plugin.probe(5)  # type: ignore[arg-type]


def test_a_file_that_is_not_there_says_so(plugin: thumbox.Plugin, tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        plugin.thumbnail(tmp_path / "nothing.jpg")
    with pytest.raises(OSError, match="directory"):
        plugin.probe(tmp_path)


def test_no_more_is_read_than_a_request_may_have(tmp_path: Path) -> None:
    long = tmp_path / "long.jpg"
    with long.open("wb") as sparse:
        sparse.truncate(1 << 40)
    with thumbox.load("native", max_request=1000) as plugin:
        with pytest.raises(thumbox.RequestError, match=f"{1 << 40} bytes; max_request allows 1000") as caught:
            plugin.thumbnail(long)
        assert caught.value.code == 100
        endless = Path("/dev/zero")
        if endless.exists():
            with pytest.raises(thumbox.RequestError, match="1001 bytes"):
                plugin.thumbnail(endless)
        source = io.BytesIO(bytes(5000))
        with pytest.raises(thumbox.RequestError, match="1001 bytes"):
            plugin.probe(source)
        assert source.tell() == 1001


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no pipes by name")
def test_a_pipe_is_read_to_its_end(plugin: thumbox.Plugin, photo: bytes, tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    writer = threading.Thread(target=pipe.write_bytes, args=[photo])
    writer.start()
    assert plugin.probe(pipe).format == "jpeg"
    writer.join()


def test_other_names_of_formats(plugin: thumbox.Plugin, photo: bytes) -> None:
    names: list[tuple[thumbox.FormatName, str]] = [("jpg", "jpeg"), ("JPEG", "jpeg"), ("JPG", "jpeg")]
    names += [("PNG", "png"), ("WEBP", "webp")]
    for name, meant in names:
        assert plugin.thumbnail(photo, 32, 32, format=name).format == meant
    with pytest.raises(ValueError, match="format is 'Jpeg'; 'jpeg', 'png' or 'webp' is allowed"):
        plugin.thumbnail(photo, format="Jpeg")  # type: ignore[arg-type]


def test_a_thumbnail_knows_its_type_and_guards_its_name(plugin: thumbox.Plugin, photo: bytes, tmp_path: Path) -> None:
    thumbnail = plugin.thumbnail(photo, 32, 32, format="jpg")
    assert thumbnail.mime == "image/jpeg"
    assert thumbnail.image().size == (thumbnail.width, thumbnail.height)
    for name in ("a.png", "a.WebP", "a.gif"):
        with pytest.raises(ValueError, match="and the thumbnail is of the format 'jpeg'"):
            thumbnail.save(tmp_path / name)
    assert list(tmp_path.iterdir()) == []
    for name in ("a.jpg", "a.JPEG", "a.jfif", "a", "a.thumb", "a.png.tmp"):
        thumbnail.save(tmp_path / name)
        assert (tmp_path / name).read_bytes() == bytes(thumbnail)


def small(plugin: thumbox.Plugin, photo: bytes) -> bytes:
    """What another process does with a plugin."""
    return bytes(plugin.thumbnail(photo, 64, 64).data)


@pytest.mark.parametrize("start", ["spawn", "forkserver", "fork"])
def test_a_plugin_goes_to_other_processes(photo: bytes, start: str) -> None:
    if start not in multiprocessing.get_all_start_methods():
        pytest.fail(f"this system cannot start processes by {start}")
    context = multiprocessing.get_context(start)
    for variant in ("wasm", "native"):
        with thumbox.load(variant) as plugin:
            wanted = small(plugin, photo)
            with concurrent.futures.ProcessPoolExecutor(1, mp_context=context) as pool:
                assert pool.submit(small, plugin, photo).result() == wanted


def test_a_plugin_is_pickled_by_its_options(photo: bytes) -> None:
    with thumbox.load(formats=iter(["png"]), max_pixels=5, timeout=None, isolation="pool") as plugin:
        again = pickle.loads(pickle.dumps(plugin))
    with again, pytest.raises(thumbox.ImageError) as caught:
        again.thumbnail(photo)
    assert (again.variant, caught.value.code) == ("wasm", 203)
    with pytest.raises(thumbox.PluginError, match="is closed"):
        pickle.dumps(plugin)


async def gathered(plugin: thumbox.Plugin, photo: bytes) -> None:
    thumbnail, sizes, info, placeholder = await asyncio.gather(
        plugin.athumbnail(photo, 64, 64, format="webp"),
        plugin.athumbnails(photo, [(32, 32), {"width": 16}], quality=50),
        plugin.aprobe(photo),
        plugin.aplaceholder(photo),
    )
    assert thumbnail == plugin.thumbnail(photo, 64, 64, format="webp")
    assert sizes == plugin.thumbnails(photo, [(32, 32), {"width": 16}], quality=50)
    assert info == plugin.probe(photo)
    assert placeholder == plugin.placeholder(photo)
    with pytest.raises(thumbox.ImageError):
        await plugin.athumbnail(b"nothing of an image")
    with pytest.raises(ValueError, match="quality"):
        await plugin.athumbnail(photo, quality=500)


def test_calls_are_awaited(plugin: thumbox.Plugin, photo: bytes) -> None:
    asyncio.run(gathered(plugin, photo))


class Waiting:
    """A file whose reader waits until it is let go."""

    def __init__(self, data: bytes) -> None:
        self.begun, self.go = threading.Event(), threading.Event()
        self._file = io.BytesIO(data)

    def read(self, size: int, /) -> bytes:
        self.begun.set()
        self.go.wait()
        return self._file.read(size)


@pytest.fixture
def waiting(photo: bytes) -> Iterator[Callable[[], Waiting]]:
    made = []

    def make() -> Waiting:
        made.append(Waiting(photo))
        return made[-1]

    yield make
    for one in made:
        one.go.set()


def test_a_caller_that_is_cancelled_is_free_at_once(photo: bytes, waiting: Callable[[], Waiting]) -> None:
    async def cancel(plugin: thumbox.Plugin) -> None:
        running, queued = waiting(), waiting()
        first = asyncio.create_task(plugin.aprobe(running))
        await asyncio.to_thread(running.begun.wait)
        second = asyncio.create_task(plugin.aprobe(queued))
        await asyncio.sleep(0)
        for task in (first, second):
            task.cancel()
        results = await asyncio.wait_for(asyncio.gather(first, second, return_exceptions=True), 30)
        assert [type(result) for result in results] == [asyncio.CancelledError] * 2
        running.go.set()
        assert (await plugin.aprobe(photo)).format == "jpeg"
        # What waited was never begun.
        assert not queued.begun.is_set()

    with thumbox.load("native", max_concurrent=1) as plugin:
        asyncio.run(cancel(plugin))


def test_a_call_that_waits_too_long_is_code_13(photo: bytes, waiting: Callable[[], Waiting]) -> None:
    async def wait(plugin: thumbox.Plugin) -> None:
        running = waiting()
        first = asyncio.create_task(plugin.aprobe(running))
        await asyncio.to_thread(running.begun.wait)
        with pytest.raises(thumbox.PluginError, match="max_wait") as caught:
            await plugin.aprobe(photo)
        assert caught.value.code == 13
        running.go.set()
        assert (await first).format == "jpeg"

    with thumbox.load("native", max_concurrent=1, max_wait=0.2) as plugin:
        asyncio.run(wait(plugin))


def test_the_loop_is_free_while_a_call_runs(plugin: thumbox.Plugin, waiting: Callable[[], Waiting]) -> None:
    async def turns() -> int:
        source, count = waiting(), 0
        task = asyncio.create_task(plugin.aprobe(source))
        end = time.monotonic() + 0.05
        while time.monotonic() < end or not source.begun.is_set():
            await asyncio.sleep(0)
            count += 1
        assert not task.done()
        source.go.set()
        await task
        return count

    assert asyncio.run(turns()) > 5
