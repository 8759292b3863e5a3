"""The types of sensor_msgs that this package has; their definitions are in `interfaces/sensor_msgs`."""

from __future__ import annotations

from thumbox_ros.messages.packages import package

__all__, __getattr__ = package("sensor_msgs")


def __dir__() -> list[str]:
    return __all__
