"""Dispatchers and workers: who gets what, and what happens when one of them goes."""

from __future__ import annotations

import asyncio
import os
import signal
import threading
import time
from typing import TYPE_CHECKING, Any

import pytest
from conftest import refusal, until

from thumbox_ros import (
    Dispatcher,
    ServiceError,
    UnavailableError,
    Worker,
    ZClient,
    example_interfaces,
    thumbox_interfaces,
)
from thumbox_ros.thumbnails.scheduler import Job, Scheduler

if TYPE_CHECKING:
    from collections.abc import Iterator

    from conftest import Program

AddTwoInts = example_interfaces.AddTwoInts
Thumbnail = thumbox_interfaces.Thumbnail


def job(number: int) -> Job[str]:
    return Job(number, f"q{number}", 1, deadline=float(number))


def test_load_goes_to_whoever_is_free() -> None:
    scheduler: Scheduler[str] = Scheduler(attempts=3)
    scheduler.add(job(1))
    assert scheduler.assign() is None
    scheduler.join("a", 1)
    scheduler.join("b", 2)
    first = scheduler.assign()
    assert first is not None
    for number in (2, 3, 4):
        scheduler.add(job(number))
    given = [one.worker for one in (scheduler.assign(), scheduler.assign()) if one]
    assert sorted([first.worker or "", *map(str, given)]) == ["a", "b", "b"]
    assert scheduler.assign() is None
    scheduler.done(first.number, answered=True)
    fourth = scheduler.assign()
    assert fourth is not None
    assert (fourth.number, fourth.worker) == (4, first.worker)


def test_who_does_not_answer_is_asked_last_and_never_for_the_same() -> None:
    scheduler: Scheduler[str] = Scheduler(attempts=3)
    scheduler.join("a", 4)
    scheduler.join("b", 4)
    scheduler.add(job(1))
    first = scheduler.assign()
    assert first is not None
    bad = first.worker
    assert scheduler.done(1, answered=False) == (first, True)
    for number in (2, 3, 4):
        scheduler.add(job(number))
    again = [scheduler.assign() for _ in range(4)]
    assert [one.number for one in again if one] == [1, 2, 3, 4]
    assert bad not in [one.worker for one in again if one]
    # When nobody else is left, those that failed it get it again, up to the last attempt.
    scheduler.leave(again[0].worker or "" if again[0] else "")
    assert scheduler.done(1, answered=False)[1] is True
    last = scheduler.assign()
    assert last is not None
    assert (last.worker, last.attempt) == (bad, 3)
    assert scheduler.done(1, answered=False) == (last, False)


def test_what_waits_too_long_is_taken_out() -> None:
    scheduler: Scheduler[str] = Scheduler(attempts=1)
    for number in (5, 3, 9):
        scheduler.add(job(number))
    assert scheduler.next_deadline() == 3.0
    assert [one.number for one in scheduler.expired(5.0)] == [5, 3]
    assert (scheduler.waiting, scheduler.next_deadline()) == (1, 9.0)
    assert scheduler.done(77, answered=True) == (None, False)


@pytest.fixture
def client(contexts: Any) -> ZClient:
    """A client of /add, in a session of its own."""
    made: ZClient = contexts().create_node("client").build().create_client("add", AddTwoInts)
    return made


@pytest.fixture
def dispatcher(contexts: Any) -> Iterator[Dispatcher]:
    """A dispatcher of /add that owns the name."""
    with Dispatcher(contexts().create_node("dispatch").build(), "add", AddTwoInts, max_wait=2.0) as made:
        assert made.wait_until_owner()
        yield made


def add(request: Any) -> Any:
    return AddTwoInts.Response(sum=request.a + request.b)


def test_workers_share_the_requests(contexts: Any, client: ZClient, dispatcher: Dispatcher) -> None:
    assert client.wait_for_service()

    def slow(request: Any) -> Any:
        time.sleep(0.02)
        return add(request)

    workers = [Worker(contexts().create_node(f"w{n}").build(), "add", AddTwoInts, slow, slots=2) for n in range(2)]
    until(lambda: dispatcher.workers == 2)

    async def main() -> list[int]:
        calls = [client.call_async(AddTwoInts.Request(a=number, b=1)) for number in range(40)]
        return [response.sum for response in await asyncio.gather(*calls)]

    assert asyncio.run(main()) == list(range(1, 41))
    served = [worker.served for worker in workers]
    assert sum(served) == 40
    assert min(served) >= 10
    assert (dispatcher.stats.answered, dispatcher.stats.redone) == (40, 0)
    # One leaves, and the other goes on.
    workers[0].close()
    until(lambda: dispatcher.workers == 1)
    assert client.call(AddTwoInts.Request(a=1, b=1)).sum == 2
    workers[1].close()


def test_without_workers_a_request_waits_and_is_then_refused(
    contexts: Any, client: ZClient, dispatcher: Dispatcher
) -> None:
    assert client.wait_for_service()
    with pytest.raises(ServiceError, match="no worker has joined within 2 s"):
        client.call(AddTwoInts.Request())
    late: list[Worker] = []

    def join() -> None:
        late.append(Worker(contexts().create_node("late").build(), "add", AddTwoInts, add))

    timer = threading.Timer(0.3, join)
    timer.start()
    assert client.call(AddTwoInts.Request(a=2, b=3)).sum == 5
    timer.join()
    late[0].close()
    assert (dispatcher.stats.failed, dispatcher.stats.answered) == (1, 1)


def test_errors_of_a_worker_reach_the_client(contexts: Any, client: ZClient, dispatcher: Dispatcher) -> None:
    def refuse(request: Any) -> Any:
        if request.a:
            raise ServiceError("not today")
        raise ZeroDivisionError("by zero")

    with Worker(contexts().create_node("w").build(), "add", AddTwoInts, refuse) as worker:
        until(lambda: dispatcher.workers == 1)
        assert client.wait_for_service()
        with pytest.raises(ServiceError, match="not today"):
            client.call(AddTwoInts.Request(a=1))
        with pytest.raises(ServiceError, match="ZeroDivisionError: by zero"):
            client.call(AddTwoInts.Request())
        assert "a: byte 4: 8 bytes are needed; 1 are left" in refusal(client, b"\0\1\0\0\1")
        assert (worker.served, worker.failed, dispatcher.stats.errors) == (3, 3, 3)


def test_more_than_may_be_open_is_refused(contexts: Any, client: ZClient) -> None:
    node = contexts().create_node("dispatch").build()
    with Dispatcher(node, "add", AddTwoInts, max_pending=2, max_wait=1.0) as dispatcher:
        assert dispatcher.wait_until_owner()
        assert client.wait_for_service()

        async def main() -> list[Any]:
            calls = [client.call_async(AddTwoInts.Request(), timeout=5) for _ in range(5)]
            return await asyncio.gather(*calls, return_exceptions=True)

        texts = sorted(str(outcome) for outcome in asyncio.run(main()))
        assert sum("requests of" in text and "call again later" in text for text in texts) == 3
        assert sum("no worker has joined" in text for text in texts) == 2
        assert dispatcher.stats.refused == 3
    for wrong in ({"max_pending": 0}, {"attempts": True}, {"max_wait": 0}, {"worker_timeout": 1e9}):
        arguments: Any = wrong
        with pytest.raises(ValueError, match=f"{next(iter(wrong))} is "):
            Dispatcher(node, "add", AddTwoInts, **arguments)
    with pytest.raises(ValueError, match="slots is 0; 1 to 1024"):
        Worker(node, "add", AddTwoInts, add, slots=0)


def connection(router: str, domain: int) -> list[str]:
    return ["--connect", router, "--domain", str(domain), "--metrics", "0"]


def test_a_worker_that_is_killed_in_mid_request_has_it_redone_elsewhere(
    contexts: Any, start: Any, router: str, domain: int, photo: bytes
) -> None:
    """The first worker stands still, so that it is in mid-request when it dies; the second one answers."""
    dispatcher: Program = start("dispatch", *connection(router, domain))
    dispatcher.line("ready:")
    victim: Program = start("worker", "--variant", "native", *connection(router, domain))
    victim.line("ready:")
    client = contexts().create_node("client").build().create_client("/thumbnail", Thumbnail)
    assert client.wait_for_service()
    request = Thumbnail.Request(image=photo, width=64)
    assert client.call(request).width == 64
    os.kill(victim.process.pid, signal.SIGSTOP)
    answers: list[Any] = []
    caller = threading.Thread(target=lambda: answers.append(client.call(request, timeout=30)))
    caller.start()
    other: Program = start("worker", "--variant", "native", *connection(router, domain))
    other.line("ready:")
    time.sleep(0.2)
    assert answers == []
    victim.kill()
    caller.join(30)
    assert [(one.code, one.width, one.format) for one in answers] == [(0, 64, "jpeg")]
    assert "served=1 failed=0" in other.end()
    assert "redone=1" in dispatcher.end()


def test_a_worker_that_hangs_loses_its_request(contexts: Any, client: ZClient) -> None:
    release = threading.Event()

    def hang(_: object) -> Any:
        release.wait(20)
        return AddTwoInts.Response(sum=-1)

    node = contexts().create_node("dispatch").build()
    with (
        Dispatcher(node, "add", AddTwoInts, worker_timeout=0.5, attempts=2) as dispatcher,
        Worker(contexts().create_node("hangs").build(), "add", AddTwoInts, hang, slots=4),
    ):
        assert dispatcher.wait_until_owner()
        until(lambda: dispatcher.workers == 1)
        assert client.wait_for_service()
        with pytest.raises(ServiceError, match="2 workers were given this request; none of them answered"):
            client.call(AddTwoInts.Request())
        with Worker(contexts().create_node("works").build(), "add", AddTwoInts, add) as good:
            until(lambda: dispatcher.workers == 2)
            # The one that hangs has strikes; the other one is asked first.
            for number in range(5):
                assert client.call(AddTwoInts.Request(a=number)).sum == number
            assert good.served == 5
        release.set()


def test_a_dispatcher_that_dies_leaves_an_error_and_its_successor_takes_over(
    contexts: Any, start: Any, router: str, domain: int, photo: bytes
) -> None:
    first: Program = start("dispatch", *connection(router, domain))
    first.line("ready:")
    second: Program = start("dispatch", "--name", "second", *connection(router, domain))
    client = contexts().create_node("client").build().create_client("/thumbnail", Thumbnail)
    assert client.wait_for_service()
    errors: list[BaseException] = []

    def call() -> None:
        try:
            client.call(Thumbnail.Request(image=photo), timeout=30)
        except UnavailableError as error:
            errors.append(error)

    # Nobody works yet, so the request is open when its dispatcher dies.
    caller = threading.Thread(target=call)
    caller.start()
    time.sleep(0.3)
    first.kill()
    caller.join(20)
    assert [str(error) for error in errors] == [
        "nobody answered at /thumbnail: there is no server of thumbox_interfaces/srv/Thumbnail, or it went away"
    ]
    second.line("ready:")
    start("worker", *connection(router, domain)).line("ready:")
    assert client.wait_for_service()
    assert client.call(Thumbnail.Request(image=photo, width=32), timeout=30).width == 32
    assert "owner=True" in second.end()


def test_only_the_first_dispatcher_owns_the_name(contexts: Any) -> None:
    def make(name: str) -> Dispatcher:
        return Dispatcher(contexts().create_node(name).build(), "add", AddTwoInts)

    first = make("first")
    assert first.wait_until_owner()
    second, third = make("second"), make("third")
    assert not second.wait_until_owner(1.0)
    assert not third.owns
    assert first.owns
    first.close()
    assert second.wait_until_owner() or third.wait_until_owner()
    assert second.owns != third.owns
    for one in (second, third, second):
        one.close()


def test_a_router_that_is_started_again_finds_the_pool_working(
    start: Any, domain: int, photo: bytes, contexts: Any
) -> None:
    program: Program = start("router", "--listen", "tcp/127.0.0.1:0")
    endpoint = program.line("routing at ").split()[0]
    start("dispatch", *connection(endpoint, domain)).line("ready:")
    start("worker", *connection(endpoint, domain)).line("ready:")

    def there(builder: Any) -> Any:
        return builder.with_connect_endpoints([endpoint]).with_mode("client")

    client = contexts(there).create_node("client").build().create_client("/thumbnail", Thumbnail)
    assert client.wait_for_service()
    request = Thumbnail.Request(image=photo, width=32)
    assert client.call(request, timeout=30).width == 32
    program.kill()
    with pytest.raises((UnavailableError, TimeoutError)):
        client.call(request, timeout=2)
    start("router", "--listen", endpoint).line("routing at ")
    end = time.monotonic() + 30
    answered = None
    while answered is None and time.monotonic() < end:
        try:
            answered = client.call(request, timeout=2)
        except (UnavailableError, TimeoutError):
            time.sleep(0.1)
    assert answered is not None
    assert answered.width == 32


def test_a_wrong_request_and_a_picture_that_is_none_are_answered(
    contexts: Any, start: Any, router: str, domain: int
) -> None:
    start("dispatch", *connection(router, domain)).line("ready:")
    start("worker", *connection(router, domain)).line("ready:")
    client = contexts().create_node("client").build().create_client("/thumbnail", Thumbnail)
    assert client.wait_for_service()
    for request, code, said in (
        (Thumbnail.Request(image=b"no picture"), 200, ""),
        (Thumbnail.Request(image=b"", format="gif"), 101, "format is 'gif'"),
        (Thumbnail.Request(image=b"", quality=101), 101, "quality is 101"),
        (Thumbnail.Request(image=b"", fit="cover"), 101, "it needs both sides"),
    ):
        response = client.call(request, timeout=30)
        assert response.code == code or code == 200 <= response.code < 300
        assert said in response.message
        assert len(response.data) == 0
