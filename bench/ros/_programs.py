"""Programs of ours that a benchmark runs beside itself."""

from __future__ import annotations

import contextlib
import subprocess
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["program", "ready"]


@contextlib.contextmanager
def program(*arguments: str) -> Iterator[subprocess.Popen[str]]:
    """A program of ours, until the end of the block."""
    process = subprocess.Popen([sys.executable, *arguments], stdout=subprocess.PIPE, text=True)
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def ready(process: subprocess.Popen[str], start: str = "ready") -> str:
    """Waits for the line that begins so; the rest of it."""
    assert process.stdout is not None
    for line in process.stdout:
        if line.startswith(start):
            return line[len(start) :].strip()
    raise SystemExit("a program has ended before it was ready")
