"""Each answer is kept with its receipt before it is handed out, in threads and in asyncio alike; nothing is written over, nothing is lost."""

from __future__ import annotations

import asyncio
import json
import stat
from base64 import b64encode
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from shuniu import Answer, InvalidValueError, KeptAnswer, Receipt, connect, connect_async
from shuniu.catalogue import CatalogueError
from shuniu.digest import answer_digest
from shuniu.proofs import Checkpoint, NoteSignature, VerifierKey, inclusion_proof, leaf_hash
from shuniu.proofs.tree import root_of
from shuniu.receipts import KeptProof, ReceiptFolder
from shuniu.receipts.reasons import NotKeptError
from shuniu.receipts.verdict import ReceiptCheck
from shuniu.v1.exchange_pb2 import QueryResponse
from tests.shuniu_sdk.authority import Authority
from tests.shuniu_sdk.hub import TRAILERS, Hub, running

ASKED: dict[str, Any] = {"grant": "grants/1", "purpose": "640000-11", "case_number": "2026-1", "officer": "A17", "subject_key": "640102199001310017"}
Ask = Callable[[Path], Answer]
KEPT = KeptAnswer(Receipt("hub.test/log", 41, bytes(32), bytes(32)), b"answer")
PROOF = KeptProof(41, 64, bytes(32), bytes(32), (bytes(32),) * 6, "hub.test/log\n64\n...\n", bytes(32), "salted-1")


@pytest.fixture
def hub(authority: Authority) -> Iterator[Hub]:
    with running(authority) as hub:
        hub.exchange.answer = QueryResponse(masked_fields=["name"])
        yield hub


@pytest.fixture(params=["threads", "asyncio"])
def ask(request: pytest.FixtureRequest, hub: Hub, folder: Path) -> Ask:
    def in_threads(place: Path) -> Answer:
        with connect(hub.members, folder, receipts=place) as client:
            return client.query(**ASKED)

    async def later(place: Path) -> Answer:
        async with connect_async(hub.members, folder, receipts=place) as client:
            return await client.query(**ASKED)

    return in_threads if request.param == "threads" else lambda place: asyncio.run(later(place))


def test_an_answer_lies_in_the_folder_under_the_index_of_its_record(ask: Ask, tmp_path: Path):
    place = tmp_path / "new" / "receipts"
    answer = ask(place)
    (file,) = place.iterdir()
    assert (file.name, stat.S_IMODE(file.stat().st_mode), stat.S_IMODE(place.stat().st_mode)) == ("41.json", 0o600, 0o700)
    assert ReceiptFolder(place).read("41.json") == answer.kept
    assert json.loads(file.read_text())["proof"] is None


def test_the_same_access_is_kept_once_and_nothing_is_written_over(hub: Hub, ask: Ask, tmp_path: Path):
    assert ask(tmp_path / "r") == ask(tmp_path / "r")
    before = (tmp_path / "r" / "41.json").read_bytes()
    hub.exchange.trailers = (("shuniu-log-origin", "other.test/log"), *TRAILERS[1:])
    with pytest.raises(NotKeptError) as told:
        ask(tmp_path / "r")
    assert told.value.reason == "RECEIPT_PLACE_TAKEN"
    assert told.value.kept is not None
    assert told.value.kept.receipt.origin == "other.test/log"
    assert [one.read_bytes() for one in (tmp_path / "r").iterdir()] == [before]


def test_an_answer_that_cannot_be_kept_is_in_the_error(hub: Hub, ask: Ask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    def full(*_given: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("shuniu.receipts.folder.write_new", full)
    with pytest.raises(NotKeptError, match="No space left") as told:
        ask(tmp_path / "r")
    assert told.value.reason == "RECEIPT_NOT_KEPT"
    assert told.value.kept is not None
    assert QueryResponse.FromString(told.value.kept.answer) == hub.exchange.answer


def test_what_cannot_be_a_folder_is_refused_before_anything_is_asked(hub: Hub, ask: Ask, tmp_path: Path):
    (tmp_path / "file").write_text("")
    with pytest.raises(CatalogueError) as told:
        ask(tmp_path / "file")
    assert (told.value.reason, hub.exchange.requests) == ("RECEIPTS_FOLDER", [])


def test_a_refused_query_leaves_no_receipt(hub: Hub, folder: Path, tmp_path: Path):
    with connect(hub.members, folder, receipts=tmp_path / "r") as client, pytest.raises(Exception, match="not granted"):
        client.query(**{**ASKED, "purpose": "not granted"})
    assert not list((tmp_path / "r").iterdir())


def test_files_are_read_by_index_and_others_are_named(tmp_path: Path):
    place = ReceiptFolder(tmp_path)
    for name in ("10.json", "9.json", "010.json", "x.json", "log.vkey", "9.txt"):
        (tmp_path / name).write_text("")
    assert (place.names(), place.others()) == (["9.json", "10.json"], ["010.json", "x.json"])


def test_a_proof_is_kept_with_its_answer(tmp_path: Path):
    place = ReceiptFolder(tmp_path)
    place.keep(KEPT)
    assert place.add_proof("41.json", KEPT, PROOF).proof == PROOF
    assert place.read("41.json") == KeptAnswer(KEPT.receipt, KEPT.answer, PROOF)
    told = json.loads((tmp_path / "41.json").read_text())
    assert told["proof"]["leaf_hash"] == b64encode(bytes(32)).decode()
    assert stat.S_IMODE((tmp_path / "41.json").stat().st_mode) == 0o600


def test_what_a_release_before_kept_is_read_still():
    told = json.loads(KEPT.to_json())
    del told["proof"]
    assert KeptAnswer.from_json(json.dumps(told)) == KEPT


TEXTS = st.text(max_size=20) | st.binary(max_size=40).map(lambda one: b64encode(one).decode()) | st.just(b64encode(bytes(32)).decode())
JSON: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | TEXTS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=6), inner, max_size=4),
    max_leaves=8,
)
WHOLE = json.loads(KeptAnswer(KEPT.receipt, KEPT.answer, PROOF).to_json())


@given(st.sampled_from([*WHOLE, *(f"proof.{name}" for name in WHOLE["proof"])]), JSON)
def test_any_member_that_is_something_else_gives_an_answer_or_a_refusal_and_no_other_error(member: str, value: Any):
    told = json.loads(json.dumps(WHOLE))
    inner, _, name = member.rpartition(".")
    (told[inner] if inner else told)[name] = value
    judge(json.dumps(told))


@given(st.text() | JSON.map(json.dumps))
def test_so_does_any_text(text: str):
    judge(text)


@given(st.integers(0, len(json.dumps(WHOLE)) - 1), st.characters(codec="utf-8"))
def test_so_does_a_changed_character(place: int, character: str):
    text = json.dumps(WHOLE)
    judge(text[:place] + character + text[place + 1 :])


KEY = VerifierKey("hub.test/log", bytes(32))


def judge(text: str) -> None:
    """Read and check; only what the catalogue and the SDK tell may come of it."""
    try:
        ReceiptCheck(KEY).check("41.json", KeptAnswer.from_json(text))
    except (InvalidValueError, CatalogueError) as error:
        assert error.message_zh  # noqa: PT017 - an error is one of two right ends


def test_a_whole_receipt_holds_by_its_file_and_the_key_alone():
    hashes = [leaf_hash(bytes((number,))) for number in range(64)]
    head = Checkpoint("hub.test/log", 64, root_of(hashes))
    private = Ed25519PrivateKey.generate()
    key = VerifierKey("hub.test/log", private.public_key().public_bytes_raw())
    note = f"{head.text()}\n{NoteSignature(key.name, key.key_id, private.sign(head.text().encode())).line()}"
    receipt = Receipt("hub.test/log", 41, hashes[41], bytes(32))
    path = tuple(inclusion_proof(41, 64, lambda level, index: root_of(hashes[index << level : (index + 1) << level])))
    proof = KeptProof(41, 64, hashes[41], head.root, path, note, answer_digest(b"answer", bytes(32)), "salted-1")
    ReceiptCheck(key).check("41.json", KeptAnswer(receipt, b"answer", proof))
    with pytest.raises(CatalogueError) as told:
        ReceiptCheck(key).check("41.json", KeptAnswer(receipt, b"another", proof))
    assert told.value.reason == "RECEIPT_OTHER_ANSWER"
