"""Publishes a photo as a camera would, and receives its thumbnail: `python camera.py PHOTO`. It brings a router."""

from __future__ import annotations

import sys
from pathlib import Path

import thumbox

import thumbox_ros
from thumbox_ros import ThumbnailNode, ZContextBuilder, sensor_msgs


def main(photo: str) -> None:
    with thumbox_ros.open_router(["tcp/127.0.0.1:0"]) as router, thumbox.load() as plugin:
        builder = ZContextBuilder().with_domain_id(42).with_connect_endpoints(thumbox_ros.locators(router))
        with builder.build() as robot, builder.build() as base:
            node = robot.create_node("camera").build()
            camera = node.create_publisher("image", sensor_msgs.CompressedImage)
            viewer = node.create_subscriber("thumbnail", sensor_msgs.CompressedImage)
            thumbnails = base.create_node("thumbnails").build()
            settings = {"width": 320, "height": 0}
            with ThumbnailNode(thumbnails, ["/image"], "/thumbnail", plugin, settings):
                assert camera.wait_for_subscriber()
                assert thumbnails.graph.wait_for(lambda graph: graph.subscribers("/thumbnail"), 10)
                camera.publish(sensor_msgs.CompressedImage(format="jpeg", data=Path(photo).read_bytes()))
                made = viewer.recv(timeout=30)
                assert made is not None
                info = plugin.probe(made.data)
                print(f"received a thumbnail of {info.width} x {info.height}, {len(made.data)} bytes of {info.format}")


if __name__ == "__main__":
    main(*sys.argv[1:])
