"""What gives power at the pages is done by whoever proved lately who is there, not by whoever finds a browser open."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Final

import pytest

from certs.model import Passkey, digest_of
from certs.store import PasskeyStore
from hub.limits import Limits
from hub.unit_of_work import Change
from tests.end_to_end.test_second_persons import LEAD, WORKER, entry_draft, propose, staff
from tests.web.office import Guest, officer_at
from tests.world import PROVIDER, World
from web import officers, proposals
from web.app import make_app

PROVES: Final = {
    "/officers": ("/officers", "/officers"),
    **{f"/officer/{step}": ("/officer/{step}", "/officers") for step in ("update", "deputy", "invite", "dismiss")},
    "/mandates": ("/mandates", "/mandates"),
    "/officers/import": ("/officers/import", "/officers/import"),
    "/mandates/revoke": ("/mandates/revoke", "/mandates"),
    f"/proposals/{'0' * 26}/confirm": ("/proposals/{id}/{step}", f"/proposals/{'0' * 26}"),
    "/passkeys": ("/passkeys", "/passkeys"),
}
"""Where a form is sent: the route, and the page to which the proof leads back."""
WHY_NOT: Final = {
    "/proposals/{id}/{step}": "decline and take-back: nothing is done by them; confirm stands above",
    "/officers/import/take": "asks for it on its own page, where the list stays: tests/web/test_officer_import.py",
    "/sign-in": "it is the proof",
    "/prove": "it is the proof",
    "/login/{secret}": "the link itself is what begins the session",
    "/passkeys/remove": "it takes a way in away; whose passkey was stolen may have nothing else to prove it with",
    "/logout": "it ends the session",
    "/me/leave": "it ends the session",
    "/audit": "a search is on record before it is answered; auditors come by a link under their certificate, which proves nothing anew",
    "/audit.json": "the same",
    "/audit/records/{index}": "the same",
    "/audit/records/{index}.json": "the same",
    "/verify": "nobody is signed in",
    "/verify.json": "nobody is signed in",
    "/seals": "nobody is signed in",
    "/seals.json": "nobody is signed in",
}
LONG: Final = timedelta(minutes=6)


@pytest.fixture(scope="module")
def world() -> Iterator[World]:
    with World(limits=Limits(refusals_per_second=1_000, refusal_bytes_per_second=1 << 20)) as one:
        staff(one.member(PROVIDER))
        yield one


def with_passkey(world: World, number: str) -> None:
    """Let an officer have a passkey, which nobody uses here."""
    by, hub = world.member(PROVIDER), world.hub
    made = Passkey(
        id=digest_of(number), department=by.department, number=number, credential=b"credential", public_key=b"key", sign_count=0,
        create_time=world.clock.now(),
    )  # fmt: skip
    with hub.db.begin() as tx:
        PasskeyStore(tx).insert(made)
        caller = hub.roster.caller(by.department, number, "link", world.clock.now())
        assert caller
        hub.log.write(tx, Change(at=world.clock.now(), action="certs.RegisterPasskey", actor=caller, resource=made.name))


def sent(guest: Guest, path: str) -> tuple[int, str]:
    answer = guest.post(path, token=guest.get("/officers").hidden("token"), name="x")
    return answer.status, str(answer.headers["Location"] or "")


def test_every_form_stands_in_one_list_or_the_other(world: World):
    app = make_app(world.hub._pages())
    routes = {route.resource.canonical for route in app.router.routes() if route.method == "POST" and route.resource}
    assert routes == {route for route, _ in PROVES.values()} | WHY_NOT.keys()
    assert {path.rpartition("/")[2] for path, (route, _) in PROVES.items() if route == "/officer/{step}"} == set(officers._STEPS)
    assert set(proposals._STEPS) == {"confirm", "decline", "take-back"}


@pytest.mark.parametrize("path", PROVES)
def test_a_session_that_was_left_open_gives_no_power(world: World, path: str):
    guest = officer_at(world, world.member(PROVIDER), "P-1")
    if path == "/passkeys" and not guest.get("/passkeys.json").json["passkeys"]:
        with_passkey(world, "P-1")
    before = len(world.records())
    with world.later(LONG):
        assert sent(guest, path) == (303, f"/prove?next={PROVES[path][1]}")
        assert len(world.records()) == before
    assert not sent(guest, path)[1].startswith("/prove")  # proven at that moment, by the link


def test_a_first_passkey_is_what_the_link_is_for(world: World):
    guest = officer_at(world, world.member(PROVIDER), WORKER)
    with world.later(LONG):
        assert sent(guest, "/passkeys")[0] == 403  # no passkey made this answer
        with_passkey(world, WORKER)
        assert sent(guest, "/passkeys") == (303, "/prove?next=/passkeys")


def test_a_page_says_so_before_anything_is_filled_in(world: World):
    by = world.member(PROVIDER)
    lead, people = officer_at(world, by, LEAD), officer_at(world, by, "P-1")
    places = [(people, "/officers"), (people, f"/officer?name=departments/{by.department}/officers/{LEAD}"), (lead, "/mandates")]
    for guest, page in places:
        assert "请先验证，再填写" not in guest.get(page).text
    with world.later(LONG):
        for guest, page in places:
            assert "请先验证，再填写" in guest.get(page).text
            assert 'href="/prove?next=/' in guest.get(page).text
        assert "请先验证，再填写" not in officer_at(world, by, WORKER).get("/mandates").text  # nothing to fill in


def test_what_takes_nothing_is_done_without_a_proof(world: World):
    by, thing = entry_draft(world)
    proposal = propose(world, by, "SubmitEntry", thing).pending_proposal
    lead = officer_at(world, by, LEAD)
    with world.later(LONG):
        assert lead.send(f"/{proposal}", f"/{proposal}/decline", reason="依据不足").status == 303
        assert lead.get(f"/{proposal}.json").json["proposal"]["state"] == "PROPOSAL_STATE_DECLINED"
