"""Keys and certificates: present, readable by their user alone, in force, from the right issuer, and belonging together."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from cli.doctor.result import CheckResult, ill, well
from cli.reasons import CERTIFICATE_DAMAGED
from hub.errors import InvalidInputError
from shuniu import connect, pem, sm2
from shuniu.enrolment import needs_renewal
from shuniu.folder import CA, CERTIFICATE, KEY, read_identity, read_system
from shuniu.seals.certificate import read_certificate
from shuniu.v1.identity_pb2 import WhoAmIRequest
from shuniu.zone import beijing_clock

SOON: Final = timedelta(days=30)
CA_SOON: Final = timedelta(days=90)
CA_PLANNED: Final = timedelta(days=365)
"""A new CA means that every system enrols again: it is planned a year ahead, and is a fault only when hardly any time is left."""
_RESTART: Final = "systemctl restart shuniu"
_SEALS: Final = (("sm2-ca.crt.pem", "sm2-ca.pem"), ("seal-maker.crt.pem", "seal-maker.pem"))


def hub_certificates(data: Path, now: datetime) -> Iterator[CheckResult]:
    """Check the CA's, the server's and the seal office's certificates against their keys."""
    certs, folder = data / "certs", data / "keys"
    restore = (f"cp -p BACKUP/certs/ca.crt.pem {certs}/",) * 2
    # A running hub renews its own when a third is left: one that is late could not be renewed, and the hub's log says why.
    restart = (f"{_RESTART}  # a new one is made at the start", f"{_RESTART}  # 启动时自动签发新证书")
    ca = _load(certs / "ca.crt.pem")
    results = list(_check("certificate ca", ca, _public_key(folder / "ca.pem"), ca, now, restore, soon=timedelta(0)))
    yield from _ending_ca(ca, now) if all(one.ok for one in results) and ca.not_valid_after_utc - now < CA_PLANNED else results
    server = _load(certs / "hub-server.crt.pem")
    yield from _check("certificate hub-server", server, _public_key(folder / "hub-server.pem"), ca, now, restart)
    for certificate, key in _SEALS:
        yield _seal_certificate(certs / certificate, certs / _SEALS[0][0], folder / key, now)


def _ending_ca(ca: x509.Certificate, now: datetime) -> Iterator[CheckResult]:
    days, until = (ca.not_valid_after_utc - now).days, beijing_clock(ca.not_valid_after_utc)
    text = f"the CA ends {until} Beijing time, in {days} days: plan a new one, with which every system enrols again"
    text_zh = f"根证书将于北京时间 {until} 到期，剩余{days}天：请安排更换，届时所有业务系统须重新注册"
    guide = ("docs/guides/operations.md", "docs/guides/operations.zh-CN.md")
    yield ill("certificate ca", text, text_zh, *guide) if ca.not_valid_after_utc - now < CA_SOON else well("certificate ca", text, text_zh)


def identity(folder: Path, now: datetime) -> Iterator[CheckResult]:
    """Check a department's identity: key, certificate, CA and dates."""
    own = read_identity(folder)
    yield well("identity key", f"{KEY} is readable by this user alone", "私钥仅本用户可读")
    move, join = f"mv {folder} {folder}.old", f"shuniu join INVITATION --out {folder}"
    again = (f"{move}  # then ask the authority for a new invitation and run: {join}", f"{move}  # 然后申请新的邀请，并执行：{join}")
    try:
        issuers = x509.load_pem_x509_certificates(own.ca)
        key = serialization.load_pem_private_key(own.key, None)
    except ValueError:
        yield ill("identity", f"{KEY} or {CA} is damaged", f"{KEY} 或 {CA} 已损坏", *again)
        return
    # ca.pem may hold several certificates
    issuer = next((one for one in issuers if one.subject == own.leaf.issuer), None)
    public = key.public_key() if isinstance(key, ec.EllipticCurvePrivateKey) else None
    # `soon` is nothing here: when to renew is a third of the certificate's life, asked below
    results = list(_check("identity certificate", own.leaf, public, issuer, now, again, soon=timedelta(0)))
    if all(finding.ok for finding in results) and needs_renewal(folder, now):
        until = beijing_clock(own.leaf.not_valid_after_utc)
        text, text_zh = f"{CERTIFICATE} ends {until} Beijing time: renew it now", f"证书将于北京时间 {until} 到期，请立即续期"
        results = [ill("identity certificate", text, text_zh, f"shuniu renew {folder}")]
    yield from results


def hub_answer(folder: Path) -> Iterator[CheckResult]:
    """Call the hub: it says which system it knows here, or why it refuses."""
    address = str(read_system(folder).get("members", ""))
    if not address:
        file = folder / "system.json"
        mend, mend_zh = f'add "members": "host:port" to {file}', f'请在 {file} 中增加 "members": "主机:端口"'
        yield ill("hub", "system.json does not say where the hub is", "身份目录未记录枢纽地址", mend, mend_zh)
        return
    with connect(address, folder) as hub:
        known = hub.identity.WhoAmI(WhoAmIRequest())
    yield well("hub", f"{address} knows this system as {known.name}", f"枢纽 {address} 识别本系统：{known.name}")


def _check(
    name: str,
    own: x509.Certificate,
    key: ec.EllipticCurvePublicKey | None,
    issuer: x509.Certificate | None,
    now: datetime,
    mend: tuple[str, str],
    *,
    soon: timedelta = SOON,
) -> Iterator[CheckResult]:
    begin, end, clock = map(beijing_clock, (own.not_valid_before_utc, own.not_valid_after_utc, now))
    # in the order in which a fault explains those after it
    if own.public_key() != key:
        yield ill(name, "the certificate does not belong to the key", "证书与私钥不符", *mend)
    elif issuer is None or not _is_issued_by(own, issuer):
        yield ill(name, "the certificate does not come from this CA", "证书并非由该 CA 签发", *mend)
    elif now < own.not_valid_before_utc:
        yield ill(name, f"the certificate begins {begin} Beijing time", f"证书自北京时间 {begin} 起生效，尚未生效", "timedatectl set-ntp true")
    elif now > own.not_valid_after_utc:
        text = f"the certificate ended {end}, by the clock of this machine ({clock}, Beijing time)"
        yield ill(name, text, f"证书已于北京时间 {end} 过期（本机时间 {clock}）", *mend)
    elif now + soon >= own.not_valid_after_utc:
        yield ill(name, f"the certificate ends {end} Beijing time", f"证书将于北京时间 {end} 到期", *mend)
    else:
        days = (own.not_valid_after_utc - now).days
        text = f"in force until {end} Beijing time, for {days} days, issued by this CA, for this key"
        yield well(name, text, f"证书有效期至北京时间 {end}，剩余{days}天，签发机构和密钥相符")


def _seal_certificate(path: Path, ca_path: Path, key_path: Path, now: datetime) -> CheckResult:
    name = f"certificate {path.name.removesuffix('.crt.pem')}"
    mend = f"cp -p BACKUP/certs/{path.name} {path}; cp -p BACKUP/keys/{key_path.name} {key_path}"
    try:
        own, ca = (read_certificate(pem.unarmor(one.read_bytes(), "CERTIFICATE") or b"") for one in (path, ca_path))
        key = sm2.PrivateKey.from_pem(key_path.read_bytes())
    except (InvalidInputError, ValueError, FileNotFoundError):
        return ill(name, f"{path.name} or {key_path.name} is missing or damaged", "印章证书或密钥缺失或已损坏", mend)
    if own.spki != key.public.spki or not own.signed_by(ca):
        return ill(name, "certificate, key and SM2 CA do not belong together", "印章证书、密钥与 CA 不符", mend)
    end = beijing_clock(own.not_after)
    if not own.not_before <= now < own.not_after:
        return ill(
            name,
            f"the certificate is good from {beijing_clock(own.not_before)} to {end} Beijing time",
            f"印章证书有效期至北京时间 {end}，现不在有效期内",
            _RESTART,
        )
    return well(name, f"in force until {end} Beijing time", f"印章证书有效期至北京时间 {end}")


def _load(path: Path) -> x509.Certificate:
    try:
        return x509.load_pem_x509_certificate(path.read_bytes())
    except ValueError as error:
        raise CERTIFICATE_DAMAGED(file=path.name, path=path) from error


def _public_key(path: Path) -> ec.EllipticCurvePublicKey | None:
    """Return the public half of a key file, None for one that is broken: then it fits nothing."""
    try:
        key = serialization.load_pem_private_key(path.read_bytes(), None)
    except ValueError:
        return None
    return key.public_key() if isinstance(key, ec.EllipticCurvePrivateKey) else None


def _is_issued_by(leaf: x509.Certificate, issuer: x509.Certificate) -> bool:
    try:
        leaf.verify_directly_issued_by(issuer)
    except (ValueError, TypeError, InvalidSignature):
        return False
    return True
