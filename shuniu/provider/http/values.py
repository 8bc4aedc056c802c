"""A value of JSON -> what a record carries, by the type that is stated for its field. Raising ValueError means: it does not fit.

A number is JSON's own, or a text in the spellings that files have too (`shuniu.provider.files.texts`): many services write decimals and long
numbers as texts, so that JavaScript does not round them. Nothing is guessed: a moment counted in milliseconds is a number, and no moment.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from datetime import tzinfo
from decimal import Decimal
from typing import Any, Final

from shuniu.provider.files import texts
from shuniu.provider.http.documents import Number

Read = Callable[[Any], object]
TEXT_OF_ANY: Final = "as_text"
"""The reader of a field that is served as text, whatever it is."""


def readers_in(zone: tzinfo) -> Mapping[str, Read]:
    """Return the reader of each type that a field may be of, and of `TEXT_OF_ANY`; times without a zone are in `zone`."""
    moment = texts.moment_in(zone)
    return {
        "string": _text,
        "int64": lambda value: texts.integer(value.text if isinstance(value, Number) else _text(value)),
        "double": _real,
        "bool": lambda value: value if isinstance(value, bool) else texts.boolean(_text(value)),
        "decimal": lambda value: Decimal(value.text) if isinstance(value, Number) else texts.decimal(_text(value)),
        "date": lambda value: texts.day(_text(value)),
        "timestamp": lambda value: moment(_text(value)),
        TEXT_OF_ANY: text_of,
    }


def text_of(value: Any) -> str:
    """Return a text, a number or a truth value as it stands in the answer; raise ValueError for an object or a list."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return value.text if isinstance(value, Number) else _text(value)


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise ValueError("no text")  # noqa: TRY004 -- as every reader here says that a value does not fit
    return value


def _real(value: Any) -> float:
    if not isinstance(value, Number):
        raise ValueError("no number")  # noqa: TRY004 -- as above
    real = float(value.text)
    if not math.isfinite(real):
        raise ValueError("beyond a double")
    return real
