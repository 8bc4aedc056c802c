"""A system joins: its key is made here and stays here, nothing is overwritten, and a certificate that does not fit is not kept."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from shuniu import IdentityError, ShuniuCallError, connect, expires_at, join, needs_renewal, new_key_and_csr, renew
from shuniu.catalogue import InvalidInputError
from shuniu.folder import Identity, read_identity, write_new
from tests.shuniu_sdk.authority import Authority
from tests.shuniu_sdk.hub import Hub, running
from tests.shuniu_sdk.test_client import ASKED


@pytest.fixture
def hub(authority: Authority) -> Iterator[Hub]:
    with running(authority) as hub:
        yield hub


@pytest.fixture
def joined(hub: Hub, authority: Authority, tmp_path: Path) -> Path:
    place = tmp_path / "deep" / "identity"
    join(hub.public, authority.pem, "good", place, ("db.civil.example", "127.0.0.1"), members_address=hub.members)
    return place


def test_a_request_asks_for_the_hosts_and_proves_the_key():
    key_pem, csr = new_key_and_csr(("db.civil.example", "10.0.0.7", "::1"))
    request = x509.load_der_x509_csr(csr)
    key = serialization.load_pem_private_key(key_pem, None)
    assert isinstance(key, ec.EllipticCurvePrivateKey)
    assert key.curve.name == "secp256r1"
    assert request.is_signature_valid
    assert request.public_key() == key.public_key()
    names = request.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert names.get_values_for_type(x509.DNSName) == ["db.civil.example"]
    assert [str(address) for address in names.get_values_for_type(x509.IPAddress)] == ["10.0.0.7", "::1"]
    assert not list(x509.load_der_x509_csr(new_key_and_csr()[1]).extensions)


def test_joining_leaves_four_files_that_only_their_owner_reads(joined: Path, hub: Hub):
    assert sorted(path.name for path in joined.iterdir()) == ["ca.pem", "cert.pem", "key.pem", "system.json"]
    assert {path.stat().st_mode & 0o777 for path in joined.iterdir()} == {0o600}
    assert joined.stat().st_mode & 0o777 == 0o700
    known = json.loads((joined / "system.json").read_text())
    assert known == {"hub": "test", "department": "116400000100831619", "system": "civil", "public": hub.public, "members": hub.members}
    with connect(hub.members, joined) as client, pytest.raises(ShuniuCallError, match="not granted"):
        client.query(**{**ASKED, "purpose": "not granted"})


@pytest.mark.parametrize("name", ["key.pem", "cert.pem", "ca.pem", "system.json"])
def test_an_identity_or_a_part_of_one_is_never_overwritten(hub: Hub, authority: Authority, tmp_path: Path, name: str):
    (tmp_path / name).write_text("precious")
    with pytest.raises(IdentityError, match=name):
        join(hub.public, authority.pem, "good", tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == [name]
    assert (tmp_path / name).read_text() == "precious"
    assert not hub.identities.requests


def test_of_two_that_join_at_once_into_one_folder_one_wins(tmp_path: Path):
    write_new(tmp_path, {"key.pem": b"first"})
    with pytest.raises(IdentityError):
        write_new(tmp_path, {"key.pem": b"second", "cert.pem": b"second"})
    assert [path.name for path in tmp_path.iterdir()] == ["key.pem"]
    assert (tmp_path / "key.pem").read_bytes() == b"first"


def test_a_used_token_leaves_nothing_behind(hub: Hub, authority: Authority, tmp_path: Path):
    with pytest.raises(ShuniuCallError):
        join(hub.public, authority.pem, "used", tmp_path / "identity")
    assert not list((tmp_path / "identity").iterdir())


def test_a_certificate_for_another_key_or_of_another_ca_is_not_kept(hub: Hub, authority: Authority, tmp_path: Path):
    hub.identities.key = ec.generate_private_key(ec.SECP256R1()).public_key()
    with pytest.raises(IdentityError, match="another key"):
        join(hub.public, authority.pem, "good", tmp_path / "a")
    hub.identities.key, hub.identities.issuer = None, Authority.new()
    with pytest.raises(IdentityError, match="does not come from"):
        join(hub.public, authority.pem, "good", tmp_path / "b")
    assert not list(tmp_path.glob("*/*"))


def test_renewal_changes_the_certificate_and_keeps_key_and_hosts(joined: Path, hub: Hub):
    key, old = (joined / "key.pem").read_bytes(), (joined / "cert.pem").read_bytes()
    renew(joined, force=True)
    assert (joined / "key.pem").read_bytes() == key
    assert (joined / "cert.pem").read_bytes() != old
    names = hub.identities.requests[-1].extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert names.get_values_for_type(x509.DNSName) == ["localhost"]
    assert sorted(path.name for path in joined.iterdir()) == ["ca.pem", "cert.pem", "key.pem", "system.json"]


def test_a_renewal_asks_for_the_hosts_that_were_approved_since(joined: Path, hub: Hub):
    hub.identities.hosts = ("localhost", "new.civil.example")
    renew(joined, force=True)
    names = hub.identities.requests[-1].extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert names.get_values_for_type(x509.DNSName) == ["localhost", "new.civil.example"]


def test_a_renewal_that_fails_leaves_the_old_certificate(joined: Path, hub: Hub):
    old = (joined / "cert.pem").read_bytes()
    hub.identities.issuer = Authority.new()
    with pytest.raises(IdentityError):
        renew(joined, force=True)
    assert (joined / "cert.pem").read_bytes() == old


def test_renewal_asks_for_the_address_when_it_does_not_know_it(hub: Hub, authority: Authority, tmp_path: Path):
    join(hub.public, authority.pem, "good", tmp_path / "identity")
    with pytest.raises(IdentityError, match="host:port"):
        renew(tmp_path / "identity", force=True)
    renew(tmp_path / "identity", hub.members, force=True)


def test_a_certificate_is_due_when_less_than_a_third_of_its_life_is_left(joined: Path):
    end = expires_at(joined)  # the authority of these tests issues for nine days
    assert not needs_renewal(joined)
    assert not needs_renewal(joined, end - timedelta(days=3))
    assert needs_renewal(joined, end - timedelta(days=3) + timedelta(seconds=1))
    assert needs_renewal(joined, end + timedelta(days=1))


def test_a_folder_without_an_identity_says_how_to_get_one(tmp_path: Path):
    with pytest.raises(IdentityError, match="shuniu join") as refused:
        expires_at(tmp_path)
    assert "key.pem" in refused.value.message


@pytest.mark.parametrize("uris", [(), ("https://x",), ("shuniu://a/dept/x", "shuniu://b/dept/x")])
def test_a_certificate_that_names_no_hub_or_two_is_no_identity(authority: Authority, uris: tuple[str, ...]):
    certificate, key = authority.pair(*uris)
    with pytest.raises(IdentityError, match="names no hub"):
        _ = Identity(authority.pem, certificate, key).hub


def test_the_key_is_not_shown_when_an_identity_is_printed(joined: Path):
    identity = read_identity(joined)
    assert "PRIVATE" not in repr(identity)
    assert identity.hub == "test"


def test_a_renewal_before_two_thirds_of_the_life_does_nothing_unless_it_is_forced(joined: Path, hub: Hub):
    before, asked = (joined / "cert.pem").read_bytes(), len(hub.identities.requests)
    assert renew(joined) is False
    assert (joined / "cert.pem").read_bytes() == before
    assert len(hub.identities.requests) == asked
    assert renew(joined, force=True) is True
    assert (joined / "cert.pem").read_bytes() != before


@pytest.mark.parametrize("host", ["gat_data.dept.example", "data2.dept.example.", "*.dept.example", "", " ", "数据.example", "a:7443", "::"])
def test_a_host_that_no_certificate_names_is_refused_before_the_token_is_sent(hub: Hub, authority: Authority, tmp_path: Path, host: str):
    with pytest.raises(InvalidInputError, match="no certificate can name") as refused:
        join(hub.public, authority.pem, "good", tmp_path / "identity", ("data.dept.example", host), members_address=hub.members)
    assert refused.value.reason == "HOST_WRONG"
    assert host.strip() in refused.value.message
    assert not hub.identities.requests
    assert not (tmp_path / "identity").exists()


def test_more_than_eight_hosts_are_refused_before_the_token_is_sent(hub: Hub, authority: Authority, tmp_path: Path):
    with pytest.raises(InvalidInputError, match="9 hosts"):
        join(hub.public, authority.pem, "good", tmp_path / "identity", tuple(f"h{number}.example" for number in range(9)))
    assert not hub.identities.requests
