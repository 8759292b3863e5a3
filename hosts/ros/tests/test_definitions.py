"""Definitions: what they may say, and the errors of those that are invalid."""

from __future__ import annotations

import ast
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import thumbox_ros
from thumbox_ros import CdrError, DefinitionError, Registry, UnknownTypeError, decode, encode
from thumbox_ros.messages.cdr import HEADER
from thumbox_ros.messages.definition import parse_message
from thumbox_ros.messages.stubs import packages, stub

if TYPE_CHECKING:
    from collections.abc import Callable


def test_fields_constants_defaults_and_comments() -> None:
    made = Registry().define(
        "a_b/msg/All",
        """
        # A comment.
        int8 LOWEST=-128
        string NAME = a # name
        string QUOTED="it's # this"
        bool YES=true
        float32 PI=3.25
        int32 HEX=0x10

        int32 a -5
        bool  b True   # and a comment
        string c "x # y"
        string d plain text
        float64[3] e [1.0, 2, -3e2]
        string[] f ["a", 'b']
        uint8[2] g [1, 2]
        string<=3 h abc
        int16[<=3] i [7]
        bool[] j [true, false]
        wstring k
        uint8 class
        """,
    )
    assert (made.LOWEST, made.NAME, made.QUOTED, made.YES, made.PI, made.HEX) == (
        -128,
        "a",
        "it's # this",
        True,
        3.25,
        16,
    )
    message = made()
    assert (message.a, message.b, message.c, message.d) == (-5, True, "x # y", "plain text")
    assert (list(message.e), message.f, bytes(message.g)) == ([1.0, 2.0, -300.0], ["a", "b"], b"\1\2")
    assert (message.h, list(message.i), message.j, message.k) == ("abc", [7], [True, False], "")
    # `class` is a word of Python's.
    assert message.class_ == 0
    # What one message is given does not show in the next.
    message.f.append("c")
    assert made().f == ["a", "b"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("int32", "invalid field name ''"),
        ("int32 Name", "invalid field name 'Name'"),
        ("int32 a__b", "invalid field name 'a__b'"),
        ("int32 a_", "invalid field name 'a_'"),
        ("int32 x\nint64 x", "has more than one field or constant named x"),
        ("int33 x", "type name is 'int33'"),
        ("a/b/c/D x", "type name is 'a/b/c/D'"),
        ("int8 x 128", "the value 128 is out of range for int8; -128 to 127 is allowed"),
        ("uint8 x -1", "0 to 255 is allowed"),
        ("int8 x one", "the value 'one' is not a valid int8"),
        ("float32 x 1e60", "is not a valid float32"),
        ("bool x 2", "the value 2 is not a bool; true, false, 1 and 0"),
        ("int8[2] x [1]", "the default has 1 elements; the type says 2"),
        ("int8[<=2] x [1,2,3]", "the default has 3 elements; the type says 2"),
        ("int8[] x 5", r"the default 5 is not a list"),
        ("string<=2 x abc", "the default has 3 characters; at most 2 are allowed"),
        ("string[] x [a]", "is not a list of quoted strings"),
        ("int8[0] x", "a size is 0; 1 to 16777216 is allowed"),
        ("int8[99999999999] x", "a size is 99999999999"),
        ("int8[<=] x", "a size is missing"),
        ("string<=0 x", "a size is 0"),
        ("std_msgs/Header x 5", "cannot have a default"),
        ("int8 x=5", "invalid constant; a primitive type, a NAME in capitals"),
        ("int8[] X=5", "invalid constant; a primitive type"),
    ],
)
def test_an_invalid_definition_is_named_with_its_line(text: str, said: str) -> None:
    with pytest.raises(DefinitionError) as caught:
        Registry().define("p/msg/M", text)
    assert said in str(caught.value)
    assert "p/msg/M" in str(caught.value) or "type name" in str(caught.value)


@pytest.mark.parametrize("name", ["", "M", "p/M/x/y", "P/msg/M", "p/msg/m", "p__q/msg/M", "p/action/M", "p/msg/M.msg"])
def test_names_that_are_none(name: str) -> None:
    with pytest.raises(DefinitionError, match="type name is"):
        Registry().define(name, "int8 x")


def test_a_recording_s_definition_brings_what_it_needs() -> None:
    line = "=" * 80
    text = f"Inner one\nother/Thing[] many\n{line}\nMSG: p/Inner\nother/Thing x\n{line}\nMSG: other/Thing\nint8 y\n"
    made = Registry().define("p/msg/Outer", text)
    assert made().one.x.y == 0
    with pytest.raises(DefinitionError, match="'MSG: package/Type' is needed"):
        Registry().define("p/msg/Outer", f"int8 x\n{line}\nint8 y")


def test_a_type_that_is_known_has_to_be_the_same() -> None:
    registry = Registry()
    first = registry.define("p/msg/M", "int8 x")
    assert registry.define("p/msg/M", "int8 x  # the same") is first
    with pytest.raises(DefinitionError, match="p/msg/M is already defined differently"):
        registry.define("p/msg/M", "int8 y")
    assert registry.get("p/M") is first
    # Whoever shares a registry with others cannot give them another meaning of a name.
    with pytest.raises(DefinitionError, match="std_msgs/msg/Bool is already defined differently"):
        thumbox_ros.define("std_msgs/msg/Bool", "int32 data")
    assert Registry().define("std_msgs/msg/Bool", "int32 data")().data == 0


def test_what_cannot_be_used_is_not_kept() -> None:
    registry = Registry()
    with pytest.raises(UnknownTypeError):
        registry.define("p/msg/M", "q/N x")
    assert registry.names() == Registry().names()
    registry.define("q/msg/N", "int8 x")
    assert registry.define("p/msg/M", "q/N x")().x.x == 0
    # Nor are the classes that were made before it failed, nor a package of which a part is wrong.
    with pytest.raises(UnknownTypeError):
        registry.define("r/msg/A", "B b\nC c\n" + "=" * 80 + "\nMSG: r/B\nint32 x\n")
    assert registry.define("r/msg/B", "string y").__struct_fields__ == ("y",)
    with pytest.raises(UnknownTypeError):
        registry.define_package("s", {"A.msg": "int32 x", "B.msg": "Unknown u"})
    assert registry.define_package("s", {"A.msg": "int32 x", "B.msg": "A u"}) == ["s/msg/A", "s/msg/B"]


def test_messages_within_messages_have_an_end() -> None:
    registry = Registry()
    registry.define("p/msg/M1", "float32 v")
    for depth in range(2, 65):
        registry.define(f"p/msg/M{depth}", f"M{depth - 1} a")
    with pytest.raises(DefinitionError, match="p/msg/M65 is 65 messages deep; at most 64 are allowed"):
        registry.define("p/msg/M65", "M64 a")
    assert decode(registry.get("p/M64"), encode(registry.get("p/M64")())) is not None
    # 2^60 numbers in a few lines: a class of it is made at once, and only a message of it would take for ever.
    registry.define("q/msg/M1", "float32 v")
    for depth in range(2, 61):
        registry.define(f"q/msg/M{depth}", f"M{depth - 1} a\nM{depth - 1} b")
    assert registry.get("q/M60").__ros_compiled_codec__ is not None
    with pytest.raises(CdrError, match="4 bytes are needed"):
        decode(registry.get("q/M60"), HEADER + bytes(4 << 10))


def test_a_type_that_contains_another_one_here_is_another_here() -> None:
    base = Registry()
    base.define("p/msg/In", "int32 x")
    outer = base.define("p/msg/Out", "In i")
    own = Registry(base)
    text = "In i\n" + "=" * 80 + "\nMSG: p/In\nfloat32 x\n"
    mine = own.define("p/msg/Out", text)
    assert mine.__ros_hash__ != outer.__ros_hash__
    assert decode(mine, bytes.fromhex("00010000 0000c03f")).i.x == 1.5
    third = Registry(base)
    third.define("p/msg/In", "float32 x")
    around = third.define("q/msg/A", "p/Out o")
    message = around()
    message.o.i.x = 1.5
    assert type(message.o) is third.get("p/Out")
    assert decode(around, encode(message)) == message
    fourth = Registry(base)
    fourth.define("q/msg/A", "p/Out o")
    with pytest.raises(
        DefinitionError, match="p/msg/In is a part of q/msg/A, which is in use; define it before q/msg/A is first used"
    ):
        fourth.define("p/msg/In", "float32 x")
    assert fourth.get("p/In") is base.get("p/In")


def test_threads_get_one_class_of_a_type() -> None:
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        for _ in range(30):
            base = Registry()
            base._add(parse_message("p/msg/M", "int8 x"))
            registries = [Registry(base) for _ in range(4)]
            with ThreadPoolExecutor(4) as pool:
                found = list(pool.map(lambda registry: registry.get("p/M"), registries))
            assert len(set(map(id, found))) == 1
    finally:
        sys.setswitchinterval(before)


def test_a_message_cannot_contain_itself() -> None:
    with pytest.raises(DefinitionError, match="contains itself"):
        Registry().define_package("p", {"A.msg": "B b", "B.msg": "A[] a"})


def test_a_package_s_folder_in_any_order(tmp_path: Path) -> None:
    (tmp_path / "msg").mkdir()
    (tmp_path / "srv").mkdir()
    (tmp_path / "msg/A.msg").write_text("B b")
    (tmp_path / "msg/B.msg").write_text("int8 x")
    (tmp_path / "srv/Do.srv").write_text("A a\n---\nB[] b")
    registry = Registry()
    assert registry.define_package("p", tmp_path) == ["p/msg/A", "p/msg/B", "p/srv/Do"]
    assert registry.get("p/srv/Do").Request().a.b.x == 0
    with pytest.raises(FileNotFoundError, match=r"has neither msg/\*\.msg nor srv/\*\.srv"):
        registry.define_package("q", tmp_path / "msg")
    with pytest.raises(DefinitionError, match=r"'Type\.msg' or 'Type\.srv' is allowed"):
        registry.define_package("p", {"A.txt": ""})


@pytest.mark.parametrize(("text", "count"), [("int8 x", 0), ("int8 x\n---\nint8 y\n---\n", 2)])
def test_a_service_has_one_separator(text: str, count: int) -> None:
    with pytest.raises(DefinitionError, match=f"has {count} lines '---'; exactly one is needed"):
        Registry().define("p/srv/S", text)


def test_header_alone_is_that_of_std_msgs() -> None:
    assert parse_message("p/msg/M", "Header header").fields[0].type.base == "std_msgs/msg/Header"


@pytest.mark.parametrize("package", packages())
def test_the_stubs_say_what_the_definitions_say(package: str) -> None:
    written = (Path(thumbox_ros.__file__).parent / f"{package}.pyi").read_text(encoding="utf-8")

    def classes(text: str) -> list[str]:
        return [ast.dump(node) for node in ast.parse(text).body if isinstance(node, ast.ClassDef)]

    assert classes(written) == classes(stub(package)), "python -m thumbox_ros.messages.stubs, then ruff"


def test_built_in_packages_are_modules() -> None:
    assert thumbox_ros.std_msgs.String(data="x").data == "x"
    assert "CompressedImage" in dir(thumbox_ros.sensor_msgs)
    module: Callable[..., object] = vars(thumbox_ros.std_msgs)["__getattr__"]
    with pytest.raises(AttributeError, match=r"std_msgs has no Strin; it has .*String.*define\('std_msgs/msg/Strin"):
        module("Strin")
