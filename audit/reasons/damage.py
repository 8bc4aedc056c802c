"""What can be wrong with a log that is known to be damaged, with taking note of it, and with the bookkeeping beside the records."""

from typing import Final

from hub.errors import IllegalStateError, IntegrityError, InvalidInputError, NotFoundError, Reason

RECORD_DAMAGED: Final = Reason(
    error=IntegrityError,
    reason="LOG_BROKEN",
    en="record {index} of the log is damaged and is not shown",
    zh="日志第{index}条记录已损坏，不予显示",
    next_en="ask the hub's operator; the signed tree and receipts still prove which bytes stood there",
    next_zh="请向枢纽运行人员了解情况；已签名的日志树和回执仍可证明原记录",
)
NOT_DAMAGED: Final = Reason(
    error=NotFoundError,
    reason="NOT_DAMAGED",
    en="record {index} of the log is not known to be damaged",
    zh="未发现日志第{index}条记录损坏",
    next_en="`shuniu doctor` names the records that are",
    next_zh="`shuniu doctor` 会列出已损坏的记录",
)
ALREADY_ACKNOWLEDGED: Final = Reason(
    error=IllegalStateError,
    reason="ALREADY_ACKNOWLEDGED",
    en="the damage of record {index} was taken note of already, in record {by}",
    zh="日志第{index}条记录的损坏已在第{by}条记录中确认",
    next_en="read that record: GetAuditRecord",
    next_zh="请查看该条记录",
)
NOT_TO_ACKNOWLEDGE: Final = Reason(
    error=IllegalStateError,
    reason="LOG_REFUSES",
    en="the log takes no record any more, so no damage can be taken note of: {problem}",
    zh="日志已停止接收新记录，不能确认损坏：{problem}",
    next_en="stop the hub, keep the disk, call the auditor; then restore the newest backup or promote the newest replica",
    next_zh="请停止枢纽运行，保全磁盘并通知审计人员；然后恢复最新备份或者启用最新副本",
)
INDEX_BEYOND_LOG: Final = Reason(
    error=IntegrityError,
    reason="LOG_INDEX_BROKEN",
    en="the index claims to cover {covered} records, but the log has {size}",
    zh="日志索引声称覆盖{covered}条记录，而日志仅有{size}条",
    next_en="make the index anew with `shuniu audit reindex`; the log itself is not concerned",
    next_zh="请用 `shuniu audit reindex` 重建索引；日志本身未受影响",
)
INDEX_STATE_LOST: Final = Reason(
    error=IntegrityError,
    reason="LOG_INDEX_BROKEN",
    en="it is not known up to which record the index goes: its bookkeeping row is missing",
    zh="日志索引的进度记载缺失",
    next_en="make the index anew with `shuniu audit reindex`; the log itself is not concerned",
    next_zh="请用 `shuniu audit reindex` 重建索引；日志本身未受影响",
)
CHECKPOINT_TOUCHED: Final = Reason(
    error=IntegrityError,
    reason="LOG_CHECKPOINT_BROKEN",
    en="the checkpoint that the database keeps for size {size} is not the one that was signed",
    zh="数据库中规模为{size}的检查点与已签名的不符",
    next_en="find out who changed the row, then remove it: `DELETE FROM audit_checkpoints WHERE size = {size};` published files stay",
    next_zh="请查明何人改动了该行，然后删除：`DELETE FROM audit_checkpoints WHERE size = {size};` 已公布的文件不受影响",
)
ACKNOWLEDGEMENT_FORGED: Final = Reason(
    error=IntegrityError,
    reason="LOG_DAMAGE_BROKEN",
    en="the database says that the damage of record {index} was taken note of in record {by}, which does not say so",
    zh="数据库称日志第{index}条记录的损坏已在第{by}条记录中确认，但该记录并非如此",
    next_en="find out who changed audit_damage; then `shuniu audit acknowledge {index} --reason ...`",
    next_zh="请查明何人改动了 audit_damage，然后执行 `shuniu audit acknowledge {index} --reason ...`",
)
NOT_AN_INDEX: Final = Reason(
    error=InvalidInputError,
    en="name the record as auditRecords/INDEX, with its index in the log",
    zh="请以 auditRecords/序号 指明记录",
    next_en="`shuniu doctor` names the damaged records",
    next_zh="`shuniu doctor` 会列出已损坏的记录",
)
