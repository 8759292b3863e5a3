"""The errors of this package."""

from __future__ import annotations

__all__ = ["CdrError", "DefinitionError", "RosError", "ServiceError", "UnavailableError", "UnknownTypeError"]


class RosError(Exception):
    """The base of all errors of this package."""


class CdrError(RosError, ValueError):
    """Bytes that are not a message of the expected type, or a value that does not fit its field."""

    def inside(self, field: str) -> CdrError:
        """The same error, seen from the message that has `field`."""
        text = str(self)
        joint = "" if text.startswith(("[", ".")) else ": "
        if self._has_path:
            joint = "" if text.startswith("[") else "."
        error = CdrError(field + joint + text)
        error._has_path = True
        return error

    _has_path = False


class DefinitionError(RosError, ValueError):
    """An invalid .msg or .srv text."""


class UnknownTypeError(RosError, LookupError):
    """A message or service type that has no definition."""


class ServiceError(RosError):
    """A service answered with an error; the text is the server's."""


class UnavailableError(ServiceError, ConnectionError):
    """Nobody offers the service, or its server went away before it answered."""
