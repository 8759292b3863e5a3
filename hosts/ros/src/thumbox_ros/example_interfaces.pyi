"""Made from interfaces/example_interfaces by `python -m thumbox_ros.messages.stubs`."""

from thumbox_ros.messages.message import Message, Service

class AddTwoInts(Service):
    class Request(Message):
        a: int
        b: int
        def __init__(self, a: int = ..., b: int = ...) -> None: ...

    class Response(Message):
        sum: int
        def __init__(self, sum: int = ...) -> None: ...

class SetBool(Service):
    class Request(Message):
        data: bool
        def __init__(self, data: bool = ...) -> None: ...

    class Response(Message):
        success: bool
        message: str
        def __init__(self, success: bool = ..., message: str = ...) -> None: ...

class Trigger(Service):
    class Request(Message):
        def __init__(self) -> None: ...

    class Response(Message):
        success: bool
        message: str
        def __init__(self, success: bool = ..., message: str = ...) -> None: ...
