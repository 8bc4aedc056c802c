"""What may be used, by whom, for what, how long; and the one rule of every decision: what is given is never wider than what was asked."""

import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from types import MappingProxyType
from typing import Any, Final

from brokerage.model.reasons import (
    ENTRY_LACKS_MODE,
    ENTRY_LACKS_NAMES,
    MASK_TOO_WIDE,
    MASK_WITHOUT_FIELD,
    MODE_MISSING,
    NAME_SHAPE,
    NAMED_TWICE,
    TERMS_COUNT,
    TERMS_NUMBER,
    WIDER_THAN_ASKED,
)
from brokerage.model.scope import Rows, clean_rows, fit_rows, rows_imply, rows_plain
from catalog.masking import stricter
from catalog.model import Entry, ShareMode, parse_mask
from hub.faults import Faults
from hub.wording import Guard, Purpose, spells_id_number
from shuniu.words import Word, either

MAX_FIELDS: Final = 256
MAX_PURPOSES: Final = 100
MAX_SYSTEMS: Final = 100
MAX_PERIOD: Final = 1_095  # calendar days, three years
MAX_DAILY_CALLS: Final = 1_000_000_000
MODES: Final[Mapping[ShareMode, Word]] = {
    ShareMode.QUERY: Word("query", "queries", "查询"),
    ShareMode.CHECK: Word("check", "checks", "核验"),
    ShareMode.STREAM: Word("stream", "streams", "批量交换"),
    ShareMode.SUBSCRIBE: Word("subscribe", "subscriptions", "订阅"),
    ShareMode.FILE: Word("file", "files", "文件"),
}
"""What data moves by, in the plural: a grant is given for queries."""
_NO_MODE: Final = Word("", "no mode", "“无”")
_MOST_NAMED: Final = 10  # how many names an error repeats
_FIELD: Final = re.compile(r"[a-z0-9_]{1,63}")  # as in the directory
_SYSTEM: Final = re.compile(r"[a-z0-9-]{1,63}")
_PURPOSE: Final = re.compile(rf"[0-9A-Za-z][0-9A-Za-z._-]{{0,{Purpose.cap - 1}}}")
_SHAPES: Final[Mapping[re.Pattern[str], Word]] = {
    _FIELD: Word("field", "at most 63 of a-z, 0-9 and underscore", "不超过63个小写字母、数字或者下划线"),
    _SYSTEM: Word("system", "at most 63 of a-z, 0-9 and dash", "不超过63个小写字母、数字或者连字符"),
    _PURPOSE: Word(
        "purpose", f"at most {Purpose.cap} letters, digits, dots, dashes and underscores", f"不超过{Purpose.cap}个字母、数字、点、连字符或者下划线"
    ),
}


@dataclass(frozen=True, slots=True)
class Terms:
    """The extent of a right: fields, masks stricter than the entry's own, purposes, systems (none named: all), days, calls a day, mode, rows.

    What somebody writes is read through `clean`; what is stored was read once and is not judged again.
    """

    fields: tuple[str, ...]
    purposes: tuple[str, ...]
    period_days: int
    daily_calls: int
    mode: str
    systems: tuple[str, ...] = ()
    masks: Mapping[str, str] = field(default_factory=dict)
    rows: Rows = ()
    """行范围: conditions that all hold of each record; none means all records."""

    def __post_init__(self) -> None:
        # an empty rule is no rule: terms with and without it are equal
        object.__setattr__(self, "masks", MappingProxyType({name: rule for name, rule in sorted(self.masks.items()) if rule}))

    def clean(self) -> "Terms":
        """Return the terms in their one spelling; raise InvalidInputError with all that no entry could give."""
        unfit = Faults()
        purposes = tuple(unfit.take(partial(Purpose, one, "terms.purposes"), one) for one in self.purposes)
        terms, faults = replace(self, purposes=purposes), Faults(unfit)
        _check_names(faults, "fields", terms.fields, (1, MAX_FIELDS), _FIELD)
        _check_names(faults, "purposes", terms.purposes, (1, MAX_PURPOSES), _PURPOSE)  # Decree 716 art. 7: data serves a stated service alone
        _check_names(faults, "systems", terms.systems, (0, MAX_SYSTEMS), _SYSTEM)
        _check_number(faults, "period_days", terms.period_days, MAX_PERIOD)
        _check_number(faults, "daily_calls", terms.daily_calls, MAX_DAILY_CALLS)
        if not terms.mode:
            faults.add(MODE_MISSING(field="terms.mode"))
        if not terms.masks.keys() <= set(terms.fields):
            faults.add(MASK_WITHOUT_FIELD(field="terms.masks"))
        for rule in dict.fromkeys(terms.masks.values()):
            faults.take(partial(parse_mask, rule, "terms.masks"), None)
        rows = clean_rows(terms.rows, faults, lambda name: _FIELD.fullmatch(name) is not None, _SHAPES[_FIELD])
        faults.refuse()
        return replace(terms, rows=rows)

    def plain(self) -> dict[str, Any]:
        """Return the terms as plain values; without rows they are what they were before there were any."""
        rows = {"rows": rows_plain(self.rows)} if self.rows else {}
        return rows | {
            "fields": list(self.fields),
            "purposes": list(self.purposes),
            "period_days": self.period_days,
            "daily_calls": self.daily_calls,
            "mode": self.mode,
            "systems": list(self.systems),
            "masks": dict(self.masks),
        }

    def narrower_than(self, asked: "Terms") -> bool:
        """Tell whether these terms are in no respect wider than `asked`; terms of the same extent are."""
        return (
            set(self.fields) <= set(asked.fields)
            and all(shows_no_more(self.masks.get(name, ""), asked.masks.get(name, "")) for name in self.fields)
            and set(self.purposes) <= set(asked.purposes)
            # no system named means all of them, which is wider than any list of some
            and (not asked.systems or (bool(self.systems) and set(self.systems) <= set(asked.systems)))
            and self.period_days <= asked.period_days
            and self.daily_calls <= asked.daily_calls
            and self.mode == asked.mode
            and rows_imply(self.rows, asked.rows)
        )

    def same_extent(self, other: "Terms") -> bool:
        """Tell whether both give exactly the same, in whatever order."""
        return self.narrower_than(other) and other.narrower_than(self)

    def fit(self, entry: Entry) -> "Terms":
        """Return these terms when the entry allows them, without the masking rules that are the entry's own anyway."""
        own, faults = {one.name: one.mask for one in entry.fields}, Faults()
        _check_subset(faults, Word("fields", "fields", "信息项"), self.fields, own)
        if entry.purposes:  # 目录条目限定了办理事项
            _check_subset(faults, Word("purposes", "purposes", "办理事项"), self.purposes, entry.purposes)
        if self.mode not in {mode.value for mode in entry.modes}:
            modes = either(*(MODES[mode] for mode in entry.modes)) if entry.modes else _NO_MODE
            faults.add(ENTRY_LACKS_MODE(field="terms.mode", modes=modes))
        for name, rule in self.masks.items():
            # of a field that the entry does not have, the first rule above says so
            if name in own and not shows_no_more(rule, own[name]):
                faults.add(MASK_TOO_WIDE(field="terms.masks", name=name, own=own[name]))
        rows = fit_rows(self.rows, entry, faults)
        faults.refuse()
        return replace(self, masks={name: rule for name, rule in self.masks.items() if rule != own[name]}, rows=rows)

    def within(self, asked: "Terms") -> "Terms":
        """Return these terms when they give no more than was asked."""
        if not self.narrower_than(asked):
            raise WIDER_THAN_ASKED(field="terms")
        return self


def shows_no_more(rule: str, than: str) -> bool:
    """Tell whether masking rule `rule` is at least as strict as `than`; rules of different kinds cannot be compared and do not pass."""
    # what both allow is the rule itself exactly where it shows no more; `keep:03,4` and `keep:3,4` are one rule
    both = stricter(rule, than)
    return rule in {than, both} or (parse_mask(both) is not None and parse_mask(both) == parse_mask(rule))


def _check_names(faults: Faults, what: str, names: tuple[str, ...], bounds: tuple[int, int], shape: re.Pattern[str]) -> None:
    field, (least, most) = f"terms.{what}", bounds
    if not least <= len(names) <= most:
        faults.add(TERMS_COUNT(field=field, least=least, most=most))
    if len(set(names)) != len(names):
        faults.add(NAMED_TWICE(field=field))
    if not all(shape.fullmatch(name) for name in names):
        faults.add(NAME_SHAPE(field=field, shape=_SHAPES[shape]))


def _check_number(faults: Faults, what: str, value: int, most: int) -> None:
    if not 1 <= value <= most:
        faults.add(TERMS_NUMBER(field=f"terms.{what}", most=most))


def _check_subset(faults: Faults, what: Word, names: Iterable[str], known: Collection[str]) -> None:
    missing = [name for name in names if name not in known]
    if missing:
        # a name may be anybody's number by mistake, and errors are logged
        repeatable = ["***" if spells_id_number(name, Guard.STRICT) else name for name in missing[:_MOST_NAMED]]
        named = Word(", ".join(repeatable), ", ".join(repeatable), "、".join(repeatable))
        faults.add(ENTRY_LACKS_NAMES(field=f"terms.{what.id}", what=what, names=named))
