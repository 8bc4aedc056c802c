"""What the access log speaks of: events, the people and systems behind them, receipts and records."""

import builtins
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum, unique
from types import MappingProxyType
from typing import Final, Self

from hub.errors import InvalidInputError
from hub.subject import Subject

MINYEAR: Final = 1970
MAX_FIELDS: Final = 256
MAX_DETAILS: Final = 16
MAX_DETAIL: Final = 256
MAX_REASON: Final = 1_000
MAX_COUNT: Final = 2**63 - 1  # what a 64-bit column holds
ID_WORTH_HIDING: Final = 6  # a shorter ID would be "found" inside unrelated text by chance
HASH_LENGTH: Final = 32  # SHA-256
_CAPS: Final = {
    "action": 100, "resource": 256, "purpose": 128, "case_number": 128, "grant": 128, "status": 64, "reason": MAX_REASON,
}  # fmt: skip
LONGEST_NAME: Final = 64  # of a field, and of a detail
_SHORT: Final = 64  # no text, name or detail has a smaller cap
_SHARED: Final = ("action", "actor", "other", "resource", "purpose", "case_number", "grant", "subject", "fields", "reason")
_USCC_LENGTH: Final = 18  # GB 32100-2015


@unique
class Kind(StrEnum):
    """What sort of record it is; the first two bracket every release of data."""

    INTENT = "intent"
    OUTCOME = "outcome"
    REFUSAL = "refusal"
    CHANGE = "change"
    SEARCH = "search"
    ERASURE = "erasure"
    SEAL_USE = "seal_use"
    ADMIN = "admin"


def _is_text(value: str) -> bool:
    """Tell whether the text has no control character and no lone surrogate (line breaks included: a record is one line)."""
    return value.isprintable() or not any(c < " " or "\x7f" <= c <= "\x9f" or "\ud800" <= c <= "\udfff" for c in value)


def _check_text(name: str, value: str, cap: int) -> None:
    if len(value) > cap or not _is_text(value):
        raise InvalidInputError(f"{name} must be at most {cap} characters without control characters", field=name,
                                zh=f"{name} 不得超过 {cap} 个字符，且不得含控制字符")  # fmt: skip


def _check_department(name: str, value: str) -> None:
    if value and not (len(value) == _USCC_LENGTH and value.isascii() and value.isalnum()):
        raise InvalidInputError(f"{name} must be an 18-character unified social credit code", field=name, zh=f"{name} 应为 18 位统一社会信用代码")


def _check_count(name: str, value: int) -> None:
    if not 0 <= value <= MAX_COUNT:
        raise InvalidInputError(f"{name} must be between 0 and {MAX_COUNT}", field=name)


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acted: a department (USCC; empty for the public and for the hub itself), its system, and the officer in charge."""

    department: str
    system: str
    officer: str

    def __post_init__(self) -> None:
        _check_department("actor.department", self.department)
        _check_text("actor.system", self.system, 64)
        _check_text("actor.officer", self.officer, 64)


@dataclass(frozen=True, slots=True)
class Event:
    """One thing that happened and must be accounted for; `detail` is small and holds no personal data.

    `other` is the USCC of the other department concerned (the provider of a query), `resource` a resource name, `status` "ok" or
    an error code, `rows` and `bytes` what was released, `digest` the hash of the released answer, `intent_index` the log index of
    the intent that an outcome closes.
    """

    kind: Kind
    at: datetime
    action: str
    actor: Actor
    other: str = ""
    resource: str = ""
    purpose: str = ""
    case_number: str = ""
    grant: str = ""
    subject: Subject | None = None
    fields: tuple[str, ...] = ()
    status: str = ""
    rows: int = 0
    bytes: int = 0
    digest: builtins.bytes = b""
    reason: str = ""
    intent_index: int | None = None
    detail: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.at.tzinfo is None or self.at.year <= MINYEAR:
            raise InvalidInputError("the time of an event has a time zone and lies after 1970", field="at")
        if not self.action:
            raise InvalidInputError("an event names its action", field="action")
        _check_department("other", self.other)
        told = (self.action, self.resource, self.purpose, self.case_number, self.grant, self.status, self.reason, self.actor.system,
                self.actor.officer, *self.fields, *self.detail, *self.detail.values())  # fmt: skip
        if max(map(len, told)) > _SHORT or len(self.fields) > MAX_FIELDS or len(self.detail) > MAX_DETAILS or not "".join(told).isprintable():
            self._check_each()  # the usual case is one look at all of it, because this stands in the way of every answer
        object.__setattr__(self, "detail", MappingProxyType(dict(self.detail)))
        self._check_numbers()
        if self.kind is Kind.SEARCH and not self.reason:
            raise InvalidInputError("an auditor's look-up states its reason", field="reason", zh="审计查询须注明理由")
        self._hide_subject(told)

    def _check_each(self) -> None:
        for name, cap in _CAPS.items():
            _check_text(name, getattr(self, name), cap)
        if len(self.fields) > MAX_FIELDS or len(self.detail) > MAX_DETAILS:
            raise InvalidInputError(f"an event has at most {MAX_FIELDS} fields and {MAX_DETAILS} details", field="fields")
        for name in self.fields:
            _check_text("fields", name, LONGEST_NAME)
        for key, value in self.detail.items():
            _check_text("detail", key, LONGEST_NAME)
            _check_text("detail", value, MAX_DETAIL)

    def closed(
        self, at: datetime, status: str, intent_index: int, *, rows: int = 0, size: int = 0, digest: builtins.bytes = b"", dropped: str = ""
    ) -> Self:
        """Return the outcome that closes this intent; what both say in common was checked when the intent was made."""
        outcome = object.__new__(type(self))
        for name in _SHARED:
            object.__setattr__(outcome, name, getattr(self, name))
        detail = MappingProxyType({**self.detail, "dropped": dropped}) if dropped else self.detail
        new = {"kind": Kind.OUTCOME, "at": at, "status": status, "rows": rows, "bytes": size, "digest": digest, "intent_index": intent_index}
        for name, value in (*new.items(), ("detail", detail)):
            object.__setattr__(outcome, name, value)
        _check_text("status", status, _CAPS["status"])
        _check_text("detail", dropped, MAX_DETAIL)
        outcome._check_numbers()
        return outcome

    def _check_numbers(self) -> None:
        _check_count("rows", self.rows)
        _check_count("bytes", self.bytes)
        if len(self.digest) not in {0, HASH_LENGTH}:
            raise InvalidInputError("the digest is SHA-256 or SM3, 32 bytes", field="digest")
        if self.kind is Kind.OUTCOME and self.intent_index is None:
            raise InvalidInputError("an outcome names the intent that it closes", field="intent_index")
        if self.intent_index is not None:
            _check_count("intent_index", self.intent_index)

    def _hide_subject(self, told: tuple[str, ...]) -> None:
        """Refuse an event that spells the subject's ID anywhere but in the subject, where it becomes a pseudonym."""
        if self.subject is None or len(self.subject.id) < ID_WORTH_HIDING:
            return
        if self.subject.id.casefold() in "\n".join(told).casefold():
            raise InvalidInputError("the subject's ID must not stand in the resource, case number, reason or details of a log record",
                                    zh="访问记录的其他字段中不得出现数据主体的证件号码", field="subject", reason="SUBJECT_IN_CLEAR",
                                    next_action="leave the ID out of the case number and the reason")  # fmt: skip


@dataclass(frozen=True, slots=True)
class Receipt:
    """What a caller keeps: the place of its record in a log, from which a proof can be asked for after the next checkpoint."""

    origin: str
    index: int
    leaf_hash: bytes

    def __post_init__(self) -> None:
        _check_count("index", self.index)
        if not self.origin or len(self.leaf_hash) != HASH_LENGTH:
            raise InvalidInputError("a receipt has an origin and a 32-byte leaf hash", field="leaf_hash")


@dataclass(frozen=True, slots=True)
class Record:
    """An event as read back from the log: the subject is a pseudonym, and after an erasure only what the leaf says is left."""

    index: int
    leaf: builtins.bytes
    kind: Kind
    at: datetime
    action: str
    actor: Actor
    other: str
    resource: str
    purpose: str
    case_number: str
    grant: str
    subject_domain: str
    pseudonym: builtins.bytes | None
    fields: tuple[str, ...]
    status: str
    rows: int
    bytes: int
    digest: builtins.bytes
    reason: str
    intent_index: int | None
    detail: Mapping[str, str]
    erased: bool


@dataclass(frozen=True, slots=True)
class Search:
    """What is looked for, by whom and why; `subject` is in clear only here and never stored."""

    subject: Subject | None = None
    officer: str = ""
    department: str = ""
    case_number: str = ""
    since: datetime | None = None
    until: datetime | None = None
    reason: str = ""
    searcher: str = ""
    page_size: int = 0
    page_token: str = ""

    @property
    def empty(self) -> bool:
        """Tell whether nothing narrows the search."""
        return not (self.subject or self.officer or self.department or self.case_number or self.since or self.until)
