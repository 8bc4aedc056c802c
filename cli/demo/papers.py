"""Chapter 7: a business license is issued, sealed, verified online and offline, revoked; both checks then say so, with the reason.

The department's license key and seal key are made in its own folder and never leave it: the hub prepares bytes and gets signatures.
"""

import base64
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, load_pem_public_key

from cli.demo.expectation import StoryError, expect
from cli.demo.members import Member
from cli.demo.story import AUTHORITY_OFFICER, MARKET_OFFICER, Desk, Story
from cli.synthetic import Business
from hub.clock import SystemClock, day_in_china
from hub.keys import Es256Signer, write_private
from seals.x509 import make_csr
from shuniu import sm2
from shuniu.codes import qr
from shuniu.codes.code import link_of
from shuniu.codes.drawing import draw
from shuniu.codes.status_list import PublishedStatus
from shuniu.codes.status_list import decode as decode_status
from shuniu.codes.trust_list import decode as decode_trust
from shuniu.codes.verification import Verdict, verify
from shuniu.folder import read_identity
from shuniu.possession import issuing_key_proof
from shuniu.seals.names import CertificateSubject
from shuniu.v1 import license_pb2 as pb
from shuniu.v1 import seal_pb2

TYPE: Final = "11100000MB0143028R001"
LINKED: Final = "https://hub.example"
"""A name that belongs to nobody (RFC 2606): the demo's own pages are on loopback, where no telephone reaches them."""
ISSUE_CASE: Final = "办〔2026〕市监0456号"
YEAR: Final = timedelta(days=365)
ISSUE_ITEM: Final = "640000-SC-0001"


def issue(story: Story) -> None:
    """Prepare, sign in the department, issue; draw the QR."""
    market, folder = story.market, story.out / "licenses"
    folder.mkdir(parents=True, exist_ok=True)
    with story.screen.step("issuing_key", "市监厅登记签发密钥，数据局纳入信任列表", "the issuing key is admitted to the trust list"):
        signer, kid = _admit_key(story, market, MARKET_OFFICER)
        story.license_desk = Desk(market, MARKET_OFFICER, signer, kid)
        (folder / "issuer.pem").write_bytes(signer.public_pem)
    with story.screen.step("issue", "市监厅签发营业执照", "a business license is issued: identifier of GB/T 36904, COSE code, QR") as step:
        story.license = _issue(story.license_desk, _content(story.businesses[0], kid), "demo-license")
        (folder / "license.txt").write_text(story.license.code, encoding="ascii")
        (folder / "license.png").write_bytes(draw(story.license.code))
        link = link_of(story.license.signed_bytes, LINKED)
        (folder / "link.txt").write_text(link, encoding="ascii")
        (folder / "link.png").write_bytes(draw(link))
        (folder / "identifier.txt").write_text(story.license.identifier, encoding="ascii")
        expect(qr.read((folder / "license.png").read_bytes()) == story.license.code, "a QR that reads back")
        # beside the one without an end (长期), which is revoked at the end of the story, one with an end, which stays in force
        end = (day_in_china(SystemClock().now()) + YEAR).isoformat()
        story.dated = _issue(story.license_desk, _content(story.businesses[1], kid, end), "demo-dated")
        (folder / "dated.txt").write_text(story.dated.code, encoding="ascii")
        step.say(f"{story.license.identifier}")
        step.say(f"证照码长 {len(story.license.code)} 个字符")
        step.say(f"手机相机可直接打开的链接码见 licenses/link.png，以保留域名 {LINKED} 制作，仅供演示")


def seal(story: Story) -> None:
    """Make the department's seal and stamp the license's signed bytes."""
    market, folder = story.market, story.out / "seals"
    folder.mkdir(parents=True, exist_ok=True)
    seals = market.client.seals
    with story.screen.step("seal", "制作并启用市监厅电子印章（GB/T 38540，SM2 和 SM3）", "the seal is applied for, made and activated") as step:
        key = sm2.generate()
        write_private(market.folder / "seal-key.pem", key.to_pem())
        csr = make_csr(key, CertificateSubject(market.department.name, market.department.name, market.uscc))
        certificate = seals.IssueSignerCertificate(seal_pb2.IssueSignerCertificateRequest(csr=csr, officer=MARKET_OFFICER))
        wanted = seal_pb2.Seal(
            kind=seal_pb2.SEAL_KIND_LEGAL_NAME, title=market.department.name, signers=[certificate.name], valid_to=certificate.not_after
        )
        made = seals.ApplySeal(seal_pb2.ApplySealRequest(seal=wanted, request_id="demo-seal", officer=MARKET_OFFICER))
        authority = story.authority.client.seals
        made = authority.MakeSeal(seal_pb2.MakeSealRequest(name=made.name, etag=made.etag, officer=AUTHORITY_OFFICER))
        made = seals.ActivateSeal(seal_pb2.ActivateSealRequest(name=made.name, etag=made.etag, officer=MARKET_OFFICER))
        expect(made.state == seal_pb2.SEAL_STATE_ACTIVE, "an active seal")
        story.seal = made
        trust = seals.GetSealTrust(seal_pb2.GetSealTrustRequest())
        for name, data in (
            ("seal.esl", made.seal),
            ("seal.png", made.picture),
            ("ca.pem", trust.ca_pem.encode()),
            ("maker.pem", trust.maker_pem.encode()),
        ):
            (folder / name).write_bytes(data)
        (folder / "signer.pem").write_bytes(_pem(certificate.certificate))
        step.say(f"印章编码 {made.es_id}")
    with story.screen.step("stamp", "对证照签名数据加盖电子印章", "the license's signed bytes are stamped, and the stamp is verified") as step:
        original = story.license.signed_bytes
        stamp = seals.PrepareStamp(
            seal_pb2.PrepareStampRequest(
                seal=made.name,
                signer=certificate.name,
                digest=sm2.sm3(original),
                property=story.license.name,
                officer=MARKET_OFFICER,
                purpose=ISSUE_ITEM,
                case_number=ISSUE_CASE,
                request_id="demo-stamp",
            )
        )
        stamp = seals.CompleteStamp(seal_pb2.CompleteStampRequest(name=stamp.name, etag=stamp.etag, signature=key.sign(stamp.to_be_signed)))
        # the hub checks the stamp against the signed bytes that it keeps
        attach = pb.AttachStampRequest(name=story.license.name, etag=story.license.etag, stamp=stamp.signature)
        story.license = market.client.licenses.AttachStamp(attach)
        report = seals.VerifyStamp(seal_pb2.VerifyStampRequest(signature=stamp.signature, digest=sm2.sm3(original)))
        expect(report.result == seal_pb2.REPORT_RESULT_VALID, f"a valid stamp, not {report.reason}")
        (folder / "signature.der").write_bytes(stamp.signature)
        (folder / "original.bin").write_bytes(original)
        step.say(f"验章{len(report.steps)}步全部通过")


def verify_both(story: Story) -> None:
    """Check the code online and offline."""
    with story.screen.step("verify_online", "在线核验证照码", "verified online") as step:
        answer = ask_online(story, story.license)
        expect(answer.verdict == pb.VERDICT_VALID, f"valid, not {answer.reason}")
        dated = ask_online(story, story.dated)
        expect((dated.verdict, dated.valid_to) == (pb.VERDICT_VALID, story.dated.valid_to), f"valid to {story.dated.valid_to}, not {dated.reason}")
        step.say(f"{answer.message_zh}：{answer.license_type_title}，{answer.issuer_title}，{answer.holder}")
    with story.screen.step("verify_offline", "离线核验，仅凭信任列表与状态列表", "verified offline, from two signed files"):
        _fetch_lists(story)
        verdict = _offline(story)
        expect(verdict.outcome == "valid", f"valid, not {verdict.reason}")
        verdict = offline_verdict(story.out / "licenses", story.dated.code, datetime.now(UTC))
        expect(verdict.outcome == "valid" and verdict.valid_to is not None, f"valid with an end, not {verdict.reason}")


def revoke(story: Story) -> None:
    """Revoke the license; both checks say so."""
    with story.screen.step("revoke", "市监厅吊销该执照", "the license is revoked"):
        reason = "虚假材料取得登记"
        request = pb.RevokeLicenseRequest(name=story.license.name, etag=story.license.etag, reason=reason, officer=MARKET_OFFICER)
        # the answer tells the state and shows no content: the code is the one that was issued
        revoked = story.market.client.licenses.RevokeLicense(request)
        expect(revoked.state == pb.LICENSE_STATE_REVOKED, "a revoked license")
    with story.screen.step(
        "verify_revoked", "在线核验显示已吊销及理由，离线核验显示已吊销", "both checks say that it is revoked, online with the reason"
    ) as step:
        answer = ask_online(story, story.license)
        expect((answer.verdict, answer.reason, answer.status_reason) == (pb.VERDICT_INVALID, "REVOKED", reason), "revoked online, with the reason")
        _fetch_lists(story)
        verdict = _offline(story)
        expect((verdict.outcome, verdict.reason) == ("invalid", "REVOKED"), "revoked offline")
        step.say(f"{answer.message_zh}：{answer.status_reason}")


def _license_key(market: Member) -> Es256Signer:
    key = ec.generate_private_key(ec.SECP256R1())
    write_private(market.folder / "license-key.pem", key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    return Es256Signer(key)


def _admit_key(story: Story, by: Member, officer: str) -> tuple[Es256Signer, bytes]:
    """Return a new key of a department, and its id, once the authority has admitted it."""
    signer = _license_key(by)
    proof = signer.sign(issuing_key_proof(read_identity(by.folder).hub, by.uscc, [TYPE], signer.public_der))
    request = pb.RegisterIssuingKeyRequest(public_key=signer.public_der, license_types=[TYPE], proof=proof, officer=officer)
    key = by.client.licenses.RegisterIssuingKey(request)
    admit = pb.AdmitIssuingKeyRequest(name=key.name, etag=key.etag, officer=AUTHORITY_OFFICER)
    key = story.authority.client.licenses.AdmitIssuingKey(admit)
    expect(key.state == pb.ISSUING_KEY_STATE_ACTIVE, "an active issuing key")
    return signer, key.kid


def issue_one(story: Story, by: Member, officer: str, business: Business) -> pb.License:
    """Let another department admit a key of its own and issue one license."""
    desk = Desk(by, officer, *_admit_key(story, by, officer))
    return _issue(desk, _content(business, desk.kid), f"demo-{business.uscc}")


def issue_again(story: Story, business: Business, request_id: str, supersedes: str = "") -> pb.License:
    """Issue one more license at the desk of the market regulation department; with `supersedes`, to take the place of another."""
    if story.license_desk is None:
        raise StoryError("no desk that issues licenses")
    return _issue(story.license_desk, _content(business, story.license_desk.kid), request_id, supersedes)


def _issue(desk: Desk, content: pb.License, request_id: str, supersedes: str = "") -> pb.License:
    """Have a license prepared, sign it in the department, issue it."""
    hub = desk.member.client.licenses
    prepared = hub.PrepareLicense(
        pb.PrepareLicenseRequest(license=content, request_id=request_id, officer=desk.officer, case_number=ISSUE_CASE, supersedes=supersedes)
    )
    signature = desk.signer.sign(prepared.to_be_signed)
    return hub.IssueLicense(pb.IssueLicenseRequest(name=prepared.name, etag=prepared.etag, signature=signature, officer=desk.officer))


def _content(business: Business, kid: bytes, valid_to: str = "") -> pb.License:
    fields = {
        "KZ_FDDBR": business.legal_representative,
        "KZ_ZCZB": f"{business.registered_capital:f}",
        "KZ_CLRQ": business.established.isoformat(),
        "KZ_LX": business.company_type,
        "KZ_ZS": business.address,
        "KZ_JYFW": business.scope,
    }
    holder = pb.Holder(title=business.name, code=business.uscc, code_type="001")
    return pb.License(license_type=TYPE, number=business.uscc, holders=[holder], fields=fields, kid=kid, valid_to=valid_to)


def ask_online(story: Story, one: pb.License) -> pb.VerifyCodeResponse:
    """Return what whoever scans a license's code is told."""
    return story.verifier.licenses.VerifyCode(pb.VerifyCodeRequest(code=one.code))


def _fetch_lists(story: Story) -> None:
    folder = story.out / "licenses"
    lists = story.verifier.licenses
    trust = lists.GetTrustList(pb.GetTrustListRequest())
    shard = int(story.license.status_uri.rpartition("/")[2])
    (folder / "trust-list.cwt").write_bytes(trust.trust_list)
    (folder / "hub.pem").write_text(trust.public_key_pem, encoding="ascii")
    (folder / "status-list.cwt").write_bytes(lists.GetStatusList(pb.GetStatusListRequest(shard=shard)).status_list)


def _offline(story: Story) -> Verdict:
    """Verify with files alone, without a network."""
    folder = story.out / "licenses"
    return offline_verdict(folder, qr.read((folder / "license.png").read_bytes()), datetime.now(UTC))


def offline_verdict(folder: Path, text: str, at: datetime) -> Verdict:
    """Return the verdict on a code from trust-list.cwt, status-list.cwt and the pinned hub.pem in a folder."""
    key = load_pem_public_key((folder / "hub.pem").read_bytes())
    if not isinstance(key, ec.EllipticCurvePublicKey):
        raise TypeError("hub.pem is not a P-256 key")
    trust = decode_trust((folder / "trust-list.cwt").read_bytes(), key)
    status = PublishedStatus([decode_status((folder / "status-list.cwt").read_bytes(), key)])
    return verify(text, trust, status, at)


def _pem(der: bytes) -> bytes:
    body = base64.b64encode(der).decode()
    lines = "\n".join(body[start : start + 64] for start in range(0, len(body), 64))
    return f"-----BEGIN CERTIFICATE-----\n{lines}\n-----END CERTIFICATE-----\n".encode()
