"""The inbox of an officer: what waits for the department by what is due, what it was told, and where to go on from each."""

from collections.abc import AsyncIterator
from typing import Any, Final

from aiohttp.web import Request, Response

from certs.model import Session
from hub.access import Duty, Role
from shuniu.words import value_words
from web.calls import call, plain
from web.language import Language
from web.page import View, china_time
from web.pages import PAGES
from web.reasons import NO_SUCH_FILTER
from web.sessions import token_of
from web.signing_in import me, officer_of
from web.tables import csv_file

COUNTED: Final = 10_000
"""So far the hub counts; of more it is enough to know that it is more."""
_SHOWN: Final = 50
_TOLD: Final = 10
_A_CALL: Final = 500
_PAGES: Final = ("entries/", "proposals/")
"""Things that have a page; of the others the name is shown."""
_HEADER: Final = ("剩余期限", "截止时间", "事项", "名称", "对象", "依据", "核对情况", "待办起始", "岗位职责", "部门")


async def inbox(request: Request) -> View:
    """Show what waits, by what is due, and beside it what the department was told lately."""
    session, secret = await officer_of(request)
    wanted = _wanted(request)
    page = await call(request, session, "WorkService/ListWork", page_size=_SHOWN, page_token=request.query.get("page", ""), **_asked(request, wanted))
    told = await call(request, session, "WorkService/ListNotices", page_size=_TOLD, duties=_names(wanted["duty"]))
    facts = {
        "me": await me(request, session),
        "wanted": wanted,
        "work": [work_facts(one) for one in page.work],
        "total": page.total,
        "over": page.over,
        "next_page_token": page.next_page_token,
        "notices": [_notice(one) for one in told.notices],
    }
    form = {
        "token": token_of(secret),
        "counted": COUNTED,
        "later": "page" in request.query,
        "rules": Role.AUTHORITY in session.caller.roles,
        "due_words": due_words,
        "mark_words": mark_words,
    }
    return View("inbox.html", facts, form, private=True)


async def inbox_file(request: Request) -> Response:
    """Serve the same work as a table: as much of it as is counted."""
    session, _ = await officer_of(request)
    language = Language("zh")
    return csv_file("inbox", _HEADER, [_row(one, language) async for one in _every(request, session)])


def work_facts(message: Any) -> dict[str, Any]:
    """Return a piece of work as JSON tells it, with where it stands: over, today, later, or without a time limit."""
    facts = plain(message)
    left = message.days_left if message.HasField("days_left") else None
    about = message.proposal or message.resource
    return facts | {
        "due_time": facts.get("due_time"),
        "days_left": left,
        "due": "none" if left is None else "over" if left < 0 else "today" if left == 0 else "later",
        "duties": _short(facts["duties"]),
        "page": f"/{about}" if about.startswith(_PAGES) else "",
        "rpc": message.step.rpartition("/")[2],
    }


def due_words(facts: dict[str, Any], t: Language) -> str:
    """Return how much time is left in words."""
    left = facts["days_left"]
    return t(f"inbox.due_{facts['due']}", days=abs(left or 0)) if left is not None else t("inbox.due_none")


def mark_words(facts: dict[str, Any], t: Language) -> str:
    """Return with what the time limit was compared, nothing where somebody compared it with the official text."""
    if facts["verified"]:
        return ""
    return t("inbox.checked", what=facts["checked"]) if facts["checked"] else t("inbox.unchecked")


def _wanted(request: Request) -> dict[str, str]:
    duty, show = request.query.get("duty", ""), request.query.get("show", "")
    if (duty and duty not in {one.value for one in Duty}) or show not in {"", "over", "escalated"}:
        raise NO_SUCH_FILTER(field="duty" if show in {"", "over", "escalated"} else "show")
    return {"duty": duty, "show": show}


def _asked(request: Request, wanted: dict[str, str]) -> dict[str, Any]:
    asked: dict[str, Any] = {"duties": _names(wanted["duty"]), "escalated": wanted["show"] == "escalated"}
    return asked | ({"due_before": request.app[PAGES].clock.now()} if wanted["show"] == "over" else {})


def _names(duty: str) -> list[str]:
    return [f"DUTY_{duty.upper()}"] if duty else []


def _short(names: list[str]) -> list[str]:
    return [duty.value for duty in Duty if f"DUTY_{duty.name}" in names]


def _notice(message: Any) -> dict[str, Any]:
    facts = plain(message)
    words = value_words("NoticeKind").get(message.kind) or (message.kind,)
    about = f"/{message.resource}" if message.resource.startswith(_PAGES) else ""
    return facts | {"duties": _short(facts["duties"]), "words": {"zh": words[0], "en": words[-1]}, "page": about}


async def _every(request: Request, session: Session) -> AsyncIterator[Any]:
    token, asked, left = "", _asked(request, _wanted(request)), COUNTED
    while left > 0:
        page = await call(request, session, "WorkService/ListWork", page_size=_A_CALL, page_token=token, **asked)
        for one in page.work:
            yield one
        token, left = page.next_page_token, left - _A_CALL
        if not token:
            return


def _row(message: Any, t: Language) -> tuple[str, ...]:
    facts = work_facts(message)
    duties = "；".join(t.word("duty", one) for one in facts["duties"])
    said = due_words(facts, t), china_time(facts["due_time"]), t.word("action", facts["rpc"]), message.title, message.resource
    mark = mark_words(facts, t) if facts["due_time"] else ""
    return (*said, message.article, mark, china_time(facts["since_time"]), duties, message.department)
