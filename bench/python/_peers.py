"""What makes thumbnails: ours, native and in the sandbox, and the peers that are installed, one thread each.

Each is asked in two ways: for a JPEG of quality 85, which is timed, and for the pixels of its reduction, whose quality
is measured. Both are what its documentation says for a thumbnail of a file in memory.
"""

from __future__ import annotations

import importlib
import io
import os
import time
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

# Before they are loaded, since libvips and OpenCV read these then.
os.environ["VIPS_CONCURRENCY"] = "1"
os.environ["OMP_NUM_THREADS"] = "1"

import numpy as np
from _sharp import Sharp, SharpError
from PIL import Image

import thumbox

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from numpy.typing import NDArray

__all__ = ["CANNOT", "OURS", "Maker", "makers", "pyvips"]

OURS = ("native", "wasm")
QUALITY = 85


def _installed(name: str) -> Any:
    """A module, or None where it or the library that it needs is missing."""
    try:
        return importlib.import_module(name)
    except (ImportError, OSError):
        return None


cv2, pyvips = _installed("cv2"), _installed("pyvips")

CANNOT: tuple[type[Exception], ...] = (
    OSError,
    SyntaxError,
    ValueError,
    SharpError,
    thumbox.PluginError,
    *([cv2.error] if cv2 else []),
    *([pyvips.Error] if pyvips else []),
)
"""What they raise for a picture that they cannot read."""


@dataclass(frozen=True)
class Maker:
    """One of them. `timed`: the seconds that a thumbnail took; `pixels`: the reduction's, as RGB."""

    timed: Callable[[bytes, int], float]
    pixels: Callable[[bytes, int], NDArray[np.uint8]]


@contextmanager
def makers() -> Iterator[dict[str, Maker]]:
    """All that are installed, ours first; says which are missing."""
    with ExitStack() as stack:
        found: dict[str, Maker] = {}
        for variant in OURS:
            plugin = stack.enter_context(thumbox.load(variant))
            found[variant] = Maker(_timed(_ours(plugin)), _our_pixels(plugin))
        if pyvips:
            found["pyvips"] = Maker(_timed(_vips), _vips_pixels)
        found["Pillow"] = Maker(_timed(_pillow), _pillow_pixels)
        if cv2:
            cv2.setNumThreads(1)
            found["OpenCV"] = Maker(_timed(_opencv), _opencv_pixels)
        try:
            sharp = stack.enter_context(Sharp())
            found["sharp"] = Maker(lambda image, size: sharp.seconds(image, size, QUALITY), sharp.pixels)
        except SharpError as error:
            print(f"not measured: sharp: {error}")
        for name, module in (("pyvips", pyvips), ("OpenCV", cv2)):
            if not module:
                print(f"not measured: {name}: it is not installed")
        yield found


def _timed(make: Callable[[bytes, int], object]) -> Callable[[bytes, int], float]:
    def timed(image: bytes, size: int) -> float:
        start = time.perf_counter()
        make(image, size)
        return time.perf_counter() - start

    return timed


def _rgb(picture: Image.Image) -> NDArray[np.uint8]:
    return np.asarray(picture.convert("RGB"))


def _ours(plugin: thumbox.Plugin) -> Callable[[bytes, int], object]:
    return lambda image, size: plugin.thumbnail(image, size, size, quality=QUALITY)


def _our_pixels(plugin: thumbox.Plugin) -> Callable[[bytes, int], NDArray[np.uint8]]:
    def pixels(image: bytes, size: int) -> NDArray[np.uint8]:
        return _rgb(Image.open(io.BytesIO(plugin.thumbnail(image, size, size, format="png").data)))

    return pixels


def _vips_image(image: bytes, size: int) -> Any:
    return pyvips.Image.thumbnail_buffer(image, size, height=size, size="down")


def _vips(image: bytes, size: int) -> object:
    return _vips_image(image, size).write_to_buffer(f".jpg[Q={QUALITY},strip]")


def _vips_pixels(image: bytes, size: int) -> NDArray[np.uint8]:
    return _rgb(Image.open(io.BytesIO(_vips_image(image, size).write_to_buffer(".png[strip]"))))


def _pillow_image(image: bytes, size: int) -> Image.Image:
    """`thumbnail` uses the JPEG decoder's own reduction."""
    with Image.open(io.BytesIO(image)) as picture:
        picture.thumbnail((size, size))
        rgb: Image.Image = picture.convert("RGB")
    return rgb


def _pillow(image: bytes, size: int) -> object:
    out = io.BytesIO()
    _pillow_image(image, size).save(out, "JPEG", quality=QUALITY)
    return out.getvalue()


def _pillow_pixels(image: bytes, size: int) -> NDArray[np.uint8]:
    return _rgb(_pillow_image(image, size))


def _opencv_image(image: bytes, size: int) -> Any:
    """Its reduced decoding, as far as the size allows, and averages of areas."""
    with Image.open(io.BytesIO(image)) as header:
        width, height = header.size
    reductions = ((8, cv2.IMREAD_REDUCED_COLOR_8), (4, cv2.IMREAD_REDUCED_COLOR_4), (2, cv2.IMREAD_REDUCED_COLOR_2))
    flag = next((flag for factor, flag in reductions if max(width, height) >= factor * size), cv2.IMREAD_COLOR)
    picture = cv2.imdecode(np.frombuffer(image, np.uint8), flag)
    if picture is None:
        raise ValueError("OpenCV cannot read it")
    height, width = picture.shape[:2]
    scale = min(1.0, size / width, size / height)
    if scale < 1:
        sides = (max(1, round(width * scale)), max(1, round(height * scale)))
        picture = cv2.resize(picture, sides, interpolation=cv2.INTER_AREA)
    return picture


def _opencv(image: bytes, size: int) -> object:
    return cv2.imencode(".jpg", _opencv_image(image, size), [cv2.IMWRITE_JPEG_QUALITY, QUALITY])[1]


def _opencv_pixels(image: bytes, size: int) -> NDArray[np.uint8]:
    return np.asarray(_opencv_image(image, size)[..., ::-1], np.uint8)
