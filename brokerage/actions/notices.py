"""Correction notices: their recipients acknowledge them; the source and the authority see who has."""

from functools import partial

from brokerage.actions.objection_desk import ObjectionDesk
from brokerage.actions.posting import NOTICES, OBJECTIONS
from brokerage.model import CorrectionNotice, Objection
from brokerage.store import CorrectionNoticeStore, ObjectionStore
from hub.access import Caller, Role
from hub.db import Tx
from hub.errors import NotFoundError
from hub.resource import id_of
from hub.unit_of_work import Step, page_of


class NoticeActions(ObjectionDesk):
    """What can be done with correction notices."""

    def list_correction_notices(
        self, caller: Caller, size: int = 0, token: str = "", objection: str = ""
    ) -> tuple[tuple[CorrectionNotice, ...], str]:
        """Return a page of notices, newest first, and the token of the next page.

        They are those to the caller's department; of an objection that is named, its source and the authority get the notices to everybody.
        """
        objection_id = id_of(objection, "objections", "objection") if objection else ""
        with self._db.read() as tx:
            all_of_them = bool(objection_id) and _oversees(caller, _objection(tx, objection_id))
            find = partial(CorrectionNoticeStore(tx).of, objection, everybody=all_of_them)
            # without its roles: the authority, too, lists only what was sent to itself where it names no objection
            found, following = page_of(find, Caller(caller.department), size, token)
        return tuple(_as_shown(one, caller) for one in found), following

    def get_correction_notice(self, caller: Caller, name: str) -> CorrectionNotice:
        """Return a notice to its recipient, the authority and the source of its objection."""
        notice_id = NOTICES.id_of(name)
        with self._db.read() as tx:
            store = CorrectionNoticeStore(tx)
            notice = store.get(notice_id)
            if not notice.seen_by(caller) and not _oversees(caller, _objection(tx, OBJECTIONS.id_of(notice.objection))):
                raise store.unknown()
        return _as_shown(notice, caller)

    def acknowledge_correction_notice(self, step: Step) -> CorrectionNotice:
        """Say that a notice arrived, as its recipient."""
        # the model reads the officer, once it has asked who may acknowledge
        with self.change(NOTICES, "brokerage.AcknowledgeCorrectionNotice", step, by_officer=str) as it:
            notice = it.after = it.before.acknowledge(it.caller, step.officer, it.at)
            source = ObjectionStore(it.tx).get(OBJECTIONS.id_of(notice.objection)).source
            it.record(officer=notice.officer, other=source, reason=notice.outcome, detail={"objection": notice.objection})
        return it.after


def _objection(tx: Tx, objection_id: str) -> Objection | None:
    try:
        return ObjectionStore(tx).get(objection_id)
    except NotFoundError:
        return None


def _oversees(caller: Caller, objection: Objection | None) -> bool:
    """Tell whether the caller sees to it that everybody acknowledges: the source of the objection, or the authority."""
    return objection is not None and (Role.AUTHORITY in caller.roles or caller.department == objection.source)


def _as_shown(notice: CorrectionNotice, caller: Caller) -> CorrectionNotice:
    return notice if notice.seen_by(caller) else notice.for_source()
