"""What a program or a page wants to know of the thumbnails: a manifest in JSON, and `<img>` elements with `srcset`."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

if TYPE_CHECKING:
    from collections.abc import Iterator

    from thumbox._reply import Thumbnail
    from thumbox.cli.find import Failure, Found, Picture
    from thumbox.cli.stores import Location

__all__ = ["Entry", "address", "manifest", "snippets"]


@dataclass(frozen=True)
class Entry:
    """A thumbnail that is there, made now or before."""

    picture: Picture
    file: Location
    thumbnail: Thumbnail


def manifest(entries: list[Entry], failures: list[Failure], found: Found) -> bytes:
    """The thumbnails by picture, what failed, and what was passed over."""
    pictures: dict[Location, list[dict[str, object]]] = {}
    for entry in entries:
        one = entry.thumbnail
        said = {"file": str(entry.file), "width": one.width, "height": one.height, "format": one.format}
        pictures.setdefault(entry.picture.path, []).append({**said, "bytes": len(one.data)})
    value = {
        "pictures": [{"file": str(path), "thumbnails": thumbnails} for path, thumbnails in pictures.items()],
        "failed": [
            {"file": str(failure.path), "error": {"code": failure.code, "message": failure.reason}}
            for failure in failures
        ],
        "passed_over": dict(sorted(found.others.items())),
    }
    return json.dumps(value, indent=2).encode(errors="surrogatepass") + b"\n"


def snippets(entries: list[Entry], page: Path) -> Iterator[bytes]:
    """An element for each picture: the browser chooses among its sizes, and takes WebP where there is some and it
    reads it. Addresses are relative to the folder of `page`.
    """
    pictures: dict[Location, list[Entry]] = {}
    for entry in entries:
        pictures.setdefault(entry.picture.path, []).append(entry)
    for one in pictures.values():
        formats = sorted({entry.thumbnail.format for entry in one}, key=["webp", "jpeg", "png"].index)
        last = formats[-1]
        sources = "".join(
            f'<source type="image/{kind}" srcset="{_sizes(one, kind, page)}">' for kind in formats if kind != last
        )
        largest = _by_width(one, last)[-1]
        image = (
            f'<img src="{address(largest.file, page)}" srcset="{_sizes(one, last, page)}" '
            f'width="{largest.thumbnail.width}" height="{largest.thumbnail.height}" alt="" loading="lazy">'
        )
        yield (f"<picture>{sources}{image}</picture>\n" if sources else f"{image}\n").encode()


def _sizes(entries: list[Entry], kind: str, page: Path) -> str:
    chosen = _by_width(entries, kind)
    return ", ".join(f"{address(entry.file, page)} {entry.thumbnail.width}w" for entry in chosen)


def _by_width(entries: list[Entry], kind: str) -> list[Entry]:
    chosen = (entry for entry in entries if entry.thumbnail.format == kind)
    return sorted(chosen, key=lambda entry: entry.thumbnail.width)


def address(file: Location, page: Path) -> str:
    """A file's relative URL on a page, as text of an attribute; of one in a store, where it is."""
    if not isinstance(file, Path):
        return escape(str(file))
    relative = os.path.relpath(file, page.parent).replace(os.sep, "/")
    # A first part with a colon would be a scheme.
    return escape("./" * (":" in relative.partition("/")[0]) + quote(os.fsencode(relative)))
