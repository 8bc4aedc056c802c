"""What can be done about seals, from the signer's request to the verified signature, on both databases; openssl judges the result."""

import hashlib
import threading
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from asn1crypto import pem
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from audit.log import AuditLog
from audit.model import Kind
from audit.store import RecordStore, log_size
from hub.db import RequestIds
from hub.errors import ConfigError, ConflictError, IllegalStateError, IntegrityError, InvalidInputError, NotAllowedError, NotFoundError
from hub.resource import etag_of
from hub.signer import HubKey, Signer
from seals.actions import register, verifying
from seals.model import SealKind, SealState
from seals.office import SealOffice
from seals.store import SealStore, SignerCertificateStore, StampStore, signer_certificates, stamps
from seals.writing import assemble_signature, to_be_signed
from seals.x509 import make_csr
from shuniu import sm2
from shuniu.seals.certificate import read_certificate
from shuniu.seals.names import CertificateSubject
from shuniu.seals.reading import read_seal, read_signature
from shuniu.seals.report import Result
from shuniu.seals.verification import verify_signature
from tests.bound import edit, keep_book
from tests.keys import a_ring
from tests.seals.desk import (
    AUTHORITY,
    CIVIL,
    DIGEST,
    NOON,
    POLICE,
    TITLES,
    SealDesk,
    a_clock,
    a_seal_desk,
    application,
    on,
    step,
    use,
)
from tests.seals.hybrid import hybrid_csr
from tests.seals.office import openssl

SECOND = timedelta(seconds=1)


@pytest.fixture
def desk(database, tmp_path) -> SealDesk:
    return a_seal_desk(database, tmp_path)


@pytest.fixture
def fast_desk(sqlite_database, tmp_path) -> SealDesk:
    return a_seal_desk(sqlite_database, tmp_path)


def test_a_seal_lives_from_application_to_revocation(desk):
    signer, key = desk.signer()
    seal = desk.apply(signer)
    assert (seal.state, seal.es_id[:6], len(seal.es_id)) == (SealState.APPLIED, "640000", 14)
    made = desk.actions.make_seal(on(AUTHORITY, seal))
    inside = read_seal(made.seal).info
    assert (inside.es_id, inside.property.name, inside.property.certificates) == (seal.es_id, seal.title, (signer.certificate,))
    assert inside.picture.data == made.picture
    assert made.picture.startswith(b"\x89PNG")
    active = desk.actions.activate_seal(on(CIVIL, made))
    stamp = desk.prepare(active, signer)
    done = desk.complete(stamp, key)
    examined = desk.actions.verify_stamp(done.signature, DIGEST, None)
    assert examined.report.result is Result.VALID
    assert (examined.es_id, examined.title, examined.sign_time) == (seal.es_id, seal.title, NOON.replace(microsecond=0))
    assert examined.signer == f"{TITLES[CIVIL]} {CIVIL.department}"
    desk.clock.advance(SECOND)
    revoked = desk.revoke(active)
    assert desk.actions.get_seal(CIVIL, seal.name) == desk.actions.get_seal(AUTHORITY, seal.name) == revoked
    with pytest.raises(IllegalStateError, match="revoked"):
        desk.prepare(revoked, signer)
    assert [action.removeprefix("seals.") for _, action in desk.log()] == [
        "IssueSignerCertificate", "ApplySeal", "MakeSeal", "ActivateSeal", "PrepareStamp", "CompleteStamp", "RevokeSeal",
    ]  # fmt: skip


def test_openssl_accepts_the_seal_the_certificates_and_the_signature(desk, tmp_path):
    signer, key = desk.signer()
    done = read_signature(desk.complete(desk.prepare(desk.activate(signer), signer), key).signature)
    (tmp_path / "ca.pem").write_text(desk.office.ca_pem)
    seal = done.tbs.seal
    for certificate, signature, data in ((done.signer_cert, done.signature, done.tbs.raw), (seal.maker_cert, seal.signature, seal.info_raw)):
        (tmp_path / "cert.pem").write_bytes(pem.armor("CERTIFICATE", certificate))
        (tmp_path / "sig").write_bytes(signature)
        (tmp_path / "data").write_bytes(data)
        at = str(int(NOON.timestamp()))
        openssl("verify", "-attime", at, "-vfyopt", "distid:1234567812345678", "-CAfile", f"{tmp_path}/ca.pem", f"{tmp_path}/cert.pem")
        judged = ["pkeyutl", "-verify", "-certin", "-inkey", f"{tmp_path}/cert.pem", "-rawin", "-digest", "sm3", "-sigfile", f"{tmp_path}/sig",
                  "-pkeyopt", "distid:1234567812345678", "-in", f"{tmp_path}/data"]  # fmt: skip
        assert "Verified Successfully" in openssl(*judged)
        (tmp_path / "data").write_bytes(data[:-1] + bytes([data[-1] ^ 1]))
        openssl(*judged, expect=1)


def test_a_certificate_names_the_department_and_not_what_the_request_says(desk):
    signer, key = desk.signer()
    certificate = read_certificate(signer.certificate)
    assert certificate.subject == CertificateSubject(TITLES[CIVIL], TITLES[CIVIL], CIVIL.department)
    assert certificate.public_key == key.public
    assert (signer.not_before, signer.not_after) == (certificate.not_before, certificate.not_after)


def test_a_request_without_possession_of_its_key_gets_no_certificate(desk):
    csr = make_csr(sm2.generate(), CertificateSubject("x"))
    with pytest.raises(InvalidInputError):
        desk.actions.issue_signer_certificate(step(CIVIL), csr[:-1] + bytes([csr[-1] ^ 1]))
    assert desk.log() == []


def test_another_departments_request_sent_again_gets_no_certificate(desk):
    _, key = desk.signer(CIVIL)
    desk.signer(CIVIL, key)
    with pytest.raises(InvalidInputError, match="another department"):
        desk.signer(POLICE, key)


def test_of_two_departments_that_ask_for_one_key_at_once_one_gets_a_certificate(desk, monkeypatch):
    owners, answers = SignerCertificateStore.owners_of_key, []

    def slow(self, spki):
        found = owners(self, spki)
        time.sleep(0.3)  # long enough for the other to look as well, where nothing keeps it out
        return found

    monkeypatch.setattr(SignerCertificateStore, "owners_of_key", slow)
    key = sm2.generate()

    def ask(caller):
        try:
            answers.append(desk.signer(caller, key)[0].owner)
        except InvalidInputError as error:
            answers.append(error.reason)

    threads = [threading.Thread(target=ask, args=(caller,)) for caller in (CIVIL, POLICE)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert "KEY_OF_OTHER_DEPARTMENT" in answers
    assert len({CIVIL.department, POLICE.department} & set(answers)) == 1


def test_a_key_in_hybrid_form_gets_no_certificate_under_either_name(desk):
    """The same key with 06 or 07 before its point (RFC 5480 section 2.2: MUST NOT) would pass for another key."""
    key = sm2.generate()
    desk.signer(CIVIL, key)
    for caller in (CIVIL, POLICE):
        with pytest.raises(InvalidInputError, match="one DER form"):
            desk.actions.issue_signer_certificate(step(caller), hybrid_csr(key))


def test_a_seal_names_the_departments_own_good_signers_only(desk):
    (mine, _), (theirs, _) = desk.signer(), desk.signer(POLICE)
    for foreign in (theirs, replace(mine, serial="0" * 32)):
        with pytest.raises(InvalidInputError, match="not a certificate of this department") as refused:
            desk.apply(mine, foreign)
        assert (refused.value.reason, refused.value.field) == ("NOT_YOUR_SIGNER", "seal.signers")
    desk.revoke_signer(mine)
    with pytest.raises(IllegalStateError, match="revoked"):
        desk.apply(mine)


def test_a_seal_whose_signer_was_revoked_meanwhile_is_not_made(desk):
    signer, _ = desk.signer()
    seal = desk.apply(signer)
    desk.revoke_signer(signer, AUTHORITY, reason="失窃")
    with pytest.raises(IllegalStateError, match="revoked"):
        desk.actions.make_seal(on(AUTHORITY, seal))
    assert desk.actions.refuse_seal(on(AUTHORITY, seal, reason="签章者证书已撤销")).state is SealState.REFUSED


def test_a_name_too_long_for_a_ring_is_refused_before_anybody_waits_for_it(desk):
    signer, _ = desk.signer()
    with pytest.raises(InvalidInputError, match="around a seal"):
        desk.actions.apply_seal(step(CIVIL), application(signer, kind=SealKind.CONTRACT, title="很" * 60))


def test_who_may_make_activate_and_see(fast_desk):
    desk = fast_desk
    signer, _ = desk.signer()
    seal = desk.apply(signer)
    with pytest.raises(NotAllowedError):
        desk.actions.make_seal(on(CIVIL, seal))
    with pytest.raises(NotAllowedError):
        desk.actions.refuse_seal(on(CIVIL, seal, reason="x"))
    for peek in (lambda: desk.actions.get_seal(POLICE, seal.name), lambda: desk.actions.revoke_seal(on(POLICE, seal, reason="x"))):
        with pytest.raises(NotFoundError):
            peek()
    made = desk.actions.make_seal(on(AUTHORITY, seal))
    with pytest.raises(NotAllowedError):
        desk.actions.activate_seal(on(AUTHORITY, made))
    assert [found.id for found in desk.actions.list_seals(AUTHORITY, 0, "")[0]] == [seal.id]
    assert desk.actions.list_seals(POLICE, 0, "") == ((), "")


def test_a_list_goes_on_where_the_page_before_ended(fast_desk):
    desk = fast_desk
    signer, _ = desk.signer()
    ids = []
    for _ in range(5):
        desk.clock.advance(SECOND)
        ids.append(desk.apply(signer).id)
    found, token = [], ""
    while True:
        page, token = desk.actions.list_seals(CIVIL, 2, token)
        found += [seal.id for seal in page]
        if not token:
            break
    assert found == ids[::-1]


def test_a_stale_etag_changes_nothing(desk):
    signer, key = desk.signer()
    seal = desk.activate(signer)
    stamp = desk.prepare(seal, signer)
    with pytest.raises(ConflictError):
        desk.actions.revoke_seal(on(CIVIL, seal, etag=etag_of(1), reason="遗失"))
    with pytest.raises(ConflictError):
        desk.actions.complete_stamp(on(CIVIL, stamp, etag=etag_of(2)), key.sign(stamp.to_be_signed))
    assert desk.actions.get_seal(CIVIL, seal.name).state is SealState.ACTIVE
    assert desk.complete(stamp, key).signature


def test_a_seal_is_used_by_its_owner_through_a_listed_valid_signer(desk):
    (listed, _), (other, _) = desk.signer(), desk.signer()
    seal = desk.activate(listed)
    before = desk.log()
    with pytest.raises(NotFoundError):
        desk.prepare(seal, listed, POLICE)
    with pytest.raises(NotAllowedError, match="owner"):
        desk.prepare(seal, listed, AUTHORITY)
    with pytest.raises(NotAllowedError, match="not on the seal"):
        desk.prepare(seal, other)
    for length in (0, 31, 33):
        with pytest.raises(InvalidInputError, match="32 bytes"):
            desk.prepare(seal, listed, digest=bytes(length))
    for missing in ("officer", "purpose", "case_number", "property_info"):
        with pytest.raises(InvalidInputError, match=missing.removesuffix("_info")):
            desk.prepare(seal, listed, **{missing: ""})
    desk.revoke_signer(listed)
    with pytest.raises(NotAllowedError, match="revoked"):
        desk.prepare(seal, listed)
    assert [kind for kind, _ in desk.log()[len(before) :]] == ["change"]


def test_a_seal_that_has_expired_is_not_used(fast_desk):
    signer, _ = fast_desk.signer()
    seal = fast_desk.activate(signer, days=3)
    fast_desk.clock.advance(timedelta(days=3))
    with pytest.raises(IllegalStateError, match="expired"):
        fast_desk.prepare(seal, signer)


def test_the_use_is_on_record_even_when_nobody_completes_it(desk):
    signer, _ = desk.signer()
    seal = desk.activate(signer)
    stamp = desk.prepare(seal, signer)
    with desk.database.read() as tx:
        (use,) = [record for record, _ in RecordStore(tx).read(0, log_size(tx)) if record.kind is Kind.SEAL_USE]
        payload = dict(RecordStore(tx).range(use.index, use.index + 1))[use.index].payload or b""
    assert (use.action, use.actor.officer, use.resource, use.case_number, use.status) == ("seals.PrepareStamp", "王芳", seal.name, "BJ-1", "ok")
    for told in (DIGEST, b"000111", stamp.name.encode(), signer.name.encode()):
        assert told in payload


def test_no_bytes_are_released_that_the_log_did_not_take(fast_desk, monkeypatch):
    signer, _ = fast_desk.signer()
    seal = fast_desk.activate(signer)

    def full(*_):
        raise OSError

    monkeypatch.setattr(fast_desk.actions._journal, "write", full)
    with pytest.raises(OSError):  # noqa: PT011
        fast_desk.prepare(seal, signer, request_id="1")
    monkeypatch.undo()
    assert fast_desk.prepare(seal, signer, request_id="1").to_be_signed
    assert [kind for kind, _ in fast_desk.log()].count("seal_use") == 1


def test_the_same_request_is_one_use_and_finds_a_lost_answer(desk):
    signer, key = desk.signer()
    seal = desk.activate(signer)
    stamp = desk.prepare(seal, signer, request_id="once")
    assert desk.prepare(seal, signer, request_id="once") == stamp
    done = desk.complete(stamp, key)
    assert desk.prepare(seal, signer, request_id="once") == done
    with pytest.raises(InvalidInputError):
        desk.prepare(seal, signer, request_id="once", case_number="BJ-2")
    assert [kind for kind, _ in desk.log()].count("seal_use") == 1


def test_a_signature_by_another_key_over_other_bytes_or_not_in_der_is_sent_back(desk):
    signer, key = desk.signer()
    stamp = desk.prepare(desk.activate(signer), signer)
    good = key.sign(stamp.to_be_signed)
    r, s = (int.from_bytes(good[4 : 4 + good[3]], "big"), int.from_bytes(good[6 + good[3] :], "big"))
    wrong = (
        sm2.generate().sign(stamp.to_be_signed),
        key.sign(stamp.to_be_signed[:-1]),
        r.to_bytes(32, "big") + s.to_bytes(32, "big"),
        b"",
        good[:-1],
    )
    for signature in wrong:
        with pytest.raises(InvalidInputError):
            desk.actions.complete_stamp(on(CIVIL, stamp), signature)
    with pytest.raises(InvalidInputError, match="step signature") as refused:
        desk.actions.complete_stamp(on(CIVIL, stamp), wrong[0])
    assert refused.value.facts["step"] == "signature"
    with pytest.raises(NotFoundError):
        desk.actions.complete_stamp(on(POLICE, stamp), good)
    assert desk.actions.complete_stamp(on(CIVIL, stamp), good).signature


def test_of_two_completions_at_once_one_wins(desk):
    signer, key = desk.signer()
    stamp = desk.prepare(desk.activate(signer), signer)
    start, outcomes = threading.Barrier(2), []

    def complete() -> None:
        start.wait()
        try:
            outcomes.append(desk.complete(stamp, key).signature)
        except ConflictError:
            outcomes.append(b"")

    threads = [threading.Thread(target=complete) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(map(bool, outcomes)) == [False, True]
    assert [action for _, action in desk.log()].count("seals.CompleteStamp") == 1


@pytest.mark.parametrize("what", ["seal", "signer"])
def test_what_is_revoked_while_a_signature_is_verified_takes_no_stamp(desk, monkeypatch, what):
    signer, key = desk.signer()
    seal = desk.activate(signer)
    stamp = desk.prepare(seal, signer)

    def verify(*arguments, **named):
        report = verify_signature(*arguments, **named)
        assert report.result is Result.VALID
        desk.revoke(seal) if what == "seal" else desk.revoke_signer(signer)  # it would wait for ever if this stood in the write transaction
        return report

    monkeypatch.setattr(verifying, "verify_signature", verify)
    with pytest.raises((IllegalStateError, NotAllowedError), match="revoked"):
        desk.complete(stamp, key)
    assert "seals.CompleteStamp" not in [action for _, action in desk.log()]


@pytest.mark.parametrize(
    ("request_id", "digest"),
    [
        ("apply", "10f1b22c12f95f93c75c5a9e9d05fa9b4d1bd9cf3ceb6b4ae423e5aff5e27232"),
        ("prepare", "95715ef12665c4bfea1d51316e83797804ecef66ebed91bd5afc3a22a0314b41"),
    ],
)
def test_a_request_is_compared_by_the_bytes_that_the_first_release_kept(fast_desk, monkeypatch, request_id, digest):
    kept = []
    monkeypatch.setattr(RequestIds, "remember", lambda _tx, *what: kept.append(hashlib.sha256(what[3]).hexdigest()))
    signer, _ = fast_desk.signer()
    if request_id == "apply":
        monkeypatch.setattr(register, "_certificates", lambda *_: ())
        asked = application(replace(signer, serial="a" * 32), valid_to=datetime(2027, 3, 2, 4, 0, 0, 700_000, tzinfo=UTC))
        fast_desk.actions.apply_seal(step(CIVIL, request_id="1"), asked)
    else:
        active = fast_desk.activate(signer)
        monkeypatch.setattr(SealStore, "hold", lambda *_: replace(active, id="0" * 26, signers=("a" * 32,)))
        monkeypatch.setattr(SignerCertificateStore, "hold", lambda *_: {"a" * 32: replace(signer, serial="a" * 32)})
        monkeypatch.setattr(StampStore, "insert", lambda *_: None)
        wanted = use(replace(active, id="0" * 26), replace(signer, serial="a" * 32), digest=bytes(32))
        fast_desk.actions.prepare_stamp(step(CIVIL, request_id="1"), wanted)
    assert kept[-1] == digest


@pytest.mark.parametrize("what", ["seal", "signer", "time"])
def test_a_prepared_stamp_is_not_completed_after_a_revocation_or_an_hour(desk, what):
    signer, key = desk.signer()
    seal = desk.activate(signer)
    stamp = desk.prepare(seal, signer)
    desk.clock.advance(SECOND)
    if what == "seal":
        desk.revoke(seal)
    elif what == "signer":
        desk.revoke_signer(signer, AUTHORITY, reason="失窃")
    else:
        desk.clock.advance(timedelta(hours=1))
    with pytest.raises((IllegalStateError, NotAllowedError)):
        desk.complete(stamp, key)


def test_a_revoked_seal_does_not_verify_though_its_bytes_are_fine(desk):
    signer, _ = desk.signer()
    seal = desk.activate(signer)
    assert desk.actions.verify_seal(seal.seal, None).report.result is Result.VALID
    desk.clock.advance(SECOND)
    desk.revoke(seal)
    report = desk.actions.verify_seal(seal.seal, None).report
    assert (report.result, [step.reason for step in report.complaints]) == (Result.INVALID, ["SEAL_REVOKED"])
    assert desk.actions.verify_seal(seal.seal, NOON).report.result is Result.VALID


def own_signature(desk, seal, signer, key):
    """Sign as an owner can without the hub: it has the seal and the key."""
    statement = to_be_signed(seal.seal, desk.clock.now(), DIGEST, "offline")
    return assemble_signature(statement, signer.certificate, key.sign(statement))


@pytest.mark.parametrize("what", ["seal", "signer"])
def test_a_stamp_received_before_a_revocation_was_valid_when_signed_and_no_other_can_prove_it(desk, what):
    signer, key = desk.signer()
    seal = desk.activate(signer)
    received = desk.complete(desk.prepare(seal, signer), key).signature
    unseen = own_signature(desk, seal, signer, key)
    desk.clock.advance(SECOND)
    if what == "seal":
        desk.revoke(seal)
    else:
        desk.revoke_signer(signer)
    desk.clock.advance(SECOND)
    late = own_signature(desk, seal, signer, key)
    results = {
        name: desk.actions.verify_stamp(der, DIGEST, None).report for name, der in (("received", received), ("unseen", unseen), ("late", late))
    }
    assert [report.result for report in results.values()] == [Result.VALID_WHEN_SIGNED, Result.INDETERMINATE, Result.INVALID]
    reasons = ("SEAL_REVOKED", "SEAL_REVOKED_SINCE") if what == "seal" else ("REVOKED", "REVOKED_SINCE")
    told = [[one.reason for one in report.complaints if one.name != "registry.use"] for report in results.values()]
    assert told == [[reasons[1]], [reasons[1]], [reasons[0]]]
    assert [report.step("registry.use").result for report in results.values()] == [Result.VALID, Result.INDETERMINATE, Result.INDETERMINATE]


def test_a_stamp_that_this_hub_never_recorded_is_not_valid_though_its_bytes_are_perfect(desk):
    signer, key = desk.signer()
    seal = desk.activate(signer)
    report = desk.actions.verify_stamp(own_signature(desk, seal, signer, key), DIGEST, None).report
    assert [(one.name, one.reason) for one in report.complaints] == [("registry.use", "USE_NOT_RECORDED")]
    assert report.result is Result.INDETERMINATE
    with pytest.raises(InvalidInputError, match=r"registry\.use"):
        desk.actions.judge(own_signature(desk, seal, signer, key), "结婚证".encode(), CIVIL.department, desk.clock.now())


def test_a_use_that_was_prepared_and_never_completed_is_recorded(desk):
    signer, key = desk.signer()
    stamp = desk.prepare(desk.activate(signer), signer)
    whole = assemble_signature(stamp.to_be_signed, signer.certificate, key.sign(stamp.to_be_signed))
    examined = desk.actions.verify_stamp(whole, DIGEST, None)
    assert (examined.report.result, examined.stamp) == (Result.VALID, stamp.name)


@pytest.mark.parametrize("days", [60, 700], ids=["the seal", "the certificate"])
def test_after_an_expiry_a_stamp_was_valid_when_signed_only_where_this_hub_had_received_it(desk, days):
    signer, key = desk.signer()
    seal = desk.activate(signer, days=days)
    received = desk.complete(desk.prepare(seal, signer), key).signature
    desk.clock.advance(SECOND)
    open_use = desk.prepare(seal, signer)
    prepared = assemble_signature(open_use.to_be_signed, signer.certificate, key.sign(open_use.to_be_signed))
    unseen = own_signature(desk, seal, signer, key)
    later = NOON + timedelta(days=3 * 365)
    results = [desk.actions.verify_stamp(der, DIGEST, later).report for der in (received, prepared, unseen)]
    assert [report.result for report in results] == [Result.VALID_WHEN_SIGNED, Result.INDETERMINATE, Result.INDETERMINATE]
    assert [report.step("registry.use").reason for report in results] == ["OK", "USE_NOT_RECORDED", "USE_NOT_RECORDED"]


def test_rows_that_somebody_edited_witness_nothing(fast_desk):
    keep_book(fast_desk.database, AuditLog("shuniu.invalid/ningxia", bytes(32)), NOON)
    signer, key = fast_desk.signer()
    seal = fast_desk.activate(signer)
    open_use = fast_desk.prepare(seal, signer)
    signed = assemble_signature(open_use.to_be_signed, signer.certificate, key.sign(open_use.to_be_signed))
    later = NOON + timedelta(days=3 * 365)
    assert fast_desk.actions.verify_stamp(signed, DIGEST, None).report.result is Result.VALID
    # a time of receipt, which would make a witness of it
    edit(fast_desk.database, stamps, open_use.id, complete_time=NOON)
    for at in (None, later):
        assert fast_desk.actions.verify_stamp(signed, DIGEST, at).report.step("registry.use").reason == "USE_NOT_RECORDED"
    received = fast_desk.complete(fast_desk.prepare(seal, signer, digest=sm2.sm3(b"x")), key).signature
    assert fast_desk.actions.verify_stamp(received, sm2.sm3(b"x"), None).report.result is Result.VALID
    fast_desk.revoke_signer(signer)
    # a revocation taken back: the certificate's row decides nothing any more, and does not pass for one that was never revoked
    edit(fast_desk.database, signer_certificates, signer.serial, revoke_time=None)
    with pytest.raises(IntegrityError, match=signer.serial):
        fast_desk.actions.verify_stamp(received, sm2.sm3(b"x"), None)


def test_of_a_certificate_that_is_not_in_the_register_nobody_knows_whether_it_is_revoked(fast_desk):
    signer, key = fast_desk.signer()
    seal = fast_desk.activate(signer)
    received = fast_desk.complete(fast_desk.prepare(seal, signer), key).signature
    stranger, _ = fast_desk.office.certify(make_csr(key, CertificateSubject("x")), TITLES[CIVIL], CIVIL.department)
    statement = read_signature(received).tbs.raw
    report = fast_desk.actions.verify_stamp(assemble_signature(statement, stranger.certificate, key.sign(statement)), DIGEST, None).report
    assert report.step("signer.revocation").reason == "REVOCATION_UNKNOWN"
    assert report.step("maker.revocation").reason == "OK"


def test_a_seal_that_is_not_registered_here_is_never_valid(desk):
    signer, _ = desk.signer()
    made = desk.make(signer)
    assert desk.actions.verify_seal(made.seal, None).report.step("registry").reason == "SEAL_NOT_ACTIVE"
    inside = read_seal(made.seal).info
    elsewhere = desk.office.make_seal("11000000000001", inside.property, inside.picture.data)
    report = desk.actions.verify_seal(elsewhere, None).report
    assert (report.result, report.step("registry").reason) == (Result.INDETERMINATE, "SEAL_NOT_REGISTERED")
    twin = desk.office.make_seal(made.es_id, replace(inside.property, name="别的名称"), inside.picture.data)
    report = desk.actions.verify_seal(twin, None).report
    assert (report.result, report.step("registry").reason) == (Result.INVALID, "SEAL_DIFFERS")


def test_a_wrong_document_and_a_wrong_length_do_not_verify(desk):
    signer, key = desk.signer()
    signature = desk.complete(desk.prepare(desk.activate(signer), signer), key).signature
    report = desk.actions.verify_stamp(signature, sm2.sm3(b"another"), None).report
    assert [step.reason for step in report.complaints] == ["DATA_HASH"]
    with pytest.raises(InvalidInputError, match="32 bytes"):
        desk.actions.verify_stamp(signature, b"", None)


def test_a_stamp_is_judged_by_its_document_and_by_whose_seal_it_is(fast_desk):
    signer, key = fast_desk.signer()
    signature = fast_desk.complete(fast_desk.prepare(fast_desk.activate(signer), signer, digest=sm2.sm3(b"license")), key).signature
    fast_desk.actions.judge(signature, b"license", CIVIL.department, NOON)
    with pytest.raises(InvalidInputError, match="another department"):
        fast_desk.actions.judge(signature, b"license", POLICE.department, NOON)
    with pytest.raises(InvalidInputError, match="data_hash"):
        fast_desk.actions.judge(signature, b"another", CIVIL.department, NOON)


def test_verifying_writes_nothing(fast_desk):
    signer, _ = fast_desk.signer()
    seal = fast_desk.activate(signer)
    before = fast_desk.log()
    fast_desk.actions.verify_seal(seal.seal, None)
    fast_desk.actions.verify_stamp(b"", DIGEST, None)
    assert fast_desk.log() == before


@pytest.fixture
def stamped(fast_desk):
    signer, key = fast_desk.signer()
    return fast_desk, fast_desk.complete(fast_desk.prepare(fast_desk.activate(signer), signer), key).signature


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(data=st.data())
def test_no_flipped_byte_ever_verifies(stamped, data):
    desk, signature = stamped
    place = data.draw(st.integers(0, len(signature) - 1))
    flipped = signature[:place] + bytes([signature[place] ^ data.draw(st.integers(1, 255))]) + signature[place + 1 :]
    assert desk.actions.verify_stamp(flipped, DIGEST, None).report.result in {Result.INVALID, Result.INDETERMINATE}


def test_an_office_opened_again_is_the_same_and_one_with_foreign_files_does_not_open(tmp_path):
    def opened(name="a", keys="a"):
        return SealOffice.open(a_ring(tmp_path / keys / "keys"), tmp_path / name / "certs", "ningxia", desk_clock)

    desk_clock = a_clock()
    first = opened()
    assert (first.ca_pem, first.maker_pem) == (opened().ca_pem, opened().maker_pem)
    assert (tmp_path / "a" / "keys" / "sm2-ca.pem").stat().st_mode & 0o777 == 0o600
    opened("b", "b")
    with pytest.raises(ConfigError, match="does not belong"):
        opened("a", "b")
    (tmp_path / "a" / "certs" / "seal-maker.crt.pem").write_bytes(b"torn")
    with pytest.raises(ConfigError, match="not a certificate"):
        opened()


class Token:
    """A ring that only signs, as a token behind PKCS#11 does: it has no key to show."""

    def __init__(self) -> None:
        self._keys: dict[str, sm2.PrivateKey] = {}

    def signer(self, key: HubKey) -> Signer:
        assert key.kind == "SM2-SM3"
        return SignOnly(self._keys.setdefault(key.name, sm2.generate()))

    def tls_key(self, key: HubKey) -> bytes:
        raise AssertionError(key)


class SignOnly:
    algorithm = "SM2-SM3"

    def __init__(self, key: sm2.PrivateKey) -> None:
        self.public_der, self.public_pem, self.sign = key.public_der, key.public_pem, key.sign


def test_the_office_needs_nothing_of_its_keys_but_signatures(tmp_path):
    token = Token()
    first = SealOffice.open(token, tmp_path, "ningxia", a_clock())
    assert SealOffice.open(token, tmp_path, "ningxia", a_clock()).maker_pem == first.maker_pem
    key = sm2.generate()
    certificate, spki = first.certify(make_csr(SignOnly(key), CertificateSubject("x")), TITLES[CIVIL], CIVIL.department)
    assert spki == read_certificate(certificate.certificate).spki == key.public_der


def test_the_makers_certificate_is_renewed_before_a_seal_could_outlive_it(tmp_path):
    clock = a_clock()
    first = SealOffice.open(a_ring(tmp_path / "keys"), tmp_path, "ningxia", clock)
    clock.advance(timedelta(days=6 * 365))
    second = SealOffice.open(a_ring(tmp_path / "keys"), tmp_path, "ningxia", clock)
    assert first.ca_pem == second.ca_pem
    assert first.maker_pem != second.maker_pem
