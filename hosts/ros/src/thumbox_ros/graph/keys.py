"""The key expressions of rmw_zenoh: where a topic's messages and a service's requests travel in Zenoh.

<domain>/<name without outer slashes>/<pkg::msg::dds_::Type_>/<type hash>
"""

from __future__ import annotations

__all__ = ["NOT_SUPPORTED", "data_key", "dds_name", "ros_name"]

NOT_SUPPORTED = "TypeHashNotSupported"
"""What Humble, which has no type hashes, writes in place of one."""


def dds_name(name: str) -> str:
    """The DDS name of a type: std_msgs/msg/String is std_msgs::msg::dds_::String_."""
    package, kind, short = name.split("/")
    return f"{package}::{kind}::dds_::{short}_"


def ros_name(dds: str) -> str:
    """The ROS name of a DDS type name. A name of any other form is returned unchanged."""
    package, _, rest = dds.partition("::")
    kind, _, short = rest.partition("::dds_::")
    return f"{package}/{kind}/{short[:-1]}" if short.endswith("_") else dds


def data_key(domain: int, name: str, type_name: str, type_hash: str) -> str:
    """The key of a topic or a service, whose full name is `name`."""
    return f"{domain}/{name.strip('/')}/{dds_name(type_name)}/{type_hash}"
