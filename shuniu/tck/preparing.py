"""Makes the departments that the kit calls with, at a hub for practice: registered by the authority, each enrolled with a key of its own."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Final

from shuniu.enrolment import accept_invitation
from shuniu.identifiers.uscc import build
from shuniu.tck.hub import TestedHub
from shuniu.tck.reasons import NO_AUTHORITY, NO_PRACTICE_HUB
from shuniu.tck.sequence import AUTHORITY, CONSUMER, OFFICE, OTHER, PROVIDER
from shuniu.tck.things import LEAD, STRANGER, WORKER

_TITLES: Final = {PROVIDER: "一致性测试提供部门", CONSUMER: "一致性测试使用部门", OTHER: "一致性测试无关部门", OFFICE: "一致性测试登记部门"}
_REGIONS: Final = {CONSUMER: "640100"}
"""A city's department uses what the province's provide: the unrelated one of the province is the common superior of a dispute."""
_REGION: Final = "640000"
_SYSTEM: Final = "tck"
_HOSTS: Final = ("127.0.0.1", "localhost")
_ALL: Final = ("DUTY_DIRECTORY", "DUTY_REQUESTS", "DUTY_CORRECTIONS")


def prepare(address: str, identities: Path) -> Iterator[str]:
    """Enrol every role that has no identity yet; yield each that is ready. `identities` holds the authority's already."""
    if not (identities / AUTHORITY / "key.pem").is_file():
        raise NO_AUTHORITY(folder=identities / AUTHORITY)
    with TestedHub(address, identities) as hub:
        if hub.hours_left() is None:
            raise NO_PRACTICE_HUB(address=address)
        yield AUTHORITY
        for number, (role, title) in enumerate(_TITLES.items(), 1):
            if role not in hub.clients:
                _enrol(hub, identities / role, build("11", _REGION, f"9990000{number}"), title, _REGIONS.get(role, _REGION))
            yield role
    with TestedHub(address, identities) as hub:
        _staff(hub)


def _enrol(hub: TestedHub, folder: Path, uscc: str, title: str, region: str) -> None:
    department = {"uscc": uscc, "title": title, "short_title": title, "region": region}
    # the same request again, after a run that was cut short, makes no second department
    hub.must(AUTHORITY, "CreateDepartment", department=department, request_id=f"tck-{uscc}")
    invitation = hub.must(AUTHORITY, "CreateEnrollmentToken", department=uscc, system=_SYSTEM, roles=["ROLE_MEMBER"]).invitation
    accept_invitation(invitation, folder, _HOSTS)


def _staff(hub: TestedHub) -> None:
    """Register the officers of the department that has some. A mandate for its system a lead registers who signed in: no program does."""
    lines = [
        {"number": WORKER, "display_name": "甲", "duties": _ALL},
        {"number": LEAD, "display_name": "乙", "duties": ["DUTY_LEAD", "DUTY_PEOPLE"]},
        {"number": STRANGER, "display_name": "丙", "duties": ["DUTY_LICENSES"]},
    ]
    hub.must(OFFICE, "ImportOfficers", lines=lines, officer=LEAD)
