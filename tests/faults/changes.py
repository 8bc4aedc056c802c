"""Changes of a table as a delivery whose sides are killed: each arrives at least once, whoever dies, and the log has brackets (ADR 0083)."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from audit.model import Kind, Record
from audit.outcomes import CUT_OFF
from shuniu.v1 import catalog_pb2
from tests.world import CONSUMER, OFFICER, PROVIDER, PURPOSE

if TYPE_CHECKING:
    from tests.faults.deliveries import Scene
    from tests.faults.nursery import Child


class Changes:
    """The changes of a table, by the SDK, as lines of a file that are durable before they are acknowledged."""

    def __init__(self, scene: Scene, rows: int) -> None:
        """Have a grant given."""
        self._scene, self._rows = scene, rows
        entry = scene.hub.entry(scene.hub.member(PROVIDER), modes=[catalog_pb2.SHARE_MODE_SUBSCRIBE])
        self._grant = scene.hub.grant(entry, ("id_number", "address"), mode="subscribe", daily_calls=1_000_000)

    def begin(self, number: int) -> Child:
        consumer = self._scene.hub.member(CONSUMER)
        asked = {"grant": self._grant.name, "purpose": PURPOSE, "case_number": f"ROUND-{number:06d}", "officer": OFFICER}
        said = {"folder": str(consumer.folder), "place": self._scene.hub.addresses["members"], "file": str(self._file(number))}
        return self._scene.nursery.bear({"role": "follow", "rows": str(self._rows), **said, **asked})

    def is_under_way(self, number: int) -> bool:
        return self._file(number).exists() and self._file(number).stat().st_size > 0

    def compare(self, number: int, records: Sequence[Record]) -> dict[str, int]:
        found = self._file(number).read_text(encoding="utf-8").splitlines()
        self._file(number).unlink()
        intents = {one.index for one in records if one.kind is Kind.INTENT}
        outcomes = [one for one in records if one.kind is Kind.OUTCOME]
        named = [one.intent_index for one in outcomes]
        is_known = all(one.status != CUT_OFF for one in outcomes)
        return {
            "lost": len({*range(self._rows)} - {*map(int, found)}) + (max(len(found) - sum(one.rows for one in outcomes), 0) if is_known else 0),
            "twice": len(named) - len({*named}),
            "no_intent": len({*named} - intents),
            "open": len(intents - {*named}),
        }

    def _file(self, number: int) -> Path:
        return self._scene.folder / f"changes-{number}.txt"
