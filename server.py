"""The composition root: config -> database -> registries -> actions -> services -> web -> start. No rule lives here."""

import asyncio
import logging
import socket
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Final

import grpc
import grpc.aio
from aiohttp.web import SockSite
from grpc_health.v1 import health_pb2
from grpc_reflection.v1alpha import reflection_pb2
from grpc_reflection.v1alpha.reflection import aio as reflection_aio

from audit.actions import AuditActions
from audit.committer import GroupCommitter
from audit.log import AuditLog
from audit.publisher import Publisher
from audit.refusals import RefusalBook
from audit.service import AuditService
from audit.store import found_log
from brokerage.actions import BrokerageActions
from brokerage.clock import Profile, shipped_profiles
from brokerage.grants import LiveGrants
from brokerage.service import BrokerageService
from brokerage.store import load_all_live, load_live
from catalog.actions import CatalogActions
from catalog.dcat import Site
from catalog.service import CatalogService
from certs.actions import CertActions
from certs.ca import CertificateAuthority, Credentials
from certs.identities import Identities
from certs.service import IdentityService
from certs.store import loaders
from exchange.providers import HubIdentity, ProviderPool
from exchange.service import ExchangeService
from exchange.transfer import Transfer
from hub.access import ANYBODY, Port
from hub.clock import Clock
from hub.config import Config
from hub.db import Database
from hub.errors import ConfigError
from hub.health import HealthService
from hub.ids import Ids
from hub.keys import KeyRing
from hub.rpc import SERVER_OPTIONS, Gate, mount
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
from web.app import Pages, make_app, make_runner

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
        self._web_socket = _bound(config.web)
        web_url = config.web_url or f"http://{_shown(self._web_socket, config.web)}"
        keys = KeyRing(config.data / "keys")
        self.db = db = open_database(config)
        changes_seen = db.newest_change()  # before anything is loaded, so that no change falls between
        self.log = AuditLog(config.origin, keys.secret("pseudonym"))
        self.ca = CertificateAuthority.open(keys, config.data / "certs", config.hub, clock)
        self.publisher = Publisher(db, clock, config.origin, keys.ed25519("log"), config.data / "log")
        self.identities = Identities(clock, config.hub, *loaders(db))
        self.grants = LiveGrants(lambda key: load_live(db, key), lambda: load_all_live(db))
        uri_of = f"{web_url}/status/{{}}".format
        live = LiveLicenses(clock, config.hub, uri_of, lambda: load_keys(db), lambda key: load_standing(db, key), lambda: load_all_standings(db))
        office = SealOffice.open(keys, config.data / "certs", config.hub, clock)
        self.certs = CertActions(db, self.log.journal, self.ca, clock)
        self.catalog = CatalogActions(db, self.log, clock, ids, keys.es256("release"), config.hub, site=_site(config, web_url))
        self.brokerage = BrokerageActions(db, self.log, clock, ids, _profile(config))
        self.seals = SealActions(db, self.log, clock, ids, office, Path(config.font) if config.font else None)
        box, lists = ContentBox(keys.secret("license-content")), keys.es256("lists")
        self.licenses = LicenseActions(db, self.log, clock, ids, load_license_types(), live, box, lists, uri_of, self.seals.judge)
        self.audit = AuditActions(db, self.log, self.publisher, clock)
        self.committer = GroupCommitter(db, self.log)
        for registry in (self.identities, self.grants, live):
            db.on_change(registry.reload)
        self.grants.load_all()
        self._watch = Watch(db, clock, self.brokerage.sweep, changes_seen)
        self._credentials = self.ca.issue_server(config.server_names)
        self.web_url = web_url

    async def start(self) -> None:
        """Open the log, then the three doors."""
        await asyncio.to_thread(self.publisher.open)
        self.publisher.start(self.config.checkpoint_seconds)
        self.committer.start()
        self._watch.start()
        own = HubIdentity(self._credentials.chain_pem, self._credentials.key_pem)
        self._providers = ProviderPool(own, self.config.provider_concurrency)
        self._transfer = transfer = Transfer(self.grants, self.identities, self._providers, self.committer, self.clock, self.config.provider_timeout)
        services: dict[Any, object] = {
            identity_pb2.DESCRIPTOR.services_by_name["IdentityService"]: IdentityService(self.certs, self.web_url),
            catalog_pb2.DESCRIPTOR.services_by_name["CatalogService"]: CatalogService(self.catalog),
            brokerage_pb2.DESCRIPTOR.services_by_name["BrokerageService"]: BrokerageService(self.brokerage),
            exchange_pb2.DESCRIPTOR.services_by_name["ExchangeService"]: ExchangeService(transfer),
            license_pb2.DESCRIPTOR.services_by_name["LicenseService"]: LicenseService(self.licenses),
            seal_pb2.DESCRIPTOR.services_by_name["SealService"]: SealService(self.seals),
            audit_pb2.DESCRIPTOR.services_by_name["AuditService"]: AuditService(self.audit),
        }
        names = [service.full_name for service in services]
        self._health = HealthService(names)
        services[health_pb2.DESCRIPTOR.services_by_name["Health"]] = self._health
        services[reflection_pb2.DESCRIPTOR.services_by_name["ServerReflection"]] = reflection_aio.ReflectionServicer(names)
        self._threads = ThreadPoolExecutor(THREADS, thread_name_prefix="rpc")
        refused = RefusalBook(self.committer, self.clock).write
        doors = {Port.MEMBERS: (self.config.members, self.identities.identify), Port.PUBLIC: (self.config.public, lambda _pem: ANYBODY)}
        self._servers = []
        for port, (address, identify) in doors.items():
            server = grpc.aio.server(options=SERVER_OPTIONS)
            for service, servicer in services.items():
                mount(server, servicer, service, Gate(port, identify, self._threads, refused))
            self.addresses[port.value] = _open(server, address, _tls(self._credentials, port))
            await server.start()
            self._servers.append(server)
        secure = self.web_url.startswith("https")
        pages = Pages(self.catalog, self.licenses, self.audit, self.certs, self.publisher, self.clock, self.config.hub, secure)
        self._runner = make_runner(make_app(pages))
        await self._runner.setup()
        await SockSite(self._runner, self._web_socket).start()
        self.addresses["web"] = self.web_url
        log.info("serving %s", self.addresses)

    async def stop(self) -> None:
        """Close the doors, finish what is under way, sign a last checkpoint."""
        self._health.stop()
        await self._runner.cleanup()
        await asyncio.gather(*(server.stop(GRACE) for server in self._servers))
        await self._transfer.close()
        await self._providers.close()
        await asyncio.to_thread(self.committer.stop)
        self._watch.stop()
        await asyncio.to_thread(self.publisher.stop)
        self._threads.shutdown()
        self.db.close()


def _profile(config: Config) -> Profile:
    """Return the configured profile of statutory clocks; an unknown one stops the start."""
    profiles = shipped_profiles()
    if config.clock_profile not in profiles:
        known = ", ".join(profiles)
        raise ConfigError(f"unknown clock_profile {config.clock_profile!r}", zh="未知的办理时限方案", next_action=f"one of {known}")
    return profiles[config.clock_profile]


def _site(config: Config, web_url: str) -> Site:
    """Return who publishes the directory, as its export names it."""
    title = f"{config.authority_title or config.hub} 政务数据目录"
    return Site(f"{web_url}/", title, f"{web_url}/authority", config.authority_title or config.hub, f"grpcs://{config.members}")


def _tls(own: Credentials, port: Port) -> grpc.ServerCredentials:
    return grpc.ssl_server_credentials([(own.key_pem, own.chain_pem)], own.ca_pem, require_client_auth=port is Port.MEMBERS)


def _open(server: Any, address: str, credentials: grpc.ServerCredentials) -> str:
    host = address.rpartition(":")[0]
    return f"{host}:{server.add_secure_port(address, credentials)}"


def _bound(address: str) -> socket.socket:
    """Take the address at once, so that the pages' own address is known before anything names it; IPv6 hosts stand in brackets."""
    host, _, port = address.rpartition(":")
    family = socket.AF_INET6 if host.startswith("[") else socket.AF_INET
    return socket.create_server((host.strip("[]"), int(port)), family=family)


def _shown(bound: socket.socket, address: str) -> str:
    return f"{address.rpartition(':')[0]}:{bound.getsockname()[1]}"
