"""The access log searched and read by commands: by an auditor, about a person whose number is no argument, and each look on the log."""

import json
import time

from tests.cli.processes import run
from tests.world import CASE, CONSUMER, KEY

LOOK = ("--officer", "SJT-0009", "--reason", "居民申请查询")


def test_an_auditor_searches_and_opens_what_was_found(world, tmp_path):
    world.member(CONSUMER).query(world.grant())  # nobody serves it: that it was asked for is on the log all the same
    (tmp_path / "number").write_text(f"{KEY}\n", encoding="utf-8-sig")
    auditor = ("--identity", world.auditor().folder)

    def searched():
        found = json.loads(run("audit", "search", "--subject-file", tmp_path / "number", *LOOK, *auditor, "--json").stdout)
        return found if any(one["kind"] == "intent" for one in found.get("records", ())) else None

    end = time.monotonic() + 10
    while (found := searched()) is None:  # what is written is found once it is indexed
        assert time.monotonic() < end
    assert {one["case_number"] for one in found["records"] if one["kind"] == "intent"} == {CASE}
    index = found["records"][-1]["index"]
    shown = run("audit", "show", index, "--search", found["search_index"], *auditor)
    assert shown.returncode == 0, shown.stderr
    assert KEY not in shown.stdout + shown.stderr
    table = run("audit", "search", "--case-number", CASE, *LOOK, *auditor)
    assert "shuniu audit show" in table.stderr
    assert len(table.stdout.splitlines()) >= 2
    alone = json.loads(run("audit", "show", index, *LOOK, *auditor, "--json").stdout)
    assert alone["index"] == index


def test_a_look_without_who_and_why_is_refused(world):
    done = run("audit", "show", 0, "--identity", world.auditor().folder, env={"SHUNIU_OFFICER": ""})
    assert done.returncode == 1
