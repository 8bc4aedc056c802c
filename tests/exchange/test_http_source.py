"""A department's HTTP service behind the hub: a Query, a Check and the comparison with the entry, with no code of the department's."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import pytest
from grpc import StatusCode

from shuniu.provider.opening import open_source
from shuniu.provider.settings import load
from shuniu.v1 import catalog_pb2, check_pb2, exchange_pb2
from tests.cli.processes import run
from tests.shuniu_sdk.http_service import Service, running
from tests.world import CASE, CONSUMER, KEY, OFFICER, PROVIDER, PURPOSE, World

C: Final = catalog_pb2
RECORD: Final = {"sfzh": KEY, "who": {"xm": "王小明"}, "dz": "银川市金凤区", "dh": None, "csrq": "1990-03-07", "zn": "2"}
CONFIG: Final = """
[[resource]]
name = "resident"
url = "http://127.0.0.1:{port}/api/persons/{key}"
key = "id_number"
records = "data.items"
good = { code = "0" }
types = { birth_date = "date", children = "int64" }
[resource.names]
id_number = "sfzh"
name = "who.xm"
address = "dz"
phone = "dh"
birth_date = "csrq"
children = "zn"
"""


@pytest.fixture(scope="module")
def world() -> Iterator[World]:
    with World() as running:
        yield running


@pytest.fixture
def service() -> Iterator[Service]:
    with running(Service()) as one:
        one.says({"code": 0, "data": {"items": [RECORD]}})
        yield one


@pytest.fixture
def config(service: Service, tmp_path: Path) -> Path:
    place = tmp_path / "provider.toml"
    place.write_text(CONFIG.replace("{port}", str(service.port)), encoding="utf-8")
    return place


def test_a_service_is_queried_checked_and_compared_through_the_hub(world: World, service: Service, config: Path):
    by, consumer = world.member(PROVIDER, f"http-{world.number()}"), world.as_(CONSUMER)
    (settings,) = load(config).resource
    source = open_source(settings)
    served = world.serving(by.folder, source.resource(settings.resource))
    by.do("SetEndpoint", endpoint=f"127.0.0.1:{served.port}")
    is_adult = C.PredicateTerm(field="birth_date", comparison=C.COMPARISON_YEARS_SINCE, values=["18"])
    adult = C.Predicate(name="is_adult", text="年满18周岁", text_en="is 18 or older", terms=[is_adult])
    entry = world.entry(by, modes=[C.SHARE_MODE_QUERY, C.SHARE_MODE_CHECK], predicates=[adult])
    assert not any(one.contradicts for one in entry.findings)
    grant = world.grant(entry, ("id_number", "name", "phone", "children"))
    check = world.grant(entry, ("id_number", "birth_date"), mode="check")

    def reason_of(document: Any, status: int = 200) -> tuple[StatusCode, str]:
        service.says(document, status)
        reply = consumer.query(grant)
        return reply.code, reply.reason

    try:
        reply = consumer.query(grant)
        assert reply.ok, reply.message
        (record,) = reply.answer.records
        assert (record.fields["name"].string_value, record.fields["children"].int64_value) == ("王**", 2)
        assert record.fields["phone"].WhichOneof("kind") == "null_value"
        asked: dict[str, Any] = {
            "grant": check.name,
            "purpose": PURPOSE,
            "case_number": CASE,
            "officer": OFFICER,
            "subject_key": KEY,
            "predicate": "is_adult",
        }
        told = consumer.call("Check", request=exchange_pb2.CheckRequest(**asked))
        assert told.ok, told.message
        assert told.answer.answer == check_pb2.CHECK_ANSWER_YES
        assert {target for _, target, _, _ in service.seen} == {f"/api/persons/{KEY}"}

        assert reason_of({"code": 0, "data": {"items": []}}) == (StatusCode.OK, "")
        assert reason_of({"code": 0, "data": {"items": [{**RECORD, "sfzh": "640102199001310025"}]}})[1] == "ANSWER_TO_OTHER_QUESTION"
        assert reason_of({"code": 0, "data": {"items": [{**RECORD, "zn": "two"}]}})[0] is StatusCode.DATA_LOSS
        assert reason_of({"code": 9, "data": None})[1] == "PROVIDER_FAILED"
        assert reason_of(b"", 503)[0] is StatusCode.UNAVAILABLE
    finally:
        source.close()


def test_a_draft_and_a_comparison_are_made_from_the_map_of_fields_without_a_question(world: World, service: Service, config: Path):
    by = world.member(PROVIDER, f"http-{world.number()}")
    entry = world.entry(by)
    drafted = run("provide", "--config", config, "--describe")
    assert drafted.returncode == 0, drafted.stderr
    fields = json.loads(drafted.stdout)["entry"]["fields"]
    assert [(one["name"], one["type"]) for one in fields[-2:]] == [("birth_date", "FIELD_TYPE_DATE"), ("children", "FIELD_TYPE_INT64")]
    assert run("provide", "--identity", by.folder, "--config", config, "--check", entry.name).returncode == 0
    config.write_text(config.read_text().replace('children = "int64"', 'children = "decimal"'))
    compared = run("provide", "--identity", by.folder, "--config", config, "--check", entry.name)
    assert (compared.returncode, "OTHER_TYPE" in compared.stdout) == (1, True)
    assert service.seen == []
