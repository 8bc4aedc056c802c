"""Whoever goes on asking a provider that sends far more than was asked waits in between, and nobody else does."""

import pytest
from grpc import StatusCode

import exchange.surplus
from exchange.surplus import RATE, Surplus
from hub.buckets import Rate
from hub.errors import LimitError
from tests.exchange.rogue import RECORD, answering, rogue_grant
from tests.exchange.test_answers import fields
from tests.hub.test_strangers import Now
from tests.world import CONSUMER, OTHER, World


def test_what_was_refused_is_counted_for_the_two_of_them_and_fades():
    now = Now()
    surplus = Surplus(now)
    surplus.check("a", "provider")
    for _ in range(2):
        surplus.count("a", "provider", int(RATE.most) - 1)
    with pytest.raises(LimitError) as error:
        surplus.check("a", "provider")
    assert error.value.reason == "ANSWERS_REFUSED"
    surplus.check("b", "provider")
    surplus.check("a", "another provider")
    now.time += error.value.retry_after + 0.001
    surplus.check("a", "provider")


def test_an_answer_that_is_refused_now_and_then_costs_nothing():
    now = Now()
    surplus = Surplus(now)
    for _ in range(1_000):
        surplus.check("a", "provider")
        surplus.count("a", "provider", 5 * 1024 * 1024)
        now.time += 3.0


def test_pairs_of_which_nothing_was_refused_lately_are_forgotten(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(exchange.surplus, "MOST_COUNTED", 3)
    now = Now()
    surplus = Surplus(now)
    for number in range(10):
        surplus.count(str(number), "provider", 1_000)
        now.time += 1.0
    assert len(surplus._of) <= 3


def test_light_answers_that_do_not_fit_are_not_counted(world: World, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(exchange.surplus, "RATE", Rate(per_second=0.01, most=1.0))
    grant = rogue_grant(world, answering({**RECORD, "id_number": "640104199003070039"}))
    for _ in range(3):
        assert world.as_(CONSUMER).query(grant).reason == "PROVIDER_ANSWER_INVALID"


def test_a_consumer_that_goes_on_asking_waits_and_another_one_does_not(world: World, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(exchange.surplus, "RATE", Rate(per_second=0.01, most=1.0))
    answer = fields(100_000)
    grant = rogue_grant(world, lambda _request: answer)
    refused = world.as_(CONSUMER).query(grant)
    assert (refused.code, refused.reason) == (StatusCode.DATA_LOSS, "PROVIDER_ANSWER_INVALID")
    waits = world.as_(CONSUMER).query(grant)
    assert (waits.code, waits.reason) == (StatusCode.RESOURCE_EXHAUSTED, "ANSWERS_REFUSED"), waits.message
    assert waits.error.retry_after > 0
    other = world.grant(world.entry(world.member("public-security")), consumer=world.member(OTHER))
    assert world.as_(OTHER).query(other).reason != "ANSWERS_REFUSED"
