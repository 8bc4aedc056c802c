"""The feed of changes: each has a number, a topic and a key. No record binds it, so it is believed only where its numbers leave no gap.

What a process holds in memory follows the feed. Somebody with the database could take a revocation out of it, or write numbers that hide the
next one; where the numbers do not fit, the feed begins anew and everything is read again.
"""

from typing import Any, Final

from sqlalchemy import Row, delete, func, insert, select, update

from hub.db.tables import change_counter, changes
from hub.db.transaction import Tx

KEPT_CHANGES: Final = 100_000  # far more than a process can miss between two polls, of which there are four a second
_LARGEST: Final = 1 << 62
"""No counter gets there by counting."""


def read_changes(tx: Tx, after: int) -> tuple[int, list[Row[Any]]] | None:
    """Return the newest number and the changes behind `after`, None where their numbers do not follow each other up to the counter."""
    # The largest number first: a change that another process commits in between is then within the counter.
    largest = tx.scalar(select(func.max(changes.c.seq))) or 0
    newest = tx.scalar(select(change_counter.c.seq))
    if newest is None or newest < max(after, largest):
        return None
    found = list(tx.execute(select(changes).where(changes.c.seq > after, changes.c.seq <= newest).order_by(changes.c.seq)))
    # What is no text names nothing that the hub wrote, and no statement could ask for it.
    written = [row for row in found if all(isinstance(text, str) and text.isprintable() for text in (row.topic, row.key))]
    return (newest, written) if len(found) == newest - after else None


def begin_anew(tx: Tx, after: int) -> int:
    """Empty the feed and return its newest number, which no change behind `after` can have taken."""
    newest = tx.scalar(select(change_counter.c.seq))
    fresh = (newest if newest is not None and after <= newest < _LARGEST else after) + KEPT_CHANGES
    # The counter first: whoever is about to announce a change has its row locked, and comes before or after.
    if not tx.execute(update(change_counter).values(seq=fresh)).rowcount:
        tx.execute(insert(change_counter).values(id=1, seq=fresh))
    tx.execute(delete(changes))
    return fresh
