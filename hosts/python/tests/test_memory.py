"""Ten thousand calls, half of them failing: no growth."""

from __future__ import annotations

import gc
import multiprocessing
import weakref
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

import pictures
import pytest

import thumbox

if TYPE_CHECKING:
    from collections.abc import Callable

MIB = 1 << 20


def resident() -> int:
    """This process's resident bytes."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * 4096


def one_round(plugin: thumbox.Plugin, image: bytes, number: int) -> None:
    """Eleven calls, five of them failing."""
    large = bytearray(300_000)
    works: list[Callable[[], object]] = [
        lambda: plugin.thumbnail(image, 16 + number % 16, 0),
        lambda: plugin.probe(image),
        lambda: plugin.placeholder(image),
        lambda: plugin.thumbnails(image, [(8, 8), (16, 16)], format="webp"),
        lambda: plugin.call_raw(thumbox.MSG_ECHO, b"part", large),
        lambda: plugin.call("plugin.info"),
    ]
    for good in works:
        good()
    fails: list[Callable[[], object]] = [
        lambda: plugin.thumbnail(image[: 30 + number % 100]),
        lambda: plugin.thumbnail(pictures.png_claiming(65535, 65535)),
        lambda: plugin.call_raw(thumbox.MSG_THUMBNAIL_CREATE, image),
        lambda: plugin.call_raw(number + 1000, large),
        lambda: plugin.call("no.such", {"a": number}),
    ]
    for bad in fails:
        with pytest.raises(thumbox.PluginError):
            bad()


def growth(variant: str, rounds: int) -> int:
    """By how many bytes this process grows."""
    image = pictures.jpeg(64, 48)
    with thumbox.load(variant) as plugin:
        for number in range(rounds // 10):  # caches, pools and the allocator's own ideas
            one_round(plugin, image, number)
        gc.collect()
        before = resident()
        for number in range(rounds):
            one_round(plugin, image, number)
        gc.collect()
        return resident() - before


def test_ten_thousand_calls_do_not_grow(variant: str) -> None:
    assert growth(variant, 1000) < 4 * MIB


def test_a_plugin_that_nobody_holds_ends_at_once(variant: str) -> None:
    gc.collect()
    gc.disable()
    try:
        plugin = thumbox.load(variant)
        plugin.call_raw(thumbox.MSG_ECHO, b"x")
        watched = weakref.ref(plugin)
        del plugin
        assert watched() is None
    finally:
        gc.enable()


def test_a_thousand_plugins_do_not_grow(variant: str) -> None:
    def load_and_leave(number: int) -> None:
        plugin = thumbox.load(variant)
        plugin.call_raw(thumbox.MSG_ECHO, bytes(100_000))
        if number % 2:
            plugin.close()  # the other half is left to the garbage collector

    for number in range(100):
        load_and_leave(number)
    gc.collect()
    before = resident()
    for number in range(1000):
        load_and_leave(number)
    gc.collect()
    assert resident() - before < 4 * MIB


def test_panics_do_not_grow(testing_plugin: thumbox.Plugin) -> None:
    def panic() -> None:
        with pytest.raises(thumbox.InternalError):
            testing_plugin.call_raw(2**32 - 1, bytes(1000))

    for _ in range(20):
        panic()
    gc.collect()
    before = resident()
    for _ in range(100):
        panic()
    gc.collect()
    assert resident() - before < 4 * MIB


@pytest.mark.soak
def test_a_hundred_thousand_calls_do_not_grow(variant: str) -> None:
    # In a process of its own: of what other tests have left in this one the system may bring back pages at any time.
    with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as alone:
        assert alone.submit(growth, variant, 10_000).result() < 6 * MIB
