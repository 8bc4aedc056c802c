"""What can be wrong with a command on this machine, in both languages: rows of the catalogue (`hub.errors.Reason`)."""

from typing import Final

from hub.errors import ConfigError, InvalidInputError, NotFoundError, Reason, UnavailableError

# --- the configuration and the data folder
NO_HUB: Final = Reason(
    error=ConfigError,
    reason="NO_HUB",
    en="the data folder {data} holds no hub",
    zh="数据目录 {data} 中没有枢纽",
    next_en="correct `data` in the configuration, restore the folder from a backup, or make a hub with `shuniu init`",
    next_zh="请修正配置项 `data`，或从备份恢复该目录；新建枢纽请执行 `shuniu init`",
)
CONFIGURATION_EXISTS: Final = Reason(
    error=ConfigError,
    en="{path} exists already and is not overwritten",
    zh="配置文件 {path} 已存在，不予覆盖",
    next_en="choose another --config, or run the hub with `shuniu serve`",
    next_zh="请用 --config 另选路径，或执行 `shuniu serve` 运行已有枢纽",
)
DATA_FOLDER_IN_USE: Final = Reason(
    error=ConfigError,
    reason="DATA_FOLDER_IN_USE",
    en="another hub is running on {data} (process {pid})",
    zh="数据目录 {data} 已有枢纽在运行（进程 {pid}）",
    next_en="stop it first: kill {pid}",
    next_zh="请先停止该进程：kill {pid}",
)

# --- addresses
ADDRESS_TAKEN: Final = Reason(
    error=ConfigError,
    reason="ADDRESS",
    en="{key} {address} is in use by another program",
    zh="{key} 地址 {address} 已被其他程序占用",
    next_en="ss -ltnp 'sport = :{port}'  # then stop that program",
    next_zh="ss -ltnp 'sport = :{port}'  # 查出并停止占用的程序",
)
ADDRESS_PRIVILEGED: Final = Reason(
    error=ConfigError,
    reason="ADDRESS",
    en="{key} {address}: this user may not use port {port}",
    zh="{key} 地址 {address}：当前用户无权使用端口 {port}",
    next_en="set {key} to a port of 1024 or above in shuniu.toml",
    next_zh="请在 shuniu.toml 中将 {key} 改为1024及以上的端口",
)
ADDRESS_OF_OTHER_MACHINE: Final = Reason(
    error=ConfigError,
    reason="ADDRESS",
    en="{key} {address} is not an address of this machine",
    zh="{key} 地址 {address} 不属于本机",
    next_en="set {key} in shuniu.toml to one of: ip -brief address",
    next_zh="请在 shuniu.toml 中修改 {key}；本机地址见：ip -brief address",
)
ADDRESS_UNUSABLE: Final = Reason(
    error=ConfigError,
    reason="ADDRESS",
    en="{key} {address} cannot be used: {problem}",
    zh="{key} 地址 {address} 无法使用：{problem}",
    next_en="set {key} to host:port in shuniu.toml",
    next_zh="请在 shuniu.toml 中将 {key} 设为“主机:端口”",
)
CANNOT_LISTEN: Final = Reason(
    error=ConfigError,
    reason="ADDRESS",
    en="{address} cannot be used to listen on",
    zh="无法监听地址 {address}",
    next_en="choose another --listen, for example 127.0.0.1:0 for any free port",
    next_zh="请用 --listen 另选地址；127.0.0.1:0 表示任意空闲端口",
)
HOST_NOT_IN_CERTIFICATE: Final = Reason(
    error=ConfigError,
    reason="HOST_NOT_IN_CERTIFICATE",
    en="the certificate in {folder} does not name the host {host}; the hub would refuse this server",
    zh="{folder} 中的证书不含主机名 {host}，枢纽将拒绝访问本服务",
    next_en="get a new token and run `shuniu join ... --host {host}`, or announce one of: {known}",
    next_zh="请申请新的注册令牌并执行 `shuniu join ... --host {host}`，或用 --announce 给出证书中已有的主机名：{known}",
)
DID_NOT_START: Final = Reason(
    error=UnavailableError,
    en="{process} did not start; the last lines of its log stand above",
    zh="{process} 未能启动，其日志的最后几行见上",
    next_en="correct what the log names; `shuniu doctor` checks the machine",
    next_zh="请按日志提示处理；`shuniu doctor` 可检查本机环境",
)

# --- revoking
SERIAL_OR_SYSTEM: Final = Reason(
    error=InvalidInputError,
    en="name either a certificate (--serial) or a system (--system), and not both",
    zh="请给出证书序列号（--serial）或业务系统（--system），二者择一",
    next_en="run `shuniu revoke --system USCC/NAME --reason TEXT`",
    next_zh="请执行 `shuniu revoke --system USCC/NAME --reason TEXT`",
)

# --- calls
NO_SUCH_METHOD: Final = Reason(
    error=NotFoundError,
    en="the hub has no method {method!r}",
    zh="枢纽没有接口 {method}",
    next_en="list the methods with `shuniu call --list`",
    next_zh="请用 `shuniu call --list` 查看全部接口",
)
NOT_THE_REQUEST: Final = Reason(
    error=InvalidInputError,
    reason="JSON",
    en="this JSON is not a {type}: {problem}",
    zh="请求内容不是 {type} 的 JSON：{problem}",
    next_en="its fields: {fields}; `shuniu call --list` shows those of all methods",
    next_zh="可用字段：{fields}；全部接口的字段见 `shuniu call --list`",
)
REQUEST_NOT_UTF8: Final = Reason(
    error=InvalidInputError,
    reason="JSON",
    en="the request is not UTF-8",
    zh="请求内容不是 UTF-8 编码",
    next_en="save the file as UTF-8",
    next_zh="请将文件另存为 UTF-8 编码",
)

# --- verification
NOT_A_LICENSE_CODE: Final = Reason(
    error=InvalidInputError,
    reason="NOT_A_LICENSE_CODE",
    en="this is not a license code: its text begins with EL1:",
    zh="这不是电子证照码：证照码文本以 EL1: 开头",
    next_en="scan the QR code printed on the license, or give the path of a file that exists",
    next_zh="请扫描证照上的二维码；如给出的是文件，请核对路径",
)
FILE_TOO_LARGE: Final = Reason(
    error=InvalidInputError,
    reason="FILE_TOO_LARGE",
    en="{path} is larger than 8 MiB",
    zh="{path} 超过 8 MB",
    next_en="give the right file, or a smaller picture",
    next_zh="请核对文件，或缩小图片",
)
LIST_TOO_OLD: Final = Reason(
    error=InvalidInputError,
    reason="LIST_TOO_OLD",
    en="{path} was signed {hours} hours ago, and --max-age allows {most}",
    zh="{path} 签发已 {hours} 小时，超过 --max-age 所允许的 {most} 小时",
    next_en="fetch the list again, from the hub itself",
    next_zh="请直接从枢纽重新获取列表",
)
LIST_MEMORY_NOT_KEPT: Final = Reason(
    error=ConfigError,
    reason="LIST_MEMORY_NOT_KEPT",
    en="which lists were seen cannot be remembered in {folder}, so an older one could not be told from the newest",
    zh="无法在 {folder} 中记录用过的列表，不能防止使用旧列表",
    next_en="name a folder that may be written with --state, or say with --max-age how old a list may be",
    next_zh="请用 --state 指定可写目录，或用 --max-age 指定列表的最长时限",
)
LIST_MEMORY_DAMAGED: Final = Reason(
    error=ConfigError,
    reason="LIST_MEMORY_DAMAGED",
    en="{path} is not what this command wrote, so which lists were seen is not known",
    zh="{path} 已损坏，无法得知用过哪些列表",
    next_en="fetch both lists from the hub itself, then delete the file",
    next_zh="请先直接从枢纽获取两种列表，再删除该文件",
)
INDEXES_OR_SUBJECT: Final = Reason(
    error=InvalidInputError,
    reason="NO_RECORDS_NAMED",
    en="name the records either by --index or by --subject-file",
    zh="请以 --index 或 --subject-file 之一指明记录",
    next_en="--index 12 --index 13, or --subject-file FILE with the number in it",
    next_zh="--index 12 --index 13，或者 --subject-file 文件，文件中为证件号码",
)
NOT_A_RECORD: Final = Reason(
    error=InvalidInputError,
    reason="JSON",
    en="this JSON is no record of the log",
    zh="该 JSON 不是一条访问记录",
    next_en="give what `shuniu call AuditService/GetAuditRecord` printed",
    next_zh="请给出 `shuniu call AuditService/GetAuditRecord` 的输出",
)
PUBLIC_KEY: Final = Reason(
    error=InvalidInputError,
    reason="PUBLIC_KEY",
    en="{path} is not a public key on P-256 in PEM",
    zh="{path} 不是 PEM 格式的 P-256 公钥",
    next_en="save `public_key_pem` of LicenseService/GetTrustList, and compare it with what the authority published",
    next_zh="请保存 LicenseService/GetTrustList 返回的 `public_key_pem`，并与主管部门公布的公钥核对",
)
NOT_A_MOMENT: Final = Reason(
    error=InvalidInputError,
    en="--at needs a time with its time zone",
    zh="--at 应为带时区的时间",
    next_en="--at 2027-01-01T09:00:00+08:00",
    next_zh="--at 2027-01-01T09:00:00+08:00",
)
CERTIFICATE_DAMAGED: Final = Reason(
    error=InvalidInputError,
    en="{file} is not a certificate",
    zh="{file} 不是证书文件，或者已损坏",
    next_en="cp -p BACKUP/certs/{file} {path}",
    next_zh="cp -p BACKUP/certs/{file} {path}",
)
