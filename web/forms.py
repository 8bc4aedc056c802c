"""Forms that strangers send: read with caps, counted while they arrive, and refused with a reason."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final
from urllib.parse import parse_qsl

from aiohttp import BodyPartReader
from aiohttp.http_exceptions import HttpProcessingError
from aiohttp.web import Request, RequestPayloadError

from hub.errors import LimitError
from licenses.qr import MAX_BYTES
from web.reasons import BODY_TOO_LARGE, CROSS_SITE, FORM_MALFORMED, FORM_TYPE

MAX_TEXTS: Final = 64 * 1024
MAX_FIELDS: Final = 32
_CHUNK: Final = 64 * 1024


@dataclass(frozen=True, slots=True)
class Form:
    """The fields of one form, each at most once, and the bytes of the picture that came with it."""

    fields: Mapping[str, str]
    picture: bytes = b""

    def text(self, name: str) -> str:
        """Return a field without blanks around it, empty where it was not sent."""
        return self.fields.get(name, "").strip()


def too_large() -> LimitError:
    """Return the refusal of a body that is larger than any page needs."""
    return BODY_TOO_LARGE(most=MAX_BYTES >> 20)


async def read_form(request: Request, picture: str = "", picture_cap: int = 0) -> Form:
    """Read a posted form; `picture` names the one file field, with its cap in bytes.

    A browser says where a form was posted from (Sec-Fetch-Site): one from another site is refused before it is read.
    """
    # where the header is missing (programs, old browsers) the form's token alone decides
    if request.headers.get("Sec-Fetch-Site", "same-origin") not in {"same-origin", "none"}:
        raise CROSS_SITE()
    # the length that is announced; what really comes is counted below
    if (request.content_length or 0) > MAX_TEXTS + picture_cap:
        raise too_large()
    try:
        if request.content_type == "application/x-www-form-urlencoded":
            return Form(_unique(_pairs(await _read(request))))
        if request.content_type == "multipart/form-data" and picture:
            return await _read_parts(request, picture, picture_cap)
    # what the parser of multipart bodies and the decoders raise for broken input
    except (ValueError, TypeError, LookupError, AssertionError, RuntimeError, RequestPayloadError, HttpProcessingError):
        raise FORM_MALFORMED() from None
    raise FORM_TYPE()


async def _read(request: Request) -> bytes:
    body = bytearray()
    async for chunk in request.content.iter_chunked(_CHUNK):
        body += chunk
        if len(body) > MAX_TEXTS:
            raise too_large()
    return bytes(body)


async def _read_parts(request: Request, picture: str, cap: int) -> Form:
    pairs: list[tuple[str, str]] = []
    left, sent = MAX_TEXTS, b""
    async for part in await request.multipart():
        if not isinstance(part, BodyPartReader) or not part.name or len(pairs) >= MAX_FIELDS:
            raise ValueError("a form has a few named, flat parts")
        if part.name == picture:
            if sent:
                raise ValueError("one picture at a time")
            sent = await _read_part(part, cap)
        else:
            # all texts share one cap
            value = await _read_part(part, left)
            left -= len(value)
            pairs.append((part.name, value.decode("utf-8")))
    return Form(_unique(pairs), sent)


async def _read_part(part: BodyPartReader, cap: int) -> bytes:
    value = bytearray()
    while chunk := await part.read_chunk(_CHUNK):
        value += chunk
        if len(value) > cap:
            raise too_large()
    return bytes(value)


def _pairs(body: bytes) -> list[tuple[str, str]]:
    return parse_qsl(body.decode("ascii"), keep_blank_values=True, errors="strict", max_num_fields=MAX_FIELDS)


def _unique(pairs: list[tuple[str, str]]) -> dict[str, str]:
    fields = dict(pairs)
    if len(fields) != len(pairs):
        # readers disagree which of two counts, so neither does
        raise ValueError("a field is repeated")
    return fields
