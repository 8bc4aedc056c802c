"""Row conditions as messages and back; `rows` writes those of a request's terms as people type them.

terms = Terms(fields=["name"], ..., rows=rows("region_code^=6401", "kind in A,B", "year>=2020", "year<=2025"))
"""

from __future__ import annotations

from shuniu.scope import RowCondition, conditions_of
from shuniu.v1 import scope_pb2


def rows(*lines: str) -> list[scope_pb2.RowCondition]:
    """Return the conditions that the lines say, for `Terms.rows`; raise ValueError for a line that is none."""
    return [row_to(one) for one in conditions_of(lines)]


def row_to(condition: RowCondition) -> scope_pb2.RowCondition:
    """Return a condition as a message."""
    message = scope_pb2.RowCondition(field=condition.field, type=condition.type)
    if condition.equal is not None:
        message.equal = condition.equal
    elif condition.prefix is not None:
        message.prefix = condition.prefix
    elif condition.any_of is not None:
        message.any_of.values.extend(condition.any_of)
        message.any_of.SetInParent()
    else:
        message.range.CopyFrom(scope_pb2.RowRange(at_least=condition.at_least, at_most=condition.at_most))
    return message


def row_from(message: scope_pb2.RowCondition) -> RowCondition:
    """Return a message as a condition; nothing of it is judged."""
    form = message.WhichOneof("test")
    if form == "any_of":
        return RowCondition(message.field, any_of=tuple(message.any_of.values), type=message.type)
    if form == "range":
        ends = {name: getattr(message.range, name) for name in ("at_least", "at_most") if message.range.HasField(name)}
        return RowCondition(message.field, type=message.type, **ends)
    return RowCondition(message.field, type=message.type, **({form: getattr(message, form)} if form else {}))
