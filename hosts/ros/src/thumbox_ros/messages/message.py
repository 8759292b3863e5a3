"""The base class of messages, and the way between a message and its bytes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, TypeVar

import msgspec

from thumbox_ros._errors import CdrError
from thumbox_ros._native import JOINED
from thumbox_ros.messages.cdr import Reader, Writer
from thumbox_ros.messages.views import PayloadView

if TYPE_CHECKING:
    from typing_extensions import Buffer

    from thumbox_ros._native import Parts, Payload, Plan
    from thumbox_ros.messages.codec import Codec
    from thumbox_ros.messages.definition import MessageDefinition

__all__ = ["Message", "Service", "arrived", "decode", "encode", "outgoing"]


class Message(msgspec.Struct):
    """The base of all message classes. A class has the fields of its definition."""

    __ros_name__: ClassVar[str]
    """The full name, package/msg/Type."""
    __ros_hash__: ClassVar[str]
    """The type hash: RIHS01_ and 64 hexadecimal digits."""
    __ros_codec__: ClassVar[Codec]
    __ros_compiled_codec__: ClassVar[Plan | None]
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
    plan = type(message).__ros_compiled_codec__
    written = plan.encode(message) if plan is not None else None
    if written is not None:
        return written
    writer = _written(message)
    whole = b"".join(writer.parts())
    for view in writer.views:
        view.count_copy()
    return whole


def outgoing(message: Message) -> Parts:
    """The CDR of a message to be sent, in which larger byte fields are not copied. Raises CdrError as `encode`."""
    plan = type(message).__ros_compiled_codec__
    payload = plan.write(message) if plan is not None else None
    if payload is not None:
        return payload
    writer = _written(message)
    for view in writer.views:
        if view.nbytes < JOINED:
            view.count_copy()
    return writer.parts()


def _written(message: Message) -> Writer:
    writer = Writer()
    type(message).__ros_codec__.write(writer, message)
    return writer


def decode(kind: type[M], data: Buffer) -> M:
    """Reads a message of class `kind` from CDR. Its byte fields are views of `data`.

    Raises CdrError if `data` is truncated, claims more bytes than there are, or is of another type.
    """
    is_view = isinstance(data, PayloadView) and (data.whole is not None or data.flags.c_contiguous)
    view: Any = data if is_view else PayloadView.of(data)
    plan = kind.__ros_compiled_codec__
    found: M | None = plan.decode(view) if plan is not None else None
    return found if found is not None else _read(kind, view)


def arrived(kind: type[M], payload: Payload) -> M:
    """Reads a message that has arrived. Its byte fields are views of the payload. Raises CdrError as `decode`."""
    plan = kind.__ros_compiled_codec__
    found: M | None = plan.read(payload) if plan is not None else None
    return found if found is not None else _read(kind, PayloadView.arrived(payload))


def _read(kind: type[M], view: PayloadView) -> M:
    try:
        reader = Reader(view)
        message: M = kind.__ros_codec__.read(reader)
        reader.finish()
    except CdrError as error:
        raise CdrError(f"{kind.__ros_name__}: {error}") from None
    return message
