"""What can be wrong with a command on the hub's machine, in both languages: rows of the catalogue (`hub.errors.Reason`)."""

from typing import Final

from hub.errors import ConfigError, InvalidInputError, Reason, UnavailableError

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

CERTIFICATE_DAMAGED: Final = Reason(
    error=InvalidInputError,
    en="{file} is not a certificate",
    zh="{file} 不是证书文件，或者已损坏",
    next_en="cp -p BACKUP/certs/{file} {path}",
    next_zh="cp -p BACKUP/certs/{file} {path}",
)
