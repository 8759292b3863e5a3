"""A FastAPI service that takes pictures from strangers and answers with a thumbnail in WebP.

    WEB_CONCURRENCY=2 uvicorn uploads:app
    curl -F picture=@photo.jpg -o thumb.webp 'http://127.0.0.1:8000/thumbnails?width=256&height=256'

docs/guide/fastapi.md says what every line of configuration is for.
"""

from __future__ import annotations

import os
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Annotated

from fastapi import FastAPI, Query, Request, Response, UploadFile
from fastapi.responses import JSONResponse

import thumbox

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

MAX_UPLOAD = int(os.environ.get("MAX_UPLOAD", str(20 << 20)))
"""Bytes of a picture."""
MAX_FORM = 16 << 10
"""Bytes of what a form has beside the picture."""
PROCESSES = int(os.environ.get("WEB_CONCURRENCY", "1"))
"""Workers. uvicorn takes their number from it, too."""

STATUS = {
    10: 504,  # the deadline passed
    13: 503,  # no slot freed up within max_wait
    100: 413,  # the file is longer than max_request
    101: 422,  # a parameter
    200: 415,  # not a picture
    201: 422,  # damaged
    202: 422,  # truncated
    203: 415,  # a format that `formats` does not allow
    204: 415,  # AVIF or HEIC, in a build without it
    300: 413,  # pixels
    301: 413,  # memory
    302: 413,  # the thumbnail's own size
    303: 413,  # work
    304: 413,  # frames
}
"""The HTTP status for an error's code; any other code is 500."""


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    """Loads the plugin when a worker starts, and closes it when the worker ends."""
    with thumbox.load(
        formats=("jpeg", "png", "webp"),
        max_pixels=50_000_000,
        max_request=MAX_UPLOAD,
        max_concurrent=max(1, (os.cpu_count() or 1) // PROCESSES),
        max_wait=float(os.environ.get("MAX_WAIT", "20")),
        timeout=float(os.environ.get("TIMEOUT", "5")),
        cache=os.environ.get("THUMBOX_CACHE") or True,
    ) as plugin:
        app.state.plugin = plugin
        yield


app = FastAPI(title="Thumbnails", lifespan=lifespan, max_body_size=MAX_UPLOAD + MAX_FORM)

Side = Annotated[int, Query(ge=1, le=2048)]


@app.post("/thumbnails", response_class=Response)
async def create(request: Request, picture: UploadFile, width: Side = 256, height: Side = 256) -> Response:
    """The thumbnail of the picture in the form's field `picture`."""
    plugin: thumbox.Plugin = request.app.state.plugin
    # The file is read in the plugin's thread, once the call has its turn.
    thumb = await plugin.athumbnail(picture.file, width, height, format="webp", quality=80)
    return Response(bytes(thumb.data), media_type=thumb.mime)


@app.exception_handler(thumbox.PluginError)
async def refuse(_request: Request, error: thumbox.PluginError) -> JSONResponse:
    """The answer to a picture that Thumbox refuses."""
    status = STATUS.get(error.code, 500)
    told = error.message if status != 500 else "internal error"  # noqa: PLR2004
    headers = {"Retry-After": "5"} if status == 503 else {}  # noqa: PLR2004
    return JSONResponse({"code": error.code, "message": told}, status, headers)


@app.get("/health")
async def health() -> dict[str, object]:
    """What this worker's plugin has done so far."""
    plugin: thumbox.Plugin = app.state.plugin
    stats = plugin.stats()
    return {"process": os.getpid(), "calls": stats.calls, "running": stats.running, "waiting": stats.waiting}
