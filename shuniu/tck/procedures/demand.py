"""Demands 数据需求: a wish for data that no entry offers yet is assigned, taken up, fulfilled (Decree 809 art. 20)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from shuniu.tck.rules import NOT_THEIRS, Move, Rules
from shuniu.tck.sequence import AUTHORITY, CONSUMER, OTHER, PROVIDER, Call, Kind, Sequence, Step, refusal, says
from shuniu.tck.things import BASIS, step_on
from shuniu.words import Word

MATCH: Final = "Decree 809 art. 20 (政务数据共享条例第二十条)"
_WISH: Final = {
    "title": "居住证信息{run}-{n}",
    "description": "居住证签发与有效期",
    "legal_basis": BASIS,
    "scenario": "入学资格核验",
    "wished_fields": ["证件号码", "有效期"],
    "officer": "{by}",
}
_BY: Final = {"officer": "{by}"}
_ASSIGN: Final = {"department": "{parties.provider}", "reason": "掌握该数据", **_BY}
_WHY: Final = {"reason": "目录中已有同类数据", **_BY}
SUBMITTED: Final[tuple[Step, ...]] = (Call(CONSUMER, "FileDemand", {"demand": _WISH}, says(state="DEMAND_STATE_SUBMITTED"), "it"),)
ASSIGNED: Final[tuple[Step, ...]] = (*SUBMITTED, step_on(AUTHORITY, "AssignDemand", **_ASSIGN))
ACCEPTED: Final[tuple[Step, ...]] = (*ASSIGNED, step_on(PROVIDER, "AcceptDemand", **_BY))


def _move(name: str, en: str, zh: str, who: str, **fields: Any) -> Move:
    demands = tuple(one for one in ("reason", "officer") if one in fields)
    return Move(name, Word(name, en, zh), f"{name.capitalize()}Demand", (who,), MATCH, fields, demands)


RULES: Final = Rules(
    id="demand",
    thing=Word("demand", "demand", "数据需求"),
    prefix="DEMAND_STATE_",
    moves={
        "assign": _move("assign", "assign", "分派", AUTHORITY, **_ASSIGN),
        "accept": _move("accept", "accept", "受理", PROVIDER, **_BY),
        "decline": _move("decline", "decline", "退回", PROVIDER, **_WHY),
        "fulfil": _move("fulfil", "fulfil", "满足", PROVIDER, entry="{entry.name}", **_BY),
        "merge": _move("merge", "merge", "合并", AUTHORITY, into="{entry.name}", **_WHY),
        "withdraw": _move("withdraw", "withdraw", "撤回", CONSUMER, **_WHY),
    },
    ways={
        "submitted": SUBMITTED,
        "assigned": ASSIGNED,
        "accepted": ACCEPTED,
        "declined": (*ASSIGNED, step_on(PROVIDER, "DeclineDemand", **_WHY)),
        "fulfilled": (*ACCEPTED, step_on(PROVIDER, "FulfilDemand", entry="{entry.name}", **_BY)),
        "merged": (*ASSIGNED, step_on(AUTHORITY, "MergeDemand", into="{entry.name}", **_WHY)),
        "withdrawn": (*ASSIGNED, step_on(CONSUMER, "WithdrawDemand", **_WHY)),
    },
    # nobody is assigned yet, so it is nobody's step
    others={("submitted", name): NOT_THEIRS for name in ("accept", "decline", "fulfil")},
    words={
        "submitted": "submitted",
        "assigned": "assigned",
        "accepted": "accepted",
        "declined": "declined",
        "fulfilled": "fulfilled",
        "merged": "merged",
        "withdrawn": "withdrawn",
    },
    next={
        ("submitted", "assign"): "assigned",
        ("assigned", "assign"): "assigned",
        ("declined", "assign"): "assigned",
        ("assigned", "accept"): "accepted",
        ("assigned", "decline"): "declined",
        ("accepted", "fulfil"): "fulfilled",
        ("submitted", "merge"): "merged",
        ("assigned", "merge"): "merged",
        ("accepted", "merge"): "merged",
        ("declined", "merge"): "merged",
        ("submitted", "withdraw"): "withdrawn",
        ("assigned", "withdraw"): "withdrawn",
        ("accepted", "withdraw"): "withdrawn",
        ("declined", "withdraw"): "withdrawn",
    },
)


def sequences() -> Iterator[Sequence]:
    """Yield what the table says, and what it does not."""
    yield from RULES.sequences()
    into_itself = {"name": "{it.name}", "etag": "{it.etag}", "into": "{it.name}", **_WHY}
    yield Sequence(
        "demand/into-itself",
        Word("circle", "a demand is not merged into itself", "数据需求不能并入自身"),
        MATCH,
        Kind.REFUSED,
        (
            *SUBMITTED,
            Call(AUTHORITY, "MergeDemand", into_itself, refusal("INVALID_ARGUMENT")),
        ),
    )
    yield Sequence(
        "demand/on-the-board",
        Word("board", "every department reads a demand", "各部门均可查看数据需求"),
        MATCH,
        Kind.HAPPY,
        (*SUBMITTED, Call(OTHER, "GetDemand", {"name": "{it.name}"}, says(state="DEMAND_STATE_SUBMITTED"))),
    )
