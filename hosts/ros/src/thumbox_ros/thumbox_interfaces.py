"""The types of thumbox_interfaces that this package has; their definitions are in `interfaces/thumbox_interfaces`."""

from __future__ import annotations

from thumbox_ros.messages.packages import package

__all__, __getattr__ = package("thumbox_interfaces")


def __dir__() -> list[str]:
    return __all__
