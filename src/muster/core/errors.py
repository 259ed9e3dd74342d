"""The errors of Muster's domain.

They know nothing of HTTP: the faces map each class to a status in one table. `code` is stable and
kebab-case; the message is for a person and says where, what was found, what was expected and how to
mend it. A message never holds a secret or a member's key.
"""

from typing import ClassVar


class MusterError(Exception):
    """The root of every error that Muster raises on purpose.

    Attributes:
        code: stable, kebab-case name of the error.
        message: one sentence or two for a person.
        pointer: RFC 6901 JSON pointer of the value at fault, or None when no value is.
    """

    code: ClassVar[str] = "internal-error"

    def __init__(self, message: str, *, pointer: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.pointer = pointer

    @classmethod
    def wire_code(cls) -> str:
        """Return the code as answers have it, and LaunchDarkly's clients know it: with underscores."""
        return cls.code.replace("-", "_")


class InvalidRequestError(MusterError):
    """What was sent can't be read, or breaks a rule."""

    code = "invalid-request"


class UnauthenticatedError(MusterError):
    """Nobody is known by the credential that was sent, or none was."""

    code = "unauthorized"


class ForbiddenError(MusterError):
    """The caller is known and may not do this."""

    code = "forbidden"


class NotFoundError(MusterError):
    """What was named does not exist, or the caller may not know that it does."""

    code = "not-found"


class ConflictError(MusterError):
    """The request contradicts what is stored."""

    code = "conflict"


class InapplicableChangeError(MusterError):
    """The change can be read, and can't be made to what is there."""

    code = "unprocessable-entity"


class PayloadTooLargeError(MusterError):
    """The body exceeds the limit."""

    code = "payload-too-large"


class UnsupportedMediaTypeError(MusterError):
    """The body is of a type or an encoding that is not read."""

    code = "unsupported-media-type"


class RequestTimeoutError(MusterError):
    """The body did not arrive in time."""

    code = "request-timeout"


class RateLimitedError(MusterError):
    """The caller has made too many requests for now; nothing of this one was done."""

    code = "rate-limited"


class UnavailableError(MusterError):
    """Muster can't do this at the moment; the same request may succeed later."""

    code = "unavailable"


class ConfigurationError(MusterError):
    """A setting, or the state of a data directory, that Muster can't start with."""

    code = "configuration"


class InternalError(MusterError):
    """Something went wrong that nobody foresaw; the message holds an id and nothing else."""

    code = "internal-error"
