"""The conformance kit against this hub: all of it passes, and a rule that is broken on purpose is found and named by its article."""

from collections.abc import Iterator, MutableMapping
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any, cast

import pytest

import catalog.actions
import exchange.many
import exchange.transfer
import hub.unit_of_work
from brokerage.grants import LiveGrant
from brokerage.model import disposal, grant, request_procedure
from brokerage.model.dispute import Dispute
from brokerage.model.grant import Grant, GrantState, GrantStep
from brokerage.model.request import DataRequest
from brokerage.model.request_procedure import DataRequestState, RequestStep
from exchange.stream_places import BEGINNING, PlaceBook
from hub.access import Caller
from hub.procedure import Party
from shuniu.predicates import CheckAnswer
from shuniu.tck.diagram import draw
from shuniu.tck.hub import TestedHub
from shuniu.tck.result import Outcome, Result
from shuniu.tck.running import Runner
from shuniu.tck.sequence import Need
from shuniu.v1 import practice_pb2
from tests.end_to_end.practising import PracticeWorld
from tests.world import AUTHORITY, CONSUMER, World


@pytest.fixture(scope="module")
def practice() -> Iterator[PracticeWorld]:
    with PracticeWorld() as one:
        yield one


def failures(results: list[Result]) -> dict[str, Result]:
    return {one.sequence.id: one for one in results if one.outcome is Outcome.FAILED}


def test_the_hub_keeps_every_rule_of_the_kit(practice: PracticeWorld):
    results = practice.examine("*")
    assert [draw(one) for one in results if one.outcome is not Outcome.PASSED] == []
    assert len(results) > 300


def test_it_runs_again_on_the_same_hub_and_in_another_order(practice: PracticeWorld):
    patterns = ("objection/*", "notice/*", "replay/*", "grant/active-*")
    assert failures(practice.examine(*patterns)) == {}
    assert failures(practice.examine(*reversed(patterns))) == {}


def table(of: object) -> MutableMapping[Any, Any]:
    """Return a table that the code itself may not write to."""
    return cast("MutableMapping[Any, Any]", of)


def test_a_refused_request_that_may_be_approved_after_all_is_found(practice: PracticeWorld, monkeypatch: pytest.MonkeyPatch):
    way = (DataRequestState.REFUSED, RequestStep.APPROVE)
    monkeypatch.setitem(table(request_procedure.NEXT), way, DataRequestState.APPROVED)
    found = failures(practice.examine("request/refused-*"))
    assert found.keys() == {"request/refused-approve-illegal"}
    diagram = draw(found["request/refused-approve-illegal"])
    assert "Decree 809 art. 21" in diagram
    assert "provider    ------> hub   ApproveDataRequest(" in diagram
    assert "expected FAILED_PRECONDITION ILLEGAL_STATE" in diagram
    assert "got      OK" in diagram


def test_a_step_that_is_open_to_the_other_party_is_found(practice: PracticeWorld, monkeypatch: pytest.MonkeyPatch):
    everybody = frozenset({Party.PROVIDER, Party.AUTHORITY, Party.CONSUMER})
    monkeypatch.setitem(table(grant.GRANT_PROCEDURE.who), GrantStep.SUSPEND, everybody)
    found = failures(practice.examine("grant/*-by-*"))
    assert found.keys() == {"grant/suspend-by-consumer"}
    assert "Decree 809 art. 27" in draw(found["grant/suspend-by-consumer"])


def test_a_party_that_agrees_to_its_own_terms_is_found(practice: PracticeWorld, monkeypatch: pytest.MonkeyPatch):
    agree = Dispute.agree

    def agree_with_anybody(self: Dispute, by: Caller, at: datetime) -> Dispute:
        return agree(replace(self, proposer=self.proposer and "nobody"), by, at)

    monkeypatch.setattr(Dispute, "agree", agree_with_anybody)
    found = failures(practice.examine("dispute/*terms*", "dispute/*agree*"))
    assert found.keys() == {"dispute/own-terms"}
    assert "Decree 809 art. 28" in draw(found["dispute/own-terms"])


def test_a_term_with_two_sources_is_found(practice: PracticeWorld, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(catalog.actions, "refuse_second_source", lambda *_args: None)
    found = failures(practice.examine("record-source/*"))
    names = ("of-another-department", "named-meanwhile", "freed", "second-source")
    assert found.keys() == {f"record-source/{name}" for name in names}
    assert "Decree 809 art. 19" in draw(found["record-source/second-source"])


def test_a_disposal_that_its_own_giver_accepts_is_found(practice: PracticeWorld, monkeypatch: pytest.MonkeyPatch):
    both = frozenset({Party.PROVIDER, Party.CONSUMER})
    monkeypatch.setitem(table(disposal.DISPOSAL_PROCEDURE.who), disposal.DisposalStep.ACCEPT, both)
    found = failures(practice.examine("disposal/accept-*"))
    assert found.keys() == {"disposal/accept-by-consumer"}


def test_an_etag_that_nobody_compares_is_found(practice: PracticeWorld, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(hub.unit_of_work, "check_etag", lambda *_args, **_named: None)
    found = failures(practice.examine("*-stale", "grant/suspended-twice-at-once"))
    assert {"request/approve-stale", "grant/resume-stale", "objection/confirm-stale", "grant/suspended-twice-at-once"} <= found.keys()
    assert "AIP-154" in draw(found["request/approve-stale"])


def test_a_grant_that_serves_every_way_is_found(practice: PracticeWorld, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(LiveGrant, "_check_how", lambda *_args: None)
    found = failures(practice.examine("check/other-*", "query-many/other-*", "stream/other-*"))
    assert found.keys() == {"check/other-mode", "query-many/other-mode", "stream/other-mode"}
    assert "Decree 809 art. 25" in draw(found["stream/other-mode"])


def test_a_table_that_is_gone_on_with_by_anybody_s_token_is_found(practice: PracticeWorld, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(PlaceBook, "place_in", lambda *_args: BEGINNING)
    found = failures(practice.examine("stream/*"))
    names = ("resumed-behind-the-last", "token-of-another-grant", "token-forged", "token-of-other-fields")
    assert found.keys() == {f"stream/{name}" for name in names}
    assert "got      OK 3 messages: schema frame end" in draw(found["stream/token-forged"])


def test_a_key_under_the_place_of_another_is_found(practice: PracticeWorld, monkeypatch: pytest.MonkeyPatch):
    order = exchange.many._next
    monkeypatch.setattr(exchange.many, "_next", lambda part, _places: order(part, set()))
    assert failures(practice.examine("query-many/*")).keys() == {"query-many/same-place"}


def test_an_answer_of_no_where_nothing_is_known_is_found(practice: PracticeWorld, monkeypatch: pytest.MonkeyPatch):
    for name in ("answer_of", "_judged"):  # what the provider says, and what the hub finds out itself
        monkeypatch.setattr(exchange.transfer, name, lambda *_args: (CheckAnswer.NO, 0))
    assert failures(practice.examine("check/*nobody")).keys() == {"check/unknown-nobody"}


def test_a_grant_that_never_ends_is_found(practice: PracticeWorld, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(Grant, "state_at", lambda self, _at: self.state)
    found = failures(practice.examine("grant/expired-*"))
    assert GrantState.EXPIRED not in {one.sequence.id for one in found.values()}
    assert found.keys() == {"grant/expired-suspend-illegal", "grant/expired-resume-illegal", "grant/expired-revoke-illegal"}


def test_a_clock_that_does_not_run_out_is_found(practice: PracticeWorld, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(DataRequest, "run_out", lambda self: self)
    found = failures(practice.examine("request/overdue-approve-approved"))
    assert "25 days pass" in draw(found["request/overdue-approve-approved"])


def test_at_a_hub_that_is_not_for_practice_the_clock_stays_and_nothing_is_written_unasked(practice: PracticeWorld, tmp_path: Path):
    from shuniu.tck.procedures import sequences  # noqa: PLC0415 - beside the one place that needs all of them

    with World() as real:
        for role, kind in (("authority", AUTHORITY), ("consumer", CONSUMER)):
            (tmp_path / role).symlink_to(real.member(kind).folder)
        for rpc in practice_pb2.DESCRIPTOR.services_by_name["PracticeService"].methods:
            for hours in (0, 1, -1):
                refused = real.member(CONSUMER).call(rpc.name, hours=hours)
                assert (refused.code.name, refused.reason) == ("FAILED_PRECONDITION", "NOT_PRACTISING")
        before = real.clock.now()
        with TestedHub(real.addresses["members"], tmp_path) as hub_under_test:
            results = Runner(hub_under_test, may_write=False).run(sequences())
        assert real.clock.now() == before
    ran = [one for one in results if one.outcome is not Outcome.NOT_RUN]
    assert [one.outcome for one in ran] == [Outcome.PASSED]
    assert {one.sequence.needs for one in ran} == {frozenset()}
    assert not any(one.outcome is Outcome.PASSED for one in results if Need.CLOCK in one.sequence.needs)
    assert practice.clock.now() > before
