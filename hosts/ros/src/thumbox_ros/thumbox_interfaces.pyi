"""Made from interfaces/thumbox_interfaces by `python -m thumbox_ros.messages.stubs`."""

from typing_extensions import Buffer

from thumbox_ros.messages.message import Message, Service
from thumbox_ros.messages.views import Bytes

class Thumbnail(Service):
    class Request(Message):
        image: Bytes
        width: int
        height: int
        format: str
        quality: int
        fit: str
        def __init__(
            self,
            image: Buffer = ...,
            width: int = ...,
            height: int = ...,
            format: str = ...,
            quality: int = ...,
            fit: str = ...,
        ) -> None: ...

    class Response(Message):
        code: int
        message: str
        width: int
        height: int
        format: str
        data: Bytes
        def __init__(
            self,
            code: int = ...,
            message: str = ...,
            width: int = ...,
            height: int = ...,
            format: str = ...,
            data: Buffer = ...,
        ) -> None: ...
