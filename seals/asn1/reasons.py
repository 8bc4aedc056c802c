"""What can be wrong with the bytes of seals, signatures and certificates, in both languages: rows of the catalogue (`hub.errors.Reason`).

`{what}` is the name of the structure or field as its standard spells it (GB/T 38540-2020, RFC 5280), so it is the same in both languages.
"""

from typing import Final

from hub.errors import InvalidInputError, Reason


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

# --- seals and signatures
SIGNATURE_PARTS: Final = malformation("SES_Signature lacks its certificate, algorithm or signature", "SES_Signature 缺少证书、签名算法或签名值")
STRUCTURE_PARTS: Final = malformation("{what} has {count} parts, expected {expected}", "{what} 有 {count} 个组成部分，应为 {expected} 个")
HEADER_MARK: Final = malformation("SES_Header.ID is not ES", "SES_Header.ID 不是 ES")
LIST_TYPE: Final = malformation("certListType is {stated}, expected 1 or 2", "certListType 为 {stated}，应为1或2")
CERTIFICATE_SIZE: Final = malformation("{what} is empty or larger than {most} bytes", "{what} 为空或超过 {most} 字节")
NUMBER_OUT_OF_RANGE: Final = malformation("{what} is {stated}, expected {least} to {most}", "{what} 为 {stated}，应为 {least} 至 {most}")
VERSION_NOT_SUPPORTED: Final = Reason(
    error=InvalidInputError,
    reason="VERSION_NOT_SUPPORTED",
    en="seal structure version {version} is not supported yet, only version {supported} (GB/T 38540-2020)",
    zh="暂不支持第{version}版电子印章结构，仅支持第{supported}版（GB/T 38540-2020）",
    next_en="ask the owner for a seal made to GB/T 38540-2020",
    next_zh="请印章所属单位提供符合 GB/T 38540-2020 的印章",
)

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
SIGNER_LIST: Final = Reason(
    error=InvalidInputError,
    reason="NO_SIGNER_LIST",
    en="a seal lists its signers either by certificate or by digest",
    zh="印章的签章者应按证书或证书杂凑值二者之一列出",
    next_en="give certificates or digests, not both and not neither",
    next_zh="请提供证书列表或杂凑值列表，二者只能选一",
)
