"""A context: one Zenoh session, and what all its nodes have in common."""

from __future__ import annotations

import itertools
import json
import logging
import os
from typing import TYPE_CHECKING, Any, Literal

import zenoh

from thumbox_ros._closing import Closing
from thumbox_ros.endpoints.context import ZNode, ZNodeBuilder
from thumbox_ros.graph.graph_cache import Graph
from thumbox_ros.graph.names import Remapping, check_namespace
from thumbox_ros.messages.registry import REGISTRY, Registry
from thumbox_ros.messages.type_hash import NOT_SUPPORTED

if TYPE_CHECKING:
    from typing_extensions import Self

__all__ = ["ZContext", "ZContextBuilder"]

ROUTER = "tcp/localhost:7447"
"""Where rmw_zenoh looks for its router."""
HIGHEST_DOMAIN = 232

_log = logging.getLogger("thumbox_ros")


class ZContextBuilder:
    """What a context is to be. Every method returns the builder; `build` opens the session."""

    def __init__(self) -> None:
        self._domain: int | None = None
        self._connect: list[str] | None = None
        self._listen: list[str] | None = None
        self._namespace = "/"
        self._rules: list[str] = []
        self._file: str | None = None
        self._distro: str = "jazzy"
        self._registry = REGISTRY
        self._raw: dict[str, str] = {}
        self._settings: dict[str, Any] = {
            "mode": "peer",
            "scouting/multicast/enabled": False,
            # A router that is not there yet is looked for again and again.
            "connect/exit_on_failure": False,
            "connect/retry": {"period_init_ms": 250, "period_max_ms": 2000, "period_increase_factor": 2},
        }

    def with_domain_id(self, domain_id: int) -> Self:
        """0 to 232; without it the environment's ROS_DOMAIN_ID, or 0."""
        if isinstance(domain_id, bool) or not isinstance(domain_id, int):
            raise TypeError(f"domain_id is a {type(domain_id).__name__} ({domain_id!r}); a whole number is allowed")
        if not 0 <= domain_id <= HIGHEST_DOMAIN:
            raise ValueError(f"domain_id is {domain_id}; 0 to {HIGHEST_DOMAIN} is allowed")
        self._domain = domain_id
        return self

    def with_connect_endpoints(self, endpoints: list[str]) -> Self:
        """Routers or peers to connect to, such as "tcp/192.168.1.2:7447"; without it tcp/localhost:7447."""
        self._connect = _endpoints("connect", endpoints)
        return self

    def with_router_endpoint(self, endpoint: str) -> Self:
        """The one router to connect to."""
        return self.with_connect_endpoints([endpoint])

    def connect_to_local_zenohd(self) -> Self:
        """To tcp/localhost:7447."""
        return self.with_connect_endpoints([ROUTER])

    def with_listen_endpoints(self, endpoints: list[str]) -> Self:
        """Where others may connect to; without it, a port of localhost that the system chooses."""
        self._listen = _endpoints("listen", endpoints)
        return self

    def disable_multicast_scouting(self) -> Self:
        """Finds nobody by multicast, which is the default, as with rmw_zenoh."""
        return self.with_json("scouting/multicast/enabled", "false")

    def enable_multicast_scouting(self) -> Self:
        """Finds peers in the local network by multicast, without a router."""
        return self.with_json("scouting/multicast/enabled", "true")

    def with_mode(self, mode: Literal["peer", "client", "router"]) -> Self:
        """How the session takes part: "peer" (the default), "client" or "router"."""
        if mode not in ("peer", "client", "router"):
            raise ValueError(f"mode is {mode!r}; 'peer', 'client' or 'router' is allowed")
        return self.with_json("mode", json.dumps(mode))

    def with_namespace(self, namespace: str) -> Self:
        """A namespace that all nodes are in; theirs come below it."""
        self._namespace = check_namespace(namespace)
        return self

    def with_remap_rule(self, rule: str) -> Self:
        """A remapping such as "image:=/camera/image", "__ns:=/robot1" or "node:image:=other"."""
        Remapping([rule])
        self._rules.append(rule)
        return self

    def with_remap_rules(self, rules: list[str]) -> Self:
        """Several; the first that fits is used."""
        for rule in rules:
            self.with_remap_rule(rule)
        return self

    def with_distro(self, distro: Literal["jazzy", "humble"]) -> Self:
        """Whose keys to speak: "jazzy" (and later), or "humble", which has no type hashes."""
        if distro not in ("jazzy", "humble"):
            raise ValueError(f"distro is {distro!r}; 'jazzy' (which is for later ones, too) or 'humble' is allowed")
        self._distro = distro
        return self

    def with_registry(self, registry: Registry) -> Self:
        """Where types are looked up that are given by name."""
        self._registry = registry
        return self

    def with_shm_enabled(self, enabled: bool = True) -> Self:
        """Shared memory between the processes of one host, which is the default; False for none."""
        return self.with_json("transport/shared_memory/enabled", json.dumps(bool(enabled)))

    def with_config_file(self, path: str | os.PathLike[str]) -> Self:
        """Zenoh's own configuration file, to start from."""
        if not os.path.isfile(path):  # noqa: PTH113 -- a file's name may be any that the system takes
            raise FileNotFoundError(f"path is {os.fspath(path)!r}; there is no such file")
        self._file = os.fspath(path)
        # The file's word counts for what nobody said otherwise.
        self._settings = {}
        return self

    def with_json(self, key: str, value: str) -> Self:
        """A setting of Zenoh's, such as "transport/link/tx/queue/size/data", and its value in JSON5."""
        zenoh.Config().insert_json5(key, value)
        self._raw[key] = value
        return self

    def build(self) -> ZContext:
        """Opens the session. A router that is not there is looked for further, and warned of."""
        config = zenoh.Config.from_file(self._file) if self._file else zenoh.Config()
        for key, value in self._settings.items():
            config.insert_json5(key, json.dumps(value))
        for key, raw in self._raw.items():
            config.insert_json5(key, raw)
        connect, listen = self._connect, self._listen
        if self._file is None:
            connect = connect if connect is not None or listen is not None else [ROUTER]
            # As rmw_zenoh: peers of one host find each other by the router's gossip, and then speak directly.
            listen = listen if listen is not None else ["tcp/localhost:0"]
        if connect is not None:
            config.insert_json5("connect/endpoints", json.dumps(connect))
        if listen is not None and json.loads(config.get_json("mode")) != "client":
            config.insert_json5("listen/endpoints", json.dumps(listen))
        domain = self._domain if self._domain is not None else _environment_domain()
        return ZContext(config, domain, self._namespace, Remapping(self._rules), self._distro, self._registry)


class ZContext(Closing):
    """An open session in one domain. `with` closes it, and what was made in it."""

    def __init__(
        self,
        config: zenoh.Config,
        domain: int,
        namespace: str,
        remapping: Remapping,
        distro: str,
        registry: Registry,
    ) -> None:
        self.domain_id = domain
        self.namespace = namespace
        self.distro = distro
        self.registry = registry
        self.remapping = remapping
        self.session = zenoh.open(config)
        """The Zenoh session itself, for what is not ROS."""
        self.zid = str(self.session.zid())
        self._ids = itertools.count()
        self._nodes: list[ZNode] = []
        self._closed = False
        self.graph = Graph(self.session, domain)
        """Who is there."""
        wanted = json.loads(config.get_json("connect/endpoints") or "[]")
        if wanted and not self.is_connected:
            _log.warning(
                "no router or peer answers at %s yet; it is looked for further. Without one, only this process hears "
                "what is published (`python -m thumbox_ros router` starts one)",
                ", ".join(wanted) if isinstance(wanted, list) else wanted,
            )

    @property
    def is_connected(self) -> bool:
        """Whether there is a router or a peer."""
        info = self.session.info
        return bool(info.routers_zid() or info.peers_zid())

    def next_id(self) -> int:
        """The number of a new node or endpoint."""
        return next(self._ids)

    def hash_segment(self, type_hash: str) -> str:
        """What stands in keys for a type's hash."""
        return NOT_SUPPORTED if self.distro == "humble" else type_hash

    def create_node(self, name: str) -> ZNodeBuilder:
        """A node's builder: `create_node("camera").with_namespace("/robot1").build()`."""
        return ZNodeBuilder(self, name)

    def add(self, node: ZNode) -> None:
        """A node that is closed with the context."""
        self._nodes.append(node)

    def forget(self, node: ZNode) -> None:
        """A node that was closed before."""
        if node in self._nodes:
            self._nodes.remove(node)

    def shutdown(self) -> None:
        """Closes the nodes and the session; any number of times."""
        if self._closed:
            return
        self._closed = True
        for node in list(self._nodes):
            node.close()
        self.graph.close()
        self.session.close()

    close = shutdown


def _endpoints(what: str, endpoints: list[str]) -> list[str]:
    if not isinstance(endpoints, list | tuple) or not all(isinstance(one, str) for one in endpoints):
        raise TypeError(
            f"{what} endpoints are {endpoints!r}; a list of strings such as 'tcp/localhost:7447' is allowed"
        )
    for one in endpoints:
        if "/" not in one:
            raise ValueError(f"a {what} endpoint is {one!r}; 'protocol/address:port', 'tcp/localhost:7447', is allowed")
    return list(endpoints)


def _environment_domain() -> int:
    text = os.environ.get("ROS_DOMAIN_ID", "") or "0"
    if not (text.isascii() and text.isdigit() and int(text) <= HIGHEST_DOMAIN):
        raise ValueError(f"ROS_DOMAIN_ID is {text!r}; 0 to {HIGHEST_DOMAIN} is allowed")
    return int(text)
