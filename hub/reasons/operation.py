"""What can be wrong with a hub's configuration and its database, as its operator meets it, in both languages."""

from typing import Final

from hub.errors import ConfigError, ConflictError, Reason, UnavailableError

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
