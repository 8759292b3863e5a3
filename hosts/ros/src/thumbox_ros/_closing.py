"""What has to be closed, and what closes it."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from types import TracebackType

    from typing_extensions import Self

__all__ = ["Closing", "Owner"]


class Closing:
    """A context manager that closes itself at the end of `with`."""

    def close(self) -> None:
        """Ends it. May be called any number of times."""
        raise NotImplementedError

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


class Owner(Closing):
    """Closes what was made in it before it ends itself."""

    def __init__(self) -> None:
        self._owned: list[Closing] = []
        self._closed = False

    @property
    def closed(self) -> bool:
        """Whether close() was called."""
        return self._closed

    def add(self, item: Closing) -> None:
        """Remembers an item, which is closed with this one."""
        self._owned.append(item)

    def forget(self, item: Closing) -> None:
        """Forgets an item that was closed on its own."""
        if item in self._owned:
            self._owned.remove(item)

    def close(self) -> None:
        """Closes what was made in it, then itself. May be called any number of times."""
        if self._closed:
            return
        self._closed = True
        for item in list(self._owned):
            item.close()
        self._close()

    def _close(self) -> None:
        raise NotImplementedError
