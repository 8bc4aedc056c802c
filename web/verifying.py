"""Public verification of a license code: paste the text or upload a picture, read the verdict. Nothing of it is stored or logged."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, Final

from aiohttp.web import AppKey, Request

from hub.errors import InvalidInputError, NotFoundError, UnavailableError
from licenses import qr
from licenses.code import MAX_CHARACTERS
from licenses.license_type import LicenseType
from web.cookies import FORM, secret_of
from web.forms import Form, read_form
from web.page import View, iso
from web.pages import PAGES, Pages
from web.refusals import facts_of, status_of
from web.sessions import check_token, seed_of, token_of

AT_ONCE: Final = 2
WAITING: Final = 16
_LIMITS: Final = {"text_characters": MAX_CHARACTERS, "picture_bytes": qr.MAX_BYTES, "picture_formats": ["PNG", "JPEG"]}
_NO_CODE: Final = "NOT_A_LICENSE_CODE"


class Desk:
    """Reads pictures, a few at once: a crowd of large ones waits or is sent away, and everything else stays quick."""

    def __init__(self) -> None:
        """Open the desk."""
        self._places = asyncio.Semaphore(AT_ONCE)
        self._waiting = 0

    async def read(self, picture: bytes) -> str:
        """Return the text of the one QR code in a picture; raise UnavailableError when too many wait."""
        if self._waiting >= WAITING:
            raise UnavailableError("too many pictures are waiting", zh="当前上传图片过多", next_action="try again in a few seconds", retry_after=3.0)
        self._waiting += 1
        try:
            async with self._places:
                return await asyncio.to_thread(qr.read, picture)
        finally:
            self._waiting -= 1


DESK: Final = AppKey("desk", Desk)


async def ask(request: Request) -> View:
    """Show the form."""
    return _view(request, None)


async def verify_page(request: Request) -> View:
    """Judge the code of a form that our own page gave out."""
    return await _judged(request, lambda form: check_token(form, secret_of(request, FORM)))


async def verify_plain(request: Request) -> View:
    """Judge the code a program sends. It needs no token: no cookie decides anything here and nothing is changed."""
    return await _judged(request, lambda _: None)


async def _judged(request: Request, check: Callable[[Form], None]) -> View:
    form = await read_form(request, "picture", qr.MAX_BYTES)
    check(form)
    try:
        text = await _text_of(form, request.app[DESK].read)
    except InvalidInputError as flaw:
        return _view(request, None, flaw)
    return _view(request, await asyncio.to_thread(_verdict, request.app[PAGES], text))


async def _text_of(form: Form, read: Callable[[bytes], Awaitable[str]]) -> str:
    text = form.fields.get("code", "").lstrip().rstrip("\r\n\t")  # a blank is a character of base45, so the code may end in one
    if bool(text) is bool(form.picture):
        raise InvalidInputError(
            "give either the text of a code or a picture of it", field="code", zh="请粘贴证照码文本，或上传一张二维码图片", reason="CODE_MISSING"
        )
    return text or await read(form.picture)


def _verdict(pages: Pages, text: str) -> dict[str, Any]:
    verdict, words = pages.licenses.verify_code(text)
    if not verdict.identifier and text != text.rstrip():
        verdict, words = pages.licenses.verify_code(text.rstrip())
    kind = _kind(pages, verdict.type_code)
    labels = {one.name: {"zh": one.zh, "en": one.en} for one in kind.fields} if kind else {}
    return {
        "outcome": verdict.outcome,
        "reason": verdict.reason,
        "message": {"zh": verdict.zh, "en": verdict.message},
        "is_license_code": verdict.reason != _NO_CODE,
        "checked_at": iso(verdict.checked_at),
        "status_reason": words,
        "issuer": verdict.issuer,
        "issuer_title": verdict.department,
        "identifier": verdict.identifier,
        "type": {"code": verdict.type_code, "name": verdict.name, "verified": kind is not None and kind.verified},
        "number": verdict.number,
        "holder_short": verdict.holder_short,
        "issue_date": verdict.issue_date.isoformat() if verdict.issue_date else None,
        "valid_to": verdict.valid_to.isoformat() if verdict.valid_to else None,
        "long_term": bool(verdict.identifier) and verdict.valid_to is None,
        "public": [{"name": name, "label": labels.get(name, {"zh": name, "en": name}), "value": value} for name, value in verdict.public],
        "warnings": list(verdict.warnings),
        "status_age_seconds": None if verdict.status_age is None else int(verdict.status_age.total_seconds()),
        "status_old": verdict.amber,
    }


def _kind(pages: Pages, code: str) -> LicenseType | None:
    """Return what is known of a license type; its `verified` tells whether the code was compared with the authority's own publication."""
    try:
        return pages.licenses.types.known(code)
    except NotFoundError:
        return None


def _view(request: Request, verdict: dict[str, Any] | None, flaw: InvalidInputError | None = None) -> View:
    facts = {"verdict": verdict, "error": facts_of(flaw) if flaw else None, "limits": _LIMITS}
    seed = seed_of(request)
    return View("verify.html", facts, {"token": token_of(seed)}, status=status_of(flaw) if flaw else 200, private=True, seed=seed)
