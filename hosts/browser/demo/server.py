"""The demo page's server: files for this machine, and the server build's own thumbnails to compare with.

It listens on 127.0.0.1 alone and answers nobody else's pages. The native build answers, for it is local and the
pictures are one's own; a server for strangers' pictures would take `thumbox.load()`.

It needs the Python package `thumbox`: `cargo xtask demo --browser` installs it and starts this server with it. The page
itself needs nothing but a server of files.
"""

from __future__ import annotations

import argparse
import json
import mimetypes
import sys
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import thumbox

LONGEST = 64 << 20
"""Bytes of a request, as the hosts allow them."""

POLICY = (
    "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; worker-src 'self'; style-src 'self'; "
    "img-src 'self' blob:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)

TYPES = {".js": "text/javascript", ".wasm": "application/wasm", ".html": "text/html", ".css": "text/css"}


class Server(ThreadingHTTPServer):
    """Holds the files and the plugin that every request shares."""

    daemon_threads = True

    def __init__(self, port: int, site: Path, plugin: thumbox.Plugin) -> None:
        """Listens; PORT 0 is any that is free."""
        super().__init__(("127.0.0.1", port), Handler)
        # Only what is there at the start is ever read: no path of a request is one of a file.
        self.files = {f"/{path.relative_to(site).as_posix()}": path for path in site.rglob("*") if path.is_file()}
        self.plugin = plugin
        self.names = {f"{name}:{self.server_port}" for name in ("127.0.0.1", "localhost")}


class Handler(BaseHTTPRequestHandler):
    """One connection."""

    server: Server
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        """A file of the page, or `/build`: which build answers calls."""
        if not self._is_ours():
            return
        if self.path == "/build":
            self._json(HTTPStatus.OK, {"variant": self.server.plugin.variant, "version": thumbox.__version__})
            return
        name = self.path.partition("?")[0]
        path = self.server.files.get("/index.html" if name == "/" else name)
        if path is None:
            self._json(HTTPStatus.NOT_FOUND, {"message": "there is no such file"})
            return
        kind = TYPES.get(path.suffix) or mimetypes.guess_type(path.name)[0] or "application/octet-stream"
        self._answer(HTTPStatus.OK, kind, path.read_bytes())

    def do_POST(self) -> None:
        """`/call/ID`: the native build's reply to a binary request."""
        if not self._is_ours():
            return
        message_id = self.path.removeprefix("/call/")
        length = self.headers.get("Content-Length", "")
        if not (message_id.isdecimal() and length.isdecimal()):
            self._json(HTTPStatus.BAD_REQUEST, {"message": "a POST goes to /call/ID and says its length"})
            return
        if int(length) > LONGEST:
            self.close_connection = True
            message = f"the request has {length} bytes; {LONGEST} are allowed"
            self._json(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, {"code": 100, "message": message})
            return
        request = self.rfile.read(int(length))
        try:
            reply = self.server.plugin.call_raw(int(message_id), request)
        except thumbox.PluginError as error:
            answer = {"code": error.code, "message": error.message}
            self._json(HTTPStatus.UNPROCESSABLE_ENTITY, answer)
            return
        except ValueError as error:
            self._json(HTTPStatus.BAD_REQUEST, {"message": str(error)})
            return
        self._answer(HTTPStatus.OK, "application/octet-stream", reply)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 -- the name that the base class gave it
        """Nothing: the terminal is for the address."""

    def _is_ours(self) -> bool:
        """Whether this page asks, and not another that found the port, or a name that was made to lead here."""
        host, origin = self.headers.get("Host", ""), self.headers.get("Origin")
        if host in self.server.names and origin in {None, f"http://{host}"}:
            return True
        self.close_connection = True
        self._json(HTTPStatus.FORBIDDEN, {"message": "this server answers its own page alone"})
        return False

    def _json(self, status: HTTPStatus, content: dict[str, object]) -> None:
        self._answer(status, "application/json", json.dumps(content).encode())

    def _answer(self, status: HTTPStatus, kind: str, content: bytes | memoryview) -> None:
        self.send_response(status)
        self.send_header("Content-Type", f"{kind}; charset=utf-8" if kind.startswith("text/") else kind)
        self.send_header("Content-Length", str(len(content)))
        self.send_header("Content-Security-Policy", POLICY)
        self.send_header("X-Content-Type-Options", "nosniff")
        self.send_header("Referrer-Policy", "no-referrer")
        self.send_header("Cache-Control", "no-cache")
        self.end_headers()
        self.wfile.write(content)


def main() -> None:
    """Serves until it is interrupted, or its standard input ends where it was told so."""
    parser = argparse.ArgumentParser(description="Serves the demo page on 127.0.0.1.")
    parser.add_argument("site", type=Path, help="the folder with the page")
    parser.add_argument("--port", type=int, default=0, help="the port; any that is free, if none is given")
    parser.add_argument("--until-input-ends", action="store_true", help="for tests: end when standard input does")
    arguments = parser.parse_args()
    with thumbox.load("native", max_request=LONGEST) as plugin:
        server = Server(arguments.port, arguments.site, plugin)
        print(f"http://127.0.0.1:{server.server_port}/", flush=True)
        if arguments.until_input_ends:
            import threading  # noqa: PLC0415 -- tests only

            threading.Thread(target=server.serve_forever, daemon=True).start()
            sys.stdin.buffer.read()
            return
        try:
            server.serve_forever()
        except KeyboardInterrupt:
            print("stopped")


if __name__ == "__main__":
    main()
