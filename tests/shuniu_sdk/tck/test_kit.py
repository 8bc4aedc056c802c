"""The conformance kit by itself: what its tables make, how a run is drawn, and what build servers read of it."""

import xml.etree.ElementTree as ET
from collections import Counter

import pytest

from shuniu.tck.diagram import draw
from shuniu.tck.hub import METHODS, Answer
from shuniu.tck.junit import to_junit
from shuniu.tck.procedures import sequences
from shuniu.tck.result import Outcome, Result, Turn
from shuniu.tck.running import differs
from shuniu.tck.scene import fill
from shuniu.tck.sequence import ROLES, Call, Expect, Kind, Need, Sequence, refusal, says
from shuniu.v1 import brokerage_pb2
from shuniu.words import Word

EVERY = sequences()
ONE = Sequence("request/<&>", Word("x", "a <title> & \x00 more", "标题"), "art. 21 <&>", Kind.LATE, ())


def test_there_are_more_than_a_hundred_sequences_each_with_a_name_of_its_own():
    assert len(EVERY) > 300
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
