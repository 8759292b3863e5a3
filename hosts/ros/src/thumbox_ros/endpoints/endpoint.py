"""What publishers, subscribers, clients and servers have in common."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from thumbox_ros._closing import Closing
from thumbox_ros.graph.keys import data_key
from thumbox_ros.graph.tokens import Entity, EntityKind, endpoint_gid, token

if TYPE_CHECKING:
    from collections.abc import Callable

    from thumbox_ros._native import Declared
    from thumbox_ros.graph.base_node import BaseNode
    from thumbox_ros.graph.graph_cache import Graph
    from thumbox_ros.graph.qos import QosProfile

__all__ = ["Endpoint"]

POLL = 0.005
"""Seconds between two looks at whether Zenoh has matched a publisher; it does not notify."""


class Endpoint(Closing):
    """A full name, a key, a token and a gid."""

    def __init__(
        self, node: BaseNode, kind: EntityKind, name: str, type_name: str, type_hash: str, qos: QosProfile
    ) -> None:
        if node.closed:
            raise RuntimeError(f"the node {node.fully_qualified_name} is closed")
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
        """The Zenoh key that its data travels on."""
        self.gid = endpoint_gid(self.token)
        self.session = context.session
        self._node = node
        self._declared: Declared | None = None
        self._closed = False

    def announce(self) -> None:
        """Shows the endpoint to others. Called once it works."""
        self._declared = self.session.declare_token(self.token)
        self._node.add(self)

    def wait_until_matched(self, kind: EntityKind, is_matched: Callable[[], bool], timeout: float) -> bool:
        """Waits for the token of an endpoint of `kind` at the other end, and for Zenoh to have matched it.

        Both, because some implementations announce an endpoint before it listens.
        """
        end = time.monotonic() + timeout
        segment = self.key.rpartition("/")[2]

        def is_there(graph: Graph) -> bool:
            return any(one.type_hash == segment for one in graph.entities(kind, self.name))

        if not self._node.graph.wait_for(is_there, timeout):
            return False
        while not (matched := is_matched()) and time.monotonic() < end:
            time.sleep(POLL)
        return matched

    @property
    def closed(self) -> bool:
        """Whether close() was called."""
        return self._closed

    def close(self) -> None:
        """Ends it. May be called any number of times."""
        if self._closed:
            return
        self._closed = True
        if self._declared is not None:
            self._declared.undeclare()
        self._node.forget(self)
        self._close()

    def _close(self) -> None:
        raise NotImplementedError
