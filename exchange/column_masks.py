"""Masking of whole columns: what `catalog.masking.apply_mask` leaves of each value, computed by Arrow for a million at once."""

from typing import Any, Final

from catalog.model import FieldType, least_hidden, parse_mask

_YEAR: Final = r"^(?P<year>[0-9]{4})(?:[0-9]{4})?(?:[^0-9]|$)"  # as catalog.masking reads it, in a language without a look ahead
_EIGHT_HOURS: Final = 8 * 3600 * 1_000_000
_DIGITS: Final = 4


def mask_column(pa: Any, pc: Any, column: Any, kind: FieldType, rule: str) -> Any:
    """Return the texts that a rule leaves of a column of that type: null where it leaves nothing, or does not fit."""
    keep = parse_mask(rule)
    if keep is not None and kind in {FieldType.STRING, FieldType.DECIMAL}:
        return _cover(pa, pc, column, *keep) if kind is FieldType.STRING else pa.nulls(len(column), pa.utf8())
    if rule == "year" and kind is FieldType.STRING:
        return pc.struct_field(pc.extract_regex(column, _YEAR), "year")
    if rule == "year" and kind in {FieldType.DATE, FieldType.TIMESTAMP}:
        return _year(pa, pc, column, kind)
    return pa.nulls(len(column), pa.utf8())


def _cover(pa: Any, pc: Any, column: Any, head: int, tail: int) -> Any:
    lengths = pc.utf8_length(column)
    # lengths are few, whatever the texts are
    shown = [one for one in pc.unique(lengths).to_pylist() if one is not None and head + tail <= one - least_hidden(one)]
    shows = pc.is_in(lengths, value_set=pa.array(shown, lengths.type))
    stars = pc.binary_repeat(pa.scalar("*", pa.utf8()), pc.if_else(shows, pc.subtract(lengths, pa.scalar(head + tail, lengths.type)), lengths))
    begin = pc.utf8_slice_codeunits(column, 0, head)
    end = pc.utf8_slice_codeunits(column, -tail) if tail else pa.scalar("", pa.utf8())
    return pc.if_else(shows, pc.binary_join_element_wise(begin, stars, end, pa.scalar("", pa.utf8())), stars)


def _year(pa: Any, pc: Any, column: Any, kind: FieldType) -> Any:
    if kind is FieldType.TIMESTAMP:  # the year that it was in China
        column = pc.cast(pc.add(pc.cast(column, pa.int64()), pa.scalar(_EIGHT_HOURS, pa.int64())), pa.timestamp("us"))
    return pc.utf8_lpad(pc.cast(pc.year(column), pa.utf8()), _DIGITS, "0")
