"""The arguments of the commands of `thumbox-ros`."""

from __future__ import annotations

import argparse
import re
from importlib.metadata import version

__all__ = ["parser"]

_LONGEST = 86400


def parser() -> argparse.ArgumentParser:
    """The parser of the whole command line."""
    top = argparse.ArgumentParser(
        prog="thumbox-ros",
        description="Thumbnails on a ROS 2 graph over Zenoh.",
        epilog="A command runs until SIGINT or SIGTERM. Exit status: 0, or 2 if it could not start.",
    )
    top.add_argument("--version", action="version", version=f"thumbox-ros {version('thumbox-ros')}")
    commands = top.add_subparsers(dest="command", required=True, metavar="COMMAND")
    router = commands.add_parser("router", help="start a Zenoh router, if no other runs")
    router.add_argument("--listen", action="append", metavar="ENDPOINT", help="default: tcp/[::]:7447")
    router.add_argument("--connect", action="append", metavar="ENDPOINT", help="another router")
    _node(commands.add_parser("node", help="publish thumbnails of streams of sensor_msgs/CompressedImage"))
    _worker(commands.add_parser("worker", help="make thumbnails for a dispatcher"))
    _dispatch(commands.add_parser("dispatch", help="offer the thumbnail service and pass its requests to workers"))
    return top


def _node(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--in",
        dest="inputs",
        action="append",
        required=True,
        metavar="TOPIC",
        help="a topic, or a pattern (*: characters within a part of the name, **: parts); may be repeated",
    )
    command.add_argument(
        "--out", required=True, metavar="TOPIC", help="the thumbnails' topic; {topic} is the input's full name"
    )
    command.add_argument("--size", type=_size, default=(320, 0), metavar="WxH", help="the box (default: 320x0)")
    command.add_argument("--format", choices=("jpeg", "png", "webp"), default="jpeg", help="default: jpeg")
    command.add_argument("--quality", type=int, default=85, metavar="N", help="1 to 100 (default: 85)")
    command.add_argument("--effort", type=int, default=4, metavar="N", help="0, fast, to 6, small files (default: 4)")
    fits = ("inside", "cover", "stretch", "contain")
    command.add_argument("--fit", choices=fits, default="inside", help="default: inside")
    command.add_argument("--service", metavar="NAME", help="also offer the thumbnail service")
    command.add_argument(
        "--threads", type=int, default=2, metavar="N", help="frames that are worked on at once (default: 2)"
    )
    _plugin(command)
    _common(command)


def _worker(command: argparse.ArgumentParser) -> None:
    command.add_argument("--service", default="/thumbnail", metavar="NAME", help="default: /thumbnail")
    command.add_argument(
        "--slots", type=int, default=1, metavar="N", help="requests that are worked on at once (default: 1)"
    )
    _plugin(command)
    _common(command)


def _dispatch(command: argparse.ArgumentParser) -> None:
    command.add_argument("--service", default="/thumbnail", metavar="NAME", help="default: /thumbnail")
    command.add_argument(
        "--max-pending", type=int, default=256, metavar="N", help="open requests at most (default: 256)"
    )
    command.add_argument(
        "--max-wait", type=float, default=30.0, metavar="SECONDS", help="wait for a free worker (default: 30)"
    )
    command.add_argument(
        "--worker-timeout", type=float, default=30.0, metavar="SECONDS", help="wait for a worker's answer (default: 30)"
    )
    _common(command)


def _plugin(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--variant",
        choices=("wasm", "native"),
        default="wasm",
        help="wasm: in a sandbox, for untrusted pictures; native: for your own (default: wasm)",
    )
    command.add_argument(
        "--isolation",
        choices=("call", "pool"),
        default="call",
        help="call: a new sandbox for each picture; pool: reuse one after a clean call (default: call)",
    )
    command.add_argument(
        "--timeout",
        type=float,
        default=10.0,
        metavar="SECONDS",
        help="time for one picture in the sandbox (default: 10)",
    )
    formats = "formats that may be read, such as jpeg,png,webp (default: all)"
    command.add_argument("--formats", type=lambda names: names.split(","), metavar="NAMES", help=formats)
    command.add_argument("--max-pixels", type=int, metavar="N", help="refuse pictures with more pixels")


def _common(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--connect", action="append", metavar="ENDPOINT", help="a router or peer (default: tcp/localhost:7447)"
    )
    command.add_argument("--listen", action="append", metavar="ENDPOINT", help="an endpoint that others may connect to")
    command.add_argument("--domain", type=int, metavar="N", help="default: ROS_DOMAIN_ID, or 0")
    command.add_argument("--distro", choices=("jazzy", "humble"), default="jazzy", help="default: jazzy, and later")
    command.add_argument("--name", help="the node's name")
    command.add_argument("--namespace", default="/", help="default: /")
    command.add_argument("--remap", action="append", default=[], metavar="FROM:=TO", help="as with ros2 run")
    command.add_argument("--no-shm", action="store_true", help="do not use shared memory on one host")
    command.add_argument(
        "--metrics",
        type=_interval,
        default=10.0,
        metavar="SECONDS",
        help="between lines of metrics; 0 for none (default: 10)",
    )


def _size(text: str) -> tuple[int, int]:
    match = re.fullmatch(r"([0-9]{1,9})x([0-9]{1,9})", text)
    if not match:
        raise argparse.ArgumentTypeError(f"{text!r} is not WxH, for example 320x0 or 256x256")
    return int(match[1]), int(match[2])


def _interval(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = -1.0
    if not 0 <= seconds <= _LONGEST:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number of seconds; 0 to {_LONGEST} is allowed")
    return seconds
