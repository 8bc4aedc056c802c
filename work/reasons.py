"""What can be wrong with work and its delivery, in both languages: rows of the catalogue (`hub.errors.Reason`)."""

from typing import Final

from hub.errors import ConfigError, ConflictError, IllegalStateError, InvalidInputError, LimitError, NotAllowedError, NotFoundError, Reason

# --- delivery
TARGET_WITHOUT_PLACE: Final = Reason(
    error=InvalidInputError,
    reason="TARGET_WITHOUT_PLACE",
    en="a target is a webhook or an address of e-mail, exactly one of them",
    zh="通知目标应填写接收地址或电子邮箱，二者只能选一",
    next_en="give webhook or email; for both, set two targets",
    next_zh="请填写接收地址或电子邮箱之一；两者都需要时，请分别设置",
)
WEBHOOK_WRONG: Final = Reason(
    error=InvalidInputError,
    reason="WEBHOOK_ADDRESS",
    en="a webhook is https://HOST/PATH or https://HOST:PORT/PATH, without user, password, query or fragment; the port is 443 or above 1023",
    zh="接收地址应为 https://主机/路径 或 https://主机:端口/路径，不可含用户名、口令、问号参数和井号片段；端口为 443 或大于 1023",
    next_en="messages are signed by the hub, so the address needs no secret: name host and path alone",
    next_zh="消息由枢纽签名，地址中无须口令：请只填写主机和路径",
)
EMAIL_WRONG: Final = Reason(
    error=InvalidInputError,
    reason="EMAIL_ADDRESS",
    en="an address of e-mail is NAME@DOMAIN, in ASCII, without quotes, comments and line breaks",
    zh="电子邮箱应为“名称@域名”，只用英文字母、数字和常用符号，不可含引号、注释和换行",
    next_en="for example office@civil.example.gov.cn",
    next_zh="例如 office@civil.example.gov.cn",
)
WEBHOOKS_OFF: Final = Reason(
    error=IllegalStateError,
    reason="WEBHOOKS_OFF",
    en="this hub sends no webhooks: its configuration names no networks into which it may",
    zh="本枢纽未开通接收地址推送：配置中未列出可推送的网段",
    next_en="ask the operator to set networks in [delivery]; until then, read the work by the stream, the list or the inbox",
    next_zh="请联系枢纽运行人员在 [delivery] 中设置 `networks`；在此之前，请通过数据流、列表或收件箱查看待办",
)
MAIL_OFF: Final = Reason(
    error=IllegalStateError,
    reason="MAIL_OFF",
    en="this hub sends no e-mail: its configuration names no mail server",
    zh="本枢纽未开通邮件通知：配置中未设置邮件服务器",
    next_en="ask the operator to set smtp and sender in [delivery]; until then, read the work by the stream, the list or the inbox",
    next_zh="请联系枢纽运行人员在 [delivery] 中设置 `smtp` 和 `sender`；在此之前，请通过数据流、列表或收件箱查看待办",
)
WEBHOOK_FORBIDDEN: Final = Reason(
    error=InvalidInputError,
    reason="WEBHOOK_FORBIDDEN",
    en="{host} is not in a network into which this hub sends",
    zh="{host} 不在本枢纽可推送的网段内",
    next_en="name an address in one of the allowed networks, or ask the operator to allow yours (networks in [delivery])",
    next_zh="请填写允许网段内的地址，或请枢纽运行人员开放所在网段（[delivery] 中的 `networks`）",
)
TARGETS_TOO_MANY: Final = Reason(
    error=LimitError,
    reason="TARGETS_TOO_MANY",
    en="the department has {most} targets already",
    zh="本部门的通知目标已达上限（{most}个）",
    next_en="remove one that is not needed",
    next_zh="请先删除不再需要的目标",
)
NO_SUCH_TARGET: Final = Reason(
    error=NotFoundError,
    reason="NO_SUCH_TARGET",
    en="there is no such target of this department",
    zh="本部门没有该通知目标",
    next_en="list the targets: shuniu delivery list",
    next_zh="请查看通知目标：shuniu delivery list",
)
NO_SUCH_DEAD_LETTER: Final = Reason(
    error=NotFoundError,
    reason="NO_SUCH_DEAD_LETTER",
    en="there is no such dead letter of this department",
    zh="本部门没有该投递失败的通知",
    next_en="list them: shuniu delivery dead list",
    next_zh="请查看投递失败的通知：shuniu delivery dead list",
)

# --- what an operator meets
CREDENTIALS_READABLE: Final = Reason(
    error=ConfigError,
    en="{path} holds the mail server's password and others may read it",
    zh="{path} 存有邮件服务器口令，但其他用户也可读取",
    next_en="chmod 600 {path}",
    next_zh="chmod 600 {path}",
)
CREDENTIALS_WRONG: Final = Reason(
    error=ConfigError,
    en="{path} must hold two lines: the user's name and the password",
    zh="{path} 应有两行：用户名和口令",
    next_en="write the name on the first line and the password on the second",
    next_zh="第一行写用户名，第二行写口令",
)
CREDENTIALS_IN_CLEAR: Final = Reason(
    error=ConfigError,
    en="delivery.smtp_tls is none: a password would travel in clear",
    zh="配置项 delivery.smtp_tls 为 none，口令将以明文传送",
    next_en="set smtp_tls to starttls or implicit, or leave credentials empty",
    next_zh="请将 `smtp_tls` 设为 starttls 或 implicit，或将 `credentials` 留空",
)
SENDER_WRONG: Final = Reason(
    error=ConfigError,
    en="delivery.sender must be the address from which mail is sent, NAME@DOMAIN",
    zh="配置项 delivery.sender 应为发件邮箱，形如“名称@域名”",
    next_en="for example shuniu@share.example.gov.cn",
    next_zh="例如 shuniu@share.example.gov.cn",
)
CA_UNREADABLE: Final = Reason(
    error=ConfigError,
    en="delivery.ca names {path}, which is no file of certificates (PEM)",
    zh="配置项 delivery.ca 所指的 {path} 不是证书文件（PEM）",
    next_en="name a file with the CA's certificates, or leave it empty for those of the machine",
    next_zh="请填写 CA 证书文件，或留空使用本机的 CA 证书",
)

# --- proposals
PROPOSAL_PENDING: Final = Reason(
    error=IllegalStateError,
    reason="PROPOSAL_PENDING",
    en="{resource} waits for a second person already: {proposal}",
    zh="{resource}已有待他人确认的办理事项：{proposal}",
    next_en="have it confirmed or declined, or take it back, before you propose another step",
    next_zh="请先由他人确认、退回，或自行撤回，再提交其他办理事项",
)
NOBODY_CONFIRMS: Final = Reason(
    error=IllegalStateError,
    reason="NOBODY_CONFIRMS",
    en="this step needs a second person, and the department has nobody else who may confirm it",
    zh="该事项须经他人确认，本部门没有其他可以确认的经办人",
    next_en="give another officer the duty {duties}, or name a deputy",
    next_zh="请授予其他经办人“{duties}”职责，或指定代理人",
)
SAME_PERSON: Final = Reason(
    error=NotAllowedError,
    reason="SAME_PERSON",
    en="whoever proposed a step does not decide on it",
    zh="提交人不能确认或退回本人提交的事项",
    next_en="ask another officer who may confirm it; you can take it back",
    next_zh="请由其他有权确认的经办人办理；您可以撤回",
)
NOT_YOURS_TO_CONFIRM: Final = Reason(
    error=NotAllowedError,
    reason="NOT_YOURS_TO_CONFIRM",
    en="this step is confirmed by an officer with the duty {duties}",
    zh="该事项应由具有“{duties}”职责的经办人确认",
    next_en="ask one of them",
    next_zh="请由具有该职责的经办人办理",
)
SYSTEM_WITHOUT_MANDATE: Final = Reason(
    error=NotAllowedError,
    reason="SYSTEM_WITHOUT_MANDATE",
    en="a system confirms nothing without a mandate that lists Confirm",
    zh="业务系统未经授权，不能代为确认",
    next_en="have an officer sign in and confirm, or have a lead register a mandate for the system",
    next_zh="请由经办人登录后确认，或由共享工作负责人为该系统登记授权",
)
PROPOSAL_VOID: Final = Reason(
    error=ConflictError,
    reason="PROPOSAL_VOID",
    en="{resource} changed since the step was proposed, or the step is not possible any more; nothing was done, and the proposal is void",
    zh="{resource}在提交后已发生变化，或该事项已不能办理；未作任何处理，原提交作废",
    next_en="read it again, and propose the step anew where it is still wanted",
    next_zh="请重新查看；仍需办理的，请重新提交",
)

# --- the stream of work
RESUME_TOKEN_FOREIGN: Final = Reason(
    error=InvalidInputError,
    reason="RESUME_TOKEN_FOREIGN",
    en="this is no place in your department's stream of work that this hub gave out",
    zh="该续读标识不是本枢纽为本部门待办数据流签发的标识",
    next_en="send the token of an event unchanged, or none: the stream then begins behind what your system acknowledged",
    next_zh="请原样使用事件中的标识；也可留空，从本系统已确认之处继续",
)
EVENTS_FORGOTTEN: Final = Reason(
    error=IllegalStateError,
    reason="EVENTS_FORGOTTEN",
    en="events behind this place are not kept any more: they are kept for 30 days, and up to 90 for a system that acknowledges",
    zh="该位置之后的部分事件已不再保存：事件保存30天，对按时确认的业务系统最长保存90天",
    next_en="read the open work and the notices by list, then watch without a token",
    next_zh="请先列出待办和通知，再不带标识重新接收数据流",
)
STREAMS_TOO_MANY: Final = Reason(
    error=LimitError,
    reason="STREAMS_TOO_MANY",
    en="this system watches its department's work {most} times already",
    zh="该业务系统同时接收的待办数据流已达上限（{most}个）",
    next_en="one stream is enough for a system; end those that nobody reads",
    next_zh="一个业务系统只需一个数据流；请结束无人读取的数据流",
)
ESCALATED_TO_AUTHORITY: Final = Reason(
    error=NotAllowedError,
    reason="ESCALATED_TO_AUTHORITY",
    en="what is over at other departments is shown to the authority alone",
    zh="其他部门的逾期事项只向数据共享主管部门显示",
    next_en="list without `escalated` for your own department's work",
    next_zh="查看本部门待办时，请不要指定 `escalated`",
)
