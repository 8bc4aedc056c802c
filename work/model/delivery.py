"""Where notice of work is sent beside inbox and stream, what is sent, and when it is tried again. Nobody's data is in it: names and dates alone."""

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import ClassVar, Final
from urllib.parse import urlsplit

from hub.access import Caller, Duty
from hub.wording import Guard, Text
from shuniu.joining.hosts import canonical, fault_of
from work.reasons import EMAIL_WRONG, TARGET_WITHOUT_PLACE, WEBHOOK_WRONG

MOST_TARGETS: Final = 10
"""Targets of one department."""
LAST_ATTEMPT: Final = 72
"""How often a letter is tried before it is dead."""
GIVEN_UP_AFTER: Final = timedelta(days=3)
"""How old a letter is at most when its target fails once more; longer than a weekend."""
FIRST_PAUSE: Final = timedelta(seconds=10)
LONGEST_PAUSE: Final = timedelta(hours=1)
MOST_IN_A_DIGEST: Final = 500
"""Lines of one mail; the rest is the next one."""
_HTTPS: Final = 443
_FREE_PORTS: Final = range(1024, 65_536)
_PATH: Final = re.compile(r"(?:/[A-Za-z0-9._~!$&'()*+,;=:@%-]*)*")  # RFC 3986 section 3.3
_LOCAL_PART: Final = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*")  # RFC 5321 section 4.1.2, Dot-string
_LONGEST_LOCAL_PART: Final = 64  # RFC 5321 section 4.5.3.1.1


class WebhookAddress(Text):
    """接收地址: the https:// address of a department's own receiver."""

    field: ClassVar[str] = "target.webhook"
    cap: ClassVar[int] = 500
    identifies: ClassVar[bool] = True
    guard: ClassVar[Guard] = Guard.SPACED


class EmailAddress(Text):
    """电子邮箱: where a digest goes."""

    field: ClassVar[str] = "target.email"
    cap: ClassVar[int] = 254  # RFC 5321 section 4.5.3.1.3, without the angle brackets
    identifies: ClassVar[bool] = True
    guard: ClassVar[Guard] = Guard.STRICT


class UndeliveredError(Exception):
    """An attempt that did not go through; its text is what the target shows, one of the codes of the guide, with a number where one tells more."""


@dataclass(frozen=True, slots=True)
class Webhook:
    """An address in its parts."""

    host: str
    port: int
    path: str

    @property
    def authority(self) -> str:
        """Return host and port as a URL and the Host header write them."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == _HTTPS else f"{host}:{self.port}"

    def __str__(self) -> str:
        return f"https://{self.authority}{self.path}"


def webhook_of(address: str) -> Webhook:
    """Return the parts of an address to which the hub may send at all; into which nets is asked when it is dialled.

    https alone; no name or password, no query and no fragment, in which people keep secrets; port 443 or one above 1023, where no other
    service of a machine is expected.
    """
    text = WebhookAddress(address)
    try:
        parts = urlsplit(text)
        host, port = canonical(parts.hostname or ""), parts.port
    except ValueError:
        raise WEBHOOK_WRONG(field=WebhookAddress.field) from None
    plain = f"https://{parts.netloc}{parts.path}"
    named = parts.netloc.rpartition("@")[2] == parts.netloc and fault_of(host) is None and not parts.netloc.endswith(":")
    open_port = port is None or port == _HTTPS or port in _FREE_PORTS
    # The whole text, written together again, so that nothing is in it which the parts do not say: blanks, a query, an odd scheme.
    if not (plain == text and named and open_port and _PATH.fullmatch(parts.path)):
        raise WEBHOOK_WRONG(field=WebhookAddress.field)
    return Webhook(host, port or _HTTPS, parts.path or "/")


def email_of(address: str) -> str:
    """Return an address of e-mail in its one spelling: a dot-string, @, a DNS name of at least two labels. No comment, no quotes, no display name."""
    text = EmailAddress(address)
    local, _, domain = text.rpartition("@")
    fits = len(local) <= _LONGEST_LOCAL_PART and _LOCAL_PART.fullmatch(local) is not None
    if not (fits and "." in domain and ":" not in domain and fault_of(domain) is None and not domain.rpartition(".")[2].isdigit()):
        raise EMAIL_WRONG(field=EmailAddress.field)
    return f"{local}@{domain.lower()}"


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryTarget:
    """Where a department has notice of its work sent: a webhook or an address of e-mail, for one of `duties` or, without any, for all."""

    id: str
    department: str
    webhook: str = ""
    email: str = ""
    duties: tuple[Duty, ...] = ()
    create_time: datetime
    deliver_time: datetime | None = None
    fault: str = ""
    waiting_count: int = 0
    dead_count: int = 0

    @property
    def name(self) -> str:
        """Return the resource name."""
        return f"deliveryTargets/{self.id}"

    @property
    def place(self) -> str:
        """Return where it is, as the log tells it: the host of a webhook, the domain of an address, nobody's name."""
        return webhook_of(self.webhook).host if self.webhook else self.email.rpartition("@")[2]

    def wants(self, duties: Iterable[Duty]) -> bool:
        """Tell whether what concerns officers of these duties goes there; what concerns nobody in particular goes everywhere."""
        return not self.duties or not (concerned := set(duties)) or not concerned.isdisjoint(self.duties)

    def seen_by(self, caller: Caller) -> bool:
        """Tell whether the caller may know of it: its own department."""
        return bool(caller.department) and caller.department == self.department


def place_of(webhook: str, email: str) -> tuple[str, str]:
    """Return webhook and address of a new target in their one spelling; exactly one of them is given."""
    # Both are read as texts first: what spells an ID number is refused as that, whatever else is wrong.
    webhook, email = WebhookAddress.or_none(webhook), EmailAddress.or_none(email)
    if bool(webhook) == bool(email):
        raise TARGET_WITHOUT_PLACE(field="target")
    return (str(webhook_of(webhook)), "") if webhook else ("", email_of(email))


@dataclass(frozen=True, slots=True, kw_only=True)
class Happening:
    """What is sent of one event: that a step waits, waits no more, or that something is told. `about` is the name of the work or notice.

    `word` is the step or the kind of the notice; `token` resumes WatchWork behind the event.
    """

    event: str
    about: str
    department: str
    word: str
    resource: str
    duties: tuple[Duty, ...]
    time: datetime
    due_time: datetime | None = None
    article: str = ""
    token: str = ""

    @property
    def content(self) -> dict[str, str]:
        """Return it as it is kept and sent, empty parts left out."""
        said = {
            "event": self.event,
            "name": self.about,
            "department": self.department,
            "kind" if self.event == NOTICE else "step": self.word,
            "resource": self.resource,
            "time": moment(self.time),
            "due_time": moment(self.due_time) if self.due_time else "",
            "article": self.article,
            "token": self.token,
        }
        return {key: value for key, value in said.items() if value}


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """One event on its way to one target; `letter` is the mail in which it was tried before."""

    id: str
    target: str
    department: str
    about: str
    content: dict[str, str]
    create_time: datetime
    next_time: datetime
    letter: str = ""

    def of(self, letter: str) -> "Delivery":
        """Return it as part of a mail."""
        return replace(self, letter=letter)


@dataclass(frozen=True, slots=True, kw_only=True)
class DeadLetter:
    """An event that could not be delivered to a target: how often it was tried, and what the last attempt met."""

    id: str
    target_id: str
    department: str
    about: str
    attempt_count: int
    fault: str
    create_time: datetime
    attempt_time: datetime | None = None

    @property
    def name(self) -> str:
        """Return the resource name."""
        return f"deadLetters/{self.id}"

    @property
    def target(self) -> str:
        """Return the resource name of the target."""
        return f"deliveryTargets/{self.target_id}"


POSTED: Final = "posted"
SETTLED: Final = "settled"
NOTICE: Final = "notice"
AT_ONCE: Final = frozenset({"deadline_over", "escalated"})
"""Notices of what is over: no digest waits for its hour with them."""


def moment(at: datetime) -> str:
    """Return a time as messages write it: RFC 3339, UTC, seconds."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def body_of(delivery: str, content: dict[str, str]) -> bytes:
    """Return the body of a webhook: JSON, UTF-8, the id of the delivery first."""
    return json.dumps({"delivery": delivery, **content}, ensure_ascii=False).encode()


def first_try(content: dict[str, str], email: str, at: datetime, period: timedelta) -> datetime:
    """Return when an event is due to be sent: a webhook at once, a digest when its period ends, at once too where something is over."""
    if not email or content.get("kind") in AT_ONCE:
        return at
    begun = datetime(1970, 1, 1, tzinfo=UTC)
    return begun + ((at - begun) // period + 1) * period


def pause(failures: int) -> timedelta:
    """Return how long a target that has failed so often in a row is left alone: 10 s, 20 s, 40 s, at most an hour."""
    return min(FIRST_PAUSE * (1 << min(max(failures, 1) - 1, 20)), LONGEST_PAUSE)
