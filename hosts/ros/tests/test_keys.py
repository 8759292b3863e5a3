"""Golden vectors of what others see: keys, tokens, attachments, qualities of service, names."""

from __future__ import annotations

import pytest

from thumbox_ros import QOS_LATCHED, QOS_SENSOR_DATA, Entity, QosProfile
from thumbox_ros.graph.attachment import Attachment
from thumbox_ros.graph.keys import data_key, dds_name, ros_name
from thumbox_ros.graph.names import Remapping, check_namespace, check_node_name, expand
from thumbox_ros.graph.qos import as_qos
from thumbox_ros.graph.tokens import parse_token, token

STRING = "std_msgs/msg/String"
HASH = "RIHS01_df668c740482bbd48fb39d76a70dfd4bd59db1288021743503259e948f6b1a18"
ZID = "aac3178e146ba6f1fc6e6a4085e77f21"


def test_keys_of_topics_and_services() -> None:
    # The first is the example of rmw_zenoh's own design page.
    assert data_key(0, "/chatter", STRING, HASH) == f"0/chatter/std_msgs::msg::dds_::String_/{HASH}"
    assert data_key(7, "/robot1/camera/image/", STRING, "TypeHashNotSupported") == (
        "7/robot1/camera/image/std_msgs::msg::dds_::String_/TypeHashNotSupported"
    )
    assert dds_name("example_interfaces/srv/AddTwoInts") == "example_interfaces::srv::dds_::AddTwoInts_"
    assert ros_name("example_interfaces::srv::dds_::AddTwoInts_") == "example_interfaces/srv/AddTwoInts"
    assert ros_name("odd") == "odd"


TOKENS = [
    (
        f"@ros2_lv/2/{ZID}/0/0/NN/%/%/listener",
        Entity(2, ZID, 0, 0, "node", "/", "listener"),
    ),
    (
        f"@ros2_lv/2/{ZID}/0/10/MS/%/%/listener/%chatter/std_msgs::msg::dds_::String_/{HASH}/::,10:,:,:,,",
        Entity(2, ZID, 0, 10, "subscriber", "/", "listener", "/chatter", STRING, HASH),
    ),
    (
        f"@ros2_lv/0/{ZID}/3/4/MP/%/%robot1/cam/%robot1%image/std_msgs::msg::dds_::String_/{HASH}/2::,5:,:,:,,",
        Entity(0, ZID, 3, 4, "publisher", "/robot1", "cam", "/robot1/image", STRING, HASH, QOS_SENSOR_DATA),
    ),
    (
        f"@ros2_lv/0/{ZID}/1/2/SS/%enclave/%/adder/%add/example_interfaces::srv::dds_::AddTwoInts_/{HASH}/:1:,1:,:,:,,",
        Entity(
            *(0, ZID, 1, 2, "server", "/", "adder", "/add", "example_interfaces/srv/AddTwoInts", HASH, QOS_LATCHED),
            enclave="/enclave",
        ),
    ),
]


@pytest.mark.parametrize(("text", "entity"), TOKENS)
def test_tokens(text: str, entity: Entity) -> None:
    assert token(entity) == text
    assert parse_token(text) == entity


@pytest.mark.parametrize(
    "text",
    [
        "",
        "@ros2_lv",
        "other/2/x/0/0/NN/%/%/listener",
        f"@ros2_lv/2/{ZID}/0/0/XX/%/%/listener",
        f"@ros2_lv/2/{ZID}/0/0/NN/%/%",
        f"@ros2_lv/two/{ZID}/0/0/NN/%/%/listener",
        f"@ros2_lv/2/{ZID}/0/{'9' * 5000}/NN/%/%/listener",
        f"@ros2_lv/2/{ZID}/0/10/MS/%/%/listener/%chatter/std_msgs::msg::dds_::String_/{HASH}",
    ],
)
def test_what_is_no_token_is_none(text: str) -> None:
    assert parse_token(text) is None


def test_attachments() -> None:
    gid = bytes(range(16))
    made = Attachment(258, -1, gid)
    expected = "0201000000000000" + "ffffffffffffffff" + "10" + gid.hex()
    assert (made.encode().hex(), len(made.encode())) == (expected, 33)
    assert Attachment.decode(made.encode()) == made
    assert Attachment.decode(made.encode()[:-1]) is None
    assert Attachment.decode(made.encode() + b"\0") is None
    assert Attachment.decode(made.encode()[:16] + b"\xff" + gid) is None


QOS = [
    (QosProfile(), "::,10:,:,:,,"),
    (QOS_SENSOR_DATA, "2::,5:,:,:,,"),
    (QOS_LATCHED, ":1:,1:,:,:,,"),
    (QosProfile("best_effort", "transient_local", "keep_all", 7), "2:1:2,7:,:,:,,"),
]


@pytest.mark.parametrize(("profile", "text"), QOS)
def test_qualities_of_service(profile: QosProfile, text: str) -> None:
    assert profile.encode() == text
    assert QosProfile.decode(text) == profile


def test_qualities_of_service_as_others_write_them() -> None:
    # ros-z names the kind with a depth that is not 10, and leaves out that of all.
    assert QosProfile.decode("::1,5:,:,:,,") == QosProfile(depth=5)
    # rmw_zenoh's own depth is 42, and it leaves that out.
    assert QosProfile.decode("::2,:,:,:,,") == QosProfile(history="keep_all", depth=42)
    assert QosProfile.decode("::,:,:,:,,") == QosProfile(depth=42)
    assert QosProfile.decode("1:2:1,10:5,0:1,500:1,10,0") == QosProfile()
    for odd in ("", "::", "x:y:z", "::,99999999999999999999:,", "::,-1"):
        assert QosProfile.decode(odd) == QosProfile(depth=42)


def test_qualities_of_service_are_checked() -> None:
    with pytest.raises(ValueError, match=r"reliability is 'yes'; 'reliable' or 'best_effort' is allowed"):
        as_qos({"reliability": "yes"})
    with pytest.raises(ValueError, match="depth is 0; 1 to 1048576 is allowed"):
        QosProfile(depth=0)
    with pytest.raises(TypeError, match="depth is a bool"):
        QosProfile(depth=True)
    assert as_qos(3) == QosProfile(depth=3)
    assert as_qos(None) == QosProfile.default()


@pytest.mark.parametrize(
    ("name", "full"),
    [
        ("image", "/robot1/image"),
        ("/image", "/image"),
        ("camera/image", "/robot1/camera/image"),
        ("~/image", "/robot1/cam/image"),
        ("~", "/robot1/cam"),
        ("{node}/image", "/robot1/cam/image"),
        ("{ns}/x", "/robot1/x"),
        ("{namespace}/{node}/x", "/robot1/cam/x"),
        ("/a{ns}", "/a/robot1"),
        ("_hidden", "/robot1/_hidden"),
    ],
)
def test_names_are_expanded(name: str, full: str) -> None:
    assert expand(name, "cam", "/robot1") == full
    assert expand("image", "cam", "/") == "/image"


@pytest.mark.parametrize(
    "name", ["", "/", "a//b", "a/", "1a", "a/2b", "a-b", "a b", "ä", "~a", "{what}", "/{ns}/x", "a*", "x" * 300]
)
def test_names_that_are_not_allowed(name: str) -> None:
    with pytest.raises(ValueError, match="the topic name"):
        expand(name, "cam", "/robot1")


def test_nodes_and_namespaces() -> None:
    assert [check_namespace(one) for one in ("", "/", "a", "/a/b/")] == ["/", "/", "/a", "/a/b"]
    for wrong in ("a b", "/1", "a//b"):
        with pytest.raises(ValueError, match=f"the namespace is {wrong!r}"):
            check_namespace(wrong)
    for wrong in ("", "a/b", "1a", "a-b"):
        with pytest.raises(ValueError, match=f"the node name is {wrong!r}"):
            check_node_name(wrong)


def test_remapping() -> None:
    rules = Remapping(
        ["image:=/front/image", "cam:data:=other", "rosservice://add:=sum", "~/x:=y", "__ns:=/r2", "n:__node:=m"]
    )
    assert rules.name("/r/image", "cam", "/r", "topic") == "/front/image"
    assert rules.name("/r/data", "cam", "/r", "topic") == "/r/other"
    assert rules.name("/r/data", "n", "/r", "topic") == "/r/data"
    assert rules.name("/r/add", "n", "/r", "topic") == "/r/add"
    assert rules.name("/r/add", "n", "/r", "service") == "/r/sum"
    assert rules.name("/r/n/x", "n", "/r", "topic") == "/r/y"
    assert (rules.node_name("n"), rules.node_name("cam"), rules.namespace("n", "/")) == ("m", "cam", "/r2")
    long = Remapping(["a" * 240 + ":=b", "{ns}:=y"])
    assert long.name("/" + "a" * 240, "n", "/", "topic") == "/b"
    assert long.name("/other", "n", "/far/away", "topic") == "/other"
    assert long.name("/far", "n", "/far", "topic") == "/far/y"
    for wrong in ("a", "a:=", ":=b", "a:b:c:=d", "__node:=a/b"):
        with pytest.raises(ValueError, match=r"the (remapping|node name) is"):
            Remapping([wrong])
