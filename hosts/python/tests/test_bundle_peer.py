"""The bundle that `cargo xtask` writes: with PyPI's rustbridge 1.0.1, unmodified, and with our own hosts."""

from __future__ import annotations

import base64
import json
import os
import subprocess
import tempfile
import zipfile
from pathlib import Path

import pytest
import rustbridge
from nacl.signing import SigningKey

import thumbox
from thumbox import wire

LIBRARIES = {"release": "native library", "sandbox": "sandbox library"}


@pytest.fixture(autouse=True)
def extracted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Has the peer extract where it is tidied up: it leaves its folders behind."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))


@pytest.fixture(scope="session")
def bundle() -> Path:
    path = os.environ.get("THUMBOX_BUNDLE")
    assert path, "`cargo xtask test` makes the bundle and names it in THUMBOX_BUNDLE"
    return Path(path)


@pytest.fixture(scope="session")
def public_key() -> str:
    return os.environ["THUMBOX_BUNDLE_PUBLIC_KEY"]


@pytest.mark.parametrize("variant", LIBRARIES)
def test_the_peer_checks_the_signatures_and_makes_the_same_thumbnail(
    bundle: Path, public_key: str, variant: str, photo: bytes
) -> None:
    request = wire.create_request(96, 96, wire.OutputFormat.WEBP, 80, photo)
    loader = rustbridge.BundleLoader(verify_signatures=True, public_key_override=public_key)
    with loader.load_variant_with_config(bundle, variant, rustbridge.PluginConfig.defaults()) as peer:
        reply = peer.call_raw_bytes(wire.MSG_THUMBNAIL_CREATE, request)
        info = json.loads(peer.call("plugin.info", "{}"))
    with thumbox.load("native") as plugin:
        assert bytes(reply) == bytes(plugin.call_raw(wire.MSG_THUMBNAIL_CREATE, request))
    assert info["version"] == thumbox.__version__


def test_without_a_variant_it_is_the_release(bundle: Path, public_key: str) -> None:
    with rustbridge.BundleLoader(public_key_override=public_key).load(bundle) as peer:
        assert peer.call_raw_bytes(wire.MSG_ECHO, b"hello") == b"hello"


def test_the_peer_finds_all_that_the_manifest_names(bundle: Path, tmp_path: Path) -> None:
    loader = rustbridge.BundleLoader()
    manifest = loader.get_manifest(bundle)
    platform = manifest.platforms[loader.get_current_platform()]
    assert set(platform.list_variants()) == {*LIBRARIES, "wasm-component"}
    component = loader.extract_library_variant(bundle, tmp_path, "wasm-component")
    with thumbox.load("wasm", path=component) as plugin:
        assert plugin.call_raw(wire.MSG_ECHO, b"hello") == b"hello"
    assert (manifest.plugin_name, manifest.plugin_version) == ("thumbox", thumbox.__version__)
    assert "MSG_THUMBNAIL_CREATE" in loader.read_schema(bundle, "thumbox.h")
    assert all(loader.read_schema(bundle, name) for name in loader.get_schemas(bundle))
    assert manifest.sbom is not None
    with zipfile.ZipFile(bundle) as archive:
        assert json.loads(archive.read(str(manifest.sbom.cyclonedx)))["bomFormat"] == "CycloneDX"
        assert b"Independent JPEG Group" in archive.read(str(manifest.notices))


def test_the_peer_refuses_it_under_another_key(bundle: Path, public_key: str) -> None:
    # With the right key's number, so that the signature itself is what is wrong.
    other = base64.b64decode(public_key)[:10] + bytes(SigningKey(bytes(32)).verify_key)
    loader = rustbridge.BundleLoader(public_key_override=base64.b64encode(other).decode())
    with pytest.raises(rustbridge.PluginException, match="signature verification failed"):
        loader.load(bundle)


def test_the_peer_refuses_a_changed_library(bundle: Path, public_key: str, tmp_path: Path) -> None:
    changed = tmp_path / "changed.rbp"
    with zipfile.ZipFile(bundle) as old, zipfile.ZipFile(changed, "w") as new:
        for name in old.namelist():
            content = old.read(name)
            new.writestr(name, content[:-1] + b"!" if name.endswith("libthumbox.so") else content)
    with pytest.raises(rustbridge.PluginException, match="Checksum verification failed"):
        rustbridge.BundleLoader(public_key_override=public_key).load(changed)


@pytest.mark.parametrize("variant", ["wasm", "native", "sandbox"])
def test_the_host_for_rust_makes_the_same_thumbnail(
    bundle: Path, public_key: str, variant: str, photo: bytes, tmp_path: Path
) -> None:
    source, out = tmp_path / "photo.jpg", tmp_path / "thumb.jpg"
    source.write_bytes(photo)
    example = os.environ.get("THUMBOX_BUNDLE_EXAMPLE")
    assert example, "`cargo xtask test` compiles the example and names it in THUMBOX_BUNDLE_EXAMPLE"
    subprocess.run([example, str(bundle), public_key, variant, str(source), str(out)], check=True)
    with thumbox.load("native") as plugin:
        assert out.read_bytes() == bytes(plugin.thumbnail(photo, 256, 256).data)
