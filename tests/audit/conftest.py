"""Each way in which a record can stand in the database of a serving hub; a search must not tell one from the other."""

from collections.abc import Callable
from functools import partial
from typing import Any

import pytest

from audit.indexer import Indexer
from audit.model import Event
from audit.moving import Mover
from hub.db import Database
from tests.audit.keeping import write, write_former

Put = Callable[..., int]


def write_indexed(database: Database, *events: Event) -> int:
    """Append the events and index them."""
    first = write(database, *events)
    Indexer(database).catch_up()
    return first


def write_moved(database: Database, *events: Event) -> int:
    """Append the events as the release before did, and move them into batches."""
    first = write_former(database, *events)
    Mover(database).move_all()
    return first


WAYS: dict[str, Put] = {"not indexed": write, "indexed": write_indexed, "former": write_former, "moved": write_moved}


@pytest.fixture(params=WAYS)
def put(request: pytest.FixtureRequest, database: Database) -> Put:
    """Append events in each of the four ways; gives the index of the first."""
    way: Any = WAYS[request.param]
    return partial(way, database)
