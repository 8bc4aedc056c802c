"""Messages and models say the same; a field that one room gains and another lacks fails here."""

from dataclasses import fields, replace
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from google.protobuf.descriptor import FieldDescriptor
from google.protobuf.timestamp_pb2 import Timestamp
from hypothesis import given
from hypothesis import strategies as st

from catalog import wire
from catalog.finding import Criteria, EntryHit, EntryHits
from catalog.model import (
    CONTENT,
    OUTPUT,
    Assessment,
    DataFormat,
    DataGrade,
    Entry,
    EntryState,
    Field,
    FieldType,
    Level,
    OpenType,
    Predicate,
    PredicateTerm,
    Secrecy,
    ShareMode,
    ShareType,
    Source,
    UpdatePeriod,
)
from catalog.release import sign
from hub.errors import InvalidInputError
from hub.keys import Es256Signer
from shuniu.v1 import catalog_pb2
from tests.catalog.samples import NOW, an_entry
from timing.timer import Timer

TEXT = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=8)
TIME = st.datetimes(datetime(1970, 1, 2), datetime(2300, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001
NUMBER = st.integers(1, 2**31 - 1)
TEXTS = st.lists(TEXT, min_size=1, max_size=3).map(tuple)
TIMER = Timer("directory-review", "条例", 2, verified=False, start_time=NOW)
BY_TYPE: dict[Any, st.SearchStrategy[Any]] = {
    str: TEXT, int: NUMBER, Timer | None: st.just(TIMER), bool: st.just(value=True), datetime | None: TIME, tuple[str, ...]: TEXTS,
    Source: st.builds(Source, TEXT, TEXTS), tuple[ShareMode, ...]: st.lists(st.sampled_from(ShareMode), min_size=1).map(tuple),
}  # fmt: skip


def _all_set(model: type) -> st.SearchStrategy[Any]:
    """Build values of a dataclass in which no attribute is empty."""
    return st.builds(model, **{field.name: _strategy(field.type) for field in fields(model)})


def _strategy(kind: Any) -> st.SearchStrategy[Any]:
    if isinstance(kind, type) and issubclass(kind, StrEnum):
        return st.sampled_from(kind)
    return BY_TYPE[kind]


BY_TYPE |= {Secrecy | None: st.sampled_from(Secrecy), DataFormat | None: st.sampled_from(DataFormat), DataGrade | None: st.sampled_from(DataGrade)}
BY_TYPE[Assessment] = _all_set(Assessment)
BY_TYPE[tuple[PredicateTerm, ...]] = st.lists(_all_set(PredicateTerm), min_size=1, max_size=2).map(tuple)
BY_TYPE[tuple[Predicate, ...]] = st.lists(_all_set(Predicate), min_size=1, max_size=2).map(tuple)
BY_TYPE[tuple[Field, ...]] = st.lists(_all_set(Field), min_size=1, max_size=3).map(tuple)


@given(_all_set(Entry))
def test_what_a_provider_wrote_comes_back_and_nothing_is_lost(entry):
    message = wire.entry_to(entry)
    unset = [field.name for field in catalog_pb2.Entry.DESCRIPTOR.fields if field.name not in {named.name for named, _ in message.ListFields()}]
    assert unset == ["findings", "pending_proposal"]  # what a step found and what waits for consent: no part of an entry
    unset_fields = {name.name for name in catalog_pb2.Field.DESCRIPTOR.fields} - {name.name for name, _ in message.fields[0].ListFields()}
    assert unset_fields == set()
    back = wire.content_from(catalog_pb2.Entry.FromString(message.SerializeToString()))
    for name in CONTENT:
        assert getattr(back, name) == getattr(entry, name), name


@given(_all_set(Entry))
def test_what_the_hub_fills_in_goes_out_and_is_not_taken_in(entry):
    message = wire.entry_to(entry)
    assert (message.name, message.version, message.etag) == (entry.name, entry.version, f"r{entry.revision}")
    assert catalog_pb2.EntryState.Name(message.state) == f"ENTRY_STATE_{entry.state.name}"
    assert (message.provider_title, message.change_reason) == (entry.provider_title, entry.change_reason)
    for name in ("create_time", "submit_time", "publish_time", "end_time"):
        assert getattr(message, name).ToDatetime(tzinfo=UTC) == getattr(entry, name)
    back = wire.content_from(message)
    assert {field.name for field in fields(back)}.isdisjoint(OUTPUT)


def test_model_and_message_have_the_same_fields():
    assert {field.name for field in catalog_pb2.Field.DESCRIPTOR.fields} == {field.name for field in fields(Field)}
    assert {field.name for field in catalog_pb2.Source.DESCRIPTOR.fields} == {field.name for field in fields(Source)}
    assert {field.name for field in catalog_pb2.Entry.DESCRIPTOR.fields} - {"name", "etag", "findings", "pending_proposal"} == {
        "clock" if field.name == "timer" else field.name for field in fields(Entry)
    } - {
        "id",
        "revision",
    }
    assert {field.name for field in fields(Entry)} == CONTENT | OUTPUT


@pytest.mark.parametrize("enum", [EntryState, ShareType, ShareMode, UpdatePeriod, Level, OpenType, FieldType])
def test_model_and_message_have_the_same_lists(enum):
    values = catalog_pb2.DESCRIPTOR.enum_types_by_name[enum.__name__].values_by_number
    assert len(values) == len(enum) + 1
    assert {value.name.removeprefix(values[0].name.removesuffix("UNSPECIFIED")) for number, value in values.items() if number} == {
        member.name for member in enum
    }


@pytest.mark.parametrize("name", ["level", "share_type", "open_type", "update_period", "modes"])
@pytest.mark.parametrize("number", [0, 99, -1])
def test_a_choice_that_is_not_made_or_not_known_is_refused(name, number):
    message = wire.entry_to(an_entry())
    if name == "modes":
        message.modes.append(number)
    else:
        setattr(message, name, number)
    with pytest.raises(InvalidInputError) as refusal:
        wire.content_from(message)
    assert refusal.value.field == f"entry.{name}"


def test_a_field_without_a_type_is_named():
    message = wire.entry_to(an_entry())
    message.fields[2].type = catalog_pb2.FIELD_TYPE_UNSPECIFIED
    with pytest.raises(InvalidInputError) as refusal:
        wire.content_from(message)
    assert refusal.value.field == "entry.fields[2].type"


@pytest.mark.parametrize("stamp", [Timestamp(seconds=10**14), Timestamp(nanos=-5), Timestamp(seconds=-(10**14))])
def test_a_moment_out_of_this_world_is_refused(stamp):
    message = wire.entry_to(an_entry())
    message.data_update_time.CopyFrom(stamp)
    with pytest.raises(InvalidInputError):
        wire.content_from(message)


@given(st.binary(max_size=200))
def test_foreign_bytes_become_an_entry_or_a_refusal(data):
    try:
        message = catalog_pb2.Entry.FromString(data)
    except Exception:  # noqa: BLE001 - protobuf's own refusal comes before ours
        return
    try:
        wire.content_from(message)
    except InvalidInputError:
        return


def test_filters_of_a_search_are_read():
    request = catalog_pb2.SearchEntriesRequest(
        query="人口", provider="x", share_type=catalog_pb2.SHARE_TYPE_REFUSED, level=catalog_pb2.LEVEL_CITY, region_prefix="64"
    )
    assert wire.criteria_from(request) == Criteria("人口", provider="x", share_type=ShareType.REFUSED, level=Level.CITY, region_prefix="64")
    assert wire.criteria_from(catalog_pb2.SearchEntriesRequest()) == Criteria()
    with pytest.raises(InvalidInputError):
        wire.criteria_from(catalog_pb2.SearchEntriesRequest(level=77))  # type: ignore[arg-type]


def test_hits_and_releases_are_written_whole():
    entry = replace(an_entry(), id="x")
    answer = wire.hits_to(EntryHits((EntryHit(entry, ("name",)),), "token", 5))
    assert (answer.next_page_token, answer.total_size) == ("token", 5)
    assert answer.hits[0].entry == wire.entry_to(entry)
    assert list(answer.hits[0].matched_fields) == ["name"]
    release = sign("ningxia", 3, [("x", 1, bytes(32))], NOW, Es256Signer(ec.generate_private_key(ec.SECP256R1())))
    message = wire.release_to(release)
    assert len(message.ListFields()) == len(catalog_pb2.Release.DESCRIPTOR.fields)
    assert message.create_time.ToDatetime(tzinfo=UTC) == NOW
    for name in ("name", "number", "digest", "entry_count", "statement", "signature", "public_key_pem"):
        assert getattr(message, name) == getattr(release, name)
    assert catalog_pb2.Release.DESCRIPTOR.fields_by_name["digest"].type == FieldDescriptor.TYPE_BYTES
