"""What a proposal leaves for people: work for whoever may be the second person."""

from functools import partial
from typing import Final

from hub.desk import AUDITORS, Waiting
from hub.resource import id_of
from hub.unit_of_work import Aim
from work.model import Proposal, ProposalState
from work.pending import TOPIC
from work.store import ProposalStore


def waits_for(proposal: Proposal) -> tuple[Waiting, ...]:
    """Return that a proposal waits for its second person; one that is decided waits for nobody."""
    if proposal.state is not ProposalState.PROPOSED:
        return ()
    department, but = (proposal.department, "") if proposal.role is None else (AUDITORS, proposal.department)
    return (Waiting(step="WorkService/Confirm", department=department, but=but, duties=proposal.duties, article=proposal.article),)


PROPOSALS: Final[Aim[Proposal]] = Aim(
    store=ProposalStore, id_of=partial(id_of, collection="proposals"), topic=TOPIC, waits=waits_for, title=lambda one: one.title
)
