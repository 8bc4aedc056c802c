"""The errors that may cross a border, and how a text of the catalogue becomes one.

An error class says how bad it is: its stable code, its gRPC status, its HTTP status. A `Reason` is a row of the catalogue: one thing that
can be wrong, in English and in Chinese, with the one thing to do next in both. Each package keeps its rows in its own `reasons.py` and
raises them by name, with facts:

    raise GRANT_OF_OTHER_DEPARTMENT(grant=live.grant.name)

Facts fill the placeholders of the four texts and travel as `ErrorInfo.metadata`: never personal data, never keys. A fact that is a `Word`
stands in each text in its language. Anything that is none of them becomes "internal error" at the border, and its
detail goes to the server's log alone. The catalogue is here, below the hub, because what both sides judge (codes, proofs, certificates) is
judged by one code, in the same words.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar, Final, Generic, TypeVar

from shuniu.words import Word, field_word


class ShuniuError(Exception):
    """A failure with a text that is safe to show: no personal data, no key. Whatever this project raises on purpose is one."""

    is_waiting: ClassVar[bool] = False
    """Whether nothing is known yet, because the other side does not answer."""

    def __init__(self, message: str, *, message_zh: str = "", next_action: str = "", next_action_zh: str = "") -> None:
        """Keep the texts; Chinese falls back to English."""
        super().__init__(f"{message}; {next_action}" if next_action else message)
        self.message = message
        self.message_zh = message_zh or message
        self.next_action = next_action
        self.next_action_zh = next_action_zh or next_action


@dataclass(frozen=True)
class Violation:
    """One of several things that stand against a step: a stable code, what it is about (a resource name, perhaps `#` and a field), and a text."""

    type: str
    subject: str
    description: str


class CatalogueError(ShuniuError):
    """An error of the catalogue, which may cross a border: what was wrong, on which side, and what to do next. The hub has no others.

    `field` is the path of the request field that is to blame, `retry_after` seconds (0: waiting does not help), `facts` what a program
    may want to know; `http` is the HTTP status of this very error, `article` the clause of the law on which it rests, empty for none.
    """

    code: ClassVar[str] = "INTERNAL"
    grpc_status: ClassVar[str] = "INTERNAL"
    http_status: ClassVar[int] = 500
    violations: tuple[Violation, ...] = ()
    """What stands against the step one by one, where it is more than one thing; they travel as google.rpc.PreconditionFailure."""
    faults: tuple[CatalogueError, ...] = ()
    """What is wrong with the request, fault by fault, where it is more than one; they travel as google.rpc.BadRequest."""
    decision: str = ""
    """Resource name of the decision, decisions/{index of its record}: of a refusal that is on the log."""

    def __init__(
        self,
        message: str,
        *,
        zh: str = "",
        next_action: str = "",
        next_action_zh: str = "",
        reason: str = "",
        field: str = "",
        retry_after: float = 0.0,
        http: int = 0,
        article: str = "",
        **facts: str,
    ) -> None:
        """Keep texts and facts; made by a `Reason`, not by hand."""
        super().__init__(message, message_zh=zh, next_action=next_action, next_action_zh=next_action_zh)
        self.args = (message,)  # its next action is told apart from it
        self.zh = self.message_zh
        self.reason = reason or self.code
        self.field = field
        self.retry_after = retry_after
        self.http = http or self.http_status
        self.article = article
        self.facts: Mapping[str, str] = facts


class InvalidInputError(CatalogueError):
    """The request itself is wrong, whatever the state of the hub; `field` names the culprit."""

    code = "INVALID_INPUT"
    grpc_status = "INVALID_ARGUMENT"
    http_status = 400


class NotFoundError(CatalogueError):
    """What was named does not exist, or the caller may not know that it does."""

    code = "NOT_FOUND"
    grpc_status = "NOT_FOUND"
    http_status = 404


class AlreadyExistsError(CatalogueError):
    """Something with this identity exists already."""

    code = "ALREADY_EXISTS"
    grpc_status = "ALREADY_EXISTS"
    http_status = 409


class NotSignedInError(CatalogueError):
    """The caller is not known: no certificate, an expired one, a revoked one, one of another hub."""

    code = "NOT_SIGNED_IN"
    grpc_status = "UNAUTHENTICATED"
    http_status = 401


class NotAllowedError(CatalogueError):
    """The caller is known and may not do this."""

    code = "NOT_ALLOWED"
    grpc_status = "PERMISSION_DENIED"
    http_status = 403


class IllegalStateError(CatalogueError):
    """The thing is not in a state from which this step leads anywhere; the text names state and step."""

    code = "ILLEGAL_STATE"
    grpc_status = "FAILED_PRECONDITION"
    http_status = 409


class MissingGrantError(CatalogueError):
    """No live grant covers the call: absent, not yet begun, expired, suspended or revoked (PreconditionFailure)."""

    code = "MISSING_GRANT"
    grpc_status = "FAILED_PRECONDITION"
    http_status = 403


class ConflictError(CatalogueError):
    """The etag is stale: somebody changed the thing in between. Read it again and decide again."""

    code = "STALE_ETAG"
    grpc_status = "ABORTED"
    http_status = 412


class LimitError(CatalogueError):
    """Too much: a rate, a size or a quota."""

    code = "LIMIT"
    grpc_status = "RESOURCE_EXHAUSTED"
    http_status = 429


class UnavailableError(CatalogueError):
    """A part the hub needs does not answer (provider, database, disk); nothing was released."""

    code = "UNAVAILABLE"
    grpc_status = "UNAVAILABLE"
    http_status = 503


class DeadlineError(CatalogueError):
    """The caller's deadline passed before the answer could be released."""

    code = "DEADLINE"
    grpc_status = "DEADLINE_EXCEEDED"
    http_status = 503


class IntegrityError(CatalogueError):
    """Stored bytes do not say what they must: a broken log, a key that does not fit, a self-test that failed."""

    code = "INTEGRITY"
    grpc_status = "DATA_LOSS"
    http_status = 500


class ConfigError(CatalogueError):
    """The configuration or the machine is not as needed; the text says which key or package and how to mend it."""

    code = "CONFIG"
    grpc_status = "INTERNAL"
    http_status = 500


_E = TypeVar("_E", bound=CatalogueError)
CATALOGUE: Final[list[Reason[CatalogueError]]] = []
"""Every row, in the order in which the packages were imported; `shuniu/cli/catalogue.py` imports them all."""


@dataclass(frozen=True)
class Reason(Generic[_E]):
    """One row of the catalogue. `reason` refines the class's stable code (SCREAMING_SNAKE_CASE); empty means the code itself.

    The texts may hold `{name}` for a fact, `{field}` for the field that is to blame and `{retry_after}` for whole seconds. Without a next
    action there is nothing that the caller could do. `http` is given where HTTP has a more fitting status than the class's, `article` where
    the rule behind it is one of the law's, as it is cited in Chinese.
    """

    error: type[_E]
    en: str
    zh: str
    next_en: str
    next_zh: str
    reason: str = ""
    http: int = 0
    article: str = ""

    def __post_init__(self) -> None:
        CATALOGUE.append(self)  # type: ignore[arg-type]  # a reason of one class is a reason of errors; the list is never written through

    @property
    def name(self) -> str:
        """Return the reason that callers see."""
        return self.reason or self.error.code

    def __call__(self, *, field: str = "", retry_after: float = 0.0, **facts: object) -> _E:
        """Return the error, to be raised. A fact is a text, a number, or a `Word` in its two languages."""
        known = {**facts, "field": field_word(field), "retry_after": f"{retry_after:.0f}"}
        en = {name: fact.en if isinstance(fact, Word) else fact for name, fact in known.items()}
        zh = {name: fact.zh if isinstance(fact, Word) else fact for name, fact in known.items()}
        return self.error(
            self.en.format_map(en),
            zh=self.zh.format_map(zh),
            next_action=self.next_en.format_map(en),
            next_action_zh=self.next_zh.format_map(zh),
            reason=self.name,
            field=field,
            retry_after=retry_after,
            http=self.http,
            article=self.article,
            # Programs get a Word by its id, whatever language the text is in.
            **{name: str(fact) for name, fact in facts.items()},
        )
