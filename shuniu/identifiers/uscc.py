"""The unified social credit code 统一社会信用代码 (GB 32100-2015): 18 characters, the last of which checks the others.

Layout (section 4): registering authority 1, category 1, region of registration 6 digits, organisation code 9, check 1.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final

from shuniu.catalogue import InvalidInputError, Reason
from shuniu.identifiers.spelling import bare

ALPHABET: Final = "0123456789ABCDEFGHJKLMNPQRTUWXY"  # section 4: no I, O, S, V, Z
LENGTH: Final = 18

_VALUE: Final = {character: value for value, character in enumerate(ALPHABET)}
_WEIGHTS: Final = tuple(pow(3, place, 31) for place in range(LENGTH - 1))  # annex B: 3 to the power of place, MOD 31
_REGION: Final = re.compile("[0-9]{6}")
_CODE: Final = re.compile(f"[{ALPHABET}]{{2}}[0-9]{{6}}[{ALPHABET}]{{10}}")
_ORGANISATION_WEIGHTS: Final = (3, 7, 9, 10, 5, 8, 4, 2)  # GB 11714-1997, MOD 11


def _row(reason: str, en: str, zh: str) -> Reason[InvalidInputError]:
    return Reason(
        error=InvalidInputError,
        reason=f"USCC_{reason}",
        en=en,
        zh=f"统一社会信用代码有误：{zh}",
        next_en="compare the code with the certificate",
        next_zh="请与登记证书核对代码",
    )


WRONG_LENGTH: Final = _row("WRONG_LENGTH", "a USCC has 18 characters, not {length}", "应为18位，实为{length}位")
NOT_17_CHARACTERS: Final = _row(
    "WRONG_LENGTH", "a check character is computed over 17 characters, not {length}", "校验码应由前17位计算，实为{length}位"
)
NOT_8_CHARACTERS: Final = _row("WRONG_LENGTH", "an organisation code begins with 8 characters, not {length}", "主体标识码前段应为8位，实为{length}位")
WRONG_REGION: Final = _row("WRONG_REGION", "characters 3 to 8 of a USCC are the digits of a region", "第3至8位应为数字的行政区划代码")
WRONG_CHECK_CHARACTER: Final = _row("WRONG_CHECK_CHARACTER", "the check character does not fit the first 17 characters", "校验码与前17位不符")
FOREIGN_CHARACTER: Final = _row(
    "FOREIGN_CHARACTER",
    "character {place} is not one a USCC may contain (digits and capitals without I, O, S, V, Z)",
    "第{place}位不是规定的字符（数字和除 I、O、S、V、Z 外的大写字母）",
)


def check_character(first17: str) -> str:
    """Return the 18th character that belongs to the first seventeen (GB 32100-2015 annex B, MOD 31)."""
    if len(first17) != LENGTH - 1:
        raise NOT_17_CHARACTERS(length=len(first17))
    _refuse_foreign_characters(first17)
    return _check_of(first17)


def organisation_check(first8: str) -> str:
    """Return the ninth character of an organisation code, the USCC's characters 9 to 17 (GB 11714-1997, MOD 11)."""
    if len(first8) != len(_ORGANISATION_WEIGHTS):
        raise NOT_8_CHARACTERS(length=len(first8))
    _refuse_foreign_characters(first8)
    # Letters count as in base 36 (GB 11714-1997), not by their place in ALPHABET, which leaves five of them out.
    total = sum(int(character, 36) * weight for character, weight in zip(first8, _ORGANISATION_WEIGHTS))
    return "0123456789X"[-total % 11]


def build(authority_and_category: str, region: str, organisation8: str) -> str:
    """Compose a whole code, both check characters included, from its kind (such as "11"), region and organisation."""
    first17 = authority_and_category + region + organisation8 + organisation_check(organisation8)
    return parse_uscc(first17 + check_character(first17))


def parse_uscc(text: str, field: str = "") -> str:
    """Return the code in its one spelling, or raise an error that names the first fault and the `field` of the request.

    Full-width forms, blanks and small letters are spellings of one code.
    """
    # Before it is folded, which would copy a text of any length.
    code = text if len(text) > 4 * LENGTH else bare(text)
    if _CODE.fullmatch(code) is not None and _check_of(code) == code[-1]:  # not by is_uscc, which remembers what it is asked
        return code
    if len(code) != LENGTH:
        raise WRONG_LENGTH(field=field, length=len(code))
    _refuse_foreign_characters(code, field)
    if _REGION.fullmatch(code, 2, 8) is None:  # section 4: GB/T 2260, digits only
        raise WRONG_REGION(field=field)
    # The organisation's own check character, the 17th, is not held against its rule when reading (docs/divergences.md).
    raise WRONG_CHECK_CHARACTER(field=field)


@lru_cache(maxsize=4096)
def is_uscc(text: str) -> bool:
    """Tell whether the text is a well-formed code, spelled in capitals without blanks; whether anybody bears it is another question.

    It raises nothing on the way: it is asked about every code and every certificate that anybody shows.
    """
    return _CODE.fullmatch(text) is not None and _check_of(text) == text[-1]


def region_of(code: str) -> str:
    """Return the six digits of the region in which the body is registered (characters 3 to 8)."""
    return parse_uscc(code)[2:8]


def _check_of(code: str) -> str:
    """Return the check character of what begins with seventeen known characters (annex B, MOD 31)."""
    total = sum(_VALUE[character] * weight for character, weight in zip(code, _WEIGHTS))
    return ALPHABET[-total % 31]  # 31 - total MOD 31, and 0 for 31


def _refuse_foreign_characters(code: str, field: str = "") -> None:
    for place, character in enumerate(code, start=1):
        if character not in _VALUE:
            raise FOREIGN_CHARACTER(field=field, place=place)
