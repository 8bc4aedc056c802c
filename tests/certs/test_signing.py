"""The CA signs through a Signer alone: a ring that never shows its keys, as a token behind PKCS#11, is as good as a folder of files."""

import subprocess
from datetime import timedelta

import pytest
from asn1crypto import x509 as asn1
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519

from certs.ca import CertificateAuthority
from certs.signing import CertificateDraft, CertificateIssuer, key_usage
from hub.clock import StoppedClock
from hub.keys import Ed25519Signer, Es256Signer
from hub.signer import HubKey
from tests.certs.hall import CIVIL, NOON, csr, new_key, pem_of

NAME = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "Shuniu CA ningxia")])


class Token:
    """A signer whose key is out of reach: it lives in a closure, as in another machine."""

    algorithm = "ES256"

    def __init__(self) -> None:
        signer = Es256Signer(new_key())
        self.public_der, self.public_pem = signer.public_der, signer.public_pem
        self.signed: list[bytes] = []
        self._sign = signer.sign

    def sign(self, data: bytes) -> bytes:
        self.signed.append(data)
        return self._sign(data)


class TokenRing:
    """A ring of such a token; it offers what `hub.signer.Ring` asks for and nothing else."""

    def __init__(self) -> None:
        self.token = Token()
        self._tls = pem_of(new_key())

    def signer(self, key: HubKey) -> Token:
        assert (key.name, key.kind) == ("ca", "ES256")
        return self.token

    def tls_key(self, key: HubKey) -> bytes:
        assert key.name == "hub-server"
        return self._tls


@pytest.fixture
def ring() -> TokenRing:
    return TokenRing()


@pytest.fixture
def ca(ring, tmp_path) -> CertificateAuthority:
    return CertificateAuthority.open(ring, tmp_path / "certs", "ningxia", StoppedClock(NOON))


def a_draft() -> CertificateDraft:
    return CertificateDraft(
        subject=NAME,
        key=new_key().public_key(),
        serial=7,
        start=NOON,
        end=NOON + timedelta(days=1),
        extensions=((x509.BasicConstraints(ca=False, path_length=None), True), (key_usage(certifies=False), True)),
    )


def key_id(certificate: x509.Certificate, extension: type[x509.SubjectKeyIdentifier]) -> bytes:
    return certificate.extensions.get_extension_for_class(extension).value.digest


def test_openssl_verifies_what_a_token_signed(ca, tmp_path):
    issued = ca.issue_client(csr(new_key(), x509.DNSName("data.mzj.example")), CIVIL, "case-office")
    own = ca.issue_server(("hub.example",))
    (tmp_path / "root.pem").write_bytes(ca.pem)
    for name, pem in (("client", issued.pem), ("server", own.certificate_pem), ("root", ca.pem)):
        (tmp_path / f"{name}.pem").write_bytes(pem)
        at = str(int(NOON.timestamp()))
        command = ["openssl", "verify", "-x509_strict", "-check_ss_sig", "-CAfile", tmp_path / "root.pem", "-attime", at, tmp_path / f"{name}.pem"]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr


def test_the_token_signs_exactly_what_stands_in_the_certificate(ca, ring):
    issued = ca.issue_client(csr(new_key()), CIVIL, "case-office")
    certificate = x509.load_pem_x509_certificate(issued.pem)
    assert ring.token.signed == [ca.certificate.tbs_certificate_bytes, certificate.tbs_certificate_bytes]


def test_a_certificate_names_its_issuer_and_not_the_throw_away_key(ca):
    certificate = x509.load_pem_x509_certificate(ca.issue_client(csr(new_key()), CIVIL, "case-office").pem)
    authority = certificate.extensions.get_extension_for_class(x509.AuthorityKeyIdentifier).value
    assert certificate.issuer == ca.certificate.subject == NAME
    assert authority.key_identifier == key_id(ca.certificate, x509.SubjectKeyIdentifier)
    certificate.verify_directly_issued_by(ca.certificate)
    ca.certificate.verify_directly_issued_by(ca.certificate)


def test_inside_and_outside_name_the_same_algorithm_without_parameters():
    certificate = CertificateIssuer(NAME, Token()).certify(a_draft())
    read = asn1.Certificate.load(certificate.public_bytes(serialization.Encoding.DER), strict=True)
    inside, outside = read["tbs_certificate"]["signature"], read["signature_algorithm"]
    assert inside.dump() == outside.dump() == bytes.fromhex("300a06082a8648ce3d040302")  # RFC 5758 section 3.2
    assert isinstance(certificate.signature_hash_algorithm, hashes.SHA256)


def test_no_private_key_of_the_ca_is_within_its_reach(ca, ring):
    ca.issue_server(("hub.example",))
    parts, seen = [ca], []
    while parts:
        part = parts.pop()
        seen.append(part)
        parts += [one for one in vars(part).values() if hasattr(one, "__dict__") and one not in seen and one is not ring]
    held = [value for part in seen for value in vars(part).values()]
    assert not [value for value in held if isinstance(value, ec.EllipticCurvePrivateKey)]
    assert ring.token in held


def test_a_signer_of_another_algorithm_issues_nothing():
    with pytest.raises(TypeError, match="ES256"):
        CertificateIssuer(NAME, Ed25519Signer(ed25519.Ed25519PrivateKey.generate()))
