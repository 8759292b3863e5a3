"""Made from interfaces/sensor_msgs by `python -m thumbox_ros.messages.stubs`."""

from array import array
from collections.abc import Sequence

from typing_extensions import Buffer

from thumbox_ros import geometry_msgs, std_msgs
from thumbox_ros.messages.message import Message
from thumbox_ros.messages.views import Bytes

class CameraInfo(Message):
    header: std_msgs.Header
    height: int
    width: int
    distortion_model: str
    d: array[float]
    k: array[float]
    r: array[float]
    p: array[float]
    binning_x: int
    binning_y: int
    roi: RegionOfInterest
    def __init__(
        self,
        header: std_msgs.Header = ...,
        height: int = ...,
        width: int = ...,
        distortion_model: str = ...,
        d: Sequence[float] | array[float] = ...,
        k: Sequence[float] | array[float] = ...,
        r: Sequence[float] | array[float] = ...,
        p: Sequence[float] | array[float] = ...,
        binning_x: int = ...,
        binning_y: int = ...,
        roi: RegionOfInterest = ...,
    ) -> None: ...

class CompressedImage(Message):
    header: std_msgs.Header
    format: str
    data: Bytes
    def __init__(self, header: std_msgs.Header = ..., format: str = ..., data: Buffer = ...) -> None: ...

class Image(Message):
    header: std_msgs.Header
    height: int
    width: int
    encoding: str
    is_bigendian: int
    step: int
    data: Bytes
    def __init__(
        self,
        header: std_msgs.Header = ...,
        height: int = ...,
        width: int = ...,
        encoding: str = ...,
        is_bigendian: int = ...,
        step: int = ...,
        data: Buffer = ...,
    ) -> None: ...

class Imu(Message):
    header: std_msgs.Header
    orientation: geometry_msgs.Quaternion
    orientation_covariance: array[float]
    angular_velocity: geometry_msgs.Vector3
    angular_velocity_covariance: array[float]
    linear_acceleration: geometry_msgs.Vector3
    linear_acceleration_covariance: array[float]
    def __init__(
        self,
        header: std_msgs.Header = ...,
        orientation: geometry_msgs.Quaternion = ...,
        orientation_covariance: Sequence[float] | array[float] = ...,
        angular_velocity: geometry_msgs.Vector3 = ...,
        angular_velocity_covariance: Sequence[float] | array[float] = ...,
        linear_acceleration: geometry_msgs.Vector3 = ...,
        linear_acceleration_covariance: Sequence[float] | array[float] = ...,
    ) -> None: ...

class LaserScan(Message):
    header: std_msgs.Header
    angle_min: float
    angle_max: float
    angle_increment: float
    time_increment: float
    scan_time: float
    range_min: float
    range_max: float
    ranges: array[float]
    intensities: array[float]
    def __init__(
        self,
        header: std_msgs.Header = ...,
        angle_min: float = ...,
        angle_max: float = ...,
        angle_increment: float = ...,
        time_increment: float = ...,
        scan_time: float = ...,
        range_min: float = ...,
        range_max: float = ...,
        ranges: Sequence[float] | array[float] = ...,
        intensities: Sequence[float] | array[float] = ...,
    ) -> None: ...

class RegionOfInterest(Message):
    x_offset: int
    y_offset: int
    height: int
    width: int
    do_rectify: bool
    def __init__(
        self, x_offset: int = ..., y_offset: int = ..., height: int = ..., width: int = ..., do_rectify: bool = ...
    ) -> None: ...
