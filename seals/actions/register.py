"""The register of seals: applied for by a department, made or refused by the authority, put into use by the owner, revoked."""

import json
from collections.abc import Callable
from datetime import datetime
from typing import Final

from certs.store import DepartmentStore
from hub.access import Caller, Role
from hub.db import RequestIds, Tx
from hub.errors import IllegalStateError, InvalidInputError, UnavailableError
from hub.paging import from_token, page_size, to_token
from seals.actions.desk import SEALS, SIGNERS, Desk, check_officer, id_of, other, unchanged
from seals.asn1 import SealProperty
from seals.model import Seal, SealKind, to_second
from seals.office import PICTURE_MM
from seals.picture import Drawing, draw_round_seal
from seals.picture.layout import ring_text
from seals.store import SealStore, SignerCertificateStore

_PAGE: Final = 50
_PAGE_MOST: Final = 200
_TRIES: Final = 20
KIND_NUMBER: Final = {kind: number for number, kind in enumerate(SealKind, 1)}
"""The integer that SES_ESPropertyInfo.type carries; GB/T 38540 leaves its values to the maker."""
LOWER_LINE: Final = {
    SealKind.LEGAL_NAME: "",  # a legal-name seal shows the name alone
    SealKind.CONTRACT: "合同专用章",
    SealKind.FINANCE: "财务专用章",
    SealKind.INVOICE: "发票专用章",
    SealKind.BUSINESS: "业务专用章",
}


class RegisterActions(Desk):
    """A seal's life in the register."""

    def apply_seal(
        self, caller: Caller, kind: SealKind, title: str, signers: tuple[str, ...], valid_to: datetime, officer: str, request_id: str = ""
    ) -> Seal:
        """Apply for a seal that the named signers of the caller's own department may use until `valid_to`."""
        check_officer(officer)
        ring_text(title, PICTURE_MM, over_code=True)  # refuses now what could not be drawn later
        serials = tuple(id_of(name, SIGNERS, "seal.signers") for name in signers)
        content = json.dumps([kind, title, serials, valid_to.isoformat()]).encode()
        with self._db.begin() as tx:
            now, requests = self._clock.now(), RequestIds(tx)
            if done := requests.answered(caller.name, "ApplySeal", request_id, content):
                return SealStore(tx).get(done)
            _signers(tx, caller.department, serials, now)
            es_id = self._free_es_id(tx, DepartmentStore(tx).get(caller.department).region)
            seal = Seal(self._ids.new(now), es_id, kind, title, caller.department, serials, to_second(valid_to), now)
            SealStore(tx).insert(seal)
            requests.remember(caller.name, "ApplySeal", request_id, content, seal.id, now)
            self._record(tx, caller, now, "ApplySeal", seal.name, officer, detail={"es_id": es_id, "kind": kind.value})
        return seal

    def make_seal(self, caller: Caller, name: str, etag: str, officer: str) -> Seal:
        """Draw the seal and let the seal maker sign it. The picture is drawn before the transaction: it takes a third of a second."""
        check_officer(officer)
        asked = self.get_seal(caller, name)
        asked.check_may_be_made(caller, self._clock.now())
        drawing = draw_round_seal(asked.title, lower_line=LOWER_LINE[asked.kind], code=asked.es_id, diameter_mm=PICTURE_MM, font=self._font)
        with self._db.begin() as tx:
            now = self._clock.now()
            before = unchanged(SealStore(tx).get(asked.id), etag)
            made = before.make(caller, self._signed(tx, before, drawing, now), drawing.png, now)
            SealStore(tx).replace(before, made)
            detail = {"missing_glyphs": "".join(drawing.missing_glyphs)} if drawing.missing_glyphs else {}
            self._record(tx, caller, now, "MakeSeal", made.name, officer, other=other(caller, made.owner), detail=detail)
        return made

    def refuse_seal(self, caller: Caller, name: str, etag: str, reason: str, officer: str) -> Seal:
        """Refuse an application, for a stated reason."""
        return self._step(caller, name, etag, officer, "RefuseSeal", lambda seal, _at: seal.refuse(caller, reason))

    def activate_seal(self, caller: Caller, name: str, etag: str, officer: str) -> Seal:
        """Put a seal into use."""
        return self._step(caller, name, etag, officer, "ActivateSeal", lambda seal, at: seal.activate(caller, at))

    def revoke_seal(self, caller: Caller, name: str, etag: str, reason: str, officer: str) -> Seal:
        """End a seal for good: when this returns, nothing stamped with it from now on is valid."""
        return self._step(caller, name, etag, officer, "RevokeSeal", lambda seal, at: seal.revoke(caller, reason, at))

    def get_seal(self, caller: Caller, name: str) -> Seal:
        """Return a seal to its owner or the authority, whatever its state."""
        seal_id = id_of(name, SEALS)
        with self._db.read() as tx:
            seal = SealStore(tx).get(seal_id)
        seal.check_seen_by(caller)
        return seal

    def list_seals(self, caller: Caller, size: int, page_token: str) -> tuple[list[Seal], str]:
        """Return a page of the caller's seals (the authority: of all), newest first, and the token of the next page."""
        count = page_size(size, _PAGE, _PAGE_MOST)
        position = from_token(page_token, 1)
        owner = None if Role.AUTHORITY in caller.roles else caller.department
        with self._db.read() as tx:
            found = SealStore(tx).newest(owner, str(position[0]) if position else None, count + 1)
        return found[:count], to_token(found[count - 1].id) if len(found) > count else ""

    def _step(self, caller: Caller, name: str, etag: str, officer: str, action: str, decide: Callable[[Seal, datetime], Seal]) -> Seal:
        check_officer(officer)
        seal_id = id_of(name, SEALS)
        with self._db.begin() as tx:
            now, store = self._clock.now(), SealStore(tx)
            before = store.get(seal_id)
            before.check_seen_by(caller)
            after = store.replace(before, decide(unchanged(before, etag), now))
            self._record(tx, caller, now, action, after.name, officer, other=other(caller, after.owner), reason=after.reason)
        return after

    def _signed(self, tx: Tx, seal: Seal, drawing: Drawing, at: datetime) -> bytes:
        """Return the SESeal, its signers listed by certificate (certListType 1, GB/T 38540-2020 6.1)."""
        certificates = _signers(tx, seal.owner, seal.signers, at)
        start = to_second(at)
        prop = SealProperty(KIND_NUMBER[seal.kind], seal.title, start, start, seal.valid_to, certificates)
        return self._office.make_seal(seal.es_id, prop, drawing.png)

    def _free_es_id(self, tx: Tx, region: str) -> str:
        for _ in range(_TRIES):
            es_id = self._office.new_es_id(region)
            if SealStore(tx).registered(es_id) is None:
                return es_id
        raise UnavailableError("no free esID was found", zh="未能分配印章编码", next_action="retry", retry_after=1.0)


def _signers(tx: Tx, owner: str, serials: tuple[str, ...], at: datetime) -> tuple[bytes, ...]:
    """Return the signers' certificates; each is the owner's own and may sign at `at`."""
    found = SignerCertificateStore(tx).held(serials)
    if missing := [serial for serial in serials if serial not in found or found[serial].owner != owner]:
        raise InvalidInputError(
            f"signerCertificates/{missing[0]} is no certificate of this department", field="seal.signers", zh="签章者证书不属于本部门",
            next_action="ask for one with IssueSignerCertificate", reason="NOT_YOUR_SIGNER",
        )  # fmt: skip
    for certificate in found.values():
        if flaw := certificate.flaw(at):
            raise IllegalStateError(
                f"{certificate.name} is {flaw}: the seal cannot name it", zh="签章者证书已撤销或不在有效期内",
                next_action="apply with certificates that are valid", reason="SIGNER_NOT_VALID", state=flaw, step="list",
            )  # fmt: skip
    return tuple(found[serial].certificate for serial in serials)
