"""What can be wrong with time limits and the calendar, in both languages: rows of the catalogue."""

from typing import Final

from hub.errors import ConfigError, IllegalStateError, InvalidInputError, NotFoundError, Reason

LIMIT_TOO_LONG: Final = Reason(
    error=InvalidInputError,
    en="a time limit has 0 to {most} working days",
    zh="办理时限应为0至{most}个工作日",
    next_en="send a number within these bounds",
    next_zh="请填写此范围内的天数",
)
EXTENSION_TOO_LONG: Final = Reason(
    error=InvalidInputError,
    en="the time limit may be extended by 0 to {most} working days",
    zh="该办理时限可延长0至{most}个工作日",
    next_en="extend it by fewer days",
    next_zh="请减少延长天数",
)
NO_EXTENSION_BY_RULE: Final = Reason(
    error=IllegalStateError,
    reason="NO_EXTENSION",
    en="the rule of this time limit gives the authority no further days to allow: {limit}",
    zh="该办理时限的规定中没有可由数据共享主管部门同意延长的天数：{limit}",
    next_en="take the step within the time limit; material that is missing from a request can be asked for once",
    next_zh="请在时限内办理；申请材料不全的，可一次性要求补正",
)
EXTENSION_TWICE: Final = Reason(
    error=IllegalStateError,
    reason="EXTENSION_TWICE",
    en="more time was asked for already; it can be asked for only once",
    zh="已申请过延期，延期只能申请一次",
    next_en="take the step by its due time",
    next_zh="请在截止时间前办理",
)
NO_EXTENSION_ASKED: Final = Reason(
    error=IllegalStateError,
    reason="NO_EXTENSION_ASKED",
    en="the provider has not asked for more time",
    zh="提供部门没有申请延期",
    next_en="wait until the provider asks; only its wish can be decided",
    next_zh="请待提供部门申请延期后再作决定",
)
EXTENSION_DECIDED: Final = Reason(
    error=IllegalStateError,
    reason="EXTENSION_DECIDED",
    en="the wish for more time was decided already",
    zh="延期申请已作出决定",
    next_en="read the case: it shows the decision and when the step is due",
    next_zh="请查看该事项，其中列明决定和截止时间",
)
PAUSES_OVERLAP: Final = Reason(
    error=InvalidInputError,
    en="pauses follow each other, and only the last may still be open",
    zh="中止期间应依次排列、互不重叠，且只有最后一段可以尚未结束",
    next_en="send the pauses in their order",
    next_zh="请按先后顺序填写中止期间",
)
NO_SUCH_LIMIT: Final = Reason(
    error=NotFoundError,
    en="{profile} has no time limit {limit!r}; it has {known}",
    zh="办理时限方案 {profile} 中没有“{limit}”，可用的有：{known}",
    next_en="use one of these",
    next_zh="请选用其中之一",
)
UNKNOWN_PROFILE: Final = Reason(
    error=ConfigError,
    en="unknown clock_profile {profile!r}",
    zh="未知的办理时限方案“{profile}”",
    next_en="one of {known}",
    next_zh="可选方案：{known}",
)


def _of_limits(en: str, zh: str) -> Reason[ConfigError]:
    return Reason(
        error=ConfigError,
        en=en,
        zh=zh,
        next_en="mend the file as its first lines say",
        next_zh="请按该文件开头的说明修正",
    )


def _of_holidays(en: str, zh: str) -> Reason[ConfigError]:
    return Reason(
        error=ConfigError,
        en=f"holidays.toml: {en}",
        zh=f"holidays.toml：{zh}",
        next_en="mend the year as the State Council's notice has it",
        next_zh="请按国务院当年放假通知修正",
    )


LIMITS_UNREADABLE: Final = _of_limits("the file is not as its first lines say: {problem}", "文件内容不符合其开头的说明：{problem}")
LIMITS_FOREIGN: Final = _of_limits(
    "the file is a list of [[profile]] blocks and nothing else; look at {names}", "文件应为 `[[profile]]` 块的列表，不含其他内容；请检查 {names}"
)
LIMIT_KEYS_MISSING: Final = _of_limits("clock {limit!r}: missing {keys}", "时限“{limit}”：缺少配置项 {keys}")
LIMIT_KEYS_UNKNOWN: Final = _of_limits("clock {limit!r}: unknown {keys}", "时限“{limit}”：有未知配置项 {keys}")
LIMITS_TWICE: Final = _of_limits("the id {id!r} is given twice", "标识“{id}”重复")
PROFILE_UNTITLED: Final = _of_limits(
    "a profile has an id, a title and [[profile.clock]] blocks, and nothing else",
    "每个办理时限方案应有标识、名称和 `[[profile.clock]]` 块，不含其他内容",
)
LIMIT_TEXT: Final = _of_limits("clock {limit!r}: {key} must be a text", "时限“{limit}”：配置项 {key} 应为文字")
LIMIT_DAYS: Final = _of_limits(
    'clock {limit!r}: {key} must be a number of days up to {most}, or "at once"', "时限“{limit}”：配置项 {key} 应为不超过{most}的天数，或者 `at once`"
)
LIMIT_ZERO: Final = _of_limits('clock {limit!r}: no days are written "at once", not 0', "时限“{limit}”：即时办理应写作 `at once`，不写0")
LIMIT_EXTENSION: Final = _of_limits(
    "clock {limit!r}: an extension names its days and who allows it, or neither", "时限“{limit}”：延长天数与批准机关应同时填写或者均不填写"
)
LIMIT_VERIFIED: Final = _of_limits("clock {limit!r}: {key} must be true or false", "时限“{limit}”：配置项 {key} 应为 true 或者 false")

HOLIDAYS_UNREADABLE: Final = _of_holidays(
    "a year is off = [[first, last, occasion], ...] and work = [day, ...] ({problem})",
    "每年应写作 `off = [[起, 止, 节日], ...]` 和 `work = [日期, ...]`（{problem}）",
)
DAY_UNREADABLE: Final = _of_holidays("year {year}: a day is written YYYY-MM-DD", "{year}年：日期应写作“年-月-日”，例如 2026-01-01")
DAYS_BACKWARDS: Final = _of_holidays("year {year}: the last day off comes before the first", "{year}年：放假的止日早于起日")
DAY_OF_OTHER_YEAR: Final = _of_holidays("year {year}: a day lies in another year", "{year}年：有日期不在该年")
WORK_DAY_WRONG: Final = _of_holidays(
    "year {year}: a make-up day is off as well, or is not a Saturday or Sunday", "{year}年：调休上班日与放假日重复，或者不是星期六、星期日"
)
