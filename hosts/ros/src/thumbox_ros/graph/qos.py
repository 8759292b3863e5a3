"""Quality of service, and its form in liveliness tokens.

`reliability:durability:history,depth:deadline:lifespan:liveliness`, each empty where it is the default; the numbers are
rmw's: reliable 1, best effort 2; transient local 1, volatile 2; keep last 1, keep all 2.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Literal

__all__ = ["QOS_DEFAULT", "QOS_LATCHED", "QOS_PARAMETERS", "QOS_SENSOR_DATA", "QOS_SERVICES", "QosProfile", "as_qos"]

_RELIABILITY = {"reliable": "1", "best_effort": "2"}
_DURABILITY = {"transient_local": "1", "volatile": "2"}
_HISTORY = {"keep_last": "1", "keep_all": "2"}
_REST = ":,:,:,,"
_RMW_ZENOH_DEPTH = 42
"""rmw_zenoh_cpp's depth when none is given; it does not write it then (its qos.cpp)."""
MOST_DEPTH = 1 << 20


@dataclass(frozen=True)
class QosProfile:
    """What an endpoint promises or asks for. There is no deadline, lifespan or lease: Zenoh does not have them."""

    reliability: Literal["reliable", "best_effort"] = "reliable"
    """When the network is too slow, a reliable publisher waits, and a best-effort one drops the message."""
    durability: Literal["volatile", "transient_local"] = "volatile"
    """Whether a subscriber that joins later gets the last `depth` messages (transient_local) or not (volatile)."""
    history: Literal["keep_last", "keep_all"] = "keep_last"
    """Whether a subscriber keeps the last `depth` messages, or up to 4096."""
    depth: int = 10
    """Messages that wait for a slow subscriber, 1 to 1048576; the oldest is dropped first, and counted."""

    def __post_init__(self) -> None:
        for name, words in (("reliability", _RELIABILITY), ("durability", _DURABILITY), ("history", _HISTORY)):
            if getattr(self, name) not in words:
                raise ValueError(f"{name} is {getattr(self, name)!r}; {' or '.join(map(repr, words))} is allowed")
        if isinstance(self.depth, bool) or not isinstance(self.depth, int):
            raise TypeError(f"depth is a {type(self.depth).__name__} ({self.depth!r}); a whole number is allowed")
        if not 1 <= self.depth <= MOST_DEPTH:
            raise ValueError(f"depth is {self.depth}; 1 to {MOST_DEPTH} is allowed")

    def with_depth(self, depth: int) -> QosProfile:
        """The same with another depth."""
        return replace(self, depth=depth)

    def encode(self) -> str:
        """The form that it has in a token."""
        reliability = "" if self.reliability == "reliable" else _RELIABILITY[self.reliability]
        durability = "" if self.durability == "volatile" else _DURABILITY[self.durability]
        history = "" if self.history == "keep_last" else _HISTORY[self.history]
        return f"{reliability}:{durability}:{history},{self.depth}{_REST}"

    @classmethod
    def decode(cls, text: str) -> QosProfile:
        """Reads the form that it has in a token. What is missing or unknown is rmw_zenoh's default."""
        parts = [*text.split(":"), "", "", ""]
        history, _, depth = parts[2].partition(",")
        number = int(depth) if depth.isascii() and depth.isdigit() and len(depth) < 8 else 0  # noqa: PLR2004 -- more digits are invalid
        return cls(
            reliability="best_effort" if parts[0] == _RELIABILITY["best_effort"] else "reliable",
            durability="transient_local" if parts[1] == _DURABILITY["transient_local"] else "volatile",
            history="keep_all" if history == _HISTORY["keep_all"] else "keep_last",
            depth=min(number, MOST_DEPTH) or _RMW_ZENOH_DEPTH,
        )

    @staticmethod
    def default() -> QosProfile:
        """Reliable, volatile, the last 10."""
        return QOS_DEFAULT

    @staticmethod
    def sensor_data() -> QosProfile:
        """Best effort, volatile, the last 5."""
        return QOS_SENSOR_DATA

    @staticmethod
    def parameters() -> QosProfile:
        """Reliable, volatile, the last 1000."""
        return QOS_PARAMETERS

    @staticmethod
    def services() -> QosProfile:
        """Reliable, volatile, the last 10."""
        return QOS_SERVICES


QOS_DEFAULT = QosProfile()
QOS_SENSOR_DATA = QosProfile(reliability="best_effort", depth=5)
QOS_PARAMETERS = QosProfile(depth=1000)
QOS_SERVICES = QosProfile()
QOS_LATCHED = QosProfile(durability="transient_local", depth=1)


def as_qos(qos: QosProfile | dict[str, Any] | int | None, default: QosProfile = QOS_DEFAULT) -> QosProfile:
    """A profile from what a caller gave: a profile, its fields, a depth, or None for `default`."""
    if qos is None:
        return default
    if isinstance(qos, QosProfile):
        return qos
    if isinstance(qos, dict):
        return QosProfile(**qos)
    if callable(qos):
        raise TypeError(f"qos is {qos!r}; pass a function as callback=")
    return default.with_depth(qos)
