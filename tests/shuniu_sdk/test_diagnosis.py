"""A certificate that has ended, and a clock that is off, are told as what they are: which certificate, since when, and what to do."""

import asyncio
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta, timezone
from http.server import BaseHTTPRequestHandler, HTTPServer
from ipaddress import ip_address
from pathlib import Path
from threading import Thread

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding
from grpc import StatusCode

import shuniu.diagnosis
from shuniu import ShuniuCallError, connect, connect_async, connect_public, renew
from shuniu.catalogue import NotSignedInError
from shuniu.diagnosis import Diagnosis, is_named
from shuniu.errors import FetchError
from shuniu.folder import read_identity
from shuniu.provider.certificates import Certificates, HubCertificate
from shuniu.v1.identity_pb2 import WhoAmIRequest
from shuniu.v1.license_pb2 import GetTrustListRequest
from shuniu.zone import beijing_clock
from tests.shuniu_sdk.authority import DEPARTMENT_URI, Authority, pem_of
from tests.shuniu_sdk.hub import Hub
from tests.shuniu_sdk.test_client import ASKED

DAY = timedelta(days=1)
NOW = datetime.now(timezone.utc).replace(microsecond=0)
PAST, PRESENT, FUTURE = (NOW - 20 * DAY, NOW - 2 * DAY), (NOW - DAY, NOW + DAY), (NOW + 2 * DAY, NOW + 20 * DAY)


class Dated(Authority):
    """An authority whose certificates are good when a test says so."""

    window = PRESENT

    def pair(self, *uris: str, life: timedelta = DAY) -> tuple[bytes, bytes]:
        del life
        key = ec.generate_private_key(ec.SECP256R1())
        names = [
            *map(x509.UniformResourceIdentifier, uris),
            x509.DNSName("localhost"),
            x509.IPAddress(ip_address("127.0.0.1")),
        ]
        builder = x509.CertificateBuilder(self.certificate.subject, x509.Name([]), key.public_key(), 7, *self.window)
        builder = builder.add_extension(x509.SubjectAlternativeName(names), critical=True)
        return builder.sign(self.key, hashes.SHA256()).public_bytes(Encoding.PEM), pem_of(key)


@contextmanager
def standing(hub_window, own_window, tmp_path: Path) -> Iterator[tuple[Hub, Path]]:
    """Run a hub and make an identity, each with a certificate of a time."""
    made = Authority.new()
    authority = Dated(made.key, made.certificate)
    authority.window = hub_window
    hub = Hub(authority)
    authority.window = own_window
    try:
        yield hub, authority.folder(tmp_path / "identity", DEPARTMENT_URI)
    finally:
        hub.stop()


def refusal(hub: Hub, folder: Path) -> ShuniuCallError:
    with connect(hub.members, folder) as client, pytest.raises(ShuniuCallError) as refused:
        client.query(**ASKED, timeout=5)
    return refused.value


@pytest.mark.parametrize(
    ("hub_window", "own_window", "reason", "code", "said"),
    [
        (PRESENT, PAST, "CERTIFICATE_EXPIRED", StatusCode.UNAUTHENTICATED, PAST[1]),
        (PRESENT, FUTURE, "CERTIFICATE_NOT_YET_VALID", StatusCode.UNAUTHENTICATED, FUTURE[0]),
        (PAST, PRESENT, "HUB_CERTIFICATE_EXPIRED", StatusCode.UNAVAILABLE, PAST[1]),
        (FUTURE, PRESENT, "CLOCK_OFF", StatusCode.FAILED_PRECONDITION, FUTURE[0]),
        (PAST, PAST, "CLOCK_OFF", StatusCode.FAILED_PRECONDITION, PAST[1]),
    ],
)
def test_what_is_out_of_date_is_named_with_its_date(hub_window, own_window, reason, code, said, tmp_path):
    with standing(hub_window, own_window, tmp_path) as (hub, folder):
        error = refusal(hub, folder)
        assert (error.reason, error.code) == (reason, code)
        assert beijing_clock(said) in error.message
        assert beijing_clock(said) in error.message_zh
        assert error.next_action
        assert error.next_action_zh

        async def ask() -> ShuniuCallError:
            async with connect_async(hub.members, folder) as client:
                with pytest.raises(ShuniuCallError) as refused:
                    await client.identity.WhoAmI(WhoAmIRequest(), timeout=5)
            return refused.value

        assert asyncio.run(ask()).reason == reason


def test_both_in_force_and_a_hub_that_is_away_is_told_as_away(tmp_path):
    with standing(PRESENT, PRESENT, tmp_path) as (hub, folder):
        with connect(hub.members, folder) as client:
            assert client.identity.WhoAmI(WhoAmIRequest()) is not None
        hub.stop()
        error = refusal(hub, folder)
    assert (error.code, error.reason) == (StatusCode.UNAVAILABLE, "NOBODY_LISTENS")


def test_a_hub_of_another_ca_is_told(tmp_path):
    with (
        standing(PRESENT, PRESENT, tmp_path) as (hub, _),
        connect_public(hub.public, Authority.new().pem) as stranger,
        pytest.raises(ShuniuCallError) as refused,
    ):
        stranger.identity.WhoAmI(WhoAmIRequest(), timeout=5)
    assert refused.value.reason == "HUB_OF_OTHER_CA"


def test_the_other_side_is_looked_at_once_in_a_while(monkeypatch):
    looks: list[str] = []

    def look(address: str, _seconds: float) -> list[bytes]:
        looks.append(address)
        return []

    monkeypatch.setattr(shuniu.diagnosis, "chain_at", look)
    diagnosis = Diagnosis("hub.example:7443", b"")
    for _ in range(5):
        assert diagnosis.cause(NOW) is None
    assert looks == ["hub.example:7443"]


def test_a_renewal_that_comes_too_late_says_so_before_it_calls(tmp_path):
    with standing(PRESENT, PAST, tmp_path) as (hub, folder):
        (folder / "system.json").write_text(f'{{"members": "{hub.members}"}}')
        with pytest.raises(NotSignedInError, match="too late") as refused:
            renew(folder)
        assert "invitation" in refused.value.next_action
        assert not hub.identities.requests


def test_a_provider_says_in_its_own_log_which_certificate_is_out_of_date(tmp_path, caplog):
    with standing(PAST, PAST, tmp_path) as (_, folder):
        authority = Dated(ec.generate_private_key(ec.SECP256R1()), Authority.new().certificate)
        authority.window = PAST
        hub = HubCertificate("shuniu://test/hub")
        pem, _ = authority.pair("shuniu://test/hub")
        with caplog.at_level(logging.WARNING):
            for _ in range(3):
                with pytest.raises(FetchError):
                    hub.check(pem)
            own = Certificates(folder, read_identity(folder))
            for _ in range(3):
                own._read_if_renewed()
    told = [record.message for record in caplog.records]
    assert [("hub's certificate" in one, "provider's certificate ended" in one) for one in told] == [(True, False), (False, True)]
    assert all(beijing_clock(PAST[1]) in one for one in told)


# the wrong door


class Elsewhere(Authority):
    """An authority whose hub is called by another name than the one that is dialled."""

    def pair(self, *uris: str, life: timedelta = DAY) -> tuple[bytes, bytes]:
        key = ec.generate_private_key(ec.SECP256R1())
        names = [*map(x509.UniformResourceIdentifier, uris), x509.DNSName("hub.example.gov.cn")]
        builder = x509.CertificateBuilder(self.certificate.subject, x509.Name([]), key.public_key(), 7, NOW - DAY, NOW + life)
        builder = builder.add_extension(x509.SubjectAlternativeName(names), critical=True)
        return builder.sign(self.key, hashes.SHA256()).public_bytes(Encoding.PEM), pem_of(key)


def told_at(address: str, ca: bytes) -> ShuniuCallError:
    with connect_public(address, ca) as client, pytest.raises(ShuniuCallError) as refused:
        client.licenses.GetTrustList(GetTrustListRequest(), timeout=5)
    return refused.value


def assert_told(error: ShuniuCallError, reason: str, *said: str) -> None:
    assert (error.reason, error.code) == (reason, StatusCode.UNAVAILABLE)
    for text in (*said,):
        assert text in error.message
        assert text in error.message_zh
    assert "ssl" not in error.message.lower()
    assert error.next_action
    assert error.next_action_zh


def test_a_host_that_the_certificate_does_not_name_is_told_with_those_that_it_names():
    made = Authority.new()
    hub = Hub(Elsewhere(made.key, made.certificate))
    try:
        assert_told(told_at(hub.public, made.pem), "HOST_NOT_NAMED", hub.public, "hub.example.gov.cn")
    finally:
        hub.stop()


def test_the_port_for_systems_is_named_to_whoever_has_no_certificate(tmp_path: Path):
    with standing(PRESENT, PRESENT, tmp_path) as (hub, folder):
        error = told_at(hub.members, read_identity(folder).ca)
        assert_told(error, "MEMBERS_PORT", hub.members)
        assert "7444" in error.next_action
        assert "7444" in error.next_action_zh


def test_a_port_without_tls_and_one_without_anybody_are_told_apart():
    ca = Authority.new().pem
    with HTTPServer(("127.0.0.1", 0), BaseHTTPRequestHandler) as pages:
        Thread(target=pages.serve_forever, daemon=True).start()
        address = f"127.0.0.1:{pages.server_port}"
        assert_told(told_at(address, ca), "NOT_TLS", address)
        pages.shutdown()
    assert_told(told_at(address, ca), "NOBODY_LISTENS", address)


@pytest.mark.parametrize(
    ("host", "named"),
    [
        ("hub.example", True), ("HUB.example.", True), ("a.wild.example", True), ("a.b.wild.example", False), ("wild.example", False),
        ("10.0.0.1", True), ("10.0.0.2", False), ("::1", True), ("0:0:0:0:0:0:0:1", True),
    ],
)  # fmt: skip
def test_who_is_named_by_a_certificate(host: str, *, named: bool):
    assert is_named(host, ["hub.example", "*.wild.example", "10.0.0.1", "::1"]) is named
