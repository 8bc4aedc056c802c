"""行范围 in terms: what a condition may say, what a decision may narrow, and that both sides of the wire read it alike."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from brokerage.model import Terms
from brokerage.model.reasons import WIDER_THAN_ASKED
from brokerage.model.scope import implies, rows_from_plain, rows_imply, rows_plain
from catalog.model import Field, FieldType
from hub.errors import InvalidInputError
from shuniu.rows import row_from, row_to
from shuniu.scope import MOST_CONDITIONS, MOST_VALUES, RowCondition, RowTest, ScopeError, conditions_of, is_inside, read_test, text_of
from shuniu.scope.values import FORMS, SCOPED_TYPES, read, spell
from shuniu.zone import CHINA
from tests.brokerage.given import CITIZEN, ENTRY, TERMS

FIELDS = (
    Field("town", "区划", FieldType.STRING),
    Field("year", "年份", FieldType.INT64),
    Field("income", "收入", FieldType.DECIMAL),
    Field("alive", "是否健在", FieldType.BOOL),
    Field("since", "起始日期", FieldType.DATE),
    Field("seen", "时间", FieldType.TIMESTAMP),
    Field("weight", "体重", FieldType.DOUBLE),
    Field("scan", "扫描件", FieldType.BYTES),
)
OPEN = replace(ENTRY, fields=(*ENTRY.fields, *FIELDS))


def asking_for(*lines: str) -> Terms:
    return replace(TERMS, rows=conditions_of(lines)).clean().fit(OPEN)


def refusal(rows: tuple[RowCondition, ...] = (), *lines: str, entry: Any = OPEN) -> str:
    with pytest.raises(InvalidInputError) as error:
        replace(TERMS, rows=rows or conditions_of(lines)).clean().fit(entry)
    assert error.value.field.startswith("terms.rows")
    return error.value.reason


# what a condition may say


def test_each_type_has_its_one_spelling():
    terms = asking_for(
        "town^=6401", "year>=2020", "year<=2025", "income<=120.50", "alive=true", "since in 2026-03-02,2025-01-01", "seen>=2026-03-02T08:00:00+08:00"
    )
    assert [text_of(one) for one in terms.rows] == [
        "alive=true",
        "income<=120.5",
        "seen>=2026-03-02T00:00:00Z",
        "since in 2025-01-01,2026-03-02",
        "town^=6401",
        "year>=2020; year<=2025",
    ]
    assert [one.type for one in terms.rows] == ["bool", "decimal", "timestamp", "date", "string", "int64"]


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("region=6401", "ROW_FIELD_UNKNOWN"),
        ("name^=王", "ROW_FIELD_PERSONAL"),
        ("id_number=64", "ROW_FIELD_PERSONAL"),
        ("weight=1.5", "ROW_FIELD_TYPE"),
        ("scan=00", "ROW_FIELD_TYPE"),
        ("year^=20", "ROW_PREFIX_TYPE"),
        ("town>=6401", "ROW_RANGE_TYPE"),
        ("alive>=false", "ROW_RANGE_TYPE"),
        ("year=twenty", "ROW_VALUE_WRONG"),
        ("year=07", "ROW_VALUE_WRONG"),
        ("year=9223372036854775808", "ROW_VALUE_WRONG"),
        ("alive=yes", "ROW_VALUE_WRONG"),
        ("income=1e3", "ROW_VALUE_WRONG"),
        ("since=2026-02-30", "ROW_VALUE_WRONG"),
        ("seen=2026-03-02T08:00:00", "ROW_VALUE_WRONG"),
        ("year in 1,2,1", "ROW_VALUE_TWICE"),
        ("income in 1.0,1.00", "ROW_VALUE_TWICE"),
        (f"town in {CITIZEN},A", "ID_NUMBER_IN_CLEAR"),
    ],
)
def test_what_no_scope_may_say_is_refused_by_name(line: str, reason: str):
    assert refusal((), line) == reason


@pytest.mark.parametrize(
    ("condition", "reason"),
    [
        (RowCondition("year"), "ROW_FORM_WRONG"),
        (RowCondition("year", equal="1", prefix="1"), "ROW_FORM_WRONG"),
        (RowCondition("town", any_of=()), "ROW_VALUES_COUNT"),
        (RowCondition("year", any_of=tuple(map(str, range(MOST_VALUES + 1)))), "ROW_VALUES_COUNT"),
        (RowCondition("year", at_least="2025", at_most="2020"), "ROW_UPSIDE_DOWN"),
        (RowCondition("Town!", equal="1"), "ROW_FIELD_SHAPE"),
    ],
)
def test_a_condition_in_a_wrong_form_is_refused(condition: RowCondition, reason: str):
    assert refusal((condition,)) == reason


def test_an_empty_value_and_an_empty_beginning_are_missing():
    for condition in (RowCondition("town", equal=""), RowCondition("town", prefix=" "), RowCondition("town", any_of=("A", ""))):
        with pytest.raises(InvalidInputError):
            replace(TERMS, rows=(condition,)).clean()


def test_a_scope_has_few_conditions_and_one_for_a_field():
    assert refusal((), *(f"f{number}=1" for number in range(MOST_CONDITIONS + 1))) == "ROWS_TOO_MANY"
    assert refusal((), "year=1", "year=2") == "ROW_FIELD_TWICE"


def test_a_refusal_names_the_field_in_both_languages_and_never_the_value():
    with pytest.raises(InvalidInputError) as error:
        asking_for("year=secret")
    assert "year" in error.value.message
    assert "year" in error.value.zh
    assert "secret" not in error.value.message + error.value.zh


def test_the_key_of_a_land_parcel_may_be_named_and_that_of_a_person_not():
    parcel = replace(OPEN, subject_domain="", fields=(Field("parcel", "地块", FieldType.STRING, key=True), *OPEN.fields[1:]))
    terms = replace(TERMS, fields=("name",), rows=conditions_of(["parcel^=6401"])).clean()
    assert terms.fit(parcel).rows
    with pytest.raises(InvalidInputError):
        terms.fit(replace(parcel, subject_domain="uscc"))


def test_old_terms_have_no_rows_and_are_the_plain_values_that_they_were():
    assert "rows" not in TERMS.plain()
    rows = asking_for("town^=6401", "year in 1,2", "since<=2026-01-01").rows
    assert rows_from_plain(rows_plain(rows)) == rows
    assert tuple(row_from(row_to(one)) for one in rows) == rows


# what a decision may narrow

VALUES: dict[str, list[str]] = {
    "string": ["6", "64", "640", "6401", "65", "A"],
    "int64": ["-2", "-1", "0", "1", "2", "3"],
    "decimal": ["-1", "0", "0.5", "1", "1.25", "2"],
    "bool": ["true", "false"],
    "date": ["2024-02-28", "2024-02-29", "2024-03-01", "2024-03-02"],
    "timestamp": ["2024-01-01T00:00:00Z", "2024-01-01T00:00:00.000001Z", "2024-01-01T00:00:00.000002Z"],
}
PROBES = {kind: [read(kind, one) for one in spelled] for kind, spelled in VALUES.items()}
PROBES["string"] += [f"{one}-x" for one in VALUES["string"]] + ["6402", "641", "B"]
PROBES["int64"] += [-(2**63), 2**63 - 1, 4, -3]
PROBES["decimal"] += [Decimal(number) / 8 + Decimal("0.01") for number in range(-9, 18)] + [Decimal("1E+30"), Decimal("-1E+30")]
PROBES["date"] += ["0001-01-01", "9999-12-31", "2024-02-27", "2024-03-03"]
PROBES["timestamp"] += [-62_135_596_800_000_000, 253_402_300_799_999_999, PROBES["timestamp"][0] - 1, PROBES["timestamp"][-1] + 1]


@st.composite
def conditions_on(draw: Callable[..., Any], kind: str) -> RowTest:
    value = st.sampled_from(VALUES[kind])
    forms = ["equal", "any_of", *(["prefix"] if kind == "string" else []), *(["range"] if kind not in {"string", "bool"} else [])]
    form = draw(st.sampled_from(forms))
    if form == "any_of":
        return read_test(RowCondition("f", any_of=tuple(draw(st.lists(value, min_size=1, max_size=4, unique=True))), type=kind))
    if form != "range":
        return read_test(RowCondition("f", type=kind, **{form: draw(value)}))
    ends = sorted((read(kind, draw(value)), read(kind, draw(value))))
    least, most = draw(st.sampled_from([(ends[0], ends[1]), (ends[0], None), (None, ends[1])]))
    return RowTest("f", kind, least=least, most=most)


@given(st.data(), st.sampled_from(sorted(VALUES)))
def test_one_condition_follows_from_another_exactly_where_every_value_says_so(data: st.DataObject, kind: str):
    one, other = data.draw(conditions_on(kind)), data.draw(conditions_on(kind))
    everywhere = all(other.holds(value) for value in PROBES[kind] if one.holds(value))
    assert implies(one, other) == everywhere
    assert implies(one, one)


@given(st.data())
def test_rows_follow_from_rows_exactly_where_every_record_says_so(data: st.DataObject):
    kinds = ("string", "int64", "bool")
    drawn = [[data.draw(st.none() | conditions_on(kind)) for kind in kinds] for _ in range(2)]
    given_, asked = (tuple(replace(one.condition, field=kind) for kind, one in zip(kinds, side, strict=True) if one) for side in drawn)

    def lets_pass(rows: tuple[RowCondition, ...], record: dict[str, Any]) -> bool:
        return all(record[one.field] is not None and read_test(one).holds(record[one.field]) for one in rows)

    # all combinations, the missing value among them
    records = [{"string": a, "int64": b, "bool": c} for a in [None, *PROBES["string"]] for b in [None, *PROBES["int64"]] for c in (None, True, False)]
    assert rows_imply(given_, asked) == all(lets_pass(asked, record) for record in records if lets_pass(given_, record))


def test_what_is_given_is_never_wider_than_what_was_asked():
    asked = asking_for("town^=6401", "year>=2020")
    for narrower in (("town^=6401", "year>=2020"), ("town=640106", "year in 2020,2021"), ("town^=640106", "year>=2021", "alive=true")):
        assert asking_for(*narrower).within(asked)
    for wider in ((), ("town^=6401",), ("town^=64", "year>=2020"), ("town^=6401", "year>=2019"), ("town in 640106,640202", "year=2020")):
        with pytest.raises(InvalidInputError) as error:
            asking_for(*wider).within(asked)
        assert error.value.reason == WIDER_THAN_ASKED.name
    assert asking_for("year>=2020", "town^=6401").same_extent(asked)
    assert not asking_for("town^=640106", "year>=2020").same_extent(asked)


# how it is read, and judged by Python's own comparison


PYTHON: dict[str, st.SearchStrategy[Any]] = {
    "string": st.text(st.characters(categories=("L", "N", "P", "S")), min_size=1, max_size=20),
    "int64": st.integers(-(2**63), 2**63 - 1),
    "decimal": st.decimals(allow_nan=False, allow_infinity=False, min_value=-(10**20), max_value=10**20, places=3),
    "bool": st.booleans(),
    "date": st.dates(),
    "timestamp": st.datetimes(datetime(2, 1, 1), datetime(9998, 1, 1), timezones=st.sampled_from([UTC, CHINA])),  # noqa: DTZ001 -- it adds the zone
}


@given(st.data(), st.sampled_from(SCOPED_TYPES))
def test_a_record_is_judged_as_python_would(data: st.DataObject, kind: str):
    value, least, most = (data.draw(PYTHON[kind]) for _ in range(3))
    forms = [FORMS[kind](one) for one in (value, least, most)]
    assert read(kind, spell(kind, forms[0])) == forms[0]
    assert is_inside([RowTest("f", kind, frozenset(forms[1:]))], {"f": value}) == (value in {least, most})
    assert is_inside([RowTest("f", kind, least=min(forms[1:]), most=max(forms[1:]))], {"f": value}) == (min(least, most) <= value <= max(least, most))
    assert not is_inside([RowTest("f", kind, frozenset(forms))], {"f": None})


def test_a_value_of_another_type_is_judged_by_nobody():
    for kind, value in (("int64", True), ("string", 1), ("date", datetime.now(UTC)), ("decimal", 1), ("timestamp", date(2026, 1, 1)), ("bool", 1)):
        with pytest.raises(ScopeError):
            is_inside([RowTest("f", kind, frozenset({1}))], {"f": value})


@given(st.data(), st.sampled_from(sorted(VALUES)))
def test_a_condition_is_read_as_it_was_written(data: st.DataObject, kind: str):
    condition = replace(data.draw(conditions_on(kind)).condition)
    assert tuple(replace(one, type=kind) for one in conditions_of(text_of(condition).split("; "))) == (condition,)
    assert read_test(condition).condition == condition


@given(st.text(max_size=60))
def test_whatever_is_typed_is_a_condition_or_refused(line: str):
    try:
        (found,) = conditions_of([line])
    except ValueError:
        return
    assert found.has_one_form


@given(st.sampled_from([*SCOPED_TYPES, "double", "", "x"]), st.text(max_size=40))
def test_whatever_stands_as_a_value_is_read_or_refused(kind: str, text: str):
    try:
        test = read_test(RowCondition("f", equal=text, type=kind))
    except ScopeError:
        return
    assert read_test(test.condition) == test
