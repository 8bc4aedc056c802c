"""Places that many share: nobody takes them all, and who waits is served in turn among parties."""

from __future__ import annotations

import asyncio
import functools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shuniu.turns import FullError, Turns


def in_loop(test):
    """Run a test in an event loop of its own."""

    @functools.wraps(test)
    def run(*args, **named):
        asyncio.run(test(*args, **named))

    return run


async def settled() -> None:
    for _ in range(5):
        await asyncio.sleep(0)


async def held_by(turns: Turns, *keys: str, wanted: int) -> list[asyncio.Task[None]]:
    """Ask for places under the keys; return the tasks, those that wait included."""
    tasks = [asyncio.ensure_future(turns.take(*keys)) for _ in range(wanted)]
    await settled()
    return tasks


@in_loop
async def test_one_party_alone_leaves_a_quarter_to_whoever_comes_next():
    turns = Turns(64, 1_000, 1_000)
    greedy = await held_by(turns, "a", wanted=300)
    assert turns.held("a") == 48
    other = await held_by(turns, "b", wanted=1)
    assert other[0].done()
    for task in greedy:
        task.cancel()


@in_loop
async def test_two_keys_of_one_call_are_counted_each_by_itself():
    turns = Turns(8, 100, 100)
    tasks = await held_by(turns, "department a", "slow table", wanted=20)
    tasks += await held_by(turns, "department b", "slow table", wanted=20)
    assert turns.held("slow table") == 6
    quick = await held_by(turns, "department b", "quick table", wanted=1)
    assert quick[0].done()
    for task in tasks:
        task.cancel()


@in_loop
async def test_who_waits_is_served_in_turn_among_parties_however_many_one_has_waiting():
    turns = Turns(1, 100, 100)
    await turns.take("first")
    many = await held_by(turns, "a", wanted=50)
    one = await held_by(turns, "b", wanted=1)
    turns.give("first")
    await settled()
    turns.give("a")
    await settled()
    assert one[0].done()
    assert sum(task.done() for task in many) == 1
    for task in many:
        task.cancel()


@in_loop
async def test_who_finds_too_many_waiting_hears_it_at_once_of_his_own_party_or_of_all():
    turns = Turns(1, 3, 2)
    await turns.take("x")
    tasks = await held_by(turns, "a", wanted=2)
    with pytest.raises(FullError):
        await turns.take("a")
    tasks += await held_by(turns, "b", wanted=1)
    with pytest.raises(FullError):
        await turns.take("c")
    for task in tasks:
        task.cancel()


@in_loop
async def test_a_place_that_came_at_the_moment_of_giving_up_is_not_lost():
    turns = Turns(1, 10, 10)
    await turns.take("a")
    waiting = asyncio.ensure_future(turns.take("b"))
    await settled()
    turns.give("a")
    waiting.cancel()
    await settled()
    await asyncio.wait_for(turns.take("c"), 1)


@given(st.lists(st.tuples(st.sampled_from("abc"), st.booleans()), max_size=80), st.integers(1, 9))
def test_whatever_is_taken_given_and_given_up_no_place_is_lost_and_none_is_made(steps, places):
    async def run() -> None:
        turns = Turns(places, 1_000, 1_000)
        tasks: list[tuple[str, asyncio.Task[None]]] = []
        for key, takes in steps:
            if takes:
                tasks.append((key, asyncio.ensure_future(turns.take(key))))
                await settled()
            else:
                mine = next((one for one in tasks if one[0] == key), None)
                if mine is not None:
                    tasks.remove(mine)
                    if mine[1].done():
                        turns.give(key)
                    else:
                        mine[1].cancel()
                    await settled()
            assert 0 <= turns.used <= places
            assert turns.used == sum(task.done() for _, task in tasks)
        for key, task in tasks:
            if task.done():
                turns.give(key)
            else:
                task.cancel()
            await settled()
        assert turns.waiting == 0

    asyncio.run(run())


@in_loop
async def test_a_department_alone_at_one_table_leaves_places_there_to_another_and_to_itself_elsewhere():
    turns = Turns(64, 1_000, 1_000)
    greedy = await held_by(turns, "department a", "table", wanted=300)
    assert turns.held("table") == 36
    assert turns.take_free("department b", "table")
    assert turns.take_free("department a", "other table")
    for task in greedy:
        task.cancel()


@in_loop
async def test_however_many_one_party_has_waiting_another_finds_a_place_in_the_queue():
    turns = Turns(1, 16, 16)
    await turns.take("x", "y")
    tasks = [asyncio.ensure_future(turns.take("a", f"table {number % 8}")) for number in range(40)]
    await settled()
    full = sum(task.done() and isinstance(task.exception(), FullError) for task in tasks)
    assert (turns.waiting, full) == (12, 28)
    other = await held_by(turns, "b", "table 0", wanted=1)
    assert not other[0].done()
    turns.give("x", "y")
    turns.give("a", "table 0")
    for task in tasks + other:
        task.cancel()


@in_loop
async def test_who_may_not_have_more_waits_and_overtakes_nobody_who_may():
    turns = Turns(4, 100, 100)
    greedy = await held_by(turns, "a", wanted=9)
    assert turns.held("a") == 3
    assert not turns.take_free("a")
    assert turns.take_free("b")
    for task in greedy:
        task.cancel()
