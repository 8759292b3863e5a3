"""What the tests share: a router in a process of its own, and contexts in domains that no other test uses."""

from __future__ import annotations

import contextlib
import itertools
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import pytest
import skimage

from thumbox_ros import ZClient, ZContext, ZContextBuilder, ZNode
from thumbox_ros._native import Get

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

PACKAGE = Path(__file__).parents[1]
WORKSPACE = PACKAGE.parents[1]
# Compiled components are kept here, and not where the user's own are.
os.environ["XDG_CACHE_HOME"] = str(WORKSPACE / "target" / "python-cache")
PHOTOS = Path(skimage.__file__).parent / "data"

_domains = itertools.count(1)
T = TypeVar("T")
LONGEST_WAIT = 30.0
"""Seconds that sessions are given to tell each other what is new."""


def until(look: Callable[[], T], seconds: float = LONGEST_WAIT) -> T:
    """Looks, asks or sends again and again, until something comes of it, which is returned.

    What one session declares reaches each other one in its own time, so that one may know what another does not yet.
    """
    end = time.monotonic() + seconds
    while not (found := look()):
        assert time.monotonic() < end, f"nothing came within {seconds:g} s"
        time.sleep(0.01)
    return found


def refusal(client: ZClient, payload: bytes | None) -> str:
    """The error that a service answers a request with that is no message."""
    is_done, reply = Get(client.session, client.key, payload, 5.0).wait(6.0)
    assert is_done
    assert reply is not None
    assert reply.err is not None
    return reply.err.to_bytes().decode()


class Program:
    """A program of ours that runs beside the test, and ends with it."""

    def __init__(self, *arguments: str) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "thumbox_ros", *arguments],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def line(self, start: str) -> str:
        """What follows `start` in the next line that begins so."""
        assert self.process.stdout is not None
        seen = []
        for line in self.process.stdout:
            seen.append(line)
            if line.startswith(start):
                return line[len(start) :].strip()
        raise AssertionError(f"no line begins with {start!r}: {''.join(seen)}")

    def end(self) -> str:
        """Asks it to end; what it printed since."""
        self.process.terminate()
        output, _ = self.process.communicate(timeout=30)
        assert self.process.returncode == 0, output
        return output

    def kill(self) -> None:
        """Ends it at once, as a crash would."""
        self.process.kill()
        self.process.communicate(timeout=30)


@pytest.fixture
def start() -> Iterator[Callable[..., Program]]:
    """Starts programs that end with the test."""
    started: list[Program] = []

    def program(*arguments: str) -> Program:
        started.append(Program(*arguments))
        return started[-1]

    yield program
    for one in started:
        if one.process.poll() is None:
            one.kill()


@pytest.fixture(scope="session")
def router() -> Iterator[str]:
    """The endpoint of a router."""
    program = Program("router", "--listen", "tcp/127.0.0.1:0")
    try:
        yield program.line("routing at ").split()[0]
    finally:
        program.kill()


@pytest.fixture
def domain() -> int:
    """A domain that no other test uses."""
    return next(_domains)


@pytest.fixture
def contexts(router: str, domain: int) -> Iterator[Callable[..., ZContext]]:
    """Makes contexts that end with the test; a change of their builder may be given."""
    with contextlib.ExitStack() as stack:

        def make(change: Callable[[ZContextBuilder], object] | None = None) -> ZContext:
            builder = ZContextBuilder().with_domain_id(domain).with_connect_endpoints([router])
            if change is not None:
                change(builder)
            return stack.enter_context(builder.build())

        yield make


@pytest.fixture
def nodes(contexts: Callable[..., ZContext]) -> tuple[ZNode, ZNode]:
    """Two nodes in sessions of their own."""
    return contexts().create_node("one").build(), contexts().create_node("two").build()


@pytest.fixture(scope="session")
def photo() -> bytes:
    """A photograph: 640 x 427, JPEG."""
    return (PHOTOS / "rocket.jpg").read_bytes()
