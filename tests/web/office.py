"""Officers at the pages of a whole hub: each signs in by a one-time link and keeps the session."""

import http.cookiejar
import json
import urllib.error
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from tests.web.reading import field as hidden
from tests.world import Member, World


class _Stay(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_args: Any, **_more: Any) -> None:
        return None


@dataclass(frozen=True)
class Answer:
    status: int
    text: str
    headers: Any

    @property
    def place(self) -> str:
        return str(self.headers["Location"])

    @property
    def json(self) -> Any:
        return json.loads(self.text)

    def hidden(self, name: str) -> str:
        return hidden(self.text, name)


@dataclass
class Guest:
    """A browser without scripts, which follows nothing by itself."""

    address: str
    cookies: http.cookiejar.CookieJar = field(default_factory=http.cookiejar.CookieJar)

    def get(self, path: str, language: str = "zh") -> Answer:
        return self._ask(path, None, language)

    def post(self, path: str, headers: Mapping[str, str] | None = None, /, **fields: str) -> Answer:
        return self._ask(path, urlencode(fields).encode(), "zh", headers)

    def send(self, page: str, path: str, **fields: str) -> Answer:
        """Fill in a form of a page and send it."""
        shown = self.get(page)
        given = {name: shown.hidden(name) for name in ("token", "request_id", "name", "etag") if f'name="{name}" value=' in shown.text}
        return self.post(path, **{**given, **fields})

    def _ask(self, path: str, body: bytes | None, language: str, headers: Mapping[str, str] | None = None) -> Answer:
        return self.open(urllib.request.Request(self.address + path, body, {"Accept-Language": language, **(headers or {})}))  # noqa: S310 - the hub of this test

    def open(self, request: urllib.request.Request) -> Answer:
        """Send what was put together elsewhere."""
        opener = urllib.request.build_opener(_Stay(), urllib.request.HTTPCookieProcessor(self.cookies))
        try:
            answer = opener.open(request, timeout=20)
        except urllib.error.HTTPError as refused:
            answer = refused
        with answer:
            return Answer(answer.status, answer.read().decode("utf-8-sig"), answer.headers)


def officer_at(world: World, by: Member, number: str) -> Guest:
    """Return an officer of a department, signed in."""
    link = by.do("InviteOfficer", name=f"departments/{by.department}/officers/{number}", officer="P-1").url
    guest = Guest(world.addresses["web"])
    path = "/login/" + link.rpartition("/")[2]
    assert guest.post(path, token=guest.get(path).hidden("token")).status == 303
    return guest
