"""The rules of an entry and the procedure it goes through."""

import itertools
from collections.abc import Callable
from dataclasses import fields, replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from catalog.model import ENTRY_PROCEDURE, NEXT, Assessment, Entry, EntryState, EntryStep, Predicate, Source, digest, from_plain, to_plain
from hub.access import Caller
from hub.errors import IllegalStateError, InvalidInputError, NotAllowedError
from hub.wording import Text
from tests.catalog.samples import MARKET, NOW, POLICE, POLICEMAN, RULER, TRADER, an_entry
from timing.timer import Timer

ID = "01hzzzzzzzzzzzzzzzzzzzzzzz"
LATER = NOW + timedelta(days=1)
TIMER = Timer("directory-review", "条例第十七条", 2, False, LATER, told_time=LATER)
MOVES: dict[EntryStep, tuple[Caller, Callable[[Entry, Caller], Entry]]] = {
    EntryStep.UPDATE: (POLICEMAN, lambda entry, by: entry.update(by, an_entry(title="新"))),
    EntryStep.SUBMIT: (POLICEMAN, lambda entry, by: entry.submit(by, "新增", LATER)),
    EntryStep.RETURN: (RULER, lambda entry, by: entry.send_back(by, "补充摘要")),
    EntryStep.PUBLISH: (RULER, lambda entry, by: entry.publish(by, LATER)),
    EntryStep.REVISE: (POLICEMAN, lambda entry, by: entry.revise(by, "增加字段", 2, LATER)),
    EntryStep.SUPERSEDE: (RULER, lambda entry, _by: entry.supersede(LATER)),
    EntryStep.WITHDRAW: (POLICEMAN, lambda entry, by: entry.withdraw(by, "机构改革", LATER)),
}


def _draft(**changed: Any) -> Entry:
    return Entry.draft(an_entry(**changed), POLICEMAN, ID, "公安厅", NOW)


@pytest.mark.parametrize(("state", "step"), list(itertools.product(EntryState, EntryStep)))
def test_only_the_table_of_steps_leads_anywhere(state, step):
    entry = replace(_draft(), state=state)
    by, move = MOVES[step]
    if (state, step) in NEXT:
        result = move(entry, by)
        expected = EntryState.DRAFT if step is EntryStep.REVISE else NEXT[state, step]
        assert result.state is expected
        assert result.revision == entry.revision + 1
    else:
        with pytest.raises(IllegalStateError) as refusal:
            move(entry, by)
        assert (refusal.value.facts["state"], refusal.value.facts["step"]) == (state.value, step.value)


def test_the_table_is_the_procedure_of_the_design_page():
    s, t = EntryState, EntryStep
    assert NEXT == {
        (s.DRAFT, t.UPDATE): s.DRAFT,
        (s.DRAFT, t.SUBMIT): s.SUBMITTED,
        (s.SUBMITTED, t.RETURN): s.DRAFT,
        (s.SUBMITTED, t.PUBLISH): s.PUBLISHED,
        (s.PUBLISHED, t.REVISE): s.PUBLISHED,
        (s.PUBLISHED, t.SUPERSEDE): s.SUPERSEDED,
        (s.PUBLISHED, t.WITHDRAW): s.WITHDRAWN,
    }
    assert ENTRY_PROCEDURE.next == NEXT


@pytest.mark.parametrize(
    ("step", "allowed"),
    [
        (EntryStep.UPDATE, {"police", "ruler"}), (EntryStep.SUBMIT, {"police", "ruler"}), (EntryStep.REVISE, {"police"}),
        (EntryStep.RETURN, {"ruler"}), (EntryStep.PUBLISH, {"ruler"}), (EntryStep.WITHDRAW, {"police", "ruler"}),
    ],
)  # fmt: skip
def test_each_step_belongs_to_the_provider_or_the_authority(step, allowed):
    state = next(state for state, known in NEXT if known is step)
    for name, caller in {"police": POLICEMAN, "ruler": RULER, "trader": TRADER, "nobody": Caller()}.items():
        entry = replace(_draft(), state=state)
        if name in allowed:
            MOVES[step][1](entry, caller)
        else:
            with pytest.raises(NotAllowedError):
                MOVES[step][1](entry, caller)


def test_a_department_drafts_for_itself_alone_and_the_authority_for_any():
    assert Entry.draft(an_entry(provider=MARKET), RULER, ID, "市场监管厅", NOW).provider == MARKET
    assert Entry.draft(an_entry(provider=""), POLICEMAN, ID, "公安厅", NOW).provider == POLICE
    with pytest.raises(NotAllowedError):
        Entry.draft(an_entry(provider=MARKET), POLICEMAN, ID, "公安厅", NOW)


def test_what_the_hub_fills_in_is_not_taken_from_a_request():
    sent = an_entry(id="x", version=9, revision=9, state=EntryState.PUBLISHED, publish_time=NOW, change_reason="x", provider_title="x")
    entry = Entry.draft(sent, POLICEMAN, ID, "公安厅", NOW)
    assert (entry.id, entry.version, entry.revision, entry.state) == (ID, 1, 1, EntryState.DRAFT)
    assert (entry.publish_time, entry.change_reason, entry.provider_title) == (None, "", "公安厅")
    changed = entry.update(POLICEMAN, replace(sent, provider=MARKET, title="新"))
    assert (changed.id, changed.version, changed.revision, changed.state, changed.provider) == (ID, 1, 2, EntryState.DRAFT, POLICE)
    assert changed.title == "新"


def test_the_times_and_reasons_of_steps_are_kept():
    submitted = _draft().submit(POLICEMAN, "新增", LATER)
    assert (submitted.create_time, submitted.submit_time, submitted.change_reason) == (NOW, LATER, "新增")
    returned = submitted.send_back(RULER, "补充摘要")
    assert (returned.submit_time, returned.change_reason) == (None, "补充摘要")
    published = submitted.publish(RULER, LATER)
    assert (published.publish_time, published.change_reason) == (LATER, "新增")
    withdrawn = published.withdraw(RULER, "机构改革", LATER)
    assert (withdrawn.end_time, withdrawn.change_reason) == (LATER, "机构改革")
    revised = published.revise(POLICEMAN, "增加字段", 2, LATER)
    assert (revised.version, revised.create_time, revised.submit_time, revised.publish_time) == (2, LATER, None, None)


def test_an_etag_of_the_published_version_is_never_good_for_its_successor():
    published = _draft().submit(POLICEMAN, "新增", NOW).publish(RULER, NOW)
    assert published.revise(POLICEMAN, "增加字段", 2, LATER).revision > published.revision


@pytest.mark.parametrize("step", [EntryStep.SUBMIT, EntryStep.RETURN, EntryStep.REVISE, EntryStep.WITHDRAW])
@pytest.mark.parametrize("reason", ["", "  ", "x" * 1001, "a\x00b", "经本人 11010519491231002X 申请"])
def test_a_step_says_why(step, reason):
    state = next(state for state, known in NEXT if known is step)
    entry = replace(_draft(), state=state)
    move: dict[EntryStep, Callable[[], Entry]] = {
        EntryStep.SUBMIT: lambda: entry.submit(POLICEMAN, reason, NOW),
        EntryStep.RETURN: lambda: entry.send_back(RULER, reason),
        EntryStep.REVISE: lambda: entry.revise(POLICEMAN, reason, 2, NOW),
        EntryStep.WITHDRAW: lambda: entry.withdraw(RULER, reason, NOW),
    }
    with pytest.raises(InvalidInputError) as refusal:
        move[step]()
    assert refusal.value.field == "reason"


def test_rules_are_asked_again_when_an_entry_is_submitted_and_published():
    broken = replace(_draft(), abstract="")
    with pytest.raises(InvalidInputError):
        broken.submit(POLICEMAN, "新增", NOW)
    with pytest.raises(InvalidInputError):
        replace(broken, state=EntryState.SUBMITTED).publish(RULER, NOW)


@pytest.mark.parametrize("state", EntryState)
def test_what_was_never_published_is_seen_by_provider_and_authority_alone(state):
    entry = replace(_draft(), state=state)
    assert entry.seen_by(POLICEMAN)
    assert entry.seen_by(RULER)
    assert entry.seen_by(TRADER) is (state not in {EntryState.DRAFT, EntryState.SUBMITTED})


def test_plain_values_and_back_are_the_same_entry():
    entry = replace(_draft(), data_update_time=LATER, timer=TIMER, source=Source("人口", (f"entries/{ID[:-1]}0",)))
    assert from_plain(to_plain(entry)) == entry


@pytest.mark.parametrize("name", [field.name for field in fields(Entry)])
def test_a_digest_covers_everything_but_what_changes_after_publication(name):
    entry = _draft()
    value = getattr(entry, name)
    other = {
        str: "z",
        int: 99,
        tuple: () if value else ("z",),
        type(None): TIMER if name == "timer" else LATER,
        datetime: LATER,
        Source: Source("z"),
        Assessment: Assessment(),
    }.get(str if isinstance(value, Text) else type(value))
    if name == "predicates":
        other = (Predicate("is_known", "有记录", "there is a record"),)
    changes: dict[str, Any] = {name: next(member for member in type(value) if member != value) if other is None else other}
    changed = replace(entry, **changes)
    assert (digest(changed) == digest(entry)) is (name in {"revision", "state", "end_time", "timer", "record_source"})
