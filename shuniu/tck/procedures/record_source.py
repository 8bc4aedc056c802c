"""Sources of terms 数源: one datum has one source, and the authority names it (Decree 809 art. 19)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from shuniu.tck.rules import Move, Rules
from shuniu.tck.sequence import AUTHORITY, CONSUMER, OK, OTHER, PROVIDER, Call, Expect, Kind, Sequence, Step, refusal, says
from shuniu.tck.things import KEY, entry_content, step_on
from shuniu.words import Word

SOURCE: Final = "Decree 809 art. 19 (政务数据共享条例第十九条)"
TERM: Final = "居住证签发{n}"
_BY: Final = {"officer": "{by}"}
_END: Final = {"reason": "职能调整", **_BY}
_NAMED: Final = {"department": "{parties.provider}", "term": TERM, "basis": "《居住证暂行条例》第四条", **_BY}
_OTHERS: Final = {"department": "{parties.other}"}


def _assign(expect: Expect, who: str = AUTHORITY, keep: str = "it", **other: Any) -> Call:
    return Call(who, "AssignRecordSource", {**_NAMED, **other}, expect, keep, alone=True)


def _submitted(number: str = "{n}") -> tuple[Step, ...]:
    """Return the calls that submit an entry which claims to be the source of the sequence's term; it is kept as `own`."""
    content = entry_content(resource_code=f"307019999/{number}", title=f"一致性测试信息{{run}}-{number}", source={"record_term": TERM})
    return (Call(PROVIDER, "CreateEntry", {"entry": content}, keep="own"), _submit())


def _submit(expect: Expect = OK) -> Call:
    return Call(PROVIDER, "SubmitEntry", {"name": "{own.name}", "etag": "{own.etag}", "reason": "首次编目", **_BY}, expect, "own")


def _publish(expect: Expect) -> Call:
    return Call(AUTHORITY, "PublishEntry", {"name": "{own.name}", "etag": "{own.etag}", **_BY}, expect, "own")


def _standing(**expected: Any) -> tuple[Step, ...]:
    """Return the calls that find the one source of the sequence's term, as whoever asks, and read what it says."""
    found = Call(CONSUMER, "ListRecordSources", {"term": TERM}, says(record_sources__length=1), "listed", ("record_sources", "term", TERM))
    return (found, Call(CONSUMER, "GetRecordSource", {"name": "{listed.name}"}, says(**expected)))


_CLAIMED: Final[tuple[Step, ...]] = (*_submitted(), _publish(says(record_source="{parties.provider}")))
_ASSIGNED: Final = _assign(says(state="RECORD_SOURCE_STATE_IN_FORCE", origin="RECORD_SOURCE_ORIGIN_ASSIGNED", department="{parties.provider}"))
ASSIGNED: Final[tuple[Step, ...]] = (_ASSIGNED,)
_OF_OTHER: Final[tuple[Step, ...]] = (_assign(says(department="{parties.other}"), **_OTHERS),)

RULES: Final = Rules(
    id="record-source",
    thing=Word("record_source", "record source", "数源"),
    prefix="RECORD_SOURCE_STATE_",
    moves={"end": Move("end", Word("end", "end", "终止"), "EndRecordSource", (AUTHORITY,), SOURCE, _END, ("reason", "officer"))},
    ways={"in_force": ASSIGNED, "ended": (*ASSIGNED, step_on(AUTHORITY, "EndRecordSource", **_END))},
    words={"in_force": "in force", "ended": "ended"},
    next={("in_force", "end"): "ended"},
)


def _one(name: str, en: str, zh: str, kind: Kind, *steps: Step) -> Sequence:
    return Sequence(f"record-source/{name}", Word(name, en, zh), SOURCE, kind, steps)


def sequences() -> Iterator[Sequence]:
    """Yield what the table says, and what it does not."""
    yield from RULES.sequences()
    yield from _named()
    yield from _claims()
    everybody = Call(OTHER, "GetRecordSource", {"name": "{it.name}"}, says(department="{parties.provider}", term=TERM))
    yield _one("seen-by-everybody", "every department reads whose a term is", "各部门均可查看数源", Kind.HAPPY, *ASSIGNED, everybody)
    for who in (PROVIDER, CONSUMER, OTHER):
        theirs = _assign(refusal("PERMISSION_DENIED"), who)
        yield _one(f"assigned-by-{who}", f"the {who} names no source", f"{who} 不得确定数源", Kind.WRONG_PARTY, theirs)
    for name, en, zh, wrong in (
        ("no-term", "of no term", "未填写数据项", {"term": ""}),
        ("no-basis", "without what it rests on", "未填写依据", {"basis": ""}),
        ("no-officer", "without an officer", "未填写经办人", {"officer": ""}),
        ("no-department", "of no department", "未填写部门", {"department": ""}),
        ("about-a-person", "that spells an ID number", "写明证件号码", {"basis": f"关于{KEY}的决定"}),
    ):
        yield _one(name, f"a source {en} is not named", f"{zh}的不予确定", Kind.INCOMPLETE, _assign(refusal("INVALID_ARGUMENT"), **wrong))


def _named() -> Iterator[Sequence]:
    """Yield what follows when the authority names a source."""
    again = _assign(refusal("ALREADY_EXISTS", reason="RECORD_SOURCE_ALREADY"))
    yield _one("assigned-twice", "a department is named once", "同一部门不重复确定", Kind.REPLAYED, *ASSIGNED, again)
    other = _assign(says(department="{parties.other}"), keep="other", **_OTHERS)
    former = Call(CONSUMER, "GetRecordSource", {"name": "{it.name}"}, says(state="RECORD_SOURCE_STATE_ENDED", reason=_NAMED["basis"]))
    title = "when the authority names another, who was it before is so no longer", "另行确定的，原数源终止"
    yield _one("replaced", *title, Kind.ENDED, *ASSIGNED, other, former)
    ended = RULES.ways["ended"]
    yield _one("assigned-anew", "what was ended is named anew", "终止后可以重新确定", Kind.HAPPY, *ended, _ASSIGNED)


def _claims() -> Iterator[Sequence]:
    """Yield which entries may say that they are the source of a term."""
    origin = _standing(origin="RECORD_SOURCE_ORIGIN_PUBLISHED", department="{parties.provider}", basis="{own.name}")
    yield _one("by-publication", "who claims a term that nobody has is its source", "无人认领的，发布即为数源", Kind.HAPPY, *_CLAIMED, *origin)
    withdrawn = Call(PROVIDER, "WithdrawEntry", {"name": "{own.name}", "etag": "{own.etag}", **_END})
    lapsed = _standing(state="RECORD_SOURCE_STATE_ENDED")
    title = "what publication alone had named lapses with the entry", "仅因发布而成为数源的，随条目撤销而失效"
    yield _one("lapsed", *title, Kind.ENDED, *_CLAIMED, withdrawn, *lapsed)
    stays = _standing(state="RECORD_SOURCE_STATE_IN_FORCE", origin="RECORD_SOURCE_ORIGIN_ASSIGNED")
    title = "whom the authority named stays the source without an entry", "主管部门确定的数源不随条目失效"
    yield _one("named-stays", *title, Kind.HAPPY, *ASSIGNED, *_CLAIMED, withdrawn, *stays)
    draft, _ = _submitted()
    refused = _submit(refusal("ALREADY_EXISTS", reason="RECORD_SOURCE_OF_OTHER"))
    title = "nobody claims a term for which the authority named another", "主管部门已确定其他数源的，不得提交"
    yield _one("of-another-department", *title, Kind.REFUSED, *_OF_OTHER, draft, refused)
    late = _publish(refusal("ALREADY_EXISTS", reason="RECORD_SOURCE_OF_OTHER"))
    title = "a claim is not published when another was named meanwhile", "提交后另行确定数源的，不得发布"
    yield _one("named-meanwhile", *title, Kind.REFUSED, *_submitted(), *_OF_OTHER, late)
    freed = step_on(AUTHORITY, "EndRecordSource", **_END)
    title = "once that naming is ended, the claim is published", "原确定终止后，条目可以发布"
    yield _one("freed", *title, Kind.HAPPY, *_submitted(), *_OF_OTHER, late, freed, _publish(says(record_source="{parties.provider}")))
    second, _ = _submitted("{n}a")
    twice = _submit(refusal("ALREADY_EXISTS", reason="SECOND_SOURCE"))
    yield _one("second-source", "one datum has one source", "一数一源", Kind.REFUSED, *_CLAIMED, second, twice)
    entry = Call(OTHER, "GetEntry", {"name": "{own.name}"}, says(record_source="{parties.other}"))
    title = "an entry that still claims a term says whose it is", "条目载明数据项的数源部门"
    yield _one("entry-says-whose", *title, Kind.DISPUTED, *_CLAIMED, *_OF_OTHER, entry)
