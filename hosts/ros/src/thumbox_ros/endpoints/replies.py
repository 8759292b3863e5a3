"""Replies to Zenoh queries, as rmw_zenoh sends them."""

from __future__ import annotations

import logging

import zenoh

from thumbox_ros.graph.attachment import Attachment, attachment_now

__all__ = ["ZENOH_TIMEOUT", "answer", "refuse"]

ZENOH_TIMEOUT = b"Timeout"
"""The error with which Zenoh itself ends a query that nobody answered in time."""

_log = logging.getLogger("thumbox_ros")


def answer(query: zenoh.Query, payload: bytes | zenoh.ZBytes) -> None:
    """Answers a query; the attachment has the sequence number and gid of the request.

    If the session has ended, nobody waits for the answer: this and `refuse` only log a warning then.
    """
    attachment = None
    if query.attachment is not None:
        request = Attachment.decode(query.attachment.to_bytes())
        if request is not None:
            attachment = attachment_now(request.sequence_number, request.gid)
    try:
        query.reply(query.key_expr, payload, attachment=attachment)
    except zenoh.ZError as error:
        _log.warning("%s: a response was not sent: %s", query.key_expr, error)
    # Tells the client at once that no more replies follow, even if something still holds the query.
    query.drop()


def refuse(query: zenoh.Query, text: bytes) -> None:
    """Answers a query with an error text."""
    try:
        query.reply_err(text)
    except zenoh.ZError as error:
        _log.warning("%s: an error was not sent: %s", query.key_expr, error)
    query.drop()
