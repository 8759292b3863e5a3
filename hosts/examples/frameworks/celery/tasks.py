"""The worker of a thumbnail service: Celery's processes make the thumbnails of pictures that web.py took.

    celery --app tasks worker --concurrency 2

docs/guide/celery.md says what every line of configuration is for.
"""

from __future__ import annotations

import os
import time
import uuid
from pathlib import Path

from celery import Celery
from celery.signals import worker_init
from kombu.transport import filesystem
from kombu.utils.json import dumps

import thumbox

DATA = Path(os.environ.get("DATA") or "data").absolute()
"""A folder that web and workers share."""
UPLOADS, THUMBNAILS, QUEUE, RESULTS = (DATA / name for name in ("uploads", "thumbnails", "queue", "results"))
for folder in (UPLOADS, THUMBNAILS, QUEUE, RESULTS):
    folder.mkdir(parents=True, exist_ok=True)

TIMEOUT = float(os.environ.get("TIMEOUT", "5"))
"""Seconds of one thumbnail."""

app = Celery("tasks")
app.conf.update(
    # Files in a folder, for one machine. For more, set BROKER_URL and RESULT_BACKEND to those of Redis or RabbitMQ.
    broker_url=os.environ.get("BROKER_URL", "filesystem://"),
    result_backend=os.environ.get("RESULT_BACKEND", f"file://{RESULTS}"),
    result_expires=3600,
    task_acks_late=True,
    task_time_limit=TIMEOUT + 30,
    worker_prefetch_multiplier=1,
    worker_hijack_root_logger=False,
)


class Channel(filesystem.Channel):
    """Kombu's queue of files, in which a message is there in full or not at all.

    Kombu writes it where workers look for it, and one that reads it too early ends with a JSONDecodeError.
    """

    def _put(self, queue: str, payload: object, **_: object) -> None:
        message = QUEUE / f"{time.monotonic_ns() // 1_000_000}_{uuid.uuid4()}.{queue}.msg"
        part = message.with_suffix(".part")
        part.write_text(dumps(payload))
        part.rename(message)


if app.conf.broker_url.startswith("filesystem:"):
    filesystem.Transport.Channel = Channel
    folders = {"data_folder_in": QUEUE, "data_folder_out": QUEUE, "control_folder": QUEUE / "control"}
    app.conf.broker_transport_options = {"polling_interval": 0.1} | {name: str(at) for name, at in folders.items()}

_plugins: list[thumbox.Plugin] = []


@worker_init.connect
def load(**_: object) -> None:
    """Loads the plugin in the worker's main process. The processes that it forks have it, too."""
    _plugins.append(
        thumbox.load(
            formats=("jpeg", "png", "webp"),
            max_pixels=50_000_000,
            max_concurrent=1,
            timeout=TIMEOUT,
            cache=os.environ.get("THUMBOX_CACHE") or True,
        )
    )


@app.task
def thumbnail(name: str) -> dict[str, object]:
    """Makes the thumbnail of `uploads/name` in `thumbnails/name`; returns an error's code, or 0.

    A picture that Thumbox refuses is a result and no failure: a second attempt would end in the same way.
    """
    try:
        thumb = _plugins[0].thumbnail(UPLOADS / name, 256, 256, format="webp", quality=80)
    except thumbox.PluginError as error:
        return {"code": error.code, "message": error.message}
    else:
        # Not there, or there in full.
        thumb.save(THUMBNAILS / f"{name}.webp")
        return {"code": 0, "message": f"{thumb.width} x {thumb.height}"}
    finally:
        (UPLOADS / name).unlink(missing_ok=True)
