"""A node as the graph shows it: all that endpoints need of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from thumbox_ros._closing import Owner
from thumbox_ros.graph.names import full_node_name
from thumbox_ros.graph.tokens import Entity, token

if TYPE_CHECKING:
    from thumbox_ros.graph.graph_cache import Graph
    from thumbox_ros.graph.session import RosSession

__all__ = ["BaseNode"]


class BaseNode(Owner):
    """A name with a token. Closing it closes its endpoints and takes it out of the graph."""

    context: RosSession

    def __init__(self, context: RosSession, name: str, namespace: str) -> None:
        super().__init__()
        self.context = context
        self.name = name
        self.namespace = namespace
        self.id = context.next_id()
        entity = Entity(context.domain_id, context.zid, self.id, self.id, "node", namespace, name)
        self._declared = context.session.declare_token(token(entity))
        context.add(self)

    @property
    def fully_qualified_name(self) -> str:
        """The name with its namespace, such as "/robot1/camera"."""
        return full_node_name(self.namespace, self.name)

    @property
    def graph(self) -> Graph:
        """The nodes, topics and services of the domain."""
        return self.context.graph

    def _close(self) -> None:
        self._declared.undeclare()
        self.context.forget(self)
