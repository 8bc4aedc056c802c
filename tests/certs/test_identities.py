import threading
import time
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from certs.identities import TOPIC, Identities, read_certificate
from certs.model import Certificate, Department, System
from certs.roll import Roll
from hub.access import Caller, Role
from hub.clock import StoppedClock
from hub.errors import NotSignedInError, UnavailableError
from tests.certs.hall import CIVIL, NOON, POLICE, an_authority, csr, new_key

MEMBER = frozenset({Role.MEMBER})
DAY = timedelta(days=1)


def a_roll() -> Roll:
    """Return a roll with both departments, which are active."""
    known = {uscc: Department(uscc, "某厅", "", "640000", NOON) for uscc in (CIVIL, POLICE)}
    return Roll(known.get, known.values)


class Book:
    """A hub's register in memory: issues real certificates, gives them to the loaders."""

    def __init__(self, folder):
        self.clock = StoppedClock(NOON)
        self.ca = an_authority(folder, self.clock)
        self.kept: dict[str, System] = {}
        self.loads = 0
        self.down = False

    def issue(self, system: str = "case-office", department: str = CIVIL) -> bytes:
        issued = self.ca.issue_client(csr(new_key()), department, system)
        one = Certificate(issued.serial, issued.fingerprint, issued.not_before, issued.not_after, self.clock.now(), issued.pem.decode())
        before = self.kept.get(f"departments/{department}/systems/{system}", System(department, system, MEMBER, "localhost:7443"))
        self.kept[before.name] = replace(before, certificates=(one, *before.certificates))
        return issued.pem

    def load_one(self, name: str) -> System | None:
        self.loads += 1
        if self.down:
            raise UnavailableError("database down")
        return self.kept.get(name)

    def identities(self, hub: str = "ningxia") -> Identities:
        return Identities(self.clock, hub, self.load_one, lambda: list(self.kept.values()), a_roll())


@pytest.fixture
def book(tmp_path):
    return Book(tmp_path)


def reason(identities: Identities, pem: bytes) -> str:
    with pytest.raises(NotSignedInError) as refused:
        identities.identify(pem)
    assert refused.value.next_action
    return refused.value.reason


def only(book: Book) -> System:
    return next(iter(book.kept.values()))


def test_a_registered_certificate_tells_who_calls(book):
    pem = book.issue()
    serial = only(book).certificates[0].serial
    assert book.identities().identify(pem) == Caller(CIVIL, "case-office", MEMBER, serial)


def test_an_unregistered_certificate_of_our_own_ca_is_unknown(book):
    assert reason(book.identities(), book.ca.issue_client(csr(new_key()), CIVIL, "case-office").pem) == "CERTIFICATE_UNKNOWN"


def test_a_certificate_of_another_hub_is_named_so(book, tmp_path):
    other = an_authority(tmp_path / "gansu", book.clock, hub="gansu")
    assert reason(book.identities(), other.issue_client(csr(new_key()), CIVIL, "case-office").pem) == "CERTIFICATE_OF_OTHER_HUB"


def test_a_certificate_with_a_registered_serial_but_another_fingerprint_is_unknown(book):
    pem = book.issue()
    system = only(book)
    book.kept[system.name] = replace(system, certificates=(replace(system.certificates[0], fingerprint="0" * 64),))
    assert reason(book.identities(), pem) == "CERTIFICATE_UNKNOWN"


def test_a_certificate_registered_for_another_system_is_unknown(book):
    pem = book.issue()
    book.kept = {"x": replace(only(book), system="other")}
    assert reason(book.identities(), pem) == "CERTIFICATE_UNKNOWN"


def test_the_dates_are_checked_on_each_call(book):
    identities, pem = book.identities(), book.issue()
    identities.reload(TOPIC, only(book).name)
    assert identities.identify(pem).system == "case-office"
    book.clock.advance(-DAY)
    assert reason(identities, pem) == "CERTIFICATE_NOT_YET_VALID"
    book.clock.advance(91 * DAY)
    assert identities.identify(pem).system == "case-office"
    book.clock.advance(timedelta(microseconds=1))
    assert reason(identities, pem) == "CERTIFICATE_EXPIRED"


def test_a_revocation_holds_at_once_and_tells_its_reason(book):
    first, second = book.issue(), book.issue()
    identities = book.identities()
    identities.identify(first)
    system = only(book)
    newest, oldest = system.certificates
    book.kept[system.name] = replace(system, certificates=(newest, oldest.revoke(NOON, "key lost")))
    identities.reload("grants", system.name)
    identities.identify(first)
    identities.reload(TOPIC, system.name)
    with pytest.raises(NotSignedInError, match="key lost") as refused:
        identities.identify(first)
    assert refused.value.reason == "CERTIFICATE_REVOKED"
    assert identities.identify(second).serial == newest.serial


def test_new_systems_roles_and_endpoints_follow_the_change_feed(book):
    identities = book.identities()
    assert identities.endpoint(CIVIL, "case-office") == ""
    pem = book.issue()
    name = only(book).name
    identities.reload(TOPIC, name)
    assert identities.endpoint(CIVIL, "case-office") == "localhost:7443"
    book.kept[name] = replace(only(book), roles=frozenset({Role.AUDITOR}), endpoint="")
    identities.reload(TOPIC, name)
    assert identities.identify(pem).roles == {Role.AUDITOR}
    assert identities.endpoint(CIVIL, "case-office") == ""
    del book.kept[name]
    identities.reload(TOPIC, name)
    assert reason(identities, pem) == "CERTIFICATE_UNKNOWN"
    assert identities.endpoint(CIVIL, "case-office") == ""


def test_a_change_of_one_system_leaves_the_others_as_they_are(book):
    civil, police = book.issue(), book.issue("register", POLICE)
    identities = book.identities()
    identities.reload(TOPIC, f"departments/{CIVIL}/systems/case-office")
    assert (identities.identify(civil).department, identities.identify(police).department) == (CIVIL, POLICE)
    assert book.loads == 1


def test_while_a_change_cannot_be_loaded_nobody_is_let_in(book):
    pem = book.issue()
    identities = book.identities()
    system = only(book)
    book.kept[system.name] = replace(system, certificates=(system.certificates[0].revoke(NOON, "key lost"),))
    book.down = True
    identities.reload(TOPIC, system.name)
    with pytest.raises(UnavailableError):
        identities.identify(pem)
    book.down = False
    assert reason(identities, pem) == "CERTIFICATE_REVOKED"
    loads = book.loads
    assert reason(identities, pem) == "CERTIFICATE_REVOKED"
    assert book.loads == loads


def test_an_old_view_loaded_by_a_slow_thread_does_not_bury_a_revocation(book):
    pem = book.issue()
    system = only(book)
    begun, go_on = threading.Event(), threading.Event()

    def load_one(name):
        seen = book.kept[name]
        if not begun.is_set():
            begun.set()
            go_on.wait(5)
        return seen

    identities = Identities(book.clock, "ningxia", load_one, lambda: list(book.kept.values()), a_roll())
    slow = threading.Thread(target=identities.reload, args=(TOPIC, system.name))
    slow.start()
    begun.wait(5)
    book.kept[system.name] = replace(system, certificates=(system.certificates[0].revoke(NOON, "key lost"),))
    fast = threading.Thread(target=identities.reload, args=(TOPIC, system.name))
    fast.start()
    time.sleep(0.05)
    go_on.set()
    slow.join(5)
    fast.join(5)
    assert reason(identities, pem) == "CERTIFICATE_REVOKED"


def test_trusted_are_the_certificates_of_one_system_that_are_valid_now(book):
    first = book.issue()
    book.clock.advance(10 * DAY)
    second, _ = book.issue(), book.issue("register", POLICE)
    identities = book.identities()
    assert identities.certificates_of(CIVIL, "case-office") == second + first
    book.clock.advance(85 * DAY)
    assert identities.certificates_of(CIVIL, "case-office") == second
    system = book.kept[f"departments/{CIVIL}/systems/case-office"]
    newest, oldest = system.certificates
    book.kept[system.name] = replace(system, certificates=(newest.revoke(NOON, "key lost"), oldest))
    identities.reload(TOPIC, system.name)
    assert identities.certificates_of(CIVIL, "case-office") == identities.certificates_of(CIVIL, "none") == b""


def test_a_certificate_is_parsed_once(book):
    pem = book.issue()
    identities = book.identities()
    for _ in range(50):
        identities.identify(bytes(bytearray(pem)))
    info = identities._read.cache_info()
    assert (info.misses, info.hits, info.maxsize) == (1, 49, 10_000)


@pytest.mark.parametrize("pem", [b"", b"junk", b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n", b"\0" * 100_000])
def test_what_is_no_certificate_is_refused(book, pem):
    assert reason(book.identities(), pem) == "CERTIFICATE_UNREADABLE"


def test_the_hubs_own_certificate_is_nobodys_system(book):
    assert reason(book.identities(), book.ca.issue_server(("localhost",)).certificate_pem) == "NO_IDENTITY"


@pytest.fixture(scope="module")
def pem(tmp_path_factory):
    return Book(tmp_path_factory.mktemp("ca")).issue()


@pytest.mark.filterwarnings("ignore:Parsed a serial number")
@settings(max_examples=1000, deadline=None)
@given(st.data())
def test_a_damaged_certificate_is_refused_or_has_another_fingerprint(pem, data):
    place = data.draw(st.integers(28, len(pem) - 28))
    damaged = pem[:place] + bytes([data.draw(st.integers(0, 255))]) + pem[place + data.draw(st.integers(0, 2)) :]
    right = read_certificate(pem)
    try:
        got = read_certificate(damaged)
    except NotSignedInError:
        return
    assert got == right or got.fingerprint != right.fingerprint
