"""The base class of messages, and the way between a message and its bytes."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar

import msgspec

from thumbox_ros._errors import CdrError
from thumbox_ros.messages.cdr import Reader, Writer
from thumbox_ros.messages.compiled_codec import NO_ANSWER, CompiledCodec
from thumbox_ros.messages.views import PayloadView

if TYPE_CHECKING:
    from collections.abc import Sequence

    from typing_extensions import Buffer

    from thumbox_ros.messages.codec import Codec
    from thumbox_ros.messages.definition import MessageDefinition

__all__ = ["Message", "Service", "decode", "encode", "encode_parts"]


class Message(msgspec.Struct):
    """The base of all message classes. A class has the fields of its definition."""

    __ros_name__: ClassVar[str]
    """The full name, package/msg/Type."""
    __ros_hash__: ClassVar[str]
    """The type hash: RIHS01_ and 64 hexadecimal digits."""
    __ros_codec__: ClassVar[Codec]
    __ros_compiled_codec__: ClassVar[CompiledCodec | None]
    __ros_depth__: ClassVar[int]
    """Levels of nested messages, counting itself."""
    __ros_definition__: ClassVar[MessageDefinition]


class Service:
    """The base of all service classes. `Request`, `Response` and `Event` are the message classes of the service."""

    __ros_name__: ClassVar[str]
    """The full name, package/srv/Type."""
    __ros_hash__: ClassVar[str]
    Request: ClassVar[type[Message]]
    Response: ClassVar[type[Message]]
    Event: ClassVar[type[Message]]


M = TypeVar("M", bound=Message)


def encode(message: Message) -> bytes:
    """The message in little-endian CDR. Raises CdrError if a value does not fit its field."""
    parts, _, views = encode_parts(message)
    whole = b"".join(parts)
    for view in views:
        view.count_copy()
    return whole


def encode_parts(message: Message) -> tuple[Sequence[Buffer], int, list[PayloadView]]:
    """The parts that `encode` joins, their total size, and the views among them, whose copies the caller counts."""
    kind = type(message)
    views: list[PayloadView] = []
    if kind.__ros_compiled_codec__ is not None:
        with suppress(*NO_ANSWER):
            written = kind.__ros_compiled_codec__.write(message, views)
            if written is not None:
                return *written, views
    writer = Writer()
    kind.__ros_codec__.write(writer, message)
    return writer.parts(), writer.size, writer.views


def decode(kind: type[M], data: Buffer) -> M:
    """Reads a message of class `kind` from CDR. Its byte fields are views of `data`.

    Raises CdrError if `data` is truncated, claims more bytes than there are, or is of another type.
    """
    is_view = isinstance(data, PayloadView) and (data.whole is not None or data.flags.c_contiguous)
    view: Any = data if is_view else PayloadView.of(data)
    if kind.__ros_compiled_codec__ is not None:
        with suppress(*NO_ANSWER):
            found: M | None = kind.__ros_compiled_codec__.read(view, view.whole or memoryview(view))
            if found is not None:
                return found
    try:
        reader = Reader(view)
        message: M = kind.__ros_codec__.read(reader)
        reader.finish()
    except CdrError as error:
        raise CdrError(f"{kind.__ros_name__}: {error}") from None
    return message
