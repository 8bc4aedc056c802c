"""Asks the hub that runs on a data folder how its log is: what only the running process knows, such as why it takes no record any more."""

import json
from collections.abc import Mapping
from typing import Any, Final
from urllib.error import HTTPError, URLError
from urllib.request import ProxyHandler, build_opener

from cli.process import holder
from hub.config import Config

SECONDS: Final = 3.0
_MOST: Final = 65_536
_EVERYWHERE: Final = {"0.0.0.0": "127.0.0.1", "[::]": "[::1]"}  # noqa: S104 - compared with, not bound to


def ask_log(config: Config) -> Mapping[str, Any] | None:
    """Return what the running hub says of its log (docs/guides/operations.md has the keys), None where no hub runs or none answers."""
    running = holder(config.data)
    if running is None:
        return None
    listens = running.get("listens")
    # What the hub was started with: the file may have been edited since.
    host, _, port = str(listens.get("web", config.web) if isinstance(listens, dict) else config.web).rpartition(":")
    # With port 0 only the hub itself knows which one it took.
    url = f"http://{_EVERYWHERE.get(host, host)}:{port}" if port != "0" else str(running.get("web", ""))
    try:
        # No proxy of the environment: this is a call to this machine.
        with build_opener(ProxyHandler({})).open(f"{url}/health", timeout=SECONDS) as answer:
            body = answer.read(_MOST)
    except HTTPError as refused:
        body = refused.read(_MOST)  # 503 is how a hub says that its log refuses
    except (URLError, OSError, ValueError):
        return None
    try:
        found = json.loads(body).get("log")
    except (ValueError, AttributeError):
        return None
    return found if isinstance(found, dict) else None
