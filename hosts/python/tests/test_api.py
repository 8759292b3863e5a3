"""`load`, `thumbnail`, `thumbnails`, `probe`: what people call."""

from __future__ import annotations

import os
import pickle
import stat
import threading
from typing import TYPE_CHECKING, Any

import numpy as np
import pictures
import pytest

import thumbox

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


def test_the_safe_variant_is_the_default() -> None:
    with thumbox.load() as plugin:
        assert plugin.variant == "wasm"


@pytest.mark.parametrize("format_name", ["jpeg", "png", "webp"])
def test_a_thumbnail(plugin: thumbox.Plugin, photo: bytes, format_name: thumbox.FormatName) -> None:
    thumbnail = plugin.thumbnail(photo, 256, 256, format=format_name, quality=80)
    assert (thumbnail.width, thumbnail.height, thumbnail.format) == (256, 171, format_name)
    assert thumbnail.data.readonly
    image = pictures.opened(thumbnail.data)
    assert (image.size, image.format) == ((256, 171), format_name.upper())
    assert bytes(thumbnail) == thumbnail.data


def test_the_defaults_are_jpeg_85_inside_100_x_100(plugin: thumbox.Plugin, photo: bytes) -> None:
    said = plugin.thumbnail(photo, 100, 100, format="jpeg", quality=85, fit="inside")
    assert plugin.thumbnail(photo) == said
    assert (said.width, said.height) == (100, 67)


@pytest.mark.parametrize(
    ("options", "size"),
    [
        ({"width": 50, "height": 50, "fit": "cover"}, (50, 50)),
        ({"width": 50, "height": 90, "fit": "stretch"}, (50, 90)),
        ({"width": 1280, "height": 0, "enlarge": True}, (1280, 854)),
        ({"width": 1280, "height": 0}, (640, 427)),
        ({"width": 0, "height": 2**32 - 1}, (640, 427)),
        ({"width": 64, "height": 0, "format": "webp", "lossless": True}, (64, 43)),
        ({"width": np.int64(64), "quality": np.uint8(50)}, (64, 43)),
        ({"width": 64, "format": "png", "quality": 0}, (64, 43)),
        ({"width": 64, "max_pixels": 640 * 427}, (64, 43)),
        ({"width": 64, "refuse_truncated": True}, (64, 43)),
    ],
)
def test_options(plugin: thumbox.Plugin, photo: bytes, options: dict[str, Any], size: tuple[int, int]) -> None:
    thumbnail = plugin.thumbnail(photo, **options)
    assert (thumbnail.width, thumbnail.height) == size == pictures.opened(thumbnail.data).size


@pytest.mark.parametrize("background", ["#ff8000", (255, 128, 0), [255, 128, 0], "#FF8000"])
def test_a_background_shows_under_transparency(plugin: thumbox.Plugin, background: Any) -> None:
    clear = pictures.transparent_png()
    white = np.asarray(pictures.opened(plugin.thumbnail(clear, 16, 16).data))
    orange = np.asarray(pictures.opened(plugin.thumbnail(clear, 16, 16, background=background).data))
    assert np.allclose(white, (255, 255, 255), atol=3)
    assert np.allclose(orange, (255, 128, 0), atol=3)


def test_a_thumbnail_goes_to_other_processes(plugin: thumbox.Plugin, photo: bytes) -> None:
    thumbnail = plugin.thumbnail(photo)
    copy = pickle.loads(pickle.dumps(thumbnail))
    assert copy == thumbnail
    assert copy.data.readonly


def test_a_set_of_thumbnails(plugin: thumbox.Plugin, photo: bytes) -> None:
    small, large, png = plugin.thumbnails(
        photo, [(128, 128), (512, 512), {"width": 64, "format": "png", "fit": "inside"}], format="webp", quality=70
    )
    assert [(one.width, one.height, one.format) for one in (small, large, png)] == [
        (128, 85, "webp"),
        (512, 342, "webp"),
        (64, 43, "png"),
    ]
    for one in (small, large, png):
        assert pictures.opened(one.data).size == (one.width, one.height)
    [alone] = plugin.thumbnails(photo, [(128, 128)])
    assert alone == plugin.thumbnail(photo, 128, 128)


def test_a_set_that_cannot_be_made_names_the_member(plugin: thumbox.Plugin, photo: bytes) -> None:
    with pytest.raises(thumbox.LimitError, match="member 1") as caught:
        plugin.thumbnails(
            photo, [(8, 8), {"width": 60_000, "height": 60_000, "fit": "stretch", "enlarge": True, "format": "webp"}]
        )
    assert caught.value.code == 300


def test_probe(plugin: thumbox.Plugin, png: bytes) -> None:
    info = plugin.probe(pictures.jpeg(64, 48, orientation=6))
    assert info == thumbox.ImageInfo(
        format="jpeg",
        width=48,
        height=64,
        stored_width=64,
        stored_height=48,
        orientation=6,
        alpha=False,
        animated=False,
        icc=False,
        progressive=False,
        frames=1,
        duration_ms=0,
    )
    assert plugin.probe(png).format == "png"
    assert plugin.probe(pictures.transparent_png()).alpha


def test_json(plugin: thumbox.Plugin) -> None:
    info = plugin.call("plugin.info")
    assert isinstance(info, dict)
    assert (info["name"], info["version"]) == ("thumbox", thumbox.__version__)
    value = {"text": "grün ☃ 😀", "numbers": [1, 2.5, None, True], "nested": {"a": {}}}
    assert plugin.call("echo", value) == value
    with pytest.raises(thumbox.PluginError, match="no\\.such") as caught:
        plugin.call("no.such")
    assert caught.value.code == 6
    with pytest.raises(ValueError, match="without NUL"):
        plugin.call("echo\0")
    with pytest.raises(TypeError, match="not JSON serializable"):
        plugin.call("echo", b"bytes")


WRONG = [
    ({"width": -1}, ValueError, "width is -1; 0 to 4294967295 is allowed"),
    ({"width": 2**32}, ValueError, "width is 4294967296; 0 to 4294967295 is allowed"),
    ({"width": 1.5}, TypeError, "width is a float (1.5); a whole number is allowed"),
    ({"width": True}, TypeError, "width is True; a whole number is allowed"),
    ({"height": "9"}, TypeError, "height is a str ('9'); a whole number is allowed"),
    ({"quality": 0}, ValueError, "quality is 0; 1 to 100 is allowed"),
    ({"quality": 101}, ValueError, "quality is 101; 1 to 100 is allowed"),
    ({"quality": 0, "format": "webp"}, ValueError, "quality is 0; 1 to 100 is allowed"),
    ({"format": "gif"}, ValueError, "format is 'gif'; 'jpeg', 'png' or 'webp' is allowed"),
    ({"format": 0}, TypeError, "format is a int (0); 'jpeg', 'png' or 'webp' is allowed"),
    ({"fit": "fill"}, ValueError, "fit is 'fill'; 'inside', 'cover', 'stretch' or 'contain' is allowed"),
    ({"fit": "cover", "width": 5}, ValueError, "fit is 'cover' with a box of 5 x 0; it needs both sides"),
    ({"lossless": True}, ValueError, "lossless is True with format 'jpeg'; only 'webp' has that choice"),
    ({"lossless": 1}, TypeError, "lossless is a int (1); True or False is allowed"),
    ({"enlarge": "yes"}, TypeError, "enlarge is a str ('yes'); True or False is allowed"),
    ({"refuse_truncated": None}, TypeError, "refuse_truncated is a NoneType (None); True or False is allowed"),
    ({"background": "white"}, ValueError, "background is 'white'; '#rrggbb', three numbers"),
    ({"background": "#fff"}, ValueError, "background is '#fff'; '#rrggbb', three numbers"),
    ({"background": (1, 2, 256)}, ValueError, "background is 256; 0 to 255 is allowed"),
    ({"background": (1, 2)}, TypeError, "background is (1, 2); '#rrggbb', three numbers"),
]


@pytest.mark.parametrize(("options", "kind", "words"), WRONG)
def test_wrong_arguments_are_named_with_their_value(
    plugin: thumbox.Plugin, photo: bytes, options: dict[str, Any], kind: type[Exception], words: str
) -> None:
    with pytest.raises(kind) as caught:
        plugin.thumbnail(photo, **options)
    assert words in str(caught.value)
    with pytest.raises(kind) as caught:
        plugin.thumbnails(photo, [(8, 8), options])
    assert f"sizes[1]: {words}" in str(caught.value)


@pytest.mark.parametrize(
    ("sizes", "kind", "words"),
    [
        ([], ValueError, "sizes has 0 members; 1 to 32 are allowed"),
        ([(1, 1)] * 33, ValueError, "sizes has 33 members; 1 to 32 are allowed"),
        ([(1, 2, 3)], TypeError, "sizes[0]: (1, 2, 3) is neither (width, height) nor a dictionary"),
        ([{"widht": 5}], TypeError, "sizes[0]: 'widht' is no option; known are background, colour, effort, enlarge"),
        ({"width": 5}, TypeError, "sizes is a dict; a list"),
    ],
)
def test_wrong_sizes(plugin: thumbox.Plugin, photo: bytes, sizes: Any, kind: type[Exception], words: str) -> None:
    with pytest.raises(kind) as caught:
        plugin.thumbnails(photo, sizes)
    assert words in str(caught.value)


def test_a_set_may_have_32_members(plugin: thumbox.Plugin, photo: bytes) -> None:
    assert [thumbnail.width for thumbnail in plugin.thumbnails(photo, [(8, 8)] * 32)] == [8] * 32


def test_a_name_of_a_file_is_refused_with_advice(plugin: thumbox.Plugin) -> None:
    calls: list[Callable[[Any], object]] = [
        plugin.thumbnail,
        plugin.probe,
        plugin.placeholder,
        lambda one: plugin.thumbnails(one, [(1, 1)]),
    ]
    for call in calls:
        with pytest.raises(TypeError, match=r"image is a str; for a file pathlib\.Path\(\.\.\.\) is allowed"):
            call("photo.jpg")
    with pytest.raises(TypeError, match="image is a int; a buffer"):
        plugin.probe(5)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("variant", "options", "kind", "words"),
    [
        ("docker", {}, ValueError, "variant is 'docker'; 'wasm' or 'native' is allowed"),
        (5, {}, TypeError, "variant is a int (5)"),
        (
            "native",
            {"timeout": 5},
            TypeError,
            "the native variant has no option 'timeout'; it has path, formats, max_pix",
        ),
        ("native", {"memory_limit": 5}, TypeError, "the native variant has no option 'memory_limit'"),
        ("wasm", {"on_log": print}, TypeError, "the wasm variant has no option 'on_log'; it has path"),
        ("wasm", {"log_level": "info"}, TypeError, "the wasm variant has no option 'log_level'"),
        ("wasm", {"colour": 1}, TypeError, "the wasm variant has no option 'colour'"),
        ("wasm", {"timeout": 0}, ValueError, "timeout is 0; more than 0, up to 1e+06, or None is allowed"),
        ("wasm", {"timeout": float("nan")}, ValueError, "timeout is nan; more than 0"),
        ("wasm", {"timeout": "5"}, TypeError, "timeout is a str ('5'); a number of seconds or None is allowed"),
        ("wasm", {"memory_limit": 0}, ValueError, "memory_limit is 0; 65536 to 4294967296 is allowed"),
        ("wasm", {"memory_limit": 1.5}, TypeError, "memory_limit is a float (1.5); a whole number"),
        ("native", {"log_level": "loud"}, ValueError, "log_level is 'loud'; 'trace', 'debug'"),
        ("native", {"on_log": "print"}, TypeError, "on_log is a str; a function of (level, target, message)"),
        *(
            (variant, {name: value}, kind, words)
            for variant in ("native", "wasm")
            for name, value, kind, words in (
                ("max_pixels", 0, ValueError, "max_pixels is 0; 1 to 536870912 is allowed"),
                ("max_pixels", 2**29 + 1, ValueError, "max_pixels is 536870913; 1 to 536870912 is allowed"),
                ("max_memory", 2**64, ValueError, "max_memory is 18446744073709551616; 1 to 18446744073709551615 is"),
                ("max_memory", -1, ValueError, "max_memory is -1; 1 to"),
                ("max_reply", "1", TypeError, "max_reply is a str ('1'); a whole number"),
                ("max_request", 2**32, ValueError, "max_request is 4294967296; 1 to 4294967295 is allowed"),
                ("max_concurrent", 0, ValueError, "max_concurrent is 0; 1 to 4294967295 is allowed"),
                ("path", "/no/such/file", FileNotFoundError, "path is '/no/such/file'; there is no such file"),
            )
        ),
    ],
)
def test_wrong_options_of_load(variant: str, options: dict[str, Any], kind: type[Exception], words: str) -> None:
    with pytest.raises(kind) as caught:
        thumbox.load(variant, **options)
    assert words in str(caught.value)


def test_a_file_that_is_no_plugin_is_said_so(variant: str, tmp_path: Path) -> None:
    file = tmp_path / "plugin"
    file.write_bytes(b"this is text")
    with pytest.raises(thumbox.PluginError, match=r"cannot be loaded") as caught:
        thumbox.load(variant, path=file)
    assert caught.value.code == 2
    assert str(file) in str(caught.value)


def test_the_core_s_limits_reach_the_core(variant: str, photo: bytes) -> None:
    limits: list[tuple[thumbox.LoadOptions, int, str]] = [
        ({"max_pixels": 1000}, 300, "1000"),
        ({"max_memory": 1000}, 301, "1000"),
        ({"max_reply": 1000}, 302, "1000"),
    ]
    for options, code, words in limits:
        with thumbox.load(variant, **options) as plugin:
            with pytest.raises(thumbox.LimitError, match=words) as caught:
                plugin.thumbnail(photo, 256, 256)
            assert caught.value.code == code
            assert plugin.call_raw(thumbox.MSG_ECHO, b"x") == b"x"
    with thumbox.load(variant) as plugin, pytest.raises(thumbox.LimitError, match="1000"):
        plugin.thumbnail(photo, 256, 256, max_pixels=1000)


def test_after_close_every_call_is_code_1(variant: str, photo: bytes) -> None:
    plugin = thumbox.load(variant)
    assert (plugin.closed, repr(plugin)) == (False, f"<thumbox plugin, {variant}, open>")
    with plugin as same:
        assert same is plugin
    plugin.close()
    assert (plugin.closed, repr(plugin)) == (True, f"<thumbox plugin, {variant}, closed>")
    calls: list[Callable[[], object]] = [
        lambda: plugin.call_raw(thumbox.MSG_ECHO, b"x"),
        lambda: plugin.call("echo"),
        lambda: plugin.thumbnail(photo),
        lambda: plugin.probe(photo),
        lambda: plugin.placeholder(photo),
    ]
    for call in calls:
        with pytest.raises(thumbox.PluginError, match=f"the {variant} plugin is closed; load it again") as caught:
            call()
        assert (type(caught.value), caught.value.code) == (thumbox.PluginError, 1)


def test_one_plugin_s_end_is_not_another_s(variant: str) -> None:
    first, second = thumbox.load(variant), thumbox.load(variant)
    first.close()
    assert second.call_raw(thumbox.MSG_ECHO, b"x") == b"x"
    second.close()


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        (1, thumbox.PluginError),
        (6, thumbox.PluginError),
        (13, thumbox.PluginError),
        (11, thumbox.InternalError),
        (100, thumbox.RequestError),
        (199, thumbox.RequestError),
        (200, thumbox.ImageError),
        (301, thumbox.LimitError),
        (900, thumbox.InternalError),
        (1234, thumbox.PluginError),
    ],
)
def test_each_group_of_codes_has_its_class(code: int, kind: type[thumbox.PluginError]) -> None:
    from thumbox._errors import error_for

    error = error_for(code, "what was wrong")
    assert type(error) is kind
    assert (error.code, error.message, str(error)) == (code, "what was wrong", f"what was wrong (code {code})")
    copy = pickle.loads(pickle.dumps(error))
    assert (type(copy), copy.code, copy.message) == (kind, code, "what was wrong")


def test_save_writes_all_or_nothing(plugin: thumbox.Plugin, photo: bytes, tmp_path: Path) -> None:
    thumbnail = plugin.thumbnail(photo)
    old_umask = os.umask(0o027)
    try:
        for target in (tmp_path / "a.jpg", str(tmp_path / "a.jpg")):
            thumbnail.save(target)
    finally:
        os.umask(old_umask)
    assert (tmp_path / "a.jpg").read_bytes() == thumbnail.data
    assert stat.S_IMODE((tmp_path / "a.jpg").stat().st_mode) == 0o640
    with pytest.raises(FileNotFoundError):
        thumbnail.save(tmp_path / "no" / "a.jpg")
    with pytest.raises(IsADirectoryError):
        thumbnail.save(tmp_path)
    assert [file.name for file in tmp_path.iterdir()] == ["a.jpg"]


def test_the_native_log(photo: bytes) -> None:
    lines: list[tuple[str, str, str]] = []
    with thumbox.load("native", on_log=lambda *line: lines.append(line), log_level="debug") as plugin:
        assert any("started" in message for _, _, message in lines)
        plugin.thumbnail(photo)
        threads = [threading.Thread(target=plugin.call_raw, args=(thumbox.MSG_ECHO, b"x")) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert sum("message 1:" in message for _, _, message in lines) == 4
    assert {level for level, _, _ in lines} <= {"debug", "info"}
    assert all("thumbox" in target for _, target, _ in lines)
    quiet: list[object] = []
    with thumbox.load("native", on_log=lambda *line: quiet.append(line), log_level="off") as plugin:
        plugin.thumbnail(photo)
    assert quiet == []


def test_as_many_native_calls_at_once_as_allowed() -> None:
    running, go_on = threading.Event(), threading.Event()

    def hold(_level: str, _target: str, message: str) -> None:
        if "message 1: begins" in message and not running.is_set():
            running.set()
            go_on.wait(30)

    with thumbox.load("native", on_log=hold, log_level="trace", max_concurrent=1, max_wait=0) as plugin:
        thread = threading.Thread(target=plugin.call_raw, args=(thumbox.MSG_ECHO, b"x"))
        thread.start()
        assert running.wait(30)
        calls: list[Callable[[], object]] = [
            lambda: plugin.call_raw(thumbox.MSG_ECHO, b"y"),
            lambda: plugin.call_raw(thumbox.MSG_ECHO, b"y", b"z"),
            lambda: plugin.call("echo"),
        ]
        for call in calls:
            with pytest.raises(
                thumbox.PluginError, match=r"too many concurrent calls \(max_concurrent\w* = 1\)"
            ) as caught:
                call()
            assert caught.value.code == 13
        go_on.set()
        thread.join()
        assert plugin.call_raw(thumbox.MSG_ECHO, b"y") == b"y"


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_a_log_function_that_raises_does_not_harm_the_call() -> None:
    def raising(*_: object) -> None:
        raise ValueError("in the log")

    with thumbox.load("native", on_log=raising, log_level="trace") as plugin:
        assert plugin.call_raw(thumbox.MSG_ECHO, b"x") == b"x"


def test_a_log_function_may_call_the_plugin() -> None:
    echoes: list[bytes] = []

    def calling(_level: str, _target: str, message: str) -> None:
        if "message 99" in message and not echoes:
            echoes.append(bytes(plugin.call_raw(thumbox.MSG_ECHO, b"from the log")))

    with thumbox.load("native", on_log=calling, log_level="debug") as plugin, pytest.raises(thumbox.PluginError):
        plugin.call_raw(99, b"x")
    assert echoes == [b"from the log"]
