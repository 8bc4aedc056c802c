"""Where the subscriptions of consumers stand in the database, so that any process goes on with them: cursors, and records that were told of."""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime

from audit.log import AuditLog
from brokerage.grants import LiveGrant, LiveGrants
from exchange.change_wire import Told
from exchange.reasons import NO_GRANT
from exchange.store import Cursor, SubscriptionStore, corrections
from exchange.stream_places import BEGINNING, PlaceBook, StreamPlace
from exchange.subscribe_permit import terms_edition
from exchange.subscribe_reasons import CHANGE_TOKEN_OUTDATED
from hub.access import Caller
from hub.clock import Clock
from hub.db import Database, Tx
from hub.errors import InvalidInputError
from hub.subject import Subject

Corrections = Mapping[bytes, tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class Subscriber:
    """Who follows what: a calling system, under a grant as it stands, in an edition."""

    caller: Caller
    live: LiveGrant
    edition: str


@dataclass(frozen=True, slots=True)
class Acknowledgement:
    """What a system says that it has of the changes under a grant."""

    grant_id: str
    system: str
    cursor: Cursor

    def write(self, tx: Tx, at: datetime) -> int:
        """Write it unless a newer one stands; return up to where the system has everything."""
        store = SubscriptionStore(tx, self.grant_id, self.system)
        store.hold()
        known, own = store.cursor(), self.cursor
        if known is not None and known.edition == own.edition and known.position >= own.position:
            return known.position
        store.put(own, at, is_known=known is not None)
        return own.position


class SubscriptionCursors:
    """Reads and moves cursors. Blocks; for threads."""

    def __init__(self, db: Database, log: AuditLog, grants: LiveGrants, clock: Clock, places: PlaceBook) -> None:
        """Take the database, what makes pseudonyms, the live grants, the clock, and what reads tokens."""
        self._db, self._log, self._grants, self._clock, self._places = db, log, grants, clock, places

    def begin(self, who: Subscriber, place: StreamPlace) -> StreamPlace:
        """Return where a subscription begins: at a place that was named, else behind what was acknowledged in this edition."""
        with self._db.begin() as tx:
            store = SubscriptionStore(tx, who.live.grant.id, who.caller.system)
            store.hold()
            known = store.cursor()
            cursor = known if known is not None and known.edition == who.edition else Cursor(who.edition)
            if cursor is not known and known is not None:
                store.begin_anew()
            store.put(cursor, self._clock.now(), is_known=known is not None)
        if place != BEGINNING or not cursor.token:
            return place
        return self._places.open(who.live, cursor.token, "resume_token")[1]

    def set_back(self, who: Subscriber, place: StreamPlace) -> StreamPlace:
        """Return the beginning, and forget what was acknowledged."""
        with self._db.begin() as tx:
            store = SubscriptionStore(tx, who.live.grant.id, who.caller.system)
            store.hold()
            store.begin_anew()
            store.put(Cursor(who.edition), self._clock.now(), is_known=store.cursor() is not None)
        return place

    def acknowledgement(self, caller: Caller, grant: str, token: bytes) -> Acknowledgement:
        """Return what the calling system says that it has; refuse a token of elsewhere. It touches no database."""
        live = self._grants.get(grant.partition("/")[2], self._clock.now())
        if live is None or live.grant.consumer != caller.department:
            raise NO_GRANT(grant=grant)
        edition, place = self._places.open(live, token, "token")
        if edition.partition(".")[0] != terms_edition(live):
            raise CHANGE_TOKEN_OUTDATED(field="token")
        return Acknowledgement(live.grant.id, caller.system, Cursor(edition, place.row, token))

    def write(self, together: Sequence[Acknowledgement]) -> dict[Acknowledgement, int]:
        """Write acknowledgements in one transaction; return for each up to which position its system has everything. An older one changes nothing."""
        with self._db.begin() as tx:
            return {one: one.write(tx, self._clock.now()) for one in sorted(together, key=lambda one: (one.grant_id, one.system))}

    def tellable(self, who: Subscriber, changes: Sequence[Told]) -> list[Told]:
        """Return those changes that a consumer may hear of whose grant covers some rows alone, and note of which records it was told.

        A record that is not inside is told as deleted to whoever was told of it, until that is acknowledged; to anybody else it is nothing.
        """
        with self._db.begin() as tx:
            store = SubscriptionStore(tx, who.live.grant.id, who.caller.system)
            store.hold()
            known, cursor = store.told([one.key for one in changes]), store.cursor()
            acknowledged = cursor.position if cursor is not None and cursor.edition == who.edition else 0
            fresh, moved, told = dict[str, None](), dict[str, int | None](), list[Told]()
            for one in changes:
                if one.record is not None:
                    if one.key not in known:
                        fresh[one.key] = None
                    elif known[one.key] is not None:
                        moved[one.key] = None
                    known[one.key] = None
                elif one.key not in known or ((left := known[one.key]) is not None and left <= acknowledged):
                    continue
                else:
                    moved[one.key] = known[one.key] = one.position
                told.append(one)
            store.tell(list(fresh), moved)
        return told

    def corrections(self, who: Subscriber) -> Corrections:
        """Return which objections corrected records of the entry lately, as far as the consumer knows of them, by whose pseudonym."""
        if not who.live.subject_domain:
            return {}
        with self._db.read() as tx:
            return corrections(tx, who.live.entry_name, who.caller.department, self._clock.now())

    def name_corrections(self, who: Subscriber, changes: Sequence[Told], known: Corrections) -> None:
        """Say of changes by which objections their records were corrected."""
        for one in changes if known else ():
            with suppress(InvalidInputError):  # a key that is no number of its kind is under nobody's objection
                if one.record is not None:
                    one.corrected = known.get(self._log.pseudonym(Subject(who.live.subject_domain, one.key)), ())
