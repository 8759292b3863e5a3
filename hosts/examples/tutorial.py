"""The eight demonstrations of rustbridge's tutorial on binary transport, on our host and on rustbridge's own.

    python tutorial.py [--host thumbox|rustbridge] [--variant native|wasm] [--out DIR] PHOTO

The library, the requests and the files are the same; `--host rustbridge` needs `pip install rustbridge`, and has the
native variant alone.
"""

from __future__ import annotations

import argparse
import contextlib
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any

import thumbox
from thumbox.wire import (
    OutputFormat,
    ThumbnailRequestHeader,
    ThumbnailResponse,
    ThumbnailResponseHeader,
    create_thumbnail,
    create_thumbnail_qualities,
    create_thumbnail_sizes,
    create_thumbnail_timed,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from typing_extensions import Buffer

    from thumbox.wire import RawCaller

BOXES = [(50, 50), (100, 100), (150, 150), (200, 200)]
LIBRARY = {"win32": "thumbox.dll", "darwin": "libthumbox.dylib"}.get(sys.platform, "libthumbox.so")


def main() -> None:
    """Runs the demonstrations in their order."""
    parser = argparse.ArgumentParser(description="The tutorial's eight demonstrations.")
    parser.add_argument("photo", metavar="PHOTO", type=Path)
    parser.add_argument("--host", choices=("thumbox", "rustbridge"), default="thumbox")
    parser.add_argument("--variant", choices=("native", "wasm"), default="native")
    parser.add_argument("--out", metavar="DIR", type=Path, default=Path("thumbnails"))
    options = parser.parse_args()
    if options.host == "rustbridge" and options.variant != "native":
        parser.error("rustbridge loads the native variant alone")
    image = options.photo.read_bytes()
    options.out.mkdir(parents=True, exist_ok=True)
    print(f"{options.photo.name}: {len(image):,} bytes; host {options.host}, variant {options.variant}")
    with loaded(options.host, options.variant) as plugin:
        demonstrations = (one, proportional, sizes, qualities, benchmark, formats, threads, structures)
        for number, demonstration in enumerate(demonstrations, start=1):
            print(f"\n{number}. {demonstration.__doc__}")
            demonstration(plugin, image, options.out)


class FromRustbridge:
    """rustbridge's plugin with the one method that `thumbox.wire` needs."""

    def __init__(self, plugin: Any) -> None:
        """`plugin` is a `rustbridge.NativePlugin`."""
        self._plugin = plugin

    def call_raw(self, message_id: int, /, *parts: Buffer) -> memoryview:
        """This host takes a request in one piece, and copies it and the reply byte by byte."""
        return memoryview(self._plugin.call_raw_bytes(message_id, b"".join(parts)))


@contextlib.contextmanager
def loaded(host: str, variant: str) -> Iterator[RawCaller]:
    """The plugin, in one host or the other."""
    if host == "thumbox":
        with thumbox.load(variant) as plugin:
            yield plugin
    else:
        import rustbridge  # noqa: PLC0415 -- only for who has it

        with rustbridge.NativePluginLoader.load(Path(thumbox.__file__).parent / "_artifacts" / LIBRARY) as plugin:
            yield FromRustbridge(plugin)


def one(plugin: RawCaller, image: bytes, out: Path) -> None:
    """One thumbnail."""
    made, seconds = create_thumbnail_timed(plugin, image, 100, 100, OutputFormat.JPEG, 85)
    show(made, seconds)
    save(out, "1", made)


def proportional(plugin: RawCaller, image: bytes, out: Path) -> None:
    """A width of 200 pixels, and the height that goes with it."""
    made, seconds = create_thumbnail_timed(plugin, image, 200, 0, OutputFormat.PNG, 0)
    show(made, seconds)
    save(out, "2", made)


def sizes(plugin: RawCaller, image: bytes, out: Path) -> None:
    """Several sizes."""
    for (box, _), made in zip(BOXES, create_thumbnail_sizes(plugin, image, BOXES), strict=True):
        show(made)
        save(out, f"3-{box}", made)


def qualities(plugin: RawCaller, image: bytes, out: Path) -> None:
    """JPEG of several qualities."""
    for quality, made in create_thumbnail_qualities(plugin, image, 150, 150, [20, 50, 80, 95]):
        print(f"   quality {quality}: {len(made.thumbnail_data):,} bytes, {made.size_kb:.1f} KB")
        save(out, f"4-{quality}", made)


def benchmark(plugin: RawCaller, image: bytes, _out: Path) -> None:
    """Twenty times the same."""
    for _ in range(3):
        create_thumbnail(plugin, image, 100, 100)
    start = time.perf_counter()
    for _ in range(20):
        create_thumbnail(plugin, image, 100, 100)
    total = time.perf_counter() - start
    print(f"   {1000 * total:.1f} ms, {1000 * total / 20:.2f} ms each, {20 / total:.1f} a second")


def formats(plugin: RawCaller, image: bytes, out: Path) -> None:
    """Every format."""
    for output_format, quality in ((OutputFormat.JPEG, 80), (OutputFormat.PNG, 0), (OutputFormat.WEBP, 80)):
        made, seconds = create_thumbnail_timed(plugin, image, 150, 150, output_format, quality)
        show(made, seconds)
        save(out, "6", made)


def threads(plugin: RawCaller, image: bytes, out: Path) -> None:
    """Four threads."""

    def work(box: tuple[int, int]) -> tuple[ThumbnailResponse, float]:
        return create_thumbnail_timed(plugin, image, *box)

    with ThreadPoolExecutor(4) as pool:
        for (box, _), (made, seconds) in zip(BOXES, pool.map(work, BOXES), strict=True):
            show(made, seconds)
            save(out, f"7-{box}", made)


def structures(_plugin: RawCaller, _image: bytes, _out: Path) -> None:
    """The structures' sizes."""
    for structure in (ThumbnailRequestHeader, ThumbnailResponseHeader):
        print(f"   {structure.__name__}: {structure.SIZE} bytes")


def show(made: ThumbnailResponse, seconds: float | None = None) -> None:
    """One line about a thumbnail."""
    took = "" if seconds is None else f" in {1000 * seconds:.2f} ms"
    print(f"   {made.dimensions} {made.format.name}, {len(made.thumbnail_data):,} bytes{took}")


def save(out: Path, name: str, made: ThumbnailResponse) -> None:
    """Writes a thumbnail's file."""
    (out / (name + made.file_extension)).write_bytes(made.thumbnail_data)


if __name__ == "__main__":
    main()
