"""Entry and resource side by side: every way in which they may differ, told with what to do."""

from __future__ import annotations

from dataclasses import dataclass, replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalog.model import FieldType
from shuniu.provider.comparison import TYPES, ServedColumn, ServedResource, absent, compare
from shuniu.provider.description import entry_fields, entry_key, served_resource
from shuniu.v1 import catalog_pb2
from shuniu.v1.catalog_pb2 import Entry
from shuniu.v1.provider_pb2 import ProviderColumn, ProviderResource


@dataclass(frozen=True)
class AField:
    name: str
    type: str = "string"
    length: int = 0
    nullable: bool = False


KEY, NAME, BORN = AField("id_number", length=18), AField("name", length=50), AField("born", "date")
FIELDS = (KEY, NAME, BORN)
SERVED = ServedResource(
    "resident",
    "id_number",
    (
        ServedColumn("id_number", "string", 18, nullable=False),
        ServedColumn("name", "string", 50, nullable=False),
        ServedColumn("born", "date", 0, nullable=False),
        ServedColumn("more", "bytes"),
    ),
)


def with_column(which, **changed):
    return replace(SERVED, columns=tuple(replace(column, **changed) if column.name == which else column for column in SERVED.columns))


def reasons(served, fields=FIELDS, key="id_number"):
    return [(found.field, found.reason, found.contradicts) for found in compare(served, fields, key)]


def test_what_fits_has_no_findings_and_a_column_more_is_none():
    assert reasons(SERVED) == []


@pytest.mark.parametrize(
    ("served", "expected"),
    [
        (with_column("name", name="xm"), [("name", "COLUMN_MISSING", True)]),
        (with_column("name", name="NAME"), [("name", "COLUMN_MISSING", True)]),
        (with_column("id_number", name="sfzh"), [("id_number", "KEY_COLUMN_MISSING", True)]),
        (replace(SERVED, key="name"), [("id_number", "OTHER_KEY", True)]),
        (with_column("born", value_type="string"), [("born", "OTHER_TYPE", True)]),
        (with_column("id_number", value_type="int64"), [("id_number", "OTHER_TYPE", True)]),
        (with_column("name", length=60), [("name", "COLUMN_LONGER", False)]),
        (with_column("name", nullable=True), [("name", "COLUMN_NULLABLE", False)]),
        (with_column("id_number", nullable=True), []),
        (with_column("born", value_type=""), []),
        (with_column("name", length=0), []),
    ],
)
def test_each_difference_names_the_field_and_whether_it_contradicts(served, expected):
    assert reasons(served) == expected


def test_a_column_that_is_spelt_otherwise_is_offered_as_a_map():
    found = compare(with_column("name", name="NAME"), FIELDS, "id_number")[0]
    assert "--map name=NAME" in found.message
    assert '`name = "NAME"`' in found.message_zh


def test_an_entry_without_a_key_is_compared_by_its_fields():
    assert reasons(replace(SERVED, key="name"), key="") == []


def test_a_resource_that_is_not_served_is_a_finding_of_the_whole():
    assert (absent("resident").field, absent("resident").reason, absent("resident").contradicts) == ("", "RESOURCE_NOT_SERVED", True)


@pytest.mark.parametrize("wanted", list(TYPES))
@pytest.mark.parametrize("sent", list(TYPES))
def test_an_entry_s_type_takes_values_of_just_that_type(wanted, sent):
    found = reasons(ServedResource("r", "k", (ServedColumn("k", sent, 0, nullable=False),)), [AField("k", wanted)], "k")
    assert bool(found) == (wanted != sent)


def test_the_types_are_those_of_the_protos_and_of_the_directory():
    assert {f"FIELD_TYPE_{name.upper()}" for name in TYPES} == set(catalog_pb2.FieldType.keys()) - {"FIELD_TYPE_UNSPECIFIED"}
    assert {kind.value for kind in FieldType} == set(TYPES)


def test_what_describe_and_the_entry_say_becomes_what_is_compared():
    field = catalog_pb2.Field(name="id_number", type=catalog_pb2.FIELD_TYPE_STRING, length=18, key=True)
    entry = Entry(fields=[field, catalog_pb2.Field(name="n", type=catalog_pb2.FIELD_TYPE_INT64, nullable=True)])
    columns = [ProviderColumn(name="id_number", value_type=catalog_pb2.FIELD_TYPE_STRING, length=18), ProviderColumn(name="n", nullable=True)]
    served = served_resource(ProviderResource(resource="r", key="id_number", columns=columns))
    assert entry_key(entry) == "id_number"
    assert entry_key(Entry()) == ""
    assert served.columns == (ServedColumn("id_number", "string", 18, nullable=False), ServedColumn("n", "", 0, nullable=True))
    assert compare(served, entry_fields(entry), "id_number") == ()


def test_a_type_of_a_later_release_counts_as_not_said():
    message = ProviderResource(resource="r", key="k")
    message.columns.add(name="k").MergeFromString(b"\x20\x63")  # value_type = 99
    assert served_resource(message).columns[0].value_type == ""


@given(
    st.builds(
        ServedResource,
        st.text(),
        st.text(),
        st.lists(st.builds(ServedColumn, st.text(), st.text(), st.integers(), st.booleans()), max_size=5).map(tuple),
    ),
    st.lists(st.builds(AField, st.text(), st.sampled_from(list(TYPES)), st.integers(0, 99), st.booleans()), max_size=5),
    st.text(),
)
def test_whatever_a_provider_says_is_told_on_one_line_in_both_languages(served, fields, key):
    for found in compare(served, fields, key):
        assert found.message.isprintable()
        assert found.message_zh.isprintable()
        assert len(found.message) < 600
        assert found.reason in {"COLUMN_MISSING", "KEY_COLUMN_MISSING", "OTHER_KEY", "OTHER_TYPE", "COLUMN_LONGER", "COLUMN_NULLABLE"}
