"""The liveliness tokens of rmw_zenoh: how nodes and endpoints show themselves to others.

| token of | form |
|---|---|
| a node | `@ros2_lv/<domain>/<session>/<node id>/<node id>/NN/<enclave>/<namespace>/<name>` |
| an endpoint | `@ros2_lv/<domain>/<session>/<node id>/<id>/<kind>/<enclave>/<namespace>/<node>` ... |
| ... continued | `/<name>/<type>/<type hash>/<qos>` |

The kind is MP for a publisher, MS for a subscriber, SS for a server (a service) and SC for a client. A `%` stands for a
slash within a name, and for an empty one.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Literal

from thumbox_ros.graph.attachment import GID_SIZE
from thumbox_ros.graph.keys import dds_name, ros_name
from thumbox_ros.graph.qos import QOS_DEFAULT, QosProfile

__all__ = ["ADMIN_SPACE", "Entity", "EntityKind", "endpoint_gid", "parse_token", "token"]

ADMIN_SPACE = "@ros2_lv"
EntityKind = Literal["node", "publisher", "subscriber", "server", "client"]
_LETTERS: dict[EntityKind, str] = {"node": "NN", "publisher": "MP", "subscriber": "MS", "server": "SS", "client": "SC"}
_KINDS: dict[str, EntityKind] = {letters: kind for kind, letters in _LETTERS.items()}
_NODE_PARTS = 9
_ENDPOINT_PARTS = 13


@dataclass(frozen=True)
class Entity:
    """A node or an endpoint, as its token describes it."""

    domain: int
    session: str
    node_id: int
    id: int
    kind: EntityKind
    namespace: str
    node: str
    name: str = ""
    """Full name of the topic or service; empty for a node."""
    type_name: str = ""
    type_hash: str = ""
    qos: QosProfile = QOS_DEFAULT
    enclave: str = ""


def token(entity: Entity) -> str:
    """The entity's liveliness token."""
    start = (
        f"{ADMIN_SPACE}/{entity.domain}/{entity.session}/{entity.node_id}/{entity.id}/{_LETTERS[entity.kind]}/"
        f"{_mangled(entity.enclave)}/{_mangled(entity.namespace)}/{entity.node}"
    )
    if entity.kind == "node":
        return start
    return f"{start}/{_mangled(entity.name)}/{dds_name(entity.type_name)}/{entity.type_hash}/{entity.qos.encode()}"


def parse_token(key: str) -> Entity | None:
    """The entity that a token describes; None for an invalid token, since anybody can declare anything."""
    parts = key.split("/")
    kind = _KINDS.get(parts[5]) if len(parts) > 5 else None  # noqa: PLR2004 -- index of the kind
    if parts[0] != ADMIN_SPACE or kind is None or len(parts) < (_NODE_PARTS if kind == "node" else _ENDPOINT_PARTS):
        return None
    numbers = (parts[1], parts[3], parts[4])
    # Longer numbers are invalid, and `int` would be slow on them.
    if not all(number.isascii() and number.isdigit() and len(number) <= 20 for number in numbers):  # noqa: PLR2004
        return None
    domain, node_id, own_id = map(int, numbers)
    enclave = "" if parts[6] == "%" else _unmangled(parts[6])
    namespace = _unmangled(parts[7])
    start = (domain, parts[2], node_id, own_id, kind, namespace, _unmangled(parts[8]))
    if kind == "node":
        return Entity(*start, enclave=enclave)
    name, type_name, type_hash, qos = parts[9:13]
    return Entity(*start, _unmangled(name), ros_name(_unmangled(type_name)), type_hash, QosProfile.decode(qos), enclave)


def _mangled(name: str) -> str:
    return name.replace("/", "%") or "%"


def _unmangled(name: str) -> str:
    return name.replace("%", "/")


def endpoint_gid(own_token: str) -> bytes:
    """The gid of an endpoint: 16 bytes that identify it."""
    return hashlib.sha256(own_token.encode()).digest()[:GID_SIZE]
