"""`shuniu question` and `shuniu call --when-available`: what people type, and what they read."""

import json
import time
from datetime import timedelta
from threading import Thread

import pytest
from click.testing import CliRunner, Result

from shuniu.cli.command import DAILY, DEPARTMENT, program
from shuniu.cli.options import SPAN
from tests.questions.homes import Home, seen_later
from tests.world import CASE, CONSUMER, KEY, OFFICER, PURPOSE, World


def typed(world: World, *words: str, said: str = "") -> Result:
    identity = str(world.as_(CONSUMER).folder)
    return CliRunner().invoke(program([DEPARTMENT, DAILY]), [*words, "--identity", identity], input=said)


@pytest.fixture
def home(world: World) -> Home:
    found = Home(world)
    found.vanish()
    return found


def question_of(home: Home) -> str:
    return json.dumps({"grant": home.grant.name, "purpose": PURPOSE, "case_number": CASE, "officer": OFFICER, "subject_key": KEY})


def test_a_question_is_listed_shown_asked_again_and_kept_with_its_receipt(world, home, tmp_path):
    name = home.kept()
    listed = typed(world, "question", "list", "--state", "waiting")
    assert name.partition("/")[2] in listed.output, listed.output
    assert "等待服务恢复" in typed(world, "question", "show", name).output
    away = typed(world, "question", "ask", name)
    assert away.exit_code != 0
    assert "QUESTION_WAITS" in away.output
    with seen_later(world, home):
        done = typed(world, "question", "ask", name.partition("/")[2], "--receipts", str(tmp_path))
    assert done.exit_code == 0, done.output
    assert "银川市金凤区" in done.stdout
    assert len(list(tmp_path.iterdir())) == 1
    assert "已答复" in typed(world, "question", "show", name).output
    assert KEY not in typed(world, "question", "show", name).output


def test_a_question_is_withdrawn(world, home):
    name = home.kept()
    gone = typed(world, "question", "withdraw", name, "--reason", "办件已撤销", "--officer", OFFICER, "--yes")
    assert gone.exit_code == 0, gone.output
    assert "已撤回" in typed(world, "question", "show", name).output


def test_a_call_waits_for_its_provider_and_says_under_which_name(world, home):
    came: list[Result] = []

    def call() -> None:
        came.append(typed(world, "call", "ExchangeService/Query", "-", "--when-available", "2h", said=question_of(home)))

    thread = Thread(target=call)
    thread.start()
    end = time.monotonic() + 15
    while not (found := [one for one in world.as_(CONSUMER).client.waiting_questions() if one.grant == home.grant.name]):
        assert time.monotonic() < end
        time.sleep(0.05)
    with seen_later(world, home) as rounds:
        rounds.go(world.clock.now())
        thread.join(15)
    (done,) = came
    assert done.exit_code == 0, done.output
    assert f"shuniu question ask {found[0].name}" in done.stderr
    assert "银川市金凤区" in done.stdout


def test_what_cannot_wait_is_told_so(world):
    refused = typed(world, "call", "CatalogService/ListEntries", "{}", "--when-available", "2h")
    assert refused.exit_code == 2
    assert "--when-available" in refused.output


@pytest.mark.parametrize(
    ("text", "span"), [("30m", timedelta(minutes=30)), ("2h", timedelta(hours=2)), ("1d", timedelta(days=1)), (" 5S", timedelta(seconds=5))]
)
def test_a_span_is_a_number_and_a_unit(text, span):
    assert SPAN.convert(text, None, None) == span


@pytest.mark.parametrize("text", ["", "2", "h", "0h", "-1h", "1.5h", "１h", "400d", "99999999d", "2 h"])
def test_what_is_no_span_is_refused(world, text):
    assert typed(world, "call", "ExchangeService/Query", "{}", "--when-available", text).exit_code == 2
