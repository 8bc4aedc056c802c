"""What people write into a case: present, not too long, printable, and on one line where the log repeats it."""

from typing import Final

from hub.errors import InvalidInputError

MAX_REASON: Final = 1_000  # as much as a log record holds
MAX_CASE_NUMBER: Final = 128


def check_wording(value: str, field: str, most: int = MAX_REASON) -> None:
    """Refuse a text that is blank, too long or holds control characters other than line breaks."""
    if not value.strip():
        raise InvalidInputError(f"{field} is required", field=field, zh=f"必须填写 {field}", next_action=f"fill in {field}")
    check_shape(value, field, most)


def check_shape(value: str, field: str, most: int) -> None:
    """Refuse a text, which may be empty, that is too long or holds control characters other than line breaks."""
    if len(value) > most or any((c < " " and c != "\n") or "\x7f" <= c <= "\x9f" or "\ud800" <= c <= "\udfff" for c in value):
        raise InvalidInputError(
            f"{field} has at most {most} characters and no control characters",
            field=field,
            zh=f"{field} 不得超过 {most} 个字符，且不得含控制字符",
        )


def check_line(value: str, field: str) -> None:
    """Refuse a text of several lines."""
    if "\n" in value:
        raise InvalidInputError(f"{field} stands on one line", field=field, zh=f"{field} 不得换行")


def one_line(value: str) -> str:
    """Return a text as the log repeats it: blanks and line breaks become single blanks."""
    return " ".join(value.split())
