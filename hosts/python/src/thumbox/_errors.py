"""The error classes, one per group of codes. The group says who must act."""

from __future__ import annotations

from typing import Literal

__all__ = [
    "BundleError",
    "ImageError",
    "InternalError",
    "LimitError",
    "PluginError",
    "RequestError",
    "error_for",
]

INVALID_STATE = 1
INIT_FAILED = 2
TIMEOUT = 10
INTERNAL = 11
TOO_MANY_REQUESTS = 13
HEADER = 100
UNKNOWN_FORMAT = 200
FORMAT_NOT_IN_BUILD = 204
MEMORY = 301
REPLY_SIZE = 302
BUG = 900


class PluginError(Exception):
    """A call that was answered with an error.

    `code` is for programs and is never reused; `message` is for people and is never parsed. Codes 1 to 13
    are the transport's (1 closed, 2 not initialised, 4 configuration, 5 JSON, 6 unknown message, 10 timeout,
    13 too many calls at once) and raise this class itself; the other groups have a subclass each.
    """

    end: Literal["trap", "timeout"] | None = None
    """How the instance ended whose call this was; None for one that goes on, or never began."""

    def __init__(self, code: int, message: str) -> None:
        super().__init__(code, message)
        self.code = code
        self.message = message

    def __str__(self) -> str:
        return f"{self.message} (code {self.code})"


class RequestError(PluginError):
    """Codes 100 to 199: whoever wrote the request must act."""


class ImageError(PluginError):
    """Codes 200 to 299: whoever sent the image must act. 200 is no format that is read, 201 a corrupt file, 202 a
    truncated one, 203 a format that `formats` does not allow, 204 AVIF or HEIC, which the build does not read.
    """


class LimitError(PluginError):
    """Codes 300 to 399: raise the limit, or send less. 300 is pixels, 301 memory, 302 the reply's size, 303 work,
    304 frames.
    """


class InternalError(PluginError):
    """Code 11, a panic or trap that was stopped at the boundary, and code 900: a bug of Thumbox."""


class BundleError(PluginError):
    """A bundle that was refused, with code 2: whoever made it, or whoever handed it on, must act."""

    def __init__(self, message: str) -> None:
        super().__init__(INIT_FAILED, message)

    def __reduce__(self) -> tuple[type[BundleError], tuple[str]]:
        return BundleError, (self.message,)


def ended(end: Literal["trap", "timeout"], code: int, message: str) -> PluginError:
    """The error of a call that took its instance with it."""
    error = error_for(code, message)
    error.end = end
    return error


def error_for(code: int, message: str) -> PluginError:
    """The error of the class that `code` belongs to."""
    if code in (INTERNAL, BUG):
        return InternalError(code, message)
    group = {1: RequestError, 2: ImageError, 3: LimitError}.get(code // 100, PluginError)
    return group(code, message)


def closed_error(variant: str) -> PluginError:
    """The error of a call to a plugin that was closed."""
    return PluginError(INVALID_STATE, f"the {variant} plugin is closed; load it again")
