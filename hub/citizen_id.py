"""The citizen's identity number 公民身份号码 (GB 11643-1999): region, birth date, sequence, check character.

No error text repeats the number: it is personal data.
"""

import re
from datetime import date
from typing import Final

from hub.errors import InvalidInputError, Reason

LENGTH: Final = 18

_CHECKS: Final = "10X98765432"  # ISO 7064 MOD 11-2, by remainder
_WEIGHTS: Final = tuple(pow(2, LENGTH - place, 11) for place in range(1, LENGTH))
_SHAPE: Final = re.compile("[0-9]{17}[0-9X]")
_PROVINCE: Final = re.compile(  # GB/T 2260, first two digits; 81 to 83 are issued to residents from Hong Kong, Macao and Taiwan
    "1[1-5]|2[1-3]|3[1-7]|4[1-6]|5[0-4]|6[1-5]|71|8[1-3]",
)
_FIRST_YEAR: Final = 1800
_LAST_SEQUENCE: Final = 999


def _row(reason: str, en: str, zh: str) -> Reason[InvalidInputError]:
    return Reason(
        error=InvalidInputError,
        reason=f"CITIZEN_ID_{reason}",
        en=en,
        zh=f"公民身份号码有误：{zh}",
        next_en="compare the number with the document",
        next_zh="请与证件核对号码",
    )


TOO_LONG: Final = _row("WRONG_SHAPE", "an ID number has 18 characters; the text is far longer", "应为18位，内容过长")
WRONG_SHAPE: Final = _row("WRONG_SHAPE", "an ID number has 17 digits and a digit or X", "应为17位数字加1位数字或X")
NOT_17_DIGITS: Final = _row("WRONG_SHAPE", "a check character is computed over 17 digits", "校验码应由前17位数字计算")
WRONG_SEQUENCE: Final = _row("WRONG_SEQUENCE", "a sequence code is a number from 0 to 999", "顺序码应为0至999")
WRONG_REGION: Final = _row("WRONG_REGION", "the first two digits are not the code of a province", "前2位不是省级行政区划代码")
WRONG_DATE: Final = _row("WRONG_DATE", "digits 7 to 14 are not a date", "第7至14位不是日期")
TOO_EARLY: Final = _row("WRONG_DATE", "digits 7 to 10 are a year before {first}", "第7至10位的年份早于{first}年")
WRONG_CHECK_CHARACTER: Final = _row("WRONG_CHECK_CHARACTER", "the check character does not fit the first 17 digits", "校验码与前17位不符")


def check_character(first17: str) -> str:
    """Return the check character (0-9 or X) of the first seventeen digits (ISO 7064 MOD 11-2)."""
    if not re.fullmatch("[0-9]{17}", first17):
        raise NOT_17_DIGITS()
    return _CHECKS[sum(int(digit) * weight for digit, weight in zip(first17, _WEIGHTS, strict=True)) % 11]


def build(region: str, born: date, sequence: int) -> str:
    """Compose a number; odd sequences (1 to 999) belong to men, even ones to women."""
    if not 0 <= sequence <= _LAST_SEQUENCE:
        raise WRONG_SEQUENCE()
    first17 = f"{region}{born:%Y%m%d}{sequence:03d}"
    return parse_citizen_id(first17 + check_character(first17))


def parse_citizen_id(text: str) -> str:
    """Return the number with a capital X and without blanks around it, or raise an error that names the first fault."""
    if len(text) > 4 * LENGTH:
        raise TOO_LONG()
    number = text.strip(" \t\r\n").upper()
    if _SHAPE.fullmatch(number) is None:
        raise WRONG_SHAPE()
    if _PROVINCE.fullmatch(number, 0, 2) is None:
        raise WRONG_REGION()
    _birth_date(number)
    if check_character(number[:-1]) != number[-1]:
        raise WRONG_CHECK_CHARACTER()
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
        raise WRONG_DATE() from None
    if born.year < _FIRST_YEAR:
        raise TOO_EARLY(first=_FIRST_YEAR)
    return born
