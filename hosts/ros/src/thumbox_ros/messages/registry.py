"""The registry of message and service types: definitions by full name, and the classes that are made of them."""

from __future__ import annotations

import threading
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from thumbox_ros._errors import DefinitionError, UnknownTypeError
from thumbox_ros.messages.classes import DEEPEST, message_class, service_class
from thumbox_ros.messages.definition import (
    MessageDefinition,
    ServiceDefinition,
    full_name,
    parse_message,
    parse_service,
    split_sections,
)

if TYPE_CHECKING:
    import os
    from collections.abc import Iterator, Mapping

    from thumbox_ros.messages.message import Message, Service

__all__ = ["INTERFACES", "REGISTRY", "Registry"]

INTERFACES = Path(__file__).parents[1] / "interfaces"
"""The folder of the built-in definitions."""


class Registry:
    """Definitions and their classes, by full name. Thread-safe.

    A definition in it may differ from the one that its base has under the same name.
    """

    def __init__(self, base: Registry | None = None) -> None:
        """`base` is asked for what is not defined here; the default is the package's built-in types."""
        self._base = base or _BUILT_IN
        self._may_differ = True
        self._texts: dict[str, MessageDefinition | ServiceDefinition] = {}
        self._classes: dict[str, type[Message | Service]] = {}
        self._lock = threading.RLock()

    def define(self, name: str, text: str) -> Any:
        """Defines the message "package/msg/Type" or the service "package/srv/Type", and returns its class.

        `text` is the text of its .msg or .srv file. Types within it have to be known, or follow in the form that
        recordings use: a line of `=`, a line `MSG: package/Type`, the text. Raises DefinitionError if the text is
        invalid or the name is already defined differently, UnknownTypeError if a type within it is unknown.
        """
        name = full_name(name)
        definitions = [_parsed(*section) for section in split_sections(name, text)]
        with self._lock, self._undone_where_it_fails():
            for definition in definitions:
                self._add(definition)
            return self.get(name)

    def define_package(self, package: str, texts: Mapping[str, str] | str | os.PathLike[str]) -> list[str]:
        """Defines the types of a package, in any order, and returns their full names.

        `texts`: a mapping from file names ("Type.msg", "Type.srv") to their texts; or the package's folder, with `msg`
        and `srv` in it, from its sources or from the `share` of an installation.
        """
        if not hasattr(texts, "items"):
            folder = Path(texts)
            files = sorted([*folder.glob("msg/*.msg"), *folder.glob("srv/*.srv")])
            if not files:
                raise FileNotFoundError(f"{folder} has neither msg/*.msg nor srv/*.srv")
            texts = {file.name: file.read_text(encoding="utf-8") for file in files}
        with self._lock, self._undone_where_it_fails():
            names = []
            for file, text in texts.items():
                stem, _, kind = file.rpartition(".")
                if kind not in ("msg", "srv"):
                    raise DefinitionError(f"the file name is {file!r}; 'Type.msg' or 'Type.srv' is allowed")
                names.append(full_name(f"{package}/{kind}/{stem}"))
                self._add(_parsed(names[-1], text))
            for name in names:
                self.get(name)
        return names

    def get(self, name: str) -> Any:
        """The class of that name. Raises UnknownTypeError if it is not defined."""
        name = full_name(name)
        with self._lock:
            return self._get(name, ())

    def names(self) -> list[str]:
        """The full names of all types."""
        with self._lock:
            base = self._base.names() if self._base else []
            return sorted({*self._texts, *base})

    def definition(self, name: str) -> MessageDefinition | ServiceDefinition:
        """The definition of a full name."""
        with self._lock:
            if name in self._texts:
                return self._texts[name]
            if self._base:
                return self._base.definition(name)
        raise UnknownTypeError(f"unknown type {name}; define({name!r}, text) adds it")

    @contextmanager
    def _undone_where_it_fails(self) -> Iterator[None]:
        """On an error, forgets the definitions and classes that were added."""
        texts, classes = dict(self._texts), dict(self._classes)
        try:
            yield
        except Exception:
            self._texts, self._classes = texts, classes
            raise

    def _add(self, definition: MessageDefinition | ServiceDefinition) -> None:
        known = self._texts.get(definition.name)
        if known is None and self._base and definition.name in self._base.names():
            known = self._base.definition(definition.name)
            if known != definition and self._may_differ:
                for name in self._classes:
                    if definition.name in self._parts(name):
                        raise DefinitionError(
                            f"{definition.name} is a part of {name}, which is in use; "
                            f"define it before {name} is first used"
                        )
                known = None
        if known is None:
            self._texts[definition.name] = definition
        elif known != definition:
            raise DefinitionError(
                f"{definition.name} is already defined differently; a Registry of your own may have another definition"
            )

    def _get(self, name: str, outer: tuple[str, ...]) -> type[Message | Service]:
        if name in self._classes:
            return self._classes[name]
        # The base's class is right unless a type within it is defined differently here.
        if name not in self._texts and self._base and not self._parts(name) & self._texts.keys():
            with self._base._lock:
                return self._base._get(name, outer)
        definition = self.definition(name)
        if name in outer or len(outer) > DEEPEST:
            raise DefinitionError(
                f"{outer[0]} contains itself, or is more than {DEEPEST} messages deep: {' > '.join(outer[:9])}"
            )
        if isinstance(definition, ServiceDefinition):
            made: type[Message | Service] = self._service(definition, outer)
        else:
            made = self._message(definition, outer)
        self._classes[name] = made
        return made

    def _parts(self, name: str) -> set[str]:
        """The names of the messages within a type, at any depth; an unknown type has none."""
        found: set[str] = set()
        waiting = [name]
        while waiting:
            with suppress(UnknownTypeError):
                definition = self.definition(waiting.pop())
                parts = (
                    [definition]
                    if isinstance(definition, MessageDefinition)
                    else [definition.request, definition.response]
                )
                inner = {field.type.base for part in parts for field in part.fields if field.type.is_nested}
                waiting += inner - found
                found |= inner
        return found

    def _nested(self, name: str) -> MessageDefinition:
        found = self.definition(name)
        if isinstance(found, ServiceDefinition):
            raise DefinitionError(f"{name} is a service; the type of a field is a message")
        return found

    def _message(self, definition: MessageDefinition, outer: tuple[str, ...]) -> type[Message]:
        nested: dict[str, Any] = {}
        for field in definition.fields:
            if field.type.is_nested:
                try:
                    self._nested(field.type.base)
                    nested[field.type.base] = self._get(field.type.base, (*outer, definition.name))
                except UnknownTypeError as error:
                    raise UnknownTypeError(f"{definition.name}, field {field.name}: {error}") from None
        return message_class(definition, nested, self._nested, self.get)

    def _service(self, definition: ServiceDefinition, outer: tuple[str, ...]) -> type[Service]:
        parts = {"Request": definition.request, "Response": definition.response, "Event": definition.event}
        for part in parts.values():
            self._texts.setdefault(part.name, part)
        members = {name: self._get(part.name, (*outer, definition.name)) for name, part in parts.items()}
        return service_class(definition, members, self._nested)


def _parsed(name: str, text: str) -> MessageDefinition | ServiceDefinition:
    return (parse_service if name.split("/")[1] == "srv" else parse_message)(name, text)


def _built_in() -> Registry:
    registry = Registry()
    for package in sorted(INTERFACES.iterdir()):
        for file in sorted([*package.glob("msg/*.msg"), *package.glob("srv/*.srv")]):
            name = f"{package.name}/{file.parent.name}/{file.stem}"
            registry._add(_parsed(name, file.read_text(encoding="utf-8")))
    return registry


_BUILT_IN: Registry | None = None
_BUILT_IN = _built_in()
REGISTRY = Registry()
REGISTRY._may_differ = False
"""The built-in types, and those that `thumbox_ros.define` adds."""
