"""The two languages of the pages. Every text is in `texts.toml`, in Chinese and English; a missing one stops the start."""

import re
import tomllib
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from aiohttp.web import Request, RequestKey, StreamResponse, middleware

from web.pages import PAGES
from web.reasons import TEXT_INCOMPLETE

LANGUAGES: Final = ("zh", "en")
COOKIE: Final = "lang"
_FILE: Final = Path(__file__).with_name("texts.toml")
_YEAR: Final = 365 * 24 * 3600
_WEIGHT: Final = re.compile(r"\s*([a-z]{1,8}|\*)(?:-[a-z0-9-]{1,20})?\s*(?:;\s*q\s*=\s*([01](?:\.[0-9]{0,3})?)\s*)?", re.IGNORECASE)
_LONGEST_HEADER: Final = 500


def load_texts(path: Path = _FILE) -> Mapping[str, Mapping[str, str]]:
    """Return {key: {"zh", "en"}}; raise ConfigError naming the first text that lacks a language."""
    found: dict[str, Mapping[str, str]] = {}
    _flatten("", tomllib.loads(path.read_text(encoding="utf-8")), found)
    return found


def _flatten(prefix: str, table: Mapping[str, Any], found: dict[str, Mapping[str, str]]) -> None:
    for key, value in table.items():
        name = f"{prefix}{key}"
        if not isinstance(value, dict):
            raise TEXT_INCOMPLETE(key=name)
        # a table of tables is a group; a text is a table of two strings
        if all(isinstance(part, dict) for part in value.values()):
            _flatten(f"{name}.", value, found)
        elif set(value) != set(LANGUAGES) or not all(isinstance(part, str) and part.strip() for part in value.values()):
            raise TEXT_INCOMPLETE(key=name)
        else:
            found[name] = value


TEXTS: Final = load_texts()


@dataclass(frozen=True, slots=True)
class Language:
    """One of the two languages, as a template uses it."""

    code: str

    @property
    def tag(self) -> str:
        """Return the language tag of BCP 47."""
        return "zh-CN" if self.code == "zh" else "en"

    @property
    def other(self) -> "Language":
        """Return the other language."""
        return Language("en" if self.code == "zh" else "zh")

    def __call__(self, key: str, **values: object) -> str:
        """Return a text with its values filled in; an unknown key is our mistake and raises KeyError."""
        text = TEXTS[key][self.code]
        return text.format(**values) if values else text

    def word(self, group: str, value: str) -> str:
        """Return the word for a value of a closed list; a value without a word stands for itself."""
        text = TEXTS.get(f"{group}.{value}")
        return text[self.code] if text else value


LANGUAGE: Final = RequestKey("language", Language)


def language_of(request: Request) -> Language:
    """Return the language of a request: from the address, else the cookie, else the browser's preference, else Chinese."""
    for wish in (request.query.get(COOKIE), request.cookies.get(COOKIE)):
        if wish in LANGUAGES:
            return Language(str(wish))
    return Language(_preference(request.headers.get("Accept-Language", "")))


def _preference(header: str) -> str:
    """Return the first of our languages by weight (RFC 9110 section 12.5.4)."""
    best, heaviest = LANGUAGES[0], 0.0
    for part in header[:_LONGEST_HEADER].split(","):
        # a weight of 0 says "not this one" (RFC 9110 section 12.4.2) and is never heavier than the start
        found = _WEIGHT.fullmatch(part)
        if found and found[1].lower() in LANGUAGES and (weight := float(found[2] or 1)) > heaviest:
            best, heaviest = found[1].lower(), weight
    return best


@middleware
async def choose_language(request: Request, handler: Callable[[Request], Awaitable[StreamResponse]]) -> StreamResponse:
    """Choose the language; one given in the address is remembered by a cookie."""
    request[LANGUAGE] = language_of(request)
    response = await handler(request)
    # a response that has begun takes no more headers
    if request.query.get(COOKIE) in LANGUAGES and not response.prepared:
        response.set_cookie(
            COOKIE, request[LANGUAGE].code, max_age=_YEAR, path="/", httponly=True, samesite="Lax", secure=request.app[PAGES].secure_cookies
        )
    return response
