"""Texts that people write, as types: a text of a type cannot exist with a wrong length or shape, nor spell anybody's ID number.

Each type says its cap, whether it may be empty and have several lines, how it is folded and how strictly numbers are looked for. Folding
makes one spelling of what looks the same: identifiers (officer, case number, purpose) are folded by NFKC, sentences keep their Chinese
punctuation and are folded by NFC; both lose outer blanks, invisible marks and foreign line ends.

What is written here is stored and logged in clear, so an ID number has no place in it (PIPL art. 6: no more than needed):

- an 18-digit citizen number with a valid check character is refused in every text; blanks, dots and dashes inside it and letters beside
  it do not hide it. In a case number it is refused only as a whole token, with blanks inside it or not; dashes and dots hide it, because
  `640200-19471221-0830` is how offices write their numbers, unless it ends in X, as no such number does;
- a 15-digit one (GB 11643-1989) is refused in an officer and a reason alone: case numbers look like it;
- the key of the call itself is refused in any spelling (`Key.stands_in`).

Measured in tests/hub/test_wording.py: of case numbers as offices write them, glued, 15- and 20-digit forms are never refused; of 18-digit
forms (region, date, four digits) one in eleven is a valid citizen number by chance, and the refusal shows how to write it.
"""

import re
import unicodedata
from collections.abc import Callable
from datetime import date
from enum import Enum, auto
from typing import ClassVar, Final, Self

from hub.errors import InvalidInputError, Reason
from hub.reasons import CASE_NUMBER_LIKE_AN_ID, ID_NUMBER_IN_CLEAR, TEXT_LINES, TEXT_MISSING, TEXT_SAYS_TOO_LITTLE, TEXT_SHAPE
from shuniu.identifiers.citizen_id import is_citizen_id
from shuniu.identifiers.spelling import INVISIBLE

WITHHELD: Final = "(withheld)"
"""Stands in a refusal's record in the place of a text that spells an ID number: a refusal is always on record, such a text never."""
WORTH_HIDING: Final = 6
"""A shorter key would be "found" inside unrelated text by chance."""
OLD_LENGTH: Final = 15  # citizen numbers before 1999: no century, no check character (GB 11643-1989)
NEW_LENGTH: Final = 18

# A Chinese character says about what two letters say (the blocks of CJK ideographs, Unicode 15).
_HAN: Final = re.compile("[\u3400-\u9fff\uf900-\ufaff\U00020000-\U000323af]")
_LINE_ENDS: Final = re.compile("\r\n|[\r\u0085\u2028\u2029]")
# Signs that may stand inside a number. No line feed: texts that stand on lines of their own are not read as one number.
_BETWEEN: Final = re.compile(r"(?<=[0-9])[ .\-·‐-―]+(?=[0-9Xx])")
_BLANKS: Final = re.compile(r"(?<=[0-9]) +(?=[0-9Xx])")
# Two tables for bytes.translate, one pass in C: digits become 0, letters, line feeds and zero bytes x; signs and non-ASCII bytes go.
_DIGITS_ALIKE: Final = bytes(0x30 if chr(byte).isdigit() else 0x78 for byte in range(256))
_NEITHER: Final = bytes(byte for byte in range(256) if byte > 0x7F or not (chr(byte).isalnum() or chr(byte) in "\n\x00"))  # noqa: PLR2004 - ASCII ends there
_FIFTEEN_ALIKE: Final = b"0" * OLD_LENGTH
_TOKEN: Final = re.compile(r"(?<![0-9A-Za-z])[0-9]{17}[0-9Xx](?![0-9A-Za-z])")
_ENDS_IN_X: Final = re.compile(r"(?<![0-9A-Za-z])[0-9]{17}[Xx](?![0-9A-Za-z])")
_EIGHTEEN: Final = re.compile(r"(?<![0-9])[0-9]{17}(?:[0-9](?![0-9])|[Xx])")  # an X ends a number whatever stands behind it
_FIFTEEN: Final = re.compile(r"(?<![0-9])[0-9]{15}(?![0-9Xx])")
_NO_SIGN: Final = re.compile(r"[\W_]+")
_SIGN_BETWEEN_TEXTS: Final = re.compile(r"(?:[^\w\x00]|_)+")
_ASCII_SIGNS: Final = {sign: None for sign in range(1, 128) if not chr(sign).isalnum()}
"""What is taken away where texts stand side by side, each ended by a zero byte; the table is for ASCII and three times as fast."""


class Guard(Enum):
    """How strictly a text is searched for ID numbers."""

    WHOLE = auto()
    """A valid 18-digit number as a token by itself, blanks inside it taken away; one that ends in X, dots and dashes too."""
    SPACED = auto()
    """The same between whatever letters, blanks, dots and dashes inside it taken away."""
    STRICT = auto()
    """The same, and 15-digit numbers."""


class Text(str):
    """A text that a person wrote: folded, within its cap, without an ID number. Made as `Officer(value)`; raises InvalidInputError.

    `field` is the path that a refusal names where it differs from the type's own. `absent` and `in_clear` are the refusals of a text that
    is not there and of one that spells an ID number, where callers know them by another reason. `letters` is how many `units` make a text
    that says something, a Chinese character counted as two. A text has at least one letter, digit or character that is seen, unless
    `signs_alone` may stand (a unit, %).
    """

    __slots__ = ()

    field: ClassVar[str] = "text"
    cap: ClassVar[int] = 1_000
    optional: ClassVar[bool] = False
    several_lines: ClassVar[bool] = False
    identifies: ClassVar[bool] = False
    guard: ClassVar[Guard] = Guard.SPACED
    letters: ClassVar[int] = 0
    signs_alone: ClassVar[bool] = False
    units: ClassVar[Callable[[str], bool]] = str.isalpha
    absent: ClassVar[Reason[InvalidInputError]] = TEXT_MISSING
    in_clear: ClassVar[Reason[InvalidInputError] | None] = None

    def __new__(cls, value: str, field: str = "") -> Self:
        """Return the text in its one spelling."""
        # Exact type: a text of this type was checked when it was made; one of a subclass was checked by other rules.
        if type(value) is cls:
            return value
        path = field or cls.field
        text = fold(value, identifies=cls.identifies) if value else ""
        if not text:
            if cls.optional:
                return super().__new__(cls, "")
            raise cls.missing(path)
        # Measured as folded, since that is what is stored. Before the search for numbers, which then reads at most `cap` characters.
        if len(text) > cls.cap or not _is_plain(text):
            raise TEXT_SHAPE(field=path, most=cls.cap)
        if not cls.several_lines and "\n" in text:
            raise TEXT_LINES(field=path)
        if spells_id_number(text, cls.guard):
            raise (cls.in_clear or (CASE_NUMBER_LIKE_AN_ID if cls.guard is Guard.WHOLE else ID_NUMBER_IN_CLEAR))(field=path)
        if not cls.signs_alone and not any(map(_says_something, text)):
            raise TEXT_SAYS_TOO_LITTLE(field=path)
        if cls.letters and sum(map(cls.units, text)) + len(_HAN.findall(text)) < cls.letters:
            raise TEXT_SAYS_TOO_LITTLE(field=path)
        return super().__new__(cls, text)

    @classmethod
    def missing(cls, field: str = "") -> InvalidInputError:
        """Return the refusal of a text that is not there."""
        return cls.absent(field=field or cls.field)

    @classmethod
    def or_none(cls, value: str, field: str = "") -> "Self | str":
        """Return the text, the empty string where nothing was written."""
        return cls(value, field) if value and value.strip() else ""


class Officer(Text):
    """经办人: the person in charge of the step, as an office names its people."""

    field, cap, identifies, guard = "officer", 64, True, Guard.STRICT


class Searcher(Officer):
    """查询人: the person who looks at what is about others; a number that an office gives its people will do."""

    field, letters, units = "searcher", 4, str.isalnum


class CaseNumber(Text):
    """办件编号: the case that an access or a step belongs to."""

    field, cap, identifies, guard = "case_number", 128, True, Guard.WHOLE


class Purpose(Text):
    """办理事项: the service item (事项编码) for which data is used, or the words for it."""

    field, cap, identifies, guard = "purpose", 128, True, Guard.SPACED


class RequestId(Text):
    """请求编号 (AIP-155): what tells one request from the next."""

    field, cap, optional, identifies, guard = "request_id", 64, True, True, Guard.WHOLE


class Reasons(Text):
    """理由: why a step is taken."""

    field, cap, several_lines, guard = "reason", 1_000, True, Guard.STRICT


class LookReason(Reasons):
    """查阅理由: why somebody looks at what is about a person. It says something: `.` is no reason."""

    letters = 4


class LegalBasis(Text):
    """法律依据: the law that a step rests on."""

    field, cap, several_lines = "legal_basis", 1_000, True


class Title(Text):
    """名称: what a thing is called, on one line."""

    field, cap = "title", 200


class Statement(Text):
    """A longer text: an objection's statement, a supplement, an abstract."""

    field, cap, several_lines = "statement", 4_000, True


class Line(Text):
    """Any short text on one line that may be left out."""

    field, cap, optional = "text", 256, True


def fold(value: str, *, identifies: bool) -> str:
    """Return the text in its one spelling: NFKC for what identifies, NFC for sentences; no invisible marks, line feeds as line ends."""
    # Printable ASCII is its own NFC and NFKC; so are most identifiers.
    if value.isascii() and value.isprintable():
        return value.strip()
    text = INVISIBLE.sub("", _LINE_ENDS.sub("\n", value))
    return unicodedata.normalize("NFKC" if identifies else "NFC", text).strip()


def has_many_digits(text: str) -> bool:
    """Tell whether fifteen digits stand in a row but for signs, as in every citizen number and hardly any other text: a cheap first look.

    Texts that stand side by side are told apart by a line feed or a zero byte.
    """
    plain = text if text.isascii() else unicodedata.normalize("NFKC", text)
    # A lone surrogate must not raise here: whoever asks refuses it in words of its own, or withholds the text.
    return _FIFTEEN_ALIKE in plain.encode("utf-8", "surrogatepass").translate(_DIGITS_ALIKE, _NEITHER)


def spells_id_number(text: str, guard: Guard = Guard.SPACED) -> bool:
    """Tell whether a text spells a valid citizen number: see the head of this module for what counts where."""
    if not has_many_digits(text):
        return False
    plain = text if text.isascii() else unicodedata.normalize("NFKC", INVISIBLE.sub("", text))
    bare = _BETWEEN.sub("", plain)
    # As written too: to take signs away may also glue a number to its neighbour and so hide it.
    plain = f"{plain}\n{_BLANKS.sub('', plain)}"
    if guard is Guard.WHOLE:
        return any(map(is_citizen_id, _TOKEN.findall(plain) + _ENDS_IN_X.findall(bare)))
    plain = f"{plain}\n{bare}"
    if any(map(is_citizen_id, _EIGHTEEN.findall(plain))):
        return True
    return guard is Guard.STRICT and any(_is_old_number(number) for number in _FIFTEEN.findall(plain))


class Key:
    """The key of a call (whose data it is about) in every spelling in which a text of the same call could give it away."""

    __slots__ = ("_has_many_digits", "_spellings")

    def __init__(self, key: str) -> None:
        """Take the key as it was sent."""
        self._spellings = _spellings(key)
        shortest = self._spellings[-1][:OLD_LENGTH] if self._spellings else ""  # and every other begins with digits where it does
        self._has_many_digits = len(shortest) == OLD_LENGTH and shortest.isascii() and shortest.isdigit()

    def stands_in(self, *texts: str) -> bool:
        """Tell whether any of the texts spells the key, with whatever signs between its characters, glued to others or not."""
        if not self._spellings:
            return False
        # Nearly every key is a citizen number, and hardly a text has so many digits: to look for them takes a third of what follows.
        if self._has_many_digits and not has_many_digits("\x00".join(texts)):
            return False
        plain = [text if text.isascii() else unicodedata.normalize("NFKC", text).upper() for text in texts]
        least = len(self._spellings[-1])  # the shortest stands last
        joined = "\x00".join([text for text in plain if len(text) >= least])  # most texts are too short to hold it
        glued = (joined.translate(_ASCII_SIGNS) if joined.isascii() else _SIGN_BETWEEN_TEXTS.sub("", joined)).upper()
        return any(spelling in glued for spelling in self._spellings)


# Not remembered: keys of calls are nobody's to keep.
def _spellings(key: str) -> tuple[str, ...]:
    """Return the ways to write a key, the shortest last."""
    bare = (key if key.isascii() and key.isalnum() else _NO_SIGN.sub("", unicodedata.normalize("NFKC", key))).upper()
    if len(bare) < WORTH_HIDING:
        return ()
    if len(bare) == NEW_LENGTH and bare[:17].isdigit():
        # A citizen number also in its form of before 1999: without the century and the check character.
        return bare, bare[:6] + bare[8:17]
    return (bare,)


def guard_lines(name: str, value: str, cap: int) -> None:
    """Refuse a text of a program's own making that is too long, has several lines or control characters."""
    if len(value) > cap or not _is_plain(value) or "\n" in value:
        raise TEXT_SHAPE(field=name, most=cap)


def one_line(value: str) -> str:
    """Return a text as the log repeats it: blanks and line breaks become single blanks."""
    return " ".join(value.split())


def _says_something(character: str) -> bool:
    """Tell whether a character is read: punctuation and marks are not, nor the fillers of Hangul, which Unicode takes for letters."""
    return (character.isalnum() and character != "\u3164") or unicodedata.category(character) == "Co"  # registers keep rare characters there


def _is_plain(text: str) -> bool:
    """Tell whether a text has no control character but line feeds, and no lone surrogate."""
    return text.isprintable() or not any((c < " " and c != "\n") or "\x7f" <= c <= "\x9f" or "\ud800" <= c <= "\udfff" for c in text)


def _is_old_number(number: str) -> bool:
    """Tell whether fifteen digits can be a citizen number of before 1999: a province, a date of the twentieth century."""
    try:
        date(1900 + int(number[6:8]), int(number[8:10]), int(number[10:12]))
    except ValueError:
        return False
    return number[0] in "12345678"
