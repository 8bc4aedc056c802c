"""What can be wrong with the book of bound rows itself; what is wrong with a row stands in `hub.db.reasons`."""

from typing import Final

from hub.errors import IntegrityError, InvalidInputError, Reason

BOOK_LOST: Final = Reason(
    error=IntegrityError,
    reason="ROW_BOOK_LOST",
    en="this database was opened without the key of its rows, so none of them can be compared with the log",
    zh="打开数据库时没有数据行密钥，无法与日志核对",
    next_en="restore keys/rows.secret from the backup, or open the database with the hub's configuration",
    next_zh="请从备份恢复 keys/rows.secret，或者用枢纽的配置打开数据库",
)
BOOK_NOT_AS_WRITTEN: Final = Reason(
    error=IntegrityError,
    reason="ROW_BOOK_NOT_AS_WRITTEN",
    en="the sums of rows in the database are not those of the newest log record, though every row is what the log says; tables: {tables}",
    zh="数据库中的数据行合计与最新日志记录不符，但每一行都与日志一致；涉及的表：{tables}",
    next_en="keep the disk for the auditor: somebody edited the table row_sums or row_digests; the rows themselves are whole",
    next_zh="请为审计保全磁盘：有人改动过 row_sums 或 row_digests 表；各数据行本身完好",
)
NO_SUCH_ROW: Final = Reason(
    error=InvalidInputError,
    reason="NO_SUCH_ROW",
    en="a row is named TABLE/KEY, as `shuniu audit reconcile` prints it; tables: {tables}",
    zh="数据行应写作“表名/主键”，与 `shuniu audit reconcile` 的输出一致；表名：{tables}",
    next_en="copy the name from the list of `shuniu audit reconcile`",
    next_zh="请从 `shuniu audit reconcile` 的列表中复制名称",
)
