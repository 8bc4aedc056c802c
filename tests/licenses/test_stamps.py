"""A license is stamped with a real seal of its issuer, and with no other."""

from datetime import timedelta
from pathlib import Path

import pytest

from audit.log import AuditLog
from hub.access import Caller
from hub.clock import StoppedClock
from hub.db import Database
from hub.errors import InvalidInputError
from hub.ids import Ids
from hub.unit_of_work import Kit
from seals.actions import SealActions
from seals.office import SealOffice
from seals.x509 import make_csr
from shuniu import sm2
from shuniu.seals.names import CertificateSubject
from tests.keys import a_ring
from tests.licenses.counter import AUTHORITY, MARKET, NOON, POLICE, Counter, on
from tests.seals import desk


def test_a_real_seal_of_the_issuer_is_attached_and_no_other(sqlite_database: Database, tmp_path: Path) -> None:
    clock = StoppedClock(NOON)
    office = SealOffice.open(a_ring(tmp_path / "keys"), tmp_path / "certs", "ningxia", clock)
    seals = SealActions(Kit(sqlite_database, AuditLog("log.example/ningxia", b"p" * 32), clock, Ids()), office)
    counter = Counter(sqlite_database, seals.judge, clock)
    counter.admitted()
    one, other = counter.issued(number="1"), counter.issued(number="2")

    def stamp_of(by: Caller, title: str) -> bytes:
        key = sm2.generate()
        signer = seals.issue_signer_certificate(desk.step(by), make_csr(key, CertificateSubject("x", "", "1" * 18)))
        seal = seals.apply_seal(desk.step(by), desk.application(signer, title=title, valid_to=NOON + timedelta(days=300)))
        seal = seals.make_seal(desk.on(AUTHORITY, seal))
        seal = seals.activate_seal(desk.on(by, seal))
        use = desk.use(seal, signer, digest=sm2.sm3(one.signed_bytes), property_info=one.name)
        asked = seals.prepare_stamp(desk.step(by), use)
        return seals.complete_stamp(desk.on(by, asked), key.sign(asked.to_be_signed)).signature

    stamp = stamp_of(POLICE, "自治区公安厅")
    foreign = stamp_of(MARKET, "自治区市场监督管理厅")
    for shown, under in ((foreign, one), (stamp, other), (stamp[:-1], one)):
        with pytest.raises(InvalidInputError):
            counter.actions.attach_stamp(on(under), shown)
    assert counter.actions.attach_stamp(on(one), stamp).stamp == stamp
