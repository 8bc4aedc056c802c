from contextlib import suppress
from dataclasses import fields
from datetime import UTC, datetime, timedelta, timezone

import cbor2
import pytest
from hypothesis import given
from hypothesis import strategies as st

from audit.commitment import TAG, commit_to, decode_leaf, decode_payload, erased_record, opens, prepare, pseudonym_of, record_from
from audit.fields import FIELDS
from audit.model import Actor, Erasure, Event, Kind
from audit.rows import FORMER_COLUMNS, INDEX_COLUMNS
from audit.store.tables import index, records
from hub.errors import IntegrityError, InvalidInputError, ShuniuError
from hub.subject import Subject

ORIGIN, KEY, SALT = "hub.nx.example/log", b"k" * 32, bytes(range(32))
ID = "640104199001010017"
EVENT = Event(
    kind=Kind.OUTCOME,
    at=datetime(2026, 7, 1, 9, 30, 0, 123456, tzinfo=UTC),
    action="exchange.Query",
    actor=Actor("11640000000000000X", "civil-affairs", "wang.fang"),
    other="11640000000000001X",
    resource="entries/01HZ",
    purpose="低保审核",
    case_number="NX-2026-00001",
    grant="grants/01HZ",
    subject=Subject.unchecked("cn-id", ID),
    fields=("姓名", "address"),
    status="ok",
    rows=1,
    bytes=345,
    digest=b"d" * 32,
    reason="",
    intent_index=41,
    detail={"zz": "1", "a": "2", "request": "3", "a-key-that-is-longer-than-twenty-three-bytes": "4"},
)
PREPARED = prepare(EVENT, ORIGIN, KEY, SALT)
GOLDEN = bytes.fromhex(
    "a66176016261741a6a44de18646b696e64676f7574636f6d6566636f6d6d6974582098aaf9455579a9e1d7e8cb69d7865f6d687b53f61e75e92deda7"
    "ea7a1ddd04ec666f726967696e726875622e6e782e6578616d706c652f6c6f676b6465706172746d656e747382723131363430303030303030303030"
    "3030305872313136343030303030303030303030303158"
)


def test_a_leaf_has_these_very_bytes():
    assert PREPARED.leaf == GOLDEN
    assert PREPARED.leaf_hash.hex() == "24aff7e7cdb212c288360091ec39db356a38b496d086ceec3dafe809ad2fc9da"


def test_leaf_and_payload_are_deterministic_cbor():
    for data in (PREPARED.leaf, PREPARED.payload):
        assert cbor2.dumps(cbor2.loads(data), canonical=True) == data


def test_the_table_of_fields_has_the_order_of_the_encoder_the_parts_of_an_event_and_the_columns_of_the_tables():
    keys = [one.key for one in FIELDS]
    assert keys == sorted(keys, key=lambda key: (len(key), key))
    assert {one.path.partition(".")[0] for one in FIELDS} == {part.name for part in fields(Event)}
    assert {column.name for column in index.columns} == {*INDEX_COLUMNS}
    assert {column.name for column in records.columns} == {*FORMER_COLUMNS, "action", "status", "leaf", "leaf_hash", "payload", "salt"}
    for table, names in ((index, INDEX_COLUMNS), (records, (*FORMER_COLUMNS, "action", "status"))):
        for one in FIELDS:
            assert not one.cap or one.name not in names or getattr(table.c[one.name].type, "length", None) == one.cap, one.name


def test_no_clear_id_stands_in_what_is_stored():
    for part in PREPARED:
        assert ID.encode() not in (part if isinstance(part, bytes) else str(part).encode())


def test_the_leaf_tells_only_when_what_kind_and_which_departments():
    leaf = decode_leaf(PREPARED.leaf)
    assert leaf == (EVENT.at.replace(microsecond=0), Kind.OUTCOME, commit_to(PREPARED.payload, SALT), ORIGIN, (EVENT.actor.department, EVENT.other))


def test_only_the_true_payload_and_salt_open_a_leaf():
    assert opens(PREPARED.leaf, PREPARED.payload, SALT)
    assert not opens(PREPARED.leaf, PREPARED.payload, b"x" * 32)
    assert not opens(PREPARED.leaf, PREPARED.payload[:-1], SALT)
    # The boundary between salt and payload cannot be moved.
    assert not opens(PREPARED.leaf, SALT[31:] + PREPARED.payload, SALT[:31])
    assert TAG.endswith(b"\n")


def test_a_record_reads_back_as_the_event_with_a_pseudonym():
    record = record_from(42, PREPARED.leaf, PREPARED.payload)
    for name in (
        "kind",
        "at",
        "action",
        "actor",
        "other",
        "resource",
        "purpose",
        "case_number",
        "grant",
        "fields",
        "status",
        "rows",
        "bytes",
        "digest",
        "reason",
        "intent_index",
        "detail",
    ):
        assert getattr(record, name) == getattr(EVENT, name), name
    assert (record.subject_domain, record.pseudonym, record.index, record.erased) == ("cn-id", PREPARED.pseudonym, 42, False)


def test_an_erased_record_still_tells_what_its_leaf_says():
    record = erased_record(42, PREPARED.leaf, Erasure(77, "a judgement"))
    assert (record.erased, record.erasure and record.erasure.index) == (True, 77)
    assert (record.kind, record.actor.department, record.other) == (Kind.OUTCOME, EVENT.actor.department, EVENT.other)
    assert (record.action, record.actor.officer, record.pseudonym, record.fields) == ("", "", None, ())


def test_a_pseudonym_depends_on_key_domain_and_id():
    subject = Subject.unchecked("cn-id", ID)
    foreign, near = Subject.unchecked("uscc", ID), Subject.unchecked("cn-id", ID[:-1] + "8")
    others = [pseudonym_of(subject, b"x" * 32), pseudonym_of(foreign, KEY), pseudonym_of(near, KEY)]
    assert pseudonym_of(subject, KEY) == PREPARED.pseudonym
    assert len({PREPARED.pseudonym, *others}) == 4


def test_a_short_salt_or_key_or_no_origin_is_refused():
    for origin, key, salt in ((ORIGIN, KEY, SALT[1:]), (ORIGIN, KEY[1:], SALT), ("", KEY, SALT)):
        with pytest.raises(InvalidInputError):
            prepare(EVENT, origin, key, salt)


def test_the_time_zone_of_the_caller_does_not_change_the_leaf():
    beijing = EVENT.at.astimezone(timezone(timedelta(hours=8)))
    moved = Event(kind=Kind.CHANGE, at=beijing, action="catalog.Publish", actor=EVENT.actor)
    here = Event(kind=Kind.CHANGE, at=EVENT.at, action="catalog.Publish", actor=EVENT.actor)
    assert prepare(moved, ORIGIN, KEY, SALT) == prepare(here, ORIGIN, KEY, SALT)


text = st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=20)


@given(text, text, st.lists(text, max_size=5), st.dictionaries(text, text, max_size=5), st.integers(0, 2**63 - 1), st.booleans())
def test_every_event_goes_there_and_back(resource, case, fields, detail, count, has_subject):
    subject = Subject.unchecked("cn-id", "字") if has_subject else None
    event = Event(
        kind=Kind.OUTCOME,
        at=EVENT.at,
        action="x",
        actor=EVENT.actor,
        resource=resource,
        case_number=case,
        subject=subject,
        fields=tuple(fields),
        status="ok",
        rows=count,
        bytes=count,
        intent_index=count,
        detail=detail,
    )
    prepared = prepare(event, ORIGIN, KEY, SALT)
    record = record_from(0, prepared.leaf, prepared.payload)
    assert (record.resource, record.case_number, record.fields, record.detail, record.rows) == (resource, case, tuple(fields), detail, count)
    assert opens(prepared.leaf, prepared.payload, SALT)


def encode(data, **changes):
    return cbor2.dumps(cbor2.loads(data) | changes, canonical=True)


@pytest.mark.parametrize(
    "leaf",
    [
        b"",
        b"\xff",
        PREPARED.leaf + b"\x00",
        PREPARED.leaf[:-1],
        b"\x81" * 500 + b"\x00",
        encode(PREPARED.leaf, v=2),
        encode(PREPARED.leaf, v=True),
        encode(PREPARED.leaf, v=1.0),
        encode(PREPARED.leaf, at=-1),
        encode(PREPARED.leaf, at=2**62),
        encode(PREPARED.leaf, kind="rumour"),
        encode(PREPARED.leaf, commit=b"x"),
        encode(PREPARED.leaf, departments=[]),
        encode(PREPARED.leaf, departments=[1]),
        encode(PREPARED.leaf, name="Li"),
        encode(PREPARED.leaf, origin="o" * 1100),
        PREPARED.leaf.replace(b"\x61v\x01", b"\x61v\x18\x01"),
        PREPARED.leaf.replace(b"\xa6\x61v\x01", b"\xa6") + b"\x61v\x01",
        b"\xbf" + PREPARED.leaf[1:] + b"\xff",
        cbor2.dumps({1: 2}),
        cbor2.dumps([1]),
    ],
)
def test_a_leaf_in_any_other_spelling_is_refused(leaf):
    with pytest.raises(IntegrityError):
        decode_leaf(leaf)


@pytest.mark.parametrize(
    "changes",
    [
        {"subject": ["cn-id", ID]},
        {"subject": ["cn-id", b"short"]},
        {"subject": []},
        {"rows": -1},
        {"bytes": 2**63},
        {"intent": True},
        {"fields": [1]},
        {"detail": {"a": 1}},
        {"digest": b"x"},
        {"at": "now"},
        {"kind": "x"},
        {"extra": 1},
    ],
)
def test_a_payload_of_another_shape_is_refused(changes):
    with pytest.raises(IntegrityError):
        decode_payload(encode(PREPARED.payload, **changes))


@given(st.data())
def test_mutated_bytes_are_refused_or_read_as_another_record(data):
    for original, read in ((PREPARED.leaf, decode_leaf), (PREPARED.payload, lambda b: record_from(0, PREPARED.leaf, b))):
        mutated = bytearray(original)
        for _ in range(data.draw(st.integers(1, 3))):
            mutated[data.draw(st.integers(0, len(mutated) - 1))] = data.draw(st.integers(0, 255))
        with suppress(ShuniuError):
            read(bytes(mutated))
        if bytes(mutated) != original:
            assert not (read is not decode_leaf and opens(PREPARED.leaf, bytes(mutated), SALT))


@given(st.binary(max_size=200))
def test_random_bytes_are_never_a_leaf(data):
    with pytest.raises(IntegrityError):
        decode_leaf(data)
