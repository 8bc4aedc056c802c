"""By which rpc each step of each procedure is taken, under which clock, by which article: what docs/procedures.md says beside the rules.

The rules themselves stand elsewhere: who and what next in the procedures, ports, duties and second persons in `hub.access`, the clocks' days in
`timing/clocks.toml`. A test walks every step of every procedure against this table; a step that is missing here fails it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from hub.access import ACCESS, DUTIES, Second


@dataclass(frozen=True, slots=True)
class Way:
    """How a step is taken: by one of `rpcs` (none where the hub takes it), within `clock` (an id of timing/clocks.toml), by `article`.

    Articles are those of Decree 809 (政务数据共享条例) unless they name another text; where the law says nothing, there is none.
    """

    rpcs: tuple[str, ...] = ()
    clock: str = ""
    article: str = ""

    @property
    def duties(self) -> str:
        """Return which duties an officer may take the step by, as the page shows them."""
        return ", ".join(sorted({DUTIES[one].en for path in self.paths for one in ACCESS[path].duties}))

    @property
    def second(self) -> str:
        """Return whose consent the step needs besides, with the article that asks for it."""
        rows = [ACCESS[path].second for path in self.paths]
        return ", ".join(dict.fromkeys(_consent(one) for one in rows if one is not None))

    @property
    def paths(self) -> tuple[str, ...]:
        """Return the paths of the rpcs, as the access table spells them."""
        return tuple(path for path in ACCESS if path.rpartition("/")[2] in self.rpcs)


def _consent(second: Second) -> str:
    duties = ", ".join(sorted(DUTIES[one].en for one in second.duties))
    return f"{duties}{' of another department' if second.role else ''}{f' ({second.article})' if second.article else ''}"


def _ways(thing: str, **rows: tuple[str, str, str] | str) -> dict[tuple[str, str], Way]:
    found = {}
    for step, row in rows.items():
        rpcs, clock, article = (row, "", "") if isinstance(row, str) else row
        found[thing, step.rstrip("_")] = Way(tuple(rpcs.split()), clock, article)
    return found


WAYS: Final[Mapping[tuple[str, str], Way]] = {
    **_ways(
        "data file",
        put="PutPart",
        accept="CommitUpload",
        refuse="CommitUpload",
        delete="DeleteDataFile",
        replace="",
        erase="",
        succeed="",
    ),
    **_ways(
        "waiting question",
        wake="",
        miss="",
        answer="",
        refuse="",
        expire="",
        withdraw="WithdrawQuestion",
        end="",
    ),
    **_ways(
        "directory entry",
        update="UpdateEntry",
        submit=("SubmitEntry", "", "第十三条"),
        return_=("ReturnEntry", "directory-review", "第十七条"),
        publish=("PublishEntry", "directory-review", "第十六条、第十七条"),
        revise=("ReviseEntry", "", "第十七条"),
        supersede="",
        withdraw=("WithdrawEntry", "", "第十七条、第二十七条"),
    ),
    **_ways(
        "directory update",
        request_extension=("RequestUpdateExtension", "directory-update", "第十七条"),
        allow_extension=("AllowUpdateExtension", "directory-update", "第十七条"),
        refuse_extension=("RefuseUpdateExtension", "directory-update", "第十七条"),
        fulfil=("", "directory-update", "第十七条"),
        withdraw="WithdrawDirectoryUpdate",
        end="",
    ),
    **_ways("record source", end=("EndRecordSource", "", "第十九条"), replace=("", "", "第十九条"), succeed="", lapse=""),
    **_ways(
        "data request",
        submit=("SubmitDataRequest", "", "第二十条"),
        ask_for_more=("AskForMore", "answer-conditional", "第二十一条"),
        supplement=("SupplementDataRequest", "", "第二十一条"),
        approve=("ApproveDataRequest", "answer-conditional", "第二十条、第二十一条"),
        offer=("ApproveDataRequest", "answer-conditional", "第二十条、第二十一条"),
        accept="AcceptOffer",
        refuse=("RefuseDataRequest", "answer-conditional", "第二十一条"),
        request_extension=("RequestExtension", "answer-conditional", "第二十一条"),
        allow_extension=("AllowExtension", "answer-conditional", "第二十一条"),
        refuse_extension=("RefuseExtension", "answer-conditional", "第二十一条"),
        withdraw="WithdrawDataRequest",
        run_out=("", "answer-conditional", "第二十一条"),
        end="",
    ),
    **_ways(
        "grant",
        suspend=("SuspendGrant", "", "第二十七条"),
        resume=("ResumeGrant", "", "第二十七条"),
        revoke=("RevokeGrant", "", "第二十七条"),
        report_mending=("ReportMending", "", "第二十七条"),
        refuse_mending=("RefuseMending", "", "第二十七条"),
        amend=("", "", "第二十五条"),
        renew="",
        explain_delivery=("ExplainDelivery", "delivery", "第二十二条"),
        end=("", "", "第二十七条"),
    ),
    **_ways(
        "change of a running service",
        reply=("ReplyToServiceChange", "", "第二十七条"),
        file=("FileServiceChange", "", "第二十七条"),
        admit=("AdmitServiceChange", "", "第二十七条"),
        return_=("ReturnServiceChange", "", "第二十七条"),
        call_off=("CallOffServiceChange", "", "第二十七条"),
        take_effect=("", "", "第二十七条"),
    ),
    **_ways(
        "objection",
        verify=("VerifyObjection", "verify-objection", "第二十六条"),
        correct=("CorrectObjection", "verify-objection", "第二十六条"),
        dismiss=("DismissObjection", "verify-objection", "第二十六条"),
        confirm=("ConfirmObjection", "", "第二十六条"),
        withdraw="WithdrawObjection",
        appeal=("AppealObjection", "", "第二十六条"),
        uphold=("UpholdObjection", "", "第二十六条"),
        overturn=("OverturnObjection", "", "第二十六条"),
        end="",
    ),
    **_ways("correction notice", acknowledge=("AcknowledgeCorrectionNotice", "", "第二十六条"), send_again=("", "", "第二十六条")),
    **_ways(
        "disposal",
        record=("RecordDisposal", "", "第二十七条"),
        accept=("AcceptDisposal", "", "第二十七条"),
        send_back=("ReturnDisposal", "", "第二十七条"),
    ),
    **_ways(
        "demand",
        assign=("AssignDemand", "", "第二十条"),
        accept=("AcceptDemand", "", "第二十条"),
        decline=("DeclineDemand", "", "第二十条"),
        merge=("MergeDemand", "", "第二十条"),
        fulfil=("FulfilDemand", "", "第二十条"),
        withdraw="WithdrawDemand",
        release="",
        end="",
    ),
    **_ways(
        "dispute",
        answer=("AnswerDispute", "consult-dispute", "第二十八条"),
        propose=("ProposeSettlement", "consult-dispute", "第二十八条"),
        agree=("AgreeSettlement", "consult-dispute", "第二十八条"),
        escalate=("EscalateDispute", "", "第二十八条"),
        hand_over=("PassDispute", "coordinate-dispute", "第二十八条"),
        decide=("DecideDispute", "coordinate-dispute", "第二十八条"),
        record=("RecordGovernmentDecision", "", "第二十八条"),
        withdraw="WithdrawDispute",
        end="",
    ),
    **_ways(
        "complaint",
        accept=("AcceptComplaint", "answer-complaint", "第三十七条"),
        answer=("AnswerComplaint", "answer-complaint", "第三十七条"),
        close=("CloseComplaint", "answer-complaint", "第三十七条"),
        return_=("ReturnComplaint", "answer-complaint", "第三十七条"),
        release="",
        end="",
    ),
    **_ways(
        "license",
        issue="IssueLicense",
        stamp="AttachStamp",
        suspend="SuspendLicense",
        resume="ResumeLicense",
        revoke="RevokeLicense",
        supersede=("SupersedeLicense CorrectObjection", "", "第二十六条"),
    ),
    **_ways("issuing key", admit="AdmitIssuingKey", revoke="RevokeIssuingKey", retire="RetireIssuingKey"),
    **_ways("seal", make="MakeSeal", refuse="RefuseSeal", activate="ActivateSeal", revoke="RevokeSeal"),
    **_ways("stamp", complete="CompleteStamp"),
    **_ways("signer certificate", revoke="RevokeSignerCertificate"),
    **_ways("erasure", confirm="Confirm", refuse="Decline"),
    **_ways("certificate", revoke="RevokeCertificate RevokeSystem"),
    **_ways("host of a system", approve="ApproveHosts", refuse="RefuseHosts"),
    **_ways("department", update="UpdateDepartment", disable="DisableDepartment", enable="EnableDepartment", succeed="", close=""),
    **_ways("officer", update="UpdateOfficer", name_deputy="NameDeputy", invite="InviteOfficer", dismiss="DismissOfficer"),
    **_ways("mandate", revoke="RevokeMandate"),
    **_ways("proposal", confirm="Confirm", decline="Decline", take_back="TakeBack", void="", expire=""),
    **_ways("succession", confirm="ConfirmSuccession", call_off="CallOffSuccession", take_effect=""),
}
