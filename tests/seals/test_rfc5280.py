"""Chains by the rules of RFC 5280, each case judged by openssl as well."""

from dataclasses import dataclass, field, replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.errors import InvalidInputError
from shuniu import sm2
from shuniu.seals.certificate import read_certificate
from shuniu.seals.chain import Revocation, RevocationTable, Trust, anchor_of, check_chain
from shuniu.seals.names import comparable
from shuniu.seals.structures import SM2_WITH_SM3
from shuniu.sm2 import der
from tests.seals.office import EARLY, LATE, NOW, SIGNED, as_pem, openssl

DISTID = "distid:1234567812345678"
COMMON_NAME, EMAIL = "2.5.4.3", "1.2.840.113549.1.9.1"
BMP, TELETEX = 0x1E, 0x14
ROOT_KEY, LEAF_KEY = sm2.generate(), sm2.generate()
CA = ("2.5.29.19", True, bytes.fromhex("30030101ff"))
NO_CA = ("2.5.29.19", True, b"\x30\x00")
CA_USAGE = ("2.5.29.15", True, bytes.fromhex("03020106"))  # keyCertSign, cRLSign
SIGN_USAGE = ("2.5.29.15", True, bytes.fromhex("030206c0"))  # digitalSignature, nonRepudiation


def name(*attributes: tuple[str, int, bytes]) -> bytes:
    parts = (der.write_sequence(der.write_oid(oid), der.write(tag, value)) for oid, tag, value in attributes)
    return der.write_sequence(*(der.write(der.SET, part) for part in parts))


def cn(text: str, tag: int = der.UTF8) -> bytes:
    return name((COMMON_NAME, tag, text.encode("utf-16-be" if tag == BMP else "utf-8")))


def purposes(*oids: str, critical: bool = True) -> tuple[str, bool, bytes]:
    return ("2.5.29.37", critical, der.write_sequence(*map(der.write_oid, oids)))


@dataclass(frozen=True)
class Draft:
    """A certificate as some CA writes it; every part can be another than this hub's CA would write."""

    subject: bytes = cn("leaf")
    issuer: bytes = cn("root")
    key: bytes = LEAF_KEY.public.spki
    extensions: tuple[tuple[str, bool, bytes], ...] = (SIGN_USAGE,)
    serial: int = 7
    signer: sm2.PrivateKey = field(default=ROOT_KEY, repr=False)

    def write(self) -> bytes:
        algorithm = der.write_sequence(der.write_oid(SM2_WITH_SM3))
        extensions = (
            der.write_sequence(der.write_oid(oid), *([der.write_boolean(True)] if critical else []), der.write(der.OCTET_STRING, value))
            for oid, critical, value in self.extensions
        )
        tbs = der.write_sequence(
            der.write(0xA0, der.write_integer(2)),
            der.write_integer(self.serial),
            algorithm,
            self.issuer,
            der.write_sequence(der.write_time(EARLY), der.write_time(LATE)),
            self.subject,
            self.key,
            der.write(0xA3, der.write_sequence(*extensions)),
        )
        return der.write_sequence(tbs, algorithm, der.write_bits(self.signer.sign(tbs)))


ROOT = Draft(subject=cn("root"), key=ROOT_KEY.public.spki, extensions=(CA, CA_USAGE), serial=1)


def known(_: object) -> Revocation:
    return Revocation(known=True)


def steps(leaf: Draft, root: Draft) -> dict[str, str]:
    trust = Trust((read_certificate(root.write()),), revocations=known)
    return {step.name: step.reason for step in check_chain(read_certificate(leaf.write()), trust, NOW, made=SIGNED, who="x", clause="")}


def openssl_accepts(tmp_path, leaf: Draft, root: Draft) -> bool:
    files = "-CAfile", as_pem(tmp_path, "root.pem", root.write()), as_pem(tmp_path, "leaf.pem", leaf.write())
    try:
        return "OK" in openssl("verify", "-attime", str(int(NOW.timestamp())), "-vfyopt", DISTID, *files)
    except AssertionError:
        return False


NAME = (COMMON_NAME, der.UTF8, b"x")
POLICY = ("2.5.29.32", True, der.write_sequence(der.write_sequence(der.write_oid("1.2.156.1"))))
ALTERNATIVE = ("2.5.29.17", True, der.write_sequence(der.write(0x82, b"seals.gov.cn")))
CASES = {
    "an attribute whose bytes its type does not allow": (Draft(subject=name((EMAIL, der.IA5, "电子".encode()), NAME)), ROOT, "OK"),
    "a common name in IA5String that holds UTF-8": (Draft(subject=cn("印章", der.IA5)), ROOT, "OK"),
    "a very long unused attribute": (Draft(subject=name(("2.5.4.13", der.UTF8, b"x" * 600), NAME)), ROOT, "OK"),
    "a critical extended key usage": (Draft(extensions=(SIGN_USAGE, purposes("1.3.6.1.5.5.7.3.4"))), ROOT, "OK"),
    "a critical purpose of a vendor's own": (Draft(extensions=(SIGN_USAGE, purposes("1.2.156.10260.4.9"))), ROOT, "OK"),
    "critical policies": (Draft(extensions=(SIGN_USAGE, POLICY)), ROOT, "OK"),
    "a critical alternative name": (Draft(extensions=(SIGN_USAGE, ALTERNATIVE)), ROOT, "OK"),
    "a critical extension of a vendor's own": (Draft(extensions=(SIGN_USAGE, ("1.2.156.9", True, b"\x05\x00"))), ROOT, "UNKNOWN_CRITICAL_EXTENSION"),
    "a root without key usage": (Draft(), replace(ROOT, extensions=(CA,)), "OK"),
    "a root that is no CA": (Draft(), replace(ROOT, extensions=(NO_CA, CA_USAGE)), "ISSUER_IS_NO_CA"),
    "the issuer as BMPString": (Draft(issuer=cn("root", BMP)), ROOT, "OK"),
    "the issuer as PrintableString": (Draft(issuer=cn("root", der.PRINTABLE)), ROOT, "OK"),
    "the issuer in capitals and with blanks": (Draft(issuer=cn(" ROOT  ")), ROOT, "OK"),
    "two blanks for one": (Draft(issuer=cn("Root  CA")), replace(ROOT, subject=cn("root ca"), issuer=cn("root ca")), "OK"),
    "another issuer": (Draft(issuer=cn("r00t")), ROOT, "ISSUER_NOT_TRUSTED"),
    "the same text as another attribute": (Draft(issuer=name(("2.5.4.10", der.UTF8, b"root"))), ROOT, "ISSUER_NOT_TRUSTED"),
    "the issuer with one attribute more": (Draft(issuer=name((COMMON_NAME, der.UTF8, b"root"), NAME)), ROOT, "ISSUER_NOT_TRUSTED"),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_a_chain_is_judged_as_openssl_judges_it(case, tmp_path):
    leaf, root, reason = CASES[case]
    assert steps(leaf, root)["x.chain"] == reason
    assert openssl_accepts(tmp_path, leaf, root) == (reason == "OK")


def test_names_are_compared_beyond_ascii_where_openssl_compares_bytes():
    # RFC 5280 7.1 with RFC 4518: full-width letters and the case of letters outside ASCII make no difference
    assert comparable(cn("ＲＯＯＴ 根")) == comparable(cn("root 根", BMP)) != comparable(cn("root根"))
    assert comparable(cn("ÉCOLE")) == comparable(name((COMMON_NAME, TELETEX, "école".encode("latin-1"))))


def test_a_middle_ca_without_key_usage_issues_and_one_that_may_not_does_not():
    middle_key = sm2.generate()
    for usage, reason in (((), "OK"), ((SIGN_USAGE,), "ISSUER_IS_NO_CA"), ((CA_USAGE,), "OK")):
        middle = Draft(subject=cn("middle"), key=middle_key.public.spki, extensions=(CA, *usage))
        trust = Trust((read_certificate(ROOT.write()),), (read_certificate(middle.write()),), revocations=known)
        leaf = read_certificate(Draft(issuer=cn("MIDDLE"), signer=middle_key).write())
        chain, *_ = check_chain(leaf, trust, NOW, made=SIGNED, who="x", clause="")
        assert chain.reason == reason
        assert anchor_of(leaf, trust) == (trust.anchors[0] if reason == "OK" else None)


def test_the_anchor_s_own_key_usage_is_not_asked_for():
    # RFC 5280 6.1.1 (d): an anchor is a name and a key; openssl looks at its extensions too
    assert steps(Draft(), replace(ROOT, extensions=(CA, SIGN_USAGE)))["x.chain"] == "OK"


@pytest.mark.parametrize("critical", [True, False])
def test_a_certificate_for_servers_alone_seals_nothing(critical):
    servers, mail = "1.3.6.1.5.5.7.3.1", "1.3.6.1.5.5.7.3.4"
    assert steps(Draft(extensions=(SIGN_USAGE, purposes(servers, critical=critical))), ROOT)["x.key_usage"] == "EXTENDED_KEY_USAGE"
    assert steps(Draft(extensions=(SIGN_USAGE, purposes(servers, mail, critical=critical))), ROOT)["x.key_usage"] == "OK"


def test_another_spelling_of_the_issuer_does_not_escape_a_revocation():
    leaf = read_certificate(Draft(issuer=cn("ROOT", BMP)).write())
    table = RevocationTable(frozenset({cn("root")}), {(cn("root"), 7): SIGNED})
    assert table(leaf) == Revocation(known=True, since=SIGNED)
    assert not RevocationTable(frozenset({cn("root")}), strangers=frozenset({(cn("Root"), 7)}))(leaf).known


def test_the_report_says_on_whose_anchor_a_chain_rests():
    trust = Trust((read_certificate(ROOT.write()),), revocations=known)
    chain, *_ = check_chain(read_certificate(Draft().write()), trust, NOW, made=SIGNED, who="x", clause="")
    assert (chain.message, chain.zh) == ("the certificate leads to the trust anchor root", "证书链可追溯至信任锚：root")


@pytest.mark.parametrize("parameters", [der.write_oid("1.2.156.10197.1.301"), b"\x05\x00", b""])
def test_a_key_under_sm2_s_own_identifier_is_the_same_key(parameters):
    head = der.write_sequence(der.write_oid("1.2.156.10197.1.301"), parameters)
    spki = der.write_sequence(head, der.write_bits(LEAF_KEY.public.point))
    assert read_certificate(Draft(key=spki).write()).public_key == LEAF_KEY.public
    hybrid = der.write_sequence(head, der.write_bits(b"\x06" + LEAF_KEY.public.point[1:]))
    with pytest.raises(InvalidInputError, match="SM2 public key"):
        _ = read_certificate(Draft(key=hybrid).write()).public_key


@given(st.text(min_size=1, max_size=30), st.sampled_from([der.UTF8, BMP]))
def test_a_name_in_its_comparable_form_is_compared_as_before(text, tag):
    if tag == BMP and any(ord(char) > 0xFFFF for char in text):
        return
    once = comparable(cn(text, tag))
    assert comparable(once) == comparable(cn(text)) == once
