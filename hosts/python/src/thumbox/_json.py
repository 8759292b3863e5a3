"""JSON that a guest has said, which an image may have taken over: looked at before it is parsed.

Python's parser makes up to twenty times as much memory as it reads, in one piece, with the GIL held, and outside of the
sandbox's limits. So what is parsed is what a reply of ours may be: few values, and texts that may be long, since base64
is one.
"""

from __future__ import annotations

import json
import re

from thumbox._errors import BUG, REPLY_SIZE, InternalError, LimitError, PluginError

__all__ = ["parse_json"]

MOST_MARKS = 100_000
"""Of the characters [ ] { } , : \\" and the backslash, in the whole reply."""
DEEPEST = 127
"""Lists and objects within each other: as many as the host for Rust reads."""
LONGEST_NUMBER = 32
"""Characters."""
LARGE = 1 << 20
"""Bytes. More of them have to be ASCII without escapes: one other character would make a text four times as large."""

_MARKS = b'[]{},:"\\'
_REST = bytes(set(range(256)) - set(_MARKS))
_ESCAPE = re.compile(rb"\\.", re.DOTALL)


def parse_json(reply: bytes | memoryview) -> object:
    """From a reply of the JSON transport."""
    content = bytes(reply)
    _check(content)
    try:
        return json.loads(content.decode(), parse_int=_integer, parse_float=_real)
    except (ValueError, RecursionError):
        start = content[:28].hex(" ")
        text = f"the plugin's reply of {len(content)} bytes is not JSON; it starts with {start}"
        raise InternalError(BUG, text) from None


def _check(content: bytes) -> None:
    if len(content) > LARGE and (b"\\" in content or not content.isascii()):
        raise _too_much(content, f"other characters than ASCII, or escapes; {LARGE} bytes with them are allowed")
    if len(_marks(content)) > MOST_MARKS:
        raise _too_much(content, f'more than {MOST_MARKS} of the characters [ ] {{ }} , : " and \\')
    if content.count(b"[") + content.count(b"{") > DEEPEST and _depth(content) > DEEPEST:
        raise _too_much(content, f"more than {DEEPEST} lists and objects within each other")


def _marks(content: bytes) -> bytes:
    """The content without all other characters, or the beginning of that if it is too long."""
    marks = b""
    for start in range(0, len(content), LARGE):
        marks += content[start : start + LARGE].translate(None, _REST)
        if len(marks) > MOST_MARKS:
            break
    return marks


def _depth(content: bytes) -> int:
    if b"\\" in content:
        content = _ESCAPE.sub(b"", content)
    depth = deepest = 0
    for mark in b"".join(_marks(content).split(b'"')[::2]):  # what is not in texts
        if mark in b"[{":
            depth += 1
            deepest = max(deepest, depth)
        elif mark in b"]}":
            depth -= 1
    return deepest


def _integer(digits: str) -> int:
    return int(_number(digits))


def _real(digits: str) -> float:
    return float(_number(digits))


def _number(digits: str) -> str:
    if len(digits) > LONGEST_NUMBER:
        raise ValueError(f"a number of {len(digits)} characters")
    return digits


def _too_much(content: bytes, what: str) -> PluginError:
    return LimitError(REPLY_SIZE, f"the plugin's reply of {len(content)} bytes has {what}; it is not read")
