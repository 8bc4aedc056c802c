"""What can be wrong with issuing keys and licenses, and with what departments ask about them."""

from typing import Final

from hub.errors import (
    AlreadyExistsError,
    IllegalStateError,
    IntegrityError,
    InvalidInputError,
    LimitError,
    NotAllowedError,
    NotFoundError,
    Reason,
    UnavailableError,
)

# --- who may do what
NOT_ISSUER: Final = Reason(
    error=NotAllowedError,
    reason="NOT_ISSUER",
    en="only the department that issued a license may change it",
    zh="只有颁发该证照的部门可以办理",
    next_en="ask the issuing department",
    next_zh="请联系颁发机构",
)
NOT_OWNER: Final = Reason(
    error=NotAllowedError,
    reason="NOT_OWNER",
    en="only the {party} may {step} an issuing key",
    zh="只有{party}可以{step}该签发密钥",
    next_en="ask the {party}",
    next_zh="请联系{party}",
)

PAGES_UNREACHABLE: Final = Reason(
    error=IllegalStateError,
    reason="PAGES_UNREACHABLE",
    en="no license is issued yet: the address of the hub's web pages, which stands in each one, reaches nobody: {why}",
    zh="暂不能颁发证照：写入证照的枢纽网页地址无法访问（{why}）",
    next_en="ask the hub's operator to set `web_url` in shuniu.toml and to start the hub anew; for a trial on one machine: `local = true`",
    next_zh="请枢纽运行人员在 shuniu.toml 中设置 `web_url` 并重启枢纽；仅在本机试用时设置 `local = true`",
)

# --- issuing keys
KEY_WITHOUT_TYPES: Final = Reason(
    error=InvalidInputError,
    en="an issuing key names the license types that it signs",
    zh="未注明签发密钥所签发的证照类型",
    next_en="list at least one license type",
    next_zh="请至少填写一类证照",
)
KEY_WINDOW_WRONG: Final = Reason(
    error=InvalidInputError,
    en="an issuing key is valid for {years} years at most, and ends after it begins",
    zh="签发密钥有效期最长{years}年，且不得早于登记时届满",
    next_en="choose an earlier end, or leave it out for two years",
    next_zh="请提前有效期止，或留空按两年登记",
)
KEY_ENDED: Final = Reason(
    error=IllegalStateError,
    en="the issuing key has expired, so it cannot be admitted",
    zh="签发密钥已过有效期，不能启用",
    next_en="register a new key",
    next_zh="请登记新密钥",
)
KEY_NOT_ACTIVE: Final = Reason(
    error=NotAllowedError,
    reason="KEY_NOT_ACTIVE",
    en="the issuing key is {state}; only an active key signs licenses",
    zh="签发密钥当前为“{state}”，不能签发证照",
    next_en="ask the authority to admit it; for a revoked key, register a new one",
    next_zh="请联系数据共享主管部门启用；密钥已吊销的，请登记新密钥",
)
KEY_NOT_FOR_TYPE: Final = Reason(
    error=NotAllowedError,
    reason="KEY_NOT_FOR_TYPE",
    en="the issuing key is not admitted for license type {license_type}",
    zh="签发密钥无权签发证照类型 {license_type}",
    next_en="register a key for this license type",
    next_zh="请为该类证照登记签发密钥",
)
KEY_EXPIRED: Final = Reason(
    error=NotAllowedError,
    reason="KEY_EXPIRED",
    en="the issuing key is outside its period of validity",
    zh="签发密钥不在有效期内",
    next_en="register a new key",
    next_zh="请登记新密钥",
)
RETIRE_TIME_WRONG: Final = Reason(
    error=InvalidInputError,
    en="a key is retired as of a moment in its term that has come",
    zh="停用时刻应在密钥有效期之内，且不晚于当前时间",
    next_en="leave the moment out to retire the key now",
    next_zh="不填停用时刻即为立即停用",
)
CHARACTER_WRONG: Final = Reason(
    error=InvalidInputError,
    en="a character that cannot be shown stands in the text: {point}",
    zh="文字中含有无法显示的字符：{point}",
    next_en="write the standard character in its place, or leave it out",
    next_zh="请改用标准字符，或删去该字符",
)
KEY_ENDS_TOO_SOON: Final = Reason(
    error=InvalidInputError,
    reason="KEY_ENDS_TOO_SOON",
    en="the issuing key ends in {days} days, before the license does; after its end the code can no longer be judged offline",
    zh="签发密钥将于{days}天后到期，早于证照有效期；到期后离线无法判定该证照码",
    next_en="register a new key, have it admitted, and sign with that; a key needs {least} days left, or as many as the license",
    next_zh="请登记新的签发密钥，经启用后以新密钥签发；密钥剩余有效期应不少于{least}天或证照的有效期",
)
KEY_KNOWN: Final = Reason(
    error=AlreadyExistsError,
    en="this issuing key is registered already",
    zh="该签发密钥已登记",
    next_en="generate a new key pair and register that",
    next_zh="请生成新的密钥对后登记",
)
NO_SUCH_KEY: Final = Reason(
    error=NotFoundError,
    en="there is no such issuing key",
    zh="签发密钥不存在",
    next_en="register the key",
    next_zh="请先登记该密钥",
)
KEY_OF_OTHERS: Final = Reason(
    error=NotFoundError,
    en="your department has no such issuing key",
    zh="本部门没有该签发密钥",
    next_en="register a key of your department",
    next_zh="请登记本部门的签发密钥",
)
SIGNATURE_WRONG: Final = Reason(
    error=InvalidInputError,
    reason="SIGNATURE_WRONG",
    en="{field} is not a signature of the registered key over exactly these bytes",
    zh="{field}与登记的密钥或待签数据不符",
    next_en="sign the bytes as they were returned, with the registered key",
    next_zh="请用登记的密钥对返回的待签数据原样签名",
)
STATUS_LIST_LOADING: Final = Reason(
    error=UnavailableError,
    reason="STATUS_LIST_LOADING",
    en="the hub has just started and is still reading the licenses of this status list",
    zh="枢纽刚刚启动，正在载入该状态列表",
    next_en="retry",
    next_zh="请稍后重试",
)
PROOF_NOT_FOR_THIS: Final = Reason(
    error=InvalidInputError,
    reason="PROOF_NOT_FOR_THIS",
    en="the proof is not this key's signature over hub {hub}, department {department}, these license types and this key: it was made for another "
    "hub, department or list of types, by another key, or in the form of an earlier release",
    zh="{field}不是该密钥对枢纽 {hub}、部门 {department}、所列证照类型和该公钥的签名：可能是为其他枢纽、部门或类型所作，由其他密钥所签，或为旧版格式",
    next_en="sign what shuniu.possession.issuing_key_proof returns, with the key that is registered",
    next_zh="请用所登记的密钥，对 shuniu.possession.issuing_key_proof 返回的数据签名",
)

# --- what an issuer writes
OFFICER_MISSING: Final = Reason(
    error=InvalidInputError,
    reason="MISSING_OFFICER",
    en="{field} is missing: somebody answers for every step",
    zh="缺少{field}：每一步办理都须有人负责",
    next_en="send {field}",
    next_zh="请填写{field}",
)
CASE_NUMBER_MISSING: Final = Reason(
    error=InvalidInputError,
    reason="MISSING_CASE_NUMBER",
    en="{field} is missing: every license belongs to a case",
    zh="缺少{field}：每份证照都须对应办件",
    next_en="send {field}",
    next_zh="请填写{field}",
)
NUMBER_MISSING: Final = Reason(
    error=InvalidInputError,
    reason="CLAIMS_TEXT",
    en="the license has no {field}",
    zh="未填写证照编号",
    next_en="send {field}",
    next_zh="请填写证照编号",
)
PERSONAL_DATA_IN_TEXT: Final = Reason(
    error=InvalidInputError,
    reason="PERSONAL_DATA_IN_TEXT",
    en="{field} must not spell anybody's ID number: it is logged or shown in clear",
    zh="{field}中不得出现公民身份号码：该内容以明文记录或公示",
    next_en="leave the ID number out of {field}",
    next_zh="请从{field}中删去身份号码",
)
NO_SUCH_TYPE: Final = Reason(
    error=NotFoundError,
    en="there is no such license type",
    zh="没有该证照类型",
    next_en="list the license types",
    next_zh="请查询证照类型列表",
)
FIELD_UNKNOWN: Final = Reason(
    error=InvalidInputError,
    reason="FIELD_UNKNOWN",
    en="{type} has no field {name!r}",
    zh="{type}没有信息项{name}",
    next_en="remove it, or compare its name with the license type",
    next_zh="请删除该项，或与证照类型核对名称",
)
FIELD_MISSING: Final = Reason(
    error=InvalidInputError,
    reason="FIELD_MISSING",
    en="{field} ({label}) is missing",
    zh="缺少{label}",
    next_en="send {label}",
    next_zh="请填写{label}",
)
FIELD_SHAPE: Final = Reason(
    error=InvalidInputError,
    reason="FIELD_SHAPE",
    en="{field} ({label}) is not in the form that this license type wants",
    zh="{label}不符合该类证照规定的格式",
    next_en="compare {label} with the license type",
    next_zh="请按证照类型的要求填写{label}",
)
HOLDERS_WRONG_COUNT: Final = Reason(
    error=InvalidInputError,
    en="a license of this type has at least one holder and at most {most}",
    zh="该类证照的持证主体至少1个，至多{most}个",
    next_en="send as many holders as this license type has",
    next_zh="请按该类证照的规定填写持证主体",
)
HOLDER_INCOMPLETE: Final = Reason(
    error=InvalidInputError,
    en="a holder has a name, a code, and a kind of code that this license type allows ({kinds})",
    zh="持证主体须有名称、代码和该类证照允许的代码类型（{kinds}）",
    next_en="complete the holder",
    next_zh="请补全持证主体信息",
)
DAY_WRONG: Final = Reason(
    error=InvalidInputError,
    en="{field} must be a day, written like 2026-03-02",
    zh="{field}应为日期，写作 2026-03-02 的形式",
    next_en="send {field} as year, month and day",
    next_zh="请按年、月、日填写{field}",
)
BEGINS_LATER: Final = Reason(
    error=InvalidInputError,
    en="a license is not issued before it begins: its code does not say when it begins",
    zh="起始日期不得晚于今天：证照码不载明起始日期",
    next_en="prepare it on the day it begins",
    next_zh="请在起始日期当天制作",
)
VALIDITY_WRONG: Final = Reason(
    error=InvalidInputError,
    en="the license would end before today, or run longer than its type allows",
    zh="有效期止早于今天，或有效期超过该类证照规定的最长期限",
    next_en="choose another end, or leave it out for the usual validity",
    next_zh="请更改有效期止，或留空按通常有效期制作",
)
NUMBER_IN_FORCE: Final = Reason(
    error=InvalidInputError,
    en="your department has a license of this type and number that is not revoked",
    zh="本部门已有同类同号且未吊销的证照",
    next_en="revoke that license first, or correct the number",
    next_zh="请先吊销该证照，或更正证照编号",
)
STAMPED_ALREADY: Final = Reason(
    error=IllegalStateError,
    en="the license has been stamped already",
    zh="证照已加盖电子印章",
    next_en="read the license again; it needs no second stamp",
    next_zh="请重新查看该证照，无须再次加盖",
)

# --- what is kept
NO_SUCH_LICENSE: Final = Reason(
    error=NotFoundError,
    en="there is no such license, or you may not see it",
    zh="证照不存在或者无权查看",
    next_en="list the licenses of your department",
    next_zh="请从本部门的证照列表中查找",
)
CONTENT_DAMAGED: Final = Reason(
    error=IntegrityError,
    en="the stored content of a license was changed, or the key is not the one it was written with",
    zh="证照的存储内容被改动，或与密钥不符",
    next_en="the operator restores the database and the key `license-content` from one backup",
    next_zh="请运行人员从同一备份恢复数据库和证照内容密钥",
)
NO_SUCH_STATUS_LIST: Final = Reason(
    error=NotFoundError,
    en="there is no such status list",
    zh="状态列表不存在",
    next_en="take the address from a license's code",
    next_zh="请使用证照码中载明的状态列表地址",
)
STATUS_LIST_FULL: Final = Reason(
    error=LimitError,
    reason="STATUS_LIST_FULL",
    en="every place of the status list is taken",
    zh="状态列表的位置已全部占用",
    next_en="begin the next status list",
    next_zh="请启用下一个状态列表",
)

# --- pictures of codes
