"""A provider over real mTLS: the hub alone may fetch, only what is served can be asked for, and errors tell nothing of the data."""

from __future__ import annotations

import asyncio
import gc
import logging
import os
import re
import signal
import subprocess
import sys
import threading
import time
import weakref
from collections.abc import Callable, Iterable, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

import grpc
import pytest
from grpc_health.v1 import health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha import reflection_pb2, reflection_pb2_grpc

from shuniu import FetchCall, FetchError, Provider, ShuniuCallError
from shuniu.errors import call_error
from shuniu.provider import Column, Resource
from shuniu.provider.certificates import HubCertificate
from shuniu.provider.server import HEALTH, REFLECTION
from shuniu.records import from_record
from shuniu.v1 import provider_pb2
from shuniu.v1.provider_pb2 import DescribeRequest, FetchRequest
from shuniu.v1.provider_pb2_grpc import ProviderServiceStub
from tests.shuniu_sdk.authority import DEPARTMENT_URI, HUB_URI, Authority
from tests.shuniu_sdk.conftest import channel_of

SECRET = "640102199001311234"
Serve = Callable[[Provider], int]
StubOf = Callable[..., ProviderServiceStub]


@pytest.fixture
def provider(folder: Path) -> Provider:
    provider = Provider(folder)
    columns: list[Column | str] = [Column("id_number", "CHAR(18)", nullable=False), "name", "age"]

    @provider.resource("resident", key="id_number", columns=columns)
    def resident(key: str, fields: Sequence[str], call: FetchCall) -> Iterable[dict[str, object]]:
        if key == "none":
            return []
        return [{"id_number": key, "name": call.consumer, "age": number, "more": "than asked"} for number in range(5)]

    @provider.resource("slow", key="id_number", columns=columns)
    async def slow(key: str, fields: Sequence[str], call: FetchCall) -> list[dict[str, object]]:
        await asyncio.sleep(0.01)
        return [{"id_number": key, "name": call.case_number, "age": None}]

    @provider.resource("broken", key="id_number", columns=columns)
    def broken(key: str, fields: Sequence[str], call: FetchCall) -> list[dict[str, object]]:
        if key == "lacking":
            return [{"id_number": key}]
        if key == "unfit":
            return [{"id_number": key, "name": [SECRET], "age": 1}]
        if key == "large":
            return [{"id_number": key, "name": "x" * 1_000_000, "age": 1}] * 5
        if key == "later":
            raise FetchError(grpc.StatusCode.UNAVAILABLE, "NIGHT", "closed at night", message_zh="夜间停机", next_action="try at 8", retry_after=30)
        raise RuntimeError(f"SELECT of id_number = '{SECRET}' failed")

    return provider


def fetch(stub: ProviderServiceStub, **given: Any):
    request = {
        "resource": "resident",
        "key_field": "id_number",
        "key": "1",
        "fields": ["name", "age"],
        "consumer": "C",
        "case_number": "N",
        "limit": 3,
    }
    return [from_record(record) for record in stub.Fetch(FetchRequest(**{**request, **given}), timeout=10).records]


def refusal(stub: ProviderServiceStub, **given: Any) -> ShuniuCallError:
    with pytest.raises(grpc.RpcError) as refused:
        fetch(stub, **given)
    return call_error(refused.value)


def test_the_hub_gets_the_asked_fields_and_no_more_records_than_it_asked_for(provider: Provider, serve: Serve, stub_of: StubOf):
    stub = stub_of(serve(provider))
    assert fetch(stub) == [{"name": "C", "age": number} for number in range(3)]
    assert fetch(stub, key="none") == []
    assert fetch(stub, resource="slow") == [{"name": "N", "age": None}]


def test_describe_lists_resources_by_name(provider: Provider, serve: Serve, stub_of: StubOf):
    resources = stub_of(serve(provider)).Describe(DescribeRequest(), timeout=10).resources
    assert [resource.resource for resource in resources] == ["broken", "resident", "slow"]
    assert [column.name for column in resources[1].columns] == ["id_number", "name", "age"]
    assert resources[1].columns[0].type == "CHAR(18)"
    assert not resources[1].columns[0].nullable


@pytest.mark.parametrize(
    "uris", [(DEPARTMENT_URI,), ("shuniu://other/hub",), (HUB_URI, DEPARTMENT_URI), (HUB_URI + "/",), ("shuniu://TEST/hub",), ("spiffe://x",)]
)
def test_any_certificate_but_the_hubs_own_is_refused(provider: Provider, serve: Serve, stub_of: StubOf, uris: tuple[str, ...]):
    stub = stub_of(serve(provider), *uris)
    error = refusal(stub)
    assert (error.code, error.reason) == (grpc.StatusCode.PERMISSION_DENIED, "NOT_THE_HUB")
    with pytest.raises(grpc.RpcError):
        stub.Describe(DescribeRequest(), timeout=10)


def test_a_hub_certificate_of_another_authority_does_not_get_through_tls(provider: Provider, serve: Serve, authority: Authority):
    port = serve(provider)
    certificate, key = Authority.new("another CA").pair(HUB_URI)
    for credentials in (grpc.ssl_channel_credentials(authority.pem, key, certificate), grpc.ssl_channel_credentials(authority.pem)):
        with grpc.secure_channel(f"127.0.0.1:{port}", credentials) as channel:
            assert refusal(ProviderServiceStub(channel)).code is grpc.StatusCode.UNAVAILABLE


def test_a_hub_certificate_that_expires_on_an_open_connection_ends_there(authority: Authority):
    now = [time.time()]
    hub = HubCertificate(HUB_URI, clock=lambda: now[0])
    pem, _key = authority.pair(HUB_URI, life=timedelta(hours=1))
    hub.check(pem)
    now[0] += 3600
    with pytest.raises(FetchError):
        hub.check(pem)
    with pytest.raises(FetchError):
        hub.check(b"no certificate")


SERVED = [
    (f"/{service.full_name}/{method.name}", method)
    for service in (provider_pb2.DESCRIPTOR.services_by_name["ProviderService"], HEALTH, REFLECTION)
    for method in service.methods
    if method.full_name != "grpc.health.v1.Health.List"  # which the library does not serve
]


JUNK = {"tag": b"\xff\xff\xff\xff", "cut": b"\x0a\x05ab", "number": b"\x08" + b"\xff" * 11, "groups": b"\x0b" * 10_000}


@pytest.mark.parametrize("data", JUNK.values(), ids=JUNK)
@pytest.mark.parametrize(("path", "method"), SERVED, ids=[path for path, _ in SERVED])
def test_bytes_that_are_no_message_are_refused_in_our_words_and_leave_no_traceback(
    provider: Provider, serve: Serve, authority: Authority, path: str, method: Any, data: bytes, caplog: Any, capfd: Any
):
    with channel_of(authority, serve(provider), HUB_URI) as channel:
        kind = f"{'stream' if method.client_streaming else 'unary'}_{'stream' if method.server_streaming else 'unary'}"
        call = getattr(channel, kind)(path)
        request = iter([data]) if method.client_streaming else data
        with pytest.raises(grpc.RpcError) as refused:
            next(call(request, timeout=10)) if method.server_streaming else call(request, timeout=10)
    error = call_error(refused.value)
    assert (error.code, error.reason) == (grpc.StatusCode.INVALID_ARGUMENT, "INVALID_INPUT")
    assert error.message_zh
    assert error.next_action
    assert [record.getMessage() for record in caplog.records if record.levelno >= logging.WARNING] == []
    assert capfd.readouterr().err == ""


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        ({"resource": "nothing"}, "UNKNOWN_RESOURCE"),
        ({"key_field": "name"}, "UNKNOWN_KEY"),
        ({"key": ""}, "INVALID_KEY"),
        ({"key": "9" * 257}, "INVALID_KEY"),
        ({"key": "1\x00"}, "INVALID_KEY"),
        ({"fields": ["name", "phone"]}, "UNKNOWN_FIELD"),
        ({"fields": []}, "UNKNOWN_FIELD"),
        ({"fields": ["more"]}, "UNKNOWN_FIELD"),
    ],
)
def test_what_is_not_served_cannot_be_asked_for(provider: Provider, serve: Serve, stub_of: StubOf, given: dict[str, Any], reason: str):
    error = refusal(stub_of(serve(provider)), **given)
    assert (error.code, error.reason) == (grpc.StatusCode.INVALID_ARGUMENT, reason)
    assert error.next_action
    assert error.message_zh


def test_an_unknown_error_tells_nothing_of_sql_or_data(provider: Provider, serve: Serve, stub_of: StubOf, caplog: pytest.LogCaptureFixture):
    with caplog.at_level(logging.DEBUG):
        error = refusal(stub_of(serve(provider)), resource="broken")
    assert (error.code, error.reason) == (grpc.StatusCode.INTERNAL, "PROVIDER_FAILED")
    for text in (str(error), caplog.text):
        assert SECRET not in text
    assert "SELECT" not in str(error)
    assert "RuntimeError" in caplog.text


@pytest.mark.parametrize(
    ("key", "code", "reason"),
    [
        ("lacking", grpc.StatusCode.DATA_LOSS, "BAD_RECORD"),
        ("unfit", grpc.StatusCode.DATA_LOSS, "BAD_RECORD"),
        ("large", grpc.StatusCode.RESOURCE_EXHAUSTED, "TOO_LARGE"),
    ],
)
def test_a_record_that_cannot_be_carried_is_an_error_and_not_half_an_answer(
    provider: Provider, serve: Serve, stub_of: StubOf, key: str, code: grpc.StatusCode, reason: str
):
    error = refusal(stub_of(serve(provider)), resource="broken", key=key, limit=10)
    assert (error.code, error.reason) == (code, reason)
    assert SECRET not in str(error)


def test_what_a_function_says_on_purpose_reaches_the_hub(provider: Provider, serve: Serve, stub_of: StubOf):
    error = refusal(stub_of(serve(provider)), resource="broken", key="later")
    assert (error.code, error.reason, error.message, error.message_zh) == (grpc.StatusCode.UNAVAILABLE, "NIGHT", "closed at night", "夜间停机")
    assert (error.next_action, error.retry_after) == ("try at 8", 30.0)


def test_a_slow_function_does_not_hold_up_the_others(folder: Path, serve: Serve, stub_of: StubOf):
    provider = Provider(folder, threads=2)
    gate = threading.Event()

    @provider.resource("stuck", key="k", columns=["k"])
    def stuck(key: str, fields: Sequence[str], call: FetchCall) -> list[dict[str, object]]:
        gate.wait(20)
        return []

    @provider.resource("quick", key="k", columns=["k"])
    def quick(key: str, fields: Sequence[str], call: FetchCall) -> list[dict[str, object]]:
        return [{"k": key}]

    stub = stub_of(serve(provider))
    waiting = stub.Fetch.future(FetchRequest(resource="stuck", key_field="k", key="1", fields=["k"]), timeout=20)
    try:
        assert fetch(stub, resource="quick", key_field="k", fields=["k"]) == [{"k": "1"}]
        assert not waiting.done()
    finally:
        gate.set()
    assert not waiting.result().records


class Stuck:
    """A provider of two tables; fetches of the key "stuck" at the first hold their thread until the test lets them go."""

    def __init__(self, folder: Path, threads: int) -> None:
        self.provider = Provider(folder, threads=threads)
        self.gate, self.began = threading.Event(), threading.Semaphore(0)

        def rows(key: str, _fields: Sequence[str], _call: FetchCall) -> list[dict[str, object]]:
            if key == "stuck":
                self.began.release()
                self.gate.wait(20)
            return [{"k": key}]

        self.provider.resource("first", key="k", columns=["k"])(rows)
        self.provider.resource("second", key="k", columns=["k"])(rows)

    def flood(self, stub: ProviderServiceStub, count: int) -> list[Any]:
        """Send stuck fetches of department A; return them when all threads are held that A may hold: 5 of 8."""
        sent = [stub.Fetch.future(self.request("A", key="stuck"), timeout=20) for _ in range(count)]
        for _ in range(5):
            assert self.began.acquire(timeout=10)
        return sent

    @staticmethod
    def request(consumer: str, key: str = "1", resource: str = "first") -> FetchRequest:
        return FetchRequest(resource=resource, key_field="k", key=key, fields=["k"], consumer=consumer)


def test_one_department_s_slow_fetches_leave_threads_to_another_and_to_the_other_table(folder: Path, serve: Serve, stub_of: StubOf):
    stuck = Stuck(folder, threads=8)
    stub = stub_of(serve(stuck.provider))
    sent = stuck.flood(stub, 200)
    try:
        assert stub.Fetch(stuck.request("B"), timeout=5).records
        assert stub.Fetch(stuck.request("A", resource="second"), timeout=5).records
        refused = [call_error(one.exception()) for one in sent if one.done()]
        assert len(refused) >= 100
        assert {(one.code, one.reason, one.retry_after) for one in refused} == {(grpc.StatusCode.RESOURCE_EXHAUSTED, "BUSY", 1.0)}
        assert refused[0].message_zh
        assert not stuck.began.acquire(blocking=False)
    finally:
        stuck.gate.set()
    assert all(one.exception(20) is None for one in sent if not one.done())


def test_a_thread_whose_caller_has_gone_is_not_given_to_the_next(folder: Path, serve: Serve, stub_of: StubOf):
    stuck = Stuck(folder, threads=8)
    stub = stub_of(serve(stuck.provider))
    try:
        for one in stuck.flood(stub, 5):
            one.cancel()
        again = [stub.Fetch.future(stuck.request("A", key="stuck"), timeout=20) for _ in range(5)]
        assert stub.Fetch(stuck.request("B"), timeout=5).records
        assert not stuck.began.acquire(blocking=False)
    finally:
        stuck.gate.set()
    assert all(one.result().records for one in again)


def test_what_a_refused_fetch_worked_with_is_let_go_at_once(folder: Path, serve: Serve, stub_of: StubOf):
    class Row(dict[str, object]):
        """A row that a test can ask for."""

    provider, alive = Provider(folder), []

    @provider.resource("r", key="k", columns=["k"])
    def r(key: str, fields: Sequence[str], call: FetchCall) -> list[dict[str, object]]:
        row = Row(k=object())  # which no record carries
        alive.append(weakref.ref(row))
        return [row]

    stub = stub_of(serve(provider))
    gc.disable()
    try:
        assert refusal(stub, resource="r", key_field="k", fields=["k"]).reason == "BAD_RECORD"
        assert [one() for one in alive] == [None]
    finally:
        gc.enable()


def test_health_and_reflection_answer_any_member(provider: Provider, serve: Serve, authority: Authority):
    with channel_of(authority, serve(provider), DEPARTMENT_URI) as channel:
        alive = health_pb2_grpc.HealthStub(channel).Check(health_pb2.HealthCheckRequest(service="shuniu.v1.ProviderService"), timeout=10)
        assert alive.status == health_pb2.HealthCheckResponse.SERVING
        asked = reflection_pb2.ServerReflectionRequest(list_services="")
        answer = next(reflection_pb2_grpc.ServerReflectionStub(channel).ServerReflectionInfo(iter([asked]), timeout=10))
        assert "shuniu.v1.ProviderService" in {service.name for service in answer.list_services_response.service}


def test_a_renewed_certificate_is_served_without_a_restart(provider: Provider, serve: Serve, authority: Authority, folder: Path):
    port = serve(provider)
    renewed = Authority.new("next CA")
    certificate, key = renewed.pair(DEPARTMENT_URI)
    (folder / "ca.pem").write_bytes(renewed.pem)
    (folder / "key.pem").write_bytes(key)
    (folder / "cert.pem").write_bytes(certificate)
    os.utime(folder / "cert.pem", ns=(1, time.time_ns() + 10**9))
    with channel_of(renewed, port, HUB_URI) as channel:
        assert fetch(ProviderServiceStub(channel), limit=1) == [{"name": "C", "age": 0}]


def test_a_resource_has_its_key_among_its_columns_and_a_name_of_its_own(folder: Path):
    with pytest.raises(ValueError, match="key"):
        Resource("r", "k", (Column("a"),), lambda _key, _fields, _call: [])
    with pytest.raises(ValueError, match="key"):
        Resource("r", "a", (Column("a"), Column("a")), lambda _key, _fields, _call: [])
    provider = Provider(folder)
    provider.add(Resource("r", "a", (Column("a"),), lambda _key, _fields, _call: []))
    with pytest.raises(ValueError, match="already"):
        provider.add(Resource("r", "a", (Column("a"),), lambda _key, _fields, _call: []))


SCRIPT = """
import sys
from shuniu import Provider, run
provider = Provider(sys.argv[1])
@provider.resource("r", key="k", columns=["k"])
def r(key, fields, call):
    return [{"k": key}]
run(provider, "127.0.0.1:0", lambda port: print(port, flush=True))
print("stopped", flush=True)
"""


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_process_serves_until_it_is_told_to_stop(folder: Path, stub_of: StubOf, number: signal.Signals):
    with subprocess.Popen([sys.executable, "-c", SCRIPT, str(folder)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        try:
            stub = stub_of(int(process.stdout.readline()))
            assert fetch(stub, resource="r", key_field="k", fields=["k"]) == [{"k": "1"}]
            process.send_signal(number)
            assert process.stdout.readline() == "stopped\n"
            assert process.wait(10) == 0
            told = process.stderr.read()
            assert re.search(r"INFO shuniu\.provider\.server: serving r at port \d+\n", told), told
            assert told.endswith("shuniu.provider.server: stopped\n")
        finally:
            if process.poll() is None:
                process.kill()
