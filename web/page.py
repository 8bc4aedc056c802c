"""One page: a handler gathers facts, which become HTML through a template, or JSON. The template adds words, never facts."""

import json
import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlencode

from aiohttp.web import Request, Response, RouteDef, StreamResponse, route
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape

from shuniu.zone import CHINA
from web.assets import address_of
from web.cookies import FORM, set_cookie
from web.filling import fill
from web.language import COOKIE, LANGUAGE
from web.pages import PAGES
from web.words import Words, forget, kept

_FIRST_WORD: Final = re.compile("^[a-z]+(?= )")
_COMMAND: Final = re.compile("`([^`]+)`")
_TEMPLATES: Final = Environment(
    loader=FileSystemLoader(Path(__file__).with_name("templates")),
    autoescape=True,
    # a fact that the handler forgot is an error and not an empty place on the page
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
    auto_reload=False,
)


@dataclass(frozen=True, slots=True)
class View:
    """What a page says. `facts` are the whole of its JSON; `form` is what only the HTML form needs (tokens, what was typed).

    `private` keeps the page out of every cache; `seed` is the secret of its forms, which the browser gets as a cookie.
    """

    template: str
    facts: Mapping[str, Any]
    form: Mapping[str, Any] = field(default_factory=dict)
    status: int = 200
    private: bool = False
    seed: str = ""


Handler = Callable[[Request], Awaitable[View | StreamResponse]]


def pair(method: str, path: str, handler: Handler) -> list[RouteDef]:
    """Return the routes of a page and of its JSON, which has the same path with `.json` appended."""
    return [route(method, path, html_handler(handler)), route(method, f"{path}.json", json_handler(handler))]


def html_handler(handler: Handler) -> Callable[[Request], Awaitable[StreamResponse]]:
    """Return the handler that answers with HTML."""

    async def answer(request: Request) -> StreamResponse:
        view = await handler(request)
        return as_html(request, view) if isinstance(view, View) else view

    return answer


def json_handler(handler: Handler) -> Callable[[Request], Awaitable[StreamResponse]]:
    """Return the handler that answers with JSON."""

    async def answer(request: Request) -> StreamResponse:
        view = await handler(request)
        return as_json(view) if isinstance(view, View) else view

    return answer


def as_html(request: Request, view: View) -> Response:
    """Return the page in the language of the request."""
    language = request[LANGUAGE]
    text, shown = _with_words(request, view)
    response = Response(text=text, content_type="text/html", charset="utf-8", status=view.status)
    response.headers["Content-Language"] = language.tag
    # the language follows from both
    response.headers["Vary"] = "Cookie, Accept-Language"
    _set_caching(response, view)
    if view.seed:
        set_cookie(request, response, FORM, view.seed)
    if shown:
        forget(request, response)
    return response


def _with_words(request: Request, view: View) -> tuple[str, bool]:
    """Return the text of the page, and whether the words that were kept of its form stand in it."""
    words = kept(request) if request.method == "GET" else None
    if words is None or words.place != _place(request):
        return _text(request, view, words, "elsewhere" if words else ""), False
    text, found = fill(_text(request, view, words, "here"), words.action, words.fields)
    # the form is not offered any more: what was typed can at least be read
    return (text, True) if found else (_text(request, view, words, "read"), True)


def _text(request: Request, view: View, words: Words | None, back: str) -> str:
    language = request[LANGUAGE]
    return _TEMPLATES.get_template(view.template).render(
        **view.facts,
        form=view.form,
        t=language,
        word=language.word,
        lang=language,
        hub=request.app[PAGES].title,
        foot=request.app[PAGES].foot,
        path=request.path,
        switch=_switch(request, language.other.code),
        asset=address_of,
        back=back,
        words=words,
    )


def _place(request: Request) -> str:
    """Return the address of the page as it stands in a link, without the choice of the language."""
    query = urlencode([(key, value) for key, value in request.query.items() if key != COOKIE], safe="/")
    return f"{request.path}?{query}" if query else request.path


def as_json(view: View) -> Response:
    """Return the facts as JSON in UTF-8, keys in the order in which the handler gave them."""
    text = json.dumps(view.facts, ensure_ascii=False, indent=2)
    response = Response(body=text.encode() + b"\n", content_type="application/json", charset="utf-8", status=view.status)
    _set_caching(response, view)
    return response


def china_time(text: str | None) -> str:
    """Return an ISO 8601 time as it is read in China."""
    return datetime.fromisoformat(text).astimezone(CHINA).strftime("%Y-%m-%d %H:%M:%S") if text else ""


def sentence(text: str) -> str:
    """Return a text whose first word has a capital letter, as a line by itself has; names such as `page_token` stay."""
    return _FIRST_WORD.sub(lambda word: word[0].capitalize(), text)


def commands(text: str) -> Markup:
    """Return a text whose commands, between backticks, are set as code."""
    return Markup(_COMMAND.sub(r"<code>\1</code>", str(escape(text))))  # noqa: S704 - escaped in this line


def _set_caching(response: Response, view: View) -> None:
    response.headers["Cache-Control"] = "no-store" if view.private else "no-cache"


def _switch(request: Request, other: str) -> str:
    """Return the address of this page in the other language; only the query of the address goes into it, never a body.

    Where the query holds a code that has just been used up, there is no second look at the page: nothing.
    """
    if "code" in request.query:
        return ""
    query = [(key, value) for key, value in request.query.items() if key != COOKIE]
    return f"{request.rel_url.raw_path}?{urlencode([*query, (COOKIE, other)])}"


_TEMPLATES.filters |= {"china_time": china_time, "commands": commands, "sentence": sentence}
