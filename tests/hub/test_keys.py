"""Key files: made once and by a maker alone, read by their owner alone, never half there."""

import hashlib
import hmac
import re
import stat
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, load_pem_private_key, load_pem_public_key

from hub.errors import ConfigError
from hub.key_set import CA, HUB_SERVER, KEYS, LOG, PSEUDONYM, RELEASE
from hub.keys import KeyRing, write_private
from hub.signer import SYMMETRIC, HubKey
from tests.keys import a_ring

SIGNING = [key for key in KEYS if key.kind != SYMMETRIC]
NAMES = [key.name for key in KEYS]


def test_a_key_is_made_once_and_kept(tmp_path: Path):
    first = {key: a_ring(tmp_path / "keys").check(key) for key in KEYS}
    assert len(set(first.values())) == len(KEYS)
    assert [KeyRing(tmp_path / "keys").make(key) for key in KEYS] == [False] * len(KEYS)
    assert {key: KeyRing(tmp_path / "keys").check(key) for key in KEYS} == first


@pytest.mark.parametrize("key", KEYS, ids=NAMES)
def test_reading_a_missing_key_is_refused_by_its_name_and_makes_none(tmp_path: Path, key: HubKey):
    ring = KeyRing(tmp_path / "keys")
    for read in (ring.secret if key.kind == SYMMETRIC else ring.signer, ring.check, ring.tls_key):
        with pytest.raises(ConfigError, match=re.escape(key.file)) as error:
            read(key)
        assert error.value.reason == "KEY_MISSING"
    assert not (tmp_path / "keys").exists()


def test_of_many_makers_at_once_one_makes_the_key(tmp_path: Path):
    with ThreadPoolExecutor(8) as pool:
        for key in KEYS:
            assert sorted(pool.map(lambda _: KeyRing(tmp_path).make(key), range(8))) == [False] * 7 + [True]  # noqa: B023 - it is run in this round
    assert {path.name for path in tmp_path.iterdir()} == {key.file for key in KEYS}


def test_a_sweep_takes_away_what_a_maker_that_was_killed_has_left(tmp_path: Path):
    write_private(tmp_path / ".log.pem.0123abcd", b"half a key")
    ring = a_ring(tmp_path)
    ring.sweep()
    assert {path.name for path in tmp_path.iterdir()} == {key.file for key in KEYS}


def test_a_check_value_is_that_of_the_key_and_not_of_its_file(tmp_path: Path):
    ring = a_ring(tmp_path)
    assert ring.check(PSEUDONYM) == hmac.digest(ring.secret(PSEUDONYM), b"shuniu key check 1", "sha256")
    assert ring.check(LOG) == hashlib.sha256(ring.signer(LOG).public_der).digest()
    key = load_pem_private_key((tmp_path / "ca.pem").read_bytes(), None)
    before = ring.check(CA)
    write_private(tmp_path / "ca.pem", key.private_bytes(Encoding.PEM, PrivateFormat.TraditionalOpenSSL, NoEncryption()))
    assert ring.check(CA) == before  # the same key, written in another way


def test_folder_and_files_are_the_owner_s_alone(tmp_path: Path):
    a_ring(tmp_path / "keys")
    assert stat.S_IMODE((tmp_path / "keys").stat().st_mode) == 0o700
    files = list((tmp_path / "keys").iterdir())
    assert sorted(file.name for file in files) == sorted(key.file for key in KEYS)
    assert {stat.S_IMODE(file.stat().st_mode) for file in files} == {0o600}


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660, 0o700 | 0o001])
@pytest.mark.parametrize("key", KEYS, ids=NAMES)
def test_a_key_that_others_may_touch_is_refused_with_the_command_that_mends_it(tmp_path: Path, mode: int, key: HubKey):
    ring = KeyRing(tmp_path)
    ring.make(key)
    (tmp_path / key.file).chmod(mode)
    with pytest.raises(ConfigError) as error:
        ring.check(key)
    assert error.value.next_action == f"chmod 600 {tmp_path / key.file}"


@pytest.mark.parametrize("content", [b"", b"junk", b"-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"])
@pytest.mark.parametrize("key", KEYS, ids=NAMES)
def test_a_damaged_key_is_refused_and_no_new_one_is_made(tmp_path: Path, content: bytes, key: HubKey):
    write_private(tmp_path / key.file, content)
    with pytest.raises(ConfigError, match=re.escape(key.file)):
        KeyRing(tmp_path).check(key)
    assert not KeyRing(tmp_path).make(key)
    assert (tmp_path / key.file).read_bytes() == content


@pytest.mark.parametrize("key", SIGNING, ids=[key.name for key in SIGNING])
def test_a_key_of_another_kind_is_refused(tmp_path: Path, key: HubKey):
    ring = a_ring(tmp_path)
    for other in {one.kind: one for one in KEYS if one.kind != key.kind}.values():
        write_private(tmp_path / key.file, (tmp_path / other.file).read_bytes())
        with pytest.raises(ConfigError, match=re.escape(key.file)):
            ring.signer(key)


def test_signatures_hold_and_have_their_raw_form(tmp_path: Path):
    ring = a_ring(tmp_path)
    signer, log = ring.signer(RELEASE), ring.signer(LOG)
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


def test_a_tls_key_of_another_curve_is_refused(tmp_path: Path):
    other = ec.generate_private_key(ec.SECP384R1())
    write_private(tmp_path / "hub-server.pem", other.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    with pytest.raises(ConfigError):
        KeyRing(tmp_path).tls_key(HUB_SERVER)
