"""`shuniu demo --serve --out DIR`: a stranger's client works from connection.json alone, and nothing is left when it is told to stop."""

import json
import os
import re
import signal
import subprocess
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import grpc
import pyarrow as pa
import pytest
from google.protobuf import descriptor_pool, message_factory
from google.rpc import error_details_pb2
from grpc_reflection.v1alpha.proto_reflection_descriptor_database import ProtoReflectionDescriptorDatabase
from grpc_status import rpc_status

from cli.process import shuniu_command
from tests.end_to_end.processes import descendants, listening, open_ports, running
from tests.judges import ROOT
from tests.web.signing import Answer, Visitor

TEXTS = {"grpc", "web", "ca", "cert", "key", "grant", "purpose", "case_number", "officer", "entry", "subject_key"}
PROCESSES = 3  # a hub and two providers, each a process of its own


class Demo:
    """The demo as a process, and everything that descends from it."""

    def __init__(self, out: Path) -> None:
        command = shuniu_command("demo", "--serve", "--out", str(out), "--entries", "20")
        self.printed = out.with_suffix(".txt")
        with self.printed.open("wb") as output:
            self.process = subprocess.Popen(command, cwd=ROOT, stdout=output, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL)
        assert within(120, lambda: (out / "connection.json").exists() or self.process.poll() is not None)
        assert self.process.poll() is None, self.printed.read_text(encoding="utf-8")[-3000:]
        assert within(10, lambda: (out / "connection.json").stat().st_size > 0)
        self.connection: dict[str, Any] = json.loads((out / "connection.json").read_text(encoding="utf-8"))
        self.pids = descendants(self.process.pid)
        self.ports = listening(self.pids)

    def end(self) -> None:
        """Leave nothing behind, whatever a test found."""
        for pid in running(self.pids):
            os.kill(pid, signal.SIGKILL)
        self.process.wait(10)


def within(seconds: float, holds: Callable[[], bool]) -> bool:
    end = time.monotonic() + seconds
    while not holds():
        if time.monotonic() > end:
            return False
        time.sleep(0.05)
    return True


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    started = Demo(tmp_path_factory.mktemp("serve") / "out")
    yield started
    started.end()


class Stranger:
    """A client that has connection.json and a gRPC library, and learns the rest by reflection."""

    def __init__(self, connection: dict[str, str]) -> None:
        ca, cert, key = (Path(connection[part]).read_bytes() for part in ("ca", "cert", "key"))
        self.channel = grpc.secure_channel(connection["grpc"], grpc.ssl_channel_credentials(ca, key, cert))
        pool = descriptor_pool.DescriptorPool(ProtoReflectionDescriptorDatabase(self.channel))
        method = pool.FindServiceByName("shuniu.v1.ExchangeService").methods_by_name["Query"]
        self.request = message_factory.GetMessageClass(method.input_type)
        self.query: Any = self.channel.unary_unary(
            "/shuniu.v1.ExchangeService/Query",
            request_serializer=lambda message: message.SerializeToString(),
            response_deserializer=message_factory.GetMessageClass(method.output_type).FromString,
        )

    def check(self, asked: dict[str, str]) -> Any:
        """Ask what connection.json says that may be asked."""
        return self._call("Check", self.channel.unary_unary, asked)

    def stream(self, asked: dict[str, str]) -> Any:
        """Get the whole table that connection.json says may be had."""
        return self._call("Stream", self.channel.unary_stream, asked)

    def _call(self, rpc: str, kind: Any, asked: dict[str, str]) -> Any:
        pool = descriptor_pool.DescriptorPool(ProtoReflectionDescriptorDatabase(self.channel))
        method = pool.FindServiceByName("shuniu.v1.ExchangeService").methods_by_name[rpc]
        read, write = (message_factory.GetMessageClass(one) for one in (method.output_type, method.input_type))
        call = kind(f"/shuniu.v1.ExchangeService/{rpc}", request_serializer=write.SerializeToString, response_deserializer=read.FromString)
        return call(write(**asked), timeout=60)

    def asked(self, connection: dict[str, str], **changed: Any) -> Any:
        names = ("grant", "purpose", "case_number", "officer", "entry", "subject_key")
        return self.request(**{**{name: connection[name] for name in names}, **changed})


def test_connection_json_says_all_that_a_client_needs(demo: Demo):
    assert demo.connection.keys() == TEXTS | {"links", "officers", "check", "many", "stream"}
    assert demo.connection["check"].keys() == {"grant", "predicate", "purpose", "case_number", "officer", "subject_key"}
    assert demo.connection["many"].keys() == demo.connection["stream"].keys() == {"grant", "purpose", "case_number", "officer"}
    assert all(demo.connection[name] and isinstance(demo.connection[name], str) for name in TEXTS)
    assert all(Path(demo.connection[name]).is_file() for name in ("ca", "cert", "key"))


def test_each_link_opens_an_inbox_signed_in_and_works_once(demo: Demo):
    assert demo.connection["links"].keys() == {"inbox", "second_person", "authority"}
    for name, words in (("inbox", "已超期"), ("authority", "其他部门逾期未办")):
        link = demo.connection["links"][name]
        visitor, answer = opened(link)
        assert (answer.status, answer.to) == (303, "/inbox")
        assert words in visitor.ask("/inbox?lang=zh").text
        assert opened(link)[1].status == 403


def opened(link: str) -> tuple[Visitor, Answer]:
    """Open a link of the demo as a browser does that runs no script: the page, then its button."""
    where = urlsplit(link)
    assert (where.scheme, where.hostname, where.query) == ("http", "localhost", "next=/inbox")
    visitor = Visitor(f"{where.scheme}://{where.netloc}")
    page = visitor.ask(f"{where.path}?{where.query}")
    assert "data-at-once" in page.text  # which presses the button by itself where scripts run
    token = page.text.partition('name="token" value="')[2].partition('"')[0]
    return visitor, visitor.ask(where.path, {"token": token, "next": "/inbox"})


def test_whoever_tries_the_demo_confirms_as_the_second_person(demo: Demo):
    visitor, _ = opened(demo.connection["links"]["second_person"])
    (proposal,) = set(re.findall(r'href="(/proposals/\w{26})"', visitor.ask("/inbox?lang=zh").text))
    page = visitor.ask(f"{proposal}?lang=zh").text
    assert demo.connection["officer"] in page
    fields = dict(re.findall(r'name="(token|etag)" value="([^"]+)"', page.partition("/confirm")[2].partition("</form>")[0]))
    assert visitor.ask(f"{proposal}/confirm", fields).to == proposal
    assert "已确认" in visitor.ask(f"{proposal}?lang=zh").text


def test_the_officers_of_the_story_are_those_whom_the_hub_has(demo: Demo):
    stranger = Stranger(demo.connection)
    assert demo.connection["officer"] in demo.connection["officers"]
    with pytest.raises(grpc.RpcError) as error:
        stranger.query(stranger.asked(demo.connection, officer="MZ-9999"), timeout=10)
    refused: Any = error.value
    info = error_details_pb2.ErrorInfo()
    assert rpc_status.from_call(refused).details[0].Unpack(info)
    assert info.reason == "OFFICER_UNKNOWN"
    stranger.channel.close()


def test_a_stranger_s_client_asks_a_predicate_from_connection_json_alone(demo: Demo):
    stranger = Stranger(demo.connection)
    assert stranger.check(demo.connection["check"]).answer == 1  # CHECK_ANSWER_YES
    stranger.channel.close()


def test_a_stranger_s_client_gets_a_whole_table_from_connection_json_alone(demo: Demo):
    stranger = Stranger(demo.connection)
    parts = list(stranger.stream(demo.connection["stream"]))
    data = b"".join(one.schema or one.frame.batch for one in parts) + b"\xff\xff\xff\xff\x00\x00\x00\x00"
    assert pa.ipc.open_stream(data).read_all().num_rows == parts[-1].end.rows == 100_000
    stranger.channel.close()


def test_a_stranger_s_client_queries_from_connection_json_alone(demo: Demo):
    stranger = Stranger(demo.connection)
    answer, call = stranger.query.with_call(stranger.asked(demo.connection), timeout=10)
    (record,) = answer.records
    assert set(record.fields) == {"id_number", "name", "address"}
    assert all(value.string_value for value in record.fields.values())
    key, shown = demo.connection["subject_key"], record.fields["id_number"].string_value
    assert "id_number" in answer.masked_fields
    assert (shown != key, len(shown), shown[:6], shown[-4:]) == (True, len(key), key[:6], key[-4:])
    told = dict(call.trailing_metadata())
    assert int(told["shuniu-log-index"]) > 0
    assert len(told["shuniu-log-leaf-bin"]) == 32
    assert told["shuniu-log-origin"]
    stranger.channel.close()


@pytest.mark.parametrize(
    ("changed", "code", "reason"),
    [
        ({"purpose": "640000-XX-0001"}, "PERMISSION_DENIED", "PURPOSE_NOT_GRANTED"),
        ({"fields": ["phone"]}, "PERMISSION_DENIED", "FIELD_NOT_GRANTED"),
        ({"grant": "grants/00000000000000000000000000"}, "FAILED_PRECONDITION", "NO_GRANT"),
        ({"officer": ""}, "INVALID_ARGUMENT", "MISSING_OFFICER"),
    ],
)
def test_a_stranger_s_client_is_refused_with_a_reason(demo: Demo, changed: dict[str, Any], code: str, reason: str):
    stranger = Stranger(demo.connection)
    with pytest.raises(grpc.RpcError) as error:
        stranger.query(stranger.asked(demo.connection, **changed), timeout=10)
    refused: Any = error.value
    info = error_details_pb2.ErrorInfo()
    assert rpc_status.from_call(refused).details[0].Unpack(info)
    assert (refused.code().name, info.reason, info.domain) == (code, reason, "shuniu")
    stranger.channel.close()


def test_nobody_gets_in_without_a_certificate(demo: Demo):
    ca = Path(demo.connection["ca"]).read_bytes()
    with grpc.secure_channel(demo.connection["grpc"], grpc.ssl_channel_credentials(ca)) as channel:
        query: Any = channel.unary_unary("/shuniu.v1.ExchangeService/Query")
        with pytest.raises(grpc.RpcError) as error:
            query(b"", timeout=3)
    refused: Any = error.value
    assert refused.code() in {grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.DEADLINE_EXCEEDED}


def test_the_web_pages_are_open(demo: Demo):
    with urllib.request.urlopen(f"{demo.connection['web']}/directory", timeout=10) as page:  # noqa: S310 - a loopback address
        assert page.status == 200
        assert "text/html" in page.headers["Content-Type"]


def test_sigterm_ends_every_process_and_nothing_listens(demo: Demo):
    assert len(demo.pids) >= 1 + PROCESSES
    assert len(demo.ports) >= 3 + 2  # the hub's three doors and two providers
    assert demo.ports <= open_ports()
    demo.process.send_signal(signal.SIGTERM)
    assert demo.process.wait(30) == 0
    assert running(demo.pids) == set()
    assert within(5, lambda: not demo.ports & open_ports())
    last = demo.printed.read_text(encoding="utf-8").rstrip("\n").splitlines()[-1]
    assert json.loads(last)["ok"] is True


def test_what_the_demo_started_ends_even_when_the_demo_is_killed(tmp_path: Path):
    demo = Demo(tmp_path / "out")
    try:
        assert len(demo.pids) >= 1 + PROCESSES
        demo.process.kill()
        demo.process.wait(10)
        assert within(15, lambda: not running(demo.pids)), running(demo.pids)
        assert within(5, lambda: not demo.ports & open_ports())
    finally:
        demo.end()
