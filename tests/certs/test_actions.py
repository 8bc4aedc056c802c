import base64
import hashlib
import itertools
import json
import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import NoReturn

import pytest
from cryptography import x509
from sqlalchemy import select, update

from audit.log import AuditLog
from audit.model import Kind, Record
from audit.store import RecordFilter, RecordStore
from certs.actions import CertActions
from certs.model import MOST_LIVE, Enrolment, Invitation, Registration, digest_of
from certs.store import TokenStore, enrollment_tokens
from hub.access import Caller, Role
from hub.db import Tx
from hub.db.tables import request_ids
from hub.errors import (
    AlreadyExistsError,
    IllegalStateError,
    InvalidInputError,
    LimitError,
    NotAllowedError,
    NotFoundError,
    NotSignedInError,
    ShuniuError,
)
from hub.ids import Ids
from hub.unit_of_work import Change, Kit, Step
from shuniu.identifiers.uscc import build
from tests.certs.hall import AUTHORITY, CIVIL, POLICE, RULER, Hall, a_hall, csr, new_key

HOUR = timedelta(hours=1)
NONE: frozenset[Role] = frozenset()
UNREGISTERED = "11640000010099999"


@pytest.fixture
def hall(database, tmp_path) -> Hall:
    return a_hall(database, tmp_path)


def logged(hall: Hall) -> list[Record]:
    with hall.database.read() as tx:
        return [record for record, _ in RecordStore(tx).search(RecordFilter(), None, 100).records]


def a_token(hall: Hall, system: str = "case-office", roles: frozenset[Role] = NONE) -> str:
    return hall.actions.create_enrollment_token(RULER, Invitation(CIVIL, system, roles, timedelta(0)))[0]


def test_a_department_is_registered_once_and_logged(hall):
    before = len(logged(hall))
    with pytest.raises(AlreadyExistsError):
        hall.actions.create_department(Step(caller=RULER), Registration(CIVIL.lower(), "民政厅", "", "640000"))
    assert len(logged(hall)) == before
    newest = logged(hall)[0]
    assert (newest.action, newest.kind, newest.resource) == ("certs.CreateDepartment", Kind.CHANGE, f"departments/{POLICE}")
    assert (newest.actor.department, newest.other) == (AUTHORITY, POLICE)


def test_the_same_request_twice_registers_one_department(hall):
    uscc = next(code for code in _codes() if code not in {AUTHORITY, CIVIL, POLICE})
    first = hall.actions.create_department(Step(caller=RULER, request_id="r1"), Registration(uscc, "财政厅", "", "640000"))
    before = len(logged(hall))
    assert hall.actions.create_department(Step(caller=RULER, request_id="r1"), Registration(uscc, "财政厅", "", "640000")) == first
    assert len(logged(hall)) == before
    with pytest.raises(InvalidInputError):
        hall.actions.create_department(Step(caller=RULER, request_id="r1"), Registration(uscc, "另一个", "", "640000"))


def _codes():
    return (build("11", "640000", f"0{number:07d}") for number in itertools.count(1))


def test_departments_come_in_pages(hall):
    seen, token = [], ""
    while True:
        page, token = hall.actions.list_departments(RULER, 2, token)
        seen += [one.uscc for one in page]
        if not token:
            break
    assert seen == sorted([AUTHORITY, CIVIL, POLICE])
    for wrong in ("junk", "WyJcdTAwMDAiXQ"):
        with pytest.raises(InvalidInputError):
            hall.actions.list_departments(RULER, 2, wrong)
    with pytest.raises(InvalidInputError):
        hall.actions.list_departments(RULER, -1, "")


def test_a_token_is_256_random_bits_shown_once_and_kept_hashed(hall):
    secret = a_token(hall)
    assert len(base64.urlsafe_b64decode(secret + "=")) == 32
    assert len({a_token(hall) for _ in range(10)}) == 10
    with hall.database.read() as tx:
        rows = str(tx.execute(select(enrollment_tokens)).all())
        kept = TokenStore(tx).find(digest_of(secret))
    assert kept is not None
    assert kept.expire_time == hall.clock.now() + 24 * HOUR
    assert secret not in rows
    assert secret not in str(logged(hall))


def test_a_tokens_secret_comes_from_the_randomness_handed_in(hall):
    asked = []

    def zeros(count: int) -> bytes:
        asked.append(count)
        return bytes(count)

    kit = Kit(hall.database, AuditLog("shuniu.invalid/ningxia", bytes(32)), hall.clock, Ids())
    actions = CertActions(kit, hall.ca, random_bytes=zeros)
    assert actions.issue_token_locally(Invitation(CIVIL, "a"))[0] == "A" * 43
    assert asked == [32]


def test_a_token_for_an_unregistered_department_or_a_wrong_name_is_refused(hall):
    with pytest.raises(InvalidInputError):
        hall.actions.create_enrollment_token(RULER, Invitation(UNREGISTERED, "a", NONE, HOUR))
    with pytest.raises(NotFoundError):
        hall.actions.create_enrollment_token(RULER, Invitation(next(_codes()), "a", NONE, HOUR))
    with pytest.raises(InvalidInputError):
        hall.actions.create_enrollment_token(RULER, Invitation(CIVIL, "Case Office", NONE, HOUR))
    with pytest.raises(InvalidInputError):
        hall.actions.create_enrollment_token(RULER, Invitation(CIVIL, "a", NONE, timedelta(days=8)))


def test_only_the_authoritys_own_systems_get_the_role_authority(hall):
    with pytest.raises(NotAllowedError):
        hall.actions.create_enrollment_token(RULER, Invitation(CIVIL, "a", frozenset({Role.AUTHORITY}), HOUR))
    hall.actions.create_enrollment_token(RULER, Invitation(AUTHORITY, "a", frozenset({Role.AUTHORITY}), HOUR))


def test_a_token_and_a_csr_make_a_certificate_that_the_hub_knows(hall):
    key = new_key()
    enrolled = hall.actions.enroll(a_token(hall), csr(key))
    certificate = x509.load_pem_x509_certificate(enrolled.certificate_pem.encode())
    assert certificate.public_key() == key.public_key()
    certificate.verify_directly_issued_by(x509.load_pem_x509_certificate(enrolled.ca_pem.encode()))
    caller = hall.identities.identify(enrolled.certificate_pem.encode())
    assert (caller.department, caller.system, caller.roles) == (CIVIL, "case-office", {Role.MEMBER})
    assert hall.actions.who_am_i(caller) == enrolled.system
    newest = logged(hall)[0]
    assert (newest.action, newest.actor.department, newest.actor.system) == ("certs.Enroll", CIVIL, "case-office")
    assert newest.detail == {"serial": caller.serial, "roles": "member"}


def test_an_unknown_a_used_and_an_expired_token_get_the_same_answer(hall):
    used, late = a_token(hall), a_token(hall)
    hall.actions.enroll(used, csr(new_key()))
    hall.clock.advance(24 * HOUR)
    answers = set()
    for secret in ("", "x", "x" * 10_000, "\ud800", used, late):
        with pytest.raises(NotAllowedError) as refused:
            hall.actions.enroll(secret, csr(new_key()))
        answers.add((refused.value.message, refused.value.reason, refused.value.next_action, refused.value.zh, tuple(refused.value.facts)))
    assert len(answers) == 1


def test_of_twenty_that_use_a_token_at_once_exactly_one_is_enrolled(hall):
    secret = a_token(hall)
    requests = [csr(new_key()) for _ in range(20)]
    together = threading.Barrier(20)

    def enroll(request):
        together.wait()
        try:
            return hall.actions.enroll(secret, request)
        except ShuniuError as error:
            return type(error)

    with ThreadPoolExecutor(20) as threads:
        outcomes = list(threads.map(enroll, requests))
    assert Counter(type(one) is Enrolment for one in outcomes) == {True: 1, False: 19}
    assert {one for one in outcomes if not isinstance(one, Enrolment)} == {NotAllowedError}
    assert len(hall.actions.list_systems(RULER, CIVIL)[0].certificates) == 1


def test_a_refused_csr_does_not_use_the_token_up(hall):
    secret = a_token(hall)
    before = len(logged(hall))
    with pytest.raises(InvalidInputError):
        hall.actions.enroll(secret, b"junk")
    assert len(logged(hall)) == before
    assert hall.actions.list_systems(RULER, CIVIL) == []
    hall.actions.enroll(secret, csr(new_key()))


def test_enrolling_again_keeps_the_endpoint_and_gives_the_new_tokens_roles_to_the_new_certificate_alone(hall):
    caller, pem, _ = hall.member(CIVIL, "case-office")
    hall.actions.set_endpoint(caller, "localhost:7443")
    again, _, _ = hall.member(CIVIL, "case-office", frozenset({Role.AUDITOR}))
    assert again.roles == {Role.AUDITOR}
    assert hall.identities.identify(pem).roles == {Role.MEMBER}
    assert hall.identities.endpoint(CIVIL, "case-office") == "localhost:7443"


def test_a_renewed_certificate_works_beside_the_old_one(hall):
    caller, pem, _ = hall.member(CIVIL, "case-office")
    hall.clock.advance(timedelta(days=80))
    renewed = hall.actions.renew(caller, csr(new_key()))
    assert [one.serial for one in renewed.system.certificates][1] == caller.serial
    assert hall.identities.identify(pem) == caller
    hall.clock.advance(timedelta(days=20))
    assert hall.identities.identify(renewed.certificate_pem.encode()).name == caller.name
    with pytest.raises(NotSignedInError):
        hall.identities.identify(pem)


def test_certificates_cannot_be_piled_up(hall):
    caller, _, _ = hall.member(CIVIL, "case-office")
    for _ in range(MOST_LIVE - 1):
        hall.actions.renew(caller, csr(new_key()))
    with pytest.raises(LimitError):
        hall.actions.renew(caller, csr(new_key()))


@pytest.mark.parametrize("who", ["authority", "own"])
def test_a_revoked_certificate_is_refused_when_revoke_returns(hall, who):
    caller, pem, _ = hall.member(CIVIL, "case-office")
    by = RULER if who == "authority" else caller
    hall.identities.identify(pem)
    (revoked,) = hall.actions.revoke(Step(caller=by, name=caller.serial.upper(), reason="key lost")).certificates
    assert (revoked.revoke_time, revoked.revoke_reason) == (hall.clock.now(), "key lost")
    with pytest.raises(NotSignedInError) as refused:
        hall.identities.identify(pem)
    assert refused.value.reason == "CERTIFICATE_REVOKED"
    newest = logged(hall)[0]
    assert (newest.action, newest.reason, newest.actor.department) == ("certs.RevokeCertificate", "key lost", by.department)
    with pytest.raises(IllegalStateError):
        hall.actions.revoke(Step(caller=by, name=caller.serial, reason="again"))


def test_nobody_else_revokes_and_nobody_without_a_reason(hall):
    caller, pem, _ = hall.member(CIVIL, "case-office")
    other, _, _ = hall.member(POLICE, "register", frozenset({Role.MEMBER, Role.AUDITOR}))
    with pytest.raises(NotAllowedError):
        hall.actions.revoke(Step(caller=other, name=caller.serial, reason="rivalry"))
    with pytest.raises(InvalidInputError):
        hall.actions.revoke(Step(caller=caller, name=caller.serial, reason=" "))
    with pytest.raises(InvalidInputError):
        hall.actions.revoke(Step(caller=caller, name="xyz", reason="key lost"))
    with pytest.raises(NotFoundError):
        hall.actions.revoke(Step(caller=caller, name="0" * 32, reason="key lost"))
    assert hall.identities.identify(pem) == caller


def test_systems_of_a_department_are_listed_by_name(hall):
    caller, _, _ = hall.member(CIVIL, "b")
    hall.member(CIVIL, "a")
    hall.actions.set_endpoint(hall.member(POLICE, "c")[0], "localhost:7443")
    hall.member(POLICE, "d")
    assert [one.system for one in hall.actions.list_systems(caller, "")] == ["a", "b"]
    assert [one.system for one in hall.actions.list_systems(caller, POLICE)] == ["c"]
    assert [one.system for one in hall.actions.list_systems(RULER, POLICE)] == ["c", "d"]
    with pytest.raises(NotFoundError):
        hall.actions.list_systems(caller, next(_codes()))


def test_an_endpoint_is_set_and_taken_away(hall):
    caller, _, _ = hall.member(CIVIL, "case-office")
    assert hall.actions.set_endpoint(caller, "data.mzj.example:7443").endpoint == "data.mzj.example:7443"
    assert hall.identities.endpoint(CIVIL, "case-office") == "data.mzj.example:7443"
    with pytest.raises(InvalidInputError):
        hall.actions.set_endpoint(caller, "data.mzj.example")
    assert hall.actions.set_endpoint(caller, "").endpoint == ""
    assert hall.identities.endpoint(CIVIL, "case-office") == ""
    assert len(hall.actions.who_am_i(caller).certificates) == 1


def test_who_has_no_system_is_nobody(hall):
    with pytest.raises(NotFoundError):
        hall.actions.who_am_i(Caller(CIVIL, "none", frozenset({Role.MEMBER}), "0"))


def test_the_operator_founds_the_authority_and_may_do_it_again(hall):
    secret = hall.actions.bootstrap_authority(Registration(AUTHORITY, "自治区数据局", "", "640000"))
    enrolled = hall.actions.enroll(secret, csr(new_key()))
    caller = hall.identities.identify(enrolled.certificate_pem.encode())
    assert (caller.department, caller.roles) == (AUTHORITY, {Role.AUTHORITY})
    assert [one.uscc for one in hall.actions.list_departments(RULER, 0, "")[0]].count(AUTHORITY) == 1
    founded = [record for record in logged(hall) if record.action in {"certs.BootstrapAuthority", "certs.IssueTokenLocally"}]
    assert {(one.kind, one.actor.department, one.actor.system) for one in founded} == {(Kind.ADMIN, "", "operator")}


def test_a_change_that_cannot_be_logged_is_not_made(hall):
    class Broken:
        def write(self, tx: Tx, change: Change) -> NoReturn:
            raise RuntimeError("disk")

    actions = hall.actions_with(Broken())
    caller, pem, _ = hall.member(CIVIL, "case-office")
    secret = a_token(hall, "second")
    for attempt in (
        lambda: actions.revoke(Step(caller=caller, name=caller.serial, reason="key lost")),
        lambda: actions.enroll(secret, csr(new_key())),
        lambda: actions.set_endpoint(caller, "localhost:1"),
        lambda: actions.create_department(Step(caller=RULER), Registration(next(_codes()), "x", "", "640000")),
    ):
        with pytest.raises(RuntimeError):
            attempt()
    assert hall.identities.identify(pem) == caller
    assert hall.actions.who_am_i(caller).endpoint == ""
    assert len(hall.actions.list_departments(RULER, 0, "")[0]) == 3
    hall.actions.enroll(secret, csr(new_key()))


def test_the_log_says_of_identities_what_it_always_said(hall):
    """Word for word what releases before the unit of work wrote, and of a revocation what it took: `other` where another department is concerned."""
    caller, _, _ = hall.member(CIVIL, "case-office")
    token = hall.actions.create_enrollment_token(RULER, Invitation(CIVIL, "second", NONE, HOUR))
    hall.actions.set_endpoint(caller, "localhost:7443")
    hall.actions.set_endpoint(caller, "")
    hall.actions.create_login_link(Step(caller=caller, officer=" 王芳 "))
    hall.actions.revoke(Step(caller=RULER, name=caller.serial, reason="密钥遗失"))
    hall.actions.issue_token_locally(Invitation(CIVIL, "third", frozenset({Role.MEMBER, Role.AUDITOR}), HOUR))
    lines = [(one.kind, one.action, one.actor.system, one.other, one.resource, one.reason, one.detail) for one in reversed(logged(hall)[:6])]
    fell = {"cause": "loss", "logins": "1"}
    end, system = token[1].expire_time.isoformat(timespec="seconds"), f"departments/{CIVIL}/systems/"
    assert lines == [
        (Kind.CHANGE, "certs.CreateEnrollmentToken", "authority", CIVIL, f"{system}second", "", {"roles": "member", "expires": end}),
        (Kind.CHANGE, "certs.SetEndpoint", "case-office", "", f"{system}case-office", "", {"endpoint": "localhost:7443"}),
        (Kind.CHANGE, "certs.SetEndpoint", "case-office", "", f"{system}case-office", "", {"endpoint": ""}),
        (Kind.CHANGE, "certs.CreateLoginLink", "case-office", "", f"{system}case-office", "", {"officer": "王芳"}),
        (Kind.CHANGE, "certs.RevokeCertificate", "authority", CIVIL, f"{system}case-office", "密钥遗失", {"serial": caller.serial, **fell}),
        (Kind.ADMIN, "certs.IssueTokenLocally", "operator", CIVIL, f"{system}third", "", {"roles": "auditor member", "expires": end}),
    ]
    assert {one.actor.officer for one in logged(hall)} == {""}


@pytest.mark.parametrize("officer", ["", " ", "王" * 65, "11010519491231002X", "王芳 110105-491231-002"])
def test_a_login_link_names_an_officer_without_an_id_number(hall, officer):
    caller, _, _ = hall.member(CIVIL, "case-office")
    before = len(logged(hall))
    with pytest.raises(InvalidInputError) as refused:
        hall.actions.create_login_link(Step(caller=caller, officer=officer))
    assert refused.value.field == "officer"
    assert len(logged(hall)) == before


def test_a_retry_is_compared_in_the_bytes_of_earlier_releases(hall):
    uscc = next(code for code in _codes() if code not in {AUTHORITY, CIVIL, POLICE})
    digest = hashlib.sha256(json.dumps([uscc, "财政厅", "", "640000"]).encode()).hexdigest()
    made = hall.actions.create_department(Step(caller=RULER, request_id="r1"), Registration(uscc, "财政厅", "", "640000"))
    with hall.database.begin() as tx:
        assert tx.execute(select(request_ids.c.digest)).scalar_one() != digest  # it is keyed now
        tx.execute(update(request_ids).values(digest=digest))
    assert hall.actions.create_department(Step(caller=RULER, request_id="r1"), Registration(uscc, "财政厅", "", "640000")) == made
    with pytest.raises(InvalidInputError):
        hall.actions.create_department(Step(caller=RULER, request_id="r1"), Registration(uscc, "财务厅", "", "640000"))
