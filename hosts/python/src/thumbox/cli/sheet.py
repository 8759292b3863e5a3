"""A contact sheet: one page with every thumbnail, which needs no network. It links to the pictures."""

from __future__ import annotations

import base64
from html import escape
from typing import TYPE_CHECKING

from thumbox._terminal import shown
from thumbox.cli.find import STDIN
from thumbox.cli.lists import address

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from thumbox.cli.find import Failure
    from thumbox.cli.lists import Entry

__all__ = ["sheet"]

MOST_INSIDE = 200
"""Thumbnails that a page has in itself, at the most."""

_HEAD = """<!DOCTYPE html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy"
  content="default-src 'none'; img-src data: file: 'self'; style-src 'unsafe-inline'">
<title>Contact sheet: {title}</title>
<style>
:root {{ color-scheme: light dark; --page: #f6f6f4; --card: #fff; --text: #1d1d1b; --soft: #63635e; --line: #dddcd7; }}
@media (prefers-color-scheme: dark) {{
  :root {{ --page: #161615; --card: #212120; --text: #ecebe6; --soft: #a3a29b; --line: #383835; }}
}}
* {{ box-sizing: border-box; margin: 0; }}
body {{ background: var(--page); color: var(--text); font: 15px/1.45 system-ui, sans-serif;
  padding: 2rem clamp(1rem, 4vw, 3rem); }}
header {{ display: flex; flex-wrap: wrap; align-items: baseline; gap: .25rem 1rem; margin-bottom: 1.5rem; }}
h1 {{ font-size: 1.4rem; font-weight: 650; }}
h2 {{ font-size: 1.1rem; font-weight: 650; margin: 2.5rem 0 .75rem; }}
header p, figcaption span, li span {{ color: var(--soft); }}
.sheet {{ display: grid; grid-template-columns: repeat(auto-fill, minmax(min({column}px, 100%), 1fr));
  gap: 1rem; padding: 0; list-style: none; }}
figure {{ height: 100%; display: flex; flex-direction: column; overflow: hidden;
  background: var(--card); border: 1px solid var(--line); border-radius: 10px; }}
.picture {{ flex: 1; display: grid; place-items: center; padding: .75rem; }}
img {{ display: block; max-width: 100%; height: auto; border-radius: 3px;
  background: repeating-conic-gradient(#0000 0 25%, #8883 0 50%) 0 0 / 16px 16px; }}
figcaption {{ border-top: 1px solid var(--line); padding: .55rem .75rem; font-size: .85rem; overflow-wrap: anywhere; }}
figcaption span {{ display: block; font-variant-numeric: tabular-nums; }}
.failed {{ padding-left: 1.25rem; overflow-wrap: anywhere; }}
.failed li {{ margin: .35rem 0; }}
@media print {{ figure {{ break-inside: avoid; }} }}
</style>
"""


def sheet(title: str, entries: list[Entry], failures: list[Failure], page: Path) -> Iterator[bytes]:
    """The page, in parts. Every name is escaped: it may come from a stranger, like the picture.

    Up to MOST_INSIDE thumbnails are in the page. More stay in their files, so that the page opens at once.
    """
    column = min(max((one.thumbnail.width for one in entries), default=0) + 26, 340)
    yield _HEAD.format(title=_text(title), column=max(column, 160)).encode()
    failed = f", {len(failures)} failed" if failures else ""
    pictures = "1 picture" if len(entries) == 1 else f"{len(entries)} pictures"
    yield f"<header><h1>{_text(title)}</h1><p>{pictures}{failed}</p></header>\n".encode()
    yield b'<main>\n<ul class="sheet">\n'
    for one in entries:
        yield from _figure(one, page, inside=len(entries) <= MOST_INSIDE)
    yield b"</ul>\n"
    if failures:
        yield b'<h2>Failed</h2>\n<ul class="failed">\n'
        for failure in failures:
            yield f"<li>{_text(failure.path)}<br><span>{_text(failure.reason)}</span></li>\n".encode()
        yield b"</ul>\n"
    yield b"</main>\n</html>\n"


def _figure(one: Entry, page: Path, *, inside: bool) -> Iterator[bytes]:
    thumbnail = one.thumbnail
    name = _text(one.picture.place)
    size = f'width="{thumbnail.width}" height="{thumbnail.height}"'
    link = "" if one.picture is STDIN else f' href="{address(one.picture.path, page)}"'
    yield f'<li><figure><a class="picture"{link}><img {size} alt="{name}" loading="lazy" src="'.encode()
    if inside:
        yield f"data:image/{thumbnail.format};base64,".encode()
        yield base64.b64encode(thumbnail.data)
    else:
        yield address(one.file, page).encode()
    facts = f"{thumbnail.width} x {thumbnail.height}, {len(thumbnail.data) / 1000:.1f} kB"
    yield f'"></a><figcaption>{name}<span>{facts}</span></figcaption></figure></li>\n'.encode()


def _text(value: object) -> str:
    return escape(shown(value))
