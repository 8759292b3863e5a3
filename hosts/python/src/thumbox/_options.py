"""Checks on arguments: the type, then the range; a message names the value and what is allowed."""

from __future__ import annotations

import json
import operator
import os
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, SupportsIndex

from thumbox._layouts import MAX_REPLY, MAX_REQUEST, MAX_WAIT, MOST_PIXELS, READ_FORMATS

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["U32", "CommonOptions", "choice", "flag", "integer", "processors", "seconds", "waiting"]

U32 = (1 << 32) - 1
U64 = (1 << 64) - 1
LONGEST_WAIT = 1e6

# Of the sandbox, in both of its forms.
PAGE = 64 << 10
MOST_MEMORY = 4 << 30
LONGEST_TIMEOUT = 1e6
ISOLATION = ("call", "pool")


def integer(name: str, value: SupportsIndex, low: int, high: int) -> int:
    """A whole number from `low` to `high`; numpy's count, booleans do not."""
    if isinstance(value, bool):
        raise TypeError(f"{name} is {value}; a whole number is allowed")
    try:
        number = operator.index(value)
    except TypeError:
        raise TypeError(f"{name} is a {type(value).__name__} ({value!r}); a whole number is allowed") from None
    if not low <= number <= high:
        raise ValueError(f"{name} is {number}; {low} to {high} is allowed")
    return number


def flag(name: str, value: bool) -> bool:
    """True or False, and nothing that only passes for it."""
    if not isinstance(value, bool):
        raise TypeError(f"{name} is a {type(value).__name__} ({value!r}); True or False is allowed")
    return value


def choice(name: str, value: str, allowed: Iterable[str]) -> str:
    """One of some words."""
    names = tuple(allowed)
    if not isinstance(value, str):
        raise TypeError(f"{name} is a {type(value).__name__} ({value!r}); {_words(names)} is allowed")
    if value not in names:
        raise ValueError(f"{name} is {value!r}; {_words(names)} is allowed")
    return value


def seconds(name: str, value: float | None, high: float) -> float | None:
    """A time above zero, or None for none."""
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise TypeError(f"{name} is a {type(value).__name__} ({value!r}); a number of seconds or None is allowed")
    if not 0 < value <= high:
        raise ValueError(f"{name} is {value}; more than 0, up to {high:g}, or None is allowed")
    return float(value)


def waiting(name: str, value: float, high: float) -> float:
    """A time that may be 0."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise TypeError(f"{name} is a {type(value).__name__} ({value!r}); a number of seconds is allowed")
    if not 0 <= value <= high:
        raise ValueError(f"{name} is {value}; 0 to {high:g} is allowed")
    return float(value)


def processors() -> int:
    """Those that this process may use."""
    if hasattr(os, "process_cpu_count"):  # from Python 3.13 on, which may have been told a number
        return os.process_cpu_count() or 1
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _formats(value: Iterable[str]) -> tuple[str, ...]:
    """An allow-list, each name once."""
    if isinstance(value, str) or not isinstance(value, Iterable):
        kind = type(value).__name__
        raise TypeError(f"formats is a {kind} ({value!r}); several of {_words(READ_FORMATS)} are allowed, in a tuple")
    names = tuple(dict.fromkeys(choice("one of formats", name, READ_FORMATS) for name in value))
    if not names:
        raise ValueError(f"formats is empty; one or more of {_words(READ_FORMATS)} are allowed, or None for all")
    return names


def _words(names: tuple[str, ...]) -> str:
    return ", ".join(repr(name) for name in names[:-1]) + f" or {names[-1]!r}"


@dataclass(frozen=True)
class CommonOptions:
    """The options that both variants have."""

    formats: Iterable[str] | None = None
    max_pixels: int | None = None
    max_memory: int | None = None
    max_reply: int | None = None
    max_request: int = MAX_REQUEST
    max_concurrent: int | None = None
    max_wait: float = MAX_WAIT

    def __post_init__(self) -> None:
        if self.formats is not None:
            object.__setattr__(self, "formats", _formats(self.formats))
        for name, most in (("max_pixels", MOST_PIXELS), ("max_memory", U64), ("max_reply", U64)):
            value = getattr(self, name)
            if value is not None:
                integer(name, value, 1, most)
        integer("max_request", self.max_request, 1, U32)
        if self.max_concurrent is not None:
            integer("max_concurrent", self.max_concurrent, 1, U32)
        waiting("max_wait", self.max_wait, LONGEST_WAIT)

    @property
    def reply_limit(self) -> int:
        """Bytes of the longest reply that an honest plugin gives."""
        return MAX_REPLY if self.max_reply is None else operator.index(self.max_reply)

    @property
    def concurrent(self) -> int:
        """Calls at once."""
        return processors() if self.max_concurrent is None else operator.index(self.max_concurrent)

    def config(self, data: Mapping[str, object] | None = None, **more: object) -> bytes:
        """The configuration in JSON: the core's limits under `data`, and what the variant adds there and beside it."""
        names = ("max_pixels", "max_memory", "max_reply")
        limits: dict[str, object] = {
            name: operator.index(getattr(self, name)) for name in names if getattr(self, name) is not None
        }
        if self.formats is not None:
            limits["formats"] = list(self.formats)
        limits.update(data or {})
        config = {**more, "data": limits} if limits else more
        return json.dumps(config).encode() if config else b""
