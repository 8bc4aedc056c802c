"""What monitors read of a whole hub: each number follows what happens, says nothing of anybody, and stands in the guides of operations."""

import re
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

import web
from hub.access import ACCESS
from hub.limits import Limits
from shuniu.v1 import identity_pb2
from tests.end_to_end.test_second_persons import LEAD, entry_draft, propose, staff
from tests.web.office import Guest, officer_at
from tests.web.test_inbox import waits
from tests.web.test_log_state import gauges
from tests.web.test_words import actions
from tests.world import AUTHORITY, CONSUMER, OTHER, PROVIDER, World
from web.metrics import FAMILIES, STEPS
from work.metrics import COUNTED_EVERY

GUIDES = [Path(web.__file__).parents[1] / "docs" / "guides" / name for name in ("operations.md", "operations.zh-CN.md")]


@pytest.fixture(scope="module")
def world() -> Iterator[World]:
    with World(limits=Limits(refusals_per_second=1_000, refusal_bytes_per_second=1 << 20)) as one:
        staff(one.member(PROVIDER))
        yield one


def read(world: World) -> str:
    with urllib.request.urlopen(f"{world.addresses['web']}/metrics", timeout=10) as answer:  # noqa: S310 - the hub of this test
        assert answer.headers["Content-Type"] == "application/openmetrics-text; version=1.0.0; charset=utf-8"
        return str(answer.read().decode())


def steps(world: World, action: str, outcome: str = "ok") -> float:
    return gauges(read(world)).get(f'shuniu_steps_total{{action="{action}",outcome="{outcome}"}}', 0)


def sign_ins(world: World, who: str, means: str) -> float:
    return gauges(read(world))[f'shuniu_sign_ins_total{{who="{who}",means="{means}"}}']


@pytest.mark.parametrize("guide", GUIDES, ids=lambda path: path.name)
def test_every_metric_stands_in_the_guide_and_no_other_does(world: World, guide: Path):
    served = {line.split()[2] + ("_total" if line.endswith("counter") else "") for line in read(world).splitlines() if line.startswith("# TYPE")}
    assert {family.name for family in FAMILIES} < {name.removesuffix("_total") for name in served}
    told = {name.rstrip("_") for name in re.findall(r"shuniu_[a-z0-9_]+", guide.read_text(encoding="utf-8"))}
    assert served - told == set()
    assert {name for name in told if not name.startswith("shuniu_certificate")} - served == set()


def test_work_and_what_waits_for_a_second_person_are_counted(world: World):
    before = gauges(read(world))
    waits(world, "申请一", -2)
    waits(world, "申请二", 5)
    by, thing = entry_draft(world)
    propose(world, by, "SubmitEntry", thing)
    with world.later(COUNTED_EVERY):
        after = gauges(read(world))
    for name, more in (("shuniu_work_overdue", 1), ("shuniu_proposals_waiting", 1)):
        assert after[name] == before[name] + more
    assert after["shuniu_work_open"] == before["shuniu_work_open"] + 3  # the proposal is somebody's work too


def test_steps_are_counted_by_the_action_of_their_record_and_by_how_they_ended(world: World):
    ruler, other = world.member(AUTHORITY), world.member(OTHER)
    department = f"departments/{other.department}"
    for rpc in ("DisableDepartment", "EnableDepartment"):
        before = steps(world, f"certs.{rpc}")
        etag = ruler.do("GetDepartment", name=department).etag
        ruler.do(rpc, name=department, etag=etag, reason="核查", officer="SJ-1")
        assert steps(world, f"certs.{rpc}") == before + 1
    refused = world.member(CONSUMER).call("DisableDepartment", name=department, etag="x", reason="试", officer="x")
    assert refused.reason == "NOT_ALLOWED"
    assert steps(world, "IdentityService.DisableDepartment", "refused") == 1
    assert steps(world, "certs.DisableDepartment") == 1


def test_what_was_only_rehearsed_is_not_counted(world: World):
    by, thing = entry_draft(world)
    before = steps(world, "catalog.SubmitEntry"), steps(world, "work.Propose")
    propose(world, by, "SubmitEntry", thing)
    assert (steps(world, "catalog.SubmitEntry"), steps(world, "work.Propose")) == (before[0], before[1] + 1)


def test_every_step_of_the_log_is_there_from_the_start_with_a_zero(world: World):
    text = read(world)
    for one in STEPS:
        assert f'action="{one}"' in text
    assert {one.partition(".")[2] for one in STEPS} <= actions()
    wanted = "RenewCertificate DisableDepartment EnableDepartment RequestExtension AllowExtension RefuseExtension PublishEntry ReturnEntry GetLicense"
    assert set(wanted.split()) | {"ProposeErasure", "SearchAuditRecords"} <= {one.partition(".")[2] for one in STEPS}
    written = {path.rpartition("/")[2] for path, row in ACCESS.items() if row.writes and path.startswith("/shuniu.")}
    assert written - {one.partition(".")[2] for one in STEPS} == {"CheckEntries", "AcknowledgeWork", "MoveClock"}


def test_sign_ins_are_counted_by_their_means_and_so_are_failures(world: World):
    before = sign_ins(world, "officer", "link"), sign_ins(world, "officer", "certificate")
    guest = officer_at(world, world.member(PROVIDER), LEAD)
    failed = 'shuniu_sign_in_failures_total{means="link",reason="LOGIN_LINK"}'
    tried = gauges(read(world))[failed]
    stranger = Guest(world.addresses["web"])
    path = f"/login/{'x' * 43}"
    assert stranger.post(path, token=stranger.get(path).hidden("token")).status == 403
    assert gauges(read(world))[failed] == tried + 1
    assert sign_ins(world, "officer", "link") == before[0] + 1
    assert sign_ins(world, "officer", "certificate") == before[1]
    assert sign_ins(world, "person", "oidc") == 0
    assert guest.get("/officers").status == 200


def test_comparisons_are_counted_by_whether_the_system_answered(world: World):
    by, thing = entry_draft(world)
    before, names = gauges(read(world)), [f'shuniu_comparisons_total{{outcome="{one}"}}' for one in ("answered", "unanswered")]
    assert by.do("CheckEntries", name=thing.name).checks
    after = gauges(read(world))
    assert [after[name] - before[name] for name in names] in ([1, 0], [0, 1])


def test_nothing_of_anybody_is_told(world: World):
    text = read(world)
    for word in (world.member(PROVIDER).department, LEAD, "李主任", identity_pb2.DESCRIPTOR.package + "."):
        assert word not in text
