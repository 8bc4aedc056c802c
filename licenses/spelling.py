"""How names and business texts come out of departments' systems, and how they are kept: spelled as the issuer does, in characters that all have.

Data exports leave blanks and invisible marks around names, and old systems hold rare characters of names at private-use points, where every
other program shows a box or nothing (䶮 as U+E863). Both are put right here. What still cannot be shown is refused by field and character.
"""

import unicodedata
from collections.abc import Iterator
from typing import Final

from licenses.reasons.issuing import CHARACTER_WRONG

_GBK_ROW_FE: Final = (
    "⺁𠂇𠂉𠃌⺄㑳㑇⺈⺋龴㖞㘚㘎⺌⺗㥮㤘龵㧏㧟㩳㧐龶龷㭎㱮㳠⺧𡗗龸⺪䁖䅟⺮䌷⺳⺶⺷𢦏䎱"
    "䎬⺻䏝䓖䙡䙌龹䜣䜩䝼䞍⻊䥇䥺䥽䦂䦃䦅䦆䦟䦛䦷䦶龺𤇾䲣䲟䲠䲡䱷䲢䴓䴔䴕䴖䴗䴘䴙䶮龻"
)
"""What the 80 characters of GBK at FE50 to FEA0, which stood at U+E815 to U+E864, are in GB 18030-2022 (and in glibc's table of it)."""
STANDARD: Final = {0xE815 + place: character for place, character in enumerate(_GBK_ROW_FE)}


def plain(text: str, field: str) -> str:
    """Return a text without blanks around it and without invisible marks, its private-use characters of GBK as the standard ones.

    A character that still cannot be shown is an INVALID_INPUT that names `field` and code point; the text is not repeated.
    """
    # blanks of other widths become plain ones: a code is read where the others are not shown
    spelled = "".join(" " if unicodedata.category(one) == "Zs" else one for one in text.translate(STANDARD) if unicodedata.category(one) != "Cf")
    spelled = spelled.strip()
    for one in spelled:
        if not one.isprintable():
            raise CHARACTER_WRONG(field=field, point=f"U+{ord(one):04X}")
    return spelled


def graphemes(text: str) -> list[str]:
    """Return what people see as single characters: each with the accents and variation selectors behind it (UAX #29, extending marks)."""
    return list(_graphemes(text))


def _graphemes(text: str) -> Iterator[str]:
    held = ""
    for one in text:
        if held and unicodedata.category(one)[0] != "M":
            yield held
            held = ""
        held += one
    if held:
        yield held
