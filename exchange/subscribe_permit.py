"""Who may subscribe to the changes of an entry, and whether that still holds while the subscription is open."""

from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import ClassVar, Final

from brokerage.grants import LiveGrant
from catalog.model import ShareMode
from exchange.model import Access, Whole
from exchange.stream_permit import PermitStream, StreamPermission
from exchange.stream_places import BEGINNING, PlaceUse, edition_of
from exchange.subscribe_reasons import CHANGE_TOKEN_FOREIGN, CHANGE_TOKEN_OUTDATED, SUBSCRIPTION_GRANT_CHANGED, SUBSCRIPTION_NEEDS_KEY
from exchange.transfer import Admission, Way
from hub.access import ACCESS
from hub.errors import IllegalStateError, Reason

SUBSCRIBE: Final = Way(ShareMode.SUBSCRIBE, ACCESS["/shuniu.v1.ExchangeService/Subscribe"])
OF_CHANGES: Final = PlaceUse(b"shuniu change place 1", CHANGE_TOKEN_FOREIGN, CHANGE_TOKEN_OUTDATED)
_LENGTH: Final = 32


def terms_edition(live: LiveGrant) -> str:
    """Return a digest of what must not change between two changes of one subscription, whatever the fields."""
    return edition_of(live, ())[:_LENGTH]


def change_edition(live: LiveGrant, fields: Sequence[str]) -> str:
    """Return the same with the fields that are delivered."""
    return f"{terms_edition(live)}.{sha256(','.join(fields).encode()).hexdigest()[:_LENGTH]}"


@dataclass(frozen=True, slots=True)
class PermitSubscription(PermitStream):
    """Ask as for a stream; the key has to be among the fields, in clear, and a token says from where on."""

    changed: ClassVar[Reason[IllegalStateError]] = SUBSCRIPTION_GRANT_CHANGED

    def _permission(self, access: Access, admission: Admission) -> StreamPermission:
        whole, live, fields = access.query, admission.live, admission.fields
        if not any(one.name == live.key_field and not one.mask for one in fields):
            raise SUBSCRIPTION_NEEDS_KEY(field="fields", column=live.key_field)
        place, token = BEGINNING, whole.resume_token if isinstance(whole, Whole) else b""
        if token:
            edition, place = self.places.open(live, token, "resume_token")
            if edition != change_edition(live, [one.name for one in fields]):
                raise CHANGE_TOKEN_OUTDATED(field="resume_token")
        return StreamPermission(live, fields, "", None, admission.marks, None, place)
