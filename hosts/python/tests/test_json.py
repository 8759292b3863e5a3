"""The JSON transport through every door: the golden bytes, the schemas that are given away, and the page about it."""

from __future__ import annotations

import base64
import json
import re
from typing import TYPE_CHECKING, Any

import pytest
from conftest import WORKSPACE
from jsonschema import Draft202012Validator
from test_golden import CASES, Case

import thumbox
from thumbox._json import parse_json
from thumbox._layouts import POSITIONS
from thumbox.wire import OutputFormat, ThumbnailRequestHeader

if TYPE_CHECKING:
    from collections.abc import Iterator

SCHEMAS = {
    path.name.removesuffix(".json"): json.loads(path.read_text()) for path in (WORKSPACE / "core/schema").glob("*.json")
}
TAGS = ("echo", "image.placeholder", "image.probe", "plugin.info", "thumbnail.create")
PIXEL = "R0lGODlhAQABAIAAAP///wAAACwAAAAAAQABAAACAkQBADs="
"""A GIF of one pixel."""


@pytest.fixture(scope="module", params=["native", "wasm", "sandbox library"])
def door(request: pytest.FixtureRequest) -> Iterator[thumbox.Plugin]:
    """Each variant, and the library that has the component inside."""
    if request.param == "sandbox library":
        library = request.getfixturevalue("sandbox_library")
        with thumbox.load("native", path=library) as plugin:
            yield plugin
    else:
        yield request.getfixturevalue("plugins")[request.param]


def validator(name: str) -> Draft202012Validator:
    return Draft202012Validator(SCHEMAS[name])


def ask(plugin: thumbox.Plugin, tag: str, request: Any) -> Any:
    """A reply that its schema allows, to a request that its schema allows."""
    validator(f"{tag}.request").validate(request)
    reply = plugin.call(tag, request)
    validator(f"{tag}.reply").validate(reply)
    return reply


def code_of(plugin: thumbox.Plugin, tag: str, request: object) -> int:
    try:
        plugin.call(tag, request)
    except thumbox.PluginError as error:
        return error.code
    return 0


def in_json(case: Case) -> dict[str, object]:
    """A request of message 100 as JSON has it."""
    request = case.request
    header = ThumbnailRequestHeader.from_buffer_copy(request)
    asked: dict[str, object] = {
        "width": header.target_width,
        "height": header.target_height,
        "format": OutputFormat(header.output_format).name.lower(),
        "quality": header.quality,
    }
    size = 24
    if header.version > 1:
        fit, flags, size = request[24], request[25], 40
        asked["fit"] = ("inside", "cover", "stretch", "contain")[fit]
        asked |= {"enlarge": bool(flags & 1), "lossless": bool(flags & 2), "refuse_truncated": bool(flags & 4)}
        if request[31]:
            asked["background"] = list(request[28:31])
        asked["max_pixels"] = int.from_bytes(request[32:36], "little")
    if header.version > 2:
        effort, subsampling, flags2, size = request[41], request[48], request[49], 64
        asked |= {"effort": effort - 1 if effort else 4, "subsampling": ("auto", "4:2:0", "4:4:4")[subsampling]}
        asked |= {"palette": bool(flags2 & 1), "progressive": bool(flags2 & 2) if flags2 & 6 else None}
        names = {number: words for words, number in reversed(POSITIONS.items())}
        point = [int.from_bytes(request[at : at + 2], "little") / 65_535 for at in (44, 46)]
        asked |= {"position": names.get(request[40], point), "page": int.from_bytes(request[50:52], "little")}
        asked |= {"frames": ("first", "all")[request[42]], "colour": ("srgb", "keep")[request[43]]}
    return {**asked, "image": base64.b64encode(request[size:]).decode()}


def test_there_is_a_schema_of_every_request_and_reply() -> None:
    assert set(SCHEMAS) == {f"{tag}.{side}" for tag in TAGS for side in ("request", "reply")}
    for name, schema in SCHEMAS.items():
        Draft202012Validator.check_schema(schema)
        assert schema["$schema"].endswith("2020-12/schema"), name


def test_golden_thumbnails_have_the_same_bytes_in_json(door: thumbox.Plugin) -> None:
    made = 0
    for case in CASES:
        if case.message_id != thumbox.MSG_THUMBNAIL_CREATE:
            continue
        request = in_json(case)
        if case.code:
            assert code_of(door, "thumbnail.create", request) == case.code, case.name
            continue
        reply = ask(door, "thumbnail.create", request)
        golden = thumbox.wire.parse_response(case.answer)
        assert (reply["width"], reply["height"]) == (golden.width, golden.height), case.name
        assert reply["format"] == golden.format.name.lower(), case.name
        assert base64.b64decode(reply["data"]) == golden.thumbnail_data, case.name
        made += 1
    assert made > 100


@pytest.mark.parametrize("reply", [b"", b"{", b"[" * 100, b"9" * 33, b"9" * 5000, b"1.5" + b"0" * 30, b"\xff"])
def test_what_python_cannot_read_is_an_error_of_ours(reply: bytes) -> None:
    with pytest.raises(thumbox.InternalError, match=f"the plugin's reply of {len(reply)} bytes is not JSON") as caught:
        parse_json(reply)
    assert caught.value.code == 900


def test_golden_probes_say_in_json_what_the_package_says(door: thumbox.Plugin) -> None:
    probes = [case for case in CASES if case.message_id == thumbox.MSG_IMAGE_PROBE and case.code == 0]
    assert len(probes) > 30
    for case in probes:
        image = case.request[8:]
        reply = ask(door, "image.probe", {"image": base64.b64encode(image).decode()})
        assert reply == vars(door.probe(image)), case.name


def test_golden_placeholders_say_in_json_what_the_package_says(door: thumbox.Plugin) -> None:
    cases = [case for case in CASES if case.message_id == thumbox.MSG_PLACEHOLDER and case.code == 0]
    assert len(cases) > 30
    for case in cases:
        image = case.request[12:]
        reply = ask(door, "image.placeholder", {"image": base64.b64encode(image).decode()})
        made = door.placeholder(image)
        expected = {**vars(made), "hash": base64.b64encode(made.hash).decode(), "average": list(made.average)}
        assert reply == expected, case.name


def test_info_names_the_build(door: thumbox.Plugin, request: pytest.FixtureRequest) -> None:
    info = ask(door, "plugin.info", None)
    native = request.node.callspec.params["door"] == "native"
    assert info["build"]["kind"] == ("native" if native else "component")
    assert (info["build"]["arch"] == "wasm32") == (not native)
    assert info["version"] == thumbox.__version__
    assert tuple(info["tags"]) == TAGS
    assert info["limits"] == {"max_pixels": 1 << 28, "max_memory": 256 << 20, "max_reply": 64 << 20}


def test_an_echo_is_what_was_asked(door: thumbox.Plugin) -> None:
    for value in (None, 0, 1.5, "\0 ä \U0001f600", [1, {"a": []}], {"b": None}):
        assert ask(door, "echo", value) == value


VALUES: dict[str, tuple[object, ...]] = {
    "width": (0, 5, 5.0, (1 << 32) - 1, None, -1, 1.5, 1 << 32, "5", True, [5], {}),
    "height": (0, 5, None, -1, "0", False),
    "format": ("jpeg", "png", "webp", None, "gif", "JPEG", "", 0, True, ["png"]),
    "quality": (1, 100, 85.0, None, 0, 101, -1, 50.5, "85", True),
    "fit": ("inside", "cover", "stretch", None, "fill", 0, False),
    "enlarge": (True, False, None, 0, 1, "true", []),
    "lossless": (True, False, None, 1, "no"),
    "refuse_truncated": (True, False, None, 0, {}),
    "background": (
        *("#000000", "#aBcDeF", [0, 255, 7], None, "red", "#fff", "#00000g", 0, {}),
        *([1, 2], [1, 2, 3, 4], [0, 0, 256], [0, 0, -1], [0, 0.5, 0], ["0", 0, 0]),
    ),
    "max_pixels": (0, 1, (1 << 32) - 1, None, -1, 1 << 32, "1"),
    "image": (PIXEL, None, 7, [PIXEL], {}, True),
    "witdh": (5, None),
}
WITH: tuple[dict[str, object], ...] = (
    {},
    {"format": "png"},
    {"format": "webp", "width": 5, "height": 6},
    {"fit": "cover", "width": 5, "height": None},
    {"fit": "stretch", "width": 5, "height": 6.0, "lossless": True},
    {"lossless": True, "format": "webp", "quality": 0},
)


def test_the_schema_allows_what_is_taken_and_nothing_else(door: thumbox.Plugin) -> None:
    allowed = 0
    for common in WITH:
        for key, values in VALUES.items():
            for value in values:
                request = {"image": PIXEL, **common, key: value}
                code = code_of(door, "thumbnail.create", request)
                assert code in (0, 101), request
                valid = validator("thumbnail.create.request").is_valid(request)
                assert valid == (code == 0), (request, code)
                allowed += valid
    assert 50 < allowed < 300
    refused: tuple[dict[str, object], ...] = ({}, {"image": None}, {"image": 5}, {"image": PIXEL, "width": 5})
    for wrong in refused:
        for tag in ("image.probe", "image.placeholder"):
            assert code_of(door, tag, wrong) == 101
            assert not validator(f"{tag}.request").is_valid(wrong)
    no_objects: tuple[object, ...] = (None, [], 5, "text")
    for no_object in no_objects:
        for tag in ("thumbnail.create", "image.probe", "image.placeholder"):
            assert code_of(door, tag, no_object) == 5
            assert not validator(f"{tag}.request").is_valid(no_object)


def test_what_is_refused_is_named(door: thumbox.Plugin) -> None:
    for more, words in (
        ({"quality": 101}, "quality is 101; 0 to 100 is allowed"),
        ({"witdh": 5}, 'a key is "witdh"; known: image, width, height'),
        ({"image": "?"}, 'image is "?"; a file in base64'),
    ):
        with pytest.raises(thumbox.RequestError) as caught:
            door.call("thumbnail.create", {"image": PIXEL, **more})
        assert words in caught.value.message
    with pytest.raises(thumbox.PluginError, match=r'"thumbnail\.create"') as unknown:
        door.call("thumbnail.make", {})
    assert unknown.value.code == 6


def test_the_page_has_the_keys_defaults_and_tags_of_the_schemas() -> None:
    page = (WORKSPACE / "docs/reference/messages.md").read_text()
    properties = SCHEMAS["thumbnail.create.request"]["properties"]
    for key, schema in properties.items():
        default = f"`{json.dumps(schema['default'])}`" if "default" in schema else ""
        assert re.search(rf"^\| `{key}` \| {re.escape(default)} ?\| ", page, re.MULTILINE), key
    rows = dict(re.findall(r"^\| `([a-z.]+)` \| .* \| (.*) \|$", page, re.MULTILINE))
    for tag in TAGS[1:]:
        assert set(re.findall(r"`(\w+)`", rows[tag])) == set(SCHEMAS[f"{tag}.reply"]["properties"]), tag


def test_the_schemas_defaults_are_the_packages(door: thumbox.Plugin, photo: bytes) -> None:
    properties = SCHEMAS["thumbnail.create.request"]["properties"]
    said = {key: schema["default"] for key, schema in properties.items() if "default" in schema}
    image = base64.b64encode(photo).decode()
    expected = door.thumbnail(photo)
    for request in ({"image": image}, {"image": image, **said}):
        reply = ask(door, "thumbnail.create", request)
        assert base64.b64decode(reply["data"]) == expected.data
    assert set(said) | {"image"} == set(door.thumbnail.__annotations__) - {"return"}
