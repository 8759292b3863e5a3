"""The command line `thumbox-ros`."""

from __future__ import annotations

import argparse
import signal
import threading
from typing import TYPE_CHECKING

from thumbox_ros import __version__
from thumbox_ros._router import locators, open_router

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["main"]


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs a command until it is told to stop."""
    options = _parser().parse_args(arguments)
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    status: int = options.run(options, stop)
    return status


def _parser() -> argparse.ArgumentParser:
    top = argparse.ArgumentParser(prog="thumbox-ros", description="Thumbnails on a ROS 2 graph over Zenoh.")
    top.add_argument("--version", action="version", version=f"thumbox-ros {__version__}")
    commands = top.add_subparsers(dest="command", required=True, metavar="COMMAND")
    router = commands.add_parser("router", help="route between nodes, where no other Zenoh router runs")
    router.add_argument("--listen", action="append", metavar="ENDPOINT", help="default: tcp/[::]:7447")
    router.add_argument("--connect", action="append", metavar="ENDPOINT", help="another router")
    router.set_defaults(run=_router)
    return top


def _router(options: argparse.Namespace, stop: threading.Event) -> int:
    with open_router(options.listen or ["tcp/[::]:7447"], options.connect) as router:
        print("routing at", *locators(router), flush=True)
        stop.wait()
    return 0
