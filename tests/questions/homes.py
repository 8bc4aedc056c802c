"""A provider that goes away and comes back, and what a consumer asks it."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any

from google.protobuf.timestamp_pb2 import Timestamp

from questions.rounds import WakeRounds
from tests.world import CONSUMER, KEY, PROVIDER, RESIDENT, Member, Reply, World

HOUR = timedelta(hours=1)


def stamp(at: datetime) -> Timestamp:
    told = Timestamp()
    told.FromDatetime(at)
    return told


@dataclass
class Home:
    """A provider's system with an entry and a grant of its own."""

    world: World
    terms: dict[str, Any] = field(default_factory=dict)
    entry_said: dict[str, Any] = field(default_factory=dict)

    @cached_property
    def owner(self) -> Member:
        return self.world.member(PROVIDER, f"home-{self.world.number()}")

    @cached_property
    def entry(self) -> Any:
        self.appear()
        return self.world.entry(self.owner, **self.entry_said)

    @cached_property
    def grant(self) -> Any:
        return self.world.grant(self.entry, **self.terms)

    def appear(self) -> None:
        self.running = self.world.provider(lambda key, _fields, _call: [RESIDENT] if key == KEY else [], self.owner)

    def vanish(self) -> None:
        self.grant  # noqa: B018 - made while somebody is there
        self.world.run(self.running.stop(0))

    def ask(self, by: Member | None = None, hours: float = 2, **said: Any) -> Reply:
        """Ask with a deadline for waiting."""
        until = stamp(self.world.clock.now() + hours * HOUR)
        return (by or self.world.as_(CONSUMER)).query(self.grant, **{"when_available_until": until, **said})

    def kept(self, **said: Any) -> str:
        """Ask where nobody is; return the name under which the question waits."""
        reply = self.ask(**said)
        assert reply.reason == "QUESTION_WAITS", (reply.reason, reply.message)
        return str(reply.error.facts["waiting_question"])

    def look(self, name: str, by: Member | None = None) -> Any:
        return (by or self.world.as_(CONSUMER)).do("GetWaitingQuestion", name=name)


def rounds_of(world: World) -> WakeRounds:
    """Rounds that have not been stopped, with the hub's own sightings."""
    former = world.hub.wake_rounds
    made = WakeRounds(former._db, former._clock, former._questions, former._filed)
    made.sightings = former.sightings
    return made


@contextmanager
def seen_later(world: World, home: Home, by: timedelta = timedelta(minutes=5)) -> Iterator[WakeRounds]:
    """Let time pass; somebody else's call is answered by the service, and a round of waking is to come."""
    rounds = rounds_of(world)
    rounds.go(world.clock.now())  # looks out from now on
    with world.later(by):
        home.appear()
        # the department's pause of the breaker, if any, is over on the loop's own clock
        reply = world.as_(CONSUMER).query(home.grant, case_number="LB-2026-0009")
        assert reply.ok, reply.message
        yield rounds


def told(world: World, name: str, by: str = CONSUMER) -> list[str]:
    """What a department was told of a question, oldest first."""
    notices = world.as_(by).do("ListNotices", resource=name).notices
    return [one.kind for one in reversed(notices)]
