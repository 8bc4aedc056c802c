"""What the check of a log says: findings that name a file and a record, in English and Chinese, and the verdict over all of them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from shuniu.catalogue import CatalogueError

MAX_FINDINGS: Final = 20


@dataclass(frozen=True)
class Finding:
    """One thing that is wrong: the file, the first record concerned (None when it is no record), what was expected and what is there."""

    file: str
    leaf: int | None
    expected: str
    found: str
    en: str
    zh: str


@dataclass(frozen=True)
class LogVerdict:
    """What the check of a folder came to; `notices` name files that the checkpoint does not cover and that change nothing."""

    directory: str
    origin: str
    size: int
    root: bytes
    signer: str
    checked: tuple[str, ...]
    findings: tuple[Finding, ...]
    notices: tuple[str, ...]

    @property
    def ok(self) -> bool:
        """Tell whether every check was made and held."""
        return not self.findings


class EnoughError(Exception):
    """So much is wrong that more findings would help nobody."""


@dataclass
class Findings:
    """What gathers while a folder is checked, in the order in which a reader would follow the chain of trust."""

    found: list[Finding] = field(default_factory=list)
    notices: list[str] = field(default_factory=list)
    checked: list[str] = field(default_factory=list)

    def add(self, file: str, en: str, zh: str, *, leaf: int | None = None, expected: str = "", found: str = "") -> None:
        """Add a finding, and stop the run when there are too many."""
        where, wo = ("", "") if leaf is None else (f" (record {leaf})", f"（第 {leaf} 条记录）")
        en_more, zh_more = (f": expected {expected}, found {found}", f"：应为 {expected}，实为 {found}") if expected else ("", "")
        self.found.append(Finding(file, leaf, expected, found, f"{file}{where}: {en}{en_more}", f"{file}{wo}：{zh}{zh_more}"))
        if len(self.found) >= MAX_FINDINGS:
            raise EnoughError

    def add_error(self, file: str, error: CatalogueError, leaf: int | None = None) -> None:
        """Add that a file is missing or cannot be read as what it should be."""
        self.add(file, error.message, error.zh, leaf=leaf)

    def blames(self, file: str) -> bool:
        """Tell whether this file was found wrong."""
        return any(one.file == file for one in self.found)

    def note(self, text: str) -> None:
        """Keep a remark that changes nothing, unless there are plenty already."""
        if len(self.notices) < MAX_FINDINGS:
            self.notices.append(text)
