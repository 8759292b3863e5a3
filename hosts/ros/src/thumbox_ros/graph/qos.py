"""Quality of service, and how liveliness tokens say it.

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
"""What rmw_zenoh_cpp takes where no depth is given, and does not write then (its qos.cpp)."""
MOST_DEPTH = 1 << 20


@dataclass(frozen=True)
class QosProfile:
    """What an endpoint promises or asks for. Deadline, lifespan and lease are not offered; Zenoh has none of them."""

    reliability: Literal["reliable", "best_effort"] = "reliable"
    """Whether a publisher waits where the network cannot follow, or drops the message."""
    durability: Literal["volatile", "transient_local"] = "volatile"
    """Whether a subscriber that comes later gets the last messages, too."""
    history: Literal["keep_last", "keep_all"] = "keep_last"
    depth: int = 10
    """How many messages wait for a subscriber that is slow; the oldest are dropped, and counted."""

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
        """As a token says it."""
        reliability = "" if self.reliability == "reliable" else _RELIABILITY[self.reliability]
        durability = "" if self.durability == "volatile" else _DURABILITY[self.durability]
        history = "" if self.history == "keep_last" else _HISTORY[self.history]
        return f"{reliability}:{durability}:{history},{self.depth}{_REST}"

    @classmethod
    def decode(cls, text: str) -> QosProfile:
        """From a token; what it does not say, or says in a way that is not known, is rmw_zenoh's default."""
        parts = [*text.split(":"), "", "", ""]
        history, _, depth = parts[2].partition(",")
        number = int(depth) if depth.isascii() and depth.isdigit() and len(depth) < 8 else 0  # noqa: PLR2004 -- no lies
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
    """A profile from what a caller gave: a profile, its fields, a depth, or nothing."""
    if qos is None:
        return default
    if isinstance(qos, QosProfile):
        return qos
    if isinstance(qos, dict):
        return QosProfile(**qos)
    if callable(qos):
        raise TypeError(f"qos is {qos!r}; pass a function as callback=")
    return default.with_depth(qos)
