"""Who signs in at the pages of the demo: its officers, who are registered at the hub, a citizen and a representative; all of them invented."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from cli.demo.identity_provider import CLIENT, PracticeProvider, Stand
from cli.demo.members import Member
from cli.demo.story import AUDITOR, AUTHORITY_OFFICER, MARKET_OFFICER, OFFICER, POLICE_OFFICER
from cli.synthetic import Body, Business, Resident, department
from shuniu.v1 import officer_pb2 as pb

OFFICERS: Final = (
    ("data", AUTHORITY_OFFICER, "数据局经办人"),
    ("civil-affairs", OFFICER, "民政厅经办人"),
    ("public-security", POLICE_OFFICER, "公安厅经办人"),
    ("market-regulation", MARKET_OFFICER, "市监厅经办人"),
    ("audit", AUDITOR, "审计厅经办人"),
)
_USUAL: Final = (pb.DUTY_DIRECTORY, pb.DUTY_REQUESTS, pb.DUTY_CORRECTIONS, pb.DUTY_LICENSES, pb.DUTY_SEALS, pb.DUTY_LEAD, pb.DUTY_PEOPLE)
_OWN: Final = {"data": (pb.DUTY_RULE,), "audit": (pb.DUTY_AUDIT,)}


@contextmanager
def practice(citizen: Resident, firm: Business, folder: Path, doors: tuple[str, ...]) -> Iterator[dict[str, Any]]:
    """Serve the practice identity provider beside a hub with these doors; yield the table `[sign_in]` by which that hub asks it."""
    with PracticeProvider(_people(citizen, firm), doors) as provider:
        folder.mkdir(parents=True, exist_ok=True)
        secret = folder / "practice-secret"
        secret.touch(mode=0o600)
        secret.write_text(provider.secret, encoding="utf-8")
        yield {"issuer": provider.issuer, "client": CLIENT, "secret": secret.name, "title": "演练用身份认证（虚构人员）Practice identity provider"}


def register(by: Member, body: Body) -> None:
    """Register the one officer of a department whom the story names: alone there, so no step waits for a second person."""
    number, name = next((number, name) for kind, number, name in OFFICERS if kind == body.kind)
    duties = (*_USUAL, *_OWN.get(body.kind, ()))
    by.client.officers.CreateOfficer(pb.CreateOfficerRequest(number=number, display_name=name, duties=duties, officer=number))


def _people(citizen: Resident, firm: Business) -> tuple[Stand, ...]:
    officers = (
        Stand(f"{name} {number}（{department(kind).name}）", {"department": department(kind).uscc, "officer": number})
        for kind, number, name in OFFICERS
    )
    return (
        *officers,
        Stand(f"{citizen.name}（个人 citizen）", {"name": citizen.name, "id_number": citizen.id_number}),
        Stand(f"{firm.legal_representative}（{firm.name}）", {"name": firm.legal_representative, "company": firm.uscc, "company_name": firm.name}),
    )
