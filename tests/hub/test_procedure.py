"""Every procedure of every package: the full product of states, steps and parties, and the page docs/procedures.md."""

import itertools
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from importlib import import_module
from pathlib import Path
from pkgutil import walk_packages
from typing import Any

import pytest

from hub.access import ACCESS, Caller, Role
from hub.errors import IllegalStateError, NotAllowedError, NotFoundError
from hub.procedure import PARTIES, Party, Procedure
from hub.steps import WAYS

PAGE = Path(__file__).parents[2] / "docs" / "procedures.md"
CLOCKS = Path(__file__).parents[2] / "timing" / "clocks.toml"
PACKAGES = ("audit", "certs", "work", "catalog", "brokerage", "files", "questions", "seals", "licenses")
ROW = re.compile(r"^\| (\w+) \| (\w+) \| (\w+) \| ([\w ]+) \|$", re.MULTILINE)
ARROW = re.compile(r"^ +(\w+) --> (\w+): (\w+)$", re.MULTILINE)


def procedures() -> dict[str, Procedure[Any, Any]]:
    """Return every Procedure that a package states, by its thing."""
    found: dict[int, Procedure[Any, Any]] = {}
    for package in PACKAGES:
        module = import_module(package)
        for one in walk_packages(module.__path__, f"{package}."):
            found |= {id(value): value for value in vars(import_module(one.name)).values() if isinstance(value, Procedure)}
    return {one.thing.en: one for one in found.values()}


ALL = procedures()
CASES = [pytest.param(one, id=name.replace(" ", "-")) for name, one in sorted(ALL.items())]


@dataclass(frozen=True)
class Thing:
    state: StrEnum
    parties: Mapping[Party, str]


def caller_of(party: Party) -> Caller:
    if party is Party.HUB:
        return Caller(system="hub")
    if party in {Party.AUTHORITY, Party.AUDITOR}:
        return Caller(party.name, "main", frozenset({Role(party.value)}))
    return Caller(party.name, "main", frozenset({Role.MEMBER}))


def thing_in(state: StrEnum) -> Thing:
    parties: dict[Party, str] = {party: party.name for party in Party if party not in {Party.HUB, Party.AUTHORITY, Party.AUDITOR}}
    return Thing(state, {**parties, Party.SYSTEM: caller_of(Party.SYSTEM).name})


def test_every_package_that_moves_things_has_its_procedures():
    assert len(ALL) >= 8
    assert len(ALL) == len({one.thing.zh for one in ALL.values()})


@pytest.mark.parametrize("procedure", CASES)
def test_states_and_steps_have_words_in_both_languages_and_every_step_a_party(procedure: Procedure[Any, Any]):
    states = {state for (state, _), _ in procedure.next.items()} | set(procedure.next.values())
    steps = {step for _, step in procedure.next}
    assert states <= set(procedure.states)
    assert steps == set(procedure.steps) == set(procedure.who)
    for kind, known in ((next(iter(states)), procedure.states), (next(iter(steps)), procedure.steps)):
        assert set(known) == set(type(kind).__members__.values()), type(kind)
        for member, word in known.items():
            assert word.id == member.value
            assert word.en.strip()
            assert re.search("[\u4e00-\u9fff]", word.zh)
        assert len({word.zh for word in known.values()}) == len(known)
    assert all(procedure.who.values())


@pytest.mark.parametrize("procedure", CASES)
def test_over_the_full_product_only_the_table_leads_anywhere(procedure: Procedure[Any, Any]):
    for state, step, party in itertools.product(procedure.states, procedure.steps, Party):
        allowed = procedure.who[step]
        case, by = thing_in(state), caller_of(party)
        if party not in allowed or party is Party.HUB:
            with pytest.raises((NotAllowedError, NotFoundError)) as refused:
                procedure.step(case, step, by)
            assert (
                all(PARTIES[one].zh in refused.value.zh for one in allowed if one is not Party.HUB) or procedure.wrong_party.reason != "WRONG_PARTY"
            )
        elif (state, step) in procedure.next:
            assert procedure.step(case, step, by) == procedure.next[state, step]
            assert step in procedure.open_steps(case, by)
        else:
            with pytest.raises(IllegalStateError) as illegal:
                procedure.step(case, step, by)
            assert procedure.states[state].zh in illegal.value.zh
            assert procedure.steps[step].zh in illegal.value.zh
            assert (illegal.value.facts["state"], illegal.value.facts["step"]) == (state.value, step.value)
            assert step not in procedure.open_steps(case, by)


@pytest.mark.parametrize("procedure", CASES)
def test_the_hub_s_own_steps_follow_the_table_too(procedure: Procedure[Any, Any]):
    for state, step in itertools.product(procedure.states, procedure.steps):
        if (state, step) in procedure.next:
            assert procedure.after(state, step) == procedure.next[state, step]
        else:
            with pytest.raises(IllegalStateError):
                procedure.after(state, step)


def test_every_step_of_every_procedure_says_how_it_is_taken_and_no_other_does():
    assert {(name, step.value) for name, one in ALL.items() for step in one.steps} == set(WAYS)
    clocks = {one["id"] for profile in tomllib.loads(CLOCKS.read_text(encoding="utf-8"))["profile"] for one in profile["clock"]}
    rpcs = {path.rpartition("/")[2] for path in ACCESS}
    for (name, step), way in WAYS.items():
        assert set(way.rpcs) <= rpcs, (name, step)
        assert not way.clock or way.clock in clocks, (name, step)
        by_the_hub = {Party.HUB} == next(who for one, who in ALL[name].who.items() if one.value == step)
        assert bool(way.rpcs) != by_the_hub, (name, step)


def test_every_rpc_that_needs_a_second_person_takes_a_step_or_says_in_the_open_what_it_makes():
    wanted = {path.rpartition("/")[2] for path, row in ACCESS.items() if row.second is not None}
    assert wanted - {one for way in WAYS.values() for one in way.rpcs} == {"ProposeErasure"}  # it makes the proposal, which is confirmed


def sections() -> dict[str, str]:
    """Return each section's text by its English title."""
    parts = re.split(r"^## ([A-Za-z ]+?) [^\x00-\x7F]+$", PAGE.read_text(encoding="utf-8"), flags=re.MULTILINE)
    return {title.lower(): text for title, text in zip(parts[1::2], parts[2::2], strict=True)}


def test_the_page_has_a_section_for_every_procedure_and_no_other():
    assert sorted(sections()) == sorted(ALL)


@pytest.mark.parametrize("procedure", CASES)
def test_the_page_is_rendered_from_the_procedure(procedure: Procedure[Any, Any]):
    text = sections()[procedure.thing.en]
    assert procedure.table() in text, "python scripts/procedures.py"
    assert procedure.diagram() in text, "python scripts/procedures.py"
