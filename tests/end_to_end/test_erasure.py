"""Through both doors: an access is made, its receipt kept; the authority proposes, the auditor confirms; the receipt goes on verifying."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from grpc import StatusCode

from audit.model import Kind
from cli.command import shuniu
from shuniu.proofs.offline import verify_directory
from shuniu.proofs.proof import verify_inclusion
from tests.hub.test_watch import soon
from tests.world import AUDITOR, AUTHORITY, CASE, CONSUMER, KEY, Member, World

BASIS = "(2026)宁01民初17号判决"


@pytest.fixture(scope="module")
def world() -> Iterator[World]:
    with World() as one:
        yield one


def audit(*args: object, typed: str | None = None) -> Result:
    return CliRunner().invoke(shuniu, ["audit", *map(str, args)], input=typed)


def facts(result: Result) -> Any:
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


def test_what_an_access_says_is_erased_and_its_receipt_goes_on_verifying(world: World, tmp_path: Path):
    reply = world.member(CONSUMER).query(world.grant())
    assert reply.ok
    index, leaf = reply.index, reply.trailers["shuniu-log-leaf-bin"]
    authority, auditor = world.member(AUTHORITY), world.auditor()
    proposed = authority.do(
        "ProposeErasure", subject=KEY, subject_domain="cn-id", legal_basis=BASIS, reason="法院判决", officer="SJ-0003", request_id="e-1"
    )
    assert (proposed.legal_basis, len(proposed.records), proposed.young) == (BASIS, len(proposed.indexes), len(proposed.indexes))
    assert index in proposed.indexes
    assert KEY.encode() not in proposed.SerializeToString()
    assert CASE.encode() not in proposed.SerializeToString()  # what a record says is not shown

    waiting = auditor.do("GetProposal", name=proposed.pending_proposal)
    assert (waiting.resource, waiting.proposer, waiting.department) == (proposed.name, "SJ-0003", authority.department)
    assert KEY not in waiting.request_json
    assert [one.name for one in auditor.do("ListProposals").proposals] == [waiting.name]
    (work,) = [one for one in auditor.do("ListWork").work if one.resource == waiting.name]
    assert (work.step, auditor.do("GetErasure", name=proposed.name).pending_proposal) == ("WorkService/Confirm", waiting.name)

    def confirm(by: Member = auditor, officer: str = "SJT-0009", reason: str = "已核对判决书") -> Any:
        return by.call("Confirm", name=waiting.name, etag=waiting.etag, reason=reason, officer=officer)

    assert confirm(authority, "B-1").code is StatusCode.PERMISSION_DENIED
    assert confirm(world.member(CONSUMER)).code is StatusCode.NOT_FOUND
    assert confirm(officer="sj-0003").reason == "NOT_ANOTHER_PERSON"
    assert confirm(reason="").code is StatusCode.INVALID_ARGUMENT
    assert soon(lambda: confirm().ok or auditor.do("GetErasure", name=proposed.name).state == 2) < 5  # the index is a second behind
    done = auditor.do("GetErasure", name=proposed.name)
    assert done.erasure_index >= 0

    erased = [one for one in world.records() if one.erased]
    assert {one.index for one in erased} == set(proposed.indexes)
    (record,) = world.records(done.erasure_index, Kind.ERASURE)
    assert (record.detail["legal_basis"], record.actor.officer, record.other) == (BASIS, "SJT-0009", authority.department)

    proof = soon_covered(world, auditor, done.erasure_index, index)
    assert proof.leaf_hash == leaf
    verify_inclusion(leaf, index, proof.size, list(proof.proof), proof.root)  # type: ignore[arg-type]
    assert verify_directory(world.hub.publisher.directory, str(world.hub.publisher.vkey)).ok


def soon_covered(world: World, auditor: Member, upto: int, index: int) -> Any:
    assert soon(lambda: auditor.call("GetInclusionProof", index=upto).ok) < 5
    return auditor.do("GetInclusionProof", index=index)


def test_the_commands_propose_show_refuse_and_confirm(world: World, tmp_path: Path):
    reply = world.member(CONSUMER).query(world.grant())
    authority, auditor = world.member(AUTHORITY).folder, world.auditor().folder
    said = ("--legal-basis", BASIS, "--reason", "法院判决", "--officer", "SJ-0003", "--json", "--identity", authority)
    number = tmp_path / "number"
    number.write_text(KEY + "\n", encoding="utf-8")

    first = facts(audit("propose-erasure", "--index", reply.index, *said))
    assert (first["state"], str(reply.index) in first["indexes"]) == ("ERASURE_STATE_PROPOSED", True)
    second = facts(audit("propose-erasure", "--subject-file", number, *said))
    third = facts(audit("propose-erasure", "--subject-file", "-", *said, typed=KEY))
    assert set(first["indexes"]) < set(second["indexes"]) < set(third["indexes"])
    neither = audit("propose-erasure", *said)
    assert (neither.exit_code, "NO_RECORDS_NAMED" in neither.output) == (2, True)

    decide = ("--identity", auditor, "--reason", "已核对判决书", "--officer", "SJT-0009")
    assert "已驳回 refused" in audit("refuse-erasure", first["name"], *decide).stdout
    assert soon(lambda: audit("confirm-erasure", second["name"], *decide).exit_code == 0 or shown(auditor, second["name"]) == 2) < 5
    lines = audit("erasures", second["name"], "--identity", auditor).stdout
    assert f"法律依据 legal ground: {BASIS}" in lines
    assert "已删除，记入第" in lines
    assert lines.count("（部门填报，未经核验 as its department states）") == 2  # who proposed it and who decided
    listed = facts(audit("erasures", "--identity", auditor, "--json"))
    states = {one["name"]: one["state"] for one in listed}
    assert (states[first["name"]], states[second["name"]]) == ("ERASURE_STATE_REFUSED", "ERASURE_STATE_CONFIRMED")
    late = audit("confirm-erasure", third["name"], *decide)
    assert (late.exit_code, "PROPOSAL_VOID" in late.output) == (1, True)
    assert "ALREADY_ERASED" in audit("erasures", third["name"], "--identity", auditor).stdout
    again = audit("confirm-erasure", third["name"], *decide)
    assert (again.exit_code, "NOTHING_WAITS" in again.output) == (2, True)


def shown(folder: Path, name: str) -> int:
    return {"ERASURE_STATE_CONFIRMED": 2}.get(facts(audit("erasures", name, "--identity", folder, "--json"))["state"], 0)


@pytest.mark.parametrize("rpc", ["GetErasure", "ListErasures", "ProposeErasure"])
def test_a_member_takes_no_part(world: World, rpc: str):
    assert world.member(CONSUMER).call(rpc).code is StatusCode.PERMISSION_DENIED


def test_the_parts_are_of_two_departments(world: World):
    assert world.member(AUDITOR, roles=("auditor",)).call("ProposeErasure").code is StatusCode.PERMISSION_DENIED
