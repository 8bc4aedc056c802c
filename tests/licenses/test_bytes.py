"""What is signed and compared is spelled as the release of November 2026 spelled it, byte for byte: digests made by that release."""

import hashlib
from datetime import date

from cryptography.hazmat.primitives.asymmetric import ec
from sqlalchemy import insert

from hub.db import Database, RequestIds
from hub.db.tables import request_ids
from licenses.store import ContentBox
from shuniu.codes import code, cose, status_list, trust_list
from shuniu.codes.identifier import LicenseIdentifier
from shuniu.codes.status_list import StatusBits, StatusReference
from shuniu.codes.trust_list import TrustedKey, TrustList
from shuniu.v1 import license_pb2 as pb
from tests.licenses.counter import NOON

KEY = ec.derive_private_key(7, ec.SECP256R1()).public_key()
KID = cose.key_id(KEY)
MARKET = "11100000MB0143028R"
URI = "https://hub.example/status/1"


def digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def test_a_code_is_signed_and_written_as_before() -> None:
    claims = code.CodeClaims(
        issuer=MARKET,
        identifier=LicenseIdentifier.build(f"{MARKET}001", MARKET, "91640100MA76F8XY1D"),
        issued_at=1_800_000_000,
        expires_at=1_900_000_000,
        status=StatusReference(URI, 77_001),
        number="91640100MA76F8XY1D",
        name="营业执照",
        holder_short="宁夏枢纽科技有限公司",
        issue_date=date(2026, 11, 1),
        public=(("KZ_LX", "有限责任公司"),),
    )
    unsigned = code.prepare(claims, KID)
    text = code.text_of(unsigned.assemble(bytes(range(64))))
    assert digest(unsigned.to_be_signed) == "ac4ac5feb2704b3bc94837a01e7cd831ae836a4cfce50acf46946cf3a10af756"
    assert digest(text.encode()) == "9158f2095bc17279071de2b1e2d978b027b4408bb0545a8a9dfdb1e14cf2d923"


def test_a_status_list_is_signed_as_before() -> None:
    bits = StatusBits()
    bits.set(77_001, 1)
    bits.set(5, 2)
    unsigned = status_list.prepare(bits, URI, KID, 1_800_000_000)
    assert digest(unsigned.to_be_signed) == "0f20253e8c10a3a099dd449b5368eba07d5e4a1919e5fe8c5e35b7da4fa3c8d1"


def test_a_trust_list_is_signed_as_before() -> None:
    entry = TrustedKey(KID, KEY, MARKET, "市场监督管理厅", frozenset({f"{MARKET}001", f"{MARKET}020"}), 1_700_000_000, 1_900_000_000)
    unsigned = trust_list.prepare(TrustList("hub.example", "issuing-keys", 3, 1_800_000_000, 1_800_086_400, (entry,)), KID)
    assert digest(unsigned.to_be_signed) == "4d98b86d61ea45b21b17cd48ba54db11546cf23ed7eb77e3cbc4684d434bbd43"


def test_a_request_to_prepare_is_recognised_over_the_upgrade(sqlite_database: Database) -> None:
    wanted = pb.License(license_type=f"{MARKET}001", number="1", kid=b"12345678", fields={"KZ_A": "a", "KZ_B": "b"})
    wanted.holders.add(title="张三", code="x", code_type="111")
    request = pb.PrepareLicenseRequest(license=wanted, officer="王芳", case_number="BJ-1", request_id="r-1")
    content = ContentBox(b"c" * 32).fingerprint(request.SerializeToString(deterministic=True))
    with sqlite_database.begin() as tx:
        former = {"digest": "d7f7f0aa3315af325a542c8f30ac094a3b64c9611879253e4d6a1adbb64adb2d", "answer": "1.2.3", "at": NOON}
        tx.execute(insert(request_ids).values(caller="dept/x", method="PrepareLicense", request_id="r-1", **former))
        assert RequestIds(tx).look_up("dept/x", "PrepareLicense", "r-1", content) == "1.2.3"
