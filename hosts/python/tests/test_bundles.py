"""`thumbox.load` of a bundle: what is whole is loaded, by the key that the caller trusts."""

from __future__ import annotations

import errno
import hashlib
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import bundles
import pytest
from bundles import ATTACKER, PINNED
from conftest import WORKSPACE
from test_cli import run

import thumbox
from thumbox.bundle import native
from thumbox.bundle.extraction import extracted
from thumbox.bundle.platform import this_platform
from thumbox.bundle.signature import NotVerifiedError, PublicKey, check_signature

if TYPE_CHECKING:
    from collections.abc import Callable

    from thumbox.bundle.reader import Library

ARTIFACTS = Path(thumbox.__file__).parent / "_artifacts"
LIBRARY = {"linux": "libthumbox.so", "darwin": "libthumbox.dylib", "win32": "thumbox.dll"}[sys.platform]
VARIANTS = ("wasm", "native", "sandbox")


def whole(sandbox: Path | None = None) -> bundles.Parts:
    """The real component and the native library, and a sandbox library from where it was built."""
    here = this_platform()
    native = (ARTIFACTS / LIBRARY).read_bytes()
    sandboxes = {here: sandbox.read_bytes()} if sandbox else {}
    return bundles.bundle((ARTIFACTS / "thumbox.wasm").read_bytes(), {here: native}, sandbox=sandboxes)


@pytest.fixture(scope="module")
def bundle(testing_artifacts: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("bundle") / "thumbox-0.1.0.rbp"
    file.write_bytes(whole(testing_artifacts / LIBRARY.replace("thumbox", "thumbox_sandbox")).bytes())
    return file


@pytest.fixture(scope="module")
def made(bundle: Path) -> tuple[Path, str]:
    """The bundle that `cargo xtask test` makes as `cargo xtask dist` does, and its key; without it, the one above."""
    if "THUMBOX_BUNDLE" in os.environ:
        return Path(os.environ["THUMBOX_BUNDLE"]), os.environ["THUMBOX_BUNDLE_PUBLIC_KEY"]
    return bundle, PINNED.text


@pytest.fixture
def key(tmp_path: Path) -> Path:
    file = tmp_path / "thumbox.pub"
    file.write_text(PINNED.file)
    return file


@pytest.fixture
def new_process(monkeypatch: pytest.MonkeyPatch) -> None:
    """As in a process that has loaded nothing yet."""
    monkeypatch.setattr(native, "_loaded", {})


@pytest.mark.parametrize("variant", VARIANTS)
def test_every_variant_gives_the_same_bytes(
    bundle: Path, variant: Any, photo: bytes, plugins: dict[str, thumbox.Plugin], tmp_path: Path
) -> None:
    cache = tmp_path / "cache"
    with thumbox.load(bundle, variant=variant, public_key=PINNED.text, cache=cache) as plugin:
        assert plugin.variant == variant
        assert plugin.thumbnail(photo, 64, 64) == plugins["wasm"].thumbnail(photo, 64, 64)


@pytest.mark.parametrize("variant", VARIANTS)
def test_the_bundle_that_is_given_away(made: tuple[Path, str], variant: Any, photo: bytes, tmp_path: Path) -> None:
    file, key = made
    with (
        thumbox.load(file, variant=variant, public_key=key, cache=tmp_path / "cache") as plugin,
        thumbox.load() as installed,
    ):
        assert plugin.thumbnail(photo, 64, 64) == installed.thumbnail(photo, 64, 64)
    with pytest.raises(thumbox.BundleError, match=r"is signed with the key .* is the trusted one"):
        thumbox.load(file, variant=variant, public_key=ATTACKER.text)


def test_the_bundle_that_is_given_away_verifies(made: tuple[Path, str]) -> None:
    file, key = made
    result = run("bundle", "show", file, "--public-key", key)
    assert (result.returncode, result.stderr) == (0, ""), result.stdout


def test_the_sandbox_is_the_default_and_a_name_will_do(bundle: Path) -> None:
    with thumbox.load(str(bundle), public_key=PINNED.text) as plugin:
        assert plugin.variant == "wasm"
    renamed = bundle.with_name("THUMBOX.RBP")
    renamed.write_bytes(bundle.read_bytes())
    thumbox.load(str(renamed), public_key=PINNED.text).close()


def test_a_key_is_its_text_its_file_s_text_or_its_file(bundle: Path, key: Path) -> None:
    for given in (PINNED.text, PINNED.file, f" {PINNED.text}\n", key, str(key)):
        thumbox.load(bundle, public_key=given).close()


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ("", "public_key is '': it has 0 lines"),
        ("RWQ", "public_key is 'RWQ': it is no minisign public key: 56 characters of base64 that begin with RW"),
        (PINNED.text[:-4] + "====", "it is no minisign public key"),
        ("RU" + PINNED.text[2:], "it is no minisign public key"),
        ("nowhere.pub", "and there is no such file"),
        ("a secret\nin some\nlines", "public_key is a text: it has 3 lines"),
        (PINNED.file + PINNED.text, "public_key is a text: it has 3 lines"),
    ],
)
def test_what_is_no_key(bundle: Path, given: str, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        thumbox.load(bundle, public_key=given)


@pytest.mark.parametrize("content", [b"", b"\xff\xfe", b"untrusted comment: secret\nU0VDUkVU\n", bytes(1 << 20)])
def test_a_file_that_is_no_key_is_not_shown(bundle: Path, tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "file"
    file.write_bytes(content)
    with pytest.raises(ValueError, match="public_key is the file ") as caught:
        thumbox.load(bundle, public_key=file)
    assert "U0VD" not in str(caught.value)


def test_a_key_s_file_that_is_not_there(bundle: Path, tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        thumbox.load(bundle, public_key=tmp_path / "none")


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({}, "a bundle needs public_key"),
        ({"public_key": None}, "a bundle needs public_key"),
        ({"public_key": 5}, r"public_key is a int \(5\); a key's text or a path to its file is allowed"),
        ({"public_key": PINNED.text, "verify": False}, "public_key is given, and verify is False"),
        ({"verify": 0}, "verify is a int"),
        (
            {"public_key": PINNED.text, "path": "x"},
            "the wasm variant of a bundle has no option 'path'; it has public_key",
        ),
        (
            {"public_key": PINNED.text, "variant": "native", "timeout": 5},
            "the native variant of a bundle has no option",
        ),
        ({"public_key": PINNED.text, "max_bundle": "x"}, "max_bundle is a str"),
        ({"public_key": PINNED.text, "memory_limit": "x"}, "memory_limit is a str"),
        ({"public_key": PINNED.text, "variant": "native", "cache": 5}, "cache is a int"),
        ({"public_key": PINNED.text, "variant": 5}, "variant is a int"),
    ],
)
def test_options_of_a_wrong_kind(bundle: Path, options: dict[str, Any], words: str) -> None:
    with pytest.raises(TypeError, match=words):
        thumbox.load(bundle, **options)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"variant": "release"}, "variant is 'release'; 'wasm', 'native' or 'sandbox' is allowed"),
        ({"max_bundle": 0}, "max_bundle is 0; 1 to 4294967296 is allowed"),
        ({"max_library": -1}, "max_library is -1; 1 to 4294967296 is allowed"),
        ({"variant": "sandbox", "memory_limit": 1}, "memory_limit is 1; 65536 to 4294967296 is allowed"),
        ({"variant": "sandbox", "isolation": "none"}, "isolation is 'none'"),
        ({"variant": "sandbox", "timeout": 0}, "timeout is 0"),
    ],
)
def test_options_out_of_range(bundle: Path, options: dict[str, Any], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        thumbox.load(bundle, public_key=PINNED.text, **options)


def test_options_of_bundles_are_for_bundles() -> None:
    for option in ({"public_key": PINNED.text}, {"verify": False}, {"max_bundle": 5}):
        with pytest.raises(TypeError, match="the wasm variant has no option"):
            thumbox.load("wasm", **option)
    with pytest.raises(TypeError, match="variant is 'native' and 'wasm'; name one, or a bundle"):
        thumbox.load("wasm", variant="native")
    with pytest.raises(ValueError, match="variant is 'sandbox'; 'wasm' or 'native' is allowed"):
        thumbox.load("sandbox")
    with thumbox.load(variant="native") as plugin:
        assert plugin.variant == "native"


def test_the_sandbox_library_obeys_its_options(bundle: Path, tmp_path: Path, photo: bytes) -> None:
    options: dict[str, Any] = {"public_key": PINNED.text, "variant": "sandbox", "cache": tmp_path / "cache"}
    with thumbox.load(bundle, memory_limit=9 << 20, **options) as plugin, pytest.raises(thumbox.LimitError) as caught:
        plugin.call_raw(1, bytes(10 << 20))
    assert "memory_limit is 9437184 bytes" in caught.value.message
    with (
        thumbox.load(bundle, timeout=0.02, isolation="pool", max_concurrent=1, **options) as plugin,
        pytest.raises(thumbox.PluginError) as timed,
    ):
        plugin.thumbnail(photo, 4000, 4000, enlarge=True, format="webp")
    assert timed.value.code == 10
    with thumbox.load(
        bundle, timeout=None, max_request=80 << 20, max_reply=80 << 20, max_pixels=9, **options
    ) as plugin:
        assert len(plugin.call_raw(1, bytes(65 << 20))) == 65 << 20
        with pytest.raises(thumbox.LimitError, match="9 "):
            plugin.thumbnail(photo)


def test_without_a_signature_only_by_asking_for_it(tmp_path: Path) -> None:
    parts = whole()
    unsigned = tmp_path / "unsigned.rbp"
    unsigned.write_bytes(bundles.Zip([one for one in parts.entries() if not one.name.endswith(".minisig")]).bytes())
    with pytest.raises(thumbox.BundleError, match=r"it has no manifest\.json\.minisig"):
        thumbox.load(unsigned, public_key=PINNED.text)
    with thumbox.load(unsigned, verify=False) as plugin:
        assert plugin.call_raw(1, b"x") == b"x"
    parts.changed = {bundles.SHARED: parts.files[bundles.SHARED] + b"!"}
    unsigned.write_bytes(parts.bytes())
    with pytest.raises(thumbox.BundleError, match="has the SHA-256"):
        thumbox.load(unsigned, verify=False)


def test_the_key_that_a_bundle_brings_is_not_trusted(tmp_path: Path) -> None:
    parts = whole()
    parts.key = ATTACKER
    parts.manifest["public_key"] = ATTACKER.text
    file = tmp_path / "attacker.rbp"
    file.write_bytes(parts.bytes())
    thumbox.load(file, public_key=ATTACKER.text).close()
    with pytest.raises(thumbox.BundleError, match=r"is signed with the key .* is the trusted one"):
        thumbox.load(file, public_key=PINNED.text)


def test_a_component_for_other_machines_runs_here(tmp_path: Path) -> None:
    parts = whole()
    parts.manifest["platforms"] = {"windows-aarch64": parts.manifest["platforms"][this_platform()]}
    file = tmp_path / "other.rbp"
    file.write_bytes(parts.bytes())
    thumbox.load(file, public_key=PINNED.text).close()
    with pytest.raises(
        thumbox.BundleError, match=f'no variant "release" for {this_platform()}; it has windows-aarch64'
    ):
        thumbox.load(file, variant="native", public_key=PINNED.text)


@pytest.mark.parametrize("version", ["1.0", "1.1"])
def test_what_is_not_known_is_left_alone(tmp_path: Path, version: str) -> None:
    parts = whole()
    parts.manifest |= {"bundle_version": version, "more": [{"a": None}], "sbom": None}
    parts.manifest["platforms"][this_platform()]["variants"]["debug-2"] = {
        **parts.manifest["platforms"][this_platform()]["variants"]["release"],
        "build_info": {},
    }
    file = tmp_path / "more.rbp"
    file.write_bytes(parts.bytes())
    thumbox.load(file, public_key=PINNED.text).close()


def test_deflated_entries(tmp_path: Path) -> None:
    import zipfile

    file = tmp_path / "deflated.rbp"
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in whole().content().items():
            archive.writestr(name, content)
    for variant in ("wasm", "native"):
        thumbox.load(file, variant=variant, public_key=PINNED.text, cache=tmp_path / "cache").close()


def test_limits_on_the_file(bundle: Path, tmp_path: Path) -> None:
    size = bundle.stat().st_size
    with pytest.raises(thumbox.BundleError, match=f"it has {size} bytes; max_bundle is {size - 1}"):
        thumbox.load(bundle, public_key=PINNED.text, max_bundle=size - 1)
    with pytest.raises(thumbox.BundleError, match=r"claims [0-9]+ bytes; 1000000 are allowed"):
        thumbox.load(bundle, public_key=PINNED.text, max_library=1_000_000)
    # Each of them is allowed, and all together are not.
    half, packed = 8 << 20, bundles.deflated_zeros(8 << 20)
    entries = [bundles.Entry(f"docs/{one}", b"", packed=packed, size=half, method=8) for one in range(3)]
    for one in entries:
        one.crc = 0
        one.packed = packed + bytes(40_000)
    file = tmp_path / "many.rbp"
    file.write_bytes(bundles.Zip([*bundles.small().entries(), *entries]).bytes())
    with pytest.raises(thumbox.BundleError, match=r"its entries claim [0-9]+ bytes together; max_bundle is 16777216"):
        thumbox.load(file, public_key=PINNED.text, max_bundle=16 << 20)


def descriptors() -> int:
    """How many are open, where the system tells."""
    folder = Path("/proc/self/fd")
    return len(list(folder.iterdir())) if folder.exists() else 0


def test_what_is_no_file(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        thumbox.load(tmp_path / "none.rbp", public_key=PINNED.text)
    os.mkfifo(tmp_path / "pipe.rbp")
    with pytest.raises(thumbox.BundleError, match="it is no regular file"):
        thumbox.load(tmp_path / "pipe.rbp", public_key=PINNED.text)
    (tmp_path / "folder.rbp").mkdir()
    before = descriptors()
    for folder in (tmp_path / "folder.rbp", tmp_path):
        with pytest.raises(thumbox.BundleError, match="it is no regular file"):
            thumbox.load(folder, public_key=PINNED.text)
    assert descriptors() == before


def test_an_error_is_a_plugin_s_and_goes_to_other_processes(tmp_path: Path) -> None:
    import pickle

    (tmp_path / "x.rbp").write_bytes(b"")
    with pytest.raises(thumbox.PluginError) as caught:
        thumbox.load(tmp_path / "x.rbp", public_key=PINNED.text)
    assert (type(caught.value), caught.value.code) == (thumbox.BundleError, 2)
    assert str(pickle.loads(pickle.dumps(caught.value))) == str(caught.value)


# What `minisign -S -t 'thumbox 0.1.0 text' -m text` of minisign 0.11 has written, and `minisign -S -l`.
REAL_KEY = """untrusted comment: minisign public key 165DBB3750E507F9
RWT5B+VQN7tdFtjq43oOcEXdJT1LOYJUAeP1yYmfmrOVwe7N+mJgwivE
"""
REAL_CONTENT = b"Thumbox reads what minisign writes.\n"
REAL_SIGNATURE = b"""untrusted comment: signature from minisign secret key
RUT5B+VQN7tdFl+U4NaYn95W9G7E6EldRPfzBj38UCpLd0n365Y2WEMH1/t+Fj/8YZi4lQYHLuCXMoHM+nI0N73ixSMAVmCVxQE=
trusted comment: thumbox 0.1.0 text
iQ0d8wvhUbpW6kk/VOl+xHuN0S++Q0GEINjsaQfNqaE9UNid1MNqHQtI+T26ra4OJB8kFzerH+th+6bKsoqmCQ==
"""
REAL_LEGACY_SIGNATURE = b"""untrusted comment: signature from minisign secret key
RWT5B+VQN7tdFgvSv5dkDm8m5he7blGQMpGOWVpfVKy2XFPoyVy8oDOOK6qkSmzeNYvUjMWxShFv9sJgCfQJgSRLxnMt3dMMBgY=
trusted comment: timestamp:1795261599\tfile:text
Q6cJyx9F8t+ttG+CB17QouFyW7dXUzO1eyt6sWGUnBjSkDlUoSgwiJoaqVxAoCS3VBDNm6j6GAxAqGwpekkpBg==
"""


def test_what_minisign_itself_has_signed() -> None:
    key = PublicKey.of(REAL_KEY)
    assert (key.name, key.text) == ("165DBB3750E507F9", REAL_KEY.split("\n")[1])
    assert check_signature(key, REAL_CONTENT, REAL_SIGNATURE) == "thumbox 0.1.0 text"
    assert check_signature(key, REAL_CONTENT, REAL_SIGNATURE.replace(b"\n", b"\r\n")) == "thumbox 0.1.0 text"
    with pytest.raises(NotVerifiedError, match="not of its content"):
        check_signature(key, REAL_CONTENT + b".", REAL_SIGNATURE)
    with pytest.raises(NotVerifiedError, match="of the old kind"):
        check_signature(key, REAL_CONTENT, REAL_LEGACY_SIGNATURE)


def test_without_cryptography_it_says_what_to_install(bundle: Path) -> None:
    program = (
        "import sys\n"
        "sys.modules['cryptography'] = None\n"
        "import thumbox\n"
        "thumbox.load('native').close()\n"
        "try:\n"
        f"    thumbox.load({str(bundle)!r}, public_key={PINNED.text!r})\n"
        "except thumbox.PluginError as error:\n"
        "    print(error)\n"
    )
    result = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=120)
    assert (
        "a bundle's signatures are checked by the package cryptography: pip install 'thumbox[bundle]'" in result.stdout
    )


# The cache


def libraries(cache: Path) -> list[Path]:
    return sorted((cache / "libraries").iterdir())


def load_native(bundle: Path, cache: Path | bool) -> None:
    with thumbox.load(bundle, variant="native", public_key=PINNED.text, cache=cache) as plugin:
        assert plugin.call_raw(1, b"works") == b"works"


@pytest.mark.usefixtures("new_process")
def test_a_library_is_extracted_once_to_a_private_folder(
    bundle: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cache = tmp_path / "cache"
    load_native(bundle, cache)
    [file] = libraries(cache)
    content = (ARTIFACTS / LIBRARY).read_bytes()
    assert file.name == f"{hashlib.sha256(content).hexdigest()}.so"
    assert file.read_bytes() == content
    assert [place.stat().st_mode & 0o777 for place in (cache, cache / "libraries", file)] == [0o700, 0o700, 0o600]
    before = file.stat()
    os.utime(file, (0, 0))
    monkeypatch.setattr(native, "_loaded", {})
    load_native(bundle, cache)
    assert (file.stat().st_ino, libraries(cache)) == (before.st_ino, [file])
    assert file.stat().st_mtime > 0


def flipped(file: Path) -> None:
    data = bytearray(file.read_bytes())
    data[len(data) // 2] ^= 1
    file.write_bytes(data)


def replaced(file: Path) -> None:
    file.unlink()
    file.write_bytes(bundles.library("linux-x86_64"))


def opened_to_others(file: Path) -> None:
    flipped(file)
    file.chmod(0o666)


def linked(file: Path) -> None:
    other = file.with_name("other")
    other.write_bytes(b"other")
    file.unlink()
    file.symlink_to(other)


def made_a_pipe(file: Path) -> None:
    file.unlink()
    os.mkfifo(file, 0o600)


def emptied(file: Path) -> None:
    os.truncate(file, 0)


@pytest.mark.parametrize("spoil", [flipped, replaced, opened_to_others, linked, made_a_pipe, emptied])
def test_a_library_that_somebody_changed_is_never_loaded(
    bundle: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, spoil: Callable[[Path], None]
) -> None:
    cache = tmp_path / "cache"
    content = (ARTIFACTS / LIBRARY).read_bytes()
    library: Library = _library(content)
    (cache / "libraries").mkdir(parents=True, mode=0o700)
    cache.chmod(0o700)
    file = cache / "libraries" / f"{library.sha256}.so"
    file.write_bytes(content)
    file.chmod(0o600)
    spoil(file)
    with extracted(library, cache) as path:
        assert Path(path).read_bytes() == content
    assert file.read_bytes() == content
    assert not file.is_symlink()
    monkeypatch.setattr(native, "_loaded", {})
    load_native(bundle, cache)


def _library(content: bytes) -> Library:
    from thumbox.bundle.reader import Library

    return Library("test", hashlib.sha256(content).hexdigest(), content)


def test_the_way_to_a_library_cannot_be_led_elsewhere(tmp_path: Path) -> None:
    cache = tmp_path / "cache"
    with extracted(_library(b"right"), cache) as path:
        cache.rename(tmp_path / "moved")
        (cache / "libraries").mkdir(parents=True)
        (cache / "libraries" / Path(path).name).write_bytes(b"wrong")
        if Path("/proc/self/fd").is_dir():
            assert Path(path).read_bytes() == b"right"


@pytest.mark.parametrize("mode", [0o777, 0o770])
@pytest.mark.parametrize("which", ["cache", "cache/libraries"])
@pytest.mark.usefixtures("new_process")
def test_a_folder_that_is_open_to_others_is_not_used(bundle: Path, tmp_path: Path, which: str, mode: int) -> None:
    (tmp_path / "cache" / "libraries").mkdir(parents=True)
    for folder in ("cache", "cache/libraries"):
        (tmp_path / folder).chmod(0o700)
    (tmp_path / which).chmod(mode)
    with pytest.warns(RuntimeWarning, match=f"keeps no compiled code, since {tmp_path / which} has mode {mode:04o}"):
        load_native(bundle, tmp_path / "cache")
    assert list((tmp_path / "cache").rglob("*.so")) == []


@pytest.fixture
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder for temporary files, which nobody else uses."""
    folder = tmp_path / "tmp"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    return folder


@pytest.mark.usefixtures("new_process")
def test_without_a_cache_nothing_is_left(bundle: Path, temporary: Path) -> None:
    load_native(bundle, cache=False)
    assert list(temporary.iterdir()) == []


def test_a_library_that_cannot_be_loaded_leaves_nothing(tmp_path: Path, temporary: Path) -> None:
    here = this_platform()
    file = tmp_path / "bad.rbp"
    file.write_bytes(bundles.bundle(bundles.COMPONENT, {here: bundles.library(here)}).bytes())
    for cache in (tmp_path / "cache", False):
        with pytest.raises(thumbox.PluginError, match=f"lib/{here}/release/.* of {file}: .* cannot be loaded"):
            thumbox.load(file, variant="native", public_key=PINNED.text, cache=cache)
    assert [libraries(tmp_path / "cache"), list(temporary.iterdir())] == [[], []]


@pytest.mark.usefixtures("new_process")
def test_a_full_disk_leaves_nothing(
    bundle: Path, tmp_path: Path, temporary: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object, **__: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with monkeypatch.context() as patch:
        patch.setattr(Path, "write_bytes", full)
        with pytest.raises(thumbox.PluginError, match=r"cannot be extracted to .*: .*No space left"):
            load_native(bundle, False)
    with monkeypatch.context() as patch:
        patch.setattr(os, "replace", full)
        with pytest.warns(RuntimeWarning, match="cannot be written to .No space left on device"):
            load_native(bundle, tmp_path / "cache")
    assert [libraries(tmp_path / "cache"), list(temporary.iterdir())] == [[], []]


def test_old_libraries_go_and_young_ones_stay(tmp_path: Path) -> None:
    cache = tmp_path / "cache"
    for number in range(20):
        with extracted(_library(bytes([number])), cache):
            pass
    assert len(libraries(cache)) == 20
    for file in libraries(cache):
        os.utime(file, (0, 0))
    with extracted(_library(b"new"), cache) as path:
        assert Path(path).read_bytes() == b"new"
    assert len(libraries(cache)) == 8
    assert Path(path).name in {file.name for file in libraries(cache)}


def test_where_files_have_no_owners_it_says_what_works(
    bundle: Path, monkeypatch: pytest.MonkeyPatch, new_process: None
) -> None:
    del new_process
    monkeypatch.delattr(os, "geteuid")
    with pytest.raises(thumbox.PluginError, match="the variant 'wasm' is, everywhere"):
        thumbox.load(bundle, variant="native", public_key=PINNED.text)
    thumbox.load(bundle, public_key=PINNED.text).close()


RACE = """
import json, pathlib, sys, threading, thumbox
bundle, key, cache = sys.argv[1:]
def load(variant):
    with thumbox.load(bundle, variant=variant, public_key=key, cache=cache) as plugin:
        assert plugin.call_raw(1, b"x") == b"x"
threads = [threading.Thread(target=load, args=(variant,)) for variant in ("native", "sandbox", "native", "sandbox")]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
maps = pathlib.Path("/proc/self/maps").read_text() if sys.platform == "linux" else ""
print(json.dumps([line.split("/libraries/")[1].split()[0] for line in maps.splitlines() if "/libraries/" in line]))
"""


def test_processes_and_threads_that_load_together_leave_one_file_each(bundle: Path, tmp_path: Path) -> None:
    cache, temporary = tmp_path / "cache", tmp_path / "tmp"
    temporary.mkdir()
    command = [sys.executable, "-W", "error", "-c", RACE, str(bundle), PINNED.text, str(cache)]
    environment = {**os.environ, "TMPDIR": str(temporary)}
    processes = [
        subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment) for _ in range(3)
    ]
    outcomes = [(*process.communicate(timeout=300), process.returncode) for process in processes]
    assert [(error, status) for _, error, status in outcomes] == [(b"", 0)] * 3
    files = libraries(cache)
    assert [file.suffix for file in files] == [".so", ".so"]
    assert list(temporary.iterdir()) == []
    assert [one for one in cache.iterdir() if one.name.endswith(".partial")] == []
    if sys.platform == "linux":
        for output, _, _ in outcomes:
            assert set(json.loads(output)) == {file.name for file in files}


# The table of bad bundles, which the Rust host reads, too


def test_the_folder_of_bad_bundles_is_as_it_is_made() -> None:
    import tampering

    assert tampering.FOLDER == WORKSPACE / "testdata/tampered"
    there = {file.name: file.read_bytes() for file in tampering.FOLDER.iterdir()}
    assert there == tampering.files(), "`python hosts/python/tests/tampering.py` writes it anew"
