"""PostgreSQL and MariaDB in one form, so that a test is one sentence about both."""

from dataclasses import dataclass, field

import pytest
from sqlalchemy.engine import make_url

from tests.postgres import Server
from tests.shuniu_sdk.tables import run


@dataclass
class Database:
    """A database that its department administers by `url`; `to_reader` is the account that the provider uses."""

    url: str
    text: str
    reader: str
    undo: list[str] = field(default_factory=list)

    @property
    def to_reader(self) -> str:
        return make_url(self.url).set(username="reader").render_as_string(hide_password=False)

    @property
    def is_mariadb(self) -> bool:
        return self.url.startswith("mysql")

    def run(self, *statements: str) -> None:
        run(self.url.replace("mysql:", "mysql+pymysql:"), *(statement.replace("TEXT_KEY", self.text) for statement in statements))

    def make(self, name: str, columns: str, *rows: str, grant: bool = True) -> None:
        """Make a table until the end of the test, with its rows, and let the reader read it."""
        self.run(f"CREATE TABLE {name} ({columns})", *(f"INSERT INTO {name} VALUES ({row})" for row in rows))
        self.undo.insert(0, f"DROP TABLE IF EXISTS {name}")
        if grant:
            self.run(f"GRANT SELECT ON {name} TO {self.reader}")

    def make_view(self, name: str, select: str) -> None:
        """Make a view until the end of the test, and let the reader read it."""
        rights = "SELECT, SHOW VIEW" if self.is_mariadb else "SELECT"
        self.run(f"CREATE VIEW {name} AS {select}", f"GRANT {rights} ON {name} TO {self.reader}")
        self.undo.insert(0, f"DROP VIEW {name}")


def postgresql_of(server: Server) -> Database:
    one = Database(server.url, "text", "reader")
    one.run("DO $$ BEGIN CREATE ROLE reader LOGIN; EXCEPTION WHEN duplicate_object THEN NULL; END $$")
    return one


def mariadb_of(url: str) -> Database:
    one = Database(url, "varchar(40)", "reader@'%%'")
    one.run("CREATE USER IF NOT EXISTS reader@'%%'")
    return one


EACH = ["postgres", "maria"]


def database_of(request: pytest.FixtureRequest) -> Database:
    found = request.getfixturevalue(request.param)
    return postgresql_of(found) if isinstance(found, Server) else mariadb_of(found)
