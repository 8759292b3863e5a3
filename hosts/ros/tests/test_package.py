"""The package itself."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

from conftest import PACKAGE, WORKSPACE

import thumbox_ros


def test_all_is_there_and_typed() -> None:
    for name in thumbox_ros.__all__:
        assert hasattr(thumbox_ros, name)
    folder = Path(thumbox_ros.__file__).parent
    assert (folder / "py.typed").is_file()
    assert (folder / "interfaces/thumbox_interfaces/srv/Thumbnail.srv").is_file()


def test_the_version_is_the_workspace_s() -> None:
    line = next(line for line in (WORKSPACE / "Cargo.toml").read_text().splitlines() if line.startswith("version = "))
    assert thumbox_ros.__version__ == line.split('"')[1]


def test_the_extension_module_has_the_same_version_and_peers_speak_its_zenoh() -> None:
    native = (PACKAGE / "native/Cargo.toml").read_text(encoding="utf-8")
    assert f'version = "{thumbox_ros.__version__}"' in native
    zenoh = re.search(r'(?m)^zenoh = { version = "=([^"]+)"', native)
    assert zenoh is not None
    metadata = (PACKAGE / "pyproject.toml").read_text(encoding="utf-8")
    assert re.findall(r'"eclipse-zenoh==([^"]+)"', metadata) == [zenoh[1]] * 2
    assert f"with Zenoh {zenoh[1]} on both sides" in (WORKSPACE / "docs/guide/ros.md").read_text(encoding="utf-8")


def test_the_lints_are_the_workspace_s() -> None:
    def lints(path: Path, head: str) -> list[str]:
        text = path.read_text(encoding="utf-8")
        lines = re.findall(rf"(?m)^\[{head}\]\n((?:[^\[\n].*\n)+)", text)[0].splitlines()
        return [line for line in lines if not line.startswith("#")]

    for tool in ("rust", "clippy"):
        ours = lints(PACKAGE / "native/Cargo.toml", f"lints.{tool}")
        assert ours == lints(WORKSPACE / "Cargo.toml", f"workspace.lints.{tool}")


def test_the_documents_name_the_versions_that_are_spoken_with() -> None:
    hiroz = re.search(r'(?m)^hiroz = "=([^"]+)"', (PACKAGE / "interop/hiroz/Cargo.toml").read_text(encoding="utf-8"))
    sdk = re.search(r'"zenoh_ros2_sdk==([^"]+)"', (PACKAGE / "pyproject.toml").read_text(encoding="utf-8"))
    assert hiroz is not None
    assert sdk is not None
    tried = (WORKSPACE / "docs/guide/ros.md").read_text(encoding="utf-8")
    assert f"`hiroz` {hiroz[1]} " in tried
    assert f"`zenoh_ros2_sdk` {sdk[1]} " in tried
    assert f"`hiroz` {hiroz[1]}," in (PACKAGE / "README.md").read_text(encoding="utf-8")


def test_no_warning_on_the_way_with_all_of_them_on() -> None:
    program = (
        "import thumbox_ros, thumbox_ros.thumbnails.cli\n"
        "with thumbox_ros.open_router(['tcp/127.0.0.1:0']) as router:\n"
        "    there = thumbox_ros.locators(router)\n"
        "    with thumbox_ros.ZContextBuilder().with_connect_endpoints(there).build() as context:\n"
        "        node = context.create_node('n').build()\n"
        "        subscriber = node.create_subscriber('x', thumbox_ros.std_msgs.String)\n"
        "        publisher = node.create_publisher('x', thumbox_ros.std_msgs.String)\n"
        "        publisher.publish(thumbox_ros.std_msgs.String(data='a'))\n"
        "        print(subscriber.recv(10).data)\n"
    )
    command = [sys.executable, "-W", "error", "-X", "dev", "-c", program]
    result = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert (result.returncode, result.stdout, result.stderr) == (0, "a\n", "")
