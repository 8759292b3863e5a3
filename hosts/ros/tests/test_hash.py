"""Type hashes, against those that others publish and those that another implementation computes."""

from __future__ import annotations

from pathlib import Path

import pytest
from rosbags.typesys import Stores, get_types_from_msg, get_typestore

import thumbox_ros
from thumbox_ros import REGISTRY, Registry, UnknownTypeError
from thumbox_ros.messages.definition import MessageDefinition

INTERFACES = Path(thumbox_ros.__file__).parent / "interfaces"

PUBLISHED = {
    # ros-z, crates/ros-z-codegen/tests/hash_regression.rs, there checked against rmw_zenoh_cpp
    "std_msgs/msg/String": "df668c740482bbd48fb39d76a70dfd4bd59db1288021743503259e948f6b1a18",
    "std_msgs/msg/Header": "f49fb3ae2cf070f793645ff749683ac6b06203e41c891e17701b1cb597ce6a01",
    "geometry_msgs/msg/TwistStamped": "5f0fcd4f81d5d06ad9b4c4c63e3ea51b82d6ae4d0558f1d475229b1121db6f64",
    "geometry_msgs/msg/PoseStamped": "10f3786d7d40fd2b54367835614bff85d4ad3b5dab62bf8bca0cc232d73b4cd8",
    "sensor_msgs/msg/Imu": "7d9a00ff131080897a5ec7e26e315954b8eae3353c3f995c55faf71574000b5b",
    # ros-z, crates/ros-z-schema/src/hash.rs
    "builtin_interfaces/msg/Time": "b106235e25a4c5ed35098aa0a61a3ee9c9b18d197f398b0e4206cea9acf9c197",
    # rmw_zenoh, docs/design.md of Jazzy
    "example_interfaces/srv/AddTwoInts": "e118de6bf5eeb66a2491b5bda11202e7b68f198d6f67922cf30364858239c81a",
}

PARAMETERS = {
    "ParameterType.msg": """
uint8 PARAMETER_NOT_SET=0
uint8 PARAMETER_BOOL=1
""",
    "ParameterValue.msg": """
uint8 type
bool bool_value
int64 integer_value
float64 double_value
string string_value
byte[] byte_array_value
bool[] bool_array_value
int64[] integer_array_value
float64[] double_array_value
string[] string_array_value
""",
    "Parameter.msg": "string name\nParameterValue value",
    "SetParametersResult.msg": "bool successful\nstring reason",
    "ListParametersResult.msg": "string[] names\nstring[] prefixes",
    "GetParameters.srv": "string[] names\n---\nParameterValue[] values",
    "GetParameterTypes.srv": "string[] names\n---\nuint8[] types",
    "ListParameters.srv": "uint64 DEPTH_RECURSIVE=0\nstring[] prefixes\nuint64 depth\n---\nListParametersResult result",
    "SetParameters.srv": "Parameter[] parameters\n---\nSetParametersResult[] results",
    "SetParametersAtomically.srv": "Parameter[] parameters\n---\nSetParametersResult result",
}
# ros-z, crates/ros-z-codegen/tests/hash_regression.rs: what rmw_zenoh_cpp's own nodes use
PARAMETER_HASHES = {
    "GetParameters": "bf9803d5c74cf989a5de3e0c2e99444599a627c7ff75f97b8c05b01003675cbc",
    "GetParameterTypes": "da199c878688b3e530bdfe3ca8f74cb9fa0c303101e980a9e8f260e25e1c80ca",
    "ListParameters": "3e6062bfbb27bfb8730d4cef2558221f51a11646d78e7bb30a1e83afac3aad9d",
    "SetParameters": "56eed9a67e169f9cb6c1f987bc88f868c14a8fc9f743a263bc734c154015d7e0",
    "SetParametersAtomically": "0e192ef259c07fc3c07a13191d27002222e65e00ccec653ca05e856f79285fcd",
}


@pytest.mark.parametrize("name", PUBLISHED)
def test_hashes_are_those_that_others_publish(name: str) -> None:
    assert REGISTRY.get(name).__ros_hash__ == f"RIHS01_{PUBLISHED[name]}"


def test_services_with_nested_messages_bytes_and_empty_halves() -> None:
    registry = Registry(REGISTRY)
    registry.define_package("rcl_interfaces", PARAMETERS)
    for name, expected in PARAMETER_HASHES.items():
        assert registry.get(f"rcl_interfaces/srv/{name}").__ros_hash__ == f"RIHS01_{expected}"


def test_a_message_of_one_s_own_with_a_header() -> None:
    # ros-z names this one as rosidl_generator_type_description's own.
    made = Registry(REGISTRY).define("test_messages/msg/MsgWithHeader", "std_msgs/Header header\nfloat64 member_1")
    assert made.__ros_hash__ == "RIHS01_0be811aef59cf675e4afdd9dca7f4e5d70fc4a8dee741e2e8ada6003e46a966c"


EVERY_KIND = "\n".join(
    f"{base}{suffix} {name}_{base}"
    for base in ("bool", "byte", "int8", "uint8", "int16", "uint16", "int32", "uint32", "int64", "uint64", "float32")
    for suffix, name in (("", "one"), ("[3]", "fixed"), ("[<=5]", "bounded"), ("[]", "many"))
)


def test_every_kind_of_field_is_hashed_as_another_implementation_does() -> None:
    store = get_typestore(Stores.EMPTY)
    for name in REGISTRY.names():
        definition = REGISTRY.definition(name)
        if isinstance(definition, MessageDefinition) and "_" not in name.split("/")[2]:
            text = (INTERFACES / f"{name}.msg").read_text(encoding="utf-8")
            store.register(get_types_from_msg(text, name))
    texts = {
        "a_b/msg/Kinds": EVERY_KIND,
        "a_b/msg/Texts": "string one\nstring<=7 bounded\nstring[] many\nstring<=3[2] fixed\nstring<=3[<=4] both",
        "a_b/msg/Nested": "Kinds one\na_b/Texts[] many\nstd_msgs/Header[2] fixed\ngeometry_msgs/msg/Twist[<=9] bounded",
        "a_b/msg/Nothing": "# a comment alone",
    }
    registry = Registry(REGISTRY)
    for name, text in texts.items():
        store.register(get_types_from_msg(text, name))
        registry.define(name, text)
    # It takes `char` for a type of its own, and the services whose hashes are published have one: it is not.
    with_char = ("std_msgs/msg/Char", "service_msgs/msg/ServiceEventInfo")
    compared = [name for name in registry.names() if name in store.fielddefs and name not in with_char]
    assert len(compared) > 50
    different = [name for name in compared if registry.get(name).__ros_hash__ != store.hash_rihs01(name)]
    assert different == []


def test_char_is_a_uint8_in_the_hash() -> None:
    one, other = Registry(), Registry()
    hashes = [
        registry.define("a/msg/A", f"{kind} value\n{kind}[16] fixed").__ros_hash__
        for registry, kind in ((one, "char"), (other, "uint8"))
    ]
    assert hashes[0] == hashes[1]


def test_constants_and_defaults_do_not_count() -> None:
    plain = Registry().define("a/msg/A", "int32 x\nstring s")
    rich = Registry().define("a/msg/A", 'int32 MOST=9\nint32 x 5\nstring s "a # b"  # a comment')
    assert plain.__ros_hash__ == rich.__ros_hash__
    assert (rich().x, rich().s, rich.MOST) == (5, "a # b", 9)


def test_a_part_that_is_unknown_is_named() -> None:
    with pytest.raises(UnknownTypeError, match=r"a/msg/A, field x: unknown type b/msg/B; define\('b/msg/B'"):
        Registry().define("a/msg/A", "b/B x")
