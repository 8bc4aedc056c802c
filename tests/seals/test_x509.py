import subprocess
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hub.errors import InvalidInputError, NotAllowedError
from seals import x509
from seals.x509 import Usage
from shuniu import sm2
from shuniu.seals.certificate import read_certificate
from shuniu.seals.chain import Revocation, Trust, check_chain
from shuniu.seals.names import CertificateSubject
from shuniu.seals.report import Result
from shuniu.sm2 import der
from tests.seals.office import EARLY, LATE, MADE, MUCH_LATER, NOW, SIGNED, Office, a_draft, a_subject, as_pem, openssl

OFFICE = Office()
DISTID = "distid:1234567812345678"


def results(certificate: bytes, trust: Trust, at=NOW, made=SIGNED) -> dict[str, str]:
    steps = check_chain(read_certificate(certificate), trust, at, made=made, who="x", clause="RFC 5280")
    return {step.name: step.reason for step in steps}


def fine(**but: str) -> dict[str, str]:
    return {f"x.{name}": but.get(name, "OK") for name in ("chain", "dates", "revocation", "key_usage")}


def test_openssl_verifies_our_certificates_strictly(tmp_path):
    root, leaf = as_pem(tmp_path, "ca.pem", OFFICE.ca), as_pem(tmp_path, "leaf.pem", OFFICE.signer_cert)
    assert "OK" in openssl("verify", "-x509_strict", "-vfyopt", DISTID, "-CAfile", root, leaf)
    shown = openssl("x509", "-in", leaf, "-noout", "-text", "-nameopt", "utf8")
    for expected in ("SM2-with-SM3", "Digital Signature, Non Repudiation", "市场监督管理厅", "11640000MB1234567X", "CA:FALSE"):
        assert expected in shown


def test_openssl_rejects_a_certificate_of_another_ca(tmp_path):
    root, leaf = as_pem(tmp_path, "ca.pem", Office().ca), as_pem(tmp_path, "leaf.pem", OFFICE.signer_cert)
    openssl("verify", "-vfyopt", DISTID, "-CAfile", root, leaf, expect=2)


def test_the_signature_algorithm_has_no_parameters(tmp_path):
    path = tmp_path / "leaf.der"
    path.write_bytes(OFFICE.signer_cert)
    lines = openssl("asn1parse", "-inform", "DER", "-in", str(path)).splitlines()
    places = [number for number, line in enumerate(lines) if "SM2-with-SM3" in line]
    assert len(places) == 2
    assert all("l=  10" in lines[number - 1] for number in places)  # the sequence holds the ten bytes of the identifier alone


def test_a_certificate_is_read_as_it_was_issued():
    certificate = read_certificate(OFFICE.signer_cert)
    assert certificate.subject == a_subject("市场监督管理厅")
    assert certificate.issuer == a_subject("根证书")
    assert (certificate.serial, certificate.not_before, certificate.not_after) == (3, EARLY, LATE)
    assert certificate.public_key == OFFICE.signer.public
    assert certificate.key_usage == frozenset({"digital_signature", "non_repudiation"})
    assert (certificate.ca, certificate.unknown_critical) == (False, ())
    assert certificate.tbs in OFFICE.signer_cert


def test_a_certificate_made_by_openssl_is_read_and_verified(tmp_path):
    openssl("genpkey", "-algorithm", "SM2", "-out", str(tmp_path / "key.pem"))
    common = ("-key", str(tmp_path / "key.pem"), "-sm3", "-sigopt", DISTID, "-subj", "/C=CN/O=Foreign/serialNumber=9X/CN=foreign", "-outform", "DER")
    openssl("req", "-x509", *common, "-days", "30", "-out", str(tmp_path / "x.crt"))
    openssl("req", "-new", *common, "-out", str(tmp_path / "x.csr"))
    certificate = read_certificate((tmp_path / "x.crt").read_bytes())
    assert certificate.signed_by(certificate)
    assert certificate.subject == CertificateSubject("foreign", "Foreign", "9X")
    assert x509.read_csr((tmp_path / "x.csr").read_bytes()) == (certificate.subject, certificate.public_key)


def test_openssl_verifies_our_request(tmp_path):
    request = as_pem(tmp_path, "x.csr", x509.make_csr(OFFICE.signer, a_subject("厅")), "CERTIFICATE REQUEST")
    assert "verify OK" in openssl("req", "-in", request, "-verify", "-noout", "-vfyopt", DISTID)


def test_a_request_signed_by_another_key_is_refused():
    ours, theirs = x509.make_csr(OFFICE.signer, a_subject("厅")), OFFICE.maker.public
    with pytest.raises(InvalidInputError, match="not signed by the key"):
        x509.read_csr(ours.replace(OFFICE.signer.public.point, theirs.point))


def test_every_changed_byte_of_a_request_is_refused():
    request = x509.make_csr(OFFICE.signer, a_subject("厅"))
    for place in range(len(request)):
        broken = bytearray(request)
        broken[place] ^= 0x01
        with pytest.raises(InvalidInputError):
            x509.read_csr(bytes(broken))


@settings(deadline=None)
@given(st.data())
def test_a_mutated_certificate_is_read_or_refused_and_never_signed(data):
    raw = bytearray(OFFICE.signer_cert)
    for _ in range(data.draw(st.integers(1, 4))):
        raw[data.draw(st.integers(0, len(raw) - 1))] ^= data.draw(st.integers(1, 255))
    if bytes(raw) == OFFICE.signer_cert:
        return
    try:
        certificate = read_certificate(bytes(raw))
    except InvalidInputError:
        return
    assert not certificate.signed_by(read_certificate(OFFICE.ca))


@settings(deadline=None)
@given(st.binary(max_size=400))
def test_foreign_bytes_are_neither_certificate_nor_request(data):
    for read in (read_certificate, x509.read_csr):
        with pytest.raises(InvalidInputError):
            read(data)


def test_an_oversized_certificate_is_not_even_parsed():
    with pytest.raises(InvalidInputError, match="limit"):
        read_certificate(bytes(1 << 20))


def test_only_a_ca_issues_and_only_with_its_own_key():
    draft = a_draft("x", OFFICE.signer.public)
    with pytest.raises(NotAllowedError):
        x509.issue(OFFICE.signer_cert, OFFICE.signer, draft)
    with pytest.raises(InvalidInputError, match="does not belong"):
        x509.issue(OFFICE.ca, OFFICE.signer, draft)


@pytest.mark.parametrize(("start", "end", "serial"), [(LATE, EARLY, 1), (EARLY, LATE, 0), (EARLY, LATE, 1 << 159)])
def test_dates_in_disorder_and_bad_serial_numbers_are_refused(start, end, serial):
    with pytest.raises(InvalidInputError):
        a_draft("x", OFFICE.signer.public, not_before=start, not_after=end, serial=serial)


@pytest.mark.parametrize("name", ["", "长" * 65])
def test_a_subject_has_a_name_of_bearable_length(name):
    with pytest.raises(InvalidInputError):
        CertificateSubject(name)


def test_dates_after_2049_are_written_as_generalized_time(tmp_path):
    far = MUCH_LATER.replace(year=2060)
    leaf = OFFICE.certificate("x", OFFICE.signer, serial=5, end=far)
    assert read_certificate(leaf).not_after == far
    assert "2060 GMT" in openssl("x509", "-in", as_pem(tmp_path, "leaf.pem", leaf), "-noout", "-enddate")


def test_a_good_certificate_passes_every_step():
    assert results(OFFICE.signer_cert, OFFICE.trust()) == fine()


def test_a_ca_of_the_same_name_with_another_key_is_not_trusted():
    assert results(Office().signer_cert, OFFICE.trust()) == fine(chain="ISSUER_NOT_TRUSTED")


def test_a_ca_of_the_same_key_with_another_name_is_not_the_issuer():
    renamed = read_certificate(x509.self_signed_ca(OFFICE.ca_key, a_subject("别名"), EARLY, LATE, 1))
    trust = Trust((renamed,), revocations=lambda _: Revocation(known=True))
    assert results(OFFICE.signer_cert, trust) == fine(chain="ISSUER_NOT_TRUSTED")


def a_request_by_openssl(tmp_path, *options: str) -> bytes:
    openssl("genpkey", "-algorithm", "SM2", "-out", str(tmp_path / "key.pem"))
    openssl("req", "-new", "-key", str(tmp_path / "key.pem"), "-sm3", "-subj", "/CN=x", *options, "-out", str(tmp_path / "x.csr"))
    return Path(tmp_path, "x.csr").read_bytes()


@pytest.mark.parametrize("label", [b"CERTIFICATE REQUEST", b"NEW CERTIFICATE REQUEST"])
def test_a_request_is_read_in_pem_as_in_der(tmp_path, label):
    request = a_request_by_openssl(tmp_path, "-sigopt", DISTID)
    subject, key = x509.read_csr(b"\n" + request.replace(b"CERTIFICATE REQUEST", label).replace(b"\n", b"\r\n"))
    assert (subject.common_name, key) == ("x", sm2.PrivateKey.from_pem((tmp_path / "key.pem").read_bytes()).public)
    with pytest.raises(InvalidInputError):
        x509.read_csr(request.replace(b"CERTIFICATE REQUEST", b"CERTIFICATE"))


@pytest.mark.parametrize("guide", ["seals.md", "seals.zh-CN.md"])
def test_the_guide_s_recipe_makes_a_request_that_is_read(tmp_path, guide):
    recipe = (Path(__file__).parents[2] / "docs" / "guides" / guide).read_text("utf-8").split("```sh\n")[2].split("```")[0]
    subprocess.run(["/bin/sh", "-euc", recipe], cwd=tmp_path, check=True, capture_output=True, timeout=30)
    assert x509.read_csr((tmp_path / "signer.csr").read_bytes())[0].common_name == "signer"
    assert (tmp_path / "signer-key.pem").stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("options", [(), ("-sigopt", "distid:anonym@gmssl.org"), ("-sigopt", "distid:ALICE123@YAHOO.COM")])
def test_a_request_signed_with_another_user_id_is_refused_with_what_to_do(tmp_path, options):
    with pytest.raises(InvalidInputError, match="another SM2 user id") as refused:
        x509.read_csr(a_request_by_openssl(tmp_path, *options))
    assert refused.value.reason == "SM2_USER_ID"
    assert "-sigopt distid:1234567812345678" in str(refused.value.next_action)


def as_others_write_it(key: sm2.PrivateKey, spki: bytes = b"", parameters: bytes = b"", *, raw: bool = False) -> bytes:
    spki = spki or key.public.spki
    info = der.write_sequence(der.write_integer(0), der.write_sequence(), spki)  # without attributes, which RFC 2986 has and some tools leave out
    value = key.sign(info)
    if raw:
        pair = der.parse(value, "x", at_most=100).children("x", at_least=2, at_most=2)
        value = b"".join(part.content[-32:].rjust(32, b"\0") for part in pair)
    return der.write_sequence(info, der.write_sequence(der.write_oid("1.2.156.10197.1.501"), parameters), der.write_bits(value))


def test_requests_as_hsms_and_older_tools_write_them_are_read():
    key, own = sm2.generate(), der.write_oid("1.2.156.10197.1.301")
    point = der.write_bits(key.public.point)
    others = (as_others_write_it(key, der.write_sequence(der.write_sequence(own, more), point)) for more in (own, b"\x05\x00", b""))
    for request in (*others, as_others_write_it(key, parameters=b"\x05\x00"), as_others_write_it(key, raw=True)):
        assert x509.read_csr(request)[1].spki == key.public.spki


def test_a_certificate_that_names_two_algorithms_is_refused():
    outer = der.parse(OFFICE.signer_cert, "x", at_most=1 << 14).children("x", at_least=3, at_most=3)
    other = der.write_sequence(der.write_oid("1.2.156.10197.1.502"))
    with pytest.raises(InvalidInputError, match="two signature algorithms"):
        read_certificate(der.write_sequence(outer[0].raw, other, outer[2].raw))


def test_an_extension_that_stands_twice_is_refused():
    fields = der.parse(read_certificate(OFFICE.signer_cert).tbs, "x", at_most=1 << 14).children("x", at_least=8, at_most=8)
    extensions = fields[7].children("x", at_least=1, at_most=1)[0].content
    doubled = der.write(0xA3, der.write_sequence(extensions, extensions))
    tbs = der.write_sequence(*(field.raw for field in fields[:7]), doubled)
    with pytest.raises(InvalidInputError, match="stands twice"):
        read_certificate(der.write_sequence(tbs, fields[2].raw, der.write_bits(OFFICE.ca_key.sign(tbs))))


def test_an_intermediate_ca_leads_to_the_root_but_has_no_ca_below(tmp_path):
    middle_key, low_key = sm2.generate(), sm2.generate()
    middle = x509.issue(OFFICE.ca, OFFICE.ca_key, a_draft("二级", middle_key.public, usage=Usage.CA, serial=10))
    leaf = x509.issue(middle, middle_key, a_draft("厅", OFFICE.signer.public, serial=11))
    low = x509.issue(middle, middle_key, a_draft("三级", low_key.public, usage=Usage.CA, serial=12))
    deep = x509.issue(low, low_key, a_draft("厅", OFFICE.signer.public, serial=13))
    root = OFFICE.trust()
    trust = replace(root, intermediates=(read_certificate(middle), read_certificate(low)), revocations=lambda _: Revocation(known=True))
    assert results(leaf, root)["x.chain"] == "ISSUER_NOT_TRUSTED"
    assert results(leaf, trust) == fine()
    assert results(deep, trust) == fine(chain="PATH_TOO_LONG")
    upper, lower = as_pem(tmp_path, "middle.pem", middle), as_pem(tmp_path, "leaf.pem", leaf)
    openssl("verify", "-vfyopt", DISTID, "-CAfile", as_pem(tmp_path, "ca.pem", OFFICE.ca), upper)
    openssl("verify", "-vfyopt", DISTID, "-partial_chain", "-CAfile", upper, lower)  # openssl gives the id to the last one only


def test_a_certificate_that_is_no_ca_issues_nothing_that_is_believed():
    signer = read_certificate(OFFICE.signer_cert)
    pretended = replace(signer, ca=True, key_usage=frozenset({"key_cert_sign"}))
    assert not pretended.signed_by(read_certificate(OFFICE.maker_cert))
    forged_root = x509.self_signed_ca(OFFICE.signer, signer.subject, EARLY, LATE, 1)
    leaf = x509.issue(forged_root, OFFICE.signer, a_draft("x", OFFICE.maker.public, serial=20))
    trust = replace(OFFICE.trust(), intermediates=(signer,), revocations=lambda _: Revocation(known=True))
    assert results(leaf, trust) == fine(chain="ISSUER_IS_NO_CA")


def test_expired_now_but_valid_then_is_a_result_of_its_own():
    leaf = OFFICE.certificate("x", OFFICE.signer, serial=3, end=SIGNED)
    assert results(leaf, OFFICE.trust()) == fine(dates="EXPIRED_SINCE")
    assert results(leaf, OFFICE.trust(), made=NOW) == fine(dates="EXPIRED")
    assert results(leaf, OFFICE.trust(), at=EARLY.replace(year=2019)) == fine(dates="NOT_YET_VALID")


@pytest.mark.parametrize(
    ("revoked", "reason"),
    [
        ({"signer": MADE}, "REVOKED"),
        ({"signer": SIGNED}, "REVOKED"),
        ({"signer": NOW}, "REVOKED_SINCE"),
        ({"signer": LATE}, "OK"),
        ({"maker": MADE}, "OK"),
    ],
)
def test_revocation_counts_from_its_moment_on(revoked, reason):
    assert results(OFFICE.signer_cert, OFFICE.trust(**revoked)) == fine(revocation=reason)


def test_a_verifier_without_news_of_revocation_does_not_say_valid():
    steps = check_chain(read_certificate(OFFICE.signer_cert), Trust(OFFICE.trust().anchors), NOW, made=SIGNED, who="x", clause="RFC 5280")
    assert [step.result for step in steps if step.reason == "REVOCATION_UNKNOWN"] == [Result.INDETERMINATE]


def test_an_encryption_certificate_does_not_sign():
    leaf = OFFICE.certificate("x", OFFICE.signer, serial=3, usage=Usage.ENCRYPT)
    assert results(leaf, OFFICE.trust()) == fine(key_usage="KEY_USAGE")


def test_a_critical_extension_that_is_not_understood_breaks_the_chain(tmp_path):
    openssl("genpkey", "-algorithm", "SM2", "-out", str(tmp_path / "key.pem"))
    name = ("-subj", "/CN=x", "-addext", "nameConstraints=critical,permitted;DNS:a", "-outform", "DER", "-out", str(tmp_path / "x"))
    openssl("req", "-x509", "-key", str(tmp_path / "key.pem"), "-sm3", "-sigopt", DISTID, *name)
    certificate = read_certificate((tmp_path / "x").read_bytes())
    trust = Trust((certificate,))
    assert results(certificate.raw, trust, at=certificate.not_before)["x.chain"] == "UNKNOWN_CRITICAL_EXTENSION"


def test_a_certificate_of_version_1_is_refused_by_its_version(tmp_path):
    fields = der.parse(read_certificate(OFFICE.signer_cert).tbs, "x", at_most=1 << 14).children("x", at_least=8, at_most=8)
    tbs = der.write_sequence(*(part.raw for part in fields[1:7]))
    old = der.write_sequence(tbs, fields[2].raw, der.write_bits(OFFICE.ca_key.sign(tbs)))
    assert "Version: 1" in openssl("x509", "-in", as_pem(tmp_path, "old.pem", old), "-noout", "-text")
    with pytest.raises(InvalidInputError, match="version 1, which") as refused:
        read_certificate(old)
    assert refused.value.reason == "CERTIFICATE_VERSION"


def test_a_certificate_without_key_usage_is_left_open(tmp_path):
    openssl("genpkey", "-algorithm", "SM2", "-out", str(tmp_path / "key.pem"))
    openssl(
        "req", "-x509", "-key", str(tmp_path / "key.pem"), "-sm3", "-sigopt", DISTID, "-subj", "/CN=x", "-outform", "DER", "-out", str(tmp_path / "x")
    )
    certificate = read_certificate((tmp_path / "x").read_bytes())
    steps = results(certificate.raw, Trust((certificate,)), at=certificate.not_before)
    assert steps == fine(key_usage="KEY_USAGE_ABSENT")


def test_a_certificate_with_another_kind_of_key_is_read_but_has_no_sm2_key(tmp_path):
    options = ("-newkey", "rsa:2048", "-nodes", "-keyout", str(tmp_path / "k"), "-subj", "/CN=x", "-outform", "DER", "-out", str(tmp_path / "x"))
    openssl("req", "-x509", *options)
    certificate = read_certificate((tmp_path / "x").read_bytes())
    assert not certificate.signed_by(certificate)
    with pytest.raises(InvalidInputError):
        _ = certificate.public_key
