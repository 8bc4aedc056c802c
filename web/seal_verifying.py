"""Public verification of a seal, or of a stamp on a document: upload it, read the report. Nothing of it is stored or logged."""

import re
from collections.abc import Callable
from typing import Any, Final

from aiohttp.web import Request

from hub.errors import InvalidInputError
from hub.wire import facts
from seals.registry import Examination
from shuniu.seals.kinds import STAMP, kind_of
from shuniu.seals.reading import SIZE_CAP
from shuniu.seals.report import ReportStep, Result
from shuniu.sm2 import sm3
from web.cookies import FORM, secret_of
from web.errors import facts_of
from web.forms import Form, read_form
from web.page import View
from web.pages import PAGES, Pages
from web.reasons import DIGEST_FORM, ORIGINAL_MISSING, SEAL_MISSING
from web.reception import in_thread
from web.sessions import check_token, seed_of, token_of

_DOCUMENT_BYTES: Final = 1 << 20
_LIMITS: Final = {"seal_bytes": SIZE_CAP, "document_bytes": _DOCUMENT_BYTES}
_SM3: Final = re.compile(r"[0-9a-fA-F]{64}")
_OUTCOMES: Final = {Result.VALID: "valid", Result.VALID_WHEN_SIGNED: "ended_since", Result.INDETERMINATE: "undetermined", Result.INVALID: "invalid"}


async def seal_form(request: Request) -> View:
    """Show the form."""
    return _view(request, None)


async def verify_seal_form(request: Request) -> View:
    """Verify the seal or stamp in a form that our own page issued."""
    return await _verify(request, lambda form: check_token(form, secret_of(request, FORM)))


async def verify_seal_request(request: Request) -> View:
    """Verify the seal or stamp that a program sends. It needs no token: no cookie decides anything here and nothing is changed."""
    return await _verify(request, lambda _: None)


async def _verify(request: Request, check: Callable[[Form], None]) -> View:
    form = await read_form(request, seal=SIZE_CAP, document=_DOCUMENT_BYTES)
    check(form)
    try:
        digest = _digest_of(form)
    except InvalidInputError as flaw:
        return _view(request, None, flaw)
    return _view(request, await in_thread(request, _report, request.app[PAGES], form.file("seal"), digest))


def _digest_of(form: Form) -> bytes | None:
    """Return the SM3 of the document, None for a seal by itself."""
    seal, document, digest = form.file("seal"), form.file("document"), "".join(form.text("digest").split())
    if not seal:
        raise SEAL_MISSING(field="seal")
    if digest and not _SM3.fullmatch(digest):
        raise DIGEST_FORM(field="digest")
    if (document and digest) or (kind_of(seal) == STAMP and not document and not digest):
        raise ORIGINAL_MISSING(field="document")
    if digest:
        return bytes.fromhex(digest)
    return sm3(document) if document else None


def _report(pages: Pages, seal: bytes, digest: bytes | None) -> dict[str, Any]:
    examined = pages.seals.verify_seal(seal, None) if digest is None else pages.seals.verify_stamp(seal, digest, None)
    report = examined.report
    return facts(
        examined,
        "es_id",
        "title",
        "signer",
        "stamp",
        sign_time=examined.sign_time,
        outcome=_OUTCOMES[report.result],
        reason=_reason(examined),
        of="seal" if digest is None else "stamp",
        trusts=[{"name": trust.name, "title": trust.title} for trust in examined.trusts],
        steps=[_step(step) for step in report.steps],
        checked_at=report.at,
    )


def _reason(examined: Examination) -> str:
    """Return the reason of the first step that is as bad as the whole; OK where the whole is plainly valid."""
    report = examined.report
    return next((step.reason for step in report.complaints if step.result is report.result), "OK")


def _step(step: ReportStep) -> dict[str, Any]:
    return {"step": step.name, "outcome": _OUTCOMES[step.result], "reason": step.reason, "message": {"zh": step.zh, "en": step.message}}


def _view(request: Request, report: dict[str, Any] | None, flaw: InvalidInputError | None = None) -> View:
    page = {"report": report, "error": facts_of(flaw) if flaw else None, "limits": _LIMITS}
    seed = seed_of(request)
    return View("seals.html", page, {"token": token_of(seed)}, status=flaw.http if flaw else 200, private=True, seed=seed)
