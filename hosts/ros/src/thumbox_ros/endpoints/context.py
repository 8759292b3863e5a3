"""A node: a name, and the endpoints that are made under it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, TypeVar

from thumbox_ros._closing import Closing
from thumbox_ros.endpoints.client import ZClient
from thumbox_ros.endpoints.publisher import ZPublisher
from thumbox_ros.endpoints.server import ZServer
from thumbox_ros.endpoints.subscriber import ZSubscriber
from thumbox_ros.graph.keys import Entity, token
from thumbox_ros.graph.names import check_namespace, check_node_name, expand, full_node_name
from thumbox_ros.graph.qos import QOS_SERVICES, QosProfile, as_qos
from thumbox_ros.messages.definition import full_name
from thumbox_ros.messages.registry import Message, Service

if TYPE_CHECKING:
    from collections.abc import Callable

    from typing_extensions import Self

    from thumbox_ros.endpoints.builder import ZContext
    from thumbox_ros.endpoints.endpoint import Endpoint
    from thumbox_ros.graph.graph_cache import Graph

__all__ = ["ZNode", "ZNodeBuilder"]

M = TypeVar("M", bound=Message)
Qos = QosProfile | dict[str, Any] | int | None


class ZNodeBuilder:
    """What a node is to be."""

    def __init__(self, context: ZContext, name: str) -> None:
        self._context = context
        self._name = check_node_name(name)
        self._namespace = "/"

    def with_namespace(self, namespace: str) -> Self:
        """The namespace, below the context's."""
        self._namespace = check_namespace(namespace)
        return self

    def build(self) -> ZNode:
        """Makes the node, which others see from now on."""
        context = self._context
        namespace = check_namespace(context.namespace.rstrip("/") + self._namespace)
        namespace = context.remapping.namespace(self._name, namespace)
        return ZNode(context, context.remapping.node_name(self._name), namespace)


class ZNode(Closing):
    """A node. `with` closes it and its endpoints."""

    def __init__(self, context: ZContext, name: str, namespace: str) -> None:
        self.context = context
        self.name = name
        self.namespace = namespace
        self.id = context.next_id()
        self._endpoints: list[Endpoint] = []
        self._closed = False
        entity = Entity(context.domain_id, context.zid, self.id, self.id, "node", namespace, name)
        self._declared = context.session.liveliness().declare_token(token(entity))
        context.add(self)

    @property
    def fully_qualified_name(self) -> str:
        """Such as "/robot1/camera"."""
        return full_node_name(self.namespace, self.name)

    @property
    def closed(self) -> bool:
        """Whether close() was called."""
        return self._closed

    @property
    def graph(self) -> Graph:
        """Who is there."""
        return self.context.graph

    def resolve(self, name: str, kind: Literal["topic", "service"] = "topic") -> str:
        """The full name of a topic or service as this node means it, remapped."""
        full = expand(name, self.name, self.namespace, kind)
        return self.context.remapping.name(full, self.name, self.namespace, kind)

    def create_publisher(self, topic: str, msg_type: type[M] | str, qos: Qos = None) -> ZPublisher[M]:
        """A publisher of messages of a class, or of a type's name."""
        return ZPublisher(self, self.resolve(topic), self._message(msg_type), as_qos(qos))

    def create_subscriber(
        self,
        topic: str,
        msg_type: type[M] | str,
        qos: Qos = None,
        callback: Callable[[M], object] | None = None,
    ) -> ZSubscriber[M]:
        """A subscriber to be read from; or, with `callback`, one that calls it in a thread of its own."""
        return ZSubscriber(self, self.resolve(topic), self._message(msg_type), as_qos(qos), callback)

    def create_client(self, service: str, srv_type: type[Service] | str) -> ZClient:
        """A client of a service."""
        return ZClient(self, self.resolve(service, "service"), self._service(srv_type), QOS_SERVICES)

    def create_server(
        self,
        service: str,
        srv_type: type[Service] | str,
        callback: Callable[[Any], Message] | None = None,
        *,
        threads: int = 4,
        max_pending: int = 256,
    ) -> ZServer:
        """A server whose requests are taken; or, with `callback`, one that serves `threads` requests at once.

        More than `max_pending` requests that wait are refused with an error that says so.
        """
        name = self.resolve(service, "service")
        return ZServer(self, name, self._service(srv_type), QOS_SERVICES, callback, threads, max_pending)

    def get_node_names(self) -> list[tuple[str, str]]:
        """The nodes' names and namespaces."""
        return sorted({(one.node, one.namespace) for one in self.graph.entities("node")})

    def get_topic_names_and_types(self) -> list[tuple[str, list[str]]]:
        """The topics and their types."""
        return list(self.graph.topics().items())

    def get_service_names_and_types(self) -> list[tuple[str, list[str]]]:
        """The services that are offered and their types."""
        return list(self.graph.services().items())

    def count_publishers(self, topic: str) -> int:
        """How many publish."""
        return len(self.graph.publishers(self.resolve(topic)))

    def count_subscribers(self, topic: str) -> int:
        """How many subscribe."""
        return len(self.graph.subscribers(self.resolve(topic)))

    def add(self, endpoint: Endpoint) -> None:
        """An endpoint that is closed with the node."""
        self._endpoints.append(endpoint)

    def forget(self, endpoint: Endpoint) -> None:
        """An endpoint that was closed before."""
        if endpoint in self._endpoints:
            self._endpoints.remove(endpoint)

    def close(self) -> None:
        """Closes the endpoints and takes the node out of the graph; any number of times."""
        if self._closed:
            return
        self._closed = True
        for endpoint in list(self._endpoints):
            endpoint.close()
        self._declared.undeclare()
        self.context.forget(self)

    def _message(self, kind: type[M] | str) -> type[M]:
        found: Any = self.context.registry.get(kind) if isinstance(kind, str) else kind
        if not (isinstance(found, type) and issubclass(found, Message) and hasattr(found, "__ros_name__")):
            raise TypeError(f"the message type is {kind!r}; a message class or 'package/msg/Type' is allowed")
        return found  # type: ignore[return-value]

    def _service(self, kind: type[Service] | str) -> type[Service]:
        found: Any = self.context.registry.get(_srv(kind)) if isinstance(kind, str) else kind
        if not (isinstance(found, type) and issubclass(found, Service) and hasattr(found, "__ros_name__")):
            raise TypeError(f"the service type is {kind!r}; a service class or 'package/srv/Type' is allowed")
        return found


def _srv(name: str) -> str:
    return full_name(name, "srv")
