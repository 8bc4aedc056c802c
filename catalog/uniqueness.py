"""What there may be but one of in the directory: a resource code of a provider, a version in preparation."""

from catalog.model import ENTRY_PROCEDURE, Entry
from catalog.reasons import OPEN_VERSION, RESOURCE_CODE_TAKEN
from catalog.store import EntryStore
from hub.db import Tx


def refuse_second_code(tx: Tx, entry: Entry) -> None:
    """Refuse a resource code under which another entry of the same provider stands: the code is how the guide names a resource."""
    # no index decides, for an older release let codes be used twice: of two at once, one waits
    tx.hold(f"resource codes of {entry.provider}")
    other = EntryStore(tx).with_code(entry.provider, entry.resource_code, entry.id)
    if other is not None:
        raise RESOURCE_CODE_TAKEN(field="entry.resource_code", code=entry.resource_code, entry=other.name, title=other.title)


def refuse_second_draft(store: EntryStore, entry: Entry) -> None:
    """Refuse a revision while another version is in preparation."""
    other = store.open_version(entry.id)
    if other is not None:
        raise OPEN_VERSION(entry=entry.name, version=other.version, state=ENTRY_PROCEDURE.states[other.state])
