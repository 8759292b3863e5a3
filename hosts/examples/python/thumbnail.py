"""A thumbnail of a photo through PyPI `rustbridge`, which knows nothing of Thumbox.

    python thumbnail.py LIBRARY PHOTO OUT.jpg [BOX]

It is for a program that has other plugins of rustbridge's, too; the package `thumbox` copies less and has the sandbox
without a library for it.
"""

from __future__ import annotations

import struct
import sys
from pathlib import Path

from rustbridge import LogLevel, NativePlugin, NativePluginLoader, PluginConfig, PluginException

THUMBNAIL_CREATE, IMAGE_PROBE = 100, 101
JPEG, QUALITY = 0, 85
FORMATS = (
    *("JPEG", "PNG", "WebP", "GIF", "BMP", "TIFF", "AVIF", "HEIC", "JPEG XL"),
    *("camera raw", "ICO", "QOI", "PNM", "TGA", "PSD", "JPEG 2000", "CUR"),
)

# The layouts of native/include/thumbox.h.
REQUEST = struct.Struct("<B3x5I")
RESPONSE = struct.Struct("<B3x4I")
PROBE_REQUEST = struct.Struct("<B3xI")
PROBE_RESPONSE = struct.Struct("<4B5I4x")


def main(arguments: list[str]) -> int:
    if len(arguments) not in (3, 4):
        print("usage: thumbnail.py LIBRARY PHOTO OUT.jpg [BOX]", file=sys.stderr)
        return 2
    library, photo, out = arguments[:3]
    box = int(arguments[3]) if len(arguments) > 3 else 256  # noqa: PLR2004 -- the fourth
    config = PluginConfig.defaults().log_level(LogLevel.DEBUG)
    try:
        # Leaving the block shuts the plugin down.
        with NativePluginLoader.load_with_config(library, config, show_log) as plugin:
            print(f"plugin: {plugin.call('plugin.info', 'null')}")
            thumbnail(plugin, Path(photo).read_bytes(), box, Path(out))
    except PluginException as error:
        print(f"error {error.error_code}: {error.message}", file=sys.stderr)
        return 1
    except OSError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


def thumbnail(plugin: NativePlugin, image: bytes, box: int, out: Path) -> None:
    reply = plugin.call_raw_bytes(IMAGE_PROBE, PROBE_REQUEST.pack(1, len(image)) + image)
    *_, width, height, number = PROBE_RESPONSE.unpack(reply)
    print(f"photo: {width} x {height}, {FORMATS[number]}")
    header = REQUEST.pack(1, box, box, JPEG, QUALITY, len(image))
    reply = plugin.call_raw_bytes(THUMBNAIL_CREATE, header + image)
    _, width, height, number, size = RESPONSE.unpack_from(reply)
    out.write_bytes(reply[RESPONSE.size : RESPONSE.size + size])
    print(f"{out}: {width} x {height}, {FORMATS[number]}, {size} bytes")


def show_log(level: LogLevel, target: str, message: str) -> None:
    """Any thread that calls the plugin may call this."""
    print(f"[{level.name.lower()}] {target}: {message}", file=sys.stderr)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
