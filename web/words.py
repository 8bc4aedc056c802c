"""The words of a form that could not be taken: its session had ended, or a fresh proof was asked for. They come back when the form is shown again.

They travel in the browser, in cookies, because they have to outlive every way of signing in, also the one by another site; so no stranger fills
the hub's memory with them. Each is encrypted under a key that only the hub has and bound to whoever typed it: who sits down at the same browser
and signs in as somebody else reads nothing. They are in no address and in no log, and they go when they are shown, when somebody signs out, and
after half an hour.
"""

import hashlib
import hmac
import json
import re
import secrets
import zlib
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from aiohttp.web import AppKey, Request, RequestKey, Response, StreamResponse
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from web.cookies import cookie_name, delete_cookie, secret_of, set_cookie
from web.pages import PAGES

KEPT_FOR: Final = timedelta(minutes=30)
WHO: Final = "shuniu-who"
"""Cookie that tells whose words may come back: a digest of the person that only the hub can make."""
PIECES: Final = ("shuniu-words-0", "shuniu-words-1")
LETTERS: Final = 3_400
"""Of one cookie: browsers take 4,096 with its name and attributes, and servers a line of 8,190 for all of them together."""
RESUME: Final = "/resume"
NEVER: Final = frozenset(
    {"token", "answer", "challenge", "next", "etag", "request_id", "sealed", "page_token", "passkey", "subject"}  # the last is a person's number
)
"""Fields that do not come back: secrets, what the page sets anew, and the number of whoever is searched for, which is shown on no page."""
_LIKE_AN_ID: Final = re.compile(r"(?<![0-9])[0-9]{15}(?:[0-9]{2}[0-9Xx])?(?![0-9])")
_LABEL: Final = b"shuniu words of a form"
_NONCE: Final = 12
_SEALED: Final = re.compile(r"[A-Za-z0-9_=-]{1,8000}", re.ASCII)
_UNPACKED: Final = 256 * 1024


@dataclass(frozen=True, slots=True)
class Words:
    """What was typed: into the form with this address (`action`) on this page (`place`); `whole` is false where it was too long to be kept."""

    place: str
    action: str
    fields: Mapping[str, str]
    whole: bool = True


class Keeper:
    """The key of the words, the same in every process of the hub."""

    def __init__(self) -> None:
        """Begin without it: the database has it."""
        self._key = b""

    def load(self, request: Request) -> None:
        """Fetch the key once."""
        self._key = self._key or request.app[PAGES].certs.page_key("words")

    def who(self, *person: str) -> str:
        """Return the digest that stands for a person."""
        return urlsafe_b64encode(hmac.digest(self._key, "\0".join(person).encode(), "sha256")).rstrip(b"=").decode()

    def seal(self, words: Words, who: str, at: datetime) -> str:
        """Return words that only the same person reads again."""
        told = [words.place, words.action, dict(words.fields), words.whole, int(at.timestamp())]
        nonce = secrets.token_bytes(_NONCE)
        packed = zlib.compress(json.dumps(told, ensure_ascii=False).encode(), 9)
        return urlsafe_b64encode(nonce + self._cipher().encrypt(nonce, packed, who.encode())).decode()

    def open(self, text: str, who: str, at: datetime) -> Words | None:
        """Return the words, None where they are somebody else's or too old."""
        try:
            data = urlsafe_b64decode(text)
            packed = self._cipher().decrypt(data[:_NONCE], data[_NONCE:], who.encode())
            place, action, fields, whole, since = json.loads(zlib.decompressobj().decompress(packed, _UNPACKED))
        except (InvalidTag, ValueError, zlib.error):
            return None
        return Words(place, action, fields, whole) if at.timestamp() - since < KEPT_FOR.total_seconds() else None

    def _cipher(self) -> AESGCM:
        return AESGCM(hmac.new(self._key, _LABEL, hashlib.sha256).digest())


KEEPER: Final = AppKey("keeper", Keeper)
PERSON: Final = RequestKey("person", str)
"""Whose request it is, as the cookie tells it; set where somebody is signed in."""


def know(request: Request, *person: str) -> None:
    """Note who sends a request: from now on a form of theirs that cannot be taken is kept for them."""
    request.app[KEEPER].load(request)
    request[PERSON] = request.app[KEEPER].who(*person)


def typed(fields: Mapping[str, str]) -> dict[str, str]:
    """Return of a form's fields what may come back: no secret, and nothing that looks like somebody's ID number."""
    return {name: text for name, text in fields.items() if name not in NEVER and not _LIKE_AN_ID.search(re.sub(r"[\s.-]", "", text))}


def keep(request: Request, response: Response, words: Words) -> None:
    """Give the browser the words to keep; of those that are too long for it the place alone, and that they were."""
    keeper, who, at = request.app[KEEPER], secret_of(request, WHO), request.app[PAGES].clock.now()
    keeper.load(request)
    sealed = keeper.seal(words, who, at)
    if len(sealed) > LETTERS * len(PIECES):
        sealed = keeper.seal(Words(words.place, words.action, {}, whole=False), who, at)
    for place, name in enumerate(PIECES):
        set_cookie(request, response, name, sealed[place * LETTERS : (place + 1) * LETTERS], seconds=int(KEPT_FOR.total_seconds()))


def kept(request: Request) -> Words | None:
    """Return the words that whoever is signed in may have back."""
    who = request.get(PERSON)
    text = _text(request)
    return request.app[KEEPER].open(text, who, request.app[PAGES].clock.now()) if who and text else None


def waits(request: Request) -> bool:
    """Tell whether a browser brings words, whosoever they are."""
    return bool(_text(request))


def forget(request: Request, response: StreamResponse) -> None:
    """Have the browser forget the words."""
    for name in PIECES:
        if cookie_name(request, name) in request.cookies:
            delete_cookie(request, response, name)


def remember_who(request: Request, response: StreamResponse) -> None:
    """Have the browser know whose words it keeps."""
    who = request.get(PERSON)
    if who and secret_of(request, WHO) != who:
        set_cookie(request, response, WHO, who)


def _text(request: Request) -> str:
    text = "".join(request.cookies.get(cookie_name(request, name), "") for name in PIECES)
    return text if _SEALED.fullmatch(text[: LETTERS * len(PIECES)]) else ""
