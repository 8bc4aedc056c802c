"""How pages, health and metrics tell the state of the log."""

import json
import re

import pytest

from audit.store.damage import Damage
from hub.errors import IntegrityError
from tests.web.house import House
from tests.web.reading import field, sign_in

BROKEN = IntegrityError("the tree is gone", zh="日志树缺失", reason="LOG_BROKEN")


def gauges(text: str) -> dict[str, float]:
    """Read OpenMetrics strictly enough to notice a line that is none."""
    lines = text.splitlines()
    assert lines[-1] == "# EOF"
    assert text.endswith("\n")
    found = {}
    for line in lines[:-1]:
        if not re.fullmatch(r"# (TYPE \w+ (gauge|counter)|UNIT (\w+_)?(\w+) \w+|HELP \w+ .+)", line):
            name, _, value = line.rpartition(" ")
            bare, _, labels = name.partition("{")
            assert f"# TYPE {bare} gauge" in lines or f"# TYPE {bare.removesuffix('_total')} counter" in lines
            assert not labels or re.fullmatch(r'(\w+="[\w.]+",?)+}', labels), line
            assert name not in found, name
            found[name] = float(value)
    for line in lines:
        if line.startswith("# UNIT"):
            assert line.split()[2].endswith(f"_{line.split()[3]}")
    return found


def test_health_keeps_its_keys_and_tells_of_the_log(house: House, visit):
    async def story(client):
        answer = await client.get("/health")
        facts = await answer.json()
        assert (answer.status, list(facts)) == (200, ["status", "time", "log", "certificates"])
        assert facts["status"] == "ok"
        assert facts["certificates"]["hub-server"] == pytest.approx(365, abs=1)
        assert facts["certificates"]["ca"] == pytest.approx(3652, abs=1)
        assert list(facts["log"]) == [
            "checkpoint_age_seconds",
            "records_unsigned",
            "index_behind",
            "last_error",
            "damaged",
            "refusing",
            "rows_touched",
        ]
        house.publisher.alarm.note(Damage(0, 1, "LOG_BROKEN"))
        answer = await client.get("/health")
        facts = await answer.json()
        assert (answer.status, facts["status"], facts["log"]["damaged"], facts["log"]["refusing"]) == (200, "ok", 2, None)
        house.publisher.alarm.report(BROKEN)
        answer = await client.get("/health")
        facts = json.loads(await answer.read())
        assert (answer.status, facts["status"]) == (503, "refusing")
        assert facts["log"]["refusing"] == {"reason": "LOG_BROKEN", "message": {"zh": "日志树缺失", "en": "the tree is gone"}}

    visit(story)


def test_the_metric_is_openmetrics_and_says_the_same(house: House, visit):
    async def story(client):
        house.accesses(3)
        answer = await client.get("/metrics")
        assert answer.headers["Content-Type"] == "application/openmetrics-text; version=1.0.0; charset=utf-8"
        before = gauges(await answer.text())
        assert (before["shuniu_log_refusing"], before["shuniu_log_damaged_records"]) == (0, 0)
        assert before["shuniu_log_unsigned_records"] >= 3
        assert before["shuniu_certificate_hub_server_left_seconds"] == pytest.approx(365 * 86_400, rel=0.01)
        assert before["shuniu_certificate_ca_left_seconds"] == pytest.approx(3652 * 86_400, rel=0.01)
        house.publisher.publish()
        house.publisher.alarm.note(Damage(0, 0, "LOG_BROKEN"))
        house.publisher.alarm.report(BROKEN)
        after = gauges(await (await client.get("/metrics")).text())
        assert after["shuniu_log_unsigned_records"] == 0
        assert (after["shuniu_log_refusing"], after["shuniu_log_damaged_records"], after["shuniu_log_checkpoint_age_seconds"]) == (1, 1, 0)
        assert after["shuniu_log_index_behind_records"] > 0
        assert after["shuniu_strangers_refused_total"] == 0
        for _ in range(3):
            house.strangers_refused.note("TOKEN_UNKNOWN")
        standing = house.dispatch.standing
        standing.waiting, standing.dead, standing.sent, standing.failed = 5, 2, 11, 3
        house.providers.pauses, house.providers.placeless = 2, 7
        again = await (await client.get("/metrics")).text()
        assert gauges(again)["shuniu_strangers_refused_total"] == 3
        assert (after["shuniu_provider_pauses_total"], gauges(again)["shuniu_provider_pauses_total"]) == (0, 2)
        assert gauges(again)["shuniu_provider_calls_without_place_total"] == 7
        assert "# TYPE shuniu_strangers_refused counter\n" in again
        assert (gauges(again)["shuniu_deliveries_waiting_messages"], gauges(again)["shuniu_deliveries_dead_messages"]) == (5, 2)
        assert (gauges(again)["shuniu_deliveries_sent_total"], gauges(again)["shuniu_deliveries_failed_total"]) == (11, 3)

    visit(story)


@pytest.mark.parametrize(
    ("language", "band", "hidden"),
    [("zh", "枢纽不再提供任何数据", "条记录已损坏，不予显示"), ("en", "the hub releases nothing", "is damaged and is not shown")],
)
def test_the_auditors_page_shows_a_band_and_names_damaged_records(house: House, visit, language, band, hidden):
    async def story(client):
        headers = {"Accept-Language": language}
        house.accesses(3)
        house.publisher.publish()
        await sign_in(client, house)
        page = await (await client.get("/audit", headers=headers)).text()
        assert band not in page
        assert {"zh": "最新检查点签发于 0 秒前", "en": "The newest checkpoint was signed 0 s ago"}[language] in page
        index = house.publisher.checkpoint().split("\n")[1]
        damaged = int(index) - 1
        house.publisher.alarm.note(Damage(damaged, damaged, "LOG_BROKEN"))
        token = field(page, "token")
        page = await (await client.post("/audit", data={"token": token, "officer": "王芳", "reason": "信访"}, headers=headers)).text()
        assert hidden in page
        assert str(damaged) in page.split(hidden)[0][-120:] or f"Record {damaged} {hidden}" in page
        house.publisher.alarm.report(BROKEN)
        page = await (await client.get("/audit", headers=headers)).text()
        assert band in page
        assert {"zh": "日志树缺失", "en": "The tree is gone"}[language] in page

    visit(story)
