"""Proposals of erasures, within one transaction."""

from enum import Enum
from typing import Any

from sqlalchemy import select

from audit.proposal import ERASURE_PROCEDURE, ErasureProposal, ErasureState
from audit.store.tables import proposals
from hub.db import Aggregate, fitting


class ErasureProposalStore(Aggregate[ErasureProposal]):
    """The proposals; each is the authority's and the auditors' to see, so no column names a party."""

    table, thing, parties = proposals, ERASURE_PROCEDURE.thing, ()

    def read(self, row: dict[str, Any]) -> ErasureProposal:
        """Return a row as a proposal."""
        return ErasureProposal(**{**row, "state": ErasureState(row["state"]), "indexes": tuple(row["indexes"])})

    def proposed(self) -> list[ErasureProposal]:
        """Return every proposal that nobody has decided; the expired ones too."""
        query = select(proposals).where(proposals.c.state == ErasureState.PROPOSED.value).order_by(proposals.c.id)
        return [self.read(row._asdict()) for row in fitting(self._tx, proposals, self._tx.execute(query).all())]

    def row(self, thing: ErasureProposal) -> dict[str, Any]:
        """Return a proposal as a row."""
        return {column.name: _plain(getattr(thing, column.name)) for column in self.table.columns}


def _plain(value: Any) -> Any:
    if isinstance(value, Enum):
        return value.value
    return list(value) if isinstance(value, tuple) else value
