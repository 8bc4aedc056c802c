"""A department's list of officers from a file: looked at, shown with what it will change, and taken as a whole after that.

It is read as the command reads it (`shuniu.lists.officers`), a workbook by a process of its own. What the hub alone knows is asked of the rpc
itself, which checks and changes nothing; so the page has no rule of its own. Between the look and the confirmation the list stays in the page,
sealed for the session: the hub keeps nothing of it.
"""

import re
import secrets
from collections.abc import Mapping, Sequence
from typing import Any, Final

from aiohttp.web import Request, Response, StreamResponse

from certs.importing import MOST_LINES
from certs.model import DisplayName, OfficerNumber, Session
from hub.access import Duty
from hub.errors import InvalidInputError, ShuniuError
from shuniu.lists.officers import COLUMNS, Fault, OfficerRow, read, template
from shuniu.lists.workbook import cells_apart
from shuniu.words import Word
from web.calls import TOLD_IN_PLACE, call, may, plain
from web.errors import facts_of
from web.forms import read_form
from web.officers import every_officer
from web.page import View
from web.reception import in_thread
from web.sealed import seal_list, unseal_list
from web.sessions import check_token, token_of
from web.signing_in import ask_to_prove, is_proven, me, officer_of

PLACE: Final = "/officers/import"
LARGEST: Final = 2 << 20
"""Bytes of a list: more than five thousand rows take in any form."""
SHOWN: Final = 200
"""Rows of one kind that are shown; of the others the page says how many there are."""
_RPC: Final = "OfficerService/ImportOfficers"
_FILE: Final = Word("list", "the file", "所选文件")
_LINE: Final = re.compile(r"lines\[([0-9]+)\](?:\.(\w+))?")
_LIKE_AN_ID: Final = re.compile("[0-9]{15}")


async def import_form(request: Request) -> View:
    """Show the form that takes a file."""
    session, secret = await officer_of(request)
    return await _view(request, session, secret)


async def list_header(request: Request) -> Response:
    """Serve an empty list."""
    await officer_of(request)
    headers = {"Content-Disposition": 'attachment; filename="officers.csv"', "Cache-Control": "no-store"}
    return Response(body=template(), headers=headers, content_type="text/csv", charset="utf-8")


async def look_at_list(request: Request) -> StreamResponse | View:
    """Read a file and show either all that is wrong with it, row by row, or what it will change."""
    session, secret = await officer_of(request)
    form = await read_form(request, list=LARGEST)
    check_token(form, secret)
    if not is_proven(request, session):
        return ask_to_prove(PLACE)
    complete = bool(form.text("complete"))
    try:
        rows, faults = await in_thread(request, read, form.file("list"), _FILE, cells_apart)
    except InvalidInputError as flaw:
        return await _view(request, session, secret, complete=complete, flaw=flaw)
    if faults:
        return await _view(request, session, secret, complete=complete, faults=[_told(one, rows) for one in faults])
    return await _preview(request, session, secret, rows, complete=complete, request_id=secrets.token_urlsafe(18))


async def take_list(request: Request) -> StreamResponse | View:
    """Import the list that was looked at; one that is sent twice is taken once. A fresh proof is asked for, and the list stays in the page."""
    session, secret = await officer_of(request)
    form = await read_form(request, sealed=LARGEST)
    check_token(form, secret)
    try:
        complete, request_id, lines = unseal_list(secret, form.file("sealed"))
    except InvalidInputError as flaw:
        return await _view(request, session, secret, flaw=flaw)
    rows = [OfficerRow(row, number, name, tuple(duties), "") for row, number, name, duties in lines]
    if not is_proven(request, session):
        return await _preview(request, session, secret, rows, complete=complete, request_id=request_id, proven=False)
    try:
        done = await call(request, session, _RPC, lines=_lines(rows), complete=complete, request_id=request_id)
    except TOLD_IN_PLACE as flaw:
        return await _refused(request, session, secret, rows, flaw, complete=complete)
    return await _view(request, session, secret, done=plain(done))


async def _preview(
    request: Request, session: Session, secret: str, rows: Sequence[OfficerRow], *, complete: bool, request_id: str, proven: bool = True
) -> View:
    """Show what a list will change, as the hub counts it and by name."""
    try:
        counted = plain(await call(request, session, _RPC, lines=_lines(rows), complete=complete, validate_only=True))
    except TOLD_IN_PLACE as flaw:
        return await _refused(request, session, secret, rows, flaw, complete=complete)
    known = plain(await call(request, session, "OfficerService/GetOfficerRegistration"))
    changes = await _changes(request, session, rows, complete=complete)
    more = {name: max(0, len(found) - SHOWN) for name, found in changes.items()}
    preview = counted | {"first": not known["registered"], "more": more, **{f"{name}_list": found[:SHOWN] for name, found in changes.items()}}
    sealed = seal_list(secret, [complete, request_id, [[one.row, one.number, one.display_name, one.duties] for one in rows]])
    return await _view(request, session, secret, complete=complete, preview=preview, sealed=sealed, proven=proven)


async def _changes(request: Request, session: Session, rows: Sequence[OfficerRow], *, complete: bool) -> dict[str, list[dict[str, Any]]]:
    """Return whom a list registers, changes and dismisses."""
    known = {one["number"]: _facts(one) async for one in every_officer(request, session, "")}
    wanted = {str(OfficerNumber(one.number)): {"display_name": str(DisplayName(one.display_name)), "duties": _short(one.duties)} for one in rows}
    created = [{"number": number, **one} for number, one in wanted.items() if number not in known]
    updated = [
        {"number": number, "before": known[number], **one}
        for number, one in wanted.items()
        if number in known and (known[number]["display_name"], known[number]["duties"]) != (one["display_name"], one["duties"])
    ]
    left = [one for number, one in known.items() if complete and one["active"] and number not in wanted and number != session.caller.officer]
    return {"created": created, "updated": updated, "dismissed": left}


async def _refused(request: Request, session: Session, secret: str, rows: Sequence[OfficerRow], flaw: ShuniuError, *, complete: bool) -> View:
    """Show beside each row what the hub says of it; what it says of no row stands above."""
    found = [(_LINE.match(one.field), one) for one in flaw.faults or (flaw,)]
    if not all(place and int(place[1]) < len(rows) for place, _ in found):
        return await _view(request, session, secret, complete=complete, flaw=flaw)
    faults = [Fault(rows[int(place[1])].row, COLUMNS.get(place[2] or "", ""), one.message, one.zh) for place, one in found if place]
    return await _view(request, session, secret, complete=complete, faults=[_told(one, rows) for one in faults], status=flaw.http)


async def _view(
    request: Request,
    session: Session,
    secret: str,
    *,
    complete: bool = False,
    flaw: ShuniuError | None = None,
    faults: Sequence[Mapping[str, Any]] = (),
    preview: Mapping[str, Any] | None = None,
    done: Mapping[str, Any] | None = None,
    sealed: str = "",
    proven: bool = True,
    status: int = 400,
) -> View:
    facts = {
        "me": await me(request, session),
        "may": may(session.caller, [_RPC]),
        "proven": is_proven(request, session),
        "complete": complete,
        "error": facts_of(flaw) if flaw else None,
        "faults": list(faults[:SHOWN]),
        "fault_count": len(faults),
        "preview": preview,
        "done": done,
    }
    code = flaw.http if flaw else status if faults else 200 if proven else 403
    form = {"token": token_of(secret), "sealed": sealed, "size": LARGEST >> 20, "rows": MOST_LINES, "proven": proven, "shown": SHOWN}
    return View("officer_import.html", facts, form, status=code, private=True)


def _told(fault: Fault, rows: Sequence[OfficerRow]) -> dict[str, Any]:
    """Return a fault beside what its row says; what may be somebody's ID number, typed by mistake, is on no page."""
    row = next((one for one in rows if one.row == fault.row), OfficerRow(fault.row, "", "", (), ""))
    said = {"number": row.number, "display_name": row.display_name, "written": row.written or "；".join(row.duties)}
    column = next((name for name, title in COLUMNS.items() if title == fault.column), "")
    shown = {name: "" if _LIKE_AN_ID.search(re.sub(r"[\s.-]", "", text)) else text for name, text in said.items()}
    return {"row": fault.row, **shown, "column": column, "message": {"zh": fault.zh, "en": fault.en}}


def _lines(rows: Sequence[OfficerRow]) -> list[dict[str, Any]]:
    return [{"number": one.number, "display_name": one.display_name, "duties": list(one.duties)} for one in rows]


def _facts(officer: Mapping[str, Any]) -> dict[str, Any]:
    duties = _short(officer["duties"])
    return {"number": officer["number"], "display_name": officer["display_name"], "duties": duties, "active": officer["state"].endswith("_ACTIVE")}


def _short(names: Sequence[str]) -> list[str]:
    return [duty.value for duty in Duty if f"DUTY_{duty.name}" in names]
