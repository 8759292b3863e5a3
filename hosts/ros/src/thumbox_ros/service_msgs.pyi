"""Made from interfaces/service_msgs by `python -m thumbox_ros.messages.stubs`."""

from typing import ClassVar

from typing_extensions import Buffer

from thumbox_ros import builtin_interfaces
from thumbox_ros.messages.message import Message
from thumbox_ros.messages.views import Bytes

class ServiceEventInfo(Message):
    REQUEST_SENT: ClassVar[int]
    REQUEST_RECEIVED: ClassVar[int]
    RESPONSE_SENT: ClassVar[int]
    RESPONSE_RECEIVED: ClassVar[int]
    event_type: int
    stamp: builtin_interfaces.Time
    client_gid: Bytes
    sequence_number: int
    def __init__(
        self,
        event_type: int = ...,
        stamp: builtin_interfaces.Time = ...,
        client_gid: Buffer = ...,
        sequence_number: int = ...,
    ) -> None: ...
