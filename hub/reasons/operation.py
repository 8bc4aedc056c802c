"""What can be wrong with a hub's configuration, its keys and its database, as its operator meets it, in both languages."""

from typing import Final

from hub.errors import (
    ConfigError,
    ConflictError,
    Reason,
    UnavailableError,
)

# --- configuration
NO_CONFIGURATION: Final = Reason(
    error=ConfigError,
    en="there is no configuration at {path}",
    zh="找不到配置文件 {path}",
    next_en="shuniu init --config {path}",
    next_zh="shuniu init --config {path}",
)
CONFIGURATION_UNREADABLE: Final = Reason(
    error=ConfigError,
    en="{path} cannot be read as TOML: {problem}",
    zh="配置文件 {path} 不是有效的 TOML：{problem}",
    next_en="mend the line named",
    next_zh="请修正所指的行",
)
UNKNOWN_KEY: Final = Reason(
    error=ConfigError, en="unknown key {key!r}", zh="未知配置项 {key}", next_en="known keys: {known}", next_zh="可用配置项：{known}"
)
ADDRESS_WRONG: Final = Reason(
    error=ConfigError,
    en="{key} must be host:port",
    zh="配置项 {key} 应为“主机:端口”",
    next_en="for example 0.0.0.0:7443",
    next_zh="例如 0.0.0.0:7443",
)
ADDRESS_NOT_NAMED: Final = Reason(
    error=ConfigError,
    en="{key} names {host}, which is not among server_names: the hub's certificate would not fit it",
    zh="配置项 {key} 中的 {host} 不在 `server_names` 中，与枢纽证书不符",
    next_en="add it to server_names, or correct the address",
    next_zh="请将其加入 `server_names`，或修正该地址",
)
WEB_URL_WRONG: Final = Reason(
    error=ConfigError,
    reason="WEB_URL",
    en="web_url {address!r} reaches nobody: {why}; it stands in every license for as long as the license lives",
    zh="网页对外地址“{address}”无法访问：{why}；该地址写入每个证照，证照有效期内不能更改",
    next_en="name the address of the web pages, for example https://share.example.gov.cn; for a trial on this machine: --local",
    next_zh="请填写网页的对外地址，例如 https://share.example.gov.cn；仅在本机试用：--local",
)
WEB_URL_MISSING: Final = Reason(
    error=ConfigError,
    reason="WEB_URL",
    en="a new hub needs the address at which the world reaches its web pages: it stands in every license for as long as the license lives",
    zh="新建枢纽须填写网页的对外地址：该地址写入每个证照，证照有效期内不能更改",
    next_en="--web-url https://HOST, and --log-origin if the log is to have another name than HOST/log; for a trial on this machine: --local",
    next_zh="--web-url https://HOST；访问日志另取名称时加 --log-origin；仅在本机试用：--local",
)
LOG_ORIGIN_WRONG: Final = Reason(
    error=ConfigError,
    reason="LOG_ORIGIN",
    en="log_origin {address!r} names no place that others see: {why}; it stands in every checkpoint and is never changed",
    zh="访问日志名称“{address}”不可用：{why}；该名称写入每个检查点，启用后不再更改",
    next_en="name host and path, for example share.example.gov.cn/log; for a trial on this machine: --local",
    next_zh="请填写“主机/路径”，例如 share.example.gov.cn/log；仅在本机试用：--local",
)
FILE_UNREADABLE: Final = Reason(
    error=ConfigError,
    en="{key} names {file}, which cannot be read: {problem}",
    zh="配置项 {key} 所指的文件 {file} 无法读取：{problem}",
    next_en="correct {key}, or the file's owner and mode; an empty {key} takes what comes with the release",
    next_zh="请修正 {key} 或该文件的属主与权限；{key} 留空则使用随版本提供的内容",
)
FILE_WRONG: Final = Reason(error=ConfigError, en="{place}: {problem}", zh="{place}有误：{problem}", next_en="{next}", next_zh="{next}")
NETWORK_WRONG: Final = Reason(
    error=ConfigError,
    en="{key} holds {network}, which is no network: an address, a slash and a prefix, without bits behind the prefix",
    zh="配置项 {key} 中的 {network} 不是网段：应为“地址/前缀长度”，且前缀之后的位均为0",
    next_en="for example 10.64.0.0/12, 2001:db8::/32, or one address: 10.1.2.3/32",
    next_zh="例如 10.64.0.0/12、2001:db8::/32；单个地址写作 10.1.2.3/32",
)
NUMBER_WRONG: Final = Reason(
    error=ConfigError,
    en="{key} must be more than 0 and at most {most}",
    zh="配置项 {key} 应大于0且不超过{most}",
    next_en="mend the value",
    next_zh="请修正该值",
)
NUMBER_OUTSIDE: Final = Reason(
    error=ConfigError,
    en="{key} must be at least {least} and at most {most}",
    zh="配置项 {key} 应不小于{least}且不超过{most}",
    next_en="mend the value",
    next_zh="请修正该值",
)
USE_RECORDS_TOO_SHORT: Final = Reason(
    error=ConfigError,
    en="{key} must be between {least} and {most}: records of use are kept for at least three years (Decree 809 art. 29)",
    zh="配置项 {key} 应在{least}至{most}之间：使用记录至少保存三年（《政务数据共享条例》第二十九条）",
    next_en="mend the value",
    next_zh="请修正该值",
)
CHOICE_WRONG: Final = Reason(
    error=ConfigError,
    en="{key} must be one of: {known}",
    zh="配置项 {key} 应为以下之一：{known}",
    next_en="mend the value",
    next_zh="请修正该值",
)
ISSUER_WRONG: Final = Reason(
    error=ConfigError,
    en="{key} must be an https:// address, or an http:// address of this machine",
    zh="配置项 {key} 应为 https:// 网址，或本机的 http:// 网址",
    next_en="write the issuer exactly as the provider's discovery document names it",
    next_zh="请按统一身份认证服务发现文档所列签发方网址原样填写",
)
CLIENT_MISSING: Final = Reason(
    error=ConfigError,
    en="{key} is missing: the identity provider knows the hub by it",
    zh="缺少配置项 {key}：统一身份认证服务据此识别本枢纽",
    next_en="register the hub with the provider and enter the client id that it gives",
    next_zh="请在统一身份认证服务中登记本枢纽，并填写所得的客户端标识",
)
TYPE_WRONG: Final = Reason(
    error=ConfigError,
    en="{key} must be of type {type}",
    zh="配置项 {key} 的类型应为 {type}",
    next_en="mend the value",
    next_zh="请修正该值",
)

# --- database
NOT_DURABLE: Final = Reason(
    error=ConfigError,
    en="PostgreSQL may lose commits in a power cut: {settings}",
    zh="PostgreSQL 断电时可能丢失已提交的数据：{settings}",
    next_en="{mending}  -- in psql, as superuser",
    next_zh="{mending}  -- 以超级用户在 psql 中执行",
)
DATABASE_UNKNOWN: Final = Reason(
    error=ConfigError,
    en="database URL of an unknown kind: {kind}",
    zh="不支持的数据库地址类型：{kind}",
    next_en="use sqlite:///path or postgresql://user@host/name",
    next_zh="请使用 sqlite:///路径 或 postgresql://用户@主机/库名",
)
WRITTEN_AT_ONCE: Final = Reason(
    error=ConflictError,
    en="somebody else changed the same thing at the same moment",
    zh="同一事项正被他人修改",
    next_en="read it again and retry",
    next_zh="请重新查看后再试",
)
DATABASE_UNAVAILABLE: Final = Reason(
    error=UnavailableError,
    en="the hub's database does not answer or cannot write; nothing was changed and nothing was released",
    zh="枢纽数据库暂不可用，未作任何更改，未提供任何数据",
    next_en="retry; the operator learns with `shuniu doctor` what is wrong: server, disk space, locks",
    next_zh="请重试；运行人员可用 `shuniu doctor` 查明原因：服务器、磁盘空间或锁",
)

# --- keys
KEY_MISSING: Final = Reason(
    error=ConfigError,
    reason="KEY_MISSING",
    en="key file {files} is missing",
    zh="密钥文件 {files} 缺失",
    next_en="restore it into {folder} from the backup; never make a new one: what rests on the old one would be lost",
    next_zh="请从备份恢复到 {folder}，切勿重新生成：否则依赖原密钥的内容将全部失效",
)
KEY_NOT_MADE: Final = Reason(
    error=ConfigError,
    reason="KEY_NOT_MADE",
    en="the hub has no key file {files}, which this release needs",
    zh="缺少本版本所需的密钥文件 {files}",
    next_en="shuniu keys add --config FILE  # FILE: the hub's configuration; then back up {folder} and start the hub",
    next_zh="shuniu keys add --config FILE  # FILE 为枢纽配置文件；然后备份 {folder} 并启动枢纽",
)
KEY_SWAPPED: Final = Reason(
    error=ConfigError,
    reason="KEY_SWAPPED",
    en="key file {file} holds the key that belongs into {other}",
    zh="密钥文件 {file} 中的密钥属于 {other}",
    next_en="restore both files from the backup",
    next_zh="请从备份恢复这两个文件",
)
KEY_CHANGED: Final = Reason(
    error=ConfigError,
    reason="KEY_CHANGED",
    en="key file {file} does not hold the key with which this hub has worked",
    zh="密钥文件 {file} 中的密钥不是本枢纽一直使用的密钥",
    next_en="restore it from the backup; if it is the same there, the database was changed: keep the disk for the auditor and restore the database",
    next_zh="请从备份恢复该文件；如备份中相同，则是数据库被改动：请为审计保全磁盘，并恢复数据库",
)
KEY_OF_OTHER_KIND: Final = Reason(
    error=ConfigError,
    en="key file {file} does not hold a {kind} key",
    zh="密钥文件 {file} 不是 {kind} 密钥",
    next_en="restore the right key file",
    next_zh="请恢复正确的密钥文件",
)
KEY_DAMAGED: Final = Reason(
    error=ConfigError,
    en="key file {file} is damaged",
    zh="密钥文件 {file} 已损坏",
    next_en="restore it from the backup; never make a new one",
    next_zh="请从备份恢复，切勿重新生成",
)
KEY_READABLE: Final = Reason(
    error=ConfigError,
    en="key file {file} may be read by others",
    zh="密钥文件 {file} 可被其他用户读取",
    next_en="chmod 600 {path}",
    next_zh="chmod 600 {path}",
)

# --- a hub for practice
PRACTICE_ELSEWHERE: Final = Reason(
    error=ConfigError,
    reason="PRACTICE_ELSEWHERE",
    en="{key} {address}: a hub for practice is for this machine alone, so that nobody takes it for a real one",
    zh="{key} 地址 {address}：演练枢纽只供本机使用，以免被误认为正式枢纽",
    next_en="set {key} to an address of 127.0.0.1, [::1] or localhost in shuniu.toml",
    next_zh="请在 shuniu.toml 中将 {key} 改为 127.0.0.1、[::1] 或 localhost 的地址",
)
PRACTICE_NOT_SAID: Final = Reason(
    error=ConfigError,
    reason="PRACTICE_NOT_SAID",
    en="{path} is the configuration of a hub for practice, whose clock anybody with a certificate may move",
    zh="{path} 是演练枢纽的配置，其时钟可由任何持证系统调整",
    next_en="run it with `shuniu serve --practice`; for a real hub use another configuration",
    next_zh="请使用 `shuniu serve --practice` 运行；正式枢纽请用另一份配置",
)
NOT_FOR_PRACTICE: Final = Reason(
    error=ConfigError,
    reason="NOT_FOR_PRACTICE",
    en="{path} is the configuration of a real hub: it is never run for practice",
    zh="{path} 是正式枢纽的配置，不得用于演练",
    next_en="make a hub for practice with `shuniu init --practice`, with a configuration and a data folder of its own",
    next_zh="请用 `shuniu init --practice` 另建演练枢纽，使用单独的配置文件和数据目录",
)
