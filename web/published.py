"""What anybody may fetch and check: status lists, the trust list, the log's checkpoint, key and tiles, and the health of the hub."""

import asyncio
import math
from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Final

from aiohttp.web import AppKey, Request, Response

from hub.access import ANYBODY
from hub.clock import Clock
from hub.errors import InvalidInputError
from hub.wire import plain
from shuniu.proofs.tiles import CHECKPOINT, WIDTH, Tile, TileReader, read_file
from web.log_state import log_facts
from web.page import View, as_json
from web.pages import PAGES
from web.reasons import DATABASE_SILENT, NO_SUCH_TILE
from web.reception import in_thread

MAX_AGE: Final = 60
_FRESH: Final = timedelta(seconds=10)
_MAX_NOTE: Final = 65_536
_HEALTH_SECONDS: Final = 2.0
_DAY: Final = 86_400


@dataclass(frozen=True, slots=True)
class _SignedList:
    """A signed list and when it was signed."""

    body: bytes
    at: datetime

    @property
    def tag(self) -> str:
        return sha256(self.body).hexdigest()[:32]


class SignedLists:
    """Signed lists, each signed again after ten seconds: many verifiers cost one signature."""

    def __init__(self, clock: Clock) -> None:
        """Start without any list."""
        self._clock = clock
        self._lock = asyncio.Lock()
        self._lists: dict[Hashable, _SignedList] = {}

    async def answer(self, request: Request, key: Hashable, make: Callable[[], bytes], content_type: str) -> Response:
        """Answer with a list; `Age` counts from the signature, so no cache shows one that is older than `max-age` (RFC 9111 section 5.1)."""
        # held while signing: who comes meanwhile finds the list that was made
        async with self._lock:
            now = self._clock.now()
            signed = self._lists.get(key)
            if signed is None or not signed.at <= now < signed.at + _FRESH:
                signed = self._lists[key] = _SignedList(await in_thread(request, make), now)
        response = Response(status=304) if is_known(request, signed.tag) else Response(body=signed.body, content_type=content_type)
        response.headers["ETag"] = f'"{signed.tag}"'
        response.headers["Age"] = str(math.ceil((now - signed.at).total_seconds()))
        return public(response, f"public, max-age={MAX_AGE}")


LISTS: Final = AppKey("lists", SignedLists)


async def status_list(request: Request) -> Response:
    """Serve one shard's status list (IETF Token Status List)."""
    shard, licenses = int(request.match_info["shard"]), request.app[PAGES].licenses
    return await request.app[LISTS].answer(request, shard, lambda: licenses.status_list(shard)[0], "application/statuslist+cwt")


async def trust_list(request: Request) -> Response:
    """Serve the signed list of issuing keys."""
    licenses = request.app[PAGES].licenses
    return await request.app[LISTS].answer(request, "trust-list", lambda: licenses.trust_list()[0], "application/cwt")


async def checkpoint(request: Request) -> Response:
    """Serve the newest checkpoint: a small signed text that must never be stale."""
    body = await in_thread(request, read_file, request.app[PAGES].publisher.directory / CHECKPOINT, _MAX_NOTE)
    return public(Response(body=body, content_type="text/plain", charset="utf-8"), "no-cache")


async def log_key(request: Request) -> Response:
    """Serve the log's verifier key, for whoever has no better way to obtain it."""
    body = f"{request.app[PAGES].publisher.vkey}\n"
    return public(Response(text=body, content_type="text/plain", charset="utf-8"), "no-cache")


async def delivery_key(request: Request) -> Response:
    """Serve the public key with which receivers check messages, and anybody the releases of the directory."""
    return public(Response(body=request.app[PAGES].dispatch.key, content_type="application/x-pem-file"), "no-cache")


async def tile(request: Request) -> Response:
    """Serve a tile (C2SP tlog-tiles). Only the one spelling of a tile's path is read, so no path leads out of the folder.

    A partial tile that was taken away because its full one stands is answered as it was: whoever follows an old checkpoint needs no fallback.
    """
    try:
        wanted = Tile.parse(f"tile/{request.match_info['path']}")
    except InvalidInputError:
        raise NO_SUCH_TILE() from None
    body = await in_thread(request, TileReader(request.app[PAGES].publisher.directory).content, wanted)
    # A full tile never changes; a partial one ends when a wider one takes its place.
    keep = "public, max-age=31536000, immutable" if wanted.width == WIDTH else f"public, max-age={MAX_AGE}"
    return public(Response(body=body, content_type="application/octet-stream"), keep)


async def health(request: Request) -> Response:
    """Tell whether the hub answers, can read its database and takes log records; without the last it releases nothing and says 503."""
    pages = request.app[PAGES]
    try:
        async with asyncio.timeout(_HEALTH_SECONDS):
            await in_thread(request, pages.certs.list_departments, ANYBODY, 1, "")
            log = await log_facts(request)
    except TimeoutError:
        raise DATABASE_SILENT(retry_after=1.0) from None
    status = "refusing" if log["refusing"] else "ok"
    now = pages.clock.now()
    # Certificates that end soon are no reason for a 503: the hub works, and a balancer that sent everybody away would make it worse.
    facts = {"status": status, "time": plain(now), "log": log, "certificates": days_left(pages.own.seconds_left(now))}
    return as_json(View("", facts, status=503 if log["refusing"] else 200, private=True))


def is_known(request: Request, tag: str) -> bool:
    """Tell whether whoever asks has what bears this tag already (RFC 9110, section 13.1.2)."""
    known = {one.value for one in request.if_none_match or ()}
    return "*" in known or tag in known


def days_left(seconds: Mapping[str, float]) -> dict[str, float]:
    """Return for how many days each certificate is good, by the name of its file; negative where one has ended."""
    return {name: round(left / _DAY, 1) for name, left in seconds.items()}


def public(response: Response, keep: str) -> Response:
    """Let pages of other hosts read it: offline verifiers run in browsers too, and nothing here is secret."""
    response.headers["Cache-Control"] = keep
    response.headers["Access-Control-Allow-Origin"] = "*"
    response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    return response
