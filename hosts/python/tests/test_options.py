"""The ends of each range that an option may be in."""

from __future__ import annotations

import json
import math
from typing import TYPE_CHECKING, Any

import pytest
from conftest import WORKSPACE

from thumbox._options import integer, seconds, waiting

if TYPE_CHECKING:
    import thumbox

CASES: list[dict[str, Any]] = json.loads((WORKSPACE / "testdata/options.json").read_text(encoding="utf-8"))


def test_whole_numbers_from_the_lowest_to_the_highest() -> None:
    assert [integer("n", value, 3, 5) for value in (3, 4, 5)] == [3, 4, 5]
    for value in (2, 6):
        with pytest.raises(ValueError, match=f"n is {value}; 3 to 5 is allowed"):
            integer("n", value, 3, 5)


def test_seconds_above_zero_up_to_the_highest() -> None:
    assert [seconds("t", value, 10.0) for value in (5e-324, 10, None)] == [5e-324, 10.0, None]
    for value in (-1, 0, math.nextafter(10.0, 11.0), math.inf, math.nan):
        with pytest.raises(ValueError, match="more than 0, up to 10, or None is allowed"):
            seconds("t", value, 10.0)


def test_seconds_to_wait_from_zero_to_the_highest() -> None:
    assert [waiting("t", value, 10.0) for value in (0, 10)] == [0.0, 10.0]
    for value in (-5e-324, math.nextafter(10.0, 11.0), math.inf, math.nan):
        with pytest.raises(ValueError, match="0 to 10 is allowed"):
            waiting("t", value, 10.0)


@pytest.mark.parametrize("case", CASES, ids=[json.dumps(case["options"]) for case in CASES])
def test_options_are_allowed_and_refused_as_in_every_language(
    plugins: dict[str, thumbox.Plugin], photo: bytes, case: dict[str, Any]
) -> None:
    if "refused" not in case:
        assert plugins["native"].thumbnail(photo, **case["options"]).data
        return
    with pytest.raises((TypeError, ValueError)) as caught:
        plugins["native"].thumbnail(photo, **case["options"])
    text = str(caught.value)
    assert text.startswith(f"{case['refused']} is ") or f"'{case['refused']}'" in text, text
