"""Chinese text arrives as it was written, whatever the database calls its encoding, or not at all: never as other characters."""

from collections.abc import Callable, Iterator

import psycopg
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shuniu import FetchError, SourceError
from shuniu.provider.table import TableProvider
from shuniu.provider.table.encodings import _bytes_of, as_stored
from tests.databases.servers import Database, mariadb_of
from tests.postgres import Server
from tests.shuniu_sdk.tables import CALL

Open = Callable[..., TableProvider]
ZHANG, LI = "张三".encode("gbk").hex(), "李".encode("gbk").hex()


@pytest.fixture(scope="module")
def encoded(postgres: Server) -> Iterator[Callable[[str], str]]:
    """Give the URL of a PostgreSQL database by its encoding; what it holds is GBK in each."""
    made: dict[str, str] = {}

    def url_of(encoding: str) -> str:
        if encoding not in made:
            name = encoding.lower()
            with psycopg.connect(postgres.url, autocommit=True) as admin:
                admin.execute(f"CREATE DATABASE {name} ENCODING '{encoding}' LC_COLLATE 'C' LC_CTYPE 'C' TEMPLATE template0")
            made[encoding] = postgres.url.replace("/postgres", f"/{name}")
            with psycopg.connect(made[encoding], client_encoding=encoding, autocommit=True) as admin:
                admin.pgconn.exec_(b"CREATE TABLE t (k text PRIMARY KEY, name text)")
                rows = f"('1', '{'张三'}'), ('{'李'}', 'a'), ('2', 'plain')".encode("gbk")
                admin.pgconn.exec_(b"INSERT INTO t VALUES " + rows)
                admin.pgconn.exec_(b"INSERT INTO t VALUES ('broken', '\xd5')")
        return made[encoding]

    yield url_of
    for encoding in made:
        with psycopg.connect(postgres.url, autocommit=True) as admin:
            admin.execute(f"DROP DATABASE {encoding.lower()} WITH (FORCE)")


@pytest.mark.parametrize(("encoding", "query"), [("EUC_CN", ""), ("SQL_ASCII", "?client_encoding=gbk"), ("LATIN1", "?stored_encoding=gbk")])
def test_text_of_an_old_database_arrives_as_it_was_written(encoded: Callable[[str], str], encoding: str, query: str, open_table: Open):
    table = open_table(encoded(encoding) + query, "t", "k")
    assert table.fetch("1", ("name",), CALL) == [{"name": "张三"}]
    assert table.fetch("2", ("name",), CALL) == [{"name": "plain"}]
    if encoding == "SQL_ASCII":  # which takes no key beyond ASCII
        with pytest.raises(FetchError, match="refused the select"):
            table.fetch("李", ("name",), CALL)
    else:
        assert table.fetch("李", ("name",), CALL) == [{"name": "a"}]
        assert table.fetch("😀", ("name",), CALL) == []
    if encoding != "EUC_CN":  # which did not take the half character
        with pytest.raises(FetchError, match="holds a value that is not of its type"):
            table.fetch("broken", ("name",), CALL)


@pytest.mark.parametrize(("encoding", "option"), [("SQL_ASCII", "client_encoding=gbk"), ("LATIN1", "stored_encoding=gbk")])
def test_a_database_of_no_known_encoding_is_refused_with_the_option_to_add(encoded: Callable[[str], str], encoding: str, option: str):
    with pytest.raises(SourceError) as refused:
        TableProvider(encoded(encoding), "t", "k")
    assert encoding in refused.value.message_zh
    assert option in refused.value.next_action
    assert option in refused.value.next_action_zh


@pytest.fixture
def latin(maria: str) -> Iterator[Database]:
    database = mariadb_of(maria)
    columns = "k varchar(20) CHARACTER SET ascii PRIMARY KEY, name varchar(20) CHARACTER SET latin1, other varchar(20) CHARACTER SET gbk"
    database.make("latin", columns, f"'1', X'{ZHANG}', X'{ZHANG}'", "'2', 'plain', ''")
    yield database
    database.run(*database.undo)


def test_mariadb_converts_by_column_and_gbk_in_a_latin_column_is_refused_or_restored(latin: Database, open_table: Open):
    table = open_table(latin.to_reader, "latin", "k")
    assert table.fetch("1", ("other",), CALL) == [{"other": "张三"}]
    assert table.fetch("2", ("name",), CALL) == [{"name": "plain"}]
    with pytest.raises(FetchError) as refused:
        table.fetch("1", ("name",), CALL)
    assert (refused.value.reason, refused.value.facts) == ("BAD_RECORD", {"column": "name"})
    assert table.fetch("李", ("name",), CALL) == []
    restored = open_table(f"{latin.to_reader}?stored_encoding=gbk", "latin", "k")
    assert restored.fetch("1", ("name", "other"), CALL) == [{"name": "张三", "other": "张三"}]


def test_a_key_in_a_latin_column_finds_its_row(maria: str, open_table: Open):
    database = mariadb_of(maria)
    database.make("keyed", "k varchar(20) CHARACTER SET latin1 PRIMARY KEY, n integer", f"X'{LI}', 1", f"X'{'丂'.encode('gbk').hex()}', 2")
    try:
        table = open_table(f"{database.to_reader}?stored_encoding=gbk", "keyed", "k")
        assert table.fetch("李", ("k", "n"), CALL) == [{"k": "李", "n": 1}]
        assert table.fetch("丂", ("n",), CALL) == [{"n": 2}]
    finally:
        database.run(*database.undo)


@pytest.mark.parametrize("query", ["charset=gbk", "charset=latin1", "charset=utf8", "stored_encoding=koi8r"])
def test_a_charset_that_would_turn_text_into_question_marks_is_refused(query: str):
    with pytest.raises(SourceError) as refused:
        TableProvider(f"mysql://u:geheim@127.0.0.1:1/x?{query}", "t", "k")
    assert "stored_encoding" in refused.value.message + refused.value.next_action
    assert "geheim" not in str(refused.value)


@given(st.text(st.characters(codec="gbk")), st.sampled_from(["postgresql", "mysql"]))
def test_what_is_stored_is_what_was_written(text: str, dialect: str):
    assert _bytes_of(as_stored(text, "gbk", dialect)) == text.encode("gbk")
