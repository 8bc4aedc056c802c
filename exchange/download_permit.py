"""Who may download an entry's data file, from where on, and whether that still holds while it is delivered."""

from dataclasses import dataclass
from typing import ClassVar, Final

from catalog.model import ShareMode
from exchange.download_reasons import DOWNLOAD_ENTRY_SERVED, DOWNLOAD_GRANT_CHANGED
from exchange.model import Access
from exchange.steps import PERMIT
from exchange.stream_permit import PermitStream, StreamPermission
from exchange.stream_places import PlaceUse
from exchange.stream_reasons import STREAM_TOKEN_FOREIGN, STREAM_TOKEN_OUTDATED
from exchange.transfer import Admission, Way
from hub.access import ACCESS
from hub.errors import IllegalStateError, Reason

DOWNLOAD: Final = Way(ShareMode.FILE, ACCESS["/shuniu.v1.ExchangeService/Download"])
OF_DOWNLOADS: Final = PlaceUse(b"shuniu download place 1", STREAM_TOKEN_FOREIGN, STREAM_TOKEN_OUTDATED)


@dataclass(frozen=True, slots=True)
class PermitDownload(PermitStream):
    """Ask as for a stream; where a system serves the entry there is no file."""

    changed: ClassVar[Reason[IllegalStateError]] = DOWNLOAD_GRANT_CHANGED

    def _permission(self, access: Access, admission: Admission) -> StreamPermission:
        if admission.live.serving_system:
            raise DOWNLOAD_ENTRY_SERVED(step=PERMIT.place, entry=admission.live.entry_name)
        # a dataclass with slots is another class than the one that a bare super() means
        return super(PermitDownload, self)._permission(access, admission)
