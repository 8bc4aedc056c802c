"""The one harmless question of a probe: at most one record under a key of nobody. Nobody reads what the answer holds; records are counted alone.

It is no access: it uses no grant, takes no turn at the provider, tells the breaker nothing, and puts nothing on the log.
"""

import asyncio
import concurrent.futures
from time import monotonic
from typing import Final

from catalog.model import Entry
from catalog.probing import Sounding
from certs.identities import Identities
from exchange.framing import FramingError, is_of_other, records_in
from exchange.model import Question
from exchange.providers import Place, ProviderPool
from exchange.reasons import (
    ANSWER_TO_OTHER_QUESTION,
    ANSWER_UNREADABLE,
    FIELD_NOT_SERVED,
    KEY_REFUSED,
    PROVIDER_BUSY,
    PROVIDER_NOT_READY_AT,
    PROVIDER_NOT_REGISTERED,
    PROVIDER_REFUSED,
    PROVIDER_SLOW,
)
from exchange.steps import FETCH
from exchange.wire import ONE, probe_to
from hub.errors import ShuniuError

_THERE: Final = frozenset({KEY_REFUSED.name, PROVIDER_BUSY.name, PROVIDER_REFUSED.name})
"""Refusals by which a service shows that it is there: it takes no such key, has much to do, or talks with its consumers alone."""
_OF_COLUMN: Final = frozenset({FIELD_NOT_SERVED.name, PROVIDER_NOT_READY_AT.name})


class Prober:
    """Asks the services of entries; made in the event loop, called in threads of the control plane."""

    def __init__(self, identities: Identities, providers: ProviderPool, asker: str) -> None:
        """Take who serves where, the connections, and the USCC of the authority, in whose name a provider's account has the question."""
        self._identities, self._providers, self._asker = identities, providers, asker
        self._loop = asyncio.get_running_loop()

    def __call__(self, entry: Entry) -> Sounding:
        """Return what the question met."""
        department, system = entry.provider, entry.serving_system
        endpoint, trusted = self._identities.endpoint(department, system), self._identities.certificates_of(department, system)
        if not endpoint or not trusted:
            return Sounding(cause=PROVIDER_NOT_REGISTERED.name, is_nowhere=True)
        place, limit = Place(department, system, endpoint, trusted), self._providers.terms.timeout
        asking = asyncio.run_coroutine_threadsafe(self._ask(place, probe_to(entry, self._asker), limit), self._loop)
        try:
            # A second more than the call has: while the hub stops, its loop may not turn any more.
            return asking.result(limit + 1)
        except (TimeoutError, concurrent.futures.CancelledError):
            asking.cancel()
            raise PROVIDER_SLOW(step=FETCH.place, retry_after=1.0, limit=f"{limit:.1f}") from None

    async def _ask(self, place: Place, question: Question, limit: float) -> Sounding:
        began = monotonic()
        try:
            answer = await self._providers.probe(place, question, limit)
        except ShuniuError as error:
            if error.reason in _THERE:
                return Sounding(_milliseconds(began))
            return Sounding(cause=error.reason, field=error.facts.get("column", "") if error.reason in _OF_COLUMN else "")
        try:
            has_record, is_other = bool(records_in(answer, ONE)), is_of_other(answer, question.digest, ONE)
        except FramingError:
            return Sounding(cause=ANSWER_UNREADABLE.name)
        return Sounding(cause=ANSWER_TO_OTHER_QUESTION.name) if is_other else Sounding(_milliseconds(began), has_record)


def _milliseconds(began: float) -> int:
    return round((monotonic() - began) * 1000)
