"""A stamp through the doors of a hub: what an owner can do past the register, and what years later is left of a stamp that the hub received."""

import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from seals import x509
from seals.writing import assemble_signature, to_be_signed
from shuniu import sm2
from shuniu.seals.names import CertificateSubject
from shuniu.v1 import seal_pb2 as pb
from tests.cli.processes import run
from tests.seals.office import ORIGINAL, Office
from tests.world import OTHER, World

DOCUMENT = "结婚证".encode()
USE = {"officer": "SC-1", "purpose": "640000-SC-0001", "case_number": "办〔2026〕市监0456号", "property": "papers/1"}


@pytest.fixture(scope="module")
def world() -> Iterator[World]:
    with World() as one:
        yield one


class Owner:
    """A department with a seal in use, its key, and everything that it could do without the hub."""

    def __init__(self, world: World, days: int = 30) -> None:
        self.world, self.market, self.key = world, world.member(OTHER), sm2.generate()
        ruler = world.member("data")
        csr = x509.make_csr(self.key, CertificateSubject("x"))
        self.certificate = self.market.do("IssueSignerCertificate", csr=csr, officer="SC-1")
        wanted = pb.Seal(kind=pb.SEAL_KIND_LEGAL_NAME, title="银川市市场监督管理局", signers=[self.certificate.name])
        wanted.valid_to.FromDatetime(world.clock.now() + timedelta(days=days))
        made = self.market.do("ApplySeal", seal=wanted, request_id=f"s-{world.number()}", officer="SC-1")
        made = ruler.do("MakeSeal", name=made.name, etag=made.etag, officer="SJ-1")
        self.seal = self.market.do("ActivateSeal", name=made.name, etag=made.etag, officer="SC-1")

    def recorded(self) -> Any:
        asked = {"seal": self.seal.name, "signer": self.certificate.name, "digest": sm2.sm3(DOCUMENT), "request_id": f"p-{self.world.number()}"}
        stamp = self.market.do("PrepareStamp", **asked, **USE)
        return self.market.do("CompleteStamp", name=stamp.name, etag=stamp.etag, signature=self.key.sign(stamp.to_be_signed))

    def past_the_hub(self) -> bytes:
        statement = to_be_signed(self.seal.seal, self.world.clock.now(), sm2.sm3(DOCUMENT), "papers/2")
        return assemble_signature(statement, self.certificate.certificate, self.key.sign(statement))


def verified(world: World, folder: Path, signature: bytes, *options: str) -> tuple[int, dict[str, Any]]:
    """Verify by the command, as a stranger at the public port."""
    for name, data in (("signature.der", signature), ("paper", DOCUMENT), ("ca.pem", world.ca)):
        (folder / name).write_bytes(data)
    places = ("--hub", world.addresses["public"], "--ca", folder / "ca.pem")
    done = run("verify-stamp", folder / "signature.der", folder / "paper", *places, *options, "--json")
    return done.returncode, json.loads(done.stdout)


def test_a_stamp_that_the_hub_recorded_is_valid_and_one_past_it_is_indeterminate(world, tmp_path):
    owner = Owner(world)
    stamp = owner.recorded()
    exit_code, said = verified(world, tmp_path, stamp.signature)
    assert (exit_code, said["result"], said["reason"], said["stamp"]) == (0, "VALID", "OK", stamp.name)
    exit_code, said = verified(world, tmp_path, owner.past_the_hub())
    assert (exit_code, said["result"], said["reason"], said["stamp"]) == (3, "INDETERMINATE", "USE_NOT_RECORDED", "")
    assert [step["step"] for step in said["steps"] if step["result"] != "VALID"] == ["registry.use"]


def test_three_years_later_only_the_stamp_that_the_hub_received_was_valid_when_signed(world, tmp_path):
    owner = Owner(world)
    stamp, unseen = owner.recorded(), owner.past_the_hub()
    later = (world.clock.now() + timedelta(days=3 * 365)).isoformat()
    exit_code, said = verified(world, tmp_path, stamp.signature, "--at", later)
    assert (exit_code, said["result"], said["reason"]) == (4, "VALID_WHEN_SIGNED", "SEAL_EXPIRED_SINCE")
    exit_code, said = verified(world, tmp_path, unseen, "--at", later)
    assert (exit_code, said["result"]) == (3, "INDETERMINATE")


def test_a_stamp_on_another_document_is_invalid_in_words_for_people(world, tmp_path):
    owner = Owner(world)
    stamp = owner.recorded()
    for name, data in (("signature.der", stamp.signature), ("paper", b"another"), ("ca.pem", world.ca)):
        (tmp_path / name).write_bytes(data)
    done = run("verify-stamp", tmp_path / "signature.der", tmp_path / "paper", "--hub", world.addresses["public"], "--ca", tmp_path / "ca.pem")
    assert done.returncode == 1
    assert "无效 INVALID" in done.stdout
    assert "data_hash [DATA_HASH] 原文杂凑值不符" in done.stdout
    assert stamp.name in done.stdout


FOREIGN = Office()
FOREIGN_SEAL = FOREIGN.seal()
FOREIGN_STAMP = FOREIGN.signature(FOREIGN_SEAL)


def files(folder: Path, **contents: bytes) -> dict[str, Path]:
    for name, data in contents.items():
        (folder / name).write_bytes(data)
    return {name: folder / name for name in contents}


def seal(*arguments: object) -> tuple[int, Any]:
    done = run("seal", *arguments, "--json")
    return done.returncode, json.loads(done.stdout) if done.stdout else done.stderr


def reasons(said: dict[str, Any]) -> dict[str, str]:
    return {step["step"]: step["reason"] for step in said["steps"] if step["result"] != "VALID"}


def test_seals_and_stamps_are_verified_from_the_shell_online_and_offline(world, tmp_path):
    owner = Owner(world)
    at = files(tmp_path, seal=owner.seal.seal, stamp=owner.recorded().signature, paper=DOCUMENT, ca=world.ca)
    online = ("--hub", world.addresses["public"], "--ca", at["ca"])
    assert seal("verify", at["seal"], *online)[1]["result"] == "VALID"
    exit_code, said = seal("verify", at["stamp"], "--document", at["paper"], *online)
    assert (exit_code, said["result"], said["trusts"]) == (0, "VALID", [])
    at |= files(tmp_path, root=owner.market.do("GetSealTrust").ca_pem.encode())
    moment = world.clock.now().isoformat()
    exit_code, said = seal("verify", at["stamp"], "--document", at["paper"], "--trust", at["root"], "--at", moment)
    assert (exit_code, reasons(said)) == (3, {"maker.revocation": "REVOCATION_UNKNOWN", "signer.revocation": "REVOCATION_UNKNOWN"})
    exit_code, said = seal("verify", at["paper"], "--document", at["paper"], "--trust", at["root"])
    assert (exit_code, said["result"]) == (1, "INVALID")
    for wrong in ((at["stamp"], *online), (at["seal"],), (at["seal"], *online, "--trust", at["root"])):
        assert seal("verify", *wrong)[0] == 2


def test_the_authority_trusts_another_maker_s_ca_and_takes_it_back_from_the_shell(world, tmp_path):
    ruler = world.member("data")
    at = files(tmp_path, seal=FOREIGN_SEAL, stamp=FOREIGN_STAMP, paper=ORIGINAL, ca=world.ca, root=FOREIGN.ca)
    online = ("--hub", world.addresses["public"], "--ca", at["ca"], "--document", at["paper"])
    why = ("--identity", ruler.folder, "--officer", "SJ-1", "--reason", "跨省互认")
    assert reasons(seal("verify", at["stamp"], *online)[1])["maker.chain"] == "ISSUER_NOT_TRUSTED"
    exit_code, [added] = seal("trust", "add", at["root"], "--title", "云南 CA", *why)
    assert (exit_code, added["title"], added["subject"]) == (0, "云南 CA", "根证书")
    exit_code, said = seal("verify", at["stamp"], *online)
    assert (exit_code, said["trusts"], "maker.chain" in reasons(said)) == (3, [added["name"]], False)
    assert [one["name"] for one in seal("trust", "list", "--identity", ruler.folder)[1]] == [added["name"]]
    exit_code, [removed] = seal("trust", "remove", added["name"], *why)
    assert (exit_code, bool(removed["remove_time"])) == (0, True)
    assert reasons(seal("verify", at["stamp"], *online)[1])["maker.chain"] == "ISSUER_NOT_TRUSTED"
    assert seal("trust", "list", "--identity", ruler.folder)[1] == []
    market = world.member(OTHER)
    exit_code, refused = seal("trust", "add", at["root"], "--title", "x", "--identity", market.folder, "--officer", "SC-1", "--reason", "x")
    assert exit_code == 1
    assert "NOT_ALLOWED" in refused or "PERMISSION" in refused
