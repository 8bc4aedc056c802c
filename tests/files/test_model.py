"""The procedure of data files, state by state and step by step, and what may not be right before."""

from dataclasses import replace
from datetime import UTC, datetime
from itertools import product
from typing import Any

import pytest

from files.model import (
    FILE_PROCEDURE,
    NEXT_FILE,
    PART_BYTES,
    DataFile,
    FileContent,
    FileEncoding,
    FileFault,
    FileFormat,
    FileState,
    FileStep,
    Finding,
    Verdict,
)
from hub.access import Caller, Role
from hub.errors import ConflictError, IllegalStateError, InvalidInputError, NotAllowedError

AT = datetime(2026, 11, 28, 10, tzinfo=UTC)
PROVIDER = Caller("11640000XB00000109", "main", frozenset({Role.MEMBER}))
OTHER = Caller("11640000XB00000432", "main", frozenset({Role.MEMBER}))
AUTHORITY = Caller("11640000XB00000002", "main", frozenset({Role.AUTHORITY, Role.MEMBER}))
FAULTY = Verdict(1, fault_count=1, findings=(Finding(9_999, "name", 2, FileFault.VALUE_LENGTH),))
FINE = Verdict(2, 7, ("id_number",))


def a_file(**said: Any) -> DataFile:
    usual = {
        "id": "01m8gx1gfr1w41kvwembxrn5m1",
        "entry": "entries/01m8gx1gfr1w41kvwembxrn5m2",
        "entry_version": 1,
        "provider": PROVIDER.department,
        "number": 1,
        "format": FileFormat.CSV,
        "encoding": FileEncoding.UTF8,
        "size_bytes": 10,
        "sha256": "0" * 64,
        "received_bytes": 10,
        "officer": "GA-1",
        "reason": "月度更新",
        "create_time": AT,
    }
    return DataFile(**{**usual, **said})


STEPS = {
    FileStep.PUT: lambda one: one.put(PROVIDER, 0, 5),
    FileStep.ACCEPT: lambda one: one.judge(PROVIDER, FINE, "load", AT),
    FileStep.REFUSE: lambda one: one.judge(PROVIDER, FAULTY, "load", AT),
    FileStep.DELETE: lambda one: one.delete(PROVIDER, "数据有误", AT),
    FileStep.REPLACE: lambda one: one.replace_by(a_file(), AT),
    FileStep.ERASE: lambda one: one.erase("the entry is no longer published", AT),
    FileStep.SUCCEED: lambda one: one.pass_to(OTHER.department),
}


@pytest.mark.parametrize(("state", "step"), list(product(FileState, FileStep)))
def test_each_step_leads_where_the_table_says_and_is_refused_outside_it(state, step):
    one = a_file(state=state, received_bytes=0)
    following = NEXT_FILE.get((state, step))
    if following is None:
        with pytest.raises(IllegalStateError):
            STEPS[step](one)
    else:
        after = STEPS[step](one)
        assert (after.state, after.revision) == (following, 2)


@pytest.mark.parametrize("step", [FileStep.PUT, FileStep.ACCEPT, FileStep.REFUSE, FileStep.DELETE])
@pytest.mark.parametrize("by", [OTHER, AUTHORITY])
def test_only_its_provider_moves_a_file(step, by):
    with pytest.raises(NotAllowedError):
        FILE_PROCEDURE.admit(a_file(), step, by)


def test_a_refused_file_keeps_its_first_hundred_faults_and_counts_all():
    many = tuple(Finding(row, "name", 2, FileFault.VALUE_TYPE) for row in range(1, 151))
    after = a_file().judge(PROVIDER, Verdict(1, fault_count=150, findings=many), "load", AT)
    assert (after.fault_count, len(after.findings), after.load, after.row_count) == (150, 100, "", 0)


def test_a_file_in_force_says_what_it_has_and_which_load_holds_it():
    after = a_file().judge(PROVIDER, FINE, "load", AT)
    assert (after.row_count, after.columns, after.load, after.entry_version, after.check_time) == (7, ("id_number",), "load", 2, AT)


@pytest.mark.parametrize("size", [0, 11, PART_BYTES + 1])
def test_a_part_has_bytes_and_not_more_than_are_left(size):
    with pytest.raises(InvalidInputError):
        a_file(received_bytes=0).put(PROVIDER, 0, size)


def test_a_part_begins_where_the_last_one_ended():
    with pytest.raises(ConflictError):
        a_file(received_bytes=5).put(PROVIDER, 4, 1)
    assert a_file(received_bytes=5).put(PROVIDER, 5, 5).received_bytes == 10


def test_bytes_that_are_missing_are_told():
    with pytest.raises(IllegalStateError, match="5 of 10 bytes"):
        a_file(received_bytes=5).check_complete(PROVIDER)
    a_file().check_complete(PROVIDER)


def test_an_erased_file_names_no_load():
    one = replace(a_file(), state=FileState.IN_FORCE, load="load")
    assert one.delete(PROVIDER, "数据有误", AT).load == ""


def test_all_that_is_wrong_with_a_beginning_is_told_at_once():
    with pytest.raises(InvalidInputError) as refused:
        FileContent(entry="x", format=FileFormat.CSV, encoding=FileEncoding.UTF8, size_bytes=1, sha256="", officer="", reason="")
    assert {one.field for one in refused.value.faults} == {"entry", "sha256", "officer", "reason"}
