"""Buffers that hold addresses instead of bytes: none reaches a guest, or a file, by any door."""

from __future__ import annotations

import ctypes
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

import thumbox
from thumbox import wire
from thumbox._buffers import Parts

if TYPE_CHECKING:
    from collections.abc import Callable

Pair: Any = type("Pair", (ctypes.Structure,), {"_fields_": [("number", ctypes.c_int), ("object", ctypes.py_object)]})

ADDRESSES: dict[str, Callable[[], Any]] = {
    "objects": lambda: np.array([b"x", None, {}], object),
    "objects in two dimensions": lambda: np.array([[1, 2], [3, 4]], object),
    "a view of objects": lambda: memoryview(np.array([1, 2], object)),  # type: ignore[arg-type]
    "records with an object": lambda: np.zeros(2, [("a", "u4"), ("b", "O")]),
    "ctypes objects": ctypes.py_object * 2,
    "ctypes pointers": ctypes.POINTER(ctypes.c_int) * 2,
    "ctypes addresses": ctypes.c_void_p * 2,
    "ctypes texts": ctypes.c_char_p * 2,
    "ctypes wide texts": ctypes.c_wchar_p * 2,
    "ctypes functions": ctypes.CFUNCTYPE(None) * 2,
    "a ctypes structure with an object": Pair * 2,
}
PLAIN: dict[str, Callable[[], Any]] = {
    "complex": lambda: np.zeros(2, "c16"),
    "complex of single precision": lambda: np.zeros(2, "c8"),
    "complex of extended precision": lambda: np.zeros(2, np.clongdouble),
    "records with a name that is O": lambda: np.zeros(2, [("O", "u4"), ("P z", "u4")]),
    "text": lambda: np.array(["OP", "Xz"]),
    "flags": lambda: np.zeros(9, bool),
    "halves": lambda: np.zeros(9, "f2"),
}


@pytest.mark.parametrize("kind", ADDRESSES)
def test_addresses_are_no_bytes(kind: str) -> None:
    buffer = ADDRESSES[kind]()
    held = bytearray(b"x")
    with pytest.raises(
        TypeError, match=r"part 1 of the request is a \w+ of format .*addresses; plain bytes are allowed"
    ):
        Parts((held, buffer))
    held.append(0)  # it was let go


@pytest.mark.parametrize("kind", PLAIN)
def test_plain_items_of_any_type_are_bytes(kind: str) -> None:
    buffer = PLAIN[kind]()
    parts = Parts((buffer,))
    assert parts.total == buffer.nbytes
    parts.release()


def test_by_no_door(plugin: thumbox.Plugin) -> None:
    objects: Any = np.array([b"x", None, {}], object)
    doors: list[tuple[str, Callable[[], object]]] = [
        ("part 0 of the request", lambda: plugin.call_raw(1, objects)),
        ("image", lambda: plugin.thumbnail(objects)),
        ("image", lambda: plugin.thumbnails(objects, [(5, 5)])),
        ("image", lambda: plugin.probe(objects)),
        ("image", lambda: plugin.placeholder(objects)),
        ("image_data", lambda: wire.create_request(1, 1, 0, 85, objects)),
        ("image_data", lambda: wire.create_thumbnail(plugin, objects)),
        ("image_data", lambda: wire.create_thumbnail_timed(plugin, objects)),
        ("image_data", lambda: wire.create_thumbnail_sizes(plugin, objects, [(1, 1)])),
        ("image_data", lambda: wire.create_thumbnail_qualities(plugin, objects, 1, 1, [85])),
    ]
    for name, door in doors:
        with pytest.raises(TypeError, match=rf"^{name} is a ndarray of format 'O', which holds addresses"):
            door()
    assert plugin.stats().running == 0


def test_items_that_say_nothing_of_themselves_are_refused() -> None:
    times: Any = np.zeros(2, "M8[s]")
    with pytest.raises(
        ValueError, match=r"part 0 of the request, a ndarray, is not C-contiguous, or has items of which"
    ):
        Parts((times,))
    parts = Parts((times.view("u8"),))
    parts.release()
