"""Bundles that somebody has changed: each is refused with its reason, and leaves nothing behind."""

from __future__ import annotations

import tempfile
import tracemalloc
from typing import TYPE_CHECKING

import pytest
import tampering
from bundles import PINNED, PLATFORMS, small

import thumbox
from thumbox.bundle.reader import Bundle
from thumbox.bundle.signature import PublicKey

if TYPE_CHECKING:
    from pathlib import Path

    from tampering_cases import Case

CASES = tampering.cases()


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_changed_bundle_is_refused(case: Case, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for folder in ("tmp", "cache"):
        (tmp_path / folder).mkdir(mode=0o700)
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "tmp"))
    file = tmp_path / f"{case.name}.rbp"
    file.write_bytes(case.content)
    with pytest.raises(thumbox.BundleError) as caught:
        thumbox.load(file, variant=case.variant, public_key=PINNED.text, cache=tmp_path / "cache")
    said = caught.value.message
    assert said.startswith(f"the bundle {file} is refused: ")
    assert case.words in said
    assert said.isprintable()
    assert len(said) < 2000
    assert {one.name for one in tmp_path.rglob("*")} == {"cache", file.name, "tmp"}


def test_the_same_bundle_unchanged_is_read(tmp_path: Path) -> None:
    file = tmp_path / "good.rbp"
    for platforms in (None, PLATFORMS):
        parts = small(platforms) if platforms else small()
        file.write_bytes(parts.bytes())
        with Bundle(file, PublicKey.of(PINNED.text)) as bundle:
            assert bundle.library("wasm").content == parts.files["lib/any/wasm-component/thumbox.wasm"]
            if platforms:
                assert bundle.library("native").content in parts.files.values()


@pytest.mark.parametrize("place", range(0, len(small().bytes()), 61))
def test_no_byte_can_be_changed_unseen(tmp_path: Path, place: int) -> None:
    content = bytearray(small().bytes())
    good = small().files["lib/any/wasm-component/thumbox.wasm"]
    content[place] ^= 1 << (place % 8)
    file = tmp_path / "changed.rbp"
    file.write_bytes(content)
    try:
        with Bundle(file, PublicKey.of(PINNED.text)) as bundle:
            # What vouches for nothing that is used may change: times, and files that nobody signs.
            assert bundle.library("wasm").content == good
            assert bundle.manifest.version == "0.1.0"
    except thumbox.BundleError as error:
        assert "is refused: " in error.message  # noqa: PT017 -- both ends are good ones


@pytest.mark.parametrize("length", range(0, len(small().bytes()), 97))
def test_no_bundle_can_be_cut_off_unseen(tmp_path: Path, length: int) -> None:
    file = tmp_path / "short.rbp"
    file.write_bytes(small().bytes()[:length])
    with pytest.raises(thumbox.BundleError):
        Bundle(file, PublicKey.of(PINNED.text))


@pytest.mark.parametrize("name", ["bomb", "bomb-that-lies", "library-too-large", "manifest-too-large", "zip-64-sizes"])
def test_a_bomb_takes_no_memory(tmp_path: Path, name: str) -> None:
    [case] = [case for case in CASES if case.name == name]
    file = tmp_path / "bomb.rbp"
    file.write_bytes(case.content)
    tracemalloc.start()
    try:
        with pytest.raises(thumbox.BundleError):
            Bundle(file, PublicKey.of(PINNED.text))
        _, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert most < 1 << 20
