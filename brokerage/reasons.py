"""What can be wrong in requests, grants and objections, in both languages: the brokerage's rows of the catalogue."""

from typing import Final

from hub.errors import ConfigError, InvalidInputError, LimitError, MissingGrantError, NotAllowedError, NotFoundError, Reason

# --- may this call be made under this grant: who, when, why, how, what, how often
NOT_CONSUMER: Final = Reason(
    error=NotAllowedError,
    reason="NOT_CONSUMER",
    en="the grant belongs to another department",
    zh="该共享授权属于其他部门",
    next_en="list your department's grants and use one of them",
    next_zh="请从本部门的共享授权列表中选用",
)
SYSTEM_NOT_COVERED: Final = Reason(
    error=NotAllowedError,
    reason="SYSTEM_NOT_COVERED",
    en="the grant covers these systems only: {systems}",
    zh="该共享授权仅适用于以下业务系统：{systems}",
    next_en="call from one of these systems, or file a data request that names the calling one",
    next_zh="请从上述业务系统调用，或者另行提出包含本系统的数据共享申请",
)
GRANT_NOT_BEGUN: Final = Reason(
    error=MissingGrantError,
    reason="GRANT_NOT_BEGUN",
    en="the grant has not taken effect yet",
    zh="共享授权尚未生效",
    next_en="get the grant to see its start time, and call after it",
    next_zh="请查看共享授权的起始时间，生效后再调用",
)
GRANT_REVOKED: Final = Reason(
    error=MissingGrantError,
    reason="GRANT_REVOKED",
    en="the grant was revoked",
    zh="共享授权已终止",
    next_en="file a new data request",
    next_zh="请重新提出数据共享申请",
)
GRANT_EXPIRED: Final = Reason(
    error=MissingGrantError,
    reason="GRANT_EXPIRED",
    en="the grant has expired",
    zh="共享授权已到期",
    next_en="file a new data request",
    next_zh="请重新提出数据共享申请",
)
GRANT_SUSPENDED: Final = Reason(
    error=MissingGrantError,
    reason="GRANT_SUSPENDED",
    en="the grant is suspended",
    zh="共享授权已暂停",
    next_en="ask the providing department why, and when it resumes",
    next_zh="请向提供部门了解暂停原因和恢复时间",
)
ENTRY_NOT_GRANTED: Final = Reason(
    error=NotAllowedError,
    reason="ENTRY_NOT_GRANTED",
    en="the grant is for another directory entry: {entry}",
    zh="该共享授权适用于另一目录条目：{entry}",
    next_en="send this entry, or leave the entry out",
    next_zh="请改填该目录条目，或者不填目录条目",
)
PURPOSE_NOT_GRANTED: Final = Reason(
    error=NotAllowedError,
    reason="PURPOSE_NOT_GRANTED",
    en="the grant was not given for this purpose",
    zh="办理事项不在授权范围内",
    next_en="use one of the granted purposes: {purposes}",
    next_zh="请使用已获授权的办理事项：{purposes}",
)
MODE_NOT_GRANTED: Final = Reason(
    error=NotAllowedError,
    reason="MODE_NOT_GRANTED",
    en="the grant was given for {granted}, not for {wanted}",
    zh="该共享授权的共享方式为“{granted}”，不能用于“{wanted}”",
    next_en="use the grant for {granted}, or file a data request for {wanted}",
    next_zh="请按“{granted}”方式使用该授权，或者另行提出共享方式为“{wanted}”的数据共享申请",
)
MODE_NOT_OFFERED: Final = Reason(
    error=NotAllowedError,
    reason="MODE_NOT_GRANTED",
    en="the grant was given for {granted}, which this release does not offer yet, and not for {wanted}",
    zh="该共享授权的共享方式为“{granted}”，本版本尚未提供该方式；该授权不能用于“{wanted}”",
    next_en="meanwhile, file a data request for {wanted}, if the directory entry offers that mode",
    next_zh="在此期间，如目录条目支持“{wanted}”方式，可提出该方式的数据共享申请",
)
FIELD_NOT_GRANTED: Final = Reason(
    error=NotAllowedError,
    reason="FIELD_NOT_GRANTED",
    en="these fields are not granted: {fields}",
    zh="以下信息项未获授权：{fields}",
    next_en="leave these fields out, or file a data request for them",
    next_zh="请去掉这些信息项，或者另行提出数据共享申请",
)
DAILY_CALLS_USED: Final = Reason(
    error=LimitError,
    reason="DAILY_CALLS_USED",
    en="the grant allows {limit} calls a day, and today's are used up",
    zh="该共享授权每日可调用{limit}次，今日次数已用完",
    next_en="wait until tomorrow (UTC+8), or file a data request for more calls a day",
    next_zh="请于次日再调用，或者另行申请更高的每日调用次数",
)

# --- time limits and working days
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
    "每年应写作 off = [[起, 止, 节日], ...] 和 work = [日期, ...]（{problem}）",
)
DAY_UNREADABLE: Final = _of_holidays("year {year}: a day is written YYYY-MM-DD", "{year}年：日期应写作“年-月-日”，例如 2026-01-01")
DAYS_BACKWARDS: Final = _of_holidays("year {year}: the last day off comes before the first", "{year}年：放假的止日早于起日")
DAY_OF_OTHER_YEAR: Final = _of_holidays("year {year}: a day lies in another year", "{year}年：有日期不在该年")
WORK_DAY_WRONG: Final = _of_holidays(
    "year {year}: a make-up day is off as well, or is not a Saturday or Sunday", "{year}年：调休上班日与放假日重复，或者不是星期六、星期日"
)
