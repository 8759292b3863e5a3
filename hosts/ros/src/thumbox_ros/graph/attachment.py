"""The attachment of rmw_zenoh: what travels beside each message and request.

33 bytes, little-endian:

| offset | type | meaning |
|---|---|---|
| 0 | i64 | sequence number |
| 8 | i64 | source time, nanoseconds since 1970 |
| 16 | u8 | size of the gid, 16 |
| 17 | 16 bytes | gid of the publisher or client |
"""

from __future__ import annotations

import struct
from typing import NamedTuple

__all__ = ["GID_SIZE", "Attachment"]

GID_SIZE = 16
_LAYOUT = struct.Struct("<qqB16s")


class Attachment(NamedTuple):
    """The attachment of a message or request."""

    sequence_number: int
    """Counts a publisher's messages or a client's requests, from 1."""
    source_time: int
    """Nanoseconds since 1970 at which it was sent."""
    gid: bytes
    """16 bytes that identify the publisher or client."""

    def encode(self) -> bytes:
        """33 bytes."""
        return _LAYOUT.pack(self.sequence_number, self.source_time, GID_SIZE, self.gid)

    @classmethod
    def decode(cls, data: bytes) -> Attachment | None:
        """The attachment; None if the bytes are not an attachment of ROS 2."""
        if len(data) != _LAYOUT.size:
            return None
        sequence_number, source_time, size, gid = _LAYOUT.unpack(data)
        return cls(sequence_number, source_time, gid) if size == GID_SIZE else None
