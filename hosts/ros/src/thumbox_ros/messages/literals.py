"""Values in the text of a definition: constants and defaults."""

from __future__ import annotations

import ast
import struct
from typing import Any

from thumbox_ros._errors import DefinitionError

__all__ = ["RANGES", "Value", "literal"]

Value = bool | int | float | str | list[Any] | None

RANGES = {
    **{f"int{bits}": (-(1 << bits - 1), (1 << bits - 1) - 1) for bits in (8, 16, 32, 64)},
    **{f"uint{bits}": (0, (1 << bits) - 1) for bits in (8, 16, 32, 64)},
    # ROS 2's `char` is a uint8.
    "byte": (0, 255),
    "char": (0, 255),
}
"""The lowest and the highest value of each whole number."""


def literal(base: str, text: str, *, is_list: bool = False) -> Value:
    """The value of the text of a constant or default, of the primitive type `base` or, with `is_list`, a list of it."""
    if not is_list:
        return _single(base, text)
    if not (text.startswith("[") and text.endswith("]")):
        raise DefinitionError(f"the default {text} is not a list; [value, value] is allowed")
    inner = text[1:-1].strip()
    if base in ("string", "wstring"):
        return [_text(base, value) for value in _strings(text)]
    return [_single(base, part.strip()) for part in inner.split(",")] if inner else []


def _single(base: str, text: str) -> bool | int | float | str:
    if base in ("string", "wstring"):
        return _text(base, text)
    if base == "bool":
        if text.lower() not in ("true", "false", "1", "0"):
            raise DefinitionError(f"the value {text} is not a bool; true, false, 1 and 0 are allowed")
        return text.lower() in ("true", "1")
    try:
        if base in ("float32", "float64"):
            number = float(text)
            if base == "float32":
                struct.pack("<f", number)
            return number
        whole = int(text, 0)
    except (ValueError, OverflowError):
        raise DefinitionError(f"the value {text!r} is not a valid {base}") from None
    low, high = RANGES[base]
    if not low <= whole <= high:
        raise DefinitionError(f"the value {whole} is out of range for {base}; {low} to {high} is allowed")
    return whole


def _text(base: str, text: str) -> str:
    if len(text) > 1 and text[0] == text[-1] and text[0] in "\"'":
        values = _strings(f"[{text}]")
        if len(values) == 1:
            return values[0]
        raise DefinitionError(f"the value {text} is not a valid {base}")
    return text


def _strings(text: str) -> list[str]:
    try:
        values = ast.literal_eval(text)
    except (SyntaxError, ValueError):
        values = None
    if not isinstance(values, list) or not all(isinstance(value, str) for value in values):
        raise DefinitionError(f"the value {text} is not a list of quoted strings")
    return values
