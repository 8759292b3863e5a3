"""The names that a bundle's entries may have."""

from __future__ import annotations

import re

from thumbox._terminal import shown

__all__ = ["FOLDERS", "TOP_FILES", "name_fault", "shown_name"]

FOLDERS = ("bridge", "docs", "legal", "lib", "sbom", "schema")
TOP_FILES = ("manifest.json", "manifest.json.minisig", "SHA256SUMS", "SHA256SUMS.minisig")
LONGEST_NAME = 255
_NAME = re.compile(r"[A-Za-z0-9._+-]+(?:/[A-Za-z0-9._+-]+)*")


def name_fault(name: str) -> str:
    """What is wrong with a name in a bundle; nothing if it is a plain relative path."""
    parts = re.split(r"[/\\]", name)
    faults = {
        f"has a name of {len(name)} bytes; 1 to {LONGEST_NAME} are allowed": not 0 < len(name) <= LONGEST_NAME,
        "has a control character in its name": re.search(r"[\x00-\x1f\x7f]", name),
        "has an absolute name": re.match(r"[/\\]|[A-Za-z]:", name),
        "has '.' or '..' in its name": "." in parts or ".." in parts,
        "is a folder": name.endswith("/"),
        "has a name with other characters than letters, digits and ._+-/": not _NAME.fullmatch(name),
    }
    return next((fault for fault, is_there in faults.items() if is_there), "")


def shown_name(name: object) -> str:
    """A name as a terminal may see it: an escape for what is not printable, and cut off when it is long."""
    text = str(name)
    text = text if len(text) <= LONGEST_NAME else text[:LONGEST_NAME] + "..."
    return shown(text)
