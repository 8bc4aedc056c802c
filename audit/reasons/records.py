"""What can be wrong with events, searches, stored records and signing."""

from typing import Final

from hub.errors import IntegrityError, InvalidInputError, NotAllowedError, NotFoundError, Reason, UnavailableError

_TOUCHED_EN: Final = "stop the hub, keep the disk, call the auditor; `shuniu audit verify` names the first bad record"
_TOUCHED_ZH: Final = "请停止枢纽运行，保全磁盘并通知审计人员；`shuniu audit verify` 可指出首条异常记录"
_OWN_EN: Final = "report it to the operator: the hub itself makes this value"
_OWN_ZH: Final = "请告知运行人员：该值由枢纽生成"


def _event(en: str, zh: str) -> Reason[InvalidInputError]:
    return Reason(error=InvalidInputError, en=en, zh=zh, next_en=_OWN_EN, next_zh=_OWN_ZH)


def _record(en: str, zh: str) -> Reason[IntegrityError]:
    return Reason(
        error=IntegrityError,
        reason="DAMAGED_RECORD",
        en=f"a stored record cannot be read: {en}",
        zh=f"存证记录无法读取：{zh}",
        next_en=_TOUCHED_EN,
        next_zh=_TOUCHED_ZH,
    )


def _log_fault(reason: str, en: str, zh: str) -> Reason[IntegrityError]:
    return Reason(error=IntegrityError, reason=reason, en=en, zh=zh, next_en=_TOUCHED_EN, next_zh=_TOUCHED_ZH)


# --- what is to be written down
SUBJECT_IN_CLEAR: Final = Reason(
    error=InvalidInputError,
    reason="SUBJECT_IN_CLEAR",
    en="{place} must not spell the identifier of the person or company concerned: it is logged in clear",
    zh="{place}中不得出现数据主体的证件号码：该内容以明文记入日志",
    next_en="leave the number out of it; as the subject it becomes a pseudonym",
    next_zh="请从中删去该号码；数据主体标识在日志中只以假名出现",
)
REASON_MISSING: Final = Reason(
    error=InvalidInputError,
    en="a search of the log states its reason",
    zh="审计查询须注明理由",
    next_en="say why you search",
    next_zh="请填写查询理由",
)
ACTION_MISSING: Final = _event("an event names its action", "日志事件须注明操作")
TIME_OF_EVENT: Final = _event("the time of an event has a time zone and lies after 1970", "日志事件的时间须带时区，且在1970年之后")
NOT_A_CREDIT_CODE: Final = _event("{field} must be an 18-character unified social credit code", "{field}应为18位统一社会信用代码")
COUNT_OUT_OF_RANGE: Final = _event("{field} must be between 0 and {most}", "{field}应在0至{most}之间")
DIGEST_LENGTH: Final = _event("the digest is SHA-256 or SM3, 32 bytes", "摘要值应为32字节（SHA-256 或 SM3）")
TOO_MANY_PARTS: Final = _event("a record has at most {fields} fields and {details} details", "一条记录至多含{fields}个信息项和{details}项说明")
INTENT_MISSING: Final = _event("an outcome names the intent that it closes", "结果记录须注明其意图记录")
RECEIPT_INCOMPLETE: Final = _event("a receipt has an origin and a 32-byte leaf hash", "存证回执须有日志来源和32字节的叶子杂凑值")
KEY_LENGTH_WRONG: Final = _event("the pseudonym key is {length} bytes long", "假名密钥长度应为{length}字节")
SALT_LENGTH_WRONG: Final = _event("the salt is {length} bytes long", "盐值长度应为{length}字节")
ORIGIN_LENGTH: Final = _event("the origin of a log has 1 to {most} characters", "日志来源应为1至{most}个字符")

# --- writing
LOG_BUSY: Final = Reason(
    error=UnavailableError, en="the access log cannot keep up", zh="访问日志繁忙", next_en="retry in a second", next_zh="请稍后重试"
)
LOG_STOPPING: Final = Reason(error=UnavailableError, en="the hub is stopping", zh="枢纽正在停止", next_en="retry", next_zh="请稍后重试")
LOG_UNWRITTEN: Final = Reason(
    error=UnavailableError,
    en="the access log cannot be written; nothing was released",
    zh="访问日志无法写入，未提供任何数据",
    next_en="retry; the operator checks the disk with `shuniu doctor`",
    next_zh="请稍后重试；运行人员可用 `shuniu doctor` 检查磁盘",
)

# --- searching and reading
SEARCH_UNBOUNDED: Final = Reason(
    error=InvalidInputError,
    en="a search needs at least one filter",
    zh="请至少填写一个查询条件",
    next_en="name a subject, an officer, a department, a case number, or when the period begins",
    next_zh="请填写数据主体、经办人、部门、办件编号或者起始时间",
)
SEARCH_TOO_WIDE: Final = Reason(
    error=InvalidInputError,
    reason="SEARCH_TOO_WIDE",
    en="a period that is the only filter is at most {days} days long",
    zh="仅以时间为条件的查询，时间范围不得超过{days}天",
    next_en="shorten the period, or name a subject, an officer, a department or a case number too",
    next_zh="请缩短时间范围，或者另外填写数据主体、经办人、部门或办件编号",
)
SEARCH_COVERS_NOT: Final = Reason(
    error=InvalidInputError,
    reason="SEARCH_COVERS_NOT",
    en="record {index} cannot be opened under search {search}: only whoever searched opens what the search found, for 30 minutes",
    zh="不能凭第{search}条查询记录打开第{index}条记录：仅查询人本人可在30分钟内打开该次查询所得记录",
    next_en="search again, or state who looks and why",
    next_zh="请重新查询，或者填写查询人和理由",
)
SEARCH_WITH_ID_NUMBER: Final = Reason(
    error=InvalidInputError,
    reason="SUBJECT_IN_CLEAR",
    en="{field} must not spell anybody's ID number: a search is itself stored and logged in clear",
    zh="{field}中不得出现证件号码：查询本身以明文记入日志",
    next_en="put the number into subject, where it becomes a pseudonym",
    next_zh="请将号码填入“数据主体”，日志中只以假名出现",
)
SUBJECT_HALF: Final = Reason(
    error=InvalidInputError,
    en="subject and subject_domain go together",
    zh="数据主体与其类型须同时提供",
    next_en="send both or neither",
    next_zh="请同时填写或者同时留空",
)
OTHERS_RECORDS: Final = Reason(
    error=NotFoundError,
    en="a department sees its own records only",
    zh="仅可查看本部门的访问记录",
    next_en="leave department out, or ask the auditor",
    next_zh="请将部门留空，或联系审计部门",
)
SUPERVISION_OF_A_PERSON: Final = Reason(
    error=NotAllowedError,
    reason="SUPERVISION_OF_A_PERSON",
    en="the authority searches other departments' records without a person",
    zh="主管部门查阅其他部门的访问记录时不得按数据主体查询",
    next_en="leave subject out, or ask the auditor",
    next_zh="请将数据主体留空，或联系审计部门",
)
NO_SUCH_RECORD: Final = Reason(
    error=NotFoundError,
    en="the log has no record {index}, or it does not name your department",
    zh="日志中没有第{index}条记录，或者该记录与本部门无关",
    next_en="search for the record",
    next_zh="请先查询该记录",
)
INDEX_NEGATIVE: Final = Reason(
    error=InvalidInputError, en="index must not be negative", zh="序号不能为负", next_en="send 0 or more", next_zh="请填写0或以上的序号"
)

# --- proofs that the log is asked for
NO_CHECKPOINT: Final = Reason(
    error=NotFoundError,
    en="the log has no checkpoint yet",
    zh="日志尚无检查点",
    next_en="retry once a record was written; a checkpoint follows within a second",
    next_zh="写入首条记录后一秒内即生成检查点，请稍后重试",
)
NOT_YET_PROVABLE: Final = Reason(
    error=InvalidInputError,
    en="the log of {size} records has no record {index}",
    zh="规模为{size}的日志没有第{index}条记录",
    next_en="a fresh record is provable after the next checkpoint, within a second",
    next_zh="新记录在下一检查点之后方可证明，通常在一秒以内",
)
SIZE_NOT_COVERED: Final = Reason(
    error=InvalidInputError,
    en="the newest checkpoint covers {newest} records",
    zh="最新检查点覆盖{newest}条记录",
    next_en="ask for no more than that, or retry in a second",
    next_zh="请在此范围内请求，或一秒后重试",
)
SIZE_OUT_OF_RANGE: Final = Reason(
    error=InvalidInputError,
    en="the older size must be between 1 and {newest}",
    zh="旧日志规模应在1至{newest}之间",
    next_en="send a size at which you hold a checkpoint",
    next_zh="请填写所持检查点的日志规模",
)

# --- records that are stored
RECORD_UNREADABLE: Final = _record("it is not the plain CBOR that was written", "不是写入时的 CBOR 编码")
RECORD_KEYS: Final = _record("it has other parts than a record", "所含项目与记录不符")
RECORD_TYPE: Final = _record("a part has the wrong type", "有项目类型错误")
RECORD_VERSION: Final = _record("version {version} is not known", "未知版本{version}")
RECORD_KIND: Final = _record("its kind is not known", "未知的记录类型")
RECORD_TIME: Final = _record("its time is out of range", "时间超出范围")
RECORD_DEPARTMENTS: Final = _record("its commitment or its departments are impossible", "承诺值或所列部门无效")
RECORD_SUBJECT: Final = _record("the subject is not a domain and a pseudonym", "数据主体不是类型和假名")
RECORD_TEXTS: Final = _record("fields and details are not texts", "信息项和说明不是文本")
RECORD_DIGEST: Final = _record("the digest is not 32 bytes long", "摘要值不是32字节")
RECORD_COUNT: Final = _record("a count is out of range", "计数超出范围")
RECORD_TOUCHED: Final = _log_fault("LOG_BROKEN", "record {index} of the log is not what was written", "日志第{index}条记录已被改动")
RECORD_EMPTIED: Final = _log_fault(
    "LOG_BROKEN",
    "record {index} of the log has lost its content, and no later record of the log erased it",
    "日志第{index}条记录的内容缺失，且日志中没有删除该记录的记载",
)
RECORD_RESTORED: Final = _log_fault(
    "LOG_BROKEN",
    "record {index} of the log was erased by record {by}, and its content was put back",
    "日志第{index}条记录已由第{by}条记录删除，其内容却被恢复",
)
RECORD_LOST: Final = _log_fault("LOG_BROKEN", "record {index} of the log is missing", "日志缺少第{index}条记录")
DAMAGE_OPEN: Final = Reason(
    error=IntegrityError,
    reason="LOG_DAMAGED",
    en="record {index} of the log is damaged and nobody has taken note of it; no checkpoint is signed until somebody does",
    zh="日志第{index}条记录已损坏且尚未确认，确认之前不签发检查点",
    next_en="find out what happened, then `shuniu audit acknowledge {index} --reason ...`",
    next_zh="请查明原因，然后执行 `shuniu audit acknowledge {index} --reason ...`",
)
TOO_MUCH_DAMAGE: Final = _log_fault(
    "LOG_BROKEN", "more than {most} records of the log are damaged; it takes no record any more", "日志中损坏的记录超过{most}条，停止接收新记录"
)
RECORD_NOT_INDEXED: Final = Reason(
    error=IntegrityError,
    reason="LOG_INDEX_BROKEN",
    en="the index of the log leads to record {index}, which is not what was searched for",
    zh="日志索引指向第{index}条记录，而该记录与查询条件不符",
    next_en="make the index anew with `shuniu audit reindex`; the log itself is not concerned",
    next_zh="请用 `shuniu audit reindex` 重建索引；日志本身未受影响",
)
INDEX_BEHIND: Final = Reason(
    error=UnavailableError,
    reason="LOG_INDEX_BEHIND",
    en="the index of the log is {count} records behind and is catching up",
    zh="日志索引落后{count}条记录，正在追补",
    next_en="retry in some seconds",
    next_zh="请稍后重试",
)
ROW_BEHIND_END: Final = _log_fault("LOG_BROKEN", "a record stands already where the log's tree ends", "日志树末尾之后已有记录")
TREE_MISSING: Final = _log_fault("LOG_BROKEN", "the log has no tree: the row of audit_tree is missing", "日志树缺失：audit_tree 中没有记载")
TREE_OF_OTHER_SIZE: Final = _log_fault(
    "LOG_BROKEN", "the log's tree does not fit its size: the row of audit_tree was changed", "日志树与日志规模不符：audit_tree 中的记载已被改动"
)

# --- signing
SIGNED_LOG_REPLACED: Final = _log_fault(
    "LOG_REWRITTEN",
    "the log no longer holds the {size} records that were signed; nothing more is signed",
    "日志与已签名的{size}条记录不一致，停止签发检查点",
)
UNSIGNED_RECORD_BEHIND_END: Final = _log_fault(
    "LOG_BROKEN", "record {index} of the log stands behind its end; nothing more is signed", "日志末尾之后存在第{index}条记录，停止签发检查点"
)
UNSIGNED_RECORD_LOST: Final = _log_fault(
    "LOG_BROKEN", "record {index} of the log is missing; nothing more is signed", "日志缺少第{index}条记录，停止签发检查点"
)
TILES_BESIDE_TREE: Final = _log_fault(
    "LOG_BROKEN", "the tiles of the log do not hash to its tree; nothing more is signed", "日志分片与日志树不符，停止签发检查点"
)
TILES_UNWRITTEN: Final = Reason(
    error=UnavailableError,
    reason="LOG_TILES_UNWRITTEN",
    en="the tiles of the log cannot be written: {problem}",
    zh="日志分片无法写入：{problem}",
    next_en="check the disk with `shuniu doctor`; checkpoints are signed again once there is room",
    next_zh="请用 `shuniu doctor` 检查磁盘；恢复后自动继续签发检查点",
)
ROWS_BESIDE_TREE: Final = _log_fault(
    "LOG_BROKEN", "the rows of the log do not hash to its tree; nothing more is signed", "日志记录与日志树不符，停止签发检查点"
)
_PUT_BACK_EN: Final = "stop the hub and restore the newest backup or promote the newest replica; receipts that were given out stay valid"
_PUT_BACK_ZH: Final = "请停止枢纽运行，恢复最新备份或者启用最新副本；已出具的回执仍然有效"
LOG_PUT_BACK: Final = Reason(
    error=IntegrityError,
    reason="LOG_ROLLED_BACK",
    en="the database holds {size} records of the log, but {committed} were committed: it was put back; nothing was released",
    zh="数据库仅有{size}条日志记录，而已提交{committed}条：数据库已被回退，未提供任何数据",
    next_en=_PUT_BACK_EN,
    next_zh=_PUT_BACK_ZH,
)
LOG_REPLACED: Final = Reason(
    error=IntegrityError,
    reason="LOG_REWRITTEN",
    en="the {size} records of the log are not those that were committed; nothing was released",
    zh="日志的{size}条记录与已提交的不一致，未提供任何数据",
    next_en=_PUT_BACK_EN,
    next_zh=_PUT_BACK_ZH,
)
LOG_ROLLED_BACK: Final = Reason(
    error=IntegrityError,
    reason="LOG_ROLLED_BACK",
    en="the database holds {size} records, but a checkpoint over {signed} was signed: an old backup was restored, or records were removed",
    zh="数据库仅有{size}条记录，而已签名检查点覆盖{signed}条：恢复了旧备份或者删除了记录",
    next_en="restore the newest backup; the hub signs nothing that does not extend the last checkpoint",
    next_zh="请恢复最新备份；不延续最后检查点的日志，枢纽不予签名",
)
