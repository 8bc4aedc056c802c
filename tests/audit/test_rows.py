"""A row that decides and was changed past the hub is named and decides nothing: each table, each column, each way, by somebody without keys."""

from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any

import pytest
from sqlalchemy import JSON, BigInteger, Boolean, Date, DateTime, Integer, LargeBinary, create_engine, delete, insert, select, text, update

import migrations.opening  # noqa: F401 - imports every store, each of which says what is bound
from audit.indexer import Indexer
from audit.log import AuditLog
from audit.memory import LogMemory
from audit.reconcile import RowFault, reconcile
from audit.row_check import BOUND_ALL, RowCheck, bind_row
from audit.store import RecordStore, found_log, log_size
from hub.access import OPERATOR
from hub.clock import StoppedClock
from hub.db import BOUND, BookStore, Database, RowBook, Tx, checked, fitting, metadata, put
from hub.db.tables import row_digests, row_lists, row_sums
from hub.errors import ConflictError, IntegrityError
from hub.ids import Ids
from hub.unit_of_work import Change, Kit, Step

AT = datetime(2026, 11, 2, 8, 30, tzinfo=UTC)
SECRET = b"r" * 32
LOG = AuditLog("hub.test/log", b"p" * 32)
TABLES = [table for table in metadata.sorted_tables if table.name in BOUND]


def a_value(column: Any, turn: int) -> Any:
    """Return a value of a column's type; another for each turn."""
    kind = getattr(column.type, "impl", column.type)
    if isinstance(kind, DateTime):
        return AT.replace(minute=turn)
    if isinstance(kind, Date):
        return date(2026, 11, turn + 1)
    if isinstance(kind, JSON):
        return [f"value-{turn}"]
    if isinstance(kind, LargeBinary):
        return bytes([turn + 1]) * 16
    if isinstance(kind, Boolean | Integer | BigInteger):
        return turn % 2 == 1 if isinstance(kind, Boolean) else turn + 1
    return f"v{turn}"[: column.type.length]


def a_row(table: Any, turn: int) -> dict[str, Any]:
    return {column.name: a_value(column, turn) for column in table.columns}


def change() -> Change:
    return Change(at=AT, action="test.Change", actor=OPERATOR, resource="things/1")


def write(database: Database, *acts: Callable[[Tx], object]) -> None:
    """Do what a unit of work does: rows, then the record that binds them."""
    with database.begin() as tx:
        for act in acts:
            act(tx)
        LOG.write(tx, change())


@pytest.fixture(autouse=True)
def _other_log() -> None:
    LOG.memory = LogMemory()  # each test has a log of its own


def filled(database: Database) -> Database:
    """Put two rows into every bound table, each written by a record of its own table."""
    found_log(database)
    database.book = RowBook(SECRET)
    for table in TABLES:
        write(database, *(lambda tx, turn=turn, table=table: put(tx, table, a_row(table, turn)) for turn in (0, 1)))
    return database


@pytest.fixture
def hub(database: Database) -> Database:
    return filled(database)


@pytest.fixture
def sqlite_hub(sqlite_database: Database) -> Database:
    """For what walks every table or column; both databases give rows back alike, which the other tests see."""
    return filled(sqlite_database)


def book_of(database: Database) -> RowBook:
    assert database.book is not None
    return database.book


def findings(database: Database) -> list[tuple[str, RowFault]]:
    with database.snapshot() as tx:
        found = [(one.name, one.fault) for one in reconcile(tx, book_of(database))]
    told = RowCheck(database, LOG, StoppedClock(AT)).compare(large=True)
    assert [(one.name, one.fault) for one in told] == found
    assert set(book_of(database).flaws) == {name for name, _ in found}  # what was put right is no alarm any more
    return found


def past_the_hub(database: Database, statement: Any) -> None:
    """Do what somebody does who has the database and no key; foreign keys are no hindrance to them."""
    engine = create_engine(database.url)
    with engine.begin() as connection:
        if database.dialect == "postgresql":
            connection.exec_driver_sql("SET LOCAL session_replication_role = replica")
        connection.execute(statement)
    engine.dispose()


def first(name: str) -> Any:
    bound = BOUND[name]
    return bound.where([tuple(a_row(bound.table, 0)[key] for key in bound.keys)])


def name_of(table: str, turn: int = 0) -> str:
    return f"{table}/{BOUND[table].key_of(a_row(BOUND[table].table, turn))}"


def rows(tx: Tx, name: str) -> list[Any]:
    return list(tx.execute(select(BOUND[name].table)).all())


def test_every_table_of_the_register_is_bound():
    kept_by_itself = {
        "unknown_numbers",  # counts by which nothing is decided
        "audit_",
        "row_",
        "key_checks",
        "change",
        "request_ids",
        "hub_owner",
        "entry_words",
        "descriptions",
        "entry_health",
        "work",  # with its events and cursors: it tells what waits; what waits is bound itself
        "notices",
        "deliveries",
        "used_challenges",
        "data_file_",  # keys, parts and blocks: each opens under its file's own key alone, at its own place, and one that is gone is missed
        "waiting_question",  # they end within days; what is asked opens in its own place alone, and whoever asks again is checked anew
        "subscription_",  # sealed tokens, and keyed digests of what was told: no row of them lets out what the grant does not
        "disposals_begin",  # one moment, written by a migration
        "legacy_systems",  # read once; each mandate that comes of it is bound and on the log
    }  # what others said decides nothing
    others = {name for name in metadata.tables if not name.startswith(tuple(kept_by_itself))}
    assert others | {"audit_erasures"} == set(BOUND)


def test_what_the_hub_wrote_fits(hub: Database):
    assert findings(hub) == []
    with hub.read() as tx:
        for name in BOUND:
            assert len(fitting(tx, BOUND[name].table, rows(tx, name))) == 2


@pytest.mark.parametrize("table", BOUND)
def test_a_changed_column_is_named_and_its_row_decides_nothing(sqlite_hub: Database, table: str):
    bound = BOUND[table]
    with sqlite_hub.read() as tx:
        before = tx.execute(select(bound.table).where(first(table))).one()._asdict()
    for column in bound.columns:
        if column in bound.keys:
            continue
        past_the_hub(sqlite_hub, update(bound.table).where(first(table)).values({column: a_value(bound.table.c[column], 7)}))
        with sqlite_hub.snapshot() as tx:
            assert [(one.name, one.fault) for one in reconcile(tx, book_of(sqlite_hub), [table])] == [(name_of(table), RowFault.CHANGED)], column
            assert len(fitting(tx, bound.table, rows(tx, table))) == 1, column  # the other row goes on
            with pytest.raises(IntegrityError) as told:
                checked(tx, bound.table, tx.execute(select(bound.table).where(first(table))).one())
        assert (told.value.reason, name_of(table) in told.value.message) == ("ROW_NOT_AS_WRITTEN", True)
        past_the_hub(sqlite_hub, update(bound.table).where(first(table)).values({column: before[column]}))
    assert findings(sqlite_hub) == []


@pytest.mark.parametrize("table", BOUND)
def test_a_row_that_was_deleted_inserted_or_put_back_is_named(hub: Database, table: str):
    bound = BOUND[table]
    with hub.read() as tx:
        before = tx.execute(select(bound.table).where(first(table))).one()._asdict()
        kept = tx.execute(select(row_digests).where(row_digests.c.table == table, row_digests.c.key == bound.key_of(before))).one()._asdict()
    past_the_hub(hub, delete(bound.table).where(first(table)))
    assert findings(hub) == [(name_of(table), RowFault.DELETED)]
    past_the_hub(hub, insert(bound.table).values(before))
    past_the_hub(hub, insert(bound.table).values(a_row(bound.table, 5)))
    assert findings(hub) == [(name_of(table, 5), RowFault.INSERTED)]
    past_the_hub(hub, bound.table.delete().where(bound.where([tuple(a_row(bound.table, 5)[key] for key in bound.keys)])))
    column = next(name for name in reversed(bound.columns) if name not in bound.keys and not bound.table.c[name].foreign_keys)

    def move(tx: Tx) -> None:
        tx.execute(update(bound.table).where(first(table)).values({column: a_value(bound.table.c[column], 3)}))
        tx.touch(bound.table, *(before[key] for key in bound.keys))

    write(hub, move)
    assert findings(hub) == []
    # Row and digest together, as an old backup has them.
    past_the_hub(hub, update(bound.table).where(first(table)).values({column: before[column]}))
    same = (row_digests.c.table == table) & (row_digests.c.key == kept["key"])
    past_the_hub(hub, update(row_digests).where(same).values(digest=kept["digest"], position=kept["position"]))
    assert findings(hub) == [(name_of(table), RowFault.PUT_BACK)]
    with hub.read() as tx:
        assert len(fitting(tx, bound.table, rows(tx, table))) == 1


@pytest.mark.parametrize("value", ["'{not json'", "'[1'", "X'ff00ff'", "'31 November'", "-5"])
def test_what_is_no_value_of_its_column_hides_no_other_row(sqlite_hub: Database, value: str):
    # PostgreSQL checks types itself.
    for table, bound in BOUND.items():
        for column in bound.columns:
            if column not in bound.keys:
                before = f'UPDATE {table} SET "{column}" = {value} WHERE rowid = (SELECT min(rowid) FROM {table})'  # noqa: S608 - names of our own
                past_the_hub(sqlite_hub, text(before))
        with sqlite_hub.read() as tx:
            assert len(fitting(tx, bound.table, rows(tx, table))) == 1, table
    assert {fault for _, fault in findings(sqlite_hub)} == {RowFault.CHANGED}


def test_the_book_itself_is_no_place_to_hide_a_row(hub: Database):
    table = "grants"
    bound = BOUND[table]
    past_the_hub(hub, update(bound.table).where(first(table)).values(expire_time=AT.replace(year=2099)))
    for statement in (delete(row_digests).where(row_digests.c.table == table), delete(row_sums).where(row_sums.c.table == table), delete(row_sums)):
        past_the_hub(hub, statement)
        assert (name_of(table), RowFault.CHANGED) in findings(hub)
    past_the_hub(hub, delete(row_lists))
    assert {fault for _, fault in findings(hub)} == {RowFault.UNKNOWN, RowFault.INSERTED}


def test_a_book_that_was_edited_while_every_row_is_right_is_told(hub: Database, caplog: pytest.LogCaptureFixture):
    past_the_hub(hub, update(row_sums).where(row_sums.c.table == "seals").values(sum=bytes(32)))
    assert findings(hub) == []
    assert "sums of rows" in caplog.text


def test_without_the_key_of_rows_no_digest_can_be_made(hub: Database):
    row = a_row(BOUND["seals"].table, 0)
    assert RowBook(b"x" * 32).digest(BOUND["seals"], row) != book_of(hub).digest(BOUND["seals"], row)


def test_a_column_that_a_later_release_adds_changes_no_digest(hub: Database):
    bound = BOUND["seals"]
    row = a_row(bound.table, 0)
    later = type(bound)(bound.table, tuple(sorted((*bound.columns, "later"))), bound.keys)
    defaults: tuple[Any, ...] = (None, "", 0, b"", [], {})
    for default in defaults:
        assert book_of(hub).digest(later, {**row, "later": default}) == book_of(hub).digest(bound, row)
    assert book_of(hub).digest(later, {**row, "later": "x"}) != book_of(hub).digest(bound, row)


def test_a_row_without_a_record_is_not_committed(hub: Database):
    with pytest.raises(RuntimeError, match="departments"), hub.begin() as tx:
        put(tx, BOUND["departments"].table, a_row(BOUND["departments"].table, 9))
    with hub.read() as tx:
        assert len(rows(tx, "departments")) == 2


def test_a_database_of_the_release_before_gets_one_record_that_binds_all(database: Database):
    found_log(database)
    with database.begin() as tx:
        for table in TABLES:
            for turn in (0, 1):
                tx.execute(insert(table).values(a_row(table, turn)))
        LOG.write(tx, change())
    database.book = RowBook(SECRET)
    check = RowCheck(database, LOG, StoppedClock(AT))
    check.open()
    check.open()
    with database.read() as tx:
        actions = [record.action for record, _ in RecordStore(tx).read(0, log_size(tx))]
    assert actions == ["test.Change", BOUND_ALL]
    assert findings(database) == []
    past_the_hub(database, update(BOUND["systems"].table).where(first("systems")).values(roles=["authority"]))
    assert findings(database) == [(name_of("systems"), RowFault.CHANGED)]
    # Emptying the book does not make it a database of the release before.
    for table in (row_digests, row_sums, row_lists):
        past_the_hub(database, delete(table))
    for indexed in (False, True):
        if indexed:
            Indexer(database).catch_up()
        RowCheck(database, LOG, StoppedClock(AT)).open()
        with database.read() as tx:
            assert log_size(tx) == 2
            assert fitting(tx, BOUND["systems"].table, rows(tx, "systems")) == []


def test_a_change_that_was_rolled_back_leaves_its_row_as_it_was(hub: Database):
    bound = BOUND["grants"]

    def fail() -> None:
        with hub.begin() as tx:
            tx.execute(update(bound.table).where(first("grants")).values(state="x"))
            tx.touch(bound.table, *bound.primary_key(a_row(bound.table, 0)))
            LOG.write(tx, change())
            checked(tx, bound.table, tx.execute(select(bound.table).where(first("grants"))).one())
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    write(hub)  # takes the index that the other record would have had
    with hub.read() as tx:
        assert len(fitting(tx, bound.table, rows(tx, "grants"))) == 2
    assert findings(hub) == []


def move_first(hub: Database) -> None:
    """Change the first grant as the hub does."""
    bound = BOUND["grants"]

    def move(tx: Tx) -> None:
        tx.execute(update(bound.table).where(first("grants")).values(state="moved"))
        tx.touch(bound.table, *bound.primary_key(a_row(bound.table, 0)))

    write(hub, move)


@pytest.mark.postgres
def test_a_row_that_is_changed_between_two_looks_is_a_conflict_and_no_flaw(postgres_database: Database, monkeypatch: pytest.MonkeyPatch):
    hub, bound = filled(postgres_database), BOUND["grants"]
    real = BookStore.digests

    def beside(store: BookStore, table: str, keys: Any) -> Any:
        monkeypatch.setattr(BookStore, "digests", real)
        move_first(hub)
        return real(store, table, keys)

    monkeypatch.setattr(BookStore, "digests", beside)
    with pytest.raises(ConflictError), hub.read() as tx:
        checked(tx, bound.table, tx.execute(select(bound.table).where(first("grants"))).one())
    assert book_of(hub).flaws == {}


def test_a_row_that_changes_after_a_look_began_was_not_put_back(hub: Database):
    """A snapshot goes on seeing the state in which it began; that somebody has moved on since makes nothing of it an old state."""
    bound = BOUND["grants"]
    with hub.snapshot() as tx:
        began = tx.execute(select(bound.table).where(first("grants"))).one()
        move_first(hub)
        assert checked(tx, bound.table, began) is began
    assert book_of(hub).flaws == {}
    past_the_hub(hub, update(bound.table).where(first("grants")).values(state=began.state))
    past_the_hub(hub, update(row_digests).where(row_digests.c.table == "grants", row_digests.c.key == str(began.id)).values(position=0))
    with pytest.raises(IntegrityError), hub.snapshot() as tx:  # one that began afterwards is not fooled
        checked(tx, bound.table, tx.execute(select(bound.table).where(first("grants"))).one())


def test_what_is_remembered_of_rows_has_a_bound(sqlite_hub: Database, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("hub.db.row_book.MOST_SEEN", 5)
    with sqlite_hub.read() as tx:
        for name, bound in BOUND.items():
            assert len(fitting(tx, bound.table, rows(tx, name))) == 2
    assert len(book_of(sqlite_hub)._seen) == 5


def test_to_bind_one_row_hides_no_other_that_was_put_back(hub: Database):
    bound = BOUND["systems"]
    with hub.read() as tx:
        kept = tx.execute(select(row_digests).where(row_digests.c.table == "systems", row_digests.c.key == bound.key_of(a_row(bound.table, 1)))).one()
    second = bound.where([bound.primary_key(a_row(bound.table, 1))])

    def move(tx: Tx) -> None:
        tx.execute(update(bound.table).where(second).values(endpoint="moved:1"))
        tx.touch(bound.table, *bound.primary_key(a_row(bound.table, 1)))

    write(hub, move)
    past_the_hub(hub, update(bound.table).where(second).values(endpoint=a_row(bound.table, 1)["endpoint"]))
    same = (row_digests.c.table == "systems") & (row_digests.c.key == kept.key)
    past_the_hub(hub, update(row_digests).where(same).values(digest=kept.digest, position=kept.position))
    past_the_hub(hub, update(bound.table).where(first("systems")).values(endpoint="edited:1"))
    bind_row(Kit(hub, LOG, StoppedClock(AT), Ids()), Step(caller=OPERATOR, name=name_of("systems"), reason="人工核实"))
    hub.book = RowBook(SECRET)  # a start, which remembers nothing
    assert findings(hub) == [(name_of("systems", 1), RowFault.PUT_BACK)]


def test_an_operator_binds_a_row_as_it_stands_and_the_log_says_why(hub: Database):
    kit = Kit(hub, LOG, StoppedClock(AT), Ids())
    past_the_hub(hub, update(BOUND["systems"].table).where(first("systems")).values(endpoint="mended:1"))
    past_the_hub(hub, delete(BOUND["stamps"].table).where(first("stamps")))
    assert len(findings(hub)) == 2
    for table in ("systems", "stamps"):
        position = bind_row(kit, Step(caller=OPERATOR, name=name_of(table), reason="磁盘损坏后人工核实"))
    assert findings(hub) == []
    with hub.read() as tx:
        record = RecordStore(tx).get(position)[0]
        assert (record.action, record.detail["row"], record.reason) == ("audit.BindRow", name_of("stamps"), "磁盘损坏后人工核实")
        assert len(fitting(tx, BOUND["systems"].table, rows(tx, "systems"))) == 2


@pytest.mark.parametrize("name", ["", "grants", "grants/a/b", "nothing/1", "releases/x", "systems/a"])
def test_a_row_that_cannot_be_is_refused_by_name(hub: Database, name: str):
    with pytest.raises(Exception, match="TABLE/KEY"):
        bind_row(Kit(hub, LOG, StoppedClock(AT), Ids()), Step(caller=OPERATOR, name=name, reason="为何如此"))
