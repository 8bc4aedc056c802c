"""Why something was decided, and the file of a case: through a real hub."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from grpc import StatusCode

from brokerage import reasons as brokerage_reasons
from brokerage.model.decision import QUERY_RULES, rules_until
from hub.errors import MissingGrantError, NotAllowedError, Reason
from shuniu.proofs.proof import InclusionProof
from shuniu.v1 import case_pb2
from tests.world import AUDITOR, AUTHORITY, CONSUMER, KEY, OTHER, PROVIDER, World

REFUSED, ALLOWED = case_pb2.DECISION_OUTCOME_REFUSED, case_pb2.DECISION_OUTCOME_ALLOWED


@pytest.fixture(scope="module")
def world() -> Iterator[World]:
    with World() as running:
        running.member(AUDITOR, roles=("auditor",))
        yield running


def test_a_refused_query_names_its_decision_which_says_rule_article_what_was_missing_and_what_to_do(world: World):
    grant = world.grant()
    refused = world.as_(CONSUMER).query(grant, purpose="640000-other")
    assert refused.code is StatusCode.PERMISSION_DENIED
    name = refused.error.facts["decision"]
    assert name == refused.trailers["shuniu-decision"]
    assert refused.error.facts["article"] == "政务数据共享条例（国务院令第809号）第二十五条"
    decision = world.as_(CONSUMER).do("GetDecision", name=name)
    assert decision.outcome == REFUSED
    assert decision.reason == "PURPOSE_NOT_GRANTED"
    assert [rule.holds for rule in decision.rules] == [True, True, True, False]
    assert decision.rules[-1].article.endswith("第二十五条")
    assert decision.rules[-1].text_zh == "数据用于获得授权的办理事项"
    assert decision.missing_zh == "办理事项不在授权范围内"
    assert grant.terms.purposes[0] in decision.next_action
    assert decision.grant == grant.name


def test_an_answer_names_its_decision_which_says_why_the_grant_gives_what_it_gives(world: World):
    grant = world.grant()
    answered = world.as_(CONSUMER).query(grant)
    assert answered.ok
    decision = world.as_(CONSUMER).do("GetDecision", name=answered.trailers["shuniu-decision"])
    assert decision.index == answered.index
    assert decision.outcome == ALLOWED
    assert all(rule.holds for rule in decision.rules)
    facts = {rule.rule: rule.fact for rule in decision.rules}
    assert "name (keep:1,0)" in facts["terms.fields"]
    assert facts["terms.purposes"] == ", ".join(grant.terms.purposes)
    assert decision.missing == decision.next_action == ""
    assert KEY not in str(decision)


def test_a_decision_is_told_to_the_departments_that_its_record_names_and_to_those_who_supervise(world: World):
    grant = world.grant()
    name = world.as_(CONSUMER).query(grant, fields=["no_such_field"]).trailers["shuniu-decision"]
    for kind in (CONSUMER, PROVIDER, AUTHORITY, AUDITOR):
        assert world.as_(kind).call("GetDecision", name=name).ok, kind
    assert world.as_(OTHER).call("GetDecision", name=name).reason == "NO_DECISION"


def test_somebody_elses_grant_is_not_told_by_the_decision_that_refuses_it(world: World):
    grant = world.grant()
    refused = world.as_(OTHER).query(grant)
    assert refused.reason == "NO_GRANT"
    decision = world.as_(OTHER).do("GetDecision", name=refused.trailers["shuniu-decision"])
    assert decision.reason == "NO_GRANT"
    assert not any(one in str(decision) for one in grant.terms.purposes)
    assert world.as_(AUDITOR).do("GetDecision", name=decision.name).reason == "NOT_CONSUMER"


@pytest.mark.parametrize(
    "name", ["", "decisions/", "decisions/x", "decisions/-1", "decisions/１", "decisions/" + "9" * 30, "grants/1", "decisions/9999999"]
)
def test_what_names_no_decision_is_refused(world: World, name: str):
    assert world.as_(CONSUMER).call("GetDecision", name=name).reason == "NO_DECISION"


def test_a_refusal_at_the_gate_names_its_decision_too(world: World):
    refused = world.as_(CONSUMER).call("CreateDepartment")
    assert refused.code is StatusCode.PERMISSION_DENIED
    decision = world.as_(CONSUMER).do("GetDecision", name=refused.trailers["shuniu-decision"])
    assert (decision.reason, decision.action) == ("NOT_ALLOWED", "IdentityService.CreateDepartment")


def test_every_reason_for_which_a_grant_refuses_is_one_rules_and_no_rule_has_one_that_is_not_there():
    rows = [one for one in vars(brokerage_reasons).values() if isinstance(one, Reason)]
    refusing = {one.name for one in rows if issubclass(one.error, NotAllowedError | MissingGrantError)}
    known = [name for rule in QUERY_RULES for name in rule.reasons]
    assert refusing <= set(known)
    assert len(known) == len(set(known))
    for reason in known:
        assert rules_until(reason)[-1].holds is False


def test_a_case_file_joins_request_grant_uses_objections_and_corrections_with_proofs(world: World):
    grant = world.grant()
    consumer, provider = world.as_(CONSUMER), world.as_(PROVIDER)
    answered = consumer.query(grant)
    consumer.query(grant, purpose="640000-other")
    wrong = {"target": "OBJECTION_TARGET_RECORD", "resource": grant.entry, "subject_key": KEY, "statement": "住址有误", "officer": "MZ-0231"}
    objection = consumer.do("FileObjection", objection=wrong)
    objection = provider.do("VerifyObjection", name=objection.name, etag=objection.etag, officer="GA-0001")
    provider.do("CorrectObjection", name=objection.name, etag=objection.etag, outcome="住址已更正", officer="GA-0001")
    refused = provider.do("ProposeServiceChange", grant=grant.name, reason="业务系统下线", officer="GA-1")
    dispute = consumer.do("OpenDispute", dispute={"resource": refused.name, "statement": "仍需使用", "officer": "MZ-1"}, request_id="case-1")
    world.hub.publisher.publish()
    for kind in (CONSUMER, PROVIDER, AUTHORITY, AUDITOR):
        file = world.as_(kind).do("GetCaseFile", name=grant.name)
        assert file.data_request.name == grant.data_request
        assert {rule.rule for rule in file.plan} >= {"share_type", "terms.fields", "terms.purposes"}
        assert (file.uses.answered, file.uses.refused, file.uses.more) == (1, 1, False)
        assert answered.index in file.uses.indexes
        assert [one.name for one in file.objections] == [objection.name]
        assert [one.recipient for one in file.correction_notices] == [consumer.department]
        actions = [one.action for one in file.records]
        assert actions[0] == "brokerage.CreateDataRequest"
        assert [one.name for one in file.service_changes] == [refused.name]
        assert [one.name for one in file.disputes] == [dispute.name]
        assert "brokerage.OpenDispute" in actions
        assert "brokerage.CorrectObjection" in actions
        for one in file.records:
            proof = one.proof
            InclusionProof(proof.index, proof.size, proof.leaf_hash, proof.root, tuple(proof.proof)).verify()
            assert proof.leaf_hash == one.leaf_hash
        assert str(file.records[0].proof.size) == file.checkpoint.split("\n")[1]
        assert KEY not in str(file)
    assert world.as_(OTHER).call("GetCaseFile", name=grant.name).code is StatusCode.NOT_FOUND
