"""RIHS01, the hash of a type (REP 2011).

It is the SHA-256 of the type's description as JSON: `{"type_description": ..., "referenced_type_descriptions": [...]}`,
in the member order and with the separators below, without defaults, and with the referenced types sorted by name.
The numbers are those of type_description_interfaces/msg/FieldType.
"""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any

from thumbox_ros.messages.definition import Field, FieldType, MessageDefinition

if TYPE_CHECKING:
    from collections.abc import Callable

    from thumbox_ros.messages.definition import ServiceDefinition

__all__ = ["DUMMY", "message_hash", "service_hash"]

DUMMY = Field("structure_needs_at_least_one_member", FieldType("uint8"))
"""The one field of a message that has no fields, in its hash and on the wire."""

_IDS = {
    "int8": 2,
    "uint8": 3,
    "int16": 4,
    "uint16": 5,
    "int32": 6,
    "uint32": 7,
    "int64": 8,
    "uint64": 9,
    "float32": 10,
    "float64": 11,
    # FieldType has its own CHAR, 13, but rosidl hashes the `char` of a .msg file as a uint8.
    "char": 3,
    "bool": 15,
    "byte": 16,
    "string": 17,
    "wstring": 18,
}
_NESTED = 1
_BOUNDED_STRING = 4
"""From a string's number to that of its bounded kind."""
_OFFSETS = {"single": 0, "array": 48, "bounded": 96, "sequence": 144}


def message_hash(definition: MessageDefinition, find: Callable[[str], MessageDefinition]) -> str:
    """The hash of a message; `find` returns the definitions of the messages within it."""
    return _hash(_description(definition.name, definition.fields), _referenced(definition, find))


def service_hash(definition: ServiceDefinition, find: Callable[[str], MessageDefinition]) -> str:
    """The hash of a service, which covers its request, its response and its event."""
    parts = {"request_message": definition.request, "response_message": definition.response}
    parts["event_message"] = definition.event
    own = {part.name: part for part in parts.values()}

    def known(name: str) -> MessageDefinition:
        return own[name] if name in own else find(name)

    whole = MessageDefinition(definition.name, tuple(Field(name, FieldType(part.name)) for name, part in parts.items()))
    return _hash(_description(whole.name, whole.fields), _referenced(whole, known))


def _referenced(definition: MessageDefinition, find: Callable[[str], MessageDefinition]) -> list[dict[str, Any]]:
    found: dict[str, MessageDefinition] = {}
    waiting = [definition]
    while waiting:
        for field in waiting.pop().fields:
            if field.type.is_nested and field.type.base not in found:
                nested = find(field.type.base)
                found[nested.name] = nested
                waiting.append(nested)
    return [_description(name, found[name].fields) for name in sorted(found)]


def _description(name: str, fields: tuple[Field, ...]) -> dict[str, Any]:
    return {"type_name": name, "fields": [_field(field) for field in fields or (DUMMY,)]}


def _field(field: Field) -> dict[str, Any]:
    kind = field.type
    number = _NESTED if kind.is_nested else _IDS[kind.base] + (_BOUNDED_STRING if kind.string_bound else 0)
    return {
        "name": field.name,
        "type": {
            "type_id": number + _OFFSETS[kind.kind],
            "capacity": kind.size,
            "string_capacity": kind.string_bound,
            "nested_type_name": kind.base if kind.is_nested else "",
        },
    }


def _hash(description: dict[str, Any], referenced: list[dict[str, Any]]) -> str:
    whole = {"type_description": description, "referenced_type_descriptions": referenced}
    text = json.dumps(whole, separators=(", ", ": "))
    return "RIHS01_" + hashlib.sha256(text.encode()).hexdigest()
