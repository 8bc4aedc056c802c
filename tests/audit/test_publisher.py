"""Checkpoints: signed only over a log that extends what was signed before, opened by foreign means, refused after any touch."""

import shutil
import subprocess
from base64 import b64decode
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from audit.store import RecordStore, TreeStore
from hub.db import Database
from hub.errors import InvalidInputError, NotFoundError, UnavailableError
from shuniu.proofs.checkpoint import Checkpoint, open_checkpoint
from shuniu.proofs.offline import verify_directory
from tests.audit.keeping import KEY, ORIGIN, a_log, a_publisher, event, files, refused, write


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Where the log is published; the database lies elsewhere."""
    return tmp_path / "log"


def test_a_checkpoint_opens_with_foreign_tools_and_the_folder_verifies(database: Database, folder: Path) -> None:
    publisher = a_log(database, folder, 1, 300, 700)
    note = publisher.checkpoint()
    assert (folder / "checkpoint").read_text() == note
    text, _, signature = note.rpartition("\n\n")
    origin, size, _root = text.split("\n")
    assert (origin, size) == (ORIGIN, "700")
    KEY.public_key().verify(b64decode(signature.split()[-1])[4:], (text + "\n").encode())
    verdict = verify_directory(folder, str(publisher.vkey))
    assert (verdict.ok, verdict.size, verdict.findings) == (True, 700, ())


def test_openssl_accepts_the_signature(sqlite_database: Database, folder: Path) -> None:
    text, _, signature = a_log(sqlite_database, folder / "log", 5).checkpoint().rpartition("\n\n")
    (folder / "text").write_text(text + "\n")
    (folder / "signature").write_bytes(b64decode(signature.split()[-1])[4:])
    (folder / "key").write_bytes(KEY.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo))
    command = ["openssl", "pkeyutl", "-verify", "-pubin", "-inkey", "key", "-rawin", "-in", "text", "-sigfile", "signature"]
    assert subprocess.run(command, cwd=folder, capture_output=True, check=False).returncode == 0
    (folder / "text").write_text(text.replace("\n5\n", "\n6\n") + "\n")
    assert subprocess.run(command, cwd=folder, capture_output=True, check=False).returncode != 0


def test_nothing_is_signed_when_nothing_was_added(database: Database, folder: Path) -> None:
    publisher = a_publisher(database, folder)
    publisher.open()
    with pytest.raises(NotFoundError):
        publisher.checkpoint()
    assert publisher.publish() is None
    write(database, event())
    assert publisher.publish() == Checkpoint(ORIGIN, 1, _root(database))
    before = files(folder)
    assert publisher.publish() is None
    publisher.stop()
    assert files(folder) == before


def _root(database: Database) -> bytes:
    with database.read() as tx:
        return TreeStore(tx).range().root()


def test_proofs_hold_for_many_records_and_sizes_between_checkpoints_too(database: Database, folder: Path) -> None:
    publisher = a_log(database, folder, 3, 260, 600)
    with database.read() as tx:
        hashes = RecordStore(tx).check(0, 600)
    for index in (*range(0, 600, 37), 255, 256, 599):
        proof = publisher.inclusion(index)
        proof.verify()
        assert (proof.size, proof.leaf_hash, proof.root) == (600, hashes[index], _root(database))
    for index, size in ((0, 1), (1, 2), (6, 7), (100, 255), (255, 256), (256, 257), (0, 511), (511, 512), (2, 599)):  # never signed at these sizes
        publisher.inclusion(index, size).verify()
    for size1, size2 in ((1, 2), (2, 3), (3, 260), (7, 255), (255, 256), (256, 600), (599, 600), (600, 600)):
        publisher.consistency(size1, size2).verify()
    assert publisher.consistency(3).root1 == publisher.inclusion(0, 3).root


@pytest.mark.parametrize(("index", "size"), [(600, 0), (-1, 0), (0, 601), (5, 5), (0, -1), (2**62, 0), (0, 2**62)])
def test_what_no_checkpoint_covers_is_not_proved(sqlite_database: Database, folder: Path, index: int, size: int) -> None:
    publisher = a_log(sqlite_database, folder, 600)
    with pytest.raises(InvalidInputError):
        publisher.inclusion(index, size)
    for sizes in ((0, 0), (601, 0), (-1, 5), (6, 5), (3, 601)):
        with pytest.raises(InvalidInputError):
            publisher.consistency(*sizes)


def test_a_lost_folder_is_rebuilt_byte_for_byte(database: Database, folder: Path) -> None:
    publisher = a_log(database, folder, 5, 290, 530)
    before = files(folder)
    shutil.rmtree(folder)
    again = a_publisher(database, folder)
    again.open()
    after = files(folder)
    assert after.items() <= before.items()
    assert {name for name in before if name not in after} == {
        f"tile/{kind}/{name}" for kind in ("entries", "0") for name in ("000.p/5", "001.p/34")
    } | {"tile/1/000.p/1"}
    assert verify_directory(folder, str(publisher.vkey)).ok
    again.inclusion(4, 5).verify()


@pytest.mark.parametrize("lost", ["tile/0/000", "tile/0/002.p/18", "tile/entries/001", "tile/1/000.p/2", "checkpoint", "log.vkey"])
def test_each_lost_file_is_written_again_at_the_start(sqlite_database: Database, folder: Path, lost: str) -> None:
    publisher = a_log(sqlite_database, folder, 530)
    before = files(folder)
    (folder / lost).unlink()
    a_publisher(sqlite_database, folder).open()
    assert files(folder) == before
    assert verify_directory(folder, str(publisher.vkey)).ok


def test_a_crash_between_signing_and_publishing_is_made_good_at_once(
    sqlite_database: Database, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    publisher = a_log(sqlite_database, folder, 3)
    write(sqlite_database, event())
    with monkeypatch.context() as patch:
        patch.setattr("audit.tiles.os.fsync", _no_space)
        with pytest.raises(OSError, match="No space"):
            publisher.publish()
    publisher.publish()
    write(sqlite_database, event())
    with monkeypatch.context() as patch:
        patch.setattr("audit.tiles.TileWriter.publish", _no_space)
        with pytest.raises(OSError, match="No space"):
            publisher.publish()
    assert open_checkpoint((folder / "checkpoint").read_bytes(), [publisher.vkey]).size == 4
    assert publisher.publish() is None
    assert open_checkpoint((folder / "checkpoint").read_bytes(), [publisher.vkey]).size == 5


def _no_space(*_: object) -> None:
    raise OSError(28, "No space left on device")


def test_the_folder_of_another_log_is_refused(sqlite_database: Database, folder: Path) -> None:
    a_log(sqlite_database, folder, 4)
    vkey = (folder / "log.vkey").read_text()
    note = (folder / "checkpoint").read_text()
    (folder / "checkpoint").write_text(note.replace(ORIGIN, "log.example/gansu0", 1))
    assert refused(lambda: a_publisher(sqlite_database, folder).open()) == "BAD_SIGNATURE"
    (folder / "checkpoint").write_text(note)
    (folder / "tile/0/000.p/4").write_bytes(bytes(128))
    assert refused(lambda: a_publisher(sqlite_database, folder).open()) == "LOG_REWRITTEN"
    assert (folder / "log.vkey").read_text() == vkey


def test_the_thread_publishes_goes_on_after_an_error_and_publishes_a_last_time(
    sqlite_database: Database, folder: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    publisher = a_publisher(sqlite_database, folder)
    publisher.open()
    troubles = [UnavailableError("the database is busy"), OSError(28, "No space left on device"), ZeroDivisionError()]
    publish = publisher.publish

    def troubled() -> Checkpoint | None:
        if troubles:
            raise troubles.pop()
        return publish()

    monkeypatch.setattr(publisher, "publish", troubled)
    write(sqlite_database, event())
    publisher.start(0.01)
    for _ in range(500):
        if (folder / "checkpoint").exists():
            break
        publisher._stopping.wait(0.01)
    write(sqlite_database, event())
    publisher.stop()
    assert open_checkpoint((folder / "checkpoint").read_bytes(), [publisher.vkey]).size == 2
    assert {"the database is busy", "No space left on device"} <= {part for line in caplog.messages for part in line.split(": ")}
