"""Each facet of a search is described once; message, store and page follow from it."""

from dataclasses import fields

import pytest

from catalog.finding import FACETS, LAST_RANK, Criteria, HitPlace
from catalog.model import Entry, Level, ShareType, UpdatePeriod
from hub.errors import InvalidInputError
from hub.paging import place_of, to_token
from shuniu.v1 import catalog_pb2
from tests.catalog.samples import POLICE

LIST = {"page_size", "page_token"}
ID = "01hzzzzzzzzzzzzzzzzzzzzzzz"


def test_the_facets_are_the_fields_of_the_request():
    names = {field.name for field in catalog_pb2.SearchEntriesRequest.DESCRIPTOR.fields} - LIST
    assert names == {field.name for field in fields(Criteria)}
    assert {facet.name for facet in FACETS} == names - {"query"}
    assert {facet.attribute for facet in FACETS} <= {field.name for field in fields(Entry)}


def test_the_page_offers_facets_whose_values_are_a_list():
    offered = {facet.parameter: facet.choices for facet in FACETS if facet.parameter}
    assert (offered["share"], offered["level"], offered["period"]) == (ShareType, Level, UpdatePeriod)
    assert all(offered.values())


def test_a_facet_lets_through_one_value_or_a_range():
    criteria = Criteria(provider=POLICE, share_type=ShareType.REFUSED, region_prefix="640100")
    bounds = {facet.name: span for facet in FACETS if (span := facet.bounds(criteria)) is not None}
    assert bounds == {"provider": (POLICE, POLICE), "share_type": ("refused", "refused"), "region_prefix": ("640100", "640199")}


@pytest.mark.parametrize(("prefix", "span"), [("64", ("640000", "649999")), ("640000", ("640000", "649999")), ("640105", ("640105", "640105"))])
def test_a_region_means_all_that_lies_in_it(prefix, span):
    assert [bounds for facet in FACETS if (bounds := facet.bounds(Criteria(region_prefix=prefix)))] == [span]


@pytest.mark.parametrize("wrong", [Criteria(provider="x"), Criteria(region_prefix="宁夏"), Criteria(region_prefix="6401000")])
def test_a_value_that_cannot_be_is_refused_in_both_languages(wrong):
    with pytest.raises(InvalidInputError) as refusal:
        [facet.bounds(wrong) for facet in FACETS]
    assert refusal.value.zh != refusal.value.message


def test_a_page_token_is_a_place_in_the_order_of_hits():
    place = HitPlace(LAST_RANK, 12, ID)
    assert place_of(to_token(*place), 3, HitPlace.of) == place
    assert place_of("", 3, HitPlace.of) is None


@pytest.mark.parametrize("parts", [(LAST_RANK + 1, 0, ID), (0, -1, ID), (0, 0, "x"), ("0", 0, ID), (0, 0, 0), (0, 0)])
def test_any_other_token_is_refused(parts):
    with pytest.raises(InvalidInputError) as refusal:
        place_of(to_token(*parts), 3, HitPlace.of)
    assert refusal.value.field == "page_token"
