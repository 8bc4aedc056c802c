"""The conformance kit by itself: what its tables make, how a run is drawn, and what build servers read of it."""

import xml.etree.ElementTree as ET
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any, cast

import pytest

from shuniu.tck.diagram import draw
from shuniu.tck.hub import METHODS, Answer, TestedHub
from shuniu.tck.junit import to_junit
from shuniu.tck.procedures import sequences
from shuniu.tck.result import Outcome, Result, Turn
from shuniu.tck.running import Runner, differs
from shuniu.tck.scene import fill
from shuniu.tck.sequence import CONSUMER, OTHER, PROVIDER, ROLES, Call, Expect, Kind, Later, Need, Sequence, Step, refusal, says
from shuniu.v1 import brokerage_pb2, identity_pb2
from shuniu.words import Word

EVERY = sequences()
ONE = Sequence("request/<&>", Word("x", "a <title> & \x00 more", "标题"), "art. 21 <&>", Kind.LATE, ())


def test_there_are_more_than_eight_hundred_sequences_each_with_a_name_of_its_own():
    assert len(EVERY) > 800
    assert [name for name, number in Counter(one.id for one in EVERY).items() if number > 1] == []


def test_every_kind_of_sequence_is_there():
    assert {one.kind for one in EVERY} == set(Kind)


@pytest.mark.parametrize("one", EVERY, ids=lambda one: one.id)
def test_every_sequence_says_its_rule_and_calls_rpcs_that_there_are(one):
    assert one.article
    assert one.title.en
    assert one.title.zh
    assert one.roles <= set(ROLES)
    calls = [step for step in one.steps if isinstance(step, Call)]
    assert {call.rpc for call in calls} <= METHODS.keys()
    assert one.is_late == (Need.CLOCK in one.needs)


@pytest.mark.parametrize(
    ("need", "rpcs"),
    [(Need.MANDATE, {"Confirm", "Decline"}), (Need.SUPERIOR, {"PassDispute"}), (Need.SERVING, {"Query"})],
    ids=lambda one: getattr(one, "value", ""),
)
def test_a_sequence_whose_call_needs_more_than_identities_says_so(need, rpcs):
    """Otherwise it would fail at a hub where that is not there, and not be counted as not run."""
    calling = {one.id for one in EVERY for step in one.steps if isinstance(step, Call) and step.rpc in rpcs and step.expect.status == ("OK",)}
    assert calling
    assert calling <= {one.id for one in EVERY if need in one.needs}


def test_texts_in_braces_stand_for_what_was_answered_before():
    request = brokerage_pb2.DataRequest(name="dataRequests/1", gaps=["one"])
    place = {"it": request, "n": 7, "parties": {"provider": "P"}}
    wanted = {"name": "{it.name}", "gap": "{it.gaps.0}", "case": "LB-{n}", "deep": [{"of": "{parties.provider}"}], "bytes": b"{n}"}
    assert fill(wanted, place) == {"name": "dataRequests/1", "gap": "one", "case": "LB-7", "deep": [{"of": "P"}], "bytes": b"{n}"}


@pytest.mark.parametrize(
    ("expect", "wrong"),
    [
        (says(state="DATA_REQUEST_STATE_APPROVED"), ""),
        (says(state="DATA_REQUEST_STATE_REFUSED"), "expected state"),
        (says(gaps__length=2), ""),
        (says(clock__filled=False, grant__filled=True), ""),
        (says(gaps=["a", "b"]), ""),
        (refusal("NOT_FOUND"), "expected NOT_FOUND"),
        (Expect(("OK", "NOT_FOUND")), ""),
    ],
)
def test_an_answer_is_compared_by_what_it_says(expect, wrong):
    message = brokerage_pb2.DataRequest(state=brokerage_pb2.DATA_REQUEST_STATE_APPROVED, gaps=["a", "b"], grant="grants/1")
    assert differs(Answer("OK", message), expect, {}).startswith(wrong)
    assert bool(differs(Answer("OK", message), expect, {})) == bool(wrong)


class Registry(TestedHub):
    """A hub of which the regions of three departments are known, and what each call is answered."""

    def __init__(self, *regions: str, refuses: tuple[bool, ...] = ()) -> None:
        super().__init__("127.0.0.1:1", Path())
        self.clients = dict.fromkeys((OTHER, CONSUMER, PROVIDER), cast("Any", None))
        self.__dict__ |= {"parties": {role: role for role in self.clients}, "systems": {}}
        self._regions = dict(zip(self.clients, regions, strict=False))
        self._refuses = list(refuses)
        self.made: list[str] = []

    def hours_left(self) -> int:
        return 1

    def call(self, _who: str, rpc: str, fields: Mapping[str, Any]) -> Answer:
        if rpc == "GetDepartment":
            region = self._regions.get(fields["name"].rpartition("/")[2], "640000")
            level = 1 if region.endswith("0000") else 2 if region.endswith("00") else 3
            return Answer("OK", identity_pb2.Department(region=region, level=cast("Any", level)))
        self.made.append(rpc)
        refused = rpc == "RefuseIt" and self._refuses.pop(0)
        return Answer("PERMISSION_DENIED" if refused else "OK", brokerage_pb2.Grant())

    def may_confirm(self) -> bool:
        return False


@pytest.mark.parametrize(
    ("superior", "consumer", "provider", "is_one"),
    [
        ("640000", "640100", "640000", True),
        ("640000", "640100", "640200", True),
        ("640100", "640121", "640122", True),
        ("640000", "640000", "640000", False),  # above neither
        ("640200", "640100", "640000", False),  # below one
        ("640200", "640121", "640122", False),  # of another region
        ("620000", "640100", "640000", False),  # of another province
    ],
)
def test_a_common_superior_is_above_one_party_and_below_neither_and_its_region_holds_both(superior, consumer, provider, is_one):
    assert Registry(superior, consumer, provider).has_superior() is is_one


def refused(name: str, *between: Later) -> Sequence:
    """Return a sequence whose last step must be refused, on what the step before made."""
    steps: tuple[Step, ...] = (Call(CONSUMER, "MakeIt", {}), *between, Call(PROVIDER, "RefuseIt", {}, refusal("PERMISSION_DENIED")))
    return Sequence(f"x/{name}", Word(name, name, name), "art. 1", Kind.REFUSED, steps)


def test_sequences_that_end_in_refusals_share_what_leads_there():
    hub = Registry(refuses=(True, True, True))
    results = Runner(hub, may_write=False).run([refused("a"), refused("b"), refused("c")])
    assert hub.made == ["MakeIt", "RefuseIt", "RefuseIt", "RefuseIt"]
    assert [[turn.rpc for turn in one.turns] for one in results] == [["MakeIt", "RefuseIt"]] * 3


def test_what_was_not_refused_is_made_anew_for_the_next():
    hub = Registry(refuses=(True, False, True))
    results = Runner(hub, may_write=False).run([refused("a"), refused("b"), refused("c")])
    assert [one.outcome for one in results] == [Outcome.PASSED, Outcome.FAILED, Outcome.PASSED]
    assert hub.made == ["MakeIt", "RefuseIt", "RefuseIt", "MakeIt", "RefuseIt"]


def test_where_time_passes_and_where_a_step_succeeds_nothing_is_shared():
    hub = Registry(refuses=(True, True))
    Runner(hub, may_write=False).run([refused("a", Later(1)), refused("b", Later(1))])
    assert hub.made.count("MakeIt") == 2
    steps = (Call(CONSUMER, "MakeIt", {}), Call(CONSUMER, "TakeIt", {}))
    taken = [Sequence(f"x/{name}", Word(name, name, name), "art. 1", Kind.HAPPY, steps) for name in "de"]
    Runner(hub, may_write=False).run(taken)
    assert hub.made.count("MakeIt") == 4


def failed() -> Result:
    turns = [Turn("consumer", "SubmitDataRequest", "name='x'", "OK state=<&>\x01", "PERMISSION_DENIED"), Turn(hours=48)]
    result = Result(ONE, turns=turns, seconds=0.25)
    result.fail("expected <refusal> & got \x02 OK")
    return result


def test_a_diagram_shows_who_called_what_and_where_the_rule_was_not_kept():
    lines = draw(failed()).splitlines()
    assert lines[0] == "request/<&>  [late]  failed"
    assert "依据 rule: art. 21 <&>" in lines[2]
    assert lines[3] == "  consumer    ------> hub   SubmitDataRequest(name='x')"
    assert "expected PERMISSION_DENIED" in lines[5]
    assert "2 days pass" in lines[-1]


def test_build_servers_read_the_results_as_junit():
    """As Jenkins reads it: counts on both levels, a class name, a failure with message and text, a skipped one that is no success."""
    not_run = Result(Sequence("grant/late", Word("y", "z", "乙"), "art. 27", Kind.LATE, ()), Outcome.NOT_RUN, "needs a hub for practice")
    root = ET.fromstring(to_junit([failed(), Result(ONE), not_run]))  # noqa: S314 - what this test made
    assert (root.tag, root.get("tests"), root.get("failures"), root.get("errors"), root.get("skipped")) == ("testsuites", "3", "1", "0", "1")
    assert [(one.get("name"), one.get("tests"), one.get("failures"), one.get("skipped")) for one in root] == [
        ("request", "2", "1", "0"),
        ("grant", "1", "0", "1"),
    ]
    case = root[0][0]
    assert (case.get("classname"), case.get("name"), case.get("time")) == ("tck.request", "request/<&>", "0.250")
    failure = case.find("failure")
    assert failure is not None
    assert failure.get("message") == "art. 21 <&>: expected <refusal> & got � OK"
    assert "consumer    ------> hub" in (failure.text or "")
    assert root[0][1].find("failure") is None
    skipped = root[1][0].find("skipped")
    assert skipped is not None
    assert skipped.get("message") == "needs a hub for practice"
