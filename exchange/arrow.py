"""Arrow as the exchange uses it: the library, loaded when the first stream is asked for, and the type in which a field's values travel.

A decimal travels as its text, as it does in a record: no width of Arrow's holds every one.
"""

from collections.abc import Iterable, Mapping
from typing import Any, Final

from catalog.model import FieldType
from exchange.steps import PERMIT
from exchange.stream_reasons import STREAMS_NOT_INSTALLED

TYPE: Final = "shuniu.type"
"""Key of a column's metadata: the directory's type, where Arrow's does not say it."""
MASKED: Final = "shuniu.masked"
"""Key of a column's metadata: its values were masked, and are texts or null."""


def load() -> tuple[Any, Any]:
    """Return pyarrow and its functions on columns; raise IllegalStateError where this hub has no such library."""
    try:
        import pyarrow as pa  # noqa: PLC0415 - a large library, for hubs that deliver streams
        import pyarrow.compute as pc  # noqa: PLC0415
    except ImportError:
        raise STREAMS_NOT_INSTALLED(step=PERMIT.place) from None
    return pa, pc


def types_of(pa: Any) -> Mapping[FieldType, Any]:
    """Return Arrow's type for each of the directory's."""
    return {
        FieldType.STRING: pa.utf8(),
        FieldType.INT64: pa.int64(),
        FieldType.DOUBLE: pa.float64(),
        FieldType.BOOL: pa.bool_(),
        FieldType.DECIMAL: pa.utf8(),
        FieldType.DATE: pa.date32(),
        FieldType.TIMESTAMP: pa.timestamp("us", "UTC"),
        FieldType.BYTES: pa.binary(),
    }


def schema_of(pa: Any, fields: Iterable[tuple[str, FieldType]], masked: Iterable[str] = ()) -> Any:
    """Return the schema of columns; one that was masked holds texts."""
    types, hidden = types_of(pa), set(masked)
    columns = []
    for name, kind in fields:
        told = {TYPE: kind.value} if kind is FieldType.DECIMAL or name in hidden else {}
        told |= {MASKED: "true"} if name in hidden else {}
        columns.append(pa.field(name, pa.utf8() if name in hidden else types[kind], metadata=told or None))
    return pa.schema(columns)
