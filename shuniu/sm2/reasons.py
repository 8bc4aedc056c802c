"""What can be wrong with SM2 keys, with the system's libcrypto and with DER, in both languages: rows of the catalogue (`shuniu.catalogue.Reason`)."""

from typing import Final

from shuniu.catalogue import ConfigError, IntegrityError, InvalidInputError, Reason

# --- keys
_SEND_A_KEY: Final = ("send the SubjectPublicKeyInfo of an SM2 key in DER", "请提供 SM2 公钥的 SubjectPublicKeyInfo（DER 编码）")


def _of_public_key(en: str, zh: str) -> Reason[InvalidInputError]:
    return Reason(error=InvalidInputError, reason="NOT_AN_SM2_KEY", en=en, zh=zh, next_en=_SEND_A_KEY[0], next_zh=_SEND_A_KEY[1])


PUBLIC_KEY_FORM: Final = _of_public_key(
    "this is not an SM2 public key in its one DER form: named curve, uncompressed point", "不是规范的 SM2 公钥：应为命名曲线、非压缩点的 DER 编码"
)
POINT_OFF_CURVE: Final = _of_public_key("the public key is not a point of the SM2 curve", "公钥不在 SM2 曲线上")
PRIVATE_KEY_FORM: Final = Reason(
    error=InvalidInputError,
    reason="NOT_AN_SM2_KEY",
    en="this is not an unencrypted SM2 private key in PEM",
    zh="不是未加密的 SM2 私钥（PEM 格式）",
    next_en="restore the right key file; a first key is made by: openssl genpkey -algorithm SM2 -out key.pem",
    next_zh="请恢复正确的密钥文件；首次生成可用：`openssl genpkey -algorithm SM2 -out key.pem`",
)
SIGNING_FAILED: Final = Reason(
    error=IntegrityError,
    reason="SM2_SIGN_FAILED",
    en="libcrypto could not sign with this SM2 key",
    zh="libcrypto 未能用该 SM2 密钥签名",
    next_en="retry; if it stays, check the key and libcrypto with `shuniu doctor`",
    next_zh="请重试；如仍失败，请用 `shuniu doctor` 检查密钥和 libcrypto",
)

# --- the system's libcrypto
_MEND_EN: Final = "apt-get install --yes libssl3 (Debian 12 or newer), or install any OpenSSL >= 3.0 built with SM2 and SM3"
_MEND_ZH: Final = "apt-get install --yes libssl3（Debian 12 及以上版本），或者安装支持 SM2 和 SM3 的 OpenSSL 3.0 及以上版本"


def _of_libcrypto(en: str, zh: str) -> Reason[ConfigError]:
    return Reason(
        error=ConfigError,
        reason="LIBCRYPTO_UNFIT",
        en=f"the system's libcrypto cannot be used for SM2: {en}",
        zh=f"系统的 libcrypto 不能用于国密 SM2：{zh}",
        next_en=_MEND_EN,
        next_zh=_MEND_ZH,
    )


LIBRARY_LACKS_FUNCTIONS: Final = _of_libcrypto("{library} is absent or lacks a function that SM2 needs", "{library} 不存在，或者缺少 SM2 所需的函数")
LIBRARY_TOO_OLD: Final = _of_libcrypto("{library} is older than OpenSSL 3.0", "{library} 版本低于 OpenSSL 3.0")
NO_SM2_KEYS: Final = _of_libcrypto("it cannot make an SM2 key", "无法生成 SM2 密钥")
NO_SM3: Final = _of_libcrypto("it cannot compute SM3", "无法计算 SM3")
NO_SM2_CURVE: Final = _of_libcrypto("it does not know the SM2 curve", "不支持 SM2 曲线")
SM3_WRONG: Final = _of_libcrypto("its SM3 gives a wrong known answer", "SM3 标准示例的计算结果错误")
SM2_WRONG: Final = _of_libcrypto("its SM2 gives a wrong known answer", "SM2 标准示例的验证结果错误")
SM2_UNSTABLE: Final = _of_libcrypto("it does not verify its own SM2 signature", "无法验证自身生成的 SM2 签名")


# --- DER
def malformation(en: str, zh: str) -> Reason[InvalidInputError]:
    """Return a row of the one reason for all bytes that are not the DER that they should be."""
    return Reason(
        error=InvalidInputError,
        reason="MALFORMED_DER",
        en=f"malformed DER: {en}",
        zh=f"DER 编码不合规：{zh}",
        next_en="send the bytes exactly as they were issued, in DER",
        next_zh="请按签发时的原样提供 DER 编码数据",
    )


# --- tags and lengths
CUT_OFF: Final = malformation("{what} is cut off or has a tag of several bytes", "{what} 不完整，或者标签超过一个字节")
LENGTH_FORM: Final = malformation("{what} has an indefinite, huge or cut-off length", "{what} 的长度字段不定、过大或不完整")
LENGTH_NOT_SHORTEST: Final = malformation("{what} has a length written longer than needed", "{what} 的长度字段未用最短形式")
BYTES_MISSING: Final = malformation("{what} claims {stated} bytes, {present} are there", "{what} 标明 {stated} 字节，实有 {present} 字节")
BYTES_LEFT_OVER: Final = malformation("{what} is followed by {extra} more bytes", "{what} 之后多出 {extra} 字节")
WRONG_TAG: Final = malformation("{what} has tag {tag}, expected {expected}", "{what} 的标签为 {tag}，应为 {expected}")
TOO_MANY_PARTS: Final = malformation("{what} has more than {most} parts", "{what} 的组成部分超过 {most} 个")
PARTS_MISSING: Final = malformation("{what} has {count} parts, expected {least} or more", "{what} 有 {count} 个组成部分，应至少有 {least} 个")
TOO_LARGE: Final = Reason(
    error=InvalidInputError,
    reason="TOO_LARGE",
    en="{what} has {size} bytes, the limit is {most}",
    zh="{what} 有 {size} 字节，超过 {most} 字节的上限",
    next_en="send one within the limit",
    next_zh="请提供不超过上限的数据",
)

# --- values
INTEGER_SIZE: Final = malformation("{what} is an INTEGER of {size} bytes, expected 1 to {most}", "{what} 为 {size} 字节的整数，应为1至 {most} 字节")
INTEGER_NOT_SHORTEST: Final = malformation("{what} is an INTEGER longer than needed", "{what} 的整数未用最短形式")
BOOLEAN_FORM: Final = malformation("{what} is not a BOOLEAN as DER writes it", "{what} 不是规范的布尔值")
BITS_NOT_WHOLE_BYTES: Final = malformation("{what} is not a BIT STRING of whole bytes", "{what} 不是整字节的位串")
STRING_TOO_LONG: Final = malformation("{what} is longer than {most} bytes", "{what} 超过 {most} 字节")
NOT_PRINTABLE: Final = malformation("{what} is not a PrintableString", "{what} 含有可打印字符串类型以外的字符")
STRING_BYTES: Final = malformation("{what} holds bytes that its string type does not allow", "{what} 含有其字符串类型不允许的字节")
OID_FORM: Final = malformation("{what} is not an OBJECT IDENTIFIER", "{what} 不是对象标识符")
OID_PADDED: Final = malformation("{what} is an OBJECT IDENTIFIER with a padded arc", "{what} 的对象标识符未用最短形式")
GENERALIZED_TIME_FORM: Final = malformation("{what} is not written as YYYYMMDDHHMMSSZ", "{what} 未写成 YYYYMMDDHHMMSSZ 形式")
UTC_TIME_FORM: Final = malformation("{what} is not written as YYMMDDHHMMSSZ", "{what} 未写成 YYMMDDHHMMSSZ 形式")
NO_SUCH_TIME: Final = malformation("{what} is a date or time that does not exist", "{what} 所写的日期或时间不存在")

# --- what is to be written
NOT_ASCII: Final = Reason(
    error=InvalidInputError,
    reason="NOT_ASCII",
    en="this field of the seal structure holds ASCII only",
    zh="印章结构中的该字段只能使用 ASCII 字符",
    next_en="write it in ASCII; Chinese text belongs in the name of the seal",
    next_zh="请改用 ASCII 字符；中文内容请写入印章名称",
)
OID_UNREADABLE: Final = Reason(
    error=InvalidInputError,
    reason="BAD_OID",
    en="this is not an object identifier in dotted form",
    zh="对象标识符格式不正确",
    next_en="write it as numbers with dots between them, for example 1.2.156",
    next_zh="请写成以点分隔的数字，例如 1.2.156",
)
TIME_WITHOUT_ZONE: Final = Reason(
    error=InvalidInputError,
    reason="NAIVE_TIME",
    en="the time has no time zone",
    zh="时间未注明时区",
    next_en="give the time with its zone",
    next_zh="请注明时区",
)
