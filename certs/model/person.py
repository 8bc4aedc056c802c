"""人 (person): a citizen, or whoever comes for a company, as an identity provider knows them; at the pages alone, and in no department."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum


class Standing(StrEnum):
    """As what somebody signs in."""

    OFFICER = "officer"
    CITIZEN = "citizen"
    COMPANY = "company"


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """Somebody as an identity provider tells it: who says so, its own name for the person, and when the person proved it last."""

    issuer: str
    subject: str = field(repr=False)
    proven_time: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """A citizen by ID number, or a company's representative by the company's USCC."""

    standing: Standing
    id: str = field(repr=False)
    name: str = field(default="", repr=False)
    company_name: str = ""


@dataclass(frozen=True, slots=True)
class PersonalSession:
    """A person who signed in. It ends when idle, and when it is over."""

    person: Person
    expire_time: datetime
    proven_time: datetime | None = None
