"""A browser without a window, for sign-in: it keeps cookies, follows nothing by itself, and knows what SameSite=Strict means."""

import re
from dataclasses import dataclass, field
from html import unescape
from urllib.error import HTTPError
from urllib.parse import urlencode
from urllib.request import HTTPRedirectHandler, Request, build_opener


@dataclass(frozen=True)
class Answer:
    status: int
    text: str
    to: str
    refresh: str
    cookies: tuple[str, ...]


class _Nowhere(HTTPRedirectHandler):
    def redirect_request(self, *_args: object) -> None:
        return None


@dataclass
class Visitor:
    """Somebody at the pages of the hub; cookies by name, of all hosts together."""

    web: str
    cookies: dict[str, str] = field(default_factory=dict)
    strict: set[str] = field(default_factory=set)

    def ask(self, address: str, form: dict[str, str] | None = None, *, from_elsewhere: bool = False) -> Answer:
        url = address if "://" in address else f"{self.web}{address}"
        kept = {name: value for name, value in self.cookies.items() if not (from_elsewhere and name in self.strict)}
        headers = {"Cookie": "; ".join(f"{name}={value}" for name, value in kept.items())} if kept else {}
        request = Request(url, urlencode(form).encode() if form is not None else None, headers)  # noqa: S310 - http of this machine
        try:
            answer = build_opener(_Nowhere()).open(request, timeout=20)
        except HTTPError as error:
            answer = error
        with answer:
            said = tuple(answer.headers.get_all("Set-Cookie") or ())
            for one in said:
                name, _, value = one.partition(";")[0].partition("=")
                (self.strict.add if "samesite=strict" in one.lower() else self.strict.discard)(name)
                if "max-age=0" in one.lower() or not value.strip('"'):
                    self.cookies.pop(name, None)
                else:
                    self.cookies[name] = value
            text = answer.read().decode()
            return Answer(answer.status or 0, text, answer.headers.get("Location", ""), answer.headers.get("Refresh", ""), said)

    def begin(self, who: str = "officer", more: str = "") -> str:
        """Press the button of the provider; return the address to which the browser is led."""
        return self.ask(f"/sign-in/provider?as={who}{more}").to

    def choose(self, address: str, at: int) -> str:
        """Choose somebody at the practice provider; return the address by which it leads back."""
        page = self.ask(address)
        found = re.search(r'action="([^"]+)"', page.text)
        assert found, page.text
        issuer = address.partition("/authorize")[0]
        return self.ask(f"{issuer}{unescape(found[1])}", {"who": str(at)}).to

    def sign_in(self, who: str, at: int, more: str = "") -> Answer:
        return self.ask(self.choose(self.begin(who, more), at), from_elsewhere=True)
