"""A hub that runs for more than a year: every door and every connection to a provider shows a certificate that is in force.

TLS looks at the machine's clock, so the hub's own stands in the past at the start and comes to the present: what it made then has ended by now.
"""

import socket
import ssl
from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from grpc import StatusCode

from shuniu import connect_public
from shuniu.errors import ShuniuCallError
from shuniu.provider.certificates import HubCertificate
from shuniu.v1.license_pb2 import ListLicenseTypesRequest
from tests.world import CONSUMER, World

DAY = timedelta(days=1)
DOORS = ("members", "public")


class AgedWorld(World):
    """A hub that was made and started some days ago, and another number of days before that."""

    def __init__(self, running: int, made: int = 0) -> None:
        super().__init__()
        self.now = datetime.now(UTC).replace(microsecond=0)
        self.running, self.made = running, made
        self.clock.set(self.now - (running + made) * DAY)

    def __enter__(self):
        super().__enter__()
        if self.made:
            self.run(self.hub.stop())
            self.clock.advance(self.made * DAY)
            super().__enter__()
        return self

    def come_to_the_present(self) -> None:
        self.clock.set(self.now)
        self.hub._sweep(self.now)


def shown_at(address: str) -> x509.Certificate:
    """Return the certificate that a door shows, whatever it is worth."""
    host, _, port = address.rpartition(":")
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    context.set_alpn_protocols(["h2"])
    with socket.create_connection((host, int(port)), timeout=5) as raw, context.wrap_socket(raw) as tls:
        der = tls.getpeercert(binary_form=True)
    assert der is not None
    return x509.load_der_x509_certificate(der)


@pytest.mark.parametrize(("running", "made"), [(364, 0), (366, 0), (126, 240)])
def test_every_door_shows_a_certificate_in_force_without_a_restart(running, made):
    with AgedWorld(running, made) as world:
        old = {door: shown_at(world.addresses[door]) for door in DOORS}
        world.come_to_the_present()
        for door in DOORS:
            new = shown_at(world.addresses[door])
            assert new.not_valid_before_utc <= world.now
            assert new.not_valid_after_utc > world.now + 300 * DAY, door
            assert new.serial_number != old[door].serial_number
            assert new.public_key() == old[door].public_key()


def test_after_a_year_members_enrol_call_and_are_served_by_providers_as_on_the_first_day():
    with AgedWorld(366) as world:
        with connect_public(world.addresses["public"], world.ca) as stranger, pytest.raises(ShuniuCallError) as refused:
            stranger.licenses.ListLicenseTypes(ListLicenseTypesRequest(), timeout=3)
        assert refused.value.code in {StatusCode.UNAVAILABLE, StatusCode.DEADLINE_EXCEEDED}
        world.come_to_the_present()
        grant = world.grant()
        assert world.as_(CONSUMER).query(grant).ok


def test_a_provider_sees_the_new_certificate_at_the_next_call_without_a_restart_of_either(monkeypatch):
    seen = []
    check = HubCertificate.check

    def look(self: HubCertificate, pem: bytes) -> None:
        seen.append(pem)
        check(self, pem)

    monkeypatch.setattr(HubCertificate, "check", look)
    with World() as world:
        grant = world.grant()
        for _ in range(2):
            assert world.as_(CONSUMER).query(grant).ok
        before = len(seen)  # the hub has asked the provider what it serves, too
        (world.config.data / "certs" / "hub-server.crt.pem").unlink()  # the next one is a new one
        monkeypatch.setattr(world.hub.ca, "is_due", lambda _own: True)
        world.hub.own.look(world.clock.now())
        for _ in range(2):
            assert world.as_(CONSUMER).query(grant).ok
    assert before >= 2
    assert len(seen) >= before + 2
    assert len(set(seen[:before])) == 1
    assert len(set(seen[before:])) == 1
    assert seen[0] != seen[-1]
