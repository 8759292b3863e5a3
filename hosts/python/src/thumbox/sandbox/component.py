"""Finds the core module inside a component file."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["TRANSPORT", "core_module"]

_COMPONENT = b"\0asm\x0d\0\x01\0"
_CORE_MODULE_SECTION = 1

TRANSPORT = re.compile(rb"thumbox:plugin/transport@0\.1\.\d+#call")
"""The export that makes a core module ours; any patch release of the interface will do."""


def core_module(component: bytes) -> bytes:
    """The core module that does the work; ValueError, with the reason, for a file without one."""
    if not component.startswith(_COMPONENT):
        # The bytes are not shown: a file that was named by mistake may be a secret one.
        raise ValueError(f"it does not start as a component does, with {_COMPONENT.hex(' ')}")
    found = [module for module in _core_modules(component) if TRANSPORT.search(module)]
    if len(found) != 1:
        raise ValueError(f"{len(found)} of its core modules export {TRANSPORT.pattern.decode()}; 1 must")
    return bytes(found[0])


def _core_modules(component: bytes) -> Iterator[memoryview]:
    position = len(_COMPONENT)
    while position < len(component):
        section = component[position]
        size, start = _leb128(component, position + 1)
        position = start + size
        if position > len(component):
            raise ValueError(f"section {section} ends at byte {position}, the file at {len(component)}")
        if section == _CORE_MODULE_SECTION:
            yield memoryview(component)[start:position]


def _leb128(data: bytes, position: int) -> tuple[int, int]:
    """An unsigned number of up to 32 bits, and the place after it."""
    value = 0
    for shift, byte in zip(range(0, 35, 7), data[position : position + 5], strict=False):
        value |= (byte & 0x7F) << shift
        if byte < 0x80:  # noqa: PLR2004 -- the continuation bit
            return value, position + shift // 7 + 1
    raise ValueError(f"a length at byte {position} has no end")
