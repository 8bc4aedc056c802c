"""Where it stands what became of issuers: in the register of departments."""

from collections.abc import Mapping

from certs.model import ENDED
from certs.store import DepartmentStore
from hub.clock import day_in_china
from hub.db import Database
from licenses.predecessors import Predecessors
from shuniu.codes.verification import IssuedByPredecessor


def live_predecessors(db: Database) -> Predecessors:
    """Return the registry of departments that issue no more, which follows every change that is announced."""

    def load() -> Mapping[str, IssuedByPredecessor]:
        with db.read() as tx:
            every = {one.uscc: one for one in DepartmentStore(tx).all()}
        return {
            one.uscc: IssuedByPredecessor(
                predecessor_title=one.title,
                successor_titles=tuple(every[each].title for each in one.successors if each in every),
                since=day_in_china(one.succession_time or one.create_time),
            )
            for one in every.values()
            if one.state in ENDED
        }

    found = Predecessors(load)
    db.on_change(found.reload, found.load_all)
    return found
