"""Compiled codecs: the fields of each message class as steps, by which the extension module reads and writes it.

It knows little-endian CDR, and every type but wstring. For the rest, and for every message or value that may be wrong,
it gives no answer. Then the codec of `codec` decides, which knows every type and says what is wrong. So a compiled
codec reads and writes only what the codec would.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from thumbox_ros._native import Plan
from thumbox_ros.messages.codec import BYTES, CODES, NATIVE
from thumbox_ros.messages.views import BYTE, PayloadView

if TYPE_CHECKING:
    from collections.abc import Callable

    from thumbox_ros.messages.definition import FieldType

__all__ = ["compile_codec"]

Step = tuple[Any, ...]


def compile_codec(kind: Any, classes: Callable[[str], Any]) -> Plan | None:
    """The compiled codec of a message class; None if a field needs the codec. `classes` finds classes."""
    fields = kind.__ros_definition__.fields
    steps = [step for one in fields if (step := _step(one.type, classes)) is not None]
    # A message without fields has a byte in CDR.
    if not NATIVE or not steps or len(steps) < len(fields):
        return None
    return Plan(kind, list(zip(kind.__struct_fields__, steps, strict=True)), PayloadView, BYTE)


def _step(kind: FieldType, classes: Callable[[str], Any]) -> Step | None:
    if kind.kind != "single":
        if kind.base in BYTES:
            return ("bytes", kind.kind, kind.size)
        if kind.base in CODES:
            return ("numbers", CODES[kind.base], kind.kind, kind.size)
        element = _single(kind, classes)
        return None if element is None else ("list", element, kind.kind, kind.size)
    return _single(kind, classes)


def _single(kind: FieldType, classes: Callable[[str], Any]) -> Step | None:
    if kind.base in CODES:
        return ("number", CODES[kind.base])
    if kind.is_nested:
        plan = classes(kind.base).__ros_compiled_codec__
        return None if plan is None else ("message", plan)
    if kind.base == "bool":
        return ("bool",)
    return ("string", kind.string_bound or 0) if kind.base == "string" else None
