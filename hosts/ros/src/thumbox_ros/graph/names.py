"""ROS 2 names: which are allowed, how they are expanded, and how they are remapped.

The rules are those of the design article "Topic and Service name mapping to DDS" and of rcl's command line: a name is
`/absolute`, `relative` to the namespace, or `~/private` to the node; `{node}` and `{ns}`, which begins with a slash,
are substituted.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

__all__ = ["Remapping", "check_namespace", "check_node_name", "expand", "full_node_name"]

NameKind = Literal["topic", "service"]

LONGEST_NAME = 247
LONGEST_NODE_NAME = 255

_TOKEN = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_SUBSTITUTION = re.compile(r"\{([^{}]*)\}")


def check_node_name(name: str) -> str:
    """Returns the name, or raises ValueError."""
    if not isinstance(name, str) or not _TOKEN.fullmatch(name) or len(name) > LONGEST_NODE_NAME:
        raise ValueError(f"the node name is {name!r}; letters, digits and underscores are allowed, with no digit first")
    return name


def check_namespace(namespace: str) -> str:
    """The namespace with one leading slash and no trailing one; "" and "/" are the root."""
    if not isinstance(namespace, str):
        raise TypeError(f"the namespace is a {type(namespace).__name__} ({namespace!r}); a string is allowed")
    inner = namespace.strip("/")
    return _checked("namespace", f"/{inner}", namespace) if inner else "/"


def full_node_name(namespace: str, name: str) -> str:
    """The full name of a node, such as "/robot1/camera"."""
    return f"{namespace.rstrip('/')}/{name}"


def expand(name: str, node: str, namespace: str, kind: NameKind = "topic") -> str:
    """The full name, such as "/robot1/image". Raises ValueError for a name that ROS 2 does not allow."""
    if not isinstance(name, str):
        raise TypeError(f"the {kind} name is a {type(name).__name__} ({name!r}); a string is allowed")
    inside = namespace.rstrip("/")
    values = {"node": node, "ns": inside, "namespace": inside}

    def value(match: re.Match[str]) -> str:
        if match[1] not in values:
            raise ValueError(f"the {kind} name is {name!r}; only {{node}}, {{ns}} and {{namespace}} can be substituted")
        return values[match[1]]

    full = _SUBSTITUTION.sub(value, name)
    if full == "~" or full.startswith("~/"):
        full = full_node_name(namespace, node) + full[1:]
    elif not full.startswith("/"):
        full = f"{inside}/{full}"
    return _checked(f"{kind} name", full, name)


def _checked(what: str, full: str, given: str) -> str:
    tokens = full.split("/")[1:]
    if not all(_TOKEN.fullmatch(token) for token in tokens):
        raise ValueError(
            f"the {what} is {given!r}; parts of letters, digits and underscores, with no digit first, joined by "
            "single slashes are allowed"
        )
    if len(full) > LONGEST_NAME:
        raise ValueError(f"the {what} has {len(full)} characters; at most {LONGEST_NAME} are allowed")
    return full


@dataclass(frozen=True)
class _Rule:
    node: str | None
    kind: NameKind | None
    source: str
    target: str


class Remapping:
    """Rules of the form `from:=to`, `node:from:=to`, `__node:=name` and `__ns:=/namespace`.

    A rule whose `from` begins with `rostopic://` or `rosservice://` holds for topics or services only. The first rule
    that matches is used.
    """

    def __init__(self, rules: list[str] | tuple[str, ...] = ()) -> None:
        self._rules = [self._parsed(rule) for rule in rules]

    @staticmethod
    def _parsed(rule: str) -> _Rule:
        match = re.fullmatch(
            r"(?:([A-Za-z_][A-Za-z0-9_]*):(?!//))?(rostopic://|rosservice://)?([^:=]+):=([^:=]+)", rule
        )
        if not match:
            raise ValueError(f"the remapping is {rule!r}; 'from:=to', 'node:from:=to', '__node:=name' is allowed")
        node, kind, source, target = match.groups()
        kinds: dict[str, NameKind] = {"rostopic://": "topic", "rosservice://": "service"}
        if source in ("__node", "__name"):
            check_node_name(target)
        elif source == "__ns":
            check_namespace(target)
        else:
            # The namespace is not known yet. The root leaves the most room, but has no {ns} to substitute.
            for name in (source, target):
                try:
                    expand(name, "n", "/n" if "{n" in name else "/", kinds.get(kind, "topic"))
                except ValueError as error:
                    raise ValueError(f"the remapping is {rule!r}: {error}") from None
        return _Rule(node, kinds[kind] if kind else None, source, target)

    def node_name(self, name: str) -> str:
        """The remapped name of the node `name`."""
        return self._special(name, ("__node", "__name")) or name

    def namespace(self, name: str, namespace: str) -> str:
        """The remapped namespace of the node `name`."""
        found = self._special(name, ("__ns",))
        return check_namespace(found) if found else namespace

    def _special(self, name: str, sources: tuple[str, ...]) -> str | None:
        return next((rule.target for rule in self._rules if rule.source in sources and rule.node in (None, name)), None)

    def name(self, full: str, node: str, namespace: str, kind: NameKind) -> str:
        """The remapped name of a topic or service whose full name is `full`."""
        for rule in self._rules:
            if rule.source.startswith("__") or rule.node not in (None, node) or rule.kind not in (None, kind):
                continue
            try:
                source = expand(rule.source, node, namespace, kind)
            except ValueError:
                # A source that is valid in another namespace may be invalid here.
                continue
            if source == full:
                return expand(rule.target, node, namespace, kind)
        return full
