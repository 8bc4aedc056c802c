"""A newer license takes the place of one: which may, what verification says of the old one, online and with lists, and at every process."""

from dataclasses import replace
from datetime import timedelta

import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from brokerage.licenses import LicenseCorrection
from hub.db import Database
from hub.errors import ConflictError, IllegalStateError, InvalidInputError, NotAllowedError, NotFoundError, ShuniuError
from hub.unit_of_work import Step
from licenses.model import Holder, License, LicenseState
from shuniu.codes import cose, status_list, trust_list
from shuniu.codes.code import text_of
from shuniu.codes.status_list import LicenseStatus, PublishedStatus
from shuniu.codes.verification import Outcome, verify
from shuniu.identifiers import citizen_id
from tests.licenses.counter import AUTHORITY, CITIZEN, MARKET, NAME, NOON, OFFICER, POLICE, Counter, a_draft, new_key, on

OTHER = citizen_id.build("640104", NOON.date().replace(year=1985), 21)


@pytest.fixture
def counter(database: Database) -> Counter:
    counter = Counter(database)
    counter.admitted()
    return counter


def version_of(counter: Counter, old: License, **changes: object) -> License:
    """Issue another version of a license, with the same number."""
    draft = a_draft(counter.kid, number=old.number, **changes)
    prepared = counter.actions.prepare(Step(caller=POLICE, officer=OFFICER), draft, "BJ-2026-2", b"", supersedes=old.name)
    return counter.signed(prepared)


def superseded(counter: Counter, old: License, new: License, reason: str = "姓名有误，已换发") -> License:
    return counter.actions.supersede(on(old, reason=reason), new.name)


def read(counter: Counter, one: License) -> License:
    with counter.database.read() as tx:
        return counter.actions._licenses.store(tx).get(one.identifier)


def correction(old: License, successor: str, reason: str = "姓名有误，已换发") -> LicenseCorrection:
    return LicenseCorrection(caller=POLICE, officer=OFFICER, license=old.name, successor=successor, reason=reason, at=NOON)


def test_the_old_code_says_which_license_is_in_its_place_and_why_and_the_new_one_is_valid(counter: Counter) -> None:
    old = counter.issued()
    new = version_of(counter, old, holders=(Holder("马建国", CITIZEN, "111"),))
    other_process = counter.a_registry()
    after = superseded(counter, old, new)
    assert (after.state, after.superseded_by, after.reason) == (LicenseState.SUPERSEDED, new.identifier, "姓名有误，已换发")
    assert read(counter, new).supersedes == old.identifier
    seen, words = counter.verdict(old)
    assert (seen.outcome, seen.reason, seen.superseded_by, words) == (Outcome.INVALID, "SUPERSEDED", new.identifier, "姓名有误，已换发")
    assert seen.zh == "证照已被新版本取代"
    fresh, _ = counter.verdict(new)
    assert (fresh.outcome, fresh.superseded_by) == (Outcome.VALID, "")
    # another process follows the announcement, and one that starts now reads the same
    counter.database.poll(0)
    for registry in (other_process, counter.a_registry()):
        told = verify(text_of(old.signed_bytes), registry.trust(), registry.asking, counter.clock.now())
        assert (told.reason, told.superseded_by) == ("SUPERSEDED", new.identifier)
    record = counter.records()[-1]
    assert (record.action, record.detail["successor"], record.reason) == ("licenses.SupersedeLicense", new.name, "姓名有误，已换发")
    # nothing personal beyond what the code itself shows
    assert CITIZEN not in f"{seen}{record.detail}{record.reason}"


def test_lists_say_superseded_and_whoever_verifies_with_them_refuses_it_even_when_they_are_old(counter: Counter) -> None:
    old = counter.issued()
    before = counter.actions.status_list(0)[0]
    superseded(counter, old, version_of(counter, old))
    hub_key = counter.hub_key.public_key()
    listed = status_list.decode(counter.actions.status_list(0)[0], hub_key)
    assert status_list.decode(before, hub_key).read(old.status_index).status is LicenseStatus.VALID
    assert listed.read(old.status_index).status == 3
    for later in (timedelta(), timedelta(hours=20)):
        at = counter.clock.now() + later
        trust = trust_list.decode(counter.actions.trust_list()[0], hub_key)
        offline = verify(text_of(old.signed_bytes), trust, PublishedStatus([replace(listed, issued_at=listed.issued_at - 30 * 86_400)]), at)
        assert (offline.outcome, offline.reason, offline.superseded_by) == (Outcome.INVALID, "SUPERSEDED", "")


def test_a_license_is_superseded_from_suspended_too_and_then_nothing_more_happens_to_it(counter: Counter) -> None:
    old = counter.suspended(counter.issued())
    after = superseded(counter, old, version_of(counter, old))
    for step in (counter.actions.resume, counter.actions.suspend, counter.actions.revoke):
        with pytest.raises(IllegalStateError):
            step(on(after, reason="再议"))
    assert counter.issued(number=old.number + "-9").state is LicenseState.ISSUED


def test_the_number_of_a_superseded_license_is_its_successor_s_and_free_for_nobody_else(counter: Counter) -> None:
    old = counter.issued()
    with pytest.raises(InvalidInputError, match="type and number"):
        counter.prepared(number=old.number)
    new = version_of(counter, old)
    superseded(counter, old, new)
    with pytest.raises(InvalidInputError, match="type and number"):
        counter.prepared(number=old.number)
    with pytest.raises(IllegalStateError):  # what is superseded is not replaced again
        version_of(counter, old)
    assert version_of(counter, read(counter, new)).number == old.number


def test_only_the_same_license_s_new_version_takes_its_place(counter: Counter) -> None:
    old, another = counter.issued(), counter.issued(number="640104-2026-0002")
    draft = counter.prepared(number="640104-2026-0003")
    stranger = counter.issued(number="640104-2026-0004", holders=(Holder(NAME, OTHER, "111"),))
    taken = version_of(counter, another)
    superseded(counter, another, taken)
    ended = counter.revoked(counter.issued(number="640104-2026-0005"))
    held = counter.suspended(counter.issued(number="640104-2026-0006"))
    for successor, reason in (
        (old.name, "SUCCESSOR_OF_OTHERS"),
        (draft.name, "SUCCESSOR_NOT_IN_FORCE"),
        (ended.name, "SUCCESSOR_NOT_IN_FORCE"),
        (held.name, "SUCCESSOR_NOT_IN_FORCE"),
        (another.name, "SUCCESSOR_NOT_IN_FORCE"),
        (taken.name, "SUCCESSOR_TAKEN"),
        (stranger.name, "SUCCESSOR_DIFFERS"),
    ):
        with pytest.raises(ShuniuError) as refused:
            superseded(counter, old, replace(old, identifier=successor.partition("/")[2]))
        assert refused.value.reason == reason
    for wrong in ("", "licenses/1", "entries/1"):
        with pytest.raises(ShuniuError):
            counter.actions.supersede(on(old, reason="换发"), wrong)
    assert read(counter, old) == old


def test_a_draft_for_a_successor_is_of_the_same_type_and_holder(counter: Counter) -> None:
    old = counter.issued()
    with pytest.raises(InvalidInputError) as refused:
        version_of(counter, old, holders=(Holder(NAME, OTHER, "111"),))
    assert refused.value.reason == "SUCCESSOR_DIFFERS"


def test_no_chain_of_successors_comes_back(counter: Counter) -> None:
    first = counter.issued()
    second = version_of(counter, first)
    superseded(counter, first, second)
    second = read(counter, second)
    third = version_of(counter, second)
    superseded(counter, second, third)
    for earlier in (first, second):
        with pytest.raises(InvalidInputError) as refused:
            superseded(counter, read(counter, third), earlier)
        assert refused.value.reason == "SUCCESSOR_NOT_IN_FORCE"


def test_only_its_issuer_supersedes_a_license_with_what_it_issued_itself(counter: Counter) -> None:
    old = counter.issued()
    new = version_of(counter, old)
    for by, error in ((AUTHORITY, NotAllowedError), (MARKET, NotFoundError)):
        with pytest.raises(error):
            counter.actions.supersede(on(old, by=by, reason="换发"), new.name)
    key = new_key()
    counter.admitted(key, by=MARKET)
    theirs = counter.actions.issue(on(one := counter.prepared(by=MARKET, kid=kid_of(key)), by=MARKET), counter.signature(one, key))
    with pytest.raises(NotFoundError):
        superseded(counter, old, theirs)


def kid_of(key: ec.EllipticCurvePrivateKey) -> bytes:
    return cose.key_id(key.public_key())


def test_a_reason_is_said_and_spells_no_holder(counter: Counter) -> None:
    old = counter.issued()
    new = version_of(counter, old)
    for reason in (" ", f"{CITIZEN} 姓名有误"):
        with pytest.raises(InvalidInputError):
            superseded(counter, old, new, reason)


def test_a_stale_etag_supersedes_nothing(counter: Counter) -> None:
    old = counter.issued()
    new = version_of(counter, old)
    counter.resumed(counter.suspended(old))
    with pytest.raises(ConflictError):
        superseded(counter, old, new)


# what the brokerage asks


def test_only_what_was_issued_has_an_issuer(counter: Counter) -> None:
    issued, draft = counter.issued(), counter.prepared(number="640104-2026-0002")
    dropped = counter.revoked(counter.prepared(number="640104-2026-0003"))
    with counter.database.read() as tx:
        assert counter.actions.issuer_of(tx, issued.name) == POLICE.department
        for name in (draft.name, dropped.name, issued.name[:-1] + "?", "licenses/"):
            with pytest.raises(NotFoundError):
                counter.actions.issuer_of(tx, name)
    counter.revoked(issued)
    with counter.database.read() as tx:
        assert counter.actions.issuer_of(tx, issued.name) == POLICE.department


def test_a_correction_wants_a_successor_unless_the_license_ended_already(counter: Counter) -> None:
    old = counter.issued()
    new = version_of(counter, old)
    with counter.database.begin() as tx, pytest.raises(InvalidInputError) as refused:
        counter.actions.correct(tx, correction(old, ""))
    assert refused.value.reason == "SUCCESSOR_MISSING"
    with counter.database.begin() as tx, pytest.raises(InvalidInputError) as refused:
        counter.actions.correct(tx, correction(old, new.name, f"{CITIZEN} 的姓名有误"))
    assert refused.value.field == "outcome"
    superseded(counter, old, new)
    ended = counter.revoked(counter.issued(number="640104-2026-0002"))
    with counter.database.begin() as tx:
        for one, successor in ((old, ""), (old, new.name), (ended, "")):
            assert counter.actions.correct(tx, correction(one, successor)) == ()
        for one in (old, ended):
            with pytest.raises(InvalidInputError) as refused:
                counter.actions.correct(tx, correction(one, ended.name))
            assert refused.value.reason == "SUCCESSOR_NOT_NEEDED"
