"""What a square crop keeps: `position="attention"`, libvips's `smartcrop` and the centre.

    python attention.py [--corpus DIR] [--save DIR]

Thirty made scenes of three times the crop's length, with a subject of a known place. Prints how much of it each crop
keeps, and how many keep all of it. With `--corpus` it says where the crops of its pictures lie, and with `--save` it
writes each picture with the crops drawn, ours in green and libvips's in red, to be looked at.
"""

from __future__ import annotations

import argparse
import io
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from _peers import pyvips
from _pictures import collect
from PIL import Image, ImageDraw, ImageOps

import thumbox

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from numpy.typing import NDArray

    Samples = NDArray[np.float64]
    Box = tuple[int, int, int, int]

LONG, SHORT = 900, 300
WHOLE = 0.95
"""What counts as all of a subject: a crop lies at one of 33 places."""


def main() -> None:
    """Measures and prints."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--corpus", type=Path, help="a folder of pictures, besides")
    parser.add_argument("--save", type=Path, metavar="DIR", help="write the pictures with their crops there")
    options = parser.parse_args()
    if options.save:
        options.save.mkdir(parents=True, exist_ok=True)
    kept = dict.fromkeys(("ours", "libvips", "centre") if pyvips else ("ours", "centre"), 0)
    if not pyvips:
        print("not measured: libvips: pyvips is not installed")
    print(f"{'part of the subject that is kept':34}" + "".join(f"{name:>9}" for name in kept))
    with thumbox.load("native") as plugin:
        for name, image, subject in scenes():
            crops = {**found(plugin, image), "centre": centre(image)}
            parts = {which: part(subject, crop) for which, crop in crops.items()}
            for which, inside in parts.items():
                kept[which] += inside > WHOLE
            print(f"{name:34}" + "".join(f"{parts[which]:>9.2f}" for which in kept))
            save(options.save, name, image, crops)
        print(f"{'all of it':34}" + "".join(f"{count:>9}" for count in kept.values()))
        for picture in collect(options.corpus, derive=False) if options.corpus else []:
            try:
                with Image.open(io.BytesIO(picture.data)) as file:
                    image = ImageOps.exif_transpose(file).convert("RGB")
            except OSError as error:
                print(f"left out: {picture.label}: {error}")
                continue
            image.thumbnail((LONG, LONG), Image.Resampling.LANCZOS)
            crops = found(plugin, image)
            places = "  ".join(f"{which} {crop[:2]}" for which, crop in crops.items())
            print(f"{picture.label:46}{image.width:>5} x {image.height:<5}{places}")
            save(options.save, picture.name, image, crops)


def found(plugin: thumbox.Plugin, image: Image.Image) -> dict[str, Box]:
    """Where our crop lies, and libvips's."""
    side, file = min(image.size), io.BytesIO()
    image.save(file, "PNG")
    made = plugin.thumbnail(file.getvalue(), side, side, fit="cover", position="attention", format="png")
    with Image.open(io.BytesIO(made.data)) as crop:
        crops = {"ours": place(image, np.asarray(crop.convert("RGB"), float))}
    if pyvips:
        crop = pyvips.Image.new_from_buffer(file.getvalue(), "").smartcrop(side, side, interesting="attention")
        crops["libvips"] = place(image, np.asarray(crop.numpy(), float)[..., :3])
    return crops


def place(image: Image.Image, crop: Samples) -> Box:
    """Where a square lies that was cut from the picture."""
    side, whole = min(image.size), np.asarray(image, float)
    offsets = range(max(image.size) - side + 1)

    def box(at: int) -> Box:
        left, top = (at, 0) if image.width > image.height else (0, at)
        return left, top, left + side, top + side

    def difference(at: int) -> float:
        left, top, right, bottom = box(at)
        return float(np.abs(whole[top:bottom:4, left:right:4] - crop[::4, ::4]).mean())

    return box(min(offsets, key=difference))


def centre(image: Image.Image) -> Box:
    """The square in the middle."""
    side = min(image.size)
    left, top = (image.width - side) // 2, (image.height - side) // 2
    return left, top, left + side, top + side


def part(subject: Box, crop: Box) -> float:
    """How much of the subject lies inside."""
    left, top = max(subject[0], crop[0]), max(subject[1], crop[1])
    right, bottom = min(subject[2], crop[2]), min(subject[3], crop[3])
    inside = max(0, right - left) * max(0, bottom - top)
    return inside / ((subject[2] - subject[0]) * (subject[3] - subject[1]))


def save(folder: Path | None, name: str, image: Image.Image, crops: dict[str, Box]) -> None:
    """Writes a picture with its crops, unless it is too small for them to be seen."""
    if folder is None or min(image.size) < 64:
        return
    drawn = image.copy()
    draw = ImageDraw.Draw(drawn)
    colours = {"ours": (2, "lime"), "libvips": (8, "red")}
    for which, (inset, colour) in ((which, colours[which]) for which in crops if which in colours):
        left, top, right, bottom = crops[which]
        draw.rectangle((left + inset, top + inset, right - inset, bottom - inset), outline=colour, width=4)
    drawn.save(folder / f"{name.replace('/', '-').replace(' ', '-')}.png")


def scenes() -> Iterator[tuple[str, Image.Image, Box]]:
    """Five subjects before six grounds, wide and high in turn, each at a place of chance."""
    random = np.random.default_rng(3)
    pairs = [(ground, subject) for ground in GROUNDS for subject in SUBJECTS]
    for index, (ground, subject) in enumerate(pairs):
        width, height = (LONG, SHORT) if index % 2 else (SHORT, LONG)
        y, x = np.mgrid[:height, :width].astype(float)
        samples = np.clip(GROUNDS[ground](x, y, random), 0, 255).astype(np.uint8)
        image = Image.fromarray(samples)
        side = int(random.integers(70, 150))
        left, top = int(random.integers(0, width - side)), int(random.integers(0, height - side))
        box = (left, top, left + side, top + side)
        SUBJECTS[subject](ImageDraw.Draw(image), box)
        yield f"{subject} before {ground}", image, box


def coloured(luma: Samples, *weights: float) -> Samples:
    """Samples of one colour."""
    return np.stack([luma * weight for weight in weights], -1)


GROUNDS: dict[str, Callable[[Samples, Samples, np.random.Generator], Samples]] = {
    "a gradient": lambda x, _, __: coloured(60 + 130 * x / x.max(), 1, 0.9, 0.8),
    "noise": lambda x, _, random: random.normal(120, 14, (*x.shape, 3)),
    "grass": lambda x, _, random: np.array([70, 120, 50]) + random.normal(0, 22, (*x.shape, 1)),
    "the sky": lambda _, y, __: coloured(220 - 90 * y / y.max(), 0.6, 0.8, 1),
    "stripes": lambda x, _, __: coloured((x // 6 % 2) * 40 + 100, 1, 1, 1),
    "a wall": lambda x, y, __: coloured((y // 12 + (x + y // 12 % 2 * 15) // 30) % 2 * 12 + 150, 1, 0.95, 0.9),
}


def face(draw: ImageDraw.ImageDraw, box: Box) -> None:
    """Skin, two eyes and a mouth."""
    left, top, side = box[0], box[1], box[2] - box[0]
    draw.ellipse(box, fill=(222, 170, 136))
    for eye in (0.33, 0.67):
        across, down = left + side * eye, top + side * 0.41
        draw.ellipse(
            (across - side * 0.06, down - side * 0.06, across + side * 0.06, down + side * 0.06), fill=(30, 30, 40)
        )
    mouth = (left + side * 0.3, top + side * 0.5, left + side * 0.7, top + side * 0.8)
    draw.arc(mouth, 20, 160, fill=(150, 50, 60), width=max(2, side // 30))


def ball(draw: ImageDraw.ImageDraw, box: Box) -> None:
    """A red one."""
    draw.ellipse(box, fill=(220, 40, 30))


def lines(draw: ImageDraw.ImageDraw, box: Box) -> None:
    """Black ones, as text from afar."""
    left, top, right, bottom = box
    for line in range(6):
        y = top + line * (bottom - top) // 6
        draw.rectangle((left, y, right - line % 3 * 10, y + (bottom - top) // 14), fill=(20, 20, 20))


def board(draw: ImageDraw.ImageDraw, box: Box) -> None:
    """Dark, with a bright line."""
    draw.rectangle(box, fill=(20, 24, 30))
    draw.line(box, fill=(240, 240, 240), width=4)


def tent(draw: ImageDraw.ImageDraw, box: Box) -> None:
    """A blue triangle."""
    left, top, right, bottom = box
    draw.polygon([(left, bottom), ((left + right) // 2, top), (right, bottom)], fill=(30, 80, 230))


SUBJECTS: dict[str, Callable[[ImageDraw.ImageDraw, Box], None]] = {
    "a face": face,
    "a ball": ball,
    "lines": lines,
    "a board": board,
    "a tent": tent,
}


if __name__ == "__main__":
    main()
