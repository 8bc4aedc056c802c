"""The servicer: who, what, answer, with the messages that a client sends."""

import asyncio
import csv
import io
from pathlib import Path
from typing import Any

import pytest
from rdflib import Graph

from catalog.model import Entry, Level, Source
from catalog.service import CatalogService
from catalog.wire import entry_to
from certs.model import Registration
from certs.store import DepartmentStore
from hub.access import ACCESS, ANYBODY, Caller, Role
from hub.db import Database
from hub.errors import InvalidInputError, NotFoundError
from hub.faults import MOST
from hub.paging import to_token
from hub.rpc import Call
from shuniu.cli.calling import method_of, request_of
from shuniu.identifiers.uscc import build
from shuniu.v1 import catalog_pb2
from tests.catalog.samples import NOW, POLICEMAN, RULER, TRADER, Room, a_business_entry, an_entry, etag, step


class Client:
    """Calls servicer methods as the gate does."""

    def __init__(self, database: Database) -> None:
        self.room = Room(database)
        self.service = CatalogService(self.room.actions)

    def call(self, by: Caller, method: str, **request: Any) -> Any:
        message = getattr(catalog_pb2, f"{method}Request")(**request)
        return getattr(self.service, method)(message, Call(by, f"/shuniu.v1.CatalogService/{method}", None))

    def exported(self, form: Any) -> list[bytes]:
        async def collected() -> list[bytes]:
            return [answer.chunk async for answer in self.call(TRADER, "ExportDirectory", format=form)]

        return asyncio.run(collected())


@pytest.fixture
def client(sqlite_database: Database) -> Client:
    return Client(sqlite_database)


def _sent(entry: Entry | None = None) -> catalog_pb2.Entry:
    message = entry_to(entry or an_entry())
    for name in ("name", "version", "etag", "state"):
        message.ClearField(name)
    return message


def test_every_rpc_has_a_method_and_a_row_in_the_access_table():
    methods = catalog_pb2.DESCRIPTOR.services_by_name["CatalogService"].methods_by_name
    assert {name for name in methods if hasattr(CatalogService, name)} == set(methods)
    assert {f"/shuniu.v1.CatalogService/{name}" for name in methods} == {path for path in ACCESS if "CatalogService" in path}


def test_an_entry_is_made_reviewed_published_revised_and_withdrawn(client):
    entry = client.call(POLICEMAN, "CreateEntry", entry=_sent(), request_id="r1")
    assert client.call(POLICEMAN, "CreateEntry", entry=_sent(), request_id="r1") == entry
    assert entry.state == catalog_pb2.ENTRY_STATE_DRAFT
    entry = client.call(POLICEMAN, "SubmitEntry", name=entry.name, etag=entry.etag, reason="新增", officer="王芳")
    entry = client.call(RULER, "ReturnEntry", name=entry.name, etag=entry.etag, reason="补充", officer="李明")
    entry.title = "常住人口基本信息"
    entry = client.call(POLICEMAN, "UpdateEntry", entry=entry)
    entry = client.call(POLICEMAN, "SubmitEntry", name=entry.name, etag=entry.etag, reason="已补充", officer="王芳")
    entry = client.call(RULER, "PublishEntry", name=entry.name, etag=entry.etag, officer="李明")
    (found,) = entry.findings
    assert (found.reason, found.contradicts) == ("NOT_DESCRIBED", False)
    (check,) = client.call(POLICEMAN, "CheckEntries", name=entry.name).checks
    assert (check.entry, check.version, list(check.findings), check.HasField("describe_time")) == (entry.name, 1, [found], False)
    entry.ClearField("findings")
    assert client.call(POLICEMAN, "GetEntry", name=entry.name) == entry
    assert entry.title == "常住人口基本信息"
    revised = client.call(POLICEMAN, "ReviseEntry", name=entry.name, etag=entry.etag, reason="改名")
    assert (revised.version, revised.state) == (2, catalog_pb2.ENTRY_STATE_DRAFT)
    assert [version.version for version in client.call(POLICEMAN, "ListEntryVersions", name=entry.name).entries] == [2, 1]
    gone = client.call(RULER, "WithdrawEntry", name=entry.name, etag=entry.etag, reason="机构改革", officer="李明")
    assert gone.state == catalog_pb2.ENTRY_STATE_WITHDRAWN


def test_output_fields_of_a_new_entry_are_ignored_even_when_malformed(client):
    message = _sent()
    message.name, message.etag, message.version, message.state = "nonsense", "nonsense", 77, catalog_pb2.ENTRY_STATE_PUBLISHED
    made = client.call(POLICEMAN, "CreateEntry", entry=message)
    assert (made.version, made.state, made.etag) == (1, catalog_pb2.ENTRY_STATE_DRAFT, "r1")


def test_checking_alone_keeps_nothing(client):
    made = client.call(POLICEMAN, "CreateEntry", entry=_sent(), validate_only=True)
    with pytest.raises(NotFoundError):
        client.call(POLICEMAN, "GetEntry", name=made.name)


@pytest.mark.parametrize("checked_only", [False, True])
def test_finding_15_a_city_system_makes_no_draft_at_the_level_and_region_of_its_province(client, checked_only):
    city = build("11", "640100", "00401009")
    with client.room.database.begin() as tx:
        DepartmentStore(tx).insert(Registration(city, "银川市公安局", "市公安局", "640100").department(NOW))
    clerk = Caller(city, "register", frozenset({Role.MEMBER}), "9")
    asked = an_entry(provider=city, level=Level.PROVINCE, region="640000")
    with pytest.raises(InvalidInputError) as refusal:
        client.call(clerk, "CreateEntry", entry=_sent(asked), request_id="r1", validate_only=checked_only)
    assert {one.reason for one in refusal.value.faults} == {"ENTRY_ABOVE_PROVIDER", "ENTRY_OUTSIDE_REGION"}
    assert not client.call(clerk, "ListEntries").entries
    within = an_entry(provider=city, level=Level.CITY, region="640100")
    assert client.call(clerk, "CreateEntry", entry=_sent(within), request_id="r1").provider == city


def test_search_answers_hits_with_the_fields_that_matched(client):
    client.room.published(an_entry(source=Source("")))
    client.room.published(a_business_entry(), TRADER)
    answer = client.call(TRADER, "SearchEntries", query="企业 信用代码", page_size=5)
    assert [(hit.entry.title, list(hit.matched_fields)) for hit in answer.hits] == [("企业登记信息", ["uscc", "company_name"])]
    first = client.call(TRADER, "SearchEntries", page_size=1)
    second = client.call(TRADER, "SearchEntries", page_size=1, page_token=first.next_page_token)
    assert {first.hits[0].entry.title, second.hits[0].entry.title} == {"企业登记信息", "常住人口登记信息"}
    assert (first.total_size, second.total_size, second.next_page_token) == (2, 2, "")


def test_a_release_is_made_and_fetched(client):
    client.room.published()
    made = client.call(RULER, "CreateRelease", request_id="r1")
    assert client.call(RULER, "CreateRelease", request_id="r1") == made
    assert client.call(TRADER, "GetRelease") == made == client.call(TRADER, "GetRelease", number=1)


@pytest.mark.parametrize(("number", "syntax"), [(catalog_pb2.EXPORT_FORMAT_TURTLE, "turtle"), (catalog_pb2.EXPORT_FORMAT_JSON_LD, "json-ld")])
def test_the_export_comes_in_pieces_and_follows_the_directory(client, number, syntax):
    def exported() -> Graph:
        pieces = client.exported(number)
        assert all(0 < len(piece) <= 256 * 1024 for piece in pieces)
        return Graph().parse(data=b"".join(pieces), format=syntax)

    for place in range(2):
        words = tuple(f"{'词' * 46}{place:02}{word:02}" for word in range(32))
        client.room.published(an_entry(abstract="长" * 4000, keywords=words, resource_code=f"101001/{place:06}", source=Source("")))
    assert "长" * 4000 in {str(value) for value in exported().objects()}
    entry = client.room.published(a_business_entry(), TRADER)
    assert entry.title in {str(value) for value in exported().objects()}
    client.room.actions.withdraw(step(TRADER, entry, reason="机构改革", officer="王芳"))
    assert entry.title not in {str(value) for value in exported().objects()}


def test_a_large_export_is_cut_inside_characters_and_joins_whole(client):
    for place in range(30):
        client.room.published(an_entry(abstract="长" * 3990 + str(place), resource_code=f"101001/{place:06}", source=Source("")))
    pieces = client.exported(catalog_pb2.EXPORT_FORMAT_TURTLE)
    assert len(pieces) > 1
    assert [len(piece) for piece in pieces[:-1]] == [256 * 1024] * (len(pieces) - 1)
    b"".join(pieces).decode()


def test_the_directory_comes_as_csv_too(client):
    client.room.published(an_entry())
    rows = list(csv.DictReader(io.StringIO(b"".join(client.exported(catalog_pb2.EXPORT_FORMAT_CSV)).decode("utf-8-sig"), newline="")))
    assert [(row["信息资源名称"], row["信息项名称"]) for row in rows] == [("常住人口登记信息", field.label) for field in an_entry().fields]


def test_an_unknown_export_format_is_refused(client):
    with pytest.raises(InvalidInputError):
        client.exported(catalog_pb2.EXPORT_FORMAT_UNSPECIFIED)


def test_why_an_entry_was_returned_is_told_to_its_department_and_why_it_was_withdrawn_to_everybody(client):
    entry = client.room.submitted()
    client.call(RULER, "ReturnEntry", name=entry.name, etag=etag(entry), reason="请补充数据来源", officer="李明")
    for reader in (POLICEMAN, RULER):
        assert client.call(reader, "GetEntry", name=entry.name).change_reason == "请补充数据来源"
        assert [one.change_reason for one in client.call(reader, "ListEntries", state=catalog_pb2.ENTRY_STATE_DRAFT).entries] == ["请补充数据来源"]
    for stranger in (TRADER, ANYBODY):
        with pytest.raises(NotFoundError):
            client.call(stranger, "GetEntry", name=entry.name)
        assert not client.call(stranger, "ListEntries").entries
    gone = client.room.published(an_entry(resource_code="101001/000002"))
    client.room.actions.withdraw(step(POLICEMAN, gone, reason="由电子证照替代", officer="王芳"))
    for reader in (POLICEMAN, TRADER, RULER, ANYBODY):
        assert client.call(reader, "GetEntry", name=gone.name).change_reason == "由电子证照替代"
        assert [one.change_reason for one in client.call(reader, "ListEntryVersions", name=gone.name).entries] == ["由电子证照替代"]


def test_the_authority_lists_what_waits_for_it_and_a_department_its_own_drafts(client):
    waiting = [client.room.submitted(an_entry(resource_code=f"101001/{number:06}", source=Source(""))) for number in (1, 2, 3)]
    draft = client.room.drafted(a_business_entry(), TRADER)
    first = client.call(RULER, "ListEntries", state=catalog_pb2.ENTRY_STATE_SUBMITTED, page_size=2)
    rest = client.call(RULER, "ListEntries", state=catalog_pb2.ENTRY_STATE_SUBMITTED, page_size=2, page_token=first.next_page_token)
    assert [entry.name for entry in (*first.entries, *rest.entries)] == [entry.name for entry in reversed(waiting)]
    assert rest.next_page_token == ""
    assert [entry.name for entry in client.call(RULER, "ListEntries", provider=TRADER.department).entries] == [draft.name]
    assert [entry.name for entry in client.call(TRADER, "ListEntries").entries] == [draft.name]
    assert not client.call(POLICEMAN, "ListEntries", state=catalog_pb2.ENTRY_STATE_DRAFT).entries


def test_a_listed_version_says_why_it_was_returned_or_withdrawn(client):
    returned = client.room.submitted(an_entry(source=Source("")))
    client.room.actions.send_back(step(RULER, returned, reason="请补充数据来源", officer="李明"))
    gone = client.room.published(an_entry(resource_code="101001/000002"))
    client.room.actions.withdraw(step(RULER, gone, reason="机构改革", officer="李明"))
    drafts = client.call(POLICEMAN, "ListEntries", state=catalog_pb2.ENTRY_STATE_DRAFT).entries
    withdrawn = client.call(TRADER, "ListEntries", state=catalog_pb2.ENTRY_STATE_WITHDRAWN).entries
    assert [entry.change_reason for entry in (*drafts, *withdrawn)] == ["请补充数据来源", "机构改革"]
    assert withdrawn[0].serving_resource == ""  # the name of a table is its provider's own business


@pytest.mark.parametrize("wrong", [{"provider": "nobody"}, {"page_token": to_token("1")}, {"page_token": "?"}, {"page_size": -1}, {"state": 99}])
def test_a_list_that_cannot_be_is_refused(client, wrong):
    with pytest.raises(InvalidInputError):
        client.call(RULER, "ListEntries", **wrong)


def test_all_that_is_wrong_with_an_entry_is_told_in_one_answer(client):
    entry = _sent(an_entry(title="", resource_code="人口/1", region="64000", keywords=("人", "人"), steward_phone="内线"))
    entry.share_type, entry.level = catalog_pb2.SHARE_TYPE_UNSPECIFIED, 77  # type: ignore[assignment]
    entry.fields[1].name, entry.fields[1].sensitivity, entry.fields[2].type = "姓名", 9, catalog_pb2.FIELD_TYPE_UNSPECIFIED
    with pytest.raises(InvalidInputError) as refusal:
        client.call(POLICEMAN, "CreateEntry", entry=entry)
    told = {fault.field for fault in refusal.value.faults}
    assert told == {
        "entry.title", "entry.resource_code", "entry.region", "entry.keywords", "entry.steward_phone", "entry.share_type", "entry.level",
        "entry.fields[1].name", "entry.fields[1].sensitivity", "entry.fields[2].type",
    }  # fmt: skip
    assert refusal.value.facts["count"] == "10"
    share = next(fault for fault in refusal.value.faults if fault.field == "entry.share_type")
    assert share.next_action_zh == "请填写无条件共享、有条件共享、不予共享"


def test_an_entry_with_more_faults_than_anybody_reads_is_refused_early(client):
    entry = _sent()
    for number in range(5_000):
        entry.fields.add(name=f"F{number}")
    with pytest.raises(InvalidInputError) as refusal:
        client.call(POLICEMAN, "CreateEntry", entry=entry)
    assert len(refusal.value.faults) == MOST


@pytest.mark.parametrize("guide", ["provider.md", "provider.zh-CN.md"])
def test_the_entry_of_the_guide_becomes_a_draft(client, guide):
    written = (Path(__file__).parents[2] / "docs/guides" / guide).read_text("utf-8")
    text = written[written.index('{"entry": {"title"') :]
    request = request_of(method_of("CatalogService/CreateEntry"), text[: text.index("```")])
    assert isinstance(request, catalog_pb2.CreateEntryRequest)
    draft = client.call(POLICEMAN, "CreateEntry", entry=request.entry)
    assert (draft.title, draft.state) == ("居住证登记信息", catalog_pb2.ENTRY_STATE_DRAFT)
