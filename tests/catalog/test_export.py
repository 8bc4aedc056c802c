"""The directory is written once for all who wait for it, in a thread that nobody else needs, and never as it was before they asked."""

import asyncio
import hashlib
import threading
from collections.abc import Iterable, Iterator
from concurrent.futures import Future
from functools import partial
from pathlib import Path
from typing import Any

import pytest

import catalog.export
from catalog.export import PIECE, Format, Written
from catalog.service import CatalogService
from hub.db import Database
from hub.errors import UnavailableError
from hub.rpc import Call
from shuniu.v1 import catalog_pb2
from tests.catalog.samples import TRADER, Room, a_business_entry, an_entry


class Writer:
    """Writes an export when it is let, and counts how often it wrote."""

    def __init__(self) -> None:
        self.begun, self.go = threading.Event(), threading.Event()
        self.written = 0

    def __call__(self, _form: Format, _site: Any, entries: Iterable[Any], _codes: Any) -> Iterator[bytes]:
        titles = sorted(entry.title for entry in entries)
        self.begun.set()
        assert self.go.wait(20)
        self.written += 1
        yield ",".join(titles).encode()


@pytest.fixture
def writer(monkeypatch: pytest.MonkeyPatch) -> Writer:
    writer = Writer()
    monkeypatch.setattr(catalog.export, "pieces", writer)
    return writer


@pytest.fixture
def room(sqlite_database: Database) -> Room:
    room = Room(sqlite_database)
    room.published(an_entry())
    return room


def _text(written: "Future[Written]") -> str:
    return b"".join(written.result(20).pieces()).decode()


def test_many_who_wait_for_the_first_export_get_one_writing(room: Room, writer: Writer):
    waiting = [room.actions.export(Format.TURTLE) for _ in range(50)]
    writer.go.set()
    assert len({one.result(20) for one in waiting}) == 1
    assert room.actions.export(Format.TURTLE).result(20) == waiting[0].result()
    assert writer.written == 1


def test_whoever_asks_after_a_publication_never_gets_what_was_read_before_it(room: Room, writer: Writer):
    before = room.actions.export(Format.TURTLE)
    assert writer.begun.wait(20)
    entry = room.published(a_business_entry(), TRADER)
    after = room.actions.export(Format.TURTLE)
    writer.go.set()
    assert entry.title not in _text(before)
    assert entry.title in _text(after)


def test_whoever_gives_up_leaves_the_others_their_export(room: Room, writer: Writer):
    service = CatalogService(room.actions)

    async def exported() -> bytes:
        asked = catalog_pb2.ExportDirectoryRequest(format=catalog_pb2.EXPORT_FORMAT_TURTLE)
        return b"".join([one.chunk async for one in service.ExportDirectory(asked, Call(TRADER, "/x", None))])

    async def story() -> bytes:
        impatient, patient = asyncio.ensure_future(exported()), asyncio.ensure_future(exported())
        await asyncio.to_thread(writer.begun.wait, 20)
        impatient.cancel()
        await asyncio.wait({impatient})
        writer.go.set()
        return await patient

    assert "常住人口登记信息" in asyncio.run(story()).decode()
    assert writer.written == 1


def test_an_export_that_fails_is_told_to_whoever_waits_and_the_next_is_written(room: Room, writer: Writer, monkeypatch: pytest.MonkeyPatch):
    def broken(*_args: Any) -> bytes:
        raise ValueError("broken")

    with monkeypatch.context() as once:
        once.setattr(catalog.export, "pieces", broken)
        with pytest.raises(ValueError, match="broken"):
            room.actions.export(Format.TURTLE).result(20)
    writer.go.set()
    assert room.actions.export(Format.TURTLE).result(20)


def test_a_directory_that_is_read_stays_whole_when_it_is_written_anew(room: Room):
    reading = room.actions.export(Format.CSV).result(20)
    before = b"".join(reading.pieces())
    room.published(a_business_entry(), TRADER)
    after = room.actions.export(Format.CSV).result(20)
    assert b"".join(reading.pieces()) == before != b"".join(after.pieces())
    assert reading.sha256 == hashlib.sha256(before).hexdigest() != after.sha256


def test_a_full_disk_is_told_as_what_it_is_and_the_next_export_is_written(room: Room, monkeypatch: pytest.MonkeyPatch):
    with monkeypatch.context() as once:
        once.setattr(catalog.export, "TemporaryFile", partial(Path("/dev/full").open, "wb"))  # takes nothing
        with pytest.raises(UnavailableError) as refusal:
            room.actions.export(Format.TURTLE).result(20)
    assert refusal.value.reason == "EXPORT_WITHOUT_ROOM"
    assert "No space left" in refusal.value.message
    assert room.actions.export(Format.TURTLE).result(20)


def test_a_directory_leaves_in_pieces(room: Room, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(catalog.export, "PIECE", 100)
    written = room.actions.export(Format.TURTLE).result(20)
    assert PIECE > 100
    assert {len(piece) for piece in list(written.pieces())[:-1]} == {100}
