"""A release is short text that anybody can check."""

import hashlib
from datetime import UTC, datetime, timedelta

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from hypothesis import given
from hypothesis import strategies as st

from catalog.model import digest
from catalog.release import ReleaseStatement, digest_of, read, sign, verify, write
from hub.errors import IntegrityError
from hub.keys import Ed25519Signer, Es256Signer
from hub.unit_of_work import Step
from tests.catalog.samples import NOW, RULER, TRADER, Room, a_business_entry

SIGNER = Es256Signer(ec.generate_private_key(ec.SECP256R1()))
VERSIONS = [("01b", 2, b"\x02" * 32), ("01a", 1, b"\x01" * 32)]
RELEASE = sign("ningxia", 7, VERSIONS, NOW + timedelta(milliseconds=5), SIGNER)


def test_the_digest_is_over_sorted_lines_that_anybody_can_write():
    lines = f"01a 1 {'01' * 32}\n01b 2 {'02' * 32}\n"
    assert digest_of(VERSIONS) == digest_of(reversed(VERSIONS)) == hashlib.sha256(lines.encode()).digest()
    assert digest_of([]) == hashlib.sha256(b"").digest()


def test_the_statement_says_everything_in_six_lines():
    assert RELEASE.statement.decode().splitlines() == [
        "shuniu directory release", "hub ningxia", "number 7", "time 2026-03-02T01:00:00Z", "entries 2", f"sha256 {digest_of(VERSIONS).hex()}",
    ]  # fmt: skip
    assert RELEASE.create_time == NOW
    assert len(RELEASE.signature) == 64


def test_a_release_is_checked_with_its_public_key_alone():
    said = verify(RELEASE.statement, RELEASE.signature, RELEASE.public_key_pem.encode())
    assert said == ReleaseStatement("ningxia", 7, NOW, 2, digest_of(VERSIONS))


@pytest.mark.parametrize("place", range(0, len(RELEASE.statement), 7))
def test_one_changed_bit_in_the_statement_is_noticed(place):
    changed = bytearray(RELEASE.statement)
    changed[place] ^= 1
    with pytest.raises(IntegrityError):
        verify(bytes(changed), RELEASE.signature, RELEASE.public_key_pem.encode())


@given(st.binary(max_size=80))
def test_no_other_bytes_are_a_signature(signature):
    with pytest.raises(IntegrityError):
        verify(RELEASE.statement, signature, RELEASE.public_key_pem.encode())


def test_another_key_does_not_fit():
    other_curve = ec.generate_private_key(ec.SECP384R1())
    for pem in (
        Es256Signer(ec.generate_private_key(ec.SECP256R1())).public_pem,
        Es256Signer(other_curve).public_pem,
        Ed25519Signer(ed25519.Ed25519PrivateKey.generate()).public_pem,
        b"",
        b"-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n",
        b"\xff" * 100,
    ):
        with pytest.raises(IntegrityError):
            verify(RELEASE.statement, RELEASE.signature, pem)


@given(
    st.builds(
        ReleaseStatement,
        st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\n"), min_size=1, max_size=80),
        st.integers(1, 10**17),
        st.datetimes(datetime(2020, 1, 1), datetime(2200, 1, 1), timezones=st.just(UTC)).map(lambda moment: moment.replace(microsecond=0)),  # noqa: DTZ001
        st.integers(0, 10**17),
        st.binary(min_size=32, max_size=32),
    ),
)
def test_what_is_written_is_read_back(said):
    written = write(said)
    if len(written) <= 400:
        assert read(written) == said


@given(st.integers(0, len(RELEASE.statement) - 1), st.integers(0, 255), st.binary(max_size=4))
def test_foreign_bytes_are_read_as_the_same_statement_or_not_at_all(place, byte, tail):
    changed = RELEASE.statement[:place] + bytes([byte]) + RELEASE.statement[place + 1 :] + tail
    try:
        said = read(changed)
    except IntegrityError:
        return
    assert write(said) == changed


@pytest.mark.parametrize(
    "text", [b"", b"\xff", b"x" * 500, RELEASE.statement * 2, RELEASE.statement.replace(b"03-02", b"02-31"), RELEASE.statement[:-1]]
)
def test_what_is_no_statement_is_refused(text):
    with pytest.raises(IntegrityError):
        read(text)


def test_the_release_of_a_hub_is_rebuilt_from_what_the_hub_publishes(database):
    room = Room(database)
    entries = [room.published(), room.published(a_business_entry(), TRADER)]
    release = room.actions.create_release(Step(caller=RULER))
    said = verify(release.statement, release.signature, room.signer.public_pem)
    assert said.digest == release.digest == digest_of((entry.id, entry.version, digest(entry)) for entry in entries)
    assert (said.hub, said.number, said.entry_count, said.time) == ("ningxia", 1, 2, room.clock.now())
