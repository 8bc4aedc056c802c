"""Public verification of a license code: paste the text or upload a picture, read the verdict. Nothing of it is stored or logged."""

from collections.abc import Callable
from typing import Any, Final

from aiohttp.web import Request

from hub.errors import InvalidInputError
from hub.wire import facts
from shuniu.codes import qr
from shuniu.codes.code import MAX_CHARACTERS
from shuniu.codes.verification import IssuedByPredecessor
from web.cookies import FORM, secret_of
from web.errors import facts_of
from web.forms import Form, read_form
from web.page import View
from web.pages import PAGES, Pages
from web.reasons import CODE_MISSING
from web.reception import in_thread
from web.sessions import check_token, seed_of, token_of

_LIMITS: Final = {"text_characters": MAX_CHARACTERS, "picture_bytes": qr.MAX_BYTES, "picture_formats": list(qr.formats())}
_NO_CODE: Final = "NOT_A_LICENSE_CODE"


async def code_form(request: Request) -> View:
    """Show the form."""
    return _view(request, None)


async def verify_form(request: Request) -> View:
    """Verify the code in a form that our own page issued."""
    return await _verify(request, lambda form: check_token(form, secret_of(request, FORM)))


async def verify_request(request: Request) -> View:
    """Verify the code that a program sends. It needs no token: no cookie decides anything here and nothing is changed."""
    return await _verify(request, lambda _: None)


async def _verify(request: Request, check: Callable[[Form], None]) -> View:
    form = await read_form(request, picture=qr.MAX_BYTES)
    check(form)
    try:
        text = await _text_of(request, form)
    except InvalidInputError as flaw:
        return _view(request, None, flaw)
    return _view(request, await in_thread(request, _verdict, request.app[PAGES], text))


async def _text_of(request: Request, form: Form) -> str:
    text = form.text("code")
    if bool(text) is bool(form.file("picture")):
        raise CODE_MISSING(field="code")
    return text or await in_thread(request, qr.read_apart, form.file("picture"))


def _verdict(pages: Pages, text: str) -> dict[str, Any]:
    verdict = pages.licenses.verify_code(text)
    kind = pages.licenses.types.get(verdict.type_code)
    labels = {one.name: facts(one, "zh", "en") for one in kind.fields} if kind else {}
    return facts(
        verdict,
        "outcome",
        "reason",
        message={"zh": verdict.zh, "en": verdict.message},
        is_license_code=verdict.reason != _NO_CODE,
        checked_at=verdict.checked_at,
        status_reason=verdict.status_reason,
        superseded_by=verdict.superseded_by,
        issuer=verdict.issuer,
        issuer_title=verdict.department,
        issued_by_predecessor=_predecessor(verdict.issued_by_predecessor),
        identifier=verdict.identifier,
        # whose list knows the license, knows where it is verified
        verify_at=f"{verdict.status.uri.rpartition('/status/')[0]}/verify" if verdict.status and "/status/" in verdict.status.uri else "",
        type={"code": verdict.type_code, "name": verdict.name, "verified": kind is not None and kind.verified},
        number=verdict.number,
        holder_short=verdict.holder_short,
        issue_date=verdict.issue_date,
        valid_to=verdict.valid_to,
        # an unreadable code has no end either, and is not 长期
        long_term=bool(verdict.identifier) and verdict.valid_to is None,
        public=[{"name": name, "label": labels.get(name, {"zh": name, "en": name}), "value": value} for name, value in verdict.public],
        warnings=verdict.warnings,
        foreign_host=verdict.foreign_host,
        status_age_seconds=None if verdict.status_age is None else int(verdict.status_age.total_seconds()),
        status_old=verdict.amber,
    )


def _predecessor(passed: IssuedByPredecessor | None) -> dict[str, Any] | None:
    if passed is None:
        return None
    return facts(passed, "predecessor_title", "successor_titles", "since", message={"zh": passed.zh, "en": passed.message})


def _view(request: Request, verdict: dict[str, Any] | None, flaw: InvalidInputError | None = None) -> View:
    page = {"verdict": verdict, "error": facts_of(flaw) if flaw else None, "limits": _LIMITS}
    seed = seed_of(request)
    return View("verify.html", page, {"token": token_of(seed)}, status=flaw.http if flaw else 200, private=True, seed=seed)
