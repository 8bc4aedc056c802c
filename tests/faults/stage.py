"""A hub as a process under load, with everything that callers hold of it: on which faults happen one after another, and one log bears them all."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from tests.faults.evidence import Acknowledged, Evidence, Tally, signed, under_load, wait_for
from tests.faults.process import HubProcess
from tests.faults.report import Row
from tests.world import CONSUMER

PATIENCE = 60.0
"""Seconds for a hub to answer again, on a machine that others use too."""
CLOSING = 30.0
"""Seconds for a living hub to write the outcomes that it could not write during a fault."""


class Stage:
    """One hub, one grant, one log."""

    def __init__(self, hub: HubProcess) -> None:
        """Take a hub that runs; have a grant given."""
        self.hub = hub
        self.grant = hub.grant(daily_calls=1_000_000).name
        self.evidence = Evidence(hub)

    def answers(self) -> bool:
        return self.hub.as_(CONSUMER).query(self.grant).ok

    @contextmanager
    def under_fault(self, row: Row) -> Iterator[None]:
        """Query all the while. Once the block has done its harm and undone it, the hub must answer again; then all receipts are compared."""
        with under_load(self.hub, self.grant) as receipts:
            yield
            if self.hub.runs and not wait_for(self.answers, PATIENCE):
                row.problems.append(f"time {row.times + 1}: the hub does not answer again within {PATIENCE:.0f} s")
        self.settle(row, receipts)

    def settle(self, row: Row, receipts: list[Acknowledged]) -> None:
        """Wait until every intent has its outcome; hold the receipts against the log."""
        if not self.hub.runs:
            row.problems.append(f"time {row.times + 1}: the hub ended")
            self.hub.start()
        early = Tally()

        def closed() -> bool:
            early.add(self.evidence.compare([]))
            return not self.evidence.open

        wait_for(closed, CLOSING)
        found = self.evidence.compare(receipts)
        found.without_intent += early.without_intent
        row.take(len(receipts), found)
        row.count(open=len(self.evidence.open))

    def unsigned(self) -> list[str]:
        """Wait until all that was read of the log is signed; return what is wrong where it is not."""
        size = len(self.evidence.leaves)
        if wait_for(lambda: (signed(self.hub) or (0, b""))[0] >= size, PATIENCE):
            return []
        return [f"the newest checkpoint has {(signed(self.hub) or (0, b''))[0]:,} of {size:,} records"]

    def whole(self, planned: int = 1) -> Row:
        """Compare the whole log once more, from its first record on, with all receipts."""
        row = Row("the whole log at the end", planned=planned)
        self.settle(row, [])
        row.figures = {}
        row.times = 0
        row.take(len(self.evidence.receipts), self.evidence.compare_all())
        row.count(open=len(self.evidence.open))
        row.note = f"{len(self.evidence.leaves):,} records"
        return row


Trial = Callable[[Stage], Row]
