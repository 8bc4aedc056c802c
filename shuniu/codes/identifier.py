"""The identifier of an electronic license (电子证照标识, GB/T 36904-2018): type, issuer, serial, version and a check character.

`1.2.156.3005.2 . <type code> . <issuer> . <serial> . <version> . <check>`: the check character is ISO 7064 MOD 37,36 over type,
issuer, serial and version without dots; the root is not part of the sum. The rule was read from published identifiers and from
several unrelated implementations, not from the standard's own text.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from shuniu.codes.reasons import IDENTIFIER_CHECK, IDENTIFIER_SHAPE, IDENTIFIER_VERSION, LAST_VERSION_USED
from shuniu.identifiers.uscc import is_uscc

ROOT: Final = "1.2.156.3005.2"
MAX_CHARACTERS: Final = 128
LAST_VERSION: Final = 999
LEGACY_CHECK: Final = "legacy check character"
ISSUER_NOT_A_USCC: Final = "issuer code is not a unified social credit code"

_ALPHABET: Final = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_VALUE: Final = {character: value for value, character in enumerate(_ALPHABET)}
_SHAPE: Final = re.compile(r"1\.2\.156\.3005\.2\.([0-9A-Z]{18}[0-9]{3})\.([0-9A-Z]{4,32})\.([0-9A-Z]{1,40})\.([0-9]{3})\.([0-9A-Z])")
_LEGACY_LETTERS_FROM: Final = 10


def check_character(body: str) -> str:
    """Return the ISO 7064 MOD 37,36 check character of a text; characters outside 0-9A-Z do not count."""
    product = 36
    for character in body:
        if (value := _VALUE.get(character)) is not None:
            # ISO 7064, hybrid systems: a remainder of nought counts as the modulus
            product = ((product + value) % 36 or 36) * 2 % 37
    return _ALPHABET[(37 - product) % 36]


def legacy_check_character(body: str) -> str:
    """Return the character that a wrong, widely deployed program computes; it is understood, never generated.

    It values the letters 11 to 36 instead of 10 to 35, reduces sums with a letter by 37 instead of 36, and counts the result
    from one. A published identifier that carries it: `11100000000013661B006.113700000045046442.209FA4E8...ED2CE7EA49.001.M`.
    """
    product = 36
    for character in body:
        if (value := _VALUE.get(character)) is None:
            continue
        letter = value >= _LEGACY_LETTERS_FROM
        total = product + value + letter
        if letter and total > 37:  # noqa: PLR2004 - the wrong modulus of that program
            total -= 37
        product = (total % 36 or 36) * 2 % 37
    return _ALPHABET[(36 - product) % 36]


@dataclass(frozen=True)
class LicenseIdentifier:
    """One version of one license; it cannot exist with a wrong shape or a wrong check character."""

    type_code: str
    issuer: str
    serial: str
    version: int
    check: str

    def __post_init__(self) -> None:
        """Refuse parts of a wrong shape and a check character that fits neither the standard nor the known wrong program."""
        if not _SHAPE.fullmatch(str(self)):
            raise IDENTIFIER_SHAPE(field="identifier")
        if not 1 <= self.version <= LAST_VERSION:
            raise IDENTIFIER_VERSION(field="identifier", last=LAST_VERSION)
        body = self._body
        if self.check != check_character(body) and self.check != legacy_check_character(body):  # GB/T 36904: ISO 7064 MOD 37,36
            raise IDENTIFIER_CHECK(field="identifier")

    @classmethod
    def parse(cls, text: str) -> LicenseIdentifier:
        """Read an identifier as printed: no blanks, no lower case, no other root; `warnings` tells what was tolerated."""
        match = _SHAPE.fullmatch(text) if len(text) <= MAX_CHARACTERS else None
        if match is None:
            raise IDENTIFIER_SHAPE(field="identifier")
        type_code, issuer, serial, version, check = match.groups()
        return cls(type_code, issuer, serial, int(version), check)

    @classmethod
    def build(cls, type_code: str, issuer: str, serial: str, version: int = 1) -> LicenseIdentifier:
        """Make an identifier from its parts, always with the standard's own check character."""
        return cls(type_code, issuer, serial, version, check_character(f"{type_code}{issuer}{serial}{version:03d}"))

    @property
    def warnings(self) -> tuple[str, ...]:
        """What a careful reader should know although the identifier is accepted."""
        legacy = self.check != check_character(self._body)
        return ((LEGACY_CHECK,) if legacy else ()) + (() if is_uscc(self.issuer) else (ISSUER_NOT_A_USCC,))

    @property
    def _body(self) -> str:
        return f"{self.type_code}{self.issuer}{self.serial}{self.version:03d}"

    def next_version(self) -> LicenseIdentifier:
        """Return the identifier of the version that replaces this one; after 999 there is none."""
        if self.version >= LAST_VERSION:
            raise LAST_VERSION_USED(last=LAST_VERSION)
        return LicenseIdentifier.build(self.type_code, self.issuer, self.serial, self.version + 1)

    def __str__(self) -> str:
        return f"{ROOT}.{self.type_code}.{self.issuer}.{self.serial}.{self.version:03d}.{self.check}"
