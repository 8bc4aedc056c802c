"""The register of seals: applied for by a department, made or refused by the authority, put into use by the owner, revoked."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, Final

from certs.store import DepartmentStore
from hub.access import Caller
from hub.db import Tx
from hub.db.requests import canonical
from hub.unit_of_work import Step, page_of
from seals.actions.office import SEALS, OfficeActions, other, with_officer
from seals.model import KINDS, SIGNER_PROCEDURE, Seal, SealApplication, SignerState, to_second, told_of_seal
from seals.office import PICTURE_MM
from seals.picture import draw_round_seal
from seals.picture.layout import ring_text
from seals.reasons import NO_ES_ID_FREE, NOT_YOUR_SIGNER, SIGNER_NOT_LISTABLE
from seals.store import SealStore, SignerCertificateStore
from shuniu.seals.structures import SealProperty

_TRIES: Final = 20  # a region has 10^8 numbers: even with a tenth of them taken, twenty misses in a row do not happen


class RegisterActions(OfficeActions):
    """A seal's life in the register."""

    def apply_seal(self, step: Step, application: SealApplication) -> Seal:
        """Apply for a seal that the named signers of the caller's own department may use until its end."""
        step, owner = with_officer(step), step.caller.department
        ring_text(application.title, PICTURE_MM, over_code=True)  # refuses now what could not be drawn later

        def make(tx: Tx, at: datetime) -> tuple[Seal, Mapping[str, Any]]:
            _certificates(tx, owner, application.signers, at)
            es_id = self._free_es_id(tx, DepartmentStore(tx).get(owner).region)
            seal = application.seal(self._ids.new(at), es_id, owner, at)
            return seal, {"detail": {"es_id": es_id, "kind": seal.kind.value}}

        sent = [application.kind.value, application.title, application.signers, application.valid_to.isoformat()]
        # request ids are compared by what was sent; the esID is drawn anew and no part of it
        return self.create(SEALS, "seals.ApplySeal", step, make, content=canonical(sent))

    def make_seal(self, step: Step) -> Seal:
        """Draw the seal and let the seal maker sign it. The picture is drawn before the transaction: it takes a third of a second."""
        step = with_officer(step)
        seal = self.look(SEALS, step.caller, step.name)
        # so that nothing is drawn for nothing; `make` checks it once more within the transaction
        seal.check_may_be_made(step.caller, self._clock.now())
        lower_line = KINDS[seal.kind].lower_line
        drawing = draw_round_seal(seal.title, lower_line=lower_line, code=seal.es_id, diameter_mm=PICTURE_MM, font=self._font)
        with self.change(SEALS, "seals.MakeSeal", step) as it:
            it.after = it.before.make(step.caller, self._sign(it.tx, it.before, drawing.png, it.at), drawing.png, it.at)
            lacking = "".join(drawing.missing_glyphs)
            it.record(other=other(step.caller, seal.owner), detail={"missing_glyphs": lacking} if lacking else {})
            it.tell(*told_of_seal("seal_made", it.after))
        return it.after

    def refuse_seal(self, step: Step) -> Seal:
        """Refuse an application, for a stated reason."""
        return self._move("seals.RefuseSeal", step, lambda seal, _at: seal.refuse(step.caller, step.reason), "seal_refused")

    def activate_seal(self, step: Step) -> Seal:
        """Put a seal into use."""
        return self._move("seals.ActivateSeal", step, lambda seal, at: seal.activate(step.caller, at))

    def revoke_seal(self, step: Step) -> Seal:
        """End a seal for good: when this returns, nothing stamped with it from now on is valid."""
        return self._move("seals.RevokeSeal", step, lambda seal, at: seal.revoke(step.caller, step.reason, at), "seal_revoked")

    def get_seal(self, caller: Caller, name: str) -> Seal:
        """Return a seal to its owner or the authority, whatever its state."""
        return self.look(SEALS, caller, name)

    def list_seals(self, caller: Caller, size: int, page_token: str) -> tuple[tuple[Seal, ...], str]:
        """Return a page of the caller's seals (the authority: of all), newest first, and the token of the next page."""
        with self._db.read() as tx:
            return page_of(SealStore(tx).newest, caller, size, page_token)

    def _move(self, action: str, step: Step, decide: Callable[[Seal, datetime], Seal], kind: str = "") -> Seal:
        with self.change(SEALS, action, step) as it:
            it.after = decide(it.before, it.at)
            it.record(other=other(step.caller, it.after.owner), reason=it.after.reason)
            if kind:
                it.tell(*told_of_seal(kind, it.after, step.caller.department))
        return it.after

    def _sign(self, tx: Tx, seal: Seal, png: bytes, at: datetime) -> bytes:
        """Return the SESeal, its signers listed by certificate (certListType 1, GB/T 38540-2020 6.1)."""
        start = to_second(at)
        prop = SealProperty(
            type=KINDS[seal.kind].number,
            name=seal.title,
            created=start,
            valid_from=start,
            valid_until=seal.valid_to,
            certificates=_certificates(tx, seal.owner, seal.signers, at),
        )
        return self._office.make_seal(seal.es_id, prop, png)

    def _free_es_id(self, tx: Tx, region: str) -> str:
        for _ in range(_TRIES):
            # two that draw the same number at once meet at the unique column, and one of them is asked to retry
            es_id = self._office.new_es_id(region)
            if SealStore(tx).of_es_id(es_id) is None:
                return es_id
        raise NO_ES_ID_FREE(retry_after=1.0)


def _certificates(tx: Tx, owner: str, serials: tuple[str, ...], at: datetime) -> tuple[bytes, ...]:
    """Return the signers' certificates; each is the owner's own and may sign at `at`, and none is revoked before the transaction ends."""
    found = SignerCertificateStore(tx).hold(serials)
    if missing := [serial for serial in serials if serial not in found or found[serial].owner != owner]:
        raise NOT_YOUR_SIGNER(field="seal.signers", signer=f"signerCertificates/{missing[0]}")
    for certificate in found.values():
        if (state := certificate.state(at)) is not SignerState.VALID:
            raise SIGNER_NOT_LISTABLE(signer=certificate.name, state=SIGNER_PROCEDURE.states[state], step="list")
    return tuple(found[serial].certificate for serial in serials)
