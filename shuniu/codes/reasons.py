"""What can be wrong with bytes and pictures that strangers show: codes, identifiers, CBOR, signed messages, published lists."""

from typing import Final

from shuniu.catalogue import ConfigError, IllegalStateError, InvalidInputError, Reason, UnavailableError


def _foreign(reason: str, en: str, zh: str) -> Reason[InvalidInputError]:
    """Return a row for bytes whose reader can only fetch them again."""
    return Reason(
        error=InvalidInputError,
        reason=reason,
        en=en,
        zh=zh,
        next_en="obtain the data again from its issuer",
        next_zh="请向签发方重新获取数据",
    )


def _of_code(reason: str, en: str, zh: str) -> Reason[InvalidInputError]:
    """Return a row for a text that should have been a code."""
    return Reason(
        error=InvalidInputError,
        reason=reason,
        en=en,
        zh=zh,
        next_en="scan the QR code on the license again",
        next_zh="请重新扫描证照上的二维码",
    )


def _picture(reason: str, en: str, zh: str, next_en: str, next_zh: str) -> Reason[InvalidInputError]:
    return Reason(error=InvalidInputError, reason=reason, en=en, zh=zh, next_en=next_en, next_zh=next_zh)


# --- the text of a code
NOT_A_LICENSE_CODE: Final = Reason(
    error=InvalidInputError,
    reason="NOT_A_LICENSE_CODE",
    en="this is not a license code",
    zh="这不是电子证照码",
    next_en="scan the other code: the QR code of the license, whose text begins with EL1: or is a link with /V#",
    next_zh="请扫描证照上的电子证照码，其文本以 EL1: 开头，或为含 /V# 的链接",
)
CODE_TOO_LONG: Final = _of_code("CODE_TOO_LONG", "the code is longer than any QR code", "证照码过长，超出二维码的容量")
CODE_ALPHABET: Final = _of_code("CODE_ALPHABET", "the code holds characters that a license code never has", "证照码含有不应出现的字符")
CODE_BASE45: Final = _of_code("CODE_BASE45", "the code is not valid base45", "证照码不是有效的 base45 编码")
CODE_BASE32: Final = _of_code("CODE_BASE32", "the code in the link is not valid base32", "链接中的证照码不是有效的 base32 编码")
CODE_COMPRESSION: Final = _of_code("CODE_COMPRESSION", "the code is not compressed in the one way that is allowed", "证照码的压缩方式不符合规定")

# --- compressed parts (RFC 1950)
INFLATE: Final = _foreign("INFLATE", "the compressed part is damaged", "压缩数据已损坏")
INFLATE_TOO_LARGE: Final = _foreign("INFLATE_TOO_LARGE", "the compressed part unpacks to more than allowed", "压缩数据解压后过大")
INFLATE_TRUNCATED: Final = _foreign("INFLATE_TRUNCATED", "the compressed part ends too early", "压缩数据不完整")
INFLATE_TRAILING: Final = _foreign("INFLATE_TRAILING", "there is something after the compressed part", "压缩数据之后有多余内容")

# --- signed messages (RFC 9052)
COSE_SHAPE: Final = _foreign(
    "COSE_SHAPE", "this is not a COSE_Sign1 message with an empty unprotected header", "不是未受保护头为空的 COSE 单签名消息"
)
COSE_HEADER: Final = _foreign(
    "COSE_HEADER", "the protected header holds an algorithm, a key id and a type, and nothing else", "受保护头应只含算法、密钥标识和类型"
)
COSE_ALGORITHM: Final = _foreign("COSE_ALGORITHM", "the signature algorithm is not ES256", "签名算法不是 ES256")
COSE_CONTENT_TYPE: Final = _foreign("COSE_CONTENT_TYPE", "the message was signed for another use", "该数据是为其他用途签名的")
COSE_SIGNATURE_LENGTH: Final = _foreign("COSE_SIGNATURE_LENGTH", "an ES256 signature has {length} bytes", "ES256 签名应为{length}字节")
COSE_KEY: Final = _foreign("COSE_KEY", "the key is not a COSE key on P-256 for ES256", "密钥不是用于 ES256 的 P-256 公钥")
PUBLIC_KEY: Final = Reason(
    error=InvalidInputError,
    reason="PUBLIC_KEY",
    en="the public key is not a SubjectPublicKeyInfo of a key on P-256",
    zh="公钥不是 P-256 公钥的 DER 编码",
    next_en="send the public key as DER, from a key on P-256",
    next_zh="请提交 DER 编码的 P-256 公钥",
)
PEM_KEY: Final = _foreign("PUBLIC_KEY", "the public key is not a PEM file with a key on P-256", "公钥文件不是 PEM 格式的 P-256 公钥")

# --- what a code says
CLAIMS: Final = _foreign("CLAIMS", "the claims are not the ones that a license code holds", "证照码的内容项与规定不符")
PUBLIC_FIELDS_WRONG: Final = _foreign(
    "CLAIMS", "the public fields of a code are one to {most}, each named KZ_...", "证照码的公开信息项应为1至{most}项，名称以 `KZ_` 开头"
)
CLAIMS_ISSUER: Final = _foreign("CLAIMS_ISSUER", "the issuer is not a unified social credit code", "颁发机构代码不是统一社会信用代码")
CLAIMS_DISAGREE: Final = _foreign(
    "CLAIMS_DISAGREE", "the code and the identifier in it name different types or issuers", "证照码与其中标识所示的证照类型或颁发机构不一致"
)
CLAIMS_TIME: Final = _foreign("CLAIMS_TIME", "the times in the code do not fit together", "证照码中的签发时间与到期时间不相符")
CLAIMS_STATUS: Final = _foreign("CLAIMS_STATUS", "the code does not say where its status is published", "证照码未正确载明状态列表位置")
CLAIMS_TEXT: Final = _foreign("CLAIMS_TEXT", "a text in the code is empty, too long or not printable", "证照码中的文字为空、过长或含不可显示的字符")
CLAIMS_DATE: Final = _foreign("CLAIMS_DATE", "the issue date in the code is not a date", "证照码中的颁发日期不是有效日期")
CLAIMS_TOO_LARGE: Final = Reason(
    error=InvalidInputError,
    reason="TOO_LARGE",
    en="the public part of the license is larger than a code may hold",
    zh="证照的公开内容超出证照码的容量",
    next_en="shorten the public fields",
    next_zh="请缩短公开信息项",
)
PERSONAL_DATA_ON_CODE: Final = Reason(
    error=InvalidInputError,
    reason="PERSONAL_DATA_ON_CODE",
    en="a code carries no citizen's ID number: anybody can read it",
    zh="证照码不得包含公民身份号码：任何人均可读取",
    next_en="leave the ID number out of number, names and public fields",
    next_zh="请从证照编号、名称和公开信息项中删去身份号码",
)

# --- status lists
STATUS_LIST_SHAPE: Final = _foreign(
    "STATUS_LIST_SHAPE", "a status list has 1, 2, 4 or 8 bits a status and fills whole bytes", "状态列表每项应为1、2、4或8位，且占满整字节"
)
STATUS_VALUE: Final = _foreign("STATUS_VALUE", "the status does not fit into the bits of the list", "状态值超出列表每项的位数")
STATUS_INDEX: Final = _foreign("STATUS_INDEX", "the index is outside the status list", "位置超出状态列表的范围")
STATUS_LIST_SIGNATURE: Final = _foreign("STATUS_LIST_SIGNATURE", "the status list is not signed by the expected key", "状态列表不是由指定的密钥签名")
STATUS_LIST_CLAIMS: Final = _foreign(
    "STATUS_LIST_CLAIMS",
    "the claims of the status list are not the ones expected, or its times do not fit together",
    "状态列表的内容项或起止时间与规定不符",
)

# --- trust lists
TRUST_LIST_ISSUER: Final = _foreign(
    "TRUST_LIST_ISSUER", "a trusted key belongs to a named department with a USCC", "信任列表中的密钥应注明部门名称和统一社会信用代码"
)
TRUST_LIST_TYPES: Final = _foreign("TRUST_LIST_TYPES", "a trusted key names the license types it may sign", "信任列表中的密钥应注明可签发的证照类型")
TRUST_LIST_WINDOW: Final = _foreign("TRUST_LIST_WINDOW", "a trusted key's validity begins before it ends", "信任列表中密钥的有效期起应早于有效期止")
TRUST_LIST_STATUS: Final = _foreign(
    "TRUST_LIST_STATUS", "a retired or revoked key says since when, an active one does not", "停用或吊销的密钥应注明起始时间，启用的密钥不得注明"
)
TRUST_LIST_KID: Final = _foreign("TRUST_LIST_KID", "the key id is not that of the key", "密钥标识与密钥不符")
TRUST_LIST_KEYS: Final = _foreign(
    "TRUST_LIST_KID", "a key id occurs twice in the trust list, or there are more than {most} keys", "信任列表中密钥标识重复，或密钥超过{most}个"
)
TRUST_LIST_CLAIMS: Final = _foreign(
    "TRUST_LIST_CLAIMS", "the claims of the trust list are not the ones that are expected", "信任列表的内容项与规定不符"
)
TRUST_LIST_NAMELESS: Final = _foreign("TRUST_LIST_CLAIMS", "a trust list has a number, dates and a name", "信任列表应有编号、起止时间和名称")
TRUST_LIST_SIGNATURE: Final = _foreign("TRUST_LIST_SIGNATURE", "the trust list is not signed by the expected key", "信任列表不是由指定的密钥签名")
TRUST_LIST_ROLLBACK: Final = Reason(
    error=InvalidInputError,
    reason="TRUST_LIST_ROLLBACK",
    en="this trust list is older than one that was used here before: number {number} against {known}, {behind} seconds behind",
    zh="该信任列表早于此处用过的信任列表：序号{number}，用过的为{known}，签发时间早{behind}秒",
    next_en="fetch the trust list again, from the hub itself",
    next_zh="请直接从枢纽重新获取信任列表",
)
STATUS_LIST_ROLLBACK: Final = Reason(
    error=InvalidInputError,
    reason="STATUS_LIST_ROLLBACK",
    en="the status list {uri} is older than one that was used here before, by {behind} seconds",
    zh="状态列表 {uri} 早于此处用过的状态列表，签发时间早{behind}秒",
    next_en="fetch the status list again, from the hub itself",
    next_zh="请直接从枢纽重新获取状态列表",
)

# --- foreign CBOR
CBOR_TOO_LARGE: Final = _foreign("TOO_LARGE", "the data is larger than allowed", "数据过大")
CBOR_UNREADABLE: Final = _foreign("CBOR", "the data is not the plain CBOR that is expected", "数据不是所要求的 CBOR 编码")
CBOR_NOT_DETERMINISTIC: Final = _foreign("CBOR_NOT_DETERMINISTIC", "the CBOR is not encoded deterministically", "数据不是确定性 CBOR 编码")
CBOR_STRING_TOO_LONG: Final = _foreign("CBOR_LIMITS", "a string in the data is longer than allowed", "数据中的文本过长")
CBOR_TOO_MANY_ITEMS: Final = _foreign("CBOR_LIMITS", "an array or map in the data has more items than allowed", "数据中的项目过多")
CBOR_KEY: Final = _foreign("CBOR_TYPE", "a map key is neither a number nor a text", "数据中的键类型错误")
CBOR_KIND: Final = _foreign("CBOR_TYPE", "the data holds a kind of value that has no place there", "数据中的值类型错误")

# --- identifiers (GB/T 36904)
IDENTIFIER_SHAPE: Final = Reason(
    error=InvalidInputError,
    reason="IDENTIFIER_SHAPE",
    en="this is not a license identifier",
    zh="不是电子证照标识",
    next_en="copy the identifier as printed on the license",
    next_zh="请按证照所载照录标识",
)
IDENTIFIER_VERSION: Final = Reason(
    error=InvalidInputError,
    reason="IDENTIFIER_VERSION",
    en="the version in a license identifier runs from 001 to {last}",
    zh="电子证照标识的版本号应为001至{last}",
    next_en="copy the identifier as printed on the license",
    next_zh="请按证照所载照录标识",
)
IDENTIFIER_CHECK: Final = Reason(
    error=InvalidInputError,
    reason="IDENTIFIER_CHECK",
    en="the check character of the license identifier is wrong",
    zh="电子证照标识的校验位错误",
    next_en="copy the identifier as printed on the license",
    next_zh="请按证照所载照录标识",
)
LAST_VERSION_USED: Final = Reason(
    error=IllegalStateError,
    en="version {last} is the last that a license identifier can carry",
    zh="电子证照标识的版本号已到上限{last}",
    next_en="issue a license with a new serial number",
    next_zh="请以新的流水号颁发证照",
)

# --- pictures
QR_NONE: Final = _picture(
    "QR_NONE",
    "there is no readable QR code in the picture",
    "图片中没有可识别的二维码",
    "take the picture closer, straight and without glare",
    "请靠近、正对拍摄，避免反光",
)
QR_SEVERAL: Final = _picture(
    "QR_SEVERAL",
    "there are several different license codes in it",
    "其中有多个不同的证照码",
    "give the one alone that is to be verified: crop the picture, or copy its line",
    "请只提供待核验的一个：裁剪图片，或只复制其所在行",
)
PICTURE_TOO_MANY_BYTES: Final = _picture(
    "PICTURE_TOO_LARGE",
    "the picture is larger than {most} MiB",
    "图片超过{most} MiB",
    "crop it to the code, or take a screenshot of it and use that",
    "请裁剪到二维码部分，或改用截图",
)
PICTURE_TOO_MANY_PIXELS: Final = _picture(
    "PICTURE_TOO_LARGE",
    "the picture has more than {most} pixels",
    "图片超过{most}像素",
    "crop it to the code, or take a screenshot of it and use that",
    "请裁剪到二维码部分，或改用截图",
)
PICTURE_FORMAT: Final = _picture(
    "PICTURE_FORMAT",
    "this is {kind}; the pictures that are read here are {formats}",
    "文件类型：{kind}；此处可读取的图片格式为 {formats}",
    "take a screenshot of the code, or save the picture as PNG or JPEG",
    "请截取二维码的屏幕图，或将图片另存为 PNG 或 JPEG 格式",
)
PICTURE_INCOMPLETE: Final = _picture(
    "PICTURE_INCOMPLETE",
    "the picture is incomplete or damaged",
    "图片不完整或已损坏",
    "transfer the file again, or take the picture anew",
    "请重新传送该文件，或重新拍摄",
)
PICTURE_READER_BUSY: Final = Reason(
    error=UnavailableError,
    reason="PICTURE_READER_BUSY",
    en="the machine was too busy to read the picture in time",
    zh="系统繁忙，未能及时读取图片",
    next_en="try again in a while, or paste the text of the code instead",
    next_zh="请稍后重试，或改为粘贴证照码文本",
)
PICTURE_EMPTY: Final = _picture(
    "PICTURE_EMPTY", "the file is empty", "文件为空", "give the file with the code or its picture", "请提供含证照码或其图片的文件"
)

# --- the machine
HEIC_READER_MISSING: Final = Reason(
    error=ConfigError,
    reason="READER_MISSING",
    en="HEIC pictures, the format of telephones, are read with {package}, which is not installed",
    zh="读取手机的 HEIC 图片需要 {package}，该组件尚未安装",
    next_en='pip install "shuniu[heic]"; or take a screenshot of the code, or save the picture as JPEG, and use that',
    next_zh='pip install "shuniu[heic]"；或改用二维码的截图，或将图片另存为 JPEG 格式',
)
READER_MISSING: Final = Reason(
    error=ConfigError,
    en="license codes, their pictures and signed lists are read with {package}, which is not installed",
    zh="读取证照码及其图片和签名列表需要 {package}，该组件尚未安装",
    next_en='pip install "shuniu[verify]"',
    next_zh='pip install "shuniu[verify]"',
)
QR_TEXT: Final = Reason(
    error=InvalidInputError,
    reason="QR_TEXT",
    en="a QR picture holds 1 to {most} plain characters, drawn at 1 to {scale} pixels a module",
    zh="二维码应含1至{most}个普通字符，每个模块1至{scale}像素",
    next_en="shorten the text or draw it smaller",
    next_zh="请缩短内容或减小图片",
)
QR_NO_ROOM: Final = Reason(
    error=InvalidInputError,
    reason="QR_TEXT",
    en="the text does not fit into a QR picture",
    zh="内容超出二维码的容量",
    next_en="shorten the text",
    next_zh="请缩短内容",
)
