"""A browser without a window: the officers of the story sign in and press buttons at the hub's real pages, through the door that people use."""

from dataclasses import dataclass, field
from html.parser import HTMLParser
from http.cookiejar import CookieJar
from typing import Final
from urllib.error import HTTPError
from urllib.parse import urlencode, urljoin
from urllib.request import HTTPCookieProcessor, Request, build_opener

from cli.demo.expectation import StoryError

PATIENCE: Final = 20.0
_CHINESE: Final = {"Accept-Language": "zh-CN"}


@dataclass(slots=True)
class _Form:
    """A form of a page: where it goes, what it holds, and its buttons by what stands on them."""

    action: str
    fields: dict[str, str] = field(default_factory=dict)
    buttons: dict[str, tuple[str, str]] = field(default_factory=dict)


class _Page(HTMLParser):
    """What a browser finds on a page: its forms and its text."""

    def __init__(self, html: str) -> None:
        """Read the page."""
        super().__init__()
        self.forms: list[_Form] = []
        self.text = ""
        self._button: tuple[str, str] | None = None
        self._label = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Take note of a form, a field or a button."""
        known = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.forms.append(_Form(known.get("action", "")))
        elif tag == "input" and known.get("name") and self.forms:
            self.forms[-1].fields[known["name"]] = known.get("value", "")
        elif tag == "button":
            self._button, self._label = (known.get("name", ""), known.get("value", "")), ""

    def handle_data(self, data: str) -> None:
        """Take note of text, and of what stands on a button."""
        self.text += data
        self._label += data

    def handle_endtag(self, tag: str) -> None:
        """Put a button to its form."""
        if tag == "button" and self._button is not None and self.forms:
            self.forms[-1].buttons[self._label.strip()] = self._button
            self._button = None


class Browser:
    """Keeps cookies, follows redirects, and stands on one page at a time."""

    def __init__(self, web: str) -> None:
        """Take the address of the pages, as a browser on this machine is given it."""
        self.web, self.address = web, ""
        self._opener = build_opener(HTTPCookieProcessor(CookieJar()))
        self._page = _Page("")

    @property
    def text(self) -> str:
        """Return what stands on the page."""
        return self._page.text

    def open(self, address: str) -> None:
        """Open a page: one of the hub's by its path, any by its address."""
        self._go(Request(urljoin(self.web, address), headers=_CHINESE))  # noqa: S310 - the demo's own loopback addresses

    def press(self, label: str) -> None:
        """Press the first button that begins with a text."""
        for form in self._page.forms:
            for text, (name, value) in form.buttons.items():
                if text.startswith(label):
                    fields = {**form.fields, **({name: value} if name else {})}
                    body = urlencode(fields).encode()
                    self._go(Request(urljoin(self.address, form.action), body, _CHINESE))  # noqa: S310 - as above
                    return
        raise StoryError(f"没有按钮 no button {label!r}: {self.address}")

    def _go(self, request: Request) -> None:
        try:
            with self._opener.open(request, timeout=PATIENCE) as answer:
                html, self.address, further = answer.read().decode(), answer.url, answer.headers.get("Refresh", "")
        except HTTPError as error:
            with error:
                raise StoryError(f"{error.code} {error.url}: {' '.join(_Page(error.read().decode()).text.split())[:300]}") from None
        self._page = _Page(html)
        # a page that leads on by itself, as after the way back from an identity provider
        if "url=" in further:
            self.open(urljoin(self.address, further.partition("url=")[2]))
