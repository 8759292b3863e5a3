"""A JPEG's components as grey files of their own, so that samples can be compared before anything is widened.

jpegtran gives each component a scan of its own without a loss; what it writes is then cut into files.
"""

from __future__ import annotations

import re
import subprocess
import tempfile
from pathlib import Path

__all__ = ["planes"]

_FRAMES = {0xC0, 0xC1}
_SCAN = 0xDA
_END_OF_DATA = re.compile(rb"\xFF[^\x00\xD0-\xD7\xFF]")


def planes(file: Path, components: int) -> list[bytes]:
    """A file for each component, in the frame's order. OSError where jpegtran refuses."""
    with tempfile.TemporaryDirectory(prefix="thumbox-bench-") as folder:
        script = Path(folder) / "scans"
        script.write_text("".join(f"{component};\n" for component in range(components)))
        command = ["jpegtran", "-copy", "none", "-scans", str(script), str(file)]
        done = subprocess.run(command, capture_output=True, check=False)  # noqa: S603 -- of libjpeg-turbo
    if done.returncode:
        raise OSError(f"jpegtran: {done.stderr.decode(errors='replace').strip()}")
    return list(_cut(done.stdout).values())


def _cut(data: bytes) -> dict[int, bytes]:
    """Each scan with the tables before it, behind a frame of one component."""
    tables, frames, files = b"", {}, {}
    position = 2
    while position + 4 <= len(data) and data[position + 1] != 0xD9:
        marker, length = data[position + 1], int.from_bytes(data[position + 2 : position + 4], "big")
        segment = data[position : position + 2 + length]
        position += len(segment)
        if marker in _FRAMES:
            frames = _frames(segment)
        elif marker == _SCAN:
            end = _END_OF_DATA.search(data, position)
            stop = end.start() if end else len(data)
            component = segment[5]
            files[component] = b"\xff\xd8" + tables + frames[component] + segment + data[position:stop] + b"\xff\xd9"
            position = stop
        else:
            tables += segment
    return {component: files[component] for component in frames}


def _frames(segment: bytes) -> dict[int, bytes]:
    """A frame header for each component, as large as that component is."""
    height, width = int.from_bytes(segment[5:7], "big"), int.from_bytes(segment[7:9], "big")
    members = [segment[10 + 3 * index : 13 + 3 * index] for index in range(segment[9])]
    across, down = max(member[1] >> 4 for member in members), max(member[1] & 15 for member in members)
    frames = {}
    for identifier, factors, table in members:
        sides = (-(-height * (factors & 15) // down), -(-width * (factors >> 4) // across))
        body = b"\x08" + b"".join(side.to_bytes(2, "big") for side in sides) + bytes([1, identifier, 0x11, table])
        frames[identifier] = segment[:2] + (len(body) + 2).to_bytes(2, "big") + body
    return frames
