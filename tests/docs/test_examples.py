"""What a guide shows as a program runs as it stands, beside the files that the guide names, and says what the guide says."""

import re
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from asn1crypto import pem
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from shuniu.codes import code, cose, status_list, trust_list
from shuniu.codes.status_list import StatusBits
from shuniu.proofs import leaf_hash
from shuniu.receipts import KeptAnswer, Receipt
from tests.audit.test_offline import LEAVES, ORIGIN, a_log
from tests.seals.office import ORIGINAL, Office
from tests.shuniu_sdk.codes.issuing import DAY, HUB_KEY, HUB_KID, KID, SIGN, URI, claims, trust, trusted

GUIDES = Path(__file__).parents[2] / "docs" / "guides"
PROGRAM = re.compile(r"```python\n(.*?)```", re.DOTALL)


def programs(page: str) -> list[str]:
    return PROGRAM.findall((GUIDES / page).read_text(encoding="utf-8"))


def run(program: str) -> None:
    exec(program, {})  # noqa: S102 - what a reader would type


@pytest.fixture
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


def lists(folder):
    """What a verifier fetched a minute ago, and a code that is valid now."""
    now, signer = int(time.time()), cose.signer_of(HUB_KEY)
    key = trusted(not_before=now - 9 * DAY, not_after=now + 99 * DAY)
    (folder / "lists").mkdir()
    (folder / "lists" / "lists.pem").write_bytes(HUB_KEY.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo))
    (folder / "lists" / "trust-list.cwt").write_bytes(trust_list.encode(trust(key, issued_at=now - 60, expires_at=now + DAY), HUB_KID, signer))
    (folder / "lists" / "status-0.cwt").write_bytes(status_list.encode(StatusBits(), URI, HUB_KID, now - 60, signer))
    (folder / "license.txt").write_text(code.encode(claims(issued_at=now - DAY, expires_at=now + DAY), KID, SIGN) + "\n", encoding="utf-8")


def stamp(folder):
    """A signature with its root, as the demo leaves them, set a moment ago."""
    office = Office()
    (folder / "ca.pem").write_bytes(pem.armor("CERTIFICATE", office.ca))
    (folder / "signature.der").write_bytes(office.signature(time=datetime.now(UTC).replace(microsecond=0) - timedelta(minutes=1)))
    (folder / "original.bin").write_bytes(ORIGINAL)


@pytest.mark.parametrize("page", ["verifier.md", "verifier.zh-CN.md"])
def test_the_verifier_s_programs_judge_a_code_and_a_seal(page, here, capsys):
    lists(here)
    stamp(here)
    of_code, of_seal = programs(page)
    run(of_code)
    assert capsys.readouterr().out.startswith("valid VALID 证照有效")
    run(of_seal)
    assert {line.split()[2] for line in capsys.readouterr().out.splitlines()} == {"REVOCATION_UNKNOWN"}


@pytest.mark.parametrize("page", ["auditor.md", "auditor.zh-CN.md"])
def test_the_auditor_s_program_proves_a_receipt_with_a_copy_of_the_log(page, here, capsys):
    copy = a_log(here / "COPY")
    (here / "log.vkey").write_bytes((copy / "log.vkey").read_bytes())
    kept = KeptAnswer(Receipt(ORIGIN, 41, leaf_hash(LEAVES[41])), b"answer")
    (here / "kept.json").write_text(kept.to_json(), encoding="utf-8")
    (program,) = programs(page)
    run(program)
    assert capsys.readouterr().out.startswith("record 41 stands in the log of")
