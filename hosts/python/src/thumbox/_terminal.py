"""Text as a terminal may see it."""

from __future__ import annotations

__all__ = ["shown"]


def shown(name: object) -> str:
    """The text of a name, with an escape for every character that is not printable."""
    return "".join(
        character if character.isprintable() else character.encode("unicode_escape").decode() for character in str(name)
    )
