"""A resource: a name, a key column, the columns that may be asked for, and the function that fetches records."""

from __future__ import annotations

import inspect
import math
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import islice
from typing import Final, Optional, TypeVar, Union

import grpc

from shuniu.answers import SAID
from shuniu.errors import FetchError, InvalidValueError
from shuniu.predicates import judge
from shuniu.provider.changes import Watch
from shuniu.provider.freshness import NOTHING, Freshness, Look
from shuniu.provider.pages import Stream, StreamCall
from shuniu.records import write_record
from shuniu.rows import row_from
from shuniu.scope import MOST_CONDITIONS, RowTest, ScopeError, is_inside, read_test
from shuniu.v1.catalog_pb2 import FieldType
from shuniu.v1.provider_pb2 import FetchRequest, FetchResponse, ProviderCheckRequest, ProviderCheckResponse, ProviderColumn, ProviderResource
from shuniu.v1.scope_pb2 import RowCondition
from shuniu.v1.stream_pb2 import ProviderStreamRequest
from shuniu.v1.subscribe_pb2 import ProviderWatchRequest

MAX_RECORDS: Final = 10_000
DEFAULT_RECORDS: Final = 1_000
MAX_KEY: Final = 256
"""Characters of a key value: foreign text on its way into a database."""
MAX_ANSWER: Final = 4 * 1024 * 1024
"""Bytes of one answer, as the hub reads it."""

_ASKED: Final = bytes((15 << 3 | 2, 32))


@dataclass(frozen=True)
class Column:
    """One column; `type` is for people, as the database calls it.

    `value_type` is the type in which its values travel, unset where the provider does not say; `length` is in characters, 0 where there is
    no limit or none is known; `comment` is what the database says about it.
    """

    name: str
    type: str = ""
    nullable: bool = True
    value_type: FieldType.ValueType = FieldType.FIELD_TYPE_UNSPECIFIED
    length: int = 0
    comment: str = ""

    def to_message(self) -> ProviderColumn:
        """Return what Describe says of it."""
        return ProviderColumn(
            name=self.name, type=self.type, nullable=self.nullable, value_type=self.value_type, length=self.length, comment=self.comment
        )


@dataclass(frozen=True)
class FetchCall:
    """For whom and for what a record is fetched, as the hub says: enough for the department to keep its own account.

    `until` is when the hub stops waiting, on the monotonic clock. `rows` are conditions that all hold of each record that may be had: a function
    that narrows by them spares work; whatever it returns, no other record leaves (`pack`).
    """

    consumer: str
    purpose: str
    case_number: str
    log_index: int
    limit: int
    until: float = math.inf
    rows: tuple[RowTest, ...] = ()


Row = Mapping[str, object]
Rows = Iterable[Row]
Fetch = Callable[[str, Sequence[str], FetchCall], Union[Rows, Awaitable[Rows]]]
Quick = Callable[[str, Sequence[str], FetchCall], Optional[Rows]]
FetchFunction = TypeVar("FetchFunction", bound=Fetch)


@dataclass(frozen=True)
class Resource:
    """One thing that a provider serves. A plain function runs in the provider's threads, an `async def` in its event loop.

    `quick`, where there is one, is tried first and in the event loop: it answers in well under a millisecond or returns None. `freshness` says in a
    thread, once a minute at most, how many rows there are and how new the newest is.
    `stream`, where there is one, reads the resource whole; `watch` follows its changes.
    """

    name: str
    key: str
    columns: tuple[Column, ...]
    fetch: Fetch
    quick: Quick | None = None
    comment: str = ""
    freshness: Look | None = None
    stream: Stream | None = None
    watch: Watch | None = None

    def __post_init__(self) -> None:
        names = [column.name for column in self.columns]
        if not self.name or self.key not in names or len(set(names)) != len(names):
            raise ValueError(f"resource {self.name!r}: the key {self.key!r} must be one of the columns, and no column may be repeated")

    @property
    def is_async(self) -> bool:
        """Tell whether the function runs in the event loop."""
        return inspect.iscoroutinefunction(self.fetch)

    def to_message(self, found: Freshness = NOTHING) -> ProviderResource:
        """Return what Describe says."""
        columns = [column.to_message() for column in self.columns]
        told = ProviderResource(resource=self.name, columns=columns, key=self.key, comment=self.comment)
        if found.row_count is not None:
            told.row_count = found.row_count
        if found.newest_row_time is not None:
            told.newest_row_time.FromDatetime(found.newest_row_time)
        return told


@dataclass(frozen=True)
class Plan:
    """A fetch that has been checked: known resource, known columns, a key of sane length."""

    resource: Resource
    key: str
    fields: tuple[str, ...]
    call: FetchCall


def plan(request: FetchRequest, resources: Mapping[str, Resource], columns: Mapping[str, frozenset[str]], until: float = math.inf) -> Plan:
    """Return the checked fetch; raise FetchError INVALID_ARGUMENT naming what the provider does not serve."""
    resource = _resource(request.resource, resources)
    if request.key_field != resource.key:
        raise _wrong(
            "UNKNOWN_KEY",
            f"the key of {resource.name} is {resource.key}",
            f"{resource.name} 的查询键是 {resource.key}",
            f"query by {resource.key}",
            f"请按 {resource.key} 查询",
        )
    # PostgreSQL has no NUL in a text, and libraries in C end a text there
    if not request.key or len(request.key) > MAX_KEY or "\x00" in request.key:
        raise _wrong(
            "INVALID_KEY",
            f"a key has 1 to {MAX_KEY} characters, none of them NUL",
            f"查询键的值应为1至{MAX_KEY}个字符，且不得含空字符",
            "send the key of one subject",
            "请填写一个数据主体的标识",
        )
    fields = _fields(request.fields, resource, columns[resource.name])
    limit = min(request.limit, MAX_RECORDS) if request.limit > 0 else DEFAULT_RECORDS
    tests = _tests(request.rows, fields)
    call = FetchCall(request.consumer, request.purpose, request.case_number, request.log_index, limit, until, tests)
    return Plan(resource, request.key, fields, call)


@dataclass(frozen=True)
class StreamPlan:
    """A stream that has been checked: a resource that can be read whole, known columns with the types that the hub expects."""

    resource: Resource
    stream: Stream
    fields: tuple[str, ...]
    types: tuple[int, ...]
    call: StreamCall


def stream_plan(request: ProviderStreamRequest, resources: Mapping[str, Resource], columns: Mapping[str, frozenset[str]]) -> StreamPlan:
    """Return the checked stream; raise FetchError INVALID_ARGUMENT for what is not served, UNIMPLEMENTED for what cannot be read whole."""
    resource = _resource(request.resource, resources)
    if resource.stream is None:
        raise FetchError(
            grpc.StatusCode.UNIMPLEMENTED,
            "STREAM_NOT_SERVED",
            f"{resource.name} is not served as a whole",
            message_zh=f"{resource.name} 不提供批量交换",
            next_action="query it by its key",
            next_action_zh="请按查询键查询",
        )
    fields, types = _fields(request.fields, resource, columns[resource.name]), tuple(request.types)
    if len(types) != len(fields) or any(one not in FieldType.values() or one == FieldType.FIELD_TYPE_UNSPECIFIED for one in types):
        raise _wrong(
            "UNKNOWN_FIELD",
            "each field is named once, with its type",
            "每个信息项应列出一次并注明类型",
            "use the protos of this provider's version",
            "请使用与提供方版本一致的接口定义",
        )
    call = StreamCall(request.consumer, request.purpose, request.case_number, _tests(request.rows, fields), request.cursor)
    return StreamPlan(resource, resource.stream, fields, types, call)


@dataclass(frozen=True)
class WatchPlan:
    """A watch that has been checked: a resource whose changes can be followed, and known columns."""

    resource: Resource
    watch: Watch
    fields: tuple[str, ...]
    call: StreamCall


def watch_plan(request: ProviderWatchRequest, resources: Mapping[str, Resource], columns: Mapping[str, frozenset[str]]) -> WatchPlan:
    """Return the checked watch; raise FetchError INVALID_ARGUMENT for what is not served, UNIMPLEMENTED for what tells no changes."""
    resource = _resource(request.resource, resources)
    if resource.watch is None:
        raise FetchError(
            grpc.StatusCode.UNIMPLEMENTED,
            "CHANGES_NOT_SERVED",
            f"the changes of {resource.name} are not served",
            message_zh=f"{resource.name} 不提供变更数据",
            next_action="query it by its key",
            next_action_zh="请按查询键查询",
        )
    fields = _fields(request.fields, resource, columns[resource.name])
    call = StreamCall(request.consumer, request.purpose, request.case_number, _tests(request.rows, fields), request.cursor)
    return WatchPlan(resource, resource.watch, fields, call)


def _resource(name: str, resources: Mapping[str, Resource]) -> Resource:
    resource = resources.get(name)
    if resource is None:
        raise _wrong(
            "UNKNOWN_RESOURCE",
            "this provider does not serve that resource",
            "提供方未提供该资源",
            "call Describe for the resources that it serves",
            "请调用 Describe 查看可提供的资源",
        )
    return resource


def _fields(named: Sequence[str], resource: Resource, columns: frozenset[str]) -> tuple[str, ...]:
    """Return the fields each once, in the order in which they were named."""
    fields = tuple(dict.fromkeys(named))
    unknown = next((name for name in fields if name not in columns), None)
    if unknown is not None or not fields:
        what = "no field is requested" if unknown is None else f"{resource.name} has no column of that name"
        zh = "未指定信息项" if unknown is None else f"{resource.name} 没有该信息项"
        raise _wrong("UNKNOWN_FIELD", what, zh, "call Describe for the columns", "请调用 Describe 查看可查询的信息项")
    return fields


def _tests(conditions: Sequence[RowCondition], fields: tuple[str, ...]) -> tuple[RowTest, ...]:
    """Return the conditions read; one that this release does not understand, or whose field is not asked for, is refused: nothing leaves unjudged."""
    try:
        tests = tuple(read_test(row_from(one)) for one in conditions[: MOST_CONDITIONS + 1])
    except ScopeError:
        tests = None
    if tests is None or len(tests) > MOST_CONDITIONS or any(one.field not in fields for one in tests):
        raise _wrong(
            "INVALID_ROWS",
            "a condition on rows cannot be read, or its field is not asked for",
            "行范围条件无法识别，或者所涉信息项未列入请求",
            "use the protos of this provider's version",
            "请使用与提供方版本一致的接口定义",
        )
    return tests


def plan_check(
    request: ProviderCheckRequest, resources: Mapping[str, Resource], columns: Mapping[str, frozenset[str]], until: float = math.inf
) -> tuple[Plan, tuple[RowTest, ...]]:
    """Return the fetch of a question about a subject, and the tests of its terms; raise FetchError like `plan`."""
    work = plan(request.fetch, resources, columns, until)
    return work, _tests(request.terms, work.fields)


def judge_rows(work: Plan, terms: tuple[RowTest, ...], rows: Rows, *, absent_is_no: bool) -> bytes:
    """Return the wire form of the answer: whether the terms hold of one of the records inside the asked rows; none of them leaves."""
    found = list(islice(_inside(work.call.rows, rows), work.call.limit))
    try:
        said = judge(terms, found, absent_is_no=absent_is_no)
    except KeyError as error:
        lacking = str(error.args[0])
        raise _bad_record(f"a record of {work.resource.name} lacks a field", f"{work.resource.name} 的记录缺少信息项", lacking) from error
    except ScopeError as error:
        en, zh = f"a record of {work.resource.name} holds a value of another type", f"{work.resource.name} 的记录含有与类型不符的值"
        raise _bad_record(en, zh, error.field) from error
    return ProviderCheckResponse(answer=SAID[said], record_count=len(found)).SerializeToString()


def pack(work: Plan, rows: Rows) -> bytes:
    """Return the wire form of the answer: at most `limit` records inside the asked rows, the asked fields of each and no other."""
    response = FetchResponse()
    # bound once for a loop over every record
    fields, add = work.fields, response.records.add
    try:
        # rows beyond the limit are not even fetched from a generator
        for row in islice(_inside(work.call.rows, rows), work.call.limit):
            write_record(add(), {name: row[name] for name in fields})
    except KeyError as error:
        # a function's own look-ups fail so too, and their key may be data
        lacking = next((name for name in fields if error.args == (name,)), "")
        raise _bad_record(f"a record of {work.resource.name} lacks a field", f"{work.resource.name} 的记录缺少信息项", lacking) from error
    except ScopeError as error:
        en, zh = f"a record of {work.resource.name} holds a value of another type", f"{work.resource.name} 的记录含有与类型不符的值"
        raise _bad_record(en, zh, error.field) from error
    except InvalidValueError as error:
        en, zh = f"a record of {work.resource.name} cannot be sent: {error.message}", f"{work.resource.name} 的记录无法传输：{error.message_zh}"
        raise _bad_record(en, zh, error.field) from error
    answer = response.SerializeToString()
    if len(answer) > MAX_ANSWER:
        raise FetchError(
            grpc.StatusCode.RESOURCE_EXHAUSTED,
            "TOO_LARGE",
            "the records exceed 4 MiB",
            message_zh="记录总量超过 4 MiB",
            next_action="request fewer fields or fewer records",
            next_action_zh="请减少信息项或记录数",
        )
    return answer


def _inside(tests: tuple[RowTest, ...], rows: Rows) -> Rows:
    return filter(partial(is_inside, tests), rows) if tests else rows


def answer_to(answer: bytes, digest: bytes) -> bytes:
    """Return an answer that ends with the digest of its question: field 15 of FetchResponse, as protobuf writes it behind all others."""
    return answer + _ASKED + digest


def _wrong(reason: str, message: str, zh: str, next_action: str, next_zh: str) -> FetchError:
    code = grpc.StatusCode.INVALID_ARGUMENT
    return FetchError(code, reason, message, message_zh=zh, next_action=next_action, next_action_zh=next_zh)


def _bad_record(message: str, zh: str, column: str = "") -> FetchError:
    return FetchError(
        grpc.StatusCode.DATA_LOSS,
        "BAD_RECORD",
        message,
        message_zh=zh,
        next_action="inform the providing department",
        next_action_zh="请联系提供部门修正数据",
        facts={"column": column} if column else {},
    )
