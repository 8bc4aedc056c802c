"""A private MariaDB."""

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from typing import Any

from tests.databases.processes import as_user, binary, free_port, room, serving
from tests.postgres import missing

USER = "mysql"


@contextmanager
def mariadb() -> Iterator[str]:
    """Start a server; give the URL of its database `register` for an administrator. Needs PyMySQL."""
    driver = pymysql()
    server, install = binary("mariadbd", "mariadb-server"), binary("mariadb-install-db", "mariadb-server")
    with room(USER) as folder:
        data, port = folder / "data", free_port()
        common = ["--no-defaults", f"--datadir={data}"]
        usual = ["--auth-root-authentication-method=normal", "--skip-test-db", "--skip-name-resolve", "--innodb-log-file-size=8M"]
        subprocess.run(as_user(USER, [install, *common, *usual]), check=True, capture_output=True, cwd=folder)
        options = ["--bind-address=127.0.0.1", f"--port={port}", f"--socket={folder}/s", "--skip-name-resolve", "--character-set-server=utf8mb4"]
        with serving(as_user(USER, [server, *common, *options, f"--pid-file={folder}/pid"]), folder, lambda: _answers(driver, port)):
            connection = driver.connect(host="127.0.0.1", port=port, user="root", autocommit=True)
            connection.cursor().execute("CREATE DATABASE register CHARACTER SET utf8mb4")
            connection.close()
            yield f"mysql://root@127.0.0.1:{port}/register"


def pymysql() -> Any:
    """Return the driver; skip where it is not installed, with CI=true fail."""
    try:
        return import_module("pymysql")
    except ImportError:
        missing("PyMySQL", "pip install PyMySQL")


def _answers(driver: Any, port: int) -> bool:
    try:
        driver.connect(host="127.0.0.1", port=port, user="root", connect_timeout=2).close()
    except driver.err.OperationalError:
        return False
    return True
