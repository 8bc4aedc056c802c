"""The example provider in Node behind a real hub: a department that serves its records without a line of Python."""

import hashlib
import json
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path
from typing import Any

import grpc
import pytest

from shuniu.errors import call_error
from shuniu.records import from_record
from shuniu.v1 import catalog_pb2, provider_pb2
from shuniu.v1.provider_pb2_grpc import ProviderServiceStub
from tests.languages.programs import Program
from tests.languages.test_query import EVERYTHING, fields_of_everything
from tests.world import CONSUMER, KEY, OTHER, PROVIDER, Member, World

Stub = Callable[[], Any]
BROKEN = "640104199003070020"
BROKEN_ROW = {"id_number": BROKEN, "visits": "a secret", "weight": "a secret", "alive": "a secret", "seen": "a secret", "note": ["a secret"]}
TABLE = {
    "resource": "resident",
    "key": "id_number",
    "columns": [
        {"name": name, "value_type": f"FIELD_TYPE_{kind.upper()}", "nullable": name != "id_number", "length": 18, "comment": f"列 {name}"}
        for name, (kind, *_) in EVERYTHING.items()
    ],
    "rows": [{name: told for name, (_, _, (_, told)) in EVERYTHING.items()}, BROKEN_ROW],
}


@pytest.fixture(scope="module")
def member(world: World) -> Member:
    return world.member(PROVIDER, "node")


@pytest.fixture(scope="module")
def port(world: World, member: Member, node_provider: Program, tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """Where the example serves, as the hub has been told."""
    table = tmp_path_factory.mktemp("table") / "table.json"
    table.write_text(json.dumps(TABLE, ensure_ascii=False), encoding="utf-8")
    process = node_provider.start(member.folder, table, "127.0.0.1:0")
    try:
        assert process.stdout is not None
        found = re.search(r"on port (\d+)", process.stdout.readline())
        assert found is not None
        member.do("SetEndpoint", endpoint=f"127.0.0.1:{found[1]}")
        yield int(found[1])
    finally:
        process.terminate()
        assert process.wait(20) == 0


@contextmanager
def asking(port: int, ca: bytes, key: bytes, certificate: bytes) -> Iterator[ProviderServiceStub]:
    with grpc.secure_channel(f"127.0.0.1:{port}", grpc.ssl_channel_credentials(ca, key, certificate)) as channel:
        yield ProviderServiceStub(channel)


@pytest.fixture
def hub_s(world: World, port: int) -> Iterator[ProviderServiceStub]:
    """A stub under the hub's own certificate."""
    own = world.hub.own.shown
    with asking(port, world.ca, own.key_pem, own.chain_pem) as stub:
        yield stub


def test_the_hub_gets_every_type_of_value_from_it(world: World, member: Member, port: int):
    grant = world.grant(world.entry(member, fields=fields_of_everything()), tuple(EVERYTHING))
    reply = world.member(CONSUMER).query(grant)
    assert reply.ok, reply.message
    assert [from_record(record) for record in reply.answer.records] == [{name: value for name, (_, value, _) in EVERYTHING.items()}]
    assert not world.member(CONSUMER).query(grant, subject_key="64010419900307099X").ok


def test_it_describes_its_columns_with_the_types_of_an_entry(hub_s: ProviderServiceStub):
    (resource,) = hub_s.Describe(provider_pb2.DescribeRequest(), timeout=5).resources
    assert (resource.resource, resource.key) == ("resident", "id_number")
    assert {column.name: column.value_type for column in resource.columns} == {
        name: catalog_pb2.FieldType.Value(f"FIELD_TYPE_{kind.upper()}") for name, (kind, *_) in EVERYTHING.items()
    }
    key, note = resource.columns[:2]
    assert [(one.nullable, one.length, one.comment) for one in (key, note)] == [(False, 18, "列 id_number"), (True, 18, "列 note")]


def test_its_answer_names_the_very_request_that_it_answers(hub_s: ProviderServiceStub):
    request = provider_pb2.FetchRequest(resource="resident", key_field="id_number", key=KEY, fields=["visits", "income"], limit=5)
    # a field that the example's protos do not know: the digest is of the bytes as they came
    request.MergeFromString(b"\xa2\x06\x01x")
    answer = hub_s.Fetch(request, timeout=5)
    assert answer.asked == hashlib.sha256(request.SerializeToString()).digest()
    assert [from_record(record) for record in answer.records] == [{"visits": 2**53 + 1, "income": Decimal("120.50")}]


def test_the_digest_ends_the_message(world: World, port: int):
    own = world.hub.own.shown
    with grpc.secure_channel(f"127.0.0.1:{port}", grpc.ssl_channel_credentials(world.ca, own.key_pem, own.chain_pem)) as channel:
        raw: Any = channel.unary_unary("/shuniu.v1.ProviderService/Fetch")
        asked = provider_pb2.FetchRequest(resource="resident", key_field="id_number", key=KEY, fields=["note"]).SerializeToString()
        assert raw(asked, timeout=5).endswith(b"\x7a\x20" + hashlib.sha256(asked).digest())


def test_another_member_is_refused_as_no_hub(world: World, port: int):
    other = world.member(OTHER)
    files = [(other.folder / name).read_bytes() for name in ("ca.pem", "key.pem", "cert.pem")]
    for method, request in (("Describe", provider_pb2.DescribeRequest()), ("Fetch", provider_pb2.FetchRequest(key=KEY))):
        with asking(port, *files) as stub, pytest.raises(grpc.RpcError) as refused:
            getattr(stub, method)(request, timeout=5)
        error = call_error(refused.value)
        assert (error.code, error.reason, error.message_zh) == (grpc.StatusCode.PERMISSION_DENIED, "NOT_THE_HUB", "仅允许共享枢纽调用")


def test_a_stranger_without_a_certificate_does_not_even_connect(world: World, port: int):
    with grpc.secure_channel(f"127.0.0.1:{port}", grpc.ssl_channel_credentials(world.ca)) as channel, pytest.raises(grpc.RpcError) as refused:
        ProviderServiceStub(channel).Describe(provider_pb2.DescribeRequest(), timeout=5)
    assert call_error(refused.value).code is grpc.StatusCode.UNAVAILABLE


@pytest.mark.parametrize(
    ("changed", "reason", "column"),
    [
        ({"resource": "other"}, "UNKNOWN_RESOURCE", ""),
        ({"key_field": "phone"}, "UNKNOWN_KEY", ""),
        ({"fields": ["note", "secret"]}, "UNKNOWN_FIELD", "secret"),
        ({"fields": ["__proto__"]}, "UNKNOWN_FIELD", "__proto__"),
    ],
)
def test_what_it_does_not_serve_is_refused_in_words(hub_s: ProviderServiceStub, changed: dict[str, Any], reason: str, column: str):
    right = {"resource": "resident", "key_field": "id_number", "key": KEY, "fields": ["note"]}
    with pytest.raises(grpc.RpcError) as refused:
        hub_s.Fetch(provider_pb2.FetchRequest(**{**right, **changed}), timeout=5)
    error = call_error(refused.value)
    assert (error.code, error.reason, error.facts.get("column", "")) == (grpc.StatusCode.INVALID_ARGUMENT, reason, column)


@pytest.mark.parametrize("name", ["visits", "weight", "alive", "seen", "note"])
def test_a_value_that_is_not_of_its_column_s_type_is_told_with_the_column_and_without_the_value(hub_s: ProviderServiceStub, name: str):
    with pytest.raises(grpc.RpcError) as refused:
        hub_s.Fetch(provider_pb2.FetchRequest(resource="resident", key_field="id_number", key=BROKEN, fields=[name]), timeout=5)
    error = call_error(refused.value)
    assert (error.code, error.reason, error.facts["column"]) == (grpc.StatusCode.DATA_LOSS, "BAD_RECORD", name)
    assert "secret" not in str(error)


def test_the_unpacked_protos_must_be_named(node_provider: Program, member: Member, tmp_path: Path):
    run = Program(node_provider.command, {"SHUNIU_PROTOS": ""}).run(member.folder, tmp_path / "none.json", "127.0.0.1:0")
    assert run.returncode == 1
    assert "set SHUNIU_PROTOS" in run.output
