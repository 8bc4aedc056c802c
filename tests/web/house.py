"""A small hub behind real pages: a database, departments, entries, a license, a log with a checkpoint, and an auditor who can sign in."""

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from audit.actions import AuditActions
from audit.log import AuditLog
from audit.model import Actor, Event, Kind
from audit.publisher import Publisher
from catalog.actions import CatalogActions
from catalog.model import Entry
from certs.actions import CertActions
from certs.model import Registration
from certs.own import OwnCertificate
from exchange.breaker import Tally
from hub.access import Caller, Role
from hub.clock import StoppedClock
from hub.config import Config
from hub.counting import Counted
from hub.db import Database
from hub.ids import Ids
from hub.key_set import LISTS, LOG, RELEASE
from hub.limits import Limits
from hub.resource import etag_of
from hub.strangers import Activity, Strangers
from hub.subject import Subject
from hub.unit_of_work import Kit, Step
from hub.writing import WriteShare
from licenses.actions import LicenseActions, LicenseRegister
from licenses.model import Draft, Holder, KeyRegistration, License
from licenses.store import ContentBox, live_licenses
from licenses.type_file import load as load_types
from seals.actions import SealActions
from seals.office import SealOffice
from shuniu.codes import cose
from shuniu.codes.code import encode, text_of
from shuniu.codes.identifier import LicenseIdentifier
from shuniu.codes.status_list import StatusReference
from shuniu.identifiers import citizen_id
from shuniu.possession import issuing_key_proof
from tests.catalog.samples import AUTHORITY, MARKET, POLICE, POLICEMAN, RULER, TITLES, TRADER, a_business_entry, an_entry, step
from tests.certs.hall import a_hall
from tests.keys import a_ring
from tests.shuniu_sdk.codes.issuing import claims
from timing.clock_file import shipped_profiles
from timing.timers import Timers
from web.app import Pages, make_app, serve, take_address
from work.dispatch import Dispatch

NOW = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
CITIZEN = citizen_id.build("640104", date(1990, 3, 7), 12)
BUSINESS = "11100000MB0143028R001"
OFFICER = "审计员赵敏"


@dataclass
class House:
    database: Database
    clock: StoppedClock
    log: AuditLog
    catalog: CatalogActions
    licenses: LicenseActions
    audit: AuditActions
    certs: CertActions
    publisher: Publisher
    auditor: Caller
    member: Caller
    key: ec.EllipticCurvePrivateKey
    kid: bytes
    own: OwnCertificate
    seals: SealActions
    dispatch: Dispatch
    limits: Limits = field(default_factory=Limits)
    strangers_refused: Counted = field(default_factory=Counted)
    providers: Tally = field(default_factory=Tally)
    foot: dict[str, str] = field(default_factory=dict)

    def pages(self, *, secure: bool = False) -> Pages:
        shares = Strangers(self.limits, Activity()), self.strangers_refused, WriteShare(self.limits), self.providers
        known = self.catalog, self.licenses, self.audit, self.certs, self.publisher, self.clock
        return Pages(*known, "宁夏", secure, *shares, self.own, self.seals, self.dispatch, self.foot)

    def publish(self, content: Entry, by: Caller = POLICEMAN) -> Entry:
        entry = self.catalog.create_entry(Step(caller=by), content)
        entry = self.catalog.submit(step(by, entry, reason="新增", officer="王芳"))
        return self.catalog.publish(step(RULER, entry, officer="李明"))

    def license(self, number: str = "91640100MA76F8XY7N", title: str = "宁夏枢纽科技有限公司") -> License:
        fields = {"KZ_FDDBR": "马建国", "KZ_ZCZB": "500", "KZ_CLRQ": "2020-05-06", "KZ_LX": "有限责任公司", "KZ_ZS": "银川市", "KZ_JYFW": "软件开发"}
        draft = Draft(BUSINESS, number, (Holder(title, "91640100MA76F8XY7N", "001"),), fields, self.kid, None, None)
        prepared = self.licenses.prepare(Step(caller=TRADER, officer="王芳"), draft, "BJ-1", number.encode())
        unsigned = cose.Unsigned(prepared.protected, prepared.payload)
        signature = cose.signer_of(self.key)(unsigned.to_be_signed)
        return self.licenses.issue(_step(prepared), signature)

    def code(self, one: License) -> str:
        return text_of(one.signed_bytes)

    def code_of_another_hub(self, uri: str = "http://other.example/status/0") -> str:
        """Return a code whose key is trusted here and whose status list is kept elsewhere; here, it was signed past the register."""
        made = claims(
            issuer=MARKET, identifier=LicenseIdentifier.build(BUSINESS, MARKET, "A1"), issued_at=int(NOW.timestamp()), expires_at=None,
            status=StatusReference(uri, 1),
        )  # fmt: skip
        return encode(made, self.kid, cose.signer_of(self.key))

    def suspend(self, one: License, reason: str) -> License:
        return self.licenses.suspend(_step(one, reason))

    def revoke(self, one: License, reason: str = "提供虚假材料") -> License:
        return self.licenses.revoke(_step(one, reason))

    def accesses(self, count: int, citizen: str = CITIZEN, **more: Any) -> None:
        for number in range(count):
            given: dict[str, Any] = {
                "resource": "entries/" + "0" * 26, "purpose": "低保审核", "case_number": f"LB-2026-{number:04d}", "status": "ok",
                "fields": ("name", "birth_date"), "subject": Subject("cn-id", citizen),
            }  # fmt: skip
            given |= {
                "kind": Kind.INTENT,
                "at": self.clock.now(),
                "action": "exchange.Query",
                "actor": Actor(MARKET, "business", "王芳"),
                "other": POLICE,
            }
            event = Event(**given | more)
            with self.database.begin() as tx:
                self.log.append(tx, event)

    def link(self, caller: Caller | None = None, officer: str = OFFICER) -> str:
        return f"/login/{self.certs.create_login_link(Step(caller=caller or self.auditor, officer=officer))[0]}"


def _step(one: License, reason: str = "") -> Step:
    return Step(caller=TRADER, name=one.name, etag=etag_of(one.revision), officer="王芳", reason=reason)


def a_house(database: Database, folder: Path) -> House:
    hall = a_hall(database, folder / "ca", NOW)
    for uscc, title in TITLES.items():
        hall.actions.create_department(Step(caller=RULER), Registration(uscc, title, "", "640000"))
    auditor, _, _ = hall.member(AUTHORITY, "audit", frozenset({Role.AUDITOR}))
    member, _, _ = hall.member(MARKET, "desk")
    keys, log, ids = a_ring(folder / "hub"), AuditLog("shuniu.invalid/test", bytes(32)), Ids()
    live = live_licenses(database, hall.clock, "ningxia", "http://hub.example/status/{}".format)
    publisher = Publisher(database, hall.clock, log.origin, keys.signer(LOG), folder / "log")
    publisher.open()
    register = LicenseRegister(types=load_types(), live=live, box=ContentBox(bytes(32)), signer=keys.signer(LISTS), judge_stamp=lambda *_: None)
    licenses = LicenseActions(Kit(database, log, hall.clock, ids), register)
    key = ec.generate_private_key(ec.SECP256R1())
    der = key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    wanted = KeyRegistration(der, (BUSINESS,), None, cose.signer_of(key)(issuing_key_proof("ningxia", TRADER.department, [BUSINESS], der)))
    registered = licenses.register_key(Step(caller=TRADER, officer="王芳"), wanted)
    licenses.admit_key(Step(caller=RULER, name=registered.name, etag=etag_of(registered.revision), officer="李明"))
    catalog = CatalogActions(Kit(database, log, hall.clock, ids), keys.signer(RELEASE), "ningxia", Timers(shipped_profiles()["decree-809"]))
    audit = AuditActions(Kit(database, log, hall.clock, ids), publisher, log.pseudonym)
    seals = SealActions(Kit(database, log, hall.clock, ids), SealOffice.open(keys, folder / "certs", "ningxia", hall.clock))
    own = OwnCertificate(hall.ca, ("localhost",), hall.clock.now())
    dispatch = Dispatch(Config(), database, hall.clock, ids, keys.signer(RELEASE), "http://localhost")
    people = auditor, member, key, registered.kid
    house = House(database, hall.clock, log, catalog, licenses, audit, hall.actions, publisher, *people, own, seals, dispatch)
    house.publish(an_entry())
    house.publish(a_business_entry(), TRADER)
    return house


@contextmanager
def served(pages: Pages) -> Iterator[str]:
    """Serve the pages on a spare port of loopback, as the hub does, in a loop of its own; give their address."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    taken, address = take_address("127.0.0.1:0")
    runner = asyncio.run_coroutine_threadsafe(serve(make_app(pages), taken, pages.strangers.limits), loop).result(10)
    try:
        yield f"http://{address}"
    finally:
        asyncio.run_coroutine_threadsafe(runner.cleanup(), loop).result(20)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(10)
        loop.close()
