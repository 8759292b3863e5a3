"""Answers to requests, as rmw_zenoh sends them."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from thumbox_ros._native import ZError

if TYPE_CHECKING:
    from thumbox_ros._native import Parts, Query

__all__ = ["ZENOH_TIMEOUT", "answer", "refuse"]

ZENOH_TIMEOUT = b"Timeout"
"""The error with which Zenoh itself ends a query that nobody answered in time."""

_log = logging.getLogger("thumbox_ros")


def answer(query: Query, parts: Parts, service: str) -> None:
    """Answers a request of a service. The attachment has the sequence number and gid of the request.

    If the session has ended, nobody waits for the answer: this and `refuse` only log a warning then.
    """
    try:
        query.reply(parts)
    except ZError as error:
        _log.warning("%s: a response was not sent: %s", service, error)


def refuse(query: Query, text: str, service: str) -> None:
    """Answers a request with an error text."""
    try:
        query.reply_err(text.encode())
    except ZError as error:
        _log.warning("%s: an error was not sent: %s", service, error)
