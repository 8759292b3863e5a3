"""Thumbnails of images that you do not trust.

import thumbox

with thumbox.load() as plugin:  # in a sandbox; thumbox.load("native") is for images that you made yourself
    plugin.thumbnail(image, width=256, height=256, format="webp").save("small.webp")
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from thumbox import wire
from thumbox._errors import BundleError, ImageError, InternalError, LimitError, PluginError, RequestError
from thumbox._load_options import LoadOptions
from thumbox._plugin import Plugin
from thumbox._reply import ImageInfo, Placeholder, Thumbnail
from thumbox._request import FitName, FormatName, ThumbnailOptions
from thumbox._source import ImageSource
from thumbox._stats import Stats
from thumbox.wire import MSG_ECHO, MSG_IMAGE_PROBE, MSG_PLACEHOLDER, MSG_THUMBNAIL_CREATE, MSG_THUMBNAIL_SET

if TYPE_CHECKING:
    import os

    from typing_extensions import Unpack

__all__ = [
    "MSG_ECHO",
    "MSG_IMAGE_PROBE",
    "MSG_PLACEHOLDER",
    "MSG_THUMBNAIL_CREATE",
    "MSG_THUMBNAIL_SET",
    "BundleError",
    "FitName",
    "FormatName",
    "ImageError",
    "ImageInfo",
    "ImageSource",
    "InternalError",
    "LimitError",
    "LoadOptions",
    "Placeholder",
    "Plugin",
    "PluginError",
    "RequestError",
    "Stats",
    "Thumbnail",
    "ThumbnailOptions",
    "load",
    "wire",
]

__version__: str


def __getattr__(name: str) -> str:
    if name != "__version__":
        raise AttributeError(f"module 'thumbox' has no attribute {name!r}")
    # On demand: reading what was installed takes longer than all else here.
    from importlib.metadata import version  # noqa: PLC0415

    return version("thumbox")


def load(
    source: str | os.PathLike[str] | None = None,
    /,
    *,
    variant: Literal["wasm", "native", "sandbox"] | None = None,
    **options: Unpack[LoadOptions],
) -> Plugin:
    """Loads a plugin, by default the component in a sandbox, which is for images from strangers.

    plugin = thumbox.load(formats=("jpeg", "png", "webp"), max_pixels=50_000_000, timeout=5.0)

    `source` is "wasm" (the default): the component, in a sandbox; "native": the library, in this process, for images
    that you made yourself; or a bundle: a text that ends in .rbp, or a path object. `variant` names the same without
    a source, and chooses what a bundle is to give: "wasm" (the default), "native", or "sandbox", the component behind
    the native library's symbols. An option that a variant does not have is a TypeError.

    All variants have:

    formats         names of the formats that may be read: "jpeg", "png", "webp", "gif", "bmp", "tiff", "avif",
                    "heic", "raw", "ico", "qoi", "pnm", "tga", "psd", "cur". Others get code 203 before any of their
                    decoder runs. Default None: all. Set it first.
    max_pixels      pixels of the source, 1 to 2**29; more is code 300. Default None: 2**28, which is about sharp's
                    16383 x 16383. 50_000_000, imgproxy's default, is enough for most web services.
    max_memory      bytes of the core's working memory for a call, 1 to 2**64 - 1. Default None: 256 MiB.
    max_reply       bytes of a reply, 1 to 2**64 - 1. Default None: 64 MiB.
    max_request     bytes of a request, 1 to 2**32 - 1. Default 64 MiB.
    max_concurrent  calls at once, 1 to 2**32 - 1. Default None: as many as this process may use processors.
    max_wait        seconds that a call waits for a slot before it gets code 13, 0 to 1_000_000. Default 60.0.

    "wasm" reads AVIF by a component of its own in this package, and HEIC by that of the add-on thumbox-heic, where
    that is installed: each is compiled when the first such picture comes. "native" reads neither: code 204.

    "wasm" and "sandbox" have:

    isolation       "call": every call has a sandbox of its own, so that no picture can influence another.
                    "pool": one whose last call ended cleanly serves the next, which saves a photo up to a tenth of
                    its time. Default "call".
    memory_limit    bytes of one call's sandbox, 64 KiB to 4 GiB. Default 512 MiB.
    timeout         seconds of one call, counted from its slot on, above 0 and up to 1_000_000; None for no deadline.
                    Default 10.0.

    "wasm" and bundles have:

    cache           a folder for compiled code, in `thumbox-compiled` below it, and for a bundle's native library, in
                    `libraries`. True: one of the user's own. False: none. One that others could open is not used, with
                    a warning. Default True.

    "native" and "sandbox" have:

    on_log          a function of (level, target, message), all texts; any thread may call it. Default None.
    log_level       the least severe level that is logged: "trace", "debug", "info", "warn", "error" or "off".
                    Default None: "info" with `on_log`, else "off".

    "wasm" and "native" have, but not from a bundle:

    path            another build than the installed one: a file. Default None.

    Bundles have:

    public_key      the minisign key that you trust: its text, or a path to its file. A key inside the bundle is not
                    trusted. Needed unless `verify` is False. Default None.
    verify          False accepts a bundle that nobody signed: for those who have just built it. Default True.
    max_bundle      bytes of the file, and of all that is in it unpacked, 1 to 2**32. Default 512 MiB.
    max_library     bytes of one library in it, 1 to 2**32. Default 256 MiB.

    Raises PluginError, code 2, if the build cannot be loaded, or `memory_limit` is below the 8.1 MiB that the component
    starts with; BundleError, code 2, for a bundle that is refused, with the reason; FileNotFoundError if there is no
    file `path`; TypeError and ValueError for an option that does not exist, or has the wrong type or value.
    """
    # On demand: each variant needs packages that the other does not.
    from thumbox._load import load  # noqa: PLC0415

    return load(source, variant, dict(options))
