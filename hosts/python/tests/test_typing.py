"""What type checkers say of calls: right uses pass, wrong ones do not.

`mypy --strict` and pyright read this file in `cargo xtask test`, and complain of an `ignore` that is not needed. So
each line that has one is an error to a type checker, of that kind, and no other line is.
"""

from __future__ import annotations

import inspect
import io
import typing
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import thumbox
from thumbox import _load
from thumbox._load_options import LoadOptions


def right_uses(plugin: thumbox.Plugin, image: bytes) -> None:
    thumbox.load()
    thumbox.load("wasm", memory_limit=384 << 20, timeout=None, isolation="pool", cache=False)
    thumbox.load(variant="native", path=Path("libthumbox.so"), log_level="off", on_log=lambda *_: None)
    thumbox.load(Path("thumbox.rbp"), variant="sandbox", public_key="RW", max_bundle=1, max_library=1)
    thumbox.load("thumbox.rbp", verify=False)
    thumbox.load(formats=["jpeg", "png"], max_pixels=1, max_memory=1, max_reply=1, max_request=1, max_wait=1)
    options: thumbox.LoadOptions = {"formats": ("jpeg",), "max_concurrent": 4}
    thumbox.load(**options)
    width: int = plugin.thumbnail(memoryview(image), 256, fit="cover", height=256, background=(1, 2, 3)).width
    plugin.thumbnail(image, width, format="webp", quality=80, lossless=True, background="#ffffff", max_pixels=5)
    plugin.thumbnails(image, [(128, 128), {"width": 512, "format": "png"}], enlarge=True)[0].save(Path("a.png"))
    plugin.probe(bytearray(image)).orientation.bit_length()
    plugin.thumbnail(Path("photo.jpg"), 256, format="jpg", fit="cover", frames="first").image().convert("L")
    name: thumbox.FormatName = "webp"
    chosen: thumbox.ThumbnailOptions = {"format": name, "fit": "contain", "colour": "keep"}
    plugin.thumbnails(io.BytesIO(image), [(5, 5)], **chosen)[0].mime.encode()
    red, _, _ = plugin.placeholder(image, max_pixels=5).average
    plugin.placeholder(memoryview(image)).data_url().join(plugin.placeholder(image).hash.hex()).center(red)


def wrong_uses(plugin: thumbox.Plugin, image: bytes) -> None:
    thumbox.load(memory_limits=5)  # type: ignore[call-arg]
    thumbox.load(memory_limit="512M")  # type: ignore[arg-type]
    thumbox.load(timeout="10")  # type: ignore[arg-type]
    thumbox.load(isolation="none")  # type: ignore[arg-type]
    thumbox.load(formats=5)  # type: ignore[arg-type]
    thumbox.load(variant="sandbx")  # type: ignore[arg-type]
    thumbox.load("native", log_level="loud")  # type: ignore[arg-type]
    thumbox.load("native", on_log=print.__doc__)  # type: ignore[arg-type]
    thumbox.load(5)  # type: ignore[arg-type]
    thumbox.load("wasm", "native")  # type: ignore[call-arg]
    plugin.thumbnail("photo.jpg")  # type: ignore[arg-type]
    plugin.thumbnail(image, 1.5)  # type: ignore[arg-type]
    plugin.thumbnail(image, 1, 1, "webp")  # type: ignore[call-arg]
    plugin.thumbnail(image, size=5)  # type: ignore[call-arg]
    plugin.thumbnail(image, format="jpge")  # type: ignore[arg-type]
    plugin.thumbnail(image, 5, 5, fit="crop")  # type: ignore[arg-type]
    plugin.thumbnail(image, format="webp", frames="every")  # type: ignore[arg-type]
    plugin.thumbnail(image, colour="rgb")  # type: ignore[arg-type]
    plugin.thumbnail(image, subsampling="4:1:1")  # type: ignore[arg-type]
    plugin.thumbnails(image, [(5, 5)], format="gif")  # type: ignore[arg-type]
    plugin.thumbnail(io.StringIO("text"))  # type: ignore[arg-type]
    plugin.thumbnail(image, background=5)  # type: ignore[arg-type]
    plugin.thumbnails(image, 5)  # type: ignore[arg-type]
    plugin.thumbnails(image, [5])  # type: ignore[list-item]
    plugin.probe(5)  # type: ignore[arg-type]
    plugin.placeholder(5)  # type: ignore[arg-type]
    plugin.placeholder(image, 5)  # type: ignore[call-arg]


def test_every_wrong_use_is_one_when_it_runs(plugin: thumbox.Plugin, photo: bytes) -> None:
    source, _ = inspect.getsourcelines(wrong_uses)
    lines = [line.split("  #")[0].strip() for line in source[1:]]
    assert len(lines) > 15
    for line in lines:
        with pytest.raises((TypeError, ValueError)):
            eval(line, {"io": io, "thumbox": thumbox, "plugin": plugin, "image": photo})


def test_the_options_are_those_of_the_variants() -> None:
    known = {name for names in (*_load._INSTALLED.values(), *_load._BUNDLED.values()) for name in names}
    assert set(LoadOptions.__annotations__) == known
    signature = inspect.signature(thumbox.load)
    assert signature.parameters["options"].annotation == "Unpack[LoadOptions]"
    assert list(signature.parameters) == ["source", "variant", "options"]
    assert LoadOptions.__optional_keys__ == known
    if not TYPE_CHECKING:
        assert typing.is_typeddict(thumbox.LoadOptions)
