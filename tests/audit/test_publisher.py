"""Checkpoints: signed only over a log that extends what was signed before, opened by foreign means, refused after any touch."""

import shutil
import sqlite3
import subprocess
from base64 import b64decode
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from sqlalchemy import delete, update

from audit.checkpoint import Checkpoint, VerifierKey, open_checkpoint, sign_checkpoint
from audit.commitment import commit_to, decode_leaf
from audit.model import Kind
from audit.offline import verify_directory
from audit.publisher import BUSY, MOST_SKIPPED, Publisher
from audit.rows import COLUMNS, row_of
from audit.store import RecordStore, TreeStore, found_log
from audit.tables import checkpoints, records, tree
from audit.tree import CompactRange, leaf_hash
from hub.db import Database, Tx
from hub.errors import IntegrityError, InvalidInputError, NotFoundError, UnavailableError
from hub.keys import Ed25519Signer
from tests.audit.keeping import KEY, ORIGIN, TAX, a_publisher, event, the_log, write


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Where the log is published; the database lies elsewhere."""
    return tmp_path / "log"


def a_log(database: Database, folder: Path, *sizes: int) -> Publisher:
    """A log that was published at each of these sizes."""
    publisher = a_publisher(database, folder)
    publisher.open()
    size = 0
    for upto in sizes:
        write(database, *[event(case_number=f"C-{number}") for number in range(size, upto)])
        head = publisher.publish()
        assert head is not None
        assert head.size == upto
        size = upto
    return publisher


def files(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def refused(attempt: Callable[[], Any]) -> str:
    with pytest.raises(IntegrityError) as refusal:
        attempt()
    return refusal.value.reason


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
    assert {name for name in before if name not in after} == {"tile/0/001.p/34", "tile/entries/001.p/34", "tile/1/000.p/1"}
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


def _set(column: str, value: Any) -> Callable[[Tx], Any]:
    return lambda tx: tx.execute(update(records).where(records.c.position == 4).values({column: value}))


def _rewrite_consistently(tx: Tx) -> None:
    """What an operator with all of the database could do: another record in the place of one, right in itself."""
    prepared = the_log().prepare(event(case_number="never happened", kind=Kind.OUTCOME))
    values = dict(zip(COLUMNS, row_of(4, prepared), strict=True))
    tx.execute(update(records).where(records.c.position == 4).values(values))


def _rewrite_with_tree(tx: Tx) -> None:
    """The same, and the tree folded anew over the rows."""
    _rewrite_consistently(tx)
    whole = CompactRange()
    for row in tx.execute(records.select().order_by(records.c.position)):
        whole.append(row.leaf_hash)
    tx.execute(update(tree).values(size=whole.size, range=whole.to_bytes()))


def _rewrite_with_checkpoints(tx: Tx) -> None:
    """The same, and the checkpoints taken away."""
    _rewrite_with_tree(tx)
    tx.execute(delete(checkpoints))


def _cut(tx: Tx) -> None:
    """Delete the last rows and let the tree follow."""
    tx.execute(delete(records).where(records.c.position >= 7))
    whole = CompactRange()
    for row in tx.execute(records.select().order_by(records.c.position)):
        whole.append(row.leaf_hash)
    tx.execute(update(tree).values(size=whole.size, range=whole.to_bytes()))


def _cut_with_checkpoints(tx: Tx) -> None:
    _cut(tx)
    tx.execute(delete(checkpoints))


def _edit_leaf(old: bytes, new: bytes) -> Callable[[Tx], Any]:
    def edit(tx: Tx) -> None:
        row = tx.execute(records.select().where(records.c.position == 4)).one()
        assert old in row.leaf
        leaf = row.leaf.replace(old, new)
        tx.execute(update(records).where(records.c.position == 4).values(leaf=leaf, leaf_hash=leaf_hash(leaf)))

    return edit


def _other_commitment(tx: Tx) -> None:
    row = tx.execute(records.select().where(records.c.position == 4)).one()
    payload = row.payload.replace(b"C-4", b"C-9")
    _edit_leaf(decode_leaf(row.leaf).commit, commit_to(payload, row.salt))(tx)
    tx.execute(update(records).where(records.c.position == 4).values(payload=payload, case_number="C-9"))


TOUCHES: dict[str, Callable[[Tx], Any]] = {
    "the leaf's origin": _edit_leaf(b"ningxia", b"gansu00"),
    "the leaf's kind": _edit_leaf(b"outcome", b"refusal"),
    "the leaf's department": _edit_leaf(b"00000001", b"00000007"),
    "the leaf's commitment": _other_commitment,
    "the payload": _set("payload", b"\xa0"),
    "the salt": _set("salt", bytes(32)),
    "the leaf hash": _set("leaf_hash", bytes(32)),
    "the department column": _set("department", TAX),
    "the other department's column": _set("other", TAX),
    "the time's column": _set("at", 7),
    "the kind's column": _set("kind", "admin"),
    "the pseudonym's column": _set("pseudonym", bytes(16)),
    "another record": _rewrite_consistently,
    "another record and tree": _rewrite_with_tree,
    "another record, no checkpoints": _rewrite_with_checkpoints,
    "a row deleted": lambda tx: tx.execute(delete(records).where(records.c.position == 4)),
    "the last rows deleted": lambda tx: tx.execute(delete(records).where(records.c.position >= 7)),
    "the log cut": _cut,
    "the log cut, no checkpoints": _cut_with_checkpoints,
    "an empty tree": lambda tx: tx.execute(update(tree).values(size=0, range=CompactRange().to_bytes())),
    "another tree": lambda tx: tx.execute(update(tree).values(range=CompactRange(9, [bytes(32)] * 2).to_bytes())),
    "no tree": lambda tx: tx.execute(delete(tree)),
    "another signed root": lambda tx: tx.execute(update(checkpoints).values(root=bytes(32))),
}


@pytest.mark.parametrize("touch", TOUCHES)
def test_a_log_that_was_touched_after_it_was_signed_is_never_signed_again(database: Database, folder: Path, touch: str) -> None:
    publisher = a_log(database, folder, 5, 9)
    with database.begin() as tx:
        TOUCHES[touch](tx)
    before = files(folder)
    assert refused(lambda: a_publisher(database, folder).open()) in {"LOG_BROKEN", "LOG_REWRITTEN", "LOG_ROLLED_BACK", "INTEGRITY"}
    assert files(folder) == before
    if touch != "no tree":
        try:
            write(database, event())
        except IntegrityError:
            assert touch in {"an empty tree", "the log cut"}
    for _ in range(2):
        assert refused(publisher.publish) in {"LOG_BROKEN", "LOG_REWRITTEN", "LOG_ROLLED_BACK", "INTEGRITY"}
    assert files(folder) == before


@pytest.mark.parametrize("touch", ["the payload", "the leaf hash", "the leaf's kind", "a row deleted", "another record"])
def test_a_record_touched_before_it_was_signed_is_not_signed_and_spoils_no_tile(database: Database, folder: Path, touch: str) -> None:
    publisher = a_log(database, folder, 2)
    write(database, *[event() for _ in range(4)])
    with database.begin() as tx:
        kept = tx.execute(records.select().where(records.c.position == 4)).one()
        TOUCHES[touch](tx)
    before = files(folder)
    assert refused(lambda: a_publisher(database, folder).open()) == "LOG_BROKEN"
    if touch != "the payload":  # what the leaf only commits to is found by the comparison, once it is signed
        assert refused(publisher.publish) == "LOG_BROKEN"
    assert files(folder) == before
    with database.begin() as tx:
        tx.execute(delete(records).where(records.c.position == 4))
        tx.execute(records.insert().values(**kept._asdict()))
    head = publisher.publish()
    assert head is not None
    assert verify_directory(folder, str(publisher.vkey)).ok


def test_a_row_behind_the_end_of_the_log_stops_the_start(database: Database, folder: Path) -> None:
    a_log(database, folder, 3)
    with database.begin() as tx:
        last = tx.execute(records.select().where(records.c.position == 2)).one()
        tx.execute(records.insert().values(**last._asdict() | {"position": 3}))
    assert refused(lambda: a_publisher(database, folder).open()) == "LOG_BROKEN"


def test_no_tile_is_rebuilt_out_of_touched_rows(database: Database, folder: Path) -> None:
    a_log(database, folder, 9)
    shutil.rmtree(folder)
    with database.begin() as tx:
        _rewrite_with_tree(tx)
    assert refused(lambda: a_publisher(database, folder).open()) == "LOG_REWRITTEN"
    assert files(folder) == {}


def test_a_checkpoint_of_another_history_under_the_same_key_is_refused(sqlite_database: Database, folder: Path, tmp_path: Path) -> None:
    other = Database(f"sqlite:///{tmp_path / 'other.db'}")
    other.create_tables()
    found_log(other)
    a_log(other, tmp_path / "other", 5)
    a_log(sqlite_database, folder, 9)
    shutil.copy(tmp_path / "other/checkpoint", folder / "checkpoint")
    assert refused(lambda: a_publisher(sqlite_database, folder).open()) == "LOG_REWRITTEN"


@pytest.mark.parametrize("old", [ORIGIN, "\n3\n"])
def test_a_stored_note_that_was_touched_is_not_published(sqlite_database: Database, folder: Path, old: str) -> None:
    note = a_log(sqlite_database, folder, 3).checkpoint()
    (folder / "checkpoint").unlink()
    with sqlite_database.begin() as tx:
        tx.execute(update(checkpoints).values(note=note.replace(old, "\n4\n" if old.startswith("\n") else "log.example/gansu0", 1)))
    assert refused(lambda: a_publisher(sqlite_database, folder).open()) == "BAD_SIGNATURE"
    with sqlite_database.begin() as tx:
        tx.execute(update(checkpoints).values(note=_signed(b"another root")))
    assert refused(lambda: a_publisher(sqlite_database, folder).open()) == "LOG_REWRITTEN"
    assert not (folder / "checkpoint").exists()


def _signed(root: bytes) -> str:
    key = Ed25519Signer(KEY)
    return sign_checkpoint(Checkpoint(ORIGIN, 3, leaf_hash(root)), VerifierKey(ORIGIN, key.public_der[-32:]), key.sign).decode()


def test_every_old_record_is_compared_in_its_turn(sqlite_database: Database, folder: Path) -> None:
    publisher = a_log(sqlite_database, folder, 1000)
    with sqlite_database.begin() as tx:
        tx.execute(update(records).where(records.c.position == 700).values(officer="somebody else"))
    for _ in range(2):  # records 0 to 255, then 256 to 511, are in order
        write(sqlite_database, event())
        assert publisher.publish() is not None
    for _ in range(2):
        write(sqlite_database, event())
        with pytest.raises(IntegrityError, match="record 700 of the log is not what was written"):
            publisher.publish()


def test_traffic_puts_the_comparison_off_for_ten_rounds_at_most(sqlite_database: Database, folder: Path) -> None:
    publisher = a_log(sqlite_database, folder, 200)
    with sqlite_database.begin() as tx:
        tx.execute(update(records).where(records.c.position == 7).values(officer="somebody else"))
    for _ in range(MOST_SKIPPED):
        write(sqlite_database, *[event() for _ in range(BUSY)])
        assert publisher.publish() is not None
    write(sqlite_database, *[event() for _ in range(BUSY)])
    with pytest.raises(IntegrityError, match="record 7 of the log is not what was written"):
        publisher.publish()


def test_an_old_backup_is_refused_whatever_is_added_to_it(sqlite_database: Database, folder: Path) -> None:
    path = Path(sqlite_database.url.removeprefix("sqlite:///"))
    publisher = a_log(sqlite_database, folder, 10)
    with closing(sqlite3.connect(path)) as source, closing(sqlite3.connect(path.with_name("old.db"))) as backup:
        source.backup(backup)
    write(sqlite_database, *[event(case_number=f"later {number}") for number in range(10)])
    publisher.publish()
    old = Database(f"sqlite:///{path.with_name('old.db')}")
    before = files(folder)
    for _ in range(2):
        assert refused(lambda: a_publisher(old, folder).open()) == "LOG_ROLLED_BACK"
        write(old, *[event(case_number=f"another history {number}") for number in range(4)])
    write(old, *[event(case_number=f"another history {number}") for number in range(4)])  # 22 records now, more than were ever signed
    assert refused(lambda: a_publisher(old, folder).open()) == "LOG_REWRITTEN"
    assert files(folder) == before
    a_publisher(sqlite_database, folder).open()


def test_a_backup_restored_under_a_running_hub_is_refused(sqlite_database: Database, folder: Path) -> None:
    publisher = a_log(sqlite_database, folder, 4, 8)
    with sqlite_database.begin() as tx:
        _cut(tx)
        tx.execute(delete(checkpoints).where(checkpoints.c.size == 8))
    assert refused(publisher.publish) == "LOG_ROLLED_BACK"
    write(sqlite_database, event(case_number="another history"), event())
    assert refused(publisher.publish) == "LOG_REWRITTEN"


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
