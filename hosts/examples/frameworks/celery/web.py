"""The web side of a thumbnail service: takes pictures from strangers, and hands them to Celery.

    gunicorn web:app --workers 2 --threads 8
    curl -F picture=@photo.jpg http://127.0.0.1:8000/thumbnails

No byte of a picture is decoded in this process.
"""

from __future__ import annotations

import os
import uuid
from typing import TYPE_CHECKING

from flask import Flask, jsonify, request, send_file, url_for
from tasks import THUMBNAILS, UPLOADS, thumbnail

if TYPE_CHECKING:
    from flask.typing import ResponseReturnValue

MAX_WAITING = int(os.environ.get("MAX_WAITING", "1000"))
"""Pictures that may wait for a worker; one more is refused."""

TOO_LARGE = (100, 300, 301, 302, 303, 304)
NOT_A_PICTURE = (200, 203, 204)
STATUS = {10: 504, 101: 422, 201: 422, 202: 422, **dict.fromkeys(TOO_LARGE, 413), **dict.fromkeys(NOT_A_PICTURE, 415)}
"""The HTTP status for an error's code; any other code is 500."""

app = Flask(__name__)
# Of a body that says that it is longer nothing is read; of one that does not say its length no more than this.
app.config["MAX_CONTENT_LENGTH"] = int(os.environ.get("MAX_UPLOAD", str(20 << 20))) + (16 << 10)


@app.post("/thumbnails")
def create() -> ResponseReturnValue:
    """Takes the form's field `picture`, and says where its thumbnail will be."""
    # Before anything of the body is read.
    if sum(1 for _ in UPLOADS.iterdir()) >= MAX_WAITING:
        return jsonify(message="too many pictures are waiting"), 503, {"Retry-After": "5"}
    picture = request.files.get("picture")
    if picture is None:
        return jsonify(message="the form has no file `picture`"), 422
    name = uuid.uuid4()
    picture.save(UPLOADS / str(name))
    thumbnail.apply_async([str(name)], task_id=str(name))
    where = url_for("show", name=name)
    return jsonify(thumbnail=where), 202, {"Location": where}


@app.get("/thumbnails/<uuid:name>")
def show(name: uuid.UUID) -> ResponseReturnValue:
    """The thumbnail, or why there is none, or 202 if it is not made yet."""
    result = thumbnail.AsyncResult(str(name))
    if not result.ready():
        # Celery does not know an id that is waiting from one that never was.
        return jsonify(message="not made yet"), 202, {"Retry-After": "1"}
    if result.failed():
        return jsonify(message="internal error"), 500
    made = result.result
    if made["code"] == 0:
        return send_file(THUMBNAILS / f"{name}.webp", mimetype="image/webp", max_age=3600)
    status = STATUS.get(made["code"], 500)
    return jsonify(
        code=made["code"], message=made["message"] if status in STATUS.values() else "internal error"
    ), status
