"""The citizen's identity number 公民身份号码 (GB 11643-1999): region, birth date, sequence, check character.

No error text repeats the number: it is personal data.
"""

import re
from datetime import date
from typing import Final

from hub.errors import InvalidInputError

LENGTH: Final = 18

_CHECKS: Final = "10X98765432"  # ISO 7064 MOD 11-2, by remainder
_WEIGHTS: Final = tuple(pow(2, LENGTH - place, 11) for place in range(1, LENGTH))
_SHAPE: Final = re.compile("[0-9]{17}[0-9X]")
_PROVINCE: Final = re.compile(  # GB/T 2260, first two digits; 81 to 83 are issued to residents from Hong Kong, Macao and Taiwan
    "1[1-5]|2[1-3]|3[1-7]|4[1-6]|5[0-4]|6[1-5]|71|8[1-3]",
)
_FIRST_YEAR: Final = 1800
_LAST_SEQUENCE: Final = 999


def check_character(first17: str) -> str:
    """Return the check character (0-9 or X) of the first seventeen digits (ISO 7064 MOD 11-2)."""
    if not re.fullmatch("[0-9]{17}", first17):
        raise _fault("a check character is computed over 17 digits", "WRONG_SHAPE")
    return _CHECKS[sum(int(digit) * weight for digit, weight in zip(first17, _WEIGHTS, strict=True)) % 11]


def build(region: str, born: date, sequence: int) -> str:
    """Compose a number; odd sequences (1 to 999) belong to men, even ones to women."""
    if not 0 <= sequence <= _LAST_SEQUENCE:
        raise _fault("a sequence has three digits", "WRONG_SEQUENCE")
    first17 = f"{region}{born:%Y%m%d}{sequence:03d}"
    return parse_citizen_id(first17 + check_character(first17))


def parse_citizen_id(text: str) -> str:
    """Return the number with a capital X and without blanks around it, or raise an error that names the first fault."""
    if len(text) > 4 * LENGTH:
        raise _fault("an ID number has 18 characters; the text is far longer", "WRONG_SHAPE")
    number = text.strip(" \t\r\n").upper()
    if _SHAPE.fullmatch(number) is None:
        raise _fault("an ID number has 17 digits and a digit or X", "WRONG_SHAPE")
    if _PROVINCE.fullmatch(number, 0, 2) is None:
        raise _fault("the first two digits name no province", "WRONG_REGION")
    _birth_date(number)
    if check_character(number[:-1]) != number[-1]:
        raise _fault("the check character does not fit the first 17 digits", "WRONG_CHECK_CHARACTER")
    return number


def is_citizen_id(text: str) -> bool:
    """Tell whether the text is a well-formed number; whether anybody bears it is another question."""
    try:
        parse_citizen_id(text)
    except InvalidInputError:
        return False
    return True


def birth_date_of(text: str) -> date:
    """Return the date of birth that a well-formed number states."""
    return _birth_date(parse_citizen_id(text))


def sex_of(text: str) -> str:
    """Return 男 for an odd sequence and 女 for an even one (GB 11643-1999, sequence code)."""
    return "男" if int(parse_citizen_id(text)[16]) % 2 else "女"


def _birth_date(number: str) -> date:
    try:
        born = date(int(number[6:10]), int(number[10:12]), int(number[12:14]))
    except ValueError:
        raise _fault("digits 7 to 14 are no date", "WRONG_DATE") from None
    if born.year < _FIRST_YEAR:
        raise _fault(f"digits 7 to 10 are a year before {_FIRST_YEAR}", "WRONG_DATE")
    return born


def _fault(message: str, reason: str) -> InvalidInputError:
    return InvalidInputError(message, zh="公民身份号码有误", reason=f"CITIZEN_ID_{reason}", next_action="compare the number with the document")
