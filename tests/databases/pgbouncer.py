"""A private PgBouncer in transaction pooling, before a private PostgreSQL."""

from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
from sqlalchemy.engine import make_url

from tests.databases.processes import as_user, binary, free_port, room, serving

USER = "postgres"


@contextmanager
def pgbouncer(url: str, **settings: str) -> Iterator[str]:
    """Put a pooler before the database of a URL, with the settings of the package and these; give the URL through it."""
    address, port = make_url(url), free_port()
    program = binary("pgbouncer", "pgbouncer")
    with room(USER) as folder:
        (folder / "users.txt").write_text(f'"{address.username}" ""\n"reader" ""\n', encoding="utf-8")
        lines = {
            "listen_addr": "127.0.0.1",
            "listen_port": str(port),
            "unix_socket_dir": "",
            "auth_type": "trust",
            "auth_file": str(folder / "users.txt"),
            "pool_mode": "transaction",
            "default_pool_size": "2",
            **settings,
        }
        text = "\n".join(f"{name} = {value}" for name, value in lines.items())
        database = f"* = host={address.host} port={address.port}"
        (folder / "pgbouncer.ini").write_text(f"[databases]\n{database}\n[pgbouncer]\n{text}\n", encoding="utf-8")
        through = address.set(port=port).render_as_string(hide_password=False)
        with serving(as_user(USER, [program, str(folder / "pgbouncer.ini")]), folder, lambda: _answers(through)):
            yield through


def _answers(url: str) -> bool:
    try:
        psycopg.connect(url, connect_timeout=2).close()
    except psycopg.OperationalError:
        return False
    return True
