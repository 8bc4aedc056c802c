"""What a probe of a service met, and what that says of it. Pure: who asks, and over which connection, lies above this package."""

from dataclasses import dataclass, replace
from typing import Final, Protocol

from catalog.model import Entry
from catalog.model.health import Observation, ServiceState
from catalog.reasons import SERVICE_KNOWS_NOBODY, SERVICE_LACKS_FIELD, SERVICE_NOWHERE, SERVICE_SILENT
from catalog.serving import Description, EntryCheck, check_entry_served
from hub.errors import ShuniuError
from hub.wording import spells_id_number
from shuniu.provider.reasons import RESOURCE_NOT_SERVED

_LONGEST: Final = 500
"""Characters of a text that are kept."""


@dataclass(frozen=True, slots=True)
class Sounding:
    """What the one question of a probe met: how long the answer took, whether there was a record in it, or why there is none (a stable code).

    `field` is the entry's that the service could not read; `is_nowhere` says that nobody serves: there is no address, or no certificate.
    """

    latency_ms: int | None = None
    has_record: bool = False
    cause: str = ""
    field: str = ""
    is_nowhere: bool = False


class Sound(Protocol):
    """Asks the service of an entry for at most one record under a key of nobody, in a thread of the control plane."""

    def __call__(self, entry: Entry, /) -> Sounding:
        """Return what the question met; what stood in the answer is not among it."""


def observe(entry: Entry, description: Description | None, sounding: Sounding, before: ServiceState) -> Observation:
    """Return how an entry's service stands by what it says that it serves, None where it did not say, and by what the question met.

    What contradicts the entry comes first, since that is why the question may have failed. Where nobody ever served, nothing is down.
    """
    seen = _by_description(check_entry_served(entry, description)) if description else None
    seen = seen or _by_question(entry.name, sounding, before)
    served = next((one for one in description.resources if one.name == entry.serving_resource), None) if description else None
    rows, newest = (served.row_count, served.newest_row_time) if served else (None, None)
    counted = rows if rows is not None and rows >= 0 else None
    return replace(seen, latency_ms=sounding.latency_ms, described=description is not None, row_count=counted, newest_row_time=newest)


def _by_description(check: EntryCheck) -> Observation | None:
    """Return how a service stands that contradicts its entry, None for one that does not."""
    found = check.contradictions
    if not found:
        return None
    # without the resource nothing is answered; else records come, but not as the entry says
    told = next((one for one in found if one.reason == RESOURCE_NOT_SERVED.name), found[0])
    state = ServiceState.DOWN if told.reason == RESOURCE_NOT_SERVED.name else ServiceState.DEGRADED
    return Observation(state, told.reason, _shown(told.message), _shown(told.message_zh), told.field)


def _by_question(entry: str, sounding: Sounding, before: ServiceState) -> Observation:
    if sounding.is_nowhere:
        state = ServiceState.UNKNOWN if before is ServiceState.UNKNOWN else ServiceState.DOWN
        return _seen(state, SERVICE_NOWHERE(entry=entry), sounding.cause)
    if sounding.field:
        return _seen(ServiceState.DEGRADED, SERVICE_LACKS_FIELD(entry=entry, column=sounding.field), field=sounding.field)
    if sounding.cause:
        return _seen(ServiceState.DOWN, SERVICE_SILENT(entry=entry, cause=sounding.cause), sounding.cause)
    if sounding.has_record:
        return _seen(ServiceState.DEGRADED, SERVICE_KNOWS_NOBODY(entry=entry))
    return Observation(ServiceState.UP)


def _seen(state: ServiceState, told: ShuniuError, cause: str = "", field: str = "") -> Observation:
    """Return an observation; of a question that met no answer the code is the one that a query would meet."""
    en, zh = f"{told.message}; {told.next_action}", f"{told.zh}；{told.next_action_zh}"
    return Observation(state, cause or told.reason, _shown(en), _shown(zh), field)


def _shown(text: str) -> str:
    """Return a text as every member may read it: a provider chose the names of columns in it, and one could spell anybody's number."""
    return "" if spells_id_number(text) else text[:_LONGEST]
