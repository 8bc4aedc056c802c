"""What a query is and when it may not even be looked at. Pure: values in, values out."""

import re
from dataclasses import dataclass
from typing import Final

from hub.citizen_id import is_citizen_id
from hub.errors import InvalidInputError

LONGEST: Final = {"grant": 64, "purpose": 64, "case_number": 64, "officer": 64, "subject_key": 64, "request_id": 64, "entry": 64}
LONGEST_FIELD: Final = 63
MOST_FIELDS: Final = 200
MOST_RECORDS: Final = 1_000
MOST_BYTES: Final = 4 * 1024 * 1024
_NAMES: Final = {"grant": "共享授权", "purpose": "办理事项", "case_number": "办件编号", "officer": "经办人", "subject_key": "数据主体标识"}
_LOGGED: Final = ("grant", "purpose", "case_number", "officer", "request_id", "entry")
_WORTH_HIDING: Final = 6  # a shorter key would be "found" inside unrelated text by chance
_LIKE_AN_ID: Final = re.compile(r"(?<![0-9])[0-9]{17}[0-9Xx](?![0-9])")


@dataclass(frozen=True, slots=True)
class Query:
    """One look at one subject's records: under which grant, for what, in which case, by whom."""

    grant: str
    purpose: str
    case_number: str
    officer: str
    subject_key: str
    fields: tuple[str, ...] = ()
    request_id: str = ""
    entry: str = ""

    def __post_init__(self) -> None:
        """Refuse what is missing (every access names purpose, case and officer) or longer than it can be."""
        for name, zh in _NAMES.items():
            if not getattr(self, name).strip():
                raise InvalidInputError(
                    f"{name} is missing", field=name, zh=f"缺少{zh}", next_action=f"send {name}", reason="MISSING_" + name.upper()
                )
        for name, longest in LONGEST.items():
            value = getattr(self, name)
            if len(value) > longest or not value.isprintable():
                raise InvalidInputError(f"{name} must be at most {longest} printable characters", field=name, zh=f"{name} 过长或含非法字符")
        if len(self.fields) > MOST_FIELDS:
            raise InvalidInputError(f"at most {MOST_FIELDS} fields", field="fields", zh="信息项过多")
        if any(not 0 < len(name) <= LONGEST_FIELD or not name.isprintable() for name in self.fields):
            raise InvalidInputError(f"the name of a field has 1 to {LONGEST_FIELD} printable characters", field="fields", zh="信息项名称格式错误")
        self._hide_subject()

    def _hide_subject(self) -> None:
        """Refuse a query that spells the subject's key, or anybody's ID number, where the log keeps it in clear (audit.md: pseudonyms only)."""
        key = self.subject_key.strip().casefold()
        everything = "\n".join((self.grant, self.purpose, self.case_number, self.officer, self.request_id, self.entry, *self.fields))
        if key not in everything.casefold() and not _LIKE_AN_ID.search(everything):
            return
        for name in (*_LOGGED, "fields"):
            told = getattr(self, name) if name != "fields" else "\n".join(self.fields)
            clear = len(key) >= _WORTH_HIDING and key in told.casefold()
            if clear or any(is_citizen_id(number) for number in _LIKE_AN_ID.findall(told)):
                raise InvalidInputError(
                    f"{name} must not hold the subject's key or an ID number: it stands in the log in clear",
                    field=name,
                    zh=f"{name} 中不得出现数据主体标识或公民身份号码",
                    next_action=f"leave the number out of {name}",
                    reason="SUBJECT_IN_CLEAR",
                )

    @property
    def grant_id(self) -> str:
        """Return the id in grants/{id}."""
        kind, _, grant = self.grant.partition("/")
        if kind != "grants" or not grant:
            raise InvalidInputError("grant must be grants/{grant}", field="grant", zh="授权名称格式错误", next_action="list your grants")
        return grant


@dataclass(frozen=True, slots=True)
class Cleaning:
    """What the hub did to a provider's answer: fields it dropped because nobody granted them, fields it masked."""

    dropped: tuple[str, ...]
    masked: tuple[str, ...]
