"""What a query is, when it may not even be looked at, and what an access may use. Pure: values in, values out."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from hashlib import sha256
from typing import Final, Self

from audit.model import Receipt
from brokerage.grants import LiveGrant
from catalog.model import Field
from exchange.asking import Asked
from exchange.reasons import (
    CASE_NUMBER_IN_CLEAR,
    CASE_NUMBER_MISSING,
    FIELD_NAME_SHAPE,
    FIELDS_TOO_MANY,
    GIVEN_TOO_MUCH,
    GRANT_MISSING,
    KEY_IN_CLEAR,
    NUMBER_IN_CLEAR,
    OFFICER_MISSING,
    PREDICATE_MISSING,
    PURPOSE_MISSING,
    SUBJECT_KEY_MISSING,
)
from exchange.subscribe_reasons import PLACES_TWO
from hub.access import Caller
from hub.identifiers import LONGEST_KEY, own_key
from hub.resource import id_of
from hub.subject import Subject
from hub.wording import CaseNumber, Key, Line, Officer, Purpose, RequestId, Text, guard_lines, spells_id_number
from shuniu.words import Word

LONGEST_FIELD: Final = 63
MOST_FIELDS: Final = 200
MOST_GIVEN: Final = 8
LONGEST_GIVEN: Final = 256
MOST_RECORDS: Final = 1_000
ASKED_RECORDS: Final = MOST_RECORDS + 1
"""Records that a provider is asked for: one more than may be released, so that the hub knows when there are more."""
MOST_BYTES: Final = 4 * 1024 * 1024  # what gRPC takes in one message unless told otherwise
MOST_RECEIVED: Final = 5 * 1024 * 1024
"""Bytes of an answer that are taken at all: 1 MiB above, so that what will be dropped may come."""
FOR_THE_OUTCOME: Final = 0.2
"""Seconds kept back from the caller's deadline for the outcome's record."""
_GRANTS: Final = "grants"
_ANY_ID: Final = re.compile(r".+")  # an id that no grant has is told as NO_GRANT, and that refusal is on the log


class GrantName(Text):
    """共享授权: the resource name grants/{grant}, under which every call is made."""

    field, cap, identifies, absent, in_clear = "grant", 64, True, GRANT_MISSING, NUMBER_IN_CLEAR

    def __new__(cls, value: str, field: str = "") -> Self:
        """Return the name; raise InvalidInputError where it is none."""
        name = super().__new__(cls, value, field)
        id_of(name, _GRANTS, field or cls.field, _ANY_ID)
        return name

    @property
    def id(self) -> str:
        """Return the id behind the slash."""
        return self[len(_GRANTS) + 1 :]


class _Purpose(Purpose):
    absent, in_clear = PURPOSE_MISSING, NUMBER_IN_CLEAR


class _CaseNumber(CaseNumber):
    absent, in_clear = CASE_NUMBER_MISSING, CASE_NUMBER_IN_CLEAR


class _Officer(Officer):
    absent, in_clear = OFFICER_MISSING, NUMBER_IN_CLEAR


class _RequestId(RequestId):
    in_clear = NUMBER_IN_CLEAR


class _EntryName(Line):
    field, cap, identifies, in_clear = "entry", 64, True, NUMBER_IN_CLEAR


TEXTS: Final[Mapping[str, type[Text]]] = {
    "grant": GrantName,
    "purpose": _Purpose,
    "case_number": _CaseNumber,
    "officer": _Officer,
    "request_id": _RequestId,
    "entry": _EntryName,
}
"""The texts of a query that the log keeps in clear, each by its type."""
_MOST_KNOWN: Final = 10_000
# A refusal is an exception, which lru_cache does not keep: wrong texts drive nothing out.
_READ: Final = {name: lru_cache(_MOST_KNOWN)(kind) for name, kind in TEXTS.items()}
"""The same, remembered: grants, purposes and officers come again with every call, and reading them costs more than finding them."""
read_grant: Final = lru_cache(_MOST_KNOWN)(GrantName)


@dataclass(frozen=True, slots=True, kw_only=True)
class Query:
    """One look at one subject's records: under which grant, for what, in which case, by whom.

    `subject_key` is as it was written: only the grant tells what it identifies, and so in which spelling it is used (`Permission`).
    """

    grant: GrantName
    purpose: str
    case_number: str
    officer: str
    subject_key: str
    fields: tuple[str, ...] = ()
    request_id: str = ""
    entry: str = ""

    def __post_init__(self) -> None:
        """Refuse what is missing (every access names purpose, case and officer), of a wrong shape, or not to be logged in clear."""
        self._read()
        _check_key(self.subject_key)
        _check_fields(self.fields)
        self._hide_key()  # last: the key is looked for in texts that are folded by now

    def asks(self, subject_key: str, request_id: str) -> "Query":
        """Return the same query about another subject; raise InvalidInputError for a key that is none, or that the log would hold in clear."""
        return Query(
            grant=self.grant,
            purpose=self.purpose,
            case_number=self.case_number,
            officer=self.officer,
            subject_key=subject_key,
            fields=self.fields,
            request_id=request_id,
            entry=self.entry,
        )

    def _read(self) -> None:
        for name, read in _READ.items():
            object.__setattr__(self, name, read(getattr(self, name)))

    def _hide_key(self) -> None:
        """Refuse a query that spells the subject's key where the log keeps it in clear; the log knows subjects by pseudonym alone."""
        key = Key(self.subject_key)
        logged = [getattr(self, name) for name in TEXTS]
        if not key.stands_in(*logged, *self.fields):
            return
        named = [name for name, text in zip(TEXTS, logged, strict=True) if key.stands_in(text)]
        raise KEY_IN_CLEAR(field=named[0] if named else "fields")


class PredicateName(Text):
    """核验项: the name under which the entry declares it."""

    field, cap, identifies, absent, in_clear = "predicate", LONGEST_FIELD, True, PREDICATE_MISSING, NUMBER_IN_CLEAR


@dataclass(frozen=True, slots=True, kw_only=True)
class Check(Query):
    """One question about one subject: a predicate of the grant's entry, and the values that it compares with, which stand nowhere in the log."""

    predicate: str
    given: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Refuse what a query is refused for, and a question without a name, or with values that nobody could compare."""
        Query.__post_init__(self)
        object.__setattr__(self, "predicate", PredicateName(self.predicate))
        if Key(self.subject_key).stands_in(self.predicate):
            raise KEY_IN_CLEAR(field="predicate")
        if len(self.given) > MOST_GIVEN or any(len(value) > LONGEST_GIVEN for value in self.given.values()):
            raise GIVEN_TOO_MUCH(field="given", most=MOST_GIVEN, longest=LONGEST_GIVEN)


@dataclass(frozen=True, slots=True, kw_only=True)
class Opening(Query):
    """What holds for all keys of a stream: a query that names nobody yet."""

    subject_key: str = ""

    def __post_init__(self) -> None:
        """Refuse what is missing, of a wrong shape, or not to be logged in clear."""
        self._read()
        _check_fields(self.fields)


@dataclass(frozen=True, slots=True)
class AskedKey:
    """One key of a stream as it came: its place, the key as it was written, and the caller's own number of it."""

    place: int
    subject_key: str
    request_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Whole(Query):
    """A whole table, or the rest of one behind `resume_token`: as a query, of nobody in particular."""

    subject_key: str = ""
    resume_token: bytes = b""

    def __post_init__(self) -> None:
        """Refuse what is missing, of a wrong shape, or not to be logged in clear."""
        for name, read in _READ.items():
            object.__setattr__(self, name, read(getattr(self, name)))
        _check_fields(self.fields)


@dataclass(frozen=True, slots=True, kw_only=True)
class Following(Whole):
    """The changes of an entry, behind a token or behind what was acknowledged; `from_beginning` sets that back."""

    from_beginning: bool = False

    def __post_init__(self) -> None:
        """Refuse what is missing, of a wrong shape, or not to be logged in clear, and two places at once."""
        Whole.__post_init__(self)
        if self.from_beginning and self.resume_token:
            raise PLACES_TWO(field="from_beginning")


@dataclass(frozen=True, slots=True)
class Access:
    """One call: who asks what, since when, and how long the caller waits: seconds, and the moment of the event loop's time when they end."""

    caller: Caller
    query: Query
    at: datetime
    time_left: float
    end: float


@dataclass(frozen=True, slots=True)
class Permission:
    """What an access may use: the grant as it stands at this moment, its fields that are wanted, and the key in its one spelling.

    The log, the provider and the comparison of the answer get this key and no other. `subject` is whose data it is, None where the entry does
    not say what its key identifies. `marks` are what intent and outcome say of the officer beside the number (`Caller.marks`), `asked` is what
    a Check asks.
    """

    live: LiveGrant
    fields: tuple[Field, ...]
    key: str
    subject: Subject | None
    marks: tuple[tuple[str, str], ...] = ()
    asked: Asked | None = None

    @classmethod
    def of(
        cls, live: LiveGrant, fields: tuple[Field, ...], written: str, marks: tuple[tuple[str, str], ...] = (), asked: Asked | None = None
    ) -> Self:
        """Return the permission for a key as it was written; raise InvalidInputError for one that is none, named by its fault."""
        if live.subject_domain:
            subject = Subject(live.subject_domain, written, "subject_key")
            return cls(live, fields, subject.id, subject, marks, asked)
        return cls(live, fields, own_key(written, "subject_key"), None, marks, asked)


@dataclass(frozen=True, slots=True)
class Delivery:
    """The serialised answer, the receipt of its outcome record, and the salt that opens the digest in it, of which the hub keeps no copy."""

    answer: bytes
    receipt: Receipt
    salt: bytes


@dataclass(frozen=True, slots=True)
class Question:
    """What a provider is asked, as the bytes that go to it; `columns` are the fields in it, the key among them in any case."""

    data: bytes
    resource: str
    columns: tuple[str, ...]
    consumer: str
    granted: tuple[Field, ...] = ()
    is_check: bool = False

    @property
    def digest(self) -> bytes:
        """Return by what an answer names this question: the SHA-256 of its bytes."""
        return sha256(self.data).digest()

    def word_of(self, column: str) -> Word:
        """Return the name of a column in both languages."""
        label = next((field.label for field in self.granted if field.name == column), column)
        return Word(column, column, label)


def _check_key(key: str) -> None:
    """Refuse a key that is blank or far too long; what it is to look like depends on the grant's entry."""
    if not key.strip():
        raise SUBJECT_KEY_MISSING(field="subject_key")
    guard_lines("subject_key", key, LONGEST_KEY)


def _check_fields(fields: tuple[str, ...]) -> None:
    if len(fields) > MOST_FIELDS:
        raise FIELDS_TOO_MANY(field="fields", most=MOST_FIELDS)
    if any(not 0 < len(name) <= LONGEST_FIELD or not name.isprintable() for name in fields):
        raise FIELD_NAME_SHAPE(field="fields", most=LONGEST_FIELD)
    if fields and spells_id_number("\n".join(fields)):
        raise NUMBER_IN_CLEAR(field="fields")
