"""How a system gets its identity: the key is made on this machine and stays here, the hub sees a certificate request and a one-time token."""

from __future__ import annotations

import ipaddress
import json
from datetime import datetime, timezone
from pathlib import Path
from typing import Final

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from shuniu.client import connect, connect_public
from shuniu.diagnosis import utc_now
from shuniu.errors import IdentityError
from shuniu.folder import CA, CERTIFICATE, KEY, SYSTEM, Identity, read_identity, read_system, refuse_occupied, replace_file, write_new
from shuniu.joining.hosts import MOST_HOSTS, hosts_from
from shuniu.joining.invitation import InvitationLine, read_invitation
from shuniu.joining.reasons import HOST_NOT_INVITED, INVITED_OTHERWISE
from shuniu.pinning import invited_ca
from shuniu.reasons import OWN_EXPIRED
from shuniu.v1.identity_pb2 import EnrollRequest, EnrollResponse, RenewCertificateRequest, WhoAmIRequest
from shuniu.zone import beijing_clock

RENEW_BELOW: Final = 1 / 3
"""Renew when less than this part of the certificate's life is left."""
_REPORT: Final = "do not use this certificate; report it to the authority that runs the hub"
_REPORT_ZH: Final = "请勿使用该证书，并报告运行枢纽的数据共享主管部门"


def new_key_and_csr(hosts: tuple[str, ...] = ()) -> tuple[bytes, bytes]:
    """Return a new EC P-256 key (PEM, unencrypted PKCS#8) and a certificate request for it (DER) that asks for these DNS names and addresses."""
    key = ec.generate_private_key(ec.SECP256R1())
    pem = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    return pem, _csr(key, hosts)


def join(public_address: str, ca_pem: bytes, token: str, folder: Path | str, hosts: tuple[str, ...] = (), *, members_address: str = "") -> None:
    """Redeem a token: write key.pem, cert.pem, ca.pem and system.json into a folder that holds none of them yet.

    `hosts` are the names under which this system will serve ProviderService; `members_address` is kept for `renew`.
    Nothing is written unless the hub's answer fits the key and comes from its CA; a host that no certificate can name is refused before.
    """
    place = Path(folder)
    # before the token is sent, which works once
    hosts = hosts_from(hosts, "hosts")
    refuse_occupied(place)
    _join(public_address, ca_pem, token, place, hosts, members_address=members_address)


def _join(
    public_address: str,
    ca_pem: bytes,
    token: str,
    place: Path,
    hosts: tuple[str, ...],
    *,
    members_address: str,
    invited: InvitationLine | None = None,
) -> None:
    place.mkdir(mode=0o700, parents=True, exist_ok=True)
    key_pem, csr = new_key_and_csr(hosts)
    with connect_public(public_address, ca_pem) as hub:
        answer = hub.identity.Enroll(EnrollRequest(token=token, csr=csr))
    identity = Identity(answer.ca_pem.encode(), answer.certificate_pem.encode(), key_pem)
    _check(identity)
    _check_invited(answer.system.name, identity.hub, invited)
    written = {KEY: key_pem, CERTIFICATE: identity.certificate, CA: identity.ca}
    write_new(place, {**written, SYSTEM: _system(answer, identity, public_address, members_address)})


def accept_invitation(text: str, folder: Path | str, hosts: tuple[str, ...] = (), *, ca_pem: bytes = b"") -> None:
    """Join by an invitation, the line `shuniu://...` that the hub printed: write the same four files as `join`.

    The CA comes from the hub's own handshake, or from `ca_pem`, and is trusted only when its public key has the digest that the invitation names:
    the token is sent to nobody else. `hosts` are asked for beside those of the invitation.
    """
    said, place = read_invitation(text), Path(folder)
    refuse_occupied(place)
    asked = hosts_from((*said.hosts, *hosts), "hosts")
    if said.hosts and (others := [host for host in asked if host not in said.hosts]):
        raise HOST_NOT_INVITED(field="hosts", host=others[0], hosts=", ".join(said.hosts))
    ca = invited_ca(said, ca_pem)
    _join(said.public, ca, said.token, place, asked, members_address=said.members, invited=said)


def renew(folder: Path | str, members_address: str = "", *, force: bool = False) -> bool:
    """Get a new certificate for the key in the folder, and tell whether there is one.

    While more than a third of the old one's life is left, nothing is done unless it is forced. `cert.pem` changes at once, so key and
    certificate never disagree, whatever happens.
    """
    place = Path(folder)
    address = members_address or str(read_system(place).get("members", ""))
    if not address:
        raise IdentityError(
            "the folder does not say where the hub's members' port is",
            message_zh="身份目录未记录枢纽的部门端口地址",
            next_action="pass host:port of the members' port",
            next_action_zh="请给出部门端口的“主机:端口”",
        )
    # The hub keeps at most eight valid certificates of a system: a timer that asked each week would be refused from the eighth on.
    if not (force or needs_renewal(place)):
        return False
    old = read_identity(place)
    _refuse_ended(old.leaf)
    with connect(address, place) as hub:
        # Hosts that were approved since stand in the new certificate; a hub of an earlier release knows none.
        hosts = dict.fromkeys((*_hosts(old.leaf), *hub.identity.WhoAmI(WhoAmIRequest()).hosts))
        answer = hub.identity.RenewCertificate(RenewCertificateRequest(csr=_csr(_private_key(old.key), tuple(hosts)[:MOST_HOSTS])))
    identity = Identity(answer.ca_pem.encode(), answer.certificate_pem.encode(), old.key)
    _check(identity)
    # the CA first: a running provider reads the folder again when it sees a new cert.pem
    replace_file(place, CA, identity.ca)
    replace_file(place, CERTIFICATE, identity.certificate)
    return True


def _refuse_ended(leaf: x509.Certificate) -> None:
    """Refuse to renew what the hub lets in no more: it would be told as a hub that cannot be reached."""
    now = utc_now()
    if now > leaf.not_valid_after_utc:
        raise OWN_EXPIRED(end=beijing_clock(leaf.not_valid_after_utc), now=beijing_clock(now))


def expires_at(folder: Path | str) -> datetime:
    """Return the moment at which the certificate in the folder ends."""
    return read_identity(folder).leaf.not_valid_after_utc


def needs_renewal(folder: Path | str, at: datetime | None = None) -> bool:
    """Tell whether less than a third of the certificate's life is left."""
    leaf = read_identity(folder).leaf
    left = leaf.not_valid_after_utc - (at or datetime.now(timezone.utc))
    return left < (leaf.not_valid_after_utc - leaf.not_valid_before_utc) * RENEW_BELOW


def _csr(key: ec.EllipticCurvePrivateKey, hosts: tuple[str, ...]) -> bytes:
    # no subject: who this system is follows from the token, or from the certificate that is renewed
    request = x509.CertificateSigningRequestBuilder().subject_name(x509.Name([]))
    if hosts:
        request = request.add_extension(x509.SubjectAlternativeName([_host(host) for host in hosts]), critical=False)
    return request.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.DER)


def _host(host: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(host))
    except ValueError:
        return x509.DNSName(host)


def _hosts(certificate: x509.Certificate) -> tuple[str, ...]:
    try:
        names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        return ()
    return (*names.get_values_for_type(x509.DNSName), *(str(address) for address in names.get_values_for_type(x509.IPAddress)))


def _private_key(pem: bytes) -> ec.EllipticCurvePrivateKey:
    key = serialization.load_pem_private_key(pem, None)
    if not isinstance(key, ec.EllipticCurvePrivateKey):
        raise IdentityError(
            f"{KEY} is not an EC key",
            message_zh=f"{KEY} 不是 EC 私钥",
            next_action="get a new token and run `shuniu join` with a new folder",
            next_action_zh="请申请新的注册令牌，使用新的目录执行 `shuniu join`",
        )
    return key


def _check(identity: Identity) -> None:
    """Refuse a certificate that is for another key or that none of the CA certificates issued."""
    leaf = identity.leaf
    if leaf.public_key() != _private_key(identity.key).public_key():
        raise IdentityError(
            "the hub's certificate is for another key", message_zh="枢纽签发的证书与本机私钥不符", next_action=_REPORT, next_action_zh=_REPORT_ZH
        )
    try:
        issuers = x509.load_pem_x509_certificates(identity.ca)
    except ValueError:
        issuers = []
    if not any(_is_issued_by(leaf, issuer) for issuer in issuers):
        raise IdentityError(
            "the certificate does not come from the hub's CA", message_zh="证书并非由枢纽 CA 签发", next_action=_REPORT, next_action_zh=_REPORT_ZH
        )


def _check_invited(name: str, hub: str, invited: InvitationLine | None) -> None:
    """Refuse a certificate for somebody else than the invitation said: whoever reads the folder later believes its names."""
    wanted = "" if invited is None else f"{invited.hub}: departments/{invited.department}/systems/{invited.system}"
    if wanted and wanted != f"{hub}: {name}":
        raise INVITED_OTHERWISE(found=f"{hub}: {name}", wanted=wanted)


def _is_issued_by(leaf: x509.Certificate, issuer: x509.Certificate) -> bool:
    try:
        leaf.verify_directly_issued_by(issuer)
    except (ValueError, TypeError, InvalidSignature):
        return False
    return True


def _system(answer: EnrollResponse, identity: Identity, public: str, members: str) -> bytes:
    system = answer.system
    known = {"hub": identity.hub, "department": system.department, "system": system.system, "public": public, "members": members}
    return json.dumps(known, ensure_ascii=False, indent=2).encode() + b"\n"
