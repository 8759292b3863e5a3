"""`thumbox bundle show`: what is inside, and a status of 0 only where all of it verifies by the key that was given."""

from __future__ import annotations

import hashlib
import json
import signal
from typing import TYPE_CHECKING

import pytest
import tampering
from bundles import ATTACKER, PINNED, SHARED, Entry, Zip, small
from test_cli import run

if TYPE_CHECKING:
    from pathlib import Path

    from tampering_cases import Case


@pytest.fixture
def good(tmp_path: Path) -> Path:
    file = tmp_path / "good.rbp"
    file.write_bytes(small().bytes())
    return file


def test_a_bundle_that_verifies(good: Path, tmp_path: Path) -> None:
    result = run("bundle", "show", good, "--public-key", PINNED.text)
    assert (result.returncode, result.stderr) == (0, "")
    lines = result.stdout.splitlines()
    assert lines[0] == f"thumbox 0.1.0, a bundle of format 1.0: {good}"
    assert lines[1] == f"VERIFIED: all of it is signed, or named by what is signed, with the key {PINNED.text}"
    assert "NOT VERIFIED" not in result.stdout
    for line in (
        "  linux-x86_64: release, wasm-component",
        "  thumbox.h: schema/thumbox.h",
        "  cyclonedx: sbom/thumbox.cdx.json",
        "  notices: legal/NOTICES",
        "  license: MIT OR Apache-2.0",
        "  compiler: rustc 1.95.0",
        f"  git: commit {'0' * 40}, dirty False",
    ):
        assert line in lines
    component = small().files[SHARED]
    row = f"  {len(component):>11,}  {hashlib.sha256(component).hexdigest()}  {SHARED}"
    assert f"{row}  (manifest.json, SHA256SUMS, signature)" in lines
    key = tmp_path / "thumbox.pub"
    key.write_text(PINNED.file)
    assert run("bundle", "show", good, "--public-key", key).stdout == result.stdout


def test_without_a_key_nothing_is_verified(good: Path) -> None:
    result = run("bundle", "show", good)
    assert (result.returncode, result.stderr) == (1, "")
    lines = result.stdout.splitlines()
    assert lines[1] == "NOT VERIFIED: no --public-key was given, so anybody may have made it"
    assert lines[2] == f"  The key that it carries, which proves nothing: {PINNED.text}"
    assert "VERIFIED: " not in result.stdout.replace("NOT VERIFIED: ", "")


def test_another_key(good: Path) -> None:
    result = run("bundle", "show", good, "--public-key", ATTACKER.text)
    assert (result.returncode, result.stderr) == (1, "")
    assert f"NOT VERIFIED by the key {ATTACKER.text}" in result.stdout
    assert "  manifest.json is signed with the key " in result.stdout


def test_json(good: Path) -> None:
    result = run("bundle", "show", good, "--public-key", PINNED.text, "--json")
    assert (result.returncode, result.stderr) == (0, "")
    told = json.loads(result.stdout)
    assert (told["verified"], told["problems"], told["trusted_key"]) == (True, [], PINNED.text)
    assert told["platforms"]["linux-x86_64"]["wasm-component"] == SHARED
    files = {file["path"]: file for file in told["files"]}
    assert set(files) == {name for name in small().content() if not name.endswith(".minisig")}
    assert files["docs/README.md"]["by"] == ["SHA256SUMS"]
    assert files["manifest.json"]["by"] == ["SHA256SUMS", "signature"]
    without = json.loads(run("bundle", "show", good, "--json").stdout)
    assert (without["verified"], without["trusted_key"], without["problems"]) == (False, None, [])


def changed_docs() -> list[Entry]:
    return [Entry(one.name, b"#!" if one.name == "docs/README.md" else one.content) for one in small().entries()]


def without(name: str) -> list[Entry]:
    return [one for one in small().entries() if one.name != name]


def with_sums(content: bytes) -> list[Entry]:
    parts = small()
    parts.changed = {"SHA256SUMS": content, "SHA256SUMS.minisig": PINNED.sign("SHA256SUMS", content)}
    return parts.entries()


def with_an_old_library() -> list[Entry]:
    """Which the right key has once signed."""
    path = "lib/linux-x86_64/release/old.so"
    signature = Entry(f"{path}.minisig", PINNED.sign(path, b"old"))
    return [*small().entries(), Entry(path, b"old"), signature]


def test_one_line_that_is_none_is_enough(tmp_path: Path) -> None:
    file = tmp_path / "lines.rbp"
    file.write_bytes(Zip(with_sums(b"\n" * 100_000)).bytes())
    problems = json.loads(run("bundle", "show", file, "--json").stdout)["problems"]
    assert [one for one in problems if "invalid line" in one] == ["SHA256SUMS has an invalid line 1: "]


@pytest.mark.parametrize(
    ("entries", "words"),
    [
        (changed_docs(), "docs/README.md has the SHA-256 "),
        (without("SHA256SUMS.minisig"), "SHA256SUMS has no signature"),
        (without("SHA256SUMS"), "docs/README.md is named with a checksum by nothing that is signed"),
        (without("docs/README.md"), "SHA256SUMS names docs/README.md, which is not there"),
        ([*small().entries(), Entry("docs/more", b"more")], "docs/more is named with a checksum by nothing that"),
        ([*small().entries(), Entry("docs/a.minisig", b"")], "docs/a.minisig is a signature of nothing that is there"),
        (
            [*small().entries(), Entry("docs/README.md.minisig", b"")],
            "docs/README.md has an invalid minisign signature file",
        ),
        (with_sums(b"hello\x1b[2J\n"), "SHA256SUMS has an invalid line 1: hello\\x1b[2J"),
        (with_sums(b"\xff" * 100), "SHA256SUMS has an invalid line 1: "),
        (with_an_old_library(), "lib/linux-x86_64/release/old.so is named with a checksum by nothing that is signed"),
    ],
)
def test_what_does_not_verify_is_said(tmp_path: Path, entries: list[Entry], words: str) -> None:
    file = tmp_path / "changed.rbp"
    file.write_bytes(Zip(entries).bytes())
    result = run("bundle", "show", file, "--public-key", PINNED.text)
    assert (result.returncode, result.stderr) == (1, "")
    assert f"NOT VERIFIED by the key {PINNED.text}" in result.stdout
    assert f"\n  {words}" in result.stdout
    assert result.stdout.replace("\n", "").isprintable()


@pytest.mark.parametrize("case", tampering.cases(), ids=lambda case: case.name)
def test_every_changed_bundle_is_shown_and_not_verified(
    case: Case, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    from thumbox.cli.main import main

    file = tmp_path / f"{case.name}.rbp"
    file.write_bytes(case.content)
    old = signal.getsignal(signal.SIGTERM)
    status = main(["bundle", "show", str(file), "--public-key", PINNED.text])
    signal.signal(signal.SIGTERM, old)
    said = capsys.readouterr()
    # What the right key has signed does verify, also where it is of no use.
    assert status == (0 if case.name in OF_NO_USE else 1)
    if status:
        assert "NOT VERIFIED by" in said.out or "is refused: " in said.err
    assert (said.out + said.err).replace("\n", "").isprintable()


OF_NO_USE = {
    "component-instead-of-the-library",
    "library-cut-off",
    "library-instead-of-the-component",
    "library-of-another-platform",
    "module-instead-of-the-component",
    "no-component",
    "no-library-for-this-platform",
    "no-sandbox-library",
    "nothing-instead-of-the-component",
    "program-instead-of-the-library",
    "text-instead-of-the-component",
}


def test_what_cannot_be_tried(good: Path, tmp_path: Path) -> None:
    for arguments, words in (
        ((tmp_path / "none.rbp",), "No such file or directory"),
        ((good, "--public-key", "nothing"), "public_key is 'nothing': it is no minisign public key"),
    ):
        result = run("bundle", "show", *arguments)
        assert (result.returncode, result.stdout) == (2, "")
        assert words in result.stderr
    assert run("bundle").returncode == 2


def test_a_folder_is_refused(tmp_path: Path) -> None:
    result = run("bundle", "show", tmp_path)
    assert (result.returncode, result.stdout) == (1, "")
    assert "is refused: it is no regular file" in result.stderr


def test_a_refused_bundle_in_json(tmp_path: Path) -> None:
    file = tmp_path / "empty.rbp"
    file.write_bytes(b"")
    result = run("bundle", "show", file, "--json")
    assert result.returncode == 1
    assert json.loads(result.stdout) == {
        "file": str(file),
        "verified": False,
        "problems": [f"the bundle {file} is refused: it has 0 bytes, and is no zip"],
    }
