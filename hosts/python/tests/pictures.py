"""Pictures that are made for a test, and what Thumbox should make of them."""

from __future__ import annotations

import io
import math
import zlib
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image, ImageCms, ImageOps

if TYPE_CHECKING:
    from numpy.typing import NDArray


WHITE, BLACK = (255, 255, 255), (0, 0, 0)

# One of the pictures is a giant, and both sides are to refuse or to open it for reasons of their own.
Image.MAX_IMAGE_PIXELS = None


def fitted(width: int, height: int, box: tuple[int, int]) -> tuple[int, int]:
    """DESIGN's formula for `inside`, written again from its text."""
    box_width, box_height = box if box != (0, 0) else (100, 100)
    box_width, box_height = box_width or 2**32, box_height or 2**32
    if width <= box_width and height <= box_height:
        return width, height
    if box_width * height <= box_height * width:
        return box_width, max(1, (2 * height * box_width + width) // (2 * width))
    return max(1, (2 * width * box_height + height) // (2 * height)), box_height


def png_claiming(width: int, height: int) -> bytes:
    """A PNG of a few bytes whose header says that it is large."""
    header = width.to_bytes(4, "big") + height.to_bytes(4, "big") + b"\x08\x02\0\0\0"
    chunks = [(b"IHDR", header), (b"IDAT", zlib.compress(b"\0" * 100)), (b"IEND", b"")]
    body = b"".join(
        len(data).to_bytes(4, "big") + kind + data + zlib.crc32(kind + data).to_bytes(4, "big") for kind, data in chunks
    )
    return b"\x89PNG\r\n\x1a\n" + body


def jpeg(width: int = 64, height: int = 48, *, orientation: int | None = None) -> bytes:
    """A small JPEG with a corner that shows which way up it is."""
    x, y = np.meshgrid(np.linspace(0, 255, width), np.linspace(0, 255, height))
    pixels = np.stack([x, y, np.full_like(x, 80)], axis=-1).astype(np.uint8)
    pixels[: height // 4, : width // 4] = 255
    exif = Image.Exif()
    if orientation is not None:
        exif[0x0112] = orientation
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "JPEG", quality=95, exif=exif)
    return file.getvalue()


def turned(data: bytes, orientation: int) -> bytes:
    """The same picture, stored as a camera stores it that was held in another way."""
    undo = {
        2: Image.Transpose.FLIP_LEFT_RIGHT,
        3: Image.Transpose.ROTATE_180,
        4: Image.Transpose.FLIP_TOP_BOTTOM,
        5: Image.Transpose.TRANSPOSE,
        6: Image.Transpose.ROTATE_90,
        7: Image.Transpose.TRANSVERSE,
        8: Image.Transpose.ROTATE_270,
    }
    image = opened(data)
    if orientation in undo:
        image = image.transpose(undo[orientation])
    exif = Image.Exif()
    exif[0x0112] = orientation
    file = io.BytesIO()
    image.save(file, "JPEG", quality=97, subsampling=0, exif=exif)
    return file.getvalue()


def transparent_png() -> bytes:
    """A PNG that is all transparent."""
    file = io.BytesIO()
    Image.new("RGBA", (32, 32), (0, 0, 255, 0)).save(file, "PNG")
    return file.getvalue()


def opened(data: bytes | memoryview) -> Image.Image:
    """What Pillow sees in a file."""
    image = Image.open(io.BytesIO(data))
    image.load()
    return image


def upright(source: Image.Image) -> Image.Image:
    """Pillow's own way to the same picture before it is reduced: turned, in sRGB, 8 bits a channel."""
    profile = source.info.get("icc_profile")
    if source.mode.startswith("I;16"):
        source = Image.fromarray((np.asarray(source) >> 8).astype(np.uint8))
    image = ImageOps.exif_transpose(source)
    alpha = image.convert("RGBA").getchannel("A") if has_alpha(image) else None
    if profile:
        image = _in_srgb(image, profile)
    image = image.convert("RGB")
    if alpha is not None:
        image.putalpha(alpha)
    return image


def small(source: Image.Image, size: tuple[int, int]) -> Image.Image:
    """A picture of any mode, turned and reduced in it."""
    return ImageOps.exif_transpose(source).resize(size, Image.Resampling.LANCZOS)


def reduced(image: Image.Image, size: tuple[int, int]) -> Image.Image:
    """An upright picture as Pillow reduces it; it weighs colours with their alpha, too."""
    return image.resize(size, Image.Resampling.LANCZOS).convert("RGBA")


def encoded(image: Image.Image, format_name: str) -> Image.Image:
    """A picture after Pillow's own encoder at quality 85."""
    if format_name == "jpeg":
        image = Image.fromarray(on(image, WHITE).astype(np.uint8))
    file = io.BytesIO()
    image.save(file, format_name, quality=85)
    return opened(file.getvalue())


def has_alpha(image: Image.Image) -> bool:
    """Whether there is any transparency to keep."""
    return image.mode in ("LA", "La", "RGBA", "RGBa", "PA") or "transparency" in image.info


def _in_srgb(image: Image.Image, profile: bytes) -> Image.Image:
    if image.mode not in ("L", "RGB", "CMYK"):
        image = image.convert("L" if image.mode in ("1", "LA") else "RGB")
    try:
        converted = ImageCms.profileToProfile(
            image, io.BytesIO(profile), ImageCms.createProfile("sRGB"), outputMode="RGB"
        )
    except ImageCms.PyCMSError:
        return image  # a profile for another kind of picture than this: it says nothing of it
    assert converted is not None
    return converted


def on(image: Image.Image, colour: tuple[int, int, int]) -> NDArray[np.float64]:
    """The picture on a background, as numbers."""
    page = Image.new("RGBA", image.size, (*colour, 255))
    page.alpha_composite(image.convert("RGBA"))
    return np.asarray(page.convert("RGB"), dtype=np.float64)


def psnr(first: NDArray[np.float64], second: NDArray[np.float64]) -> float:
    """How alike two pictures are, in dB; equal ones are at infinity."""
    error = float(np.mean((first - second) ** 2))
    return math.inf if error == 0 else 10 * math.log10(255**2 / error)
