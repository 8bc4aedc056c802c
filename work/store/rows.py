"""Work and notices as rows, and as what an event keeps of them."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from hub.access import Duty
from work.model import Told, ToldNotice, Work, next_look

_TITLE: Final = 300
_SAME: Final = ("id", "department", "step", "resource", "since_time", "due_time", "article", "verified", "checked", "escalated", "settle_time")
_TIMES: Final = ("since_time", "due_time", "settle_time")
_NOTICE: Final = ("id", "department", "kind", "resource", "time", "article")


def duties_to(duties: tuple[Duty, ...]) -> str:
    """Return duties as a column keeps them."""
    return "".join(f" {one.value} " for one in duties)


def duties_from(text: str) -> tuple[Duty, ...]:
    """Return the duties that a column keeps."""
    return tuple(Duty(one) for one in text.split())


def work_to(work: Work) -> dict[str, Any]:
    """Return work as a row."""
    return {
        **{name: getattr(work, name) for name in _SAME},
        "title": work.title[:_TITLE],
        "duties": duties_to(work.duties),
        "order_time": work.order_time,
        "limit_id": work.limit,
        "told": int(work.told),
        "is_open": work.settle_time is None,
        "look_time": next_look(work) if work.settle_time is None else None,
    }


def work_from(row: Any) -> Work:
    """Return a row as work."""
    same = {name: getattr(row, name) for name in _SAME}
    return Work(**same, title=row.title, duties=duties_from(row.duties), limit=row.limit_id, told=Told(row.told))


def notice_to(notice: ToldNotice, key: str) -> dict[str, Any]:
    """Return a notice as a row; `key` is what makes it one however often it is told."""
    same = {name: getattr(notice, name) for name in _NOTICE}
    return {**same, "title": notice.title[:_TITLE], "duties": duties_to(notice.duties), "facts": dict(notice.facts), "key": key or None}


def notice_from(row: Any) -> ToldNotice:
    """Return a row as a notice."""
    return ToldNotice(**{name: getattr(row, name) for name in _NOTICE}, title=row.title, duties=duties_from(row.duties), facts=row.facts)


def kept(about: Work | ToldNotice) -> dict[str, Any]:
    """Return as JSON what an event is about, as it stands."""
    if isinstance(about, ToldNotice):
        same = {name: getattr(about, name) for name in _NOTICE}
        return {**same, "time": about.time.isoformat(), "title": about.title, "duties": list(about.duties), "facts": dict(about.facts)}
    same = {name: getattr(about, name) for name in _SAME}
    times = {name: moment.isoformat() for name in _TIMES if (moment := same[name]) is not None}
    return {**same, **times, "title": about.title, "duties": list(about.duties), "limit": about.limit, "told": int(about.told)}


def work_again(said: Mapping[str, Any]) -> Work:
    """Return the work that an event kept."""
    times = {name: datetime.fromisoformat(said[name]) for name in _TIMES if said[name]}
    return Work(**{**said, **times, "duties": tuple(map(Duty, said["duties"])), "told": Told(said["told"])})


def notice_again(said: Mapping[str, Any]) -> ToldNotice:
    """Return the notice that an event kept."""
    return ToldNotice(**{**said, "time": datetime.fromisoformat(said["time"]), "duties": tuple(map(Duty, said["duties"]))})
