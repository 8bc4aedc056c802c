"""A kept connection: the driver's transaction and SQLAlchemy's are one, and what fails leaves nothing."""

import pytest
from sqlalchemy import func, insert, select

from hub.db import Database, Lasting
from hub.db.tables import changes
from hub.errors import ConflictError, UnavailableError

ROW = "INSERT INTO changes (seq, topic, key) VALUES ({}, 'grants', 'x')"


def count(database: Database) -> int:
    with database.read() as tx:
        return int(tx.scalar(select(func.count()).select_from(changes)))


def by_the_driver(lasting: Lasting, seq: int) -> None:
    with lasting.begin() as tx, tx.cursor() as cursor:
        cursor.execute(ROW.format(seq))


def by_both(lasting: Lasting, seq: int) -> None:
    with lasting.begin() as tx:
        with tx.cursor() as cursor:
            cursor.execute(ROW.format(seq))
        tx.execute(insert(changes).values(seq=seq + 1, topic="grants", key="y"))


def test_what_the_driver_and_what_sqlalchemy_wrote_is_one_transaction(database: Database) -> None:
    with database.lasting() as lasting:
        by_the_driver(lasting, 1)
        assert count(database) == 1
        by_both(lasting, 2)
        assert count(database) == 3
        by_the_driver(lasting, 4)
    assert count(database) == 4


@pytest.mark.parametrize("write", [by_the_driver, by_both])
def test_an_error_takes_all_of_it_back_and_the_next_transaction_is_as_ever(database: Database, write) -> None:
    def fail(lasting: Lasting) -> None:
        with lasting.begin() as tx:
            tx.after_commit(lambda: pytest.fail("nothing was committed"))
            with tx.cursor() as cursor:
                cursor.execute(ROW.format(1))
            if write is by_both:
                tx.execute(insert(changes).values(seq=2, topic="grants", key="y"))
            raise ZeroDivisionError

    with database.lasting() as lasting:
        with pytest.raises(ZeroDivisionError):
            fail(lasting)
        assert count(database) == 0
        write(lasting, 1)
    assert count(database) == (1 if write is by_the_driver else 2)


def test_the_drivers_errors_are_told_as_those_of_every_transaction(database: Database) -> None:
    def misspell(lasting: Lasting) -> None:
        with lasting.begin() as tx, tx.cursor() as cursor:
            cursor.execute("SELECT nonsense FROM nowhere")

    with database.lasting() as lasting:
        by_the_driver(lasting, 1)
        with pytest.raises(ConflictError):
            by_the_driver(lasting, 1)  # the same key again
        with pytest.raises(UnavailableError):
            misspell(lasting)
        by_the_driver(lasting, 2)
    assert count(database) == 2
