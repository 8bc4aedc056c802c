"""What the pages need from the hub, and the key under which the application keeps it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Final

from aiohttp.web import AppKey

from audit.actions import AuditActions
from audit.publisher import Publisher
from catalog.actions import CatalogActions
from certs.actions import CertActions
from certs.own import OwnCertificate
from certs.passkeys import RelyingParty
from exchange.breaker import Tally
from exchange.change_tally import ChangeTally
from exchange.stream_tally import StreamTally
from hub.access import Caller
from hub.clock import Clock
from hub.counting import Counted, Counts
from hub.inside import Inside
from hub.sign_in import SignIn
from hub.strangers import Strangers
from hub.writing import WriteShare
from licenses.actions import LicenseActions
from questions.model import QuestionState
from seals.actions import SealActions
from work.dispatch import Dispatch
from work.metrics import WorkCounts

May = Callable[[Caller, str], tuple[str, ...]]


def _nothing(_caller: Caller, _proposal: str) -> tuple[str, ...]:
    """Let nobody do anything: where there are no proposals."""
    return ()


@dataclass(frozen=True, slots=True)
class Pages:
    """The actions behind the pages, the log's folder, clock and title, whether cookies travel over HTTPS alone, and what others may take."""

    catalog: CatalogActions
    licenses: LicenseActions
    audit: AuditActions
    certs: CertActions
    publisher: Publisher
    clock: Clock
    title: str
    secure_cookies: bool
    strangers: Strangers
    strangers_refused: Counted
    writes: WriteShare
    providers: Tally
    own: OwnCertificate
    seals: SealActions
    dispatch: Dispatch
    foot: Mapping[str, str] = field(default_factory=dict)
    """Lines at the foot of each page: who runs the site, whom to call, its filings."""
    inside: Inside = field(default_factory=Inside)
    """The gate by which officers who signed in take their steps."""
    party: RelyingParty = field(default_factory=lambda: RelyingParty("localhost", "http://localhost", ""))
    """What passkeys know the pages as."""
    may: May = _nothing
    """What an officer may do about a proposal: confirm, decline, take-back."""

    sign_in: SignIn = field(default_factory=SignIn)
    """By which identity provider people sign in, if by any."""
    steps: Counts = field(default_factory=Counts)
    """Steps that were taken and refused, by their action."""
    comparisons: Counts = field(default_factory=Counts)
    """Systems that were asked what they serve, by whether they answered."""
    work_counts: Callable[[], WorkCounts] = WorkCounts
    """How much waits for people."""
    question_counts: Callable[[], Mapping[QuestionState, int]] = dict
    """How many questions wait for their provider, and how many can be asked again."""
    sign_in_failed: Callable[[str], None] = lambda _reason: None
    """Puts on the log, summed up, that somebody was refused who tried to sign in, by the reason that was told."""
    streams: StreamTally = field(default_factory=StreamTally)
    """Whole tables that are being delivered, and what was."""
    changes: ChangeTally = field(default_factory=ChangeTally)
    """Subscriptions that are open, and what they delivered."""
    downloads: StreamTally = field(default_factory=StreamTally)
    """Data files that are being downloaded, and what of them was."""


PAGES: Final = AppKey("pages", Pages)
