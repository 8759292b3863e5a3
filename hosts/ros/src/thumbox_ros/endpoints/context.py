"""Contexts and nodes. They are in one file because each knows the other."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, TypeVar

from thumbox_ros.endpoints.client import ZClient
from thumbox_ros.endpoints.publisher import ZPublisher
from thumbox_ros.endpoints.server import ZServer
from thumbox_ros.endpoints.subscriber import ZSubscriber
from thumbox_ros.graph.base_node import BaseNode
from thumbox_ros.graph.names import check_namespace, check_node_name, expand
from thumbox_ros.graph.qos import QOS_SERVICES, QosProfile, as_qos
from thumbox_ros.graph.session import RosSession
from thumbox_ros.messages.definition import full_name
from thumbox_ros.messages.message import Message, Service

if TYPE_CHECKING:
    from collections.abc import Callable

    from typing_extensions import Self

    from thumbox_ros._native import Config
    from thumbox_ros.graph.names import Remapping
    from thumbox_ros.messages.registry import Registry

__all__ = ["ZContext", "ZNode", "ZNodeBuilder"]

M = TypeVar("M", bound=Message)
Qos = QosProfile | dict[str, Any] | int | None


class ZContext(RosSession):
    """An open session in one domain. The end of `with` closes it and its nodes."""

    def __init__(
        self,
        config: Config,
        domain: int,
        namespace: str,
        remapping: Remapping,
        distro: str,
        registry: Registry,
    ) -> None:
        super().__init__(config, domain, distro)
        self.namespace = namespace
        self.registry = registry
        self.remapping = remapping

    def create_node(self, name: str) -> ZNodeBuilder:
        """The builder of a node: `create_node("camera").with_namespace("/robot1").build()`."""
        return ZNodeBuilder(self, name)

    def shutdown(self) -> None:
        """Closes the nodes and the session. May be called any number of times."""
        self.close()


class ZNodeBuilder:
    """The builder of a node."""

    def __init__(self, context: ZContext, name: str) -> None:
        self._context = context
        self._name = check_node_name(name)
        self._namespace = "/"

    def with_namespace(self, namespace: str) -> Self:
        """Puts the node into a namespace below the context's; the default is the context's."""
        self._namespace = check_namespace(namespace)
        return self

    def build(self) -> ZNode:
        """Makes the node. Others see it from now on."""
        context = self._context
        namespace = check_namespace(context.namespace.rstrip("/") + self._namespace)
        namespace = context.remapping.namespace(self._name, namespace)
        return ZNode(context, context.remapping.node_name(self._name), namespace)


class ZNode(BaseNode):
    """A node. The end of `with` closes it and its endpoints."""

    context: ZContext

    def __init__(self, context: ZContext, name: str, namespace: str) -> None:
        super().__init__(context, name, namespace)

    def resolve(self, name: str, kind: Literal["topic", "service"] = "topic") -> str:
        """The full name of a topic or service of this node, remapped. Raises ValueError for an invalid name."""
        full = expand(name, self.name, self.namespace, kind)
        return self.context.remapping.name(full, self.name, self.namespace, kind)

    def create_publisher(self, topic: str, msg_type: type[M] | str, qos: Qos = None) -> ZPublisher[M]:
        """A publisher of messages of a class, or of a type that is given by name.

        `qos`: a QosProfile, a dict of its fields, or a depth; the default is reliable, volatile, the last 10.
        """
        return ZPublisher(self, self.resolve(topic), self._message(msg_type), as_qos(qos))

    def create_subscriber(
        self,
        topic: str,
        msg_type: type[M] | str,
        qos: Qos = None,
        callback: Callable[[M], object] | None = None,
    ) -> ZSubscriber[M]:
        """A subscriber to read from; or, with `callback`, one that calls it for each message in its own thread.

        `qos` as in `create_publisher`.
        """
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
        """A server to take requests from; or, with `callback`, one that serves `threads` requests at once.

        At most `max_pending` requests wait; further ones are refused with an error.
        """
        name = self.resolve(service, "service")
        return ZServer(self, name, self._service(srv_type), QOS_SERVICES, callback, threads, max_pending)

    def get_node_names(self) -> list[tuple[str, str]]:
        """The names and namespaces of all nodes."""
        return sorted({(one.node, one.namespace) for one in self.graph.entities("node")})

    def get_topic_names_and_types(self) -> list[tuple[str, list[str]]]:
        """All topics and their types."""
        return list(self.graph.topics().items())

    def get_service_names_and_types(self) -> list[tuple[str, list[str]]]:
        """All services that are offered, and their types."""
        return list(self.graph.services().items())

    def count_publishers(self, topic: str) -> int:
        """The number of publishers of a topic."""
        return len(self.graph.publishers(self.resolve(topic)))

    def count_subscribers(self, topic: str) -> int:
        """The number of subscribers of a topic."""
        return len(self.graph.subscribers(self.resolve(topic)))

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
