"""A state is called the same on the command line, which knows the protos alone, and in the hub's own texts, which come from its procedures."""

from typing import Any

import pytest

from audit.proposal import ERASURE_PROCEDURE
from brokerage.model.complaint_procedure import COMPLAINT_PROCEDURE
from brokerage.model.demand_procedure import DEMAND_PROCEDURE
from brokerage.model.disposal import DISPOSAL_PROCEDURE
from brokerage.model.dispute_procedure import DISPUTE_PROCEDURE
from brokerage.model.grant import GRANT_PROCEDURE
from brokerage.model.objection_procedure import OBJECTION_PROCEDURE
from brokerage.model.request_procedure import REQUEST_PROCEDURE
from catalog.model.directory_update import UPDATE_PROCEDURE
from catalog.model.procedure import ENTRY_PROCEDURE
from catalog.model.record_source import SOURCE_PROCEDURE
from certs.model.department import DEPARTMENT_PROCEDURE
from certs.model.officer import OFFICER_PROCEDURE
from licenses.model.issuing_key import ISSUING_KEY_PROCEDURE
from licenses.model.license import LICENSE_PROCEDURE
from seals.model.procedure import SEAL_PROCEDURE
from shuniu.words import value_words
from work.model import PROPOSAL_PROCEDURE

LISTS: dict[str, Any] = {
    "ComplaintState": COMPLAINT_PROCEDURE,
    "DataRequestState": REQUEST_PROCEDURE,
    "DemandState": DEMAND_PROCEDURE,
    "DepartmentState": DEPARTMENT_PROCEDURE,
    "DirectoryUpdateState": UPDATE_PROCEDURE,
    "DisposalState": DISPOSAL_PROCEDURE,
    "DisputeState": DISPUTE_PROCEDURE,
    "EntryState": ENTRY_PROCEDURE,
    "ErasureState": ERASURE_PROCEDURE,
    "GrantState": GRANT_PROCEDURE,
    "IssuingKeyState": ISSUING_KEY_PROCEDURE,
    "LicenseState": LICENSE_PROCEDURE,
    "ObjectionState": OBJECTION_PROCEDURE,
    "OfficerState": OFFICER_PROCEDURE,
    "ProposalState": PROPOSAL_PROCEDURE,
    "RecordSourceState": SOURCE_PROCEDURE,
    "SealState": SEAL_PROCEDURE,
}


@pytest.mark.parametrize("name", LISTS)
def test_a_state_has_one_chinese_name(name):
    known = {value.rpartition("STATE_")[2].lower(): words[0] for value, words in value_words(name).items()}
    assert known == {state.value: word.zh for state, word in LISTS[name].states.items() if state.value in known}
    assert set(known) <= {state.value for state in LISTS[name].states}
