"""Every call that carries data keeps a receipt of each answer before it is handed out, and the receipts hold against the log."""

import asyncio
import io
import json
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from shuniu import connect, connect_async
from shuniu.cli.department import members_address
from shuniu.client import AsyncClient, Client
from shuniu.errors import InvalidValueError
from shuniu.receipts import KeptAnswer, ReceiptFolder
from shuniu.receipts.reasons import NotKeptError
from shuniu.v1 import catalog_pb2, exchange_pb2
from tests.cli.processes import run
from tests.exchange.streams import batch, end, people, schema, sent
from tests.exchange.test_checks import Served
from tests.exchange.test_many import NOBODY
from tests.exchange.watches import told as changes_told
from tests.exchange.watches import upsert, watched
from tests.files.test_service import GOOD, uploaded
from tests.files.test_streams import MANY
from tests.world import CASE, CONSUMER, KEY, OFFICER, PURPOSE, World

DATA = {"Query": 1, "Check": 1, "QueryMany": 2, "Stream": 1, "Subscribe": 1, "Download": 1}
"""The rpcs of the exchange that carry data, and how many receipts are kept of the call that is made of it here."""
WITHOUT_DATA = {"AcknowledgeChanges", "GetWaitingQuestion", "ListWaitingQuestions", "WithdrawQuestion"}
"""Those that carry none: where a consumer stands, and its own questions."""
USE: dict[str, Any] = {"purpose": PURPOSE, "case_number": CASE, "officer": OFFICER}


def parts(_request: Any) -> list[Any]:
    return [schema(), batch(people(3)), batch(people(2, 3)), end()]


def downloadable(world: World) -> Any:
    """Have a data file uploaded, and grant its download."""
    entry = world.entry(serving_system="", serving_resource="", modes=[catalog_pb2.SHARE_MODE_FILE])
    uploaded(world, entry, GOOD)
    return world.grant(entry, mode="file")


def changes(_request: Any) -> list[Any]:
    return [changes_told(upsert(KEY), upsert(NOBODY)), 30.0]


@pytest.fixture(scope="module")
def grants(world: World) -> dict[str, str]:
    """A grant for each of them."""
    query = world.grant().name
    return {
        "Query": query,
        "QueryMany": query,
        "Check": Served(world).grant.name,
        "Stream": sent(world, parts).name,
        "Subscribe": watched(world, changes).name,
        "Download": downloadable(world).name,
    }


def ask(client: Client, rpc: str, grant: str, folder: Path) -> None:
    """Make the call, and see with each answer that its receipt is there already."""
    use = {**USE, "grant": grant}
    if rpc == "Query":
        client.query(**use, subject_key=KEY)
    elif rpc == "Check":
        client.check(**use, predicate="is_adult", subject_key=KEY)
    elif rpc == "QueryMany":
        for one in client.query_many(**use, keys=[KEY, NOBODY]):
            assert (folder / f"{one.get().receipt.index}.json").exists()
    elif rpc == "Subscribe":
        assert len(list(client.subscribe(**use).until_caught_up())) == 2
    elif rpc == "Download":
        client.download(**use).to_file(folder.parent / "people.csv")
    else:
        client.stream(**use).to_file(folder.parent / "people.arrows")


async def ask_async(client: AsyncClient, rpc: str, grant: str, folder: Path) -> None:
    use = {**USE, "grant": grant}
    if rpc == "Query":
        await client.query(**use, subject_key=KEY)
    elif rpc == "Check":
        await client.check(**use, predicate="is_adult", subject_key=KEY)
    elif rpc == "QueryMany":
        async for one in client.query_many(**use, keys=[KEY, NOBODY]):
            assert (folder / f"{one.get().receipt.index}.json").exists()
    elif rpc == "Subscribe":
        assert len([one async for one in client.subscribe(**use).until_caught_up()]) == 2
    elif rpc == "Download":
        await client.download(**use).to_file(folder.parent / "people.csv")
    else:
        await client.stream(**use).to_file(folder.parent / "people.arrows")


def in_threads(world: World, rpc: str, grant: str, folder: Path) -> None:
    identity = world.member(CONSUMER).folder
    with connect(members_address(identity), identity, receipts=folder) as client:
        ask(client, rpc, grant, folder)


def in_asyncio(world: World, rpc: str, grant: str, folder: Path) -> None:
    async def work() -> None:
        identity = world.member(CONSUMER).folder
        async with connect_async(members_address(identity), identity, receipts=folder) as client:
            await ask_async(client, rpc, grant, folder)

    asyncio.run(work())


def verified(world: World, folder: Path, *more: object) -> tuple[int, dict[str, Any]]:
    hub = ("--compare", "--identity", world.member(CONSUMER).folder, "--officer", OFFICER)
    done = run("receipts", "verify", folder, *hub, "--json", *more)
    return done.returncode, json.loads(done.stdout)


def test_no_call_of_the_exchange_that_carries_data_is_left_out():
    assert set(exchange_pb2.DESCRIPTOR.services_by_name["ExchangeService"].methods_by_name) == DATA.keys() | WITHOUT_DATA


@pytest.mark.parametrize("way", [in_threads, in_asyncio])
@pytest.mark.parametrize("rpc", DATA)
def test_every_call_that_carries_data_keeps_receipts_that_hold(
    world: World, grants: dict[str, str], tmp_path: Path, rpc: str, way: Callable[..., None]
):
    folder = tmp_path / "receipts"
    way(world, rpc, grants[rpc], folder)
    assert len(list(folder.glob("*.json"))) == DATA[rpc]
    code, told = verified(world, folder)
    assert (code, told["proven"]) == (0, DATA[rpc]), told


def test_the_receipt_of_a_stream_is_of_the_bytes_of_its_file(world: World, grants: dict[str, str], tmp_path: Path):
    folder, file = tmp_path / "receipts", tmp_path / "people.arrows"
    in_threads(world, "Stream", grants["Stream"], folder)
    assert pa.ipc.open_stream(io.BytesIO(file.read_bytes())).read_all().num_rows == 5
    (name,) = ReceiptFolder(folder).names()
    kept = ReceiptFolder(folder).read(name)
    assert kept.delivery is not None
    assert (kept.delivery.file, kept.delivery.end) == (file.name, file.stat().st_size - 8)
    good = file.read_bytes()
    for changed in (good[:40] + b"\x01" + good[41:], good[:-9], good + b"more", good[:-20] + b"\x00" + good[-19:]):
        file.write_bytes(changed)
        code, told = verified(world, folder)
        assert (code, told["receipts"][0]["reason"]) == (1, "RECEIPT_OTHER_FILE")
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    file.unlink()
    code, told = verified(world, folder)
    assert (code, told["receipts"][0]["reason"]) == (3, "RECEIPT_FILE_MISSING")
    (elsewhere / file.name).write_bytes(good)
    assert verified(world, folder, "--files", elsewhere)[0] == 0


def test_batches_that_are_read_and_not_written_have_a_receipt_too(world: World, grants: dict[str, str], tmp_path: Path):
    identity, folder = world.member(CONSUMER).folder, tmp_path / "receipts"
    with connect(members_address(identity), identity, receipts=folder) as client:
        assert sum(one.num_rows for one in client.stream(**USE, grant=grants["Stream"])) == 5
    assert verified(world, folder)[0] == 0


def test_a_table_whose_receipt_cannot_be_kept_is_there_all_the_same(
    world: World, grants: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    def full(*_given: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("shuniu.receipts.folder.write_new", full)
    with pytest.raises(NotKeptError) as told:
        in_threads(world, "Stream", grants["Stream"], tmp_path / "receipts")
    assert told.value.kept is not None
    assert told.value.kept.delivery is not None
    assert pa.ipc.open_stream(io.BytesIO((tmp_path / "people.arrows").read_bytes())).read_all().num_rows == 5


def test_the_commands_keep_receipts_in_a_folder(world: World, grants: dict[str, str], tmp_path: Path):
    identity, folder = world.member(CONSUMER).folder, tmp_path / "receipts"
    use = ("--purpose", PURPOSE, "--case-number", CASE, "--officer", OFFICER, "--identity", identity, "--receipts", folder)
    done = run("stream", "--grant", grants["Stream"], "--out", tmp_path / "people.arrows", *use)
    assert done.returncode == 0, done.stderr
    done = run("query-many", "--grant", grants["QueryMany"], *use, given=f"{KEY}\n{NOBODY}\n".encode())
    assert done.returncode == 0, done.stderr
    done = run("subscribe", "--grant", grants["Subscribe"], "--once", "--from-beginning", *use)
    assert done.returncode == 0, done.stderr
    done = run("file", "download", "--grant", grants["Download"], "--out", tmp_path / "people.csv", *use)
    assert done.returncode == 0, done.stderr
    assert f"SHA-256 {sha256((tmp_path / 'people.csv').read_bytes()).hexdigest()}" in done.stdout
    code, told = verified(world, folder)
    assert (code, told["proven"]) == (0, 5), told


def test_the_receipt_of_a_downloaded_file_is_of_all_its_bytes(world: World, grants: dict[str, str], tmp_path: Path):
    folder, file = tmp_path / "receipts", tmp_path / "people.csv"
    in_threads(world, "Download", grants["Download"], folder)
    good = file.read_bytes()
    for changed in (good[:-1], good + b"x", good + b"\xff\xff\xff\xff\x00\x00\x00\x00", good[:40] + b"\x01" + good[41:]):
        file.write_bytes(changed)
        code, told = verified(world, folder)
        assert (code, told["receipts"][0]["reason"]) == (1, "RECEIPT_OTHER_FILE")


def test_a_download_that_was_cut_short_goes_on_in_its_file(world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    entry = world.entry(serving_system="", serving_resource="", modes=[catalog_pb2.SHARE_MODE_FILE])
    uploaded(world, entry, MANY)
    grant, file = world.grant(entry, mode="file").name, tmp_path / "people.csv"
    use, client = {**USE, "grant": grant}, world.as_(CONSUMER).client
    whole = client.download(**use).to_file(tmp_path / "whole.csv")

    def stop(rows: int, _size: int) -> None:
        if rows:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        client.download(**use).to_file(file, stop)
    assert not file.exists()
    part = tmp_path / "people.csv.part"
    part.write_bytes(part.read_bytes() + b"half a li")
    done = client.download(**use).to_file(file)
    assert done.sha256 == whole.sha256 == sha256(file.read_bytes()).hexdigest()
    assert (done.delivered.rows, done.delivered.place.start > 0) == (whole.delivered.rows, True)
    assert sorted(one.name for one in tmp_path.iterdir()) == ["people.csv", "whole.csv"]


@pytest.mark.parametrize(
    "changed",
    [{"file": "../people.arrows"}, {"file": ".."}, {"file": 1}, {"start": 0}, {"end": -1}, {"schema_end": True}, {"more": 1}],
)
def test_a_receipt_that_names_other_places_is_none(world: World, grants: dict[str, str], tmp_path: Path, changed: dict[str, Any]):
    in_threads(world, "Stream", grants["Stream"], tmp_path / "receipts")
    (file,) = (tmp_path / "receipts").glob("*.json")
    told = json.loads(file.read_text())
    assert KeptAnswer.from_json(json.dumps(told)).delivery is not None
    told["delivery"].update(changed)
    with pytest.raises(InvalidValueError):
        KeptAnswer.from_json(json.dumps(told))
