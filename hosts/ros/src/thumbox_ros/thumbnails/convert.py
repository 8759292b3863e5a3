"""What Thumbox does on a graph: thumbnails of frames, and of the requests of a service."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

import thumbox

from thumbox_ros import sensor_msgs, thumbox_interfaces

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["Settings", "thumbnail_of", "thumbnail_service"]

_log = logging.getLogger("thumbox_ros")
_Thumbnail: Any = thumbox_interfaces.Thumbnail

Settings = dict[str, Any]
"""What `thumbox.Plugin.thumbnail` takes beside the image: width, height, format, quality, fit."""


def thumbnail_of(
    plugin: thumbox.Plugin, frame: sensor_msgs.CompressedImage, settings: Settings
) -> sensor_msgs.CompressedImage:
    """The frame's thumbnail, with the frame's own header; thumbox.PluginError for what is no picture."""
    made = plugin.thumbnail(frame.data, **settings)
    return sensor_msgs.CompressedImage(header=frame.header, format=made.format, data=made.data)


def thumbnail_service(plugin: thumbox.Plugin) -> Callable[[Any], Any]:
    """What serves thumbox_interfaces/srv/Thumbnail: a picture that is none is a response with a code, no error."""

    def serve(request: Any) -> Any:
        try:
            made = plugin.thumbnail(
                request.image,
                request.width,
                request.height,
                format=request.format or "jpeg",
                quality=request.quality or 85,
                fit=request.fit or "inside",
            )
        except thumbox.PluginError as error:
            return _Thumbnail.Response(code=error.code, message=error.message)
        except ValueError as error:
            # The request's own words, as Python says them; 101 is the code of a parameter.
            return _Thumbnail.Response(code=101, message=str(error))
        return _Thumbnail.Response(width=made.width, height=made.height, format=made.format, data=made.data)

    return serve
