"""The main job as a story, chapter by chapter, over real gRPC between separate processes. Each step fails loudly when the hub does not do it."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Final

from cli.demo.browser import Browser
from cli.demo.members import Member, Members
from cli.demo.screen import Screen
from cli.synthetic import Business, EntrySeed, Resident
from hub.keys import Es256Signer
from shuniu.client import Answer, Client
from shuniu.v1 import brokerage_pb2, catalog_pb2, license_pb2, seal_pb2

PURPOSE: Final = "640000-MZ-0017"
"""事项编码: 最低生活保障审核确认."""
CASE: Final = "办〔2026〕民政0001号"
OFFICER: Final = "MZ-0231"
HEAD: Final = "MZ-0001"
"""Who leads the sharing office of civil affairs: the second person of what its clerk proposes."""
POLICE_OFFICER: Final = "GA-1107"
MARKET_OFFICER: Final = "SC-0412"
AUTHORITY_OFFICER: Final = "SJ-0003"
DISABLED_OFFICER: Final = "CL-0102"
AUDITOR: Final = "SJT-0009"


@dataclass(frozen=True, slots=True)
class Desk:
    """Where a department issues licenses: by whom, and with which key of its own."""

    member: Member
    officer: str
    signer: Es256Signer
    kid: bytes


@dataclass(slots=True)
class Ending:
    """What is to end, or to pass over, on a day that comes while the story goes on."""

    grant: str = ""
    """Of the service that ends."""
    license: license_pb2.License = field(default_factory=license_pb2.License)
    """Issued by a department that passes into another."""
    entries: list[str] = field(default_factory=list)
    predecessors: list[str] = field(default_factory=list)
    successor: str = ""
    succession: str = ""


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
    disabled: Member
    """The federation of disabled persons, which has no live service."""
    auditor: Member
    verifier: Client
    be_late: Callable[[timedelta], None]
    """Sets by how much the hub's clock is late from now on; it only ever catches up."""
    entries: dict[str, catalog_pb2.Entry] = field(default_factory=dict)
    checks: str = ""
    """The grant under which civil affairs asks without getting records."""
    streams: str = ""
    """The grant under which civil affairs gets a whole table."""
    grant: brokerage_pb2.Grant = field(default_factory=brokerage_pb2.Grant)
    unanswered: brokerage_pb2.DataRequest = field(default_factory=brokerage_pb2.DataRequest)
    refused: brokerage_pb2.DataRequest = field(default_factory=brokerage_pb2.DataRequest)
    ending: Ending = field(default_factory=Ending)
    head: Browser | None = None
    """Where the head of civil affairs is signed in at the pages."""
    answer: Answer | None = None
    license_desk: Desk | None = None
    license: license_pb2.License = field(default_factory=license_pb2.License)
    dated: license_pb2.License = field(default_factory=license_pb2.License)
    seal: seal_pb2.Seal = field(default_factory=seal_pb2.Seal)

    @property
    def subject(self) -> Resident:
        """Return the citizen whose data the story is about."""
        return self.residents[0]
