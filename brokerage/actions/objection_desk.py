"""What all actions about objections share: what the log says of a step, who received the record, and that no text spells its key."""

from collections.abc import Callable
from typing import Any, Final

from audit.store import bulk_receptions, receptions
from brokerage.actions.posting import BrokerageDesk
from brokerage.model import Objection, Recipient, possible_keys, recipients_of, told_of_record
from brokerage.model.reasons import SUBJECT_IN_CLEAR
from hub.access import Caller
from hub.db import Tx
from hub.subject import Subject
from hub.unit_of_work import Move

MOST_TOLD: Final = 10
"""Of its records of the log a department is told the first ones: enough to find the case."""


class ObjectionDesk(BrokerageDesk):
    """Shared by the actions about objections; has no action of its own."""

    _pseudonym: Callable[[Subject], bytes]

    @staticmethod
    def _tell_recipients(it: Move[Objection], kind: str) -> None:
        """Tell whoever received the record of how its check stands; who objected knows it, and a correction is sent to each."""
        told = [told_of_record(kind, it.after, one.department, _indexes_of(one)) for one in recipients(it.tx, it.after)]
        it.tell(*(one for one in told if one.department != it.after.objector))

    def _check_words(self, objection: Objection, text: str, field: str) -> None:
        """Refuse a text that spells the key of the record: every word is tried as a key, since no clear key is stored to compare."""
        # one pseudonym a word; the cap of a text bounds how many there are. Unchecked: an objection of an earlier release may be about a
        # number that is none
        words = possible_keys(text) if objection.of_a_record else ()
        if any(self._pseudonym(Subject.unchecked(objection.subject_domain, word)) == objection.subject_pseudonym for word in words):
            raise SUBJECT_IN_CLEAR(field=field)


def recipients(tx: Tx, objection: Objection) -> tuple[Recipient, ...]:
    """Return the departments that the log shows to have received the record, the source itself left out; none where it is no record.

    Those are among them that received tables of its entry as a whole: nobody can tell whether it was in one, so each is told and looks.
    """
    if not objection.of_a_record:
        return ()
    given = receptions(tx, objection.resource, objection.subject_pseudonym)
    return recipients_of(given, objection.source, bulk_receptions(tx, objection.resource, objection.subject_domain))


def _indexes_of(recipient: Recipient) -> tuple[int, ...]:
    """Return the records of the log by which a department finds what it received: of its own accesses, or the newest of a whole table's delivery."""
    return recipient.log_indexes[:MOST_TOLD] or (() if recipient.bulk_index is None else (recipient.bulk_index,))


def facts_of(caller: Caller, objection: Objection, officer: str, reason: str | None = None) -> dict[str, Any]:
    """Return what the log says of a step, beside who, when and what; without a reason it is the outcome that stands."""
    detail = {
        "state": objection.state.value,
        "target": objection.target.value,
        "about": objection.resource,
        "notices": str(objection.notice_count) if objection.notice_count else "",
        "successor": objection.successor,
    }
    return {
        "officer": officer,
        "other": objection.source if caller.department == objection.objector else objection.objector,
        "reason": objection.outcome if reason is None else reason,
        "case_number": objection.case_number,
        "fields": (objection.field,) if objection.field else (),
        "detail": detail,
    }
