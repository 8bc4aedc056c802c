"""The address of a service with a place for the key: `https://svc.internal/api/persons/{key}`, and the JSON that is posted to it.

`{key}` is one whole part of the path, one whole value of the query, or one whole text of the body, and stands there once. It is encoded for its
place, and nothing else is filled in: who asks chooses the key, and must not choose the address.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import quote

from shuniu.provider.http import problems
from shuniu.provider.http.documents import DocumentError, read_document
from shuniu.provider.http.problems import ProblemError

PLACE: Final = "{key}"
MAX_URL: Final = 2048
MAX_BODY: Final = 64 * 1024
"""Characters of the JSON that is posted."""
_PORTS: Final = {"http": 80, "https": 443}
_LARGEST_PORT: Final = 65_535
_URL: Final = re.compile(
    r"(?P<scheme>https?)://(?P<host>\[[0-9a-fA-F:.]{2,45}\]|[A-Za-z0-9](?:[A-Za-z0-9.-]{0,251}[A-Za-z0-9])?)(?::(?P<port>[0-9]{1,5}))?(?P<target>/.*)"
)
_TARGET: Final = re.compile(r"(?:[A-Za-z0-9\-._~!$&'()*+,;=:@/?]|%[0-9A-Fa-f]{2})*")
_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f-\x9f]")


class UnfitKeyError(ValueError):
    """A key cannot stand in its place: it would be read as another address."""


@dataclass(frozen=True)
class Server:
    """Where a service is: the one host that is ever dialled."""

    scheme: str
    host: str
    port: int

    @property
    def authority(self) -> str:
        """Return what stands in the request's Host."""
        name = f"[{self.host}]" if ":" in self.host else self.host
        return name if self.port == _PORTS[self.scheme] else f"{name}:{self.port}"


@dataclass(frozen=True)
class Template:
    """How a key becomes a request."""

    server: Server
    method: str
    target: str = field(repr=False)
    body: str = field(repr=False)

    def target_of(self, key: str) -> str:
        """Return path and query for a key; raise UnfitKeyError for one that servers would take apart or take for another path."""
        if _CONTROL.search(key):
            raise UnfitKeyError("a control character")
        path, _, _ = self.target.partition("?")
        # servers and proxies read %2F and %2E%2E as what they stand for, some before they choose the place
        if PLACE in path and (key in {".", ".."} or "/" in key or "\\" in key):
            raise UnfitKeyError("a path")
        return self.target.replace(PLACE, quote(key, safe=""))

    def body_of(self, key: str) -> bytes:
        """Return the JSON that is posted for a key, empty where there is none."""
        return self.body.replace(f'"{PLACE}"', json.dumps(key)).encode() if self.body else b""


def read_template(url: str, method: str = "GET", body: str = "") -> Template:
    """Return a template; raise ProblemError."""
    found = _URL.fullmatch(url) if len(url) <= MAX_URL else None
    if found is None:
        raise ProblemError(problems.ADDRESS)
    scheme, target = found["scheme"], found["target"]
    port = int(found["port"] or _PORTS[scheme])
    if not 0 < port <= _LARGEST_PORT:
        raise ProblemError(problems.PORT)
    if _TARGET.fullmatch(target.replace(PLACE, "")) is None:
        raise ProblemError(problems.CHARACTER)
    places = _places_in_target(target) + _places_in_body(body, method)
    if places != 1:
        raise ProblemError(problems.NOT_ONCE)
    return Template(Server(scheme, found["host"].strip("[]").lower(), port), method, target, body)


def _places_in_target(target: str) -> int:
    path, _, query = target.partition("?")
    values = [one.partition("=")[2] for one in query.split("&")]
    whole = [*path.split("/"), *values].count(PLACE)
    if target.count(PLACE) != whole:
        raise ProblemError(problems.NOT_WHOLE)
    return whole


def _places_in_body(body: str, method: str) -> int:
    if not body:
        return 0
    if method != "POST":
        raise ProblemError(problems.BODY_OF_GET)
    if len(body) > MAX_BODY:
        raise ProblemError(problems.BODY)
    try:
        whole = _count(read_document(body.encode()))
    except DocumentError:
        raise ProblemError(problems.BODY) from None
    # a member's name, a part of a text, and a place that is spelt with escapes are none
    if body.count(PLACE) != whole or body.count(f'"{PLACE}"') != whole:
        raise ProblemError(problems.NOT_WHOLE)
    return whole


def _count(value: Any) -> int:
    if isinstance(value, dict):
        return sum(map(_count, value.values()))
    if isinstance(value, list):
        return sum(map(_count, value))
    return int(value == PLACE)
