"""Seals, signer certificates and stamps in both databases."""

from dataclasses import replace
from datetime import timedelta, timezone

import pytest

from hub.errors import ConflictError, NotFoundError
from seals.model import SealState
from seals.store import SealStore, SignerCertificateStore, StampStore
from tests.seals.desk import CIVIL, NOON, POLICE
from tests.seals.things import SERIAL, a_seal, a_signer, a_stamp

LATER = NOON + timedelta(days=9)
SEAL = a_seal(signers=(SERIAL, "b" * 32))
SIGNER = a_signer()
STAMP = a_stamp()


def test_what_was_kept_comes_back_the_same(database):
    full = replace(SEAL, valid_from=NOON, seal=b"\x00\xff", picture=b"png", reason="遗失", activate_time=NOON, revoke_time=LATER)
    with database.begin() as tx:
        SealStore(tx).insert(full)
        SignerCertificateStore(tx).insert(SIGNER, b"spki")
        StampStore(tx).insert(STAMP)
    with database.read() as tx:
        assert SealStore(tx).get(SEAL.id) == SealStore(tx).of_es_id(SEAL.es_id) == full
        assert SignerCertificateStore(tx).get(SERIAL) == SIGNER
        assert SignerCertificateStore(tx).hold([SERIAL, "c" * 32]) == {SERIAL: SIGNER}
        assert StampStore(tx).get(STAMP.id) == STAMP


def test_a_time_of_another_zone_comes_back_as_the_same_moment(database):
    beijing = replace(SEAL, valid_to=LATER.astimezone(timezone(timedelta(hours=8))))
    with database.begin() as tx:
        SealStore(tx).insert(beijing)
    with database.read() as tx:
        assert SealStore(tx).get(SEAL.id).valid_to == LATER


def test_what_does_not_exist_is_not_found(database):
    with database.read() as tx:
        for missing in (SealStore(tx).get, SealStore(tx).hold, SignerCertificateStore(tx).get, StampStore(tx).get):
            with pytest.raises(NotFoundError):
                missing("nothing")
        assert SealStore(tx).of_es_id("64000000000000") is None
        assert SealStore(tx).of_es_id("\x00") is None


def test_two_seals_never_share_an_es_id(database):
    with database.begin() as tx:
        SealStore(tx).insert(SEAL)
    with pytest.raises(ConflictError), database.begin() as tx:
        SealStore(tx).insert(replace(SEAL, id="9" * 26))


def test_a_stale_write_changes_nothing(database):
    with database.begin() as tx:
        SealStore(tx).insert(SEAL)
        SignerCertificateStore(tx).insert(SIGNER, b"spki")
        StampStore(tx).insert(STAMP)
        SealStore(tx).replace(SEAL, replace(SEAL, state=SealState.REFUSED, revision=2))
        StampStore(tx).replace(STAMP, replace(STAMP, signature=b"first", revision=2))
        SignerCertificateStore(tx).revoke(replace(SIGNER, revoke_time=NOON))
        for stale in (
            lambda: SealStore(tx).replace(SEAL, replace(SEAL, state=SealState.MADE, revision=2)),
            lambda: StampStore(tx).replace(STAMP, replace(STAMP, signature=b"second", revision=2)),
            lambda: SignerCertificateStore(tx).revoke(replace(SIGNER, revoke_time=LATER)),
        ):
            with pytest.raises(ConflictError):
                stale()
    with database.read() as tx:
        assert SealStore(tx).get(SEAL.id).state is SealState.REFUSED
        assert StampStore(tx).get(STAMP.id).signature == b"first"
        revoked = SignerCertificateStore(tx).look_up(SERIAL)
        assert revoked is not None
        assert revoked.revoke_time == NOON
        assert SignerCertificateStore(tx).look_up("c" * 32) is None


def test_pages_go_from_the_newest_down_and_stay_with_their_owner(database):
    with database.begin() as tx:
        for number in range(5):
            owner = CIVIL if number % 2 == 0 else POLICE
            SealStore(tx).insert(replace(SEAL, id=str(number) * 26, es_id=f"{number:014d}", owner=owner.department))
        store = SealStore(tx)
        assert [seal.id[0] for seal in store.newest(None, None, 2)] == ["4", "3"]
        assert [seal.id[0] for seal in store.newest(None, "3" * 26, 9)] == ["2", "1", "0"]
        assert [seal.id[0] for seal in store.newest(CIVIL.department, None, 9)] == ["4", "2", "0"]


def test_a_key_is_found_with_whom_it_is_certified_for(database):
    with database.begin() as tx:
        store = SignerCertificateStore(tx)
        store.insert(SIGNER, b"spki")
        store.insert(replace(SIGNER, serial="b" * 32, owner=POLICE.department), b"spki")
        assert store.owners_of_key(b"spki") == {CIVIL.department, POLICE.department}
        assert store.owners_of_key(b"other") == set()


def test_the_register_knows_when_it_first_received_a_signed_statement(database):
    with database.begin() as tx:
        SealStore(tx).insert(SEAL)
        SignerCertificateStore(tx).insert(SIGNER, b"spki")
        store = StampStore(tx)
        store.insert(STAMP)
        assert store.use_of(b"statement", SERIAL) == STAMP
        done = store.replace(STAMP, replace(STAMP, complete_time=LATER, to_be_signed=b"", revision=2))
        store.insert(replace(STAMP, id="2" * 26))
        assert store.use_of(b"statement", SERIAL) == done
        store.insert(first := replace(STAMP, id="3" * 26, complete_time=NOON))
        assert store.use_of(b"statement", SERIAL) == first
        assert store.use_of(b"statement", "b" * 32) is None
        assert store.use_of(b"another", SERIAL) is None
