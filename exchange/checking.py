"""核验: the steps in which a Check differs from a Query. The record stays at the provider where that answers predicates, else it stays here."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from brokerage.live_objections import LiveObjections
from exchange.cleaning import Sieve, clean
from exchange.ledger import GrantedAnswer
from exchange.model import MOST_RECORDS, Access, Permission
from exchange.reasons import ANSWER_OF_OTHER_TYPE, ANSWER_TO_OTHER_QUESTION, ANSWER_UNREADABLE
from exchange.steps import CLEAN
from exchange.values import value_from
from exchange.wire import Response, marks_to, said_from, said_to
from shuniu.digest import answer_digest
from shuniu.predicates import CheckAnswer, judge
from shuniu.provider.comparison import TYPES
from shuniu.scope import RowTest, ScopeError
from shuniu.words import Word


def answer_of(data: bytes, digest: bytes, provider: str) -> tuple[CheckAnswer, int]:
    """Return what a provider answered and of how many records; raise IntegrityError for what is no answer to this question."""
    answer, count, asked = said_from(data, provider)
    if asked != digest:
        raise ANSWER_TO_OTHER_QUESTION(step=CLEAN.place, provider=provider)
    if answer is None or not 0 <= count <= MOST_RECORDS:
        raise ANSWER_UNREADABLE(step=CLEAN.place, provider=provider)
    return answer, count


def judged(data: bytes, sieve: Sieve, permission: Permission) -> tuple[CheckAnswer, int]:
    """Return what fetched records say, each cleaned as it would be for a Query: of this subject, inside the grant's rows, of the entry's types."""
    asked = permission.asked
    assert asked is not None  # noqa: S101 - permitted as a Check
    cleaned = clean(data, sieve, permission.key)
    records = Response.FromString(cleaned.data).records
    try:
        said = judge(asked.tests, (_values(one.fields, asked.tests) for one in records), absent_is_no=asked.predicate.absent_is_no)
    except ScopeError as error:
        field = sieve.fields[error.field]
        column, kind = Word(field.name, field.name, field.label), TYPES[field.type.value]
        raise ANSWER_OF_OTHER_TYPE(step=CLEAN.place, provider=sieve.provider, column=column, type=Word(kind.id, kind.id, kind.zh)) from error
    return said, cleaned.rows


def _values(fields: Mapping[str, Any], tests: tuple[RowTest, ...]) -> dict[str, object]:
    # a field that did not come is a value that is missing
    return {one.field: value_from(fields[one.field]) if one.field in fields else None for one in tests}


def sieve_of(permission: Permission) -> Sieve:
    """Return what passes of a record: the fields that are asked about, as they are: nobody sees them, so nothing is masked."""
    return Sieve.of(permission.live, [replace(one, mask="") for one in permission.fields])


def granted(said: CheckAnswer, rows: int, salt: bytes, access: Access, permission: Permission, objections: LiveObjections) -> GrantedAnswer:
    """Return what is released: the answer, and what it is marked with where a record is under objection."""
    found = objections.of(permission.live.entry_name, permission.subject, (one.name for one in permission.fields))
    data = said_to(said) + (marks_to(found, access.caller) if found else b"")
    return GrantedAnswer(data, rows, (), salt, answer_digest(data, salt))
