"""Whole tables as rows, as an Arrow table and as a pandas frame: the values are those that a query's answer has."""

import asyncio
from typing import Any

import pyarrow as pa
import pytest

from catalog.model import FieldType
from exchange.arrow import schema_of
from shuniu.client import connect_async
from shuniu.frames import batch_rows, table_frame
from tests.exchange.streams import batch, end, people, schema, sent
from tests.shuniu_sdk.test_frames import FULL, NULLS, TYPES, answer
from tests.world import CASE, CONSUMER, OFFICER, PURPOSE, World

USE: dict[str, Any] = {"purpose": PURPOSE, "case_number": CASE, "officer": OFFICER}


def a_batch(*rows: dict[str, Any]) -> pa.RecordBatch:
    """Return rows as a hub delivers them: each decimal as its text."""
    found = schema_of(pa, [(name, FieldType(kind)) for name, kind in TYPES.items()])
    told = [{**one, "income": None if one["income"] is None else str(one["income"])} for one in rows]
    return pa.RecordBatch.from_pylist(told, schema=found)


def test_rows_have_the_values_of_a_record():
    rows = batch_rows(a_batch(FULL, NULLS))
    assert rows == answer(FULL, NULLS).rows(TYPES)
    assert [list(one) for one in rows] == [list(TYPES)] * 2
    assert [type(value) for value in rows[0].values()] == [type(value) for value in FULL.values()]


def test_a_masked_decimal_stays_a_text():
    hidden = schema_of(pa, [("income", FieldType.DECIMAL)], ["income"])
    assert batch_rows(pa.RecordBatch.from_pylist([{"income": "1**.**"}], schema=hidden)) == [{"income": "1**.**"}]


def test_a_frame_is_the_one_of_the_same_records_by_queries():
    pd = pytest.importorskip("pandas")
    table = pa.Table.from_batches([a_batch({**FULL, "children": 2**62 + 1}, NULLS)])
    pd.testing.assert_frame_equal(table_frame(table), answer({**FULL, "children": 2**62 + 1}, NULLS).to_pandas(TYPES))
    empty = table.slice(0, 0)
    pd.testing.assert_frame_equal(table_frame(empty), answer().to_pandas(TYPES), check_index_type=False)


def test_a_client_gives_rows_and_tables_in_threads_and_in_asyncio():
    with World() as world:
        grant = sent(world, lambda _request: [schema(), batch(people(3)), batch(people(2, 3)), end()])
        use, member = {**USE, "grant": grant.name}, world.as_(CONSUMER)
        rows = list(member.client.stream(**use).rows())
        assert (len(rows), list(rows[0])) == (5, ["id_number", "address"])
        assert member.client.stream(**use).to_arrow().to_pylist() == rows

        async def same() -> None:
            async with connect_async(member.address, member.folder) as client:
                assert [one async for one in client.stream(**use).rows()] == rows
                assert (await client.stream(**use).to_arrow()).to_pylist() == rows

        asyncio.run(same())
