"""Strangers have one small share together: a place first, then bytes; while departments call, their work rests in between."""

import asyncio

import pytest

from hub import strangers
from hub.errors import LimitError
from hub.limits import Limits
from hub.strangers import Activity, Strangers
from tests.shuniu_sdk.test_turns import in_loop, settled


class Now:
    """A clock that stands until it is moved."""

    def __init__(self) -> None:
        self.time = 100.0

    def __call__(self) -> float:
        return self.time


def share_of(now: Now, **limits) -> tuple[Strangers, Activity]:
    members = Activity(now)
    return Strangers(Limits(**limits), members, now), members


@in_loop
async def test_one_address_waits_for_its_own_turn_and_another_is_served_before_its_queue():
    share, _ = share_of(Now(), strangers_at_once=1)
    done: list[str] = []

    async def visit(address: str) -> None:
        async with share.place(address):
            done.append(address)
            await asyncio.sleep(0)

    visits = [asyncio.ensure_future(visit(address)) for address in ("a", "a", "a", "a", "b")]
    await asyncio.gather(*visits)
    assert done.index("b") <= 2


@in_loop
async def test_who_finds_the_queue_full_hears_so_slowly_and_in_words():
    share, members = share_of(Now(), strangers_at_once=1, strangers_waiting=8)
    members.note()
    began = asyncio.get_running_loop().time()
    async with share.place("a"):
        waiting = asyncio.ensure_future(share.place("a").__aenter__())
        await settled()
        with pytest.raises(LimitError) as error:
            async with share.place("a"):
                pass
        assert error.value.reason == "STRANGERS_BUSY"
        assert error.value.retry_after > 0
        assert asyncio.get_running_loop().time() - began >= strangers.SLOW_NO
        waiting.cancel()


@in_loop
async def test_while_departments_call_a_place_rests_as_long_as_the_share_asks():
    now = Now()
    share, members = share_of(now, strangers_at_once=1, strangers_share=0.2)
    async with share.place("a"):
        now.time += 0.02
        members.note()
    assert share.turns.used == 1  # rests
    await asyncio.sleep(0.12)
    assert share.turns.used == 0


@in_loop
async def test_while_no_department_calls_no_place_rests():
    now = Now()
    share, members = share_of(now)
    members.note()
    now.time += strangers.BUSY_FOR
    async with share.place("a"):
        now.time += 5.0
    assert share.turns.used == 0


@in_loop
async def test_whoever_turns_out_to_be_no_stranger_leaves_the_place_to_others():
    share, _ = share_of(Now(), strangers_at_once=1)
    async with share.place("a") as place:
        place.leave()
        async with asyncio.timeout(1), share.place("b"):
            assert share.turns.used == 1
    assert share.turns.used == 0


def test_bytes_of_bodies_are_counted_before_they_are_kept():
    share, _ = share_of(Now(), stranger_body_bytes=100)
    share.take_bytes(60)
    with pytest.raises(LimitError):
        share.take_bytes(41)
    share.give_bytes(60)
    share.take_bytes(100)
    assert share.held_bytes == 100


@in_loop
async def test_while_no_department_calls_one_address_fills_the_queue_but_for_a_quarter():
    share, members = share_of(now := Now(), strangers_at_once=2, strangers_waiting=64)
    now.time += strangers.BUSY_FOR
    crowd = [asyncio.ensure_future(share.enter("a")) for _ in range(32)]
    await settled()
    assert share.turns.waiting == 30
    members.note()  # from now on an eighth of the queue is theirs, and it is full
    late = asyncio.ensure_future(share.enter("a"))
    other = asyncio.ensure_future(share.enter("b"))
    await settled()
    assert share.turns.waiting == 31
    for visit in (*crowd, late, other):
        visit.cancel()


@in_loop
async def test_the_more_hear_that_there_is_no_place_the_longer_each_waits_for_it(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(strangers, "SLOW_NO", 0.05)
    monkeypatch.setattr(strangers, "NOES_A_SECOND", 100.0)
    share, members = share_of(Now(), strangers_at_once=1, strangers_waiting=8)
    members.note()
    async with share.place("a"):
        waiting = asyncio.ensure_future(share.enter("a"))
        await settled()
        began = asyncio.get_running_loop().time()
        refused = await asyncio.gather(*(share.enter("a") for _ in range(50)), return_exceptions=True)
        assert {type(one) for one in refused} == {LimitError}
        assert asyncio.get_running_loop().time() - began > 0.5
        waiting.cancel()


@in_loop
async def test_addresses_of_one_network_are_one_stranger():
    share, members = share_of(Now(), strangers_at_once=1, strangers_waiting=8)
    members.note()
    async with share.place("2001:db8::1"):
        waiting = asyncio.ensure_future(share.enter("2001:db8::2"))
        await settled()
        with pytest.raises(LimitError):
            await share.enter("2001:db8::3")
        waiting.cancel()


@in_loop
async def test_who_gives_up_while_waiting_holds_neither_a_place_nor_bytes():
    share, _ = share_of(Now(), strangers_at_once=1, stranger_body_bytes=100)
    async with share.place("a"):
        waiting = asyncio.ensure_future(share.enter("b", 60))
        await settled()
        assert share.held_bytes == 60
        waiting.cancel()
        await asyncio.wait({waiting})
    assert (share.held_bytes, share.turns.used, share.turns.waiting) == (0, 0, 0)


@in_loop
async def test_the_shortest_work_rests_too_for_what_is_done_around_it(monkeypatch):
    monkeypatch.setattr(strangers, "LEAST", 0.02)
    share, members = share_of(Now(), strangers_at_once=1, strangers_share=0.5)
    members.note()
    async with share.place("a"):
        pass
    assert share.turns.used == 1  # rests, though no time went by
    await asyncio.sleep(0.05)
    assert share.turns.used == 0


@in_loop
async def test_a_share_beside_has_a_place_of_its_own_and_a_quarter_of_the_time():
    share, members = share_of(Now(), strangers_at_once=2, strangers_share=0.2)
    beside = share.beside()
    async with share.place("a"), share.place("b"), beside.place("c"):
        assert (share.turns.used, beside.turns.used) == (2, 1)
    assert beside.limits.strangers_share == share.limits.strangers_share / 4
    assert beside.members is members
