"""行范围: which records of an entry may be had, as conditions on its fields. Hub and provider judge by this one evaluator (ADR 0065).

A condition is no expression: one field, and one of equality, a text's beginning, a set, a range. All conditions of a scope must hold.
Nothing here knows messages, databases or the hub.
"""

from shuniu.scope.condition import MOST_CONDITIONS, MOST_VALUES, SCOPED_TYPES, RowCondition, RowTest, ScopeError, ScopeFault, is_inside, read_test
from shuniu.scope.spelling import conditions_of, text_of

__all__ = [
    "MOST_CONDITIONS",
    "MOST_VALUES",
    "SCOPED_TYPES",
    "RowCondition",
    "RowTest",
    "ScopeError",
    "ScopeFault",
    "conditions_of",
    "is_inside",
    "read_test",
    "text_of",
]
