"""The files that are made to be compared."""

from __future__ import annotations

import collections
import warnings
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from . import codec_kinds, pillow_kinds, tiff_kinds, tifffile_kinds, vips_kinds

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    import numpy as np
    from numpy.typing import NDArray

    from .scene import Kind

__all__ = ["Made", "make"]

_SOURCES: dict[str, Callable[[], Iterator[Kind]]] = {
    "our own writer": tiff_kinds.kinds,
    "tifffile": tifffile_kinds.kinds,
    "pyvips": vips_kinds.kinds,
    "Pillow": pillow_kinds.kinds,
    "imagecodecs": codec_kinds.kinds,
}


@dataclass
class Made:
    """What came of it: the files' names. `shows`: what a file must show, by its name, as far as that is sure."""

    names: list[str] = field(default_factory=list)
    shows: dict[str, NDArray[np.uint8]] = field(default_factory=dict)
    missing: list[str] = field(default_factory=list)
    refused: dict[str, int] = field(default_factory=dict)
    """Kinds that a library does not write, by its reason."""


def make(folder: Path) -> Made:
    """Writes every kind that the installed libraries can write."""
    made, reasons = Made(), collections.Counter[str]()
    folder.mkdir(parents=True, exist_ok=True)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for source, kinds in _SOURCES.items():
            try:
                for kind in kinds():
                    _write(folder, kind, source, made, reasons)
            except ImportError as error:
                made.missing.append(f"{source}: {error}")
    made.refused = dict(reasons.most_common())
    return made


def _write(folder: Path, kind: Kind, source: str, made: Made, reasons: collections.Counter[str]) -> None:
    try:
        data = kind.make()
    except Exception as error:  # noqa: BLE001 -- encoders raise what they like for what they do not write
        lines = str(error).strip().splitlines()
        reasons[f"{source}: {lines[-1].strip() if lines else type(error).__name__}"] += 1
        return
    (folder / kind.name).write_bytes(data)
    made.names.append(kind.name)
    if kind.shows is not None:
        made.shows[kind.name] = kind.shows
