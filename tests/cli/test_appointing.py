"""The authority's first people officer: appointed by `init` or at the hub's machine, she brings in everybody else; nobody else is taken."""

import re
from urllib.request import urlopen

import pytest

from cli.doctor.officers import mandates, officers
from hub.clock import SystemClock
from hub.config import load
from migrations.opening import open_beside
from shuniu import join
from tests.cli.processes import AUTHORITY, facts_from, make_hub, run, running
from tests.cli.test_serving import assert_refusal
from tests.hub.test_watch import soon

REGISTERED = ("--officers", "registered")


@pytest.fixture(scope="module")
def hub(tmp_path_factory):
    """A running hub of registered officers, and the authority's identity; nobody is appointed yet."""
    place = tmp_path_factory.mktemp("hub")
    facts = make_hub(place, *REGISTERED)
    with running(place, "hub", "serve", "--config", place / "shuniu.toml") as process:
        doors = process.facts()
        ca = (place / "var/certs/ca.crt.pem").read_bytes()
        join(doors["public"], ca, facts["token"], place / "authority", members_address=doors["members"])
        yield place, doors, facts
        assert process.stop() == 0, process.output


def looked_at(place):
    config = load(place / "shuniu.toml")
    db = open_beside(config)
    try:
        with db.read() as tx:
            return [*officers(tx, config, SystemClock().now()), *mandates(tx, SystemClock().now())]
    finally:
        db.close()


def got(url):
    return urlopen(url.replace("localhost", "127.0.0.1"), timeout=10)  # noqa: S310 - the hub's own pages


def an_officer(number, *more):
    return ("--number", number, "--display-name", "王工", *more)


def test_nobody_is_taken_before_the_first_is_appointed_then_she_brings_in_the_others(hub):
    place, doors, facts = hub
    settings, identity = ("--config", place / "shuniu.toml"), ("--identity", place / "authority")
    assert any("shuniu appoint" in step for step in facts["next"])
    (shut,) = looked_at(place)
    assert (shut.ok, shut.mend) == (False, "shuniu appoint --config FILE NUMBER")
    assert "OFFICER_UNKNOWN" in run("officer", "add", *identity, *an_officer("SJ-0002", "--duty", "rule", "--officer", "SJ-0001")).stderr

    done = facts_from("appoint", "SJ-0001", "--name", "李主任", *settings)
    assert done["officer"].endswith("/officers/SJ-0001")
    assert done["duties"] == ["people", "rule"]
    assert done["url"].startswith(doors["web"].replace("127.0.0.1", "localhost") + "/login/")
    assert got(done["url"]).status == 200

    soon(lambda: run("officer", "add", *identity, *an_officer("SJ-0002", "--duty", "rule", "--officer", "SJ-0001")).returncode == 0)
    assert [one.ok for one in looked_at(place)] == [True]
    assert re.search(rb"\nshuniu_officers_unknown_total [1-9]", got(f"{doors['web']}/metrics").read())

    assert_refusal(run("appoint", "SJ-0003", *settings), "SJ-0001", "shuniu officer add")
    again = run("appoint", "SJ-0001", *settings)
    assert "/login/" in again.stdout
    assert "李主任" in again.stdout


def test_init_appoints_whom_it_is_told_and_prints_the_link(tmp_path):
    facts = make_hub(tmp_path, *REGISTERED, "--people-officer", "SJ-0001", "--people-officer-name", "李主任")
    assert facts["people_officer"]["officer"].endswith("/SJ-0001")
    assert "/login/" in facts["people_officer"]["url"]
    assert not any("shuniu appoint" in step for step in facts["next"])
    assert [one.ok for one in looked_at(tmp_path)] == [True]


@pytest.mark.parametrize("number", ["a b", "11010519491231002X", "x" * 33])
def test_init_makes_nothing_for_a_number_that_nobody_can_have(tmp_path, number):
    named = ("--authority", AUTHORITY.uscc, "--title", AUTHORITY.name, "--local")
    done = run("init", "--config", tmp_path / "shuniu.toml", *named, "--people-officer", number)
    assert done.returncode == 2, done.stderr
    assert not [*tmp_path.iterdir()]


def test_a_hub_of_recorded_officers_goes_on_without_any(template):
    (found,) = looked_at(template)
    assert found.ok
    assert "officer_unknown" in found.en
