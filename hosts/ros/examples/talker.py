"""Publishes a greeting every so often: `python talker.py [ENDPOINT] [COUNT]`."""

from __future__ import annotations

import sys
import time

from thumbox_ros import ZContextBuilder, std_msgs


def main(endpoint: str = "tcp/localhost:7447", count: str = "10") -> None:
    with ZContextBuilder().with_connect_endpoints([endpoint]).build() as context:
        node = context.create_node("talker").build()
        publisher = node.create_publisher("chatter", std_msgs.String)
        publisher.wait_for_subscriber()
        for number in range(int(count)):
            publisher.publish(std_msgs.String(data=f"hello {number}"))
            time.sleep(0.1)


if __name__ == "__main__":
    main(*sys.argv[1:])
