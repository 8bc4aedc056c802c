"""What anybody may fetch and check without asking: status lists, the trust list, the log's checkpoint, key and tiles, and a sign of life."""

import asyncio
import math
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Final

from aiohttp.web import AppKey, Request, Response

from audit.tiles import CHECKPOINT, ENTRIES, MAX_BUNDLE, WIDTH, Tile, read_file
from hub.clock import Clock
from hub.errors import InvalidInputError, NotFoundError, UnavailableError
from web.page import View, as_json, iso
from web.pages import PAGES

MAX_AGE: Final = 60
_FRESH: Final = timedelta(seconds=10)
_MAX_NOTE: Final = 65_536
_HASH: Final = 32
_HEALTH_SECONDS: Final = 2.0


@dataclass(frozen=True, slots=True)
class _Signed:
    """A signed list and when it was signed."""

    body: bytes
    at: datetime

    @property
    def tag(self) -> str:
        return f'"{sha256(self.body).hexdigest()[:32]}"'


class Lists:
    """Signed lists, each signed anew when ten seconds have passed: a crowd of verifiers costs one signature."""

    def __init__(self, clock: Clock) -> None:
        """Keep nothing yet."""
        self._clock = clock
        self._lock = asyncio.Lock()
        self._kept: dict[Hashable, _Signed] = {}

    async def answer(self, request: Request, key: Hashable, make: Callable[[], bytes], content_type: str) -> Response:
        """Answer with a list; `Age` counts from the signature, so no cache shows one that is older than `max-age` (RFC 9111 section 5.1)."""
        async with self._lock:
            now = self._clock.now()
            signed = self._kept.get(key)
            if signed is None or not signed.at <= now < signed.at + _FRESH:
                signed = self._kept[key] = _Signed(await asyncio.to_thread(make), now)
        known = {tag.value for tag in request.if_none_match or ()}
        same = "*" in known or signed.tag.strip('"') in known
        response = Response(status=304) if same else Response(body=signed.body, content_type=content_type)
        response.headers["ETag"] = signed.tag
        response.headers["Age"] = str(math.ceil((now - signed.at).total_seconds()))
        return _open(response, f"public, max-age={MAX_AGE}")


LISTS: Final = AppKey("lists", Lists)


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
    body = await asyncio.to_thread(read_file, request.app[PAGES].publisher.directory / CHECKPOINT, _MAX_NOTE)
    return _open(Response(body=body, content_type="text/plain", charset="utf-8"), "no-cache")


async def log_key(request: Request) -> Response:
    """Serve the log's verifier key, for whoever has no better way to get it."""
    body = f"{request.app[PAGES].publisher.vkey}\n"
    return _open(Response(text=body, content_type="text/plain", charset="utf-8"), "no-cache")


async def tile(request: Request) -> Response:
    """Serve a tile (C2SP tlog-tiles). Only the one spelling of a tile's path is read, so no path leads out of the folder."""
    try:
        wanted = Tile.parse(f"tile/{request.match_info['path']}")
    except InvalidInputError:
        raise NotFoundError("there is no such tile", zh="分片不存在") from None
    cap = MAX_BUNDLE if wanted.level == ENTRIES else WIDTH * _HASH
    body = await asyncio.to_thread(read_file, request.app[PAGES].publisher.directory / wanted.path, cap)
    keep = "public, max-age=31536000, immutable" if wanted.width == WIDTH else f"public, max-age={MAX_AGE}"
    return _open(Response(body=body, content_type="application/octet-stream"), keep)


async def health(request: Request) -> Response:
    """Tell whether the hub answers and can read its database."""
    pages = request.app[PAGES]
    try:
        async with asyncio.timeout(_HEALTH_SECONDS):
            await asyncio.to_thread(pages.certs.list_departments, 1, "")
    except TimeoutError:
        raise UnavailableError("the database does not answer", zh="数据库无响应", retry_after=1.0) from None
    return as_json(View("", {"status": "ok", "time": iso(pages.clock.now())}, private=True))


def _open(response: Response, keep: str) -> Response:
    """Let pages of other hosts read it: offline verifiers run in browsers too, and nothing here is secret."""
    response.headers["Cache-Control"] = keep
    response.headers["Access-Control-Allow-Origin"] = "*"
    response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    return response
