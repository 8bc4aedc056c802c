"""What can be wrong with the machine's clock, as the log shows it."""

from typing import Final

from hub.errors import ConfigError, Reason

CLOCK_BEHIND: Final = Reason(
    error=ConfigError,
    reason="CLOCK_BEHIND",
    en="the clock says {now}, {minutes} minutes before {known} (Beijing time), up to which the log goes: what has ended would be valid again",
    zh="系统时间为北京时间 {now}，日志已写至北京时间 {known}，相差 {minutes} 分钟：已到期的授权和证书会重新视为有效",
    next_en="set the clock right: timedatectl set-ntp true. If it is right now and was ahead then: clock_checked_from = {size} in shuniu.toml",
    next_zh="请校准系统时间：timedatectl set-ntp true。若现在的时间正确、当时超前，请在 shuniu.toml 中设置 clock_checked_from = {size}",
)
