"""数据文件: a version of an entry's data as its provider uploaded it, and the steps it goes through. Pure: time comes in as `at`."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum, unique
from typing import Any, Final

from catalog.model import Entry, FieldType
from files.reasons import (
    FILE_DIGEST_WRONG,
    FILE_ENTRY_NOT_PUBLISHED,
    FILE_ENTRY_SERVED,
    FILE_ENTRY_WITHOUT_KEY,
    FILE_INCOMPLETE,
    FILE_OFFSET_WRONG,
    FILE_PART_WRONG,
    FILE_SIZE_WRONG,
)
from hub.access import Caller, Role
from hub.faults import Faults
from hub.procedure import Party, Procedure
from hub.resource import id_of
from hub.wording import Officer, Reasons
from shuniu.words import Word

PART_BYTES: Final = 1024 * 1024
"""Bytes of one part at most."""
MOST_TOLD: Final = 100
"""Faults of a refused file that are told; all are counted."""
MOST_ROWS: Final = 2_000_000
MOST_OF_KEY: Final = 1_000
"""Rows of one key: what a query may release."""
_SHA256: Final = re.compile("[0-9a-f]{64}")
_KEY_TYPES: Final = (FieldType.STRING, FieldType.INT64)


@unique
class FileState(StrEnum):
    """Where a data file stands."""

    UPLOADING = "uploading"
    IN_FORCE = "in_force"
    REFUSED = "refused"
    ERASED = "erased"


@unique
class FileStep(StrEnum):
    """What can be done with a data file."""

    PUT = "put"
    ACCEPT = "accept"
    REFUSE = "refuse"
    DELETE = "delete"
    REPLACE = "replace"
    ERASE = "erase"
    SUCCEED = "succeed"


@unique
class FileFormat(StrEnum):
    """How a file is written."""

    CSV = "csv"
    XLSX = "xlsx"
    PARQUET = "parquet"


@unique
class FileEncoding(StrEnum):
    """In which characters."""

    UTF8 = "utf8"
    GB18030 = "gb18030"


@unique
class FileFault(StrEnum):
    """What is wrong with a file, or with one row of it."""

    DIGEST = "digest"
    UNREADABLE = "unreadable"
    EMPTY = "empty"
    COLUMN_MISSING = "column_missing"
    COLUMN_UNKNOWN = "column_unknown"
    COLUMN_DOUBLED = "column_doubled"
    TOO_MANY_ROWS = "too_many_rows"
    ROW_LENGTH = "row_length"
    ENCODING = "encoding"
    VALUE_MISSING = "value_missing"
    VALUE_TYPE = "value_type"
    VALUE_LENGTH = "value_length"
    CONTROL_CHARACTER = "control_character"
    FORMULA = "formula"
    KEY = "key"
    TOO_MANY_OF_KEY = "too_many_of_key"
    COLUMN_TYPE = "column_type"
    MERGED = "merged"
    SHEETS = "sheets"
    TOO_LARGE = "too_large"


NEXT_FILE: Final[Mapping[tuple[FileState, FileStep], FileState]] = {
    (FileState.UPLOADING, FileStep.PUT): FileState.UPLOADING,
    (FileState.UPLOADING, FileStep.ACCEPT): FileState.IN_FORCE,
    (FileState.UPLOADING, FileStep.REFUSE): FileState.REFUSED,
    (FileState.UPLOADING, FileStep.DELETE): FileState.ERASED,
    (FileState.IN_FORCE, FileStep.DELETE): FileState.ERASED,
    (FileState.IN_FORCE, FileStep.REPLACE): FileState.ERASED,  # a newer file of the entry is in force
    (FileState.UPLOADING, FileStep.ERASE): FileState.ERASED,  # left lying, or its entry has ended
    (FileState.IN_FORCE, FileStep.ERASE): FileState.ERASED,  # its entry has ended
    (FileState.UPLOADING, FileStep.SUCCEED): FileState.UPLOADING,  # the entry has passed to another department
    (FileState.IN_FORCE, FileStep.SUCCEED): FileState.IN_FORCE,
}
_PROVIDER: Final = frozenset({Party.PROVIDER})
_HUB: Final = frozenset({Party.HUB})
FILE_PROCEDURE: Final = Procedure(
    thing=Word("data_file", "data file", "数据文件"),
    next=NEXT_FILE,
    who={
        FileStep.PUT: _PROVIDER,
        FileStep.ACCEPT: _PROVIDER,
        FileStep.REFUSE: _PROVIDER,
        FileStep.DELETE: _PROVIDER,
        FileStep.REPLACE: _HUB,
        FileStep.ERASE: _HUB,
        FileStep.SUCCEED: _HUB,
    },
    states={
        FileState.UPLOADING: Word("uploading", "being uploaded", "上传中"),
        FileState.IN_FORCE: Word("in_force", "in force", "有效"),
        FileState.REFUSED: Word("refused", "refused", "未通过校验"),
        FileState.ERASED: Word("erased", "erased", "已清除"),
    },
    steps={
        FileStep.PUT: Word("put", "put a part of it", "上传"),
        FileStep.ACCEPT: Word("accept", "commit it, every row fitting", "提交并通过校验"),
        FileStep.REFUSE: Word("refuse", "commit it, a row not fitting", "提交但未通过校验"),
        FileStep.DELETE: Word("delete", "delete it", "删除"),
        FileStep.REPLACE: Word("replace", "replace it by a newer one", "由新文件替换"),
        FileStep.ERASE: Word("erase", "erase it", "清除"),
        FileStep.SUCCEED: Word("succeed", "pass it to a successor", "随目录条目承继"),
    },
)


@dataclass(frozen=True, slots=True)
class Finding:
    """One fault, by row and column; never a value. Row 0 is the file as a whole, or its header."""

    row: int
    column: str
    column_number: int
    fault: FileFault


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the check of a file found: its rows and the fields that it has, or its faults, of which the first are told.

    `entry_version` is the version of the entry against which it was checked.
    """

    entry_version: int = 0
    row_count: int = 0
    columns: tuple[str, ...] = ()
    fault_count: int = 0
    findings: tuple[Finding, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class FileContent:
    """What a provider says of a file before it comes."""

    entry: str
    format: FileFormat
    encoding: FileEncoding
    size_bytes: int
    sha256: str
    officer: str
    reason: str

    def __post_init__(self) -> None:
        """Refuse what could not be right, all of it at once."""
        faults = Faults()
        faults.spell(self, sha256=_digest, officer=Officer, reason=Reasons)
        faults.take(lambda: id_of(self.entry, "entries", "entry"), "")
        faults.refuse()

    def check_size(self, most: int) -> None:
        """Refuse a file without bytes, and one with more than the hub takes."""
        if not 0 < self.size_bytes <= most:
            raise FILE_SIZE_WRONG(field="size_bytes", most=most)

    def plain(self) -> dict[str, str]:
        """Return the content as plain values."""
        return {name: str(getattr(self, name)) for name in ("entry", "format", "encoding", "size_bytes", "sha256", "officer", "reason")}


@dataclass(frozen=True, slots=True, kw_only=True)
class DataFile:
    """One upload of an entry's data, from its first byte until it is erased."""

    id: str
    revision: int = 1
    state: FileState = FileState.UPLOADING
    entry: str
    entry_version: int
    provider: str
    number: int
    format: FileFormat
    encoding: FileEncoding
    size_bytes: int
    sha256: str
    received_bytes: int = 0
    row_count: int = 0
    columns: tuple[str, ...] = ()
    fault_count: int = 0
    findings: tuple[Finding, ...] = ()
    officer: str
    reason: str
    create_time: datetime
    check_time: datetime | None = None
    erase_time: datetime | None = None
    erase_reason: str = ""
    load: str = ""
    """Which of its loads holds the rows: one that was cut short leaves blocks behind that no look-up finds."""

    @property
    def name(self) -> str:
        """Return the resource name."""
        return f"dataFiles/{self.id}"

    @property
    def parties(self) -> Mapping[Party, str]:
        """Return whose file it is."""
        return {Party.PROVIDER: self.provider}

    def seen_by(self, caller: Caller) -> bool:
        """Tell whether the caller may know of it: its provider and the authority."""
        return caller.department == self.provider or Role.AUTHORITY in caller.roles

    @classmethod
    def begin(cls, content: FileContent, entry: Entry, number: int, file_id: str, at: datetime) -> "DataFile":
        """Return a file whose bytes are to come."""
        check_entry(entry)
        return cls(
            id=file_id,
            entry=entry.name,
            entry_version=entry.version,
            provider=entry.provider,
            number=number,
            format=content.format,
            encoding=content.encoding,
            size_bytes=content.size_bytes,
            sha256=content.sha256,
            officer=content.officer,
            reason=content.reason,
            create_time=at,
        )

    def put(self, by: Caller, offset: int, size: int) -> "DataFile":
        """Return the file with so many bytes more, which begin where the last ones ended."""
        following = FILE_PROCEDURE.step(self, FileStep.PUT, by)
        if offset != self.received_bytes:
            raise FILE_OFFSET_WRONG(received=self.received_bytes)
        if not 0 < size <= min(PART_BYTES, self.size_bytes - offset):
            raise FILE_PART_WRONG(field="data", most=PART_BYTES)
        return replace(self, state=following, received_bytes=offset + size, revision=self.revision + 1)

    def check_complete(self, by: Caller) -> None:
        """Refuse to check a file of which bytes are missing."""
        FILE_PROCEDURE.step(self, FileStep.ACCEPT, by)
        if self.received_bytes < self.size_bytes:
            raise FILE_INCOMPLETE(received=self.received_bytes, size=self.size_bytes)

    def judge(self, by: Caller, verdict: Verdict, load: str, at: datetime) -> "DataFile":
        """Return the file in force, or refused with its faults."""
        step = FileStep.REFUSE if verdict.fault_count else FileStep.ACCEPT
        facts: dict[str, Any] = {"entry_version": verdict.entry_version, "fault_count": verdict.fault_count, "findings": verdict.findings[:MOST_TOLD]}
        if not verdict.fault_count:
            facts |= {"row_count": verdict.row_count, "columns": verdict.columns, "load": load}
        return replace(self, state=FILE_PROCEDURE.step(self, step, by), check_time=at, revision=self.revision + 1, **facts)

    def delete(self, by: Caller, reason: str, at: datetime) -> "DataFile":
        """Return the file as its provider erases it."""
        FILE_PROCEDURE.admit(self, FileStep.DELETE, by)
        why = Reasons(reason)
        return self._erased(FileStep.DELETE, why, at)

    def replace_by(self, other: "DataFile", at: datetime) -> "DataFile":
        """Return the file as erased because a newer one is in force."""
        return self._erased(FileStep.REPLACE, other.name, at)

    def erase(self, reason: str, at: datetime) -> "DataFile":
        """Return the file as erased by the hub: its entry has ended, or its upload was left lying."""
        return self._erased(FileStep.ERASE, reason, at)

    def pass_to(self, provider: str) -> "DataFile":
        """Return the file as the department has it that answers for its entry now."""
        return replace(self, state=FILE_PROCEDURE.after(self.state, FileStep.SUCCEED), provider=provider, revision=self.revision + 1)

    def _erased(self, step: FileStep, reason: str, at: datetime) -> "DataFile":
        following = FILE_PROCEDURE.after(self.state, step)
        return replace(self, state=following, erase_time=at, erase_reason=reason, load="", revision=self.revision + 1)


def check_entry(entry: Entry) -> None:
    """Refuse a file for an entry that nobody can query by it: unpublished, served by a system, or without a key."""
    if not entry.is_in_force:
        raise FILE_ENTRY_NOT_PUBLISHED(entry=entry.name)
    if entry.serving_system:
        raise FILE_ENTRY_SERVED(entry=entry.name)
    if entry.key_field is None or entry.key_field.type not in _KEY_TYPES:
        raise FILE_ENTRY_WITHOUT_KEY(entry=entry.name)


def _digest(text: str) -> str:
    digest = text.strip().lower()
    if _SHA256.fullmatch(digest) is None:
        raise FILE_DIGEST_WRONG(field="sha256")
    return digest
