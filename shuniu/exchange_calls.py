"""What calls of the exchange ask, and what their answers are: records, yes or no, and the receipt that proves what the log says of each."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any, Final, TypeVar, Union

import grpc
import grpc.aio

from shuniu.answers import HEARD
from shuniu.digest import SALT_LENGTH
from shuniu.errors import Details, ShuniuCallError
from shuniu.frames import arrow_table, columns_of, pandas_frame, rows_of
from shuniu.predicates import CheckAnswer
from shuniu.query_many import KeyAnswer, Keys, Told
from shuniu.receipts import LEAF_HASH_LENGTH, KeptAnswer, Receipt
from shuniu.records import Python, from_record
from shuniu.v1.exchange_pb2 import DESCRIPTOR, CheckRequest, CheckResponse, QueryRequest, QueryResponse
from shuniu.v1.query_many_pb2 import QueryManyOpening

if TYPE_CHECKING:
    from shuniu.v1 import exchange_pb2

_EXCHANGE: Final = DESCRIPTOR.services_by_name["ExchangeService"].full_name
QUERY, CHECK, QUERY_MANY = (f"/{_EXCHANGE}/{name}" for name in ("Query", "Check", "QueryMany"))
"""Called without their stubs, which would read the answer and forget its bytes."""
Trailers = Iterable[tuple[str, Union[str, bytes]]]
_NO_RECEIPT: Final = Details(
    message_zh="枢纽返回的结果没有存证回执",
    next_action="do not use the answer; report the time of the call to the authority",
    next_action_zh="请勿使用该结果，并将调用时间报告数据共享主管部门",
)


@dataclass(frozen=True)
class UnderObjection:
    """That somebody objected to the record, which may be wrong: since when, to which field (empty: to the record), and what holds meanwhile.

    `objection` is its resource name where the caller's department may know of it, empty otherwise. The notice says that whoever shows valid
    proof is served all the same, in Chinese and in English.
    """

    objection: str
    entry: str
    field: str
    since: datetime
    notice_zh: str
    notice: str


@dataclass(frozen=True)
class Answer:
    """The answer to a Query: records as dictionaries, the fields whose values are masked, and the receipt.

    `data` is the answer byte for byte as it came: the digest in the log record is of these bytes (`Receipt.covers`). `under_objection` says
    what of the record is contested at the moment; look at it before you decide by the record.
    """

    records: list[dict[str, Python]]
    masked_fields: tuple[str, ...]
    receipt: Receipt
    data: bytes = field(default=b"", repr=False, compare=False)
    under_objection: tuple[UnderObjection, ...] = ()
    fields: tuple[str, ...] = field(default=(), compare=False)
    """The fields that were asked for; empty where all that are granted were."""

    def rows(self, types: Mapping[str, str] | None = None) -> list[dict[str, Python]]:
        """Return the records as rows of the same columns each, in one order; what a record does not have is None.

        `types` names the columns and their types (`shuniu.frames.types_of(entry, grant)`), so that an answer without records has them too.
        """
        return rows_of(self.records, columns_of(self.records, types, self.fields))

    def to_arrow(self, types: Mapping[str, str] | None = None) -> Any:
        """Return the records as a `pyarrow.Table` (`pip install "shuniu[arrow]"`)."""
        return arrow_table(self.records, columns_of(self.records, types, self.fields))

    def to_pandas(self, types: Mapping[str, str] | None = None) -> Any:
        """Return the records as a `pandas.DataFrame` with nullable types (`pip install "shuniu[pandas]"`)."""
        return pandas_frame(self.records, columns_of(self.records, types, self.fields))

    @property
    def kept(self) -> KeptAnswer:
        """The answer's bytes with their receipt, as they are kept."""
        return KeptAnswer(self.receipt, self.data)

    def keep(self) -> str:
        """Return a text to keep beside the case file: answer, receipt and salt, with which `shuniu receipt` checks what the log says."""
        return self.kept.to_json()


@dataclass(frozen=True)
class Checked:
    """The answer to a Check, with its receipt; `data` and `under_objection` are those of an `Answer`."""

    answer: CheckAnswer
    receipt: Receipt
    data: bytes = field(default=b"", repr=False, compare=False)
    under_objection: tuple[UnderObjection, ...] = ()

    @property
    def kept(self) -> KeptAnswer:
        """The answer's bytes with their receipt, as they are kept."""
        return KeptAnswer(self.receipt, self.data)

    def keep(self) -> str:
        """Return a text to keep beside the case file, as `Answer.keep` does."""
        return self.kept.to_json()


Receipted = TypeVar("Receipted", Answer, Checked)


def query_request(
    grant: str, purpose: str, case_number: str, officer: str, subject_key: str, fields: Sequence[str], *, entry: str, request_id: str
) -> QueryRequest:
    """Return what a Query asks."""
    return QueryRequest(
        grant=grant,
        purpose=purpose,
        case_number=case_number,
        officer=officer,
        subject_key=subject_key,
        fields=fields,
        entry=entry,
        request_id=request_id,
    )


def check_request(
    grant: str,
    predicate: str,
    purpose: str,
    case_number: str,
    officer: str,
    subject_key: str,
    given: Mapping[str, str] | None,
    *,
    entry: str,
    request_id: str,
) -> CheckRequest:
    """Return what a Check asks."""
    return CheckRequest(
        grant=grant,
        predicate=predicate,
        purpose=purpose,
        case_number=case_number,
        officer=officer,
        subject_key=subject_key,
        given=given,
        entry=entry,
        request_id=request_id,
    )


def opening_of(grant: str, purpose: str, case_number: str, officer: str, fields: Sequence[str], entry: str) -> QueryManyOpening:
    """Return how a stream of keys begins."""
    return QueryManyOpening(grant=grant, purpose=purpose, case_number=case_number, officer=officer, fields=fields, entry=entry)


def answer_from(data: bytes, trailers: Trailers, fields: Iterable[str] = ()) -> Answer:
    """Return the answer to a Query by its bytes and trailers."""
    receipt = receipt_of(trailers)
    response = QueryResponse.FromString(data)
    contested = tuple(map(_contested, response.under_objection))
    records = [from_record(record) for record in response.records]
    return Answer(records, tuple(response.masked_fields), receipt, data, contested, tuple(fields))


def checked_from(data: bytes, trailers: Trailers) -> Checked:
    """Return the answer to a Check by its bytes and trailers."""
    receipt = receipt_of(trailers)
    response = CheckResponse.FromString(data)
    # an answer that this release does not know leaves the question open
    return Checked(HEARD.get(response.answer, CheckAnswer.UNKNOWN), receipt, data, tuple(map(_contested, response.under_objection)))


def key_answer(told: Told, sent: Keys) -> KeyAnswer:
    """Return the answer to one key of a stream of them."""
    key = sent.take(told.place)
    return KeyAnswer(told.place, key, error=told.error) if told.error else KeyAnswer(told.place, key, answer_from(told.data, told.receipt))


def receipt_of(trailers: Trailers) -> Receipt:
    """Return the receipt; an answer without a complete one is an error, because nobody could prove what the log says about it.

    A hub of a release before sends no salt.
    """
    told = dict(trailers)
    origin, index, leaf = (told.get(f"shuniu-log-{name}") for name in ("origin", "index", "leaf-bin"))
    salt = told.get("shuniu-answer-salt-bin", b"")
    # trailers ending in -bin are bytes, all others text
    readable = isinstance(origin, str) and isinstance(index, str) and index.isascii() and index.isdecimal() and len(index) < 20  # noqa: PLR2004 -- 2**63 has 19 digits
    if (
        not readable
        or not isinstance(leaf, bytes)
        or len(leaf) != LEAF_HASH_LENGTH
        or not isinstance(salt, bytes)
        or len(salt) not in {0, SALT_LENGTH}
    ):
        raise ShuniuCallError(grpc.StatusCode.DATA_LOSS, "the hub answered without a receipt", _NO_RECEIPT)
    return Receipt(str(origin), int(str(index)), leaf, salt)


def _contested(told: exchange_pb2.UnderObjection) -> UnderObjection:
    since = told.create_time.ToDatetime(tzinfo=timezone.utc)
    return UnderObjection(told.objection, told.entry, told.field, since, told.service_continues_notice, told.service_continues_notice_en)
