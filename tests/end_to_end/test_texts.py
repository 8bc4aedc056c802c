"""No text of any rpc spells anybody's ID number: every text field of every request, found by descriptor, is tried in a story of all rpcs.

Before each call of the story, each of its text fields is sent once with a citizen number in it, at the very moment at which the honest call
would succeed. The hub must refuse it as such, in both languages, and the honest call must still succeed afterwards.
"""

import hashlib
from collections.abc import Iterator
from datetime import timedelta
from typing import Any, cast
from unittest.mock import patch

import grpc
import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from google.protobuf.descriptor import FieldDescriptor
from google.protobuf.field_mask_pb2 import FieldMask
from google.protobuf.message import Message
from google.protobuf.timestamp_pb2 import Timestamp

from audit.model import Kind
from hub.clock import day_in_china
from hub.ids import Ids
from hub.keys import Es256Signer
from seals import x509
from shuniu import sm2
from shuniu.errors import call_error
from shuniu.folder import read_identity
from shuniu.possession import issuing_key_proof
from shuniu.seals.names import CertificateSubject
from shuniu.v1 import (
    brokerage_pb2,
    catalog_pb2,
    complaint_pb2,
    demand_pb2,
    directory_update_pb2,
    dispute_pb2,
    files_pb2,
    license_pb2,
    officer_pb2,
    seal_pb2,
    succession_pb2,
    work_pb2,
)
from tests.hub.test_watch import soon
from tests.seals.office import Office
from tests.world import CONSUMER, KEY, METHODS, OFFICER, PROVIDER, PURPOSE, Member, World
from work.model import GIVEN_UP_AFTER, Delivery
from work.store import DeliveryStore

NUMBER = "110105199001011005"
CASE = "办〔2026〕民政0001号"
REFUSED_AS = {"ID_NUMBER_IN_CLEAR", "SUBJECT_IN_CLEAR", "PERSONAL_DATA_IN_TEXT"}
IDENTIFIERS = """
    name etag page_token uscc department provider region region_prefix entry grant seal signer signers serial endpoint system systems resource
    resource_code license_type license_types code_type kid token mode masks derived_from serving_system subject_domain valid_from valid_to code field
    hosts steps follows dispose_date expected_date effect_date change_date
    hosts steps predecessors successors successor predecessor successor_system effective_date
    hosts steps into coordinator about_department
    hosts steps successor supersedes superseded_by objection
    begin_date end_date corrects sha256 waiting_question
"""
SHAPED = frozenset(IDENTIFIERS.split())
"""Identifiers with a shape of their own that a number does not have, or names of what the hub has."""
NAMES_OF_FIELDS = {"shuniu.v1.Field.name", "shuniu.v1.Field.code_list"}
"""The names of an entry's fields are the department's own words, and stand in the log."""
PERSONS = {
    "subject",
    "subject_key",
    "shuniu.v1.Field.mask",
    "shuniu.v1.Terms.fields",
    "shuniu.v1.Holder.title",
    "shuniu.v1.Holder.code",
    "shuniu.v1.License.fields",
}
"""Where a person is named by right: pseudonyms in the log, encrypted in the register."""
OUTPUT = {
    "shuniu.v1.Entry": {
        "pending_proposal",
        "record_source",
        "consent",
        "provider_title",
        "former_provider_titles",
        "change_reason",
        "change_basis",
        "name",
        "etag",
    },
    "shuniu.v1.DataRequest": {
        "pending_proposal",
        "consumer",
        "provider",
        "offered",
        "gaps",
        "supplements",
        "reason",
        "refusal_basis",
        "clock",
        "grant",
        "disposal_terms",
    },
    "shuniu.v1.Demand": {"filer", "assignee", "merged_into", "reason"},
    "shuniu.v1.Dispute": {
        "claimant",
        "respondent",
        "answer",
        "settlement",
        "proposer",
        "outcome",
        "consequence",
        "document_number",
        "reason",
        "clock",
    },
    "shuniu.v1.Complaint": {"filer", "assignee", "answer", "reason", "clock"},
    "shuniu.v1.DirectoryUpdate": {"filer", "provider", "reason", "clock", "extension"},
    "shuniu.v1.Objection": {
        "objector",
        "source",
        "outcome",
        "service_continues_notice",
        "clock",
        "appeal",
        "decision",
        "decision_officer",
        "withdrawal",
    },
    "shuniu.v1.License": {"identifier", "issuer", "issuer_title", "issue_date", "status_uri", "reason", "code", "link"},
    "shuniu.v1.Seal": {"pending_proposal", "es_id", "owner", "reason"},
    "shuniu.v1.Department": {"name", "etag", "reason", "successors", "predecessors"},
    "shuniu.v1.Succession": {"name", "etag", "officer", "reason", "missing", "pending_proposal"},
    "shuniu.v1.UseRecord": {"name", "department", "corrected_by"},
    "shuniu.v1.DeliveryTarget": {"name", "department", "fault"},
}
"""What the hub fills in; in a request it is ignored."""
READ_ONLY = {"SearchEntries", "WatchWork"}
"""A search of the public directory, and where a stream begins, are not stored anywhere."""

STREAMED = {"Stream", "Subscribe", "Download"}
"""Answers that come in parts pass no interceptor of single ones: `tests/exchange/test_streaming.py` and
`tests/files/test_download.py` try each text."""


def texts(message: Message, path: str = "") -> Iterator[tuple[str, Message, FieldDescriptor]]:
    """Yield every text field that is to be guarded: its path, the message that holds it, and its descriptor."""
    kind = message.DESCRIPTOR
    for field in cast("list[FieldDescriptor]", list(kind.fields)):
        if field.name in OUTPUT.get(kind.full_name, ()) or {field.name, field.full_name} & PERSONS:
            continue
        here = f"{path}{field.name}"
        if field.type == FieldDescriptor.TYPE_STRING:
            if field.full_name in NAMES_OF_FIELDS or field.name not in SHAPED:
                yield here, message, field
        elif field.message_type is not None and not field.message_type.GetOptions().map_entry and "google" not in field.message_type.full_name:
            inner = getattr(message, field.name)
            if field.is_repeated:
                for place, one in enumerate(inner):
                    yield from texts(one, f"{here}[{place}].")
            elif message.HasField(field.name):
                yield from texts(inner, f"{here}.")


class Prober(grpc.UnaryUnaryClientInterceptor):
    """Sends each request with a number in each of its texts before it sends the request itself."""

    def __init__(self) -> None:
        self.tried: set[tuple[str, str]] = set()
        self.let_through: list[str] = []

    def intercept_unary_unary(self, continuation: Any, details: Any, request: Any) -> Any:
        method = details.method.rpartition("/")[2]
        paths = [path for path, _, _ in texts(request)] if method not in READ_ONLY else []
        for path in paths:
            changed = type(request)()
            changed.CopyFrom(request)
            holder, field = next((holder, field) for here, holder, field in texts(changed) if here == path)
            if field.is_repeated:
                getattr(holder, field.name).append(NUMBER)
            else:
                setattr(holder, field.name, NUMBER)
            self.tried.add((method, path))
            answer = continuation(details, changed)
            if answer.code() is grpc.StatusCode.OK:
                self.let_through.append(f"{method} {path}")
                continue
            error = call_error(answer)
            if error.reason == "OFFICER_UNKNOWN" and path.endswith("officer") and error.message_zh and NUMBER not in str(error):
                continue  # no officer of a department that registered them has such a number
            if error.reason not in REFUSED_AS or error.code is not grpc.StatusCode.INVALID_ARGUMENT or not error.message_zh or NUMBER in str(error):
                self.let_through.append(f"{method} {path}: {error.reason} {error.message}")
        return continuation(details, request)


@pytest.fixture
def prober(monkeypatch: pytest.MonkeyPatch) -> Prober:
    found, real = Prober(), grpc.secure_channel
    monkeypatch.setattr(grpc, "secure_channel", lambda *args, **more: grpc.intercept_channel(real(*args, **more), found))
    return found


def test_no_text_of_any_rpc_takes_an_id_number(prober: Prober):
    with World() as world:
        for chapter in (directory, updates, filed, brokerage, waiting, demands, disputes, complaints, papers, people):
            try:
                chapter(world)
            finally:
                assert not prober.let_through, "\n".join(sorted(set(prober.let_through)))
        log = [record for record in world.records() if NUMBER in repr(record)]
    assert not log
    assert not unheard(prober)


def unheard(prober: Prober) -> list[str]:
    """Return the rpcs that have a text to guard, by descriptor, and that the story never called with it."""
    heard = {method for method, _ in prober.tried}
    missing = []
    for name, (path, method) in METHODS.items():
        names = {field.name for field in method.input_type.fields if field.type == FieldDescriptor.TYPE_STRING}
        if path.startswith("/shuniu.v1.") and names - SHAPED - PERSONS and name not in heard | READ_ONLY | STREAMED:
            missing.append(name)
    return missing


def directory(world: World) -> None:
    owner, ruler = world.member(PROVIDER), world.member("data")
    entry = world.usual_entry
    draft = owner.do("ReviseEntry", name=entry.name, etag=entry.etag, reason="补充信息项")
    changed = catalog_pb2.Entry()
    changed.CopyFrom(draft)
    changed.keywords.append("户籍")
    changed.purposes.append(PURPOSE)
    draft = owner.do("UpdateEntry", entry=changed)
    sent = owner.do("SubmitEntry", name=draft.name, etag=draft.etag, reason="修订", officer="GA-1")
    back = ruler.do("ReturnEntry", name=sent.name, etag=sent.etag, reason="请补充说明", officer="SJ-1")
    sent = owner.do("SubmitEntry", name=back.name, etag=back.etag, reason="修订", officer="GA-1")
    ruler.do("PublishEntry", name=sent.name, etag=sent.etag, officer="SJ-1")
    ruler.do("CreateRelease", request_id="release-1")
    other = world.entry()
    owner.do("WithdrawEntry", name=other.name, etag=other.etag, reason="停用", officer="GA-1")


def change_running_services(world: World, grant: Any) -> Any:
    """Propose the end of a grant, consult, file, send back, file again, admit it, and call it off: the grant goes on."""
    owner, consumer, ruler = world.member(PROVIDER), world.member(CONSUMER), world.member("data")
    change = owner.do("ProposeServiceChange", grant=grant.name, reason="业务系统下线", officer="GA-1")
    change = consumer.do("ReplyToServiceChange", name=change.name, etag=change.etag, agrees=False, statement="低保核对仍需使用", officer=OFFICER)
    day = f"{day_in_china(world.clock.now()) + timedelta(days=30)}"
    filing = {"effect_date": day, "reason": "已征求意见", "officer": "GA-1"}
    change = owner.do("FileServiceChange", name=change.name, etag=change.etag, **filing)
    change = ruler.do("ReturnServiceChange", name=change.name, etag=change.etag, reason="请附替代方案", officer="SJ-1")
    change = owner.do("FileServiceChange", name=change.name, etag=change.etag, **filing)
    change = ruler.do("AdmitServiceChange", name=change.name, etag=change.etag, effect_date=day, reason="同意", officer="SJ-1")
    owner.do("CallOffServiceChange", name=change.name, etag=change.etag, reason="系统继续运行", officer="GA-1")
    return owner.do("GetGrant", name=grant.name)


def waiting(world: World) -> None:
    away = world.member(PROVIDER, "away")  # it serves nowhere
    consumer = world.member(CONSUMER)
    until = Timestamp()
    until.FromDatetime(world.clock.now() + timedelta(hours=1))
    reply = consumer.query(world.grant(world.entry(away)), when_available_until=until)
    one = consumer.do("GetWaitingQuestion", name=reply.error.facts["waiting_question"])
    consumer.do("WithdrawQuestion", name=one.name, etag=one.etag, reason="办件已撤销", officer=OFFICER)


def brokerage(world: World) -> None:
    owner, consumer = world.member(PROVIDER), world.member(CONSUMER)
    grant = world.grant(fields=("id_number", "name"))
    assert consumer.query(grant, request_id="q-1").ok
    assert consumer.query(grant, request_id="q-2").ok
    asked: dict[str, Any] = {"purpose": PURPOSE, "case_number": CASE, "officer": OFFICER, "subject_key": KEY, "predicate": "is_known"}
    assert consumer.call("Check", grant=world.check_grant().name, request_id="q-3", **asked).ok
    wanted = consumer.do("GetDataRequest", name=grant.data_request)
    content = brokerage_pb2.DataRequest(
        entry=wanted.entry, legal_basis=wanted.legal_basis, scenario=wanted.scenario, scope=wanted.scope, asked=wanted.asked, officer=OFFICER
    )

    def ask() -> Any:
        made = consumer.do("CreateDataRequest", data_request=content, request_id=f"r-{world.number()}")
        return consumer.do("SubmitDataRequest", name=made.name, etag=made.etag)

    one = ask()
    one = owner.do("AskForMore", name=one.name, etag=one.etag, gaps=["缺少盖章件"], officer="GA-1")
    one = consumer.do("SupplementDataRequest", name=one.name, etag=one.etag, supplement="已补充")
    less = brokerage_pb2.Terms()
    less.CopyFrom(wanted.asked)
    less.period_days = 10
    said: dict[str, Any] = {"terms": less, "reason": "缩短期限", "disposal_terms": "删除后提供记录", "officer": "GA-1"}
    one = owner.do("ApproveDataRequest", name=one.name, etag=one.etag, **said)
    one = consumer.do("AcceptOffer", name=one.name, etag=one.etag)
    two = ask()
    owner.do(
        "RefuseDataRequest", name=two.name, etag=two.etag, reason="依法不予共享", legal_basis="《中华人民共和国数据安全法》第三十八条", officer="GA-1"
    )
    longer = ask()
    longer = owner.do("RequestExtension", name=longer.name, etag=longer.etag, working_days=3, reason="需逐户核验", officer="GA-1")
    world.member("data").do("AllowExtension", name=longer.name, etag=longer.etag, reason="情况属实", officer="SJ-1")
    shorter = ask()
    shorter = owner.do("RequestExtension", name=shorter.name, etag=shorter.etag, reason="需逐户核验", officer="GA-1")
    world.member("data").do("RefuseExtension", name=shorter.name, etag=shorter.etag, reason="可在时限内答复", officer="SJ-1")
    three = ask()
    consumer.do("WithdrawDataRequest", name=three.name, etag=three.etag, reason="不再需要")
    grant = owner.do("SuspendGrant", name=grant.name, etag=grant.etag, reason="核查", officer="GA-1")
    grant = owner.do("ResumeGrant", name=grant.name, etag=grant.etag, reason="核查无误", officer="GA-1")
    for ends in ("CorrectObjection", "DismissObjection", "WithdrawObjection"):
        filed = consumer.do(
            "FileObjection",
            request_id=f"o-{ends}",
            objection=brokerage_pb2.Objection(
                target=brokerage_pb2.OBJECTION_TARGET_FIELD,
                resource=grant.entry,
                subject_key=KEY,
                field="address",
                statement="住址有误",
                case_number=CASE,
                officer=OFFICER,
            ),
        )
        filed = owner.do("VerifyObjection", name=filed.name, etag=filed.etag, officer="GA-1")
        if ends == "WithdrawObjection":
            consumer.do(ends, name=filed.name, etag=filed.etag, reason="已自行核实", officer=OFFICER)
            continue
        filed = owner.do(ends, name=filed.name, etag=filed.etag, outcome="已核对", officer="GA-1")
        filed = consumer.do("AppealObjection", name=filed.name, etag=filed.etag, statement="仍有误", officer=OFFICER)
        if ends == "DismissObjection":
            world.member("data").do("UpholdObjection", name=filed.name, etag=filed.etag, reason="处理得当", officer="SJ-1")
            continue
        filed = world.member("data").do("OverturnObjection", name=filed.name, etag=filed.etag, reason="证据充分", officer="SJ-1")
        filed = owner.do(ends, name=filed.name, etag=filed.etag, outcome="已再次更正", officer="GA-1")
        consumer.do("ConfirmObjection", name=filed.name, etag=filed.etag)
    (notice,) = consumer.do("ListCorrectionNotices").correction_notices
    consumer.do("AcknowledgeCorrectionNotice", name=notice.name, etag=notice.etag, officer=OFFICER)
    grant = change_running_services(world, grant)
    end_of_grant(world, grant)


def end_of_grant(world: World, grant: Any) -> None:
    """Suspend a grant for misuse, have it mended, end it, and dispose of its data."""
    owner, consumer = world.member(PROVIDER), world.member(CONSUMER)
    misuse = {"ground": "SUSPENSION_GROUND_MISUSE", "mend_days": 5}
    grant = owner.do("SuspendGrant", name=grant.name, etag=grant.etag, reason="超出办理事项", officer="GA-1", **misuse)
    grant = consumer.do("ReportMending", name=grant.name, etag=grant.etag, statement="已整改", officer=OFFICER)
    grant = owner.do("RefuseMending", name=grant.name, etag=grant.etag, reason="未附证明", mend_days=5, officer="GA-1")
    late: dict[str, Any] = {"statement": "接口尚在改造", "expected_date": f"{day_in_china(world.clock.now())}", "officer": "GA-1"}
    assert owner.call("ExplainDelivery", name=grant.name, etag=grant.etag, **late).reason == "DELIVERY_NOT_LATE"
    today = f"{day_in_china(world.clock.now())}"
    used = {"grant": grant.name, "begin_date": today, "end_date": today, "scenario": "低保核对", "process": "逐件核对", "effect": "减少材料"}
    used = consumer.do("RecordUse", use_record={**used, "storage": "业务库", "destruction": "尚未销毁", "officer": OFFICER}, request_id="u-1")
    assert list(owner.do("InspectGrant", name=grant.name, reason="年度检查", officer="GA-01").use_records) == [used]
    grant = world.member("data").do("RevokeGrant", name=grant.name, etag=grant.etag, reason="期满", officer="SJ-1")
    kept = {"disposal_method": "DISPOSAL_METHOD_ARCHIVED_BY_LAW", "legal_basis": "《中华人民共和国档案法》第十三条"}
    kept |= {"statement": "已封存", "dispose_date": f"{day_in_china(world.clock.now())}", "officer": OFFICER}
    grant = consumer.do("RecordDisposal", name=grant.name, etag=grant.etag, **kept)
    grant = owner.do("ReturnDisposal", name=grant.name, etag=grant.etag, reason="请附封存记录", officer="GA-1")
    grant = consumer.do("RecordDisposal", name=grant.name, etag=grant.etag, **kept)
    owner.do("AcceptDisposal", name=grant.name, etag=grant.etag, officer="GA-1")


def demands(world: World) -> None:
    owner, consumer, ruler = world.member(PROVIDER), world.member(CONSUMER), world.member("data")

    def wish() -> Any:
        said = demand_pb2.Demand(
            title="居住证信息",
            description="签发与有效期",
            legal_basis="《居住证暂行条例》",
            scenario="入学核验",
            wished_fields=["证号"],
            officer=OFFICER,
        )
        return consumer.do("FileDemand", demand=said, request_id=f"d-{world.number()}")

    def assigned() -> Any:
        one = wish()
        return ruler.do("AssignDemand", name=one.name, etag=one.etag, department=owner.department, reason="掌握数据", officer="SJ-1")

    one = assigned()
    one = owner.do("DeclineDemand", name=one.name, etag=one.etag, reason="不掌握", officer="GA-1")
    ruler.do("MergeDemand", name=one.name, etag=one.etag, into=wish().name, reason="同一数据", officer="SJ-1")
    one = assigned()
    one = owner.do("AcceptDemand", name=one.name, etag=one.etag, officer="GA-1")
    owner.do("FulfilDemand", name=one.name, etag=one.etag, entry=world.usual_entry.name, officer="GA-1")
    one = wish()
    consumer.do("WithdrawDemand", name=one.name, etag=one.etag, reason="不再需要", officer=OFFICER)
    consumer.do("ListDemands", page_size=1)


def disputes(world: World) -> None:
    owner, consumer, ruler = world.member(PROVIDER), world.member(CONSUMER), world.member("data")
    wanted = consumer.do("GetDataRequest", name=world.grant(fields=("id_number", "name")).data_request)
    content = brokerage_pb2.DataRequest(
        entry=wanted.entry, legal_basis=wanted.legal_basis, scenario=wanted.scenario, scope=wanted.scope, asked=wanted.asked, officer=OFFICER
    )

    def opened() -> Any:
        made = consumer.do("CreateDataRequest", data_request=content, request_id=f"r-{world.number()}")
        made = consumer.do("SubmitDataRequest", name=made.name, etag=made.etag)
        owner.do("RefuseDataRequest", name=made.name, etag=made.etag, reason="依法不予共享", officer="GA-1")
        said = dispute_pb2.Dispute(resource=made.name, statement="拒绝理由不成立", officer=OFFICER)
        return consumer.do("OpenDispute", dispute=said, request_id=f"d-{world.number()}")

    one = opened()
    one = owner.do("AnswerDispute", name=one.name, etag=one.etag, answer="依法拒绝", officer="GA-1")
    one = owner.do("ProposeSettlement", name=one.name, etag=one.etag, settlement="提供两项", officer="GA-1")
    consumer.do("AgreeSettlement", name=one.name, etag=one.etag, officer=OFFICER)
    one = opened()
    one = consumer.do("EscalateDispute", name=one.name, etag=one.etag, reason="协商不成", officer=OFFICER)
    passed = ruler.call("PassDispute", name=one.name, etag=one.etag, coordinator=owner.department, reason="跨层级", officer="SJ-1")
    assert passed.reason == "NO_SUPERIOR"  # a party is no superior
    one = ruler.do("DecideDispute", name=one.name, etag=one.etag, outcome="应当提供", consequence="可重新申请", officer="SJ-1")
    one = owner.do("EscalateDispute", name=one.name, etag=one.etag, reason="不同意", officer="GA-1")
    said = {"document_number": "宁政函〔2026〕1号", "outcome": "应当提供", "consequence": "可重新申请"}
    ruler.do("RecordGovernmentDecision", name=one.name, etag=one.etag, officer="SJ-1", **said)
    one = opened()
    consumer.do("WithdrawDispute", name=one.name, etag=one.etag, reason="已协商", officer=OFFICER)
    consumer.do("ListDisputes", page_size=1)


def updates(world: World) -> None:
    owner, ruler = world.member(PROVIDER), world.member("data")
    named = {"term": "婚姻登记", "department": owner.department, "basis": "《三定规定》", "officer": "SJ-1"}
    source = ruler.do("AssignRecordSource", **named, request_id=f"s-{world.number()}")
    owner.do("ListRecordSources", term="婚姻登记", page_size=1)
    ruler.do("EndRecordSource", name=source.name, etag=source.etag, reason="职责调整", officer="SJ-1")

    def reported() -> Any:
        told = directory_update_pb2.DirectoryUpdate(
            entry=world.entry().name,
            change="登记项目增加一项",
            legal_basis="《户口登记条例》",
            change_date=f"{day_in_china(world.clock.now())}",
            officer="GA-1",
        )
        return owner.do("ReportDirectoryUpdate", directory_update=told, request_id=f"u-{world.number()}")

    for decide in ("AllowUpdateExtension", "RefuseUpdateExtension"):
        one = reported()
        one = owner.do("RequestUpdateExtension", name=one.name, etag=one.etag, reason="系统改造", officer="GA-1")
        ruler.do(decide, name=one.name, etag=one.etag, reason="情况属实", officer="SJ-1")
    one = reported()
    owner.do("WithdrawDirectoryUpdate", name=one.name, etag=one.etag, reason="误报", officer="GA-1")
    owner.do("ListDirectoryUpdates", page_size=1)
    owner.do("GetEntryHealth", name=world.usual_entry.name)
    owner.do("ListEntryHealth", entry=world.usual_entry.name, page_size=1)


def filed(world: World) -> None:
    owner, data = world.member(PROVIDER), f"id_number,name\n{KEY},王小明\n".encode()
    entry = world.entry()
    told = {"size_bytes": len(data), "sha256": hashlib.sha256(data).hexdigest(), "reason": "月度更新", "officer": "GA-1"}
    with patch("files.model.check_entry"), patch("files.actions.check_entry"):  # an entry without a system has other faults too when it is probed
        _file(world, owner, entry, data, told)


def _file(world: World, owner: Member, entry: Any, data: bytes, told: dict[str, Any]) -> None:
    one = owner.do("BeginUpload", entry=entry.name, format=files_pb2.DATA_FILE_FORMAT_CSV, **told, request_id=f"f-{world.number()}")
    one = owner.do("PutPart", name=one.name, etag=one.etag, data=data)
    one = owner.do("CommitUpload", name=one.name, etag=one.etag, officer="GA-1")
    owner.do("ListDataFiles", entry=entry.name, page_size=1)
    owner.do("DeleteDataFile", name=one.name, etag=one.etag, reason="数据有误", officer="GA-1")


def complaints(world: World) -> None:
    owner, consumer, ruler = world.member(PROVIDER), world.member(CONSUMER), world.member("data")

    def filed() -> Any:
        said = complaint_pb2.Complaint(
            statement="要求群众重复提交",
            channel=complaint_pb2.COMPLAINT_CHANNEL_LETTER,
            contact_reference="XF-2026-0042",
            case_number=CASE,
            officer=OFFICER,
        )
        return consumer.do("FileComplaint", complaint=said, request_id=f"c-{world.number()}")

    one = filed()
    ruler.do("ReturnComplaint", name=one.name, etag=one.etag, reason="请向信访部门反映", officer="SJ-1")
    one = filed()
    one = ruler.do("AcceptComplaint", name=one.name, etag=one.etag, department=owner.department, reason="掌握情况", officer="SJ-1")
    one = owner.do("AnswerComplaint", name=one.name, etag=one.etag, answer="已整改", officer="GA-1")
    consumer.do("CloseComplaint", name=one.name, etag=one.etag, officer=OFFICER)
    consumer.do("ListComplaints", page_size=1)


def papers(world: World) -> None:
    market, ruler = world.member("market-regulation"), world.member("data")
    key = Es256Signer(ec.generate_private_key(ec.SECP256R1()))
    (kind,) = [one for one in market.do("ListLicenseTypes").license_types if one.code == "11100000MB0143028R001"]
    issuing = market.do(
        "RegisterIssuingKey",
        public_key=key.public_der,
        license_types=[kind.code],
        proof=key.sign(issuing_key_proof(read_identity(market.folder).hub, market.department, [kind.code], key.public_der)),
        officer="SC-1",
    )
    (issuing,) = ruler.do("ListIssuingKeys").issuing_keys
    issuing = ruler.do("AdmitIssuingKey", name=issuing.name, etag=issuing.etag, officer="SJ-1")
    fields = {"KZ_FDDBR": "马建国", "KZ_ZCZB": "500", "KZ_CLRQ": "2020-05-06", "KZ_LX": "有限责任公司", "KZ_ZS": "银川市", "KZ_JYFW": "软件开发"}
    content = license_pb2.License(
        license_type=kind.code,
        number="92640104MA76TEST0K",
        holders=[license_pb2.Holder(title="银川某商行", code=world.member(CONSUMER).department, code_type="001")],
        fields=fields,
        kid=issuing.kid,
    )
    made = market.call("PrepareLicense", license=content, officer="SC-1", case_number=CASE, request_id="l-1")
    assert made.ok, made.message
    issued = market.do("IssueLicense", name=made.answer.name, etag=made.answer.etag, signature=key.sign(made.answer.to_be_signed), officer="SC-1")
    assert market.do("ListLicenses", number=content.number, license_type=kind.code).licenses
    market.do("GetLicense", name=issued.name, searcher="SC-01", reason="复核办件")
    held = market.do("SuspendLicense", name=issued.name, etag=issued.etag, reason="核查", officer="SC-1")
    back = market.do("ResumeLicense", name=held.name, etag=held.etag, reason="核查无误", officer="SC-1")
    trust = ruler.do("AddSealTrust", certificate=Office().ca, title="云南 CA", reason="跨省互认", officer="SJ-1")
    ruler.do("RemoveSealTrust", name=trust.name, reason="协议到期", officer="SJ-1")
    signer = sm2.generate()
    csr = x509.make_csr(signer, CertificateSubject("市监厅", "市监厅", market.department))
    certificate = market.do("IssueSignerCertificate", csr=csr, officer="SC-1")

    def seal() -> Any:
        wanted = seal_pb2.Seal(
            kind=seal_pb2.SEAL_KIND_LEGAL_NAME, title="银川市市场监督管理局", signers=[certificate.name], valid_to=certificate.not_after
        )
        return market.do("ApplySeal", seal=wanted, request_id=f"s-{world.number()}", officer="SC-1")

    refused = seal()
    ruler.do("RefuseSeal", name=refused.name, etag=refused.etag, reason="名称不符", officer="SJ-1")
    used = seal()
    used = ruler.do("MakeSeal", name=used.name, etag=used.etag, officer="SJ-1")
    used = market.do("ActivateSeal", name=used.name, etag=used.etag, officer="SC-1")
    market.do(
        "PrepareStamp",
        seal=used.name,
        signer=certificate.name,
        digest=sm2.sm3(issued.signed_bytes),
        property=issued.name,
        officer="SC-1",
        purpose="640000-SC-0001",
        case_number=CASE,
        request_id="p-1",
    )
    market.do("RevokeSeal", name=used.name, etag=used.etag, reason="更换", officer="SC-1")
    market.do("RevokeSignerCertificate", name=certificate.name, reason="更换", officer="SC-1")
    newer = market.do("PrepareLicense", license=content, officer="SC-1", case_number=CASE, request_id="l-2", supersedes=back.name)
    newer = market.do("IssueLicense", name=newer.name, etag=newer.etag, signature=key.sign(newer.to_be_signed), officer="SC-1")
    market.do("SupersedeLicense", name=back.name, etag=back.etag, successor=newer.name, reason="地址变更", officer="SC-1")
    (newer,) = market.do("ListLicenses", number=content.number, state=license_pb2.LICENSE_STATE_ISSUED).licenses
    market.do("RevokeLicense", name=newer.name, etag=newer.etag, reason="虚假材料", officer="SC-1")
    retired = market.do("RetireIssuingKey", name=issuing.name, etag=issuing.etag, reason="机构合并", officer="SC-1")
    market.do("RevokeIssuingKey", name=retired.name, etag=retired.etag, reason="更换", officer="SC-1")


def people(world: World) -> None:
    ruler, auditor = world.member("data"), world.auditor()
    departments(ruler, world.member(CONSUMER).department)
    auditor.do("CreateLoginLink", officer="SJT-1")
    auditor.do("SearchAuditRecords", officer=OFFICER, reason="年度审计", searcher="SJT-1", case_number=CASE)
    auditor.do("GetAuditRecord", index=0, searcher="SJT-1", reason="年度审计")
    about = [record.index for record in world.records(kind=Kind.INTENT) if record.pseudonym][:2]
    law = "《中华人民共和国个人信息保护法》第四十七条"
    for number, (step, index) in enumerate(zip(("Decline", "Confirm"), about, strict=True)):
        erasure = ruler.do("ProposeErasure", indexes=[index], legal_basis=law, reason="保存期限届满", officer="SJ-1", request_id=f"e-{number}")
        proposal = auditor.do("GetProposal", name=erasure.pending_proposal)
        told = {"name": proposal.name, "etag": proposal.etag, "reason": "已经核对", "officer": "SJT-1"}
        soon(lambda step=step, told=told: auditor.call(step, **told).ok)  # an erasure waits for the index of the log
    member = world.member(CONSUMER, "spare")
    for step, host in (("ApproveHosts", "data2.example"), ("RefuseHosts", "data3.example")):
        member.do("RequestHosts", hosts=[host], reason="迁移机房")
        ruler.do(step, name=member.name, reason="已经核对")
    (system,) = [one for one in member.do("ListSystems", department=member.department).systems if one.system == "spare"]
    ruler.do("RevokeCertificate", serial=system.certificates[0].serial, reason="停用")
    ruler.do("RevokeSystem", name=world.member(CONSUMER, "another").name, reason="停用")
    officers(world, ruler)


def officers(world: World, ruler: Member) -> None:
    by = world.member(CONSUMER)
    for rpc in ("ListWork", "ListNotices"):
        by.do(rpc, page_size=1)
    by.call("AcknowledgeWork", token="not a token")
    drafts = []
    for _ in range(2):
        terms = brokerage_pb2.Terms(fields=["id_number"], purposes=[PURPOSE], period_days=30, daily_calls=100, mode="query")
        asked = brokerage_pb2.DataRequest(
            entry=world.usual_entry.name, asked=terms, legal_basis="《社会救助暂行办法》第十一条", scenario="低保核对", scope="全区", officer=OFFICER
        )
        drafts.append(by.do("CreateDataRequest", data_request=asked))
    duties = [officer_pb2.DUTY_REQUESTS]
    lines = [
        officer_pb2.OfficerLine(number="P-1", display_name="周工", duties=[officer_pb2.DUTY_PEOPLE, officer_pb2.DUTY_LEAD]),
        officer_pb2.OfficerLine(number=OFFICER, display_name="王工", duties=duties),
    ]
    by.do("ImportOfficers", lines=lines, officer="P-1", request_id="o-1")
    by.do("CreateOfficer", number="W-9", display_name="赵工", duties=duties, officer="P-1", request_id="o-2")
    place = f"departments/{by.department}/officers"
    one = by.do("GetOfficer", name=f"{place}/W-9")
    mask = FieldMask(paths=["display_name"])
    one = by.do("UpdateOfficer", name=one.name, etag=one.etag, display_name="赵科长", update_mask=mask, officer="P-1", reason="职务变动")
    by.do("InviteOfficer", name=one.name, officer="P-1")
    by.do("DismissOfficer", name=one.name, etag=one.etag, officer="P-1", reason="调离")
    lead = by.do("GetOfficer", name=f"{place}/P-1")
    until = Timestamp()
    until.FromDatetime(world.clock.now() + timedelta(days=7))
    by.do("NameDeputy", name=lead.name, etag=lead.etag, deputy=OFFICER, until=until, officer="P-1", reason="休假")
    # A mandate is registered, and a step confirmed, by somebody who signed in; what a system writes is read all the same.
    by.call("CreateMandate", system=by.name, steps=["SubmitEntry"], expire_time=until, officer="P-1", reason="批量编目", request_id="o-3")
    caller = world.hub.roster.caller(by.department, "P-1", "passkey", world.clock.now())
    assert caller is not None
    path, _ = METHODS["CreateMandate"]
    wanted = world.hub.inside.requests[path](system=by.name, steps=["SubmitEntry"], expire_time=until, reason="批量编目")
    mandate = world.hub.inside.call(path, wanted, caller)
    by.do("RevokeMandate", name=mandate.name, etag=mandate.etag, officer="P-1", reason="不再需要")
    ruler.do("SetOfficerRegistration", department=by.department, officer="SJ-1", reason="按办法执行")
    for draft in drafts:
        shown = by.do("SubmitDataRequest", name=draft.name, etag=draft.etag, officer=OFFICER)
        proposal = by.do("GetProposal", name=shown.pending_proposal)
        by.call("Confirm", name=proposal.name, etag=proposal.etag, officer="P-1")
        by.call("Decline", name=proposal.name, etag=proposal.etag, officer="P-1", reason="另议")
        by.do("TakeBack", name=proposal.name, etag=proposal.etag, officer=OFFICER, reason="另议")
    deliveries(world, world.member(CONSUMER))


def deliveries(world: World, by: Member) -> None:
    for number, host in enumerate(("localhost", "127.0.0.1")):
        target = by.do("SetDeliveryTarget", target=work_pb2.DeliveryTarget(webhook=f"https://{host}:4711/"), officer="P-1", request_id=f"t-{number}")
    with world.hub.db.begin() as tx:
        at = world.clock.now()
        one = Delivery(
            id=Ids().new(at), target=target.name.partition("/")[2], department=by.department, about="work/1", content={}, create_time=at, next_time=at
        )
        DeliveryStore(tx).insert([one])
        DeliveryStore(tx).failed(one.target, [one.id], at + GIVEN_UP_AFTER, "TIMEOUT")
    (letter,) = by.do("ListDeadLetters").letters
    by.do("RetryDelivery", name=letter.name, officer="P-1")
    spare = by.do("SetDeliveryTarget", target=work_pb2.DeliveryTarget(webhook="https://localhost:4712/"), officer="P-1")
    by.do("RemoveDeliveryTarget", name=spare.name, officer="P-1")


def departments(ruler: Member, uscc: str) -> None:
    told = ruler.do("GetDepartment", name=f"departments/{uscc}")
    told.short_title, mask = "民政", FieldMask(paths=["title", "short_title"])
    told = ruler.do("UpdateDepartment", department=told, update_mask=mask, reason="机构改革", officer="SJ-1")
    for step in ("DisableDepartment", "EnableDepartment"):
        told = ruler.do(step, name=told.name, etag=told.etag, reason="机构改革", officer="SJ-1")
    for short in ("民政", ""):
        renamed = succession_pb2.Succession(
            kind=succession_pb2.SUCCESSION_KIND_RENAME,
            predecessors=[uscc],
            effective_date="2099-01-01",
            basis="机构改革方案",
            title="自治区民政厅",
            short_title=short,
        )
        planned = ruler.do("CreateSuccession", succession=renamed, officer="SJ-1", request_id=f"succession-{short}")
        planned = ruler.do("ConfirmSuccession", name=planned.name, etag=planned.etag, officer="SJ-2")
        ruler.do("CallOffSuccession", name=planned.name, etag=planned.etag, officer="SJ-1", reason="方案调整")
