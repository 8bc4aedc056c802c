"""Page tokens: what comes back is what was given, and nothing else is taken for one."""

import base64
import json
from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.errors import InvalidInputError
from hub.paging import from_token, page_size, to_token
from shuniu.v1 import audit_pb2, brokerage_pb2, catalog_pb2, exchange_pb2, identity_pb2, license_pb2, officer_pb2, practice_pb2, seal_pb2, work_pb2

texts = st.text(st.characters(exclude_characters="\x00", exclude_categories=["Cs"]), max_size=40)
parts = st.lists(st.one_of(texts, st.integers(-(2**63) + 1, 2**63 - 1)), min_size=1, max_size=4)


def token_of(value) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")


@given(parts)
def test_a_token_stands_for_its_position(position):
    assert from_token(to_token(*position), len(position)) == tuple(position)


def test_no_token_is_the_first_page():
    assert from_token("", 1) is None


@pytest.mark.parametrize(
    "position", [[], {}, "a", 1, None, [None], [True], [1.5], [[1]], ["a", "b"], [2**63], [-(2**63)], [10**300], ["\x00"], ["\ud800"]]
)
def test_what_no_database_can_look_for_is_refused(position):
    with pytest.raises(InvalidInputError) as error:
        from_token(token_of(position), 1)
    assert error.value.field == "page_token"


@given(st.text(max_size=60))
def test_any_other_text_is_refused_or_a_position(text):
    try:
        position = from_token(text, 1)
    except InvalidInputError:
        return
    assert position is None or len(position) == 1


def test_endless_and_nested_tokens_are_refused():
    for text in ("x" * 1025, token_of("a" * 2000), base64.urlsafe_b64encode(b"[" * 700).decode()):
        with pytest.raises(InvalidInputError):
            from_token(text, 1)


def test_page_sizes_have_a_default_and_a_cap():
    assert [page_size(asked, 50, 500) for asked in (0, 1, 500, 501, 2**31 - 1)] == [50, 1, 500, 500, 500]
    with pytest.raises(InvalidInputError):
        page_size(-1, 50, 500)


WHOLE: Final = {"ListEntryVersions", "ListSystems", "ListLicenseTypes", "ListDeliveryTargets"}
"""Lists of one thing's few parts, which come whole."""
LISTS: Final = [
    method
    for file in (audit_pb2, brokerage_pb2, catalog_pb2, exchange_pb2, identity_pb2, license_pb2, officer_pb2, seal_pb2, work_pb2, practice_pb2)
    for service in file.DESCRIPTOR.services_by_name.values()
    for method in service.methods
    if method.name.startswith(("List", "Search"))
]


@pytest.mark.parametrize("method", LISTS, ids=lambda method: method.name)
def test_a_list_says_how_it_goes_on_or_comes_whole(method):
    assert ("next_page_token" in method.output_type.fields_by_name) != (method.name in WHOLE)
