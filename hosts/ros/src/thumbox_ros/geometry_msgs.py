"""The types of geometry_msgs that this package has; their definitions are in `interfaces/geometry_msgs`."""

from __future__ import annotations

from thumbox_ros.messages.packages import package

__all__, __getattr__ = package("geometry_msgs")


def __dir__() -> list[str]:
    return __all__
