"""Seals of other makers: the authority trusts their CA, reports rest on it and say so, and a removal falls at once."""

from datetime import timedelta
from pathlib import Path

import pytest

from audit.log import AuditLog
from hub.db import Database
from hub.errors import IllegalStateError, InvalidInputError, NotFoundError
from seals import x509
from seals.model import MOST_TRUSTS
from seals.store import seal_trusts
from shuniu import pem, sm2
from shuniu.seals.certificate import read_certificate
from shuniu.seals.names import CertificateSubject
from shuniu.seals.report import Result
from tests.bound import edit, keep_book
from tests.seals.desk import AUTHORITY, CIVIL, SealDesk, a_seal_desk, step
from tests.seals.office import EARLY, MADE, NOW, ORIGINAL, SIGNED, YEAR, Office, a_draft

OTHER = Office()
SEAL = OTHER.seal()
STAMP = OTHER.signature(SEAL)
DIGEST = sm2.sm3(ORIGINAL)


@pytest.fixture
def desk(database: Database, tmp_path: Path) -> SealDesk:
    return a_seal_desk(database, tmp_path, NOW)


def add(desk: SealDesk, certificate: bytes = OTHER.ca, title: str = "云南 CA"):
    return desk.actions.add_seal_trust(step(AUTHORITY, reason="跨省互认"), title, certificate)


def complaints(desk: SealDesk) -> dict[str, str]:
    report = desk.actions.verify_stamp(STAMP, DIGEST, NOW).report
    return {one.name: one.reason for one in report.complaints}


UNKNOWN = {
    "maker.revocation": "REVOCATION_UNKNOWN",
    "signer.revocation": "REVOCATION_UNKNOWN",
    "registry": "SEAL_NOT_REGISTERED",
    "registry.use": "USE_NOT_RECORDED",
}


def test_a_seal_under_a_trusted_ca_is_judged_in_full_and_the_report_says_on_whose_trust_it_rests(desk):
    strange = complaints(desk)
    assert (strange["maker.chain"], strange["signer.chain"]) == ("ISSUER_NOT_TRUSTED", "ISSUER_NOT_TRUSTED")
    trust = add(desk)
    assert complaints(desk) == UNKNOWN
    found = desk.actions.verify_stamp(STAMP, DIGEST, NOW)
    assert found.report.result is Result.INDETERMINATE
    assert found.trusts == (trust,)
    assert trust.title in found.report.step("registry").zh
    assert trust.name in found.report.step("registry").message
    assert "根证书" in found.report.step("maker.chain").message
    by_itself = desk.actions.verify_seal(SEAL, NOW)
    assert (by_itself.report.result, by_itself.trusts) == (Result.INDETERMINATE, (trust,))
    assert desk.actions.verify_stamp(STAMP, bytes(32), NOW).report.result is Result.INVALID


def test_a_removed_trust_falls_at_once_and_may_be_given_again(desk):
    trust = add(desk)
    after = desk.actions.remove_seal_trust(step(AUTHORITY, name=trust.name, reason="CA 停止服务"))
    assert (after.remove_time, after.remove_reason) == (NOW, "CA 停止服务")
    assert complaints(desk)["maker.chain"] == "ISSUER_NOT_TRUSTED"
    assert (desk.actions.verify_stamp(STAMP, DIGEST, NOW).trusts, desk.actions.list_seal_trusts()) == ((), ())
    with pytest.raises(IllegalStateError, match="removed before"):
        desk.actions.remove_seal_trust(step(AUTHORITY, name=trust.name, reason="再次"))
    again = add(desk)
    assert desk.actions.list_seal_trusts() == (again,)
    assert desk.log()[-3:] == [("change", "seals.AddSealTrust"), ("change", "seals.RemoveSealTrust"), ("change", "seals.AddSealTrust")]


def test_the_ca_that_issued_is_enough_and_pem_is_read(desk):
    key = sm2.generate()
    middle = x509.issue(OTHER.ca, OTHER.ca_key, a_draft("二级 CA", key.public, usage=x509.Usage.CA, serial=77))
    trust = add(desk, pem.armor("CERTIFICATE", middle))
    assert trust.certificate == middle
    assert complaints(desk)["maker.chain"] == "ISSUER_NOT_TRUSTED"  # issued by the root, which is not trusted
    maker = x509.issue(middle, key, a_draft("制章中心", OTHER.maker.public, serial=78))
    seal = OTHER.seal(cert=maker)
    assert desk.actions.verify_seal(seal, NOW).trusts == (trust,)


def test_what_is_no_ca_or_over_or_ours_is_not_trusted(desk):
    ours = read_certificate(pem.unarmor(desk.actions.ca_pem.encode(), "CERTIFICATE") or b"")
    impostor = x509.self_signed_ca(OTHER.ca_key, CertificateSubject("SHUNIU  NINGXIA sm2 ca"), EARLY, YEAR[20], 1)
    for certificate, reason in (
        (OTHER.maker_cert, "CERTIFICATE_OF_NO_CA"),
        (x509.self_signed_ca(OTHER.ca_key, CertificateSubject("x"), EARLY, MADE, 1), "CA_EXPIRED"),
        (ours.raw, "NAME_OF_OWN_CA"),
        (impostor, "NAME_OF_OWN_CA"),
        (b"junk", "MALFORMED_DER"),
    ):
        with pytest.raises(InvalidInputError) as refused:
            add(desk, certificate)
        assert refused.value.reason == reason
    add(desk)
    with pytest.raises(IllegalStateError, match="trusted already"):
        add(desk)
    with pytest.raises(NotFoundError):
        desk.actions.remove_seal_trust(step(AUTHORITY, name=f"sealTrusts/{'0' * 26}", reason="x"))
    with pytest.raises(InvalidInputError):
        desk.actions.add_seal_trust(step(AUTHORITY), "无理由", OTHER.ca)
    assert len(desk.actions.list_seal_trusts()) == 1


def test_only_so_many_are_trusted_at_one_time(desk):
    key = sm2.generate()
    for number in range(MOST_TRUSTS):
        add(desk, x509.self_signed_ca(key, CertificateSubject(f"CA {number}"), EARLY, YEAR[20], number + 1))
    with pytest.raises(IllegalStateError, match="which is the most"):
        add(desk)


def test_a_trust_that_somebody_wrote_into_the_database_gives_no_trust(desk):
    keep_book(desk.database, AuditLog("shuniu.invalid/ningxia", bytes(32)), NOW)
    another = add(desk, x509.self_signed_ca(sm2.generate(), CertificateSubject("another"), EARLY, YEAR[20], 1))
    trust = add(desk)
    desk.actions.remove_seal_trust(step(AUTHORITY, name=trust.name, reason="CA 停止服务"))
    assert desk.actions.list_seal_trusts() == (another,)
    edit(desk.database, seal_trusts, trust.id, remove_time=None)
    edit(desk.database, seal_trusts, another.id, certificate=OTHER.ca)
    assert desk.actions.list_seal_trusts() == ()
    assert complaints(desk)["maker.chain"] == "ISSUER_NOT_TRUSTED"


def test_a_foreign_seal_is_never_good_enough_for_a_license(desk):
    add(desk)
    with pytest.raises(InvalidInputError) as refused:
        desk.actions.judge(STAMP, ORIGINAL, CIVIL.department, NOW)
    assert refused.value.reason == "REVOCATION_UNKNOWN"


def test_another_ca_s_signer_does_not_speak_for_a_seal_of_this_hub(desk):
    """A seal's list names its signers byte by byte, so trust in another CA lets nobody into a seal that is registered here."""
    add(desk)
    signer, key = desk.signer()
    seal = desk.activate(signer)
    forged = OTHER.signature(seal.seal, time=NOW + timedelta(seconds=1))
    report = desk.actions.verify_stamp(forged, DIGEST, NOW + timedelta(seconds=2)).report
    assert report.result is Result.INVALID
    assert report.step("signer.in_seal").reason == "SIGNER_NOT_IN_SEAL"
    assert desk.complete(desk.prepare(seal, signer), key).signature
    assert SIGNED < NOW
