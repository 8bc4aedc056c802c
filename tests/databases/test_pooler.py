"""Behind PgBouncer in transaction pooling a provider gives right answers, and leaves nothing behind for the department's own programs."""

import json
import subprocess
import sys
from collections.abc import Callable

import psycopg
import pytest

from shuniu import FetchError
from shuniu.provider.table import TableProvider
from tests.postgres import Server
from tests.shuniu_sdk.tables import CALL, run

pytestmark = pytest.mark.postgres
ROWS, QUERIES = 50, 300

ASK = """
import json, sys
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from shuniu import FetchCall, FetchError
from shuniu.provider.table import TableProvider

url, name, rows, queries = sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
table, call = TableProvider(url, name, "id"), FetchCall("", "", "", -1, 10)

def ask(number):
    key = f"{name}-{number % rows}"
    try:
        found = table.fetch(key, ["id", "v"], call)
    except FetchError as error:
        return error.reason
    return "right" if found == [{"id": key, "v": f"value of {key}"}] else "nobody" if not found else "wrong"

with ThreadPoolExecutor(4) as pool:
    print(json.dumps(Counter(pool.map(ask, range(queries)))))
"""


@pytest.fixture(scope="module", autouse=True)
def tables(postgres: Server) -> None:
    for name in ("ta", "tb"):
        run(postgres.url, f"CREATE TABLE {name} (id text PRIMARY KEY, v text)")
        rows = f"SELECT '{name}-' || n, 'value of {name}-' || n FROM generate_series(0, {ROWS - 1}) n"
        run(postgres.url, f"INSERT INTO {name} {rows}")
    run(postgres.url, "CREATE TABLE own (n int)")


def test_two_providers_get_their_own_rows_and_the_departments_program_goes_on_writing(pooler: str):
    """600 queries, eight at a time, of two processes for two tables, over two server connections."""
    asking = [
        subprocess.Popen([sys.executable, "-c", ASK, pooler, name, str(ROWS), str(QUERIES)], stdout=subprocess.PIPE, text=True)
        for name in ("ta", "tb")
    ]
    answers = [json.loads(one.communicate(timeout=120)[0]) for one in asking]
    assert answers == [{"right": QUERIES}, {"right": QUERIES}]
    for _ in range(3):
        with psycopg.connect(pooler, autocommit=True, prepare_threshold=None) as own:
            own.execute("INSERT INTO own VALUES (1)")
            settings = [own.execute(f"SHOW {name}").fetchone() for name in ("statement_timeout", "lock_timeout", "default_transaction_read_only")]
            assert settings == [("0",), ("0",), ("off",)]


def test_a_fetch_is_read_only_and_ends_in_time(
    pooler: str, postgres: Server, monkeypatch: pytest.MonkeyPatch, open_table: Callable[..., TableProvider]
):
    table = open_table(pooler, "ta", "id")
    with psycopg.connect(postgres.url, autocommit=True) as admin:
        admin.execute("CREATE FUNCTION meddle() RETURNS text LANGUAGE sql AS $$ INSERT INTO own VALUES (2) RETURNING 'x' $$")
        admin.execute("CREATE VIEW meddling AS SELECT id, meddle() AS v FROM ta")
        before = admin.execute("SELECT count(*) FROM own").fetchone()
        with pytest.raises(FetchError) as refused:
            open_table(pooler, "meddling", "id").fetch("ta-1", ["id", "v"], CALL)
        assert refused.value.reason == "SOURCE_FAILED"
        assert admin.execute("SELECT count(*) FROM own").fetchone() == before
    assert table.fetch("ta-1", ["v"], CALL) == [{"v": "value of ta-1"}]


def test_a_record_of_another_key_is_refused_and_the_connection_thrown_away(postgres: Server, open_table: Callable[..., TableProvider]):
    """A collation that takes é for e answers with somebody else's record, as a pooler does that mixes up two clients."""
    run(
        postgres.url,
        "CREATE COLLATION loose (provider = icu, locale = 'und-u-ks-level1', deterministic = false)",
        "CREATE TABLE loosely (id text COLLATE loose PRIMARY KEY, v text)",
        "INSERT INTO loosely VALUES ('René', 'his'), ('ABC', 'case')",
    )
    table = open_table(postgres.url, "loosely", "id")
    assert table.fetch("abc", ["v"], CALL) == [{"v": "case"}]
    with pytest.raises(FetchError) as refused:
        table.fetch("Rene", ["v"], CALL)
    assert (refused.value.code.name, refused.value.reason) == ("DATA_LOSS", "RECORD_OF_OTHER_KEY")
    assert "Ren" not in str(refused.value)
    assert table._source._local.connection is None
