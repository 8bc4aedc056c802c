"""Forms that strangers send: received whole, with caps, before a byte of them is looked at; refused with a reason."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import parse_qsl

from aiohttp import BodyPartReader, MultipartReader, StreamReader
from aiohttp.base_protocol import BaseProtocol
from aiohttp.http_exceptions import HttpProcessingError
from aiohttp.web import Request, RequestKey, RequestPayloadError

from web.errors import too_large
from web.reasons import CROSS_SITE, FORM_MALFORMED, FORM_TYPE
from web.reception import VISITOR

MAX_TEXTS: Final = 64 * 1024
MAX_FIELDS: Final = 32
_CHUNK: Final = 64 * 1024


@dataclass(frozen=True, slots=True)
class Form:
    """The fields of one form, each at most once, and the bytes of the files that came with it."""

    fields: Mapping[str, str]
    files: Mapping[str, bytes] = field(default_factory=dict)

    def text(self, name: str) -> str:
        """Return a field without blanks around it, empty where it was not sent."""
        return self.fields.get(name, "").strip()

    def file(self, name: str) -> bytes:
        """Return a file's bytes, empty where it was not sent."""
        return self.files.get(name, b"")


READ: Final = RequestKey("read", Form)
"""The form of a request, once it was read."""


async def read_form(request: Request, **caps: int) -> Form:
    """Read a posted form; `caps` names its file fields, each with its cap in bytes.

    A browser says where a form was posted from (Sec-Fetch-Site): one from another site is refused before it is read.
    """
    # where the header is missing (programs, old browsers) the form's token alone decides
    if request.headers.get("Sec-Fetch-Site", "same-origin") not in {"same-origin", "none"}:
        raise CROSS_SITE()
    parts = request.content_type == "multipart/form-data" and bool(caps)
    if not parts and request.content_type != "application/x-www-form-urlencoded":
        raise FORM_TYPE()
    most = MAX_TEXTS + (sum(caps.values()) if parts else 0)
    # the length that is announced; what really comes is counted while it arrives
    if (request.content_length or 0) > most:
        raise too_large(most)
    try:
        body = await request[VISITOR].receive(request, most)
        request[READ] = form = await _read_parts(request, body, caps) if parts else Form(_unique(_pairs(body)))
    # what the parser of multipart bodies and the decoders raise for broken input
    except (ValueError, TypeError, LookupError, AssertionError, RuntimeError, RequestPayloadError, HttpProcessingError):
        raise FORM_MALFORMED() from None
    return form


async def _read_parts(request: Request, body: bytes, caps: Mapping[str, int]) -> Form:
    pairs: list[tuple[str, str]] = []
    left = MAX_TEXTS
    files: dict[str, bytes] = {}
    async for part in MultipartReader(request.headers, _stream_of(body)):
        if not isinstance(part, BodyPartReader) or not part.name or len(pairs) >= MAX_FIELDS:
            raise ValueError("a form has a few named, flat parts")
        if part.name in caps:
            if files.get(part.name):
                raise ValueError("one file of a name at a time")
            files[part.name] = await _read_part(part, caps[part.name])
        else:
            # all texts share one cap
            value = await _read_part(part, left)
            left -= len(value)
            pairs.append((part.name, value.decode("utf-8")))
    return Form(_unique(pairs), files)


def _stream_of(body: bytes) -> StreamReader:
    """Return a body that has arrived as the stream that the parser wants."""
    loop = asyncio.get_running_loop()
    stream = StreamReader(BaseProtocol(loop), len(body) + 1, loop=loop)  # so large that it never asks the protocol to pause
    stream.feed_data(body)
    stream.feed_eof()
    return stream


async def _read_part(part: BodyPartReader, cap: int) -> bytes:
    value = bytearray()
    while chunk := await part.read_chunk(_CHUNK):
        value += chunk
        if len(value) > cap:
            raise too_large(cap)
        await asyncio.sleep(0)  # between the pieces of a large picture others' calls are answered
    return bytes(value)


def _pairs(body: bytes) -> list[tuple[str, str]]:
    return parse_qsl(body.decode("ascii"), keep_blank_values=True, errors="strict", max_num_fields=MAX_FIELDS)


def _unique(pairs: list[tuple[str, str]]) -> dict[str, str]:
    fields = dict(pairs)
    if len(fields) != len(pairs):
        # readers disagree which of two counts, so neither does
        raise ValueError("a field is repeated")
    return fields
