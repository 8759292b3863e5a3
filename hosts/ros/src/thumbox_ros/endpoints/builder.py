"""The builder of a context."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING, Literal

from thumbox_ros.endpoints.context import ZContext
from thumbox_ros.graph.names import Remapping, check_namespace
from thumbox_ros.graph.session import ROUTER, check_setting, configuration
from thumbox_ros.messages.registry import REGISTRY, Registry

if TYPE_CHECKING:
    from typing_extensions import Self

__all__ = ["ZContextBuilder"]

HIGHEST_DOMAIN = 232


class ZContextBuilder:
    """The builder of a context. Every method but `build`, which opens the session, returns the builder."""

    def __init__(self) -> None:
        self._domain: int | None = None
        self._connect: list[str] | None = None
        self._listen: list[str] | None = None
        self._namespace = "/"
        self._rules: list[str] = []
        self._file: str | None = None
        self._distro: str = "jazzy"
        self._registry = REGISTRY
        self._changes: dict[str, str] = {}

    def with_domain_id(self, domain_id: int) -> Self:
        """Sets the domain, 0 to 232. The default is the environment variable ROS_DOMAIN_ID, or 0."""
        if isinstance(domain_id, bool) or not isinstance(domain_id, int):
            raise TypeError(f"domain_id is a {type(domain_id).__name__} ({domain_id!r}); a whole number is allowed")
        if not 0 <= domain_id <= HIGHEST_DOMAIN:
            raise ValueError(f"domain_id is {domain_id}; 0 to {HIGHEST_DOMAIN} is allowed")
        self._domain = domain_id
        return self

    def with_connect_endpoints(self, endpoints: list[str]) -> Self:
        """Sets the routers or peers to connect to, as in "tcp/192.168.1.2:7447". The default is tcp/localhost:7447."""
        self._connect = _endpoints("connect", endpoints)
        return self

    def with_router_endpoint(self, endpoint: str) -> Self:
        """Sets the one router to connect to."""
        return self.with_connect_endpoints([endpoint])

    def connect_to_local_zenohd(self) -> Self:
        """Connects to a router at tcp/localhost:7447, which is the default."""
        return self.with_connect_endpoints([ROUTER])

    def with_listen_endpoints(self, endpoints: list[str]) -> Self:
        """Sets where others may connect to. The default is a free port of localhost."""
        self._listen = _endpoints("listen", endpoints)
        return self

    def disable_multicast_scouting(self) -> Self:
        """Does not look for peers by multicast, which is the default, as in rmw_zenoh."""
        return self.with_json("scouting/multicast/enabled", "false")

    def enable_multicast_scouting(self) -> Self:
        """Finds peers in the local network by multicast, without a router."""
        return self.with_json("scouting/multicast/enabled", "true")

    def with_mode(self, mode: Literal["peer", "client", "router"]) -> Self:
        """Sets the mode of the Zenoh session: "peer" (the default), "client" or "router"."""
        if mode not in ("peer", "client", "router"):
            raise ValueError(f"mode is {mode!r}; 'peer', 'client' or 'router' is allowed")
        return self.with_json("mode", json.dumps(mode))

    def with_namespace(self, namespace: str) -> Self:
        """Sets a namespace for all nodes; their own namespaces are below it."""
        self._namespace = check_namespace(namespace)
        return self

    def with_remap_rule(self, rule: str) -> Self:
        """Adds a remapping, such as "image:=/camera/image", "__ns:=/robot1" or "node:image:=other"."""
        Remapping([rule])
        self._rules.append(rule)
        return self

    def with_remap_rules(self, rules: list[str]) -> Self:
        """Adds several remappings. The first that matches is used."""
        for rule in rules:
            self.with_remap_rule(rule)
        return self

    def with_distro(self, distro: Literal["jazzy", "humble"]) -> Self:
        """Sets the form of keys: "jazzy" (the default; also for later ones), or "humble", which has no type hashes."""
        if distro not in ("jazzy", "humble"):
            raise ValueError(f"distro is {distro!r}; 'jazzy' (also for later ones) or 'humble' is allowed")
        self._distro = distro
        return self

    def with_registry(self, registry: Registry) -> Self:
        """Sets the registry for types that are given by name. The default is `thumbox_ros.REGISTRY`."""
        self._registry = registry
        return self

    def with_shm_enabled(self, enabled: bool = True) -> Self:
        """Turns shared memory between the processes of one host on (the default) or off."""
        return self.with_json("transport/shared_memory/enabled", json.dumps(bool(enabled)))

    def with_config_file(self, path: str | os.PathLike[str]) -> Self:
        """Starts from a configuration file of Zenoh. Then this package's defaults do not apply."""
        if not os.path.isfile(path):  # noqa: PTH113 -- one question needs no Path
            raise FileNotFoundError(f"path is {os.fspath(path)!r}; there is no such file")
        self._file = os.fspath(path)
        return self

    def with_json(self, key: str, value: str) -> Self:
        """Sets a setting of Zenoh, such as "transport/link/tx/queue/size/data", to a value in JSON5."""
        check_setting(key, value)
        self._changes[key] = value
        return self

    def build(self) -> ZContext:
        """Opens the session. If no router answers, logs a warning and keeps trying."""
        config = configuration(self._file, self._changes, self._connect, self._listen)
        domain = self._domain if self._domain is not None else _environment_domain()
        return ZContext(config, domain, self._namespace, Remapping(self._rules), self._distro, self._registry)


def _endpoints(what: str, endpoints: list[str]) -> list[str]:
    if not isinstance(endpoints, list | tuple) or not all(isinstance(one, str) for one in endpoints):
        raise TypeError(
            f"{what} endpoints are {endpoints!r}; a list of strings such as 'tcp/localhost:7447' is allowed"
        )
    for one in endpoints:
        if "/" not in one:
            raise ValueError(
                f"a {what} endpoint is {one!r}; 'protocol/address:port' is allowed, such as 'tcp/localhost:7447'"
            )
    return list(endpoints)


def _environment_domain() -> int:
    text = os.environ.get("ROS_DOMAIN_ID", "") or "0"
    if not (text.isascii() and text.isdigit() and int(text) <= HIGHEST_DOMAIN):
        raise ValueError(f"ROS_DOMAIN_ID is {text!r}; 0 to {HIGHEST_DOMAIN} is allowed")
    return int(text)
