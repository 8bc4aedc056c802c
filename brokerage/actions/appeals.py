"""How an objection ends beside its outcome: the objector takes it back, or takes the outcome to the authority, which decides."""

from brokerage.actions.objection_desk import ObjectionDesk, facts_of
from brokerage.model import Objection, ObjectionState, told_of_objection
from hub.unit_of_work import Move, Step
from timing.timers import VERIFY_OBJECTION


class AppealActions(ObjectionDesk):
    """Withdrawals, appeals and rulings."""

    def withdraw_objection(self, step: Step) -> Objection:
        """Take an objection back, as the objector; whoever was told of the check is told that it ended."""
        with self.change(self._objections, "brokerage.WithdrawObjection", step) as it:
            it.after = it.before.withdraw(it.caller, step.reason, it.at)
            self._check_words(it.after, it.after.withdrawal, "reason")
            it.tell(*told_of_objection("objection_withdrawn", it.after, it.after.source))
            if it.before.state is not ObjectionState.FILED:  # before the check began nobody else knew of it
                self._tell_recipients(it, "record_check_withdrawn")
            it.record(**facts_of(it.caller, it.after, it.step.officer, it.after.withdrawal))
        return self._timers.renew(it.after, it.at)

    def appeal_objection(self, step: Step, statement: str) -> Objection:
        """Take the outcome to the authority, as the objector."""
        with self.change(self._objections, "brokerage.AppealObjection", step) as it:
            it.after = it.before.appeal_to_authority(it.caller, statement, it.at)
            self._check_words(it.after, it.after.appeal, "statement")
            it.tell(*told_of_objection("objection_appealed", it.after, it.after.source))
            it.record(**facts_of(it.caller, it.after, it.step.officer))
        return self._timers.renew(it.after, it.at)

    def uphold_objection(self, step: Step) -> Objection:
        """Let the outcome stand, as the authority."""
        with self.change(self._objections, "brokerage.UpholdObjection", step) as it:
            it.after = it.before.uphold(it.caller, step.reason, it.step.officer, it.at)
            self._tell_ruling(it, "objection_upheld", "record_outcome_upheld")
        return self._timers.renew(it.after, it.at)

    def overturn_objection(self, step: Step) -> Objection:
        """Send the objection back to be corrected, as the authority; the time to check it begins anew (Decree 809 art. 26)."""
        with self.change(self._objections, "brokerage.OverturnObjection", step) as it:
            timer = self._timers.start(VERIFY_OBJECTION, it.at)
            it.after = it.before.overturn(it.caller, step.reason, it.step.officer, timer, it.at)
            self._tell_ruling(it, "objection_overturned", "record_outcome_overturned")
        return self._timers.renew(it.after, it.at)

    def _tell_ruling(self, it: Move[Objection], to_parties: str, to_recipients: str) -> None:
        self._check_words(it.after, it.after.decision, "reason")
        it.tell(*told_of_objection(to_parties, it.after, it.after.objector, it.after.source))
        self._tell_recipients(it, to_recipients)
        facts = facts_of(it.caller, it.after, it.step.officer, it.after.decision)
        # of two parties the record's other department is the objector; the source stands in its detail
        it.record(**{**facts, "other": it.after.objector, "detail": {**facts["detail"], "source": it.after.source}})
