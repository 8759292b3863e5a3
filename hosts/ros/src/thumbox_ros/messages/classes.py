"""Makes the class of a message or service from its definition."""

from __future__ import annotations

import keyword
from array import array
from typing import TYPE_CHECKING, Any

import msgspec

from thumbox_ros._errors import DefinitionError
from thumbox_ros.messages.codec import BYTES, CODES, Codec, field_codec, message_codec
from thumbox_ros.messages.compiled_codec import compile_codec
from thumbox_ros.messages.message import Message, Service
from thumbox_ros.messages.type_hash import DUMMY, message_hash, service_hash

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from thumbox_ros.messages.definition import Field, MessageDefinition, ServiceDefinition

__all__ = ["DEEPEST", "attribute_name", "message_class", "service_class"]

DEEPEST = 64
"""Levels of nested messages."""


def message_class(
    definition: MessageDefinition,
    nested: Mapping[str, type[Message]],
    find: Callable[[str], MessageDefinition],
    classes: Callable[[str], Any],
) -> type[Message]:
    """The class of a message. `nested` has the classes of its fields by full name.

    `find` knows the definitions of all messages within it, and `classes` their classes, however deep.
    """
    depth = 1 + max((kind.__ros_depth__ for kind in nested.values()), default=0)
    if depth > DEEPEST:
        raise DefinitionError(f"{definition.name} is {depth} messages deep; at most {DEEPEST} are allowed")
    fields: list[Any] = [
        (attribute_name(one.name), Any, msgspec.field(default_factory=_default(one, nested.get(one.type.base))))
        for one in definition.fields
    ]
    constants = {constant.name: constant.value for constant in definition.constants}
    package, _, short = definition.name.split("/")
    made: Any = msgspec.defstruct(
        short,
        fields,
        bases=(Message,),
        module=f"thumbox_ros.{package}",
        namespace={
            **constants,
            "__doc__": f"{definition.name}.",
            "__ros_name__": definition.name,
            "__ros_definition__": definition,
            "__ros_depth__": depth,
            "__ros_hash__": message_hash(definition, find),
        },
    )
    made.__ros_codec__ = _codec(definition, nested, made)
    made.__ros_compiled_codec__ = compile_codec(made, classes)
    return made  # type: ignore[no-any-return]


def service_class(
    definition: ServiceDefinition,
    members: Mapping[str, type],
    find: Callable[[str], MessageDefinition],
) -> type[Service]:
    """The class of a service. `members` has the classes of its Request, Response and Event."""
    package, _, short = definition.name.split("/")
    return type(
        short,
        (Service,),
        {
            "__doc__": f"{definition.name}.",
            "__module__": f"thumbox_ros.{package}",
            "__ros_name__": definition.name,
            "__ros_hash__": service_hash(definition, find),
            **members,
        },
    )


def _codec(definition: MessageDefinition, nested: Mapping[str, type[Message]], made: Any) -> Codec:
    if not definition.fields:
        dummy = field_codec(DUMMY.type, None)
        return Codec(
            lambda reader: (dummy.read(reader), made())[1], lambda writer, _: dummy.write(writer, 0), dummy.least
        )
    codecs = []
    for field in definition.fields:
        kind = nested.get(field.type.base)
        codecs.append((attribute_name(field.name), field_codec(field.type, kind.__ros_codec__ if kind else None)))
    return message_codec(codecs, made, made)


def attribute_name(name: str) -> str:
    """The name of a field in Python."""
    return f"{name}_" if keyword.iskeyword(name) else name


def _default(field: Field, kind: Any) -> Callable[[], Any]:
    """The function that makes a field's value in a new message."""
    base, shape, size, value = field.type.base, field.type.kind, field.type.size, field.default
    count = size if shape == "array" else 0
    if kind is not None:
        return kind if shape == "single" else lambda: [kind() for _ in range(count)]
    zero: Any = "" if base.endswith("string") else False if base == "bool" else 0.0 if base.startswith("float") else 0
    if shape == "single":
        single = zero if value is None else value
        return lambda: single
    values = value if isinstance(value, list) else [zero] * count
    if base in BYTES:
        data = bytes(values)
        return lambda: data
    if base in CODES:
        return lambda: array(CODES[base], values)
    return lambda: list(values)
