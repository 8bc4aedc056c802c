"""The file of one case: everything that belongs to one grant. Pure."""

from dataclasses import dataclass
from datetime import datetime

from brokerage.model.decision import RuleResult
from brokerage.model.demand import Demand
from brokerage.model.dispute import Dispute
from brokerage.model.grant import Grant
from brokerage.model.notice import CorrectionNotice
from brokerage.model.objection import Objection
from brokerage.model.request import DataRequest
from brokerage.model.service_change import ServiceChange
from shuniu.proofs.proof import InclusionProof


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseRecord:
    """A step of a case as the log has it, with its leaf hash, and its proof where the newest checkpoint covers it."""

    index: int
    time: datetime
    action: str
    department: str
    resource: str
    leaf_hash: bytes
    proof: InclusionProof | None

    @property
    def decision(self) -> str:
        """Return the resource name of the decision."""
        return f"decisions/{self.index}"


@dataclass(frozen=True, slots=True)
class CaseUses:
    """Uses under a grant: how many were answered and refused of the records that were read, the newest of them, and whether there are more."""

    answered: int
    refused: int
    indexes: tuple[int, ...]
    more: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseFile:
    """Everything that belongs to one grant."""

    grant: Grant
    data_request: DataRequest
    plan: tuple[RuleResult, ...]
    uses: CaseUses
    objections: tuple[Objection, ...]
    correction_notices: tuple[CorrectionNotice, ...]
    records: tuple[CaseRecord, ...]
    demands: tuple[Demand, ...]
    service_changes: tuple[ServiceChange, ...]
    disputes: tuple[Dispute, ...]
    chain: tuple[Grant, ...]
    """The grants that this one follows, nearest first, and the one that follows it."""
    use_record_count: int
    """How many records of use there are; what they say is shown by an inspection alone, which is a record of the log."""
    checkpoint: str
    vkey: str
