"""A department's HTTP service served as a resource: how it is asked, what of its answers is believed, and how it fails."""

from __future__ import annotations

import json
import logging
import re
import socket
import ssl
import threading
import time
from contextlib import ExitStack, suppress
from datetime import date, datetime, timezone
from decimal import Decimal
from urllib.parse import unquote, urlsplit

import grpc
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shuniu import FetchCall, FetchError, Provider
from shuniu.catalogue import ConfigError
from shuniu.errors import SourceError, UnreachableError
from shuniu.provider.comparison import compare
from shuniu.provider.description import DescribedField, served_resource
from shuniu.provider.draft import draft_of
from shuniu.provider.http.documents import MAX_DEPTH, MOST_VALUES, DocumentError, Number, read_document
from shuniu.provider.http.exchange import MOST_IDLE
from shuniu.provider.http.faults import ServiceError
from shuniu.provider.http.headers import HeaderFile, read_headers
from shuniu.provider.http.line import told
from shuniu.provider.http.paths import MISSING, read_path
from shuniu.provider.http.places import Places
from shuniu.provider.http.template import UnfitKeyError, read_template
from shuniu.provider.opening import open_source
from shuniu.provider.settings import from_mapping
from shuniu.v1 import check_pb2, scope_pb2
from shuniu.v1.catalog_pb2 import FieldType
from shuniu.v1.provider_pb2 import DescribeRequest, FetchRequest, ProviderCheckRequest
from tests.shuniu_sdk.conftest import listening
from tests.shuniu_sdk.http_service import Service, raw_server, running

KEY = "640102199001310017"
CALL = FetchCall(consumer="", purpose="", case_number="", log_index=-1, limit=10)
NAMES = {"id_number": "sfzh", "name": "holder.name", "income": "income", "children": "children", "born": "born", "seen": "seen", "active": "active"}
TYPES = {"income": "decimal", "children": "int64", "born": "date", "seen": "timestamp", "active": "bool"}
RECORD = {
    "sfzh": KEY,
    "holder": {"name": "张三"},
    "income": 120.50,
    "children": 2,
    "born": "1990-01-31",
    "seen": "2026-03-02T08:00:00",
    "active": True,
    "extra": [1],
}


@pytest.fixture
def service():
    with running(Service()) as one:
        yield one


@pytest.fixture
def serve(tmp_path):
    """Open the resource that a configuration states, of a service at a port."""
    with ExitStack() as opened:

        def make(port, *, scheme="http", target="/persons/{key}", **stated):
            raw = {"name": "resident", "key": "id_number", "url": f"{scheme}://127.0.0.1:{port}{target}", "names": NAMES, "types": TYPES, **stated}
            (one,) = from_mapping({"resource": [{key: value for key, value in raw.items() if value is not None}]}, tmp_path, {}).resource
            source = open_source(one)
            opened.callback(source.close)
            return source

        yield make


def reason_of(source, key=KEY, fields=("id_number",), call=CALL):
    with pytest.raises(FetchError) as caught:
        source.fetch(key, list(fields), call)
    return caught.value.reason


# how it is asked


def test_a_record_is_found_by_its_key_and_read_by_paths_and_types(service, serve):
    service.says(RECORD)
    assert serve(service.port).fetch(KEY, list(NAMES), CALL) == [
        {
            "id_number": KEY,
            "name": "张三",
            "income": Decimal("120.5"),
            "children": 2,
            "born": date(1990, 1, 31),
            "seen": datetime(2026, 3, 2, tzinfo=timezone.utc),
            "active": True,
        }
    ]
    ((method, target, headers, body),) = service.seen
    assert (method, target, body) == ("GET", f"/persons/{KEY}", b"")
    assert (headers["host"], headers["accept-encoding"]) == (f"127.0.0.1:{service.port}", "identity")


def test_a_key_is_percent_encoded_for_its_place(service, serve):
    source = serve(service.port, target="/find?kind=a&q={key}&x=%E5%BC%A0")
    source.fetch("a/b&c=d?#%2F 张+", ["id_number"], CALL)
    assert service.seen[0][1] == "/find?kind=a&q=a%2Fb%26c%3Dd%3F%23%252F%20%E5%BC%A0%2B&x=%E5%BC%A0"


def test_a_key_may_be_posted_as_a_text_of_json(service, serve):
    source = serve(service.port, target="/find", method="POST", body='{"where": [{"sfzh": "{key}", "按": "证号"}], "page": 1}')
    source.fetch('x"], "all": ["张', ["id_number"], CALL)
    method, _, headers, body = service.seen[0]
    assert (method, headers["content-type"]) == ("POST", "application/json")
    assert json.loads(body) == {"where": [{"sfzh": 'x"], "all": ["张', "按": "证号"}], "page": 1}


@pytest.mark.parametrize("key", ["..", ".", "a/b", "..\\x", "../../admin", "a\r\nHost: x", "\x7f"])
def test_a_key_that_a_server_could_take_for_another_path_is_not_asked_for(service, serve, key):
    assert reason_of(serve(service.port), key) == "INVALID_KEY"
    assert service.seen == []


def test_a_key_of_whole_numbers_is_asked_for_in_its_plain_form_alone(service, serve):
    service.says({"id": 7, "n": "x"})
    source = serve(service.port, names={"id_number": "id"}, types={"id_number": "int64"})
    assert source.fetch("7", ["id_number"], CALL) == [{"id_number": 7}]
    for key in ("007", "+7", "7.0", "٧", "9" * 30, "-"):
        assert reason_of(source, key) == "INVALID_KEY"


def test_headers_come_from_a_file_that_may_be_replaced(service, serve, tmp_path):
    place = tmp_path / "headers"
    place.write_text("Authorization: Bearer one\nX-App: 5\n", encoding="utf-8-sig")
    source = serve(service.port, header_file="headers")
    source.fetch(KEY, ["id_number"], CALL)
    place.write_text("Authorization: Bearer two\n")
    source.fetch(KEY, ["id_number"], CALL)
    place.write_text("nothing of the kind\n")
    source.fetch(KEY, ["id_number"], CALL)
    assert [seen[2].get("authorization") for seen in service.seen] == ["Bearer one", "Bearer two", "Bearer two"]
    assert [seen[2].get("x-app") for seen in service.seen] == ["5", None, None]


def test_headers_may_stand_in_the_environment(service, serve, monkeypatch):
    monkeypatch.setenv("SVC", "Authorization: Bearer three")
    serve(service.port, header_env="SVC").fetch(KEY, ["id_number"], CALL)
    assert service.seen[0][2]["authorization"] == "Bearer three"


def test_one_connection_serves_one_question_after_the_other_and_no_more_are_kept_than_threads(service, serve):
    source = serve(service.port)
    for _ in range(5):
        source.fetch(KEY, ["id_number"], CALL)
    assert service.lines == 1
    gate = threading.Barrier(MOST_IDLE + 4)

    def slow(_method, _target, _body):
        gate.wait(10)
        return 200, {}, []

    service.answer = slow
    threads = [threading.Thread(target=source.fetch, args=(KEY, ["id_number"], CALL)) for _ in range(MOST_IDLE + 4)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert len(source._exchange._idle) == MOST_IDLE


def test_a_kept_connection_that_was_closed_meanwhile_is_not_noticed(service, serve):
    source = serve(service.port)
    source.fetch(KEY, ["id_number"], CALL)
    (line,) = source._exchange._idle
    line._sock.shutdown(socket.SHUT_WR)  # the service closes its side
    time.sleep(0.1)
    assert source.fetch(KEY, ["id_number"], CALL) == []
    assert service.lines == 2


def test_a_question_is_asked_once_more_where_a_kept_connection_ends_before_its_answer_and_only_there(serve):
    met = []

    def talk(one):
        met.append(one)
        one.sendall(answer("200 OK\r\nContent-Length: 2", b"\r\n[]"))
        if len(met) == 1:
            assert one.recv(65536)  # the second question, which is left without an answer

    with raw_server(talk) as port:
        source = serve(port)
        assert source.fetch(KEY, ["id_number"], CALL) == []
        assert source.fetch(KEY, ["id_number"], CALL) == []
        assert len(met) == 2


def test_a_question_is_not_asked_again_once_something_of_its_answer_came(serve):
    met = []

    def talk(one):
        met.append(one)
        one.sendall(answer("200 OK\r\nContent-Length: 2", b"\r\n[]"))
        assert one.recv(65536)
        one.sendall(b"HTTP/1.1")

    with raw_server(talk) as port:
        source = serve(port)
        assert source.fetch(KEY, ["id_number"], CALL) == []
        assert reason_of(source) == "SOURCE_UNREACHABLE"
        assert len(met) == 1


# where it is


def test_a_service_over_tls_is_known_by_the_stated_certificate_and_knows_the_provider_by_its_own(serve, authority, tmp_path):
    ours, theirs = authority.pair(), authority.pair()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    for name, data in (("ca", authority.pem), ("cert", ours[0]), ("key", ours[1]), ("client", theirs[0]), ("client-key", theirs[1])):
        (tmp_path / name).write_bytes(data)
    context.load_cert_chain(tmp_path / "cert", tmp_path / "key")
    context.load_verify_locations(tmp_path / "ca")
    context.verify_mode = ssl.CERT_REQUIRED
    with running(Service(context)) as service:
        service.says(RECORD)
        source = serve(service.port, scheme="https", ca_file="ca", certificate_file="client", key_file="client-key")
        assert source.fetch(KEY, ["name"], CALL) == [{"name": "张三"}]
        with pytest.raises(SourceError, match="certificate"):
            serve(service.port, scheme="https")
        # in TLS 1.3 the server judges the client's certificate after the handshake, and its word is lost where it hangs up at once
        anonymous = serve(service.port, scheme="https", ca_file="ca")
        assert reason_of(anonymous) in {"SOURCE_FORBIDDEN", "SOURCE_UNREACHABLE"}


def test_a_service_that_is_not_there_is_told_at_the_start(serve):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    with pytest.raises(UnreachableError, match=f"127.0.0.1:{port}"):
        serve(port)


def test_an_address_outside_the_networks_is_not_dialled(service, serve):
    with pytest.raises(SourceError, match="networks"):
        serve(service.port, networks=["10.0.0.0/8"])
    assert service.lines == 0
    source = serve(service.port, networks=["10.0.0.0/8", "127.0.0.0/8"])
    assert source.fetch(KEY, ["id_number"], CALL) == []


def test_a_name_is_refused_whole_when_one_of_its_addresses_is_outside(monkeypatch):
    found = ["10.1.2.3", "169.254.169.254"]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_args, **_named: [(None, None, None, "", (one, 0)) for one in found])
    with pytest.raises(Exception, match="PLACE"):
        Places().addresses_of("svc", 80)
    found.pop()
    assert [str(one) for one in Places().addresses_of("svc", 80)] == ["10.1.2.3"]
    found[:] = ["::ffff:169.254.169.254"]
    with pytest.raises(Exception, match="PLACE"):
        Places().addresses_of("svc", 80)


def test_a_redirect_is_not_followed(service, serve):
    with running(Service()) as other:
        service.says([], 302, Location=f"http://127.0.0.1:{other.port}/")
        assert reason_of(serve(service.port)) == "SOURCE_FAILED"
        assert (other.lines, len(service.seen)) == (0, 1)


# what of its answers is believed


@pytest.mark.parametrize(
    ("document", "stated", "found"),
    [
        ([RECORD, RECORD], {}, 2),
        ([], {}, 0),
        ({"data": {"items": [RECORD]}}, {"records": "data.items"}, 1),
        ({"data": [{"person": RECORD}]}, {"records": "data[0].person"}, 1),
        ({"data": {"items": []}}, {"records": "data.items"}, 0),
        ({"code": 0, "data": RECORD}, {"records": "data", "good": {"code": "0"}}, 1),
        ({"code": 0, "data": None}, {"records": "data", "good": {"code": "0"}}, 0),
        ({"code": "0", "ok": True, "data": []}, {"records": "data", "good": {"code": "0", "ok": "true"}}, 0),
        ({"code": 40401}, {"records": "data", "good": {"code": "0"}, "none": {"code": "40401"}}, 0),
    ],
)
def test_records_stand_where_the_configuration_says(service, serve, document, stated, found):
    service.says(document)
    assert len(serve(service.port, **stated).fetch(KEY, ["id_number"], CALL)) == found


@pytest.mark.parametrize(
    ("document", "stated", "reason"),
    [
        (None, {}, "SOURCE_ANSWER_INVALID"),
        ("text", {}, "SOURCE_ANSWER_INVALID"),
        ([1], {}, "SOURCE_ANSWER_INVALID"),
        ({"data": {}}, {"records": "data.items"}, "SOURCE_ANSWER_INVALID"),
        ({"data": "x"}, {"records": "data.items"}, "SOURCE_ANSWER_INVALID"),
        # an error's envelope must not be taken for "no such person"
        ({"code": 500, "data": None}, {"records": "data"}, "SOURCE_ANSWER_INVALID"),
        ({"code": 500, "data": None}, {"records": "data", "good": {"code": "0"}}, "SOURCE_FAILED"),
        ({"code": None, "data": []}, {"records": "data", "good": {"code": "0"}}, "SOURCE_FAILED"),
        ({"code": {}, "data": []}, {"records": "data", "good": {"code": "0"}}, "SOURCE_FAILED"),
        ({"data": []}, {"records": "data", "good": {"code": "0"}}, "SOURCE_FAILED"),
        ([{**RECORD, "sfzh": "640102199001310025"}], {}, "RECORD_OF_OTHER_KEY"),
        ([{**RECORD, "sfzh": None}], {}, "RECORD_OF_OTHER_KEY"),
        ([RECORD, {**RECORD, "sfzh": KEY[:-4] + "****"}], {}, "RECORD_OF_OTHER_KEY"),
        ([{}], {}, "BAD_RECORD"),
        ([{"sfzh": KEY}] * 10_001, {}, "TOO_LARGE"),
    ],
)
def test_an_answer_that_does_not_say_which_records_there_are_is_refused(service, serve, document, stated, reason):
    service.says(document)
    assert reason_of(serve(service.port, **stated)) == reason


@pytest.mark.parametrize(
    ("status", "reason", "code"),
    [
        (201, "SOURCE_FAILED", grpc.StatusCode.INTERNAL),
        (400, "SOURCE_FAILED", grpc.StatusCode.INTERNAL),
        (401, "SOURCE_FORBIDDEN", grpc.StatusCode.FAILED_PRECONDITION),
        (403, "SOURCE_FORBIDDEN", grpc.StatusCode.FAILED_PRECONDITION),
        (410, "SOURCE_GONE", grpc.StatusCode.FAILED_PRECONDITION),
        (429, "SOURCE_UNREACHABLE", grpc.StatusCode.UNAVAILABLE),
        (500, "SOURCE_FAILED", grpc.StatusCode.INTERNAL),
        (503, "SOURCE_UNREACHABLE", grpc.StatusCode.UNAVAILABLE),
    ],
)
def test_a_status_that_says_nothing_of_a_record_is_an_error(service, serve, status, reason, code):
    service.says([RECORD], status, Retry_After="17")
    with pytest.raises(FetchError) as caught:
        serve(service.port).fetch(KEY, ["id_number"], CALL)
    assert (caught.value.reason, caught.value.code, caught.value.cause) == (reason, code, f"status {status}")
    assert caught.value.retry_after == (17 if status in {429, 503} else 0)


def test_a_status_may_say_that_there_is_no_such_record(service, serve):
    service.says(b"<html>not found</html>", 404, Content_Type="text/html")
    assert serve(service.port).fetch(KEY, ["id_number"], CALL) == []
    assert reason_of(serve(service.port, absent=[410])) == "SOURCE_GONE"
    assert reason_of(serve(service.port, absent=[])) == "SOURCE_GONE"


@pytest.mark.parametrize(
    ("content_type", "body", "stated"),
    [
        ("text/html", b"[]", None),
        ("", b"[]", None),
        ("application/json; charset=gbk", b"[]", None),
        ("application/json", "[{}]".encode("utf-16"), None),
        ("application/json", b'["\xff"]', None),
        ("application/json", b"", None),
        ("application/json", b"[] []", None),
        ("application/json", b'{"a": 1, "a": 2}', None),
        ("application/json", b"[NaN]", None),
        ("application/json", b"[-Infinity]", None),
        ("application/json", b"[1e99999]", None),
        ("application/json", b"[" + b"9" * 2000 + b"]", None),
        ("application/json", b"[" * 100_000, None),
        ("application/json", b"[" * (MAX_DEPTH + 1) + b"]" * (MAX_DEPTH + 1), None),
        ("application/json", b"[" + b"0," * MOST_VALUES + b"0]", None),
        ("application/json", b'["' + b'\\"' * 200_000, None),
        ("application/json", b'"a"' * 2_000_000, None),
        ("application/json; charset=utf-8", "[]".encode("gbk"), "gb18030"),
    ],
)
def test_what_is_no_json_as_stated_is_refused(service, serve, content_type, body, stated):
    service.says(body, Content_Type=content_type)
    assert reason_of(serve(service.port, encoding=stated)) == "SOURCE_ANSWER_INVALID"


def test_an_old_encoding_and_a_byte_order_mark_are_read_where_they_are_stated(service, serve):
    service.says(json.dumps(RECORD, ensure_ascii=False).encode("gb18030"), Content_Type="application/json;charset=GB18030")
    assert serve(service.port, encoding="gb18030").fetch(KEY, ["name"], CALL) == [{"name": "张三"}]
    service.says(json.dumps(RECORD, ensure_ascii=False).encode("utf-8-sig"), Content_Type="application/problem+json")
    assert serve(service.port).fetch(KEY, ["name"], CALL) == [{"name": "张三"}]


def test_a_compressed_answer_is_refused(service, serve):
    service.says([RECORD], Content_Encoding="gzip")
    assert reason_of(serve(service.port)) == "SOURCE_ANSWER_INVALID"


@pytest.mark.parametrize(
    ("field", "value", "found"),
    [
        ("income", "120.50", Decimal("120.50")),
        ("income", Number("0.10000000000000000000000000000001"), Decimal("0.10000000000000000000000000000001")),
        ("income", Number("12E2"), Decimal(1200)),
        ("children", "9007199254740993", 9007199254740993),
        ("children", None, None),
        ("born", "2026年3月2日", date(2026, 3, 2)),
        ("seen", "2026-03-02T08:00:00Z", datetime(2026, 3, 2, 8, tzinfo=timezone.utc)),
        ("active", "否", False),
    ],
)
def test_values_are_read_by_the_stated_type_and_no_decimal_passes_through_a_double(service, serve, field, value, found):
    spelled = value.text if isinstance(value, Number) else json.dumps(value)
    service.says(f'{{"sfzh": "{KEY}", "{field}": {spelled}}}'.encode())
    assert serve(service.port).fetch(KEY, [field], CALL) == [{field: found}]


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", 5),
        ("name", {"x": 1}),
        ("income", True),
        ("income", "1E3"),
        ("income", ""),
        ("children", 1.0),
        ("children", 2**63),
        ("children", []),
        ("born", "1990-02-30"),
        ("born", 633830400000),
        ("seen", 1772409600000),
        ("active", 1),
        ("active", "vielleicht"),
    ],
)
def test_a_value_of_another_type_refuses_the_record_and_names_the_field(service, serve, field, value):
    service.says({**RECORD, "holder": {"name": value} if field == "name" else {"name": "x"}, **({} if field == "name" else {field: value})})
    source = serve(service.port)
    with pytest.raises(FetchError) as caught:
        source.fetch(KEY, [field], CALL)
    assert (caught.value.reason, caught.value.facts) == ("BAD_RECORD", {"column": field})
    assert source.fetch(KEY, ["id_number"], CALL) == [{"id_number": KEY}]  # which was not asked for, is not judged


def test_null_is_no_value_and_a_missing_member_is_an_error_unless_it_is_optional(service, serve):
    service.says({"sfzh": KEY, "holder": None, "income": None})
    source = serve(service.port, optional=["children"])
    assert source.fetch(KEY, ["name", "income", "children"], CALL) == [{"name": None, "income": None, "children": None}]
    with pytest.raises(FetchError) as caught:
        source.fetch(KEY, ["born"], CALL)
    assert (caught.value.reason, caught.value.cause, caught.value.facts) == ("BAD_RECORD", "missing", {"column": "born"})


def test_a_field_may_be_served_as_the_text_that_stands_there(service, serve):
    service.says(f'{{"sfzh": {KEY}, "income": 1.50, "active": false}}'.encode())
    source = serve(service.port, as_text=["id_number", "income", "active"])
    assert source.fetch(KEY, ["id_number", "income", "active"], CALL) == [{"id_number": KEY, "income": "1.50", "active": "false"}]


@pytest.mark.parametrize(
    ("word", "fault"),
    [("TLSV13_ALERT_CERTIFICATE_REQUIRED", "FORBIDDEN"), ("TLSV1_ALERT_UNKNOWN_CA", "FORBIDDEN"), ("WRONG_VERSION_NUMBER", "UNREACHABLE")],
)
def test_a_client_certificate_that_is_not_accepted_is_told_apart_from_an_outage(word, fault):
    def refuse():
        error = ssl.SSLError(1, "quoted")
        error.reason = word
        raise error

    with pytest.raises(ServiceError) as caught:
        told(refuse)
    assert (caught.value.fault.name, caught.value.cause) == (fault, f"TLS: {word}")


# bytes that are no answer


def answer(head: str, body: bytes = b"") -> bytes:
    return f"HTTP/1.1 {head}\r\nContent-Type: application/json\r\n".encode() + body


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        (b"", "SOURCE_UNREACHABLE"),
        (b"SSH-2.0-OpenSSH\r\n", "SOURCE_UNREACHABLE"),
        (answer("200 OK\r\nContent-Length: 10", b"\r\n[]"), "SOURCE_UNREACHABLE"),
        (answer("200 OK\r\nTransfer-Encoding: chunked", b"\r\nzz\r\n[]\r\n"), "SOURCE_UNREACHABLE"),
        (answer("200 OK\r\nTransfer-Encoding: chunked", b"\r\n2\r\n[]\r\n"), "SOURCE_UNREACHABLE"),
        (answer("200 OK\r\nContent-Length: 99999999999", b"\r\n" + b" " * 9_500_000), "TOO_LARGE"),
        (answer("200 OK", b"\r\n" + b" " * 9_500_000), "TOO_LARGE"),
        (answer("200 OK", b"X: y\r\n" * 200 + b"\r\n[]"), "SOURCE_UNREACHABLE"),
        (answer("200 OK", b"X: " + b"y" * 70_000 + b"\r\n\r\n[]"), "SOURCE_UNREACHABLE"),
        (answer("200 OK", b"\r\n["), "SOURCE_ANSWER_INVALID"),
    ],
)
def test_what_is_no_whole_answer_is_refused(serve, said, reason):
    with raw_server(lambda one: one.sendall(said)) as port:
        assert reason_of(serve(port)) == reason


def test_answers_in_between_without_end_are_read_no_further_than_one_answer(serve):
    def talk(one):
        while True:
            one.sendall(b"HTTP/1.1 100 Continue\r\n\r\n" * 1000)

    with raw_server(talk) as port:
        assert reason_of(serve(port)) == "TOO_LARGE"


@pytest.mark.parametrize("piece", [b"", b" "])
def test_a_service_that_stalls_or_drips_is_waited_for_no_longer_than_stated(serve, piece):
    def talk(one):
        one.sendall(answer("200 OK\r\nContent-Length: 1000", b"\r\n"))
        while True:
            one.sendall(piece)
            time.sleep(0.1)

    with raw_server(talk) as port:
        source, began = serve(port, timeout=0.7), time.monotonic()
        assert reason_of(source) == "SOURCE_SLOW"
        assert time.monotonic() - began < 3
        source, began = serve(port, timeout=30), time.monotonic()
        hub = FetchCall(consumer="", purpose="", case_number="", log_index=-1, limit=10, until=began + 0.5)
        assert reason_of(source, call=hub) == "SOURCE_SLOW"
        assert time.monotonic() - began < 3


def test_nothing_of_an_answer_an_address_or_a_header_is_in_a_log_or_an_error(service, serve, tmp_path, caplog, folder, stub_of):
    secret = "geheim"
    (tmp_path / "headers").write_text(f"Authorization: Bearer {secret}\n")
    source = serve(service.port, header_file="headers", target="/persons/{key}?appkey=" + secret)
    provider = Provider(folder)
    provider.add(source.resource())
    with listening(provider) as port, caplog.at_level(logging.DEBUG):
        stub = stub_of(port)
        for document, status in ((f'{{"{secret}": }}'.encode(), 200), ({**RECORD, "born": secret}, 200), ([secret], 500), ({"sfzh": secret}, 200)):
            service.says(document, status)
            with pytest.raises(grpc.RpcError) as caught:
                stub.Fetch(FetchRequest(resource="resident", key_field="id_number", key=KEY, fields=["id_number", "born"], limit=5))
            assert secret not in str(caught.value)
    assert "BAD_RECORD" in caplog.text
    assert secret not in caplog.text
    assert KEY not in caplog.text


# through the provider


def test_describe_fetch_rows_and_check_work_as_for_any_resource(service, serve, folder, stub_of):
    service.says([RECORD, {**RECORD, "children": 3, "holder": {"name": "李四"}}])
    provider = Provider(folder)
    provider.add(serve(service.port).resource())
    with listening(provider) as port:
        stub = stub_of(port)
        (told,) = stub.Describe(DescribeRequest()).resources
        assert [(one.name, FieldType.Name(one.value_type)[11:].lower(), one.nullable) for one in told.columns] == [
            (name, TYPES.get(name, "string"), name != "id_number") for name in NAMES
        ]
        fits = [DescribedField("id_number", "string", 18, False), DescribedField("born", "date", 0, True)]
        assert compare(served_resource(told), fits, "id_number") == ()
        entry = draft_of(told, "main").request["entry"]
        assert (entry["serving_resource"], entry["subject_domain"], entry["fields"][4]["type"]) == ("resident", "cn-id", "FIELD_TYPE_DATE")
        few = scope_pb2.RowCondition(field="children", type="int64", range=scope_pb2.RowRange(at_most="2"))
        asked = FetchRequest(resource="resident", key_field="id_number", key=KEY, fields=["name", "children"], limit=5, rows=[few])
        (record,) = stub.Fetch(asked).records
        assert record.fields["name"].string_value == "张三"
        grown = scope_pb2.RowCondition(field="born", type="date", range=scope_pb2.RowRange(at_most="2008-01-01"))
        asked = FetchRequest(resource="resident", key_field="id_number", key=KEY, fields=["born"], limit=5)
        assert stub.Check(ProviderCheckRequest(fetch=asked, terms=[grown])).answer == check_pb2.CHECK_ANSWER_YES


# templates and paths


@pytest.mark.parametrize(
    ("url", "method", "body"),
    [
        ("ftp://svc/{key}", "GET", ""),
        ("http:///{key}", "GET", ""),
        ("https://svc", "GET", ""),
        ("https://user:geheim@svc/{key}", "GET", ""),
        ("https://{key}/x", "GET", ""),
        ("https://svc:{key}/x", "GET", ""),
        ("https://svc:0/{key}", "GET", ""),
        ("https://svc:70000/{key}", "GET", ""),
        ("https://svc/{key}#x", "GET", ""),
        ("https://svc/x", "GET", ""),
        ("https://svc/{key}/{key}", "GET", ""),
        ("https://svc/a{key}", "GET", ""),
        ("https://svc/{key}.json", "GET", ""),
        ("https://svc/{kind}/{key}", "GET", ""),
        ("https://svc/x?{key}=1", "GET", ""),
        ("https://svc/x?{key}", "GET", ""),
        ("https://svc/%zz/{key}", "GET", ""),
        ("https://svc/张/{key}", "GET", ""),
        ("https://svc/a b/{key}", "GET", ""),
        ("https://svc/{key}\r\nX: y", "GET", ""),
        ("https://svc/" + "a" * 3000 + "/{key}", "GET", ""),
        ("https://svc/x", "GET", '"{key}"'),
        ("https://svc/{key}", "POST", '"{key}"'),
        ("https://svc/x", "POST", '{"{key}": "{key}"}'),
        ("https://svc/x", "POST", '{"{key}": 1}'),
        ("https://svc/x", "POST", '["a{key}"]'),
        ("https://svc/x", "POST", '["\\"{key}\\""]'),
        ("https://svc/x", "POST", '["\\u007bkey}"]'),
        ("https://svc/x", "POST", "{key}"),
        ("https://svc/x", "POST", '["{key}"'),
    ],
)
def test_an_address_with_the_place_of_the_key_elsewhere_is_refused(url, method, body):
    with pytest.raises(ValueError) as caught:  # noqa: PT011 -- its own kind
        read_template(url, method, body)
    assert "geheim" not in str(caught.value)


@pytest.mark.parametrize(
    ("url", "authority", "method", "body"),
    [
        ("https://svc.internal/api/{key}", "svc.internal", "GET", ""),
        ("https://SVC:8443/{key}", "svc:8443", "GET", ""),
        ("http://[::1]:80/?q={key}", "[::1]", "GET", ""),
        ("https://svc/x?a=%20&q={key}", "svc", "GET", ""),
        ("https://svc/{key}", "svc", "POST", ""),
        ("https://svc/{key}", "svc", "POST", '{"a": 1}'),
        ("https://svc/x", "svc", "POST", '{"a": ["{key}"]}'),
    ],
)
def test_an_address_with_one_place_for_the_key_is_read(url, authority, method, body):
    assert read_template(url, method, body).server.authority == authority


@given(st.text())
def test_a_key_of_any_text_changes_nothing_of_the_address_but_its_own_part(key):
    template = read_template("https://svc/a/{key}/b?c=d&e=f")
    try:
        target = template.target_of(key)
    except UnfitKeyError:
        assert key in {".", ".."} or re.search(r"[\x00-\x1f\x7f-\x9f/\\]", key)
        return
    assert re.fullmatch(r"[!-~]+", target)
    parts = urlsplit(target)
    assert parts.query == "c=d&e=f"
    assert parts.fragment == ""
    first, a, part, b = parts.path.split("/")
    assert (first, a, unquote(part), b) == ("", "a", key, "b")


@given(st.text())
def test_a_key_of_any_text_changes_nothing_of_the_body_but_its_own_text(key):
    body = read_template("https://svc/", "POST", '{"a": ["{key}", 1], "b": "c"}').body_of(key)
    assert json.loads(body) == {"a": [key, 1], "b": "c"}


@given(st.text() | st.from_regex(r"https?://[a-z{}:@/?#%&=.]{0,30}", fullmatch=True), st.sampled_from(["GET", "POST"]), st.text())
def test_any_text_is_read_as_a_template_or_refused(url, method, body):
    with suppress(ValueError):
        assert read_template(url, method, body).target_of("k").startswith("/")


NAMES_OF_MEMBERS = st.text(st.characters(categories=["L", "Nd"], include_characters="_-"), min_size=1, max_size=5)
STEPS = st.lists(NAMES_OF_MEMBERS | st.integers(0, 3), min_size=1, max_size=8)


def spelled(steps):
    return "".join(f"[{one}]" if isinstance(one, int) else f".{one}" for one in steps).lstrip(".")


@given(STEPS, st.text(max_size=3))
def test_a_path_finds_what_was_put_there_and_nothing_beside_it(steps, value):
    document = value
    for one in reversed(steps):
        document = [None] * one + [document] if isinstance(one, int) else {one: document, one + "x": 1}
    path = read_path(spelled(steps))
    assert path.steps == tuple(steps)
    assert path.find(document) == value
    assert path.find(None) is None
    assert path.find([] if isinstance(steps[0], int) else {}) is MISSING
    with pytest.raises(ValueError, match="no "):
        path.find("text")


@given(st.text())
def test_any_text_is_read_as_a_path_or_refused(text):
    with suppress(ValueError):
        assert spelled(read_path(text).steps) == text


@pytest.mark.parametrize("text", [".a", "a.", "a..b", "a[", "a[]", "a[-1]", "a[01]", "a[*]", "$.a", "a b", "a['b']", "a[0]b", "[0].", "a" * 300])
def test_a_path_has_no_expressions(text):
    with pytest.raises(ValueError):  # noqa: PT011
        read_path(text)


JSONS = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**30), 10**30) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=10,
)


def plain(value):
    if isinstance(value, Number):
        return int(value.text)
    if isinstance(value, list):
        return [plain(one) for one in value]
    return {name: plain(one) for name, one in value.items()} if isinstance(value, dict) else value


@given(JSONS)
def test_json_is_read_as_python_s_own_reader_does(value):
    assert plain(read_document(json.dumps(value).encode())) == value
    assert plain(read_document(json.dumps(value, ensure_ascii=False, indent=1).encode())) == value


@settings(deadline=None)
@given(st.binary() | st.text(st.sampled_from('[]{},:"\\u0019 eE.-+nulltrueNaN')).map(str.encode))
def test_any_bytes_are_read_or_refused(raw):
    with suppress(DocumentError):
        read_document(raw)


def test_an_unfinished_text_of_marks_is_refused_in_no_time():
    began = time.monotonic()
    with pytest.raises(DocumentError):
        read_document(b'"' + b'\\"' * 4_000_000)
    assert time.monotonic() - began < 5


@pytest.mark.parametrize("text", ["Host: x", "a", ": x", "X: ", "X: a\x00b", "X: 张", "A: 1\nA: 2", "a: 1\nA: 2", "Content-Length: 5", "X y: 1"])
def test_what_is_no_header_of_the_department_s_is_refused(text):
    with pytest.raises(ValueError):  # noqa: PT011
        read_headers(text)


def test_headers_are_bounded_and_unreadable_files_told(tmp_path):
    assert len(read_headers("\n".join(f"X{one}: 1" for one in range(16)))) == 16
    for text in ("\n".join(f"X{one}: 1" for one in range(17)), "X: " + "y" * 20_000):
        with pytest.raises(ValueError):  # noqa: PT011
            read_headers(text)
    with pytest.raises(OSError):  # noqa: PT011
        HeaderFile(tmp_path / "none")


@pytest.mark.parametrize(
    ("stated", "said"),
    [
        ({"target": "/x"}, "url"),
        ({"method": "PUT"}, "method"),
        ({"names": {"id_number": "a[*]"}}, "names.id_number"),
        ({"records": "$.x"}, "records"),
        ({"good": {"a..b": "0"}}, "good"),
        ({"none": {"": "0", "a b": "1"}}, "none"),
        ({"absent": [200]}, "absent"),
        ({"absent": [401]}, "absent"),
        ({"absent": ["404"]}, "absent"),
        ({"absent": [True]}, "absent"),
        ({"networks": ["10.0.0.1/8"]}, "networks"),
        ({"timeout": 0}, "timeout"),
        ({"timeout": 61}, "timeout"),
        ({"timeout": True}, "timeout"),
        ({"types": {"id_number": "date"}}, "id_number"),
        ({"optional": ["id_number"]}, "id_number"),
        ({"optional": ["nothing"]}, "nothing"),
        ({"as_text": ["nothing"]}, "nothing"),
        ({"ca_file": "ca"}, "ca_file"),
        ({"header_file": "none"}, "header_file"),
        ({"header_env": "NOT_SET"}, "header_env"),
        ({"header_env": "A", "header_file": "b"}, "header_file"),
        ({"scheme": "https", "ca_file": "none"}, "ca_file"),
        ({"scheme": "https", "key_file": "none"}, "key_file"),
        ({"name": None}, "name"),
        ({"columns": ["a"]}, "columns"),
        ({"schema": "a"}, "schema"),
        ({"body": "{key}"}, "body"),
    ],
)
def test_what_is_wrong_in_the_configuration_stops_the_start_and_is_named(serve, stated, said):
    with pytest.raises(ConfigError) as caught:
        serve(1, **stated)
    assert said in caught.value.message
    assert caught.value.next_action
    assert re.search("[一-龥]", caught.value.message_zh)
