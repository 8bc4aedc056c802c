"""Who may have a whole table, from where on, and whether that still holds while it is delivered."""

from dataclasses import dataclass
from typing import ClassVar, Final

from catalog.model import ShareMode
from exchange.model import Access, Permission, Whole
from exchange.reasons import NO_GRANT
from exchange.steps import RELEASE
from exchange.stream_places import BEGINNING, PlaceBook, StreamPlace, edition_of
from exchange.stream_reasons import STREAM_GRANT_CHANGED
from exchange.transfer import Admission, PermitAccess, Way
from hub.access import ACCESS
from hub.errors import IllegalStateError, Reason

STREAM: Final = Way(ShareMode.STREAM, ACCESS["/shuniu.v1.ExchangeService/Stream"])


@dataclass(frozen=True, slots=True)
class StreamPermission(Permission):
    """A permission for a whole table, from a place on."""

    place: StreamPlace = BEGINNING


@dataclass(frozen=True, slots=True)
class PermitStream(PermitAccess):
    """Ask as for a query; nobody's key is named, and a token says from where on."""

    changed: ClassVar[Reason[IllegalStateError]] = STREAM_GRANT_CHANGED
    places: PlaceBook

    def _permission(self, access: Access, admission: Admission) -> StreamPermission:
        whole, live, fields = access.query, admission.live, admission.fields
        token = whole.resume_token if isinstance(whole, Whole) else b""
        place = self.places.place_in(live, [one.name for one in fields], token)
        return StreamPermission(live, fields, "", None, admission.marks, None, place)

    def check_again(self, access: Access, permission: Permission) -> None:
        """Raise what a new call would be refused with: the grant, its entry or its provider may have changed while a stream is open."""
        query, at, live = access.query, access.at, permission.live
        now = self.grants.get(live.grant.id, at)
        if now is None:
            raise NO_GRANT(grant=query.grant)
        now.check(access.caller, self.way.mode, query.entry, query.purpose, at)
        self.roll.check_provider(now.provider)
        names = [field.name for field in permission.fields]
        if now is not live and edition_of(now, names) != edition_of(live, names):
            raise self.changed(step=RELEASE.place, grant=query.grant)
