"""ROS 2 over Zenoh, and Thumbox on it.

    from thumbox_ros import ZContextBuilder, std_msgs

    with ZContextBuilder().build() as context:
        node = context.create_node("talker").build()
        node.create_publisher("chatter", std_msgs.String).publish(std_msgs.String(data="hello"))

It follows rmw_zenoh's wire format, with a Zenoh router at tcp/localhost:7447 unless another is named.

Public is what this module exports, and the modules of message packages such as `thumbox_ros.sensor_msgs`. The rooms
`graph`, `messages`, `endpoints` and `thumbnails` are private, and so are modules with a leading underscore. `graph` and
`messages` use no other room, `endpoints` uses both, and `thumbnails` uses all three. The extension module `_native`, in
Rust, is the transport below all of them.
"""

from __future__ import annotations

from importlib.metadata import version as _version

from thumbox_ros import (
    builtin_interfaces,
    example_interfaces,
    geometry_msgs,
    sensor_msgs,
    service_msgs,
    std_msgs,
    thumbox_interfaces,
)
from thumbox_ros._errors import (
    CdrError,
    DefinitionError,
    RosError,
    ServiceError,
    UnavailableError,
    UnknownTypeError,
)
from thumbox_ros._native import ZError
from thumbox_ros.endpoints.builder import ZContextBuilder
from thumbox_ros.endpoints.client import ZClient
from thumbox_ros.endpoints.context import ZContext, ZNode, ZNodeBuilder
from thumbox_ros.endpoints.publisher import ZPublisher
from thumbox_ros.endpoints.server import ServiceRequest, ZServer
from thumbox_ros.endpoints.subscriber import Sample, ZSubscriber
from thumbox_ros.graph.graph_cache import Conflict, Graph
from thumbox_ros.graph.qos import (
    QOS_DEFAULT,
    QOS_LATCHED,
    QOS_PARAMETERS,
    QOS_SENSOR_DATA,
    QOS_SERVICES,
    QosProfile,
)
from thumbox_ros.graph.router import locators, open_router
from thumbox_ros.graph.tokens import Entity
from thumbox_ros.messages.message import Message, Service, decode, encode
from thumbox_ros.messages.registry import REGISTRY, Registry
from thumbox_ros.messages.views import PayloadView
from thumbox_ros.thumbnails.camera import Metrics, ThumbnailNode
from thumbox_ros.thumbnails.convert import thumbnail_of, thumbnail_service
from thumbox_ros.thumbnails.dispatcher import Dispatcher
from thumbox_ros.thumbnails.worker import Worker

__all__ = [
    "QOS_DEFAULT",
    "QOS_LATCHED",
    "QOS_PARAMETERS",
    "QOS_SENSOR_DATA",
    "QOS_SERVICES",
    "REGISTRY",
    "CdrError",
    "Conflict",
    "DefinitionError",
    "Dispatcher",
    "Entity",
    "Graph",
    "Message",
    "Metrics",
    "PayloadView",
    "QosProfile",
    "Registry",
    "RosError",
    "Sample",
    "Service",
    "ServiceError",
    "ServiceRequest",
    "ThumbnailNode",
    "UnavailableError",
    "UnknownTypeError",
    "Worker",
    "ZClient",
    "ZContext",
    "ZContextBuilder",
    "ZError",
    "ZNode",
    "ZNodeBuilder",
    "ZPublisher",
    "ZServer",
    "ZSubscriber",
    "builtin_interfaces",
    "decode",
    "define",
    "define_package",
    "encode",
    "example_interfaces",
    "geometry_msgs",
    "locators",
    "lookup",
    "open_router",
    "sensor_msgs",
    "service_msgs",
    "std_msgs",
    "thumbnail_of",
    "thumbnail_service",
    "thumbox_interfaces",
]

__version__ = _version("thumbox-ros")

define = REGISTRY.define
define_package = REGISTRY.define_package
lookup = REGISTRY.get
