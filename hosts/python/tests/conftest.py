"""What the tests share: both variants, and pictures."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import skimage

import thumbox

if TYPE_CHECKING:
    from collections.abc import Iterator

VARIANTS = ("native", "wasm")
WORKSPACE = Path(__file__).parents[3]
# Compiled components are kept here, and not where the user's own are.
os.environ["XDG_CACHE_HOME"] = str(WORKSPACE / "target" / "python-cache")
PHOTOS = Path(skimage.__file__).parent / "data"


@pytest.fixture(autouse=True)
def without_the_add_on(monkeypatch: pytest.MonkeyPatch) -> None:
    """Tests do not find the add-on for HEIC that benchmarks install beside the package."""
    monkeypatch.setattr("thumbox._locate.find_spec", lambda _: None)


@pytest.fixture(params=VARIANTS)
def variant(request: pytest.FixtureRequest) -> str:
    """Each variant in turn."""
    return str(request.param)


@pytest.fixture(scope="session")
def plugins() -> Iterator[dict[str, thumbox.Plugin]]:
    """One plugin of each variant for all tests that leave it as it was."""
    with thumbox.load("native") as native, thumbox.load("wasm") as wasm:
        yield {"native": native, "wasm": wasm}


@pytest.fixture
def plugin(variant: str, plugins: dict[str, thumbox.Plugin]) -> thumbox.Plugin:
    """The shared plugin of a variant."""
    return plugins[variant]


@pytest.fixture(scope="session")
def photo() -> bytes:
    """A photograph: 640 x 427, JPEG."""
    return (PHOTOS / "rocket.jpg").read_bytes()


@pytest.fixture(scope="session")
def png() -> bytes:
    """Another: 512 x 512, PNG."""
    return (PHOTOS / "astronaut.png").read_bytes()


@pytest.fixture(scope="session")
def testing_artifacts() -> Path:
    """The builds that know one message more, which panics."""
    folder = Path(os.environ.get("THUMBOX_TESTING_ARTIFACTS") or WORKSPACE / "target/artifacts-testing")
    assert (folder / "thumbox.wasm").is_file(), f"`cargo xtask build --testing` has not filled {folder}"
    return folder


@pytest.fixture(scope="session")
def sandbox_library(testing_artifacts: Path) -> Path:
    """The library that has the component inside, behind the native plugin's symbols."""
    names = ("libthumbox_sandbox.so", "libthumbox_sandbox.dylib", "thumbox_sandbox.dll")
    return next(file for name in names if (file := testing_artifacts / name).is_file())


@pytest.fixture
def testing_plugin(variant: str, testing_artifacts: Path) -> Iterator[thumbox.Plugin]:
    """A plugin that panics when it is asked to."""
    names = {"wasm": ["thumbox.wasm"], "native": ["libthumbox.so", "libthumbox.dylib", "thumbox.dll"]}
    path = next(file for name in names[variant] if (file := testing_artifacts / name).is_file())
    with thumbox.load(variant, path=path) as plugin:
        yield plugin
