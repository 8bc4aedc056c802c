"""`shuniu audit grown`: two kept checkpoints, the proof out of a copy or from the hub; an outsider's own tree says whether it is right."""

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from audit.checkpoint import sign_checkpoint
from cli.command import shuniu
from shuniu.proofs.checkpoint import Checkpoint
from shuniu.proofs.proof import ConsistencyProof
from tests.audit.test_offline import HASHES, KEY, LEAVES, ORIGIN, PRIVATE, SIZE, a_log
from tests.end_to_end import outsider
from tests.world import AUDITOR, World

SIZES = [1, 2, 255, 256, 257, 512, 600, 699, SIZE]


def grown(*args: object) -> Result:
    return CliRunner().invoke(shuniu, ["audit", "grown", *map(str, args)])


def outcome(*args: object) -> tuple[int, str]:
    done = grown(*args, "--json")
    return done.exit_code, json.loads(done.stdout)["outcome"] if done.stdout else done.stderr


def note(folder: Path, size: int, root: bytes, name: str = "") -> Path:
    path = folder / f"{name or size}.note"
    path.write_bytes(sign_checkpoint(Checkpoint(ORIGIN, size, root), KEY, PRIVATE.sign))
    return path


@pytest.fixture(scope="module")
def copy(tmp_path_factory):
    return a_log(tmp_path_factory.mktemp("log"))


@pytest.fixture(scope="module")
def notes(tmp_path_factory):
    """Checkpoints of all these sizes; their roots are those of the outsider's tree."""
    folder = tmp_path_factory.mktemp("notes")
    for size in SIZES:
        note(folder, size, outsider.root_of(HASHES[:size]))
    return folder


@pytest.mark.parametrize("old", SIZES)
@pytest.mark.parametrize("new", SIZES)
def test_of_every_pair_it_is_told_which_way_it_grew(copy, notes, old, new):
    found = outcome(notes / f"{old}.note", notes / f"{new}.note", "--vkey", KEY, "--tiles", copy)
    assert found == ((0, "same") if old == new else (0, "grown") if old < new else (1, "shorter"))


@pytest.mark.parametrize(("old", "new"), [(255, 600), (256, 512), (256, 700), (600, 699), (700, 700)])
def test_a_checkpoint_of_another_history_is_proof_that_the_log_was_rewritten(copy, notes, tmp_path, old, new):
    other = [*HASHES[: old - 1], HASHES[0], *HASHES[old:]]
    forged = note(tmp_path, old, outsider.root_of(other[:old]), "forged")
    assert outcome(forged, notes / f"{new}.note", "--vkey", KEY, "--tiles", copy) == (1, "rewritten")
    said = grown(forged, notes / f"{new}.note", "--vkey", KEY, "--tiles", copy)
    assert ("日志已被改写" in said.stdout, "the log was rewritten" in said.stdout, str(old) in said.stdout) == (True, True, True)


def test_a_copy_of_another_log_shows_nothing_and_accuses_nobody(notes, tmp_path):
    other = a_log(tmp_path / "other", leaves=[*LEAVES[:100], b"another", *LEAVES[101:]])
    assert outcome(notes / "600.note", notes / "700.note", "--vkey", KEY, "--tiles", other) == (3, "unproven")
    assert outcome(notes / "1.note", notes / "600.note", "--vkey", KEY, "--tiles", other) == (3, "unproven")


def test_the_newest_checkpoint_of_the_copy_is_taken_where_none_is_named(copy, notes, tmp_path):
    (tmp_path / "vkey").write_text(f"{KEY}\n")
    facts = json.loads(grown(notes / "257.note", "--vkey", tmp_path / "vkey", "--tiles", copy, "--json").stdout)
    assert (facts["outcome"], facts["size1"], facts["size2"], facts["origin"]) == ("grown", 257, 700, ORIGIN)
    assert (facts["root1"], facts["root2"]) == (outsider.root_of(HASHES[:257]).hex(), outsider.root_of(HASHES).hex())


def test_every_log_extends_the_empty_one(copy, notes, tmp_path):
    empty = note(tmp_path, 0, hashlib.sha256(b"").digest())
    assert outcome(empty, notes / "1.note", "--vkey", KEY, "--tiles", copy) == (0, "grown")


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda text: text.replace(b"\n257\n", b"\n258\n"), "BAD_SIGNATURE"),
        (lambda _: b"no checkpoint", "签名文本格式不正确"),
        (lambda text: text.replace(ORIGIN.encode() + b" ", b"another.example/log "), "NO_KNOWN_SIGNATURE"),
    ],
)
def test_a_file_that_the_log_did_not_sign_is_named(copy, notes, tmp_path, change, said):
    (tmp_path / "bad.note").write_bytes(change((notes / "257.note").read_bytes()))
    for pair in ((tmp_path / "bad.note", notes / "700.note"), (notes / "1.note", tmp_path / "bad.note")):
        done = grown(*pair, "--vkey", KEY, "--tiles", copy)
        assert (done.exit_code, "bad.note:" in done.stderr) == (2, True), done.output
        assert said in done.stderr


def test_a_copy_that_is_too_small_and_a_proof_from_nowhere_are_wrong_input(notes, tmp_path):
    small = a_log(tmp_path / "small", steps=(0, 650))
    done = grown(notes / "257.note", notes / "700.note", "--vkey", KEY, "--tiles", small)
    assert (done.exit_code, "COPY_INCOMPLETE" in done.stderr, "700" in done.stderr) == (2, True, True)
    for source in ([], ["--tiles", tmp_path, "--identity", tmp_path]):
        done = grown(notes / "257.note", notes / "700.note", "--vkey", KEY, *source)
        assert (done.exit_code, "PROOF_SOURCE" in done.stderr) == (2, True)
    assert grown(notes / "257.note", notes / "700.note", "--tiles", tmp_path).exit_code == 2


# with a hub


@pytest.fixture(scope="module")
def world() -> Iterator[World]:
    with World() as one:
        yield one


def keep(world: World, path: Path, *, records: int) -> Path:
    """Keep the newest checkpoint after some records more, as an auditor does day by day."""
    for number in range(records):
        world.auditor().do("SearchAuditRecords", officer=f"某人{number}", reason="定期检查", searcher="SJT-0009")
    world.hub.publisher.publish()
    path.write_bytes((Path(world.config.data) / "log" / "checkpoint").read_bytes())
    return path


def test_the_hub_gives_the_proof_and_what_it_says_of_its_roots_is_not_believed(world, tmp_path, monkeypatch):
    old, new = keep(world, tmp_path / "old", records=3), keep(world, tmp_path / "new", records=4)
    door = ["--vkey", world.hub.publisher.vkey, "--identity", world.member(AUDITOR).folder]
    assert outcome(old, new, *door) == (0, "grown")
    assert outcome(old, *door) == (0, "grown")
    assert outcome(new, old, *door) == (1, "shorter")
    assert outcome(old, new, *door[:2], "--tiles", Path(world.config.data) / "log") == (0, "grown")
    right = world.hub.publisher.consistency

    def lies(size1: int, size2: int) -> Any:
        proof = right(size1, size2)
        return ConsistencyProof(proof.size1, proof.size2, proof.root1, proof.root2, (*proof.proof[:-1], bytes(32)))

    monkeypatch.setattr(world.hub.publisher, "consistency", lies)
    assert outcome(old, new, *door) == (3, "unproven")
