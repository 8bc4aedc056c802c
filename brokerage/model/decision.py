"""Why a call was answered or refused: which rules were asked, in their order, which one did not hold, and what to do next. Pure.

A decision is not kept beside the log: it is the record of the access, of the refusal or of the step, read by the rules. So it stands as firmly
as the record does, and whoever may read it can have its place in the log proven.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum, unique
from typing import Final

from brokerage.law import DECREE_809
from brokerage.model.grant import Grant
from brokerage.model.request import DataRequest
from catalog.model import Entry, ShareType
from hub.errors import Reason, ShuniuError
from shuniu.words import Word


@unique
class DecisionOutcome(StrEnum):
    """What was decided."""

    ALLOWED = "allowed"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule that is asked of every query: what must hold, by which clause, and the reasons of the catalogue that say that it does not."""

    must: Word
    article: str
    reasons: frozenset[str]


@dataclass(frozen=True, slots=True)
class RuleResult:
    """A rule as it was applied: its id, what must hold, the clause, whether it held, and the fact that decided it."""

    rule: str
    must: Word
    article: str
    holds: bool
    fact: Word


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """The decision on one call or step, as its record of the log has it.

    `missing` is what would have had to be there, `following` what to do next; both are empty where nothing was refused.
    """

    index: int
    at: datetime
    action: str
    department: str
    outcome: DecisionOutcome
    resource: str
    grant: str
    rules: tuple[RuleResult, ...]
    reason: str = ""
    missing: Word
    following: Word

    @property
    def name(self) -> str:
        """Return the resource name."""
        return f"decisions/{self.index}"


def _rule(rule_id: str, en: str, zh: str, article: str, *reasons: str) -> Rule:
    return Rule(Word(rule_id, en, zh), article, frozenset(reasons))


QUERY_RULES: Final = (
    _rule("grant", "the grant is one of the calling department", "共享授权属于调用部门", DECREE_809.format("第二十一条"), "NO_GRANT", "NOT_CONSUMER"),
    _rule("system", "the grant covers the calling system", "共享授权适用于调用的业务系统", "", "SYSTEM_NOT_COVERED"),
    _rule(
        "period",
        "the grant is in force at this moment",
        "共享授权在此时有效",
        DECREE_809.format("第二十七条"),
        "GRANT_NOT_BEGUN",
        "GRANT_REVOKED",
        "GRANT_EXPIRED",
        "GRANT_SUSPENDED",
        "GRANT_SUPERSEDED",
        "GRANT_ENDED",
        "SERVICE_ENDED",
    ),
    _rule(
        "purpose",
        "the data is used for a purpose that was granted",
        "数据用于获得授权的办理事项",
        DECREE_809.format("第二十五条"),
        "ENTRY_NOT_GRANTED",
        "PURPOSE_NOT_GRANTED",
    ),
    _rule("mode", "the data moves in the way that was granted", "数据按获得授权的方式共享", DECREE_809.format("第二十二条"), "MODE_NOT_GRANTED"),
    _rule(
        "officer",
        "an officer of the department who has the duty answers for the call",
        "由本部门负有相应职责的经办人办理",
        DECREE_809.format("第二十九条"),
        "OFFICER_UNKNOWN",
        "DUTY_MISSING",
    ),
    _rule("provider", "the provider takes part in sharing", "提供部门参加数据共享", "", "PROVIDER_DISABLED"),
    _rule(
        "fields",
        "every field that was asked for is granted",
        "所查询的信息项均已获得授权",
        DECREE_809.format("第二十五条"),
        "FIELD_NOT_GRANTED",
        "FIELD_TAKEN",
        "PREDICATE_UNKNOWN",
    ),
    _rule("quota", "the calls of the day are not used up", "当日调用次数未用完", "", "DAILY_CALLS_USED"),
)
"""The rules of a query in the order in which they are asked: of the first that does not hold the caller hears, and the rest is not asked."""
_NOTHING: Final = Word("", "", "")
_SHARES: Final[Mapping[ShareType, Word]] = {
    ShareType.UNCONDITIONAL: Word("unconditional", "shared unconditionally", "无条件共享"),
    ShareType.CONDITIONAL: Word("conditional", "shared on conditions", "有条件共享"),
    ShareType.REFUSED: Word("not_shared", "not shared", "不予共享"),
}


def rules_until(reason: str) -> tuple[RuleResult, ...]:
    """Return the rules of a query that were asked before one refused it, and that one; all of them for none, none where no rule has the reason."""
    at = next((number for number, rule in enumerate(QUERY_RULES) if reason in rule.reasons), None)
    if reason and at is None:
        return ()
    asked = QUERY_RULES if at is None else QUERY_RULES[: at + 1]
    return tuple(RuleResult(rule.must.id, rule.must, rule.article, holds=number != at, fact=_NOTHING) for number, rule in enumerate(asked))


def plan_of(grant: Grant, request: DataRequest, entry: Entry) -> tuple[RuleResult, ...]:
    """Return why a grant gives what it gives: the share type, the basis, the terms one by one, each with the clause behind it."""
    terms = grant.terms
    masks = {field.name: terms.masks.get(field.name) or field.mask for field in entry.fields if field.name in terms.fields}
    rows: Sequence[tuple[str, Word, str, str]] = (
        ("share_type", Word("", "the entry is shared", "目录条目可以共享"), DECREE_809.format("第十四条"), f"{entry.name}@{entry.version}"),
        (
            "legal_basis",
            Word("", "the use rests on a law or a duty", "使用有法律依据或者职责依据"),
            DECREE_809.format("第二十条"),
            request.legal_basis,
        ),
        ("terms.fields", Word("", "these fields, masked as said", "授权的信息项及其脱敏规则"), DECREE_809.format("第二十五条"), _listed_with(masks)),
        ("terms.purposes", Word("", "these purposes alone", "仅限以下办理事项"), DECREE_809.format("第二十五条"), ", ".join(terms.purposes)),
        ("terms.systems", Word("", "these systems alone; none named: all", "仅限以下业务系统；未列明的为全部"), "", ", ".join(terms.systems)),
        ("terms.period", Word("", "this period", "使用时限"), DECREE_809.format("第二十条"), _period(grant)),
        ("terms.daily_calls", Word("", "so many calls a day", "每日调用次数"), "", str(terms.daily_calls)),
    )
    return tuple(
        RuleResult(rule, must, article, holds=True, fact=_SHARES[entry.share_type] if rule == "share_type" else Word(fact, fact, fact))
        for rule, must, article, fact in rows
    )


def _listed_with(masks: Mapping[str, str]) -> str:
    return ", ".join(f"{name} ({mask})" if mask else name for name, mask in masks.items())


def _period(grant: Grant) -> str:
    return f"{grant.start_time.isoformat()} / {grant.expire_time.isoformat()}"


class _Facts(dict[str, str]):
    """Facts for a text of the catalogue; what the record does not hold stays open."""

    def __missing__(self, name: str) -> str:
        """Return what stands in the place of a fact that nobody kept."""
        return "…"


def words_of(reason: str, catalogue: Iterable[Reason[ShuniuError]], facts: Mapping[str, str]) -> tuple[Word, Word]:
    """Return what was missing and what to do next, by the catalogue's texts of a reason; the first of several ways in which it is told."""
    # one that has no reason of its own is told in many ways by one code: which of them it was, nobody kept
    row = next((one for one in catalogue if one.reason == reason), None)
    if row is None:
        return Word(reason, reason, reason), _NOTHING
    known = _Facts(facts)
    return (
        Word(reason, row.en.format_map(known), row.zh.format_map(known)),
        Word(reason, row.next_en.format_map(known), row.next_zh.format_map(known)),
    )
