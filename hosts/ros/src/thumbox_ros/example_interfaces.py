"""The types of example_interfaces that this package has; their definitions are in `interfaces/example_interfaces`."""

from __future__ import annotations

from thumbox_ros.messages.packages import package

__all__, __getattr__ = package("example_interfaces")


def __dir__() -> list[str]:
    return __all__
