"""Messages by descriptor: what has the same name is copied, what differs is listed, nothing is forgotten in silence."""

from dataclasses import dataclass
from datetime import UTC, date, datetime
from enum import StrEnum
from typing import Any

import pytest

from hub.errors import InvalidInputError
from hub.wire import Shape, content, facts, member_of, moment_from, moment_to, number_of, optional_member, plain
from shuniu.v1 import catalog_pb2, identity_pb2

NOW = datetime(2026, 11, 26, 9, 30, tzinfo=UTC)


class ShareType(StrEnum):
    UNCONDITIONAL = "unconditional"
    REFUSED = "refused"


@dataclass(frozen=True)
class Wish:
    title: str = ""
    keywords: tuple[str, ...] = ()
    share_type: ShareType | None = None
    data_update_time: datetime | None = None


@dataclass(frozen=True)
class Body:
    uscc: str = "X"
    title: str = "Y"
    short_title: str = ""
    region: str = "640000"
    create_time: datetime | None = NOW

    @property
    def name(self) -> str:
        return f"departments/{self.uscc}"


REST: dict[str, Any] = {
    "level": lambda _: 0,
    "state": lambda _: 0,
    "etag": lambda _: "",
    "reason": lambda _: "",
    "successors": lambda _: [],
    "predecessors": lambda _: [],
    "succession_time": lambda _: None,
}
"""What the message tells and this model does not."""


def test_a_model_becomes_the_message_of_its_names():
    message = Shape(identity_pb2.Department, Body, **REST)(Body())
    assert (message.name, message.title, message.region) == ("departments/X", "Y", "640000")
    assert message.create_time.ToDatetime(tzinfo=UTC) == NOW
    assert not Shape(identity_pb2.Department, Body, **REST)(Body(create_time=None)).HasField("create_time")
    assert Shape(identity_pb2.Department, Body, title=lambda body: body.title * 2, **REST)(Body()).title == "YY"


def test_a_field_that_nobody_accounts_for_stops_the_start():
    with pytest.raises(TypeError, match="region"):
        Shape(identity_pb2.Department, Wish, name=str, uscc=str, title=str, short_title=str, create_time=str)
    with pytest.raises(TypeError, match="nobody"):
        Shape(identity_pb2.Department, Body, nobody=str)


def test_a_request_becomes_the_content_of_a_model():
    message = catalog_pb2.Entry(title="t", keywords=["a", "b"], share_type=catalog_pb2.SHARE_TYPE_REFUSED)
    assert content(message, Wish, "entry") == Wish("t", ("a", "b"), ShareType.REFUSED, None)
    assert content(message, Wish, "entry", title="given").title == "given"
    message.data_update_time.FromDatetime(NOW)
    assert content(message, Wish, "entry").data_update_time == NOW


def test_a_number_that_stands_for_nothing_is_refused_with_its_path():
    for number in (0, 99):
        with pytest.raises(InvalidInputError) as error:
            member_of(ShareType, catalog_pb2.ShareType.DESCRIPTOR, number, "entry.share_type")
        assert error.value.field == "entry.share_type"
        assert "SHARE_TYPE_REFUSED" in error.value.next_action
    assert optional_member(ShareType, catalog_pb2.ShareType.DESCRIPTOR, 0, "x") is None
    assert number_of(catalog_pb2.ShareType.DESCRIPTOR, ShareType.REFUSED) == catalog_pb2.SHARE_TYPE_REFUSED


def test_a_time_outside_the_calendar_is_refused():
    stamp = moment_to(NOW)
    assert stamp is not None
    assert moment_from(stamp, "x") == NOW
    stamp.seconds = 10**12
    with pytest.raises(InvalidInputError):
        moment_from(stamp, "x")


def test_values_are_told_in_json_the_one_way():
    assert plain({"a": (NOW, date(2026, 1, 2), b"\x01", ShareType.REFUSED, None, 1.5)}) == {
        "a": ["2026-11-26T09:30:00+00:00", "2026-01-02", "01", "refused", None, 1.5]
    }
    assert facts(Body(), "name", "create_time", more=(1, 2)) == {"name": "departments/X", "create_time": "2026-11-26T09:30:00+00:00", "more": [1, 2]}
    assert plain(Body())["region"] == "640000"
