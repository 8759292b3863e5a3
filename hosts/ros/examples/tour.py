# %% [markdown]
# # A tour of thumbox-ros
#
# Each cell stands for itself, and all run as one program: `python tour.py [ENDPOINT]`. Without an endpoint the program
# brings a router of its own; a robot has one already, at tcp/localhost:7447.
"""A tour of thumbox-ros: topics, services, own types, relays, thumbnails, and workers."""

# %% A router, and two participants
from __future__ import annotations

import sys
import threading
from pathlib import Path

import skimage
import thumbox

import thumbox_ros
from thumbox_ros import (
    Dispatcher,
    ThumbnailNode,
    Worker,
    ZContextBuilder,
    builtin_interfaces,
    example_interfaces,
    geometry_msgs,
    sensor_msgs,
    std_msgs,
    thumbox_interfaces,
)

router = None
if len(sys.argv) > 1:
    endpoint = sys.argv[1]
else:
    router = thumbox_ros.open_router(["tcp/127.0.0.1:0"])
    endpoint = thumbox_ros.locators(router)[0]

robot = ZContextBuilder().with_domain_id(42).with_connect_endpoints([endpoint]).build()
base = ZContextBuilder().with_domain_id(42).with_connect_endpoints([endpoint]).build()
camera = robot.create_node("camera").with_namespace("/robot1").build()
desk = base.create_node("desk").build()

# %% Publisher and subscriber
publisher = camera.create_publisher("chatter", std_msgs.String)
subscriber = desk.create_subscriber("/robot1/chatter", std_msgs.String)
assert publisher.wait_for_subscriber()

publisher.publish(std_msgs.String(data="hello"))
sample = subscriber.recv_sample(timeout=10)
assert sample is not None
print("heard:", sample.message.data, "- number", sample.sequence_number)
print("nothing more:", subscriber.try_recv())

# %% A service
AddTwoInts = example_interfaces.AddTwoInts
server = camera.create_server(
    "add", AddTwoInts, callback=lambda request: AddTwoInts.Response(sum=request.a + request.b)
)
client = desk.create_client("/robot1/add", AddTwoInts)
assert client.wait_for_service()
print("2 + 3 =", client.call(AddTwoInts.Request(a=2, b=3), timeout=10).sum)

# %% Messages within messages, and a type of one's own
twist = geometry_msgs.Twist(linear=geometry_msgs.Vector3(x=0.5), angular=geometry_msgs.Vector3(z=-1.0))
print("a twist has", len(thumbox_ros.encode(twist)), "bytes")

Detection = thumbox_ros.define(
    "vision_msgs_demo/msg/Detection",
    """
    std_msgs/Header header
    string<=20 label
    float32[4] box      # x, y, width, height
    float64 score 1.0
    """,
)
found = camera.create_publisher("found", Detection)
finds = desk.create_subscriber("/robot1/found", Detection)
assert found.wait_for_subscriber()
found.publish(Detection(label="cat", box=[10, 20, 30, 40]))
detection = finds.recv(timeout=10)
assert detection is not None
print("found:", detection.label, list(detection.box), detection.score)
print("its hash:", Detection.__ros_hash__[:20] + "...")

# %% A relay that copies nothing
# `raw` is Zenoh's own bytes: they are passed on without ever being looked at.
inlet = desk.create_subscriber("/robot1/image", sensor_msgs.CompressedImage)
outlet = desk.create_publisher("/archive/image", sensor_msgs.CompressedImage)
archive = camera.create_subscriber("/archive/image", sensor_msgs.CompressedImage)
images = camera.create_publisher("image", sensor_msgs.CompressedImage)
assert images.wait_for_subscriber()
assert outlet.wait_for_subscriber()

photo = (Path(skimage.__file__).parent / "data" / "rocket.jpg").read_bytes()
header = std_msgs.Header(stamp=builtin_interfaces.Time(sec=1), frame_id="lens")
images.publish(sensor_msgs.CompressedImage(header=header, format="jpeg", data=photo))
passing = inlet.recv_sample(timeout=10)
assert passing is not None
outlet.publish_raw(passing.raw)
archived = archive.recv(timeout=10)
assert archived is not None
view = archived.data
assert isinstance(view, thumbox_ros.PayloadView)
print("relayed:", view == photo, "- copies since it left Zenoh:", view.copies)

# %% Thumbnails of a camera
plugin = thumbox.load()
small = desk.create_subscriber("/robot1/thumbnail", sensor_msgs.CompressedImage)
settings = {"width": 160, "height": 0, "format": "jpeg"}
with ThumbnailNode(desk, ["/robot1/image"], "/robot1/thumbnail", plugin, settings) as node:
    images.publish(sensor_msgs.CompressedImage(header=header, format="jpeg", data=photo))
    thumbnail = small.recv(timeout=30)
    assert thumbnail is not None
    info = plugin.probe(thumbnail.data)
    print("thumbnail:", f"{info.width} x {info.height}", info.format, "from", thumbnail.header.frame_id)
    images.publish(sensor_msgs.CompressedImage(data=b"no picture"))
    while not node.metrics().bad:
        threading.Event().wait(0.01)
    print("metrics:", str(node.metrics()).split(" ms=", maxsplit=1)[0])

# %% A service with workers
Thumbnail = thumbox_interfaces.Thumbnail
serve = thumbox_ros.thumbnail_service(plugin)
with Dispatcher(desk, "/thumbnail", Thumbnail) as dispatcher, Worker(camera, "/thumbnail", Thumbnail, serve):
    assert dispatcher.wait_until_owner()
    caller = camera.create_client("/thumbnail", Thumbnail)
    assert caller.wait_for_service()
    response = caller.call(Thumbnail.Request(image=photo, width=64), timeout=30)
    print("from a worker:", f"{response.width} x {response.height}", response.format, "code", response.code)

# %% The end
plugin.close()
robot.close()
base.close()
if router is not None:
    router.close()
