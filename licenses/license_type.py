"""License types as data: what kinds of license there are, who holds them, which fields they carry and how long they run.

The types stand in `types.toml` (read by `licenses/type_file.py`); no program branches on a type.
"""

import calendar
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import partial
from typing import Final

from hub.faults import Faults
from hub.identifiers import canonical, own_key
from licenses.model import DOMAINS, PERSON, Draft, Holder, License
from licenses.reasons.issuing import (
    BEGINS_LATER,
    FIELD_MISSING,
    FIELD_SHAPE,
    FIELD_UNKNOWN,
    HOLDER_INCOMPLETE,
    HOLDERS_WRONG_COUNT,
    NO_SUCH_TYPE,
    VALIDITY_WRONG,
)
from licenses.reasons.type_file import TERM
from licenses.spelling import graphemes, plain
from shuniu.words import Word

LONG_TERM: Final = "长期"
_TERM: Final = re.compile(r"([1-9][0-9]{0,2}) (years|months|days)")
_MONTHS: Final = 12
_LONGEST_NAME: Final = 40
_MAX_ORGANISATION: Final = 30


@dataclass(frozen=True, slots=True)
class Term:
    """How long a license runs: months and days, or without end (长期) when both are None."""

    months: int | None = None
    days: int | None = None

    @classmethod
    def parse(cls, text: str) -> "Term":
        """Read "长期", "5 years", "6 months" or "30 days"."""
        if text == LONG_TERM:
            return cls()
        match = _TERM.fullmatch(text)
        if match is None:
            raise TERM(field="validity")
        number = int(match[1])
        return {"years": cls(months=number * _MONTHS), "months": cls(months=number), "days": cls(days=number)}[match[2]]

    def last_day(self, first: date) -> date | None:
        """Return the last day of a term that begins on `first`, None for 长期: one year from 2025-03-01 runs to 2026-02-28."""
        if self.days is not None:
            return first + timedelta(days=self.days - 1)
        if self.months is None:
            return None
        year, month = divmod(first.year * _MONTHS + first.month - 1 + self.months, _MONTHS)
        # the last day of a month that has no such day: a month from 31 January ends on the last of February
        ends = date(year, month + 1, min(first.day, calendar.monthrange(year, month + 1)[1]))
        return ends - timedelta(days=1) if ends.day == first.day else ends

    def allows(self, first: date, last: date | None) -> bool:
        """Tell whether a license from `first` to `last` (None: 长期) is no longer than this term."""
        longest = self.last_day(first)
        # a license without end is longer than any term that has one
        return longest is None or (last is not None and last <= longest)


@dataclass(frozen=True, slots=True)
class BusinessField:
    """One business field (KZ_*, GB/T 36903) of a license type; a public one stands on the static code."""

    name: str
    zh: str
    en: str
    required: bool
    pattern: re.Pattern[str]
    public: bool

    def check(self, value: str | None) -> None:
        """Refuse an absent value where one is required, and one that does not fit; the value is never repeated."""
        if value is None:
            if self.required:
                raise FIELD_MISSING(field=self.name, label=self.label)
        elif not self.pattern.fullmatch(value):
            raise FIELD_SHAPE(field=self.name, label=self.label)

    @property
    def label(self) -> Word:
        """Return what people call the field."""
        return Word(self.name, self.en, self.zh)


@dataclass(frozen=True, slots=True)
class LicenseType:
    """One kind of license, as its defining authority describes it."""

    code: str
    verified: bool
    zh: str
    en: str
    authority: str
    authority_name: str
    issued_by: str
    holder_kinds: frozenset[str]
    holders: int
    validity: Term
    longest: Term
    fields: tuple[BusinessField, ...]

    def admit(self, draft: Draft) -> Draft:
        """Return the draft with names, texts and codes as they are written everywhere, or refuse what this type does not allow."""
        known, unfit = {field.name for field in self.fields}, Faults()
        # of a field that the type does not have, `check` says so
        fields = {name: unfit.take(partial(plain, value, name), value) if name in known else value for name, value in draft.fields.items()}
        faults = Faults(unfit)
        faults.take(partial(self.check, fields), None)
        if not 1 <= len(draft.holders) <= self.holders:
            faults.add(HOLDERS_WRONG_COUNT(field="holders", most=self.holders))
        holders = tuple(faults.take(partial(self._holder, one, place), one) for place, one in enumerate(draft.holders[: self.holders]))
        faults.refuse()
        return replace(draft, holders=holders, fields=fields)

    def _holder(self, holder: Holder, place: int) -> Holder:
        title = plain(holder.title, f"holders[{place}].title")
        if holder.code_type not in self.holder_kinds or not title or not holder.code.strip():
            raise HOLDER_INCOMPLETE(field="holders", kinds=", ".join(sorted(self.holder_kinds)))
        domain = DOMAINS.get(holder.code_type)
        code = canonical(domain, holder.code, "holders") if domain else own_key(holder.code, "holders")
        return replace(holder, title=title, code=code)

    def term_of(self, draft: Draft, today: date) -> tuple[date, date | None]:
        """Return the first and the last day. A code says when it ends but not when it begins, so nothing is issued ahead of its time."""
        first = draft.valid_from or today
        if first > today:
            raise BEGINS_LATER(field="valid_from")
        last = draft.valid_to or self.validity.last_day(first)
        if not self.longest.allows(first, last) or (last is not None and last < today):
            raise VALIDITY_WRONG(field="valid_to")
        return first, last

    def check(self, values: Mapping[str, str]) -> None:
        """Refuse business fields that this type does not have, lacks, or that do not fit their pattern."""
        faults = Faults()
        for name in sorted(one[:_LONGEST_NAME] for one in values.keys() - {field.name for field in self.fields}):
            faults.add(FIELD_UNKNOWN(field=name, name=name, type=Word(self.code, self.en, self.zh)))
        for field in self.fields:
            faults.take(partial(field.check, values.get(field.name)), None)
        faults.refuse()

    def public_of(self, values: Mapping[str, str]) -> dict[str, str]:
        """Return those of the values that may stand on a static code."""
        return {field.name: values[field.name] for field in self.fields if field.public and field.name in values}

    def outline(self, whole: License) -> License:
        """Return a license with no more of its holders and fields than stands on its code."""
        # without their codes: a static code has none either
        holders = tuple(Holder(holder_short(one.title, one.code_type), "", one.code_type) for one in whole.holders)
        return replace(whole, holders=holders, fields=self.public_of(whole.fields))


class LicenseTypes(Mapping[str, LicenseType]):
    """All license types by code."""

    def __init__(self, types: Mapping[str, LicenseType]) -> None:
        """Keep the types in the order of their file."""
        self._types = dict(types)

    def __getitem__(self, code: str) -> LicenseType:
        return self._types[code]

    def __iter__(self) -> Iterator[str]:
        return iter(self._types)

    def __len__(self) -> int:
        return len(self._types)

    def find(self, code: str) -> LicenseType:
        """Return a type by its code; an unknown code is a `NotFoundError`."""
        if code not in self._types:
            raise NO_SUCH_TYPE()
        return self._types[code]


def holder_short(name: str, holder_kind: str) -> str:
    """Return the form of a holder's name that may stand on a code: 张*明 for a person (111), a name cut at 30 characters otherwise."""
    if holder_kind != PERSON:
        return name if len(name) <= _MAX_ORGANISATION else name[: _MAX_ORGANISATION - 1] + "…"
    shown = graphemes(name)
    if len(shown) <= 2:  # noqa: PLR2004 - 张明 becomes 张*
        return shown[0] + "*" if len(shown) > 1 else "*"
    return shown[0] + "*" * (len(shown) - 2) + shown[-1]
