"""What can be wrong in the directory, in both languages: the catalog's rows of the catalogue (`hub.errors.Reason`)."""

from typing import Final

from hub.errors import (
    AlreadyExistsError,
    ConfigError,
    IllegalStateError,
    IntegrityError,
    InvalidInputError,
    LimitError,
    NotAllowedError,
    NotFoundError,
    Reason,
    UnavailableError,
)


def _rule(en: str, zh: str, next_en: str, next_zh: str) -> Reason[InvalidInputError]:
    """Return the row of a rule about an entry's content; callers know all of these by the class's code."""
    return Reason(error=InvalidInputError, en=en, zh=zh, next_en=next_en, next_zh=next_zh)


# --- who, and which entry
ENTRY_OF_OTHER_PARTY: Final = Reason(
    error=NotAllowedError,
    en="only the {party} may {step} a {thing}",
    zh="只有{party}可以{step}{thing}",
    next_en="ask the {party}",
    next_zh="请联系{party}办理",
)
NO_SUCH_ENTRY: Final = Reason(
    error=NotFoundError,
    en="there is no such entry in the directory, or you may not see it",
    zh="目录条目不存在或者无权查看",
    next_en="find it with SearchEntries and take the name from there",
    next_zh="请先检索目录，从检索结果中取得条目名称",
)
AUTHORITY_NAMES_SOURCES: Final = Reason(
    error=NotAllowedError,
    reason="AUTHORITY_NAMES_SOURCES",
    en="only the data-sharing authority names the source of a term (Decree 809 art. 19)",
    zh="数源部门由数据共享主管部门确定（政务数据共享条例第十九条）",
    next_en="ask the authority",
    next_zh="请联系数据共享主管部门",
)
RECORD_SOURCE_ALREADY: Final = Reason(
    error=AlreadyExistsError,
    reason="RECORD_SOURCE_ALREADY",
    en="the department is named as the source of {term!r} already: {source}",
    zh="该部门已被确定为“{term}”的数源部门：{source}",
    next_en="nothing is left to do; end that naming first to name it on another basis",
    next_zh="无需办理；需变更依据的，请先终止原认定",
)
RECORD_SOURCE_OF_OTHER: Final = Reason(
    error=AlreadyExistsError,
    reason="RECORD_SOURCE_OF_OTHER",
    en="the authority named {department} as the source of {term!r} on {day} ({source}; Decree 809 art. 19)",
    zh="数据共享主管部门已于{day}确定{department}为“{term}”的数源部门（{source}；政务数据共享条例第十九条）",
    next_en="say that your entry is derived from that department's, or ask the authority to name yours",
    next_zh="请将本条目改为来源于该部门的数据，或者报请数据共享主管部门另行确定",
)
UPDATE_OF_OTHER_PARTY: Final = Reason(
    error=NotAllowedError,
    reason="UPDATE_OF_OTHER_PARTY",
    en="only the {party} may {step} a {thing}",
    zh="只有{party}可以{step}（{thing}）",
    next_en="ask the {party}",
    next_zh="请联系{party}办理",
)
UPDATE_DUE_ALREADY: Final = Reason(
    error=AlreadyExistsError,
    reason="UPDATE_DUE_ALREADY",
    en="this change was reported already: {update}",
    zh="该变化已报告：{update}",
    next_en="read that update, and bring the entry up to date",
    next_zh="请查看该目录更新事项并更新目录条目",
)
TOO_MANY_UPDATES: Final = Reason(
    error=LimitError,
    reason="TOO_MANY_UPDATES",
    en="the entry owes {most} updates already",
    zh="该目录条目待办的更新已达{most}项",
    next_en="bring the entry up to date first",
    next_zh="请先更新该目录条目",
)
CHANGE_DATE_WRONG: Final = Reason(
    error=InvalidInputError,
    reason="CHANGE_DATE_WRONG",
    en="the day of the change is today or one of the {days} days before, YYYY-MM-DD",
    zh="变化之日应为今日或者此前{days}日之内，格式为YYYY-MM-DD",
    next_en="name the day on which the law or the duties changed",
    next_zh="请填写法律规定或者职责发生变化之日",
)
SECOND_SOURCE: Final = Reason(
    error=AlreadyExistsError,
    reason="SECOND_SOURCE",
    en="{entry} ({title}) is already the system of record for {term!r}",
    zh="“{term}”已由《{title}》作为唯一数源（一数一源）",
    next_en="derive your entry from that one, or have that one withdrawn first",
    next_zh="请将本条目改为来源于该条目，或者先由其提供部门撤销该条目",
)
RESOURCE_CODE_TAKEN: Final = Reason(
    error=AlreadyExistsError,
    reason="RESOURCE_CODE_TAKEN",
    en="{entry} ({title}) of the same provider has the resource code {code} already",
    zh="同一提供部门的《{title}》（{entry}）已使用资源代码 {code}",
    next_en="give this entry a code of its own, or revise that one instead of making a second",
    next_zh="请为本条目另编资源代码；如为同一资源，请修订该条目",
)
OPEN_VERSION: Final = Reason(
    error=AlreadyExistsError,
    reason="OPEN_VERSION",
    en="version {version} of this entry is being prepared already: it is {state}",
    zh="该目录条目的第{version}版正在编制，当前为“{state}”",
    next_en="continue with that version",
    next_zh="请继续办理该版本",
)
NOT_DESCRIBED: Final = Reason(
    error=IllegalStateError,
    reason="NOT_DESCRIBED",
    en="system {system} has not yet said what it serves, so the entry was not compared with it",
    zh="业务系统 {system} 尚未说明其提供的数据资源，未能与目录条目核对",
    next_en="start `shuniu provide` on it and announce its address; then compare with CheckEntries",
    next_zh="请在该系统上运行 `shuniu provide` 并登记服务地址，再核对目录条目",
)
ENTRY_NOT_AS_SERVED: Final = Reason(
    error=IllegalStateError,
    reason="ENTRY_NOT_AS_SERVED",
    en="{entry} is not what system {system} serves: {differences}",
    zh="目录条目与业务系统 {system} 实际提供的数据不符：{differences}",
    next_en="correct the entry or what the system serves; CheckEntries names every difference with what to do",
    next_zh="请更正目录条目或者系统提供的数据；核对目录条目可逐项查看差异和处理办法",
)
SERVICE_SILENT: Final = Reason(
    error=UnavailableError,
    reason="SERVICE_SILENT",
    en="the service of {entry} gave no answer to a probe ({cause})",
    zh="目录条目 {entry} 的服务未应答探测（{cause}）",
    next_en="the providing department looks at its provider and its database; consumers are told when it is back",
    next_zh="请提供部门检查其服务和数据库；恢复后将通知使用部门",
)
SERVICE_NOWHERE: Final = Reason(
    error=UnavailableError,
    reason="SERVICE_NOWHERE",
    en="nobody serves {entry}: its system has no registered address, or no valid certificate",
    zh="目录条目 {entry} 无人提供服务：其业务系统未登记服务地址，或者没有有效证书",
    next_en="the providing department runs `shuniu provide` on that system",
    next_zh="请提供部门在该业务系统上运行 `shuniu provide`",
)
SERVICE_LACKS_FIELD: Final = Reason(
    error=IllegalStateError,
    reason="SERVICE_LACKS_FIELD",
    en="the service of {entry} cannot read field {column} any more",
    zh="目录条目 {entry} 的服务已无法读取信息项 {column}",
    next_en="the providing department restores the column, or revises the entry",
    next_zh="请提供部门恢复该列，或者修订目录条目",
)
SERVICE_KNOWS_NOBODY: Final = Reason(
    error=IllegalStateError,
    reason="SERVICE_KNOWS_NOBODY",
    en="the service of {entry} answers with a record for a key that belongs to nobody",
    zh="目录条目 {entry} 的服务对不属于任何人的探测键返回了记录",
    next_en="inform the providing department: its service must answer with the records of the key that it is asked for, and of no other",
    next_zh="请联系提供部门修正：服务应仅返回所查询键的记录",
)
VERSION_WITHOUT_ENTRY: Final = Reason(
    error=InvalidInputError,
    en="{field} needs the name of an entry beside it",
    zh="填写{field}的，须同时填写目录条目名称",
    next_en="name the entry, or leave the version out",
    next_zh="请填写目录条目名称，或者不填版本",
)
CHECKS_TOO_MANY: Final = Reason(
    error=LimitError,
    reason="CHECKS_TOO_MANY",
    en="your system serves more than {entries} entries, or they differ at more than {findings} places: that is more than one answer may have",
    zh="贵系统提供的目录条目超过{entries}个，或者差异超过{findings}处，超出单次应答上限",
    next_en="compare them one by one, by their names",
    next_zh="请填写目录条目名称，逐个核对",
)

# --- what an entry is
PROVIDER_SPELLING: Final = _rule(
    "{field} must be a credit code in capitals without blanks",
    "{field}的统一社会信用代码须用大写字母，且不得含空格",
    "write the code as it stands in the register of departments",
    "请按登记的统一社会信用代码填写",
)
CLASS_PATH_MISSING: Final = _rule(
    "{field} is missing: an entry belongs to a class of the directory",
    "缺少{field}：目录条目须归入目录分类",
    "name the classes from the top down, for example 基础, 人口",
    "请自上而下填写所属分类，例如“基础”“人口”",
)
FIELDS_MISSING: Final = _rule(
    "an entry needs at least one field",
    "目录条目至少须有一个信息项",
    "add the fields that the resource holds",
    "请填写该资源所含的信息项",
)
RESOURCE_CODE_SHAPE: Final = _rule(
    "{field} must be the code of the class, a slash and a sequence number",
    "{field}应为“类项目细目代码/顺序号”",
    "for example 101001/000001",
    "例如 101001/000001",
)
REGION_SHAPE: Final = _rule(
    "{field} must be six digits of GB/T 2260",
    "{field}应为 GB/T 2260 规定的6位数字",
    "for example 640100",
    "例如 640100",
)
ENTRY_ABOVE_PROVIDER: Final = Reason(
    error=InvalidInputError,
    reason="ENTRY_ABOVE_PROVIDER",
    en="{field} is {level}, and the provider's own level is {own}: an entry is of its provider's level or a lower one",
    zh="{field}为{level}，高于提供部门的行政层级（{own}）",
    next_en="name the provider's level or a lower one; where the provider's level is registered wrongly, ask the authority (UpdateDepartment)",
    next_zh="请填写不高于提供部门的行政层级；提供部门登记有误的，请联系数据共享主管部门变更",
)
ENTRY_OUTSIDE_REGION: Final = Reason(
    error=InvalidInputError,
    reason="ENTRY_OUTSIDE_REGION",
    en="{field} {region} does not lie inside the provider's region {own}",
    zh="{field} {region} 不在提供部门的行政区划 {own} 范围内",
    next_en="name a region inside the provider's; where the provider's region is registered wrongly, ask the authority (UpdateDepartment)",
    next_zh="请填写提供部门所辖范围内的行政区划代码；提供部门登记有误的，请联系数据共享主管部门变更",
)
PHONE_SHAPE: Final = _rule(
    "{field} must be an office telephone number: 5 to 30 digits, blanks, dashes, parentheses or a plus sign",
    "{field}应为办公电话，由5至30位数字、空格、连字符、括号或加号组成",
    "for example 0951-6136000",
    "例如 0951-6136000",
)
TIME_WITHOUT_ZONE: Final = _rule("{field} needs a time zone", "{field}须注明时区", "send the time in UTC", "请按协调世界时填写")

# --- lists
TOO_MANY: Final = _rule("{field} may have at most {most} items", "{field}不得超过{most}项", "shorten the list", "请减少项数")
LISTED_TWICE: Final = _rule("{field} names {item} more than once", "{field}中“{item}”重复", "name each one once", "请删去重复的一项")

# --- how it is shared and opened
SHARE_CONDITION_MISSING: Final = _rule(
    "conditional sharing needs its condition in {field}",
    "有条件共享的，须写明{field}",
    "state the condition, or choose unconditional sharing",
    "请写明共享条件，或者改为无条件共享",
)
SHARE_CONDITION_IDLE: Final = _rule(
    "{field} is allowed only where sharing is conditional",
    "只有有条件共享的目录条目才可填写{field}",
    "leave it out, or choose conditional sharing",
    "请删去该内容，或者改为有条件共享",
)
MODES_MISSING: Final = _rule(
    "an entry that is shared names at least one way of sharing in {field}",
    "可共享的目录条目至少须填写一种{field}",
    "choose query, check, stream, subscribe or file",
    "请在查询、核验、批量交换、订阅和文件中选择",
)
MODE_LISTED_TWICE: Final = _rule("{field} names a way of sharing more than once", "{field}有重复", "name each way once", "请删去重复的共享方式")
PURPOSE_CODE_SHAPE: Final = _rule(
    "{field} must hold codes of service items: letters, digits, dots, dashes and underscores, at most 64 characters",
    "{field}应填写事项编码：由字母、数字、点、连字符和下划线组成，不超过64个字符",
    "take the code from the list of service items",
    "请从政务服务事项目录中取得事项编码",
)
OUT_OF_RANGE: Final = _rule(
    "{field} must be between {least} and {most}", "{field}应在{least}与{most}之间", "send a number within that range", "请填写该范围内的数值"
)
REFUSAL_REASON_MISSING: Final = _rule(
    "an entry that is not shared needs the reason in {field}",
    "不予共享的，须写明{field}",
    "state why it is not shared, or choose conditional sharing",
    "请写明不予共享的理由，或者改为有条件共享",
)
REFUSAL_GROUND_IDLE: Final = _rule(
    "{field} is allowed only where the entry is not shared",
    "只有不予共享的目录条目才可填写{field}",
    "leave it out, or choose not to share the entry",
    "请删去该内容，或者改为不予共享",
)
NO_NATIONAL_LAW: Final = Reason(
    error=InvalidInputError,
    reason="NO_NATIONAL_LAW",
    en="not sharing must rest on a law, administrative regulation or State Council decision, with its title in 《》; local rules do not count",
    zh="不予共享须以法律、行政法规或者国务院决定为依据，并以《》注明名称；地方性法规、规章不能作为依据",
    next_en="cite the law in {field}, or choose conditional sharing",
    next_zh="请在{field}中注明所依据的法律，或者改为有条件共享",
)
OPEN_CONDITION_MISSING: Final = _rule(
    "conditional opening to the public needs its condition in {field}",
    "有条件开放的，须写明{field}",
    "state the condition, or choose another kind of opening",
    "请写明开放条件，或者改选其他开放属性",
)
OPEN_CONDITION_IDLE: Final = _rule(
    "{field} is allowed only where opening to the public is conditional",
    "只有有条件开放的目录条目才可填写{field}",
    "leave it out, or choose conditional opening",
    "请删去该内容，或者改为有条件开放",
)

# --- fields
FIELD_NAME_SHAPE: Final = _rule(
    "{field} must be 1 to 63 characters of a-z, 0-9 and underscore",
    "{field}应由小写字母、数字和下划线组成，长度为1至63个字符",
    "for example id_number",
    "例如 id_number",
)
SEVERAL_KEYS: Final = _rule(
    "only one field of an entry may be the key",
    "一个目录条目只能有一个主键信息项",
    "mark the one field by which records are found",
    "请只将用于查找记录的信息项设为主键",
)
PERSONAL_CATEGORY_IDLE: Final = _rule(
    "{field} is allowed only where the field is personal information",
    "只有个人信息才可填写{field}",
    "leave it out, or mark the field as personal",
    "请删去该内容，或者将该信息项标为个人信息",
)
MASK_SHAPE: Final = _rule(
    'a masking rule is "", "keep:A,B", "year" or "hide"',
    "{field}应为空、“keep:前几位,后几位”、“year”或“hide”",
    "for example keep:6,4",
    "例如 keep:6,4",
)
MASK_OF_OTHER_TYPE: Final = _rule(
    "the masking rule {mask} does not fit a field of type {type}",
    "{field}“{mask}”不适用于该类型的信息项",
    "use keep for strings, year for dates, or hide",
    "字符型可保留首尾，日期型可保留年份，其他类型请选择隐藏",
)
MASK_SHOWS_NOTHING: Final = Reason(
    error=InvalidInputError,
    reason="MASK_SHOWS_NOTHING",
    en="{mask} would leave nothing to see of a text of {length} characters: at most {most} of them may stay, the others are covered in any case",
    zh="长度为{length}个字符的信息项最多可保留{most}个字符，按“{mask}”脱敏后将全部遮盖",
    next_en="keep at most {most} characters in all, or choose hide, or mend the length of the field",
    next_zh="首尾合计保留不超过{most}个字符，或者选择隐藏，或者更正信息项长度",
)

# --- how it is served
QUERY_WITHOUT_KEY: Final = _rule(
    "sharing by query needs a key field by which records are found",
    "以查询方式共享的，须有用于查找记录的主键信息项",
    "mark one field as the key, or leave query out of the ways of sharing",
    "请将一个信息项设为主键，或者取消查询方式",
)
KEY_OF_OTHER_TYPE: Final = _rule(
    "the key field of an entry that is shared by query is text or a whole number",
    "以查询方式共享的，主键信息项应为文本或整数",
    "make the key a text, an integer or a decimal without places, by a view where the table has it otherwise",
    "请将主键信息项改为文本、整数或无小数位的小数；数据表类型不同的，可建视图转换",
)
SERVING_INCOMPLETE: Final = _rule(
    "a serving system and the resource that it serves must be named together",
    "服务系统和服务资源须同时填写",
    "name both, or leave both out",
    "请同时填写两项，或者均不填写",
)
SYSTEM_NAME_SHAPE: Final = _rule(
    "{field} must be the short name of a system: a-z, 0-9 and dash",
    "{field}应为业务系统的简称，由小写字母、数字和连字符组成",
    "take the name from the list of your department's systems",
    "请从本部门的业务系统列表中取得名称",
)
SUBJECT_DOMAIN_UNKNOWN: Final = _rule(
    '{field} must be "cn-id", "uscc" or empty',
    "{field}只能是公民身份号码或统一社会信用代码的类型代号，或者留空",
    "choose what the key of a record identifies: a citizen, a company, or neither",
    "请按主键所标识的对象选择：公民、法人，或者均不是",
)
SUBJECT_WITHOUT_KEY: Final = _rule(
    "{field} tells what the key identifies, and this entry has no key field",
    "填写{field}的，须有主键信息项",
    "mark one field as the key, or leave it out",
    "请将一个信息项设为主键，或者删去该内容",
)
DERIVED_FROM_SHAPE: Final = _rule(
    "{field} must hold names of entries, each entries/ and an id",
    "{field}应为目录条目名称，格式为 entries/ 加编号",
    "take the names from SearchEntries",
    "请从目录检索结果中取得名称",
)
DERIVED_FROM_ITSELF: Final = _rule(
    "an entry cannot be derived from itself",
    "目录条目不能以自身为来源",
    "remove this entry's own name from {field}",
    "请从{field}中删去本条目",
)

# --- search
QUERY_TOO_LONG: Final = _rule("a query has at most {most} characters", "{field}不得超过{most}个字符", "search for fewer words", "请减少查询词")
QUERY_EMPTY: Final = _rule(
    "a query needs at least one letter, digit or Chinese character", "{field}至少须有一个字母、数字或汉字", "type a word", "请输入查询词"
)
REGION_PREFIX_SHAPE: Final = _rule(
    "{field} must be at most six digits of GB/T 2260",
    "{field}应为不超过6位的数字（GB/T 2260）",
    "for example 64 or 640100",
    "例如 64 或 640100",
)
TEXT_TOO_LONG_TO_SEARCH: Final = _rule(
    "a text that can be searched has at most {most} characters", "可供检索的文本不得超过{most}个字符", "shorten the text", "请缩短文本"
)

# --- releases and export
AUTHORITY_RELEASES: Final = Reason(
    error=NotAllowedError,
    en="only the authority makes releases of the directory",
    zh="只有数据共享主管部门可以发布目录",
    next_en="ask the authority",
    next_zh="请联系数据共享主管部门",
)
NO_SUCH_RELEASE: Final = Reason(
    error=NotFoundError,
    en="there is no such release of the directory",
    zh="目录发布版不存在",
    next_en="ask for number 0, the newest, or have the authority make one",
    next_zh="请查看编号0（最新一版），或者请数据共享主管部门发布",
)
RELEASE_NUMBER_NEGATIVE: Final = _rule("{field} must not be negative", "发布版{field}不能为负数", "send 0 for the newest", "查看最新一版请填0")
EXPORT_WITHOUT_ROOM: Final = Reason(
    error=UnavailableError,
    reason="EXPORT_WITHOUT_ROOM",
    en="the hub has no room for the exported directory: {problem}",
    zh="枢纽没有空间存放导出的目录：{problem}",
    next_en="the operator frees room where temporary files lie, or names another folder in TMPDIR",
    next_zh="请运行人员在临时文件所在磁盘腾出空间，或用 TMPDIR 另指定目录",
)
EXPORT_FORMAT_UNKNOWN: Final = _rule(
    "this hub does not export in that {field}", "不支持该导出{field}", "choose Turtle, JSON-LD or CSV", "请选择 Turtle、JSON-LD 或 CSV"
)


def _broken(en: str, zh: str) -> Reason[IntegrityError]:
    """Return the row of a release that cannot be believed."""
    return Reason(error=IntegrityError, en=en, zh=zh, next_en="fetch the release again from the hub", next_zh="请从枢纽重新获取目录发布版")


RELEASE_KEY_UNREADABLE: Final = _broken("the release key is not a PEM public key", "目录发布版的公钥不是有效的 PEM 公钥")
RELEASE_KEY_OTHER_KIND: Final = _broken("a release is signed with ES256, which needs a P-256 key", "目录发布版须以 P-256 密钥签名（ES256）")
RELEASE_SIGNATURE_WRONG: Final = _broken("the signature does not fit the statement", "目录发布版的签名与内容不符")
RELEASE_UNREADABLE: Final = _broken("the statement is not written as a release is", "目录发布版的格式不正确")

# --- the lists of synonyms: the shipped one and the operator's
SYNONYM_GROUP_SHAPE: Final = Reason(
    error=ConfigError,
    en="{place}: a group has at least two names, without blanks or punctuation",
    zh="{place}：每组至少须有两个名称，且不得含空格和标点",
    next_en="mend the group {group}",
    next_zh="请修正该组：{group}",
)
SYNONYM_LISTED_TWICE: Final = Reason(
    error=ConfigError,
    en="{place}: {name!r} is given twice",
    zh="{place}：“{name}”重复",
    next_en="remove one of the two",
    next_zh="请删去其中之一",
)
SYNONYMS_UNREADABLE: Final = Reason(
    error=ConfigError,
    en="{file} must hold lists of groups of names: {problem}",
    zh="{file} 的内容应为若干组名称的列表：{problem}",
    next_en="mend the file, or leave `synonyms` out of shuniu.toml",
    next_zh="请修正该文件，或者在 shuniu.toml 中不设 `synonyms`",
)
CHANGE_BASIS_WEAK: Final = Reason(
    error=InvalidInputError,
    reason="CHANGE_BASIS_WEAK",
    en="what holds for running grants at once rests on a law, administrative regulation or State Council decision, with its title in 《》",
    zh="对正在提供的服务立即生效的，应以法律、行政法规或者国务院决定为依据，并以《》注明名称",
    next_en="cite such a law, or leave it out: then the consumers are consulted first",
    next_zh="请注明该依据；没有的不填，将先征求使用部门意见",
)
REGION_FIELD_UNKNOWN: Final = _rule(
    "{field} names no field of the entry",
    "{field}不是本目录条目的信息项",
    "name the field that holds a record's region, or leave it out",
    "请填写记录所属区划的信息项名称，或者不填",
)
REGION_FIELD_WRONG: Final = _rule(
    "{field}: {name} must be a text that is not personal and no person's or company's number",
    "{field}：{name} 应为文本，且不得为个人信息或者证件号码",
    "name another field, or mark this one as what it is",
    "请改填其他信息项，或者如实标注该信息项",
)

# --- what is said before data is listed (Decree 809 art. 3, 13)
SECRET_STAYS_OUT: Final = Reason(
    error=InvalidInputError,
    reason="SECRET_STAYS_OUT",
    en="state secrets and work secrets stay out of the directory (Decree 809 art. 3)",
    zh="涉及国家秘密、工作秘密的数据不得编入目录（政务数据共享条例第三条）",
    next_en="take the secret data out of the entry and assess it again, or list nothing",
    next_zh="请剔除涉密数据并重新评估，否则不予编目",
)
ASSESSMENT_MISSING: Final = Reason(
    error=InvalidInputError,
    reason="ASSESSMENT_MISSING",
    en="{field} is missing: data is assessed and classified before it is listed (Decree 809 art. 13)",
    zh="未填写{field}：政务数据编入目录前应当进行风险评估和分类分级（政务数据共享条例第十三条）",
    next_en="fill it in as the assessment found",
    next_zh="请按评估和分类分级的结果填写",
)
ENTRY_LEAVES_OPEN: Final = Reason(
    error=InvalidInputError,
    reason="ENTRY_LEAVES_OPEN",
    en="the entry leaves open what Decree 809 art. 13 asks for: {missing}",
    zh="目录条目未填写政务数据共享条例第十三条要求的内容：{missing}",
    next_en="fill that in as the assessment found, and submit the version again",
    next_zh="请按评估和分类分级的结果补填后重新提交",
)
ASSESSMENT_AHEAD: Final = Reason(
    error=InvalidInputError,
    reason="ASSESSMENT_AHEAD",
    en="{field} must be a day until today, written YYYY-MM-DD",
    zh="{field}应为今日或者此前的日期，格式为YYYY-MM-DD",
    next_en="write the day of the report",
    next_zh="请填写报告日期",
)

# --- what may be asked of its records without having them
PREDICATES_TOO_MANY: Final = _rule("an entry has at most {most} predicates", "一个目录条目至多{most}个核验项", "leave some out", "请删减")
PREDICATE_TWICE: Final = _rule("predicate {name} is declared twice", "核验项 {name} 重复", "give each its own name", "请为每个核验项取不同的名称")
PREDICATE_NAME_SHAPE: Final = _rule(
    "{field} has at most 63 of a-z, 0-9 and underscore, begins with a letter and has no six digits in a row",
    "{field}应以小写字母开头，由不超过63个小写字母、数字或者下划线组成，且不得有连续六位数字",
    "choose another name, for example is_adult",
    "请另取名称，例如 is_adult",
)
PREDICATE_TERMS_TOO_MANY: Final = _rule("a predicate has at most {most} terms", "一个核验项至多{most}个条件", "leave some out", "请删减")
PREDICATE_FIELD_UNKNOWN: Final = _rule(
    "{field} names no field of the entry", "{field}不是本目录条目的信息项", "name one of its fields", "请填写本条目的信息项名称"
)
PREDICATE_TERM_WRONG: Final = _rule(
    "{field}: {name} cannot be compared so: years since of a date, not over of a date or a moment, at least and at most of what has an order, "
    "values in the spelling of the field's type",
    "{field}：{name} 不能这样比较：满周岁仅用于日期，未到期仅用于日期和时间，不小于、不大于仅用于可比大小的类型，比较值应符合信息项类型",
    "choose another comparison, or mend its values",
    "请另选比较方式，或者修正比较值",
)
