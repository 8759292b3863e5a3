"""The compiled codecs, held to what the codecs read and write."""

from __future__ import annotations

import contextlib
import random
import time
from array import array
from typing import Any

import numpy as np
import pytest
from test_cdr import HEADER, UNFIT, made, samples

from thumbox_ros import CdrError, Message, PayloadView, decode, encode, std_msgs
from thumbox_ros.messages.cdr import Reader, Writer
from thumbox_ros.messages.codec import CODES


def short_and_long(message: Message) -> tuple[bytes | None, bytes | str]:
    """What the compiled codec writes (None where it leaves that to the codec), and what the codec writes or says."""
    kind = type(message)
    assert kind.__ros_compiled_codec__ is not None
    sent = kind.__ros_compiled_codec__.write(message)
    short = kind.__ros_compiled_codec__.encode(message)
    assert (sent.to_bytes() if sent is not None else None) == short
    writer = Writer()
    try:
        kind.__ros_codec__.write(writer, message)
    except CdrError as error:
        return short, str(error)
    return short, b"".join(writer.parts())


def read_both_ways(kind: type[Message], data: bytes | bytearray) -> tuple[Message | None, Message | str]:
    """The same for what they read."""
    view = PayloadView.of(data)
    assert kind.__ros_compiled_codec__ is not None
    short = kind.__ros_compiled_codec__.decode(view)
    try:
        reader = Reader(view)
        long: Message = kind.__ros_codec__.read(reader)
        reader.finish()
    except CdrError as error:
        return short, str(error)
    return short, long


ALL_THAT_IT_KNOWS = """
uint8 a
bool b
float64 c
string<=5 d
int16[] e
char f
uint8[3] g
std_msgs/Header h
float64[2] i
int8 class
byte[<=4] j
bool k
uint64[<=3] l
string m
std_msgs/ColorRGBA[2] n
string<=3[<=4] o
bool[] p
"""


def compiled_samples() -> list[Message]:
    known = [message for message in samples() if type(message).__ros_compiled_codec__ is not None]
    assert len(known) > 8
    for length in range(9):
        values = {"a": 1, "b": True, "c": -0.5, "d": "é"[: length % 2] + "x" * (length % 4), "f": 7, "class_": -3}
        more = {"e": array("h", range(length)), "g": b"abc", "i": array("d", [1e9, 2.0]), "j": b"wxyz"[length // 2 :]}
        last = {"k": length % 2 == 0, "l": array("Q", [2**63] * (length % 4)), "m": "m" * length}
        header = std_msgs.Header(frame_id="f" * length)
        colours = [std_msgs.ColorRGBA(r=0.5), std_msgs.ColorRGBA(a=1.0)]
        lists = {"n": colours, "o": ["ab"] * (length % 5), "p": [True, False] * (length % 3)}
        known.append(made(ALL_THAT_IT_KNOWS, h=header, **values, **more, **last, **lists))
    return known


@pytest.mark.parametrize("message", compiled_samples(), ids=lambda message: type(message).__name__)
def test_it_writes_and_reads_what_the_codec_does(message: Message) -> None:
    short, long = short_and_long(message)
    # Numbers in a list are left to the codec; what was read never is.
    again = decode(type(message), encode(message))
    assert short in (None, long)
    short, long = short_and_long(again)
    assert short == long == encode(message)
    for data in (short, bytearray(short), short + b"\0\0\0"):
        assert read_both_ways(type(message), data) == (again, again)
    rng = random.Random(5)
    answered = 0
    for size in range(len(short)):
        read, said = read_both_ways(type(message), short[:size])
        assert read is None
        assert isinstance(said, str)
    for _ in range(2000):
        data = bytearray(short)
        for _ in range(rng.randrange(1, 4)):
            data[rng.randrange(4, len(data))] = rng.choice([0, 1, 2, 3, 255, rng.randrange(256)])
        read, codecs = read_both_ways(type(message), data)
        if read is not None:
            # As text, because not all numbers equal themselves.
            assert repr(read) == repr(codecs)
            answered += 1
    assert answered > 100


def test_where_it_gives_no_answer() -> None:
    assert type(made("wstring[] x")).__ros_compiled_codec__ is None
    assert type(made("wstring x")).__ros_compiled_codec__ is None
    assert std_msgs.Empty.__ros_compiled_codec__ is None
    kind = std_msgs.Bool
    assert read_both_ways(kind, bytes.fromhex("00000000 01")) == (None, kind(data=True))
    assert read_both_ways(kind, bytes.fromhex(HEADER + "02"))[0] is None
    assert read_both_ways(kind, b"")[0] is None
    true: Any = np.True_
    assert short_and_long(std_msgs.Bool(data=true)) == (None, encode(std_msgs.Bool(data=True)))


@pytest.mark.parametrize(("text", "value", "said"), UNFIT)
def test_a_value_that_does_not_fit_is_left_to_the_codec(text: str, value: object, said: str) -> None:
    message = made(text, x=value)
    if type(message).__ros_compiled_codec__ is not None:
        short, long = short_and_long(message)
        assert short is None
        assert said in str(long)


KINDS = ["bool", "byte", "char", "float32", "float64", "int8", "int16", "int32", "int64", "uint8", "uint16", "uint32"]
KINDS += ["uint64", "string", "string<=3", "std_msgs/Header", "std_msgs/ColorRGBA"]
SHAPES = ["", "", "[]", "[<=3]", "[2]"]


def any_value(rng: random.Random, kind: str) -> Any:
    """A value of a primitive, or a message."""
    if kind.startswith("std_msgs/"):
        return std_msgs.Header(frame_id="f" * rng.randrange(9)) if kind.endswith("Header") else std_msgs.ColorRGBA()
    if kind.startswith("string"):
        return "é"[: rng.randrange(2)] + "x" * rng.randrange(3)
    if kind == "bool":
        return rng.random() < 0.5
    if rng.random() < 0.05:
        return rng.choice([-1, 0.5, 128, 255, 256, 2**31, 2**63, 1e300, "x", None])
    return rng.choice([0.0, -1.5, rng.random()]) if kind.startswith("float") else rng.randrange(128)


def any_message(rng: random.Random) -> Message:
    """A message of a definition and with values that nobody chose; not all of them fit."""
    fields, values = [], {}
    for number in range(rng.randrange(1, 6)):
        kind, shape = rng.choice(KINDS), rng.choice(SHAPES)
        fields.append(f"{kind}{shape} v{number}")
        if rng.random() < 0.9:
            count = rng.choice([0, 1, 2, 2, 2, 3, 4])
            value: Any = [any_value(rng, kind) for _ in range(count)] if shape else any_value(rng, kind)
            if shape and kind in CODES and rng.random() < 0.7:
                with contextlib.suppress(TypeError, OverflowError, ValueError):
                    value = bytes(value) if CODES[kind] == "B" else array(CODES[kind], value)
            values[f"v{number}"] = value
    return made("\n".join(fields), **values)


def compared(rng: random.Random, count: int) -> tuple[int, int]:
    """So many messages written and read both ways, whole and broken; how many of each the compiled codec answered."""
    wrote = read = 0
    for _ in range(count // 10):
        message = any_message(rng)
        short, long = short_and_long(message)
        assert short is None or short == long
        if not isinstance(long, bytes):
            continue
        wrote += short is not None
        for _ in range(9):
            data = bytearray(long)
            for _ in range(rng.randrange(3)):
                data[rng.randrange(len(data))] = rng.choice([0, 1, 2, 3, 255, rng.randrange(256)])
            data = data[: rng.choice([len(data), len(data), rng.randrange(len(data) + 1)])]
            found, codecs = read_both_ways(type(message), bytes(data))
            if found is not None:
                # As text, because not all numbers equal themselves.
                assert repr(found) == repr(codecs)
                read += 1
            else:
                # What it leaves to the codec is wrong, or big-endian.
                assert isinstance(codecs, str) or data[1] == 0
    return wrote, read


def test_both_codecs_say_the_same_of_whatever_comes() -> None:
    wrote, read = compared(random.Random(6), 3000)
    assert wrote > 30
    assert read > 300


@pytest.mark.soak
def test_both_codecs_say_the_same_a_million_times() -> None:
    wrote, read = compared(random.Random(time.time_ns()), 1_000_000)
    print(f"\nof 1,000,000 the compiled codec wrote {wrote} and read {read}")  # noqa: T201 -- a soak shows what it did
