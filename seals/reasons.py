"""What can be wrong with seals, signers and stamps, in both languages: rows of the catalogue (`hub.errors.Reason`).

What can be wrong with bytes stands in `shuniu/seals/reasons.py`, with requests and issuing in `seals/x509/reasons.py`, with pictures in
`seals/picture/reasons.py`.
"""

from typing import Final

from hub.errors import ConfigError, IllegalStateError, InvalidInputError, NotAllowedError, Reason, UnavailableError
from shuniu.words import Word

# --- who may do what
NOT_YOUR_STEP: Final = Reason(
    error=NotAllowedError,
    en="only the {party} may {step} the {thing}",
    zh="只有{party}可以{step}该{thing}",
    next_en="ask the {party} to do it",
    next_zh="请联系{party}办理",
)
NOT_THE_OWNER: Final = Reason(
    error=NotAllowedError,
    reason="NOT_THE_OWNER",
    en="only the owner of a seal may put it into use and stamp with it",
    zh="只有印章所属部门可以启用和使用该印章",
    next_en="ask the department that owns the seal",
    next_zh="请联系印章所属部门办理",
)

# --- applying for a seal
ES_ID_FORM: Final = Reason(
    error=InvalidInputError,
    en="an esID has 14 digits",
    zh="印章编码应为14位数字",
    next_en="the operator checks the region code of the department: six digits of GB/T 2260",
    next_zh="请运行人员核对该部门的行政区划代码（GB/T 2260，6位数字）",
)
SIGNER_COUNT: Final = Reason(
    error=InvalidInputError,
    en="a seal has 1 to {most} signers, each named once",
    zh="印章应有1至{most}名签章者，且不得重复",
    next_en="name each signer certificate once",
    next_zh="请逐一填写签章者证书，每张只填一次",
)
SEAL_TERM: Final = Reason(
    error=InvalidInputError,
    en="a seal ends after its application and within five years of it",
    zh="印章有效期止应晚于申请时间，且不超过五年",
    next_en="choose an end within the next five years",
    next_zh="请填写五年以内的有效期止",
)
NOT_YOUR_SIGNER: Final = Reason(
    error=InvalidInputError,
    reason="NOT_YOUR_SIGNER",
    en="{signer} is not a certificate of this department",
    zh="签章者证书 {signer} 不属于本部门",
    next_en="ask for a certificate with IssueSignerCertificate and name that one",
    next_zh="请先为本部门签章者申请证书，再填写该证书",
)
SIGNER_NOT_LISTABLE: Final = Reason(
    error=IllegalStateError,
    reason="SIGNER_NOT_VALID",
    en="{signer} is {state}, so a seal cannot list it",
    zh="签章者证书 {signer} {state}，不能列入印章",
    next_en="apply with certificates that are valid",
    next_zh="请改用有效的签章者证书提出申请",
)
NO_ES_ID_FREE: Final = Reason(
    error=UnavailableError,
    en="no unused esID was found",
    zh="未能分配到未使用的印章编码",
    next_en="retry",
    next_zh="请稍后重试",
)
APPLICATION_EXPIRED: Final = Reason(
    error=IllegalStateError,
    en="the seal applied for has expired by now and cannot be made",
    zh="所申请印章的有效期已过，不能制作",
    next_en="refuse the application; the owner applies again",
    next_zh="请驳回该申请，由所属部门重新申请",
)

SIGNER_LIST: Final = Reason(
    error=InvalidInputError,
    reason="NO_SIGNER_LIST",
    en="a seal lists its signers either by certificate or by digest",
    zh="印章的签章者应按证书或证书杂凑值二者之一列出",
    next_en="give certificates or digests, not both and not neither",
    next_zh="请提供证书列表或杂凑值列表，二者只能选一",
)

# --- stamping
SIGNER_NOT_IN_SEAL: Final = Reason(
    error=NotAllowedError,
    reason="SIGNER_NOT_IN_SEAL",
    en="this signer is not on the seal",
    zh="该签章者不在印章的签章者列表中",
    next_en="sign with a certificate that the seal lists, or apply for a new seal",
    next_zh="请使用印章所列签章者的证书签章，或者申请新的印章",
)
SIGNER_NOT_VALID: Final = Reason(
    error=NotAllowedError,
    reason="SIGNER_NOT_VALID",
    en="the signer's certificate is {state}",
    zh="签章者证书{state}",
    next_en="sign with another certificate that the seal lists, or apply for a seal with a valid one",
    next_zh="请使用印章所列的其他有效证书，或者以有效证书申请新的印章",
)
SEAL_NOT_USABLE: Final = Reason(
    error=IllegalStateError,
    en="the seal is {state}; only an active seal can {step}",
    zh="印章{state}，只有已启用且在有效期内的印章才能{step}",
    next_en="use a seal that is active",
    next_zh="请使用已启用且在有效期内的印章",
)
DIGEST_SIZE: Final = Reason(
    error=InvalidInputError,
    en="digest is the SM3 of the document, {size} bytes",
    zh="{field}应为文档的 SM3 杂凑值，共{size}字节",
    next_en="compute SM3 over the whole document and send its {size} bytes",
    next_zh="请对整个文档计算 SM3，并提供全部{size}字节",
)
PROPERTY_NOT_ASCII: Final = Reason(
    error=InvalidInputError,
    en="property is written in ASCII (GB/T 38540-2020, propertyInfo)",
    zh="{field}只能使用 ASCII 字符（GB/T 38540-2020）",
    next_en="name the document by its identifier, for example licenses/1.2.156",
    next_zh="请以文档标识填写，例如 licenses/1.2.156",
)
STAMP_LAPSED: Final = Reason(
    error=IllegalStateError,
    en="the bytes have waited too long for their signature: more than {minutes} minutes",
    zh="待签数据已超过{minutes}分钟未签名，不能继续办理",
    next_en="prepare the stamp again",
    next_zh="请重新发起签章",
)
STAMP_DOES_NOT_HOLD: Final = Reason(
    error=InvalidInputError,
    en="the signature does not hold at step {step}: {problem}",
    zh="签章验证未通过：{problem}",
    next_en="sign exactly to_be_signed with the key of the signer that the stamp was prepared for",
    next_zh="请用发起签章时所填签章者的密钥，对待签数据原样签名",
)
SEAL_OF_OTHER_OWNER: Final = Reason(
    error=InvalidInputError,
    reason="SEAL_OF_OTHER_OWNER",
    en="the seal belongs to another department",
    zh="该印章不属于颁发机构",
    next_en="stamp with a seal of the issuing department",
    next_zh="请使用颁发机构的印章签章",
)

# --- signers' certificates
KEY_OF_OTHER_DEPARTMENT: Final = Reason(
    error=InvalidInputError,
    reason="KEY_OF_OTHER_DEPARTMENT",
    en="this key is certified for another department",
    zh="该公钥已为其他部门签发证书",
    next_en="make a new key pair and ask again",
    next_zh="请生成新的密钥对后重新申请",
)

# --- trust in seals of other makers
TRUST_NO_CA: Final = Reason(
    error=InvalidInputError,
    reason="CERTIFICATE_OF_NO_CA",
    en="this is not the certificate of a CA",
    zh="该证书不是 CA 证书",
    next_en="give the certificate of the CA that issued the maker's and the signers' certificates",
    next_zh="请提供为制章者和签章者签发证书的 CA 的证书",
)
TRUST_EXPIRED: Final = Reason(
    error=InvalidInputError,
    reason="CA_EXPIRED",
    en="the certificate of this CA has expired",
    zh="该 CA 证书已过期",
    next_en="ask the maker for the CA's present certificate",
    next_zh="请向制章者索取该 CA 的现行证书",
)
TRUST_OF_OWN_NAME: Final = Reason(
    error=InvalidInputError,
    reason="NAME_OF_OWN_CA",
    en="this CA bears the name of the hub's own CA",
    zh="该 CA 的名称与本枢纽自身的 CA 相同",
    next_en="this hub's own CA is trusted already; one of another maker has another name",
    next_zh="本枢纽自身的 CA 无需添加；其他制章者的 CA 应使用其他名称",
)
TRUST_EXISTS: Final = Reason(
    error=IllegalStateError,
    reason="TRUSTED_ALREADY",
    en="this CA is trusted already",
    zh="该 CA 已在信任名单中",
    next_en="nothing is to be done; `shuniu seal trust list` shows it",
    next_zh="无需办理；`shuniu seal trust list` 可查看",
)
TOO_MANY_TRUSTS: Final = Reason(
    error=IllegalStateError,
    reason="TOO_MANY_TRUSTS",
    en="{most} CAs of other makers are trusted, which is the most",
    zh="信任的其他制章者 CA 已达上限{most}个",
    next_en="remove one that is no longer needed: `shuniu seal trust remove`",
    next_zh="请先移除不再需要的 CA：`shuniu seal trust remove`",
)
TRUST_REMOVED: Final = Reason(
    error=IllegalStateError,
    reason="TRUST_REMOVED",
    en="this trust was removed before",
    zh="该信任此前已移除",
    next_en="nothing is to be done; to trust the CA again, add it anew",
    next_zh="无需办理；如需再次信任，请重新添加",
)
TRUST: Final = Word("seal trust", "trust in a maker of seals", "印章信任")

# --- the office's own files
CERTIFICATE_FILE_DAMAGED: Final = Reason(
    error=ConfigError,
    en="{file} is not a certificate that can be read",
    zh="证书文件 {file} 已损坏",
    next_en="restore it from the backup",
    next_zh="请从备份恢复",
)
CERTIFICATE_OF_OTHER_KEY: Final = Reason(
    error=ConfigError,
    en="{certificate} does not belong to {key}",
    zh="证书文件 {certificate} 与密钥文件 {key} 不匹配",
    next_en="restore both files from the same backup",
    next_zh="请从同一备份恢复这两个文件",
)
