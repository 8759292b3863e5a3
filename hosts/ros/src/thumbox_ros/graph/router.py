"""A Zenoh router, for tests, demonstrations and hosts that have no other."""

from __future__ import annotations

import json

from thumbox_ros import _native

__all__ = ["locators", "open_router"]


def open_router(listen: list[str], connect: list[str] | None = None) -> _native.Session:
    """Starts a router: a Zenoh session that routes between the sessions that connect to it, until it is closed.

    `listen`: endpoints such as "tcp/[::]:7447"; port 0 is a free one. `connect`: other routers.
    """
    config = _native.Config()
    for key, value in {
        "mode": "router",
        "listen/endpoints": listen,
        "connect/endpoints": connect or [],
        "connect/exit_on_failure": False,
        "scouting/multicast/enabled": False,
        # `locators` asks here which ports the system chose.
        "adminspace/enabled": True,
    }.items():
        config.insert_json5(key, json.dumps(value))
    return _native.open(config)


def locators(router: _native.Session) -> list[str]:
    """The endpoints at which a router can be reached, such as "tcp/127.0.0.1:7447"."""
    _, reply = _native.Get(router, f"@/{router.zid()}/router", None, 5.0).wait(6.0)
    if reply is None or reply.ok is None:
        return []
    found: list[str] = json.loads(reply.ok.to_bytes())["locators"]
    return found
