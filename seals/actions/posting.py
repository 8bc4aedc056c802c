"""What seals lay on the desk at once: what waited before work was kept, and what ends with time."""

from collections.abc import Iterator
from datetime import datetime
from functools import partial

from hub.access import Duty
from hub.desk import Thing
from hub.ending import AHEAD, notice_of_end
from hub.going_through import BATCH, PostingActions
from seals.actions.office import SEALS
from seals.model import SEAL_TURNS
from seals.store import SealStore, SignerCertificateStore


class PostingOfSeals(PostingActions):
    """The part of the seals' actions that no caller asks for."""

    def backfill(self, _at: datetime) -> Iterator[int]:
        """Post the work of all seals that wait already: of a hub that kept none before."""
        states = [state for state, turn in SEAL_TURNS.items() if turn is not None]
        yield from self._go_through(SEALS, lambda tx, after, count: SealStore(tx).open(states, after, count), "")

    def tell_ends(self, at: datetime) -> Iterator[int]:
        """Tell owners of seals and signers' certificates that are about to end."""
        told = partial(notice_of_end, duties=(Duty.SEALS,), at=at)
        yield from self._go_through(
            SEALS,
            lambda tx, after, count: SealStore(tx).ending(at, at + AHEAD, after, count),
            "",
            lambda seal: told("seal_ends", seal.owner, end=seal.valid_to),
        )
        after, seen = "", BATCH
        while seen == BATCH:
            with self._db.begin() as tx:
                found = SignerCertificateStore(tx).ending(at, at + AHEAD, after, BATCH)
                for one in found:
                    self._desk.tell(tx, Thing(one.name, one.serial), told("signer_certificate_ends", one.owner, end=one.not_after), at)
            seen, after = len(found), found[-1].serial if found else after
            yield seen
