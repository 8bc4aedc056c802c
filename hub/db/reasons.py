"""What can be wrong with a hub's database, told to its operator: these texts name the place, so they never go to a caller."""

from typing import Final

from hub.errors import ConfigError, IntegrityError, Reason, UnavailableError

# --- whose it is
DATABASE_IN_USE: Final = Reason(
    error=ConfigError,
    reason="DATABASE_IN_USE",
    en="another hub is running on the database {place} (process {pid} on {host}, since {begin} Beijing time)",
    zh="数据库 {place} 已有枢纽在运行（主机 {host}，进程 {pid}，始于北京时间 {begin}）",
    next_en="stop it first, on {host}: kill {pid}; or give this hub a database of its own in `database`",
    next_zh="请先在 {host} 上停止该进程：kill {pid}；或在配置项 `database` 中为本枢纽另设数据库",
)
DATABASE_OF_OTHER_KEYS: Final = Reason(
    error=ConfigError,
    reason="DATABASE_OF_OTHER_KEYS",
    en="the database {place} belongs to a hub with other keys than those in {keys}",
    zh="数据库 {place} 属于另一套密钥的枢纽，与 {keys} 中的密钥不符",
    next_en="correct `database` or `data` in the configuration, or restore log.pem and ca.pem of this hub into {keys} from the backup",
    next_zh="请修正配置项 `database` 或 `data`，或从备份将本枢纽的 log.pem 与 ca.pem 恢复到 {keys}",
)
DATABASE_IS_FOR_PRACTICE: Final = Reason(
    error=ConfigError,
    reason="DATABASE_IS_FOR_PRACTICE",
    en="the database {place} is that of a hub for practice: what stands in it happened to nobody",
    zh="数据库 {place} 属于演练枢纽，其中的数据并非真实业务",
    next_en="correct `database` or `data` in the configuration; a hub for practice has `practice = true` there",
    next_zh="请修正配置项 `database` 或 `data`；演练枢纽的配置中有 `practice = true`",
)
DATABASE_IS_REAL: Final = Reason(
    error=ConfigError,
    reason="DATABASE_IS_REAL",
    en="the database {place} is that of a real hub: nobody practises with it",
    zh="数据库 {place} 属于正式枢纽，不得用于演练",
    next_en="make a hub for practice with `shuniu init --practice`, with a data folder of its own, and leave `practice` out of this configuration",
    next_zh="请用 `shuniu init --practice` 另建演练枢纽，使用单独的数据目录，并从本配置中删除 `practice`",
)
DATABASE_SIGNED_BY_OTHERS: Final = Reason(
    error=ConfigError,
    reason="DATABASE_OF_OTHER_KEYS",
    en="the newest checkpoint in the database {place} is not signed by log.pem in {keys} for {origin}",
    zh="数据库 {place} 中最新的检查点并非由 {keys} 中的 log.pem 以名称 {origin} 签署",
    next_en="correct `database`, `data` or `log_origin` in the configuration, or restore log.pem of this hub into {keys} from the backup",
    next_zh="请修正配置项 `database`、`data` 或 `log_origin`，或从备份将本枢纽的 log.pem 恢复到 {keys}",
)
DATABASE_HOLDS_A_LOG: Final = Reason(
    error=ConfigError,
    reason="DATABASE_HOLDS_A_LOG",
    en="the database {place} already belongs to a hub; a new one needs an empty database",
    zh="数据库 {place} 已属于一个枢纽；新建枢纽须使用空数据库",
    next_en="name an empty database with --database; to run the hub that is there, use its own configuration: shuniu serve --config ...",
    next_zh="请用 --database 指定空数据库；如要运行已有枢纽，请使用其原有配置：shuniu serve --config ...",
)
DATABASE_HOLDS_NO_HUB: Final = Reason(
    error=ConfigError,
    reason="DATABASE_HOLDS_NO_HUB",
    en="the database {place} belongs to no hub yet; its keys are made together with it",
    zh="数据库 {place} 尚不属于任何枢纽；密钥随枢纽一并生成",
    next_en="correct `database` in the configuration; a new hub is made by `shuniu init`",
    next_zh="请修正配置项 `database`；新建枢纽请执行 `shuniu init`",
)
SCHEMA_BEHIND: Final = Reason(
    error=ConfigError,
    reason="SCHEMA_BEHIND",
    en="the schema of the database {place} is {found}, this program needs {needed}; only the hub itself migrates, at its start",
    zh="数据库 {place} 的结构版本为 {found}，本程序需要 {needed}；只有枢纽启动时才会升级",
    next_en="restart the hub with this release: systemctl restart shuniu; make a copy of the database first",
    next_zh="请以本版本重启枢纽：systemctl restart shuniu；请先备份数据库",
)
SCHEMA_UNKNOWN: Final = Reason(
    error=ConfigError,
    reason="SCHEMA_UNKNOWN",
    en="the schema of the database {place} is {found}, which this program does not know: a newer release wrote it",
    zh="数据库 {place} 的结构版本为 {found}，由更新的版本写入，本程序无法识别",
    next_en="run the release that wrote it or a newer one; there is no way back",
    next_zh="请使用写入该数据库的版本或更新版本；不支持降级",
)

# --- is it there
DATABASE_SILENT: Final = Reason(
    error=UnavailableError,
    reason="DATABASE_SILENT",
    en="the PostgreSQL server at {place} does not answer",
    zh="{place} 的 PostgreSQL 服务器没有响应",
    next_en="{ready}  # then look at the server's own log: it is frozen, overloaded, or cut off by the network",
    next_zh="{ready}  # 再查看服务器自身日志：可能已停滞、过载或网络中断",
)
DATABASE_REFUSES: Final = Reason(
    error=UnavailableError,
    reason="DATABASE_UNREACHABLE",
    en="PostgreSQL at {place} cannot be reached: {problem}",
    zh="无法连接 {place} 的 PostgreSQL：{problem}",
    next_en="{ready}  # no response: start PostgreSQL; accepting connections: correct user, password or name in `database`, or pg_hba.conf",
    next_zh="{ready}  # 无响应则启动 PostgreSQL；可接受连接则修正 `database` 中的用户、密码或库名，或修正 pg_hba.conf",
)
DATABASE_FILE_MISSING: Final = Reason(
    error=ConfigError,
    reason="DATABASE_FILE",
    en="the database file {place} does not exist",
    zh="数据库文件 {place} 不存在",
    next_en="cp -p BACKUP/shuniu.db {place}  # or correct `database` in the configuration",
    next_zh="cp -p BACKUP/shuniu.db {place}  # 或修正配置项 `database`",
)
DATABASE_FILE_CLOSED: Final = Reason(
    error=ConfigError,
    reason="DATABASE_FILE",
    en="the database file {place} cannot be opened or written",
    zh="数据库文件 {place} 无法打开或写入",
    next_en="ls -ld {folder} {place}  # folder and file belong to the hub's user, on a local disk that is not read-only",
    next_zh="ls -ld {folder} {place}  # 目录和文件应属于枢纽用户，并位于可写的本机磁盘",
)
NOT_A_DATABASE: Final = Reason(
    error=IntegrityError,
    reason="DATABASE_DAMAGED",
    en="{place} is not an SQLite database, or it is damaged",
    zh="{place} 不是 SQLite 数据库，或者已损坏",
    next_en="correct `database` in the configuration, or restore the file from the backup",
    next_zh="请修正配置项 `database`，或从备份恢复该文件",
)
DATABASE_DAMAGED: Final = Reason(
    error=IntegrityError,
    reason="DATABASE_DAMAGED",
    en="the database {place} is damaged",
    zh="数据库 {place} 已损坏",
    next_en="stop the hub; `shuniu database check` names what is damaged; then restore the database from the backup",
    next_zh="请停止枢纽；`shuniu database check` 可指出损坏之处；然后从备份恢复数据库",
)

# --- does it work
DATABASE_LOCKED: Final = Reason(
    error=UnavailableError,
    reason="DATABASE_LOCKED",
    en="another program holds a lock on the database {place}",
    zh="数据库 {place} 被其他程序锁定",
    next_en="find it and let it finish, or end it: {look}",
    next_zh="请找出该程序，等待其完成或将其结束：{look}",
)
DATABASE_FULL: Final = Reason(
    error=UnavailableError,
    reason="DATABASE_FULL",
    en="the disk of the database {place} is full",
    zh="数据库 {place} 所在磁盘已满",
    next_en="df -h  # on the database's machine; then free at least 1 GiB",
    next_zh="df -h  # 在数据库所在机器执行；至少腾出 1 GiB",
)
DATABASE_READ_ONLY: Final = Reason(
    error=UnavailableError,
    reason="DATABASE_READ_ONLY",
    en="the database {place} takes no writes: it is a standby, or set to read-only",
    zh="数据库 {place} 不接受写入：可能是备库，或被设为只读",
    next_en="name the primary in `database`; with several hosts add ?target_session_attrs=read-write",
    next_zh="请在 `database` 中指定主库；如列出多台主机，请加 ?target_session_attrs=read-write",
)
DATABASE_RIGHTS: Final = Reason(
    error=ConfigError,
    reason="DATABASE_RIGHTS",
    en="the hub's user lacks a right in the database {place}",
    zh="枢纽的数据库用户在 {place} 中权限不足",
    next_en="in psql, as superuser: ALTER DATABASE ... OWNER TO the hub's user, and the same for tables that another user made",
    next_zh="以超级用户在 psql 中执行：ALTER DATABASE ... OWNER TO 枢纽用户；由其他用户建立的表同样处理",
)
DATABASE_FAILS: Final = Reason(
    error=UnavailableError,
    reason="DATABASE_FAILS",
    en="the database {place} answered with an error ({problem})",
    zh="数据库 {place} 返回错误（{problem}）",
    next_en="look it up in the database server's own log at this time, or in PostgreSQL's list of error codes",
    next_zh="请在数据库服务器自身日志中查看该时刻的记录，或查阅 PostgreSQL 错误代码表",
)

# --- rows that are bound to the log; these reach callers too, so they name the row and nothing of the machine
ROW_CHANGED: Final = Reason(
    error=IntegrityError,
    reason="ROW_NOT_AS_WRITTEN",
    en="{row} is not what log record {position} wrote: somebody changed it in the database, so nothing is decided by it",
    zh="{row} 与日志第{position}条记录写入的内容不符：数据库中被改动过，不据此作出任何处理",
    next_en="the operator runs `shuniu audit reconcile`, which names every such row, and keeps the disk for the auditor",
    next_zh="请运行人员执行 `shuniu audit reconcile` 列出所有此类数据行，并为审计保全磁盘",
)
ROW_INSERTED: Final = Reason(
    error=IntegrityError,
    reason="ROW_NOT_AS_WRITTEN",
    en="{row} is on no record of the log: somebody put it into the database, so nothing is decided by it",
    zh="{row} 在日志中没有记录：系直接写入数据库，不据此作出任何处理",
    next_en="the operator runs `shuniu audit reconcile`, which names every such row, and keeps the disk for the auditor",
    next_zh="请运行人员执行 `shuniu audit reconcile` 列出所有此类数据行，并为审计保全磁盘",
)
ROW_PUT_BACK: Final = Reason(
    error=IntegrityError,
    reason="ROW_NOT_AS_WRITTEN",
    en="{row} is as log record {position} wrote it, and later records changed it: somebody put an old state back, so nothing is decided by it",
    zh="{row} 是日志第{position}条记录时的内容，其后另有记录作过变更：数据库中被恢复为旧状态，不据此作出任何处理",
    next_en="the operator runs `shuniu audit reconcile`, which names every such row, and keeps the disk for the auditor",
    next_zh="请运行人员执行 `shuniu audit reconcile` 列出所有此类数据行，并为审计保全磁盘",
)
ROW_GONE: Final = Reason(
    error=IntegrityError,
    reason="ROW_NOT_AS_WRITTEN",
    en="{row}, which log record {position} wrote, is missing: somebody deleted it in the database",
    zh="日志第{position}条记录写入的 {row} 已不存在：数据库中被删除",
    next_en="the operator keeps the disk for the auditor, and restores the row from a backup",
    next_zh="请运行人员为审计保全磁盘，并从备份恢复该数据行",
)
