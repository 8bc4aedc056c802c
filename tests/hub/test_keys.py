"""Key files: made once, read by their owner alone, never half there."""

import stat
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, load_pem_public_key

from hub.errors import ConfigError
from hub.keys import KeyRing, write_private


def test_keys_are_made_once_and_kept(tmp_path: Path):
    ring = KeyRing(tmp_path / "keys")
    assert ring.secret("a") == KeyRing(tmp_path / "keys").secret("a") != ring.secret("b")
    assert ring.signer("sign", "ES256").public_pem == KeyRing(tmp_path / "keys").signer("sign", "ES256").public_pem
    assert ring.signer("log", "Ed25519").public_der == KeyRing(tmp_path / "keys").signer("log", "Ed25519").public_der


def test_folder_and_files_are_the_owner_s_alone(tmp_path: Path):
    ring = KeyRing(tmp_path / "keys")
    ring.signer("sign", "ES256"), ring.signer("log", "Ed25519"), ring.secret("s")
    assert stat.S_IMODE((tmp_path / "keys").stat().st_mode) == 0o700
    files = list((tmp_path / "keys").iterdir())
    assert sorted(file.name for file in files) == ["log.pem", "s.secret", "sign.pem"]
    assert {stat.S_IMODE(file.stat().st_mode) for file in files} == {0o600}


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660, 0o700 | 0o001])
def test_a_key_that_others_may_touch_is_refused_with_the_command_that_mends_it(tmp_path: Path, mode: int):
    ring = KeyRing(tmp_path)
    ring.secret("s")
    (tmp_path / "s.secret").chmod(mode)
    with pytest.raises(ConfigError) as error:
        ring.secret("s")
    assert error.value.next_action == f"chmod 600 {tmp_path / 's.secret'}"


@pytest.mark.parametrize("content", [b"", b"junk", b"-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"])
def test_a_damaged_key_stops_the_start_and_no_new_one_is_made(tmp_path: Path, content: bytes):
    write_private(tmp_path / "k.pem", content)
    write_private(tmp_path / "k.secret", content)
    ring = KeyRing(tmp_path)
    signers: list[Callable[[str], object]] = [partial(ring.signer, algorithm=one) for one in ("ES256", "Ed25519", "SM2-SM3")]
    for read in [*signers, ring.secret, ring.tls_key]:
        with pytest.raises(ConfigError):
            read("k")
    assert (tmp_path / "k.pem").read_bytes() == content


def test_a_key_of_another_kind_is_refused(tmp_path: Path):
    ring = KeyRing(tmp_path)
    ring.signer("p256", "ES256"), ring.signer("ed", "Ed25519")
    with pytest.raises(ConfigError):
        ring.signer("ed", "ES256")
    with pytest.raises(ConfigError):
        ring.signer("p256", "Ed25519")


def test_signatures_hold_and_have_their_raw_form(tmp_path: Path):
    ring = KeyRing(tmp_path)
    signer, log = ring.signer("sign", "ES256"), ring.signer("log", "Ed25519")
    signature = signer.sign(b"data")
    assert len(signature) == len(log.sign(b"data")) == 64
    public, own = load_pem_public_key(signer.public_pem), load_pem_public_key(log.public_pem)
    assert isinstance(public, ec.EllipticCurvePublicKey)
    assert isinstance(own, ed25519.Ed25519PublicKey)
    r, s = (int.from_bytes(half, "big") for half in (signature[:32], signature[32:]))
    public.verify(encode_dss_signature(r, s), b"data", ec.ECDSA(hashes.SHA256()))
    own.verify(log.sign(b"data"), b"data")


def test_a_secret_is_whole_at_every_moment_and_never_readable_by_others(tmp_path: Path):
    path, seen, stop = tmp_path / "k", set(), threading.Event()

    def watch() -> None:
        while not stop.is_set():
            for file in tmp_path.iterdir():
                try:
                    seen.add((stat.S_IMODE(file.stat().st_mode), len(file.read_bytes()) if file == path else 1000))
                except FileNotFoundError:
                    continue

    with ThreadPoolExecutor(1) as pool:
        watching = pool.submit(watch)
        for number in range(100):
            write_private(path, bytes([number]) * 1000)
        stop.set()
        watching.result()
    assert seen <= {(0o600, 1000)}
    assert [file.name for file in tmp_path.iterdir()] == ["k"]


def test_a_write_that_fails_leaves_the_old_secret(tmp_path: Path, monkeypatch):
    path = tmp_path / "k"
    write_private(path, b"old")

    def broken(_descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", broken)
    with pytest.raises(OSError, match="No space"):
        write_private(path, b"new")
    assert path.read_bytes() == b"old"
    assert [file.name for file in tmp_path.iterdir()] == ["k"]


def test_a_tls_key_of_another_curve_is_refused(tmp_path):
    ring = KeyRing(tmp_path / "keys")
    ring.tls_key("hub-server")
    other = ec.generate_private_key(ec.SECP384R1())
    (tmp_path / "keys" / "hub-server.pem").write_bytes(other.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    with pytest.raises(ConfigError):
        ring.tls_key("hub-server")
