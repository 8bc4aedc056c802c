"""The directory as files: what anybody may fetch, once written for all, and no stranger's place held while it is waited for."""

import asyncio
import csv
import io
import threading
from collections.abc import Iterator
from typing import Any

import pytest
from rdflib import DCTERMS, RDF, Graph, Literal, URIRef

import catalog.export
import web.exports
from catalog.model import Source
from tests.catalog.samples import POLICEMAN, an_entry, step
from web.exports import KINDS

SYNTAX = {"ttl": "turtle", "jsonld": "json-ld"}
DATASET = URIRef("http://www.w3.org/ns/dcat#Dataset")


@pytest.mark.parametrize("ending", SYNTAX)
def test_the_directory_is_fetched_as_rdf_that_another_program_reads(visit, ending):
    async def story(client):
        answer = await client.get(f"/directory.{ending}")
        assert answer.headers["Content-Type"] == f"{KINDS[ending].content_type}; charset=utf-8"
        assert answer.headers["Content-Disposition"] == f'attachment; filename="directory.{ending}"'
        assert answer.headers["Access-Control-Allow-Origin"] == "*"
        body = await answer.read()
        assert len(body) == int(answer.headers["Content-Length"])
        graph = Graph().parse(data=body, format=SYNTAX[ending])
        titles = {graph.value(node, DCTERMS.title) for node in graph.subjects(RDF.type, DATASET)}
        assert titles == {Literal("常住人口登记信息", lang="zh"), Literal("企业登记信息", lang="zh")}

    visit(story)


def test_the_directory_is_fetched_as_a_table(visit):
    async def story(client):
        rows = _rows(await (await client.get("/directory.csv")).read())
        assert [row["信息项名称"] for row in rows if row["信息资源名称"] == "企业登记信息"] == ["统一社会信用代码", "企业名称"]

    visit(story)


def test_what_was_fetched_is_not_sent_again_until_the_directory_changes(house, visit):
    async def story(client):
        first = await client.get("/directory.csv")
        tag = {"If-None-Match": first.headers["ETag"]}
        again = await client.get("/directory.csv", headers=tag)
        assert (again.status, await again.read(), again.headers["ETag"]) == (304, b"", first.headers["ETag"])
        await asyncio.to_thread(house.publish, an_entry(title="新条目", resource_code="101001/900001", source=Source("")))
        later = await client.get("/directory.csv", headers=tag)
        assert (later.status, later.headers["ETag"] == first.headers["ETag"]) == (200, False)
        assert "新条目".encode() in await later.read()
        head = await client.head("/directory.csv")
        assert (head.headers["ETag"], await head.read()) == (later.headers["ETag"], b"")

    visit(story)


@pytest.mark.parametrize("ending", KINDS)
def test_an_entry_is_fetched_alone_while_it_is_in_force(house, visit, ending):
    origin = house.publish(an_entry(title="来源", resource_code="101001/900002", source=Source("")))
    entry = house.publish(an_entry(title="派生", resource_code="101001/900003", source=Source("", (origin.name,))))

    async def story(client):
        answer = await client.get(f"/{entry.name}.{ending}")
        body = await answer.read()
        assert "派生".encode() in body
        assert "常住人口登记信息".encode() not in body
        if ending == "csv":
            assert {row["关联资源代码"] for row in _rows(body)} == {"101001/900002"}
        else:
            assert len(list(Graph().parse(data=body, format=SYNTAX[ending]).subjects(RDF.type, DATASET))) == 1
        assert (await client.get(f"/{entry.name}.{ending}", headers={"If-None-Match": answer.headers["ETag"]})).status == 304
        draft = await asyncio.to_thread(house.catalog.create_entry, step(POLICEMAN, entry, name="", etag=""), an_entry(title="草稿"))
        assert (await client.get(f"/{draft.name}.{ending}")).status == 404
        await asyncio.to_thread(house.catalog.withdraw, step(POLICEMAN, entry, reason="停用", officer="王芳"))
        gone = await client.get(f"/{entry.name}.{ending}")
        assert (gone.status, (await gone.json())["error"]["reason"]) == (404, "ENTRY_WITHDRAWN")

    visit(story)


def test_the_pages_lead_to_the_files(visit):
    async def story(client):
        entry = (await (await client.get("/directory.json")).json())["hits"][0]["name"]
        for page, files in (("/directory", "/directory"), (f"/{entry}", f"/{entry}")):
            text = await (await client.get(page)).text()
            for ending in KINDS:
                assert f'href="{files}.{ending}"' in text

    visit(story)


def test_many_strangers_who_wait_for_a_file_leave_the_pages_open(house, visit, monkeypatch: pytest.MonkeyPatch):
    begun, go, wrote = threading.Event(), threading.Event(), []

    def slowly(*_args: Any) -> Iterator[bytes]:
        begun.set()
        assert go.wait(20)
        wrote.append(1)
        yield b"the directory"

    monkeypatch.setattr(catalog.export, "pieces", slowly)

    async def story(client):
        crowd = [asyncio.ensure_future(client.get("/directory.csv")) for _ in range(3 * house.limits.strangers_at_once)]
        await asyncio.to_thread(begun.wait, 10)
        async with asyncio.timeout(5):
            assert (await client.get("/directory")).status == 200
        go.set()
        assert {await (await one).read() for one in crowd} == {b"the directory"}
        assert sum(wrote) <= 2  # those who came before it began, and those who came after

    visit(story)


def test_who_waits_too_long_is_told_when_to_come_again(visit, monkeypatch: pytest.MonkeyPatch):
    go = threading.Event()

    def slowly(*_args: Any) -> Iterator[bytes]:
        assert go.wait(20)
        yield b"the directory"

    monkeypatch.setattr(catalog.export, "pieces", slowly)
    monkeypatch.setattr(web.exports, "PATIENCE", 0.1)

    async def story(client):
        answer = await client.get("/directory.ttl")
        assert (answer.status, answer.headers["Retry-After"], (await answer.json())["error"]["reason"]) == (503, "30", "EXPORT_BEING_WRITTEN")
        go.set()
        monkeypatch.setattr(web.exports, "PATIENCE", 20)
        assert await (await client.get("/directory.ttl")).read() == b"the directory"

    visit(story)


def _rows(body: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(body.decode("utf-8-sig"), newline="")))
