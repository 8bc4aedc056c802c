"""The two languages of the pages: every text stands in `texts.toml` with its Chinese and its English, or the hub does not start."""

import re
import tomllib
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from aiohttp.web import Request, RequestKey, StreamResponse, middleware

from hub.errors import ConfigError
from web.pages import PAGES

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
            raise ConfigError(f"text {name} is no table of zh and en")
        if all(isinstance(part, dict) for part in value.values()):
            _flatten(f"{name}.", value, found)
        elif set(value) != set(LANGUAGES) or not all(isinstance(part, str) and part.strip() for part in value.values()):
            raise ConfigError(f"text {name} lacks zh or en")
        else:
            found[name] = value


TEXTS: Final = load_texts()


@dataclass(frozen=True, slots=True)
class Speech:
    """One language, as a template speaks it."""

    code: str

    @property
    def tag(self) -> str:
        """Return the language tag of BCP 47."""
        return "zh-CN" if self.code == "zh" else "en"

    @property
    def other(self) -> "Speech":
        """Return the other language."""
        return Speech("en" if self.code == "zh" else "zh")

    def __call__(self, key: str, **values: object) -> str:
        """Return a text with its values put in; an unknown key is a mistake of ours and raises KeyError."""
        text = TEXTS[key][self.code]
        return text.format(**values) if values else text

    def word(self, group: str, value: str) -> str:
        """Return the word for a value of a closed list, the value itself where the list has grown beyond the table."""
        text = TEXTS.get(f"{group}.{value}")
        return text[self.code] if text else value


SPEECH: Final = RequestKey("speech", Speech)


def speech_of(request: Request) -> Speech:
    """Return the language of a request: asked for in the address, else remembered, else the browser's, else Chinese."""
    for wish in (request.query.get(COOKIE), request.cookies.get(COOKIE)):
        if wish in LANGUAGES:
            return Speech(str(wish))
    return Speech(_preferred(request.headers.get("Accept-Language", "")))


def _preferred(header: str) -> str:
    """Return the first of our languages by weight (RFC 9110 section 12.5.4)."""
    best, heaviest = LANGUAGES[0], 0.0
    for part in header[:_LONGEST_HEADER].split(","):
        found = _WEIGHT.fullmatch(part)
        if found and found[1].lower() in LANGUAGES and (weight := float(found[2] or 1)) > heaviest:
            best, heaviest = found[1].lower(), weight
    return best


@middleware
async def speaking(request: Request, handler: Callable[[Request], Awaitable[StreamResponse]]) -> StreamResponse:
    """Choose the language, and remember one that was asked for in the address."""
    request[SPEECH] = speech_of(request)
    response = await handler(request)
    if request.query.get(COOKIE) in LANGUAGES and not response.prepared:
        response.set_cookie(
            COOKIE, request[SPEECH].code, max_age=_YEAR, path="/", httponly=True, samesite="Lax", secure=request.app[PAGES].secure_cookies
        )
    return response
