"""Parses the text of .msg and .srv files.

The grammar is that of ROS 2's interface definition pages ("About ROS 2 interfaces"): a line is a constant
`TYPE NAME=VALUE`, a field `TYPE name [default]`, or empty; `#` begins a comment.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from typing import Literal

from thumbox_ros._errors import DefinitionError
from thumbox_ros.messages.literals import Value, literal

__all__ = [
    "PRIMITIVES",
    "Constant",
    "Field",
    "FieldType",
    "MessageDefinition",
    "ServiceDefinition",
    "full_name",
    "parse_message",
    "parse_service",
    "split_sections",
]

PRIMITIVES = (
    *("bool", "byte", "char", "float32", "float64"),
    *("int8", "uint8", "int16", "uint16", "int32", "uint32", "int64", "uint64"),
    *("string", "wstring"),
)
FieldKind = Literal["single", "array", "bounded", "sequence"]

MOST_ELEMENTS = 1 << 24
"""Elements of a fixed array. There is a limit because a new message holds them all."""
LONGEST_TEXT = 1 << 20
"""Characters of a definition."""

_PACKAGE = re.compile(r"[a-z](?:_?[a-z0-9])*")
_TYPE = re.compile(r"[A-Z][A-Za-z0-9]*(?:_(?:Request|Response|Event))?")
_FIELD = re.compile(r"[a-z](?:_?[a-z0-9])*")
_CONSTANT = re.compile(r"[A-Z](?:_?[A-Z0-9])*")
_ARRAY = re.compile(r"(?P<base>[^\[\]]+)\[(?P<bound>(?:<=)?)(?P<size>[0-9]*)\]")
_STRING = re.compile(r"(?P<base>w?string)<=(?P<size>[0-9]+)")


@dataclass(frozen=True)
class FieldType:
    """A field's type. `base` is a primitive's name or a message's full name."""

    base: str
    kind: FieldKind = "single"
    size: int = 0
    """Elements of an array, or the most of a bounded sequence; else 0."""
    string_bound: int = 0
    """The most characters of a bounded string; else 0."""

    @property
    def is_nested(self) -> bool:
        """Whether the type is a message."""
        return self.base not in PRIMITIVES


@dataclass(frozen=True)
class Field:
    """A field. Without a default in the text, `default` is None."""

    name: str
    type: FieldType
    default: Value = None


@dataclass(frozen=True)
class Constant:
    """A constant."""

    name: str
    type: str
    value: Value


@dataclass(frozen=True)
class MessageDefinition:
    """The content of a .msg file; `name` is "package/msg/Type"."""

    name: str
    fields: tuple[Field, ...]
    constants: tuple[Constant, ...] = ()


@dataclass(frozen=True)
class ServiceDefinition:
    """The content of a .srv file; `name` is "package/srv/Type"."""

    name: str
    request: MessageDefinition
    response: MessageDefinition

    @property
    def event(self) -> MessageDefinition:
        """The message of service introspection (REP 2012), which is part of the service's hash."""
        return MessageDefinition(
            f"{self.name}_Event",
            (
                Field("info", FieldType("service_msgs/msg/ServiceEventInfo")),
                Field("request", FieldType(self.request.name, "bounded", 1)),
                Field("response", FieldType(self.response.name, "bounded", 1)),
            ),
        )


def full_name(name: str, kind: str = "msg", package: str | None = None) -> str:
    """`name` as "package/msg/Type". "package/Type" is also allowed and, within a package, "Type"."""
    parts = name.split("/")
    if len(parts) == 1 and package is not None:
        # As in ROS 1, and as rosidl still reads it.
        parts = ["std_msgs", kind, "Header"] if name == "Header" else [package, kind, name]
    elif len(parts) == 2:  # noqa: PLR2004 -- package/Type
        parts = [parts[0], kind, parts[1]]
    if len(parts) != 3 or parts[1] not in ("msg", "srv"):  # noqa: PLR2004 -- package/msg/Type
        raise DefinitionError(f"type name is {name!r}; 'package/{kind}/Type' is allowed")
    if not _PACKAGE.fullmatch(parts[0]):
        raise DefinitionError(f"type name is {name!r}; a package is lower-case letters, digits and single underscores")
    if not _TYPE.fullmatch(parts[2]):
        raise DefinitionError(f"type name is {name!r}; a type is a capital, then letters and digits")
    return "/".join(parts)


def split_sections(name: str, text: str) -> list[tuple[str, str]]:
    """Splits a definition from those that follow it in the form that recordings use, as pairs of name and text.

    In that form, a line of `=` and a line `MSG: package/Type` precede each type that the first one needs.
    """
    if len(text) > LONGEST_TEXT:
        raise DefinitionError(
            f"the definition of {name} has {len(text)} characters; at most {LONGEST_TEXT} are allowed"
        )
    sections: list[tuple[str, str]] = []
    for part in re.split(r"(?m)^={3,}[ \t]*$\n?", text):
        if not sections:
            sections.append((name, part))
            continue
        head, _, body = part.partition("\n")
        match = re.fullmatch(r"MSG:\s*(\S+)\s*", head)
        if not match:
            raise DefinitionError(
                f"the definition of {name}: the line after '===' is {head!r}; 'MSG: package/Type' is needed"
            )
        sections.append((full_name(match[1]), body))
    return sections


def parse_service(name: str, text: str) -> ServiceDefinition:
    """The definition of the service `name`, "package/srv/Type"."""
    lines = text.splitlines()
    separators = [number for number, line in enumerate(lines) if line.strip() == "---"]
    if len(separators) != 1:
        raise DefinitionError(f"the definition of {name} has {len(separators)} lines '---'; exactly one is needed")
    halves = "\n".join(lines[: separators[0]]), "\n".join(lines[separators[0] + 1 :])
    request, response = (
        parse_message(f"{name}_{part}", half) for part, half in zip(("Request", "Response"), halves, strict=True)
    )
    return ServiceDefinition(name, request, response)


def parse_message(name: str, text: str) -> MessageDefinition:
    """The definition of the message `name`, "package/msg/Type"."""
    package = name.split("/", maxsplit=1)[0]
    fields: list[Field] = []
    constants: list[Constant] = []
    for number, line in enumerate(text.splitlines(), 1):
        code = _without_comment(line).strip()
        if not code:
            continue
        try:
            item = _line(code, package)
        except DefinitionError as error:
            raise DefinitionError(f"{name}, line {number}, {code!r}: {error}") from None
        if isinstance(item, Constant):
            constants.append(item)
        else:
            fields.append(item)
    names = Counter([field.name for field in fields] + [constant.name for constant in constants])
    twice = sorted(name for name, count in names.items() if count > 1)
    if twice:
        raise DefinitionError(f"{name} has more than one field or constant named {', '.join(twice)}")
    return MessageDefinition(name, tuple(fields), tuple(constants))


def _without_comment(line: str) -> str:
    quote = ""
    for at, letter in enumerate(line):
        if quote:
            if letter == quote and line[at - 1] != "\\":
                quote = ""
        elif letter == "#":
            return line[:at]
        elif letter in "\"'" and at and line[at - 1] in " \t=[,":
            quote = letter
    return line


def _line(code: str, package: str) -> Field | Constant:
    type_name, _, rest = code.replace("\t", " ").partition(" ")
    rest = rest.strip()
    kind = _type(type_name, package)
    constant = re.match(r"([A-Za-z_][A-Za-z0-9_]*)\s*=(?!=)(.*)", rest)
    if constant:
        if kind.is_nested or kind.kind != "single" or not _CONSTANT.fullmatch(constant[1]):
            raise DefinitionError("invalid constant; a primitive type, a NAME in capitals, '=' and a value are needed")
        return Constant(constant[1], kind.base, literal(kind.base, constant[2].strip()))
    name, _, default = rest.partition(" ")
    if not _FIELD.fullmatch(name):
        raise DefinitionError(
            f"invalid field name {name!r}; lower-case letters, digits and single underscores are allowed"
        )
    default = default.strip()
    return Field(name, kind, _default(kind, default) if default else None)


def _default(kind: FieldType, text: str) -> Value:
    if kind.is_nested:
        raise DefinitionError("a field that is a message cannot have a default")
    if kind.kind == "single":
        value = literal(kind.base, text)
        if isinstance(value, str) and kind.string_bound and len(value) > kind.string_bound:
            raise DefinitionError(f"the default has {len(value)} characters; at most {kind.string_bound} are allowed")
        return value
    values = literal(kind.base, text, is_list=True)
    count = len(values) if isinstance(values, list) else 0
    if (kind.kind == "array" and count != kind.size) or (kind.kind == "bounded" and count > kind.size):
        raise DefinitionError(f"the default has {count} elements; the type says {kind.size}")
    return values


def _type(text: str, package: str) -> FieldType:
    kind: FieldKind = "single"
    size = bound = 0
    array = _ARRAY.fullmatch(text)
    if array:
        text = array["base"]
        kind = "bounded" if array["bound"] else "array" if array["size"] else "sequence"
        size = _size(array["size"], MOST_ELEMENTS if kind == "array" else (1 << 32) - 1) if kind != "sequence" else 0
    string = _STRING.fullmatch(text)
    if string:
        text = string["base"]
        bound = _size(string["size"], (1 << 32) - 1)
    if text not in PRIMITIVES:
        text = full_name(text, package=package)
    return FieldType(text, kind, size, bound)


def _size(text: str, most: int) -> int:
    size = int(text) if text else 0
    if not 1 <= size <= most:
        raise DefinitionError(f"a size is {text or 'missing'}; 1 to {most} is allowed")
    return size
