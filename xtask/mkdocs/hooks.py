"""What MkDocs does for this project: it adds the pages of the top level, and leads links to where their target is.

On a code host every link of a page works, also one to a source file. The site has no source files, so there such a link
becomes the file's name. `docs/` and the pages below are the only files that the site has.
"""

import posixpath
import re
from pathlib import Path

from mkdocs.structure.files import File

ROOT = Path(__file__).parents[2]

# Files of the top level that are pages of the site, too, under these names.
PAGES = {"SECURITY.md": "security.md", "CONTRIBUTING.md": "contributing.md", "CHANGELOG.md": "changelog.md"}

FENCE = re.compile(r"^```.*?^```$", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"(!?)\[([^\]]*)\]\(([^)#\s]*)(#[^)\s]*)?\)")


def on_files(files, config):
    """Adds the pages of the top level."""
    for name, page in PAGES.items():
        files.append(File.generated(config, page, content=(ROOT / name).read_text(encoding="utf-8")))
    return files


def on_page_markdown(markdown, page, **_):
    """Leads every link to its page, but for those in code."""
    origins = {page: name for name, page in PAGES.items()}
    here = page.file.src_uri
    source = origins.get(here, f"docs/{here}")
    parts, end = [], 0
    for fence in FENCE.finditer(markdown):
        parts += [_links(markdown[end : fence.start()], source, here), fence[0]]
        end = fence.end()
    return "".join([*parts, _links(markdown[end:], source, here)])


def _links(text, source, here):
    def link(match):
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
