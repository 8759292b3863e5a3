"""What is made of each picture: boxes and formats as `--size` and `--format` say, and the names of the files."""

from __future__ import annotations

import os
import re
import string
from dataclasses import dataclass
from pathlib import Path, PurePath
from typing import TYPE_CHECKING

from thumbox._request import FORMATS
from thumbox.cli.find import Failure, Picture
from thumbox.cli.stores import Stored

if TYPE_CHECKING:
    from thumbox.cli.stores import Location

__all__ = ["Job", "Shape", "Size", "Template", "output_format", "plan", "size"]

FIELDS = ("stem", "name", "ext", "size", "width", "height", "format")
"""What a name may be made of."""


@dataclass(frozen=True)
class Size:
    """What `--size` says."""

    label: str
    """As it was written, without the format."""
    width: int
    height: int
    format: str | None


@dataclass(frozen=True)
class Shape:
    """A thumbnail of each picture."""

    label: str
    width: int
    height: int
    format: str

    @property
    def ext(self) -> str:
        """The ending of its files, without the point."""
        return FORMATS[self.format].extension[1:]


@dataclass(frozen=True)
class Job:
    """A picture and the files to make of it, one for each shape."""

    picture: Picture
    outputs: tuple[Location, ...]


class Template:
    """What `--name` says."""

    def __init__(self, text: str) -> None:
        """ValueError for one that is no name below the output folder."""
        try:
            fields = [(field, spec, how) for _, field, spec, how in string.Formatter().parse(text) if field is not None]
        except ValueError as error:
            raise ValueError(f"{text!r} is no pattern of names: {error}") from None
        for field, spec, how in fields:
            if field not in FIELDS or spec or how:
                raise ValueError(f"{{{field}}} is no part of a name; {', '.join(f'{{{name}}}' for name in FIELDS)} are")
        path = PurePath(text)
        if not path.name or path.is_absolute() or ".." in path.parts:
            raise ValueError(f"{text!r} is no name below the output folder, for example {{stem}}-{{width}}.{{ext}}")
        self._text = text

    def __call__(self, picture: Picture, shape: Shape) -> Path:
        """The name of a thumbnail, below the folder of its picture."""
        values = {
            "stem": picture.place.stem,
            "name": picture.place.name,
            "ext": shape.ext,
            "size": shape.label,
            "width": shape.width,
            "height": shape.height,
            "format": shape.format,
        }
        return picture.place.parent / self._text.format_map(values)


def size(text: str) -> Size:
    """From `256`, `300x200`, `512@webp`; ValueError for another text."""
    match = re.fullmatch(r"([0-9]+)(?:x([0-9]+))?(?:@([a-zA-Z]+))?", text)
    if not match or (match[3] is not None and match[3] not in FORMATS):
        raise ValueError(
            f"{text!r} is no size; for example 256 (a box of 256x256), 300x200, 300x0, 0x300 or 512@webp are allowed"
        )
    width = int(match[1])
    return Size(text.partition("@")[0], width, width if match[2] is None else int(match[2]), match[3])


def output_format(name: str) -> str | None:
    """The format that the ending of a file's name says, if it is one that is written."""
    endings = {".jpeg": "jpeg", ".jfif": "jpeg", **{kind.extension: name for name, kind in FORMATS.items()}}
    return endings.get(PurePath(name).suffix.lower())


def plan(
    pictures: list[Picture], folder: Location, shapes: list[Shape], template: Template | None
) -> tuple[list[Job], list[Failure]]:
    """One job for each picture. No two have an output in common: the second fails.

    Without a template a thumbnail has its picture's name with the ending of what it is. Where several pictures would
    have that name, all but one keep their own ending, too: `a.png` becomes `a.png.jpg` beside `a.jpg`.
    """
    several = len(shapes) > 1
    usual = template or Template("{stem}-{size}.{ext}" if several else "{stem}.{ext}")
    longer = template or Template("{name}-{size}.{ext}" if several else "{name}.{ext}")
    owners = _owners(pictures, shapes[0], usual)
    taken: dict[str, Picture] = {}
    jobs, failures = [], []
    for picture in pictures:
        name = usual if owners[_key(usual(picture, shapes[0]))] is picture else longer
        outputs = tuple(folder / name(picture, shape) for shape in shapes)
        keys = [_key(output) for output in outputs]
        other = next((taken[key] for key in keys if key in taken), picture if len(set(keys)) < len(keys) else None)
        if other is None:
            taken.update(dict.fromkeys(keys, picture))
            jobs.append(Job(picture, outputs))
        elif other is picture:
            failures.append(Failure(picture.path, f"two of its thumbnails would be {outputs[0]}"))
        else:
            failures.append(Failure(picture.path, f"its thumbnail {outputs[0]} would be that of {other.path} too"))
    return jobs, failures


def _owners(pictures: list[Picture], shape: Shape, template: Template) -> dict[str, Picture]:
    """Whose each name is: the picture's that has its ending already, else the first one's."""
    owners: dict[str, Picture] = {}
    for picture in pictures:
        key = _key(template(picture, shape))
        has_ending = output_format(picture.place.name) == shape.format
        if key not in owners or (has_ending and output_format(owners[key].place.name) != shape.format):
            owners[key] = picture
    return owners


def _key(path: Location) -> str:
    return str(path) if isinstance(path, Stored) else os.path.normcase(path)
