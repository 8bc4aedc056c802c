"""Proposals of erasures, within one transaction."""

from enum import Enum
from typing import Any

from audit.proposal import ERASURE_PROCEDURE, ErasureProposal, ErasureState
from audit.store.tables import proposals
from hub.db import Aggregate


class ErasureProposalStore(Aggregate[ErasureProposal]):
    """The proposals; each is the authority's and the auditors' to see, so no column names a party."""

    table, thing, parties = proposals, ERASURE_PROCEDURE.thing, ()

    def read(self, row: dict[str, Any]) -> ErasureProposal:
        """Return a row as a proposal."""
        return ErasureProposal(**{**row, "state": ErasureState(row["state"]), "indexes": tuple(row["indexes"])})

    def row(self, thing: ErasureProposal) -> dict[str, Any]:
        """Return a proposal as a row."""
        return {column.name: _plain(getattr(thing, column.name)) for column in self.table.columns}


def _plain(value: Any) -> Any:
    if isinstance(value, Enum):
        return value.value
    return list(value) if isinstance(value, tuple) else value
