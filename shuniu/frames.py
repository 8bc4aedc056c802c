"""Records as rows of equal columns, as an Arrow table and as a pandas frame. Each value keeps its type, and NULL stays NULL.

    entry = hub.catalog.GetEntry(GetEntryRequest(name=grant.entry))
    table = answer.to_arrow(types_of(entry, grant))

A type is that of the values at hand. Where a column has none, because all of it is NULL or nothing was found, it is what `types` says; without
`types` it is unknown, and Arrow calls that null. Values of a masked field are texts, whatever the entry's type.

pyarrow and pandas are extras: `pip install "shuniu[arrow]"`, `pip install "shuniu[pandas]"`.
"""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from importlib import import_module
from typing import TYPE_CHECKING, Any, Final

from shuniu.errors import InvalidValueError
from shuniu.reasons import FRAMES_MISSING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from shuniu.records import Python
    from shuniu.v1.brokerage_pb2 import Grant
    from shuniu.v1.catalog_pb2 import Entry, Field

KINDS: Final[Mapping[type, str]] = {
    str: "string",
    bool: "bool",
    int: "int64",
    float: "double",
    Decimal: "decimal",
    date: "date",
    datetime: "timestamp",
    bytes: "bytes",
}
"""What a column is called by the type of its values."""
UNKNOWN: Final = ""
_TEXTS: Final = ("", "hide")
"""Masking rules that leave a field its type: none, and the one that leaves nothing of the value."""
_WIDTHS: Final = ((38, "decimal128"), (76, "decimal256"))


def types_of(entry: Entry, grant: Grant | None = None) -> dict[str, str]:
    """Return the types of an entry's fields by their names, in the entry's order; with a grant, of the fields that it gives."""
    given = None if grant is None else set(grant.terms.fields)
    masks = {} if grant is None else grant.terms.masks
    return {one.name: _type_of(one, masks.get(one.name, "")) for one in entry.fields if given is None or one.name in given}


def columns_of(records: Sequence[Mapping[str, Python]], types: Mapping[str, str] | None = None, fields: Iterable[str] = ()) -> dict[str, str]:
    """Return the columns of records and what each holds: those of `types`, else the fields asked for, then whatever else is there by name.

    Raise InvalidValueError where a column holds values of several types.
    """
    wanted = dict(types) if types else dict.fromkeys(fields, UNKNOWN)
    for kind in wanted.values():
        if kind not in {UNKNOWN, *KINDS.values()}:
            raise InvalidValueError(
                f"{kind!r} is no type of a column",
                message_zh=f"没有“{kind}”这一列类型",
                next_action=f"use one of {', '.join(KINDS.values())}",
                next_action_zh=f"请使用其中之一：{'、'.join(KINDS.values())}",
            )
    found: dict[str, set[str]] = {}
    for record in records:
        for name, value in record.items():
            found.setdefault(name, set()).update(() if value is None else (KINDS[type(value)],))
    for name, kinds in sorted(found.items()):
        if len(kinds) > 1:
            raise _mixed(name, kinds)
        wanted[name] = next(iter(kinds), wanted.get(name, UNKNOWN))
    return wanted


def rows_of(records: Sequence[Mapping[str, Python]], columns: Iterable[str]) -> list[dict[str, Python]]:
    """Return the records with the same columns each; what a record does not have is None."""
    names = list(columns)
    return [{name: record.get(name) for name in names} for record in records]


def arrow_table(records: Sequence[Mapping[str, Python]], columns: Mapping[str, str]) -> Any:
    """Return records as a `pyarrow.Table`; raise a CatalogueError that says how to install pyarrow where it is missing."""
    pa = _library("pyarrow", "arrow")
    arrays = []
    for name, kind in columns.items():
        values = [record.get(name) for record in records]
        arrays.append(pa.array(values, type=_arrow_type(pa, name, kind, values)))
    return pa.table(arrays, names=list(columns))


def pandas_frame(records: Sequence[Mapping[str, Python]], columns: Mapping[str, str]) -> Any:
    """Return records as a `pandas.DataFrame` with nullable types; dates, decimals and bytes are Python objects in it."""
    pd = _library("pandas", "pandas")
    dtypes: dict[str, Any] = {
        "string": "string",
        "bool": "boolean",
        "int64": "Int64",
        "double": "Float64",
        "timestamp": pd.DatetimeTZDtype("us", "UTC"),
    }
    series = {
        name: pd.Series([record.get(name) for record in records], dtype=dtypes.get(kind, object), index=range(len(records)))
        for name, kind in columns.items()
    }
    return pd.DataFrame(series, index=range(len(records)))


def batch_rows(batch: Any) -> list[dict[str, Python]]:
    """Return the rows of a stream's record batch, or of a table of them, with a record's values: a decimal, which travels as text, as one."""
    decimals = _decimals_of(batch.schema)
    rows: list[dict[str, Python]] = batch.to_pylist()
    for name in decimals:
        for row in rows:
            row[name] = None if row[name] is None else Decimal(str(row[name]))
    return rows


def table_frame(table: Any) -> Any:
    """Return a table that came as a stream as a `pandas.DataFrame` with the types of `pandas_frame`, column by column."""
    pd = _library("pandas", "pandas")
    nullable = {"string": pd.StringDtype(), "bool": pd.BooleanDtype(), "int64": pd.Int64Dtype(), "double": pd.Float64Dtype()}
    decimals = _decimals_of(table.schema)
    frame = table.to_pandas(types_mapper=lambda kind: nullable.get(str(kind)))
    for name in decimals:
        values = (one.as_py() for one in table.column(name))
        frame[name] = pd.Series([None if one is None else Decimal(one) for one in values], dtype=object, index=frame.index)
    return frame


def _decimals_of(schema: Any) -> list[str]:
    return [one.name for one in schema if (one.metadata or {}).get(b"shuniu.type") == b"decimal" and b"shuniu.masked" not in one.metadata]


def _type_of(field: Field, mask: str) -> str:
    if field.mask not in _TEXTS or mask not in _TEXTS:
        return "string"
    from shuniu.v1.catalog_pb2 import FieldType  # noqa: PLC0415 - the directory's messages, for those who have an entry

    return FieldType.Name(field.type).removeprefix("FIELD_TYPE_").lower()


def _arrow_type(pa: Any, name: str, kind: str, values: Sequence[Python]) -> Any:
    if kind == "decimal":
        return _decimal_type(pa, name, [one for one in values if isinstance(one, Decimal)])
    plain = {"string": pa.string, "bool": pa.bool_, "int64": pa.int64, "double": pa.float64, "date": pa.date32, "bytes": pa.binary}
    return pa.timestamp("us", tz="UTC") if kind == "timestamp" else plain.get(kind, pa.null)()


def _decimal_type(pa: Any, name: str, values: Iterable[Decimal]) -> Any:
    """Return the narrower of Arrow's decimals that holds all values with all their digits."""
    whole = scale = 0
    for value in values:
        _, digits, exponent = value.as_tuple()
        places = int(exponent)  # a record carries finite decimals alone
        scale, whole = max(scale, -places), max(whole, len(digits) + places)
    for width, kind in _WIDTHS:
        if whole + scale <= width:
            return getattr(pa, kind)(width, scale)
    raise InvalidValueError(
        f"field {name}: Arrow has no decimals of {whole + scale} digits",
        message_zh=f"信息项 {name}：Arrow 不支持{whole + scale}位的小数",
        next_action="take the records as rows()",
        next_action_zh="请改用 rows() 取得记录",
    )


def _library(name: str, extra: str) -> Any:
    try:
        return import_module(name)
    except ImportError:
        raise FRAMES_MISSING(library=name, extra=extra) from None


def _mixed(name: str, kinds: Iterable[str]) -> InvalidValueError:
    told = ", ".join(sorted(kinds))
    return InvalidValueError(
        f"field {name} holds values of several types: {told}",
        message_zh=f"信息项 {name} 的值有多种类型：{told}",
        next_action="take the records as they are (`answer.records`), and tell the provider",
        next_action_zh="请直接使用 `answer.records`，并告知数据提供方",
    )
