"""Uploading, checking, erasing data files: one transaction for each decision; what is long (reading a file, writing its blocks) happens before it."""

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from threading import Lock
from typing import Any, Final

from catalog.model import Entry
from catalog.store import EntryStore
from certs.store import DepartmentStore
from files.checking import Checked, Kind, check_file
from files.model import PART_BYTES, DataFile, FileContent, FileFault, FileState, Finding, Verdict, check_entry
from files.reasons import FILE_CHECKS_BUSY, FILE_DAMAGED, FILE_PART_WRONG
from files.sealing import FileBox, FileKeys
from files.sheets import check_installed
from files.store import ContentStore, DataFileStore, sealed_blocks
from hub.access import HUB, Caller
from hub.db import Tx
from hub.db.requests import canonical
from hub.errors import ConflictError, IntegrityError, NotFoundError
from hub.resource import check_etag, id_of, visible
from hub.unit_of_work import Actions, Aim, Change, Kit, Step, page_of
from hub.wording import Officer, RequestId

MIB: Final = 1024 * 1024
LEFT: Final = timedelta(days=1)
"""How long an upload may take, from its first byte to its commit; then what came of it is erased."""
ENTRY_ENDED: Final = "the entry is no longer published"
UPLOAD_LEFT: Final = "the upload was not committed within a day"
_BATCH: Final = 100
_file_id: Final = partial(id_of, collection="dataFiles")
FILES: Final = Aim(store=DataFileStore, id_of=_file_id, title=lambda one: f"{one.entry} {one.number}")


class FileActions(Actions):
    """The actions of the file service. One file is checked at a time in a process: a check takes some six times its file's bytes of memory."""

    def __init__(self, kit: Kit, keys: FileKeys, most_mib: int) -> None:
        """Take the kit, the maker of files' keys, and how large a file may be."""
        super().__init__(kit)
        self._keys, self._most = keys, most_mib * MIB
        self._checking = Lock()  # process-local: it bounds this process's own memory

    def begin(self, step: Step, content: FileContent) -> DataFile:
        """Begin an upload; the same request sent twice is done once."""
        content.check_size(self._most)
        check_installed(content.format)
        step = replace(step, request_id=RequestId(step.request_id), officer=content.officer, reason=content.reason)

        def make(tx: Tx, at: datetime) -> tuple[DataFile, Mapping[str, Any]]:
            entry = _entry_of(tx, step.caller, content.entry)
            tx.hold(f"data files of {entry.name}")
            store = DataFileStore(tx)
            made = DataFile.begin(content, entry, store.count(entry.name) + 1, self._ids.new(at), at)
            ContentStore(tx).keep_key(made.id, self._keys.make(made.name))
            return made, {"detail": {**_detail(made), "sha256": made.sha256, "size_bytes": str(made.size_bytes)}}

        return self.create(FILES, "files.BeginUpload", step, make, content=canonical(content.plain()))

    def put(self, step: Step, offset: int, data: bytes) -> DataFile:
        """Take the next bytes of an upload; they are encrypted before they are written."""
        if len(data) > PART_BYTES:
            raise FILE_PART_WRONG(field="data", most=PART_BYTES)
        # whose upload it is was said when it began: a part is no step that somebody decides on
        with self.change(FILES, "files.PutPart", step, by_officer=str) as it:
            it.after = it.before.put(it.caller, offset, len(data))
            box = self._box(it.tx, it.before)
            ContentStore(it.tx).put_part(it.before.id, offset, box.seal(_part(offset), data))
            it.record(detail={**_detail(it.after), "received_bytes": str(it.after.received_bytes)})
        return it.after

    def commit(self, step: Step) -> DataFile:
        """Check an upload whole, and put it in force in the place of the one before; or refuse it with its faults, and keep nothing of it."""
        step = replace(step, officer=Officer(step.officer))
        if not self._checking.acquire(blocking=False):
            raise FILE_CHECKS_BUSY(retry_after=5.0)
        try:
            verdict, load = self._load(step)
            return self._decide(step, verdict, load)
        finally:
            self._checking.release()

    def delete(self, step: Step) -> DataFile:
        """Erase a file, as its provider."""
        with self.change(FILES, "files.DeleteDataFile", step) as it:
            it.after = it.before.delete(it.caller, step.reason, it.at)
            ContentStore(it.tx).erase(it.before.id)
            it.record(detail=_detail(it.after))
        return it.after

    def get(self, caller: Caller, name: str) -> DataFile:
        """Return a file."""
        return self.look(FILES, caller, name)

    def newest(self, caller: Caller, size: int, token: str, entry: str = "") -> tuple[tuple[DataFile, ...], str]:
        """Return a page of files, newest first, of one entry where it is named; and the token of the next page."""
        if entry:
            id_of(entry, "entries", "entry")
        with self._db.read() as tx:
            return page_of(lambda party, before, count: DataFileStore(tx).listed(party, before, count, entry), caller, size, token)

    def sweep(self, at: datetime) -> None:
        """Erase files whose entry has ended and uploads that were left; pass on those of an entry that has passed. Done again, it changes nothing."""
        for one in self._living():
            after = self._following(one, at)
            if after is not None:
                self._keep(one, after, at)

    def _load(self, step: Step) -> tuple[Verdict, str]:
        """Check an upload, and write its blocks where every row fits: nothing finds them before the file is in force."""
        with self._db.read() as tx:
            store = DataFileStore(tx)
            one = visible(store.get(_file_id(step.name)), step.caller, store.unknown)
            check_etag(one, step.etag)
            one.check_complete(step.caller)
            entry = check_entry_of(tx, one)
            box = self._box(tx, one)
            data = b"".join(box.open(_part(start), sealed) for start, sealed in ContentStore(tx).parts(one.id))
        load = self._ids.new(self._clock.now())
        checked = self._check(one, data, entry, box)
        for blocks in sealed_blocks(checked.rows, box, load) if checked.rows else ():
            with self._db.begin() as tx:
                ContentStore(tx).put_blocks(one.id, load, blocks)
        return checked.verdict, load

    def _decide(self, step: Step, verdict: Verdict, load: str) -> DataFile:
        with self.change(FILES, "files.CommitUpload", step) as it:
            it.after = it.before.judge(it.caller, verdict, load, it.at)
            content, store = ContentStore(it.tx), DataFileStore(it.tx)
            counts = {"row_count": str(verdict.row_count), "fault_count": str(verdict.fault_count)}
            it.record(detail={**_detail(it.after), **counts})
            if it.after.state is FileState.REFUSED:
                content.erase(it.before.id)
            else:
                check_entry_of(it.tx, it.before)  # it may have ended while the file was checked
                content.end_upload(it.before.id, load)
                former = store.in_force(it.before.entry)
                if former is not None:
                    after = store.replace(former, former.replace_by(it.after, it.at))
                    content.erase(former.id)
                    it.also(_erasure(after, it.at))
        return it.after

    def _living(self) -> Iterator[DataFile]:
        after, seen = "", _BATCH
        while seen == _BATCH:
            with self._db.read() as tx:
                batch = DataFileStore(tx).living(after, _BATCH)
            yield from batch
            seen, after = len(batch), batch[-1].id if batch else after

    def _following(self, one: DataFile, at: datetime) -> DataFile | None:
        """Return a file as time, or what became of its entry, changes it; None where it stays."""
        if one.state is FileState.UPLOADING and one.create_time < at - LEFT:
            return one.erase(UPLOAD_LEFT, at)
        with self._db.read() as tx:
            try:
                entry = EntryStore(tx).published(one.entry.removeprefix("entries/"))
            except NotFoundError:
                return one.erase(ENTRY_ENDED, at)
            except IntegrityError:
                return None  # an entry that is not what the log says decides nothing; its file is looked at again
        return None if entry.provider == one.provider else one.pass_to(entry.provider)

    def _keep(self, before: DataFile, after: DataFile, at: datetime) -> None:
        try:
            with self._db.begin() as tx:
                DataFileStore(tx).replace(before, after)
                if after.state is FileState.ERASED:
                    ContentStore(tx).erase(before.id)
                    self._journal.write(tx, _erasure(after, at))
                else:
                    passed = {**_detail(after), "former": before.provider}
                    self._journal.write(
                        tx, Change(at=at, action="files.PassDataFile", actor=HUB, resource=after.name, other=after.provider, detail=passed)
                    )
        except ConflictError:
            return  # somebody was quicker: the next sweep looks again

    def _check(self, one: DataFile, data: bytes, entry: Entry, box: FileBox) -> Checked:
        if hashlib.sha256(data).hexdigest() != one.sha256:
            return Checked(Verdict(entry.version, fault_count=1, findings=(Finding(0, "", 0, FileFault.DIGEST),)), [])
        return check_file(data, entry, Kind(one.format, one.encoding, self._most), box.digest)

    def _box(self, tx: Tx, one: DataFile) -> FileBox:
        wrapped = ContentStore(tx).key(one.id)
        if wrapped is None:
            raise FILE_DAMAGED(file=one.name)
        return self._keys.box(one.name, wrapped)


def check_entry_of(tx: Tx, one: DataFile) -> Entry:
    """Return the entry in force of which a file is to be the data; refuse one that cannot have it any more."""
    entry = EntryStore(tx).published(one.entry.removeprefix("entries/"))
    check_entry(entry)
    return entry


def _entry_of(tx: Tx, caller: Caller, name: str) -> Entry:
    """Return an entry of the caller's department; of any other it is not told whether it could have files."""
    store = EntryStore(tx)
    entry = visible(store.in_force(id_of(name, "entries", "entry")), caller, store.unknown)
    if entry.provider != caller.department:
        raise store.unknown()
    DepartmentStore(tx).get(entry.provider).check_provides()
    return entry


def _part(start: int) -> str:
    return f"part {start}"


def _detail(one: DataFile) -> dict[str, str]:
    """Return what the log says of a file: of which entry, which number, where it stands; nothing that is in it."""
    return {"entry": one.entry, "number": str(one.number), "state": one.state.value}


def _erasure(one: DataFile, at: datetime) -> Change:
    return Change(at=at, action="files.EraseFile", actor=HUB, resource=one.name, other=one.provider, reason=one.erase_reason, detail=_detail(one))
