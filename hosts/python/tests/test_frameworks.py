"""The services of hosts/examples/frameworks, each in its own processes, and clients that send what strangers send."""

from __future__ import annotations

import ast
import io
import itertools
import json
import os
import re
import signal
import socket
import subprocess
import sys
import sysconfig
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import bombs
import pictures
import pytest
from conftest import PHOTOS, WORKSPACE
from environments import environment
from PIL import Image
from servers import PATIENCE, Answer, Server, free_port

import thumbox

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

pytestmark = pytest.mark.soak

FRAMEWORKS = WORKSPACE / "hosts/examples/frameworks"
DRIVERS = Path(__file__).parent / "drivers"
MIB = 1 << 20
MAX_UPLOAD = 4 * MIB
UPLOADS = 200
AT_ONCE = 50
GROWTH = 48 * MIB
"""What the second half of the uploads may take beyond the first: allocators, and which pictures meet."""

STATUS = {0: 200, 10: 504, 13: 503, 100: 413, 200: 415, 201: 422, 202: 422, 203: 415, 300: 413, 301: 413, 303: 413}


@dataclass
class Picture:
    """A file that is sent, and what comes of it."""

    name: str
    data: bytes
    status: int = 200
    thumbnail: bytes = b""
    chunked: bool = False


class Service:
    """How one of the programs is started, and spoken to."""

    name: str
    path = "/thumbnails"
    too_long_in_chunks = 413
    """What it answers to a body that is too long and does not say its length."""

    def __init__(self, data: Path) -> None:
        self.data = data
        self.folder = FRAMEWORKS / self.name
        self.python = environment(self.folder / "requirements.txt")

    def start(self, *, pillow: bool = False, **changed: str) -> Server:
        port = free_port()
        variables = {"MAX_UPLOAD": str(MAX_UPLOAD), "WEB_CONCURRENCY": "2"}
        variables |= {"DATA": str(self.data), "GALLERY_DATA": str(self.data)} | changed
        if pillow:
            variables |= {"PYTHONPATH": str(DRIVERS / "with_pillow"), "PILLOW_FROM": sysconfig.get_path("platlib")}
        return Server(self.commands(port), port, self.folder, variables, self.data / "log")

    def commands(self, port: int) -> list[list[str | Path]]:
        raise NotImplementedError

    def greet(self, server: Server) -> None:
        """What a client asks once."""

    def send(self, server: Server, picture: Picture) -> Answer:
        raise NotImplementedError


class FastApi(Service):
    name = "fastapi"

    def commands(self, port: int) -> list[list[str | Path]]:
        return [[self.python, "-m", "uvicorn", "uploads:app", "--workers", "2", "--port", str(port)]]

    def send(self, server: Server, picture: Picture) -> Answer:
        return server.upload(self.path, picture.data, chunked=picture.chunked)


class Django(Service):
    name = "django"
    path = "/"
    # Under WSGI a body without its length is none for Django, and its form has no file.
    too_long_in_chunks = 422
    token = ""

    def commands(self, port: int) -> list[list[str | Path]]:
        hooks = self.data / "hooks.py"
        hooks.write_text(
            "import sys\n"
            "def post_fork(server, worker):\n"
            "    print('forked with', sys.modules['gallery.uploads'].plugin, flush=True)\n"
        )
        serve: list[str | Path] = [
            self.python,
            "-m",
            "gunicorn",
            "gallery.wsgi",
            "--preload",
            "--threads",
            "8",
        ]
        return [[*serve, "--no-control-socket", "--config", str(hooks), "--bind", f"127.0.0.1:{port}"]]

    def greet(self, server: Server) -> None:
        found = re.search("csrftoken=(\\w+)", server.ask("GET", "/").headers["set-cookie"])
        assert found
        self.token = found[1]

    def send(self, server: Server, picture: Picture) -> Answer:
        headers = {"Cookie": f"csrftoken={self.token}", "X_CSRFToken": self.token}
        answer = server.upload(self.path, picture.data, chunked=picture.chunked, **headers)
        if answer.status != 302:
            return answer
        made = server.ask("GET", answer.headers["location"])
        return Answer(made.status, made.headers, made.body, answer.seconds + made.seconds)


class Celery(Service):
    name = "celery"

    def commands(self, port: int) -> list[list[str | Path]]:
        work: list[str | Path] = [self.python, "-W", "ignore", "-m", "celery", "--app", "tasks", "worker"]
        web: list[str | Path] = [self.python, "-m", "gunicorn", "web:app", "--workers", "2", "--threads", "8"]
        return [
            [*web, "--no-control-socket", "--bind", f"127.0.0.1:{port}"],
            [*work, "--concurrency", "2", "--loglevel", "INFO"],
        ]

    def greet(self, server: Server) -> None:
        # A worker that is ended before it is ready has no handler for that.
        server.await_line("ready.")

    def send(self, server: Server, picture: Picture) -> Answer:
        answer = server.upload(self.path, picture.data, chunked=picture.chunked)
        start, made = time.monotonic(), answer.headers.get("location", "")
        while answer.status == 202:
            assert time.monotonic() - start < PATIENCE, server.said()
            time.sleep(0.1)
            answer = server.ask("GET", made)
        return Answer(answer.status, answer.headers, answer.body, answer.seconds + time.monotonic() - start)


SERVICES: dict[str, type[Service]] = {one.name: one for one in (FastApi, Django, Celery)}


@pytest.fixture(params=SERVICES)
def service(request: pytest.FixtureRequest, tmp_path: Path) -> Service:
    return SERVICES[request.param](tmp_path)


# ---- what is sent


def good() -> Iterator[tuple[str, bytes]]:
    for photo in ("rocket.jpg", "astronaut.png", "chelsea.png", "hubble_deep_field.jpg"):
        yield photo, (PHOTOS / photo).read_bytes()
    picture = Image.open(PHOTOS / "coffee.png").convert("RGB")
    for name, size, options in (
        ("webp", picture.size, {"quality": 90}),
        ("jpeg", (4000, 3000), {"quality": 80}),
        ("jpeg", (3000, 2000), {"quality": 80, "progressive": True}),
        ("png", (1500, 1000), {}),
    ):
        file = io.BytesIO()
        picture.resize(size).save(file, name, **options)
        yield f"{name} {size}", file.getvalue()
    yield "stored on its side", pictures.turned((PHOTOS / "rocket.jpg").read_bytes(), 6)
    yield "cut in the middle", (PHOTOS / "rocket.jpg").read_bytes()[:50_000]
    yield "all transparent", pictures.transparent_png()
    yield "24 megapixels of nothing", bombs.encoded("PNG", 4900)


def hostile() -> Iterator[tuple[str, bytes]]:
    photo = (PHOTOS / "rocket.jpg").read_bytes()
    yield "a text", b"<script>alert(1)</script>" * 100
    yield "cut in its head", photo[:100]
    yield "a broken head", b"\x89PNG\r\n\x1a\n" + bytes(2000)
    yield "a GIF", bombs.encoded("GIF", 100)
    yield "a TIFF that asks for much", bombs.tiff(2**31, 2**31)
    for name, bomb in itertools.chain(bombs.by_pixels(), bombs.by_memory()):
        if name.startswith(("png", "webp", "jpeg")):
            yield f"bomb {name}", bomb
    yield "half a gigabyte in a profile", next(bombs.hidden())[1]


def as_thumbox_answers(name: str, data: bytes, plugin: thumbox.Plugin) -> Picture:
    try:
        made = bytes(plugin.thumbnail(data, 256, 256, format="webp", quality=80))
    except thumbox.PluginError as error:
        return Picture(name, data, STATUS[error.code])
    return Picture(name, data, 200, made)


@pytest.fixture(scope="module")
def everything() -> tuple[list[Picture], list[Picture]]:
    """Good pictures, and what only looks like some."""
    options: thumbox.LoadOptions = {"formats": ("jpeg", "png", "webp"), "max_pixels": 50_000_000}
    with thumbox.load(**options) as plugin:
        fine, harmful = ([as_thumbox_answers(*one, plugin) for one in kind()] for kind in (good, hostile))
    assert {one.status for one in fine} == {200}
    # A file that is damaged may have a thumbnail. The service says so, too.
    assert {413, 415, 422} <= {one.status for one in harmful}
    harmful.append(Picture("too long", bytes(MAX_UPLOAD + MIB), 413))
    return fine, harmful


def mixed(everything: tuple[list[Picture], list[Picture]], too_long_in_chunks: int) -> list[Picture]:
    """As many as are to be sent; each third is hostile."""
    fine, harmful = everything
    unsaid = Picture("too long, and does not say it", bytes(MAX_UPLOAD + MIB), too_long_in_chunks, chunked=True)
    one, another = itertools.cycle(fine), itertools.cycle([*harmful, unsaid])
    return [next(another if number % 3 == 2 else one) for number in range(UPLOADS)]


# ---- load


@pytest.mark.parametrize("engine", ["thumbox", "pillow"])
def test_under_load_each_upload_has_its_answer(
    service: Service, engine: str, everything: tuple[list[Picture], list[Picture]]
) -> None:
    pillow = engine == "pillow"
    sent = mixed(everything, service.too_long_in_chunks)
    with service.start(pillow=pillow) as server, ThreadPoolExecutor(AT_ONCE) as clients:
        service.greet(server)
        ask: Callable[[Picture], Answer] = lambda picture: service.send(server, picture)  # noqa: E731
        list(clients.map(ask, sent[:4]))
        busy, start, answers, peaks = server.processor_seconds(), time.monotonic(), list[Answer](), []
        for half in (sent[: UPLOADS // 2], sent[UPLOADS // 2 :]):
            server.watch()
            answers += clients.map(ask, half)
            peaks.append(server.peak)
        took, busy = time.monotonic() - start, server.processor_seconds() - busy
        waited = sorted(answer.seconds for answer in answers)
        # With pytest -s, and beside a failure.
        print(
            f"\n{service.name}, {engine}: {UPLOADS / took:.0f} uploads a second, {AT_ONCE} at once, "
            f"{1000 * busy / UPLOADS:.0f} ms of processors each; answers after {waited[UPLOADS // 2]:.1f} s (median) "
            f"and {waited[-1]:.1f} s (last); peaks of {peaks[0] / MIB:.0f} and {peaks[1] / MIB:.0f} MiB"
        )
        assert len(answers) == UPLOADS
        if pillow:
            assert {answer.status for answer in answers} <= {200, 413, 415, 422}
            return
        wrong = [
            (one.name, one.status, answer.status, answer.body[:200])
            for one, answer in zip(sent, answers, strict=True)
            if answer.status != one.status or (answer.status == 200 and answer.body != one.thumbnail)
        ]
        assert wrong == [], server.said()
        assert peaks[1] <= peaks[0] + GROWTH


# ---- one by one


def slow() -> Picture:
    """Several times the shortest timeout here, also where the clock's thread is woken late."""
    return Picture("slow", bombs.encoded("PNG", 7000))


def test_a_picture_that_takes_too_long_is_504(service: Service) -> None:
    with service.start(TIMEOUT="0.02") as server:
        service.greet(server)
        assert service.send(server, slow()).status == 504
        assert service.send(server, Picture("small", pictures.jpeg(16, 16))).status == 200


def test_what_finds_no_slot_is_503_and_may_come_again(service: Service) -> None:
    with service.start(MAX_WAIT="0", MAX_WAITING="0") as server, ThreadPoolExecutor(16) as clients:
        service.greet(server)
        answers = list(clients.map(lambda picture: service.send(server, picture), [slow()] * 16))
        busy = [answer for answer in answers if answer.status == 503]
        assert {answer.status for answer in answers} <= {200, 503}
        assert busy
        assert {answer.headers["retry-after"] for answer in busy} == {"5"}


def test_a_form_without_a_picture_is_422(service: Service) -> None:
    with service.start() as server:
        service.greet(server)
        server.field = "another"
        assert service.send(server, Picture("in another field", pictures.jpeg())).status == 422


def test_clients_that_go_away_cost_nothing(service: Service) -> None:
    with service.start() as server:
        service.greet(server)
        for _ in range(20):
            with socket.create_connection(("127.0.0.1", server.port), 10) as client:
                head = f"POST / HTTP/1.1\r\nHost: {server.port}\r\nContent-Length: {MIB}\r\n\r\n"
                client.sendall(head.replace(" / ", f" {service.path} ").encode() + bytes(1000))
        assert service.send(server, Picture("good", pictures.jpeg())).status == 200


def test_each_worker_of_uvicorn_has_a_plugin_from_its_lifespan(tmp_path: Path) -> None:
    service = FastApi(tmp_path)
    with service.start() as server, ThreadPoolExecutor(8) as clients:
        list(clients.map(lambda _: service.send(server, slow()), range(16)))
        told = [json.loads(server.ask("GET", "/health").body) for _ in range(40)]
        calls = {one["process"]: one["calls"] for one in told}
        assert len(calls) == 2
        assert sum(calls.values()) == 16
    assert server.said().count("Application startup complete") == 2
    assert server.said().count("Application shutdown complete") == 2


def test_gunicorn_forks_a_plugin_that_it_loaded_before(tmp_path: Path) -> None:
    service = Django(tmp_path)
    picture = Picture("good", pictures.jpeg())
    with service.start() as server, ThreadPoolExecutor(8) as clients:
        service.greet(server)
        assert {answer.status for answer in clients.map(partial(service.send, server), [picture] * 16)} == {200}
        gunicorn, *workers = server.processes()
        assert len(workers) == 2
        for worker in workers:
            os.kill(worker, signal.SIGKILL)
        until = time.monotonic() + 30
        while len(set(server.processes()) - {gunicorn, *workers}) < 2:
            assert time.monotonic() < until, server.said()
            time.sleep(0.1)
        assert {answer.status for answer in clients.map(partial(service.send, server), [picture] * 16)} == {200}
    forks = [line for line in server.said().splitlines() if line.startswith("forked with")]
    assert forks == ["forked with <thumbox plugin, wasm, open>"] * 4


def test_the_field_for_pictures_works_in_a_form_of_a_model(tmp_path: Path) -> None:
    service = Django(tmp_path)
    result = subprocess.run(
        [service.python, DRIVERS / "picture_field.py", PHOTOS / "rocket.jpg"],
        cwd=service.folder,
        env=os.environ | {"PYTHONPATH": str(service.folder), "GALLERY_DATA": str(tmp_path)},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert (result.returncode, result.stderr) == (0, "")
    assert result.stdout.splitlines() == ["256 x 171", "['415']", "kept", "cleared"]


def test_a_worker_that_is_restarted_loses_nothing(tmp_path: Path) -> None:
    service = Celery(tmp_path)
    with service.start() as server, ThreadPoolExecutor(16) as clients:
        service.greet(server)
        answers = clients.map(partial(service.send, server), [slow()] * 16)
        until = time.monotonic() + PATIENCE
        while not (made := list((tmp_path / "thumbnails").iterdir())):
            assert time.monotonic() < until, server.said()
            time.sleep(0.02)
        assert len(made) < 16
        server.restart(1)
        assert {answer.status for answer in answers} == {200}


# ---- the programs themselves


def test_the_container_is_built_as_it_is_promised() -> None:
    file = FRAMEWORKS / "fastapi/Dockerfile"
    linter = environment(Path(__file__).parent / "frameworks/hadolint.txt").with_name("hadolint")
    result = subprocess.run([linter, file], capture_output=True, text=True, timeout=60, check=False)
    assert (result.returncode, result.stdout, result.stderr) == (0, "", "")
    joined = re.sub(r"\\\n", " ", file.read_text(encoding="utf-8"))
    steps = [line.split(None, 1) for line in joined.splitlines() if line and not line.startswith("#")]
    [user] = [what for step, what in steps if step == "USER"]
    assert int(user) > 0
    [compiled] = re.findall(r"thumbox compile (\S+)", joined)
    assert f"THUMBOX_CACHE={compiled} " in joined
    names = [step for step, _ in steps]
    assert names.index("USER") < names.index("CMD")
    assert names.index("USER") > max(at for at, name in enumerate(names) if name == "RUN")


def test_what_was_compiled_with_the_image_is_what_runs(tmp_path: Path) -> None:
    compiled, home = tmp_path / "compiled", tmp_path / "home"
    subprocess.run([sys.executable, "-m", "thumbox", "compile", compiled], check=True, timeout=300)
    before = sorted(compiled.rglob("*"))
    service = FastApi(tmp_path)
    with service.start(THUMBOX_CACHE=str(compiled), XDG_CACHE_HOME=str(home)) as server:
        assert service.send(server, Picture("good", pictures.jpeg())).status == 200
    assert sorted(compiled.rglob("*")) == before
    assert not home.exists()


@pytest.mark.parametrize("name", SERVICES)
def test_the_programs_are_short_and_what_they_need_is_bounded(name: str) -> None:
    code = [line for file in (FRAMEWORKS / name).rglob("*.py") for line in file.read_text("utf-8").splitlines() if line]
    assert len(code) < 150
    needed = (FRAMEWORKS / name / "requirements.txt").read_text(encoding="utf-8").splitlines()
    assert all(re.fullmatch(r"[a-z-]+>=[\d.]+,<[\d.]+", line) for line in needed if not line.startswith("#"))


@pytest.mark.parametrize("name", SERVICES)
def test_the_page_has_the_statuses_of_the_program(name: str) -> None:
    text = (WORKSPACE / f"docs/guide/{name}.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| (\d{3}) \| [^|]* \| ([^|]*) \|$", text, re.MULTILINE)
    told = {int(code): int(status) for status, codes in rows for code in re.findall(r"\d+", codes)}
    program = {"fastapi": "uploads.py", "django": "gallery/uploads.py", "celery": "web.py"}[name]
    tree = ast.parse((FRAMEWORKS / name / program).read_text(encoding="utf-8"))
    names: dict[str, Any] = {}
    for one in tree.body:
        if isinstance(one, ast.Assign) and ast.unparse(one.targets[0]) in ("TOO_LARGE", "NOT_A_PICTURE", "STATUS"):
            exec(ast.unparse(one), names)
    assert told.items() >= names["STATUS"].items()
