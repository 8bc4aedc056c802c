"""What counts as seeing a service again, how a hub that dies goes on, and what becomes of questions when departments pass."""

import threading
from collections.abc import Iterator
from datetime import timedelta

import grpc
import pytest

from catalog.probe_rounds import ProbeRounds
from catalog.store import HealthStore
from hub.succession import Passing
from hub.unit_of_work import Kit
from questions.store import forget_questions
from questions.succession import QuestionCarrier
from shuniu.v1 import waiting_question_pb2 as pb
from tests.brokerage.test_service_changes import LAW, revise
from tests.files.test_service import GOOD, an_entry, put
from tests.files.test_service import begun as begun_upload
from tests.questions.homes import Home, rounds_of, seen_later, told
from tests.world import CONSUMER, FIELDS, OFFICER, PROVIDER, World

WAITING, READY, ENDED = pb.WAITING_QUESTION_STATE_WAITING, pb.WAITING_QUESTION_STATE_READY, pb.WAITING_QUESTION_STATE_ENDED


@pytest.fixture(scope="module")
def world() -> Iterator[World]:
    with World(provider_timeout=2.0, probe_minutes=10) as running:
        running.hub.wake_rounds.stop()
        running.hub.probe_rounds.stop()
        yield running


@pytest.fixture
def home(world: World) -> Home:
    found = Home(world)
    found.vanish()
    return found


def probe(world: World) -> None:
    ProbeRounds(world.hub.catalog.probes, world.hub.probe_rounds._sound, world.clock).go(world.clock.now())


def test_a_probe_that_finds_the_service_wakes_the_question_and_one_that_does_not_leaves_it(world, home):
    name, rounds = home.kept(), rounds_of(world)
    with world.later(timedelta(minutes=12)):
        probe(world)
        assert rounds.go(world.clock.now()) == 0
        home.appear()
        world.clock.advance(timedelta(minutes=12))
        assert rounds.go(world.clock.now()) == 0  # nobody has looked yet
        probe(world)
        assert rounds.go(world.clock.now()) == 1
        assert home.look(name).state == READY


def test_while_questions_wait_a_service_is_probed_within_a_minute(world, home):
    def due() -> timedelta:
        with world.hub.db.read() as tx:
            health = HealthStore(tx).get(home.entry.name.partition("/")[2])
        assert health is not None
        assert health.next_probe_time is not None
        left: timedelta = health.next_probe_time - world.clock.now()
        return left

    with world.later(timedelta(minutes=12)):
        probe(world)
        world.clock.advance(timedelta(minutes=2))
        probe(world)  # down for certain: the next one is ten minutes away
        assert due() > timedelta(minutes=5)
        home.kept(hours=3)
        rounds_of(world).go(world.clock.now())
        assert due() == timedelta(minutes=1)


def test_a_data_file_that_comes_into_force_wakes_the_question(world):
    entry = an_entry(world)
    grant = world.grant(entry)
    home = Home(world)
    home.__dict__.update(entry=entry, grant=grant)
    name, rounds = home.kept(), rounds_of(world)
    assert rounds.go(world.clock.now()) == 0
    with world.later(timedelta(minutes=1)):
        one = put(world, begun_upload(world, entry, GOOD).answer, GOOD)
        world.as_(PROVIDER).do("CommitUpload", name=one.name, etag=one.etag, officer="GA-1")
        assert rounds.go(world.clock.now()) == 1
        assert home.ask(waiting_question=name).answer.records


def test_of_two_processes_that_see_it_one_wakes_it(world, home):
    name = home.kept()
    with seen_later(world, home) as first:
        second = rounds_of(world)
        threads = [threading.Thread(target=one.go, args=(world.clock.now(),)) for one in (first, second)]
        for one in threads:
            one.start()
        for one in threads:
            one.join()
    assert told(world, name) == ["question_ready"]
    assert home.look(name).wake_count == 1


def test_a_question_that_waits_while_its_grant_is_narrowed_is_refused_by_the_check_made_anew(world):
    home = Home(world, {"fields": ["id_number", "name"]}, {"fields": FIELDS[:2]})
    home.vanish()
    name = home.kept(fields=["name"])
    revise_of(world, home)
    home.appear()
    reply = home.ask(waiting_question=name, fields=["name"])
    assert reply.reason == "FIELD_TAKEN"
    one = home.look(name)
    assert (one.state, one.end_reason) == (pb.WAITING_QUESTION_STATE_REFUSED, "FIELD_TAKEN")


def revise_of(world: World, home: Home) -> None:
    revise(world, home.entry, basis=LAW, fields=FIELDS[:1])


@pytest.mark.parametrize("whose", [CONSUMER, PROVIDER])
def test_a_department_that_passes_into_another_ends_the_questions_of_it_and_for_it(world, home, whose):
    name = home.kept()
    carrier = QuestionCarrier(kit_of(world))
    passing = Passing(
        succession="successions/01m8gx1gfr1w41kvwembxrn5m1",
        predecessor=world.as_(whose).department,
        successor="",
        time=world.clock.now(),
        reason="机构改革",
    )
    assert all(carrier.carry(passing, world.clock.now()))
    assert not list(carrier.carry(passing, world.clock.now()))  # done again, there is nothing left
    one = home.look(name)
    assert (one.state, one.end_reason) == (ENDED, "SUCCESSION")
    assert not one.HasField("question")
    assert told(world, name) == ([] if whose == CONSUMER else ["question_ended"])


def kit_of(world: World):

    actions = world.hub.questions
    return Kit(actions._db, actions._journal, actions._clock, actions._ids, actions._desk)


def test_questions_that_ended_are_forgotten_after_ninety_days(world, home):

    name = home.kept()
    one = home.look(name)
    world.as_(CONSUMER).do("WithdrawQuestion", name=name, etag=one.etag, officer=OFFICER, reason="办件已撤销")
    with world.hub.db.begin() as tx:
        forget_questions(tx, world.clock.now() + timedelta(days=89), 1_000)
    assert home.look(name).name == name
    with world.hub.db.begin() as tx:
        assert forget_questions(tx, world.clock.now() + timedelta(days=91), 1_000) >= 1
    assert world.as_(CONSUMER).call("GetWaitingQuestion", name=name).code is grpc.StatusCode.NOT_FOUND


def test_a_round_ends_what_has_had_its_time_beside_the_watch(world, home):
    name = home.kept(hours=1)
    with world.later(timedelta(hours=2)):
        world.hub._sweep(world.clock.now())  # the watch leaves it
        assert home.look(name).state == WAITING
        rounds_of(world).go(world.clock.now())
    assert home.look(name).state == pb.WAITING_QUESTION_STATE_EXPIRED
