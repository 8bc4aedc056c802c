"""What can be wrong about the certificates of a connection, in both languages: rows of the catalogue (`shuniu.catalogue.Reason`).

Statuses are what a program should do: UNAUTHENTICATED and FAILED_PRECONDITION need a person, UNAVAILABLE may pass.
"""

from __future__ import annotations

from typing import Final

from shuniu.catalogue import IllegalStateError, NotSignedInError, Reason, UnavailableError

OWN_EXPIRED: Final = Reason(
    error=NotSignedInError,
    reason="CERTIFICATE_EXPIRED",
    en="this system's certificate ended {end} (this machine's clock: {now}, Beijing time), so the hub lets it in no more; it is too late to renew it",
    zh="本系统证书已于北京时间 {end} 过期（本机时间 {now}），枢纽不再接受，已无法续期",
    next_en="check the clock; where it is right, ask the authority for a new invitation and join with a new folder",
    next_zh="请核对本机时间；时间无误时，请向数据共享主管部门申请新的邀请，用新的目录重新加入",
)
OWN_NOT_YET_VALID: Final = Reason(
    error=NotSignedInError,
    reason="CERTIFICATE_NOT_YET_VALID",
    en="this system's certificate begins {begin}, and this machine's clock says {now} (Beijing time): the clock is behind",
    zh="本系统证书自北京时间 {begin} 起生效，而本机时间 {now}：本机时钟偏慢",
    next_en="set the clock right: timedatectl set-ntp true",
    next_zh="请校准时钟：timedatectl set-ntp true",
)
CLOCK_OFF: Final = Reason(
    error=IllegalStateError,
    reason="CLOCK_OFF",
    en="by this machine's clock ({now} Beijing time) both sides' certificates are out of date (this system's until {end}, the hub's until {hub_end})",
    zh="按本机时间（北京时间 {now}），双方证书均已过期（本系统至 {end}，枢纽至 {hub_end}）：很可能是本机时钟有误",
    next_en="the clock is the likely cause: timedatectl set-ntp true; then try again",
    next_zh="请先校准时钟：timedatectl set-ntp true，然后重试",
)
HUB_NOT_YET_VALID: Final = Reason(
    error=IllegalStateError,
    reason="CLOCK_OFF",
    en="the hub's certificate begins {begin}, and this machine's clock says {now} (Beijing time): the clock is behind",
    zh="枢纽证书自北京时间 {begin} 起生效，而本机时间 {now}：本机时钟偏慢",
    next_en="set the clock right: timedatectl set-ntp true; where it is right, the hub's own clock is ahead: tell its operator",
    next_zh="请校准时钟：timedatectl set-ntp true；本机时间无误时，则为枢纽时钟偏快，请通知枢纽运维人员",
)
HUB_EXPIRED: Final = Reason(
    error=UnavailableError,
    reason="HUB_CERTIFICATE_EXPIRED",
    en="the hub's certificate ended {end} (this machine's clock: {now}, Beijing time)",
    zh="枢纽证书已于北京时间 {end} 过期（本机时间 {now}）",
    next_en="check this machine's clock; where it is right, tell the hub's operator, who runs `shuniu doctor` there",
    next_zh="请核对本机时间；时间无误时，请通知枢纽运维人员在枢纽上执行 `shuniu doctor`",
)
HUB_OF_OTHER_CA: Final = Reason(
    error=UnavailableError,
    reason="HUB_OF_OTHER_CA",
    en="{address} shows a certificate that the CA of this identity did not issue: another hub, a new CA, or a proxy that ends TLS in between",
    zh="{address} 出示的证书并非由本身份所属的 CA 签发：可能是另一枢纽、CA 已更换，或中间有终止 TLS 的代理",
    next_en="check the address and what stands in between; where the hub has a new CA, ask the authority for a new invitation",
    next_zh="请核对地址和中间的代理；如枢纽已更换 CA，请向数据共享主管部门申请新的邀请",
)
