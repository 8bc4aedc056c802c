"""Revocation takes what grew from a certificate: renewals of every degree, roles, sessions, links, tokens. Sister systems have no part in it."""

import threading
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from itertools import combinations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import update

from audit.model import Record
from audit.store import RecordFilter, RecordStore, found_log
from certs.model import Certificate, Invitation, RevocationCause, grown_from
from certs.store.tables import certificates, login_links, sessions
from hub.access import Caller, Role
from hub.db import Database
from hub.errors import IllegalStateError, InvalidInputError, NotAllowedError, NotFoundError, NotSignedInError, ShuniuError
from hub.unit_of_work import Step
from tests.certs.hall import AUTHORITY, CIVIL, NOON, POLICE, RULER, Hall, a_hall, csr, new_key

SECOND = timedelta(seconds=1)
ROLES = [frozenset(some) for count in (1, 2) for some in combinations((Role.MEMBER, Role.AUDITOR), count)]
LOST = "密钥遗失"


@pytest.fixture
def hall(database, tmp_path) -> Hall:
    return a_hall(database, tmp_path)


def serial_of(hall: Hall, pem: bytes) -> str:
    return hall.identities.identify(pem).serial


def renewed(hall: Hall, pem: bytes) -> bytes:
    return hall.actions.renew(hall.identities.identify(pem), csr(new_key())).certificate_pem.encode()


def let_in(hall: Hall, pem: bytes) -> bool:
    try:
        return bool(hall.identities.identify(pem))
    except NotSignedInError as refused:
        if refused.reason == "CERTIFICATE_REVOKED":
            return False
        raise


def revoke(hall: Hall, serial: str, by: Caller = RULER, **said):
    return hall.actions.revoke(Step(caller=by, name=serial, reason=LOST), **said)


def newest(hall: Hall, count: int) -> list[Record]:
    with hall.database.read() as tx:
        return [record for record, _ in RecordStore(tx).search(RecordFilter(), None, count).records]


def test_a_stolen_certificate_takes_seven_renewals_with_it_and_the_owner_enrols_again(hall):
    _, stolen, _ = hall.member(CIVIL, "lab")
    line = [stolen]
    for _ in range(7):
        line.append(renewed(hall, line[-1]))
    done = revoke(hall, serial_of(hall, stolen))
    assert [let_in(hall, one) for one in line] == [False] * 8
    assert len(done.certificates) == 8
    assert done.living == ()
    again, pem, _ = hall.member(CIVIL, "lab")
    assert renewed(hall, pem)
    assert again.system == "lab"


@dataclass(frozen=True)
class Leaf:
    """A certificate of a random family: which earlier one it was renewed from (None: a token made it), whether its parent was kept, when."""

    origin: int | None
    is_old: bool
    at: int


@st.composite
def families(draw) -> list[Leaf]:
    """Draw a system's certificates; those of an earlier release, whose parents nobody kept, come first."""
    count, old, at = draw(st.integers(1, 12)), draw(st.integers(0, 6)), 0
    leaves: list[Leaf] = []
    for place in range(count):
        at += draw(st.integers(0, 2))
        origin = draw(st.none() | st.integers(0, place - 1)) if place else None
        leaves.append(Leaf(origin, place < old, at))
    return leaves


def falls(leaves: list[Leaf], place: int, lost: int) -> bool:
    """Say by climbing from a certificate to its roots whether it falls with another: the rule, in other words than the code's."""
    if place == lost:
        return True
    one = leaves[place]
    if one.is_old:
        return one.at >= leaves[lost].at
    return one.origin is not None and falls(leaves, one.origin, lost)


@settings(max_examples=2_000, deadline=None)
@given(families(), st.data())
def test_of_any_family_exactly_what_grew_from_the_lost_one_falls(leaves, data):
    kin = [
        Certificate(
            f"{place:032x}", "", NOON, NOON + 90 * 86_400 * SECOND, NOON + one.at * SECOND, "",
            parent=None if one.is_old else f"{place if one.origin is None else one.origin:032x}",
        )
        for place, one in enumerate(leaves)
    ]  # fmt: skip
    lost = data.draw(st.integers(0, len(kin) - 1))
    shuffled = data.draw(st.permutations(kin))
    fallen = grown_from(kin[lost], shuffled)
    assert fallen[0] is kin[lost]
    assert len({one.serial for one in fallen}) == len(fallen)
    assert {one.serial for one in fallen} == {one.serial for place, one in enumerate(kin) if falls(leaves, place, lost)}


def grow(hall: Hall, system: str, leaves: Iterable[Leaf]) -> list[bytes]:
    """Have a system come to such a family through the hub's own actions; of old ones the parent is taken away again."""
    pems: list[bytes] = []
    for leaf in leaves:
        hall.clock.set(NOON + leaf.at * SECOND)
        pems.append(hall.member(CIVIL, system)[1] if leaf.origin is None else renewed(hall, pems[leaf.origin]))
        if leaf.is_old:
            with hall.database.begin() as tx:
                tx.execute(update(certificates).where(certificates.c.serial == serial_of(hall, pems[-1])).values(parent=None))
    return pems


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(families(), st.integers(0, 10_000), st.sampled_from(RevocationCause))
def test_after_a_revocation_nothing_that_grew_is_let_in_and_all_else_is(tmp_path_factory, leaves, seed, cause):
    folder = tmp_path_factory.mktemp("family")
    database = Database(f"sqlite:///{folder / 'hub.db'}")
    database.create_tables()
    found_log(database)
    leaves = leaves[:8]  # as many as may be valid at a time
    lost = seed % len(leaves)
    try:
        hall = a_hall(database, folder)
        pems, sister = grow(hall, "lab", leaves), hall.member(CIVIL, "sister")[1]
        done = revoke(hall, serial_of(hall, pems[lost]), cause=cause)
        expected = [not (place == lost or (cause is RevocationCause.LOSS and falls(leaves, place, lost))) for place in range(len(leaves))]
        assert [let_in(hall, pem) for pem in pems] == expected
        assert let_in(hall, sister)
        living = {one.serial for system in done.living for one in system.certificates}
        assert living == {serial_of(hall, pem) for pem in (*pems, sister) if let_in(hall, pem)}
        hall.identities.load_all()  # what the database says, and not only this process's view
        assert [let_in(hall, pem) for pem in pems] == expected
    finally:
        database.close()


def test_each_certificate_that_falls_has_a_record_that_says_with_whose_loss(hall):
    _, stolen, _ = hall.member(CIVIL, "lab")
    child = renewed(hall, stolen)
    serials = [serial_of(hall, stolen), serial_of(hall, child)]
    assert newest(hall, 1)[0].detail == {"serial": serials[1], "parent": serials[0]}
    revoke(hall, serials[0])
    records = newest(hall, 2)
    assert [(one.action, one.reason, one.resource) for one in records] == [("certs.RevokeCertificate", LOST, f"departments/{CIVIL}/systems/lab")] * 2
    details = sorted((dict(one.detail) for one in records), key=len)
    assert details == [{"serial": serials[0], "cause": "loss"}, {"serial": serials[1], "cause": "loss", "lost": serials[0]}]


def test_one_that_was_superseded_and_proves_lost_takes_its_renewals_then(hall):
    caller, old, _ = hall.member(CIVIL, "lab")
    new = renewed(hall, old)
    done = revoke(hall, caller.serial, caller, cause=RevocationCause.SUPERSEDED)
    assert (let_in(hall, old), let_in(hall, new)) == (False, True)
    assert [one.serial for one in done.certificates] == [caller.serial]
    with pytest.raises(IllegalStateError):
        revoke(hall, caller.serial, cause=RevocationCause.SUPERSEDED)
    revoke(hall, caller.serial)
    assert not let_in(hall, new)
    with pytest.raises(IllegalStateError):
        revoke(hall, caller.serial)


def test_a_certificate_revoked_at_this_moment_renews_nothing_and_invites_nobody(hall):
    caller, _, _ = hall.member(AUTHORITY, "second", frozenset({Role.AUTHORITY}))
    revoke(hall, caller.serial)
    with pytest.raises(NotSignedInError):
        hall.actions.renew(caller, csr(new_key()))
    with pytest.raises(NotSignedInError):
        hall.actions.create_enrollment_token(caller, Invitation(CIVIL, "lab"))
    hall.member(CIVIL, "lab")
    with pytest.raises(NotSignedInError) as unknown:
        hall.actions.renew(Caller(CIVIL, "lab", caller.roles, "0" * 32), csr(new_key()))
    assert unknown.value.reason == "CERTIFICATE_UNKNOWN"


def test_of_renewals_and_a_revocation_at_once_none_gets_away(hall):
    for round_number in range(8):
        thief, pem, _ = hall.member(CIVIL, f"lab{round_number}")
        together = threading.Barrier(4)
        born: list[bytes] = []

        def renew(caller=thief, together=together, born=born):
            together.wait()
            with suppress(ShuniuError):
                born.append(hall.actions.renew(caller, csr(new_key())).certificate_pem.encode())

        def take(caller=thief, together=together):
            together.wait()
            revoke(hall, caller.serial)

        with ThreadPoolExecutor(4) as threads:
            for done in [threads.submit(one) for one in (renew, take, renew, renew)]:
                done.result()
        assert [let_in(hall, one) for one in (pem, *born)] == [False] * (1 + len(born))


def test_what_a_lost_certificate_of_the_authority_invited_cannot_enrol(hall):
    thief, _, _ = hall.member(AUTHORITY, "second", frozenset({Role.AUTHORITY}))
    planted = hall.actions.create_enrollment_token(thief, Invitation(AUTHORITY, "third", frozenset({Role.AUTHORITY})))[0]
    honest = hall.actions.create_enrollment_token(RULER, Invitation(CIVIL, "lab"))[0]
    done = revoke(hall, thief.serial)
    assert done.token_count == 1
    with pytest.raises(NotAllowedError):
        hall.actions.enroll(planted, csr(new_key()))
    hall.actions.enroll(honest, csr(new_key()))


@pytest.mark.parametrize("before", ROLES)
@pytest.mark.parametrize("after", ROLES)
def test_whatever_a_later_token_says_the_certificates_that_there_are_keep_their_roles(hall, before, after):
    caller, old, _ = hall.member(CIVIL, "lab", before)
    child = renewed(hall, old)
    again, new, _ = hall.member(CIVIL, "lab", after)
    grandchild, second = renewed(hall, child), renewed(hall, new)
    assert [hall.identities.identify(one).roles for one in (old, child, grandchild)] == [before] * 3
    assert [hall.identities.identify(one).roles for one in (new, second)] == [after] * 2
    hall.identities.load_all()
    assert hall.identities.identify(old).roles == before
    assert hall.actions.who_am_i(caller).roles == before
    assert hall.actions.who_am_i(again).roles == after
    (listed,) = hall.actions.list_systems(caller, "")
    assert listed.roles == before | after
    assert {one.serial: one.roles for one in listed.certificates}[caller.serial] == before


def test_certificates_without_roles_of_their_own_act_as_their_system_first_enrolled(hall):
    caller, old, _ = hall.member(CIVIL, "lab")
    with hall.database.begin() as tx:
        tx.execute(update(certificates).values(roles=None))
    hall.member(CIVIL, "lab", frozenset({Role.AUDITOR}))
    assert hall.identities.identify(old).roles == {Role.MEMBER}
    assert hall.identities.identify(renewed(hall, old)).roles == {Role.MEMBER}
    assert caller.roles == {Role.MEMBER}


def test_a_session_acts_as_the_certificate_of_its_link_and_ends_with_it(hall):
    auditor, old, _ = hall.member(CIVIL, "lab", frozenset({Role.AUDITOR}))
    other, _, _ = hall.member(CIVIL, "lab")
    secret, _ = hall.actions.create_login_link(Step(caller=auditor, officer="SJT-A"))
    session, begun = hall.actions.redeem_login_link(secret)
    second, _ = hall.actions.redeem_login_link(hall.actions.create_login_link(Step(caller=other, officer="SJT-B"))[0])
    unused, _ = hall.actions.create_login_link(Step(caller=auditor, officer="SJT-A"))
    assert begun.caller == auditor == hall.actions.session(session).caller
    done = revoke(hall, auditor.serial)
    assert done.login_count == 2
    assert not let_in(hall, old)
    with pytest.raises(NotSignedInError):
        hall.actions.session(session)
    with pytest.raises(NotAllowedError):
        hall.actions.redeem_login_link(unused)
    assert hall.actions.session(second).caller == other


def test_a_session_ends_with_a_renewed_certificate_whose_origin_is_lost_and_with_an_expired_one(hall):
    auditor, old, _ = hall.member(CIVIL, "lab", frozenset({Role.AUDITOR}))
    child = hall.identities.identify(renewed(hall, old))
    session, _ = hall.actions.redeem_login_link(hall.actions.create_login_link(Step(caller=child, officer="SJT-A"))[0])
    revoke(hall, auditor.serial)
    with pytest.raises(NotSignedInError):
        hall.actions.session(session)
    late, _, _ = hall.member(CIVIL, "lab", frozenset({Role.AUDITOR}))
    hall.clock.advance(timedelta(days=90) - 10 * SECOND)
    link, _ = hall.actions.create_login_link(Step(caller=late, officer="SJT-A"))
    hall.clock.advance(10 * SECOND + SECOND)
    hall.member(CIVIL, "lab", frozenset({Role.AUDITOR}))
    with pytest.raises(NotSignedInError):
        hall.actions.redeem_login_link(link)


def test_links_and_sessions_of_the_release_before_open_nothing(hall):
    auditor, _, _ = hall.member(CIVIL, "lab", frozenset({Role.AUDITOR}))
    session, _ = hall.actions.redeem_login_link(hall.actions.create_login_link(Step(caller=auditor, officer="SJT-A"))[0])
    link, _ = hall.actions.create_login_link(Step(caller=auditor, officer="SJT-A"))
    with hall.database.begin() as tx:
        tx.execute(update(sessions).values(serial=None))
        tx.execute(update(login_links).values(serial=None))
    with pytest.raises(NotSignedInError):
        hall.actions.session(session)
    with pytest.raises(NotSignedInError):
        hall.actions.redeem_login_link(link)


@pytest.mark.parametrize("who", ["authority", "own"])
def test_revoking_a_system_takes_certificates_tokens_links_and_sessions(hall, who):
    auditor, old, _ = hall.member(CIVIL, "lab", frozenset({Role.AUDITOR}))
    new, sister = renewed(hall, old), hall.member(CIVIL, "sister")[1]
    session, _ = hall.actions.redeem_login_link(hall.actions.create_login_link(Step(caller=auditor, officer="SJT-A"))[0])
    link, _ = hall.actions.create_login_link(Step(caller=auditor, officer="SJT-A"))
    token = hall.actions.issue_token_locally(Invitation(CIVIL, "lab"))[0]
    hall.actions.issue_token_locally(Invitation(CIVIL, "sister"))
    by = RULER if who == "authority" else auditor
    done = hall.actions.revoke_system(Step(caller=by, name=f"departments/{CIVIL}/systems/lab", reason=LOST))
    assert (len(done.certificates), done.token_count, done.login_count) == (2, 1, 2)
    assert [(one.system, len(one.certificates)) for one in done.living] == [("sister", 1)]
    assert [one.system for one in done.tokens] == ["sister"]
    assert [let_in(hall, one) for one in (old, new, sister)] == [False, False, True]
    with pytest.raises(NotSignedInError):
        hall.actions.session(session)
    for attempt in (lambda: hall.actions.redeem_login_link(link), lambda: hall.actions.enroll(token, csr(new_key()))):
        with pytest.raises(NotAllowedError):
            attempt()
    head = next(one for one in newest(hall, 3) if one.action == "certs.RevokeSystem")
    assert (head.reason, dict(head.detail)) == (LOST, {"certificates": "2", "logins": "2", "tokens": "1"})
    with pytest.raises(IllegalStateError):
        hall.actions.revoke_system(Step(caller=by, name=f"departments/{CIVIL}/systems/lab", reason=LOST))


def test_a_system_that_is_only_invited_loses_its_token(hall):
    token = hall.actions.issue_token_locally(Invitation(CIVIL, "lab"))[0]
    done = hall.actions.revoke_system(Step(caller=RULER, name=f"departments/{CIVIL}/systems/lab", reason=LOST))
    assert (done.certificates, done.token_count) == ((), 1)
    with pytest.raises(NotAllowedError):
        hall.actions.enroll(token, csr(new_key()))
    with pytest.raises(NotFoundError):
        hall.actions.revoke_system(Step(caller=RULER, name=f"departments/{CIVIL}/systems/lab", reason=LOST))


def test_sister_systems_revoke_each_other_no_more(hall):
    own, pem, _ = hall.member(CIVIL, "lab")
    sister, _, _ = hall.member(CIVIL, "sister", frozenset({Role.MEMBER, Role.AUDITOR}))
    stranger, _, _ = hall.member(POLICE, "lab")
    for by in (sister, stranger):
        with pytest.raises(NotAllowedError) as refused:
            revoke(hall, own.serial, by)
        assert refused.value.reason == "CERTIFICATE_OF_OTHER_DEPARTMENT"
        with pytest.raises(NotAllowedError):
            hall.actions.revoke_system(Step(caller=by, name=own.name, reason=LOST))
    assert let_in(hall, pem)
    with pytest.raises(InvalidInputError):
        hall.actions.revoke_system(Step(caller=own, name=own.name, reason=" "))
    revoke(hall, own.serial, own)
    assert not let_in(hall, pem)
