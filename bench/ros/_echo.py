"""The other side of the benchmark: sends back what it gets, by one of the implementations.

A message whose `format` is "more" is taken and not answered: so a sender can fill a window, and wait for its last one.
"""

from __future__ import annotations

import json
import struct
import sys
import threading
import time
from pathlib import Path
from typing import Any

import zenoh

import thumbox_ros
from thumbox_ros import QosProfile, ZContext, ZContextBuilder, sensor_msgs

__all__ = ["DEPTH", "MORE", "TYPE", "PlainPublisher", "context", "plain_session", "plain_subscriber"]

TYPE = "sensor_msgs/msg/CompressedImage"
MORE = "more"
DEPTH = QosProfile(depth=64)
INTERFACES = Path(thumbox_ros.__file__).parent / "interfaces"
_ATTACHMENT = struct.Struct("<qqB16s")
_GID = bytes(range(16))


def context(endpoint: str, *, shm: bool) -> ZContext:
    """The same session for all that are compared."""
    builder = ZContextBuilder().with_domain_id(0).with_connect_endpoints([endpoint])
    return builder.with_shm_enabled(shm).build()


def plain_session(endpoint: str, *, shm: bool) -> zenoh.Session:
    """The same session by eclipse-zenoh alone."""
    config = zenoh.Config()
    for key, value in {
        "mode": "peer",
        "scouting/multicast/enabled": False,
        "connect/endpoints": [endpoint],
        "listen/endpoints": ["tcp/localhost:0"],
        "transport/shared_memory/enabled": shm,
    }.items():
        config.insert_json5(key, json.dumps(value))
    return zenoh.open(config)


def plain_subscriber(session: zenoh.Session, key: str) -> Any:
    """What a program has that uses eclipse-zenoh alone."""
    return session.declare_subscriber(key, zenoh.handlers.FifoChannel(64))


class PlainPublisher:
    """The same for what is sent; with an attachment like that of rmw_zenoh, if it is to have one."""

    def __init__(self, session: zenoh.Session, key: str, *, is_attached: bool) -> None:
        self.publisher = session.declare_publisher(key, congestion_control=zenoh.CongestionControl.BLOCK)
        self.is_attached = is_attached
        self.sent = 0

    def put(self, data: bytes) -> None:
        if self.is_attached:
            self.sent += 1
            self.publisher.put(data, attachment=_ATTACHMENT.pack(self.sent, time.time_ns(), 16, _GID))
        else:
            self.publisher.put(data)


def ours(endpoint: str, name: str, *, shm: bool) -> None:
    with context(endpoint, shm=shm) as opened:
        node = opened.create_node(f"echo_{name}").build()
        publisher = node.create_publisher(f"/{name}/back", sensor_msgs.CompressedImage, DEPTH)
        subscriber = node.create_subscriber(f"/{name}/there", sensor_msgs.CompressedImage, DEPTH)
        print("ready", flush=True)
        for message in subscriber:
            if message.format != MORE:
                publisher.publish(sensor_msgs.CompressedImage(format=message.format, data=message.data))


def raw(endpoint: str, name: str, *, shm: bool) -> None:
    with context(endpoint, shm=shm) as opened:
        node = opened.create_node(f"echo_{name}").build()
        publisher = node.create_publisher(f"/{name}/back", sensor_msgs.CompressedImage, DEPTH)
        subscriber = node.create_subscriber(f"/{name}/there", sensor_msgs.CompressedImage, DEPTH)
        print("ready", flush=True)
        while (view := subscriber.recv_raw_view()) is not None:
            if view[0] == 0:
                publisher.publish_raw(view)


def plain(endpoint: str, name: str, *, shm: bool, is_attached: bool = False) -> None:
    with plain_session(endpoint, shm=shm) as session:
        publisher = PlainPublisher(session, f"{name}/back", is_attached=is_attached)
        subscriber = plain_subscriber(session, f"{name}/there")
        print("ready", flush=True)
        for sample in subscriber:
            # Read, as who wants to do something with it has to, and sent again.
            data = sample.payload.to_bytes()
            if data[0] == 0:
                publisher.put(data)


def attached(endpoint: str, name: str, *, shm: bool) -> None:
    plain(endpoint, name, shm=shm, is_attached=True)


def sdk(endpoint: str, name: str, *, shm: bool) -> None:
    from zenoh_ros2_sdk import ROS2Publisher, ROS2Subscriber
    from zenoh_ros2_sdk.message_registry import get_registry

    where = sdk_address(endpoint, shm=shm)
    get_registry().messages_dir = INTERFACES
    publisher = ROS2Publisher(f"/{name}/back", TYPE, **where)

    def back(message: Any) -> None:
        if message.format != MORE:
            publisher.publish(header=message.header, format=message.format, data=message.data)

    ROS2Subscriber(f"/{name}/there", TYPE, back, **where)
    print("ready", flush=True)
    threading.Event().wait()


def sdk_address(endpoint: str, *, shm: bool) -> dict[str, Any]:
    """How zenoh_ros2_sdk is told where the router is, and whether to share memory."""
    import os

    os.environ["ZENOH_CONFIG_OVERRIDE"] = f"transport/shared_memory/enabled={'true' if shm else 'false'}"
    return {"domain_id": 0, "router_ip": "127.0.0.1", "router_port": int(endpoint.rpartition(":")[2])}


if __name__ == "__main__":
    kind, endpoint, name, shared = sys.argv[1:]
    kinds = {"ours": ours, "raw": raw, "plain": plain, "attached": attached, "sdk": sdk}
    kinds[kind](endpoint, name, shm=shared == "shm")
