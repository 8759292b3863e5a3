"""What this package brings of thumbox_interfaces; its definitions stand in `interfaces`."""

from __future__ import annotations

from thumbox_ros.messages.packages import package

__all__, __getattr__ = package("thumbox_interfaces")


def __dir__() -> list[str]:
    return __all__
