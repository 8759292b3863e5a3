"""CDR: vectors worked out by hand from the specification, those of another implementation, and hostile bytes."""

from __future__ import annotations

import random
import tracemalloc
from array import array
from typing import Any

import numpy as np
import pytest
from rosbags.typesys import Stores, get_types_from_msg, get_typestore

from thumbox_ros import (
    CdrError,
    Message,
    PayloadView,
    Registry,
    builtin_interfaces,
    decode,
    encode,
    geometry_msgs,
    lookup,
    sensor_msgs,
    std_msgs,
)

HEADER = "00010000"


def check(message: Message, expected: str) -> None:
    assert encode(message).hex() == HEADER + expected.replace(" ", "")
    assert decode(type(message), bytes.fromhex(HEADER + expected)) == message


def test_vectors() -> None:
    check(std_msgs.String(data="hi"), "03000000 686900")
    check(std_msgs.String(), "01000000 00")
    check(std_msgs.String(data="ü€"), "06000000 c3bce282ac00")
    check(std_msgs.Empty(), "00")
    check(std_msgs.Bool(data=True), "01")
    check(std_msgs.Char(data=65), "41")
    check(std_msgs.Int64(data=-2), "feffffffffffffff")
    check(std_msgs.Float64(data=1.5), "000000000000f83f")
    check(builtin_interfaces.Time(sec=1, nanosec=2), "01000000 02000000")
    header = std_msgs.Header(stamp=builtin_interfaces.Time(sec=1, nanosec=2), frame_id="cam")
    check(header, "01000000 02000000 04000000 63616d00")
    image = sensor_msgs.CompressedImage(header=header, format="jpeg", data=b"\xff\xd8\xff")
    check(image, "01000000 02000000 04000000 63616d00 05000000 6a70656700 000000 03000000 ffd8ff")
    twist = geometry_msgs.Twist(linear=geometry_msgs.Vector3(x=1.0))
    check(twist, "000000000000f03f" + "00" * 40)
    layout = std_msgs.MultiArrayLayout(dim=[std_msgs.MultiArrayDimension(label="x", size=3, stride=3)])
    many = std_msgs.UInt8MultiArray(layout=layout, data=b"abc")
    check(many, "01000000 02000000 7800 0000 03000000 03000000 00000000 03000000 616263")


def made(text: str, **values: Any) -> Message:
    message: Message = Registry().define("p/msg/M", text)(**values)
    return message


def test_alignment_counts_from_the_fifth_byte() -> None:
    check(made("uint8 a\nuint16 b\nuint8 c\nuint32 d\nuint8 e\nuint64 f", a=1, b=2, c=3, d=4, e=5, f=6),
          "01 00 0200 03 000000 04000000 05 000000" + "0600000000000000")  # fmt: skip
    # An array's elements are aligned; where there are none, there is nothing to align.
    check(made("float64[] a\nuint8 b", a=array("d"), b=7), "00000000 07")
    check(made("float64[] a", a=array("d", [1.0])), "01000000 00000000 000000000000f03f")


def test_wide_strings_are_units_of_32_bits() -> None:
    check(made("wstring s", s="aü€"), "03000000 61000000 fc000000 ac200000")
    check(made("wstring s", s="😀"), "02000000 3dd80000 00de0000")
    check(made("wstring<=3[] s", s=["ab", ""]), "02000000 02000000 61000000 62000000 00000000")


def test_bounded_and_fixed() -> None:
    check(made("string<=3[<=2] s", s=["abc", "d"]), "02000000 04000000 61626300 02000000 6400")
    check(made("bool[3] b", b=[True, False, True]), "010001")
    check(made("char[2] c\nbyte[] b", c=b"ab", b=b"c"), "6162 0000 01000000 63")


BIG = [
    ("uint16 a\nuint32 b\nfloat64 c", {"a": 1, "b": 2, "c": 1.5}, "0001 0000 00000002 3ff8000000000000"),
    ("string s", {"s": "hi"}, "00000003 686900"),
    ("wstring s", {"s": "ü"}, "00000001 000000fc"),
    ("int16[] a", {"a": array("h", [1, -2])}, "00000002 0001 fffe"),
]


@pytest.mark.parametrize(("text", "values", "expected"), BIG)
def test_big_endian_is_read(text: str, values: dict[str, Any], expected: str) -> None:
    message = made(text, **values)
    assert decode(type(message), bytes.fromhex("00000000" + expected.replace(" ", ""))) == message


def samples() -> list[Message]:
    """Messages of many kinds, with something in every field."""
    rng = random.Random(7)
    stamp = builtin_interfaces.Time(sec=1_700_000_000, nanosec=999_999_999)
    header = std_msgs.Header(stamp=stamp, frame_id="a_frame")
    vector = geometry_msgs.Vector3(x=1.0, y=-2.5, z=1e300)
    covariance = [rng.random() for _ in range(9)]
    return [
        header,
        std_msgs.String(data="some text"),
        std_msgs.ColorRGBA(r=0.25, g=0.5, b=0.75, a=1.0),
        std_msgs.Float32MultiArray(data=[0.5, 2.0, -1.0]),
        std_msgs.Int16MultiArray(
            layout=std_msgs.MultiArrayLayout(dim=[std_msgs.MultiArrayDimension(label="rows", size=2, stride=2)]),
            data=[3, -4],
        ),
        geometry_msgs.TwistStamped(header=header, twist=geometry_msgs.Twist(linear=vector, angular=vector)),
        sensor_msgs.CompressedImage(header=header, format="jpeg", data=rng.randbytes(37)),
        sensor_msgs.Image(header=header, height=2, width=3, encoding="rgb8", step=9, data=rng.randbytes(18)),
        sensor_msgs.LaserScan(header=header, angle_min=-1.5, ranges=[1.0, 2.0, 3.5], intensities=[0.5]),
        sensor_msgs.Imu(header=header, orientation_covariance=covariance, angular_velocity=vector),
        sensor_msgs.CameraInfo(header=header, distortion_model="plumb_bob", d=[0.5, 0.25], k=covariance),
    ]


@pytest.fixture(scope="module")
def store() -> Any:
    """Another implementation, with the same definitions."""
    from test_hash import INTERFACES

    store = get_typestore(Stores.EMPTY)
    for file in sorted(INTERFACES.glob("*/msg/*.msg")):
        package = file.parent.parent.name
        store.register(get_types_from_msg(file.read_text(encoding="utf-8"), f"{package}/msg/{file.stem}"))
    return store


@pytest.mark.parametrize("message", samples(), ids=lambda message: type(message).__name__)
@pytest.mark.parametrize("order", ["little", "big"])
def test_another_implementation_reads_and_writes_the_same_bytes(message: Message, order: str, store: Any) -> None:
    kind = type(message)
    theirs = store.deserialize_cdr(encode(message), kind.__ros_name__)
    written = bytes(store.serialize_cdr(theirs, kind.__ros_name__, little_endian=order == "little"))
    if order == "little":
        # It fills the end up to a multiple of four.
        assert written.rstrip(b"\0") == encode(message).rstrip(b"\0")
    assert encode(decode(kind, written)) == encode(message)


@pytest.mark.parametrize("message", samples(), ids=lambda message: type(message).__name__)
def test_cut_at_every_byte_is_an_error(message: Message) -> None:
    whole = encode(message)
    for size in range(len(whole)):
        with pytest.raises(CdrError):
            decode(type(message), whole[:size])
    decode(type(message), whole)


@pytest.mark.parametrize("message", samples(), ids=lambda message: type(message).__name__)
@pytest.mark.parametrize("lie", [b"\xff\xff\xff\xff", b"\xff\xff\xff\x7f", b"\x00\x00\x00\x80", b"\x00\x00\x01\x00"])
def test_no_length_that_lies_costs_memory(message: Message, lie: bytes) -> None:
    whole = encode(message)
    tracemalloc.start()
    try:
        for at in range(4, len(whole) - 3):
            try:
                decode(type(message), whole[:at] + lie + whole[at + 4 :])
            except CdrError as error:
                assert "byte" in str(error)  # noqa: PT017 -- not every change is an error
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 1 << 20


def test_a_long_list_of_nothing_is_as_long_as_its_bytes() -> None:
    registry = Registry()
    registry.define("p/msg/Nothing", "")
    many = registry.define("p/msg/Many", "Nothing[] all")
    with pytest.raises(CdrError, match=r"all: byte 4: 4294967295 elements need at least 4294967295 bytes; 2 are left"):
        decode(many, bytes.fromhex(HEADER + "ffffffff 0000"))
    assert len(decode(many, bytes.fromhex(HEADER + "02000000 0000")).all) == 2


def test_random_bytes_are_a_message_or_an_error() -> None:
    rng = random.Random(1)
    kinds = [type(message) for message in samples()]
    outcomes = {True: 0, False: 0}
    for _ in range(20_000):
        kind = rng.choice(kinds)
        data = bytearray(encode(rng.choice(samples()[:3])) if rng.random() < 0.5 else HEADER_BYTES + rng.randbytes(60))
        data[rng.randrange(len(data))] = rng.randrange(256)
        try:
            again = encode(decode(kind, data))
        except CdrError:
            outcomes[False] += 1
            continue
        outcomes[True] += 1
        assert decode(kind, again) is not None
    assert min(outcomes.values()) > 100


HEADER_BYTES = bytes.fromhex(HEADER)

WRONG = [
    ("00020000 00", "std_msgs/msg/Empty", "the encoding is 00 02"),
    ("0001", "std_msgs/msg/Empty", "the message has 2 bytes; its header alone takes 4"),
    (HEADER + "02", "std_msgs/msg/Bool", "data: byte 4: 2 is not a bool"),
    (HEADER + "03000000686961", "std_msgs/msg/String", "data: byte 10: a string of 3 bytes does not end with NUL"),
    (HEADER + "02000000ff00", "std_msgs/msg/String", "data: byte 8: a string is not UTF-8"),
    (HEADER + "0000000000000000", "std_msgs/msg/Bool", "byte 5: 7 bytes follow the last field"),
    (HEADER + "00000000 01000000 ffffffff", "std_msgs/msg/Header", "frame_id: byte 16: 4294967295 bytes are needed"),
    (
        HEADER + "00000000 00000000 ffffffff",
        "sensor_msgs/msg/CompressedImage",
        "header.frame_id: byte 16: 4294967295 bytes are needed; 0 are left",
    ),
]


@pytest.mark.parametrize(("data", "name", "said"), WRONG)
def test_what_is_wrong_is_said_with_its_place(data: str, name: str, said: str) -> None:
    with pytest.raises(CdrError) as caught:
        decode(lookup(name), bytes.fromhex(data.replace(" ", "")))
    assert str(caught.value).startswith(f"{name}: {said}")


def test_padding_at_the_end_is_no_field() -> None:
    assert decode(lookup("std_msgs/msg/Bool"), bytes.fromhex(HEADER + "01000000")).data is True


UNFIT = [
    ("int8 x", 128, "x: is a int (128); a whole number from -128 to 127 is allowed (int8)"),
    ("uint64 x", -1, "x: is a int (-1); a whole number from 0 to 18446744073709551615"),
    ("uint8 x", 1.5, "x: is a float (1.5); a whole number from 0 to 255"),
    ("float32 x", 1e60, "x: is a float (1e+60); a number in range is allowed (float32)"),
    ("float64 x", "1", "x: is a str ('1'); a number"),
    ("bool x", 1, "x: is a int (1); True or False"),
    ("string x", b"a", "x: is a bytes (b'a'); a string"),
    ("string x", "a\0b", "a string without NUL"),
    ("string x", "\ud800", "which cannot be encoded as UTF-8"),
    ("string<=2 x", "abc", "x: a string of length 3; at most 2 is allowed"),
    ("wstring<=1 x", "😀", "x: a string of length 2; at most 1 is allowed"),
    ("uint8[] x", "abc", "x: is a str ('abc'); a sequence of uint8"),
    ("uint8[] x", [256], "x: is a list ([256]); a sequence of uint8"),
    ("uint8[] x", np.zeros(3, np.int32), "x: is a buffer of format 'i'; a buffer of bytes"),
    ("uint8[] x", memoryview(bytes(9))[::2], "that is not contiguous"),
    ("uint8[2] x", b"abc", "x: has 3 elements; 2 are needed"),
    ("int16[<=2] x", [1, 2, 3], "x: has 3 elements; at most 2 are allowed"),
    ("int16[] x", [1, 70000], "a sequence of int16"),
    ("int16[] x", 5, "a sequence of int16"),
    ("string[] x", "abc", "a list of string"),
    ("string[] x", ["a", 5], "x[1]: is a int (5)"),
    ("bool[2] x", [True], "x: has 1 elements; 2 are needed"),
]


@pytest.mark.parametrize(("text", "value", "said"), UNFIT)
def test_a_value_that_does_not_fit_is_named(text: str, value: object, said: str) -> None:
    with pytest.raises(CdrError) as caught:
        encode(made(text, x=value))
    assert said in str(caught.value)


def test_a_nested_value_is_named_with_its_way() -> None:
    many: Any = [std_msgs.MultiArrayDimension(size=-1)]
    with pytest.raises(CdrError, match=r"layout\.dim\[0\]\.size: is a int \(-1\)"):
        encode(std_msgs.Int8MultiArray(layout=std_msgs.MultiArrayLayout(dim=many)))
    wrong: Any = std_msgs.String()
    with pytest.raises(CdrError, match="header: is a String; a Header is needed"):
        encode(sensor_msgs.CompressedImage(header=wrong))


@pytest.mark.parametrize(
    "given", [[1.0, 2.0], (1.0, 2.0), array("f", [1, 2]), np.array([1, 2], np.float32), range(1, 3)]
)
def test_numbers_may_come_in_any_sequence(given: Any) -> None:
    message = sensor_msgs.LaserScan(ranges=given)
    assert list(decode(sensor_msgs.LaserScan, encode(message)).ranges) == [1.0, 2.0]


@pytest.mark.parametrize(
    "given", [b"abc", bytearray(b"abc"), memoryview(b"abc"), np.frombuffer(b"abc", np.uint8), [97, 98, 99]]
)
def test_bytes_may_come_in_any_buffer(given: Any) -> None:
    assert decode(std_msgs.ByteMultiArray, encode(std_msgs.ByteMultiArray(data=given))).data == b"abc"


def test_a_view_that_is_not_contiguous_is_refused() -> None:
    with pytest.raises(ValueError, match="PayloadView that is not contiguous"):
        decode(std_msgs.UInt64, PayloadView.of(bytes(24))[::2])


def test_a_large_field_is_a_view_of_the_message() -> None:
    whole = encode(sensor_msgs.CompressedImage(data=bytes(100_000)))
    data = decode(sensor_msgs.CompressedImage, whole).data
    assert isinstance(data, PayloadView)
    assert np.shares_memory(data, np.frombuffer(whole, np.uint8))
