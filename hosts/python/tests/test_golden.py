"""The golden set through every door of this host: native, the fast path, and wasmtime-py's typed component API."""

from __future__ import annotations

from typing import NamedTuple

import pytest
import wasmtime
from conftest import WORKSPACE
from wasmtime import component

import thumbox

GOLDEN = WORKSPACE / "testdata/golden"


class Case(NamedTuple):
    """A request and its answer: the reply's bytes, or the error's text where `code` is not 0."""

    name: str
    message_id: int
    code: int
    header: bytes
    source: str

    @property
    def request(self) -> bytes:
        return self.header + ((GOLDEN / "sources" / self.source).read_bytes() if self.source != "-" else b"")

    @property
    def answer(self) -> bytes:
        return (GOLDEN / "replies" / self.name).read_bytes()


def read(line: str) -> Case:
    """A line of the table; `testdata/golden.rs` says what stands in it."""
    name, message_id, code, header, source = line.split("\t")
    return Case(name, int(message_id), int(code), bytes.fromhex(header.removeprefix("-")), source)


@pytest.fixture
def plugin(plugin: thumbox.Plugin, monkeypatch: pytest.MonkeyPatch) -> thumbox.Plugin:
    """Without further components: the set has the base's answers."""
    monkeypatch.setattr("thumbox.sandbox.pool.FURTHER", ())
    return plugin


CASES = [read(line) for line in (GOLDEN / "cases.tsv").read_text().splitlines()]


@pytest.mark.parametrize("case", CASES, ids=[case.name for case in CASES])
def test_call_raw_gives_the_golden_answer(plugin: thumbox.Plugin, case: Case) -> None:
    code, answer = 0, b""
    try:
        answer = bytes(plugin.call_raw(case.message_id, case.request))
    except thumbox.PluginError as error:
        code, answer = error.code, error.message.encode()
    assert code == case.code
    assert answer == case.answer


@pytest.mark.parametrize("case", CASES, ids=[case.name for case in CASES])
def test_parts_cut_anywhere_are_the_same_request(plugin: thumbox.Plugin, case: Case) -> None:
    request = case.request
    for cut in {0, 1, 24, len(request) // 2, len(request)}:
        parts = (request[:cut], memoryview(bytearray(request))[cut:])
        if case.code == 0:
            assert plugin.call_raw(case.message_id, *parts) == case.answer
        else:
            with pytest.raises(thumbox.PluginError) as caught:
                plugin.call_raw(case.message_id, *parts)
            assert caught.value.code == case.code
            # An image that itself comes in parts has to be joined, which is charged and leaves less.
            assert case.code == 301 or caught.value.message.encode() == case.answer


@pytest.fixture(scope="module")
def typed() -> tuple[wasmtime.Store, component.Func]:
    """The component as wasmtime-py itself calls components."""
    from thumbox._locate import artifact

    engine = wasmtime.Engine()
    store = wasmtime.Store(engine)
    whole = component.Component.from_file(engine, artifact("wasm", None))
    instance = component.Linker(engine).instantiate(store, whole)
    transport = instance.get_export_index(store, "thumbox:plugin/transport@0.1.0")
    index = instance.get_export_index(store, "call", transport)
    assert index is not None
    function = instance.get_func(store, index)
    assert function is not None
    return store, function


@pytest.mark.parametrize("case", CASES, ids=[case.name for case in CASES])
def test_the_typed_component_api_gives_it_too(typed: tuple[wasmtime.Store, component.Func], case: Case) -> None:
    store, function = typed
    answer = function(store, case.message_id, case.request)
    function.post_return(store)
    if case.code == 0:
        assert bytes(answer) == case.answer
    else:
        assert (answer.code, answer.message.encode()) == (case.code, case.answer)
