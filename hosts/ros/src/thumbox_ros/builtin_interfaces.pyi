"""Made from interfaces/builtin_interfaces by `python -m thumbox_ros.messages.stubs`."""

from thumbox_ros.messages.message import Message

class Duration(Message):
    sec: int
    nanosec: int
    def __init__(self, sec: int = ..., nanosec: int = ...) -> None: ...

class Time(Message):
    sec: int
    nanosec: int
    def __init__(self, sec: int = ..., nanosec: int = ...) -> None: ...
