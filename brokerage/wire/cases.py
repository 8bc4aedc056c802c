"""Decisions and case files as protobuf messages. No rules."""

from operator import attrgetter
from typing import Final

from audit.wire import inclusion_to
from brokerage.model.case import CaseFile, CaseRecord, CaseUses
from brokerage.model.decision import Decision, RuleResult
from brokerage.wire.demands import demand_to
from brokerage.wire.disputes import dispute_to
from brokerage.wire.grants import grant_to
from brokerage.wire.objections import notice_to, objection_to
from brokerage.wire.requests import request_to
from brokerage.wire.service_changes import service_change_to
from hub.wire import Shape
from shuniu.v1 import case_pb2 as pb

rule_to: Final = Shape(
    pb.DecisionRule,
    RuleResult,
    text=attrgetter("must.en"),
    text_zh=attrgetter("must.zh"),
    fact=attrgetter("fact.en"),
    fact_zh=attrgetter("fact.zh"),
)
decision_to: Final = Shape(
    pb.Decision,
    Decision,
    time=attrgetter("at"),
    rules=lambda decision: map(rule_to, decision.rules),
    missing=attrgetter("missing.en"),
    missing_zh=attrgetter("missing.zh"),
    next_action=attrgetter("following.en"),
    next_action_zh=attrgetter("following.zh"),
)
_uses_to: Final = Shape(pb.CaseUses, CaseUses)
_record_to: Final = Shape(pb.CaseRecord, CaseRecord, proof=lambda one: one.proof and inclusion_to(one.proof))
case_file_to: Final = Shape(
    pb.CaseFile,
    CaseFile,
    grant=lambda file: grant_to(file.grant),
    data_request=lambda file: request_to(file.data_request),
    plan=lambda file: map(rule_to, file.plan),
    uses=lambda file: _uses_to(file.uses),
    objections=lambda file: map(objection_to, file.objections),
    correction_notices=lambda file: map(notice_to, file.correction_notices),
    records=lambda file: map(_record_to, file.records),
    demands=lambda file: map(demand_to, file.demands),
    service_changes=lambda file: map(service_change_to, file.service_changes),
    disputes=lambda file: map(dispute_to, file.disputes),
    chain=lambda file: map(grant_to, file.chain),
)
