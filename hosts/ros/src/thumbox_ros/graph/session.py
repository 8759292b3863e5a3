"""A Zenoh session in one ROS 2 domain: all that nodes and endpoints need of a context."""

from __future__ import annotations

import itertools
import json
import logging
from typing import TYPE_CHECKING

from thumbox_ros import _native
from thumbox_ros._closing import Owner
from thumbox_ros.graph.callbacks import prepare
from thumbox_ros.graph.graph_cache import Graph
from thumbox_ros.graph.keys import NOT_SUPPORTED

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["ROUTER", "RosSession", "check_setting", "configuration"]

ROUTER = "tcp/localhost:7447"
"""Where rmw_zenoh looks for its router."""
_DEFAULTS = {
    "mode": "peer",
    "scouting/multicast/enabled": False,
    # A router that does not answer yet is tried again and again.
    "connect/exit_on_failure": False,
    "connect/retry": {"period_init_ms": 250, "period_max_ms": 2000, "period_increase_factor": 2},
}
"""rmw_zenoh's settings, as far as they differ from Zenoh's own."""

_log = logging.getLogger("thumbox_ros")


def check_setting(key: str, value: str) -> None:
    """Raises ZError if Zenoh has no such setting, or it cannot have this value (JSON5)."""
    _native.Config().insert_json5(key, value)


def configuration(
    file: str | None, changes: Mapping[str, str], connect: list[str] | None, listen: list[str] | None
) -> _native.Config:
    """Zenoh's configuration: the file, or rmw_zenoh's defaults; then the changes (JSON5); then the endpoints."""
    config = _native.Config.from_file(file) if file is not None else _native.Config()
    if file is None:
        for key, value in _DEFAULTS.items():
            config.insert_json5(key, json.dumps(value))
        connect = connect if connect is not None or listen is not None else [ROUTER]
        # As rmw_zenoh does: peers on one host find each other by the router's gossip, and then connect directly.
        listen = listen if listen is not None else ["tcp/localhost:0"]
    for key, raw in changes.items():
        config.insert_json5(key, raw)
    if connect is not None:
        config.insert_json5("connect/endpoints", json.dumps(connect))
    if listen is not None and json.loads(config.get_json("mode")) != "client":
        config.insert_json5("listen/endpoints", json.dumps(listen))
    return config


class RosSession(Owner):
    """An open session in one domain, and the graph that it sees. Closing it closes its nodes."""

    def __init__(self, config: _native.Config, domain: int, distro: str) -> None:
        super().__init__()
        self.domain_id = domain
        self.distro = distro
        self.session = _native.open(config)
        """The transport. It is private; for what is not ROS, open a session of `eclipse-zenoh`."""
        prepare(self, self.session)
        self.zid = self.session.zid()
        self._ids = itertools.count()
        self.graph = Graph(self.session, domain)
        """The nodes, topics and services of the domain."""
        wanted = json.loads(config.get_json("connect/endpoints") or "[]")
        if wanted and not self.is_connected:
            _log.warning(
                "no router or peer answers at %s yet; still trying. Until one does, nothing reaches or leaves this "
                "process (`python -m thumbox_ros router` starts one)",
                ", ".join(wanted) if isinstance(wanted, list) else wanted,
            )

    @property
    def is_connected(self) -> bool:
        """Whether there is a router or a peer."""
        return self.session.is_connected

    def next_id(self) -> int:
        """A number for a new node or endpoint."""
        return next(self._ids)

    def hash_segment(self, type_hash: str) -> str:
        """The hash segment of a key: Humble has no type hashes."""
        return NOT_SUPPORTED if self.distro == "humble" else type_hash

    def _close(self) -> None:
        self.graph.close()
        self.session.close()
