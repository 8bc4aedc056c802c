"""Licenses, keys and verdicts to messages and back. No rules."""

from collections.abc import Mapping
from datetime import date
from functools import partial
from operator import attrgetter
from typing import Final

from hub.clock import day_of
from hub.faults import Faults
from hub.reach import obstacle_of_url
from hub.wire import Shape, content, optional_member
from licenses.license_type import BusinessField, LicenseType, Term
from licenses.model import Draft, Holder, IssuingKey, KeyRegistration, KeyState, License, LicenseNumber, LicenseState, Wanted
from licenses.reasons.issuing import DAY_WRONG
from shuniu.codes.code import link_of, text_of
from shuniu.codes.cose import to_be_signed
from shuniu.codes.verification import IssuedByPredecessor, Outcome, Verdict
from shuniu.v1 import license_pb2 as pb
from shuniu.words import Word

_UNREAD: Final = LicenseNumber("0")
"""Stands for a number that cannot be read."""
_HOLDER: Final = Shape(pb.Holder, Holder)
_FIELD: Final = Shape(pb.LicenseField, BusinessField, label=attrgetter("zh"), pattern=attrgetter("pattern.pattern"))
_PREDECESSOR: Final = Shape(pb.IssuedByPredecessor, IssuedByPredecessor)
_VERDICT: Final = Shape(
    pb.VerifyCodeResponse,
    Verdict,
    verdict=attrgetter("outcome"),
    reason=lambda one: "OK" if one.outcome is Outcome.VALID else one.reason,
    message_zh=attrgetter("zh"),
    issuer_title=attrgetter("department"),
    license_type=attrgetter("type_code"),
    license_type_title=attrgetter("name"),
    holder=attrgetter("holder_short"),
    check_time=attrgetter("checked_at"),
    warnings=lambda one: list(one.warnings),
    issued_by_predecessor=lambda one: one.issued_by_predecessor and _PREDECESSOR(one.issued_by_predecessor),
    # what a license type knows of it: `verdict_to`
    public_fields=lambda _: None,
    license_type_verified=lambda _: None,
)


def verdict_to(verdict: Verdict, types: Mapping[str, LicenseType]) -> pb.VerifyCodeResponse:
    """Return the message of a verdict, its public fields by the names that the license type gives them."""
    kind = types.get(verdict.type_code)
    labels = {one.name: one.label for one in kind.fields} if kind else {}
    answer = _VERDICT(verdict)
    for name, value in verdict.public:
        label = labels.get(name, Word(name, name, name))
        answer.public_fields.add(name=name, label=label.zh, label_en=label.en, value=value)
    answer.license_type_verified = kind is not None and kind.verified
    return answer


def _link(one: License) -> str | None:
    """Return the code as a link under the pages' address, which its status list shares; None where nobody could reach it over https."""
    pages = one.status_uri.rpartition("/status/")[0]
    # the link is all in capitals, and a path may not be
    reached = pages.startswith("https://") and "/" not in pages.removeprefix("https://") and obstacle_of_url(pages) is None
    return link_of(one.signed_bytes, pages) if reached else None


def _name(identifier: str) -> str:
    return f"licenses/{identifier}" if identifier else ""


key_to: Final = Shape(pb.IssuingKey, IssuingKey)
"""Return the message of an issuing key."""

license_to: Final = Shape(
    pb.License,
    License,
    superseded_by=lambda one: _name(one.superseded_by),
    supersedes=lambda one: _name(one.supersedes),
    holders=lambda one: [_HOLDER(holder) for holder in one.holders],
    # computed and not stored: it follows from header and payload
    to_be_signed=lambda one: None if one.signed_bytes or not one.payload else to_be_signed(one.protected, one.payload),
    code=lambda one: text_of(one.signed_bytes) if one.signed_bytes else None,
    link=lambda one: _link(one) if one.signed_bytes else None,
)
"""Return the message of a license: bytes to sign while in draft, signed bytes and code once issued; neither of one without content."""


def _term(term: Term) -> str:
    if term.days is not None:
        return f"{term.days} days"
    return "长期" if term.months is None else f"{term.months} months"


type_to: Final = Shape(
    pb.LicenseType,
    LicenseType,
    title=attrgetter("zh"),
    title_en=attrgetter("en"),
    holder_code_types=lambda kind: sorted(kind.holder_kinds),
    validity=lambda kind: _term(kind.validity),
    fields=lambda kind: [_FIELD(one) for one in kind.fields],
)
"""Return the message of a license type."""


def registration_from(request: pb.RegisterIssuingKeyRequest) -> KeyRegistration:
    """Return what a request wants registered; without an end it is the usual one."""
    return content(request, KeyRegistration, "")


def draft_from(message: pb.License, faults: Faults) -> Draft:
    """Return what a request wants prepared; what of it cannot be read is kept among the faults, and something stands in for it."""
    holders = tuple(content(one, Holder, "holders") for one in message.holders)
    first, last = (faults.take(partial(_day, getattr(message, name), name), None) for name in ("valid_from", "valid_to"))
    number = faults.take(partial(LicenseNumber, message.number), _UNREAD)
    return content(message, Draft, "", holders=holders, valid_from=first, valid_to=last, number=number)


def key_state_from(number: pb.IssuingKeyState.ValueType) -> KeyState | None:
    """Return the state to filter by, None for none; a number that stands for no state is refused."""
    return optional_member(KeyState, pb.IssuingKeyState.DESCRIPTOR, number, "state")


def wanted_from(request: pb.ListLicensesRequest) -> Wanted:
    """Return which of its licenses a department wants listed."""
    state = optional_member(LicenseState, pb.LicenseState.DESCRIPTOR, request.state, "state")
    return Wanted(number=request.number, state=state, license_type=request.license_type)


def _day(text: str, field: str) -> date | None:
    if not text:
        return None
    if (day := day_of(text)) is None:
        raise DAY_WRONG(field=field)
    return day
