"""Which records are about one access: an intent and all its outcomes are erased together, since an outcome repeats what its intent says."""

from audit.erasure import is_personal
from audit.model import Kind, Record
from audit.reasons.erasures import ACCESS_OPEN, ALREADY_ERASED, NOT_ERASABLE
from audit.store.records import RecordStore
from audit.store.search import Place, RecordFilter
from hub.db import Tx
from hub.errors import ShuniuError

_PAGE = 200


def erasable(tx: Tx, index: int) -> set[int]:
    """Return the records that an erasure of this one takes; raise where it is not to be erased, or not yet."""
    record = RecordStore(tx).get(index)[0]
    if record.erasure is not None:
        raise ALREADY_ERASED(index=index, by=record.erasure.index)
    if not is_personal(record):
        raise NOT_ERASABLE(field="indexes", index=index)
    return _access_of(tx, record)


def erasable_of(tx: Tx, pseudonym: bytes, most: int) -> set[int]:
    """Return at most `most` records about a subject that may be erased now, the newest; an access without its outcome is left out."""
    store, found = RecordStore(tx), set[int]()
    before: Place | None = None
    while True:
        page = store.search(RecordFilter(pseudonym=pseudonym), before, _PAGE)
        for record, _ in page.records:
            if record.index in found or not is_personal(record):
                continue
            try:
                together = _access_of(tx, record)
            except ShuniuError:  # open, or part of it is damaged: it stays, and the others do not
                continue
            if len(found | together) > most:
                return found
            found |= together
        before = page.last
        if before is None:
            return found


def _access_of(tx: Tx, record: Record) -> set[int]:
    if record.kind not in {Kind.INTENT, Kind.OUTCOME}:
        return {record.index}
    number = record.index if record.kind is Kind.INTENT or record.intent_index is None else record.intent_index
    store = RecordStore(tx)
    intent = store.get(number)[0]
    if intent.kind is not Kind.INTENT:  # no access that this hub wrote
        return {record.index}
    # An outcome repeats these of its intent, and each of the first two has few records. Of a damaged one nobody knows; it cannot be erased,
    # and the intent has another.
    alike = RecordFilter(
        pseudonym=intent.pseudonym or b"",
        case_number=intent.case_number,
        resource=intent.resource,
        kind=Kind.OUTCOME.value,
    )
    outcomes = {one.index for one, _ in store.search(alike, None, None).records if one.intent_index == number}
    if not outcomes:
        raise ACCESS_OPEN(index=number)
    return {number, *outcomes}
