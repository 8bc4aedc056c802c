"""The composition root: config -> database -> registries -> actions -> services -> web -> start. No rule lives here."""

import asyncio
import logging
from collections.abc import Mapping
from concurrent.futures import Executor, ThreadPoolExecutor
from contextlib import AsyncExitStack, ExitStack
from datetime import datetime
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from audit.actions import AuditActions
from audit.clock_check import ClockCheck
from audit.committer import GroupCommitter
from audit.erasing import ErasingActions
from audit.indexer import Indexer
from audit.instances import Instance
from audit.log import AuditLog
from audit.moving import Mover
from audit.publisher import Publisher
from audit.refusals import RefusalBook
from audit.row_check import TOPIC as ROWS
from audit.row_check import RowCheck
from audit.service import AuditService
from audit.store import CheckpointThinning
from brokerage.actions import BrokerageActions
from brokerage.actions.browsing import BrowsingActions
from brokerage.actions.cases import CaseActions
from brokerage.actions.inspections import InspectionActions
from brokerage.actions.succession import CaseCarrier
from brokerage.service import BrokerageService
from brokerage.service.cases import CaseService
from brokerage.store import GrantStore, forget_use_records, live_grants, live_objections
from brokerage.store.disputes import is_disputed
from catalog.actions import CatalogActions
from catalog.dcat import Site
from catalog.probe_rounds import ProbeRounds
from catalog.service import CatalogService
from catalog.store import index_provider
from catalog.succession import EntryCarrier
from catalog.synonyms import synonyms_of
from certs.actions import CertActions
from certs.ca import CertificateAuthority
from certs.inviting import Inviter
from certs.own import OwnCertificate
from certs.passkeys import RelyingParty
from certs.places import ProviderPlaces
from certs.service import IdentityService, OfficerService
from certs.store import (
    forget_challenges,
    forget_logins,
    forget_tokens,
    forget_unknown_numbers,
    keep_unknown_numbers,
    live_identities,
    live_mandates,
    live_roster,
)
from exchange.breaker import Tally
from exchange.change_tally import ChangeTally
from exchange.describing import Describer
from exchange.download_permit import DOWNLOAD, OF_DOWNLOADS, PermitDownload
from exchange.downloading import Downloading
from exchange.filed import FiledRecords
from exchange.ledger import Ledger
from exchange.many import ManyKeys
from exchange.probing import Prober
from exchange.provider_streams import ProviderStreams
from exchange.providers import ProviderPool, Terms
from exchange.reasons import NO_GRANT
from exchange.service import ExchangeService, Wholes
from exchange.store import forget_subscriptions
from exchange.stream_permit import STREAM, PermitStream
from exchange.stream_places import PlaceBook
from exchange.stream_tally import StreamTally
from exchange.streaming import Streaming
from exchange.subscribe_cursors import SubscriptionCursors
from exchange.subscribe_permit import OF_CHANGES, SUBSCRIBE, PermitSubscription
from exchange.subscribing import WATCHES, Subscribing
from exchange.transfer import FetchRecords, Transfer
from exchange.when_available import WhenAvailable
from files.actions import FileActions
from files.reading import FileReader
from files.sealing import FileKeys
from files.service import FileService
from files.store import in_force_since
from hub.access import ANYBODY, Duty, Port, Role
from hub.clock import Clock
from hub.config import Config
from hub.counting import Counted, Counts
from hub.day_rounds import DayRounds
from hub.db import forget_changes, forget_requests
from hub.descriptors import allowed, fitting
from hub.desk import Addressed
from hub.doors import Doors, Servicer
from hub.housekeeping import Housekeeping
from hub.ids import Ids
from hub.inside import Inside
from hub.key_set import FILES, LOG, PSEUDONYM, RELEASE
from hub.keys import KeyRing
from hub.memory import Memory
from hub.officers import OfficerCheck
from hub.practice import check_here, of_machine
from hub.reach import for_browsers, obstacle_of_pages
from hub.rpc import Gate
from hub.shares import MembersShare, StrangersShare
from hub.strangers import Activity, Strangers
from hub.threads import Threads
from hub.unit_of_work import Kit
from hub.warden import Warden
from hub.watch import Watch
from hub.writing import WriteShare
from licenses.actions import Setting as LicenseSetting
from licenses.actions import build as license_actions
from licenses.actions.succession import KeyCarrier
from licenses.service import LicenseService
from migrations.opening import open_database
from questions.actions import QuestionActions
from questions.rounds import WakeRounds
from questions.sealing import QuestionBox
from questions.store import forget_questions
from questions.succession import QuestionCarrier
from seals.actions import SealActions
from seals.actions.succession import SealCarrier
from seals.office import SealOffice
from seals.service import SealService
from shuniu.provider.comparison import ServedResource
from timing.clock_file import profile_of
from timing.practice import PracticeActions
from timing.service import PracticeService
from timing.timers import Timers
from web.app import Pages, make_app, serve, take_address
from web.metrics import ANSWERED, COMPARISON, UNANSWERED
from work.actions import ProposalActions
from work.delivering import DeliveryActions
from work.desk import WorkDesk
from work.dispatch import Dispatch
from work.listing import WorkActions
from work.metrics import WorkMetrics
from work.proposing import PendingMark, SecondPersonCheck
from work.reminding import Reminders
from work.service import WorkService
from work.store import forget_deliveries, forget_events, forget_notices, forget_work, live_pending
from work.watching import Watching

log = logging.getLogger(__name__)
THREADS: Final = 16  # departments' calls of the control plane at a time; the data plane needs none
GRACE: Final = 5.0  # seconds for the calls under way when the doors close
STOP_SECONDS: Final = 15.0  # for all that a stop still writes; a database that does not answer is then left


class Hub:
    """A hub: everything that is put together, and how it starts and stops. One event loop, one process.

    What is opened is pushed on a stack where it is opened, and the stack undoes it in reverse: when the hub stops, and when its start fails
    at whatever part (ADR 0021).
    """

    def __init__(self, config: Config, clock: Clock) -> None:
        """Put the hub together; nothing is served yet."""
        check_here(config)
        self.config, self.clock = config, clock
        self.machine = of_machine(clock)
        self.addresses: dict[str, str] = {}
        self.activity = Activity()
        self.strangers = Strangers(config.limits, self.activity)
        self.strangers_refused, self._providers_tally, self.comparisons = Counted(), Tally(), Counts()
        self._streams_tally, self._downloads_tally, self._changes_tally = StreamTally(), StreamTally(), ChangeTally()
        with ExitStack() as opened:
            # First: the pages' address goes into links, and a taken port should stop the start before the database is migrated.
            self._web_socket, web_address = take_address(config.web)
            opened.callback(self._web_socket.close)
            self.db = open_database(config, clock)
            opened.callback(self.db.close)
            self._put_together(config.web_url or f"http://{web_address}")
            self._opened = opened.pop_all()

    def _put_together(self, web_url: str) -> None:
        """Build registries and actions on the open database."""
        config, clock, db = self.config, self.clock, self.db
        keys = KeyRing(config.keys)
        changes_seen = db.newest_change()  # before anything is loaded, so that no change falls between
        self.log = AuditLog(config.origin, keys.secret(PSEUDONYM))
        self._rows = RowCheck(db, self.log, clock)
        self._rows.open()  # before anything is loaded: what is not as the log wrote it decides nothing
        self.ca = CertificateAuthority.open(keys, config.data / "certs", config.hub, self.machine)
        self.publisher = Publisher(db, clock, config.origin, keys.signer(LOG), config.data / "log", self.log.memory)
        self.identities = live_identities(db, self.machine, config.hub)
        self.roster = live_roster(db)
        self.grants, self.objections = live_grants(db, is_disputed), live_objections(db, self.log.pseudonym)
        ids = Ids()
        self.dispatch = Dispatch(config, db, clock, ids, keys.signer(RELEASE), web_url)
        self.desk = WorkDesk(ids, (lambda tx, event: self.dispatch.outbox.put(tx, event.happening),))
        # Things know their own parties alone; who the authority is, the configuration says, and who audits, the certificates and officers.
        kit = Kit(db, self.log, clock, ids, Addressed(self.desk, config.authority, self._auditors))
        self._places = ProviderPlaces.of(config)
        self.certs = CertActions(kit, self.ca, self._places, retitle=index_provider, roster=self.roster, registers=config.registers_officers)
        self._describer: Describer | None = None
        self.inside = Inside()
        self.mandates, pending = live_mandates(db), live_pending(db)
        self.erasing = ErasingActions(kit, self.log.pseudonym)
        carriers = {"/shuniu.v1.AuditService/ProposeErasure": self.erasing}
        self.second = SecondPersonCheck(kit, self.roster, self.mandates, self.inside, carriers)
        self.checks = (PendingMark(pending, clock), OfficerCheck(self.roster, clock), self.second)
        self.proposals = ProposalActions(kit, self.roster, self.mandates, self.identities.caller, self.inside, carriers)
        timers = Timers(profile_of(config.clock_profile, config.clocks))
        self.seals = SealActions(kit, SealOffice.open(keys, config.data / "certs", config.hub, clock), Path(config.font) if config.font else None)
        licensing = LicenseSetting(
            hub=config.hub, uri_of=f"{web_url}/status/{{}}".format, obstacle=obstacle_of_pages(config), types=config.license_types
        )
        self.licenses = license_actions(kit, keys, licensing, self.seals.judge)
        self.brokerage = BrokerageActions(kit, timers, self.log.pseudonym, self.grants.quota.used, self.licenses, is_disputed)
        self.catalog = CatalogActions(
            kit,
            keys.signer(RELEASE),
            config.hub,
            timers,
            self._site,
            self._describe,
            synonyms_of(config.synonyms),
            consumers=lambda tx, entry, at: GrantStore(tx).consumers_of(entry, at),
            running=self.brokerage,
            assessment=config.entry_assessment,
            probe_minutes=config.probe_minutes,
        )
        self.cases, self.browsing = CaseActions(kit, self.publisher, self.grants.quota.used), BrowsingActions(kit, config.browsing_records)
        self.inspections = InspectionActions(kit, self.grants.quota.used)
        # entries before grants: a grant is served by whoever has its entry
        entries = EntryCarrier(kit, self.catalog.reviews, self.catalog.updates)
        self.certs.carried_by(entries, self.catalog.sources, CaseCarrier(kit, timers), QuestionCarrier(kit), KeyCarrier(kit), SealCarrier(kit))
        self.deliveries = DeliveryActions(kit, self.dispatch)
        self.work, self.watching, self.work_metrics = WorkActions(kit, pending), Watching(db), WorkMetrics(db, clock, pending)
        self.reminders = Reminders(db, self.desk, config.authority)
        self.audit = AuditActions(kit, self.publisher, self.log.pseudonym)
        self._indexer, self._mover = Indexer(db), Mover(db)
        self.committer = GroupCommitter(db, self.log, self._indexer.offer)
        self.refusals = RefusalBook(self.committer, clock, self.strangers_refused, config.limits, steps=self.log.steps)
        self.writes = WriteShare(config.limits)
        self._instance = Instance(db, self.log, clock, kit.ids.new(clock.now()))
        self._put_upkeep_together(kit, changes_seen)
        self.inviter = Inviter(config.hub, self.ca.certificate, lambda: config.addresses_for_others(self.addresses))
        self.own = OwnCertificate(self.ca, config.server_names, self.machine.now())
        self.web_url = web_url
        db.on_change(self._load_again)

    def _put_upkeep_together(self, kit: Kit, changes_seen: int) -> None:
        """Build what looks after the hub by the clock, and what it erases: data files and waiting questions."""
        config, clock, db = self.config, self.clock, self.db
        secret = KeyRing(config.keys).secret(FILES)
        keys = FileKeys(secret)
        self.questions = QuestionActions(kit, QuestionBox(secret), self._obstacle)
        self.wake_rounds = WakeRounds(db, clock, self.questions, in_force_since)
        self.files, self._file_reader = FileActions(kit, keys, config.data_file_mib), FileReader(db, keys)
        rules = {
            "logins": forget_logins,
            "challenges": forget_challenges,
            "tokens": forget_tokens,
            "unknown numbers": forget_unknown_numbers,
            "requests": forget_requests,
            "changes": forget_changes,
            "deliveries": forget_deliveries,
            "work": forget_work,
            "notices": forget_notices,
            "work events": forget_events,
            "waiting questions": forget_questions,
            "subscriptions": forget_subscriptions,
            "use records": forget_use_records(config.use_record_years),
        }
        self._housekeeping = Housekeeping(db, self.log, {**rules, "checkpoints": CheckpointThinning()})
        self.clock_check, self._memory = ClockCheck(db, clock, config.clock_checked_from), Memory()
        self._watch = Watch(db, clock, self._sweep, changes_seen, self.clock_check.look)

    def day_rounds(self) -> DayRounds:
        """Return what posts the work of things that waited before work was kept, and tells daily of what ends with time."""
        waited = {
            "hosts": self.certs.backfill,
            "entries": self.catalog.reviews.backfill,
            "probes": self.catalog.probes.backfill,
            "requests": self.brokerage.backfill,
            "seals": self.seals.backfill,
            "issuing keys": self.licenses.backfill,
        }
        ends = {
            "certificates": self.certs.tell_ends,
            "grants": self.brokerage.tell_ends,
            "deliveries and misuse": self.brokerage.tell_late,
            "disposals": self.brokerage.owe_disposals,
            "records of use": self.brokerage.owe_use_records,
            "seals that end": self.seals.tell_ends,
            "licenses": self.licenses.tell_ends,
            "successions": self.certs.tell_successions,
        }
        return DayRounds(self.clock, waited, ends, {"browsing": self.browsing.go_round})

    def _load_again(self, topic: str, key: str) -> None:
        """Follow an operator who bound a row anew: whatever was left out because of it is read again."""
        if topic == ROWS:
            self.identities.load_all()
            self.roster.load_all()
            self.grants.load_all()
            self.objections.load_all()
            self.licenses.reload_row(key)

    def _obstacle(self, grant: str, at: datetime) -> str:
        live = self.grants.get(grant.removeprefix("grants/"), at)
        return NO_GRANT.name if live is None else live.obstacle(at)

    def _auditors(self) -> frozenset[str]:
        return self.identities.departments_of(Role.AUDITOR) | self.roster.departments_of(Duty.AUDIT)

    def _sweep(self, at: datetime) -> None:
        self._memory.give_back()
        self.own.look(self.machine.now())
        self._housekeeping.sweep(at)
        self._keep_unknown_numbers()
        self.catalog.reviews.sweep(at)
        self.catalog.updates.sweep(at)
        self.brokerage.sweep(at)
        self.brokerage.sweep_service_changes(at)
        self.brokerage.note_first_uses(self.grants.first_uses)
        self.certs.sweep_successions(at)
        self.brokerage.sweep_terms(at)
        self.reminders.sweep(at)
        self.files.sweep(at)
        self.proposals.sweep(at)
        self.second.adopt(at)

    def _keep_unknown_numbers(self) -> None:
        keep_unknown_numbers(self.db, self.roster.unknown, self.clock.now())

    def _site(self) -> Site:
        # Called for each export, because port 0 becomes a real one only when the doors open.
        called = self.config.called_at(self.addresses.get(Port.MEMBERS.value, self.config.members))
        return Site.of_pages(self.web_url, self.config.authority_title or self.config.hub, called)

    def _describe(self, department: str, system: str) -> tuple[ServedResource, ...] | None:
        # Made when the connections are, which belong to the running loop.
        found = self._describer(department, system) if self._describer else None
        self.comparisons.note(COMPARISON, UNANSWERED if found is None else ANSWERED)
        return found

    async def start(self) -> None:
        """Open the log, then the three doors; a start that fails leaves nothing running."""
        async with AsyncExitStack() as started:
            started.enter_context(self._opened)
            await self._start(started)
            self._started = started.pop_all()
        log.info("serving %s", self.addresses)

    async def _start(self, started: AsyncExitStack) -> None:
        self.strangers_refused.start()
        started.callback(self.strangers_refused.stop)
        threads = {Port.MEMBERS: ThreadPoolExecutor(THREADS, "rpc"), Port.PUBLIC: ThreadPoolExecutor(self.config.limits.strangers_at_once, "public")}
        for one in threads.values():
            started.callback(one.shutdown)
        started.push_async_callback(asyncio.to_thread, self.publisher.stop)  # signs a last checkpoint
        await asyncio.to_thread(self.clock_check.open)
        # Before the watch and the committer: nothing here appends while the log is checked.
        await asyncio.to_thread(self.publisher.open)
        self.publisher.start(self.config.checkpoint_seconds)
        self._watch.start()
        started.callback(self._watch.stop)
        for behind in (self._indexer, self._mover, self._rows, self.licenses.filling(), self.day_rounds(), self.wake_rounds):
            behind.start()
            started.push_async_callback(asyncio.to_thread, behind.stop)
        await asyncio.to_thread(self.certs.give_legacy_mandates)
        await asyncio.to_thread(self._instance.enter)  # closes what a dead process left open, before the doors
        self._instance.start()
        started.push_async_callback(self._instance.leave)
        self.committer.start()
        started.push_async_callback(asyncio.to_thread, self.committer.stop)
        self.dispatch.start()
        started.push_async_callback(self.dispatch.stop)
        providers = ProviderPool(lambda: self.own.shown, self._terms(), self._places)
        started.push_async_callback(providers.close)
        self._describer = Describer(self.identities, providers)
        self.probe_rounds = ProbeRounds(self.catalog.probes, Prober(self.identities, providers, self.config.authority), self.clock)
        self.probe_rounds.start()
        started.push_async_callback(asyncio.to_thread, self.probe_rounds.stop)
        filed = FiledRecords(self._file_reader)
        fetch = FetchRecords(self.identities, providers, filed, sightings=self.wake_rounds.sightings)
        # Undone after the doors and before the writer, as accesses are: what was counted still has its record to write.
        started.push_async_callback(self.refusals.settle)
        ledger = Ledger(self.committer, self._instance, self.clock)
        transfer = Transfer(self.grants, self.objections, self.roster, fetch, ledger, self.refusals, self.clock)
        # Undone after the doors and before the writer: an access that was cut short still has an outcome to write.
        started.push_async_callback(transfer.close)
        wholes, subscribing = self._wholes(started, filed, providers, ledger), self._subscribing(started, providers, ledger)
        limits = fitting(self.config.limits, allowed())
        warden = Warden(limits.connections_per_address, self.strangers_refused)
        self.many = ManyKeys(transfer.of_many, self.clock)
        servicers = self._servicers(ExchangeService(transfer, self.many, wholes, subscribing, self._patience(started)))
        for servicer in servicers:
            self.inside.offer(servicer, servicer.SERVICE, self.checks)
        doors = Doors(servicers, lambda: self.own.shown, limits, warden, {ExchangeService.SERVICE.full_name})
        started.push_async_callback(doors.close, GRACE)
        warden.start()
        started.callback(warden.stop)
        await self._open(doors, threads, warden)
        self.log.memory.on_condemn(doors.refuse)
        runner = await serve(make_app(self._pages()), self._web_socket, limits)
        started.push_async_callback(runner.cleanup)
        started.callback(subscribing.end)
        started.callback(self.watching.end)  # their readers wait for what this hub will not send any more
        # Pushed last, so undone first: load balancers go elsewhere while calls are still taken.
        started.callback(doors.send_away)
        self.addresses["web"] = self.web_url

    def _patience(self, started: AsyncExitStack) -> WhenAvailable:
        patience = WhenAvailable(self.questions, self.grants, self.refusals, self.clock)
        started.push_async_callback(patience.close)
        return patience

    def _terms(self) -> Terms:
        def consumers(provider: str, system: str) -> int:
            return self.grants.consumers_at(provider, system, self.clock.now())

        return Terms(self.config.provider_concurrency, self.config.provider_timeout, consumers, self._providers_tally)

    async def _open(self, doors: Doors, threads: Mapping[Port, Executor], warden: Warden) -> None:
        members = MembersShare(Threads(threads[Port.MEMBERS], THREADS), self.activity, self.writes)
        public = StrangersShare(threads[Port.PUBLIC], self.strangers, warden.called)
        for address, gate in (
            (self.config.members, Gate(Port.MEMBERS, self.identities.identify, members, self.refusals.write, self.checks)),
            (self.config.public, Gate(Port.PUBLIC, lambda _pem: ANYBODY, public, self.refusals.write)),
        ):
            self.addresses[gate.port.value] = await doors.open(address, gate)

    def _wholes(self, started: AsyncExitStack, filed: FiledRecords, providers: ProviderPool, ledger: Ledger) -> Wholes:
        secret, asked = KeyRing(self.config.keys).secret(PSEUDONYM), (self.grants, self.identities.roll, self.roster, self.refusals)
        streams, files = ProviderStreams(providers, self._streams_tally), ProviderStreams(providers, self._downloads_tally)
        permit, of_files = PermitStream(STREAM, *asked, PlaceBook(secret)), PermitDownload(DOWNLOAD, *asked, PlaceBook(secret, OF_DOWNLOADS))
        streaming = Streaming(permit, self.identities, streams, filed, ledger, self.clock)
        downloading = Downloading(of_files, self.identities, files, filed, ledger, self.clock)
        started.callback(streaming.close)
        started.callback(downloading.close)
        return Wholes(streaming, downloading)

    def _subscribing(self, started: AsyncExitStack, providers: ProviderPool, ledger: Ledger) -> Subscribing:
        places = PlaceBook(KeyRing(self.config.keys).secret(PSEUDONYM), OF_CHANGES)
        permit = PermitSubscription(SUBSCRIBE, self.grants, self.identities.roll, self.roster, self.refusals, places)
        cursors = SubscriptionCursors(self.db, self.log, self.grants, self.clock, places)
        watches = ProviderStreams(providers, StreamTally(), WATCHES)  # counted by `_changes_tally`
        subscribing = Subscribing(permit, self.identities, watches, ledger, cursors, self.clock, self._changes_tally)
        started.callback(subscribing.close)
        return subscribing

    def _servicers(self, exchange: ExchangeService) -> list[Servicer]:
        acting = (CatalogService(self.catalog), BrokerageService(self.brokerage), LicenseService(self.licenses), SealService(self.seals))
        return [
            IdentityService(self.certs, self.web_url, self.inviter.line),
            OfficerService(self.certs, for_browsers(self.web_url)),
            WorkService(self.work, self.watching, self.proposals, self.inside, self.deliveries),
            *acting,
            CaseService(self.cases, self.inspections, self.browsing),
            exchange,
            FileService(self.files),
            AuditService(self.audit, self.erasing),
            PracticeService(PracticeActions(self.db, self.log, self.clock, self._sweep)),
        ]

    def _pages(self) -> Pages:
        secure = self.web_url.startswith("https")
        title = self.config.authority_title or self.config.hub
        shares = self.strangers, self.strangers_refused, self.writes, self._providers_tally
        return Pages(
            self.catalog,
            self.licenses,
            self.audit,
            self.certs,
            self.publisher,
            self.clock,
            title,
            secure,
            *shares,
            self.own,
            self.seals,
            self.dispatch,
            self.config.foot,
            self.inside,
            self._party(),
            self.proposals.may,
            self.config.sign_in,
            self.log.steps,
            self.comparisons,
            self.work_metrics.read,
            self.questions.counts,
            self.refusals.sign_in_failed,
            self._streams_tally,
            self._changes_tally,
            self._downloads_tally,
        )

    def _party(self) -> RelyingParty:
        """Return what passkeys know the pages as: the host of the address by which the world reaches them."""
        where = urlsplit(for_browsers(self.web_url))
        return RelyingParty(where.hostname or "localhost", f"{where.scheme}://{where.netloc}", self.config.authority_title or self.config.hub)

    async def stop(self) -> None:
        """Close the doors, finish what is under way, sign a last checkpoint, close the database: the start in reverse."""
        self.db.end_by(STOP_SECONDS)
        await self._started.aclose()

    def close(self) -> None:
        """Undo what the constructor opened, for a hub that was put together and never started."""
        self._opened.close()
