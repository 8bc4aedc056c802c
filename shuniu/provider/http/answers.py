"""What an answer means: its status, whether it is JSON as stated, whether the service says that it succeeded, and where its records are."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from shuniu.provider.http.documents import DocumentError, read_document
from shuniu.provider.http.exchange import Answer
from shuniu.provider.http.faults import Fault, ServiceError
from shuniu.provider.http.paths import MISSING, WHOLE, Path
from shuniu.provider.http.values import text_of
from shuniu.provider.resource import MAX_RECORDS

OK: Final = 200
ABSENT: Final = frozenset({204, *range(400, 500)}) - {401, 403, 407, 408, 421, 425, 426, 429}
"""Statuses that may say that there is no such record; no other one says anything about a record."""
_BUSY: Final = (429, 502, 503, 504)
_FAULTS: Final[Mapping[int, Fault]] = {
    **dict.fromkeys((401, 403), Fault.FORBIDDEN),
    **dict.fromkeys((404, 405, 410), Fault.GONE),
    **dict.fromkeys(_BUSY, Fault.UNREACHABLE),
    408: Fault.SLOW,
}
_TYPE: Final = re.compile(r"application/(?:[a-z0-9.+-]+\+)?json *(?:; *charset=\"?([a-z0-9_-]+)\"? *)?;? *", re.IGNORECASE)
_SECONDS: Final = re.compile(r"[0-9]{1,4}")
_WAIT: Final = 5.0
_ALSO: Final[Mapping[str, str]] = {"utf8": "utf-8", "gb_2312-80": "gb2312", "us-ascii": "utf-8"}


@dataclass(frozen=True)
class AnswerForm:
    """How the answers of a service are read.

    `good` are values that an answer has when the service succeeded, `none` those by which it says that there is no such record: many services
    say both in an envelope, under status 200.
    """

    records: Path = WHOLE
    absent: tuple[int, ...] = (404,)
    good: tuple[tuple[Path, str], ...] = ()
    none: tuple[tuple[Path, str], ...] = ()
    encoding: str = "utf-8"

    def records_of(self, answer: Answer) -> list[dict[str, Any]]:
        """Return the records of an answer; raise ServiceError for one that does not say which they are."""
        if answer.status in self.absent:
            return []
        if answer.status != OK:
            raise _refusal(answer)
        document = self._document(answer)
        if self.none and _holds(self.none, document):
            return []
        if not _holds(self.good, document):
            raise ServiceError(Fault.FAILED, "the answer is none of the good ones")
        return self._records(document)

    def _document(self, answer: Answer) -> Any:
        found = _TYPE.fullmatch(answer.content_type.strip())
        if found is None:
            raise ServiceError(Fault.ANSWER, "not of a type of JSON")
        charset = (found[1] or self.encoding).lower()
        if _ALSO.get(charset, charset) != self.encoding:
            raise ServiceError(Fault.ANSWER, "of another charset than is stated")
        if answer.encodings.lower() not in {"", "identity"}:
            raise ServiceError(Fault.ANSWER, "compressed, though that was not asked for")
        try:
            return read_document(answer.body, self.encoding)
        except DocumentError as error:
            raise ServiceError(Fault.ANSWER, str(error)) from None

    def _records(self, document: Any) -> list[dict[str, Any]]:
        try:
            found = self.records.find(document)
        except ValueError:
            found = MISSING
        # an error's envelope has no records either: only where success is told does "none" mean that there are none
        if found is None and self.good:
            return []
        records = [found] if isinstance(found, dict) else found
        if not isinstance(records, list) or not all(isinstance(one, dict) for one in records):
            raise ServiceError(Fault.ANSWER, "no records where they are said to be")
        if len(records) > MAX_RECORDS:
            raise ServiceError(Fault.TOO_LARGE, "too many records")
        return records


def _holds(terms: tuple[tuple[Path, str], ...], document: Any) -> bool:
    try:
        return all(text_of(path.find(document)) == value for path, value in terms)
    except ValueError:  # null, missing, no text
        return False


def _refusal(answer: Answer) -> ServiceError:
    fault = _FAULTS.get(answer.status, Fault.FAILED)
    wait = float(answer.retry_after) if answer.status in _BUSY and _SECONDS.fullmatch(answer.retry_after) else _WAIT
    return ServiceError(fault, f"status {answer.status}", retry_after=wait if fault in {Fault.UNREACHABLE, Fault.SLOW} else 0.0)
