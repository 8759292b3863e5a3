"""The types of builtin_interfaces that this package has; their definitions are in `interfaces/builtin_interfaces`."""

from __future__ import annotations

from thumbox_ros.messages.packages import package

__all__, __getattr__ = package("builtin_interfaces")


def __dir__() -> list[str]:
    return __all__
