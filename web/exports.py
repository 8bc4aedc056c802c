"""The published directory as files, the whole of it or one entry: DCAT-AP in two syntaxes, and the guide's columns as CSV."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from hashlib import sha256
from typing import Final, NamedTuple

from aiohttp.web import Request, Response

from catalog.export import Format, Written
from web.directory import versions_in_force
from web.pages import PAGES
from web.published import is_known, public
from web.reasons import EXPORT_BEING_WRITTEN
from web.reception import VISITOR, in_thread

PATIENCE: Final = 20.0
"""Seconds that a file is waited for; a page has 30."""
_RETRY: Final = 30.0


class _Kind(NamedTuple):
    form: Format
    content_type: str


KINDS: Final[Mapping[str, _Kind]] = {
    "ttl": _Kind(Format.TURTLE, "text/turtle"),
    "jsonld": _Kind(Format.JSON_LD, "application/ld+json"),
    "csv": _Kind(Format.CSV, "text/csv"),
}
"""By the ending of the address."""
ENDING: Final = "{ending:" + "|".join(KINDS) + "}"


async def directory_file(request: Request) -> Response:
    """Serve the whole directory, written once for all who wait for it.

    Whoever waits holds no stranger's place, and the file leaves when the answer is made: a slow reader holds a connection and nothing else.
    """
    kind = KINDS[request.match_info["ending"]]
    request[VISITOR].rest()
    try:
        async with asyncio.timeout(PATIENCE):
            # shielded: whoever gives up leaves the others' file alone
            written = await asyncio.shield(asyncio.wrap_future(request.app[PAGES].catalog.export(kind.form)))
    except TimeoutError:
        raise EXPORT_BEING_WRITTEN(retry_after=_RETRY) from None
    return _answer(request, f"directory.{request.match_info['ending']}", written.sha256, written)


async def entry_file(request: Request) -> Response:
    """Serve one entry, the version in force."""
    ending = request.match_info["ending"]
    (entry,) = (one for one in await versions_in_force(request) if one.is_in_force)
    body = await in_thread(request, request.app[PAGES].catalog.export_entry, entry, KINDS[ending].form)
    return _answer(request, f"{entry.id}.{ending}", sha256(body).hexdigest(), body)


def _answer(request: Request, name: str, digest: str, body: Written | bytes) -> Response:
    tag, kind = digest[:32], KINDS[request.match_info["ending"]]
    if is_known(request, tag):
        response = Response(status=304)
    elif isinstance(body, bytes):
        response = Response(body=body, content_type=kind.content_type, charset="utf-8")
    else:
        length = {"Content-Length": str(len(body.body))}
        response = Response(body=_stream(body), headers=length, content_type=kind.content_type, charset="utf-8")
    response.headers["ETag"] = f'"{tag}"'
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return public(response, "no-cache")


async def _stream(written: Written) -> AsyncIterator[bytes]:
    for piece in written.pieces():
        yield piece
        # a fast reader does not hold the others up for the length of a file
        await asyncio.sleep(0)
