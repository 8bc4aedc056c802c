"""What the log and the verdict say by name, the pages say in words of both languages."""

import re
from datetime import timedelta
from pathlib import Path

import pytest

import web
from audit.floods import Flood
from audit.model import Actor, Event, Kind
from audit.outcomes import CORRECTS, INSTANCE, INTERRUPTED, NOT_RELEASED, OK
from audit.store import RecordStore, log_size
from brokerage.model import (
    DISPOSAL_PROCEDURE,
    GRANT_PROCEDURE,
    OBJECTION_PROCEDURE,
    REQUEST_PROCEDURE,
    DisposalMethod,
    ObjectionTarget,
    SuspensionGround,
)
from catalog.actions import FINDINGS
from exchange.ledger import LOGGED
from exchange.refusing import MORE_FIELDS, OTHER_FIELDS
from hub.access import ACCESS
from hub.config import Config
from shuniu.codes.identifier import ISSUER_NOT_A_USCC, LEGACY_CHECK
from tests.audit.keeping import AT, erase
from tests.catalog.samples import MARKET
from tests.web.reading import open_record, sign_in
from web.language import LANGUAGES, TEXTS

ROOT = Path(web.__file__).parents[1]
DOMAINS = ("audit", "brokerage", "catalog", "certs", "exchange", "files", "hub", "licenses", "questions", "seals", "timing", "work")
ACTION = re.compile(rf'"(?:{"|".join(DOMAINS)})\.([A-Z][A-Za-z]+)"')


def actions() -> set[str]:
    """Return what a record may name as its action: a step that a package writes down, or an rpc that the gate refused."""
    written = {name for domain in DOMAINS for path in (ROOT / domain).rglob("*.py") for name in ACTION.findall(path.read_text("utf-8"))}
    return written | {name.rpartition("/")[2] for name in ACCESS if name.startswith("/shuniu.")}


FORMER = {"RefuseErasure"}
"""Actions of an earlier release, whose records stand in the log for good."""


def test_every_action_that_stands_in_the_log_has_a_word():
    words = {key.removeprefix("action.") for key in TEXTS if key.startswith("action.")}
    assert words == actions() | FORMER
    assert not FORMER & actions()


@pytest.mark.parametrize("procedure", [REQUEST_PROCEDURE, GRANT_PROCEDURE, OBJECTION_PROCEDURE])
def test_a_state_in_the_log_is_called_as_its_procedure_calls_it(procedure):
    for state, word in procedure.states.items():
        assert TEXTS[f"progress.{state.value}"] == {"zh": word.zh, "en": word.en}


def test_what_the_log_says_of_a_disposal_is_called_as_its_procedure_calls_it():
    for state, word in DISPOSAL_PROCEDURE.states.items():
        assert TEXTS[f"disposal.{state.value}"] == {"zh": word.zh, "en": word.en}
    assert all(f"method.{one.value}" in TEXTS for one in DisposalMethod)
    assert f"ground.{SuspensionGround.MISUSE.value}" in TEXTS


def test_what_an_objection_is_about_and_what_a_verifier_tolerates_have_words():
    assert {f"target.{one.value}" for one in ObjectionTarget} | {f"warning.{one}" for one in (LEGACY_CHECK, ISSUER_NOT_A_USCC)} <= set(TEXTS)


def test_how_an_access_ended_and_what_a_correction_names_have_words():
    wanted = {f"status.{one}" for one in (OK, INTERRUPTED, NOT_RELEASED)} | {f"detail.{one}" for one in (INSTANCE, CORRECTS)}
    wanted |= {f"detail.{one}" for one in (OTHER_FIELDS, MORE_FIELDS, FINDINGS, *LOGGED)}
    assert wanted <= set(TEXTS)


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_auditor_reads_how_often_a_system_was_refused_and_why(house, visit, language):
    flood = Flood(Event(kind=Kind.REFUSAL, at=AT, action="exchange.Query", actor=Actor(MARKET, "main", "")), 0.0)
    for second in range(812):
        said = Event(
            kind=Kind.REFUSAL, at=AT + timedelta(seconds=second), action="exchange.Query", actor=Actor(MARKET, "main", ""), status="NO_GRANT"
        )
        flood.add(said, 0.0)
    record = flood.record(AT)
    with house.database.begin() as tx:
        index = house.log.append(tx, record).index

    async def story(client):
        await sign_in(client, house)
        page = await (await open_record(client, index, **{"Accept-Language": language})).text()
        words = ["action.SumRefusals", "status.REFUSALS_TOO_MANY", *(f"detail.{name}" for name in record.detail)]
        assert all(TEXTS[word][language] in page for word in words)
        assert "NO_GRANT 812" in page
        assert "exchange.Query 812" in page
        assert f'<time datetime="{AT.isoformat()}">' in page

    visit(story)


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_auditor_reads_that_an_outcome_was_taken_back_and_which(house, visit, language):
    house.accesses(1)
    house.accesses(1, kind=Kind.OUTCOME, intent_index=0, rows=1)
    house.accesses(1, kind=Kind.OUTCOME, intent_index=0, status=NOT_RELEASED, detail={INSTANCE: "01k8v3m2q9xh4tbn7zr5wdyfca", CORRECTS: "1"})
    house.accesses(1, kind=Kind.OUTCOME, intent_index=0, status=INTERRUPTED)
    with house.database.read() as tx:
        end = log_size(tx)

    async def story(client):
        await sign_in(client, house)
        for index, words in ((end - 2, (f"status.{NOT_RELEASED}", f"detail.{CORRECTS}")), (end - 1, (f"status.{INTERRUPTED}",))):
            page = await (await open_record(client, index, **{"Accept-Language": language})).text()
            assert all(TEXTS[word][language] in page for word in words)
            if index == end - 2:
                assert '<a href="/audit/records/1">1</a>' in page

    visit(story)


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_auditor_reads_by_which_record_and_on_which_ground_a_record_was_erased(house, visit, language):
    house.accesses(1)
    with house.database.read() as tx:
        index = log_size(tx) - 1
        acting = RecordStore(tx).get(index)[0].actor.department
    by = erase(house.database, index)

    async def story(client):
        await sign_in(client, house)
        page = await (await open_record(client, index, **{"Accept-Language": language})).text()
        assert TEXTS["record.erased"][language] in page
        assert TEXTS["record.erased_by"][language].format(index=by, legal_basis="a judgement") in page
        assert f'href="/audit/records/{by}"' in page
        listed = await client.get("/audit", headers={"Accept-Language": language})
        token = re.findall('name="token" value="([^"]*)"', await listed.text())[-1]
        sent = {"token": token, "reason": "信访件 2026-17", "department": acting}
        found = await (await client.post("/audit", data=sent, headers={"Accept-Language": language})).text()
        assert TEXTS["record.erased_by"][language].format(index=by, legal_basis="a judgement") in found
        page = await (await open_record(client, by, **{"Accept-Language": language})).text()
        assert TEXTS["detail.legal_basis"][language] in page
        assert TEXTS["detail.erased"][language] in page

    visit(story)


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_auditor_reads_what_was_done_in_words(house, visit, language):
    house.accesses(1)
    house.publisher.publish()
    wanted = TEXTS["action.Query"][language], TEXTS["status.ok"][language], TEXTS["kind.intent"][language]

    async def story(client):
        await sign_in(client, house)
        page = await (await client.get("/audit", headers={"Accept-Language": language})).text()
        token = re.findall('name="token" value="([^"]*)"', page)[-1]
        sent = {"token": token, "reason": "信访件 2026-17", "case_number": "LB-2026-0000"}
        page = await (await client.post("/audit", data=sent, headers={"Accept-Language": language})).text()
        record = re.findall('href="(/audit/records/[0-9]+[?]search=[0-9]+)"', page)[-1]
        one = await (await client.get(record, headers={"Accept-Language": language})).text()
        for word in wanted:
            assert word in page
            assert word in one
        assert "exchange.Query" in one

    visit(story)


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_foot_of_each_page_names_who_runs_the_site_and_whom_to_call(house, visit, language):
    config = Config(authority_title="自治区数据局", contact="0951-12345 <服务>", icp_filing="宁ICP备0号", police_filing="宁公网安备0号")
    house.foot = config.foot

    async def story(client):
        return [await (await client.get(f"{path}?lang={language}")).text() for path in ("/", "/directory", "/verify", "/nowhere")]

    said = {"organizer": "自治区数据局", "contact": "0951-12345 &lt;服务&gt;", "icp": "宁ICP备0号", "police": "宁公网安备0号"}
    for page in visit(story):
        foot = page[page.index("<footer") :]
        for name, value in said.items():
            assert f"{TEXTS[f'foot.{name}'][language]}{TEXTS['site.colon'][language]}{value}" in foot


def test_a_line_of_the_foot_without_a_value_is_left_out():
    assert Config(authority_title="自治区数据局").foot == {"organizer": "自治区数据局"}
    assert Config(authority_title="自治区数据局", organizer="自治区政府办公厅").foot == {"organizer": "自治区政府办公厅"}
