"""The database door on both databases: durable commits, one translation of errors, the feed of changes, request ids."""

import hashlib
import sqlite3
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import create_engine, delete, event, insert, select, text, update

import hub.db.engine
from hub.db import Database, RequestIds, RowBook
from hub.db.tables import changes, request_ids
from hub.errors import ConfigError, ConflictError, InvalidInputError, NotFoundError, UnavailableError
from hub.resource import etag_of, revision_of
from tests.postgres import cluster

AT = datetime(2026, 11, 23, tzinfo=UTC)


def row(request_id: str) -> dict[str, object]:
    return {"caller": "c", "method": "m", "request_id": request_id, "digest": "d", "answer": "a", "at": AT}


def put(database: Database, request_id: str) -> None:
    with database.begin() as tx:
        tx.execute(insert(request_ids).values(**row(request_id)))


def failing(database: Database, request_id: str, failure: Exception) -> None:
    """Write, announce, and then fail within the transaction."""
    with database.begin() as tx:
        tx.execute(insert(request_ids).values(**row(request_id)))
        tx.announce("grants", request_id)
        raise failure


def kept(database: Database) -> set[str]:
    with database.read() as tx:
        return {one.request_id for one in tx.execute(select(request_ids))}


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch, sqlite_template: Path, tmp_path: Path) -> Iterator[Database]:
    """A SQLite database that waits 100 ms for a lock, not five seconds."""
    monkeypatch.setattr(hub.db.engine, "BUSY_MS", 100)
    path = tmp_path / "impatient.db"
    path.write_bytes(sqlite_template.read_bytes())
    database = Database(f"sqlite:///{path}")
    yield database
    database.close()


def test_what_was_committed_stays_and_what_failed_was_never_there(database: Database):
    put(database, "1")
    for failure in (NotFoundError("a rule said no"), ZeroDivisionError()):
        with pytest.raises(type(failure)):
            failing(database, "2", failure)
    assert kept(database) == {"1"}


def test_nothing_is_kept_of_what_a_read_writes(database: Database):
    with database.read() as tx:
        tx.execute(insert(request_ids).values(**row("1")))
    assert kept(database) == set()


def test_every_sqlite_connection_is_durable_new_ones_of_the_pool_too(sqlite_database: Database):
    seen: set[tuple[object, ...]] = set()
    gate = threading.Barrier(12)

    def look(_: int) -> None:
        with sqlite_database.read() as tx:
            gate.wait(10)  # so that there are twelve connections at once, more than the pool keeps
            connection = tx.connection
            seen.add(tuple(connection.exec_driver_sql(f"PRAGMA {name}").scalar() for name in ("journal_mode", "synchronous", "foreign_keys")))

    with ThreadPoolExecutor(12) as pool:
        list(pool.map(look, range(12)))
    assert seen == {("wal", 2, 1)}  # 2 is FULL
    sqlite_database.engine.dispose()
    with sqlite_database.begin() as tx:
        assert tx.connection.exec_driver_sql("PRAGMA synchronous").scalar() == 2


def test_a_postgresql_that_does_not_commit_durably_stops_the_start(postgres_database: Database):
    with postgres_database.begin() as tx:
        name = tx.scalar(text("SELECT current_database()"))
        tx.execute(text(f"ALTER DATABASE {name} SET synchronous_commit = off"))
    postgres_database.engine.dispose()
    with pytest.raises(ConfigError) as error:
        postgres_database.prepare()
    assert "synchronous_commit" in error.value.next_action
    with postgres_database.begin() as tx:
        tx.execute(text(f"ALTER DATABASE {name} SET synchronous_commit = local"))
    postgres_database.engine.dispose()
    postgres_database.prepare()


@pytest.mark.postgres
@pytest.mark.parametrize("name", ["fsync", "full_page_writes"])
def test_a_server_that_loses_commits_in_a_power_cut_stops_the_start_until_the_command_that_is_told_mends_it(name: str):
    with cluster() as url:
        admin = create_engine(url.replace("postgresql://", "postgresql+psycopg://"), isolation_level="AUTOCOMMIT")
        with admin.connect() as one:
            one.execute(text(f"ALTER SYSTEM SET {name} = off"))
            one.execute(text("SELECT pg_reload_conf()"))
        database = Database(url)
        wait_for(database, name, "off")
        with pytest.raises(ConfigError) as error:
            database.prepare()
        assert f"{name}=off" in error.value.message
        with admin.connect() as one:
            for statement in error.value.next_action.split("  --")[0].rstrip(";").split(";"):
                one.execute(text(statement))
        wait_for(database, name, "on")
        database.create_tables()
        database.close()
        admin.dispose()


def wait_for(database: Database, name: str, value: str) -> None:
    """Wait until the server's sessions have heard of a change of its configuration."""
    for _ in range(200):
        with database.read() as tx:
            if tx.scalar(text(f"SHOW {name}")) == value:
                return
        time.sleep(0.02)
    raise AssertionError(name)


@pytest.mark.parametrize("url", ["mysql://x", "oracle://x", "x", ""])
def test_a_database_of_an_unknown_kind_stops_the_start(url: str):
    with pytest.raises(ConfigError):
        Database(url)


def test_the_same_key_twice_is_a_conflict_and_tells_no_value(database: Database):
    put(database, "secret-1")
    with pytest.raises(ConflictError) as error:
        put(database, "secret-1")
    assert "secret" not in f"{error.value.message} {error.value.zh} {error.value.facts}"


def test_a_statement_that_the_database_refuses_is_unavailable_and_tells_no_value(database: Database, caplog):
    with pytest.raises(UnavailableError) as error, database.begin() as tx:
        tx.execute(text("SELECT 'secret' FROM nowhere"))
    assert error.value.retry_after > 0
    assert "secret" not in f"{error.value.message} {error.value.zh}{caplog.text}"


def test_a_database_that_another_process_has_locked_is_unavailable_and_works_again_afterwards(impatient: Database, tmp_path: Path):
    other = sqlite3.connect(tmp_path / "impatient.db", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(UnavailableError) as error:
        put(impatient, "1")
    assert "nothing was changed" in error.value.message
    assert kept(impatient) == set()  # reading goes on
    other.execute("ROLLBACK")
    other.close()
    put(impatient, "1")
    assert kept(impatient) == {"1"}


def test_a_writer_that_holds_on_too_long_makes_the_others_unavailable(impatient: Database):
    with impatient.begin() as tx:
        tx.execute(insert(request_ids).values(**row("1")))
        with ThreadPoolExecutor(1) as pool, pytest.raises(UnavailableError):
            pool.submit(put, impatient, "2").result()
    put(impatient, "3")
    assert kept(impatient) == {"1", "3"}


def test_a_full_disk_is_unavailable_with_nothing_half_written(sqlite_database: Database):
    def full(connection, *_):
        connection.execute("PRAGMA max_page_count = 1")  # the present size is the least that SQLite takes

    event.listen(sqlite_database.engine, "checkout", full)
    written: set[str] = set()

    def fill() -> None:
        for number in range(10_000):
            with sqlite_database.begin() as tx:
                tx.execute(insert(request_ids).values(**row(f"{number}-a")))
                tx.announce("grants", str(number))
                tx.execute(insert(request_ids).values(**row(f"{number}-b")))
            written.update({f"{number}-a", f"{number}-b"})

    with pytest.raises(UnavailableError) as error:
        fill()
    assert "disk space" in error.value.next_action
    assert kept(sqlite_database) == written
    event.remove(sqlite_database.engine, "checkout", full)
    event.listen(sqlite_database.engine, "checkout", lambda connection, *_: connection.execute("PRAGMA max_page_count = 1000000"))
    put(sqlite_database, "after")
    with sqlite_database.read() as tx:
        assert tx.scalar(text("PRAGMA integrity_check")) == "ok"
        assert len(tx.execute(select(changes)).all()) == len(written) // 2


def test_writers_take_turns_and_nobody_is_lost(database: Database):
    def count(number: int) -> None:
        for step in range(10):
            with database.begin() as tx:
                tx.announce("grants", f"{number}-{step}")

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(count, range(8)))
    with database.read() as tx:
        rows = tx.execute(select(changes).order_by(changes.c.seq)).all()
    assert [one.seq for one in rows] == list(range(1, 81))  # no gap: sequence order is commit order
    assert len({one.key for one in rows}) == 80


def second(database: Database) -> Database:
    return Database(database.url)


def test_a_change_is_told_before_begin_returns_and_not_when_it_fails(database: Database):
    told: list[tuple[str, str]] = []
    database.on_change(lambda topic, key: told.append((topic, key)))
    with database.begin() as tx:
        tx.announce("grants", "1")
        tx.announce("identities", "2")
        assert told == []
    assert told == [("grants", "1"), ("identities", "2")]
    with pytest.raises(ZeroDivisionError):
        failing(database, "3", ZeroDivisionError())
    assert len(told) == 2
    assert database.newest_change() == 2


def test_a_change_of_another_process_is_told_by_the_next_poll_and_an_own_one_once(database: Database):
    other = second(database)
    told: list[str] = []
    database.on_change(lambda _topic, key: told.append(key))
    with database.begin() as tx:
        tx.announce("grants", "own")
    with other.begin() as tx:
        tx.announce("grants", "foreign-1")
        tx.announce("grants", "foreign-2")
    with database.begin() as tx:
        tx.announce("grants", "own-2")
    newest = database.poll(0)
    assert told == ["own", "own-2", "foreign-1", "foreign-2"]
    assert newest == database.newest_change() == 4
    assert database.poll(newest) == newest
    assert len(told) == 4
    other.close()


def test_a_listener_that_fails_undoes_nothing_and_is_told_again_by_the_next_poll(database: Database):
    told: list[str] = []

    def moody(_topic: str, key: str) -> None:
        told.append(key)
        if len(told) == 1:
            raise UnavailableError("could not read it now")

    database.on_change(moody)
    with database.begin() as tx:
        tx.execute(insert(request_ids).values(**row("1")))
        tx.announce("grants", "g")
        tx.announce("grants", "h")
    assert kept(database) == {"1"}
    assert told == ["g", "h"]
    newest = database.poll(0)
    assert told == ["g", "h", "g"]
    database.poll(newest)
    assert told == ["g", "h", "g"]


def test_old_changes_are_forgotten_at_the_start_and_numbers_go_on(database: Database, monkeypatch):
    monkeypatch.setattr(hub.db.engine, "KEPT_CHANGES", 3)
    for number in range(10):
        with database.begin() as tx:
            tx.announce("grants", str(number))
    database.prepare()
    with database.read() as tx:
        assert sorted(one.seq for one in tx.execute(select(changes))) == [7, 8, 9, 10]
    assert database.newest_change() == 10


@pytest.mark.parametrize("harm", ["DELETE FROM change_counter", "UPDATE change_counter SET seq = 1"])
def test_a_counter_of_changes_that_was_lost_or_put_back_is_set_right_at_the_start(database: Database, harm: str):
    for key in ("a", "b", "c"):
        with database.begin() as tx:
            tx.announce("t", key)
    with database.begin() as tx:
        tx.execute(text(harm))
    database.prepare()
    assert database.newest_change() == 3
    with database.begin() as tx:
        tx.announce("t", "d")
    assert database.newest_change() == 4


HARMS = [
    "DELETE FROM changes WHERE seq = 3",
    "DELETE FROM changes",
    "INSERT INTO changes VALUES (9000000000000000000, 't', 'x')",
    "INSERT INTO changes VALUES (4, 't', 'x')",
    "UPDATE changes SET seq = 9 WHERE seq = 3",
    "UPDATE change_counter SET seq = 1",
    "UPDATE change_counter SET seq = 2",
    "UPDATE change_counter SET seq = 9223372036854775807",
    "UPDATE change_counter SET seq = -7",
    "DELETE FROM change_counter",
]


@pytest.mark.parametrize("harm", HARMS)
def test_a_feed_that_somebody_wrote_in_hides_no_change_and_stops_none(database: Database, harm: str, caplog: pytest.LogCaptureFixture):
    told: list[str] = []
    database.on_change(lambda _topic, key: told.append(key), lambda: told.append("everything"))
    other = Database(database.url)
    for key in ("a", "b"):
        with other.begin() as tx:
            tx.announce("t", key)
    newest = database.poll(0)
    with other.begin() as tx:
        tx.announce("t", "c")
        tx.execute(text(harm))
    newest = database.poll(newest)
    assert told == ["a", "b", "everything"]
    assert "past the hub" in caplog.text
    for one, key in ((other, "d"), (database, "e"), (other, "f")):
        with one.begin() as tx:
            tx.announce("t", key)
        newest = database.poll(newest)
    assert told == ["a", "b", "everything", "d", "e", "f"]
    other.close()


@pytest.mark.parametrize("key", ["X'ff00'", "'a' || char(0)", "CAST(X'ff' AS TEXT)"])
def test_a_change_of_what_is_no_text_is_passed_over(sqlite_database: Database, key: str):
    told: list[str] = []
    sqlite_database.on_change(lambda _topic, key: told.append(key))
    with sqlite_database.begin() as tx:
        tx.execute(text(f"INSERT INTO changes VALUES (1, 't', {key})"))  # noqa: S608 - the keys above
        tx.execute(text("UPDATE change_counter SET seq = 1"))
    assert sqlite_database.poll(0) == 1
    assert told == []


def test_a_request_that_was_answered_is_answered_the_same(database: Database):
    with database.begin() as tx:
        assert RequestIds(tx).look_up("c", "m", "r1", b"content") is None
        RequestIds(tx).remember("c", "m", "r1", b"content", "things/1", AT)
    with database.begin() as tx:
        requests = RequestIds(tx)
        assert requests.look_up("c", "m", "r1", b"content") == "things/1"
        assert requests.look_up("other", "m", "r1", b"content") is None
        assert requests.look_up("c", "other", "r1", b"content") is None


def test_the_same_request_id_with_another_content_is_refused(database: Database):
    with database.begin() as tx:
        RequestIds(tx).remember("c", "m", "r1", b"content", "things/1", AT)
        with pytest.raises(InvalidInputError) as error:
            RequestIds(tx).look_up("c", "m", "r1", b"other content")
    assert error.value.field == "request_id"


def test_what_a_request_said_is_kept_under_a_key_and_an_older_row_is_still_answered(database: Database):
    for book in (RowBook(b"k" * 32), None):
        database.book = book
        with database.begin() as tx:
            RequestIds(tx).remember("c", "m", "r1", b"content", "things/1", AT)
            kept_as = tx.scalar(select(request_ids.c.digest))
            assert len(kept_as) <= 64
            assert all(make(b"content").hexdigest() not in kept_as for make in (hashlib.sha256, hashlib.sha1, hashlib.md5))
            assert RequestIds(tx).look_up("c", "m", "r1", b"content") == "things/1"
            tx.execute(update(request_ids).values(digest=hashlib.sha256(b"as it was").hexdigest()))  # by the release before
            assert RequestIds(tx).look_up("c", "m", "r1", b"content", former=b"as it was") == "things/1"
            with pytest.raises(InvalidInputError):
                RequestIds(tx).look_up("c", "m", "r1", b"content")
            tx.execute(delete(request_ids))
    assert RowBook(b"k" * 32).request_digest(b"content") != RowBook(b"l" * 32).request_digest(b"content")


def test_without_a_request_id_nothing_is_kept_and_one_too_long_is_refused(database: Database):
    with database.begin() as tx:
        RequestIds(tx).remember("c", "m", "", b"content", "things/1", AT)
        assert RequestIds(tx).look_up("c", "m", "", b"content") is None
        with pytest.raises(InvalidInputError):
            RequestIds(tx).look_up("c", "m", "x" * 65, b"content")
    assert kept(database) == set()


def test_one_request_sent_many_times_at_once_makes_one_thing(database: Database):
    def make(number: int) -> str:
        with database.begin() as tx:
            requests = RequestIds(tx)
            if done := requests.look_up("c", "m", "r1", b"content"):
                return done
            requests.remember("c", "m", "r1", b"content", f"things/{number}", AT)
            return f"things/{number}"

    def patient(number: int) -> str:
        try:
            return make(number)
        except ConflictError:  # PostgreSQL lets both begin; the second one loses, and finds the answer when it retries
            return make(number)

    with ThreadPoolExecutor(8) as pool:
        assert len(set(pool.map(patient, range(8)))) == 1


def test_etags_come_back_as_they_went_and_others_are_refused():
    assert [revision_of(etag_of(number)) for number in (0, 1, 10**17)] == [0, 1, 10**17]
    for etag in ("", "r", "1", "R1", "r-1", "r1 ", "r１", "r" + "9" * 19, 'W/"r1"'):
        with pytest.raises(InvalidInputError) as error:
            revision_of(etag)
        assert error.value.field == "etag"


def test_a_database_that_is_not_there_is_unavailable(tmp_path: Path):
    database = Database(f"sqlite:///{tmp_path}/no/such/folder/x.db")
    with pytest.raises(UnavailableError), database.read() as tx:
        tx.scalar(select(1))
    nobody = Database("postgresql://shuniu@127.0.0.1:1/none")
    with pytest.raises(UnavailableError), nobody.read() as tx:
        tx.scalar(select(1))
    assert create_engine("sqlite://").dialect.name == "sqlite"


def test_a_request_id_is_kept_in_one_spelling(database: Database):
    with database.begin() as tx:
        RequestIds(tx).remember("c", "m", " r1　", b"content", "things/1", AT)
    with database.begin() as tx:
        assert {RequestIds(tx).look_up("c", "m", spelling, b"content") for spelling in ("r1", "r1 ", "ｒ１", "r1\u200b")} == {"things/1"}


def test_transactions_together_are_one_and_are_told_of_once_it_is_committed(database: Database):
    heard: list[tuple[str, set[str]]] = []
    database.on_change(lambda _topic, key: heard.append((key, kept(database))))
    with database.together():
        for number in ("1", "2"):
            with database.begin() as tx:
                tx.execute(insert(request_ids).values(**row(number)))
                tx.announce("grants", number)
            assert kept(database) >= {number}  # what comes behind sees it
        assert heard == []
    assert heard == [("1", {"1", "2"}), ("2", {"1", "2"})]


def test_what_fails_in_one_of_them_undoes_them_all(database: Database):
    heard: list[str] = []
    database.on_change(lambda _topic, key: heard.append(key))

    def both() -> None:
        with database.together():
            put(database, "1")
            failing(database, "2", NotFoundError("a rule said no"))

    with pytest.raises(NotFoundError):
        both()
    assert (kept(database), heard) == (set(), [])
    put(database, "3")
    assert kept(database) == {"3"}


def test_a_rehearsal_leaves_nothing_and_raises_what_the_step_would(database: Database):
    heard: list[str] = []
    database.on_change(lambda _topic, key: heard.append(key))
    with database.rehearsal():
        put(database, "1")
        with database.begin() as tx:
            tx.announce("grants", "1")
        assert kept(database) == {"1"}
    with pytest.raises(NotFoundError), database.rehearsal():
        failing(database, "2", NotFoundError("a rule said no"))
    assert (kept(database), heard) == (set(), [])


def test_before_the_first_of_them_nothing_is_held_and_other_threads_have_their_own(database: Database):
    with ThreadPoolExecutor(1) as pool, database.together():
        pool.submit(put, database, "1").result(5)  # it would wait for the only writer's turn
        put(database, "2")
    assert kept(database) == {"1", "2"}
    with pytest.raises(NotFoundError), database.together():
        raise NotFoundError("before anything began")


def test_one_block_does_not_stand_in_another_and_a_listener_s_transaction_is_its_own(database: Database):
    database.on_change(lambda _topic, key: put(database, f"after {key}"))
    with database.together():
        with database.begin() as tx:
            tx.announce("grants", "1")
        with pytest.raises(RuntimeError), database.together():
            pass
    assert kept(database) == {"after 1"}
