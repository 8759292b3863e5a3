"""10,000 requests through a dispatcher and two workers, one in ten hostile: each is answered, and nothing grows."""

from __future__ import annotations

import asyncio
import os
import random
import time
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from thumbox_ros import RosError, ZClient, encode, thumbox_interfaces
from thumbox_ros._native import Get

if TYPE_CHECKING:
    from collections.abc import Callable

    from conftest import Program

Thumbnail = thumbox_interfaces.Thumbnail
MIB = 1 << 20


def resident(pid: int) -> int:
    """Bytes of memory that a process has."""
    return int(Path(f"/proc/{pid}/statm").read_text(encoding="ascii").split()[1]) * os.sysconf("SC_PAGESIZE")


def descriptors(pid: int) -> int:
    return sum(1 for _ in Path(f"/proc/{pid}/fd").iterdir())


def hostile(rng: random.Random, photo: bytes) -> bytes:
    """The bytes of a request that is wrong somewhere."""
    good = encode(Thumbnail.Request(image=photo, width=32))
    kind = rng.randrange(5)
    if kind == 0:
        return good[: rng.randrange(len(good))]
    if kind == 1:
        return good[:4] + b"\xff\xff\xff\xff" + good[8:]
    if kind == 2:
        return rng.randbytes(200)
    if kind == 3:
        return encode(Thumbnail.Request(image=rng.randbytes(500), width=32))
    spoilt = bytearray(photo)
    for _ in range(30):
        spoilt[rng.randrange(len(spoilt))] = rng.randrange(256)
    return encode(Thumbnail.Request(image=bytes(spoilt), width=32))


async def call(client: ZClient, request: Any) -> str:
    response = await client.call_async(request, timeout=120)
    return "thumbnail" if response.code == 0 else f"code {response.code // 100}xx"


async def attack(client: ZClient, data: bytes) -> str:
    # A dispatcher that is full says so; whoever asks then has its answer, too.
    query = Get(client.session, client.key, data, 120.0)
    _, reply = await asyncio.to_thread(query.wait, 121.0)
    return "no reply" if reply is None else "error" if reply.err is not None else "reply"


def run(client: ZClient, count: int, photo: bytes) -> Counter[str]:
    """So many requests, 16 at a time."""
    rng = random.Random(count)
    outcomes: Counter[str] = Counter()
    request = Thumbnail.Request(image=photo, width=32)

    async def main() -> None:
        numbers = iter(range(count))

        async def caller() -> None:
            for number in numbers:
                if number % 10 == 9:
                    outcomes[f"hostile: {await attack(client, hostile(rng, photo))}"] += 1
                    continue
                try:
                    outcomes[await call(client, request)] += 1
                except RosError as error:
                    outcomes[str(error)] += 1

        await asyncio.gather(*(caller() for _ in range(16)))

    asyncio.run(main())
    return outcomes


def soak(start: Callable[..., Program], contexts: Any, router: str, domain: int, photo: bytes, count: int) -> None:
    connection = ("--connect", router, "--domain", str(domain), "--metrics", "0")
    programs = [start("dispatch", *connection)]
    programs += [start("worker", "--isolation", "pool", "--slots", "2", *connection) for _ in range(2)]
    for program in programs:
        program.line("ready:")
    client = contexts().create_node("client").build().create_client("/thumbnail", Thumbnail)
    assert client.wait_for_service()
    time.sleep(1)
    pids = [os.getpid(), *(program.process.pid for program in programs)]
    run(client, min(1000, count), photo)
    before = [(resident(pid), descriptors(pid)) for pid in pids]
    began = time.monotonic()
    outcomes = run(client, count, photo)
    took = time.monotonic() - began
    after = [(resident(pid), descriptors(pid)) for pid in pids]
    # A soak shows what it measured also where it passes.
    print(f"\n{count} requests in {took:.0f} s: {dict(outcomes)}")  # noqa: T201
    for name, (old, files), (new, more) in zip(("client", "dispatch", "worker", "worker"), before, after, strict=True):
        print(f"{name}: {old / MIB:.0f} -> {new / MIB:.0f} MiB, {files} -> {more} descriptors")  # noqa: T201
        assert new - old < 48 * MIB, name
        assert more - files < 10, name
    assert outcomes.total() == count
    assert outcomes["thumbnail"] == count - count // 10
    # A hostile request is an error, or a response with a code; and some spoilt pictures are pictures still.
    allowed = {"thumbnail", "hostile: error", "hostile: reply"}
    assert set(outcomes) <= allowed, outcomes
    for program in programs:
        assert program.process.poll() is None


def test_requests_and_hostile_ones(start: Any, contexts: Any, router: str, domain: int, photo: bytes) -> None:
    soak(start, contexts, router, domain, photo, 1000)


@pytest.mark.soak
def test_ten_thousand_requests(start: Any, contexts: Any, router: str, domain: int, photo: bytes) -> None:
    soak(start, contexts, router, domain, photo, 10_000)
