"""One thumbnail in a process of its own, which ends when it takes too long or too much."""

from __future__ import annotations

import json
import math
import os
import resource
import select
import signal
import time
import traceback
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import thumbox

from . import jpeg

__all__ = ["KILL", "MAX_MEMORY", "REFUSED", "Cost", "measure"]

KILL = 60.0
"""Seconds of the processor that a call may take before its process is ended; of the clock, four times as many."""

MAX_MEMORY = 256 << 20
"""The default of the option of this name."""

REFUSED = range(300, 304)
"""Codes of a picture that is within no limit."""

BOX = 256
ADDRESSES = 8 << 30
"""Bytes that a process of the native variant may ask for. A sandbox has its own limit."""


@dataclass(frozen=True)
class Cost:
    """What a call took. `code` is 0 for a thumbnail, an error's, or None where its process did not end by itself."""

    code: int | None
    seconds: float
    """Of the processors, the system's too."""
    memory: int
    """Resident bytes at the most, beside what there were before the call."""
    message: str

    @property
    def ending(self) -> str:
        """For a table."""
        return {None: "ENDED", 0: "ok"}.get(self.code, str(self.code))


def measure(variant: str, file: bytes, output: thumbox.FormatName = "jpeg", *, kill: float = KILL) -> Cost:
    """A thumbnail in a box of 256 x 256, with the limits that hold where nobody sets others, but for the deadline."""
    reader, writer = os.pipe()
    start = time.monotonic()
    child = os.fork()
    if child == 0:
        # Nothing of the parent's may run here: no handlers at its end, no flushing.
        status = 1
        try:
            os.close(reader)
            os.write(writer, json.dumps(_call(variant, file, output, kill)).encode())
            status = 0
        except Exception:  # noqa: BLE001 -- whatever it is, it is shown, and is this process's end
            traceback.print_exc()
        finally:
            os._exit(status)
    os.close(writer)
    answer = b""
    if select.select([reader], [], [], 4 * kill + 10)[0]:
        answer = os.read(reader, 1 << 16)
    else:
        os.kill(child, signal.SIGKILL)
    os.close(reader)
    _, status, usage = os.wait4(child, 0)
    if answer:
        return Cost(**json.loads(answer))
    how = f"signal {os.WTERMSIG(status)}" if os.WIFSIGNALED(status) else f"status {os.WEXITSTATUS(status)}"
    message = f"its process ended by {how} after {time.monotonic() - start:.0f} s"
    return Cost(None, usage.ru_utime + usage.ru_stime, usage.ru_maxrss << 10, message)


def _call(variant: str, file: bytes, output: thumbox.FormatName, kill: float) -> dict[str, Any]:
    options: dict[str, Any] = {}
    processor = math.ceil(_seconds() + kill) + 1
    resource.setrlimit(resource.RLIMIT_CPU, (processor, processor))
    if variant == "native":
        resource.setrlimit(resource.RLIMIT_AS, (ADDRESSES, ADDRESSES))
    else:
        options["timeout"] = 4 * kill
    path = os.environ.get({"native": "THUMBOX_WORST_LIBRARY", "wasm": "THUMBOX_WORST_COMPONENT"}[variant])
    if path:
        # Another build than the package's.
        options["path"] = path
    with thumbox.load(variant, **options) as plugin:
        plugin.thumbnail(_SMALL, 2, 2)
        before = _peak(afresh=True)
        start = _seconds()
        code, message = 0, ""
        try:
            plugin.thumbnail(file, BOX, BOX, format=output)
        except thumbox.PluginError as error:
            code, message = error.code, str(error)
        return {
            "code": code,
            "seconds": _seconds() - start,
            "memory": _peak() - before,
            "message": message[:300],
        }


def _seconds() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def _peak(*, afresh: bool = False) -> int:
    """The most bytes that this process had resident; `afresh` begins a new count. Without /proc always the most."""
    try:
        if afresh:
            Path("/proc/self/clear_refs").write_text("5", encoding="ascii")
        status = Path("/proc/self/status").read_text(encoding="ascii")
    except OSError:
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss << 10
    return int(status.split("VmHWM:")[1].split()[0]) << 10


# What a library loads when it is first called is not the next picture's cost.
_SMALL = jpeg.single(64)
