"""What departments, the authority and passers-by can do with licenses, on both databases, with real keys."""

import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import load_pem_public_key
from sqlalchemy import update

import licenses.places
import licenses.preparation
from audit.model import Kind
from certs.store import DepartmentStore
from hub.access import Caller
from hub.db import Database
from hub.errors import (
    AlreadyExistsError,
    ConflictError,
    IllegalStateError,
    InvalidInputError,
    NotAllowedError,
    NotFoundError,
    ShuniuError,
)
from hub.ids import Ids
from hub.paging import to_token
from hub.reach import obstacle_of_url
from hub.resource import etag_of
from hub.subject import Subject
from hub.unit_of_work import Kit, Step
from licenses.actions import LicenseActions
from licenses.live import LIFE, STATUS, NotLoadedError
from licenses.model import Holder, IssuingKey, KeyRegistration, KeyState, License, LicenseState
from licenses.store import licenses as table
from shuniu.codes import code, cose, status_list, trust_list
from shuniu.codes.code import text_of
from shuniu.codes.identifier import LicenseIdentifier
from shuniu.codes.status_list import SHARD, PublishedStatus
from shuniu.codes.verification import Outcome, Verdict, verify
from shuniu.identifiers import citizen_id
from tests.bound import edit, keep_book
from tests.licenses.counter import (
    AUTHORITY,
    BUSINESS,
    CITIZEN,
    LOOK,
    MARKET,
    NAME,
    NOON,
    OFFICER,
    PERMIT,
    POLICE,
    Counter,
    a_draft,
    der_of,
    new_key,
    on,
    proof_of,
    uri_of,
)

OTHER_CITIZEN = citizen_id.build("640104", date(1985, 6, 1), 20)


@pytest.fixture
def counter(database: Database) -> Counter:
    """A counter whose key the authority has admitted."""
    counter = Counter(database)
    counter.admitted()
    return counter


@pytest.fixture
def fresh(database: Database) -> Counter:
    return Counter(database)


@pytest.fixture
def quick(sqlite_database: Database) -> Counter:
    """One database is enough where none takes part in the rule."""
    counter = Counter(sqlite_database)
    counter.admitted()
    return counter


def refusal(attempt: Callable[[], Any]) -> ShuniuError:
    with pytest.raises(ShuniuError) as refused:
        attempt()
    return refused.value


def register(counter: Counter, wanted: KeyRegistration, officer: str = OFFICER) -> IssuingKey:
    return counter.actions.register_key(Step(caller=POLICE, officer=officer), wanted)


def key_step(counter: Counter, etag: str, reason: str = "why", **changes: Any) -> Step:
    return Step(**{"caller": POLICE, "name": f"issuingKeys/{counter.kid.hex()}", "etag": etag, "officer": OFFICER, "reason": reason, **changes})


# keys


def test_a_key_is_pending_until_the_authority_admits_it(fresh: Counter) -> None:
    key = fresh.registered()
    assert (key.state, key.kid, key.department) == (KeyState.PENDING, fresh.kid, POLICE.department)
    assert fresh.live.trust().keys == ()
    assert refusal(fresh.prepared).reason == "KEY_NOT_ACTIVE"
    fresh.actions.admit_key(on(key, by=AUTHORITY, officer="李强"))
    assert [one.kid for one in fresh.live.trust().keys] == [fresh.kid]
    assert [record.action for record in fresh.records()] == ["licenses.RegisterIssuingKey", "licenses.AdmitIssuingKey"]
    assert fresh.prepared().state is LicenseState.DRAFT


def test_a_key_whose_private_half_the_caller_does_not_hold_is_refused(fresh: Counter) -> None:
    der, sign = der_of(fresh.key), cose.signer_of(fresh.key)
    stranger, right = cose.signer_of(new_key()), proof_of(fresh.key)
    for proof in (stranger(right), sign(der), sign(right)[:-1], sign(right) + b"\x00", b"", bytes(64), b"\xff" * 64):
        error = refusal(lambda proof=proof: register(fresh, KeyRegistration(der, (PERMIT,), None, proof)))  # type: ignore[misc]
        assert (type(error), error.reason) == (InvalidInputError, "PROOF_NOT_FOR_THIS")
    assert fresh.records() == []


def test_a_proof_says_who_it_is_for_and_serves_nobody_else(fresh: Counter) -> None:
    der, sign = der_of(fresh.key), cose.signer_of(fresh.key)
    other_types = (PERMIT, BUSINESS)
    foreign = {
        "another department": proof_of(fresh.key, MARKET.department),
        "another hub": proof_of(fresh.key, hub="gansu"),
        "other types": proof_of(fresh.key, types=other_types),
        "another key": proof_of(new_key()),
        "nobody, as before": b"shuniu-issuing-key\n" + der,
    }
    for whom, made in foreign.items():
        error = refusal(lambda made=made: register(fresh, KeyRegistration(der, (PERMIT,), None, sign(made))))  # type: ignore[misc]
        assert (error.reason, error.field) == ("PROOF_NOT_FOR_THIS", "proof"), whom
    # a registration that somebody else saw: sent first in their own name it is refused, and the owner's goes through
    seen = KeyRegistration(der, other_types, None, sign(proof_of(fresh.key, types=other_types[::-1])))
    with pytest.raises(InvalidInputError, match=MARKET.department):
        fresh.actions.register_key(Step(caller=MARKET, officer=OFFICER), seen)
    assert register(fresh, seen).department == POLICE.department


@pytest.mark.parametrize("der", [b"", b"\x30\x00", b"x" * 600])
def test_what_is_no_key_on_p256_is_refused(fresh: Counter, der: bytes) -> None:
    assert isinstance(refusal(lambda: register(fresh, KeyRegistration(der, (PERMIT,), None, bytes(64)))), InvalidInputError)


def test_a_key_names_known_types_a_sane_window_and_an_officer(fresh: Counter) -> None:
    der = der_of(fresh.key)
    proof = cose.signer_of(fresh.key)(proof_of(fresh.key))
    attempts: list[tuple[tuple[str, ...], datetime | None, str]] = [
        ((), None, OFFICER),
        (("1" * 21,), None, OFFICER),
        ((PERMIT,), NOON - timedelta(days=1), OFFICER),
        ((PERMIT,), NOON + timedelta(days=6 * 366), OFFICER),
        ((PERMIT,), None, " "),
        ((PERMIT,), None, OTHER_CITIZEN),
    ]
    for types, not_after, officer in attempts:
        refused = refusal(lambda one=(types, not_after, officer): register(fresh, KeyRegistration(der, one[0], one[1], proof), one[2]))  # type: ignore[misc]
        assert isinstance(refused, InvalidInputError | NotFoundError)
    assert register(fresh, KeyRegistration(der, (PERMIT, PERMIT), None, proof)).license_types == (PERMIT,)


def test_a_key_is_registered_once_by_whomever(fresh: Counter) -> None:
    fresh.registered()
    assert isinstance(refusal(fresh.registered), AlreadyExistsError)
    assert isinstance(refusal(lambda: fresh.registered(by=MARKET)), AlreadyExistsError)


def test_a_key_is_revoked_by_its_department_or_the_authority_alone(counter: Counter) -> None:
    error = refusal(lambda: counter.actions.revoke_key(key_step(counter, "r2", caller=MARKET)))
    assert (type(error), error.reason) == (NotAllowedError, "NOT_OWNER")
    other = counter.admitted(new_key())
    assert counter.actions.revoke_key(key_step(counter, "r2", "遗失")).state is KeyState.REVOKED
    assert counter.actions.revoke_key(on(other, by=AUTHORITY, reason="抽查不合格", officer="李强")).state is KeyState.REVOKED
    assert isinstance(refusal(lambda: counter.actions.revoke_key(key_step(counter, "r3", "again"))), IllegalStateError)
    assert isinstance(refusal(lambda: counter.actions.admit_key(key_step(counter, "r3", caller=AUTHORITY))), IllegalStateError)


def test_a_key_read_too_early_is_not_changed(counter: Counter) -> None:
    assert isinstance(refusal(lambda: counter.actions.revoke_key(key_step(counter, "r1"))), ConflictError)
    for etag in ("", "2", "rx"):
        assert isinstance(refusal(lambda etag=etag: counter.actions.revoke_key(key_step(counter, etag))), InvalidInputError)  # type: ignore[misc]
    stranger = key_step(counter, "r1", caller=AUTHORITY, name="issuingKeys/0000000000000000")
    assert isinstance(refusal(lambda: counter.actions.admit_key(stranger)), NotFoundError)


def test_a_revoked_key_takes_its_codes_along_at_once(counter: Counter) -> None:
    one = counter.issued()
    assert counter.verdict(one)[0].outcome is Outcome.VALID
    counter.actions.revoke_key(key_step(counter, "r2", "遗失"))
    assert (counter.verdict(one)[0].reason, counter.verdict(one)[1]) == ("SIGNER_REVOKED", "")
    assert refusal(lambda: counter.prepared(number="2")).reason == "KEY_NOT_ACTIVE"


# preparing


def test_what_is_prepared_is_what_the_department_signs(counter: Counter) -> None:
    one = counter.prepared()
    claims = code.decode(text_of(cose.assemble(one.protected, one.payload, bytes(64)))).claims
    assert (str(claims.identifier), claims.issuer, claims.number, claims.name) == (one.identifier, POLICE.department, one.number, "居住证")
    assert (claims.holder_short, claims.public, claims.issue_date) == ("马**强", (("KZ_QFXZQH", "640104"),), date(2026, 3, 2))
    assert (claims.status.uri, claims.status.index) == (one.status_uri, one.status_index) == (uri_of(0), one.status_index)
    assert (one.valid_from, one.valid_to) == (date(2026, 3, 2), date(2027, 3, 1))
    assert claims.expires_at == datetime(2027, 3, 1, 15, 59, 59, tzinfo=UTC).timestamp()
    assert CITIZEN.encode() not in one.payload
    assert NAME.encode() not in one.payload


def test_a_prepared_license_is_on_the_log_under_its_holders_pseudonym(counter: Counter) -> None:
    one = counter.prepared()
    record = counter.records()[-1]
    assert (record.kind, record.action, record.resource, record.case_number) == (Kind.CHANGE, "licenses.PrepareLicense", one.name, "BJ-2026-1")
    assert (record.actor.department, record.actor.officer) == (POLICE.department, OFFICER)
    assert record.pseudonym == counter.log.pseudonym(Subject("cn-id", CITIZEN))


def test_a_holders_number_is_kept_in_capitals_and_without_blanks(counter: Counter) -> None:
    with_x = next(number for sequence in range(99) if (number := citizen_id.build("640104", date(1990, 3, 7), sequence)).endswith("X"))
    one = counter.prepared(holders=(Holder(NAME, f" {with_x.lower()} ", "111"),))
    assert one.holders[0].code == with_x
    assert counter.records()[-1].pseudonym == counter.log.pseudonym(Subject("cn-id", with_x))


_WRONG: list[tuple[dict[str, Any], str]] = [
    ({"license_type": "1" * 21}, ""),
    ({"number": ""}, ""),
    ({"number": "x" * 65}, "number"),
    ({"number": "a\x00b"}, "number"),
    ({"number": CITIZEN}, "number"),
    ({"holders": ()}, "holders"),
    ({"holders": (Holder(NAME, CITIZEN, "111"), Holder("李四", OTHER_CITIZEN, "111"))}, "holders"),
    ({"holders": (Holder(NAME, CITIZEN[:-1] + ("1" if CITIZEN[-1] != "1" else "2"), "111"),)}, "holders"),
    ({"holders": (Holder(NAME, "91640100MA76F8XY7N", "001"),)}, "holders"),
    ({"holders": (Holder(" ", CITIZEN, "111"),)}, "holders"),
    ({"holders": (Holder(NAME, " ", "111"),)}, "holders"),
    ({"fields": {}}, "KZ_JZDZ"),
    ({"fields": {"KZ_JZDZ": "a", "KZ_HJDZ": "b", "KZ_QFXZQH": "64010"}}, "KZ_QFXZQH"),
    ({"fields": {"KZ_JZDZ": "a", "KZ_HJDZ": "b", "KZ_QFXZQH": "640104", "KZ_X": "c"}}, "KZ_X"),
    ({"valid_to": date(2026, 3, 1)}, "valid_to"),
    ({"valid_to": date(2027, 3, 2)}, "valid_to"),
    ({"valid_from": date(2024, 3, 2)}, "valid_to"),
    ({"valid_from": date(2026, 3, 3)}, "valid_from"),
    ({"valid_from": date.max}, "valid_from"),
    ({"valid_from": date.min, "valid_to": date.min}, "valid_to"),
    ({"case_number": ""}, "case_number"),
    ({"case_number": f"BJ-{CITIZEN}"}, "case_number"),
    ({"case_number": f"BJ-{OTHER_CITIZEN.lower()}"}, "case_number"),
    ({"request_id": "r\x00"}, "request_id"),
    ({"request_id": "r" * 65}, "request_id"),
]


@pytest.mark.parametrize(("changes", "field"), _WRONG, ids=[f"{number}-{next(iter(changes))}" for number, (changes, _) in enumerate(_WRONG)])
def test_a_draft_that_does_not_fit_its_type_is_sent_back_and_nothing_is_kept(counter: Counter, changes: dict[str, Any], field: str) -> None:
    before = len(counter.records())
    error = refusal(lambda: counter.prepared(**changes))
    assert isinstance(error, InvalidInputError | NotFoundError)
    if field:
        assert getattr(error, "field", "") == field
    assert CITIZEN not in str(vars(error))
    assert len(counter.records()) == before
    assert counter.actions.list(POLICE, 0, "") == ([], "")


def test_an_officer_answers_for_every_act(quick: Counter) -> None:
    one = quick.issued()
    for attempt in (
        lambda: quick.actions.prepare(Step(caller=POLICE), a_draft(quick.kid), "BJ-1", b""),
        lambda: quick.actions.issue(on(one, officer=" "), bytes(64)),
        lambda: quick.actions.suspend(on(one, officer="", reason="why")),
        lambda: quick.actions.resume(on(one, officer="", reason="why")),
        lambda: quick.actions.revoke(on(one, officer="", reason="why")),
        lambda: quick.actions.admit_key(key_step(quick, "r2", caller=AUTHORITY, officer="")),
        lambda: quick.actions.revoke_key(key_step(quick, "r2", officer="")),
    ):
        assert refusal(attempt).reason == "MISSING_OFFICER"
    assert refusal(lambda: quick.prepared(case_number=" ")).reason == "MISSING_CASE_NUMBER"


@pytest.mark.parametrize("field", ["officer", "case_number", "request_id"])
def test_no_text_of_a_request_spells_the_number_of_a_holder_in_any_spelling(quick: Counter, field: str) -> None:
    for spelling in (f"BJ{CITIZEN}X", f"{CITIZEN[:6]}{CITIZEN[8:17]}", f"B{CITIZEN[:9]}.{CITIZEN[9:]}"):
        step = Step(caller=POLICE, **{"officer": OFFICER, **({field: spelling} if field != "case_number" else {})})
        case = spelling if field == "case_number" else "BJ-1"
        error = refusal(lambda step=step, case=case: quick.actions.prepare(step, a_draft(quick.kid), case, b""))  # type: ignore[misc]
        assert (error.reason, error.field) == ("PERSONAL_DATA_IN_TEXT", field)


def test_an_officer_of_65_characters_is_too_long_here_as_everywhere(quick: Counter) -> None:
    error = refusal(lambda: quick.actions.prepare(Step(caller=POLICE, officer="王" * 65), a_draft(quick.kid), "BJ-1", b""))
    assert (type(error), error.field) == (InvalidInputError, "officer")
    assert quick.prepared(case_number="B" * 128).state is LicenseState.DRAFT


def test_another_departments_key_prepares_nothing(counter: Counter) -> None:
    assert isinstance(refusal(lambda: counter.prepared(by=MARKET)), NotFoundError)
    assert isinstance(refusal(lambda: counter.prepared(kid=b"unknown!")), NotFoundError)


def test_a_key_for_other_types_or_past_its_window_prepares_nothing(fresh: Counter) -> None:
    fresh.admitted(types=(BUSINESS,))
    assert refusal(fresh.prepared).reason == "KEY_NOT_FOR_TYPE"
    short = new_key()
    fresh.admitted(short, not_after=NOON + timedelta(days=30))
    kid = cose.key_id(short.public_key())
    fresh.prepared(kid=kid, number="1", valid_to=date(2026, 3, 20))
    fresh.clock.advance(timedelta(days=30, seconds=1))
    assert refusal(lambda: fresh.prepared(kid=kid, number="2")).reason == "KEY_EXPIRED"


@pytest.mark.parametrize(
    ("days", "valid_to", "reason"),
    [
        (1, date(2027, 3, 1), "KEY_ENDS_TOO_SOON"),
        (1, date(2026, 3, 2), ""),
        (89, None, "KEY_ENDS_TOO_SOON"),
        (90, None, ""),
        (30, date(2026, 3, 31), ""),
        (29, date(2026, 3, 31), "KEY_ENDS_TOO_SOON"),
    ],
)
def test_a_key_that_soon_ends_signs_nothing_that_goes_on(fresh: Counter, days: int, valid_to: date | None, reason: str) -> None:
    key = new_key()
    fresh.admitted(key, not_after=NOON + timedelta(days=days))

    def prepare() -> License:
        return fresh.prepared(kid=cose.key_id(key.public_key()), valid_to=valid_to)

    if reason:
        error = refusal(prepare)
        assert (getattr(error, "reason", ""), getattr(error, "field", "")) == (reason, "kid")
    else:
        assert prepare().state is LicenseState.DRAFT


def test_behind_its_keys_term_a_license_is_valid_online_and_asks_for_a_new_code_offline(fresh: Counter) -> None:
    key = new_key()
    fresh.admitted(key, not_after=NOON + timedelta(days=100))
    one = fresh.actions.issue(on(prepared := fresh.prepared(kid=cose.key_id(key.public_key()))), fresh.signature(prepared, key))
    fresh.clock.advance(timedelta(days=101))
    assert (fresh.verdict(one)[0].outcome, fresh.verdict(one)[0].number) == (Outcome.VALID, one.number)
    for registry in (fresh.live, fresh.a_registry()):
        trust, at = registry.trust(), fresh.clock.now()
        status = status_list.decode(fresh.actions.status_list(0)[0], fresh.hub_key.public_key())
        offline = verify(text_of(one.signed_bytes), trust, PublishedStatus([status]), at)
        assert (offline.outcome, offline.reason, offline.number) == (Outcome.UNDETERMINED, "SIGNER_EXPIRED", one.number)
    fresh.revoked(one)
    assert fresh.verdict(one)[0].reason == "REVOKED"


def test_a_retired_key_keeps_what_it_signed_and_signs_nothing_more(counter: Counter) -> None:
    one = counter.issued()
    counter.clock.advance(timedelta(hours=1))
    key = counter.actions.retire_key(key_step(counter, "r2", "机构合并"), None)
    assert (key.state, key.revoke_time) == (KeyState.RETIRED, counter.clock.now())
    counter.clock.advance(timedelta(days=30))
    assert counter.verdict(one)[0].outcome is Outcome.VALID
    status = PublishedStatus([status_list.decode(counter.actions.status_list(0)[0], counter.hub_key.public_key())])
    trust = trust_list.decode(counter.actions.trust_list()[0], counter.hub_key.public_key())
    assert verify(text_of(one.signed_bytes), trust, status, counter.clock.now()).outcome is Outcome.VALID
    assert refusal(lambda: counter.prepared(number="2")).reason == "KEY_NOT_ACTIVE"
    assert isinstance(refusal(lambda: counter.actions.retire_key(key_step(counter, "r3", "again"), None)), IllegalStateError)
    # found in other hands afterwards: then all of it goes
    counter.actions.revoke_key(key_step(counter, "r3", "遗失"))
    assert counter.verdict(one)[0].reason == "SIGNER_REVOKED"


@pytest.mark.parametrize("hours", [-30 * 24, 1])
def test_a_key_is_retired_as_of_a_moment_in_its_term_that_has_come(counter: Counter, hours: int) -> None:
    moment = counter.clock.now() + timedelta(hours=hours)
    error = refusal(lambda: counter.actions.retire_key(key_step(counter, "r2", "机构合并"), moment))
    assert (type(error), getattr(error, "field", "")) == (InvalidInputError, "retire_time")


def test_what_a_key_signed_behind_the_moment_of_its_retirement_is_invalid(counter: Counter) -> None:
    before = counter.issued(number="1")
    counter.clock.advance(timedelta(hours=2))
    behind = counter.issued(number="2")
    counter.actions.retire_key(key_step(counter, "r2", "机构合并"), counter.clock.now() - timedelta(hours=1))
    assert [counter.verdict(one)[0].reason for one in (before, behind)] == ["VALID", "KEY_NOT_FOR_TIME"]


def test_a_number_is_in_force_once(counter: Counter) -> None:
    one = counter.issued()
    error = refusal(counter.prepared)
    assert (type(error), getattr(error, "field", "")) == (InvalidInputError, "number")
    counter.revoked(one)
    again = counter.prepared()
    assert again.identifier != one.identifier
    assert again.status_index != one.status_index


def test_of_many_who_prepare_the_same_number_at_once_one_succeeds(counter: Counter) -> None:
    made: list[License] = []
    errors: list[BaseException] = []

    def work() -> None:
        try:
            made.append(counter.prepared())
        except ShuniuError as error:
            errors.append(error)

    _all(work, 8)
    assert (len(made), {type(error) for error in errors}) == (1, {InvalidInputError})


def _all(work: Callable[[], None], count: int) -> None:
    threads = [threading.Thread(target=work) for _ in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def test_the_same_request_is_done_once_even_when_sent_many_times_at_once(counter: Counter) -> None:
    made: list[License] = []
    errors: list[BaseException] = []

    def work() -> None:
        try:
            made.append(counter.prepared(request_id="r-1", content=b"same"))
        except ShuniuError as error:
            errors.append(error)

    _all(work, 6)
    assert errors == []
    assert len({one.identifier for one in made}) == 1
    assert counter.prepared(request_id="r-1", content=b"same").identifier == made[0].identifier
    assert refusal(lambda: counter.prepared(request_id="r-1", content=b"different")).message.startswith("this request_id")
    assert counter.prepared(request_id="r-2", content=b"same", number="2").identifier != made[0].identifier
    assert [record.action for record in counter.records()].count("licenses.PrepareLicense") == 2


def test_places_and_identifiers_are_unique_under_parallel_preparation(counter: Counter, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(licenses.places, "SHARD", 64)  # so that chance alone would make them meet
    monkeypatch.setattr("licenses.actions.issuing.secrets.randbelow", lambda below: hash(threading.get_ident()) % min(below, 3))
    others = [new_key() for _ in range(4)]
    market = [counter.admitted(key, by=MARKET, types=(PERMIT,)).kid for key in others]
    made: list[License] = []
    errors: list[BaseException] = []
    lock = threading.Lock()
    numbers = iter(range(1_000))

    def work() -> None:
        for _ in range(4):
            with lock:
                number = next(numbers)
            by, kid = (POLICE, counter.kid) if number % 2 else (MARKET, market[0])
            try:
                made.append(counter.prepared(by=by, kid=kid, number=str(number)))
            except ConflictError as error:  # two departments met in one place: the second is told to try again
                errors.append(error)

    _all(work, 6)
    assert len(made) + len(errors) == 24
    assert len({(one.status_shard, one.status_index) for one in made}) == len({one.identifier for one in made}) == len(made)
    assert len(made) >= 12


def test_a_nearly_full_shard_is_followed_by_the_next(quick: Counter, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(licenses.places, "FULL", 3)
    monkeypatch.setattr("licenses.actions.issuing.secrets.randbelow", lambda _below: 5)
    shards = [quick.issued(number=str(number)).status_shard for number in range(7)]
    assert shards == [0, 0, 0, 1, 1, 1, 2]
    for shard in range(3):
        assert quick.actions.status_list(shard)[1] == uri_of(shard)
    assert isinstance(refusal(lambda: quick.actions.status_list(3)), NotFoundError)
    last = quick.issued(number="last")
    assert quick.verdict(last)[0].outcome is Outcome.VALID


# issuing and after


def test_a_wrong_signature_issues_nothing(counter: Counter) -> None:
    one, other = counter.prepared(number="1"), counter.prepared(number="2")
    good = counter.signature(one)
    for signature in (counter.signature(other), counter.signature(one, new_key()), b"", good[:-1], good + b"\x00", bytes(64), good[32:] + good[:32]):
        error = refusal(lambda s=signature: counter.actions.issue(on(one), s))  # type: ignore[misc]
        assert (type(error), error.reason) == (InvalidInputError, "SIGNATURE_WRONG")
    assert counter.actions.get(POLICE, one.name, LOOK).state is LicenseState.DRAFT
    assert counter.actions.issue(on(one), good).state is LicenseState.ISSUED


def test_a_code_put_together_from_a_draft_is_not_valid_until_the_draft_is_issued(counter: Counter) -> None:
    one = counter.prepared()
    text = text_of(cose.Unsigned(one.protected, one.payload).assemble(counter.signature(one)))
    verdict = counter.actions.verify_code(text)
    assert (verdict.outcome, verdict.reason) == (Outcome.UNDETERMINED, "NOT_ISSUED_HERE")
    registry = counter.a_registry()  # as another process, or this one after a restart, would see it
    assert verify(text, registry.trust(), registry.asking, counter.clock.now()).reason == "NOT_ISSUED_HERE"
    issued = counter.signed(one)
    assert counter.verdict(issued)[0].outcome is Outcome.VALID
    # the same content signed once more is not what was issued
    assert counter.actions.verify_code(text).reason == "NOT_ISSUED_HERE"


def test_a_draft_that_will_not_be_issued_is_revoked_and_frees_its_number(counter: Counter) -> None:
    one = counter.prepared()
    gone = counter.actions.revoke(on(one, reason="号码填错"))
    assert gone.state is LicenseState.REVOKED
    text = text_of(cose.Unsigned(one.protected, one.payload).assemble(counter.signature(one)))
    assert counter.actions.verify_code(text).reason == "REVOKED"
    assert isinstance(refusal(lambda: counter.signed(gone)), IllegalStateError)
    assert counter.verdict(counter.issued())[0].outcome is Outcome.VALID


def test_a_key_revoked_between_preparing_and_signing_issues_nothing(counter: Counter) -> None:
    one = counter.prepared()
    counter.actions.revoke_key(key_step(counter, "r2", "遗失"))
    assert refusal(lambda: counter.signed(one)).reason == "KEY_NOT_ACTIVE"


def test_only_the_issuer_acts_on_its_license_and_only_as_it_stands(counter: Counter) -> None:
    one = counter.issued()
    acts: list[Callable[[Caller, str], License]] = [
        lambda by, etag: counter.actions.suspend(on(one, by=by, etag=etag, reason="why")),
        lambda by, etag: counter.actions.resume(on(one, by=by, etag=etag, reason="why")),
        lambda by, etag: counter.actions.revoke(on(one, by=by, etag=etag, reason="why")),
        lambda by, etag: counter.actions.issue(on(one, by=by, etag=etag), bytes(64)),
        lambda by, etag: counter.actions.attach_stamp(on(one, by=by, etag=etag, officer=""), b"stamp"),
    ]
    before = len(counter.records())
    for act in acts:
        for caller, reason in ((MARKET, "NOT_FOUND"), (AUTHORITY, "NOT_ISSUER")):
            for etag in (etag_of(one.revision), "r1", ""):  # a stranger does not learn whether an etag is right
                assert refusal(lambda act=act, caller=caller, etag=etag: act(caller, etag)).reason == reason  # type: ignore[misc]
        assert isinstance(refusal(lambda act=act: act(POLICE, "r1")), ConflictError)  # type: ignore[misc]
        assert isinstance(refusal(lambda act=act: act(POLICE, "")), InvalidInputError)  # type: ignore[misc]
    assert len(counter.records()) == before
    assert counter.actions.get(POLICE, one.name, LOOK) == one


def test_of_many_who_change_the_same_license_at_once_one_succeeds(counter: Counter) -> None:
    one = counter.issued()
    made: list[License] = []
    errors: list[BaseException] = []

    def work() -> None:
        try:
            made.append(counter.revoked(one))
        except ShuniuError as error:
            errors.append(error)

    _all(work, 6)
    assert len(made) == 1
    assert {type(error) for error in errors} == {ConflictError}
    assert [record.action for record in counter.records()].count("licenses.RevokeLicense") == 1


def test_a_revoked_license_says_so_in_the_issuers_words_at_the_next_call(counter: Counter) -> None:
    one = counter.issued()
    assert counter.verdict(one) == (counter.verdict(one)[0], "")
    assert counter.verdict(one)[0].outcome is Outcome.VALID
    counter.revoked(one, "提供虚假材料")
    verdict, words = counter.verdict(one)
    assert (verdict.outcome, verdict.reason, words) == (Outcome.INVALID, "REVOKED", "提供虚假材料")
    assert counter.records()[-1].reason == "提供虚假材料"


def test_a_suspended_license_is_valid_again_once_resumed(counter: Counter) -> None:
    one = counter.issued()
    held = counter.suspended(one)
    assert (counter.verdict(one)[0].reason, counter.verdict(one)[1]) == ("SUSPENDED", "核查地址")
    back = counter.resumed(held)
    assert (counter.verdict(one)[0].outcome, counter.verdict(one)[1]) == (Outcome.VALID, "")
    assert isinstance(refusal(lambda: counter.resumed(back)), IllegalStateError)
    counter.revoked(counter.suspended(back))
    assert counter.verdict(one)[0].reason == "REVOKED"


def test_a_reason_that_spells_an_id_number_changes_nothing(counter: Counter) -> None:
    one = counter.issued()
    for attempt in (counter.revoked, counter.suspended):
        assert refusal(lambda attempt=attempt: attempt(one, f"持证人{OTHER_CITIZEN}举报")).reason == "PERSONAL_DATA_IN_TEXT"  # type: ignore[misc]
    assert counter.verdict(one)[0].outcome is Outcome.VALID


def test_a_license_expires_with_its_last_day_in_china(quick: Counter) -> None:
    one = quick.issued(valid_to=date(2026, 3, 10))
    quick.clock.set(datetime(2026, 3, 10, 15, 59, 59, tzinfo=UTC))
    assert quick.verdict(one)[0].outcome is Outcome.VALID
    quick.clock.set(datetime(2026, 3, 10, 16, 5, 0, tzinfo=UTC))  # five minutes of skew later
    assert quick.verdict(one)[0].reason == "EXPIRED"


def test_another_process_sees_the_same(counter: Counter) -> None:
    one, held, gone = counter.issued(number="1"), counter.suspended(counter.issued(number="2")), counter.revoked(counter.issued(number="3"))
    registry = counter.a_registry()
    for known, reason in ((one, "VALID"), (held, "SUSPENDED"), (gone, "REVOKED")):
        assert verify(text_of(known.signed_bytes), registry.trust(), registry.asking, counter.clock.now()).reason == reason
        with pytest.raises(NotLoadedError):
            verify(text_of(known.signed_bytes), registry.trust(), registry, counter.clock.now())
    registry.load_shard(0)
    for known, reason in ((one, "VALID"), (held, "SUSPENDED"), (gone, "REVOKED")):
        assert verify(text_of(known.signed_bytes), registry.trust(), registry, counter.clock.now()).reason == reason


def test_the_published_lists_agree_with_what_is_said_online(counter: Counter) -> None:
    made = [counter.issued(number=str(number)) for number in range(6)]
    counter.suspended(made[1])
    counter.revoked(made[2])
    counter.resumed(counter.suspended(made[3]))
    trust_bytes, pem = counter.actions.trust_list()
    hub_key = load_pem_public_key(pem)
    assert isinstance(hub_key, ec.EllipticCurvePublicKey)
    trust = trust_list.decode(trust_bytes, hub_key)
    listed = status_list.decode(counter.actions.status_list(0)[0], hub_key)
    assert (listed.uri, listed.statuses.size) == (uri_of(0), SHARD)
    offline = PublishedStatus([listed])
    for one in made:
        here, _ = counter.verdict(one)
        there = verify(text_of(one.signed_bytes), trust, offline, counter.clock.now())
        assert (there.outcome, there.reason, there.identifier) == (here.outcome, here.reason, here.identifier)
    assert [counter.verdict(one)[0].reason for one in made] == ["VALID", "SUSPENDED", "REVOKED", "VALID", "VALID", "VALID"]
    counter.actions.revoke_key(key_step(counter, "r2", "遗失"))
    trust = trust_list.decode(counter.actions.trust_list()[0], hub_key)
    assert {verify(text_of(one.signed_bytes), trust, offline, counter.clock.now()).reason for one in made} == {"SIGNER_REVOKED"}


def test_a_list_is_signed_again_when_something_changed_or_five_minutes_passed(quick: Counter) -> None:
    one = quick.issued()
    first = quick.actions.status_list(0)
    assert quick.actions.status_list(0) == first
    quick.issued(number="2")
    assert quick.actions.status_list(0) == first  # one more valid license changes no bit
    held = quick.suspended(one)
    second = quick.actions.status_list(0)
    assert second != first
    quick.resumed(held)
    third = quick.actions.status_list(0)
    assert third not in {first, second}
    quick.clock.advance(timedelta(seconds=300))
    assert quick.actions.status_list(0) != third
    trust = quick.actions.trust_list()
    assert quick.actions.trust_list() == trust
    quick.clock.advance(timedelta(seconds=LIFE // 2))
    assert quick.actions.trust_list() != trust


@pytest.mark.parametrize(("uri", "reason"), [(uri_of(1), "NOT_ISSUED_HERE"), ("http://other.example/status/0", "STATUS_UNKNOWN")])
def test_a_code_that_names_an_unknown_list_is_undetermined(quick: Counter, uri: str, reason: str) -> None:
    one = quick.issued()
    claims = code.decode(text_of(one.signed_bytes)).claims
    elsewhere = replace(claims, status=replace(claims.status, uri=uri))
    verdict = quick.actions.verify_code(code.encode(elsewhere, quick.kid, cose.signer_of(quick.key)))
    assert (verdict.outcome, verdict.reason, verdict.status_reason) == (Outcome.UNDETERMINED, reason, "")


def _forged(claims: code.CodeClaims, free: int, other: code.CodeClaims) -> dict[str, code.CodeClaims]:
    """What somebody with the issuing key's file can sign past the register, from a license that was issued and later revoked."""
    serial = LicenseIdentifier.build(claims.type_code, claims.issuer, "FAKEFAKEFAKE")
    return {
        "the revoked one at a place that nobody has": replace(claims, status=replace(claims.status, index=free)),
        "the revoked one at another license's place": replace(claims, status=other.status),
        "the revoked one beyond the list": replace(claims, status=replace(claims.status, index=SHARD + 5)),
        "a license that nobody issued": replace(claims, identifier=serial, number="FAKE", status=replace(claims.status, index=free)),
        "a license that nobody issued at another's place": replace(claims, identifier=serial, number="FAKE", status=other.status),
        "a license that nobody issued at the revoked one's place": replace(claims, identifier=serial, number="FAKE"),
        "another license's identifier with other content": replace(other, holder_short="别*人"),
        "another license with a later end": replace(other, expires_at=(other.expires_at or other.issued_at) + 86_400),
    }


@pytest.mark.parametrize("where", ["in memory", "in the database"])
def test_a_code_made_with_the_issuing_key_past_the_register_is_never_valid(counter: Counter, where: str) -> None:
    gone, other = counter.revoked(counter.issued(number="1")), counter.issued(number="2")
    claims, others = (code.decode(text_of(one.signed_bytes)).claims for one in (gone, other))
    live = counter.a_registry()
    if where == "in memory":
        live.load_shard(0)

    def judged(text: str) -> Verdict:
        return verify(text, live.trust(), live if where == "in memory" else live.asking, counter.clock.now())

    assert [judged(text_of(one.signed_bytes)).reason for one in (gone, other)] == ["REVOKED", "VALID"]
    free = next(index for index in range(SHARD) if index not in {gone.status_index, other.status_index})
    for what, made in _forged(claims, free, others).items():
        verdict = judged(code.encode(made, counter.kid, cose.signer_of(counter.key)))
        assert (verdict.outcome, verdict.reason) == (Outcome.UNDETERMINED, "NOT_ISSUED_HERE"), what
        # the key proves the department; what the register does not know is not repeated
        assert (verdict.issuer, verdict.identifier, verdict.number, verdict.holder_short) == (POLICE.department, "", "", ""), what
    # at its own place the revoked one stays revoked, in whatever bytes
    again = judged(code.encode(replace(claims, holder_short="别*人"), counter.kid, cose.signer_of(counter.key)))
    assert (again.outcome, again.reason) == (Outcome.INVALID, "REVOKED")


@pytest.mark.parametrize("where", ["in memory", "in the database"])
@pytest.mark.parametrize("edit_of", ["state", "signed_bytes", "status_index", "inserted"])
def test_a_row_that_somebody_edited_counts_as_issued_nowhere_and_stops_no_other(counter: Counter, where: str, edit_of: str) -> None:
    keep_book(counter.database, counter.log, NOON)
    gone, other = counter.revoked(counter.issued(number="1")), counter.issued(number="2")
    other_bytes = cose.Unsigned(gone.protected, gone.payload).assemble(counter.signature(gone))
    shown = gone
    if edit_of == "inserted":
        draft = counter.prepared(number="3")
        shown = replace(draft, signed_bytes=cose.Unsigned(draft.protected, draft.payload).assemble(counter.signature(draft)))
        edit(counter.database, table, draft.identifier, state="issued", signed_bytes=shown.signed_bytes)
    else:
        shown = replace(gone, signed_bytes=other_bytes) if edit_of == "signed_bytes" else gone
        changes: dict[str, dict[str, object]] = {
            "state": {},
            "signed_bytes": {"signed_bytes": other_bytes},
            "status_index": {"status_index": (gone.status_index + 1) % SHARD},
        }
        edit(counter.database, table, gone.identifier, state="issued", **changes[edit_of])
    live = counter.a_registry()
    if where == "in memory":
        live.load_shard(0)

    def reason(one: License) -> str:
        return verify(text_of(one.signed_bytes), live.trust(), live.asking, counter.clock.now()).reason

    assert (reason(shown), reason(other)) == ("NOT_ISSUED_HERE", "VALID")
    if edit_of in {"state", "signed_bytes"}:
        assert live.bits(0).get(gone.status_index) != 0, "a signed list calls it valid"
    # the hub that had read the row before stays with what it knows, also when it is told of a change
    counter.live.reload(STATUS, gone.identifier)
    assert counter.verdict(gone)[0].reason == "REVOKED" if edit_of != "inserted" else "VALID"


def test_what_a_department_issued_stays_valid_while_it_is_disabled(counter: Counter) -> None:
    one = counter.issued()
    with counter.database.begin() as tx:
        issuer = DepartmentStore(tx).get(POLICE.department)
        DepartmentStore(tx).replace(issuer, issuer.disable(AUTHORITY, "机构改革"))
    for live in (counter.live, counter.a_registry()):
        assert verify(text_of(one.signed_bytes), live.trust(), live.asking, counter.clock.now()).reason == "VALID"


def test_what_was_issued_keeps_the_name_of_its_day_and_the_trust_list_follows_the_new_one(counter: Counter) -> None:
    counter.database.on_change(counter.live.reload)
    one = counter.issued()
    with counter.database.begin() as tx:
        issuer = DepartmentStore(tx).get(POLICE.department)
        DepartmentStore(tx).replace(issuer, issuer.update(AUTHORITY, {"title": "自治区公安与应急厅"}, "机构改革"))
        tx.announce("departments", issuer.uscc)
    assert counter.actions.get(POLICE, one.name, LOOK).issuer_title == issuer.title
    assert counter.issued(number="2").issuer_title == "自治区公安与应急厅"
    assert [key.department for key in counter.live.trust().keys] == ["自治区公安与应急厅"]


def test_verification_asks_no_database(counter: Counter, monkeypatch: pytest.MonkeyPatch) -> None:
    one = counter.revoked(counter.issued())

    def refuse(_self: Database) -> None:
        raise AssertionError("verification went to the database")

    monkeypatch.setattr(Database, "read", refuse)
    monkeypatch.setattr(Database, "snapshot", refuse)
    monkeypatch.setattr(Database, "begin", refuse)
    assert counter.actions.verify_loaded(text_of(one.signed_bytes)).reason == "REVOKED"
    counter.actions.trust_list()


# reading


def test_holders_are_shown_whole_to_the_issuer_and_shortened_to_the_authority(counter: Counter) -> None:
    one = counter.issued()
    assert counter.actions.get(POLICE, one.name, LOOK) == one
    seen = counter.actions.get(AUTHORITY, one.name, LOOK)
    assert (seen.identifier, seen.number, seen.state) == (one.identifier, one.number, one.state)
    assert [(holder.title, holder.code, holder.code_type) for holder in seen.holders] == [("马**强", "", "111")]
    assert dict(seen.fields) == {"KZ_QFXZQH": "640104"}
    assert isinstance(refusal(lambda: counter.actions.get(MARKET, one.name, LOOK)), NotFoundError)
    unknown = f"licenses/{LicenseIdentifier.build(PERMIT, POLICE.department, '1')}"
    assert isinstance(refusal(lambda: counter.actions.get(POLICE, unknown, LOOK)), NotFoundError)


def test_pages_have_neither_gap_nor_repeat(counter: Counter) -> None:
    made = []
    for number in range(7):
        made.append(counter.prepared(number=str(number)).identifier)
        counter.clock.advance(timedelta(milliseconds=5))
    seen: list[str] = []
    token = ""
    while True:
        page, token = counter.actions.list(POLICE, 3, token)
        seen += [one.identifier for one in page]
        if not token:
            break
        counter.prepared(number=f"later {len(seen)}")
    assert seen == made[::-1]
    assert counter.actions.list(MARKET, 0, "") == ([], "")


@pytest.mark.parametrize("token", ["x", to_token(7), to_token("a\x00b"), to_token("'; --"), to_token("z" * 27), to_token("", "")])
def test_a_foreign_page_token_is_sent_back(counter: Counter, token: str) -> None:
    assert isinstance(refusal(lambda: counter.actions.list(POLICE, 0, token)), InvalidInputError)


def test_a_touched_row_is_not_shown(counter: Counter, database: Database) -> None:
    one = counter.issued()
    with database.begin() as tx:
        tx.execute(update(table).values(sealed_content=b"x" * 80))
    assert refusal(lambda: counter.actions.get(POLICE, one.name, LOOK)).code == "INTEGRITY"


# stamps


def test_a_stamp_that_the_judge_refuses_is_not_attached(database: Database) -> None:
    seen: list[tuple[bytes, bytes, str, datetime]] = []

    def judge(stamp: bytes, data: bytes, owner: str, at: datetime) -> None:
        seen.append((stamp, data, owner, at))
        if stamp != b"good":
            raise InvalidInputError("the seal does not verify", field="stamp")

    counter = Counter(database, judge)
    counter.admitted()
    draft = counter.prepared()
    assert isinstance(refusal(lambda: counter.actions.attach_stamp(on(draft, etag="r1", officer=""), b"good")), IllegalStateError)
    one = counter.signed(draft)
    assert isinstance(refusal(lambda: counter.actions.attach_stamp(on(one, etag="r2", officer=""), b"bad")), InvalidInputError)
    assert counter.actions.get(POLICE, one.name, LOOK) == one
    stamped = counter.actions.attach_stamp(on(one, etag="r2", officer=""), b"good")
    assert (stamped.stamp, seen[-1]) == (b"good", (b"good", one.signed_bytes, POLICE.department, counter.clock.now()))
    assert isinstance(refusal(lambda: counter.actions.attach_stamp(on(one, etag="r3", officer=""), b"good")), IllegalStateError)
    assert len(seen) == 2  # neither before it was issued nor a second time
    assert counter.verdict(one)[0].outcome is Outcome.VALID


def test_the_first_license_waits_for_an_address_that_reaches_somebody(counter):
    there, kit = counter.actions, Kit(counter.database, counter.log, counter.clock, Ids())
    nowhere = LicenseActions(kit, replace(there._register, obstacle=obstacle_of_url("http://127.0.0.1:1")))
    counter.actions = nowhere
    with pytest.raises(IllegalStateError, match="reaches nobody") as refused:
        counter.prepared()
    assert refused.value.reason == "PAGES_UNREACHABLE"
    counter.actions = there
    counter.prepared()
    # what stands goes on: licenses bear the address already
    counter.actions = nowhere
    assert counter.prepared(number="N-2").status_uri == uri_of(0)
