"""Made from interfaces/std_msgs by `python -m thumbox_ros.messages.stubs`."""

from array import array
from collections.abc import Sequence

from typing_extensions import Buffer

from thumbox_ros import builtin_interfaces
from thumbox_ros.messages.message import Message
from thumbox_ros.messages.views import Bytes

class Bool(Message):
    data: bool
    def __init__(self, data: bool = ...) -> None: ...

class Byte(Message):
    data: int
    def __init__(self, data: int = ...) -> None: ...

class ByteMultiArray(Message):
    layout: MultiArrayLayout
    data: Bytes
    def __init__(self, layout: MultiArrayLayout = ..., data: Buffer = ...) -> None: ...

class Char(Message):
    data: int
    def __init__(self, data: int = ...) -> None: ...

class ColorRGBA(Message):
    r: float
    g: float
    b: float
    a: float
    def __init__(self, r: float = ..., g: float = ..., b: float = ..., a: float = ...) -> None: ...

class Empty(Message):
    def __init__(self) -> None: ...

class Float32(Message):
    data: float
    def __init__(self, data: float = ...) -> None: ...

class Float32MultiArray(Message):
    layout: MultiArrayLayout
    data: array[float]
    def __init__(self, layout: MultiArrayLayout = ..., data: Sequence[float] | array[float] = ...) -> None: ...

class Float64(Message):
    data: float
    def __init__(self, data: float = ...) -> None: ...

class Float64MultiArray(Message):
    layout: MultiArrayLayout
    data: array[float]
    def __init__(self, layout: MultiArrayLayout = ..., data: Sequence[float] | array[float] = ...) -> None: ...

class Header(Message):
    stamp: builtin_interfaces.Time
    frame_id: str
    def __init__(self, stamp: builtin_interfaces.Time = ..., frame_id: str = ...) -> None: ...

class Int16(Message):
    data: int
    def __init__(self, data: int = ...) -> None: ...

class Int16MultiArray(Message):
    layout: MultiArrayLayout
    data: array[int]
    def __init__(self, layout: MultiArrayLayout = ..., data: Sequence[int] | array[int] = ...) -> None: ...

class Int32(Message):
    data: int
    def __init__(self, data: int = ...) -> None: ...

class Int32MultiArray(Message):
    layout: MultiArrayLayout
    data: array[int]
    def __init__(self, layout: MultiArrayLayout = ..., data: Sequence[int] | array[int] = ...) -> None: ...

class Int64(Message):
    data: int
    def __init__(self, data: int = ...) -> None: ...

class Int64MultiArray(Message):
    layout: MultiArrayLayout
    data: array[int]
    def __init__(self, layout: MultiArrayLayout = ..., data: Sequence[int] | array[int] = ...) -> None: ...

class Int8(Message):
    data: int
    def __init__(self, data: int = ...) -> None: ...

class Int8MultiArray(Message):
    layout: MultiArrayLayout
    data: array[int]
    def __init__(self, layout: MultiArrayLayout = ..., data: Sequence[int] | array[int] = ...) -> None: ...

class MultiArrayDimension(Message):
    label: str
    size: int
    stride: int
    def __init__(self, label: str = ..., size: int = ..., stride: int = ...) -> None: ...

class MultiArrayLayout(Message):
    dim: list[MultiArrayDimension]
    data_offset: int
    def __init__(self, dim: list[MultiArrayDimension] = ..., data_offset: int = ...) -> None: ...

class String(Message):
    data: str
    def __init__(self, data: str = ...) -> None: ...

class UInt16(Message):
    data: int
    def __init__(self, data: int = ...) -> None: ...

class UInt16MultiArray(Message):
    layout: MultiArrayLayout
    data: array[int]
    def __init__(self, layout: MultiArrayLayout = ..., data: Sequence[int] | array[int] = ...) -> None: ...

class UInt32(Message):
    data: int
    def __init__(self, data: int = ...) -> None: ...

class UInt32MultiArray(Message):
    layout: MultiArrayLayout
    data: array[int]
    def __init__(self, layout: MultiArrayLayout = ..., data: Sequence[int] | array[int] = ...) -> None: ...

class UInt64(Message):
    data: int
    def __init__(self, data: int = ...) -> None: ...

class UInt64MultiArray(Message):
    layout: MultiArrayLayout
    data: array[int]
    def __init__(self, layout: MultiArrayLayout = ..., data: Sequence[int] | array[int] = ...) -> None: ...

class UInt8(Message):
    data: int
    def __init__(self, data: int = ...) -> None: ...

class UInt8MultiArray(Message):
    layout: MultiArrayLayout
    data: Bytes
    def __init__(self, layout: MultiArrayLayout = ..., data: Buffer = ...) -> None: ...
