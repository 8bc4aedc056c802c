"""Record sources 数源部门: the authority names the source of a term, and one claim stands (Decree 809 art. 19)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from shuniu.tck.rules import NOT_THEIRS, Move, Rules
from shuniu.tck.sequence import AUTHORITY, CONSUMER, OTHER, PROVIDER, Call, Kind, Sequence, Step, refusal, says
from shuniu.tck.things import entry_content, step_on
from shuniu.words import Word

SOURCE: Final = "Decree 809 art. 19 (政务数据共享条例第十九条)"
_TERM: Final = "一致性测试数源{run}-{n}"


def _assign(department: str, expect: Any = None, who: str = AUTHORITY, said: Any = None, keep: str = "it") -> Call:
    asked = {"term": _TERM, "department": f"{{parties.{department}}}", "basis": "《部门职责规定》第三条", "officer": "{by}", **(said or {})}
    return Call(who, "AssignRecordSource", asked, expect or says(state="RECORD_SOURCE_STATE_IN_FORCE"), keep, alone=True)


IN_FORCE: Final[tuple[Step, ...]] = (_assign("provider"),)
_WHY: Final = {"reason": "职责调整", "officer": "{by}"}

RULES: Final = Rules(
    id="record-source",
    thing=Word("record_source", "record source", "数源"),
    prefix="RECORD_SOURCE_STATE_",
    moves={"end": Move("end", Word("end", "end", "终止"), "EndRecordSource", (AUTHORITY,), SOURCE, _WHY, ("reason", "officer"))},
    ways={"in_force": IN_FORCE, "ended": (*IN_FORCE, step_on(AUTHORITY, "EndRecordSource", **_WHY))},
    words={"in_force": "in force", "ended": "ended"},
    next={("in_force", "end"): "ended"},
)


def _one(name: str, en: str, zh: str, kind: Kind, *steps: Step) -> Sequence:
    return Sequence(f"record-source/{name}", Word(name, en, zh), SOURCE, kind, steps)


def sequences() -> Iterator[Sequence]:
    """Yield what the table says, and what it does not."""
    yield from RULES.sequences()
    again = _assign("provider", refusal("ALREADY_EXISTS", reason="RECORD_SOURCE_ALREADY"), keep="")
    yield _one("twice", "who is named already is not named again", "已确定的不重复确定", Kind.REPLAYED, *IN_FORCE, again)
    moved = _assign("consumer", keep="newer")
    before = Call(AUTHORITY, "GetRecordSource", {"name": "{it.name}"}, says(state="RECORD_SOURCE_STATE_ENDED"))
    yield _one("moved", "naming another ends the one before", "另行确定的，原数源终止", Kind.ENDED, *IN_FORCE, moved, before)
    own = entry_content(provider="", serving_system="", serving_resource="", modes=["SHARE_MODE_FILE"], source={"record_term": _TERM})
    claim = Call(CONSUMER, "CreateEntry", {"entry": own}, keep="it")
    submit = {"name": "{it.name}", "etag": "{it.etag}", "reason": "首次编目", "officer": "{by}"}
    refused = Call(CONSUMER, "SubmitEntry", submit, refusal("ALREADY_EXISTS", reason="RECORD_SOURCE_OF_OTHER"))
    yield _one("claimed-by-another", "nobody else claims the term", "其他部门不得主张该数源", Kind.REFUSED, *IN_FORCE, claim, refused)
    for who in (PROVIDER, CONSUMER, OTHER):
        named = _assign("provider", NOT_THEIRS, who, keep="")
        yield _one(f"by-{who}", f"nobody names himself: {who}", f"不得自行确定：{who}", Kind.WRONG_PARTY, named)
    for name, en, zh, wrong in (
        ("no-term", "without a term", "未填写数据项", {"term": ""}),
        ("no-basis", "without a basis", "未填写依据", {"basis": ""}),
        ("no-department", "without a department", "未填写部门", {"department": ""}),
        ("no-officer", "without an officer", "未填写经办人", {"officer": ""}),
    ):
        call = _assign("provider", refusal("INVALID_ARGUMENT"), said=wrong, keep="")
        yield _one(name, f"a naming {en} is refused", f"{zh}的不予确定", Kind.INCOMPLETE, call)
