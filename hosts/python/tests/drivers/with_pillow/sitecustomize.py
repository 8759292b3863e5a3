"""Puts Pillow in the place of Thumbox in a program that is measured: `thumbox.load` gives a plugin made of Pillow.

Python imports it before the program if PYTHONPATH names its folder. Pillow is installed in the folder PILLOW_FROM.
"""

from __future__ import annotations

import asyncio
import io
import os
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import TYPE_CHECKING, Any

sys.path.append(os.environ["PILLOW_FROM"])

from PIL import Image, ImageOps, UnidentifiedImageError

import thumbox
from thumbox._errors import error_for

if TYPE_CHECKING:
    from pathlib import Path

    from typing_extensions import Self


class Thumbnail:
    """What the programs use of a thumbnail."""

    mime = "image/webp"

    def __init__(self, width: int, height: int, data: bytes) -> None:
        self.width, self.height, self.data = width, height, data

    def __bytes__(self) -> bytes:
        return self.data

    def save(self, path: Path) -> None:
        path.write_bytes(self.data)


class Plugin:
    """What the programs use of a plugin, in Pillow."""

    def __init__(self, formats: tuple[str, ...], max_pixels: int, max_concurrent: int) -> None:
        self.formats = [name.upper() for name in formats]
        # Pillow raises an error at twice the number from which it warns.
        Image.MAX_IMAGE_PIXELS = max_pixels // 2
        self.threads = ThreadPoolExecutor(max_concurrent)
        self.slots = threading.Semaphore(max_concurrent)

    def thumbnail(self, image: Any, width: int, height: int, *, format: str, quality: int) -> Thumbnail:  # noqa: A002
        file = io.BytesIO()
        try:
            with self.slots, Image.open(image, formats=self.formats) as source:
                source.draft(None, (2 * width, 2 * height))
                small = ImageOps.exif_transpose(source)
                small.thumbnail((width, height), Image.Resampling.LANCZOS)
                small.save(file, format, quality=quality)
        except UnidentifiedImageError as error:
            raise error_for(200, str(error)) from error
        except Image.DecompressionBombError as error:
            raise error_for(300, str(error)) from error
        except Exception as error:
            raise error_for(201, str(error)) from error
        return Thumbnail(*small.size, file.getvalue())

    async def athumbnail(self, *arguments: Any, **options: Any) -> Thumbnail:
        call = partial(self.thumbnail, *arguments, **options)
        return await asyncio.get_running_loop().run_in_executor(self.threads, call)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.threads.shutdown()


def load(*, formats: tuple[str, ...], max_pixels: int, max_concurrent: int, **_: object) -> Plugin:
    """In the place of `thumbox.load`."""
    return Plugin(formats, max_pixels, max_concurrent)


thumbox.load = load  # type: ignore[assignment]
