"""What the rows of a grant cost: `python -m benchmarks.scope [--rounds N]`. Three conditions, 1,000 records that all lie inside, in pairs with none.

First what the hub does to the answer alone (`exchange.cleaning.clean`); then a Query as its caller sees it, over mTLS through a hub and a provider
with a SQLite table of 1,000 records for the key, with the CPU of this process, in which all three run. Twice each: where the fields of the rows are
granted anyway, and where they are fetched for the rows alone and go no further.
"""

import argparse
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from statistics import median, quantiles
from typing import Any

from sqlalchemy import create_engine, text

from brokerage.grants import LiveGrant
from catalog.model import Field, FieldType
from exchange.cleaning import Sieve, clean
from exchange.model import MOST_RECORDS
from shuniu.provider.table import TableProvider
from shuniu.records import to_record
from shuniu.rows import rows
from shuniu.scope import conditions_of
from shuniu.v1 import provider_pb2
from tests.brokerage.test_grants import GRANT
from tests.world import CONSUMER, KEY, PROVIDER, World, a_field

LINES = ("town^=6401", "kind in A,B,C", "year>=2020")
OWN = ("id_number", "name", "address", "phone", "post", "note", "street", "house", "flat", "household")
SCOPED = {"town": FieldType.STRING, "kind": FieldType.STRING, "year": FieldType.INT64}
RECORD: dict[str, object] = {
    **{name: f"{name} 银川市金凤区" for name in OWN},
    "id_number": KEY,
    "town": "640106",
    "kind": "B",
    "year": 2024,
}


def compare(what: str, rounds: int, plain: Callable[[], object], scoped: Callable[[], object]) -> None:
    """Print how long each takes in turn, and how the two compare in each pair: by the clock and by CPU."""
    times: list[tuple[float, float]] = []
    cpu: list[tuple[float, float]] = []
    for number in range(rounds):
        pair, spent = {}, {}
        for name, way in (("plain", plain), ("scoped", scoped)) if number % 2 else (("scoped", scoped), ("plain", plain)):
            begin, before = time.perf_counter(), time.process_time()
            way()
            pair[name], spent[name] = time.perf_counter() - begin, time.process_time() - before
        times.append((pair["plain"], pair["scoped"]))
        cpu.append((spent["plain"], spent["scoped"]))
    for kind, pairs in (("clock", times), ("CPU", cpu)):
        low, middle, high = quantiles([scoped_ / plain_ for plain_, scoped_ in pairs], n=4)
        least = min(two for _, two in pairs) / min(one for one, _ in pairs)
        ms = " and ".join(f"{median(side) * 1000:.2f}" for side in zip(*pairs, strict=True))
        print(f"{what}, {kind}: {ms} ms; scoped/plain {middle:.3f} (quartiles {low:.3f}-{high:.3f}, of the least {least:.3f})")


def sieve_of(granted: tuple[str, ...], *lines: str) -> Sieve:
    """Return the sieve of a grant of those fields."""
    fields = tuple(Field(name, name, SCOPED.get(name, FieldType.STRING), key=name == "id_number") for name in granted)
    conditions = tuple(replace(one, type=SCOPED[one.field].value) for one in conditions_of(lines))
    grant = replace(GRANT, terms=replace(GRANT.terms, fields=granted, rows=conditions))
    return Sieve.of(LiveGrant(grant, "entries/e", "", fields, "id_number", "cn-id", "P", "s", "r"), fields)


def answer_of(names: tuple[str, ...]) -> bytes:
    """Return the bytes of a provider's answer with as many records as one may have."""
    record = to_record({name: RECORD[name] for name in names})
    return provider_pb2.FetchResponse(records=[record] * MOST_RECORDS).SerializeToString()


def cleaning(rounds: int) -> None:
    """Clean an answer with and without rows."""
    whole = (*OWN, *SCOPED)
    plain, scoped = sieve_of(whole), sieve_of(whole, *LINES)
    answer, small = answer_of(whole), answer_of(OWN)
    assert clean(answer, scoped, KEY).rows == clean(answer, plain, KEY).rows == MOST_RECORDS
    compare("clean, 13 granted fields", rounds, lambda: clean(answer, plain, KEY), lambda: clean(answer, scoped, KEY))
    few, beside = sieve_of(OWN), sieve_of(OWN, *LINES)
    compare("clean, 10 granted fields and the 3 of the rows beside", rounds, lambda: clean(small, few, KEY), lambda: clean(answer, beside, KEY))


def queries(rounds: int) -> None:
    """Ask a hub with a real table behind it, with and without rows."""
    fields = tuple(a_field(name, key=name == "id_number", personal=name == "id_number", type=str(SCOPED.get(name, "string"))) for name in RECORD)
    with tempfile.TemporaryDirectory(prefix="shuniu-bench-", dir=Path.cwd()) as folder, World(provider_timeout=10.0) as world:
        by = world.member(PROVIDER, "table")
        table = TableProvider(fill(f"sqlite:///{Path(folder) / 'own.db'}"), "resident", "id_number")
        running = world.serving(by.folder, table.resource())
        by.do("SetEndpoint", endpoint=f"127.0.0.1:{running.port}")
        entry, consumer = world.entry(by, fields=fields), world.as_(CONSUMER)

        def ask(granted: tuple[str, ...], *lines: str) -> Callable[[], Any]:
            grant = world.grant(entry, granted, rows=rows(*lines))
            assert len(consumer.query(grant).answer.records) == MOST_RECORDS
            return lambda: consumer.query(grant)

        whole = (*OWN, *SCOPED)
        compare("Query, 13 granted fields", rounds, ask(whole), ask(whole, *LINES))
        compare("Query, 10 granted fields and the 3 of the rows beside", rounds, ask(OWN), ask(OWN, *LINES))
        table.close()


def fill(url: str) -> str:
    """Make the table: for the key as many records as one answer may have."""
    engine = create_engine(url)
    with engine.begin() as one:
        columns = ", ".join(f"{name} {'INTEGER' if name == 'year' else 'VARCHAR(60)'}" for name in RECORD)
        one.execute(text(f"CREATE TABLE resident ({columns})"))
        one.execute(text("CREATE INDEX by_key ON resident (id_number)"))
        places = ", ".join(f":{name}" for name in RECORD)
        one.execute(text(f"INSERT INTO resident VALUES ({places})"), [RECORD] * MOST_RECORDS)
    engine.dispose()
    return url


def main() -> None:
    """Measure both."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=60)
    options = parser.parse_args()
    cleaning(options.rounds)
    queries(options.rounds)


if __name__ == "__main__":
    main()
