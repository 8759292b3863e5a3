"""The types of std_msgs that this package has; their definitions are in `interfaces/std_msgs`."""

from __future__ import annotations

from thumbox_ros.messages.packages import package

__all__, __getattr__ = package("std_msgs")


def __dir__() -> list[str]:
    return __all__
