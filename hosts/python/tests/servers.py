"""Programs that serve HTTP on this machine: started, asked, measured and ended."""

from __future__ import annotations

import dataclasses
import http.client
import os
import signal
import socket
import subprocess
import threading
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from typing_extensions import Self

PATIENCE = 60.0
"""Seconds after which an answer hangs."""


@dataclass
class Answer:
    """What a server said."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    seconds: float


@dataclass
class Server:
    """Processes that belong together; one of them listens at `port`."""

    commands: Sequence[Sequence[str | Path]]
    port: int
    folder: Path
    environment: Mapping[str, str]
    log: Path
    peak: int = 0
    """The most bytes that its processes had together since the last `watch`."""
    field: str = "picture"
    """The name of the field in which files are sent."""
    started: list[subprocess.Popen[bytes]] = dataclasses.field(default_factory=list)
    _ended: threading.Event = dataclasses.field(default_factory=threading.Event)

    def __enter__(self) -> Self:
        try:
            for command in self.commands:
                self.started.append(self._start(command))
            self._wait()
        except BaseException:
            self._end()
            raise
        threading.Thread(target=self._sample, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        codes = self._end()
        assert codes == [0] * len(codes), (codes, self.said())

    def _start(self, command: Sequence[str | Path]) -> subprocess.Popen[bytes]:
        with self.log.open("ab") as log:
            return subprocess.Popen(
                command,
                cwd=self.folder,
                env=os.environ | {"PYTHONDONTWRITEBYTECODE": "1", **self.environment},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    def restart(self, number: int) -> None:
        """Ends one of its commands, and starts it again."""
        self.started[number].terminate()
        assert self.started[number].wait(PATIENCE) == 0, self.said()
        self.started[number] = self._start(self.commands[number])

    def await_line(self, ending: str) -> None:
        """Waits until it has written a line that ends so."""
        until = time.monotonic() + PATIENCE
        while not any(line.endswith(ending) for line in self.said().splitlines()):
            assert time.monotonic() < until, self.said()
            time.sleep(0.1)

    def said(self) -> str:
        """What it wrote."""
        return self.log.read_text(encoding="utf-8", errors="replace")

    def ask(self, method: str, path: str, **headers: str) -> Answer:
        """The answer to a request without a body."""
        return self._exchange(method, path, [], headers)

    def upload(self, path: str, file: bytes, *, chunked: bool = False, **headers: str) -> Answer:
        """The answer to a form with a file, as a browser sends it; `chunked`, without its length."""
        boundary = "a-line-between-parts"
        head = (
            f'--{boundary}\r\nContent-Disposition: form-data; name="{self.field}"; filename="picture"\r\n\r\n'.encode()
        )
        body = [head, file, f"\r\n--{boundary}--\r\n".encode()]
        headers["Content-Type"] = f"multipart/form-data; boundary={boundary}"
        if chunked:
            headers["Transfer-Encoding"] = "chunked"
            body = [b"%x\r\n%b\r\n" % (len(part), part) for part in body] + [b"0\r\n\r\n"]
        else:
            headers["Content-Length"] = str(sum(map(len, body)))
        return self._exchange("POST", path, body, headers)

    def _exchange(self, method: str, path: str, body: list[bytes], headers: Mapping[str, str]) -> Answer:
        start = time.monotonic()
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE)
        try:
            connection.putrequest(method, path)
            for name, value in headers.items():
                connection.putheader(name.replace("_", "-"), value)
            connection.endheaders()
            # A server may refuse a body before it has read it.
            with suppress(BrokenPipeError, ConnectionResetError):
                for part in body:
                    connection.send(part)
            response = connection.getresponse()
            # Names in lower case, once.
            told = {name.lower(): value for name, value in response.getheaders()}
            return Answer(response.status, told, response.read(), time.monotonic() - start)
        finally:
            connection.close()

    def processes(self) -> list[int]:
        """Every process of it that runs."""
        found = [process.pid for process in self.started]
        for parent in found:
            with suppress(OSError):
                for task in Path(f"/proc/{parent}/task").iterdir():
                    found += map(int, (task / "children").read_text(encoding="ascii").split())
        return found

    def processor_seconds(self) -> float:
        """Seconds that its processes ran, those that ended among them."""
        total = 0
        for process in self.processes():
            with suppress(OSError):
                words = Path(f"/proc/{process}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
                total += sum(map(int, words[11:15]))
        return total / os.sysconf("SC_CLK_TCK")

    def memory(self) -> int:
        """Resident bytes of its processes; a page that several share counts once."""
        total = 0
        for process in self.processes():
            with suppress(OSError):
                words = Path(f"/proc/{process}/smaps_rollup").read_text(encoding="ascii").split()
                total += int(words[words.index("Pss:") + 1]) << 10
        return total

    def watch(self) -> None:
        """Begins with a new peak."""
        self.peak = self.memory()

    def _sample(self) -> None:
        while not self._ended.wait(0.1):
            self.peak = max(self.peak, self.memory())

    def _wait(self) -> None:
        """Until it listens. The first start compiles the component."""
        until = time.monotonic() + 120
        while time.monotonic() < until:
            if any(process.poll() is not None for process in self.started):
                break
            with suppress(OSError), socket.create_connection(("127.0.0.1", self.port), 1):
                return
            time.sleep(0.05)
        pytest.fail(f"the server does not listen:\n{self.said()}")

    def _end(self) -> list[int]:
        """Ends it as systemd and Docker do, and returns its exit codes."""
        self._ended.set()
        for process in self.started:
            process.terminate()
        codes = []
        for process in self.started:
            try:
                codes.append(process.wait(30))
            except subprocess.TimeoutExpired:
                codes.append(-signal.SIGKILL)
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()
        return codes


def free_port() -> int:
    """A port at which nothing listens."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])
