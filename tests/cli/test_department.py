"""A department joins, renews, serves its tables and calls the hub, all from the command line."""

import json
import re
import signal
import sqlite3
from datetime import timedelta

import pytest

from certs.san import hosts_in
from hub.access import ACCESS
from shuniu import expires_at
from shuniu.cli.calling import SERVICES
from shuniu.folder import read_identity
from shuniu.v1.identity_pb2 import WhoAmIRequest
from shuniu.zone import CHINA
from tests.cli.processes import facts_from, run, running
from tests.world import AUDITOR, AUTHORITY, CASE, CONSUMER, KEY, OFFICER, OTHER, PROVIDER, PURPOSE

CHINESE = re.compile("[一-鿿]")


@pytest.fixture
def ca(world, tmp_path):
    path = tmp_path / "ca.crt.pem"
    path.write_bytes(world.ca)
    return path


@pytest.fixture
def source(tmp_path):
    path = tmp_path / "source.db"
    with sqlite3.connect(path) as db:
        db.execute("CREATE TABLE resident (id_number TEXT PRIMARY KEY, name TEXT, address TEXT, phone TEXT, birth_date DATE, children INTEGER)")
        db.execute("INSERT INTO resident VALUES (?, '王小明', '银川市金凤区', '09510000000', NULL, 2)", (KEY,))
        db.execute("CREATE TABLE household (number INTEGER PRIMARY KEY, head TEXT)")
    return f"sqlite:///{path}"


def doors(world, ca):
    return ["--hub", world.hub.addresses["public"], "--members", world.hub.addresses["members"], "--ca", ca]


def token(world, kind, system):
    ruler = world.member(AUTHORITY)
    return ruler.do("CreateEnrollmentToken", department=world.member(kind).department, system=system, roles=["ROLE_MEMBER"]).token


def assert_refusal(done, code, *said):
    assert done.returncode == code, done.stderr
    assert CHINESE.search(done.stderr)
    for text in said:
        assert str(text) in done.stderr, done.stderr


# join and renew


def test_a_department_joins_and_the_key_stays_with_it(world, ca, tmp_path):
    place = tmp_path / "identity"
    facts = facts_from("join", *doors(world, ca), "--token", token(world, CONSUMER, "new"), "--out", place, "--host", "data.mzj.example")
    assert facts["department"] == world.member(CONSUMER).department
    assert (place / "key.pem").stat().st_mode & 0o777 == 0o600
    done = run("call", "--identity", place, "IdentityService/WhoAmI")
    assert json.loads(done.stdout)["name"] == f"departments/{facts['department']}/systems/new"
    assert_refusal(run("join", *doors(world, ca), "--token", token(world, CONSUMER, "other"), "--out", place), 2, "identity already")


def test_a_token_may_come_from_standard_input(world, ca, tmp_path):
    secret = token(world, CONSUMER, "stdin").encode() + b"\n"
    assert run("join", *doors(world, ca), "--token", "-", "--out", tmp_path / "identity", given=secret).returncode == 0


def test_a_stranger_with_a_wrong_token_gets_nothing(world, ca, tmp_path):
    assert_refusal(run("join", *doors(world, ca), "--token", "A" * 43, "--out", tmp_path / "identity"), 1, "ENROLLMENT_TOKEN_INVALID", "next:")
    assert not list((tmp_path / "identity").glob("*.pem"))


@pytest.mark.parametrize(
    ("option", "value"), [("--hub", "localhost"), ("--members", "host:port"), ("--members", "a:99999"), ("--ca", __file__), ("--ca", "none")]
)
def test_a_mistyped_option_is_named_before_anything_happens(world, ca, tmp_path, option, value):
    given = [*doors(world, ca), "--token", "x", "--out", tmp_path / "identity"]
    given[given.index(option) + 1] = value
    done = run("join", *given)
    assert done.returncode == 2
    assert option in done.stderr
    assert not (tmp_path / "identity").exists()


def test_a_certificate_is_renewed_for_the_same_key(world, ca, tmp_path):
    place = tmp_path / "identity"
    facts_from("join", *doors(world, ca), "--token", token(world, CONSUMER, "renewing"), "--out", place)
    before = read_identity(place)
    assert facts_from("renew", place)["renewed"] is False
    assert read_identity(place).certificate == before.certificate
    facts = facts_from("renew", place, "--force")
    assert facts["renewed"] is True
    after = read_identity(place)
    assert after.certificate != before.certificate
    assert after.key == before.key
    assert facts["not_after"] == expires_at(place).isoformat()
    assert_refusal(run("renew", tmp_path), 2, "system.json")


@pytest.mark.parametrize("host", ["gat_data.dept.example", "data2.dept.example.", "*.dept.example"])
def test_a_host_that_no_certificate_names_leaves_the_token_as_it_was(world, ca, tmp_path, host):
    system = f"host{abs(hash(host)) % 1000}"
    given = ["join", *doors(world, ca), "--token", token(world, CONSUMER, system), "--out", tmp_path / "identity", "--host"]
    assert_refusal(run(*given, host), 2, "HOST_WRONG", host)
    assert run(*given, "data.dept.example").returncode == 0


# by an invitation


def invited(world, kind, system, **said):
    ruler = world.member(AUTHORITY)
    return ruler.do("CreateEnrollmentToken", department=world.member(kind).department, system=system, roles=["ROLE_MEMBER"], **said).invitation


def test_one_line_is_all_that_joining_needs(world, tmp_path):
    line = invited(world, CONSUMER, "by-line", hosts=["data.mzj.example"])
    facts = facts_from("join", line, "--out", tmp_path / "identity")
    assert (facts["system"], facts["members"], facts["public"]) == ("by-line", world.hub.addresses["members"], world.hub.addresses["public"])
    assert (tmp_path / "identity" / "ca.pem").read_bytes() == world.ca
    assert json.loads(run("call", "--identity", tmp_path / "identity", "IdentityService/WhoAmI").stdout)["hosts"] == ["data.mzj.example"]
    assert_refusal(run("join", line, "--out", tmp_path / "second"), 1, "ENROLLMENT_TOKEN_INVALID")


def test_the_line_comes_from_a_file_from_standard_input_or_from_the_environment(world, tmp_path):
    file = tmp_path / "invitation.txt"
    file.write_text(f"{invited(world, CONSUMER, 'from-file')}\n")
    assert run("join", "--invitation-file", file, "--out", tmp_path / "a").returncode == 0
    given = invited(world, CONSUMER, "from-input").encode() + b"\n"
    assert run("join", "-", "--out", tmp_path / "b", given=given).returncode == 0
    assert run("join", "--out", tmp_path / "c", env={"SHUNIU_INVITATION": invited(world, CONSUMER, "from-env")}).returncode == 0


def test_a_line_that_was_broken_in_copying_is_told_before_anything_is_made(world, tmp_path):
    line = invited(world, CONSUMER, "broken")
    for broken, said in ((f"{line[:50]} {line[50:]}", "blank"), (line.lower(), "changed"), (line[:-4], "end")):
        assert_refusal(run("join", broken, "--out", tmp_path / "identity"), 2, "INVITATION_WRONG", said)
    assert not (tmp_path / "identity").exists()
    assert run("join", line, "--out", tmp_path / "identity").returncode == 0


def test_half_an_invitation_and_half_of_the_options_is_told(world, ca, tmp_path):
    done = run("join", "--hub", world.hub.addresses["public"], "--out", tmp_path / "identity")
    assert done.returncode == 2
    assert "--members, --ca, --token" in done.stderr
    done = run("join", invited(world, CONSUMER, "twice"), *doors(world, ca)[:2], "--out", tmp_path / "identity")
    assert (done.returncode, "--hub" in done.stderr) == (2, True)


# hosts


def test_a_system_asks_for_a_host_the_authority_approves_and_the_renewal_names_it(world, tmp_path):
    place, ruler = tmp_path / "identity", world.member(AUTHORITY)
    facts = facts_from("join", invited(world, CONSUMER, "hosting", hosts=["a.mzj.example"]), "--out", place)
    system = f"{facts['department']}/{facts['system']}"
    asked = facts_from("hosts", "request", "--identity", place, "--reason", "新增服务器", "b.mzj.example", "c.mzj.example")
    assert asked["requested_hosts"] == ["b.mzj.example", "c.mzj.example"]
    assert "b.mzj.example" in run("hosts", "list", "--identity", ruler.folder, "--all").stdout
    approve = ["hosts", "approve", "--identity", ruler.folder, "--system", system, "--reason", "已核实"]
    assert facts_from(*approve, "b.mzj.example")["hosts"] == ["a.mzj.example", "b.mzj.example"]
    refused = facts_from("hosts", "refuse", "--identity", ruler.folder, "--system", system, "--reason", "不属于该部门")
    assert refused["requested_hosts"] == []
    assert_refusal(run(*approve[:3], place, *approve[4:], "b.mzj.example"), 1, "PERMISSION_DENIED")
    assert facts_from("renew", place, "--force")["renewed"] is True
    assert hosts_in(read_identity(place).certificate.decode()) == ("a.mzj.example", "b.mzj.example")


def test_a_certificate_that_has_ended_is_told_as_that_by_every_command(world, tmp_path, monkeypatch):
    place = tmp_path / "identity"
    facts_from("join", invited(world, CONSUMER, "late"), "--out", place)
    end = read_identity(place).leaf.not_valid_after_utc
    with world.later(timedelta(days=91)):  # the hub's clock alone: TLS lets it in, the hub does not
        assert_refusal(run("call", "--identity", place, "IdentityService/WhoAmI"), 1, "CERTIFICATE_EXPIRED", "new enrolment token")
    monkeypatch.setattr("shuniu.enrolment.utc_now", lambda: end + timedelta(days=1))
    assert_refusal(run("renew", place, "--force"), 2, "CERTIFICATE_EXPIRED", "too late", f"{end.astimezone(CHINA):%Y-%m-%d}")


# call


def test_every_rpc_of_the_access_table_can_be_called_by_name():
    listed = {line.split("(")[0].strip() for line in run("call", "--list").stdout.splitlines() if "/" in line}
    foreign = ("grpc.",)
    assert listed == {path.removeprefix("/shuniu.v1.") for path in ACCESS if not path.removeprefix("/").startswith(foreign)}
    assert SERVICES.keys() == {line.partition("/")[0] for line in listed}


def test_a_query_answers_json_and_shows_the_receipt(world):
    grant = world.grant()
    asked = {"grant": grant.name, "purpose": PURPOSE, "case_number": CASE, "officer": OFFICER, "subject_key": KEY}
    for name in ("ExchangeService/Query", "shuniu.v1.ExchangeService/Query", "/shuniu.v1.ExchangeService/Query", "ExchangeService.Query"):
        done = run("call", "--identity", world.member(CONSUMER).folder, name, json.dumps(asked))
        assert done.returncode == 0, done.stderr
        answer = json.loads(done.stdout)
        assert answer["masked_fields"] == ["name"]
        assert len(answer["records"]) == 1
        assert KEY in done.stdout
        assert re.search(r"^shuniu-log-index: \d+$", done.stderr, re.MULTILINE)
        assert re.search(r"^shuniu-log-leaf-bin: [0-9a-f]{64}$", done.stderr, re.MULTILINE)


def test_a_request_may_come_from_standard_input_or_a_file(world, tmp_path):
    body = tmp_path / "request.json"
    body.write_text('{"page_size": 1}', encoding="utf-8")
    world.member(CONSUMER)
    for given, text in ((b'{"pageSize": 1}', "-"), (None, f"@{body}")):
        done = run("call", "--identity", world.member(AUTHORITY).folder, "IdentityService/ListDepartments", text, given=given)
        assert len(json.loads(done.stdout)["departments"]) == 1, done.stderr


def test_a_streamed_answer_is_one_message_a_line(world):
    world.entry(world.member(PROVIDER))
    done = run("call", "--identity", world.member(CONSUMER).folder, "CatalogService/ExportDirectory", '{"format": "EXPORT_FORMAT_TURTLE"}')
    assert done.returncode == 0, done.stderr
    messages = [json.loads(line) for line in done.stdout.splitlines()]
    assert messages
    assert all(isinstance(message, dict) for message in messages)


def test_a_refusal_tells_code_reason_and_next_action_in_both_languages(world):
    asked = {"grant": "grants/01k0000000000000000000000z", "purpose": PURPOSE, "case_number": CASE, "officer": OFFICER, "subject_key": KEY}
    done = run("call", "--identity", world.member(CONSUMER).folder, "ExchangeService/Query", json.dumps(asked))
    assert_refusal(done, 1, "FAILED_PRECONDITION", "NO_GRANT", "next:")
    assert done.stdout == ""
    done = run("call", "--identity", world.member(CONSUMER).folder, "IdentityService/CreateEnrollmentToken")
    assert_refusal(done, 1, "PERMISSION_DENIED", "next:")


@pytest.mark.parametrize(
    ("method", "body", "said"),
    [
        ("ExchangeService/Steal", "{}", "shuniu call --list"),
        ("Query", "{}", "shuniu call --list"),
        ("ExchangeService/Query", "{", "JSON"),
        ("ExchangeService/Query", '{"colour": 1}', "colour"),
        ("ExchangeService/Query", "[]", "JSON"),
        ("ExchangeService/Query", '{"grant": ' + "[" * 100_000, "JSON"),
        ("ExchangeService/Query", '{"grant": 3}', "grant"),
        ("ExchangeService/Query", "@/nowhere/at/all", "/nowhere/at/all"),
    ],
)
def test_what_is_no_call_is_told_before_it_is_made(world, method, body, said):
    assert_refusal(run("call", "--identity", world.member(CONSUMER).folder, method, body), 2, said)


def test_nobody_at_the_address_is_told_as_unknown(world):
    done = run("call", "--identity", world.member(CONSUMER).folder, "--hub", "127.0.0.1:1", "--deadline", "2", "IdentityService/WhoAmI")
    assert_refusal(done, 3, "next:")


def test_the_public_port_needs_no_identity(world, ca):
    done = run("call", "--hub", world.hub.addresses["public"], "--ca", ca, "LicenseService/GetTrustList")
    assert json.loads(done.stdout)["public_key_pem"].startswith("-----BEGIN PUBLIC KEY-----")
    assert run("call", "LicenseService/GetTrustList").returncode == 2


# login link


def test_an_auditor_gets_a_link_and_nobody_else(world):
    auditor = world.auditor()
    link = facts_from("login-link", "--identity", auditor.folder, "--officer", "SJT-0009")
    assert link["url"].startswith(world.hub.web_url)
    assert run("login-link", "--identity", auditor.folder, "--officer", "SJT-0009").stdout.startswith(world.hub.web_url)
    assert_refusal(run("login-link", "--identity", world.member(CONSUMER).folder, "--officer", "x"), 1, "PERMISSION_DENIED")
    assert auditor.department == world.member(AUDITOR).department


# provide


def test_a_table_is_served_for_as_long_as_the_command_runs(world, source, tmp_path):
    by = world.member(PROVIDER, "tables")
    grant = world.grant(world.entry(by))
    assert world.member(CONSUMER).query(grant).reason != ""
    command = ["provide", "--identity", by.folder, "--url", source, "--table", "resident", "--key", "id_number", "--json"]
    for number in (signal.SIGTERM, signal.SIGINT):
        with running(tmp_path, "provider", *command) as provider:
            facts = provider.facts()
            assert by.do("WhoAmI").endpoint == facts["endpoint"] == facts["address"]
            answer = world.member(CONSUMER).query(grant)
            assert answer.ok, answer.message
            assert len(answer.answer.records) == 1
            assert provider.stop(number) == 0, provider.output
            assert "Traceback" not in provider.output
            events = {one["event"]: one for one in (json.loads(line) for line in provider.output.splitlines() if line.startswith("{"))}
            assert events["serving"]["endpoint"] == facts["endpoint"]
            assert "stopped" in events
        assert by.do("WhoAmI").endpoint == ""
        assert not provider.ready.exists()


def test_two_tables_are_served_under_names_of_their_own(world, source, tmp_path):
    by = world.member(OTHER, "two-tables")
    command = ["provide", "--identity", by.folder, "--url", source, "--table", "resident:id_number", "--table", "household:number"]
    with running(tmp_path, "provider", *command, "--announce", "localhost") as provider:
        facts = provider.facts()
        assert facts["resources"] == ["resident", "household"]
        assert facts["endpoint"] == f"localhost:{facts['address'].rpartition(':')[2]}"
        by.do("SetEndpoint", endpoint="127.0.0.1:9")  # another process takes over: it must not be signed off by this one
        assert provider.stop() == 0
    assert by.client.identity.WhoAmI(WhoAmIRequest()).endpoint == "127.0.0.1:9"


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--table", "resident"], "--key COLUMN"),
        (["--table", "nothing:id"], "nothing"),
        (["--table", "resident:nothing"], "nothing"),
        (["--table", "resident:id_number", "--table", "resident:name"], "named twice"),
        (["--table", "resident:id_number", "--table", "household:number", "--resource", "x"], "--resource"),
        (["--table", "resident:id_number", "--announce", "elsewhere.example:7443"], "--host elsewhere.example"),
        (["--table", "resident:id_number", "--announce", "localhost:x"], "--announce"),
        (["--table", "resident:id_number", "--listen", "0.0.0.0:0"], "--announce"),
        (["--table", "resident:id_number", "--listen", "203.0.113.7:1", "--announce", "localhost"], "--listen"),
    ],
)
def test_what_cannot_be_served_is_told(world, source, options, said):
    by = world.member(OTHER, "refused")
    assert_refusal(run("provide", "--identity", by.folder, "--url", source, *options), 2, said)
    assert by.do("WhoAmI").endpoint == ""


def test_a_database_that_is_not_there_is_told_without_its_password(world, tmp_path):
    by = world.member(OTHER, "refused")
    for url, code in ((f"sqlite:///{tmp_path}/none.db", 2), ("postgresql://shuniu:geheim@127.0.0.1:1/none", 3), ("nonsense", 2)):
        done = run("provide", "--identity", by.folder, "--url", url, "--table", "a:b")
        assert_refusal(done, code, "next:")
        assert "geheim" not in done.stderr
