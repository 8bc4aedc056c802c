"""What was typed into a form whose session ended meanwhile comes back after signing in: at every form that there is, and to nobody else."""

import logging
import random
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from html.parser import HTMLParser
from typing import Final
from urllib.parse import unquote

import pytest

from hub.limits import Limits
from tests.end_to_end.test_second_persons import LEAD, WORKER, entry_draft, propose, staff
from tests.web.office import Answer, Guest, officer_at
from tests.web.reading import field as hidden
from tests.world import KEY, PROVIDER, World
from web import officers
from web.app import make_app
from web.filling import fill
from web.keeping import FORMS
from web.signing_in import ask_to_prove
from web.words import KEPT_FOR, LETTERS, NEVER, PIECES, typed

IDLE: Final = timedelta(minutes=16)
WITHOUT: Final = {
    *("/verify", "/verify.json", "/seals", "/seals.json"),  # strangers', which no session ends
    *("/sign-in", "/login/{secret}", "/prove", "/logout", "/me/leave"),  # nothing is typed into them
    *("/audit.json", "/audit/records/{index}.json"),  # programs'
}
BUTTONS: Final = {"/passkeys", "/passkeys/remove", "/officers/import", "/officers/import/take"}
"""Forms of which nothing comes back: buttons, and those with a file."""


@dataclass(frozen=True)
class Field:
    kind: str
    value: str
    longest: int
    chosen: bool


@dataclass
class Sheet:
    """One form of a page as a browser sees it."""

    action: str
    fields: dict[str, Field]

    @property
    def hidden(self) -> dict[str, str]:
        return {name: one.value for name, one in self.fields.items() if one.kind == "hidden"}

    @property
    def says(self) -> dict[str, str]:
        """What the fields hold that a person fills in."""
        boxes = {name: one.value for name, one in self.fields.items() if one.kind == "checkbox" and one.chosen}
        return boxes | {name: one.value for name, one in self.fields.items() if one.kind not in {"hidden", "checkbox"}}


class Sheets(HTMLParser):
    def __init__(self, page: str) -> None:
        super().__init__()
        self.all, self._select, self._area = list[Sheet](), "", ""
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        said = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.all.append(Sheet(said["action"] if said.get("method") == "post" else "", {}))
        elif tag == "input" and self.all and said.get("name"):
            longest = int(said.get("maxlength") or 10)
            self.all[-1].fields[said["name"]] = Field(said.get("type", "text"), said.get("value", ""), longest, "checked" in said)
        elif tag == "select" and self.all:
            self._select = said["name"]
        elif tag == "option" and self._select and (self._select not in self.all[-1].fields or "selected" in said):
            self.all[-1].fields[self._select] = Field("select", said.get("value", ""), 0, chosen=True)

    def handle_endtag(self, tag: str) -> None:
        self._select = "" if tag == "select" else self._select


@pytest.fixture(scope="module")
def world() -> Iterator[World]:
    with World(limits=Limits(refusals_per_second=1_000, refusal_bytes_per_second=1 << 20)) as one:
        entry = one.usual_entry
        assert entry
        staff(one.member(PROVIDER))
        one.auditor()
        yield one


def guest_of(world: World, number: str) -> Guest:
    return auditor(world) if number == "SJT-1" else officer_at(world, world.member(PROVIDER), number)


def sign_in(world: World, guest: Guest, number: str) -> None:
    by = world.member(PROVIDER)
    if number == "SJT-1":
        link = world.auditor().do("CreateLoginLink", officer=number).url
    else:
        link = by.do("InviteOfficer", name=f"departments/{by.department}/officers/{number}", officer="P-1").url
    path = "/login/" + link.rpartition("/")[2]
    assert guest.post(path, token=guest.get(path).hidden("token")).status == 303


def auditor(world: World) -> Guest:
    guest = Guest(world.addresses["web"])
    sign_in(world, guest, "SJT-1")
    return guest


def pages(world: World) -> list[tuple[str, str]]:
    """Return who sees a page with a form, and the page."""
    department = world.member(PROVIDER).department
    who, thing = entry_draft(world)
    proposal = propose(world, who, "SubmitEntry", thing).pending_proposal
    officer = f"/officer?name=departments/{department}/officers/{WORKER}"
    lead, until = officer_at(world, world.member(PROVIDER), LEAD), f"{world.clock.now() + timedelta(days=90):%Y-%m-%d}"
    system = f"departments/{department}/systems/main"
    made = lead.send("/mandates", "/mandates", system=system, expire=until, reason="批量办理", **{"step-SubmitEntry": "1"})
    assert made.status == 303, made.text
    found = [("P-1", "/officers"), ("P-1", officer), (LEAD, "/mandates"), (LEAD, f"/{proposal}"), (WORKER, f"/{proposal}")]
    return [*found, ("P-1", "/passkeys"), ("P-1", "/officers/import"), ("SJT-1", "/audit"), ("SJT-1", "/audit/records/0")]


def filled(form: Sheet, seed: str) -> dict[str, str]:
    """Fill a form in to the last character that it takes, with text that hardly packs."""
    dice, given = random.Random(seed), dict[str, str]()  # noqa: S311 - no secret
    for name, one in form.fields.items():
        if one.kind in {"hidden", "select"}:
            given[name] = one.value
        elif one.kind == "checkbox":
            given |= {name: one.value} if dice.random() < 0.7 else {}
        elif one.kind == "date":
            given[name] = "2027-01-31"
        elif one.kind == "datetime-local":
            given[name] = "2026-11-26T08:00"
        else:
            given[name] = "".join(chr(dice.randrange(0x4E00, 0x9FA5)) for _ in range(one.longest))
    return given


def forms_of(guest: Guest, page: str) -> list[Sheet]:
    shown = guest.get(page)
    assert shown.status == 200, page
    return [one for one in Sheets(shown.text).all if one.action and one.action != "/logout"]


def same_form(guest: Guest, shown: Answer, form: Sheet) -> Sheet:
    (found,) = [one for one in Sheets(shown.text).all if one.action == form.action and one.hidden.get("name") == form.hidden.get("name")]
    return found


def wanted(form: Sheet, given: Mapping[str, str]) -> dict[str, str]:
    """Return what stands in the form afterwards: all of it but the number of whoever is searched for."""
    texts = {name for name, one in form.fields.items() if one.kind not in {"hidden", "checkbox"}}
    boxes = {name: given[name] for name, one in form.fields.items() if one.kind == "checkbox" and name in given}
    return boxes | {name: "" if name in NEVER else given.get(name, "") for name in texts}


def canonical(action: str) -> str:
    for pattern, route in (
        (r"/proposals/\w+/[\w-]+", "/proposals/{id}/{step}"),
        (r"/officer/\w+", "/officer/{step}"),
        (r"/audit/records/\d+", "/audit/records/{index}"),
    ):
        if re.fullmatch(pattern, action):
            return route
    return action


def test_every_form_is_kept_or_is_known_to_have_no_words(world: World):
    routes = {route.resource.canonical for route in make_app(world.hub._pages()).router.routes() if route.method == "POST" and route.resource}
    assert routes == FORMS.keys() | WITHOUT
    assert not FORMS.keys() & WITHOUT


def test_the_words_of_every_form_come_back_after_signing_in(world: World, caplog: pytest.LogCaptureFixture):
    caplog.set_level(logging.DEBUG)
    seen: set[str] = set()
    for number, page in pages(world):
        guest = guest_of(world, number)
        for action in dict.fromkeys(one.action for one in forms_of(guest, page)):
            seen.add(canonical(action))
            if canonical(action) in BUTTONS:
                continue
            form = next(one for one in forms_of(guest, page) if one.action == action)  # with the token of this session
            given = filled(form, form.action)
            with world.later(IDLE):
                refused = guest.post(form.action, **given)
                assert (refused.status, refused.place) == (303, "/sign-in?next=/resume"), (form.action, refused.text)
                sizes = [len(one.name) + len(one.value or "") for one in guest.cookies]
                assert max(sizes) < 4_000
                assert sum(sizes) + 2 * len(sizes) < 8_100
                assert "三十分钟" in guest.get(refused.place).text
                sign_in(world, guest, number)
                back = guest.get("/resume")
                assert (back.status, unquote(back.place)) == (303, page), form.action
                shown = guest.get(back.place)
                assert same_form(guest, shown, form).says == wanted(form, given), form.action
                assert "尚未提交" in shown.text
                texts = [text for text in given.values() if len(text) > 8 and not text.isascii()]
                assert not any(text[:8] in unquote(refused.place + back.place) + caplog.text for text in texts)
                assert "尚未提交" not in guest.get(back.place).text  # once
            sign_in(world, guest, number)
    assert seen == FORMS.keys() - (BUTTONS - {"/officers/import"})


def test_one_of_several_forms_with_one_address_gets_its_words():
    page = "".join(f'<form action="/x"><input type="hidden" name="name" value="{one}"><input name="reason" value=""></form>' for one in "ab")
    text, found = fill(page, "/x", {"name": "b", "reason": '"<1>'})
    assert found
    assert 'value="&quot;&lt;1&gt;"' in text.partition('value="b"')[2]
    assert "quot" not in text.partition('value="b"')[0]
    assert fill(page, "/x", {"name": "c", "reason": "1"}) == (page, False)
    assert fill(page, "/y", {"reason": "1"}) == (page, False)


def test_boxes_lists_and_long_texts_are_filled():
    page = (
        '<form action="/x"><input type="checkbox" name="a" value="1" checked><input type="checkbox" name="b" value="1">'
        '<select name="c"><option value="1" selected>x &amp; y</option><option value="2">z</option></select>'
        '<textarea name="d">old &amp; gone</textarea><input type="hidden" name="e" value="1"><input type="file" name="f"><p>&lt;p&gt;</p></form>'
    )
    text, _ = fill(page, "/x", {"b": "1", "c": "2", "d": "<new>", "e": "2", "f": "x"})
    assert text == (
        '<form action="/x"><input type="checkbox" name="a" value="1"><input type="checkbox" name="b" value="1" checked>'
        '<select name="c"><option value="1">x &amp; y</option><option value="2" selected>z</option></select>'
        '<textarea name="d">&lt;new&gt;</textarea><input type="hidden" name="e" value="1"><input type="file" name="f"><p>&lt;p&gt;</p></form>'
    )


REASON = "因岗位调整，原职责移交"


def interrupted(world: World, number: str = "P-1") -> tuple[Guest, str]:
    """Send a form after its session has ended; return the browser and the page of the form."""
    guest, page = officer_at(world, world.member(PROVIDER), number), f"/officer?name=departments/{world.member(PROVIDER).department}/officers/{LEAD}"
    form = next(one for one in forms_of(guest, page) if one.action == "/officer/dismiss")
    with world.later(IDLE):
        assert guest.post(form.action, **form.hidden, reason=REASON).status == 303
    return guest, page


def test_somebody_else_at_the_same_browser_reads_nothing(world: World):
    guest, page = interrupted(world)
    with world.later(IDLE):
        sign_in(world, guest, LEAD)
        assert guest.get("/resume").place == "/inbox"
        for path in (page, "/officers", "/inbox"):
            shown = guest.get(path).text
            assert REASON not in shown
            assert "/resume" not in shown


def test_another_page_leads_back_to_the_form(world: World):
    guest, page = interrupted(world)
    with world.later(IDLE):
        sign_in(world, guest, "P-1")
        assert 'href="/resume"' in guest.get("/passkeys").text
        assert REASON in guest.get(page).text
        assert 'href="/resume"' not in guest.get("/passkeys").text


def test_the_words_are_gone_after_half_an_hour_and_with_signing_out(world: World):
    guest, page = interrupted(world)
    with world.later(IDLE + KEPT_FOR):
        sign_in(world, guest, "P-1")
        assert REASON not in guest.get(page).text
    guest, page = interrupted(world)
    with world.later(IDLE):
        sign_in(world, guest, "P-1")
        assert guest.post("/logout", token=hidden(guest.get("/passkeys").text, "token")).status == 303
        assert not {one.name for one in guest.cookies} & {*PIECES, "shuniu-who", "shuniu-session"}
        sign_in(world, guest, "P-1")
        assert REASON not in guest.get(page).text


def test_words_that_were_changed_or_of_another_browser_are_nobodys(world: World):
    guest, page = interrupted(world)
    (piece,) = [one for one in guest.cookies if one.name == PIECES[0]]
    for value in ((piece.value or "")[:-6] + "AAAAAA", "A" * 3_000, "§", "x y"):
        piece.value = value
        guest.cookies.set_cookie(piece)
        with world.later(IDLE):
            sign_in(world, guest, "P-1")
            assert guest.get(page).status == 200
            assert guest.get("/resume").place == "/inbox"


def test_a_form_that_no_page_of_ours_made_for_the_session_is_not_kept(world: World):
    guest = officer_at(world, world.member(PROVIDER), "P-1")
    guest.get("/officers")
    with world.later(IDLE):
        refused = guest.post("/officers", token="0" * 64, number="X-1", display_name="假", **{"duty-seals": "1"})
    assert refused.status == 401
    assert PIECES[0] not in {one.name for one in guest.cookies}
    assert Guest(world.addresses["web"]).post("/officers", number="X-1").status == 401


def test_a_form_of_an_earlier_session_comes_back_where_the_browser_says_that_it_is_ours(world: World):
    guest = officer_at(world, world.member(PROVIDER), "P-1")
    (form,) = [one for one in forms_of(guest, "/officers") if one.action == "/officers"]
    sign_in(world, guest, "P-1")  # at another tab
    given = {**form.hidden, "number": "Y-1", "display_name": "杨工", "duty-seals": "1"}
    assert guest.post("/officers", **given).status == 403
    back = guest.post("/officers", {"Sec-Fetch-Site": "same-origin"}, **given)
    assert (back.status, back.place) == (303, "/resume")
    assert guest.get("/resume").place == "/officers"
    shown = same_form(guest, guest.get("/officers"), form)
    assert (shown.says["display_name"], shown.says["duty-seals"]) == ("杨工", "1")


def test_a_step_that_asks_for_a_fresh_proof_comes_back_with_its_words(world: World, monkeypatch: pytest.MonkeyPatch):
    guest, page = officer_at(world, world.member(PROVIDER), "P-1"), f"/officer?name=departments/{world.member(PROVIDER).department}/officers/{LEAD}"
    form = next(one for one in forms_of(guest, page) if one.action == "/officer/deputy")
    monkeypatch.setattr(officers, "see_other", lambda _place: ask_to_prove("/officers"))  # whichever step asks for it
    asked = guest.post(form.action, **form.hidden, deputy="", until="", reason=REASON)
    assert (asked.status, asked.place) == (303, "/prove?next=/officers")
    assert "验证后自动填回" in guest.get(asked.place).text
    assert unquote(guest.get("/resume").place) == page
    shown = guest.get(page)
    assert same_form(guest, shown, form).says["reason"] == REASON
    invited = next(one for one in forms_of(guest, page) if one.action == "/officer/invite")
    with world.later(timedelta(minutes=6)):
        assert guest.post(invited.action, **invited.hidden).place == "/prove?next=/officers"  # nothing was typed


def test_a_form_that_is_offered_no_more_is_read_once_more(world: World):
    by = world.member(PROVIDER)
    number = f"Z-{world.number()}"
    made = by.do("CreateOfficer", number=number, display_name="郑工", duties=[1], officer="P-1")
    guest = officer_at(world, by, "P-1")
    page = f"/officer?name={made.name}"
    form = next(one for one in forms_of(guest, page) if one.action == "/officer/dismiss")
    by.do("DismissOfficer", name=made.name, etag=made.etag, officer="P-1", reason="已办")
    with world.later(IDLE):
        guest.post(form.action, **form.hidden, reason=REASON)
        sign_in(world, guest, "P-1")
        shown = guest.get(page).text
    assert f"<li>{REASON}</li>" in shown


def test_what_is_too_long_for_the_browser_is_said_to_be_lost(world: World):
    guest = officer_at(world, world.member(PROVIDER), "P-1")
    form = next(one for one in forms_of(guest, "/officers") if one.action == "/officers")
    dice = random.Random(7)  # noqa: S311 - no secret
    with world.later(IDLE):
        text = "".join(chr(dice.randrange(0x4E00, 0x9FA5)) for _ in range(LETTERS))
        assert guest.post("/officers", **form.hidden, display_name=text).status == 303
        sign_in(world, guest, "P-1")
        assert "过长" in guest.get(guest.get("/resume").place).text


@pytest.mark.parametrize("text", [KEY, f"公民{KEY[:6]} {KEY[6:14]} {KEY[14:]}", KEY[:6] + KEY[8:17]])
def test_an_id_number_is_not_kept(text: str):
    assert typed({"reason": text, "subject": "x", "token": "y", "number": "P-1"}) == {"number": "P-1"}
