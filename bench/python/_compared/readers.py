"""Who reads a file: our two builds, Pillow, libvips. Each gives the picture inside a box, upright, in sRGB."""

from __future__ import annotations

import importlib
import io
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from PIL import Image, ImageCms, ImageFile, ImageOps

import thumbox

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

__all__ = ["ENDED", "OURS", "PEERS", "SIDE", "Answer", "reader"]

OURS = ("native", "wasm")
PEERS = ("Pillow", "pyvips")
SIDE = 1200
"""Of the box, in pixels."""

ENDED = -1
"""The code where a process ended, or was ended, without an answer."""


@dataclass(frozen=True)
class Answer:
    """A picture as 8-bit RGBA, or why there is none."""

    picture: NDArray[np.uint8] | None
    refusal: str = ""
    code: int = 0
    """Of a refusal of ours, or ENDED."""
    exact: bytes = b""
    """What our builds must agree on: the file, or the error."""
    damaged: bool = False
    """Whether a peer shows what there is of a file that it would rather refuse."""


def reader(name: str, path: str | None) -> Callable[[bytes], Answer]:
    """One of OURS or PEERS, ready to be asked. `path`: another build than the package's."""
    if name in OURS:
        return _ours(name, path)
    return _tolerant(_pillow() if name == "Pillow" else _vips())


def _ours(variant: str, path: str | None) -> Callable[[bytes], Answer]:
    options: dict[str, Any] = {"path": path} if path else {}
    if variant == "wasm":
        # Whoever asks has a limit of its own.
        options["timeout"] = 3600.0
    plugin = thumbox.load(variant, **options)

    def read(data: bytes) -> Answer:
        try:
            file = plugin.thumbnail(data, SIDE, SIDE, format="png").data
        except thumbox.PluginError as error:
            text = f"{error.code} {error.message}"
            return Answer(None, text, error.code, text.encode())
        with Image.open(io.BytesIO(file)) as picture:
            return Answer(np.asarray(picture.convert("RGBA")), exact=bytes(file))

    return read


def _tolerant(decode: Callable[[bytes, bool], NDArray[np.uint8]]) -> Callable[[bytes], Answer]:
    """Strictly first; then what there is of a damaged file, unless that is one colour all over."""

    def read(data: bytes) -> Answer:
        try:
            return Answer(decode(data, True))
        except Exception as error:  # noqa: BLE001 -- decoders raise what they like for a file that they cannot read
            lines = str(error).strip().splitlines()
            refusal = Answer(None, f"{type(error).__name__}: {lines[-1].strip() if lines else ''}")
        try:
            picture = decode(data, False)
        except Exception:  # noqa: BLE001 -- as above
            return refusal
        return refusal if (picture == picture[:1, :1]).all() else Answer(picture, damaged=True)

    return read


def _vips() -> Callable[[bytes, bool], NDArray[np.uint8]]:
    pyvips = importlib.import_module("pyvips")

    def decode(data: bytes, strict: bool) -> NDArray[np.uint8]:
        picture = pyvips.Image.thumbnail_buffer(
            data,
            SIDE,
            height=SIDE,
            size="down",
            export_profile="srgb",
            fail_on="error" if strict else "none",
        )
        pixels = picture.colourspace("srgb").cast("uchar").numpy()
        if pixels.ndim == 2:
            pixels = pixels[..., None]
        bands = 3 if pixels.shape[-1] > 2 else 1
        colours, alpha = pixels[..., :bands], pixels[..., bands : bands + 1]
        if not alpha.shape[-1]:
            alpha = np.full_like(colours[..., :1], 255)
        return np.concatenate([np.broadcast_to(colours, (*colours.shape[:2], 3)), alpha], axis=-1)

    return decode


def _pillow() -> Callable[[bytes, bool], NDArray[np.uint8]]:
    Image.MAX_IMAGE_PIXELS = 1 << 28
    srgb = ImageCms.createProfile("sRGB")
    lab = ImageCms.createProfile("LAB")

    def decode(data: bytes, strict: bool) -> NDArray[np.uint8]:
        ImageFile.LOAD_TRUNCATED_IMAGES = not strict
        with Image.open(io.BytesIO(data)) as file:
            profile = file.info.get("icc_profile")
            picture = _by_range(ImageOps.exif_transpose(file), _top(file))
        if picture.mode == "LAB":
            colours = ImageCms.profileToProfile(picture, lab, srgb, outputMode="RGB")
        elif profile:
            colours = _through(picture, profile, srgb)
        else:
            colours = picture
        assert colours is not None  # noqa: S101 -- it is only None where the picture is changed in place
        colours = colours.convert("RGBA")
        colours.thumbnail((SIDE, SIDE), Image.Resampling.LANCZOS)
        return np.asarray(colours)

    return decode


def _top(file: Image.Image) -> int:
    """The greatest integer that a TIFF's samples can be, which Pillow's modes do not tell; else that of 16 bits."""
    tags = getattr(file, "tag_v2", {})
    bits = max(tags.get(258, (16,)))
    return int((1 << (bits - (set(tags.get(339, (1,))) == {2}))) - 1)


def _by_range(picture: Image.Image, top: int) -> Image.Image:
    """The modes of more than 8 bits in 8, by the range of their samples."""
    if not picture.mode.startswith(("I", "F")):
        return picture
    values = np.asarray(picture)
    if picture.mode == "F":
        most = np.nanmax(values, initial=0)
        top = next((top for top in (1, 255, 65535) if most <= top * 1.001), top)
    elif top > 0x7FFFFFFF:
        # Pillow has the bits of unsigned ones in signed ones.
        values = values.view(np.uint32)
    levels = np.nan_to_num(values.astype(np.float64) / top, nan=0.0, posinf=1.0, neginf=0.0)
    grey = Image.fromarray(np.rint(levels.clip(0, 1) * 255).astype(np.uint8))
    grey.info = picture.info
    return grey


def _through(picture: Image.Image, profile: bytes, srgb: Any) -> Image.Image:
    """Its colours to sRGB; as they are where the profile is not one for them, as browsers do."""
    alpha = picture.convert("RGBA").getchannel("A") if picture.has_transparency_data else None
    modes = {"L": "L", "LA": "L", "1": "L", "CMYK": "CMYK"}
    colours = picture.convert(modes.get(picture.mode, "RGB"))
    try:
        done = ImageCms.profileToProfile(colours, ImageCms.ImageCmsProfile(io.BytesIO(profile)), srgb, outputMode="RGB")
    except (ImageCms.PyCMSError, OSError):
        return picture.convert("RGBA")
    assert done is not None  # noqa: S101 -- as above
    if alpha:
        done.putalpha(alpha)
    return done
