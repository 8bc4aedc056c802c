"""Checks under a grant 授权下的核验: a question of the entry's own is answered yes, no or unknown, and no record leaves (Decree 809 art. 22, 25)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from shuniu.tck.sequence import Kind, Sequence, refusal, says
from shuniu.tck.things import KEY, KNOWN, SAME
from shuniu.tck.ways import Way, granted, use
from shuniu.words import Word

_NOBODY: Final = "640104199003070006"


def _request(**other: Any) -> dict[str, Any]:
    return use(**{"predicate": KNOWN, "subject_key": KEY, **other})


_YES, _NO, _UNKNOWN = (says(answer=f"CHECK_ANSWER_{one}") for one in ("YES", "NO", "UNKNOWN"))
WAY: Final = Way("check", "Check", "check", Word("check", "a check", "核验"), _request, _YES, takes_fields=False)


def sequences() -> Iterator[Sequence]:
    """Yield what holds of every way, each answer, and a question that is not the entry's."""
    yield from WAY.sequences()
    live = granted("check")
    for name, en, zh, answer, said in (
        (
            "yes-same",
            "the value that is given is that of the record: yes",
            "给出的值与记录一致：是",
            _YES,
            {"predicate": SAME, "given": {"name": "王小明"}},
        ),
        ("no-other", "the value that is given is another: no", "给出的值与记录不一致：否", _NO, {"predicate": SAME, "given": {"name": "李四"}}),
        (
            "no-nobody",
            "nobody is known under the key, and the entry says that this is a no",
            "查无此人，目录条目定为否",
            _NO,
            {"subject_key": _NOBODY},
        ),
        (
            "unknown-nobody",
            "nobody is known under the key: unknown",
            "查无此人：未知",
            _UNKNOWN,
            {"predicate": SAME, "given": {"name": "李四"}, "subject_key": _NOBODY},
        ),
    ):
        yield WAY.sequence(name, en, zh, Kind.HAPPY, *live, WAY.call(answer, **said))
    for name, en, zh, kind, reason, wrong in (
        (
            "other-question",
            "a question that the entry does not have is refused",
            "目录条目未列的核验项被拒绝",
            Kind.REFUSED,
            "PREDICATE_UNKNOWN",
            {"predicate": "is_rich"},
        ),
        ("no-question", "a check without a question is refused", "未填写核验项的核验被拒绝", Kind.INCOMPLETE, "MISSING_PREDICATE", {"predicate": ""}),
        (
            "nothing-given",
            "a comparison with nothing is refused",
            "未给出比对值的核验被拒绝",
            Kind.INCOMPLETE,
            "GIVEN_NOT_AS_ASKED",
            {"predicate": SAME},
        ),
        (
            "given-unasked",
            "a value that nobody asked for is refused",
            "给出核验项未要求的值被拒绝",
            Kind.INCOMPLETE,
            "GIVEN_NOT_AS_ASKED",
            {"given": {"name": "王小明"}},
        ),
        (
            "bad-key",
            "a check of a number whose check character is wrong is refused",
            "身份号码校验码错误的核验被拒绝",
            Kind.INCOMPLETE,
            "",
            {"subject_key": "640104199003070120"},
        ),
    ):
        yield WAY.sequence(name, en, zh, kind, *live, WAY.call(refusal("PERMISSION_DENIED", "INVALID_ARGUMENT", reason=reason), **wrong))
