"""Whose step a seal waits for in each of its states, what its owner is told, and what ends with time."""

from datetime import timedelta
from pathlib import Path

import pytest

from hub.access import ACCESS
from hub.db import Database
from hub.desk import AUTHORITY as THE_AUTHORITY
from hub.unit_of_work import Kit
from seals.actions import SealActions
from seals.model import SEAL_PROCEDURE, SEAL_TURNS
from tests.recording_desk import RecordingDesk, steps_of_others
from tests.seals.desk import AUTHORITY, CIVIL, SealDesk, a_seal_desk, on


@pytest.fixture
def desk() -> RecordingDesk:
    return RecordingDesk()


@pytest.fixture
def seals(sqlite_database: Database, tmp_path: Path, desk: RecordingDesk) -> SealDesk:
    return a_seal_desk(sqlite_database, tmp_path, desk=desk)


def test_every_state_says_whose_step_it_waits_for():
    assert set(SEAL_TURNS) == set(SEAL_PROCEDURE.states)
    for state, turn in SEAL_TURNS.items():
        awaited = {party for one, party in steps_of_others(SEAL_PROCEDURE, state) if one.value != "revoke"}
        assert ({turn[1]} if turn else set()) == awaited, state
        if turn:
            assert turn[2] in ACCESS[f"/shuniu.v1.{turn[0]}"].duties


def test_a_seal_waits_for_the_authority_then_for_its_owner(seals: SealDesk, desk: RecordingDesk):
    signer, _ = seals.signer()
    applied = seals.apply(signer)
    assert desk.of(applied) == {(THE_AUTHORITY, "SealService/MakeSeal")}
    assert desk.titles[applied.name] == applied.title
    made = seals.actions.make_seal(on(AUTHORITY, applied))
    assert desk.of(made) == {(CIVIL.department, "SealService/ActivateSeal")}
    assert desk.take() == [(CIVIL.department, "seal_made")]
    active = seals.actions.activate_seal(on(CIVIL, made))
    assert desk.of(active) == set()
    seals.revoke(active)
    assert desk.take() == []  # its owner revoked it


def test_who_revokes_or_refuses_what_is_another_s_tells_its_owner(seals: SealDesk, desk: RecordingDesk):
    signer, _ = seals.signer()
    refused = seals.actions.refuse_seal(on(AUTHORITY, seals.apply(signer), reason="材料不全"))
    assert desk.of(refused) == set()
    seals.actions.revoke_seal(on(AUTHORITY, seals.activate(signer), reason="停用"))
    seals.revoke_signer(signer, caller=AUTHORITY)
    kinds = ["seal_refused", "seal_made", "seal_revoked", "signer_certificate_revoked"]
    assert desk.take() == [(CIVIL.department, kind) for kind in kinds]


def test_seals_and_signers_that_end_are_told_once_in_each_stage(seals: SealDesk, desk: RecordingDesk):
    signer, _ = seals.signer()
    seal = seals.activate(signer, days=40)
    seals.apply(signer, days=40)  # what nobody put into use ends untold
    desk.take()
    told = []
    for day in (0, 9, 10, 11, 33, 39, 40, 41):
        for _ in range(2):
            list(seals.actions.tell_ends(seal.create_time + timedelta(days=day)))
        told += [(day, kind) for _, kind in desk.take()]
    assert told == [(10, "seal_ends"), (33, "seal_ends"), (39, "seal_ends")]
    list(seals.actions.tell_ends(signer.not_after - timedelta(days=6)))
    assert desk.take() == [(CIVIL.department, "signer_certificate_ends")]


def test_what_waited_before_anybody_kept_work_is_posted_once(sqlite_database: Database, tmp_path: Path):
    former = a_seal_desk(sqlite_database, tmp_path)
    signer, _ = former.signer()
    applied, made, _active = former.apply(signer), former.make(signer), former.activate(signer)
    desk = RecordingDesk()
    known = former.actions
    now = SealActions(Kit(sqlite_database, known._journal, former.clock, known._ids, desk), former.office)
    for _ in range(2):
        assert sum(now.backfill(former.clock.now())) == 2
        assert set(desk.waiting) == {applied.name, made.name}
