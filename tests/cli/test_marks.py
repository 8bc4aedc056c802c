"""Wherever a statutory time limit is shown, it is said with what its days were compared (未核对 where with nothing yet)."""

from collections.abc import Callable
from pathlib import Path

import pytest
from google.protobuf.descriptor import Descriptor
from google.protobuf.json_format import MessageToDict
from google.protobuf.timestamp_pb2 import Timestamp

from cli.demo.brokering import due_line
from shuniu.cli.daily import printing
from shuniu.v1 import (
    audit_pb2,
    brokerage_pb2,
    catalog_pb2,
    clock_pb2,
    complaint_pb2,
    demand_pb2,
    dispute_pb2,
    exchange_pb2,
    identity_pb2,
    license_pb2,
    officer_pb2,
    seal_pb2,
    work_pb2,
)

ROOT = Path(__file__).parents[2]
FILES = (
    audit_pb2,
    brokerage_pb2,
    catalog_pb2,
    clock_pb2,
    complaint_pb2,
    demand_pb2,
    dispute_pb2,
    exchange_pb2,
    identity_pb2,
    license_pb2,
    officer_pb2,
    seal_pb2,
    work_pb2,
)
SHOWN: tuple[Callable[[brokerage_pb2.Clock], str], ...] = (
    printing._IN_ONE_LINE[printing._CLOCK],
    printing._BRIEF[printing._CLOCK],
    due_line,
)
"""By its type: a command shows whatever field holds a time limit in these two ways, the demo in the third."""


def clock(**changed: object) -> brokerage_pb2.Clock:
    given = {"id": "directory-review", "citation": "条例第十七条", "due_time": Timestamp(seconds=1_790_000_000), "working_days": 2, "verified": False}
    return brokerage_pb2.Clock(**given | changed)  # type: ignore[arg-type]


@pytest.mark.parametrize("show", SHOWN)
def test_a_time_limit_is_never_shown_without_its_mark(show: Callable[[brokerage_pb2.Clock], str]):
    assert "未核对" in show(clock())
    assert "副本" in show(clock(checked="条例文本副本"))
    assert "未核对" not in show(clock(verified=True))


def test_what_has_a_time_limit_has_it_as_the_one_message_that_carries_the_mark():
    def holds(message: Descriptor) -> bool:
        return any(field.message_type is brokerage_pb2.Clock.DESCRIPTOR for field in message.fields)

    messages = [message for file in FILES for message in file.DESCRIPTOR.message_types_by_name.values()]
    assert {message.name for message in messages if holds(message)} == {"DataRequest", "Objection", "Entry", "Grant", "Dispute", "Complaint"}
    timed = [message for message in messages if "due_time" in message.fields_by_name]
    assert [message.name for message in timed] == ["Clock", "Work"]
    assert all({"verified", "checked"} <= set(message.fields_by_name) for message in timed)
    assert MessageToDict(clock())["verified"] is False  # written though it is false: `shuniu call` prints it


def test_a_page_that_shows_a_deadline_shows_its_mark():
    texts = {path: path.read_text("utf-8") for path in (ROOT / "web").rglob("*.html")}
    assert [path.name for path, text in texts.items() if "due_time" in text or ".timer" in text] == ["inbox.html"]
    assert not [path for path, text in texts.items() if "due_time" in text and "mark_words" not in text]
