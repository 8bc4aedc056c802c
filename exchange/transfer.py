"""The transfer of data under a grant, step by step; each step is an object that is called with what the steps before it returned.

1. permit   the grant covers this caller, now, for this purpose, in this way, with these fields and one more call today, and the
            officer is one of the department's; a refusal is on the log before the caller hears of it
2. reserve  the intent takes its place in the access log and commits while the provider works
3. fetch    the provider is asked for the granted fields and the key alone, within what is left of the caller's deadline
4. clean    what was not granted is dropped, records outside the grant's rows whole; what does not fit the directory entry or the subject
            refuses the whole answer; masks are applied; a record under objection is marked so
5. record   the outcome is durable: nothing is returned before (no personal data leaves without its record)
6. release  the answer leaves, with the receipt of its outcome and the salt that opens the outcome's digest

From reserve on, whatever happens, the intent gets one outcome (`exchange.ledger`). Another way of moving data composes the same steps.
"""

import asyncio
from dataclasses import dataclass, field, replace
from functools import partial
from typing import ClassVar, Final

from audit.hot import Salts
from audit.model import Receipt
from audit.refusals import RefusalBook
from brokerage.grants import LiveGrant, LiveGrants
from brokerage.live_objections import LiveObjections
from brokerage.reasons import NOT_CONSUMER
from catalog.model import Field, ShareMode
from certs.identities import Identities
from certs.roll import Roll
from certs.roster import Roster
from exchange import steps
from exchange.asking import Asked
from exchange.batches import Batches
from exchange.checking import answer_of, granted, judged, sieve_of
from exchange.cleaners import Cleaners
from exchange.cleaning import Sieve, Sieves, check_question, clean
from exchange.filed import FiledRecords
from exchange.framing import is_light
from exchange.ledger import GrantedAnswer, Intent, Ledger
from exchange.model import FOR_THE_OUTCOME, MOST_BYTES, Access, Check, Delivery, Permission, Query, Question
from exchange.providers import Place, ProviderPool
from exchange.reasons import ANSWER_TOO_LARGE, DEADLINE_TOO_SHORT, NO_GRANT, PROVIDER_OUTDATED
from exchange.refusing import refusal_of
from exchange.steps import TransferStep
from exchange.surplus import Surplus
from exchange.wire import check_to, fetch_to, marks_to
from hub.access import ACCESS, AccessRow, Caller
from hub.clock import Clock
from hub.errors import IntegrityError, ShuniuError
from questions.sightings import Sightings
from shuniu.digest import SALT_LENGTH, answer_digest
from shuniu.predicates import CheckAnswer


@dataclass(frozen=True, slots=True)
class Way:
    """One way in which data moves: the mode that the grant must name, and the row of its rpc, under whose action the log keeps it."""

    mode: ShareMode
    row: AccessRow

    @property
    def action(self) -> str:
        """Return the action under which the log keeps an access."""
        return self.row.action


QUERY: Final = Way(ShareMode.QUERY, ACCESS["/shuniu.v1.ExchangeService/Query"])
QUERY_MANY: Final = Way(ShareMode.QUERY, ACCESS["/shuniu.v1.ExchangeService/QueryMany"])
"""Many keys of one case: each is a query under the same mode of the grant."""
CHECK: Final = Way(ShareMode.CHECK, ACCESS["/shuniu.v1.ExchangeService/Check"])


@dataclass(frozen=True, slots=True)
class Admission:
    """What an access may use whoever it is about: the grant as it stands, the fields that are wanted, and what the log says of the officer."""

    live: LiveGrant
    fields: tuple[Field, ...]
    marks: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class PermitAccess:
    """Ask as a clerk would: who, when, why, how, does the provider take part; then which fields, about whom, and has the day a call left."""

    step: ClassVar[TransferStep] = steps.PERMIT
    way: Way
    grants: LiveGrants
    roll: Roll
    roster: Roster
    refusals: RefusalBook

    async def __call__(self, access: Access) -> Permission:
        """Return the permission; raise the refusal once it is on the log, or LimitError where this system was refused too often."""
        live = self.grants.get(access.query.grant.id, access.at)
        try:
            return self._of_key(access, self._admit(access, live))
        except ShuniuError as error:
            raise await self.refused(access, live, error) from None

    async def admit(self, access: Access) -> Admission:
        """Return what an access may use whoever it is about; raise the refusal as above."""
        live = self.grants.get(access.query.grant.id, access.at)
        try:
            return self._admit(access, live)
        except ShuniuError as error:
            raise await self.refused(access, live, error) from None

    async def of_key(self, access: Access, admission: Admission) -> Permission:
        """Return the permission of an access that is admitted; raise the refusal as above."""
        try:
            return self._of_key(access, admission)
        except ShuniuError as error:
            raise await self.refused(access, admission.live, error) from None

    async def look(self, access: Access) -> None:
        """Return where the grant covers the caller still; raise the refusal as above. Nobody is named, so no officer is counted."""
        live = self.grants.get(access.query.grant.id, access.at)
        try:
            self.roll.check_provider(self._covering(access, live).provider)
        except ShuniuError as error:
            raise await self.refused(access, live, error) from None

    async def refused(self, access: Access, live: LiveGrant | None, error: ShuniuError) -> ShuniuError:
        """Return what the caller hears of a refusal once it is on the log; raise LimitError where this system was refused too often."""
        if error.reason == NOT_CONSUMER.name:
            # The caller hears what he hears of a grant that is not there. The log has the reason, and nothing of the grant: a stranger's
            # words would stand before its provider and its citizens.
            heard = NO_GRANT(grant=access.query.grant)
            await self.refusals.put(refusal_of(self.way.action, access, None, error, NO_GRANT.name), access.time_left, heard)
            return heard
        await self.refusals.put(refusal_of(self.way.action, access, live, error), access.time_left, error)
        return error

    def _covering(self, access: Access, live: LiveGrant | None) -> LiveGrant:
        query = access.query
        if live is None:
            raise NO_GRANT(grant=query.grant)
        live.check(access.caller, self.way.mode, query.entry, query.purpose, access.at)
        return live

    def _admit(self, access: Access, found: LiveGrant | None) -> Admission:
        live = self._covering(access, found)
        by = self.roster.vouch(access.caller, access.query.officer, self.way.row, access.at)
        self.roll.check_provider(live.provider)
        return Admission(live, _fields_of(live, access.query), by.marks)

    def _of_key(self, access: Access, admission: Admission) -> Permission:
        # Behind the grant, which alone tells what the key identifies; and a stranger learns nothing by its fault.
        permission = self._permission(access, admission)
        # Last: only a call that all else allows is counted.
        self.grants.quota.take(admission.live, access.at)
        return permission

    def _permission(self, access: Access, admission: Admission) -> Permission:
        query, live, asked = access.query, admission.live, None
        if isinstance(query, Check):
            asked = Asked.of(query.given, live.predicate(query.predicate)[0], admission.fields, access.at)
        return Permission.of(live, admission.fields, query.subject_key, admission.marks, asked)


def _fields_of(live: LiveGrant, query: Query) -> tuple[Field, ...]:
    """Return the fields that an access is about: those that are wanted, or those that its predicate compares."""
    return live.predicate(query.predicate)[1] if isinstance(query, Check) else live.fields_of(query.fields)


@dataclass(frozen=True, slots=True)
class ReserveIntent:
    """Queue the intent for the log. Nobody waits for it here: the outcome is never written before it."""

    step: ClassVar[TransferStep] = steps.RESERVE
    way: Way
    ledger: Ledger

    def __call__(self, access: Access, permission: Permission) -> Intent:
        """Return the intent, which must be given an outcome."""
        return self.ledger.intend(self.way.action, access, permission)


@dataclass(frozen=True, slots=True)
class Answer:
    """What a provider answered, unread, and to what."""

    question: Question
    data: bytes


@dataclass(frozen=True, slots=True)
class FetchRecords:
    """Ask the provider, where it serves now and by the certificates that are registered for it now.

    Where no system serves the entry, what its provider uploaded is asked in its place.
    """

    step: ClassVar[TransferStep] = steps.FETCH
    identities: Identities
    providers: ProviderPool
    files: FiledRecords
    surplus: Surplus = field(default_factory=Surplus)
    batches: Batches | None = None
    sightings: Sightings = field(default_factory=Sightings)

    def together(self) -> "FetchRecords":
        """Return the step that asks a provider for several keys in one call where it can."""
        return replace(self, batches=Batches(self.providers))

    async def __call__(self, access: Access, permission: Permission) -> Answer:
        """Return what was asked and the bytes of the answer, unread; raise what the provider's refusal means (`exchange.faults`)."""
        question = fetch_to(access, permission)
        if not permission.live.serving_system:
            return Answer(question, await self.files.fetch(access, permission, question))
        place, limit = self._place(access, permission.live)
        return Answer(question, await (self.batches or self.providers).fetch(place, question, limit))

    def _place(self, access: Access, live: LiveGrant) -> tuple[Place, float]:
        """Return where to ask, and for how many seconds at most."""
        self.surplus.check(access.caller.department, live.provider)
        endpoint = self.identities.endpoint(live.provider, live.serving_system)
        place = Place(live.provider, live.serving_system, endpoint, self.identities.certificates_of(live.provider, live.serving_system))
        # As it was when the call came: neither permit nor reserve waits for anything where they succeed.
        limit = min(self.providers.terms.timeout, access.time_left - FOR_THE_OUTCOME)
        if limit <= 0:
            raise DEADLINE_TOO_SHORT(step=self.step.place)
        return place, limit


@dataclass(frozen=True, slots=True)
class AskPredicate(FetchRecords):
    """Ask the provider whether it is so: its records stay with it. One of an earlier release is asked for them instead."""

    async def __call__(self, access: Access, permission: Permission) -> Answer:
        """Return what was asked and the bytes of the answer; which of the two was asked, the question says."""
        if not permission.live.serving_system:
            return await FetchRecords.__call__(self, access, permission)
        place, limit = self._place(access, permission.live)
        asked = permission.asked
        if asked is not None and self.providers.knows_check(place):
            question = check_to(access, permission, asked.conditions, absent_is_no=asked.predicate.absent_is_no)
            try:
                return Answer(question, await self.providers.fetch(place, question, limit))
            except ShuniuError as error:
                if error.reason != PROVIDER_OUTDATED.name:
                    raise
        question = fetch_to(access, permission)
        return Answer(question, await self.providers.fetch(place, question, limit))


@dataclass(frozen=True, slots=True)
class CleanAnswer:
    """Read the answer and let pass what was granted: a light one here and now, any other in a thread, in its consumer's and provider's turn."""

    step: ClassVar[TransferStep] = steps.CLEAN
    surplus: Surplus
    objections: LiveObjections
    sieves: Sieves = field(default_factory=Sieves)
    salts: Salts = field(default_factory=lambda: Salts(SALT_LENGTH))
    cleaners: Cleaners = field(default_factory=Cleaners)

    async def __call__(self, access: Access, permission: Permission, answer: Answer) -> GrantedAnswer:
        """Return the clean answer; raise IntegrityError where the provider's does not fit, another error where its turn does not come."""
        live, data = permission.live, answer.data
        sieve = self.sieves.get(live, access.query.fields, permission.fields)
        objections = self.objections.of(live.entry_name, permission.subject, (field.name for field in permission.fields))
        marks = marks_to(objections, access.caller) if objections else b""
        work = partial(_granted, answer, sieve, permission.key, self.salts.take(), marks)
        if is_light(data):
            return work()
        try:
            sieve.check_size(data)
            return await self.cleaners.run(access, live.provider, work)
        except IntegrityError:  # the answer does not fit: what it cost stands to the account of those who could have kept it away
            self.surplus.count(access.caller.department, live.provider, len(data))
            raise


@dataclass(frozen=True, slots=True)
class JudgeAnswer(CleanAnswer):
    """Read what the provider answered, or compare the records that it sent, of which none goes further."""

    async def __call__(self, access: Access, permission: Permission, answer: Answer) -> GrantedAnswer:
        """Return the answer; raise IntegrityError where the provider's does not fit."""
        provider, data = permission.live.provider, answer.data
        if answer.question.is_check:
            said, rows = answer_of(data, answer.question.digest, provider)
            return granted(said, rows, self.salts.take(), access, permission, self.objections)
        sieve = sieve_of(permission)
        work = partial(_judged, answer, sieve, permission)
        try:
            sieve.check_size(data)
            said, rows = work() if is_light(data) else await self.cleaners.run(access, provider, work)
        except IntegrityError:
            self.surplus.count(access.caller.department, provider, len(data))
            raise
        return granted(said, rows, self.salts.take(), access, permission, self.objections)


def _judged(answer: Answer, sieve: Sieve, permission: Permission) -> tuple[CheckAnswer, int]:
    check_question(answer.data, answer.question.digest, sieve.provider)
    return judged(answer.data, sieve, permission)


def _granted(answer: Answer, sieve: Sieve, key: str, salt: bytes, marks: bytes) -> GrantedAnswer:
    """Return what is released: what is left of the answer, and behind it what the record is marked with, so that the digest covers both."""
    check_question(answer.data, answer.question.digest, sieve.provider)
    cleaned = clean(answer.data, sieve, key)
    data = cleaned.data + marks  # messages one behind the other are one message
    if len(data) > MOST_BYTES:
        raise ANSWER_TOO_LARGE(step=steps.CLEAN.place, provider=sieve.provider, most=MOST_BYTES)
    return GrantedAnswer(data, cleaned.rows, cleaned.dropped, salt, answer_digest(data, salt), cleaned.outside)


@dataclass(frozen=True, slots=True)
class RecordOutcome:
    """Wait until the outcome is durable."""

    step: ClassVar[TransferStep] = steps.RECORD

    async def __call__(self, intent: Intent, answer: GrantedAnswer) -> Receipt:
        """Return the receipt; raise UnavailableError where the log does not commit in time."""
        return await intent.record(answer)


@dataclass(frozen=True, slots=True)
class ReleaseAnswer:
    """Let the answer go; the receipt shows that its outcome is durable."""

    step: ClassVar[TransferStep] = steps.RELEASE

    def __call__(self, answer: GrantedAnswer, receipt: Receipt) -> Delivery:
        """Return what the caller gets."""
        return Delivery(answer.data, receipt, answer.salt)


@dataclass(frozen=True, slots=True)
class Course:
    """The steps of one way, in their order."""

    permit: PermitAccess
    reserve: ReserveIntent
    fetch: FetchRecords
    clean: CleanAnswer
    record: RecordOutcome
    release: ReleaseAnswer

    async def run(self, access: Access) -> Delivery:
        """Carry one access from the first step to the last."""
        return await self.carry(access, await self.permit(access))

    async def carry(self, access: Access, permission: Permission) -> Delivery:
        """Carry an access that is permitted from the second step to the last."""
        # Outside the `try`: where the log takes no intent, there is none to close.
        intent = self.reserve(access, permission)
        try:
            fetched = await self.fetch(access, permission)
            answer = await self.clean(access, permission, fetched)
            receipt = await self.record(intent, answer)
        except BaseException as error:  # a caller who hangs up and a fault of ours leave no intent open either
            await intent.fail(error)
            raise
        self.fetch.sightings.note(permission.live.entry_name, access.at)  # questions may wait for this service
        # noted in memory alone; the sweep writes it down (Decree 809 art. 22: until the data is served for the first time)
        self.permit.grants.first_uses.note(permission.live.grant, access.at)
        return self.release(answer, receipt)


class Transfer:
    """Carries data. Grants, identities and endpoints are in memory; the log is the only thing written."""

    def __init__(
        self,
        grants: LiveGrants,
        objections: LiveObjections,
        roster: Roster,
        fetch: FetchRecords,
        ledger: Ledger,
        refusals: RefusalBook,
        clock: Clock,
    ) -> None:
        """Take the live grants and open objections, the officers, the way to providers, and what writes accesses and refusals to the log."""
        self._clock = clock
        self._ledger = ledger
        cleaning = CleanAnswer(fetch.surplus, objections)

        def course(way: Way, fetch: FetchRecords, cleaning: CleanAnswer) -> Course:
            permit = PermitAccess(way, grants, fetch.identities.roll, roster, refusals)
            return Course(permit, ReserveIntent(way, ledger), fetch, cleaning, RecordOutcome(), ReleaseAnswer())

        asking = AskPredicate(fetch.identities, fetch.providers, fetch.files, fetch.surplus, sightings=fetch.sightings)
        judging = JudgeAnswer(fetch.surplus, objections, salts=cleaning.salts, cleaners=cleaning.cleaners)
        self._query = course(QUERY, fetch, cleaning)
        self._check = course(CHECK, asking, judging)
        self.of_many = course(QUERY_MANY, fetch.together(), cleaning)
        """The steps of each key of a stream (`exchange.many`)."""

    async def query(self, caller: Caller, query: Query, time_left: float) -> Delivery:
        """Return the granted fields of the subject's records; `time_left` is the caller's deadline in seconds."""
        end = asyncio.get_running_loop().time() + time_left
        return await self._query.run(Access(caller, query, self._clock.now(), time_left, end))

    async def check(self, caller: Caller, check: Check, time_left: float) -> Delivery:
        """Return whether a predicate holds of the subject; `time_left` is the caller's deadline in seconds."""
        end = asyncio.get_running_loop().time() + time_left
        return await self._check.run(Access(caller, check, self._clock.now(), time_left, end))

    async def close(self) -> None:
        """Wait a stated time until every access that was cut short has its outcome; called before the log's writer stops."""
        await self._ledger.settle()
        self._query.clean.cleaners.close()
        self._query.fetch.files.close()
