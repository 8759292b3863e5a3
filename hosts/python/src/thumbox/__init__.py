"""Thumbnails of images that you do not trust.

import thumbox

with thumbox.load() as plugin:  # in a sandbox; thumbox.load("native") is for images that you made yourself
    plugin.thumbnail(image, width=256, height=256, format="webp").save("small.webp")
"""

from __future__ import annotations

from importlib.metadata import version as _version
from typing import TYPE_CHECKING, Any, Literal, overload

from thumbox import wire
from thumbox._errors import BundleError, ImageError, InternalError, LimitError, PluginError, RequestError
from thumbox._plugin import Plugin
from thumbox._reply import ImageInfo, Thumbnail
from thumbox._stats import Stats
from thumbox.wire import MSG_ECHO, MSG_IMAGE_PROBE, MSG_THUMBNAIL_CREATE, MSG_THUMBNAIL_SET

if TYPE_CHECKING:
    import os
    from collections.abc import Callable, Iterable

__all__ = [
    "MSG_ECHO",
    "MSG_IMAGE_PROBE",
    "MSG_THUMBNAIL_CREATE",
    "MSG_THUMBNAIL_SET",
    "BundleError",
    "ImageError",
    "ImageInfo",
    "InternalError",
    "LimitError",
    "Plugin",
    "PluginError",
    "RequestError",
    "Stats",
    "Thumbnail",
    "load",
    "wire",
]

__version__ = _version("thumbox")


@overload
def load(
    variant: Literal["wasm"] = "wasm",
    *,
    path: str | os.PathLike[str] | None = None,
    isolation: Literal["call", "pool"] = "call",
    memory_limit: int = 512 << 20,
    timeout: float | None = 10.0,
    cache: str | os.PathLike[str] | bool = True,
    formats: Iterable[str] | None = None,
    max_pixels: int | None = None,
    max_memory: int | None = None,
    max_reply: int | None = None,
    max_request: int = 64 << 20,
    max_concurrent: int | None = None,
    max_wait: float = 60.0,
) -> Plugin: ...


@overload
def load(
    variant: Literal["native"],
    *,
    path: str | os.PathLike[str] | None = None,
    log_level: str | None = None,
    on_log: Callable[[str, str, str], object] | None = None,
    formats: Iterable[str] | None = None,
    max_pixels: int | None = None,
    max_memory: int | None = None,
    max_reply: int | None = None,
    max_request: int = 64 << 20,
    max_concurrent: int | None = None,
    max_wait: float = 60.0,
) -> Plugin: ...


@overload
def load(
    bundle: str | os.PathLike[str],
    /,
    *,
    variant: Literal["wasm"] = "wasm",
    public_key: str | os.PathLike[str] | None = None,
    verify: bool = True,
    max_bundle: int = 512 << 20,
    max_library: int = 256 << 20,
    cache: str | os.PathLike[str] | bool = True,
    isolation: Literal["call", "pool"] = "call",
    memory_limit: int = 512 << 20,
    timeout: float | None = 10.0,
    formats: Iterable[str] | None = None,
    max_pixels: int | None = None,
    max_memory: int | None = None,
    max_reply: int | None = None,
    max_request: int = 64 << 20,
    max_concurrent: int | None = None,
    max_wait: float = 60.0,
) -> Plugin: ...


@overload
def load(
    bundle: str | os.PathLike[str],
    /,
    *,
    variant: Literal["native"],
    public_key: str | os.PathLike[str] | None = None,
    verify: bool = True,
    max_bundle: int = 512 << 20,
    max_library: int = 256 << 20,
    cache: str | os.PathLike[str] | bool = True,
    log_level: str | None = None,
    on_log: Callable[[str, str, str], object] | None = None,
    formats: Iterable[str] | None = None,
    max_pixels: int | None = None,
    max_memory: int | None = None,
    max_reply: int | None = None,
    max_request: int = 64 << 20,
    max_concurrent: int | None = None,
    max_wait: float = 60.0,
) -> Plugin: ...


@overload
def load(
    bundle: str | os.PathLike[str],
    /,
    *,
    variant: Literal["sandbox"],
    public_key: str | os.PathLike[str] | None = None,
    verify: bool = True,
    max_bundle: int = 512 << 20,
    max_library: int = 256 << 20,
    cache: str | os.PathLike[str] | bool = True,
    isolation: Literal["call", "pool"] = "call",
    memory_limit: int = 512 << 20,
    timeout: float | None = 10.0,
    log_level: str | None = None,
    on_log: Callable[[str, str, str], object] | None = None,
    formats: Iterable[str] | None = None,
    max_pixels: int | None = None,
    max_memory: int | None = None,
    max_reply: int | None = None,
    max_request: int = 64 << 20,
    max_concurrent: int | None = None,
    max_wait: float = 60.0,
) -> Plugin: ...


@overload
def load(source: str | os.PathLike[str] | None = None, /, **options: Any) -> Plugin: ...


def load(source: str | os.PathLike[str] | None = None, /, *, variant: str | None = None, **options: Any) -> Plugin:
    """A plugin: "wasm", in a sandbox, for images from strangers; or "native", in this process, for your own.

    For images from strangers set `formats` first, an allow-list of what may be read, such as ("jpeg", "png", "webp"):
    of "jpeg", "png", "webp", "gif", "bmp" and "tiff", None for all. What is not in it is code 203, before any of the
    format's code sees it. Then `max_pixels` of the source, up to 2**29. Its default, 2**28, is about that of sharp,
    16383 x 16383 = 268,402,689; for web services imgproxy's 50,000,000 is sensible. More is code 300.

    All have these options, too: the core's other limits for one call, `max_memory` and `max_reply` in bytes (None: its
    defaults, 256 MiB and 64 MiB); `max_request` in bytes; `max_concurrent` calls at once (None:
    as many as this process may use processors; more of them only take memory), and `max_wait`, the seconds that others
    wait for their turn before they get code 13; a call's `timeout` begins with its turn. `path` is another build.

    Only "wasm" has `memory_limit`, the bytes of one call's sandbox; `timeout`, the seconds of one call or None;
    `isolation`: with "call" every call has a sandbox of its own, so that no picture can influence another, and
    with "pool" one that a call has left in order serves others, which saves about a tenth of a photo's time; and
    `cache`, a folder for compiled code, which lies in `thumbox-compiled` below it: True is one of the user's own, False
    none, and one that others could open is refused with a warning.

    Only "native" has `on_log`, a function of (level, target, message) that any thread may call, and `log_level`:
    "trace", "debug", "info", "warn", "error" or "off".

    From a bundle: `load("thumbox-1.0.0.rbp", variant="wasm", public_key="RW...")`. The first argument is a text that
    ends in .rbp, or a path object. `public_key` is the minisign key that you trust, as its text or as a path to its
    file; a key inside the bundle is not trusted. `variant` is "wasm" (the default), "native", or "sandbox", the
    component behind the native library's symbols, with the options of both. A native library is extracted to `cache`.
    `max_bundle` and `max_library` are bytes of the file and of one library in it. `verify=False` takes a bundle that
    nobody has signed, which is for those who have just built it. BundleError says why a bundle is refused.
    """
    # On demand: each variant needs packages that the other does not.
    from thumbox._load import load  # noqa: PLC0415

    return load(source, variant, options)
