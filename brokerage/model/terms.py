"""What may be used, by whom, for what, how long; and the one rule of every decision: what is given is never wider than what was asked."""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Final

from catalog.masking import stricter
from catalog.model import Entry, check_purpose, parse_mask
from hub.errors import InvalidInputError

MAX_FIELDS: Final = 256
MAX_PURPOSES: Final = 100
MAX_SYSTEMS: Final = 100
MAX_PERIOD: Final = 1_095  # calendar days, three years
MAX_DAILY_CALLS: Final = 1_000_000_000
_FIELD: Final = re.compile(r"[a-z0-9_]{1,63}")  # as in the directory
_SYSTEM: Final = re.compile(r"[a-z0-9-]{1,63}")


@dataclass(frozen=True, slots=True)
class Terms:
    """The extent of a right: fields, masks stricter than the entry's own, purposes, systems (none named: all), days, calls a day, way."""

    fields: tuple[str, ...]
    purposes: tuple[str, ...]
    period_days: int
    daily_calls: int
    mode: str
    systems: tuple[str, ...] = ()
    masks: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        _check_names("fields", self.fields, 1, MAX_FIELDS, _FIELD)
        _check_names("purposes", self.purposes, 1, MAX_PURPOSES)  # Decree 716 art. 7: data serves a stated service alone
        _check_names("systems", self.systems, 0, MAX_SYSTEMS, _SYSTEM)
        for purpose in self.purposes:
            check_purpose(purpose, "terms.purposes")
        _check_number("period_days", self.period_days, MAX_PERIOD)
        _check_number("daily_calls", self.daily_calls, MAX_DAILY_CALLS)
        if not self.mode:
            raise InvalidInputError("terms name the way in which data moves", field="terms.mode", zh="必须填写共享方式", reason="MODE_MISSING")
        for name, rule in self.masks.items():
            if name not in self.fields:
                raise InvalidInputError(
                    "a masking rule is given for a field that is not among the fields", field="terms.masks", zh="脱敏规则与信息项不符"
                )
            parse_mask(rule, "terms.masks")
        object.__setattr__(self, "masks", MappingProxyType({name: rule for name, rule in sorted(self.masks.items()) if rule}))

    def narrower_than(self, asked: "Terms") -> bool:
        """Tell whether these terms are in no respect wider than `asked`; terms of the same extent are."""
        return (
            set(self.fields) <= set(asked.fields)
            and all(shows_no_more(self.masks.get(name, ""), asked.masks.get(name, "")) for name in self.fields)
            and set(self.purposes) <= set(asked.purposes)
            and (not asked.systems or (bool(self.systems) and set(self.systems) <= set(asked.systems)))
            and self.period_days <= asked.period_days
            and self.daily_calls <= asked.daily_calls
            and self.mode == asked.mode
        )

    def same_extent(self, other: "Terms") -> bool:
        """Tell whether both give exactly the same, in whatever order."""
        return self.narrower_than(other) and other.narrower_than(self)

    def fitted(self, entry: Entry) -> "Terms":
        """Return these terms when the entry allows them, without the masking rules that are the entry's own anyway."""
        own = {one.name: one.mask for one in entry.fields}
        _check_subset("fields", self.fields, own, "信息项")
        if entry.purposes:  # 目录条目限定了办理事项
            _check_subset("purposes", self.purposes, entry.purposes, "办理事项")
        if self.mode not in [mode.value for mode in entry.modes]:
            ways = ", ".join(mode.value for mode in entry.modes)
            raise InvalidInputError(
                f"the entry is not shared in this way; it is shared by: {ways}",
                field="terms.mode",
                zh=f"目录条目的共享方式为：{ways}",
                reason="MODE_NOT_OFFERED",
            )
        for name, rule in self.masks.items():
            if not shows_no_more(rule, own[name]):
                raise InvalidInputError(
                    f"the masking rule of {name} would show more than the entry's own ({own[name]})",
                    field="terms.masks",
                    zh=f"{name} 的脱敏规则不得宽于目录条目（{own[name]}）",
                    reason="MASK_TOO_WIDE",
                )
        return replace(self, masks={name: rule for name, rule in self.masks.items() if rule != own[name]})


def shows_no_more(rule: str, than: str) -> bool:
    """Tell whether masking rule `rule` is at least as strict as `than`; rules of different kinds cannot be compared and do not pass."""
    return rule == than or stricter(rule, than) == rule


def _check_names(what: str, names: tuple[str, ...], least: int, most: int, shape: re.Pattern[str] | None = None) -> None:
    if not least <= len(names) <= most:
        raise InvalidInputError(f"terms name {least} to {most} {what}", field=f"terms.{what}", zh=f"{what} 应有 {least} 至 {most} 项")
    if len(set(names)) != len(names) or (shape and not all(shape.fullmatch(name) for name in names)):
        raise InvalidInputError(
            f"terms.{what} holds a name twice or one of a wrong shape", field=f"terms.{what}", zh=f"{what} 有重复或格式错误的名称"
        )


def _check_number(what: str, value: int, most: int) -> None:
    if not 1 <= value <= most:
        raise InvalidInputError(f"terms.{what} is 1 to {most}", field=f"terms.{what}", zh=f"{what} 应为 1 至 {most}")


def _check_subset(what: str, wanted: tuple[str, ...], offered: Collection[str], zh: str) -> None:
    missing = [name for name in wanted if name not in offered]
    if missing:
        raise InvalidInputError(
            f"the entry does not offer these {what}: {', '.join(missing[:10])}",
            field=f"terms.{what}",
            zh=f"目录条目不含这些{zh}：{'、'.join(missing[:10])}",
            next_action="read the entry again and ask for what it offers",
            reason="NOT_IN_ENTRY",
        )
