"""Chapter 6: changes as they come. What civil affairs has not acknowledged comes again; what it has kept is acknowledged."""

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import IO, Final

from cli.demo import exchanging, publishing
from cli.demo.expectation import expect
from cli.demo.story import CASE, MARKET_OFFICER, OFFICER, PURPOSE, Story
from cli.synthetic.fields import parse_field
from shuniu.cli.subscribing import lines_of
from shuniu.v1 import brokerage_pb2 as pb
from shuniu.v1.subscribe_pb2 import CHANGE_OP_DELETE, ChangeBatch

FILE: Final = "changes.jsonl"
TABLE: Final = "registration"
ROWS: Final = 500
_COLUMNS: Final = ("uscc:统一社会信用代码:s/18/1/k", "name:名称:s/200/1/r", "status:登记状态:s/20/1/r")
_MAKE: Final = f"""
CREATE TABLE {TABLE} (
    uscc TEXT NOT NULL PRIMARY KEY,
    name TEXT NOT NULL,
    status TEXT NOT NULL,
    changed INTEGER NOT NULL,
    gone INTEGER NOT NULL DEFAULT 0
);
CREATE INDEX {TABLE}_changed ON {TABLE} (changed, uscc);
INSERT INTO {TABLE} (uscc, name, status, changed)
SELECT uscc, name, status, row_number() OVER (ORDER BY uscc) FROM business_register ORDER BY uscc LIMIT {ROWS};
"""  # noqa: S608 - our own names
_CHANGE: Final = f"""
UPDATE {TABLE} SET status = '注销', changed = {ROWS} + 1 WHERE changed = 1;
UPDATE {TABLE} SET gone = 1, changed = {ROWS} + 2 WHERE changed = 2;
"""  # noqa: S608 - our own names


def write_registrations(path: Path) -> None:
    """Add the table to a database that has the register: each change of a row raises its number."""
    with closing(sqlite3.connect(path)) as database:
        database.executescript(_MAKE)


def subscribe(story: Story) -> None:
    """Follow the states of businesses: every record at first, then what the provider's own database changes."""
    with story.screen.step(
        "subscribe",
        "民政厅订阅企业登记状态：先得现有记录，此后变更随到随收，收妥确认",
        "every record at first, then each change as it happens; what is kept is acknowledged",
    ) as step:
        grant = _grant(story)
        with exchanging.receiving(story) as hub, _private(story.out / exchanging.FOLDER / FILE) as file:
            subscription = hub.subscribe(grant=grant, purpose=PURPOSE, case_number=CASE, officer=OFFICER)
            batches = subscription.messages()
            found = 0
            for batch in _until_caught_up(batches):
                file.writelines(lines_of(batch.changes))
                found += len(batch.changes)
            file.flush()
            subscription.ack()
            expect(found == ROWS, "every record")
            with closing(sqlite3.connect(story.out / "data" / "market-regulation.db")) as database:
                database.executescript(_CHANGE)
            came = [change for batch in _until_told(batches) for change in batch.changes]
            file.writelines(lines_of(came))
            file.flush()
            subscription.ack(came[-1].token)
        step.say(f"{grant}：现有 {found} 条；其后 {len(came)} 项变更：1 家注销，1 家删除")


def _private(path: Path) -> IO[bytes]:
    """Open a file to write that its owner alone may read."""
    return os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb")


def _until_caught_up(batches: Iterator[ChangeBatch]) -> Iterator[ChangeBatch]:
    for batch in batches:
        if not batch.changes:
            return
        yield batch


def _until_told(batches: Iterator[ChangeBatch]) -> Iterator[ChangeBatch]:
    """Yield what comes up to the deletion, which the provider tells last."""
    for batch in batches:
        yield batch
        if any(one.op == CHANGE_OP_DELETE for one in batch.changes):
            return


def _grant(story: Story) -> str:
    seed = replace(
        story.seeds[1],
        title="企业登记状态信息",
        abstract="企业的登记状态及其变更，一条记录对应一家企业。",
        resource_code=f"{story.seeds[1].resource_code.partition('/')[0]}/900005",
        record_term="",
        fields=tuple(map(parse_field, _COLUMNS)),
        modes=("query", "subscribe"),
        serving_resource=TABLE,
    )
    entry = publishing.through(story, story.market, seed, MARKET_OFFICER)
    asked = pb.Terms(fields=["uscc", "name", "status"], purposes=[PURPOSE], period_days=365, daily_calls=100, mode="subscribe")
    draft = pb.DataRequest(
        entry=entry.name,
        legal_basis="《社会救助暂行办法》第五十八条",
        scenario="及时掌握救助家庭所办企业的登记状态",
        scope="本省企业",
        asked=asked,
        officer=OFFICER,
    )
    return exchanging.granted(story, draft, "demo-request-changes").grant
