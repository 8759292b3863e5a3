"""A small file that asks for a great deal ends with a limit's error, in memory and in time that are bounded."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import bombs
import pytest

MIB = 1 << 20


def outcomes(variant: str, kind: str) -> list[dict[str, Any]]:
    command = [sys.executable, "-W", "error", str(Path(bombs.__file__)), variant, kind]
    result = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)
    assert (result.returncode, result.stderr) == (0, "")
    found = [json.loads(line) for line in result.stdout.splitlines()]
    formats = {one["name"].split()[0] for one in found}
    assert formats == ({"png"} if kind == "hidden" else {"png", "webp", "gif", "bmp", "tiff", "jpeg"})
    return found


@pytest.mark.parametrize(("kind", "code"), [("pixels", 300), ("memory", 301)])
def test_a_bomb_is_refused_by_what_it_claims(variant: str, kind: str, code: int) -> None:
    for outcome in outcomes(variant, kind):
        assert outcome["code"] == code, outcome
        # Refused before it is decoded: there is little to hold, and a sandbox that is new.
        assert outcome["memory"] < 24 * MIB, outcome


def test_a_bomb_that_takes_long_is_stopped_at_its_deadline() -> None:
    for outcome in outcomes("wasm", "time"):
        assert outcome["code"] == 10, outcome
        # The deadline and a tenth of a second, with slack for a machine that does other things, too.
        assert bombs.TIMEOUT <= outcome["seconds"] < bombs.TIMEOUT + 3, outcome
        assert outcome["memory"] < 512 * MIB, outcome


def test_what_is_hidden_beside_a_picture_is_bounded(variant: str) -> None:
    for outcome in outcomes(variant, "hidden"):
        assert outcome["code"] in (0, 201, 202, 301), outcome
        assert outcome["memory"] < 64 * MIB, outcome
