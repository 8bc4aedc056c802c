import ipaddress
import re
import stat
import subprocess
from datetime import timedelta
from functools import cache

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from hypothesis import given, settings
from hypothesis import strategies as st

from certs.credentials import fingerprint_of, serial_of
from certs.csr import read_csr
from certs.san import SystemIdentity, parse_identity, parse_uri
from hub.clock import StoppedClock
from hub.errors import ConfigError, InvalidInputError, NotSignedInError
from shuniu.joining.hosts import MOST_HOSTS
from tests.certs.hall import CIVIL, NOON, an_authority, csr, new_key

DAY = timedelta(days=1)


@pytest.fixture
def clock():
    return StoppedClock(NOON)


@pytest.fixture
def ca(tmp_path, clock):
    return an_authority(tmp_path, clock)


@cache
def rsa_key(bits: int) -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(65537, bits)


def read(pem: bytes) -> x509.Certificate:
    return x509.load_pem_x509_certificate(pem)


def names(certificate: x509.Certificate) -> list[object]:
    return [name.value for name in certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value]


def openssl(tmp_path, ca, pem: bytes, *options: str) -> str:
    """Ask another implementation (OpenSSL) whether it takes the certificate at the clock's noon."""
    (tmp_path / "leaf.pem").write_bytes(pem)
    (tmp_path / "root.pem").write_bytes(ca.pem)
    command = ["openssl", "verify", "-x509_strict", "-CAfile", tmp_path / "root.pem", "-attime", str(int(NOON.timestamp())), *options]
    done = subprocess.run([*command, tmp_path / "leaf.pem"], capture_output=True, text=True, check=False)
    return "OK" if done.returncode == 0 else done.stderr


def test_the_ca_is_made_once_and_its_key_is_for_its_owner_alone(tmp_path, clock):
    first, again = an_authority(tmp_path, clock), an_authority(tmp_path, clock)
    assert first.pem == again.pem == (tmp_path / "certs" / "ca.crt.pem").read_bytes()
    assert stat.S_IMODE((tmp_path / "keys" / "ca.pem").stat().st_mode) == 0o600


def test_the_ca_certificate_says_what_a_ca_may_do(ca):
    extensions = ca.certificate.extensions
    assert extensions.get_extension_for_class(x509.BasicConstraints).value == x509.BasicConstraints(ca=True, path_length=0)
    usage = extensions.get_extension_for_class(x509.KeyUsage)
    assert usage.critical
    assert (usage.value.key_cert_sign, usage.value.crl_sign, usage.value.digital_signature) == (True, True, False)
    assert 3650 <= (ca.certificate.not_valid_after_utc - NOON).days <= 3653


def test_a_certificate_of_another_key_or_hub_stops_the_start(tmp_path, clock):
    an_authority(tmp_path / "a", clock)
    an_authority(tmp_path / "b", clock)
    with pytest.raises(ConfigError):
        an_authority(tmp_path / "a", clock, hub="gansu")
    (tmp_path / "a" / "certs" / "ca.crt.pem").write_bytes((tmp_path / "b" / "certs" / "ca.crt.pem").read_bytes())
    with pytest.raises(ConfigError):
        an_authority(tmp_path / "a", clock)
    (tmp_path / "a" / "certs" / "ca.crt.pem").write_bytes(b"junk")
    with pytest.raises(ConfigError):
        an_authority(tmp_path / "a", clock)


def test_a_hub_with_a_name_that_no_uri_can_hold_is_refused(tmp_path, clock):
    with pytest.raises(ConfigError):
        an_authority(tmp_path, clock, hub="Ningxia/2")


@pytest.mark.parametrize("make", [new_key, lambda: ec.generate_private_key(ec.SECP384R1()), lambda: rsa_key(3072)])
@pytest.mark.parametrize("purpose", ["sslclient", "sslserver"])
def test_openssl_accepts_an_issued_certificate(tmp_path, ca, make, purpose):
    issued = ca.issue_client(csr(make(), x509.DNSName("data.mzj.example")), CIVIL, "case-office")
    assert openssl(tmp_path, ca, issued.pem, "-purpose", purpose) == "OK"
    assert openssl(tmp_path, ca, issued.pem, "-purpose", "sslserver", "-verify_hostname", "data.mzj.example") == "OK"
    assert "hostname" in openssl(tmp_path, ca, issued.pem, "-purpose", "sslserver", "-verify_hostname", "other.example")


def test_openssl_refuses_an_issued_certificate_as_a_ca_and_under_another_ca(tmp_path, ca, clock):
    key = new_key()
    issued = ca.issue_client(csr(key), CIVIL, "case-office")
    assert openssl(tmp_path, an_authority(tmp_path / "other", clock), issued.pem) != "OK"
    below = x509.CertificateBuilder(read(issued.pem).subject, x509.Name([]), new_key().public_key(), 1, NOON - DAY, NOON + DAY)
    forged = below.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)
    (tmp_path / "between.pem").write_bytes(issued.pem)
    assert openssl(tmp_path, ca, forged, "-untrusted", str(tmp_path / "between.pem")) != "OK"


def test_the_certificate_names_the_system_and_nothing_the_csr_says(ca):
    issued = ca.issue_client(csr(new_key()), CIVIL, "case-office")
    certificate = read(issued.pem)
    assert names(certificate) == [f"shuniu://ningxia/dept/{CIVIL}/system/case-office"]
    assert parse_identity(certificate) == SystemIdentity("ningxia", CIVIL, "case-office")
    assert "root of all hubs" not in certificate.subject.rfc4514_string()
    assert (issued.serial, issued.fingerprint) == (serial_of(certificate), fingerprint_of(certificate))
    assert certificate.not_valid_after_utc - NOON == 90 * DAY
    assert timedelta(0) < NOON - certificate.not_valid_before_utc < timedelta(minutes=10)


def test_hosts_are_copied_and_no_other_names(ca):
    asked = [
        x509.DNSName("Data.MZJ.example"),
        x509.DNSName("data.mzj.example"),
        x509.IPAddress(ipaddress.ip_address("10.1.2.3")),
        x509.IPAddress(ipaddress.ip_address("::1")),
        x509.DNSName("1.2.3.4"),
        x509.UniformResourceIdentifier("shuniu://ningxia/hub"),
        x509.RFC822Name("root@example"),
        x509.DirectoryName(x509.Name([])),
    ]
    got = names(read(ca.issue_client(csr(new_key(), *asked), CIVIL, "case-office").pem))
    uri, *hosts = got
    assert uri == f"shuniu://ningxia/dept/{CIVIL}/system/case-office"
    assert hosts == ["data.mzj.example", ipaddress.ip_address("1.2.3.4"), ipaddress.ip_address("10.1.2.3"), ipaddress.ip_address("::1")]


@pytest.mark.parametrize(
    "wrong",
    [
        x509.DNSName("*.example"),
        x509.DNSName("not a host"),
        x509.DNSName("gat_data.dept.example"),
        x509.DNSName("data.dept.example."),
        x509.DNSName(""),
        x509.IPAddress(ipaddress.ip_address("224.0.0.1")),
    ],
)
def test_a_host_that_no_certificate_names_is_refused_and_not_left_out(ca, wrong):
    with pytest.raises(InvalidInputError, match="no certificate can name") as refused:
        ca.issue_client(csr(new_key(), x509.DNSName("data.mzj.example"), wrong), CIVIL, "a")
    assert refused.value.reason == "HOST_WRONG"


def test_more_than_eight_hosts_are_refused(ca):
    asked = [x509.DNSName(f"h{number}.example") for number in range(MOST_HOSTS + 1)]
    assert len(names(read(ca.issue_client(csr(new_key(), *asked[1:]), CIVIL, "a").pem))) == MOST_HOSTS + 1
    with pytest.raises(InvalidInputError):
        ca.issue_client(csr(new_key(), *asked), CIVIL, "a")


def test_nobody_gets_a_certificate_for_the_hubs_own_name(ca, tmp_path, clock):
    ca.issue_server(("hub.example", "10.0.0.1", "localhost", "127.0.0.1"))
    for one in (ca, an_authority(tmp_path, clock)):
        for name in (x509.DNSName("HUB.example"), x509.IPAddress(ipaddress.ip_address("10.0.0.1"))):
            with pytest.raises(InvalidInputError) as refused:
                one.issue_client(csr(new_key(), name), CIVIL, "a")
            assert refused.value.reason == "CSR_HOST_RESERVED"
        one.issue_client(csr(new_key(), x509.DNSName("localhost"), x509.IPAddress(ipaddress.ip_address("127.0.0.1"))), CIVIL, "a")


@pytest.mark.parametrize(
    "request_bytes",
    [
        lambda: b"",
        lambda: b"\x30\x00",
        lambda: b"0" * 20_000,
        lambda: csr(rsa_key(2048)),
        lambda: csr(ec.generate_private_key(ec.SECP256K1())),
        lambda: csr(ec.generate_private_key(ec.SECP521R1())),
        lambda: _ed25519_csr(),  # noqa: PLW0108 - defined below
        lambda: csr(new_key(), algorithm=hashes.SHA224()),
    ],
    ids=["empty", "hollow", "huge", "rsa2048", "secp256k1", "p521", "ed25519", "sha224"],
)  # fmt: skip
def test_a_csr_with_the_wrong_bytes_or_key_is_refused(ca, request_bytes):
    with pytest.raises(InvalidInputError) as refused:
        ca.issue_client(request_bytes(), CIVIL, "a")
    assert (refused.value.field, refused.value.reason) == ("csr", "CSR_REFUSED")
    assert "openssl req" in refused.value.next_action


def test_a_csr_for_somebody_elses_key_is_refused(ca):
    mine, other = new_key(), new_key()
    swapped = csr(mine).replace(_spki(mine), _spki(other))
    assert swapped != csr(mine)
    with pytest.raises(InvalidInputError, match="own key"):
        ca.issue_client(swapped, CIVIL, "a")


def _ed25519_csr() -> bytes:
    request = x509.CertificateSigningRequestBuilder(x509.Name([])).sign(ed25519.Ed25519PrivateKey.generate(), None)
    return request.public_bytes(serialization.Encoding.DER)


def _spki(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.public_key().public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)


GOOD_CSR = csr(new_key(), x509.DNSName("a.example"), x509.IPAddress(ipaddress.ip_address("10.0.0.1")))


@settings(max_examples=600, deadline=None)
@given(st.lists(st.tuples(st.integers(0, len(GOOD_CSR) - 1), st.integers(0, 255)), min_size=1, max_size=4), st.integers(0, 8))
def test_a_damaged_csr_is_refused_and_breaks_nothing(changes, cut):
    damaged = bytearray(GOOD_CSR)
    for place, value in changes:
        damaged[place] = value
    mutant = bytes(damaged[: len(damaged) - cut])
    if mutant != GOOD_CSR:
        with pytest.raises(InvalidInputError):
            read_csr(mutant)


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=200))
def test_any_bytes_are_a_csr_or_refused(data):
    with pytest.raises(InvalidInputError):
        read_csr(data)


@pytest.mark.parametrize(("department", "system"), [("x", "a"), (CIVIL, "A"), (CIVIL, "a/../b"), (CIVIL[:-1] + "0", "a"), (CIVIL, "a\n")])
def test_a_name_that_could_say_more_than_one_system_gets_no_certificate(ca, department, system):
    with pytest.raises(InvalidInputError):
        ca.issue_client(csr(new_key()), department, system)


RIGHT = f"shuniu://ningxia/dept/{CIVIL}/system/case-office"


@pytest.mark.parametrize(
    "uri",
    [RIGHT + "/", RIGHT + "?x", RIGHT.upper(), RIGHT.replace("shuniu:", "https:"), RIGHT.replace("ningxia", ""), RIGHT.replace("dept", "depts"),
     RIGHT + "\n", "shuniu://ningxia/hub", RIGHT.replace(CIVIL, CIVIL[:-1] + "0"), " " + RIGHT, ""],
)  # fmt: skip
def test_a_uri_that_is_not_exactly_an_identity_names_nobody(uri):
    assert parse_uri(RIGHT) is not None
    assert parse_uri(uri) is None


@pytest.mark.parametrize("uris", [(), (RIGHT, RIGHT), (RIGHT, "https://example"), ("https://example",)])
def test_a_certificate_with_no_or_several_uris_names_nobody(uris):
    key = new_key()
    builder = x509.CertificateBuilder(x509.Name([]), x509.Name([]), key.public_key(), 1, NOON, NOON + DAY)
    if uris:
        san = x509.SubjectAlternativeName([x509.UniformResourceIdentifier(uri) for uri in uris])
        builder = builder.add_extension(san, critical=False)
    with pytest.raises(NotSignedInError) as refused:
        parse_identity(builder.sign(key, hashes.SHA256()))
    assert refused.value.reason == "NO_IDENTITY"


def test_serials_are_random_and_fit_in_sixteen_bytes(ca):
    serials = {ca.issue_client(csr(new_key()), CIVIL, "a").serial for _ in range(20)}
    assert len(serials) == 20
    assert all(re.fullmatch("[0-9a-f]{32}", serial) for serial in serials)


def test_the_hubs_own_certificate_serves_and_dials(tmp_path, ca):
    own = ca.issue_server(("localhost", "127.0.0.1", "hub.example"))
    assert openssl(tmp_path, ca, own.certificate_pem, "-purpose", "sslserver", "-verify_hostname", "hub.example") == "OK"
    assert openssl(tmp_path, ca, own.certificate_pem, "-purpose", "sslclient", "-verify_ip", "127.0.0.1") == "OK"
    assert names(read(own.certificate_pem))[0] == ca.hub_uri == "shuniu://ningxia/hub"
    assert own.chain_pem == own.certificate_pem + ca.pem
    assert "PRIVATE" not in repr(own)
    assert stat.S_IMODE((tmp_path / "keys" / "hub-server.pem").stat().st_mode) == 0o600
    with pytest.raises(NotSignedInError):
        parse_identity(read(own.certificate_pem))


def test_the_hubs_own_certificate_is_renewed_late_or_when_its_names_change(ca, clock):
    first = ca.issue_server(("localhost",))
    clock.advance(240 * DAY)
    assert ca.issue_server(("localhost",)).certificate_pem == first.certificate_pem
    renamed = ca.issue_server(("localhost", "hub.example"))
    assert renamed.certificate_pem != first.certificate_pem
    assert renamed.key_pem == first.key_pem
    clock.advance(245 * DAY)
    late = ca.issue_server(("hub.example", "localhost"))
    assert late.certificate_pem != renamed.certificate_pem
    assert read(late.certificate_pem).not_valid_after_utc - clock.now() == 365 * DAY


def test_a_server_certificate_of_an_earlier_ca_is_replaced(tmp_path, clock):
    before = an_authority(tmp_path, clock).issue_server(("localhost",))
    (tmp_path / "keys" / "ca.pem").unlink()
    (tmp_path / "certs" / "ca.crt.pem").unlink()
    after = an_authority(tmp_path, clock)
    own = after.issue_server(("localhost",))
    assert own.key_pem == before.key_pem
    assert openssl(tmp_path, after, own.certificate_pem) == "OK"


@pytest.mark.parametrize("wrong", [(), ("*.example",), ("localhost", "a b")])
def test_a_server_name_that_is_no_host_stops_the_start(ca, wrong):
    with pytest.raises(ConfigError):
        ca.issue_server(wrong)


def test_no_certificate_outlives_the_ca(ca, clock):
    clock.set(ca.certificate.not_valid_after_utc - DAY)
    assert ca.issue_client(csr(new_key()), CIVIL, "a").not_after == ca.certificate.not_valid_after_utc
    clock.advance(2 * DAY)
    with pytest.raises(ConfigError):
        ca.issue_client(csr(new_key()), CIVIL, "a")
