"""The SDK reads whole tables: as batches, into a file, over interruptions of every side."""

import asyncio
import json
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from shuniu.catalogue import CatalogueError
from shuniu.client import connect_async
from shuniu.errors import ShuniuCallError
from shuniu.receipts import KeptAnswer
from shuniu.stream_file import StreamFile
from tests.exchange.streams import batch, end, people, schema, sent
from tests.exchange.test_streaming import granted, row, settled, table
from tests.world import CASE, CONSUMER, OFFICER, PURPOSE, World

COUNT = 60_000
KEYS = [f"{number:018d}" for number in range(COUNT)]


@pytest.fixture(scope="module")
def world() -> Iterator[World]:
    with World() as running:
        yield running


@pytest.fixture(scope="module")
def grant(world: World) -> Any:
    return granted(world, table(world, [row(number) for number in range(COUNT)]))


def asked(grant: Any) -> dict[str, Any]:
    return {"grant": grant.name, "purpose": PURPOSE, "case_number": CASE, "officer": OFFICER}


def read(file: Path) -> pa.Table:
    found: pa.Table = pa.ipc.open_stream(file.read_bytes()).read_all()
    return found


def test_a_table_comes_as_batches(world: World, grant: Any):
    stream = world.as_(CONSUMER).client.stream(**asked(grant))
    assert [key for one in stream for key in one.column("id_number").to_pylist()] == KEYS
    assert stream.delivered is not None
    assert stream.delivered.rows == COUNT
    assert world.as_(CONSUMER).client.stream(**asked(grant), fields=("id_number",)).to_arrow().num_rows == COUNT


def test_the_async_client_reads_the_same(world: World, grant: Any):
    member = world.as_(CONSUMER)

    async def keys() -> list[str]:
        async with connect_async(member.address, member.folder) as client:
            return [key async for one in client.stream(**asked(grant)) for key in one.column("id_number").to_pylist()]

    assert asyncio.run(keys()) == KEYS


def test_a_provider_that_breaks_off_is_asked_again_behind_the_last_frame(world: World):
    calls: list[bytes] = []

    def sending(request: Any) -> Iterator[Any]:
        calls.append(request.cursor)
        yield schema()
        start = int(request.cursor or b"0")
        for at in range(start, start + 3):
            yield batch(people(10, at * 10), str(at + 1).encode())
            if at >= 8:
                yield end()
                return

    grant = sent(world, sending)
    stream = world.as_(CONSUMER).client.stream(**asked(grant))
    assert [key for one in stream for key in one.column("id_number").to_pylist()] == KEYS[:90]
    assert len(calls) > 2
    assert calls[0] == b""
    settled(world, grant)


def test_a_file_goes_on_where_its_writer_stopped(world: World, grant: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    file = tmp_path / "people.arrows"
    written: list[bytes] = []
    add = StreamFile.add

    def stops(self: Any, chunk: bytes, course: Any) -> None:
        if len(written) == 3:
            self._file.write(chunk[:100])  # as one that is killed in the middle
            self._file.flush()
            raise KeyboardInterrupt
        written.append(chunk)
        add(self, chunk, course)

    client = world.as_(CONSUMER).client
    monkeypatch.setattr(StreamFile, "add", stops)
    with pytest.raises(KeyboardInterrupt):
        client.stream(**asked(grant)).to_file(file)
    assert not file.exists()
    monkeypatch.setattr(StreamFile, "add", add)
    delivered = client.stream(**asked(grant)).to_file(file)
    assert read(file).column("id_number").to_pylist() == KEYS
    assert delivered.rows == COUNT
    assert [one.name for one in tmp_path.iterdir()] == ["people.arrows"]
    assert file.stat().st_mode & 0o777 == 0o600
    with pytest.raises(CatalogueError, match="is there already"):
        client.stream(**asked(grant)).to_file(file)


def test_another_grants_beginning_is_not_gone_on_with(world: World, grant: Any, tmp_path: Path):
    file = tmp_path / "people.arrows"
    (tmp_path / "people.arrows.part.place").write_text('{"asked": ["grants/other", []], "token": "", "length": 0, "rows": 0, "schema": ""}')
    with pytest.raises(CatalogueError) as refused:
        world.as_(CONSUMER).client.stream(**asked(grant)).to_file(file)
    assert refused.value.reason == "STREAM_FILE_FOREIGN"


def test_a_refusal_is_raised_at_once(world: World):
    with pytest.raises(ShuniuCallError) as refused:
        list(world.as_(CONSUMER).client.stream(**asked(world.grant())))
    assert refused.value.reason == "MODE_NOT_GRANTED"


def command(world: World, grant: Any, file: Path) -> "subprocess.Popen[str]":
    member = world.as_(CONSUMER)
    line = [sys.executable, "-m", "shuniu.cli", "stream", "--identity", str(member.folder), "--json", "--out", str(file)]
    line += [part for name, value in asked(grant).items() for part in (f"--{name.replace('_', '-')}", value)]
    return subprocess.Popen(line, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def test_the_command_is_killed_and_goes_on(world: World, grant: Any, tmp_path: Path):
    file = tmp_path / "people.arrows"
    for rows in (1, 20_000):
        running = command(world, grant, file)
        note = tmp_path / "people.arrows.part.place"
        until = time.monotonic() + 30
        while running.poll() is None and time.monotonic() < until and (not note.exists() or json.loads(note.read_text())["rows"] < rows):
            time.sleep(0.002)
        running.kill()
        running.communicate()
    running = command(world, grant, file)
    out, err = running.communicate(timeout=60)
    if not file.exists():
        pytest.fail(err)
    if running.returncode == 0:
        assert json.loads(out)["rows"] == COUNT
    assert read(file).column("id_number").to_pylist() == KEYS
    _, outcomes = settled(world, grant)
    kept = tmp_path / "people.arrows.receipt.json"
    if kept.exists():
        mine = KeptAnswer.from_json(kept.read_text())
        record = next(one for one in outcomes if one.index == mine.receipt.index)
        assert mine.receipt.covers(mine.answer, record.digest)
