"""Issuing keys: a department registers its public half, the authority admits it, either revokes it."""

from collections.abc import Callable
from datetime import datetime
from typing import Final

from hub.access import Caller, Role
from hub.errors import NotAllowedError
from licenses import cose
from licenses.actions.desk import Desk, check_signature, named, same
from licenses.live import KEYS
from licenses.model import USUAL_WINDOW, IssuingKey
from licenses.store import IssuingKeyStore

PROOF: Final = b"shuniu-issuing-key\n"


class KeyActions(Desk):
    """What can be done with issuing keys."""

    def register_key(
        self, caller: Caller, public_key: bytes, license_types: tuple[str, ...], not_after: datetime | None, proof: bytes, officer: str
    ) -> IssuingKey:
        """Register the caller's public key, pending; `proof` shows that the caller holds the private one."""
        named(officer, "officer")
        at = self._clock.now().replace(microsecond=0)
        parsed = cose.public_key_from_der(public_key)
        license_types = tuple(dict.fromkeys(license_types))
        for type_code in license_types:
            self._types.known(type_code)
        check_signature(parsed, PROOF + public_key, proof, "proof")
        key = IssuingKey(cose.key_id(parsed), public_key, caller.department, license_types, at, not_after or at + USUAL_WINDOW)
        with self._db.begin() as tx:
            IssuingKeyStore(tx).insert(key)
            self._changed(tx, caller, "licenses.RegisterIssuingKey", key.name, officer)
        return key

    def admit_key(self, caller: Caller, kid: bytes, etag: str, officer: str) -> IssuingKey:
        """Put a key on the trust list."""
        named(officer, "officer")
        return self._change_key(caller, kid, etag, "licenses.AdmitIssuingKey", officer, "", lambda key, at: key.admit(at))

    def revoke_key(self, caller: Caller, kid: bytes, etag: str, reason: str, officer: str) -> IssuingKey:
        """Revoke a key: the department's own, or any by the authority."""
        named(officer, "officer")

        def revoke(key: IssuingKey, at: datetime) -> IssuingKey:
            if caller.department != key.department and Role.AUTHORITY not in caller.roles:
                raise NotAllowedError(
                    "only its department or the authority may revoke a key", zh="仅密钥所属部门或主管部门可吊销", reason="NOT_OWNER"
                )
            return key.revoke(at, reason)

        return self._change_key(caller, kid, etag, "licenses.RevokeIssuingKey", officer, reason, revoke)

    def _change_key(
        self, caller: Caller, kid: bytes, etag: str, action: str, officer: str, reason: str, step: Callable[[IssuingKey, datetime], IssuingKey]
    ) -> IssuingKey:
        at = self._clock.now()
        with self._db.begin() as tx:
            store = IssuingKeyStore(tx)
            before = store.get(kid)
            same(before.revision, etag)
            after = step(before, at)
            store.replace(before, after)
            tx.announce(KEYS, kid.hex())
            self._changed(tx, caller, action, after.name, officer, reason)
        return after
