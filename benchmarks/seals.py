"""Seal and stamp on one core: what the office and a signer do with the bytes, against the two SM2 signatures that it comes down to."""

import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

from benchmarks.local import interleaved
from benchmarks.table import Figure
from hub.clock import SystemClock
from hub.key_set import SEAL_MAKER, SM2_CA
from hub.keys import KeyRing
from seals.office import SealOffice
from seals.writing import assemble_signature, to_be_signed
from seals.x509 import make_csr
from shuniu import sm2
from shuniu.seals.names import CertificateSubject
from shuniu.seals.structures import SealProperty

OWNER = "11640000XB00000357"
COUNT = 60


def seal_and_stamp(rounds: int) -> Figure:
    """Make a seal and stamp with it, picture and databases aside, against two raw SM2 signatures over bytes of the same length."""
    with tempfile.TemporaryDirectory(prefix="shuniu-bench-", dir=Path.cwd()) as name:
        folder = Path(name)
        ring = KeyRing(folder / "keys")
        ring.make(SM2_CA), ring.make(SEAL_MAKER)
        office = SealOffice.open(ring, folder, "bench", SystemClock())
        key = sm2.generate()
        signer, _ = office.certify(make_csr(key, CertificateSubject("市场监督管理厅")), "市场监督管理厅", OWNER)
        start = datetime.now(UTC).replace(microsecond=0)
        prop = SealProperty(
            type=1,
            name="市场监督管理厅",
            created=start,
            valid_from=start,
            valid_until=start + timedelta(days=365),
            certificates=(signer.certificate,),
        )
        picture = b"\x89PNG\r\n\x1a\n" + bytes(30_000)
        digest = sm2.sm3(b"a document")

        def whole() -> None:
            seal = office.make_seal("64000000000001", prop, picture)
            signed = to_be_signed(seal, start, digest, "licenses/1")
            assemble_signature(signed, signer.certificate, key.sign(signed))

        seal = office.make_seal("64000000000001", prop, picture)
        data = to_be_signed(seal, start, digest, "licenses/1")

        def bare() -> None:
            key.sign(data)
            key.sign(data)

        ratios = interleaved(rounds, lambda: _rate(whole), lambda: _rate(bare))
    return Figure("seal and stamp, one core", "two raw SM2 signs", ratios, 0.60, 0.85)


def _rate(function: Callable[[], object]) -> float:
    start = time.perf_counter()
    for _ in range(COUNT):
        function()
    return COUNT / (time.perf_counter() - start)
