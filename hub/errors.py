"""The errors that may cross a border: each has a stable code, a text that is safe to show, and a next action.

Anything that is not a `ShuniuError` becomes "internal error" at the border and its detail goes to the log alone.
The mapping from class to gRPC status stands in one place, `hub/rpc.py`.
"""

from collections.abc import Mapping
from typing import ClassVar


class ShuniuError(Exception):
    """A failure that the caller may see: what was wrong, on which side, and what to do next.

    `message` is English, `zh` Chinese (falls back to English), `next_action` the one thing the caller can do.
    `facts` go into `ErrorInfo.metadata`: never personal data, never keys.
    """

    code: ClassVar[str] = "INTERNAL"

    def __init__(self, message: str, *, zh: str = "", next_action: str = "", reason: str = "", **facts: str) -> None:
        """Keep the text and the facts; `reason` refines the class's stable code (SCREAMING_SNAKE_CASE)."""
        super().__init__(message)
        self.message = message
        self.zh = zh or message
        self.next_action = next_action
        self.reason = reason or self.code
        self.facts: Mapping[str, str] = facts


class InvalidInputError(ShuniuError):
    """The request itself is wrong, whatever the state of the hub; `field` names the culprit."""

    code = "INVALID_INPUT"

    def __init__(self, message: str, *, field: str = "", zh: str = "", next_action: str = "", reason: str = "", **facts: str) -> None:
        """Name the field (path in the request message) where one is to blame."""
        super().__init__(message, zh=zh, next_action=next_action, reason=reason, **facts)
        self.field = field


class NotFoundError(ShuniuError):
    """What was named does not exist, or the caller may not know that it does."""

    code = "NOT_FOUND"


class AlreadyExistsError(ShuniuError):
    """Something with this identity exists already."""

    code = "ALREADY_EXISTS"


class NotSignedInError(ShuniuError):
    """The caller is not known: no certificate, an expired one, a revoked one, one of another hub."""

    code = "NOT_SIGNED_IN"


class NotAllowedError(ShuniuError):
    """The caller is known and may not do this."""

    code = "NOT_ALLOWED"


class IllegalStateError(ShuniuError):
    """The thing is not in a state from which this step leads anywhere; the text names state and step."""

    code = "ILLEGAL_STATE"


class MissingGrantError(ShuniuError):
    """No live grant covers the call: absent, not yet begun, expired, suspended or revoked (PreconditionFailure)."""

    code = "MISSING_GRANT"


class ConflictError(ShuniuError):
    """The etag is stale: somebody changed the thing in between. Read it again and decide again."""

    code = "STALE_ETAG"


class LimitError(ShuniuError):
    """Too much: a rate, a size or a quota. `retry_after` is in seconds, 0 when waiting does not help."""

    code = "LIMIT"

    def __init__(self, message: str, *, retry_after: float = 0.0, zh: str = "", next_action: str = "", reason: str = "", **facts: str) -> None:
        """Say how long to wait, in seconds."""
        super().__init__(message, zh=zh, next_action=next_action, reason=reason, **facts)
        self.retry_after = retry_after


class UnavailableError(ShuniuError):
    """A part the hub needs does not answer (provider, database, disk); nothing was released. `retry_after` in seconds."""

    code = "UNAVAILABLE"

    def __init__(self, message: str, *, retry_after: float = 0.0, zh: str = "", next_action: str = "", reason: str = "", **facts: str) -> None:
        """Say how long to wait, in seconds."""
        super().__init__(message, zh=zh, next_action=next_action, reason=reason, **facts)
        self.retry_after = retry_after


class DeadlineError(ShuniuError):
    """The caller's deadline passed before the answer could be released."""

    code = "DEADLINE"


class IntegrityError(ShuniuError):
    """Stored bytes do not say what they must: a broken log, a key that does not fit, a self-test that failed."""

    code = "INTEGRITY"


class ConfigError(ShuniuError):
    """The configuration or the machine is not as needed; the text says which key or package and how to mend it."""

    code = "CONFIG"
