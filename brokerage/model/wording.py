"""What people write into a case: present, not too long, printable, and on one line where the log repeats it."""

import re
from typing import Final

from hub.citizen_id import is_citizen_id
from hub.errors import InvalidInputError

MAX_REASON: Final = 1_000  # as much as a log record holds
MAX_CASE_NUMBER: Final = 128

_LIKE_AN_ID: Final = re.compile(r"(?<![0-9])[0-9]{17}[0-9Xx](?![0-9])")


def check_wording(value: str, field: str, most: int = MAX_REASON) -> None:
    """Refuse a text that is blank, too long or holds control characters other than line breaks."""
    if not value.strip():
        raise InvalidInputError(f"{field} is required", field=field, zh=f"必须填写 {field}", next_action=f"fill in {field}")
    check_shape(value, field, most)


def check_shape(value: str, field: str, most: int) -> None:
    """Refuse a text, which may be empty, that is too long, holds control characters other than line breaks, or an ID number."""
    if len(value) > most or any((c < " " and c != "\n") or "\x7f" <= c <= "\x9f" or "\ud800" <= c <= "\udfff" for c in value):
        raise InvalidInputError(
            f"{field} has at most {most} characters and no control characters",
            field=field,
            zh=f"{field} 不得超过 {most} 个字符，且不得含控制字符",
        )
    if any(is_citizen_id(number) for number in _LIKE_AN_ID.findall(value)):  # what is written here is stored and logged in clear
        raise InvalidInputError(
            f"{field} must not spell anybody's ID number",
            field=field,
            zh=f"{field} 中不得出现公民身份号码",
            next_action="leave the number out",
            reason="ID_NUMBER_IN_CLEAR",
        )


def check_line(value: str, field: str) -> None:
    """Refuse a text of several lines."""
    if "\n" in value:
        raise InvalidInputError(f"{field} stands on one line", field=field, zh=f"{field} 不得换行")


def one_line(value: str) -> str:
    """Return a text as the log repeats it: blanks and line breaks become single blanks."""
    return " ".join(value.split())
