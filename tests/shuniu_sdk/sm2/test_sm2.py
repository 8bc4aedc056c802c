import base64
import copy
import ctypes
import hashlib
import threading
from pathlib import Path

import pytest
from asn1crypto import algos, pem
from cryptography.hazmat.primitives import hashes
from hypothesis import given, settings
from hypothesis import strategies as st

from hub.errors import ConfigError, InvalidInputError
from shuniu import sm2
from shuniu.sm2 import keys, native
from tests.seals.office import as_pem, openssl

KEY = sm2.generate()
DISTID = "distid:1234567812345678"


def test_the_published_example_of_gb_t_32918_5_verifies():
    sm2.self_test()
    known = sm2.PublicKey.from_point(keys._KNOWN_POINT)
    assert known.verify(keys._KNOWN_SIGNATURE, b"message digest")
    assert not known.verify(keys._KNOWN_SIGNATURE, b"message digesT")


def test_the_published_private_key_belongs_to_the_published_point():
    private = "3945208f7b2144b13f36e38ac6d39f95889393692860b51a42fb81ef4df7c5b8"
    sec1 = bytes.fromhex(f"30310201010420{private}a00a06082a811ccf5501822d")
    text = b"-----BEGIN EC PRIVATE KEY-----\n" + base64.encodebytes(sec1) + b"-----END EC PRIVATE KEY-----\n"
    assert sm2.PrivateKey.from_pem(text).public.point == keys._KNOWN_POINT


def test_a_self_test_with_a_wrong_answer_stops_the_start(monkeypatch):
    monkeypatch.setattr(keys, "_KNOWN_SIGNATURE", bytes(64))
    with pytest.raises(ConfigError, match="wrong known answer") as stop:
        sm2.self_test()
    assert "apt-get install" in stop.value.next_action


@pytest.mark.parametrize("name", ["libnothing-of-the-kind.so.9", "libm.so.6", "libc.so.6"])
def test_a_machine_without_a_fit_libcrypto_is_told_how_to_mend_it(name):
    with pytest.raises(ConfigError) as stop:
        native.open_library(name)
    assert "apt-get install" in stop.value.next_action


def test_an_older_libcrypto_is_refused(monkeypatch):
    monkeypatch.setattr(native, "OLDEST", 0x90000000)
    with pytest.raises(ConfigError, match=r"older than OpenSSL 3\.0"):
        native.open_library("libcrypto.so.3")


def test_openssl_accepts_our_signature_and_we_accept_its_own(tmp_path):
    data, ours, theirs, key = (tmp_path / name for name in ("data", "ours", "theirs", "key.pem"))
    data.write_bytes(b"sealed bytes")
    ours.write_bytes(KEY.sign(b"sealed bytes"))
    key.write_bytes(KEY.to_pem())
    public = as_pem(tmp_path, "public.pem", KEY.public.spki, "PUBLIC KEY")
    common = ("-rawin", "-digest", "sm3", "-in", str(data), "-pkeyopt", DISTID)
    assert "Verified" in openssl("pkeyutl", "-verify", *common, "-pubin", "-inkey", public, "-sigfile", str(ours))
    openssl("pkeyutl", "-sign", *common, "-inkey", str(key), "-out", str(theirs))
    assert KEY.public.verify(theirs.read_bytes(), b"sealed bytes")


def test_a_key_made_by_openssl_is_read(tmp_path):
    openssl("genpkey", "-algorithm", "SM2", "-out", str(tmp_path / "key.pem"))
    key = sm2.PrivateKey.from_pem((tmp_path / "key.pem").read_bytes())
    assert key.public.verify(key.sign(b"x"), b"x")


def test_a_key_survives_its_text_form():
    again = sm2.PrivateKey.from_pem(KEY.to_pem())
    assert again.public == KEY.public
    assert KEY.public.verify(again.sign(b"x"), b"x")
    assert sm2.PublicKey.from_point(KEY.public.point) == KEY.public


def test_a_raw_signature_of_64_bytes_is_accepted():
    pair = algos.DSASignature.load(KEY.sign(b"x")).native
    raw = pair["r"].to_bytes(32, "big") + pair["s"].to_bytes(32, "big")
    assert KEY.public.verify(raw, b"x")
    assert not KEY.public.verify(raw, b"y")
    assert not KEY.public.verify(raw[:-1], b"x")


def test_every_flipped_bit_of_a_signature_is_refused():
    signature = KEY.sign(b"x")
    for bit in range(len(signature) * 8):
        broken = bytearray(signature)
        broken[bit // 8] ^= 1 << bit % 8
        assert not KEY.public.verify(bytes(broken), b"x"), bit


@settings(deadline=None)
@given(st.binary(max_size=300))
def test_no_bytes_at_all_pass_as_a_signature_or_stop_the_process(data):
    assert not KEY.public.verify(data, b"x")


@settings(deadline=None)
@given(st.binary(max_size=120))
def test_foreign_bytes_are_no_public_key(data):
    for read in (sm2.PublicKey.from_spki, sm2.PublicKey.from_point):
        with pytest.raises(InvalidInputError):
            read(data)


def test_a_point_off_the_curve_is_refused():
    point = bytearray(KEY.public.point)
    point[-1] ^= 1
    with pytest.raises(InvalidInputError):
        sm2.PublicKey.from_point(bytes(point))


@settings(deadline=None)
@given(st.binary(max_size=200))
def test_foreign_bytes_are_no_private_key(junk):
    text = b"-----BEGIN PRIVATE KEY-----\n" + base64.encodebytes(junk) + b"-----END PRIVATE KEY-----\n"
    with pytest.raises(InvalidInputError):
        sm2.PrivateKey.from_pem(text)


@pytest.mark.parametrize(
    "options",
    [
        ("-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256"),
        ("-algorithm", "ED25519"),
        ("-algorithm", "SM2", "-aes256", "-pass", "pass:secret"),
    ],
)
def test_other_kinds_of_keys_and_encrypted_keys_are_refused(tmp_path, options):
    openssl("genpkey", *options, "-out", str(tmp_path / "key.pem"))
    with pytest.raises(InvalidInputError):
        sm2.PrivateKey.from_pem((tmp_path / "key.pem").read_bytes())


def test_a_private_key_whose_halves_do_not_belong_together_is_refused():
    other = sm2.generate()
    mixed = bytearray(pem.unarmor(KEY.to_pem())[2])
    mixed[-65:] = other.public.point
    with pytest.raises(InvalidInputError):
        sm2.PrivateKey.from_pem(pem.armor("PRIVATE KEY", bytes(mixed)))


def test_a_key_shows_nothing_of_itself_and_cannot_be_copied():
    assert "Handle" not in repr(KEY)
    with pytest.raises(TypeError):
        copy.deepcopy(KEY)


def test_a_failure_leaves_nothing_in_the_error_queue_that_ssl_shares():
    lib = native.library()
    lib.ERR_peek_error.restype = ctypes.c_ulong
    KEY.public.verify(b"\x30\x06\x02\x01\x01\x02\x01", b"x")
    with pytest.raises(InvalidInputError):
        sm2.PublicKey.from_point(b"\x04" + bytes(64))
    assert lib.ERR_peek_error() == 0


def test_many_threads_share_one_key():
    failures: list[int] = []

    def work() -> None:
        for number in range(30):
            data = str(number).encode()
            if not KEY.public.verify(KEY.sign(data), data):
                failures.append(number)

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failures


def test_signing_and_verifying_free_what_they_take():
    def resident() -> int:
        return int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1]) * 4096

    def work(times: int) -> None:
        for _ in range(times):
            key = sm2.PublicKey.from_spki(KEY.public.spki)
            key.verify(KEY.sign(b"x"), b"x")
            key.verify(b"junk", b"x")

    def growth() -> int:
        before = resident()
        work(1000)
        return resident() - before

    work(300)
    # one forgotten context each time makes 240 KiB, every time; what else grows in a process of many tests does not
    assert min(growth() for _ in range(3)) < 160 << 10


@settings(deadline=None)
@given(st.binary(max_size=2000))
def test_sm3_agrees_with_another_hand(data):
    other = hashes.Hash(hashes.SM3())
    other.update(data)
    assert sm2.sm3(data) == other.finalize() == hashlib.new("sm3", data).digest()
