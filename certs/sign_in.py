"""How officers sign in: a one-time link for the first time and for recovery, then a passkey; and how they prove once more who they are."""

from datetime import datetime, timedelta
from typing import Final

from certs.model import (
    OFFICER_PROCEDURE,
    LoginLink,
    Officer,
    OfficerStep,
    Passkey,
    Session,
    digest_of,
    passkey_id,
    split_officer_name,
)
from certs.passkeys import CHALLENGE_LIFE, RelyingParty, check_challenge, credential_of, new_challenge, read_assertion, read_registration
from certs.reasons import (
    NO_SUCH_OFFICER,
    OFFICER_NAME_WRONG,
    PASSKEY_KNOWN,
    PASSKEY_REFUSED,
    PASSKEYS_TOO_MANY,
    PEOPLE_OF_OTHER_DEPARTMENT,
    SERVICE_ACCOUNT_SIGNS_IN_NOWHERE,
)
from certs.roster import Roster
from certs.sessions import OFFICER, SESSION_LIFE, SessionActions
from certs.store import LoginStore, OfficerStore, PasskeyStore
from hub.access import Caller, Duty
from hub.db import Tx
from hub.unit_of_work import Change, Step
from hub.wording import Officer as OfficerText

OFFICER_LINK_LIFE: Final = timedelta(days=1)
PROVEN_FOR: Final = timedelta(minutes=5)
"""How long after signing in, or proving it once more, an officer may confirm, stamp and unmask."""
MOST_PASSKEYS: Final = 10
LINK: Final = "link"
PASSKEY: Final = "passkey"
SIGN_IN: Final = "sign in"
REGISTER: Final = "register"


class SignInActions(SessionActions):
    """The part of the identities' actions that lets officers in."""

    _roster: Roster | None

    @property
    def unknown_officers(self) -> int:
        """Return how many calls named an officer whom nobody registered, since the start."""
        return self._roster.unknown_count if self._roster else 0

    def invite_officer(self, step: Step) -> tuple[str, datetime]:
        """Return the secret of a one-time link for an officer, and its end; links that were made before and not used end."""
        found = split_officer_name(step.name)
        if found is None:
            raise OFFICER_NAME_WRONG(field="name")
        by = str(OfficerText(step.officer))
        with self._db.begin() as tx:
            officer = OfficerStore(tx).find(*found)
            if officer is None or not officer.seen_by(step.caller):
                raise NO_SUCH_OFFICER()
            OFFICER_PROCEDURE.step(officer, OfficerStep.INVITE, step.caller)
            if officer.department != step.caller.department and Duty.PEOPLE not in officer.duties:
                raise PEOPLE_OF_OTHER_DEPARTMENT()
            return self._link(tx, officer, step.caller, by)

    def challenge(self, seed: str, use: str) -> bytes:
        """Return a challenge for the browser that has the seed: to sign in, or to register a passkey."""
        with self._db.read() as tx:
            return new_challenge(tx.keyed, seed, use, self._clock.now(), self._random_bytes)

    def page_key(self, use: str) -> bytes:
        """Return a key of the pages for one use: every process of the hub has the same, and nobody else can make it."""
        with self._db.read() as tx:
            return tx.keyed(f"pages {use}".encode())

    def passkeys(self, session: Session) -> list[Passkey]:
        """Return the passkeys of whoever is signed in."""
        with self._db.read() as tx:
            return PasskeyStore(tx).of_officer(session.caller.department, session.caller.officer)

    def register_passkey(self, session: Session, party: RelyingParty, answer: str, challenge: bytes, seed: str) -> Passkey:
        """Keep the passkey that the browser of a signed-in officer made."""
        at, caller = self._clock.now(), session.caller
        with self._db.begin() as tx:
            check_challenge(tx.keyed, challenge, seed, REGISTER, at)
            made = read_registration(party, answer, challenge, caller.department, caller.officer, at)
            store = PasskeyStore(tx)
            self._use_up(tx, challenge, at)
            if store.find(made.id) is not None:
                raise PASSKEY_KNOWN()
            if len(store.of_officer(caller.department, caller.officer)) >= MOST_PASSKEYS:
                raise PASSKEYS_TOO_MANY(most=MOST_PASSKEYS)
            store.insert(made)
            self._journal.write(tx, _told("certs.RegisterPasskey", caller, made.name, at))
        return made

    def remove_passkey(self, session: Session, passkey: str) -> None:
        """Forget a passkey; sessions that began with it end."""
        at, caller = self._clock.now(), session.caller
        with self._db.begin() as tx:
            found = PasskeyStore(tx).find(passkey)
            if found is None or (found.department, found.number) != (caller.department, caller.officer):
                raise PASSKEY_REFUSED()
            PasskeyStore(tx).remove(found)
            LoginStore(tx).end_credential(found.id, at)
            self._journal.write(tx, _told("certs.RemovePasskey", caller, found.name, at))

    def sign_in_by_passkey(self, party: RelyingParty, answer: str, challenge: bytes, seed: str) -> tuple[str, Session]:
        """Return a new session's secret and the session for whoever signed a challenge with a registered passkey."""
        at, secret = self._clock.now(), self._secret()
        passkey = self._known(answer, challenge, seed, at)
        count = read_assertion(party, answer, challenge, passkey)
        with self._db.begin() as tx:
            caller = self._officer(passkey.department, passkey.number, PASSKEY, at)
            self._use_up(tx, challenge, at)
            PasskeyStore(tx).note_use(passkey, count, at)
            end = at + SESSION_LIFE
            link = LoginLink(digest_of(secret), passkey.department, "", passkey.number, end, None, PASSKEY)
            LoginStore(tx).begin_session(digest_of(secret), link, at, end, credential=passkey.id)
            self._count(tx, OFFICER, PASSKEY)
            self._journal.write(tx, _told("certs.SignIn", caller, passkey.name, at))
        return secret, Session(caller, passkey.number, end, PASSKEY, at)

    def prove(self, secret: str, party: RelyingParty, answer: str, challenge: bytes, seed: str) -> None:
        """Take note that whoever is signed in has proven it once more, with a passkey of the same officer."""
        session, at = self.session(secret), self._clock.now()
        passkey = self._known(answer, challenge, seed, at)
        if (passkey.department, passkey.number) != (session.caller.department, session.caller.officer):
            raise PASSKEY_REFUSED()
        count = read_assertion(party, answer, challenge, passkey)
        with self._db.begin() as tx:
            self._use_up(tx, challenge, at)
            PasskeyStore(tx).note_use(passkey, count, at)
            LoginStore(tx).prove(digest_of(secret), at)
            self._journal.write(tx, _told("certs.ProveSession", session.caller, passkey.name, at))

    def _known(self, answer: str, challenge: bytes, seed: str, at: datetime) -> Passkey:
        """Return the registered passkey that an answer names. All faults are told alike: nobody learns which there are."""
        with self._db.read() as tx:  # strangers do not get to take the write lock
            check_challenge(tx.keyed, challenge, seed, SIGN_IN, at)
            found = PasskeyStore(tx).find(passkey_id(credential_of(answer)))
        if found is None:
            raise PASSKEY_REFUSED()
        return found

    def _officer(self, department: str, number: str, proof: str, at: datetime) -> Caller:
        found = self._roster.caller(department, number, proof, at) if self._roster else None
        if found is None:
            raise PASSKEY_REFUSED()
        return found

    def _link(self, tx: Tx, officer: Officer, by: Caller, named: str) -> tuple[str, datetime]:
        if not officer.is_person:
            raise SERVICE_ACCOUNT_SIGNS_IN_NOWHERE()
        at, secret = self._clock.now(), self._secret()
        store = LoginStore(tx)
        store.end_links_of(officer.department, officer.number, at)
        link = LoginLink(digest_of(secret), officer.department, "", officer.number, at + OFFICER_LINK_LIFE, None, LINK)
        store.insert(link)
        other = "" if by.department == officer.department else officer.department
        kind = "change" if by.department else "admin"
        self._journal.write(tx, Change(at=at, action="certs.InviteOfficer", actor=by, officer=named, resource=officer.name, other=other, kind=kind))
        return secret, link.expire_time

    @staticmethod
    def _use_up(tx: Tx, challenge: bytes, at: datetime) -> None:
        """Let a challenge be used once: of two who bring it, the second finds that it is used."""
        if not PasskeyStore(tx).use_challenge(digest_of(challenge.hex()), at + CHALLENGE_LIFE):
            raise PASSKEY_REFUSED()


def _told(action: str, caller: Caller, resource: str, at: datetime) -> Change:
    return Change(at=at, action=action, actor=caller, resource=resource)
