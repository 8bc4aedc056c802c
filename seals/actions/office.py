"""What all actions about seals share: the seal office, the kinds of things they are about, and which texts a step brings."""

from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Final

from hub.access import Caller
from hub.resource import id_of
from hub.unit_of_work import Actions, Aim, Kit, Step
from hub.wording import Officer, RequestId
from seals.model import Seal, Stamp, seal_waits
from seals.office import SealOffice
from seals.store import SealStore, StampStore

SEALS: Final[Aim[Seal]] = Aim(store=SealStore, id_of=partial(id_of, collection="seals"), waits=seal_waits, title=lambda seal: seal.title)
STAMPS: Final[Aim[Stamp]] = Aim(store=StampStore, id_of=partial(id_of, collection="stamps"))


class OfficeActions(Actions):
    """Shared by all actions about seals; has no action of its own."""

    def __init__(self, kit: Kit, office: SealOffice, font: Path | None = None) -> None:
        """Take the kit, the office, and the font for seal pictures (None: look for one)."""
        super().__init__(kit)
        self._office, self._font = office, font


def with_officer(step: Step) -> Step:
    """Return the step with its officer, who must be named, and its request id as they are kept."""
    return replace(step, officer=Officer(step.officer), request_id=RequestId(step.request_id))


def other(caller: Caller, owner: str) -> str:
    """Return the owner where somebody else acts on its thing."""
    return owner if owner != caller.department else ""
