"""Nothing about a person is shown without a record: who looks and why, on the log and durable before the answer.

Whatever gives a log record or a license's content out of the register takes a `Look`, or refers to a search that is on the log already
(`audit/searching.py`). A query has its intent and outcome instead. tests/end_to_end/test_showing.py walks every rpc and every page for it.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from hub.access import Caller
from hub.reasons import LOOK_UNEXPLAINED
from hub.unit_of_work import Change
from hub.wording import LookReason, Searcher


@dataclass(frozen=True, slots=True)
class Look:
    """A look at what is about a person: who takes it and why. It cannot exist without both."""

    searcher: str
    reason: str

    def __post_init__(self) -> None:
        for name, kind in (("searcher", Searcher), ("reason", LookReason)):
            text = getattr(self, name)
            if not text.strip():
                raise LOOK_UNEXPLAINED(field=name)
            object.__setattr__(self, name, kind(text))

    def change(self, caller: Caller, at: datetime, action: str, **facts: Any) -> Change:
        """Return what the log says of it; `facts` tell what is looked at (`hub.unit_of_work.Change`)."""
        return Change(kind="search", at=at, action=action, actor=caller, officer=self.searcher, reason=self.reason, **facts)
