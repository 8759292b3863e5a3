"""The examples, run as people run them, and the texts that quote them."""

from __future__ import annotations

import re
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest
from conftest import PACKAGE, PHOTOS, WORKSPACE

import thumbox_ros
from thumbox_ros import Registry, UnavailableError, ZContextBuilder, example_interfaces, std_msgs

if TYPE_CHECKING:
    from collections.abc import Callable

EXAMPLES = PACKAGE / "examples"
TOUR = """\
heard: hello - number 1
nothing more: None
2 + 3 = 5
a twist has 52 bytes
found: cat [10.0, 20.0, 30.0, 40.0] 1.0
its hash: RIHS01_
relayed: True - copies since it left Zenoh: 1
thumbnail: 160 x 107 jpeg from lens
metrics: topics=1 frames=2 thumbnails=1 dropped=0 bad=1
from a worker: 64 x 43 jpeg code 0
"""


def example(name: str, *arguments: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, str(EXAMPLES / name), *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )


@pytest.mark.parametrize("own_router", [True, False])
def test_the_tour(own_router: bool, start: Callable[..., Any]) -> None:
    arguments = []
    if not own_router:
        arguments = [start("router", "--listen", "tcp/127.0.0.1:0").line("routing at ").split()[0]]
    program = example("tour.py", *arguments)
    output, errors = program.communicate(timeout=120)
    assert program.returncode == 0, errors
    assert re.sub(r"RIHS01_\w+\.\.\.", "RIHS01_", output) == TOUR


def test_a_talker_and_a_listener(start: Callable[..., Any]) -> None:
    endpoint = start("router", "--listen", "tcp/127.0.0.1:0").line("routing at ").split()[0]
    listener, talker = example("listener.py", endpoint, "3"), example("talker.py", endpoint, "3")
    output, errors = listener.communicate(timeout=60)
    assert (output, listener.returncode) == ("hello 0\nhello 1\nhello 2\n", 0), errors
    assert talker.communicate(timeout=60) == ("", "")


def test_a_camera() -> None:
    program = example("camera.py", str(PHOTOS / "rocket.jpg"))
    output, errors = program.communicate(timeout=60)
    assert program.returncode == 0, errors
    assert output.startswith("received a thumbnail of 320 x 214, ")


def page(name: str) -> str:
    return " ".join((WORKSPACE / name).read_text(encoding="utf-8").split())


def test_the_readme_s_program_runs(router: str) -> None:
    """What stands in the package's README, with another router."""
    text = (PACKAGE / "README.md").read_text(encoding="utf-8")
    blocks = re.findall(r"```python\n(.*?)```", text, flags=re.DOTALL)
    assert blocks
    for block in blocks:
        program = block.replace("ZContextBuilder()", f"ZContextBuilder().with_connect_endpoints([{router!r}])")
        result = subprocess.run(
            [sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=False
        )
        assert result.returncode == 0, result.stderr


def test_what_the_troubleshooting_page_quotes_is_what_is_said(
    contexts: Callable[..., Any], caplog: pytest.LogCaptureFixture, domain: int, start: Callable[..., Any]
) -> None:
    said = {}
    # The router is not there.
    program = start("router", "--listen", "tcp/127.0.0.1:0")
    endpoint = program.line("routing at ").split()[0]
    program.kill()
    with ZContextBuilder().with_domain_id(domain).with_connect_endpoints([endpoint]).build():
        said["router"] = caplog.records[-1].getMessage().replace(endpoint, "tcp/localhost:7447")
    # A type is unknown.
    with pytest.raises(LookupError) as unknown:
        thumbox_ros.lookup("my_msgs/msg/Pose2")
    said["type"] = str(unknown.value)
    # Nobody answers.
    node = contexts().create_node("one").build()
    with pytest.raises(UnavailableError) as nobody:
        node.create_client("add", example_interfaces.AddTwoInts).call(example_interfaces.AddTwoInts.Request())
    said["service"] = str(nobody.value)
    # Hashes disagree.
    other = Registry().define("std_msgs/msg/String", "string data\nstring more")
    node.create_publisher("chatter", std_msgs.String)
    node.create_subscriber("chatter", other)
    assert node.graph.wait_for(lambda graph: graph.conflicts(), 10)
    said["hashes"] = re.sub(r"RIHS01_\w+", "RIHS01_...", str(node.graph.conflicts()[0]))
    # A message of another type is skipped.
    publisher = node.create_publisher("numbers", std_msgs.String)
    subscriber = node.create_subscriber("numbers", std_msgs.String)
    publisher.publish_raw(b"\0\1\0\0\xff\xff\xff\xff")
    publisher.publish(std_msgs.String())
    assert subscriber.recv(10) is not None
    said["malformed"] = next(text for one in caplog.records if "was skipped" in (text := one.getMessage()))
    written = page("docs/guide/ros-troubleshooting.md")
    for text in said.values():
        assert text in written
