"""MkDocs hooks: the site gets some pages from outside docs/, too, and links lead to where their targets are in it.

On a code host every link of a page works, also one to a source file. The site has no source files, so such a link
becomes the file's name there.
"""

from __future__ import annotations

import posixpath
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mkdocs.structure.files import File

if TYPE_CHECKING:
    from mkdocs.config.defaults import MkDocsConfig
    from mkdocs.structure.files import Files
    from mkdocs.structure.pages import Page

ROOT = Path(__file__).parents[2]

# Files outside docs/ that are pages of the site, too, under these names.
PAGES = {
    "SECURITY.md": "security.md",
    "CONTRIBUTING.md": "contributing.md",
    "bench/README.md": "benchmarks.md",
    "CHANGELOG.md": "changelog.md",
}

FENCE = re.compile(r"^```.*?^```$", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"(!?)\[([^\]]*)\]\(([^)#\s]*)(#[^)\s]*)?\)")


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Adds the pages from outside docs/."""
    for name, page in PAGES.items():
        files.append(File.generated(config, page, content=(ROOT / name).read_text(encoding="utf-8")))
    return files


def on_page_markdown(markdown: str, page: Page, **_: Any) -> str:
    """Leads every link to its page in the site, but for those in blocks of code."""
    origins = {generated: name for name, generated in PAGES.items()}
    here = page.file.src_uri
    source = origins.get(here, f"docs/{here}")
    parts, end = [], 0
    for fence in FENCE.finditer(markdown):
        parts += [_links(markdown[end : fence.start()], source, here), fence[0]]
        end = fence.end()
    return "".join([*parts, _links(markdown[end:], source, here)])


def _links(text: str, source: str, here: str) -> str:
    def link(match: re.Match[str]) -> str:
        image, label, target, anchor = match.groups(default="")
        if not target or ":" in target:
            return match[0]
        path = posixpath.normpath(posixpath.join(posixpath.dirname(source), target))
        page = PAGES.get(path) or (path.removeprefix("docs/") if path.startswith("docs/") else None)
        if page is None:
            name = f"`{path}`"
            return name if label.strip("`") in path else f"{label} ({name})"
        return f"{image}[{label}]({posixpath.relpath(page, posixpath.dirname(here) or '.')}{anchor})"

    return LINK.sub(link, text)
