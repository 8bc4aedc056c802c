"""Keys of records in their one spelling, made once at the border: what is logged, asked of the provider, compared, searched and objected to.

One person under several spellings would be several people to the log, and none of them found. So whoever takes a key from outside gives it to
`canonical` (through `hub.subject.Subject`), and everything behind uses the result. What does not parse is refused, and told by its fault.

A key of an entry without a subject domain is the provider's own (a permit's number, 粤（2020）不动产权第1号): capitals, width and blanks inside it
may tell two records apart there, so nothing but outer blanks is taken away, and a record's key is compared as loosely as a database may do it.
"""

import unicodedata
from collections.abc import Callable, Mapping
from typing import Final

from hub.errors import InvalidInputError
from hub.reasons import SUBJECT_DOMAIN_UNKNOWN, SUBJECT_INCOMPLETE, TEXT_SHAPE
from shuniu.identifiers.citizen_id import parse_citizen_id
from shuniu.identifiers.uscc import parse_uscc

CITIZEN: Final = "cn-id"
USCC: Final = "uscc"
LONGEST_KEY: Final = 64
FORMS: Final[Mapping[str, Callable[[str, str], str]]] = {CITIZEN: parse_citizen_id, USCC: parse_uscc}
"""The subject domains, and how an identifier of each is read: (text, field of the request) to its one spelling."""


def canonical(domain: str, text: str, field: str) -> str:
    """Return an identifier of a subject domain in its one spelling; raise InvalidInputError that names its fault and never repeats it."""
    if not domain or not text.strip():
        raise SUBJECT_INCOMPLETE(field=field)
    if (form := FORMS.get(domain)) is None:
        raise SUBJECT_DOMAIN_UNKNOWN(field=field)
    return form(text, field)


def own_key(text: str, field: str) -> str:
    """Return a key of an entry without a subject domain: as it was written, but for blanks around it."""
    key = text.strip()
    if not 0 < len(key) <= LONGEST_KEY or not key.isprintable():
        raise TEXT_SHAPE(field=field, most=LONGEST_KEY)
    return key


def is_same(domain: str, text: str, key: str) -> bool:
    """Tell whether a text, as a provider wrote it, is this key: by its one spelling, else without regard to width, capitals and outer blanks."""
    if text == key:
        return True
    if domain:
        try:
            return canonical(domain, text, "") == key
        except InvalidInputError:
            return False
    return _folded(text) == _folded(key)


def _folded(text: str) -> str:
    return unicodedata.normalize("NFKC", text).strip().casefold()
