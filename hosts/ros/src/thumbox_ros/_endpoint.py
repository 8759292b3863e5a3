"""What publishers, subscribers, clients and servers have in common."""

from __future__ import annotations

from typing import TYPE_CHECKING

from thumbox_ros._keys import Entity, Kind, data_key, endpoint_gid, token

if TYPE_CHECKING:
    from types import TracebackType

    import zenoh
    from typing_extensions import Self

    from thumbox_ros._node import ZNode
    from thumbox_ros._qos import QosProfile

__all__ = ["Endpoint"]


class Endpoint:
    """What all endpoints have: a full name, a token, a gid."""

    def __init__(self, node: ZNode, kind: Kind, name: str, type_name: str, type_hash: str, qos: QosProfile) -> None:
        context = node.context
        segment = context.hash_segment(type_hash)
        entity = Entity(
            context.domain_id,
            context.zid,
            node.id,
            context.next_id(),
            kind,
            node.namespace,
            node.name,
            name,
            type_name,
            segment,
            qos,
        )
        self.name = name
        """The full name of the topic or service."""
        self.qos = qos
        self.token = token(entity)
        self.key = data_key(context.domain_id, name, type_name, segment)
        """Where in Zenoh it is."""
        self.gid = endpoint_gid(self.token)
        self.session = context.session
        self._node = node
        self._declared: zenoh.LivelinessToken | None = None
        self._closed = False

    def announce(self) -> None:
        """Shows it to others: after it works."""
        self._declared = self.session.liveliness().declare_token(self.token)
        self._node.add(self)

    @property
    def closed(self) -> bool:
        """Whether close() was called."""
        return self._closed

    def close(self) -> None:
        """Ends it; any number of times."""
        if self._closed:
            return
        self._closed = True
        if self._declared is not None:
            self._declared.undeclare()
        self._node.forget(self)
        self._close()

    def _close(self) -> None:
        raise NotImplementedError

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
