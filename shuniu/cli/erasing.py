"""What the log says of a person is erased from a member's machine: the authority proposes, an auditor of another department decides."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timezone
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from shuniu.cli.options import identity_of, officer_of
from shuniu.cli.output import plain, print_json
from shuniu.cli.reasons import INDEXES_OR_SUBJECT, NOTHING_WAITS
from shuniu.zone import in_beijing

if TYPE_CHECKING:
    from shuniu.v1.audit_pb2 import Erasure

_PROPOSED: Final = 1
_STATES: Final = {_PROPOSED: "已提议 proposed", 2: "已确认 confirmed", 3: "已驳回 refused", 4: "已过期 expired"}
_identity = identity_of()
_officer = officer_of("经办人 the officer in charge.")
_json = click.option("--json", "as_json", is_flag=True, help="供程序读取 one line of JSON for programs.")


@click.command("propose-erasure")
@_identity
@click.option("--index", "indexes", type=click.IntRange(min=0), multiple=True, help="记录序号，可重复 index of a record; may be repeated.")
@click.option("--subject-file", type=click.File("r"), help="号码所在文件，- 为标准输入 a file with the person's number; - for standard input.")
@click.option("--domain", default="cn-id", show_default=True, help="号码类型 what kind of number it is: cn-id or uscc.")
@click.option("--legal-basis", required=True, help="删除的法律依据 the law or judgement that asks for it.")
@click.option("--reason", required=True, help="理由 why; written to the log.")
@_officer
@click.option("--request-id", default="", help="请求编号 tells one request from the next.")
@_json
def propose_erasure(
    *,
    identity: Path,
    indexes: tuple[int, ...],
    subject_file: Any,
    domain: str,
    legal_basis: str,
    reason: str,
    officer: str,
    request_id: str,
    as_json: bool,
) -> None:
    """提议删除记录内容 Propose to erase what records say of a person (authority).

    Nothing is erased before an auditor of another department confirms. The number is read from a file, because an argument shows in the list
    of processes.
    """
    if bool(indexes) == (subject_file is not None):
        raise INDEXES_OR_SUBJECT()
    number = subject_file.read(256).strip() if subject_file is not None else ""
    request = _messages().ProposeErasureRequest(
        indexes=indexes,
        subject=number,
        subject_domain=domain if number else "",
        legal_basis=legal_basis,
        reason=reason,
        officer=officer,
        request_id=request_id,
    )
    _show(_call(identity, lambda hub: hub.audit.ProposeErasure(request)), as_json=as_json)


@click.command("confirm-erasure")
@click.argument("name", metavar="erasures/ID")
@_identity
@click.option("--reason", required=True, help="理由 why; written to the log.")
@_officer
@_json
def confirm_erasure(*, name: str, identity: Path, reason: str, officer: str, as_json: bool) -> None:
    """确认删除 Erase what was proposed (auditor of another department, another person). It cannot be undone; look at `audit erasures NAME` first."""
    _decide("Confirm", name, identity, reason, officer, as_json=as_json)


@click.command("refuse-erasure")
@click.argument("name", metavar="erasures/ID")
@_identity
@click.option("--reason", required=True, help="理由 why; written to the log.")
@_officer
@_json
def refuse_erasure(*, name: str, identity: Path, reason: str, officer: str, as_json: bool) -> None:
    """驳回删除提议 Refuse a proposal (auditor of another department, another person); nothing is erased."""
    _decide("Decline", name, identity, reason, officer, as_json=as_json)


@click.command("erasures")
@click.argument("name", required=False, metavar="[erasures/ID]")
@_identity
@_json
def erasures(*, name: str | None, identity: Path, as_json: bool) -> None:
    """查看删除提议 Show the proposals, or one with its records: index, time, kind and departments, never what they say."""
    pb = _messages()
    if name is not None:
        _show(_call(identity, lambda hub: hub.audit.GetErasure(pb.GetErasureRequest(name=name))), as_json=as_json)
        return
    found: list[Erasure] = []
    token = ""
    while True:
        request = pb.ListErasuresRequest(page_size=200, page_token=token)
        page = _call(identity, lambda hub, request=request: hub.audit.ListErasures(request))  # type: ignore[misc]
        found += page.erasures
        if not (token := page.next_page_token):
            break
    if as_json:
        print_json([_facts(one) for one in found])
        return
    for one in found:
        click.echo(f"{plain(one.name)}  {_STATES[one.state]}  {len(one.indexes)} 条 records  {plain(one.legal_basis)}")


def _decide(rpc: str, name: str, identity: Path, reason: str, officer: str, *, as_json: bool) -> None:
    pb, work = _messages(), import_module("shuniu.v1.work_pb2")

    def act(hub: Any) -> Erasure:
        found = hub.audit.GetErasure(pb.GetErasureRequest(name=name))
        if not found.pending_proposal:
            raise NOTHING_WAITS(name=name, state=_STATES[found.state])
        waiting = hub.work.GetProposal(work.GetProposalRequest(name=found.pending_proposal))
        getattr(hub.work, rpc)(getattr(work, f"{rpc}Request")(name=waiting.name, etag=waiting.etag, reason=reason, officer=officer))
        done: Erasure = hub.audit.GetErasure(pb.GetErasureRequest(name=name))
        return done

    _show(_call(identity, act), as_json=as_json)


def _call(identity: Path, act: Callable[[Any], Any]) -> Any:
    # gRPC is loaded here: `audit verify` of a copy needs none.
    address = import_module("shuniu.cli.department").members_address(identity)
    with import_module("shuniu").connect(address, identity) as hub:
        return act(hub)


def _messages() -> Any:
    return import_module("shuniu.v1.audit_pb2")


def _facts(one: Erasure) -> dict[str, Any]:
    told = import_module("google.protobuf.json_format")
    facts: dict[str, Any] = told.MessageToDict(one, preserving_proto_field_name=True)
    return facts


def _show(one: Erasure, *, as_json: bool) -> None:
    if as_json:
        print_json(_facts(one))
        return
    click.echo("\n".join(_lines(one)))


def _lines(one: Erasure) -> Iterator[str]:
    yield f"{plain(one.name)}: {_STATES[one.state]}"
    yield f"  法律依据 legal ground: {plain(one.legal_basis)}"
    yield f"  提议 proposed by: {plain(one.proposer)} {_stated(one.officer)}: {plain(one.reason)}"
    yield f"  记录 records: {len(one.records)}，其中不满三年 younger than three years: {one.young}"
    for record in one.records:
        other = f" -> {plain(record.other_department)}" if record.other_department else ""
        yield f"    {record.index}  {in_beijing(record.time.ToDatetime(timezone.utc))}  {plain(record.kind)}  {plain(record.department)}{other}"
    if one.decider:
        yield f"  决定 decided by: {plain(one.decider)} {_stated(one.decide_officer)}: {plain(one.decide_reason)}"
    if one.erasure_index >= 0:
        yield f"  已删除，记入第{one.erasure_index}条记录 erased, by record {one.erasure_index}"
    elif one.state == _PROPOSED:
        yield f"  待确认事项 waits as: {plain(one.pending_proposal)}"
        yield f"  可决定至 may be decided until: {in_beijing(one.expire_time.ToDatetime(timezone.utc))}"


def _stated(officer: str) -> str:
    """Return an officer's name with what it rests on: nothing proves it."""
    return f"{plain(officer)}（部门填报，未经核验 as its department states）" if officer else ""


COMMANDS: Final = (propose_erasure, confirm_erasure, refuse_erasure, erasures)
