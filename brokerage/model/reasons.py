"""What can be wrong with requests, terms, grants and objections, in both languages."""

from typing import Final

from hub.errors import AlreadyExistsError, IllegalStateError, InvalidInputError, LimitError, NotAllowedError, NotFoundError, Reason

# --- filing and answering a data request
OWN_DATA: Final = Reason(
    error=InvalidInputError,
    reason="OWN_DATA",
    en="a department does not request its own data",
    zh="该目录条目由本部门提供，无需申请",
    next_en="use the data where your department keeps it, or name another department's entry",
    next_zh="请直接使用本部门数据，或者选择其他部门的目录条目",
)
GAPS_WRONG: Final = Reason(
    error=InvalidInputError,
    en="the request goes back once, so all gaps are named at once: 1 to {most}",
    zh="补正须一次性告知，补正事项应为1至{most}项",
    next_en="name every gap in this one step",
    next_zh="请一次列出全部补正事项",
)
ASKED_ALREADY: Final = Reason(
    error=IllegalStateError,
    reason="ASKED_ALREADY",
    en="the request was supplemented already; it can be sent back only once",
    zh="该申请已补正过，补正只能要求一次",
    next_en="approve, offer less, or refuse",
    next_zh="请批准、部分批准或者拒绝",
)
WIDER_THAN_ASKED: Final = Reason(
    error=InvalidInputError,
    reason="WIDER_THAN_ASKED",
    en="the terms are wider than what was asked",
    zh="提供的共享条件宽于申请内容",
    next_en="narrow them, or leave them out to give all that was asked",
    next_zh="请缩小共享条件；如全部同意，可不填写共享条件",
)
NO_NATIONAL_LAW: Final = Reason(
    error=InvalidInputError,
    reason="NO_NATIONAL_LAW",
    en="what a refusal cites is a law, administrative regulation or State Council decision, with its title in 《》; local rules do not count",
    zh="拒绝共享所引依据应为法律、行政法规或者国务院决定，并以《》注明名称；地方规定不能作为依据",
    next_en="cite such a law, or leave it out and state your reasons",
    next_zh="请注明所依据的法律名称，或不填依据，只说明理由",
)
ENTRY_WITHDRAWN: Final = Reason(
    error=IllegalStateError,
    reason="ENTRY_WITHDRAWN",
    en="the directory entry was withdrawn, so nothing of it can be given",
    zh="目录条目已撤销，不能再授权",
    next_en="refuse or withdraw the request, or publish the entry again",
    next_zh="请拒绝或者撤回该申请，或者重新发布目录条目",
)
GRANT_NOT_DUE: Final = Reason(
    error=IllegalStateError,
    en="the request is {state}; only an approved request gives a grant, and only one",
    zh="该数据共享申请当前为“{state}”，只有已批准的申请才能产生共享授权，且只产生一个",
    next_en="read the request: its grant is named there once it is approved",
    next_zh="请查看该申请，批准后其中会列明共享授权",
)

# --- terms
TERMS_COUNT: Final = Reason(
    error=InvalidInputError,
    en="{field} has {least} to {most} names",
    zh="{field}应有{least}至{most}项",
    next_en="name that many",
    next_zh="请按要求的数量填写",
)
NAMED_TWICE: Final = Reason(
    error=InvalidInputError,
    en="{field} names the same one twice",
    zh="{field}有重复项",
    next_en="name each one once",
    next_zh="请删去重复项",
)
NAME_SHAPE: Final = Reason(
    error=InvalidInputError,
    en="{field} holds a name of a wrong shape: it has {shape}",
    zh="{field}中有格式错误的名称，应由{shape}组成",
    next_en="take the name from where it was registered",
    next_zh="请按登记的名称填写",
)
TERMS_NUMBER: Final = Reason(
    error=InvalidInputError,
    en="{field} is 1 to {most}",
    zh="{field}应为1至{most}",
    next_en="send a number within these bounds",
    next_zh="请填写此范围内的数字",
)
MODE_MISSING: Final = Reason(
    error=InvalidInputError,
    reason="MODE_MISSING",
    en="terms name the mode in which data moves",
    zh="必须填写共享方式",
    next_en="send one of the modes that the directory entry names, for example query",
    next_zh="请填写目录条目列明的共享方式",
)
MASK_WITHOUT_FIELD: Final = Reason(
    error=InvalidInputError,
    en="a masking rule is given for a field that is not among the terms' fields",
    zh="脱敏规则所对应的信息项不在申请的信息项之列",
    next_en="add the field, or leave the rule out",
    next_zh="请补充该信息项，或者删去该脱敏规则",
)
MASK_TOO_WIDE: Final = Reason(
    error=InvalidInputError,
    reason="MASK_TOO_WIDE",
    en="the masking rule of {name} would show more than the entry's own ({own})",
    zh="{name} 的脱敏规则宽于目录条目的规定（{own}）",
    next_en="choose a stricter rule, or leave it out to have the entry's own",
    next_zh="请采用更严的脱敏规则；不填则适用目录条目的规定",
)
ENTRY_LACKS_NAMES: Final = Reason(
    error=InvalidInputError,
    reason="NOT_IN_ENTRY",
    en="the directory entry does not offer these {what}: {names}",
    zh="目录条目不含以下{what}：{names}",
    next_en="read the entry again and ask for what it offers",
    next_zh="请重新查看目录条目，按其所列内容申请",
)
ENTRY_LACKS_MODE: Final = Reason(
    error=InvalidInputError,
    reason="MODE_NOT_OFFERED",
    en="the directory entry is not shared in this mode; it is shared by {modes}",
    zh="目录条目不支持该共享方式，其共享方式为{modes}",
    next_en="ask for {modes}",
    next_zh="请改为申请{modes}",
)

# --- objections
SUBJECT_MISSING: Final = Reason(
    error=InvalidInputError,
    reason="SUBJECT_MISSING",
    en="an objection to a record or a field needs the key of the record, at most {most} characters; any other must not have one",
    zh="对记录或者信息项提出异议须填写数据主体标识，不超过{most}个字符；其他异议不得填写",
    next_en="send the key of the record, or choose another target",
    next_zh="请填写数据主体标识，或者改选异议对象",
)
SUBJECT_IN_CLEAR: Final = Reason(
    error=InvalidInputError,
    reason="SUBJECT_IN_CLEAR",
    en="the key of the record must not stand in the text: the hub keeps it as a pseudonym alone",
    zh="文字内容中不得出现数据主体的证件号码：枢纽只保存其假名",
    next_en="leave the number out",
    next_zh="请删去证件号码",
)
DIGEST_WRONG: Final = Reason(
    error=InvalidInputError,
    en="the digest of evidence is SHA-256, {length} bytes",
    zh="证据摘要应为 SHA-256 摘要值，共{length}字节",
    next_en="send the SHA-256 of the evidence, or leave it out",
    next_zh="请填写证据的 SHA-256 摘要值，或者不填",
)
FIELD_AND_TARGET: Final = Reason(
    error=InvalidInputError,
    en="a field is named when the objection is to a field, and only then",
    zh="异议对象为信息项时须填写信息项，其他情形不得填写",
    next_en="name the field, or choose another target",
    next_zh="请填写信息项，或者改选异议对象",
)
UNKNOWN_LICENSE: Final = Reason(
    error=InvalidInputError,
    reason="UNKNOWN_LICENSE",
    en="this is not the name of a license that a department issued here",
    zh="不是本枢纽部门签发的电子证照标识",
    next_en="send licenses/ and the identifier as printed on the license",
    next_zh="请填写 licenses/ 加证照上所印的标识",
)
NO_SUBJECT: Final = Reason(
    error=InvalidInputError,
    reason="NO_SUBJECT",
    en="records of this entry are not found by a person's or a company's number",
    zh="该目录条目不按数据主体查询",
    next_en="object to the entry instead",
    next_zh="请改为对目录条目提出异议",
)
NO_SUCH_FIELD: Final = Reason(
    error=InvalidInputError,
    en="the directory entry has no such field",
    zh="目录条目没有该信息项",
    next_en="read the entry's fields and name one of them",
    next_zh="请查看目录条目的信息项后填写",
)
NO_DECISION: Final = Reason(
    error=IllegalStateError,
    en="the data request is {state}: there is no decision to object to yet",
    zh="该数据共享申请当前为“{state}”，尚无可提出异议的决定",
    next_en="wait for the decision",
    next_zh="请待作出决定后再提出异议",
)

# --- why something was decided
NO_DECISION_HERE: Final = Reason(
    error=NotFoundError,
    reason="NO_DECISION",
    en="no such decision of which your department may know",
    zh="没有该决定，或者本部门无权了解该决定",
    next_en="send the name as the trailer shuniu-decision or the error's `decision` gave it: decisions/ and a number",
    next_zh="请填写返回结果或者错误信息中给出的决定名称：`decisions/` 加编号",
)

# --- changes of running services
REPLIED_ALREADY: Final = Reason(
    error=IllegalStateError,
    reason="REPLIED_ALREADY",
    en="your department has replied to this change already",
    zh="本部门已对该服务变更答复意见",
    next_en="talk to the provider; where you do not agree, open a dispute",
    next_zh="请与提供部门协商；协商不成的，可提出共享争议",
)
CONSULTATION_OPEN: Final = Reason(
    error=IllegalStateError,
    reason="CONSULTATION_OPEN",
    en="{open} consumers have not replied yet, and may until {until}",
    zh="尚有{open}个使用部门未答复意见，答复期限至{until}",
    next_en="file it when all have replied, or after that day",
    next_zh="请待全部答复后或者期满后报备",
)
CALL_OFF_NEVER: Final = Reason(
    error=IllegalStateError,
    reason="CALL_OFF_NEVER",
    en="the entry was withdrawn or is shared no longer, so its grants end in any case",
    zh="目录条目已撤销或者不再共享，其共享授权必然终止，不能取消",
    next_en="file the end with the authority, with a date that gives the consumers time",
    next_zh="请向数据共享主管部门报备，并为使用部门留出时间",
)
EFFECT_DATE_WRONG: Final = Reason(
    error=InvalidInputError,
    reason="EFFECT_DATE_WRONG",
    en="the date is a day to come, written YYYY-MM-DD, {first} at the earliest and within three years",
    zh="生效日期应写作“年-月-日”，最早为{first}，且不超过三年",
    next_en="send such a day",
    next_zh="请填写符合要求的日期",
)
EFFECT_DATE_EARLY: Final = Reason(
    error=InvalidInputError,
    reason="EFFECT_DATE_EARLY",
    en="the date may be later than the one that was filed, {first}, and not earlier",
    zh="生效日期可以晚于报备的{first}，不能早于该日",
    next_en="leave it out, or send a later day",
    next_zh="请不填，或者填写更晚的日期",
)
CHANGE_OPEN: Final = Reason(
    error=IllegalStateError,
    reason="SERVICE_CHANGE_OPEN",
    en="such a change is under way already: {change}",
    zh="已有同类服务变更正在办理：{change}",
    next_en="go on with that one, or call it off first",
    next_zh="请继续办理该变更，或者先行取消",
)
NOTHING_RUNS: Final = Reason(
    error=IllegalStateError,
    reason="NOTHING_RUNS",
    en="the grant is {state}: nothing runs that could end",
    zh="该共享授权当前为“{state}”，没有正在提供的服务",
    next_en="read the grant; there is nothing left to do",
    next_zh="请查看该共享授权，无需再办理",
)
REVOKE_NEEDS_CHANGE: Final = Reason(
    error=IllegalStateError,
    reason="CONSULT_FIRST",
    en="no running service is ended without consulting its consumer and filing with the authority",
    zh="正在提供的数据共享服务，未经与使用部门协商并向数据共享主管部门报备，不得终止",
    next_en="propose the end of the service (ProposeServiceChange, `shuniu service-change propose`); where the data is misused, suspend the grant",
    next_zh="请提出终止服务（`shuniu service-change propose`）；存在不当使用的，请先暂停该共享授权",
)
ENTRY_ENDS: Final = Reason(
    error=IllegalStateError,
    reason="ENTRY_ENDS",
    en="the directory entry is withdrawn or shared no longer, so nothing of it is granted any more: {change}",
    zh="目录条目已撤销或者不再共享，不能再授权：{change}",
    next_en="refuse the request, with the reasons",
    next_zh="请说明理由后拒绝该申请",
)

# --- rows: which records may be had


def _rows(reason: str, en: str, zh: str, next_en: str, next_zh: str) -> Reason[InvalidInputError]:
    return Reason(error=InvalidInputError, reason=reason, en=en, zh=zh, next_en=next_en, next_zh=next_zh)


ROWS_COUNT: Final = _rows(
    "ROWS_TOO_MANY",
    "a scope has at most {most} conditions on rows",
    "行范围条件最多{most}个",
    "leave out those that the others imply",
    "请删去可由其他条件推出的条件",
)
ROW_TWICE: Final = _rows(
    "ROW_FIELD_TWICE",
    "two conditions are about one field: {name}",
    "信息项 {name} 有两个行范围条件",
    "write one condition for a field: a set for several values, one range for both ends",
    "每个信息项只写一个条件：多个取值用集合，上下限写在同一个区间",
)
ROW_FORM: Final = _rows(
    "ROW_FORM_WRONG",
    "the condition on {name} is not exactly one of equality, beginning, set and range",
    "信息项 {name} 的行范围条件应为等于、开头为、取值集合、区间四者之一",
    "set one of them",
    "请只填写其中一种",
)
ROW_FIELD_SHAPE: Final = _rows(
    "ROW_FIELD_SHAPE",
    "a condition on rows names a field in a wrong shape: it has {shape}",
    "行范围条件的信息项名称格式错误，应由{shape}组成",
    "take the name from the directory entry",
    "请按目录条目中的信息项名称填写",
)
ROW_FIELD_UNKNOWN: Final = _rows(
    "ROW_FIELD_UNKNOWN",
    "the directory entry has no field {name}, so no row can be told by it",
    "目录条目没有信息项 {name}，不能用作行范围条件",
    "read the entry's fields and name one of them",
    "请查看目录条目的信息项后填写",
)
ROW_FIELD_PERSONAL: Final = _rows(
    "ROW_FIELD_PERSONAL",
    "{name} says something of a person, so no scope may name it: the answer would tell what was not granted",
    "{name} 为个人信息，不得用作行范围条件：否则由结果即可推知未获授权的内容",
    "name a field that is not personal, for example a region, a kind or a year",
    "请选用非个人信息项，例如区域、类别、年份",
)
ROW_FIELD_TYPE: Final = _rows(
    "ROW_FIELD_TYPE",
    "{name} is of type {type}, which no scope may name",
    "信息项 {name} 的类型为{type}，不能用作行范围条件",
    "name a field of another type: a text, an integer, a decimal, a truth value, a date or a moment",
    "请选用文本、整数、小数、布尔值、日期或者时间类型的信息项",
)
ROW_PREFIX_TYPE: Final = _rows(
    "ROW_PREFIX_TYPE",
    "{name} is no text, so it has no beginning",
    "信息项 {name} 不是文本，不能用“开头为”作条件",
    "use equality, a set or a range",
    "请改用等于、取值集合或者区间",
)
ROW_RANGE_TYPE: Final = _rows(
    "ROW_RANGE_TYPE",
    "{name} has no order, so it has no range: a text or a truth value",
    "信息项 {name} 为文本或者布尔值，不能用区间作条件",
    "use equality, a set, or the beginning of a text",
    "请改用等于、取值集合，文本可用“开头为”",
)
ROW_VALUES_COUNT: Final = _rows(
    "ROW_VALUES_COUNT",
    "the set for {name} has 1 to {most} values",
    "信息项 {name} 的取值集合应有1至{most}个取值",
    "name that many",
    "请按要求的数量填写",
)
ROW_VALUE_TWICE: Final = _rows(
    "ROW_VALUE_TWICE",
    "the set for {name} names the same value twice",
    "信息项 {name} 的取值集合有重复取值",
    "name each one once",
    "请删去重复取值",
)
ROW_VALUE_WRONG: Final = _rows(
    "ROW_VALUE_WRONG",
    "a value for {name} is none of its type, {type}, in the spelling of a record: 42, 120.5, true, 2026-03-02, 2026-03-02T08:00:00+08:00",
    "信息项 {name} 的取值不符合其类型（{type}），应写作：42、120.5、true、2026-03-02、2026-03-02T08:00:00+08:00",
    "write the value as a record has it, on one line",
    "请按记录中的写法填写，不得换行",
)
ROW_UPSIDE_DOWN: Final = _rows(
    "ROW_UPSIDE_DOWN",
    "the range for {name} begins above its end",
    "信息项 {name} 的区间下限大于上限",
    "exchange its ends",
    "请调换上下限",
)

# --- 数据回流: what goes back to the department's own region
NO_REGION_FIELD: Final = _rows(
    "NO_REGION_FIELD",
    "the directory entry does not say which field holds a record's region, so nothing can be returned by region",
    "目录条目未列明区划信息项，无法按区域回流数据",
    "ask its provider to state region_field in the entry, or file an ordinary request",
    "请商提供部门在目录条目中列明区划信息项，或者按一般程序提出申请",
)
NOT_A_LOWER_LEVEL: Final = _rows(
    "NOT_A_LOWER_LEVEL",
    "data is returned to departments of a level below the entry's; yours is not, or its level is not registered yet",
    "数据回流面向低于目录条目层级的部门；贵部门层级不低于该条目，或者尚未登记层级",
    "file an ordinary request; if your level is missing, ask the authority to register it",
    "请按一般程序提出申请；未登记层级的，请联系数据共享主管部门登记",
)
REGION_ABOVE_LEVEL: Final = _rows(
    "REGION_ABOVE_LEVEL",
    "your department's region code, {own}, stands for more than {level} region, so the hub cannot tell which records are its own",
    "贵部门登记的区划代码（{own}）高于其层级（{level}），枢纽无法判断哪些记录属于本区域",
    "ask the authority to correct the region or the level of your department, or file an ordinary request",
    "请联系数据共享主管部门更正本部门的区划或者层级，或者按一般程序提出申请",
)
REGION_NOT_WITHIN: Final = _rows(
    "REGION_NOT_WITHIN",
    "your department's region {own} does not lie within the entry's, {region}",
    "贵部门所在区划（{own}）不在目录条目的区划（{region}）范围内",
    "file an ordinary request",
    "请按一般程序提出申请",
)
ROWS_OUTSIDE_REGION: Final = _rows(
    "ROWS_OUTSIDE_REGION",
    "the condition on {name} reaches beyond your department's own region, {own}",
    "信息项 {name} 的行范围条件超出本部门所在区划（{own}）",
    "leave it out, the hub adds your region; or narrow it to a part of your region",
    "请删去该条件（枢纽会加上本部门区划），或者缩小到本部门区划之内",
)

# --- the life of a grant
FOLLOW_INCOMPLETE: Final = Reason(
    error=InvalidInputError,
    reason="FOLLOW_INCOMPLETE",
    en="a request that follows a grant names the grant and whether it amends or renews it",
    zh="变更或者续期申请须同时填写原共享授权和接续方式",
    next_en="name both, or neither for a request of its own",
    next_zh="请两项都填写；如为新申请，两项都不填",
)
FOLLOWS_ANOTHER_ENTRY: Final = Reason(
    error=InvalidInputError,
    reason="FOLLOWS_ANOTHER_ENTRY",
    en="the grant to be followed is for another directory entry: {entry}",
    zh="所接续的共享授权适用于另一目录条目：{entry}",
    next_en="ask for that entry, or file a request that follows no grant",
    next_zh="请改填该目录条目，或者另行提出新申请",
)
FOLLOWED_ALREADY: Final = Reason(
    error=IllegalStateError,
    reason="FOLLOWED_ALREADY",
    en="the grant is followed by another already: {follower}",
    zh="该共享授权已有接续的授权：{follower}",
    next_en="use that grant, and follow it where it has to change",
    next_zh="请使用该授权；需要变更的，请对该授权提出申请",
)
FOLLOWS_NO_LIVE_GRANT: Final = Reason(
    error=IllegalStateError,
    reason="FOLLOWS_NO_LIVE_GRANT",
    en="the grant is {state}; to {step}, it must be {possible}",
    zh="该共享授权当前为“{state}”，只有“{possible}”时才能{step}",
    next_en="file a request that follows no grant",
    next_zh="请另行提出新申请",
)
MEND_DAYS_WRONG: Final = Reason(
    error=InvalidInputError,
    reason="MEND_DAYS_WRONG",
    en="a term to mend misuse has 1 to {most} working days",
    zh="违规使用的整改期限应为1至{most}个工作日",
    next_en="send a number within these bounds",
    next_zh="请填写此范围内的工作日数",
)
MEND_WITHOUT_MISUSE: Final = Reason(
    error=InvalidInputError,
    reason="MEND_WITHOUT_MISUSE",
    en="a term to mend is given where a grant is suspended for misuse, and only there",
    zh="只有因违规使用暂停共享授权时才设整改期限",
    next_en="name misuse as the ground, or leave the term out",
    next_zh="请将暂停事由填为违规使用，或者不填整改期限",
)
NO_MENDING: Final = Reason(
    error=IllegalStateError,
    reason="NO_MENDING",
    en="the grant is not suspended for misuse, so nothing is to be mended",
    zh="该共享授权不是因违规使用而暂停，无需整改",
    next_en="read the grant: it shows why it is suspended",
    next_zh="请查看该共享授权的暂停事由",
)
REPORT_TWICE: Final = Reason(
    error=IllegalStateError,
    reason="REPORT_TWICE",
    en="what was mended is reported already",
    zh="整改情况已报告",
    next_en="wait until whoever suspended the grant lets it go on or refuses the report",
    next_zh="请待暂停该授权的部门恢复授权或者退回报告",
)
NO_REPORT: Final = Reason(
    error=IllegalStateError,
    reason="NO_REPORT",
    en="the consumer has not reported yet what it mended",
    zh="使用部门尚未报告整改情况",
    next_en="wait for the report; the grant stays suspended meanwhile",
    next_zh="请待使用部门报告，其间授权保持暂停",
)
EXPECTED_TOO_EARLY: Final = Reason(
    error=InvalidInputError,
    reason="EXPECTED_TOO_EARLY",
    en="an explanation says by when the data will be served: a day, today or later",
    zh="说明中须填写预计提供数据的日期，不得早于今日",
    next_en="send a day that is not over, written like 2026-03-02",
    next_zh="请填写今日或者以后的日期，写作 2026-03-02 的形式",
)
DELIVERY_NOT_LATE: Final = Reason(
    error=IllegalStateError,
    reason="DELIVERY_NOT_LATE",
    en="the delivery of this grant is not late: its time has not run out, or the data was used",
    zh="该共享授权未超过数据提供时限，或者数据已被使用",
    next_en="nothing is to be explained",
    next_zh="无需说明",
)
DISPOSAL_TOO_EARLY: Final = Reason(
    error=IllegalStateError,
    reason="DISPOSAL_TOO_EARLY",
    en="the grant has not ended, so no disposal of its data is due",
    zh="该共享授权尚未终结，不需要处置数据",
    next_en="give the receipt after the grant has ended",
    next_zh="请在授权终结后再提交处置回执",
)
DISPOSAL_NOT_OWED: Final = Reason(
    error=IllegalStateError,
    reason="DISPOSAL_NOT_OWED",
    en="the data of this grant goes on being used under another one: {follower}",
    zh="该共享授权的数据在接续的授权下继续使用：{follower}",
    next_en="give the receipt after that grant has ended",
    next_zh="请在该授权终结后再提交处置回执",
)
NO_RECEIPT: Final = Reason(
    error=IllegalStateError,
    reason="NO_RECEIPT",
    en="the consumer has given no disposal receipt for this grant",
    zh="使用部门尚未就该共享授权提交处置回执",
    next_en="wait for the receipt",
    next_zh="请待使用部门提交处置回执",
)
LAW_AND_METHOD: Final = Reason(
    error=InvalidInputError,
    reason="LAW_AND_METHOD",
    en="data that is kept names the law that demands it; data that is deleted or returned names none",
    zh="依法留存数据须填写法律依据；删除或者退回数据不得填写",
    next_en="cite the law, or choose another method",
    next_zh="请填写法律依据，或者改选处置方式",
)
DISPOSAL_DATE_WRONG: Final = Reason(
    error=InvalidInputError,
    reason="DISPOSAL_DATE_WRONG",
    en="the day of the disposal lies between the beginning of the grant and today",
    zh="处置日期应在共享授权开始之日至今日之间",
    next_en="send the day on which it was done, written like 2026-03-02",
    next_zh="请填写实际处置日期，写作 2026-03-02 的形式",
)
DAY_SHAPE: Final = Reason(
    error=InvalidInputError,
    en="{field} must be a day, written like 2026-03-02",
    zh="{field}应为日期，写作 2026-03-02 的形式",
    next_en="send {field} as year, month and day",
    next_zh="请按年、月、日填写{field}",
)

# --- demands
FIELDS_TOO_MANY: Final = Reason(
    error=InvalidInputError,
    reason="FIELDS_TOO_MANY",
    en="{field} names at most {most} data items",
    zh="{field}最多{most}项",
    next_en="name the most important ones; the rest can stand in the description",
    next_zh="请列出最主要的数据项，其余可写入所需数据的说明",
)
ASSIGNED_TO_FILER: Final = Reason(
    error=InvalidInputError,
    reason="ASSIGNED_TO_FILER",
    en="the department that filed the demand cannot be the one that answers it",
    zh="承办部门不能是提出该需求的部门",
    next_en="assign it to the department that has such data",
    next_zh="请分派给掌握该数据的部门",
)
MERGED_INTO_ITSELF: Final = Reason(
    error=InvalidInputError,
    reason="MERGED_INTO_ITSELF",
    en="a demand is not merged into itself",
    zh="数据需求不能并入自身",
    next_en="name another demand, or a published entry",
    next_zh="请填写另一项数据需求或者已发布的目录条目",
)
MERGED_INTO_NOTHING: Final = Reason(
    error=InvalidInputError,
    reason="MERGED_INTO_NOTHING",
    en="nothing goes on within a demand that is {state}",
    zh="目标数据需求{state}，不能再并入其他需求",
    next_en="name the demand that it was merged into, or one that is still open",
    next_zh="请填写该需求所并入的需求，或者其他尚在办理的需求",
)
MERGE_TARGET_UNKNOWN: Final = Reason(
    error=InvalidInputError,
    reason="MERGE_TARGET_UNKNOWN",
    en="{field} is demands/ID or entries/ID",
    zh="{field}应为数据需求或者目录条目的名称",
    next_en="copy the name from the board of demands or from the directory",
    next_zh="请从数据需求列表或者目录中复制名称",
)
NOT_OWN_ENTRY: Final = Reason(
    error=InvalidInputError,
    reason="NOT_OWN_ENTRY",
    en="a demand is fulfilled by an entry of the department that accepted it",
    zh="满足需求的目录条目应由受理该需求的部门提供",
    next_en="name a published entry of your department; where another department's entry answers it, ask the authority to merge the demand into it",
    next_zh="请填写本部门已发布的目录条目；由其他部门的条目满足的，请数据共享主管部门将需求并入该条目",
)

# --- disputes
NOT_DISPUTABLE: Final = Reason(
    error=IllegalStateError,
    reason="NOT_DISPUTABLE",
    en="there is nothing to dispute: the {thing} is {state}",
    zh="没有可以提出争议的决定：{thing}{state}",
    next_en="a dispute is about a refused or narrowed request, a suspended or ended grant, a checked objection or a declined demand",
    next_zh="可以提出争议的有：被拒绝或者部分批准的申请、被暂停或者已结束的授权、已校核的异议、被退回的需求",
)
DISPUTE_ABOUT_UNKNOWN: Final = Reason(
    error=InvalidInputError,
    reason="DISPUTE_ABOUT_UNKNOWN",
    en="{field} names what the dispute is about: {known}",
    zh="{field}应为争议所涉事项的名称（共享申请、共享授权、数据异议或者数据需求）",
    next_en="copy the name of the thing",
    next_zh="请复制所涉事项的名称",
)
DISPUTE_OPEN: Final = Reason(
    error=IllegalStateError,
    reason="DISPUTE_OPEN",
    en="a dispute about it is open already: {dispute}",
    zh="该事项已有尚未办结的争议：{dispute}",
    next_en="read that dispute and go on with it",
    next_zh="请查看并继续办理该争议",
)
NO_OTHER_PARTY: Final = Reason(
    error=IllegalStateError,
    reason="NO_OTHER_PARTY",
    en="there are no two departments that could disagree about it",
    zh="该事项不涉及两个部门，不能提出争议",
    next_en="take it up with whoever decided",
    next_zh="请向作出决定的部门反映",
)
CONSULT_FIRST: Final = Reason(
    error=IllegalStateError,
    reason="CONSULT_TERM_OPEN",
    en="the other department has neither answered yet nor is its time over",
    zh="对方部门尚未答复，协商时限也未届满",
    next_en="wait for the answer or for the end of the time to consult, or propose terms",
    next_zh="请等待对方答复或者协商时限届满，也可以提出协商方案",
)
NO_TERMS: Final = Reason(
    error=IllegalStateError,
    reason="NO_TERMS",
    en="nobody has proposed terms",
    zh="尚未提出协商方案",
    next_en="propose terms first",
    next_zh="请先提出协商方案",
)
OWN_TERMS: Final = Reason(
    error=NotAllowedError,
    reason="OWN_TERMS",
    en="whoever proposed the terms cannot agree to them alone",
    zh="提出协商方案的部门不能自行同意",
    next_en="wait for the other department, or propose other terms",
    next_zh="请等待对方部门同意，或者另行提出方案",
)
NO_SUPERIOR: Final = Reason(
    error=InvalidInputError,
    reason="NO_SUPERIOR",
    en="{field} is no common superior: that is above one of the two departments, below neither, holds both regions, and is neither of them",
    zh="{field}不是双方的共同上级：应高于至少一方，不低于任何一方，其行政区划包含双方，且不是争议一方",
    next_en="name a registered department above both",
    next_zh="请填写双方的共同上级部门",
)
PASSED_ON: Final = Reason(
    error=NotAllowedError,
    reason="PASSED_ON",
    en="the dispute was passed on: {coordinator} decides it",
    zh="该争议已移送，由{coordinator}作出处理意见",
    next_en="wait for the coordinating department",
    next_zh="请等待协调部门作出处理意见",
)

# --- complaints
COMPLAINT_NAMES_A_PERSON: Final = Reason(
    error=InvalidInputError,
    reason="ID_NUMBER_IN_CLEAR",
    en="{field} must not spell anybody's ID number: every department that handles the complaint would read it",
    zh="{field}中不得出现公民身份号码：办理投诉的各部门都会看到该内容",
    next_en="write what happened without the number; the citizen stands in your department's own file, whose number goes into its own field",
    next_zh="请删去证件号码，只写明事由；投诉人信息留存于本部门档案，在联系档案号中填写档案编号",
)
OPEN_ALREADY: Final = Reason(
    error=AlreadyExistsError,
    reason="OBJECTION_OPEN_ALREADY",
    en="your department has an open objection to the same already: {objection}",
    zh="本部门对同一对象已提出数据异议，尚未办结：{objection}",
    next_en="wait for its outcome, or withdraw it and file it anew with all that is wrong",
    next_zh="请等待该异议的处理结果，或者撤回后重新提出",
)
TOO_MANY_OPEN: Final = Reason(
    error=LimitError,
    reason="TOO_MANY_OPEN_OBJECTIONS",
    en="there are {most} open objections to this record already, from all departments together",
    zh="各部门对该记录提出且尚未办结的数据异议已达{most}件",
    next_en="the record is being checked; wait until some of them are settled",
    next_zh="该记录正在校核，请待部分异议办结后再提出",
)
MUST_CORRECT: Final = Reason(
    error=IllegalStateError,
    reason="MUST_CORRECT",
    en="the authority has overturned the outcome; the source cannot {step}, it can only correct",
    zh="数据共享主管部门已撤销原处理结果，不能再次{step}，只能更正",
    next_en="correct what the objection is about, as the authority's decision says",
    next_zh="请按主管部门的决定予以更正",
)
SUCCESSOR_AND_TARGET: Final = Reason(
    error=InvalidInputError,
    reason="SUCCESSOR_AND_TARGET",
    en="only the correction of a license names the license that takes its place",
    zh="只有更正电子证照时才填写替代它的新证照",
    next_en="leave it out",
    next_zh="请不要填写新证照",
)
NO_SUCH_LICENSE: Final = Reason(
    error=NotFoundError,
    reason="NO_SUCH_LICENSE",
    en="no department has issued this license here",
    zh="本枢纽没有该电子证照的签发记录",
    next_en="send licenses/ and the identifier as printed on the license",
    next_zh="请填写 licenses/ 加证照上所印的标识",
)

# --- records of use and inspections
USE_PERIOD_MISSING: Final = Reason(
    error=InvalidInputError,
    reason="USE_PERIOD",
    en="a record of use names its first and its last day",
    zh="使用记录须写明起止日期",
    next_en="give both days as YYYY-MM-DD",
    next_zh="请填写起止日期，格式为YYYY-MM-DD",
)
USE_PERIOD_UPSIDE_DOWN: Final = Reason(
    error=InvalidInputError,
    reason="USE_PERIOD",
    en="the last day of the period is before the first",
    zh="截止日期早于起始日期",
    next_en="give the earlier day first",
    next_zh="请核对起止日期",
)
USE_PERIOD_TO_COME: Final = Reason(
    error=InvalidInputError,
    reason="USE_PERIOD",
    en="the period ends in the future: only what was done is recorded",
    zh="截止日期晚于今日，使用记录只记载已发生的使用情况",
    next_en="end the period today or earlier",
    next_zh="请将截止日期填为今日或者更早",
)
USE_BEYOND_GRANT: Final = Reason(
    error=InvalidInputError,
    reason="USE_PERIOD",
    en="the period lies outside the life of the grant, {first} to {last}",
    zh="使用期间超出授权有效期（{first}至{last}）",
    next_en="record the days of the grant alone; each grant has its own records",
    next_zh="请只填写授权有效期内的日期，每项授权分别记录",
)
USE_OF_OTHERS: Final = Reason(
    error=NotAllowedError,
    reason="NOT_CONSUMER_OF_GRANT",
    en="only the consumer of a grant records its use",
    zh="使用记录只能由该授权的使用部门填写",
    next_en="inspect the grant to see what its consumer recorded",
    next_zh="如需了解使用情况，请对该授权进行检查",
)
INSPECT_INSTEAD: Final = Reason(
    error=NotAllowedError,
    reason="INSPECT_INSTEAD",
    en="only the consumer lists its records of use; everybody else inspects the grant {grant}, and each look is on the log",
    zh="使用记录列表仅供使用部门查看；其他部门须对授权{grant}进行检查，每次查看均记入日志",
    next_en="inspect the grant, with officer and reason: `shuniu grant inspect`",
    next_zh="请填写经办人和理由，对该授权进行检查：`shuniu grant inspect`",
)
INSPECTS_ITSELF: Final = Reason(
    error=NotAllowedError,
    reason="INSPECTS_ITSELF",
    en="a consumer does not inspect its own grant",
    zh="使用部门不检查本部门的授权",
    next_en="list the records of use",
    next_zh="请查看使用记录列表",
)
CORRECTS_OTHER_GRANT: Final = Reason(
    error=InvalidInputError,
    reason="CORRECTS_WRONG",
    en="the record that this one corrects is of another grant",
    zh="所更正的使用记录属于另一项授权",
    next_en="name a record of the same grant",
    next_zh="请填写同一授权的使用记录",
)
CORRECTED_ALREADY: Final = Reason(
    error=InvalidInputError,
    reason="CORRECTS_WRONG",
    en="the record is corrected already, by {record}",
    zh="该使用记录已由{record}更正",
    next_en="correct that one",
    next_zh="请更正该条记录",
)
