"""What is not the component, or not quite, is refused with the reason."""

from __future__ import annotations

from typing import TYPE_CHECKING

import hostile
import pytest

import thumbox
from thumbox.sandbox.component import core_module

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "it does not start as a component does, with 00 61 73 6d 0d 00 01 00"),
        (b"\0asm\x01\0\0\0", "it does not start as a component does, with 00 61 73 6d 0d 00 01 00"),
        (b"\0asm\x0d\0\x01\0", "0 of its core modules export thumbox:plugin/transport"),
        (b"\0asm\x0d\0\x01\0\x01\x7f", "section 1 ends at byte 137, the file at 10"),
        (b"\0asm\x0d\0\x01\0\x01\x01", "section 1 ends at byte 11, the file at 10"),
        (b"\0asm\x0d\0\x01\0\x01\xff\xff\xff\xff\xff\xff", "a length at byte 9 has no end"),
        (b"\0asm\x0d\0\x01\0\x01\xff", "a length at byte 9 has no end"),
        (b"\0asm\x0d\0\x01\0\x01\x2cthumbox:plugin/transport@0.1.0#call and more", "does not compile"),
    ],
)
def test_a_file_that_is_not_the_component(tmp_path: Path, content: bytes, words: str) -> None:
    file = tmp_path / "some.wasm"
    file.write_bytes(content)
    with pytest.raises(thumbox.PluginError) as caught:
        thumbox.load("wasm", path=file)
    assert caught.value.code == 2
    assert words in caught.value.message
    assert str(file) in caught.value.message


def test_of_a_file_that_is_not_the_component_nothing_is_told(tmp_path: Path) -> None:
    (tmp_path / "secrets").write_bytes(b"hush:x:0:0:")
    (tmp_path / "thumbox.wasm").symlink_to(tmp_path / "secrets")
    with pytest.raises(thumbox.PluginError) as caught:
        thumbox.load("wasm", path=tmp_path / "thumbox.wasm")
    assert not any(told in caught.value.message for told in ("hush", b"hush".hex(" "), b"hush".hex()))


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ('(memory (export "memory") 4)', '(memory (import "a" "b") 4)', "its core module imports 'b'"),
        ('(memory (export "memory") 4)', "(memory 4)", "does not export 'memory'"),
        ('"cabi_realloc"', '"cabi_malloc"', "does not export 'cabi_realloc' as a function of 4 i32 with 1 results"),
        ('configure") (param i32 i32)', 'configure") (param i32 i64)', "#configure' as a function of 2 i32"),
        ('call-json") (param i32 i32 i32 i32)', 'call-json") (param i32 i32)', "#call-json' as a function of 4"),
        (
            '(memory (export "memory") 4)',
            '(memory 4) (memory (export "memory") i64 4)',
            "'memory' as a memory of its own with 32-bit",
        ),
        (
            '(memory (export "memory") 4)',
            '(memory (export "memory") 4 4 shared)',
            "'memory' as a memory of its own with 32-bit",
        ),
        ("i32 (i32.const 1024)", "i64 (i64.const 1024)", "'thumbox_panic_text', and not as a global i32"),
        ("i32 (i32.const 1024)", "f64 (f64.const 1024)", "'thumbox_panic_text', and not as a global i32"),
        ('(global (export "thumbox_panic_text") i32 (i32.const 1024))', "", None),
        (
            "(table 1 1 funcref)",
            '(table 1 1 funcref) (global (export "thumbox_short") i64 (i64.const 1))',
            "global i32",
        ),
        (
            "(table 1 1 funcref)",
            '(table 1 1 funcref) (global (export "thumbox_short") i32 (i32.const 1))',
            "does not export 'thumbox_short_call' as a function of 2 i32 with 0 results",
        ),
    ],
)
def test_a_component_with_other_exports(tmp_path: Path, old: str, new: str, words: str | None) -> None:
    text = hostile.module()
    assert old in text
    file = hostile.file(tmp_path, text.replace(old, new))
    if words is None:
        with thumbox.load("wasm", path=file) as plugin, pytest.raises(thumbox.LimitError):
            plugin.call_raw(hostile.DIE_SILENTLY, b"x")
        return
    with pytest.raises(thumbox.PluginError) as caught:
        thumbox.load("wasm", path=file)
    assert words in caught.value.message


def test_the_core_module_is_found_between_other_sections() -> None:
    core = hostile.component(hostile.module())[8:]
    custom = b"\0\x05\x04name"
    found = core_module(b"\0asm\x0d\0\x01\0" + custom + b"\x01\x08\0asm\x01\0\0\0" + core + custom)
    assert found.startswith(b"\0asm\x01\0\0\0")
    with pytest.raises(ValueError, match="2 of its core modules"):
        core_module(b"\0asm\x0d\0\x01\0" + core + core)
