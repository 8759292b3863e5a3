"""The command line `thumbox-ros`."""

from __future__ import annotations

import logging
import signal
import sys
import threading
from typing import TYPE_CHECKING, Any

import thumbox

from thumbox_ros import thumbox_interfaces
from thumbox_ros._errors import RosError
from thumbox_ros._native import ZError
from thumbox_ros.endpoints.builder import ZContextBuilder
from thumbox_ros.graph.router import locators, open_router
from thumbox_ros.thumbnails.arguments import parser
from thumbox_ros.thumbnails.camera import ThumbnailNode
from thumbox_ros.thumbnails.convert import thumbnail_service
from thumbox_ros.thumbnails.dispatcher import Dispatcher
from thumbox_ros.thumbnails.worker import Worker

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable, Sequence

    from thumbox_ros.endpoints.context import ZContext

__all__ = ["main"]

Options = Any
_Thumbnail: Any = thumbox_interfaces.Thumbnail


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs a command until SIGINT or SIGTERM. Returns 0, or 2 if it could not start."""
    options = parser().parse_args(arguments)
    logging.basicConfig(level=logging.INFO, format="%(levelname)s %(message)s", stream=sys.stderr)
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    commands = {"router": _router, "node": _node, "worker": _worker, "dispatch": _dispatch}
    try:
        commands[options.command](options, stop)
    except (ValueError, TypeError, OSError, RosError, thumbox.PluginError, ZError) as error:
        print(f"thumbox-ros {options.command}: {error}", file=sys.stderr)
        return 2
    return 0


def _router(options: argparse.Namespace, stop: threading.Event) -> None:
    with open_router(options.listen or ["tcp/[::]:7447"], options.connect) as router:
        print("routing at", *locators(router), flush=True)
        stop.wait()


def _context(options: argparse.Namespace) -> ZContext:
    builder = ZContextBuilder().with_distro(options.distro).with_remap_rules(options.remap)
    builder.with_namespace(options.namespace).with_shm_enabled(not options.no_shm)
    if options.domain is not None:
        builder.with_domain_id(options.domain)
    if options.connect:
        builder.with_connect_endpoints(options.connect)
    if options.listen:
        builder.with_listen_endpoints(options.listen)
    return builder.build()


def _plugin(options: argparse.Namespace) -> thumbox.Plugin:
    how: dict[str, Any] = {"formats": options.formats, "max_pixels": options.max_pixels}
    if options.variant == "wasm":
        how.update(isolation=options.isolation, timeout=options.timeout)
    return thumbox.load(options.variant, **how)


def _wait(stop: threading.Event, every: float, line: Callable[[], object]) -> None:
    """Waits for `stop`. Prints a line every `every` seconds (0: never), and one at the end."""
    while not stop.wait(every or None):
        print("metrics:", line(), flush=True)
    print("metrics:", line(), flush=True)


def _node(options: argparse.Namespace, stop: threading.Event) -> None:
    width, height = options.size
    settings = {
        "width": width,
        "height": height,
        "format": options.format,
        "quality": options.quality,
        "effort": options.effort,
        "fit": options.fit,
    }
    with _plugin(options) as plugin, _context(options) as context:
        # Finds invalid settings before the first frame arrives.
        plugin.thumbnail(_PIXEL, **settings)
        node = context.create_node(options.name or "thumbnails").build()
        server = None
        if options.service:
            server = node.create_server(options.service, _Thumbnail, thumbnail_service(plugin), threads=options.threads)
        with ThumbnailNode(node, options.inputs, options.out, plugin, settings, threads=options.threads) as camera:
            print("ready:", node.fully_qualified_name, flush=True)

            def line() -> str:
                requests = f" requests={server.requests}" if server is not None else ""
                return f"{camera.metrics()}{requests}"

            _wait(stop, options.metrics, line)


def _worker(options: argparse.Namespace, stop: threading.Event) -> None:
    with _plugin(options) as plugin, _context(options) as context:
        node = context.create_node(options.name or "thumbnail_worker").build()
        with Worker(node, options.service, _Thumbnail, thumbnail_service(plugin), options.slots) as worker:
            print("ready:", worker.id, flush=True)
            _wait(stop, options.metrics, lambda: f"served={worker.served} failed={worker.failed}")


def _dispatch(options: argparse.Namespace, stop: threading.Event) -> None:
    with _context(options) as context:
        node = context.create_node(options.name or "thumbnail_dispatcher").build()
        with Dispatcher(
            node,
            options.service,
            _Thumbnail,
            max_pending=options.max_pending,
            max_wait=options.max_wait,
            worker_timeout=options.worker_timeout,
        ) as dispatcher:
            while not stop.is_set() and not dispatcher.wait_until_owner(0.5):
                pass
            print("ready:", dispatcher.id, flush=True)

            def line() -> str:
                numbers = " ".join(f"{name}={value}" for name, value in vars(dispatcher.stats).items())
                return f"owner={dispatcher.owns} workers={dispatcher.workers} {numbers}"

            _wait(stop, options.metrics, line)


# A GIF of one pixel.
_PIXEL = bytes.fromhex("47494638376101000100800000000000ffffff2c00000000010001000002024401003b")
