"""The conversion of messages: a frame to its thumbnail, a service request to its response."""

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
"""The arguments of `thumbox.Plugin.thumbnail` besides the image, such as width, height, format and effort."""


def thumbnail_of(
    plugin: thumbox.Plugin, frame: sensor_msgs.CompressedImage, settings: Settings
) -> sensor_msgs.CompressedImage:
    """The thumbnail of a frame, with the header of the frame. Raises thumbox.PluginError for an invalid picture."""
    made = plugin.thumbnail(frame.data, **settings)
    return sensor_msgs.CompressedImage(header=frame.header, format=made.format, data=made.data)


def thumbnail_service(plugin: thumbox.Plugin) -> Callable[[Any], Any]:
    """The callback of a server or worker of thumbox_interfaces/srv/Thumbnail.

    An invalid picture is answered with a response that has the error's code, not with a ServiceError.
    """

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
            # An invalid format, fit or size; 101 is the code of a parameter.
            return _Thumbnail.Response(code=101, message=str(error))
        return _Thumbnail.Response(width=made.width, height=made.height, format=made.format, data=made.data)

    return serve
