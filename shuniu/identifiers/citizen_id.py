"""The citizen's identity number 公民身份号码 (GB 11643-1999): region, birth date, sequence, check character.

Full-width forms, blanks and a small x are spellings of one number. A number of 15 digits (GB 11643-1989) is refused and never completed: its
year has two digits, so whoever was born before 1900 could be taken for somebody else; documents that bear one ended in 2013 (居民身份证法 art. 23).
No error text repeats the number: it is personal data.
"""

from __future__ import annotations

import re
from calendar import monthrange
from datetime import MINYEAR, date
from operator import mul
from typing import Final

from shuniu.catalogue import InvalidInputError, Reason
from shuniu.identifiers.spelling import bare

LENGTH: Final = 18

_CHECKS: Final = "10X98765432"  # ISO 7064 MOD 11-2, by remainder
_WEIGHTS: Final = tuple(pow(2, LENGTH - place, 11) for place in range(1, LENGTH))  # ISO 7064: 2 to the power of the places to the right, MOD 11
_ALL_ZERO: Final = ord("0") * sum(_WEIGHTS)
_SHAPE: Final = re.compile("[0-9]{17}[0-9X]")
_OLD: Final = re.compile("[0-9]{15}")
_PROVINCE: Final = re.compile(  # GB/T 2260, first two digits; 81 to 83 are issued to residents from Hong Kong, Macao and Taiwan
    "1[1-5]|2[1-3]|3[1-7]|4[1-6]|5[0-4]|6[1-5]|71|8[1-3]",
)
_FIRST_YEAR: Final = 1800  # ours, against typing errors
_LAST_SEQUENCE: Final = 999
_MONTHS: Final = 12


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
OLD_FORM: Final = Reason(
    error=InvalidInputError,
    reason="CITIZEN_ID_OLD_FORM",
    en="an ID number of 15 digits (GB 11643-1989) is not taken",
    zh="公民身份号码有误：不受理15位旧号码（GB 11643-1989）",
    next_en="send the 18 characters of the present document: the full year of birth stands behind the sixth digit, a check character at the end",
    next_zh="请填写现行证件上的18位号码：第6位后为完整出生年份，末位为校验码",
)
NOT_17_DIGITS: Final = _row("WRONG_SHAPE", "a check character is computed over 17 digits", "校验码应由前17位数字计算")
WRONG_SEQUENCE: Final = _row("WRONG_SEQUENCE", "a sequence code is a number from 0 to 999", "顺序码应为0至999")
WRONG_REGION: Final = _row("WRONG_REGION", "the first two digits are not the code of a province", "前2位不是省级行政区划代码")
WRONG_DATE: Final = _row("WRONG_DATE", "digits 7 to 14 are not a date", "第7至14位不是日期")
TOO_EARLY: Final = _row("WRONG_DATE", f"digits 7 to 10 are a year before {_FIRST_YEAR}", f"第7至10位的年份早于{_FIRST_YEAR}年")
WRONG_CHECK_CHARACTER: Final = _row("WRONG_CHECK_CHARACTER", "the check character does not fit the first 17 digits", "校验码与前17位不符")


def check_character(first17: str) -> str:
    """Return the check character (0-9 or X) of the first seventeen digits (ISO 7064 MOD 11-2)."""
    if not re.fullmatch("[0-9]{17}", first17):
        raise NOT_17_DIGITS()
    return _check_of(first17)


def build(region: str, born: date, sequence: int) -> str:
    """Compose a number; odd sequences (1 to 999) belong to men, even ones to women."""
    if not 0 <= sequence <= _LAST_SEQUENCE:
        raise WRONG_SEQUENCE()
    first17 = f"{region}{born:%Y%m%d}{sequence:03d}"
    return parse_citizen_id(first17 + check_character(first17))


def parse_citizen_id(text: str, field: str = "") -> str:
    """Return the number in its one spelling, or raise an error that names the first fault and the `field` of the request."""
    # Before it is folded, which would copy a text of any length.
    number = text if len(text) > 4 * LENGTH else bare(text)
    if (fault := _fault_of(number)) is not None:
        raise fault(field=field)
    return number


def is_citizen_id(text: str) -> bool:
    """Tell whether the text, as it stands, is a well-formed number; whether anybody bears it is another question.

    It raises nothing on the way: every number in every text that people write is held against it.
    """
    return _fault_of(text.upper() if len(text) == LENGTH else text) is None


def birth_date_of(text: str) -> date:
    """Return the date of birth that a well-formed number states."""
    number = parse_citizen_id(text)
    return date(int(number[6:10]), int(number[10:12]), int(number[12:14]))


def sex_of(text: str) -> str:
    """Return 男 for an odd sequence and 女 for an even one (GB 11643-1999, sequence code)."""
    return "男" if int(parse_citizen_id(text)[16]) % 2 else "女"


def _fault_of(number: str) -> Reason[InvalidInputError] | None:
    """Return the first thing that is wrong with a number, None for a well-formed one."""
    # Length first: texts of any size come here.
    if len(number) > 4 * LENGTH:
        return TOO_LONG
    if _SHAPE.fullmatch(number) is None:
        return OLD_FORM if _OLD.fullmatch(number) else WRONG_SHAPE
    if _PROVINCE.fullmatch(number, 0, 2) is None:
        return WRONG_REGION
    year, month, day = int(number[6:10]), int(number[10:12]), int(number[12:14])
    # Not by date(), which raises: this runs for every such number in every text.
    if not (year >= MINYEAR and 1 <= month <= _MONTHS and 1 <= day <= monthrange(year, month)[1]):
        return WRONG_DATE
    if year < _FIRST_YEAR:
        return TOO_EARLY
    return None if _check_of(number) == number[-1] else WRONG_CHECK_CHARACTER


def _check_of(number: str) -> str:
    """Return the check character of what begins with seventeen digits (ISO 7064 MOD 11-2)."""
    # By ASCII codes, each 48 above its digit: 0.8 us, digit by digit 3 us, and every query needs it. map stops behind the 17 weights.
    return _CHECKS[(sum(map(mul, number.encode(), _WEIGHTS)) - _ALL_ZERO) % 11]
