"""Kinds of seals: one row for each."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum, unique
from typing import Final

from shuniu.words import Word


@unique
class SealKind(StrEnum):
    """What a seal is for."""

    LEGAL_NAME = "legal_name"
    CONTRACT = "contract"
    FINANCE = "finance"
    INVOICE = "invoice"
    BUSINESS = "business"


@dataclass(frozen=True, slots=True, kw_only=True)
class KindRow:
    """What is fixed for a kind.

    `number` is the integer that SES_ESPropertyInfo.type carries (GB/T 38540-2020 leaves its values to the maker). It stands in signed
    bytes: a number once given is never changed and never given again. `lower_line` is the text below the star.
    """

    number: int
    word: Word
    lower_line: str


KINDS: Final[Mapping[SealKind, KindRow]] = {
    # a legal-name seal shows the name alone
    SealKind.LEGAL_NAME: KindRow(number=1, word=Word("legal_name", "legal-name seal", "法定名称章"), lower_line=""),
    SealKind.CONTRACT: KindRow(number=2, word=Word("contract", "contract seal", "合同专用章"), lower_line="合同专用章"),
    SealKind.FINANCE: KindRow(number=3, word=Word("finance", "finance seal", "财务专用章"), lower_line="财务专用章"),
    SealKind.INVOICE: KindRow(number=4, word=Word("invoice", "invoice seal", "发票专用章"), lower_line="发票专用章"),
    SealKind.BUSINESS: KindRow(number=5, word=Word("business", "business seal", "业务专用章"), lower_line="业务专用章"),
}
