"""The composition root: config -> database -> registries -> actions -> services -> web -> start. No rule lives here."""

import asyncio
import logging
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Final

from audit.actions import AuditActions
from audit.committer import GroupCommitter
from audit.log import AuditLog
from audit.publisher import Publisher
from audit.refusals import RefusalBook
from audit.service import AuditService
from audit.store import found_log
from brokerage.actions import BrokerageActions
from brokerage.clock import shipped_profile
from brokerage.grants import LiveGrants
from brokerage.service import BrokerageService
from brokerage.store import load_all_live, load_live
from catalog.actions import CatalogActions
from catalog.dcat import Site
from catalog.service import CatalogService
from certs.actions import CertActions
from certs.ca import CertificateAuthority
from certs.identities import Identities
from certs.service import IdentityService
from certs.store import loaders
from exchange.providers import HubIdentity, ProviderPool
from exchange.service import ExchangeService
from exchange.transfer import FetchRecords, Transfer
from hub.access import ANYBODY, Port
from hub.clock import Clock
from hub.config import Config
from hub.db import Database
from hub.doors import Doors
from hub.ids import Ids
from hub.keys import KeyRing
from hub.rpc import Gate
from hub.unit_of_work import Kit
from hub.watch import Watch
from licenses.actions import LicenseActions
from licenses.license_type import load as load_license_types
from licenses.live import LiveLicenses
from licenses.service import LicenseService
from licenses.store import ContentBox, load_all_standings, load_keys, load_standing
from migrations import migrate
from seals.actions import SealActions
from seals.office import SealOffice
from seals.service import SealService
from shuniu.v1 import audit_pb2, brokerage_pb2, catalog_pb2, exchange_pb2, identity_pb2, license_pb2, seal_pb2
from web.app import Pages, make_app, serve, take_address

log = logging.getLogger(__name__)
THREADS: Final = 16
GRACE: Final = 5.0


def open_database(config: Config) -> Database:
    """Return the database at the newest schema, checked for durable commits, with a log in it."""
    config.data.mkdir(mode=0o700, parents=True, exist_ok=True)
    migrate(config.database_url)
    db = Database(config.database_url)
    db.prepare()
    found_log(db)
    return db


class Hub:
    """A hub: everything that is put together, and how it starts and stops. One event loop, one process."""

    def __init__(self, config: Config, clock: Clock) -> None:
        """Put the hub together; nothing listens yet."""
        ids = Ids()
        self.config, self.clock = config, clock
        self.addresses: dict[str, str] = {}
        self._web_socket, web_address = take_address(config.web)
        web_url = config.web_url or f"http://{web_address}"
        keys = KeyRing(config.data / "keys")
        self.db = db = open_database(config)
        changes_seen = db.newest_change()  # before anything is loaded, so that no change falls between
        self.log = AuditLog(config.origin, keys.secret("pseudonym"))
        self.ca = CertificateAuthority.open(keys, config.data / "certs", config.hub, clock)
        self.publisher = Publisher(db, clock, config.origin, keys.signer("log", "Ed25519"), config.data / "log")
        self.identities = Identities(clock, config.hub, *loaders(db))
        self.grants = LiveGrants(lambda key: load_live(db, key), lambda: load_all_live(db))
        uri_of = f"{web_url}/status/{{}}".format
        live = LiveLicenses(clock, config.hub, uri_of, lambda: load_keys(db), lambda key: load_standing(db, key), lambda: load_all_standings(db))
        office = SealOffice.open(keys, config.data / "certs", config.hub, clock)
        self.certs = CertActions(Kit(db, self.log, clock, ids), self.ca)
        self.catalog = CatalogActions(db, self.log, clock, ids, keys.signer("release", "ES256"), config.hub, site=self._site)
        self.brokerage = BrokerageActions(db, self.log, clock, ids, shipped_profile(config.clock_profile))
        self.seals = SealActions(db, self.log, clock, ids, office, Path(config.font) if config.font else None)
        box, lists = ContentBox(keys.secret("license-content")), keys.signer("lists", "ES256")
        self.licenses = LicenseActions(db, self.log, clock, ids, load_license_types(), live, box, lists, uri_of, self.seals.judge)
        self.audit = AuditActions(db, self.log, self.publisher, clock)
        self.committer = GroupCommitter(db, self.log)
        for registry in (self.identities, self.grants, live):
            db.on_change(registry.reload)
        self.grants.load_all()
        self._watch = Watch(db, clock, self.brokerage.sweep, changes_seen)
        self._credentials = self.ca.issue_server(config.server_names)
        self.web_url = web_url

    def _site(self) -> Site:
        called = self.config.called_at(self.addresses.get(Port.MEMBERS.value, self.config.members))
        return Site.of_pages(self.web_url, self.config.authority_title or self.config.hub, called)

    async def start(self) -> None:
        """Open the log, then the three doors."""
        await asyncio.to_thread(self.publisher.open)
        self.publisher.start(self.config.checkpoint_seconds)
        self.committer.start()
        self._watch.start()
        own = HubIdentity(self._credentials.chain_pem, self._credentials.key_pem)
        self._providers = ProviderPool(own, self.config.provider_concurrency)
        self._transfer = transfer = Transfer(self.grants, FetchRecords(self.identities, self._providers, self.config.provider_timeout), self.committer, self.clock)
        services: dict[Any, object] = {
            identity_pb2.DESCRIPTOR.services_by_name["IdentityService"]: IdentityService(self.certs, self.web_url),
            catalog_pb2.DESCRIPTOR.services_by_name["CatalogService"]: CatalogService(self.catalog),
            brokerage_pb2.DESCRIPTOR.services_by_name["BrokerageService"]: BrokerageService(self.brokerage),
            exchange_pb2.DESCRIPTOR.services_by_name["ExchangeService"]: ExchangeService(transfer),
            license_pb2.DESCRIPTOR.services_by_name["LicenseService"]: LicenseService(self.licenses),
            seal_pb2.DESCRIPTOR.services_by_name["SealService"]: SealService(self.seals),
            audit_pb2.DESCRIPTOR.services_by_name["AuditService"]: AuditService(self.audit),
        }
        self._threads = ThreadPoolExecutor(THREADS, thread_name_prefix="rpc")
        refused = RefusalBook(self.committer, self.clock).write
        callers = {Port.MEMBERS: (self.config.members, self.identities.identify), Port.PUBLIC: (self.config.public, lambda _pem: ANYBODY)}
        self._doors = Doors(services, self._credentials)
        for port, (address, identify) in callers.items():
            self.addresses[port.value] = await self._doors.open(address, Gate(port, identify, self._threads, refused))
        secure = self.web_url.startswith("https")
        pages = Pages(self.catalog, self.licenses, self.audit, self.certs, self.publisher, self.clock, self.config.hub, secure)
        self._runner = await serve(make_app(pages), self._web_socket)
        self.addresses["web"] = self.web_url
        log.info("serving %s", self.addresses)

    async def stop(self) -> None:
        """Close the doors, finish what is under way, sign a last checkpoint."""
        self._doors.send_away()
        await self._runner.cleanup()
        await self._doors.close(GRACE)
        await self._transfer.close()
        await self._providers.close()
        await asyncio.to_thread(self.committer.stop)
        self._watch.stop()
        await asyncio.to_thread(self.publisher.stop)
        self._threads.shutdown()
        self.db.close()
