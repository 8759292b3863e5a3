"""What dispatchers and workers agree on: the keys of a pool, beside ROS and out of its sight.

| key | what |
|---|---|
| `thumbox_pool/<domain>/<name, type and hash>/worker/<id>/<slots>` | token of a worker, for `slots` requests at once |
| `thumbox_pool/<...>/call/<id>` | queryable: one request for that worker |
| `thumbox_pool/<...>/dispatcher/<ticket>/<id>` | token of a dispatcher; the lowest ticket owns the service's name |
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from thumbox_ros.graph.keys import dds_name

if TYPE_CHECKING:
    from thumbox_ros.endpoints.context import ZNode
    from thumbox_ros.messages.message import Service

__all__ = ["MOST_SLOTS", "Pool", "Ticket"]

MOST_SLOTS = 1024
_HIGHEST_TICKET = 1 << 53


class Ticket(NamedTuple):
    """A dispatcher's place in the row: the lowest is the owner."""

    number: int
    id: str


class Pool(NamedTuple):
    """The keys of one service's pool in one domain."""

    base: str
    service: str
    """The service's full name."""

    @classmethod
    def of(cls, node: ZNode, service: str, kind: type[Service]) -> Pool:
        """That of a service as the node means it."""
        name = node.resolve(service, "service")
        segment = node.context.hash_segment(kind.__ros_hash__)
        mangled = name.strip("/").replace("/", "%")
        return cls(f"thumbox_pool/{node.context.domain_id}/{mangled}/{dds_name(kind.__ros_name__)}/{segment}", name)

    def worker_token(self, own: str, slots: int) -> str:
        """A worker's sign of life."""
        return f"{self.base}/worker/{own}/{slots}"

    def call(self, own: str) -> str:
        """Where a worker is called."""
        return f"{self.base}/call/{own}"

    def ticket_token(self, ticket: Ticket) -> str:
        """A dispatcher's sign of life."""
        return f"{self.base}/dispatcher/{ticket.number}/{ticket.id}"

    def worker(self, key: str) -> tuple[str, int] | None:
        """A worker's id and slots, from its token; None for what is none."""
        _, _, rest = key.partition(f"{self.base}/worker/")
        own, _, slots = rest.partition("/")
        if not (own and slots.isascii() and slots.isdigit() and len(slots) < 6):  # noqa: PLR2004 -- more is no count
            return None
        return own, max(1, min(int(slots), MOST_SLOTS))

    def ticket(self, key: str) -> Ticket | None:
        """A dispatcher's place, from its token; None for what is none."""
        _, _, rest = key.partition(f"{self.base}/dispatcher/")
        number, _, own = rest.partition("/")
        if not (own and number.isascii() and number.isdigit() and len(number) < 17):  # noqa: PLR2004 -- as above
            return None
        return Ticket(min(int(number), _HIGHEST_TICKET), own)
