"""What can be wrong with a transfer, in both languages: the exchange's rows of the catalogue. `step` is a place of `exchange.steps`."""

from typing import Final

import exchange.download_reasons
import exchange.stream_reasons
import exchange.subscribe_reasons  # noqa: F401 - their rows belong to the same catalogue
from hub.errors import (
    DeadlineError,
    IllegalStateError,
    IntegrityError,
    InvalidInputError,
    LimitError,
    MissingGrantError,
    Reason,
    UnavailableError,
)

# --- what a query must say


def _missing(reason: str, next_en: str, next_zh: str) -> Reason[InvalidInputError]:
    return Reason(error=InvalidInputError, reason=reason, en="{field} is missing", zh="缺少{field}", next_en=next_en, next_zh=next_zh)


GRANT_MISSING: Final = _missing("MISSING_GRANT", "send the grant under which you call: grants/ and its id", "请填写所依据的共享授权名称")
PURPOSE_MISSING: Final = _missing("MISSING_PURPOSE", "send the code of the service item for which the data is used", "请填写使用数据的办理事项编码")
CASE_NUMBER_MISSING: Final = _missing("MISSING_CASE_NUMBER", "send the number of the case that the access belongs to", "请填写本次调用所属的办件编号")
OFFICER_MISSING: Final = _missing("MISSING_OFFICER", "send the officer who handles the case", "请填写经办人")
SUBJECT_KEY_MISSING: Final = _missing("MISSING_SUBJECT_KEY", "send the value of the entry's key field", "请填写目录条目主键信息项的值")
PREDICATE_MISSING: Final = _missing("MISSING_PREDICATE", "send the name of the question, as the entry declares it", "请填写目录条目所列核验项的名称")
GIVEN_TOO_MUCH: Final = Reason(
    error=InvalidInputError,
    reason="GIVEN_TOO_MUCH",
    en="{field} has at most {most} values of {longest} characters",
    zh="{field}至多{most}项，每项不超过{longest}个字符",
    next_en="send the values that the predicate compares with, and no other",
    next_zh="请仅填写该核验项需要比对的值",
)
GIVEN_NOT_AS_ASKED: Final = Reason(
    error=InvalidInputError,
    reason="GIVEN_NOT_AS_ASKED",
    en="the predicate compares with values of: {wanted}",
    zh="该核验项需要比对的信息项：{wanted}",
    next_en="send a value for each of these in `given`, in the spelling of its type, and no other",
    next_zh="请逐项填写比对值，格式与信息项类型一致，不得填写其他项",
)
FIELDS_TOO_MANY: Final = Reason(
    error=InvalidInputError,
    en="a query names at most {most} fields",
    zh="一次查询最多可列{most}个信息项",
    next_en="name fewer fields, or none for all that are granted",
    next_zh="请减少信息项；留空即返回全部已授权的信息项",
)
FIELD_NAME_SHAPE: Final = Reason(
    error=InvalidInputError,
    en="the name of a field has 1 to {most} printable characters",
    zh="信息项名称应为1至{most}个可显示字符",
    next_en="take the names from the directory entry",
    next_zh="请使用目录条目中的信息项名称",
)
KEY_IN_CLEAR: Final = Reason(
    error=InvalidInputError,
    reason="SUBJECT_IN_CLEAR",
    en="{field} must not hold the subject's key: it is logged in clear",
    zh="{field}中不得出现数据主体标识：该内容以明文记入日志",
    next_en="leave the key out of {field}",
    next_zh="请从{field}中删去数据主体标识",
)
NUMBER_IN_CLEAR: Final = Reason(
    error=InvalidInputError,
    reason="SUBJECT_IN_CLEAR",
    en="{field} must not hold an ID number: it is logged in clear",
    zh="{field}中不得出现公民身份号码：该内容以明文记入日志",
    next_en="leave the number out of {field}",
    next_zh="请从{field}中删去证件号码",
)
CASE_NUMBER_IN_CLEAR: Final = Reason(
    error=InvalidInputError,
    reason="SUBJECT_IN_CLEAR",
    en="{field} has the form of a valid citizen number, which must not be logged in clear",
    zh="{field}与有效的公民身份号码格式相同，不得以明文记入日志",
    next_en="if {field} is no ID number, write it with a dash or a letter, for example 640200-20000101-0012",
    next_zh="{field}如确非身份号码，请加连字符或字母，例如 640200-20000101-0012",
)

# --- the grant
NO_GRANT: Final = Reason(
    error=MissingGrantError,
    reason="NO_GRANT",
    en="there is no such grant",
    zh="共享授权不存在",
    next_en="list your department's grants, or file a data request",
    next_zh="请查看本部门的共享授权列表，或者提出数据共享申请",
)

# --- time
DEADLINE_TOO_SHORT: Final = Reason(
    error=DeadlineError,
    en="{step}: the deadline leaves no time to ask the provider; nothing was released",
    zh="{step}：调用期限过短，来不及向提供方调取数据；未提供任何数据",
    next_en="set a deadline of at least 1 s",
    next_zh="请将调用期限设为1秒以上",
)
CLEANING_LATE: Final = Reason(
    error=DeadlineError,
    en="{step}: the provider's answer is large and was not read before the deadline; nothing was released",
    zh="{step}：提供方返回的数据较多，未能在调用期限内处理完毕；未提供任何数据",
    next_en="retry with a longer deadline, or ask for fewer fields",
    next_zh="请延长调用期限后重试，或者减少信息项",
)
CLEANING_FULL: Final = Reason(
    error=LimitError,
    reason="ANSWERS_TOO_MANY",
    en="{step}: too many large answers wait to be read; nothing was released",
    zh="{step}：等待处理的大量数据已达上限；未提供任何数据",
    next_en="retry after {retry_after} s, with fewer calls at a time or for fewer fields",
    next_zh="请于{retry_after}秒后重试，并减少同时调用的数量或者信息项",
)
SURPLUS_TOO_MUCH: Final = Reason(
    error=LimitError,
    reason="ANSWERS_REFUSED",
    en="{step}: {provider} sent you far more than was asked again and again; it is asked for you again in a while, and nothing was released",
    zh="{step}：数据提供方（{provider}）多次返回远超所请求范围的数据，枢纽暂缓为贵部门再次调取；未提供任何数据",
    next_en="retry after {retry_after} s; tell the provider, whose answers were refused before this one",
    next_zh="请于{retry_after}秒后重试，并告知数据提供方：其此前返回的数据均被拒收",
)
LOG_TOO_SLOW: Final = Reason(
    error=UnavailableError,
    reason="LOG_UNAVAILABLE",
    en="{step}: the access log did not commit before the deadline; nothing was released",
    zh="{step}：访问日志未能在调用期限内写入；未提供任何数据",
    next_en="retry, with a longer deadline where possible",
    next_zh="请重试，并尽可能延长调用期限",
)

# --- the provider does not answer


def _unavailable(en: str, zh: str, next_en: str, next_zh: str) -> Reason[UnavailableError]:
    return Reason(
        error=UnavailableError,
        reason="PROVIDER_UNAVAILABLE",
        en=f"{{step}}: {en}; the grant is valid, nothing was released",
        zh=f"{{step}}：{zh}；共享授权有效，未提供任何数据",
        next_en=next_en,
        next_zh=next_zh,
    )


_LATER: Final = "retry after {retry_after} s", "请于{retry_after}秒后重试"
PROVIDER_PAUSED: Final = _unavailable(
    "the provider failed {failures} times in a row, so the hub does not call it for now", "提供方连续{failures}次未能应答，枢纽暂不向其调用", *_LATER
)
PROVIDER_PAUSED_FOR_YOU: Final = _unavailable(
    "the provider failed {failures} times in a row at your department's calls, so the hub does not pass on more of them for now",
    "提供方对贵部门的调用连续{failures}次未能应答，枢纽暂不转送贵部门的调用",
    *_LATER,
)
PROVIDER_SLOW: Final = _unavailable("the provider did not answer within {limit} s", "提供方未在{limit}秒内应答", *_LATER)
PROVIDER_UNREACHABLE: Final = _unavailable("the provider is unreachable", "无法连接提供方", *_LATER)
PROVIDER_PLACE_FORBIDDEN: Final = Reason(
    error=IllegalStateError,
    http=502,
    reason="PROVIDER_PLACE_FORBIDDEN",
    en="{step}: the provider registered an address that the hub does not dial; nothing was released",
    zh="{step}：提供方登记的服务地址不在枢纽允许访问的范围内；未提供任何数据",
    next_en="ask the provider to register the address of its own machine, or the hub's operator to add its network to provider_networks",
    next_zh="请提供方登记其所在机器的地址，或请枢纽运维人员将其网段加入 `provider_networks`",
)
PROVIDER_MOVED: Final = _unavailable(
    "the provider's address or certificate changed during the call", "调用期间提供方的服务地址或证书发生变更", *_LATER
)
PROVIDER_SOURCE_DOWN: Final = _unavailable(
    "the provider answers, but its own database does not, or not in time", "提供方在线，但其数据库未能及时响应", *_LATER
)
PROVIDER_BROKE_OFF: Final = _unavailable("the provider broke the call off", "提供方中断了本次调用", *_LATER)
PROVIDER_TOO_LARGE: Final = Reason(
    error=LimitError,
    reason="ANSWER_TOO_LARGE",
    en="{step}: the provider's answer is larger than one answer may be, so it was not received; the grant is valid, nothing was released",
    zh="{step}：提供方返回的数据超过单次上限，未予接收；共享授权有效，未提供任何数据",
    next_en="ask for fewer fields",
    next_zh="请减少信息项",
)


def _busy(en: str, zh: str) -> Reason[LimitError]:
    return Reason(
        error=LimitError,
        reason="PROVIDER_BUSY",
        en=f"{{step}}: {en}; the grant is valid, nothing was released",
        zh=f"{{step}}：{zh}；共享授权有效，未提供任何数据",
        next_en="retry after {retry_after} s, with fewer calls at a time",
        next_zh="请于{retry_after}秒后重试，并减少同时调用的数量",
    )


PROVIDER_QUEUE_FULL: Final = _busy("too many calls wait for this provider already", "等待该提供方的调用已达上限")
PROVIDER_CROWDED: Final = _busy("no place at this provider came free within {limit} s", "{limit}秒内未轮到向该提供方调用")
PROVIDER_BUSY: Final = _busy("the provider has no place for more calls", "提供方暂时无法受理更多调用")
PROVIDER_NOT_REGISTERED: Final = Reason(
    error=UnavailableError,
    reason="PROVIDER_NOT_REGISTERED",
    en="{step}: provider {provider} has no registered address or no valid certificate; nothing was released",
    zh="{step}：提供方 {provider} 未登记服务地址，或者没有有效证书；未提供任何数据",
    next_en="retry after {retry_after} s, it may be starting anew; then ask the providing department to run `shuniu provide`",
    next_zh="提供方可能正在重新启动，请于{retry_after}秒后重试；仍未恢复的，请联系提供部门运行 `shuniu provide`",
)

# --- the provider answers, and cannot give what the entry says: waiting does not help
_NO_USE: Final = (
    "tell the providing department the time of the call and this text; trying again does not help before it has changed something",
    "请将调用时间和本提示告知提供部门；提供部门处理之前，重试无用",
)


def _broken(reason: str, en: str, zh: str) -> Reason[IllegalStateError]:
    return Reason(
        error=IllegalStateError,
        reason=reason,
        http=502,
        en=f"{{step}}: provider {{provider}} {en}{{provider_reason}}; the grant is valid, nothing was released",
        zh=f"{{step}}：提供方 {{provider}} {zh}{{provider_reason}}；共享授权有效，未提供任何数据",
        next_en=_NO_USE[0],
        next_zh=_NO_USE[1],
    )


KEY_REFUSED: Final = Reason(
    error=InvalidInputError,
    reason="INVALID_KEY",
    en="{step}: the key cannot be a key of the provider's register: it has another form; nothing was released",
    zh="{step}：数据主体标识不符合提供方登记数据的主键格式；未提供任何数据",
    next_en="send the key in the form that the directory entry describes; the same key is refused again",
    next_zh="请按目录条目的说明填写主键；原样重试仍会被拒绝",
)
ENTRY_NOT_SERVED: Final = _broken("ENTRY_NOT_SERVED", "does not serve what the directory entry describes", "未提供目录条目所描述的数据资源")
FIELD_NOT_SERVED: Final = _broken("ENTRY_NOT_SERVED", "does not serve field {column} of the directory entry", "未提供目录条目中的信息项“{column}”")
PROVIDER_NOT_READY: Final = _broken(
    "PROVIDER_NOT_READY",
    "lacks in its own database what the entry needs: a table, a column or a right to read it",
    "的数据库缺少所需的表、列或读取权限",
)
PROVIDER_NOT_READY_AT: Final = _broken(
    "PROVIDER_NOT_READY",
    "cannot read field {column} in its own database: it is not there, or may not be read",
    "的数据库中信息项“{column}”不存在或无权读取",
)
PROVIDER_REFUSED: Final = _broken("PROVIDER_REFUSED", "refused the hub's call", "拒绝了枢纽的调用")
PROVIDER_OUTDATED: Final = _broken("PROVIDER_OUTDATED", "runs a program that does not know this call", "运行的程序不支持该调用")
PROVIDER_FAILED: Final = _broken("PROVIDER_FAILED", "failed inside its own program", "自身程序出错")
PROVIDER_FAILED_AT: Final = _broken("PROVIDER_FAILED", "failed inside its own program at field {column}", "自身程序在处理信息项“{column}”时出错")


def _damaged(en: str, zh: str) -> Reason[IntegrityError]:
    return Reason(
        error=IntegrityError,
        reason="BAD_RECORD",
        http=502,
        en=f"{{step}}: provider {{provider}} has a record that it cannot read itself: {en}; the grant is valid, nothing was released",
        zh=f"{{step}}：提供方 {{provider}} 的记录存在自身无法读取的内容：{zh}；共享授权有效，未提供任何数据",
        next_en="tell the providing department the field and the time of the call, so that it corrects the record; trying again does not help",
        next_zh="请将信息项和调用时间告知提供部门，由其更正该记录；重试无用",
    )


RECORD_DAMAGED: Final = _damaged("a value is not of its field's type", "有取值与其类型不符")
RECORD_DAMAGED_AT: Final = _damaged("the value of field {column} is not of its type", "信息项“{column}”的取值与其类型不符")

# --- the provider's answer does not fit the directory entry


def _invalid(en: str, zh: str, reason: str = "PROVIDER_ANSWER_INVALID") -> Reason[IntegrityError]:
    return Reason(
        error=IntegrityError,
        reason=reason,
        http=502,
        en=f"{{step}}: provider {{provider}} {en}; nothing was released",
        zh=f"{{step}}：提供方 {{provider}} {zh}；未提供任何数据",
        next_en="report it to the providing department, or file an objection on the directory entry",
        next_zh="请告知提供部门，或者对该目录条目提出数据异议",
    )


ANSWER_TO_OTHER_QUESTION: Final = _invalid(
    "answered another call than this one: between it and its database answers are mixed up",
    "返回的是对另一次调用的应答：其与数据库之间发生应答错配",
    reason="ANSWER_TO_OTHER_QUESTION",
)
ANSWER_UNREADABLE: Final = _invalid("sent bytes that cannot be read as an answer", "返回的内容无法解析")
ANSWER_BEYOND_ASKED: Final = _invalid(
    "sent {size} bytes; {fields} fields of at most {records} records were asked for, which is {most} bytes at most",
    "返回{size}字节；请求的是至多{records}条记录、{fields}个信息项，至多为{most}字节",
)
ANSWER_WITH_MANY_FIELDS: Final = _invalid(
    "sent a record of more than {most} fields, where {fields} were asked for", "返回的一条记录超过{most}个信息项，而请求的只有{fields}个"
)
ANSWER_WITH_MANY_RECORDS: Final = _invalid("sent more than {most} records", "返回的记录超过{most}条")
ANSWER_TOO_LARGE: Final = _invalid("sent more than {most} bytes", "返回的数据超过{most}字节")
ANSWER_OF_OTHER_SUBJECT: Final = _invalid("sent a record of another subject", "返回了其他数据主体的记录")
ANSWER_OF_OTHER_TYPE: Final = _invalid(
    "sent field {column} in another type than the directory entry's, {type}", "返回的信息项“{column}”与目录条目规定的类型（{type}）不符"
)
ANSWER_MALFORMED: Final = _invalid("sent field {column} with a value that is none of its type", "返回的信息项“{column}”取值有误，与其类型不符")
ANSWER_WITH_CONTROL_CHARACTER: Final = _invalid(
    "sent field {column} with a control character other than tab and line ends", "返回的信息项“{column}”含有制表符和换行以外的控制字符"
)
ANSWER_WITHOUT_KEY: Final = _invalid(
    "sent a record that does not say whose it is: the key field {column} is missing, empty, or neither text nor a whole number",
    "返回的记录未表明属于谁：主键信息项 {column} 缺失、为空，或者不是文本或整数",
    reason="PROVIDER_KEY_MISSING",
)
ANSWER_WITHOUT_SCOPE: Final = _invalid(
    "sent a record without field {column}, by which the grant tells which records may be had",
    "返回的记录缺少信息项“{column}”，无法判断其是否在授权的行范围内",
    reason="PROVIDER_SCOPE_MISSING",
)
TOO_MANY_RECORDS: Final = Reason(
    error=LimitError,
    reason="TOO_MANY_RECORDS",
    en="{step}: there are more than {most} records for this key, more than one answer may have; nothing was cut off and nothing was released",
    zh="{step}：该数据主体标识下的记录超过{most}条，超出单次应答上限；枢纽不作截取，未提供任何数据",
    next_en="ask the providing department for an entry with a narrower key, or with one record for each person; trying again does not help",
    next_zh="请商提供部门另设主键更细或者一人一条的目录条目；重试无用",
)

# --- many keys in one stream


def _order(reason: str, en: str, zh: str, next_en: str, next_zh: str) -> Reason[InvalidInputError]:
    return Reason(error=InvalidInputError, reason=reason, en=en, zh=zh, next_en=next_en, next_zh=next_zh)


OPENING_MISSING: Final = _order(
    "OPENING_MISSING",
    "the first message of the stream does not say under which grant, for what, in which case and by whom the keys are asked for",
    "数据流的首条消息未说明共享授权、办理事项、办件编号和经办人",
    "send the opening first, then the keys",
    "请先发送开场消息，再逐条发送数据主体标识",
)
OPENING_TWICE: Final = _order(
    "OPENING_TWICE",
    "a stream has one opening, and this message is neither a key nor the first",
    "每个数据流只能有一条开场消息，此消息既非首条，也不含数据主体标识",
    "send keys behind the opening; for another grant or case begin another stream",
    "开场消息之后请只发送数据主体标识；更换共享授权或者办件的，请另开数据流",
)
PLACE_WRONG: Final = _order(
    "PLACE_WRONG",
    "a key has a place of its own in the stream: a number more than 0 that no other key has",
    "每个数据主体标识须有各自的序号：大于0，且在同一数据流中不重复",
    "number the keys, for example from 1",
    "请为各数据主体标识编号，例如从1开始",
)
KEYS_TOO_MANY: Final = _order(
    "KEYS_TOO_MANY",
    "a stream has at most {most} keys; those before this one were asked for",
    "一个数据流最多可查询{most}个数据主体标识；此前的各个均已办理",
    "begin another stream for the others",
    "其余的请另开数据流查询",
)
QUERY_STREAMS_TOO_MANY: Final = Reason(
    error=LimitError,
    reason="STREAMS_TOO_MANY",
    en="your department has {most} streams of keys open already",
    zh="贵部门同时打开的批量查询数据流已达上限（{most}个）",
    next_en="end those that nobody reads, and send the keys over the others",
    next_zh="请结束无人读取的数据流，并通过其余数据流发送",
)
