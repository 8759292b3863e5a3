"""sharp, in a Node process that stays: it is told a file once, and measures what it makes of it by its own clock.

`cargo xtask bench` installs sharp where Node is there, and says in THUMBOX_NODE_MODULES where it is.
"""

from __future__ import annotations

import base64
import json
import os
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from typing_extensions import Self

__all__ = ["Sharp", "SharpError"]


class SharpError(Exception):
    """It is not there, or cannot read a picture."""


class Sharp:
    """The process, one thread wide; to be used in a `with`."""

    def __init__(self) -> None:
        """SharpError where Node or sharp is missing."""
        modules, node = os.environ.get("THUMBOX_NODE_MODULES"), shutil.which("node")
        if not modules or not node:
            raise SharpError("there is no Node, or this was not run by `cargo xtask bench`, which installs it")
        self._folder = tempfile.TemporaryDirectory(prefix="thumbox-bench-")
        self._file = Path(self._folder.name) / "picture"
        self._image: bytes | None = None
        self._process = subprocess.Popen(  # noqa: S603 -- our own script
            [node, str(Path(__file__).with_name("sharp.cjs")), modules],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, "UV_THREADPOOL_SIZE": "1"},
        )
        try:
            self._ask({})
        except SharpError:
            self.__exit__()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._process.communicate()
        self._folder.cleanup()

    def seconds(self, image: bytes, size: int, quality: int) -> float:
        """What a JPEG of that size took."""
        self._load(image)
        return float(self._ask({"size": size, "quality": quality})["seconds"])

    def animation(self, image: bytes, size: int, quality: int) -> tuple[bytes, float]:
        """The animated WebP, at most so wide and high, and the seconds that it took."""
        self._load(image)
        reply = self._ask({"size": size, "quality": quality, "animated": True})
        return base64.b64decode(reply["data"]), float(reply["seconds"])

    def mozjpeg(self, raw: bytes, sides: tuple[int, int], quality: int, subsampling: str) -> tuple[bytes, float]:
        """The JPEG that its mozjpeg makes of samples in RGB, and the seconds that it took."""
        self._load(raw)
        raw_is = dict(zip(("width", "height"), sides, strict=True))
        reply = self._ask({"raw": {**raw_is, "channels": 3}, "quality": quality, "subsampling": subsampling})
        return base64.b64decode(reply["data"]), float(reply["seconds"])

    def pixels(self, image: bytes, size: int) -> NDArray[np.uint8]:
        """The reduction's, as RGB."""
        self._load(image)
        reply = self._ask({"size": size, "pixels": True})
        shape = (reply["height"], reply["width"], reply["channels"])
        samples = np.frombuffer(base64.b64decode(reply["data"]), np.uint8).reshape(shape)
        return np.broadcast_to(samples, (*shape[:2], 3))

    def _load(self, image: bytes) -> None:
        if image is not self._image:
            self._file.write_bytes(image)
            self._ask({"file": str(self._file)})
            self._image = image

    def _ask(self, question: dict[str, object]) -> dict[str, Any]:
        assert self._process.stdin is not None  # noqa: S101 -- both are pipes
        assert self._process.stdout is not None  # noqa: S101 -- as above
        try:
            self._process.stdin.write(json.dumps(question) + "\n")
            self._process.stdin.flush()
            line = self._process.stdout.readline()
        except OSError as error:
            raise SharpError(f"its process has ended: {error}") from None
        if not line:
            raise SharpError("its process has ended")
        reply: dict[str, Any] = json.loads(line)
        if "error" in reply:
            raise SharpError(str(reply["error"]))
        return reply
