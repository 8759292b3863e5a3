"""The key expressions, liveliness tokens and attachments of rmw_zenoh: how ROS 2 is said in Zenoh.

| what | form |
|---|---|
| topic or service | `<domain>/<name without outer slashes>/<pkg::msg::dds_::Type_>/<type hash>` |
| token of a node | `@ros2_lv/<domain>/<session>/<node id>/<node id>/NN/<enclave>/<namespace>/<name>` |
| token of an endpoint | `@ros2_lv/<domain>/<session>/<node id>/<id>/<kind>/<enclave>/<namespace>/<node>` |
| ... and then | `/<name>/<type>/<type hash>/<qos>` |
| attachment | i64 sequence number, i64 nanoseconds since 1970, u8 16, 16 bytes gid; little-endian |

In tokens a slash within a name is a `%`, and so is what is empty.
"""

from __future__ import annotations

import hashlib
import struct
import time
from dataclasses import dataclass
from typing import Literal, NamedTuple

from thumbox_ros.graph.qos import QOS_DEFAULT, QosProfile

__all__ = [
    "ADMIN_SPACE",
    "Attachment",
    "Entity",
    "Kind",
    "attachment_now",
    "data_key",
    "dds_name",
    "endpoint_gid",
    "parse_token",
    "ros_name",
    "token",
]

ADMIN_SPACE = "@ros2_lv"
Kind = Literal["node", "publisher", "subscriber", "server", "client"]
_LETTERS: dict[Kind, str] = {"node": "NN", "publisher": "MP", "subscriber": "MS", "server": "SS", "client": "SC"}
_KINDS: dict[str, Kind] = {letters: kind for kind, letters in _LETTERS.items()}
_NODE_PARTS = 9
_ENDPOINT_PARTS = 13
_GID_SIZE = 16
_ATTACHMENT = struct.Struct("<qqB16s")


def dds_name(name: str) -> str:
    """DDS's name of a type: std_msgs/msg/String is std_msgs::msg::dds_::String_."""
    package, kind, short = name.split("/")
    return f"{package}::{kind}::dds_::{short}_"


def ros_name(dds: str) -> str:
    """The other way; what is not of that form is left as it is."""
    package, _, rest = dds.partition("::")
    kind, _, short = rest.partition("::dds_::")
    return f"{package}/{kind}/{short[:-1]}" if short.endswith("_") else dds


def data_key(domain: int, name: str, type_name: str, type_hash: str) -> str:
    """Where a topic's messages and a service's requests go."""
    return f"{domain}/{name.strip('/')}/{dds_name(type_name)}/{type_hash}"


@dataclass(frozen=True)
class Entity:
    """A node or an endpoint, as its token says it."""

    domain: int
    session: str
    node_id: int
    id: int
    kind: Kind
    namespace: str
    node: str
    name: str = ""
    """The topic's or service's; empty for a node."""
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
    """What a token says; None for one that is none, since anybody can declare anything."""
    parts = key.split("/")
    kind = _KINDS.get(parts[5]) if len(parts) > 5 else None  # noqa: PLR2004 -- the kind's place
    if parts[0] != ADMIN_SPACE or kind is None or len(parts) < (_NODE_PARTS if kind == "node" else _ENDPOINT_PARTS):
        return None
    numbers = (parts[1], parts[3], parts[4])
    # A number that long is none, and `int` would take its time.
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
    """16 bytes that tell one endpoint from every other."""
    return hashlib.sha256(own_token.encode()).digest()[:_GID_SIZE]


class Attachment(NamedTuple):
    """What travels beside a message."""

    sequence_number: int
    """Counts a publisher's messages or a client's requests, from 1."""
    source_time: int
    """When it was sent: nanoseconds since 1970."""
    gid: bytes
    """Of the publisher or client: 16 bytes."""

    def encode(self) -> bytes:
        """33 bytes."""
        return _ATTACHMENT.pack(self.sequence_number, self.source_time, _GID_SIZE, self.gid)

    @classmethod
    def decode(cls, data: bytes) -> Attachment | None:
        """None for what is no attachment of ROS 2."""
        if len(data) != _ATTACHMENT.size:
            return None
        sequence_number, source_time, size, gid = _ATTACHMENT.unpack(data)
        return cls(sequence_number, source_time, gid) if size == _GID_SIZE else None


def attachment_now(sequence_number: int, gid: bytes) -> bytes:
    """The attachment of a message that is sent now, encoded."""
    return Attachment(sequence_number, time.time_ns(), gid).encode()
