"""The JPEG decoder's samples before any resizing, by an example of the core that `cargo xtask bench` builds."""

from __future__ import annotations

import os
import subprocess
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["decoded_at", "decoder", "pnm", "run"]


def decoder() -> str:
    """Where it is."""
    ours = os.environ.get("THUMBOX_JPEG_AT")
    if not ours:
        raise SystemExit("THUMBOX_JPEG_AT does not say where our decoder is; `cargo xtask bench` builds it and does")
    return ours


def decoded_at(jpeg: bytes, samples: int) -> NDArray[np.uint8]:
    """A file with so many samples (8, 4, 3, 2 or 1) for each 8 of it: rows, columns and components."""
    with tempfile.TemporaryDirectory(prefix="thumbox-bench-") as folder:
        file = Path(folder) / "picture.jpg"
        file.write_bytes(jpeg)
        return pnm([decoder(), str(file), str(samples)])


def run(command: list[str], given: bytes = b"") -> bytes:
    done = subprocess.run(command, input=given, capture_output=True, check=False)  # noqa: S603 -- ours, or libjpeg-turbo's
    if done.returncode:
        # djpeg's 2 is a warning: what it shows of a broken file is no measure.
        raise ValueError(f"{Path(command[0]).name}: {done.stderr.decode(errors='replace').strip()}")
    return done.stdout


def pnm(command: list[str]) -> NDArray[np.uint8]:
    """The samples of a PGM, PPM or PAM that a program writes."""
    data = run(command)
    if data.startswith(b"P7"):
        header, samples = data.split(b"ENDHDR\n", 1)
        words = header.split()
        width, height, depth = (int(words[words.index(key) + 1]) for key in (b"WIDTH", b"HEIGHT", b"DEPTH"))
    else:
        kind, sides, _, samples = data.split(b"\n", 3)
        width, height = map(int, sides.split())
        depth = 1 if kind == b"P5" else 3
    return np.frombuffer(samples, np.uint8).reshape(height, width, depth)
