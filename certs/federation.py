"""How people sign in by an identity provider: officers of departments, citizens, and companies' representatives.

The pages speak with the provider and judge what it signed; here stands what becomes of it. A sign-in that is under way is kept nowhere: its
`state` is a challenge for one browser (`certs.passkeys.new_challenge`), and that none is used twice the transaction that uses it says.
"""

from datetime import datetime

from certs.model import Identity, LoginLink, Person, PersonalSession, Session, Standing, digest_of
from certs.passkeys import check_challenge
from certs.personal import open_person, seal_person
from certs.reasons import IDENTITY_NO_OFFICER, IDENTITY_REFUSED, NO_SESSION
from certs.sessions import IDLE, OFFICER, PERSON, SEEN_EVERY, SESSION_LIFE
from certs.sign_in import SignInActions
from certs.store import LoginStore, PersonalRow, PersonStore
from hub.access import ANYBODY
from hub.db import Tx
from hub.errors import NotAllowedError
from hub.identifiers import CITIZEN, USCC
from hub.subject import Subject
from hub.unit_of_work import Change

PROVIDER = "oidc"


class FederationActions(SignInActions):
    """The part of the identities' actions that lets in whom an identity provider knows."""

    def check_state(self, state: bytes, seed: str, use: str) -> None:
        """Refuse a return from the provider that this hub did not send out from this browser, for this use, within the last minutes."""
        with self._db.read() as tx:
            try:
                check_challenge(tx.keyed, state, seed, use, self._clock.now())
            except NotAllowedError:
                raise IDENTITY_REFUSED() from None

    def sign_in_officer(self, identity: Identity, department: str, number: str, state: bytes) -> tuple[str, Session]:
        """Return a new session's secret and the session for an officer whom the provider names; the roster says at each page whether it goes on."""
        at, secret = self._clock.now(), self._secret()
        caller = self._roster.caller(department, number, PROVIDER, at) if self._roster else None
        if caller is None:
            raise IDENTITY_NO_OFFICER()
        end = at + SESSION_LIFE
        link = LoginLink(digest_of(secret), department, "", number, end, None, PROVIDER)
        with self._db.begin() as tx:
            self._use_state(tx, state, at)
            LoginStore(tx).begin_session(link.digest, link, at, end, _credential(tx, identity), identity.proven_time)
            self._count(tx, OFFICER, PROVIDER)
            self._journal.write(tx, Change(at=at, action="certs.SignIn", actor=caller, resource=caller.name))
        return secret, Session(caller, number, end, PROVIDER, identity.proven_time)

    def sign_in_person(self, identity: Identity, person: Person, state: bytes) -> str:
        """Return a new session's secret for a citizen or a representative. The log has the pseudonym, the database what the secret opens."""
        at, secret = self._clock.now(), self._secret()
        domain = CITIZEN if person.standing is Standing.CITIZEN else USCC
        detail = {"proof": PROVIDER, "as": person.standing.value}
        with self._db.begin() as tx:
            self._use_state(tx, state, at)
            sealed = seal_person(secret, person)
            PersonStore(tx).begin(PersonalRow(digest_of(secret), _credential(tx, identity), sealed, at, at + SESSION_LIFE, identity.proven_time))
            self._count(tx, PERSON, PROVIDER)
            change = Change(at=at, action="certs.SignIn", actor=ANYBODY, subject=Subject(domain, person.id), detail=detail)
            self._journal.write(tx, change)
        return secret

    def person(self, secret: str) -> PersonalSession:
        """Return the personal session and keep it alive; raise NotSignedInError when it was idle or is over."""
        now, digest = self._clock.now(), digest_of(secret)
        with self._db.read() as tx:
            row = PersonStore(tx).find(digest, now, now - IDLE)
            person = open_person(secret, row.sealed) if row else None
        if row is None or person is None:
            raise NO_SESSION()
        if now - row.seen_time >= SEEN_EVERY:
            with self._db.begin() as tx:
                if not PersonStore(tx).touch(digest, now, now - IDLE):
                    raise NO_SESSION()
        return PersonalSession(person, row.expire_time, row.proven_time)

    def end_person(self, secret: str) -> None:
        """End a personal session; an unknown one is as good as ended."""
        at, digest = self._clock.now(), digest_of(secret)
        with self._db.read() as tx:
            if PersonStore(tx).find(digest, at, at - IDLE) is None:
                return
        with self._db.begin() as tx:
            if PersonStore(tx).end(digest):
                self._journal.write(tx, Change(at=at, action="certs.EndSession", actor=ANYBODY))

    def _use_state(self, tx: Tx, state: bytes, at: datetime) -> None:
        try:
            self._use_up(tx, state, at)
        except NotAllowedError:
            raise IDENTITY_REFUSED() from None


def _credential(tx: Tx, identity: Identity) -> str:
    # keyed: what providers call a person may be an ID number
    return tx.keyed(f"identity {identity.issuer}\n{identity.subject}".encode()).hex()
