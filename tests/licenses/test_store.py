"""Keys and licenses on both databases: kept whole, changed by whoever read last, and nobody's ID number or name in the file."""

from datetime import date, timedelta
from pathlib import Path

import pytest
from sqlalchemy import insert, select, update

from audit.indexer import Indexer
from audit.store.tables import batches, index
from hub.db import Database
from hub.db.tables import request_ids
from hub.errors import AlreadyExistsError, ConflictError, IntegrityError, NotFoundError
from licenses.model import License, LicenseState, Wanted
from licenses.store import ContentBox, IssuingKeyStore, LicenseStore, StoredRegister, issuing_keys, licenses
from shuniu.codes.status_list import SHARD, LicenseStatus
from shuniu.codes.trust_list import KeyStatus, TrustedKey
from tests.bound import edit, keep_book
from tests.licenses.counter import CITIZEN, MARKET, NAME, NOON, PERMIT_FIELDS, POLICE, Counter, new_key, on

BOX = ContentBox(b"c" * 32)


@pytest.fixture
def counter(database: Database) -> Counter:
    counter = Counter(database)
    counter.admitted()
    return counter


def load_keys(database: Database) -> tuple[int, list[TrustedKey]]:
    number, found = StoredRegister(database).keys()
    return number, list(found)


def of(database: Database, identifier: str) -> License:
    with database.read() as tx:
        return LicenseStore(tx, BOX).get(identifier)


def test_a_license_is_read_back_as_it_was_prepared_and_issued(counter: Counter, database: Database) -> None:
    prepared = counter.prepared(valid_from=date(2026, 3, 1), valid_to=date(2026, 9, 1))
    assert of(database, prepared.identifier) == prepared
    issued = counter.signed(prepared)
    again = of(database, issued.identifier)
    assert again == issued
    assert again.issue_time is not None
    assert (again.create_time.utcoffset(), again.issue_time.utcoffset()) == (timedelta(0), timedelta(0))
    assert (again.holders[0].title, again.holders[0].code, dict(again.fields)) == (NAME, CITIZEN, PERMIT_FIELDS)


def test_neither_id_number_nor_name_nor_address_stands_in_the_database_file(sqlite_database: Database) -> None:
    counter = Counter(sqlite_database)
    counter.admitted()
    one = counter.issued(request_id="r-1", content=f"{CITIZEN}{NAME}".encode())
    counter.revoked(counter.suspended(one))
    path = Path(sqlite_database.url.removeprefix("sqlite:///"))
    kept = b"".join(file.read_bytes() for file in path.parent.glob(f"{path.name}*"))
    assert POLICE.department.encode() in kept  # the search itself works
    for secret in (CITIZEN, NAME, *[value for name, value in PERMIT_FIELDS.items() if name != "KZ_QFXZQH"]):
        for form in (
            secret.encode(),
            secret.encode("utf-16-le"),
            secret.encode("utf-16-be"),
            secret.encode("unicode_escape"),
            secret.lower().encode(),
        ):
            assert form not in kept


def test_no_row_of_any_table_holds_the_id_number(counter: Counter, database: Database) -> None:
    counter.revoked(counter.issued(request_id="r-1"))
    Indexer(database).catch_up()
    with database.read() as tx:
        for table in (licenses, issuing_keys, batches, index, request_ids):
            rows = tx.execute(select(table)).all()
            assert rows
            for row in rows:
                assert all(CITIZEN.encode() not in (part if isinstance(part, bytes) else str(part).encode()) for part in row)


def test_the_content_of_one_license_cannot_be_put_under_another(counter: Counter, database: Database) -> None:
    first, second = counter.prepared(number="1"), counter.prepared(number="2")
    with database.begin() as tx:
        sealed = tx.scalar(select(licenses.c.sealed_content).where(licenses.c.identifier == first.identifier))
        tx.execute(update(licenses).where(licenses.c.identifier == second.identifier).values(sealed_content=sealed))
    with pytest.raises(IntegrityError):
        of(database, second.identifier)
    with pytest.raises(IntegrityError), database.read() as tx:
        LicenseStore(tx, ContentBox(b"d" * 32)).get(first.identifier)


@pytest.mark.parametrize("sealed", [b"", b"x", b"x" * 12, b"x" * 60])
def test_damaged_content_is_an_integrity_error(sealed: bytes) -> None:
    with pytest.raises(IntegrityError):
        BOX.open("1.2.3", sealed)


def test_a_fingerprint_tells_requests_apart_and_needs_the_key() -> None:
    assert BOX.fingerprint(b"a") == ContentBox(b"c" * 32).fingerprint(b"a") != BOX.fingerprint(b"b")
    assert ContentBox(b"d" * 32).fingerprint(b"a") != BOX.fingerprint(b"a")


def test_of_two_writers_who_read_the_same_license_one_is_told(counter: Counter, database: Database) -> None:
    before = counter.issued()
    with database.begin() as tx:
        LicenseStore(tx, BOX).replace(before, before.suspend(POLICE, "a"))
    with pytest.raises(ConflictError), database.begin() as tx:
        LicenseStore(tx, BOX).replace(before, before.revoke(POLICE, "b"))
    assert of(database, before.identifier).reason == "a"


def test_of_two_writers_who_read_the_same_key_one_is_told(counter: Counter, database: Database) -> None:
    with database.begin() as tx:
        before = IssuingKeyStore(tx).get(counter.kid.hex())
        IssuingKeyStore(tx).replace(before, before.revoke(POLICE, NOON, "a"))
    with pytest.raises(ConflictError), database.begin() as tx:
        IssuingKeyStore(tx).replace(before, before.revoke(POLICE, NOON, "b"))


def test_a_key_is_registered_once_and_an_unknown_one_is_not_found(counter: Counter, database: Database) -> None:
    with database.begin() as tx:
        key = IssuingKeyStore(tx).get(counter.kid.hex())
        with pytest.raises(AlreadyExistsError):
            IssuingKeyStore(tx).insert(key)
        with pytest.raises(NotFoundError):
            IssuingKeyStore(tx).get("00" * 8)
        with pytest.raises(NotFoundError):
            LicenseStore(tx, BOX).get("1.2.3")


def test_a_place_in_a_status_list_is_given_once_for_good(counter: Counter, database: Database) -> None:
    one = counter.issued(number="1")
    gone = counter.revoked(counter.issued(number="2"))
    with database.begin() as tx:
        store = LicenseStore(tx, BOX)
        assert store.is_taken(0, one.status_index)
        assert store.is_taken(0, gone.status_index)  # revoked, and still not free
        assert not store.is_taken(1, one.status_index)
        assert (store.newest_shard(), store.count(0), store.count(1)) == (0, 2, 0)
        assert store.has_serial(one.license_type, POLICE.department, "1")
        assert not store.has_serial(one.license_type, POLICE.department, "2")
        row = tx.execute(select(licenses).where(licenses.c.identifier == gone.identifier)).one()._asdict()
    with pytest.raises(ConflictError), database.begin() as tx:
        tx.execute(insert(licenses).values(**row | {"identifier": "1.2.3", "seq": "x"}))


def test_pages_of_an_issuer_are_its_own_newest_first(counter: Counter, database: Database) -> None:
    made = []
    for number in range(5):
        made.append(counter.prepared(number=str(number)).identifier)
        counter.clock.advance(timedelta(seconds=1))
    with database.read() as tx:
        store = LicenseStore(tx, BOX)
        first = store.list(POLICE.department, "", 2, Wanted())
        rest = store.list(POLICE.department, first[-1].seq, 9, Wanted())
        assert store.list(MARKET.department, "", 9, Wanted()) == []
    assert [one.identifier for one in first + rest] == made[::-1]


def test_the_register_tells_of_each_place_what_is_in_force_there(counter: Counter, database: Database) -> None:
    register = StoredRegister(database)
    assert (register.newest_shard(), register.portion(0, -1, 9)) == (-1, [])
    draft, valid = counter.prepared(number="0"), counter.issued(number="1")
    held, gone = counter.suspended(counter.issued(number="2")), counter.revoked(counter.issued(number="3"))
    expected = {
        draft.identifier: (LicenseStatus.VALID, draft.status_index, "", b""),
        valid.identifier: (LicenseStatus.VALID, valid.status_index, "", valid.signed_bytes),
        held.identifier: (LicenseStatus.SUSPENDED, held.status_index, "核查地址", b""),
        gone.identifier: (LicenseStatus.INVALID, gone.status_index, "提供虚假材料", b""),
    }
    found = register.portion(0, -1, 9)
    assert {one.identifier: (one.status, one.index, one.reason, one.signed) for one in found} == expected
    assert [one.index for one in found] == sorted(one.index for one in found)
    assert list(register.portion(0, found[1].index, 1)) == [found[2]]
    assert register.of("1.2.3") is None
    assert register.of(gone.identifier) == register.at(0, gone.status_index) == next(one for one in found if one.identifier == gone.identifier)
    assert register.newest_shard() == 0


def test_a_row_with_a_place_that_nobody_gives_out_is_not_met(counter: Counter, database: Database) -> None:
    """A database edited past the hub: neither a gigantic number of lists nor a place outside of one is believed."""
    one, other = counter.issued(number="1"), counter.issued(number="2")
    register = StoredRegister(database)
    edit(database, licenses, one.identifier, status_shard=100_000_000)
    assert (register.newest_shard(), [entry.identifier for entry in register.portion(0, -1, 9)]) == (0, [other.identifier])
    edit(database, licenses, one.identifier, status_shard=0, status_index=SHARD)
    assert [entry.identifier for entry in register.portion(0, -1, 9)] == [other.identifier]
    assert register.of(one.identifier) is None


def test_a_new_license_gets_its_place_behind_the_newest_row_that_the_log_knows(counter: Counter, database: Database) -> None:
    keep_book(database, counter.log, NOON)
    one, other = counter.issued(number="1"), counter.issued(number="2")
    edit(database, licenses, one.identifier, status_shard=100_000_000)
    with database.read() as tx:
        assert LicenseStore(tx, BOX).newest_shard() == 0
    edit(database, licenses, one.identifier, status_shard=0)
    assert counter.issued(number="3").status_shard == other.status_shard == 0


def test_one_issuing_key_that_cannot_be_read_keeps_no_other_off_the_trust_list(counter: Counter, database: Database) -> None:
    second = counter.admitted(new_key())
    edit(database, issuing_keys, second.kid.hex(), public_key=b"damaged")
    assert [one.kid for one in load_keys(database)[1]] == [counter.kid]


def test_a_number_that_somebody_wrote_into_the_table_is_not_the_trust_lists(counter: Counter, database: Database) -> None:
    keep_book(database, counter.log, NOON)
    second = counter.admitted(new_key())
    before, _ = load_keys(database)
    edit(database, issuing_keys, second.kid.hex(), revision=1_000_000)
    number, listed = load_keys(database)
    assert number < before
    assert [one.kid for one in listed] == [counter.kid]


def test_the_trust_lists_number_grows_with_every_change_and_pending_keys_are_not_on_it(counter: Counter, database: Database) -> None:
    def keys() -> tuple[int, list[tuple[bytes, KeyStatus]]]:
        number, found = load_keys(database)
        return number, [(one.kid, one.status) for one in found]

    first, listed = keys()
    assert listed == [(counter.kid, KeyStatus.ACTIVE)]
    pending = counter.registered(new_key())
    second, listed = keys()
    assert listed == [(counter.kid, KeyStatus.ACTIVE)]
    counter.actions.revoke_key(on(pending, reason="未启用"))
    third, listed = keys()
    assert dict(listed) == {counter.kid: KeyStatus.ACTIVE, pending.kid: KeyStatus.REVOKED}
    assert first < second < third


def test_states_are_stored_by_their_names(counter: Counter, database: Database) -> None:
    one = counter.issued()
    with database.read() as tx:
        assert tx.scalar(select(licenses.c.state)) == LicenseState.ISSUED.value
    assert of(database, one.identifier).state is LicenseState.ISSUED
