"""Encoders that are given the same pixels: ours, native and in the sandbox, and those that people use."""

from __future__ import annotations

import importlib
import io
import time
from collections.abc import Callable
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from _sharp import Sharp, SharpError
from PIL import ImageFile

import thumbox

if TYPE_CHECKING:
    from collections.abc import Iterator

    from PIL import Image

__all__ = ["SANDBOX", "Encode", "Pixels", "encoders", "ours"]

SANDBOX = ", sandbox"
"""What the names of ours end in where they run there."""

FULL_CHROMA = 90
"""The quality from which JPEGs have as many samples of chroma as of luma, as ours do; below it, 4:2:0."""


@dataclass(frozen=True)
class Pixels:
    """A picture in RGB, in the forms that encoders take. They are made once, outside the time."""

    image: Image.Image
    bmp: bytes
    raw: bytes

    @classmethod
    def of(cls, image: Image.Image) -> Pixels:
        """The picture."""
        file = io.BytesIO()
        image.save(file, "BMP")
        return cls(image, file.getvalue(), image.tobytes())


Encode = Callable[[Pixels, int], tuple[bytes, float]]
"""Given a quality, the file and the seconds that it took."""


def ours(form: str, effort: int) -> str:
    """The name of an encoder of ours."""
    return f"{form}, effort {effort}"


@contextmanager
def encoders(efforts: set[int]) -> Iterator[dict[str, Encode]]:
    """All that are installed; says which are missing."""
    with ExitStack() as stack:
        native, wasm = (stack.enter_context(thumbox.load(variant)) for variant in ("native", "wasm"))
        found: dict[str, Encode] = {}
        for form in ("WebP", "JPEG"):
            for effort in sorted(efforts):
                found[ours(form, effort)] = _ours(native, form.lower(), effort)
            found[ours(form, 4) + SANDBOX] = _ours(wasm, form.lower(), 4)
        for method in (4, 6):
            found[f"libwebp -m {method}"] = _libwebp(method)
        found["libjpeg-turbo"] = _libjpeg_turbo
        try:
            found["jpegli"] = _jpegli(importlib.import_module("pyjpegli"))
        except ImportError:
            print("not measured: jpegli: pyjpegli is not installed")
        try:
            found["mozjpeg"] = _mozjpeg(stack.enter_context(Sharp()))
        except SharpError as error:
            print(f"not measured: mozjpeg: {error}")
        yield found


def _ours(plugin: thumbox.Plugin, form: Any, effort: int) -> Encode:
    def encode(pixels: Pixels, quality: int) -> tuple[bytes, float]:
        start = time.perf_counter()
        made = plugin.thumbnail(pixels.bmp, *pixels.image.size, format=form, quality=quality, effort=effort)
        return bytes(made.data), time.perf_counter() - start

    return encode


def _libwebp(method: int) -> Encode:
    return lambda pixels, quality: _saved(pixels, "WEBP", quality=quality, method=method)


def _libjpeg_turbo(pixels: Pixels, quality: int) -> tuple[bytes, float]:
    options = {"quality": quality, "optimize": True, "subsampling": _subsampling(quality)}
    try:
        return _saved(pixels, "JPEG", **options)
    except OSError:
        # Optimised tables need room for the whole file, and Pillow gives noise too little. More room costs others time.
        ImageFile.MAXBLOCK = max(1 << 16, 2 * len(pixels.raw))
        return _saved(pixels, "JPEG", **options)


def _saved(pixels: Pixels, form: str, **options: Any) -> tuple[bytes, float]:
    file = io.BytesIO()
    start = time.perf_counter()
    pixels.image.save(file, form, **options)
    return file.getvalue(), time.perf_counter() - start


def _jpegli(jpegli: Any) -> Encode:
    def encode(pixels: Pixels, quality: int) -> tuple[bytes, float]:
        start = time.perf_counter()
        made = jpegli.encode(pixels.raw, *pixels.image.size, quality=quality)
        return made, time.perf_counter() - start

    return encode


def _mozjpeg(sharp: Sharp) -> Encode:
    return lambda pixels, quality: sharp.mozjpeg(pixels.raw, pixels.image.size, quality, _subsampling(quality))


def _subsampling(quality: int) -> str:
    return "4:4:4" if quality >= FULL_CHROMA else "4:2:0"
