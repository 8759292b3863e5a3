"""JSON of a guest that was taken over costs the host no more than a reply of ours may."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import thumbox
from thumbox import _json
from thumbox._json import parse_json

if TYPE_CHECKING:
    from collections.abc import Callable

MIB = 1 << 20
LISTS, TEXTS = b"[" + b"[]," * 33_332 + b"0]", b"[" + b'"",' * 33_332 + b"0]"
PATTERNS = {
    "lists": b"[],",
    "objects": b"{},",
    "numbers": b"1.5,",
    "texts": b'"\xc3\xa9",',
    "members": b'{"":',
    "openings": b"[",
}


def refused(reply: bytes) -> str:
    with pytest.raises(thumbox.LimitError) as caught:
        parse_json(reply)
    assert caught.value.code == 302
    assert caught.value.message.startswith(f"the plugin's reply of {len(reply)} bytes has ")
    return caught.value.message


@pytest.mark.parametrize("reply", [LISTS, TEXTS])
def test_as_many_values_as_may_be(reply: bytes) -> None:
    assert len(reply.translate(None, b"0")) == 99_998
    assert parse_json(reply) == json.loads(reply)
    assert parse_json(reply[:-2] + b'""]') == [*json.loads(reply)[:-1], ""]
    assert "more than 100000 of the characters" in refused(reply[:-2] + b'"",0]')


@pytest.mark.parametrize("mark", [b"[", b"]", b"{", b"}", b",", b":", b'"', b"\\\\"])
def test_every_mark_counts(mark: bytes) -> None:
    assert "more than 100000 of the characters" in refused(b"0" * 5 * MIB * (mark != b"\\\\") + mark * 100_001)


def test_as_deep_as_may_be() -> None:
    for lid, end in ((b"[", b"]"), (b'{"a":', b"}")):
        assert parse_json(lid * 127 + b"0" + end * 127) is not None
        assert "more than 127 lists and objects within each other" in refused(lid * 128 + b"0" + end * 128)
        assert "within each other" in refused(lid * 20_000)
    assert parse_json(b"[[]," + b"[" * 126 + b"0" + b"]" * 127)
    assert "within each other" in refused(b"[[]," + b"[" * 127 + b"0" + b"]" * 128)
    # Beside each other, or in texts, they are not within each other; and what is in texts hides nothing.
    assert parse_json(b"[" + b"[]," * 500 + b"0]")
    for text in (b"[" * 500, b'\\"' + b"[" * 500, b"\\\\", b"{" * 200 + b"\\n"):
        assert parse_json(b'["' + text + b'",[]]')
    for text in (b"]" * 100, b'\\"' + b"}" * 100, b"]\\\\"):
        assert "within each other" in refused((b'["' + text + b'",') * 128)


def test_large_replies_are_those_of_base64() -> None:
    long = b'{"data":"' + b"QUJD" * (3 * MIB) + b'"}'
    reply = parse_json(memoryview(long))
    assert isinstance(reply, dict)
    assert len(reply["data"]) == 12 * MIB
    for other in ("ä".encode(), b"\\n"):
        short = b'"' + other.ljust(MIB - 2) + b'"'
        assert parse_json(short) == json.loads(short)
        assert "1048576 bytes with them are allowed" in refused(b'"' + other.ljust(MIB - 1) + b'"')


def repeated(pattern: bytes) -> bytes:
    return pattern * (64 * MIB // len(pattern))


BOMBS: dict[str, Callable[[], bytes]] = {
    **{name: partial(repeated, pattern) for name, pattern in PATTERNS.items()},
    "backslashes": lambda: b'"' + b"\\" * (64 * MIB),
    "lists and a text": lambda: b"[" * 128 + b'"' + b"x" * (64 * MIB),
    "lists and spaces": lambda: b"[" * 128 + b" " * (64 * MIB),
    "an integer": lambda: b"9" * (64 * MIB),
    "a real number": lambda: b"-1." + b"9" * (64 * MIB),
    "no text": lambda: b"\xff" * (64 * MIB),
}


@pytest.mark.parametrize("name", BOMBS)
def test_a_bomb_takes_little_time(name: str) -> None:
    reply = BOMBS[name]()
    start = time.thread_time()
    code = 0
    try:
        parse_json(reply)
    except thumbox.PluginError as error:
        code = error.code
    assert code in (302, 900)
    assert time.thread_time() - start < 1.5


MEMORY = """
import sys, pathlib, thumbox
sys.path.insert(0, {tests!r})
import hostile
pattern, mib, file = bytes.fromhex(sys.argv[1]), int(sys.argv[2]), pathlib.Path(sys.argv[3])
length = (mib << 20) // len(pattern) * len(pattern)
first = "".join(f"(i32.store8 (i32.const {{262144 + at}}) (i32.const {{byte}}))" for at, byte in enumerate(pattern))
# The pattern, and what there is of it once more until there is enough.
text = hostile.module(json=f'''
  (local $at i32) (local $more i32)
  (drop (memory.grow (i32.const {{mib * 16 + 1}})))
  {{first}}
  (local.set $at (i32.const {{len(pattern)}}))
  (loop $again
    (local.set $more (i32.sub (i32.const {{length}}) (local.get $at)))
    (if (i32.gt_u (local.get $more) (local.get $at)) (then (local.set $more (local.get $at))))
    (memory.copy
      (i32.add (i32.const 262144) (local.get $at)) (i32.const 262144) (local.get $more))
    (local.set $at (i32.add (local.get $at) (local.get $more)))
    (br_if $again (i32.lt_u (local.get $at) (i32.const {{length}}))))
  (call $answer (i32.const 0) (i32.const 262144) (i32.const {{length}}) (i32.const 0))''')
def peak():
    return int(pathlib.Path("/proc/self/status").read_text().split("VmHWM:")[1].split()[0]) >> 10
with thumbox.load("wasm", path=hostile.file(file, text), cache=False) as plugin:
    pathlib.Path("/proc/self/clear_refs").write_text("5")
    before = peak()
    try:
        plugin.call("echo")
    except thumbox.PluginError as error:
        print(error.code, peak() - before)
    assert plugin.call_raw(1, b"x") == b"x"
"""


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere nobody says how much it was")
@pytest.mark.parametrize("name", ["lists", "objects", "texts", "members"])
def test_a_bomb_takes_little_memory(tmp_path: Path, name: str) -> None:
    program = MEMORY.format(tests=str(Path(__file__).parent))
    command = [sys.executable, "-c", program, PATTERNS[name].hex(), "30", str(tmp_path)]
    result = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert (result.returncode, result.stderr) == (0, "")
    code, mib = map(int, result.stdout.split())
    assert code in (302, 900)
    # The guest's own memory, the reply's copy, the copy that is looked at, and its text.
    assert mib < 4 * 30 + 10


def test_the_text_says_the_numbers_of_the_code() -> None:
    told = thumbox.Plugin.call.__doc__ or ""
    for number, word in (
        (_json.MOST_MARKS, f"{_json.MOST_MARKS:,} of the characters"),
        (_json.DEEPEST, f"{_json.DEEPEST} nested lists"),
        (_json.LONGEST_NUMBER, f"{_json.LONGEST_NUMBER} characters"),
        (_json.LARGE >> 20, f"above {_json.LARGE >> 20} MiB"),
    ):
        assert number
        assert word in " ".join(told.split())
