"""What the access log speaks of: events, the people and systems behind them, receipts and records."""

import builtins
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum, unique
from types import MappingProxyType
from typing import Final, Self

from audit import hot
from audit.fields import LONGEST_NAME, MAX_DETAIL, TEXTS, RecordText, guard_of_detail, texts_of
from audit.reasons.records import (
    ACTION_MISSING,
    COUNT_OUT_OF_RANGE,
    DIGEST_LENGTH,
    INTENT_MISSING,
    NOT_A_CREDIT_CODE,
    REASON_MISSING,
    RECEIPT_INCOMPLETE,
    SUBJECT_IN_CLEAR,
    TIME_OF_EVENT,
    TOO_MANY_PARTS,
)
from hub.reasons import CASE_NUMBER_LIKE_AN_ID, ID_NUMBER_IN_CLEAR
from hub.subject import Subject
from hub.wording import WITHHELD, Guard, Key, guard_lines, one_line, spells_id_number
from shuniu.words import field_word

# The whole year is refused: in whatever zone a moment is given, its microseconds since 1970 are then positive.
MINYEAR: Final = 1970
MAX_FIELDS: Final = 256  # as many items as the payload of a record may have
MAX_DETAILS: Final = 16
MAX_COUNT: Final = 2**63 - 1  # what a 64-bit column holds
HASH_LENGTH: Final = 32  # SHA-256
_SYSTEM: Final = next(one.cap for one in TEXTS if one.name == "system")
_STATUS: Final = next(one.cap for one in TEXTS if one.name == "status")
# For one look at all texts together: a longer one is held against its own cap.
_SMALLEST_CAP: Final = min(LONGEST_NAME, MAX_DETAIL, *(one.cap for one in TEXTS))
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


TOLD: Final = "told"
"""The detail of a refusal that says which reason its caller heard, where the true one would have told too much."""
DECISIONS: Final = (Kind.CHANGE.value, Kind.ADMIN.value, Kind.SEAL_USE.value, Kind.ERASURE.value)
"""The kinds of record by which rows of the hub change: each binds what it changed (`hub.db.binding`)."""


def _check_department(name: str, value: str) -> None:
    if value and not (len(value) == _USCC_LENGTH and value.isascii() and value.isalnum()):
        raise NOT_A_CREDIT_CODE(field=name)


def _check_count(name: str, value: int) -> None:
    if not 0 <= value <= MAX_COUNT:
        raise COUNT_OUT_OF_RANGE(field=name, most=MAX_COUNT)


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acted: a department (USCC; empty for the public and for the hub itself), its system, and the officer in charge.

    Department and system come from a certificate; what was written as the officer is looked at by `Event`.
    """

    department: str
    system: str
    officer: str

    def __post_init__(self) -> None:
        _check_department("actor.department", self.department)
        guard_lines("actor.system", self.system, _SYSTEM)


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One thing that happened and must be accounted for; `detail` is small and holds no personal data.

    `other` is the USCC of the other department concerned (the provider of a query), `resource` a resource name, `status` "ok" or
    an error code, `rows` and `bytes` what was released, `digest` the hash of the released answer, `intent_index` the log index of
    the intent that an outcome closes.

    An event is the last door for texts: an action whose texts are too long, or spell an ID number or the subject's key, is refused. In the
    record of a refusal such a text is replaced instead, because a refusal is always on record, and such a text never.
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
            raise TIME_OF_EVENT(field="at")
        if not self.action:
            raise ACTION_MISSING(field="action")
        _check_department("other", self.other)
        object.__setattr__(self, "detail", MappingProxyType(dict(self.detail)))
        few = len(self.fields) <= MAX_FIELDS and len(self.detail) <= MAX_DETAILS
        texts = (*texts_of(self), *self.fields, *self.detail, *self.detail.values())
        # One cheap look clears nearly every event; only what it does not clear is looked at text by text.
        if not few or not hot.is_harmless(texts, _SMALLEST_CAP, self.subject.id if self.subject else ""):
            if self.kind is Kind.REFUSAL:
                self._withhold()
            else:
                self._check_texts()
        _check_numbers(self.kind, self.rows, self.bytes, self.digest, self.intent_index)
        if self.kind is Kind.SEARCH and not self.reason:
            raise REASON_MISSING(field="reason")

    def outcome(
        self,
        at: datetime,
        status: str,
        intent_index: int,
        *,
        rows: int = 0,
        size: int = 0,
        digest: builtins.bytes = b"",
        dropped: str = "",
        detail: Mapping[str, str] = MappingProxyType({}),
    ) -> Self:
        """Return the outcome of this intent. It repeats the intent's texts, which were checked; `detail` is the hub's own.

        `dropped` are names that a provider made up.
        """
        # `copy_with` runs no `__post_init__`: what differs from the intent is checked here, the rest was checked there.
        guard_lines("status", status, _STATUS)
        if dropped:
            detail = {**detail, "dropped": _harmless(RecordText("detail", dropped, MAX_DETAIL, Guard.SPACED), self._key)}
        detail = MappingProxyType({**self.detail, **detail}) if detail else self.detail
        _check_numbers(Kind.OUTCOME, rows, size, digest, intent_index)
        return hot.copy_with(
            self, kind=Kind.OUTCOME, at=at, status=status, intent_index=intent_index, rows=rows, bytes=size, digest=digest, detail=detail
        )

    def correction(self, at: datetime, status: str, intent_index: int, detail: Mapping[str, str]) -> Self:
        """Return a second outcome of this intent, which takes back the first; `detail` is the hub's own and names it."""
        guard_lines("status", status, _STATUS)
        _check_numbers(Kind.OUTCOME, 0, 0, b"", intent_index)
        return hot.copy_with(
            self, kind=Kind.OUTCOME, at=at, status=status, intent_index=intent_index, detail=MappingProxyType({**self.detail, **detail})
        )

    @property
    def _key(self) -> Key:
        return Key(self.subject.id if self.subject else "")

    def _written(self) -> Iterator[RecordText]:
        for one, text in zip(TEXTS, texts_of(self), strict=True):
            yield RecordText(one.name, text, one.cap, one.guard)
        for name in self.fields:
            yield RecordText("fields", name, LONGEST_NAME, Guard.SPACED)
        for name, text in self.detail.items():
            yield RecordText("detail", name, LONGEST_NAME, None)
            yield RecordText("detail", text, MAX_DETAIL, guard_of_detail(name))

    def _check_texts(self) -> None:
        key = self._key
        if len(self.fields) > MAX_FIELDS or len(self.detail) > MAX_DETAILS:
            raise TOO_MANY_PARTS(field="fields", fields=MAX_FIELDS, details=MAX_DETAILS)
        for one in self._written():
            guard_lines(one.field, one.text, one.cap)
            if key.stands_in(one.text):
                raise SUBJECT_IN_CLEAR(field="subject", place=field_word(one.field))
            if one.guard is not None and spells_id_number(one.text, one.guard):
                raise (CASE_NUMBER_LIKE_AN_ID if one.guard is Guard.WHOLE else ID_NUMBER_IN_CLEAR)(field=one.field)

    def _withhold(self) -> None:
        """Replace what a record may not hold, so that this refusal can be written."""
        key = self._key
        texts = {one.field: _harmless(one, key) for one in self._written() if one.field not in {"fields", "detail"}}
        actor = Actor(self.actor.department, texts.pop("system"), texts.pop("officer"))
        names = tuple(_harmless(RecordText("fields", name, LONGEST_NAME, Guard.SPACED), key) for name in self.fields[:MAX_FIELDS])
        detail = {
            _harmless(RecordText("detail", name, LONGEST_NAME, None), key): _harmless(
                RecordText("detail", text, MAX_DETAIL, guard_of_detail(name)), key
            )
            for name, text in list(self.detail.items())[:MAX_DETAILS]
        }
        for name, value in {**texts, "actor": actor, "fields": names, "detail": MappingProxyType(detail)}.items():
            object.__setattr__(self, name, value)


def _check_numbers(kind: Kind, rows: int, size: int, digest: bytes, intent_index: int | None) -> None:
    _check_count("rows", rows)
    _check_count("bytes", size)
    if len(digest) not in {0, HASH_LENGTH}:
        raise DIGEST_LENGTH(field="digest")
    if kind is Kind.OUTCOME and intent_index is None:
        raise INTENT_MISSING(field="intent_index")
    if intent_index is not None:
        _check_count("intent_index", intent_index)


def _harmless(one: RecordText, key: Key) -> str:
    """Return a text as the record of a refusal may hold it: on one line, cut to its cap, withheld where it says too much or cannot be read."""
    text = one.text if one.text.isprintable() else one_line(one.text)
    short = text[: one.cap]
    spells = one.guard is not None and any(spells_id_number(part, one.guard) for part in (text, short))  # a cut may leave the form of one
    return WITHHELD if spells or not _is_line(text) or key.stands_in(text) else short


def _is_line(text: str) -> bool:
    """Tell whether a text has no control character, line breaks included, and no lone surrogate."""
    return text.isprintable() or not any(c < " " or "\x7f" <= c <= "\x9f" or "\ud800" <= c <= "\udfff" for c in text)


@dataclass(frozen=True, slots=True)
class Receipt:
    """What a caller keeps: the place of its record in a log, from which a proof can be asked for after the next checkpoint."""

    origin: str
    index: int
    leaf_hash: bytes

    def __post_init__(self) -> None:
        _check_count("index", self.index)
        if not self.origin or len(self.leaf_hash) != HASH_LENGTH:
            raise RECEIPT_INCOMPLETE(field="leaf_hash")


@dataclass(frozen=True, slots=True)
class Erasure:
    """By which later record of the log a record was erased, and on which legal ground."""

    index: int
    legal_basis: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """An event as read back from the log: the subject is a pseudonym. After an erasure only what the leaf says is left, the rest is empty."""

    index: int
    leaf: builtins.bytes
    kind: Kind
    at: datetime
    actor: Actor
    other: str = ""
    action: str = ""
    resource: str = ""
    purpose: str = ""
    case_number: str = ""
    grant: str = ""
    subject_domain: str = ""
    pseudonym: builtins.bytes | None = None
    fields: tuple[str, ...] = ()
    status: str = ""
    rows: int = 0
    bytes: int = 0
    digest: builtins.bytes = b""
    reason: str = ""
    intent_index: int | None = None
    detail: Mapping[str, str] = field(default_factory=dict)
    erasure: Erasure | None = None

    @property
    def erased(self) -> bool:
        """Tell whether its content was erased."""
        return self.erasure is not None

    def as_told(self) -> Self:
        """Return the record as the departments that it names see it: a refusal with the reason that its caller heard (`TOLD`)."""
        if TOLD not in self.detail:
            return self
        return replace(self, status=self.detail[TOLD], detail={name: text for name, text in self.detail.items() if name != TOLD})

    def as_supervised(self) -> Self:
        """Return the record as the authority sees it of another department: nothing by which a person could be found or told from another."""
        return replace(self.as_told(), subject_domain="", pseudonym=None, digest=b"")
