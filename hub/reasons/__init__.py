"""What can be wrong in the plumbing, in both languages: rows of the catalogue that all packages share (`hub.errors.Reason`)."""

from typing import Final

from hub.errors import (
    ConflictError,
    IllegalStateError,
    InvalidInputError,
    LimitError,
    NotAllowedError,
    NotFoundError,
    NotSignedInError,
    Reason,
    ShuniuError,
)

# --- who may call what
NOT_AT_THIS_PORT: Final = Reason(
    error=NotAllowedError,
    en="{method} is not offered at this port",
    zh="此端口不提供该接口",
    next_en="use the other port: the members' port (7443 unless the operator chose another) asks for a certificate, the public port (7444) does not",
    next_zh="请改用另一端口：部门端口（默认 7443）须出示证书，公开端口（默认 7444）无须证书；以枢纽运维人员告知的为准",
)
NO_CERTIFICATE: Final = Reason(
    error=NotSignedInError,
    en="no valid client certificate was shown",
    zh="未出示有效的客户端证书",
    next_en="enrol with `shuniu join`",
    next_zh="请使用 `shuniu join` 注册",
)
ROLE_MISSING: Final = Reason(
    error=NotAllowedError,
    en="{method} needs one of these roles: {roles}",
    zh="本系统没有调用该接口所需的角色",
    next_en="ask the authority for the role",
    next_zh="请向数据共享主管部门申请相应角色",
)
DUTY_MISSING: Final = Reason(
    error=NotAllowedError,
    reason="DUTY_MISSING",
    en="{method} needs an officer with this duty: {duties}",
    zh="办理该事项的经办人须有以下岗位职责：{duties}",
    next_en="name an officer who has it, or ask whoever manages your department's officers for the duty",
    next_zh="请由具有该职责的经办人办理，或请本部门人员管理岗授予该职责",
)
FOR_SYSTEMS_ALONE: Final = Reason(
    error=NotAllowedError,
    reason="FOR_SYSTEMS_ALONE",
    en="{method} is about the certificate that calls, and no officer's step",
    zh="该接口只供业务系统以其证书调用，经办人不能办理",
    next_en="call it from the system",
    next_zh="请由业务系统调用",
)

# --- calls
DEADLINE_REQUIRED: Final = Reason(
    error=InvalidInputError,
    reason="DEADLINE_REQUIRED",
    en="this call needs a deadline",
    zh="必须设置调用期限",
    next_en="set a deadline, for example 10 s",
    next_zh="请设置调用期限，例如10秒",
)
REQUEST_UNREADABLE: Final = Reason(
    error=InvalidInputError,
    en="the request cannot be read as a message of this rpc",
    zh="请求内容无法解析",
    next_en="use the protos of this hub's version",
    next_zh="请使用与本枢纽版本一致的接口定义",
)
INTERNAL: Final = Reason(
    error=ShuniuError,
    en="internal error",
    zh="系统内部错误",
    next_en="try again; if it stays, send the operator the time and the method or page",
    next_zh="请重试；如仍出现，请将发生时间和所用接口或页面告知运行人员",
)
NO_SUCH_SERVICE: Final = Reason(
    error=NotFoundError,
    en="the hub has no such service",
    zh="本枢纽没有该服务",
    next_en="list the services by reflection",
    next_zh="请通过反射接口查询服务列表",
)

STRANGERS_BUSY: Final = Reason(
    error=LimitError,
    reason="STRANGERS_BUSY",
    http=503,
    en="more people ask at the moment than the hub serves beside the departments' calls",
    zh="当前访问人数过多，枢纽须优先保障部门间的数据调用",
    next_en="try again in a few seconds",
    next_zh="请过几秒再试",
)
CALLS_TOO_MANY: Final = Reason(
    error=LimitError,
    reason="CALLS_TOO_MANY",
    en="more calls of this department wait for the hub than it keeps for one department",
    zh="本部门排队等待办理的调用过多",
    next_en="wait for answers before sending more calls, and try this one again in {retry_after} s",
    next_zh="请待前面的调用返回后再继续发送，本次调用请于{retry_after}秒后重试",
)
REFUSALS_TOO_MANY: Final = Reason(
    error=LimitError,
    reason="REFUSALS_TOO_MANY",
    en="this system was refused more often than refusals are written down one by one; this one is counted in a record that sums them up",
    zh="本业务系统被拒绝的次数超出逐条记录的上限，本次请求计入汇总记录",
    next_en="stop repeating refused calls; the first refusals, which are on the log one by one, say what is wrong",
    next_zh="请停止重复被拒绝的调用；日志中逐条记录的前几次拒绝已说明原因",
)
WRITES_TOO_MANY: Final = Reason(
    error=LimitError,
    reason="WRITES_TOO_MANY",
    en="this system writes more than one system may in a second; nothing of this call was done",
    zh="本业务系统的写入超出单个业务系统每秒的上限，本次调用未作任何处理",
    next_en="wait the stated time and send it again; the operator sets the limit by writes_per_second and write_bytes_per_second",
    next_zh="请按提示的时间等待后重新发送；上限由运行人员以 writes_per_second、write_bytes_per_second 设定",
)

# --- pages of a list
PAGE_SIZE_NEGATIVE: Final = Reason(
    error=InvalidInputError,
    en="page_size must not be negative",
    zh="每页条数不能为负数",
    next_en="leave it out for the usual size",
    next_zh="留空即按默认条数返回",
)
PAGE_TOKEN_FOREIGN: Final = Reason(
    error=InvalidInputError,
    en="page_token was not made by this hub for this list",
    zh="分页标记无效",
    next_en="start from the first page",
    next_zh="请从第一页开始",
)

# --- what people write
TEXT_MISSING: Final = Reason(error=InvalidInputError, en="{field} is missing", zh="缺少{field}", next_en="fill in {field}", next_zh="请填写{field}")
TEXT_SHAPE: Final = Reason(
    error=InvalidInputError,
    en="{field} has at most {most} characters and no control characters",
    zh="{field}不得超过{most}个字符，且不得含控制字符",
    next_en="shorten {field}, or remove what cannot be printed",
    next_zh="请缩短{field}，或删除不可显示的字符",
)
TEXT_SAYS_TOO_LITTLE: Final = Reason(
    error=InvalidInputError,
    reason="TEXT_SAYS_TOO_LITTLE",
    en="{field} says too little",
    zh="{field}过于简略",
    next_en="write at least two Chinese characters or four letters; where a person is named, digits count as letters",
    next_zh="请至少填写两个汉字或者四个字母；填写人员时，数字与字母同等计算",
)
TEXT_LINES: Final = Reason(
    error=InvalidInputError, en="{field} stands on one line", zh="{field}不得换行", next_en="write it on one line", next_zh="请写在一行内"
)
ID_NUMBER_IN_CLEAR: Final = Reason(
    error=InvalidInputError,
    reason="ID_NUMBER_IN_CLEAR",
    en="{field} must not spell anybody's ID number: it is stored and logged in clear",
    zh="{field}中不得出现公民身份号码：该内容以明文保存并记入日志",
    next_en="leave the number out",
    next_zh="请删去证件号码",
)
CASE_NUMBER_LIKE_AN_ID: Final = Reason(
    error=InvalidInputError,
    reason="ID_NUMBER_IN_CLEAR",
    en="{field} has the form of a valid citizen number, which must not stand in the log",
    zh="{field}与有效的公民身份号码格式相同，不得以明文记入日志",
    next_en="if it is no ID number, write it with a letter or a dash, for example B640200200001010012 or 640200-20000101-0012",
    next_zh="如确非身份号码，请加字母或连字符，例如 B640200200001010012 或 640200-20000101-0012",
)
LOOK_UNEXPLAINED: Final = Reason(
    error=InvalidInputError,
    en="nothing about a person is shown without a record of who looks and why: {field} is missing",
    zh="查看涉及个人的内容须注明查询人和理由并记入日志：缺少{field}",
    next_en="send searcher and reason",
    next_zh="请填写查询人和理由",
)
SUBJECT_INCOMPLETE: Final = Reason(
    error=InvalidInputError,
    en="a subject has a domain and an ID",
    zh="数据主体须有类型和标识",
    next_en="send both",
    next_zh="请同时填写类型和标识",
)
SUBJECT_DOMAIN_UNKNOWN: Final = Reason(
    error=InvalidInputError,
    reason="SUBJECT_DOMAIN_UNKNOWN",
    en="subjects are known by a citizen's ID number (cn-id) or a USCC (uscc), and by nothing else",
    zh="数据主体类型只有公民身份号码和统一社会信用代码两种",
    next_en="choose one of the two",
    next_zh="请从二者中选一",
)

# --- procedures
WRONG_PARTY: Final = Reason(
    error=NotAllowedError,
    reason="WRONG_PARTY",
    en="{thing}: only the {party} may {step}",
    zh="只有{party}可以{step}该{thing}",
    next_en="ask the {party}",
    next_zh="请联系{party}",
)
ILLEGAL_STATE: Final = Reason(
    error=IllegalStateError,
    en="the {thing} is {state}; to {step}, it must be {possible}",
    zh="该{thing}当前为“{state}”，只有“{possible}”时才能{step}",
    next_en="read it again: somebody may have taken this step already",
    next_zh="请重新查看，可能已有人办理",
)

# --- resources
NAME_WRONG: Final = Reason(
    error=InvalidInputError,
    en="{field} must be {collection}/ and an id",
    zh="{field}应为 {collection}/ 加编号",
    next_en="list {collection} and take the name from there",
    next_zh="请从列表中取得名称",
)
ETAG_MISSING: Final = Reason(
    error=InvalidInputError,
    en="etag is missing or was not made by this hub",
    zh="缺少版本标记，或者并非本枢纽所发",
    next_en="read it again and send its etag",
    next_zh="请重新查看后再提交",
)
CHANGED_MEANWHILE: Final = Reason(
    error=ConflictError,
    en="{resource} was changed by somebody else since it was read",
    zh="该事项已被他人修改",
    next_en="read it again and decide again",
    next_zh="请重新查看后再作决定",
)
NO_SUCH_THING: Final = Reason(
    error=NotFoundError,
    en="there is no such {thing}, or you may not see it",
    zh="{thing}不存在或者无权查看",
    next_en="list what your department takes part in",
    next_zh="请从本部门的列表中查找",
)

# --- requests sent again
REQUEST_ID_REUSED: Final = Reason(
    error=InvalidInputError,
    en="this request_id was used for a different request",
    zh="请求编号已用于其他请求",
    next_en="use a new request_id",
    next_zh="请使用新的请求编号",
)

# --- values in messages
TIME_OUT_OF_RANGE: Final = Reason(
    error=InvalidInputError,
    en="{field} is no moment of the years 1 to 9999",
    zh="{field}不是有效时间",
    next_en="send a time as RFC 3339 writes it",
    next_zh="请按 RFC 3339 填写时间",
)
SEVERAL_FAULTS: Final = Reason(
    error=InvalidInputError,
    reason="SEVERAL_FAULTS",
    en="{count} things in this request are wrong: {fields}",
    zh="请求内容有{count}处有误：{fields}",
    next_en="mend each of them; the details of this error say what is wrong with each",
    next_zh="请逐项更正，各项问题见错误详情",
)
VALUE_UNKNOWN: Final = Reason(
    error=InvalidInputError,
    en="{field} is not set to a known value",
    zh="{field}未填写或者取值无效",
    next_en="one of: {known}",
    next_zh="请填写{known}",
)

# --- hubs for practice
NOT_PRACTISING: Final = Reason(
    error=IllegalStateError,
    reason="NOT_PRACTISING",
    en="this hub is not for practice: its clock is not moved",
    zh="本枢纽不是演练枢纽，时钟不可调整",
    next_en="practise at a hub that `shuniu init --practice` made and `shuniu serve --practice` runs",
    next_zh="请在以 `shuniu init --practice` 建立、`shuniu serve --practice` 运行的演练枢纽上操作",
)
CLOCK_NOT_MOVED: Final = Reason(
    error=InvalidInputError,
    reason="CLOCK_NOT_MOVED",
    en="{field}: the clock is moved on by 1 to {left} more hours, never back",
    zh="时钟只能向前调整1至{left}小时，不能回拨",
    next_en="send fewer hours, or make a new practice hub",
    next_zh="请减少小时数，或另建演练枢纽",
)
