"""A hub for practice in this process, with the departments that the conformance kit calls with."""

from datetime import timedelta
from fnmatch import fnmatchcase
from typing import Self

from google.protobuf.timestamp_pb2 import Timestamp

from hub.limits import Limits
from hub.practice import CLOCK_FILE, PracticeClock
from shuniu.tck.hub import TestedHub
from shuniu.tck.preparing import prepare
from shuniu.tck.procedures import sequences
from shuniu.tck.result import Result
from shuniu.tck.running import Runner
from shuniu.tck.serving import served
from shuniu.tck.things import LEAD
from tests.world import AUTHORITY, METHODS, World

QUICK = Limits(refusals_per_second=10_000, refusal_bytes_per_second=1 << 24)


class PracticeWorld(World):
    """A world whose hub is for practice."""

    def __init__(self) -> None:
        super().__init__(practice=True, limits=QUICK)
        self.config.data.mkdir(parents=True)
        self.clock = PracticeClock(self.clock, self.config.data / CLOCK_FILE)  # type: ignore[assignment]

    def __enter__(self) -> Self:
        super().__enter__()
        self.identities = self.folder / "identities"
        self.identities.mkdir()
        (self.identities / "authority").symlink_to(self.member(AUTHORITY).folder)
        assert len(list(prepare(self.addresses["members"], self.identities))) == 5
        self._give_mandate()
        return self

    def _give_mandate(self) -> None:
        """Have the head of the office, who signed in, let its system carry a confirmation."""
        with TestedHub(self.addresses["members"], self.identities) as hub:
            office = hub.parties["office"]
        until = Timestamp()
        until.FromDatetime(self.clock.now() + timedelta(days=360))
        caller = self.hub.roster.caller(office, LEAD, "passkey", self.clock.now())
        assert caller is not None
        path, _ = METHODS["CreateMandate"]
        request = self.hub.inside.requests[path](
            system=f"departments/{office}/systems/tck", steps=["Confirm"], expire_time=until, reason="一致性测试"
        )
        self.hub.inside.call(path, request, caller)

    def examine(self, *patterns: str) -> list[Result]:
        """Run the sequences whose names fit."""
        chosen = [one for one in sequences() if any(fnmatchcase(one.id, pattern) for pattern in patterns)]
        with TestedHub(self.addresses["members"], self.identities) as hub, served(hub):
            return Runner(hub, may_write=False).run(chosen)
