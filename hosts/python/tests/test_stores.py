"""Pictures in the stores that fsspec knows: its memory in this process, and a real server that speaks S3."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import fsspec
import pytest
from environments import environment

from thumbox.cli.main import main
from thumbox.cli.stores import Stored, location, whole

if TYPE_CHECKING:
    from collections.abc import Iterator

    import thumbox

HERE = Path(__file__).parent


@pytest.fixture
def memory(photo: bytes) -> Iterator[Any]:
    store = fsspec.filesystem("memory")
    for name in ("a.jpg", "deep/b.JPG", "deep/._b.jpg", "notes.txt"):
        store.pipe_file(f"/photos/{name}", photo)
    store.pipe_file("/photos/broken.jpg", b"neither")
    yield store
    store.store.clear()
    store.pseudo_dirs[:] = [""]


def make(*arguments: str) -> int:
    return main(["make", *arguments, "--variant", "native", "--size", "64"])


def test_from_store_to_store(
    memory: Any, plugins: dict[str, thumbox.Plugin], photo: bytes, capsys: pytest.CaptureFixture[str]
) -> None:
    assert make("memory://photos", "-o", "memory://thumbs") == 1
    said = capsys.readouterr()
    assert sorted(memory.find("/thumbs")) == ["/thumbs/a.jpg", "/thumbs/deep/b.jpg"]
    assert memory.cat_file("/thumbs/a.jpg") == bytes(plugins["native"].thumbnail(photo, 64, 64).data)
    assert said.out.startswith("2 thumbnails in memory:///thumbs, ")
    assert "failed: memory:///photos/broken.jpg: it is in no image format that is read (code 200)" in said.err
    assert "passed over: .txt: 1" in said.err
    assert "1 file of macOS's" in said.err


def test_what_is_up_to_date_is_kept(memory: Any, capsys: pytest.CaptureFixture[str], photo: bytes) -> None:
    for count in ("2 thumbnails in", "0 thumbnails in"):
        assert make("memory://photos", "-o", "memory://photos/thumbs") == 1
        assert capsys.readouterr().out.startswith(count)
    memory.pipe_file("/photos/a.jpg", photo)
    assert make("memory://photos/a.jpg", "-o", "memory://photos/thumbs") == 1
    assert "is older than the picture; --update replaces it" in capsys.readouterr().err
    assert make("memory://photos/a.jpg", "-o", "memory://photos/thumbs", "--update") == 0


def test_between_a_store_and_files(memory: Any, tmp_path: Path, photo: bytes) -> None:
    lists = [part for name in ("sheet", "srcset", "manifest") for part in (f"--{name}", str(tmp_path / name))]
    assert make("memory://photos", "-o", str(tmp_path / "thumbs"), *lists) == 1
    assert (tmp_path / "thumbs" / "deep" / "b.jpg").is_file()
    assert 'href="memory:///photos/a.jpg"' in (tmp_path / "sheet").read_text()
    [first, *_] = json.loads((tmp_path / "manifest").read_text())["pictures"]
    assert first["file"] == "memory:///photos/a.jpg"
    (tmp_path / "c.jpg").write_bytes(photo)
    assert make(str(tmp_path / "c.jpg"), "-o", "memory://made/c.webp") == 0
    assert memory.cat_file("/made/c.webp")[8:12] == b"WEBP"
    assert make(f"file://{tmp_path}/c.jpg", "-o", f"file://{tmp_path}/one") == 0
    assert (tmp_path / "one" / "c.jpg").is_file()


def test_failures_of_files_and_of_stores_together(
    memory: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert memory.exists("/photos/broken.jpg")
    (tmp_path / "broken.jpg").write_bytes(b"neither")
    assert make("memory://photos/broken.jpg", str(tmp_path / "broken.jpg"), "-o", str(tmp_path / "thumbs")) == 1
    assert capsys.readouterr().err.count("failed: ") == 2


def test_a_picture_is_never_replaced(memory: Any, photo: bytes, capsys: pytest.CaptureFixture[str]) -> None:
    assert make("memory://photos/a.jpg", "-o", "memory://photos", "--force") == 1
    assert "is one of the pictures" in capsys.readouterr().err
    assert memory.cat_file("/photos/a.jpg") == photo


def test_probe_and_placeholder(memory: Any, capsys: pytest.CaptureFixture[str]) -> None:
    assert memory.exists("/photos/a.jpg")
    assert main(["probe", "--json", "memory://photos/a.jpg", "--variant", "native"]) == 0
    assert json.loads(capsys.readouterr().out)[0]["width"] == 640
    assert main(["placeholder", "memory://photos/gone.jpg", "--variant", "native"]) == 1
    assert "gone.jpg" in capsys.readouterr().err


def test_what_names_no_location(memory: Any, capsys: pytest.CaptureFixture[str]) -> None:
    assert memory.exists("/photos/a.jpg")
    for name, words in (
        ("simplecache::memory://photos", "a chain of protocols is not allowed"),
        ("filecache://x::memory://photos", "a chain of protocols is not allowed"),
        ("nothing://photos", "Protocol not known: nothing"),
    ):
        assert make(name, "-o", "memory://thumbs") == 2
        assert words in capsys.readouterr().err
    assert not memory.exists("/thumbs/a.jpg")


def test_a_name_of_a_store_is_no_location(memory: Any, tmp_path: Path, photo: bytes) -> None:
    memory.pipe_file("/photos/file:/c.jpg", photo)
    assert make("memory://photos", "-o", str(tmp_path / "thumbs")) == 1
    assert sorted(path.name for path in (tmp_path / "thumbs").iterdir()) == ["a.jpg", "deep", "file:"]


def test_without_fsspec_the_extra_is_named() -> None:
    code = (
        "import sys; sys.modules['fsspec'] = None\n"
        "from thumbox.cli.main import main; sys.exit(main(['probe', 's3://a/b.jpg']))"
    )
    said = subprocess.run([sys.executable, "-c", code], check=False, capture_output=True, text=True)
    assert (said.returncode, said.stderr) == (
        2,
        "thumbox: s3://a/b.jpg: locations need fsspec; pip install 'thumbox[stores]'\n",
    )


def test_a_file_that_fails_halfway_is_not_there() -> None:
    class File:
        did: list[str]

        def __init__(self) -> None:
            self.did = []

        def __getattr__(self, name: str) -> Any:
            return lambda *_: self.did.append(name)

    class Store:
        protocol = "odd"

        def __init__(self) -> None:
            self.file = File()

        def open(self, path: str, mode: str, *, autocommit: bool) -> File:
            assert (path, mode, autocommit) == ("a", "wb", False)
            return self.file

    failing, working = Store(), Store()
    with pytest.raises(ZeroDivisionError), whole(Stored(failing, "a"), replace=True) as file:
        file.write(b"x" * (1 // len(failing.file.did)))
    assert failing.file.did == ["discard"]
    with whole(Stored(working, "a"), replace=True) as file:
        file.write(b"all")
    assert working.file.did == ["write", "close", "commit"]
    assert isinstance(location("C:/a"), Path)


def test_a_store_that_fails_is_told(
    memory: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(*_: object, **__: object) -> None:
        raise RuntimeError("no credentials")

    for method in ("isdir", "find", "exists", "open", "_open", "pipe_file"):
        monkeypatch.setattr(type(memory), method, fails)
    for arguments in (
        ["make", "memory://photos", "-o", str(tmp_path)],
        ["make", __file__, "-o", "memory://thumbs/one.jpg"],
        ["make", __file__, "-o", "memory://thumbs"],
        ["probe", "memory://photos/a.jpg"],
        ["batch", "memory://a.parquet", "memory://b.parquet", "--column", "image"],
    ):
        assert main([*arguments, "--variant", "native"]) in (1, 2)
        said = capsys.readouterr()
        assert "RuntimeError: no credentials" in said.err


@pytest.mark.soak
def test_a_server_that_speaks_s3(tmp_path: Path, photo: bytes, plugins: dict[str, thumbox.Plugin]) -> None:
    (tmp_path / "photo.jpg").write_bytes(photo)
    python = environment(HERE / "stores" / "s3.txt")
    command = [str(python), str(HERE / "stores" / "s3.py"), str(tmp_path / "photo.jpg")]
    program = subprocess.run(command, check=False, capture_output=True, text=True)
    assert program.returncode == 0, program.stderr
    results = json.loads(program.stdout.splitlines()[-1])
    assert results == {
        "first": 1,
        "names": ["photos/thumbs/a.jpg", "photos/thumbs/deep/b.jpg"],
        "second": 1,
        "kept": True,
        "bytes": bytes(plugins["native"].thumbnail(photo, 64, 64).data).hex(),
        "no bucket": 1,
        "buckets": ["photos"],
        "chain": 2,
        "probe": 0,
        "batch": 1,
        "parts": [],
        "paths": 1,
        "rows": [[[256, None], [None, 200], None], [[256, None], [None, None], [None, None]]],
    }
