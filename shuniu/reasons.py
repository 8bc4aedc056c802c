"""What can be wrong about the certificates of a connection, in both languages: rows of the catalogue (`shuniu.catalogue.Reason`).

Statuses are what a program should do: UNAUTHENTICATED and FAILED_PRECONDITION need a person, UNAVAILABLE may pass.
"""

from __future__ import annotations

from typing import Final

from shuniu.catalogue import ConfigError, IllegalStateError, IntegrityError, InvalidInputError, NotSignedInError, Reason, UnavailableError

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
HOST_NOT_NAMED: Final = Reason(
    error=UnavailableError,
    reason="HOST_NOT_NAMED",
    en="the hub's certificate does not name the host of {address}; it names {names}",
    zh="枢纽证书不含 {address} 中的主机名；证书所列主机名：{names}",
    next_en="call the hub by one of these names; its operator can add a name (`server_names` in shuniu.toml)",
    next_zh="请改用其中一个主机名；枢纽运维人员可在 shuniu.toml 的 `server_names` 中增加主机名",
)
MEMBERS_PORT: Final = Reason(
    error=UnavailableError,
    reason="MEMBERS_PORT",
    en="{address} asks for a system's certificate: it is the members' port, and this call has none",
    zh="{address} 是部门端口，须出示业务系统证书，而本次调用没有证书",
    next_en="use the public port (7444 unless the operator chose another; an invitation begins with it), or call with --identity",
    next_zh="请改用公开端口（默认 7444，以枢纽运维人员告知的为准，邀请开头即是），或者用 --identity 指明身份目录",
)
NOT_TLS: Final = Reason(
    error=UnavailableError,
    reason="NOT_TLS",
    en="{address} answers, but not in TLS: it is no port of a hub for programs; it may be that of the web pages",
    zh="{address} 有应答，但不是 TLS：该端口不供程序调用，可能是网页端口",
    next_en="use the members' port (7443) or the public port (7444), unless the operator chose others",
    next_zh="请改用部门端口（默认 7443）或公开端口（默认 7444），以枢纽运维人员告知的为准",
)
NOBODY_LISTENS: Final = Reason(
    error=UnavailableError,
    reason="NOBODY_LISTENS",
    en="nothing listens at {address}",
    zh="{address} 没有服务在监听",
    next_en="check host and port (members 7443, public 7444, unless the operator chose others) and that the hub runs; then try again",
    next_zh="请核对主机和端口（部门端口默认 7443，公开端口默认 7444，以枢纽运维人员告知的为准），并确认枢纽正在运行，然后重试",
)

# --- whole tables
STREAM_NEEDS_ARROW: Final = Reason(
    error=ConfigError,
    reason="ARROW_MISSING",
    en="reading a stream as tables needs pyarrow, which is not installed; writing it to a file does not",
    zh="将批量数据读为表需要 pyarrow，本机尚未安装；写入文件则不需要",
    next_en='pip install "shuniu[arrow]"',
    next_zh='pip install "shuniu[arrow]"',
)
STREAM_DAMAGED: Final = Reason(
    error=IntegrityError,
    reason="STREAM_DAMAGED",
    en="what arrived is not what the hub's record speaks of",
    zh="收到的数据与枢纽记录所述不符",
    next_en="do not use the data; begin anew, and report the time of the call to the authority",
    next_zh="请勿使用这些数据；请从头开始，并将调用时间报告数据共享主管部门",
)
SUBSCRIPTION_DAMAGED: Final = Reason(
    error=IntegrityError,
    reason="SUBSCRIPTION_DAMAGED",
    en="what arrived of the changes is not what the hub's record speaks of",
    zh="收到的变更数据与枢纽记录所述不符",
    next_en="do not use what came since the last acknowledgement; subscribe again, and report the time of the call to the authority",
    next_zh="请勿使用上次确认之后收到的数据；请重新订阅，并将调用时间报告数据共享主管部门",
)
STREAM_FILE_FOREIGN: Final = Reason(
    error=IllegalStateError,
    reason="STREAM_FILE_FOREIGN",
    en="{file} is there already, and is not what an earlier delivery under this grant left unfinished",
    zh="{file} 已存在，且并非该授权此前未收完的数据",
    next_en="choose another file, or move that one and {file}.part away",
    next_zh="请另选文件，或者先移走该文件及 {file}.part",
)

# --- what the hub delivers to a receiver
DELIVERY_FOREIGN: Final = Reason(
    error=IntegrityError,
    reason="DELIVERY_FOREIGN",
    en="the message is not signed by the hub's key as it stands here",
    zh="该消息没有枢纽密钥的有效签名",
    next_en="answer 400 and do nothing with it; check that the body is verified as it came, and that the key is that of /keys/release.pem",
    next_zh="请返回 400，不作任何处理；并核对是否按原始字节验签、所用公钥是否为 /keys/release.pem 所发布的公钥",
)
DELIVERY_OLD: Final = Reason(
    error=IntegrityError,
    reason="DELIVERY_OLD",
    en="the message was signed at {time}, more than five minutes from this machine's time",
    zh="该消息的签名时间为 {time}，与本机时间相差超过5分钟",
    next_en="answer 400; where honest messages are refused so, set the clock right: timedatectl set-ntp true",
    next_zh="请返回 400；如正常消息也被拒绝，请校准本机时钟：timedatectl set-ntp true",
)

# --- calls
RETRIES_TOO_MANY: Final = Reason(
    error=InvalidInputError,
    reason="RETRIES_TOO_MANY",
    en="retries lie between 0 and {most}",
    zh="重试次数应在0至{most}之间",
    next_en="ask for a few: each try is a record of the log and one of the day's calls under the grant",
    next_zh="请填写较小的数：每次重试都登记日志，并计入授权的当日调用次数",
)

# --- questions that wait
WAIT_WITHOUT_END: Final = Reason(
    error=InvalidInputError,
    reason="WAIT_WITHOUT_END",
    en="{field} is a span of time, or a moment with its zone",
    zh="{field}应为时长，或者带时区的时间",
    next_en="for example timedelta(hours=2)",
    next_zh="例如 timedelta(hours=2)",
)
QUESTION_NOT_READABLE: Final = Reason(
    error=IllegalStateError,
    reason="QUESTION_NOT_READABLE",
    en="what {waiting_question} asks cannot be read: it has ended, or another system asked it",
    zh="无法读取 {waiting_question} 的内容：已结束，或者由其他业务系统提出",
    next_en="ask again with the identity of the system that asked it, or ask anew",
    next_zh="请用提出该查询的业务系统的身份重新提出，或者另行查询",
)

# --- rows as tables
FRAMES_MISSING: Final = Reason(
    error=ConfigError,
    reason="FRAMES_MISSING",
    en="records as a table of {library} need it installed",
    zh="以 {library} 表格形式取得记录，需要安装 {library}",
    next_en='pip install "shuniu[{extra}]"',
    next_zh='pip install "shuniu[{extra}]"',
)
