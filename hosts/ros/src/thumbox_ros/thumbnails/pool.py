"""The Zenoh keys by which dispatchers and workers find each other. ROS 2 does not see them.

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
    """The position of a dispatcher in the queue: the lowest ticket owns the service's name."""

    number: int
    id: str


class Pool(NamedTuple):
    """The keys of the pool of one service in one domain."""

    base: str
    service: str
    """The service's full name."""

    @classmethod
    def of(cls, node: ZNode, service: str, kind: type[Service]) -> Pool:
        """The pool of a service; `service` is a name of the node."""
        name = node.resolve(service, "service")
        segment = node.context.hash_segment(kind.__ros_hash__)
        mangled = name.strip("/").replace("/", "%")
        return cls(f"thumbox_pool/{node.context.domain_id}/{mangled}/{dds_name(kind.__ros_name__)}/{segment}", name)

    def worker_token(self, own: str, slots: int) -> str:
        """The token of a worker."""
        return f"{self.base}/worker/{own}/{slots}"

    def call(self, own: str) -> str:
        """The key that a worker is called at."""
        return f"{self.base}/call/{own}"

    def ticket_token(self, ticket: Ticket) -> str:
        """The token of a dispatcher."""
        return f"{self.base}/dispatcher/{ticket.number}/{ticket.id}"

    def worker(self, key: str) -> tuple[str, int] | None:
        """The id and slots of a worker, from its token; None for an invalid token."""
        _, _, rest = key.partition(f"{self.base}/worker/")
        own, _, slots = rest.partition("/")
        if not (own and slots.isascii() and slots.isdigit() and len(slots) < 6):  # noqa: PLR2004 -- more digits are invalid
            return None
        return own, max(1, min(int(slots), MOST_SLOTS))

    def ticket(self, key: str) -> Ticket | None:
        """The ticket of a dispatcher, from its token; None for an invalid token."""
        _, _, rest = key.partition(f"{self.base}/dispatcher/")
        number, _, own = rest.partition("/")
        if not (own and number.isascii() and number.isdigit() and len(number) < 17):  # noqa: PLR2004 -- as above
            return None
        return Ticket(min(int(number), _HIGHEST_TICKET), own)
