"""The built-in packages as modules: `thumbox_ros.std_msgs.String`."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

from thumbox_ros.messages.registry import REGISTRY

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["names_in", "package"]


def names_in(name: str) -> dict[str, str]:
    """The types of a package: short names to full names. The messages of a service are its members, and not here."""
    full = [one for one in REGISTRY.names() if one.startswith(f"{name}/")]
    return {one.split("/")[2]: one for one in full if "_" not in one.split("/")[2]}


def package(name: str) -> tuple[list[str], Callable[[str], Any]]:
    """The `__all__` and the `__getattr__` of a package's module."""

    def find(short: str) -> Any:
        full = names_in(name).get(short)
        if full is None:
            raise AttributeError(
                f"{name} has no {short}; it has {', '.join(names_in(name))}. "
                f"thumbox_ros.define('{name}/msg/{short}', text) adds it"
            )
        found = REGISTRY.get(full)
        # Python finds it in the module from now on.
        setattr(sys.modules[f"thumbox_ros.{name}"], short, found)
        return found

    return sorted(names_in(name)), find
