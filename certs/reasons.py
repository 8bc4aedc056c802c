"""What can be wrong about identities, in both languages: rows of the catalogue (`hub.errors.Reason`)."""

from typing import Final

from hub.errors import (
    AlreadyExistsError,
    ConfigError,
    IllegalStateError,
    InvalidInputError,
    LimitError,
    NotAllowedError,
    NotFoundError,
    NotSignedInError,
    Reason,
)

# --- registering a department
REGION_WRONG: Final = Reason(
    error=InvalidInputError,
    en="{field} must be 6 digits (GB/T 2260)",
    zh="{field}应为6位数字（GB/T 2260）",
    next_en="look the code up in GB/T 2260, for example 640000",
    next_zh="请按 GB/T 2260 填写，例如 640000",
)
DEPARTMENT_REGISTERED: Final = Reason(
    error=AlreadyExistsError,
    en="department {department} is registered already",
    zh="部门 {department} 已登记",
    next_en="look it up with ListDepartments",
    next_zh="请在部门列表中查看",
)
DEPARTMENT_UNKNOWN: Final = Reason(
    error=NotFoundError,
    en="no department {department} is registered",
    zh="部门 {department} 尚未登记",
    next_en="ask the authority to register it with CreateDepartment",
    next_zh="请数据共享主管部门先登记该部门",
)

LEVEL_MISSING: Final = Reason(
    error=InvalidInputError,
    reason="LEVEL_MISSING",
    en="{field} must say the department's level",
    zh="请填写{field}",
    next_en="name LEVEL_PROVINCE, LEVEL_CITY or LEVEL_COUNTY, or leave level out of update_mask",
    next_zh="请填写省级、市级或县级；无须变更的，请勿列入变更项目",
)
PARTS_MISSING: Final = Reason(
    error=InvalidInputError,
    reason="UPDATE_MASK_WRONG",
    en="{field} must name what changes: title, short_title, region or level",
    zh="{field}应列明所变更的名称、简称、行政区划或行政层级",
    next_en="name at least one of them, and no other",
    next_zh="请至少列明其中一项，且不得列入其他项目",
)
DEPARTMENT_STEP_OF_AUTHORITY: Final = Reason(
    error=NotAllowedError,
    en="only the authority may {step} a department",
    zh="只有数据共享主管部门可以对部门办理{step}",
    next_en="ask the authority",
    next_zh="请联系数据共享主管部门",
)
OWN_DEPARTMENT_DISABLED: Final = Reason(
    error=IllegalStateError,
    reason="OWN_DEPARTMENT",
    en="the authority does not disable its own department",
    zh="数据共享主管部门不得停用本部门",
    next_en="to shut out one system, use RevokeSystem",
    next_zh="如需停用个别业务系统，请吊销该业务系统",
)
PROVIDER_DISABLED: Final = Reason(
    error=IllegalStateError,
    reason="PROVIDER_DISABLED",
    en="the provider {provider} is disabled: no request is taken and no data is fetched",
    zh="提供部门 {provider} 已停用，不再受理面向该部门的申请和数据调取",
    next_en="ask the authority which department answers for the data now",
    next_zh="请向数据共享主管部门查询该数据现由哪个部门负责",
)
DEPARTMENT_DISABLED: Final = Reason(
    error=NotAllowedError,
    reason="DEPARTMENT_DISABLED",
    en="department {department} is disabled: {why}",
    zh="部门 {department} 已停用：{why}",
    next_en="ask the authority to enable it with EnableDepartment",
    next_zh="请联系数据共享主管部门启用该部门",
)

# --- systems
SYSTEM_NAME_WRONG: Final = Reason(
    error=InvalidInputError,
    en="a system's name has 1 to 40 characters, a to z, 0 to 9 and hyphens, and begins with a letter",
    zh="业务系统简称应为1至40个小写字母、数字或连字符，且以字母开头",
    next_en="choose another name, for example case-office",
    next_zh="请改用符合要求的简称，例如 case-office",
)
SYSTEM_RESOURCE_WRONG: Final = Reason(
    error=InvalidInputError,
    en="a system's resource name is departments/, a USCC, /systems/ and the system's name",
    zh="业务系统的资源名称格式有误",
    next_en="take the name from ListSystems",
    next_zh="请从业务系统列表中取得名称",
)
ROLES_MISSING: Final = Reason(
    error=InvalidInputError,
    en="a system has at least one role",
    zh="业务系统至少应有一个角色",
    next_en="name at least one role, for example member",
    next_zh="请至少填写一个角色",
)
ENDPOINT_WRONG: Final = Reason(
    error=InvalidInputError,
    en="{field} must be host:port: a DNS name or an IP address (IPv6 in brackets), and a port from 1 to 65535",
    zh="{field}应为“主机:端口”：主机为域名或 IP 地址（IPv6 地址加方括号），端口为1至65535",
    next_en="for example data.mzj.example:7443 or [2001:db8::7]:7443",
    next_zh="例如 data.mzj.example:7443 或 [2001:db8::7]:7443",
)
ENDPOINT_FORBIDDEN: Final = Reason(
    error=InvalidInputError,
    reason="ENDPOINT_FORBIDDEN",
    en="{field} names {host}, where no provider may stand: the hub's own machine, link-local, or outside the networks that are set",
    zh="{field}中的 {host} 不可作为提供方地址：属于枢纽本机、链路本地地址，或不在枢纽配置的提供方网段内",
    next_en="register the address of the provider's own machine; where that is right, the hub's operator adds its network to provider_networks",
    next_zh="请登记提供方所在机器的地址；如地址无误，请枢纽运维人员将其网段加入 `provider_networks`",
)
SYSTEM_UNKNOWN: Final = Reason(
    error=NotFoundError,
    en="department {department} has no system {system}",
    zh="部门 {department} 没有业务系统 {system}",
    next_en="list the department's systems with ListSystems",
    next_zh="请查看该部门的业务系统列表",
)

# --- enrolment
TTL_WRONG: Final = Reason(
    error=InvalidInputError,
    en="{field} must be more than 0 and at most {days} days",
    zh="{field}应大于0且不超过{days}天",
    next_en="shorten it, or leave it out for {usual} hours",
    next_zh="请缩短，或留空即为{usual}小时",
)
AUTHORITY_OF_OTHER_DEPARTMENT: Final = Reason(
    error=NotAllowedError,
    reason="AUTHORITY_OF_OTHER_DEPARTMENT",
    en="only systems of the authority itself may have the role authority",
    zh="只有数据共享主管部门自身的业务系统可以具有主管角色",
    next_en="leave the role out",
    next_zh="请去掉该角色",
)
ENROLLMENT_TOKEN_INVALID: Final = Reason(
    error=NotAllowedError,
    reason="ENROLLMENT_TOKEN_INVALID",
    en="the enrolment token is not valid: unknown, expired or used",
    zh="注册令牌无效：不存在、已过期或已使用",
    next_en="ask the authority for a new token",
    next_zh="请向数据共享主管部门申请新令牌",
)
NAME_IN_NO_CERTIFICATE: Final = Reason(
    error=InvalidInputError,
    en="no certificate can name this department and system",
    zh="部门代码或业务系统简称有误，无法写入证书",
    next_en="check the USCC and the system's name",
    next_zh="请核对统一社会信用代码和业务系统简称",
)
TOO_MANY_CERTIFICATES: Final = Reason(
    error=LimitError,
    reason="TOO_MANY_CERTIFICATES",
    en="the system has {most} valid certificates, which is the limit",
    zh="该业务系统已有{most}张有效证书，达到上限",
    next_en="revoke those no longer used with RevokeCertificate",
    next_zh="请先吊销不再使用的证书",
)

# --- certificate requests
_MAKE_A_CSR: Final = "openssl req -new -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout key.pem -subj / -outform DER -out request.der"


def _of_csr(en: str, zh: str) -> Reason[InvalidInputError]:
    return Reason(error=InvalidInputError, reason="CSR_REFUSED", en=en, zh=zh, next_en=_MAKE_A_CSR, next_zh=_MAKE_A_CSR)


CSR_SIZE: Final = _of_csr("a CSR has 1 to {most} bytes", "证书请求应为1至{most}字节")
CSR_UNREADABLE: Final = _of_csr("the CSR cannot be read as a PKCS#10 request in DER", "证书请求不是有效的 PKCS#10 请求（DER 编码）")
CSR_VERSION_UNKNOWN: Final = _of_csr("the CSR is of an unknown version", "证书请求的版本不受支持")
CSR_NOT_PROVEN: Final = _of_csr(
    "the CSR is not signed by its own key with SHA-256, SHA-384 or SHA-512", "证书请求未以自身密钥按 SHA-256、SHA-384 或 SHA-512 签名"
)
CSR_KEY_WEAK: Final = _of_csr(
    "the CSR's key must be EC P-256 or P-384, or RSA of {least} to {most} bits", "证书请求的密钥应为 EC P-256、EC P-384，或{least}至{most}位的 RSA"
)
CSR_HOST_RESERVED: Final = Reason(
    error=InvalidInputError,
    reason="CSR_HOST_RESERVED",
    en="the CSR asks for {host}, which is the hub's own name",
    zh="证书请求中的 {host} 是枢纽自身的主机名",
    next_en="ask for the host names of your own system only",
    next_zh="请只填写本业务系统的主机名",
)

# --- hosts of a system
HOSTS_MISSING: Final = Reason(
    error=InvalidInputError,
    en="{field} is empty: say for which hosts",
    zh="{field}为空：请写明申请哪些主机名",
    next_en="name at least one DNS name or IP address of the system",
    next_zh="请至少填写一个域名或 IP 地址",
)
HOSTS_KNOWN: Final = Reason(
    error=AlreadyExistsError,
    reason="HOSTS_KNOWN",
    en="the system has these hosts already, or has asked for them",
    zh="这些主机名已获批准或正待审批",
    next_en="look with `shuniu hosts list`; what is approved stands in the next certificate: `shuniu renew --force`",
    next_zh="请用 `shuniu hosts list` 查看；已批准的主机名写入下一张证书：`shuniu renew --force`",
)
HOST_NOT_REQUESTED: Final = Reason(
    error=NotFoundError,
    reason="HOST_NOT_REQUESTED",
    en="the system did not ask for this; it asked for: {requested}",
    zh="该业务系统未申请此主机名；待审批的有：{requested}",
    next_en="look with `shuniu hosts list`, and name hosts that wait for a decision",
    next_zh="请用 `shuniu hosts list` 查看，只填写待审批的主机名",
)
HOST_STEP_OF_AUTHORITY: Final = Reason(
    error=NotAllowedError,
    reason="HOST_STEP_OF_AUTHORITY",
    en="only the authority decides which hosts a system's certificates may name",
    zh="只有数据共享主管部门可以审批业务系统的主机名",
    next_en="ask for it with `shuniu hosts request`",
    next_zh="请用 `shuniu hosts request` 申请",
)
HOST_NOT_APPROVED: Final = Reason(
    error=NotAllowedError,
    reason="HOST_NOT_APPROVED",
    en="{host} stands neither in the present certificate nor among the approved hosts of this system",
    zh="{host} 既不在现有证书中，也未获批准",
    next_en="ask for it with `shuniu hosts request`, and renew when the authority has approved it",
    next_zh="请用 `shuniu hosts request` 申请，获批后再续期",
)

# --- certificates: finding and revoking
SERIAL_WRONG: Final = Reason(
    error=InvalidInputError,
    en="{field} must be 1 to 32 hexadecimal digits",
    zh="{field}应为1至32位十六进制数",
    next_en="take it from ListSystems, or from `openssl x509 -noout -serial`",
    next_zh="请从业务系统列表中取得，或用 `openssl x509 -noout -serial` 查看",
)
SERIAL_UNKNOWN: Final = Reason(
    error=NotFoundError,
    en="the hub issued no certificate with this serial number",
    zh="本枢纽未签发过该序列号的证书",
    next_en="find the serial number with ListSystems",
    next_zh="请从业务系统列表中查找序列号",
)
NOTHING_TO_REVOKE: Final = Reason(
    error=IllegalStateError,
    en="the system {system} has nothing left to revoke: no certificate, no token, no login link",
    zh="业务系统 {system} 已无可吊销的证书、注册令牌或登录链接",
    next_en="look at its certificates with ListSystems",
    next_zh="请在业务系统列表中查看其证书",
)
CERTIFICATE_OF_OTHER_DEPARTMENT: Final = Reason(
    error=NotAllowedError,
    reason="CERTIFICATE_OF_OTHER_DEPARTMENT",
    en="only the authority and the system itself may revoke a system's certificates",
    zh="只有数据共享主管部门和证书所属的业务系统可以吊销该证书",
    next_en="ask the authority, or the operator of the hub (`shuniu revoke`)",
    next_zh="请联系数据共享主管部门，或由枢纽运维人员执行 `shuniu revoke`",
)

# --- who calls
CERTIFICATE_UNREADABLE: Final = Reason(
    error=NotSignedInError,
    reason="CERTIFICATE_UNREADABLE",
    en="the client certificate cannot be read",
    zh="客户端证书无法读取",
    next_en="enrol with `shuniu join`",
    next_zh="请使用 `shuniu join` 注册",
)
NO_IDENTITY: Final = Reason(
    error=NotSignedInError,
    reason="NO_IDENTITY",
    en="the certificate does not name a department's system",
    zh="证书未标明部门和业务系统",
    next_en="enrol with `shuniu join`",
    next_zh="请使用 `shuniu join` 注册",
)
CERTIFICATE_OF_OTHER_HUB: Final = Reason(
    error=NotSignedInError,
    reason="CERTIFICATE_OF_OTHER_HUB",
    en="the certificate belongs to the hub {other}; this is {hub}",
    zh="该证书属于枢纽 {other}，本枢纽为 {hub}",
    next_en="use the certificate that this hub issued",
    next_zh="请使用本枢纽签发的证书",
)
CERTIFICATE_UNKNOWN: Final = Reason(
    error=NotSignedInError,
    reason="CERTIFICATE_UNKNOWN",
    en="the certificate is not registered at this hub",
    zh="该证书未在本枢纽登记",
    next_en="enrol with `shuniu join`",
    next_zh="请使用 `shuniu join` 注册",
)
CERTIFICATE_REVOKED: Final = Reason(
    error=NotSignedInError,
    reason="CERTIFICATE_REVOKED",
    en="the certificate was revoked at {when} Beijing time: {why}",
    zh="证书已于北京时间 {when} 吊销：{why}",
    next_en="ask the authority for a new enrolment token",
    next_zh="请向数据共享主管部门申请新的注册令牌",
)
CERTIFICATE_NOT_YET_VALID: Final = Reason(
    error=NotSignedInError,
    reason="CERTIFICATE_NOT_YET_VALID",
    en="the certificate is not valid before {when} Beijing time",
    zh="证书自北京时间 {when} 起生效",
    next_en="compare your clock with the hub's, and wait until then",
    next_zh="请核对本机时间，待证书生效后再试",
)
CERTIFICATE_EXPIRED: Final = Reason(
    error=NotSignedInError,
    reason="CERTIFICATE_EXPIRED",
    en="the certificate expired at {when} Beijing time",
    zh="证书已于北京时间 {when} 过期",
    next_en="ask the authority for a new enrolment token; renew before that date next time",
    next_zh="请向数据共享主管部门申请新的注册令牌；今后请在到期前续期",
)

# --- the web pages
LOGIN_LINK_INVALID: Final = Reason(
    error=NotAllowedError,
    reason="LOGIN_LINK",
    en="the login link is not valid: unknown, expired or used",
    zh="登录链接无效：不存在、已过期或已使用",
    next_en="officers are invited anew by whoever manages them (`shuniu officer invite`); an auditor's system makes one (`shuniu login-link`)",
    next_zh="经办人请本部门人员管理岗重新邀请（`shuniu officer invite`）；审计人员请用 `shuniu login-link` 生成新链接",
)
NO_SESSION: Final = Reason(
    error=NotSignedInError,
    reason="NO_SESSION",
    en="the session is over",
    zh="登录已结束",
    next_en="sign in again; an auditor may also open a new link from `shuniu login-link`",
    next_zh="请重新登录；审计人员也可用 `shuniu login-link` 生成新链接",
)
LOGIN_WITHOUT_CERTIFICATE: Final = Reason(
    error=NotSignedInError,
    en="the certificate under which this login link was made is no longer valid",
    zh="签发该登录链接所用的证书已失效",
    next_en="make a new link with `shuniu login-link`, under a valid certificate",
    next_zh="请使用有效证书，用 `shuniu login-link` 生成新链接",
)

# --- the certificate authority, at the start of the hub
HUB_NAME_WRONG: Final = Reason(
    error=ConfigError,
    en="hub has 1 to 40 characters, a to z, 0 to 9 and hyphens, and begins with a letter",
    zh="枢纽简称应为1至40个小写字母、数字或连字符，且以字母开头",
    next_en="correct hub in the configuration",
    next_zh="请修改配置中的枢纽简称",
)
SERVER_NAMES_MISSING: Final = Reason(
    error=ConfigError,
    en="server_names is empty: the hub's certificate needs at least one host name",
    zh="未配置服务器名称：枢纽证书至少应有一个主机名",
    next_en="set server_names to the names under which members call the hub",
    next_zh="请在配置中填写各部门访问枢纽所用的主机名",
)
SERVER_NAMES_WRONG: Final = Reason(
    error=ConfigError,
    en="server_names must be host names; these are not: {names}",
    zh="服务器名称应为主机名，以下各项有误：{names}",
    next_en="correct server_names in the configuration",
    next_zh="请修改配置中的服务器名称",
)
CA_FOREIGN: Final = Reason(
    error=ConfigError,
    en="{file} does not belong to the CA's key or to the hub {hub}",
    zh="根证书 {file} 与根密钥或枢纽 {hub} 不符",
    next_en="restore the certificate and the key that belong together",
    next_zh="请恢复配套的证书和密钥",
)
CA_EXPIRED: Final = Reason(
    error=ConfigError,
    en="the CA's certificate has expired",
    zh="根证书已过期",
    next_en="make a new CA and enrol all systems again",
    next_zh="请建立新的根证书，并重新注册所有业务系统",
)
CERTIFICATE_FILE_DAMAGED: Final = Reason(
    error=ConfigError,
    en="{file} cannot be read as a certificate",
    zh="证书文件 {file} 已损坏",
    next_en="restore {path}, or remove it to have it made anew",
    next_zh="请恢复 {path}，或将其移走以便重新生成",
)

# --- officers
OFFICER_NUMBER_WRONG: Final = Reason(
    error=InvalidInputError,
    reason="OFFICER_NUMBER_WRONG",
    en="{field} must be 1 to 32 letters, digits, hyphens, underscores or dots",
    zh="{field}应为1至32个字母、汉字、数字、连字符、下划线或点",
    next_en="write the number that your department gives its people, for example MZ-0231",
    next_zh="请填写本部门的工号，例如 MZ-0231",
)
OFFICER_UNKNOWN: Final = Reason(
    error=NotAllowedError,
    reason="OFFICER_UNKNOWN",
    en="the number in {field} is no active officer of your department",
    zh="{field}不是本部门在岗的经办人工号",
    next_en="name the number of an officer who is registered, or have the officer registered by whoever manages your department's officers",
    next_zh="请填写已登记的经办人工号，或请本部门人员管理岗登记该经办人",
)
NO_SUCH_OFFICER: Final = Reason(
    error=NotFoundError,
    reason="NO_SUCH_OFFICER",
    en="no such officer is registered",
    zh="没有登记该经办人",
    next_en="list the department's officers",
    next_zh="请查看本部门经办人名单",
)
OFFICER_REGISTERED: Final = Reason(
    error=AlreadyExistsError,
    reason="OFFICER_REGISTERED",
    en="officer {number} is registered already",
    zh="经办人 {number} 已登记",
    next_en="change the officer, or choose another number; the number of somebody who was dismissed stays taken",
    next_zh="请变更该经办人，或另编工号；离岗人员的工号不再分配",
)
DUTIES_MISSING: Final = Reason(
    error=InvalidInputError,
    reason="DUTIES_MISSING",
    en="{field} must name at least one duty",
    zh="{field}至少应列明一项",
    next_en="name what the officer does for the department: directory, requests, corrections, licenses, seals, lead or people",
    next_zh="请列明岗位职责：编目、申请审核、校核、电子证照、电子印章、共享工作负责人或人员管理",
)
DUTY_OF_OTHER_DEPARTMENT: Final = Reason(
    error=InvalidInputError,
    reason="DUTY_OF_OTHER_DEPARTMENT",
    en="your department does not have these duties and cannot give them: {duties}",
    zh="本部门没有以下职责，不能授予：{duties}",
    next_en="leave them out, or ask the authority to give the department the duty",
    next_zh="请删去该职责，或请数据共享主管部门先授予本部门",
)
SERVICE_ACCOUNT_DUTY_WRONG: Final = Reason(
    error=InvalidInputError,
    reason="SERVICE_ACCOUNT_DUTY_WRONG",
    en="{field}: a service account neither leads nor manages people",
    zh="{field}：服务账号不能担任共享工作负责人或人员管理",
    next_en="give these duties to a person",
    next_zh="请将该职责授予自然人",
)
ONLY_LEADS_HAVE_DEPUTIES: Final = Reason(
    error=IllegalStateError,
    reason="ONLY_LEADS_HAVE_DEPUTIES",
    en="officer {number} is no lead, so nobody stands in",
    zh="经办人 {number} 不是共享工作负责人，无须指定代理人",
    next_en="name the deputy of a lead",
    next_zh="请为共享工作负责人指定代理人",
)
NO_DEPUTY_OF_ONESELF: Final = Reason(
    error=InvalidInputError,
    reason="NO_DEPUTY_OF_ONESELF",
    en="{field}: nobody is the deputy of oneself",
    zh="{field}：代理人不得为本人",
    next_en="name another officer of the department",
    next_zh="请指定本部门其他经办人",
)
DEPUTY_TERM_WRONG: Final = Reason(
    error=InvalidInputError,
    reason="DEPUTY_TERM_WRONG",
    en="{field} must lie in the future, at most {most} days from now",
    zh="{field}应晚于当前时间，且不超过{most}天",
    next_en="name a nearer end; it can be moved later",
    next_zh="请改为较近的截止时间，到期前可再延长",
)

# --- mandates
MANDATE_OF_OTHER_DEPARTMENT: Final = Reason(
    error=InvalidInputError,
    reason="MANDATE_OF_OTHER_DEPARTMENT",
    en="{field} must be a system of your own department",
    zh="{field}应为本部门的业务系统",
    next_en="list your department's systems",
    next_zh="请查看本部门业务系统列表",
)
MANDATE_STEPS_WRONG: Final = Reason(
    error=InvalidInputError,
    reason="MANDATE_STEPS_WRONG",
    en="{field} must name steps that ask for a second person: {steps}",
    zh="{field}应列明须经他人确认的事项：{steps}",
    next_en="name at least one of them, and no other",
    next_zh="请至少列明其中一项，且不得列入其他事项",
)
MANDATE_TERM_WRONG: Final = Reason(
    error=InvalidInputError,
    reason="MANDATE_TERM_WRONG",
    en="{field} must lie in the future, at most a year from now",
    zh="{field}应晚于当前时间，且不超过一年",
    next_en="name an earlier end; a new mandate can follow",
    next_zh="请改为较早的截止时间，到期前可重新登记",
)
MANDATE_BY_OFFICER: Final = Reason(
    error=NotAllowedError,
    reason="MANDATE_BY_OFFICER",
    en="a mandate is registered by a lead who signed in, not by a system",
    zh="系统授权应由共享工作负责人登录后登记，业务系统不能自行登记",
    next_en="have a lead of your department sign in to the web pages and register it",
    next_zh="请本部门共享工作负责人登录网页登记",
)
OFFICER_NAME_WRONG: Final = Reason(
    error=InvalidInputError,
    reason="OFFICER_NAME_WRONG",
    en="{field} must be departments/USCC/officers/NUMBER",
    zh="{field}应为 departments/统一社会信用代码/officers/工号",
    next_en="take the name from the list of officers",
    next_zh="请从经办人名单中取得",
)
PEOPLE_OFFICER_THERE: Final = Reason(
    error=AlreadyExistsError,
    reason="PEOPLE_OFFICER_THERE",
    en="the authority has a people officer already: {numbers}",
    zh="主管部门已有人员管理岗经办人：{numbers}",
    next_en="let this officer register and invite others (shuniu officer add, shuniu officer invite); for a new link name this number",
    next_zh="请由该经办人登记并邀请其他人；通行密钥遗失需新链接的，请填写该工号",
)
PEOPLE_OF_OTHER_DEPARTMENT: Final = Reason(
    error=NotAllowedError,
    reason="PEOPLE_OF_OTHER_DEPARTMENT",
    en="of another department the authority alone registers and sees officers, and registers only those with the duty people",
    zh="其他部门的经办人只有数据共享主管部门可以查看；主管部门也只为其他部门登记人员管理岗",
    next_en="leave department empty for your own, or ask the people officer of that department",
    next_zh="办理本部门人员的，部门一项请留空；其他部门的人员，请由该部门人员管理岗办理",
)
DEPUTY_UNKNOWN: Final = Reason(
    error=InvalidInputError,
    reason="DEPUTY_UNKNOWN",
    en="the number in {field} is no active officer of the department",
    zh="{field}不是本部门在岗的经办人工号",
    next_en="name the number of an officer who is registered and no service account",
    next_zh="请填写已登记的经办人工号，服务账号除外",
)
LINES_MISSING: Final = Reason(
    error=InvalidInputError,
    reason="LINES_MISSING",
    en="{field} must hold at least one officer",
    zh="{field}至少应有一名经办人",
    next_en="send the list of the department's officers",
    next_zh="请提供本部门经办人名单",
)
TOO_MANY_LINES: Final = Reason(
    error=InvalidInputError,
    reason="TOO_MANY_LINES",
    en="{field} holds more than {most} officers",
    zh="{field}超过{most}名经办人",
    next_en="send the list in parts, none of them complete",
    next_zh="请分批导入，且不要作为完整名单导入",
)
LINE_TWICE: Final = Reason(
    error=InvalidInputError,
    reason="LINE_TWICE",
    en="{field}: number {number} stands on the list twice",
    zh="{field}：工号 {number} 在名单中重复",
    next_en="give each officer one line, or another number",
    next_zh="每名经办人只应有一行；不同人员请使用不同工号",
)
NUMBER_OF_DISMISSED: Final = Reason(
    error=InvalidInputError,
    reason="NUMBER_OF_DISMISSED",
    en="{field}: number {number} is of an officer who was dismissed",
    zh="{field}：工号 {number} 属于已离岗的经办人",
    next_en="give the officer another number: the log names whoever had this one",
    next_zh="请另编工号；访问日志中该工号指原经办人",
)
OFFICER_PARTS_MISSING: Final = Reason(
    error=InvalidInputError,
    reason="OFFICER_PARTS_MISSING",
    en="{field} must name what changes: display_name, duties",
    zh="{field}应列明所变更的姓名或岗位职责",
    next_en="name at least one of them, and no other",
    next_zh="请至少列明其中一项，且不得列入其他项目",
)

# --- signing in
PASSKEY_REFUSED: Final = Reason(
    error=NotAllowedError,
    reason="PASSKEY_REFUSED",
    en="the passkey was not accepted",
    zh="通行密钥未通过验证",
    next_en="try again from the page; where the device is new or was replaced, ask whoever manages your department's officers for a one-time link",
    next_zh="请在页面上重试；更换设备的，请向本部门人员管理岗索取一次性登录链接",
)
PASSKEY_KNOWN: Final = Reason(
    error=AlreadyExistsError,
    reason="PASSKEY_KNOWN",
    en="this passkey is registered already",
    zh="该通行密钥已登记",
    next_en="sign in with it",
    next_zh="请直接用它登录",
)
PASSKEYS_TOO_MANY: Final = Reason(
    error=LimitError,
    reason="PASSKEYS_TOO_MANY",
    en="an officer has {most} passkeys at most",
    zh="每名经办人最多登记{most}个通行密钥",
    next_en="remove one that is not used any more",
    next_zh="请先删除不再使用的通行密钥",
)
SERVICE_ACCOUNT_SIGNS_IN_NOWHERE: Final = Reason(
    error=InvalidInputError,
    reason="SERVICE_ACCOUNT_SIGNS_IN_NOWHERE",
    en="a service account does not sign in",
    zh="服务账号不能登录",
    next_en="invite a person",
    next_zh="请邀请自然人",
)
PROOF_MISSING: Final = Reason(
    error=NotAllowedError,
    reason="PROOF_MISSING",
    en="this step asks you to prove once more who you are",
    zh="办理该事项须再次验证身份",
    next_en="use your passkey on the page that asks for it, then take the step",
    next_zh="请按页面提示使用通行密钥验证，然后继续办理",
)
IDENTITY_REFUSED: Final = Reason(
    error=NotAllowedError,
    reason="IDENTITY_REFUSED",
    en="the sign-in by the identity provider was not completed, or does not hold",
    zh="统一身份认证未完成或未通过核验",
    next_en="begin once more from the sign-in page, in the same browser",
    next_zh="请在同一浏览器中从登录页重新开始",
)
IDENTITY_INCOMPLETE: Final = Reason(
    error=NotAllowedError,
    reason="IDENTITY_INCOMPLETE",
    en="the identity provider does not say which {who} you are",
    zh="统一身份认证未提供{who}信息",
    next_en="choose the other way to sign in, or ask whoever runs this hub to look at the claims under [sign_in] in `shuniu.toml`",
    next_zh="请选择另一种登录方式，或请枢纽运维单位核对 `shuniu.toml` 中 [sign_in] 的身份属性设置",
)
IDENTITY_NO_OFFICER: Final = Reason(
    error=NotAllowedError,
    reason="IDENTITY_NO_OFFICER",
    en="the identity provider names an officer whom this hub does not have",
    zh="统一身份认证所列经办人未在本枢纽登记",
    next_en="ask whoever manages your department's officers to register the number that the identity provider has for you",
    next_zh="请本部门人员管理岗按统一身份认证中的编号登记经办人",
)
