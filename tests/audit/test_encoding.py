"""What is joined out of pieces has the very bytes that the encoder gives for the table of fields, whatever an event says."""

from datetime import UTC, datetime, timedelta

import cbor2
from hypothesis import given
from hypothesis import strategies as st

from audit.commitment import micros
from audit.encoding import VERSION, head, leaf_of, payload_of
from audit.fields import FIELDS, values_of
from audit.model import MAX_COUNT, Actor, Event, Kind
from hub.subject import Subject

EPOCH = datetime(1971, 1, 1, tzinfo=UTC)
TEXTS = st.text(st.characters(exclude_categories=["Cs", "Cc", "Nd"]), max_size=60)
LINES = TEXTS | st.sampled_from(["", "grants/01k8v3m2q9xh4tbn7zr5wdyfca", "低保审核", "é" * 11 + "x", "x" * 23, "x" * 24])
COUNTS = st.integers(0, MAX_COUNT) | st.sampled_from([0, 23, 24, 255, 256, 65_535, 65_536, 2**32 - 1, 2**32, MAX_COUNT])
USCC = st.sampled_from(["", "11640000000000000X", "11640000000000001X"])
EVENTS = st.builds(
    Event,
    kind=st.sampled_from([one for one in Kind if one is not Kind.SEARCH]),
    at=st.integers(0, 10**17).map(lambda micro: EPOCH + timedelta(microseconds=micro)),
    action=LINES.map(lambda text: f"a.{text}"),
    actor=st.builds(Actor, USCC, LINES, LINES),
    other=USCC,
    resource=LINES,
    purpose=LINES,
    case_number=LINES,
    grant=LINES,
    subject=st.none() | st.builds(Subject.unchecked, st.sampled_from(["cn-id", "uscc"]), st.just("字")),
    fields=st.lists(LINES, max_size=40).map(tuple),
    status=LINES,
    rows=COUNTS,
    bytes=COUNTS,
    digest=st.sampled_from([b"", b"d" * 32]),
    reason=LINES | st.just("理" * 333),
    intent_index=COUNTS,
    detail=st.dictionaries(LINES, LINES | st.just("理" * 100), max_size=16),
)


def by_the_encoder(event: Event, pseudonym: bytes | None) -> bytes:
    """Name every part as the table does and let the encoder put it in order."""
    parts = {"v": VERSION, **dict(zip((one.key for one in FIELDS), values_of(event), strict=True))}
    parts |= {"at": micros(event.at), "kind": event.kind.value, "fields": list(event.fields), "detail": dict(event.detail)}
    parts["subject"] = None if event.subject is None else [event.subject.domain, pseudonym]
    return cbor2.dumps(parts, canonical=True)


@given(EVENTS, st.none() | st.binary(min_size=16, max_size=16))
def test_a_payload_has_the_bytes_of_the_encoder(event: Event, pseudonym: bytes | None) -> None:
    for _ in range(2):  # the second time out of what was kept
        assert payload_of(event, micros(event.at), pseudonym) == by_the_encoder(event, pseudonym)


@given(EVENTS, LINES, st.binary(min_size=32, max_size=32))
def test_a_leaf_has_the_bytes_of_the_encoder(event: Event, origin: str, commit: bytes) -> None:
    departments = [event.actor.department, *filter(None, [event.other])]
    at, kind = micros(event.at) // 1_000_000, event.kind.value
    leaf = {"v": VERSION, "at": at, "kind": kind, "commit": commit, "origin": origin, "departments": departments}
    assert leaf_of(event, micros(event.at), origin, commit) == cbor2.dumps(leaf, canonical=True)


@given(COUNTS)
def test_a_head_is_the_shortest(number: int) -> None:
    assert head(0, number) == cbor2.dumps(number)
