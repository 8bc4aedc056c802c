"""What the hub lets pass of a provider's answer: exactly the granted fields, of the entry's types, masked, of the one subject alone.

The answer is cleaned in place, as the message that it is: it is never copied to Python values. A light one is read as a whole, any other record
by record, so that nothing runs long at a stretch. Work grows with what was asked: what is beyond is refused, and only a little is dropped.
"""

import re
from collections import OrderedDict
from collections.abc import Iterator, Mapping, MutableMapping, Sequence
from dataclasses import dataclass
from time import monotonic, sleep
from typing import Final

from brokerage.grants import LiveGrant
from catalog.masking import apply_mask
from catalog.model import Field, FieldType
from exchange.framing import FramingError, is_crowded, is_light, is_of_other, records_in
from exchange.model import ASKED_RECORDS, MOST_BYTES, MOST_RECEIVED, MOST_RECORDS
from exchange.reasons import (
    ANSWER_BEYOND_ASKED,
    ANSWER_MALFORMED,
    ANSWER_OF_OTHER_SUBJECT,
    ANSWER_OF_OTHER_TYPE,
    ANSWER_TO_OTHER_QUESTION,
    ANSWER_TOO_LARGE,
    ANSWER_UNREADABLE,
    ANSWER_WITH_CONTROL_CHARACTER,
    ANSWER_WITH_MANY_FIELDS,
    ANSWER_WITH_MANY_RECORDS,
    ANSWER_WITHOUT_KEY,
    TOO_MANY_RECORDS,
)
from exchange.scoping import RowSieve
from exchange.steps import CLEAN
from exchange.values import KINDS, Value, is_well_formed, key_from, put_masked, value_from
from exchange.wire import Response, response_from
from hub.errors import IntegrityError
from hub.identifiers import is_same
from shuniu.words import Word

MOST_SIEVES: Final = 10_000
FOREIGN: Final = "(no field name)"
_FIELD: Final = re.compile(r"(?!.*[0-9]{6})[a-z][a-z0-9_]{0,62}")  # goes into the log: the provider chose it, and it could spell anybody's number
_TYPES: Final[Mapping[FieldType, str]] = {
    FieldType.STRING: "文本",
    FieldType.INT64: "整数",
    FieldType.DOUBLE: "浮点数",
    FieldType.BOOL: "布尔值",
    FieldType.DECIMAL: "小数",
    FieldType.DATE: "日期",
    FieldType.TIMESTAMP: "时间",
    FieldType.BYTES: "二进制数据",
}


_ROOM: Final[Mapping[FieldType, int]] = {
    **dict.fromkeys(FieldType, 128),
    FieldType.DECIMAL: 1_280,
    FieldType.STRING: 2_048,
    FieldType.BYTES: MOST_RECEIVED // MOST_RECORDS,
}
"""Bytes that a field of a record may take, its name included, on the average of as many records as are asked for."""
_LEAST: Final = 1024 * 1024
"""Bytes that an answer may have whatever was asked: one record may hold a long text or a picture."""
_STRETCH: Final = 0.001
_REST: Final = 0.0005
"""Seconds: so long a thread works at a stretch, and then gives the interpreter away. Else the event loop gets it back after 5 ms at best."""
_TIMES, _FIELDS_MORE = 3, 16
"""A record may have three times the fields that were asked for, and a few: what a provider sends without need is dropped up to there."""


@dataclass(frozen=True, slots=True)
class CleanRecords:
    """What is left of an answer: the serialised QueryResponse, how many records, and the names of the fields that were dropped.

    `outside` counts the records that were dropped: they lie outside the grant's rows, and the provider should have left them out.
    """

    data: bytes
    rows: int
    dropped: tuple[str, ...]
    outside: int = 0


@dataclass(frozen=True, slots=True)
class Sieve:
    """What passes of a record under one grant for one list of fields; made once, used for every answer.

    `key_field` was asked for in any case, granted or not; `domain` says what it identifies, empty where the entry does not say.
    """

    fields: Mapping[str, Field]
    kinds: Mapping[str, str]
    masks: tuple[tuple[str, str], ...]
    end: bytes  # of the serialised answer: the names of the masked fields
    provider: str
    key_field: str
    key_type: FieldType
    domain: str
    asked: int
    most_bytes: int
    rows: RowSieve | None

    @property
    def most_fields(self) -> int:
        """Return how many fields a record may have."""
        return self.asked * _TIMES + _FIELDS_MORE

    @classmethod
    def of(cls, live: LiveGrant, fields: Sequence[Field]) -> "Sieve":
        """Return the sieve of those fields of a grant."""
        masks = tuple((field.name, field.mask) for field in fields if field.mask)
        rows = RowSieve.of(live, {live.key_field, *(field.name for field in fields)}) if live.rows else None
        of_rows = rows.types if rows else {}
        asked = {live.key_field: live.key_type, **of_rows} | {field.name: field.type for field in fields}
        room = sum(_ROOM[kind] for kind in asked.values()) * MOST_RECORDS
        return cls(
            fields={field.name: field for field in fields},
            kinds={field.name: KINDS[field.type] for field in fields},
            masks=masks,
            end=Response(masked_fields=sorted(name for name, _ in masks)).SerializeToString(),
            provider=live.provider,
            key_field=live.key_field,
            key_type=live.key_type,
            domain=live.subject_domain,
            asked=len(asked),
            most_bytes=min(max(room, _LEAST), MOST_RECEIVED),
            rows=rows,
        )

    def check_size(self, answer: bytes) -> None:
        """Refuse an answer that has more bytes than was asked for: before any of them is read."""
        if len(answer) > self.most_bytes:
            raise ANSWER_BEYOND_ASKED(
                step=CLEAN.place, provider=self.provider, size=len(answer), fields=self.asked, records=MOST_RECORDS, most=self.most_bytes
            )


class Sieves:
    """The sieves used last, at most `MOST_SIEVES`; for the event loop's thread alone."""

    def __init__(self, most: int = MOST_SIEVES) -> None:
        """Begin with none."""
        self._most = most
        self._known: OrderedDict[tuple[str, int, tuple[str, int], tuple[str, ...]], Sieve] = OrderedDict()

    def get(self, live: LiveGrant, wanted: tuple[str, ...], fields: Sequence[Field]) -> Sieve:
        """Return the sieve of a grant for the fields that a query names; a grant, or a rule, that changed has another revision, so another sieve."""
        key = (live.grant.id, live.grant.revision, live.edition, wanted)
        sieve = self._known.get(key)
        if sieve is None:
            sieve = self._known[key] = Sieve.of(live, fields)
            if len(self._known) > self._most:
                self._known.popitem(last=False)
        else:
            self._known.move_to_end(key)
        return sieve


def check_question(answer: bytes, digest: bytes, provider: str) -> None:
    """Refuse an answer that names another question than the one of this digest: whose records it has nobody knows, nor whether there are none."""
    try:
        if is_of_other(answer, digest, ASKED_RECORDS):
            raise ANSWER_TO_OTHER_QUESTION(step=CLEAN.place, provider=provider)
    except FramingError as error:
        raise ANSWER_UNREADABLE(step=CLEAN.place, provider=provider) from error


def clean(answer: bytes, sieve: Sieve, key: str) -> CleanRecords:
    """Return what passes of the bytes of an answer; raise IntegrityError where they do not fit, LimitError where they are too many.

    `key` is the subject's, in its one spelling: a record of anybody else, or one that does not say whose it is, refuses the whole answer.
    """
    dropped: set[str] = set()
    cleaned, received, outside, size = [], 0, 0, len(sieve.end)
    for part in _parts(answer, sieve):
        if (received := received + len(part.records)) > ASKED_RECORDS:
            raise ANSWER_WITH_MANY_RECORDS(step=CLEAN.place, provider=sieve.provider, most=ASKED_RECORDS)
        foreign = [place for place, record in enumerate(part.records) if not sift(record.fields, sieve, key, dropped)]
        for place in reversed(foreign):
            del part.records[place]
        outside += len(foreign)
        del part.masked_fields[:]  # whatever a provider wrote there
        data = part.SerializeToString()
        # Measured when the surplus is gone: what is not released does not count.
        if (size := size + len(data)) > MOST_BYTES:
            raise ANSWER_TOO_LARGE(step=CLEAN.place, provider=sieve.provider, most=MOST_BYTES)
        cleaned.append(data)
    # Behind the loop: records that are not this person's are told as that. Those outside count: behind the last one there may be more inside.
    if received > MOST_RECORDS:
        raise TOO_MANY_RECORDS(step=CLEAN.place, provider=sieve.provider, most=MOST_RECORDS)
    # Messages one behind the other are one message, which has the records of all (protobuf, encoding: last one wins, repeated fields add up).
    return CleanRecords(b"".join((*cleaned, sieve.end)), received - outside, tuple(sorted(dropped)), outside)


def _parts(answer: bytes, sieve: Sieve) -> Iterator[Response]:
    """Yield an answer in parts that are parsed in no time: a light one whole, else each record by itself, which is for a thread."""
    if is_light(answer):
        yield response_from(answer, sieve.provider)
        return
    try:
        records = records_in(answer, ASKED_RECORDS)
        if len(records) > ASKED_RECORDS:
            raise ANSWER_WITH_MANY_RECORDS(step=CLEAN.place, provider=sieve.provider, most=ASKED_RECORDS)
        begun = monotonic()
        for record in records:
            if is_crowded(answer, record, sieve.most_fields):
                raise _crowded(sieve)
            tag, _, end = record
            yield response_from(answer[tag:end], sieve.provider)
            if monotonic() - begun > _STRETCH:
                sleep(_REST)
                begun = monotonic()
    except FramingError as error:
        raise ANSWER_UNREADABLE(step=CLEAN.place, provider=sieve.provider) from error


def _crowded(sieve: Sieve) -> IntegrityError:
    return ANSWER_WITH_MANY_FIELDS(step=CLEAN.place, provider=sieve.provider, most=sieve.most_fields, fields=sieve.asked)


def sift(values: MutableMapping[str, Value], sieve: Sieve, key: str, dropped: set[str]) -> bool:
    """Clean one record: another subject's is refused, types are checked, what was not granted goes, masks are applied.

    Return False for one that lies outside the grant's rows: of it nothing else is looked at, so nothing of it can be told.
    """
    if len(values) > sieve.most_fields:
        raise _crowded(sieve)
    # Before anything is dropped or masked: the key need not be among the granted fields.
    _check_key(values, sieve, key)
    if sieve.rows is not None and not sieve.rows.lets_pass(values):
        return False
    for name in _check_values(values, sieve):
        del values[name]
        if name != sieve.key_field:  # which the hub itself asked for
            dropped.add(name if _FIELD.fullmatch(name) else FOREIGN)
    for name, rule in sieve.masks:
        if name in values:
            _mask(values[name], rule, sieve, name)
    return True


def _check_values(values: Mapping[str, Value], sieve: Sieve) -> list[str]:
    """Refuse a record with a value that its entry does not allow; return the names of what was not granted."""
    surplus: list[str] = []
    texts: list[str] = []
    for name, value in values.items():
        expected = sieve.kinds.get(name)
        if expected is None:
            surplus.append(name)
        elif (kind := value.WhichOneof("kind")) != expected and kind != "null_value":
            field = sieve.fields[name]
            wanted = Word(field.type.value, field.type.value, _TYPES[field.type])
            raise ANSWER_OF_OTHER_TYPE(step=CLEAN.place, provider=sieve.provider, column=_word(field), type=wanted)
        elif kind == "string_value":
            texts.append(value.string_value)
        elif not is_well_formed(kind, value):
            raise ANSWER_MALFORMED(step=CLEAN.place, provider=sieve.provider, column=_word(sieve.fields[name]))
    if not "".join(texts).isprintable():  # one look clears nearly every record
        _check_characters(values, sieve)
    return surplus


def _check_characters(values: Mapping[str, Value], sieve: Sieve) -> None:
    """Refuse the first granted text that has a control character; line ends and tabs are none."""
    for name, value in values.items():
        if sieve.kinds.get(name) == "string_value" and not is_well_formed("string_value", value):
            raise ANSWER_WITH_CONTROL_CHARACTER(step=CLEAN.place, provider=sieve.provider, column=_word(sieve.fields[name]))


def _mask(value: Value, rule: str, sieve: Sieve, name: str) -> None:
    try:
        put_masked(value, apply_mask(rule, value_from(value)))
    except (ValueError, ArithmeticError) as error:
        raise ANSWER_MALFORMED(step=CLEAN.place, provider=sieve.provider, column=_word(sieve.fields[name])) from error


def _check_key(values: Mapping[str, Value], sieve: Sieve, key: str) -> None:
    """Refuse a record that does not say whose it is, in text or as a whole number, and one of another subject."""
    sent = key_from(values[sieve.key_field], sieve.key_type) if sieve.key_field in values else None
    if not sent:
        raise ANSWER_WITHOUT_KEY(step=CLEAN.place, provider=sieve.provider, column=sieve.key_field)
    if not is_same(sieve.domain, sent, key):
        raise ANSWER_OF_OTHER_SUBJECT(step=CLEAN.place, provider=sieve.provider)


def _word(field: Field) -> Word:
    return Word(field.name, field.name, field.label)
