"""The nodes, topics and services of a domain, from its liveliness tokens."""

from __future__ import annotations

import logging
import threading
from typing import TYPE_CHECKING, NamedTuple

from thumbox_ros.graph.keys import NOT_SUPPORTED
from thumbox_ros.graph.names import full_node_name
from thumbox_ros.graph.tokens import ADMIN_SPACE, Entity, EntityKind, parse_token

if TYPE_CHECKING:
    from collections.abc import Callable

    from thumbox_ros._native import Session

__all__ = ["Conflict", "Graph"]

MOST_ENTITIES = 100_000
"""Tokens that are remembered. There is a limit because anybody may declare them."""

_log = logging.getLogger("thumbox_ros")


class Conflict(NamedTuple):
    """A topic or service whose ends cannot communicate, because their types differ."""

    name: str
    types: tuple[tuple[str, str], ...]
    """Each type and hash that is used there."""

    def __str__(self) -> str:
        ends = " and ".join(f"{type_name} ({type_hash})" for type_name, type_hash in self.types)
        hint = ""
        if any(type_hash == NOT_SUPPORTED for _, type_hash in self.types):
            hint = "; one side is Humble, which has no type hashes; with_distro('humble') connects to it"
        return f"{self.name} is used with different types, whose ends cannot communicate: {ends}{hint}"


class Graph:
    """What a context sees. It is complete some milliseconds after the context has found its router. Thread-safe."""

    def __init__(self, session: Session, domain: int) -> None:
        self._own = session.zid()
        self._entities: dict[str, Entity] = {}
        self._at: dict[str, dict[str, Entity]] = {}
        """The same by topic or service, because each new token is compared with those of its name."""
        self._changed = threading.Condition()
        self._warned: set[Conflict] = set()
        self._listeners: list[Callable[[Entity, bool], None]] = []
        self._watch = session.watch_tokens(f"{ADMIN_SPACE}/{domain}/**", self._on_token)

    def _on_token(self, key: str, is_new: bool) -> None:
        entity = parse_token(key)
        if entity is None:
            return
        with self._changed:
            if is_new and len(self._entities) < MOST_ENTITIES:
                self._entities[key] = entity
                self._at.setdefault(entity.name, {})[key] = entity
            elif not is_new and self._entities.pop(key, None) is not None:
                there = self._at[entity.name]
                del there[key]
                if not there:
                    del self._at[entity.name]
            listeners = list(self._listeners)
            self._changed.notify_all()
        for listener in listeners:
            listener(entity, is_new)
        if is_new and entity.name:
            self._warn(entity.name)

    def _warn(self, name: str) -> None:
        for conflict in self.conflicts(name):
            ours = any(one.session == self._own for one in self.entities(name=name))
            if ours and conflict not in self._warned and len(self._warned) < MOST_ENTITIES:
                self._warned.add(conflict)
                _log.warning("%s", conflict)

    def entities(self, kind: EntityKind | None = None, name: str | None = None) -> list[Entity]:
        """All entities, or those of a kind, or those of the topic or service with a full name."""
        with self._changed:
            found = list((self._entities if name is None else self._at.get(name, {})).values())
        return [one for one in found if kind in (None, one.kind)]

    def nodes(self) -> list[str]:
        """The full names of the nodes."""
        return sorted({full_node_name(one.namespace, one.node) for one in self.entities("node")})

    def topics(self) -> dict[str, list[str]]:
        """The types that each topic is used with."""
        return self._types("publisher", "subscriber")

    def services(self) -> dict[str, list[str]]:
        """The types of each service that is offered."""
        return self._types("server")

    def publishers(self, topic: str) -> list[Entity]:
        """The publishers of the topic with a full name."""
        return self.entities("publisher", topic)

    def subscribers(self, topic: str) -> list[Entity]:
        """The subscribers of the topic with a full name."""
        return self.entities("subscriber", topic)

    def servers(self, service: str) -> list[Entity]:
        """The servers of the service with a full name."""
        return self.entities("server", service)

    def clients(self, service: str) -> list[Entity]:
        """The clients of the service with a full name."""
        return self.entities("client", service)

    def conflicts(self, name: str | None = None) -> list[Conflict]:
        """Topics and services whose ends use different types, or different versions of one."""
        found = []
        for kinds in (("publisher", "subscriber"), ("server", "client")):
            ends: dict[str, set[tuple[str, str]]] = {}
            for one in self.entities(name=name):
                if one.kind in kinds:
                    ends.setdefault(one.name, set()).add((one.type_name, one.type_hash))
            found += [Conflict(one, tuple(sorted(types))) for one, types in sorted(ends.items()) if len(types) > 1]
        return found

    def wait_for(self, condition: Callable[[Graph], object], timeout: float) -> bool:
        """Waits up to `timeout` seconds until `condition(graph)` is true; returns whether it is."""
        with self._changed:
            return bool(self._changed.wait_for(lambda: condition(self), timeout))

    def listen(self, listener: Callable[[Entity, bool], None]) -> Callable[[], None]:
        """Calls `listener(entity, is_new)` for each entity that is there, comes or goes. Returns what ends it.

        The thread of `callbacks` calls it; it must not wait.
        """
        with self._changed:
            self._listeners.append(listener)
            known = list(self._entities.values())
        for one in known:
            listener(one, True)
        return lambda: self._listeners.remove(listener)

    def close(self) -> None:
        """Stops watching."""
        self._watch.undeclare()

    def _types(self, *kinds: EntityKind) -> dict[str, list[str]]:
        found: dict[str, set[str]] = {}
        for one in self.entities():
            if one.kind in kinds:
                found.setdefault(one.name, set()).add(one.type_name)
        return {name: sorted(types) for name, types in sorted(found.items())}
