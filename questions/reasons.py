"""What can be wrong with waiting questions, in both languages: the package's rows of the catalogue (`hub.errors.Reason`)."""

from typing import Final

from hub.errors import IllegalStateError, IntegrityError, InvalidInputError, LimitError, Reason, UnavailableError

QUESTION_WAITS: Final = Reason(
    error=UnavailableError,
    reason="QUESTION_WAITS",
    en="{cause}; the question waits until {until} as {waiting_question}",
    zh="{cause}；该查询已密封留存为 {waiting_question}，等待至{until}",
    next_en="ask again by a call that names the waiting question, once your department is told that the service was seen again",
    next_zh="收到数据服务已恢复的通知后，请在调用中注明该待答查询，重新提出",
)
"""`cause` among its facts is the code of what the provider met."""
QUESTION_DEADLINE_WRONG: Final = Reason(
    error=InvalidInputError,
    reason="QUESTION_DEADLINE_WRONG",
    en="{field} lies in the future, and at most {days} days ahead",
    zh="{field}应晚于当前时间，且不超过{days}天",
    next_en="send a moment within that time, or none where the question is not to wait",
    next_zh="请填写该范围内的时间；查询无需等待的，请留空",
)
QUESTION_IS_OTHER: Final = Reason(
    error=InvalidInputError,
    reason="QUESTION_IS_OTHER",
    en="this is another question than {waiting_question}",
    zh="本次查询与 {waiting_question} 不是同一查询",
    next_en="send what waits, with another officer and request_id where need be; or leave the name out",
    next_zh="请按留存的内容重新提出（经办人和请求编号可以不同），或者不要注明待答查询",
)
QUESTION_OVER: Final = Reason(
    error=IllegalStateError,
    reason="QUESTION_OVER",
    en="{waiting_question} has ended: {state}",
    zh="{waiting_question} 已结束：{state}",
    next_en="ask without naming it",
    next_zh="请不注明待答查询，重新提出查询",
)
QUESTIONS_TOO_MANY: Final = Reason(
    error=LimitError,
    reason="QUESTIONS_TOO_MANY",
    en="{cause}; {most} questions wait already {whose}, so this one was not kept",
    zh="{cause}；{whose}等待的查询已达{most}项，本次查询未留存",
    next_en="ask again later, or withdraw questions that need no answer any more",
    next_zh="请稍后重新查询，或者撤回不再需要答复的待答查询",
)
QUESTION_DAMAGED: Final = Reason(
    error=IntegrityError,
    reason="QUESTION_DAMAGED",
    en="what is kept of {waiting_question} is not what was sealed, or files.secret is another one",
    zh="{waiting_question} 的留存内容与密封时不一致，或者 files.secret 不是原来的密钥",
    next_en="withdraw it and ask anew",
    next_zh="请撤回后重新查询",
)
