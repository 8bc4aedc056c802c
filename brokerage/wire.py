"""Requests, grants, objections and notices as protobuf messages and back. No rules."""

from datetime import datetime
from enum import StrEnum

from google.protobuf.descriptor import EnumDescriptor
from google.protobuf.timestamp_pb2 import Timestamp

from brokerage.model import (
    CaseClock,
    CorrectionNotice,
    DataRequest,
    DataRequestState,
    Grant,
    Objection,
    ObjectionContent,
    ObjectionTarget,
    RequestContent,
    Terms,
)
from hub.errors import InvalidInputError
from hub.resource import etag_of
from shuniu.v1 import brokerage_pb2 as pb


def content_from(message: pb.DataRequest) -> RequestContent:
    """Return what the consumer writes of a request."""
    return RequestContent(
        entry=message.entry,
        legal_basis=message.legal_basis,
        scenario=message.scenario,
        scope=message.scope,
        asked=terms_from(message.asked),
        officer=message.officer,
    )


def terms_from(message: pb.Terms) -> Terms:
    """Return the terms; the way of sharing in small letters."""
    return Terms(
        fields=tuple(message.fields),
        purposes=tuple(message.purposes),
        period_days=message.period_days,
        daily_calls=message.daily_calls,
        mode=message.mode.lower(),
        systems=tuple(message.systems),
        masks=dict(message.masks),
    )


def state_from(number: pb.DataRequestState.ValueType) -> DataRequestState | None:
    """Return the state to filter by, None for none; a number that stands for no state is refused."""
    if number == pb.DATA_REQUEST_STATE_UNSPECIFIED:
        return None
    return DataRequestState(_word(pb.DataRequestState.DESCRIPTOR, number, "DATA_REQUEST_STATE_", "state"))


def objection_from(message: pb.Objection) -> ObjectionContent:
    """Return what the objector writes of an objection."""
    if message.target == pb.OBJECTION_TARGET_UNSPECIFIED:
        raise InvalidInputError("target is required: record, field, entry, decision or license", field="objection.target", zh="必须填写异议对象")
    return ObjectionContent(
        target=ObjectionTarget(_word(pb.ObjectionTarget.DESCRIPTOR, message.target, "OBJECTION_TARGET_", "objection.target")),
        resource=message.resource,
        subject_key=message.subject_key,
        field=message.field,
        statement=message.statement,
        evidence_digest=message.evidence_digest,
        case_number=message.case_number,
        officer=message.officer,
    )


def request_to(request: DataRequest) -> pb.DataRequest:
    """Return a request as a message."""
    return pb.DataRequest(
        name=request.name,
        etag=etag_of(request.revision),
        state=pb.DataRequestState.Value(_name("DATA_REQUEST_STATE", request.state)),
        entry=request.entry,
        entry_version=request.entry_version,
        consumer=request.consumer,
        provider=request.provider,
        legal_basis=request.legal_basis,
        scenario=request.scenario,
        scope=request.scope,
        asked=terms_to(request.asked),
        offered=None if request.offered is None else terms_to(request.offered),
        gaps=request.gaps,
        supplements=request.supplements,
        reason=request.reason,
        refusal_basis=request.refusal_basis,
        clock=clock_to(request.clock),
        grant=request.grant,
        officer=request.officer,
        create_time=moment_to(request.create_time),
        submit_time=moment_to(request.submit_time),
        decide_time=moment_to(request.decide_time),
    )


def grant_to(grant: Grant) -> pb.Grant:
    """Return a grant as a message."""
    return pb.Grant(
        name=grant.name,
        etag=etag_of(grant.revision),
        state=pb.GrantState.Value(_name("GRANT_STATE", grant.state)),
        data_request=grant.data_request,
        entry=grant.entry,
        entry_version=grant.entry_version,
        consumer=grant.consumer,
        provider=grant.provider,
        terms=terms_to(grant.terms),
        start_time=moment_to(grant.start_time),
        expire_time=moment_to(grant.expire_time),
        reason=grant.reason,
    )


def objection_to(objection: Objection) -> pb.Objection:
    """Return an objection as a message; the subject's key is never in it, nor is the pseudonym."""
    return pb.Objection(
        name=objection.name,
        etag=etag_of(objection.revision),
        state=pb.ObjectionState.Value(_name("OBJECTION_STATE", objection.state)),
        target=pb.ObjectionTarget.Value(_name("OBJECTION_TARGET", objection.target)),
        resource=objection.resource,
        field=objection.field,
        statement=objection.statement,
        evidence_digest=objection.evidence_digest,
        objector=objection.objector,
        source=objection.source,
        case_number=objection.case_number,
        outcome=objection.outcome,
        service_continues_notice=objection.service_continues_notice,
        clock=clock_to(objection.clock),
        notice_count=objection.notice_count,
        officer=objection.officer,
        create_time=moment_to(objection.create_time),
        end_time=moment_to(objection.end_time),
    )


def notice_to(notice: CorrectionNotice) -> pb.CorrectionNotice:
    """Return a correction notice as a message."""
    return pb.CorrectionNotice(
        name=notice.name,
        etag=etag_of(notice.revision),
        objection=notice.objection,
        recipient=notice.recipient,
        entry=notice.entry,
        case_numbers=notice.case_numbers,
        log_indexes=notice.log_indexes,
        outcome=notice.outcome,
        create_time=moment_to(notice.create_time),
        acknowledge_time=moment_to(notice.acknowledge_time),
        officer=notice.officer,
    )


def terms_to(terms: Terms) -> pb.Terms:
    """Return terms as a message."""
    return pb.Terms(
        fields=terms.fields,
        masks=dict(terms.masks),
        purposes=terms.purposes,
        systems=terms.systems,
        period_days=terms.period_days,
        daily_calls=terms.daily_calls,
        mode=terms.mode,
    )


def clock_to(clock: CaseClock | None) -> pb.Clock | None:
    """Return a case's clock as a message, None where no clock runs."""
    if clock is None:
        return None
    return pb.Clock(
        id=clock.id,
        citation=clock.citation,
        start_time=moment_to(clock.start_time),
        due_time=moment_to(clock.due_time),
        provisional=clock.provisional,
        verified=clock.verified,
        stopped=clock.stopped,
        working_days=clock.working_days,
    )


def moment_to(at: datetime | None) -> Timestamp | None:
    """Return a moment as a timestamp."""
    if at is None:
        return None
    stamp = Timestamp()
    stamp.FromDatetime(at)
    return stamp


def _name(prefix: str, value: StrEnum) -> str:
    return f"{prefix}_{value.name}"


def _word(kind: EnumDescriptor, number: int, prefix: str, field: str) -> str:
    """Return the word of an enum's number; a number that this version does not know is refused."""
    value = kind.values_by_number.get(number)
    if value is None:
        raise InvalidInputError(f"{field} holds a number that stands for nothing", field=field, zh=f"{field} 取值无效")
    return value.name.removeprefix(prefix).lower()
