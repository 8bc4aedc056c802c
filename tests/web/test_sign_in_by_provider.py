"""People sign in by an identity provider: officers, citizens, representatives; what is forged, replayed or of another browser opens nothing."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest

from certs.store.tables import personal_sessions, sessions
from cli.demo.identity_provider import CLIENT, ElsewhereError, PracticeProvider, Stand
from cli.synthetic import department
from hub.reach import for_browsers
from hub.sign_in import SignIn
from tests.end_to_end.test_second_persons import LEAD, staff
from tests.hub.test_watch import soon
from tests.web.signing import Visitor
from tests.world import KEY, PROVIDER, World

POLICE = department(PROVIDER).uscc
FIRM = department("market-regulation").uscc
PEOPLE = (
    Stand("李主任", {"department": POLICE, "officer": LEAD}),
    Stand("nobody", {"department": POLICE, "officer": "X-404"}),
    Stand("王小明", {"name": "王小明", "id_number": KEY}),
    Stand("张总", {"name": "张总", "company": FIRM, "company_name": "枢纽科技"}),
    Stand("wrong number", {"name": "李四", "id_number": KEY[:-1] + ("0" if KEY[-1] != "0" else "1")}),
    Stand("svc", {"department": POLICE, "officer": "svc-etl"}),
)
OFFICER, NOBODY, CITIZEN, COMPANY, WRONG, SERVICE = range(6)


@pytest.fixture(scope="module")
def provider() -> Iterator[PracticeProvider]:
    with PracticeProvider(PEOPLE) as one:
        yield one


@pytest.fixture(scope="module")
def world(provider: PracticeProvider, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    secret = tmp_path_factory.mktemp("oidc") / "secret"
    secret.write_text(provider.secret, encoding="utf-8")
    secret.chmod(0o600)
    settings = SignIn(issuer=provider.issuer, client=CLIENT, secret=str(secret), title="演练认证")
    with World(sign_in=settings) as one:
        staff(one.member(PROVIDER))
        yield one


@pytest.fixture
def visitor(world: World) -> Visitor:
    return Visitor(for_browsers(world.addresses["web"]))


def test_an_officer_signs_in_by_the_provider_and_the_page_opens_by_itself(world: World, visitor: Visitor):
    since = world.log_size
    answer = visitor.sign_in("officer", OFFICER)
    assert (answer.status, answer.refresh) == (200, "0; url=/inbox")
    page = visitor.ask("/proposals?lang=zh")
    assert page.status == 200
    assert LEAD in page.text
    (record,) = [one for one in world.records(since) if one.action == "certs.SignIn"]
    assert (record.actor.officer, record.detail["proof"]) == (LEAD, "oidc")


def test_the_cookie_of_a_sign_in_under_way_is_lax_and_goes_and_that_of_the_session_is_strict(visitor: Visitor):
    begun = visitor.ask("/sign-in/provider?as=officer")
    assert ["HttpOnly" in one and "SameSite=Lax" in one for one in begun.cookies] == [True]
    answer = visitor.ask(visitor.choose(begun.to, OFFICER), from_elsewhere=True)
    assert any(one.startswith("shuniu-session=") and "SameSite=Strict" in one and "HttpOnly" in one for one in answer.cookies)
    assert "shuniu-way" not in visitor.cookies


def test_dismissal_ends_what_the_provider_opened(world: World, visitor: Visitor, provider: PracticeProvider):
    by, number = world.member(PROVIDER), f"O-{world.number()}"
    by.do("CreateOfficer", number=number, display_name="临时", duties=[1], officer="P-1")
    provider.people += (Stand(number, {"department": POLICE, "officer": number}),)
    assert visitor.sign_in("officer", len(provider.people) - 1).status == 200
    assert visitor.ask("/proposals").status == 200
    officer = by.do("GetOfficer", name=f"departments/{by.department}/officers/{number}")
    by.do("DismissOfficer", name=officer.name, etag=officer.etag, officer="P-1", reason="调离")
    assert visitor.ask("/proposals").status == 401


@pytest.mark.parametrize("at", [NOBODY, SERVICE])
def test_whom_the_hub_does_not_have_as_an_officer_signs_in_nowhere(visitor: Visitor, at: int):
    answer = visitor.sign_in("officer", at)
    assert answer.status == 403
    assert "IDENTITY_NO_OFFICER" in answer.text


def test_a_citizen_and_a_representative_see_an_honest_page_and_neither_log_nor_database_shows_who_they_are(world: World, visitor: Visitor):
    since = world.log_size
    assert visitor.sign_in("self", CITIZEN).refresh == "0; url=/me"
    page = visitor.ask("/me?lang=zh")
    assert "王小明" in page.text
    assert "尚未开放" in page.text
    assert KEY not in page.text
    assert visitor.ask("/proposals").status == 401
    (record,) = [one for one in world.records(since) if one.action == "certs.SignIn"]
    assert KEY not in repr(record)
    assert "王小明" not in repr(record)
    with world.hub.db.read() as tx:
        row = tx.execute(personal_sessions.select()).first()
    assert row is not None
    assert KEY not in repr(row)
    assert "王小明".encode() not in row.sealed
    other = Visitor(visitor.web)
    assert other.sign_in("self", COMPANY).refresh == "0; url=/me"
    assert "枢纽科技" in other.ask("/me").text


def test_a_citizen_signs_out_and_an_idle_session_is_over(world: World, visitor: Visitor):
    visitor.sign_in("self", CITIZEN)
    token = visitor.ask("/me").text.partition('name="token" value="')[2].partition('"')[0]
    assert visitor.ask("/me/leave", {"token": "x"}).status == 403
    kept = visitor.cookies["shuniu-session"]
    assert visitor.ask("/me/leave", {"token": token}).to == "/"
    visitor.cookies["shuniu-session"] = kept
    assert visitor.ask("/me").status == 401
    visitor.sign_in("self", CITIZEN)
    with world.later(timedelta(minutes=16)):
        assert visitor.ask("/me").status == 401


def test_a_number_that_does_not_hold_is_in_no_answer(visitor: Visitor):
    answer = visitor.sign_in("self", WRONG)
    assert "IDENTITY_INCOMPLETE" in answer.text
    assert KEY[:10] not in answer.text
    assert "IDENTITY_INCOMPLETE" in visitor.sign_in("self", OFFICER).text


def test_a_return_is_used_once(visitor: Visitor):
    back = visitor.choose(visitor.begin(), OFFICER)
    way = visitor.cookies["shuniu-way"]
    assert visitor.ask(back, from_elsewhere=True).status == 200
    visitor.cookies["shuniu-way"] = way
    assert "IDENTITY_REFUSED" in visitor.ask(back, from_elsewhere=True).text


def test_a_code_with_the_state_of_another_sign_in_of_the_same_browser_is_refused(visitor: Visitor):
    """Each sign-in has a nonce and a verifier of its own, so a code fits its own state alone."""
    first, second = visitor.begin(), visitor.begin()
    code = parse_qs(urlsplit(visitor.choose(first, OFFICER)).query)["code"][0]
    told = parse_qs(urlsplit(visitor.choose(second, OFFICER)).query)
    mixed = urlencode({"code": code, "state": told["state"][0], "iss": told["iss"][0]})
    assert "IDENTITY_REFUSED" in visitor.ask(f"/sign-in/back?{mixed}").text


def test_the_return_of_another_browser_is_refused_whatever_cookie_it_has(visitor: Visitor):
    back = visitor.choose(visitor.begin(), OFFICER)
    victim = Visitor(visitor.web)
    assert "IDENTITY_REFUSED" in victim.ask(back).text
    victim.begin()
    assert "IDENTITY_REFUSED" in victim.ask(back).text
    assert "shuniu-session" not in victim.cookies


def test_a_forged_or_changed_state_is_refused(visitor: Visitor):
    told = {name: values[0] for name, values in parse_qs(urlsplit(visitor.choose(visitor.begin(), OFFICER)).query).items()}
    head, who, place, once = told["state"].split("~")
    forged = ["", "x", "~~~", f"{head}~self~{place}~{once}", f"{head}~{who}~/audit~{once}", f"{head}~{who}~//evil.example~{once}"]
    forged += [
        f"{head}~{who}~{place}~again",
        f"{'B' if head[0] == 'A' else 'A'}{head[1:]}~{who}~{place}~{once}",
        f"{head}~{who}~{place}",
        "~".join(["x"] * 500),
        "é~officer~/me~once",
    ]
    for state in forged:
        answer = visitor.ask(f"/sign-in/back?{urlencode({**told, 'state': state})}")
        assert (answer.status, "IDENTITY_REFUSED" in answer.text) == (403, True), state[:80]
    assert visitor.ask(f"/sign-in/back?{urlencode(told)}").status == 200


def test_a_sign_in_that_took_too_long_begins_anew(world: World, visitor: Visitor):
    back = visitor.choose(visitor.begin(), OFFICER)
    with world.later(timedelta(minutes=6)):
        assert "IDENTITY_REFUSED" in visitor.ask(back).text


def test_a_hub_whose_clock_is_minutes_off_says_so(world: World, visitor: Visitor):
    for minutes in (-4, 11):
        with world.later(timedelta(minutes=minutes)):
            assert "IDENTITY_TOKEN_TIME" in visitor.sign_in("officer", OFFICER).text


def test_a_token_for_another_nonce_is_refused(visitor: Visitor, provider: PracticeProvider, monkeypatch: pytest.MonkeyPatch):
    usual = provider.id_token
    monkeypatch.setattr(provider, "id_token", lambda person, _nonce: usual(person, "another"))
    assert "IDENTITY_REFUSED" in visitor.sign_in("officer", OFFICER).text


def test_whoever_turns_back_at_the_provider_is_told_how_to_begin_anew(visitor: Visitor):
    state = parse_qs(urlsplit(visitor.begin()).query)["state"][0]
    answer = visitor.ask(f"/sign-in/back?{urlencode({'error': 'access_denied', 'state': state})}")
    assert (answer.status, "IDENTITY_REFUSED" in answer.text) == (403, True)


def test_where_to_go_next_is_a_page_of_the_hub(visitor: Visitor):
    assert visitor.sign_in("officer", OFFICER, "&next=/passkeys").refresh == "0; url=/passkeys"
    for place in ("//evil.example", "https://evil.example", "/\\evil", "/..", "/a;b"):
        assert visitor.sign_in("officer", OFFICER, f"&{urlencode({'next': place})}").refresh == "0; url=/inbox"


def test_proving_it_once_more_asks_the_provider_for_a_login_of_now(world: World, visitor: Visitor):
    asked = parse_qs(urlsplit(visitor.begin("officer", "&again=1")).query)
    assert (asked["prompt"], asked["max_age"]) == (["login"], ["300"])
    visitor.sign_in("officer", OFFICER, "&again=1")
    with world.hub.db.read() as tx:
        proven = [one.proven_time for one in tx.execute(sessions.select()) if one.means == "oidc"]
    assert proven[-1] is not None
    assert abs(proven[-1] - world.clock.now()) < timedelta(minutes=2)


def test_a_hub_without_a_provider_shows_no_button_and_leads_nowhere():
    with World() as plain:
        one = Visitor(for_browsers(plain.addresses["web"]))
        assert "/sign-in/provider" not in one.ask("/sign-in").text
        assert "IDENTITY_OFF" in one.ask("/sign-in/provider?as=officer").text


@pytest.mark.parametrize(
    ("host", "door"),
    [("0.0.0.0", "127.0.0.1:1"), ("127.0.0.1", "10.0.0.1:7443"), ("127.0.0.1", "https://hub.example"), ("::", "")],  # noqa: S104
)
def test_the_practice_provider_stands_on_this_machine_alone(host: str, door: str):
    with pytest.raises(ElsewhereError):
        PracticeProvider((), (door,), host)


def test_the_practice_provider_leads_to_this_machine_alone_and_says_that_it_is_practice(visitor: Visitor, provider: PracticeProvider):
    address = visitor.begin()
    assert "演练" in visitor.ask(address).text
    away = address.replace(urlencode({"x": visitor.web})[2:], urlencode({"x": "https://evil.example"})[2:])
    assert away != address
    assert visitor.ask(away).status == 400
    assert visitor.ask(f"{provider.issuer}/token", {"code": "x"}).status == 400


def test_the_practice_provider_is_in_the_demo_alone():
    root = Path(__file__).parents[2]
    packages = ("hub", "certs", "web", "work", "shuniu", "cli")
    users = [path for package in packages for path in (root / package).rglob("*.py") if "identity_provider" in path.read_text(encoding="utf-8")]
    assert {path.relative_to(root).parts[:2] for path in users} <= {("cli", "demo")}


def test_whoever_is_refused_stands_on_the_log_in_one_record_that_sums_them_up(world: World, visitor: Visitor):
    since = world.log_size
    for _ in range(3):
        visitor.begin()
        visitor.ask("/sign-in/back?code=forged&state=forged")
    assert visitor.ask("/audit/login/forged").status < 500

    def summed() -> bool:
        return any(one.action == "audit.SumRefusals" and "IDENTITY_REFUSED" in one.detail["reasons"] for one in world.records(since))

    soon(summed, 15)
    (record,) = [one for one in world.records(since) if one.action == "audit.SumRefusals"]
    assert (record.actor.department, record.actor.officer, record.status) == ("", "", "IDENTITY_REFUSED")
    assert "certs.SignIn" in record.detail["actions"]
    assert int(record.detail["count"]) >= 3
