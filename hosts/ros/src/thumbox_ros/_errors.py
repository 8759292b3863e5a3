"""The errors of this package."""

from __future__ import annotations

__all__ = ["CdrError", "DefinitionError", "RosError", "ServiceError", "UnavailableError", "UnknownTypeError"]


class RosError(Exception):
    """What all errors of this package have in common."""


class CdrError(RosError, ValueError):
    """Bytes that are not the message that they should be, or a value that a field cannot hold."""

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
    """A .msg or .srv text that is not one."""


class UnknownTypeError(RosError, LookupError):
    """A message or service type whose definition nobody gave."""


class ServiceError(RosError):
    """A service that answered with an error; its text is the server's."""


class UnavailableError(ServiceError, ConnectionError):
    """A service that nobody offers, or whose server went away before it answered."""
