"""What can be wrong with a license that is to take another one's place."""

from typing import Final

from hub.errors import InvalidInputError, Reason

SUCCESSOR_MISSING: Final = Reason(
    error=InvalidInputError,
    reason="SUCCESSOR_MISSING",
    en="a license that is in force or suspended is corrected by the one that takes its place: name it",
    zh="更正有效或者已暂停的电子证照，须填写替代它的新证照",
    next_en="issue the right license first and name it here; where there is to be none, revoke the wrong one before you correct",
    next_zh="请先签发正确的新证照并在此填写；不再签发新证照的，请先吊销原证照再办理更正",
)
SUCCESSOR_NOT_NEEDED: Final = Reason(
    error=InvalidInputError,
    reason="SUCCESSOR_NOT_NEEDED",
    en="the license is {state} already, so this one cannot take its place",
    zh="该证照{state}，所填新证照不能再取代它",
    next_en="leave it out, or name the license that took its place",
    next_zh="请不要填写，或者填写已取代它的证照",
)
SUCCESSOR_OF_OTHERS: Final = Reason(
    error=InvalidInputError,
    reason="SUCCESSOR_OF_OTHERS",
    en="what takes a license's place is another license of the department that issued it",
    zh="新证照应为原颁发机构签发的另一张证照",
    next_en="name the new license, as it was issued by your department",
    next_zh="请填写本部门签发的新证照",
)
SUCCESSOR_NOT_IN_FORCE: Final = Reason(
    error=InvalidInputError,
    reason="SUCCESSOR_NOT_IN_FORCE",
    en="the new license is {state}; only one that is in force takes another's place",
    zh="新证照{state}，只有有效的证照才能取代其他证照",
    next_en="issue the new license first",
    next_zh="请先签发新证照",
)
SUCCESSOR_TAKEN: Final = Reason(
    error=InvalidInputError,
    reason="SUCCESSOR_TAKEN",
    en="the new license has taken the place of another one already: {other}",
    zh="新证照已取代另一张证照：{other}",
    next_en="issue a license of its own for this one, or revoke this one",
    next_zh="请为该证照另行签发新证照，或者吊销该证照",
)
SUCCESSOR_DIFFERS: Final = Reason(
    error=InvalidInputError,
    reason="SUCCESSOR_DIFFERS",
    en="the new license is of another type or of other holders; their numbers must be the same",
    zh="新证照的类型或者持证主体与原证照不同；持证主体代码应当一致",
    next_en="name the new version of the same license; where the holder's number was wrong, revoke the old license instead",
    next_zh="请填写同一证照的新版本；持证主体代码有误的，请吊销原证照",
)
