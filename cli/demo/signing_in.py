"""Who signs in at the pages of the demo: its officers, who are registered at the hub, a citizen and a representative; all of them invented."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from google.protobuf.field_mask_pb2 import FieldMask

from cli.demo.browser import Browser
from cli.demo.identity_provider import CLIENT, PracticeProvider, Stand
from cli.demo.members import Member
from cli.demo.story import AUDITOR, AUTHORITY_OFFICER, DISABLED_OFFICER, HEAD, MARKET_OFFICER, OFFICER, POLICE_OFFICER
from cli.synthetic import Business, Resident, department
from hub.reach import for_browsers
from shuniu.v1 import officer_pb2 as pb

_USUAL: Final = (pb.DUTY_DIRECTORY, pb.DUTY_REQUESTS, pb.DUTY_CORRECTIONS, pb.DUTY_LICENSES, pb.DUTY_SEALS, pb.DUTY_LEAD, pb.DUTY_PEOPLE)


@dataclass(frozen=True, slots=True)
class Post:
    """An officer of the story: in which department, under which number, with which duties."""

    kind: str
    number: str
    display_name: str
    duties: tuple["pb.Duty.ValueType", ...]

    @property
    def name(self) -> str:
        """Return the resource name."""
        return f"departments/{department(self.kind).uscc}/officers/{self.number}"


AUTHORITY: Final = Post("data", AUTHORITY_OFFICER, "数据局经办人", (*_USUAL, pb.DUTY_RULE))
POLICE: Final = Post("public-security", POLICE_OFFICER, "公安厅经办人", _USUAL)
CIVIL_HEAD: Final = Post("civil-affairs", HEAD, "民政厅共享工作负责人", (pb.DUTY_LEAD, pb.DUTY_PEOPLE))
CIVIL_CLERK: Final = Post("civil-affairs", OFFICER, "民政厅经办人", (pb.DUTY_DIRECTORY, pb.DUTY_REQUESTS, pb.DUTY_CORRECTIONS))
FIRST: Final = (
    POLICE,
    Post("market-regulation", MARKET_OFFICER, "市监厅经办人", _USUAL),
    CIVIL_HEAD,
    Post("disabled", DISABLED_OFFICER, "残联经办人", _USUAL),
    Post("audit", AUDITOR, "审计厅经办人", (*_USUAL, pb.DUTY_AUDIT)),
)
"""Who is registered by the authority, as the first of a department, and may register the others there."""
OFFICERS: Final = (AUTHORITY, *FIRST, CIVIL_CLERK)


@contextmanager
def practice(citizen: Resident, firm: Business, folder: Path, doors: tuple[str, ...]) -> Iterator[dict[str, Any]]:
    """Serve the practice identity provider beside a hub with these doors; yield the table `[sign_in]` by which that hub asks it."""
    with PracticeProvider(_people(citizen, firm), doors) as provider:
        folder.mkdir(parents=True, exist_ok=True)
        secret = folder / "practice-secret"
        secret.touch(mode=0o600)
        secret.write_text(provider.secret, encoding="utf-8")
        yield {"issuer": provider.issuer, "client": CLIENT, "secret": secret.name, "title": "演练用身份认证（虚构人员）Practice identity provider"}


def register(ruler: Member, civil: Member) -> None:
    """Register the officers whom the story names. The authority's own was appointed at the hub's machine; only civil affairs has two."""
    officers = ruler.client.officers
    own = officers.GetOfficer(pb.GetOfficerRequest(name=AUTHORITY.name))
    mask = FieldMask(paths=["duties"])
    officers.UpdateOfficer(
        pb.UpdateOfficerRequest(
            name=own.name, etag=own.etag, duties=AUTHORITY.duties, update_mask=mask, officer=AUTHORITY.number, reason="本机关各项职责"
        )
    )
    for one in FIRST:
        _register(ruler, one, AUTHORITY.number)
    _register(civil, CIVIL_CLERK, HEAD)


def _register(by: Member, one: Post, officer: str) -> None:
    request = pb.CreateOfficerRequest(
        department=department(one.kind).uscc, number=one.number, display_name=one.display_name, duties=one.duties, officer=officer
    )
    by.client.officers.CreateOfficer(request)


def invite(by: Member, one: Post) -> str:
    """Return a one-time link of an officer that opens the inbox; as secret as a password, and the one before it ends."""
    lead = HEAD if one.kind == CIVIL_HEAD.kind else one.number
    return f"{by.client.officers.InviteOfficer(pb.InviteOfficerRequest(name=one.name, officer=lead)).url}?next=/inbox"


def sign_in(web: str, one: Post) -> Browser:
    """Return a browser in which an officer has signed in by the practice identity provider."""
    browser = Browser(for_browsers(web))
    browser.open("/sign-in/provider?as=officer&next=/proposals")
    browser.press(f"{one.display_name} {one.number}")
    return browser


def _people(citizen: Resident, firm: Business) -> tuple[Stand, ...]:
    officers = (
        Stand(f"{one.display_name} {one.number}（{department(one.kind).name}）", {"department": department(one.kind).uscc, "officer": one.number})
        for one in OFFICERS
    )
    return (
        *officers,
        Stand(f"{citizen.name}（个人 citizen）", {"name": citizen.name, "id_number": citizen.id_number}),
        Stand(f"{firm.legal_representative}（{firm.name}）", {"name": firm.legal_representative, "company": firm.uscc, "company_name": firm.name}),
    )
