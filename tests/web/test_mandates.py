"""The page of mandates: a lead registers and ends what a system does alone; whoever is no lead sees it and is offered nothing."""

from collections.abc import Iterator
from datetime import timedelta

import pytest

from hub.limits import Limits
from tests.end_to_end.test_second_persons import LEAD, WORKER, staff
from tests.web.office import officer_at
from tests.world import PROVIDER, World


@pytest.fixture(scope="module")
def world() -> Iterator[World]:
    with World(limits=Limits(refusals_per_second=1_000, refusal_bytes_per_second=1 << 20)) as one:
        staff(one.member(PROVIDER))
        yield one


def test_a_lead_registers_a_mandate_and_ends_it(world: World):
    by = world.member(PROVIDER)
    lead = officer_at(world, by, LEAD)
    until = f"{world.clock.now() + timedelta(days=90):%Y-%m-%d}"
    made = lead.send("/mandates", "/mandates", system=by.name, expire=until, reason="夜间批量报送", **{"step-SubmitEntry": "1"})
    assert made.status == 303
    page = lead.get("/mandates").text
    assert "夜间批量报送" in page
    assert until in page
    assert by.name in lead.get("/mandates.csv").text
    assert lead.send("/mandates", "/mandates/revoke", reason="不再需要").status == 303
    assert lead.get("/mandates.json").json["mandates"][0]["revoke_time"]
    assert 'action="/mandates/revoke"' not in lead.get("/mandates").text


def test_a_refused_mandate_says_why_at_its_field_and_keeps_what_was_typed(world: World):
    by = world.member(PROVIDER)
    lead = officer_at(world, by, LEAD)
    late = f"{world.clock.now() + timedelta(days=800):%Y-%m-%d}"
    refused = lead.send("/mandates", "/mandates", system=by.name, expire=late, reason="长期", **{"step-SubmitEntry": "1"})
    assert refused.status == 400
    assert 'id="flaw-expire_time"' in refused.text
    assert f'value="{late}"' in refused.text
    assert 'name="step-SubmitEntry" value="1" checked' in refused.text


def test_whoever_is_no_lead_sees_the_mandates_and_is_offered_nothing(world: World):
    worker = officer_at(world, world.member(PROVIDER), WORKER)
    assert worker.get("/mandates.json").json["may"] == []
    assert "<fieldset" not in worker.get("/mandates").text
    assert worker.send("/mandates", "/mandates", system=world.member(PROVIDER).name, expire="2027-01-01", reason="试").status == 403
