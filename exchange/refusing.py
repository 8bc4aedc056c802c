"""The record of a refused access: small, whatever the caller wrote.

Of the fields that were asked for it names those of the grant's entry, as far as there is room, and counts the others: their names are the
caller's own words, up to two hundred of them, in a record that costs the caller nothing.
"""

from collections.abc import Mapping
from typing import Final

from audit.model import TOLD, Actor, Event, Kind
from brokerage.grants import LiveGrant
from exchange.asking import PREDICATE
from exchange.model import Access, Check
from hub.errors import InvalidInputError, ShuniuError
from hub.subject import Subject

OTHER_FIELDS: Final = "other_fields"
"""The detail that says how many of the fields asked for are none of the entry's; without a grant, all."""
MORE_FIELDS: Final = "more_fields"
"""The detail that says how many fields of the entry were asked for beyond those that are named."""
ROOM: Final = 512
"""Characters for the names of fields; they are ASCII."""


def refusal_of(action: str, access: Access, live: LiveGrant | None, error: ShuniuError, told: str = "") -> Event:
    """Return the record of a refusal; `live` is the grant, where the caller may be told of it, `told` the reason heard, where that is another."""
    query = access.query
    fields, counts = _fields_of(query.fields, live)
    if isinstance(query, Check) and live is not None and query.predicate in live.predicates:
        counts = {**counts, PREDICATE: query.predicate}
    return Event(
        kind=Kind.REFUSAL,
        at=access.at,
        action=action,
        actor=Actor(access.caller.department, access.caller.system, query.officer),
        other=live.provider if live else "",
        resource=live.entry_name if live else "",
        purpose=query.purpose,
        case_number=query.case_number,
        grant=query.grant,
        subject=_subject(live, query.subject_key) if live else None,  # the grant's entry says what kind of number the key is
        fields=fields,
        status=error.reason,
        detail={TOLD: told, **counts} if told else counts,
    )


def _fields_of(asked: tuple[str, ...], live: LiveGrant | None) -> tuple[tuple[str, ...], Mapping[str, str]]:
    """Return the names that the record tells, and how many of which kind it does not."""
    known = dict.fromkeys(name for name in asked if live is not None and name in live.entry_fields)
    others = sum(name not in known for name in asked)
    room, named = ROOM, []
    for name in known:
        room -= len(name)
        if room < 0:
            break
        named.append(name)
    counts = {OTHER_FIELDS: others, MORE_FIELDS: len(known) - len(named)}
    return tuple(named), {name: str(count) for name, count in counts.items() if count}


def _subject(live: LiveGrant, key: str) -> Subject | None:
    """Return whom a refused access was about, None where the entry does not say what its key identifies, or the key is none."""
    if not live.subject_domain:
        return None
    try:
        return Subject(live.subject_domain, key)
    except InvalidInputError:
        return None
