"""A Zenoh router, for tests, demonstrations and hosts that have no other."""

from __future__ import annotations

import json

import zenoh

__all__ = ["locators", "open_router"]


def open_router(listen: list[str], connect: list[str] | None = None) -> zenoh.Session:
    """Starts a router: a Zenoh session that routes between the sessions that connect to it, until it is closed.

    `listen`: endpoints such as "tcp/[::]:7447"; port 0 is a free one. `connect`: other routers.
    """
    config = zenoh.Config()
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
    return zenoh.open(config)


def locators(router: zenoh.Session) -> list[str]:
    """The endpoints at which a router can be reached, such as "tcp/127.0.0.1:7447"."""
    for reply in router.get(f"@/{router.zid()}/router", timeout=5.0):
        if reply.ok is not None:
            found: list[str] = json.loads(reply.ok.payload.to_bytes())["locators"]
            return found
    return []
