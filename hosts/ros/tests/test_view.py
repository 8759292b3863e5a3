"""Views: bytes that are not copied, and a count of the copies that does not lie."""

from __future__ import annotations

import copy
import gc
import pickle
import tracemalloc
from array import array
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from thumbox_ros import PayloadView, encode, sensor_msgs

if TYPE_CHECKING:
    from collections.abc import Callable


def test_it_is_used_like_bytes() -> None:
    view = PayloadView.of(b"abcdef")
    assert (len(view), bool(view), view[0], view[-1], list(view[1:3])) == (6, True, 97, 102, [98, 99])
    assert isinstance(view[0], int)
    assert isinstance(view[1:4], PayloadView)
    assert (view[1:4], view[::2]) == (b"bcd", b"ace")
    assert view == b"abcdef"
    assert b"abcdef" == view  # noqa: SIM300 -- the other way round is another method
    assert (view != b"abcdeg") is True
    assert (view == "abcdef") is False
    assert memoryview(view).readonly
    assert memoryview(view)[2:4] == b"cd"
    assert np.frombuffer(view, np.uint8).tolist() == [*b"abcdef"]
    assert list(view) == [*b"abcdef"]
    with pytest.raises(IndexError):
        view[6]
    with pytest.raises(ValueError, match="read-only"):
        np.asarray(view)[0] = 1
    assert (97 in view, 5 in view, b"cd" in view, b"dc" in view) == (True, False, True, False)
    assert (view[2:4] in view, np.uint8(97) in view, 97 in view.reshape(2, 3)) == (True, True, True)
    with pytest.raises(TypeError):
        assert "cd" in view
    empty = PayloadView.of(b"")
    assert (len(empty), bool(empty), bytes(empty), empty == b"") == (0, False, b"", True)


def test_it_shows_the_memory_that_it_was_made_of() -> None:
    data = bytearray(b"abc")
    view = PayloadView.of(data)
    data[0] = 120
    assert view == b"xbc"
    with pytest.raises(ValueError, match="not contiguous"):
        PayloadView.of(memoryview(b"abcdef")[::2])
    assert PayloadView.of(array("H", [0, 1, 2])) == b"\0\0\1\0\2\0"


def test_slices_share_one_count() -> None:
    view = PayloadView.of(b"abcdef", copies=1)
    part = view[2:4]
    assert (view.copies, view.is_zero_copy) == (1, False)
    assert bytes(part) == b"cd"
    assert (view.copies, part.copies) == (2, 2)
    assert part.tobytes() == b"cd"
    assert view.copies == 3
    assert PayloadView.of(view).copies == 3
    own = PayloadView.of(b"abc")
    assert (own.whole, own[:].whole, PayloadView.of(bytearray(b"abc")).whole) == (b"abc", None, None)
    assert own.is_zero_copy
    assert repr(own) == "PayloadView(3 bytes: 61 62 63; copies=0)"
    assert pickle.loads(pickle.dumps(own)) == b"abc"


def test_it_is_a_numpy_array() -> None:
    view: Any = PayloadView.of(bytes(range(5)))
    assert (view.max(), view.sum(), np.mean(view)) == (4, 10, 2.0)
    assert (view[view > 2].tolist(), view[[1, 2]].tolist(), view[None].shape) == ([3, 4], [1, 2], (1, 5))
    assert view[...] == view
    assert (view + 1).tolist() == [1, 2, 3, 4, 5]
    assert view[1:3].view("<u2")[0] == 0x0201
    values, counts = np.unique(PayloadView.of(b"abcabc"), return_counts=True)
    assert (values.tolist(), counts.tolist()) == ([97, 98, 99], [2, 2, 2])
    assert np.concatenate([view, view]).tolist() == [0, 1, 2, 3, 4] * 2
    assert view.astype(object)[1] == 1
    assert [row.tolist() for row in view[1:].reshape(2, 2)] == [[1, 2], [3, 4]]
    assert pickle.loads(pickle.dumps(view.astype(float))).tolist() == [0.0, 1.0, 2.0, 3.0, 4.0]
    changed = view.copy()
    changed += 1
    assert (type(changed), changed.tolist()) == (PayloadView, [1, 2, 3, 4, 5])
    assert view.copies == 1
    assert repr(PayloadView(3)).endswith("copies=0)")


def test_a_copy_has_a_count_of_its_own() -> None:
    view = PayloadView.of(b"abc", copies=1)
    ways: list[Callable[[], Any]] = [view.copy, lambda: copy.copy(view), lambda: copy.deepcopy(view)]
    for number, way in enumerate(ways, 2):
        copied = way()
        assert (view.copies, copied.copies) == (number, number)
        assert not np.shares_memory(view, copied)
        bytes(copied)
        assert (view.copies, view[[0, 1]].copies) == (number, number + 1)
        np.zeros_like(view)
        view.argsort()
        assert view.copies == number


SIZE = 8 << 20


def allocated(act: Callable[[], object]) -> int:
    """How many times SIZE bytes were allocated, at the most at one time, and all of them kept."""
    gc.collect()
    tracemalloc.start()
    try:
        kept = act()
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    del kept
    return round(peak / SIZE)


def test_the_count_is_what_is_really_allocated() -> None:
    view = PayloadView.of(bytes(SIZE))
    for act, copies in (
        (lambda: view[1:], 0),
        (lambda: memoryview(view), 0),
        (lambda: view == view[:], 0),
        (lambda: sensor_msgs.CompressedImage(data=view), 0),
        (lambda: bytes(view), 1),
        (view.copy, 1),
        (lambda: encode(sensor_msgs.CompressedImage(data=view)), 1),
    ):
        before = view.copies
        action: Any = act
        assert (allocated(action), view.copies - before) == (copies, copies)
