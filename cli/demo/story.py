"""The main job as a story, chapter by chapter, over real gRPC between separate processes. Each step fails loudly when the hub does not do it."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from cli.demo.members import Member, Members
from cli.demo.screen import Screen
from cli.synthetic import Business, EntrySeed, Resident
from shuniu.client import Answer, Client
from shuniu.v1 import brokerage_pb2, catalog_pb2, license_pb2, seal_pb2

PURPOSE: Final = "640000-MZ-0017"
"""事项编码: 最低生活保障审核确认."""
CASE: Final = "办〔2026〕民政0001号"
OFFICER: Final = "MZ-0231"
POLICE_OFFICER: Final = "GA-1107"
MARKET_OFFICER: Final = "SC-0412"
AUTHORITY_OFFICER: Final = "SJ-0003"
AUDITOR: Final = "SJT-0009"


class StoryError(Exception):
    """The hub did not do what the story expects of it."""


@dataclass(slots=True)
class Story:
    """What the chapters share: the departments, the data, and what has happened so far."""

    screen: Screen
    members: Members
    out: Path
    web: str
    residents: tuple[Resident, ...]
    businesses: tuple[Business, ...]
    seeds: tuple[EntrySeed, ...]
    authority: Member
    police: Member
    market: Member
    civil: Member
    auditor: Member
    verifier: Client
    entries: dict[str, catalog_pb2.Entry] = field(default_factory=dict)
    grant: brokerage_pb2.Grant = field(default_factory=brokerage_pb2.Grant)
    answer: Answer | None = None
    license: license_pb2.License = field(default_factory=license_pb2.License)
    dated: license_pb2.License = field(default_factory=license_pb2.License)
    seal: seal_pb2.Seal = field(default_factory=seal_pb2.Seal)

    @property
    def subject(self) -> Resident:
        """Return the citizen whose data the story is about."""
        return self.residents[0]


def expect(holds: bool, what: str) -> None:  # noqa: FBT001 - the value that is looked at
    """Raise StoryError unless `holds`; `what` says what should have been."""
    if not holds:
        raise StoryError(f"与预期不符 not as expected: {what}")
