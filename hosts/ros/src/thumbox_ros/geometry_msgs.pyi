"""Made from interfaces/geometry_msgs by `python -m thumbox_ros.messages.stubs`."""

from thumbox_ros import std_msgs
from thumbox_ros.messages.message import Message

class Point(Message):
    x: float
    y: float
    z: float
    def __init__(self, x: float = ..., y: float = ..., z: float = ...) -> None: ...

class PointStamped(Message):
    header: std_msgs.Header
    point: Point
    def __init__(self, header: std_msgs.Header = ..., point: Point = ...) -> None: ...

class Pose(Message):
    position: Point
    orientation: Quaternion
    def __init__(self, position: Point = ..., orientation: Quaternion = ...) -> None: ...

class PoseStamped(Message):
    header: std_msgs.Header
    pose: Pose
    def __init__(self, header: std_msgs.Header = ..., pose: Pose = ...) -> None: ...

class Quaternion(Message):
    x: float
    y: float
    z: float
    w: float
    def __init__(self, x: float = ..., y: float = ..., z: float = ..., w: float = ...) -> None: ...

class Transform(Message):
    translation: Vector3
    rotation: Quaternion
    def __init__(self, translation: Vector3 = ..., rotation: Quaternion = ...) -> None: ...

class TransformStamped(Message):
    header: std_msgs.Header
    child_frame_id: str
    transform: Transform
    def __init__(
        self, header: std_msgs.Header = ..., child_frame_id: str = ..., transform: Transform = ...
    ) -> None: ...

class Twist(Message):
    linear: Vector3
    angular: Vector3
    def __init__(self, linear: Vector3 = ..., angular: Vector3 = ...) -> None: ...

class TwistStamped(Message):
    header: std_msgs.Header
    twist: Twist
    def __init__(self, header: std_msgs.Header = ..., twist: Twist = ...) -> None: ...

class Vector3(Message):
    x: float
    y: float
    z: float
    def __init__(self, x: float = ..., y: float = ..., z: float = ...) -> None: ...

class Vector3Stamped(Message):
    header: std_msgs.Header
    vector: Vector3
    def __init__(self, header: std_msgs.Header = ..., vector: Vector3 = ...) -> None: ...
