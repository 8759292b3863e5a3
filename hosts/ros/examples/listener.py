"""Prints what `talker.py` says: `python listener.py [ENDPOINT] [COUNT]`."""

from __future__ import annotations

import itertools
import sys

from thumbox_ros import ZContextBuilder, std_msgs


def main(endpoint: str = "tcp/localhost:7447", count: str = "10") -> None:
    with ZContextBuilder().with_connect_endpoints([endpoint]).build() as context:
        node = context.create_node("listener").build()
        with node.create_subscriber("chatter", std_msgs.String) as subscriber:
            for message in itertools.islice(subscriber, int(count)):
                print(message.data)


if __name__ == "__main__":
    main(*sys.argv[1:])
