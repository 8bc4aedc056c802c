"""What can be wrong with the bytes of seals, signatures and certificates, in both languages: rows of the catalogue (`shuniu.catalogue.Reason`).

`{what}` is the name of the structure or field as its standard spells it (GB/T 38540-2020, RFC 5280), so it is the same in both languages.
"""

from typing import Final

from shuniu.catalogue import InvalidInputError, Reason
from shuniu.sm2.reasons import malformation

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

# --- certificates
NOT_VERSION_3: Final = malformation(
    "the certificate is not version 3 or names two signature algorithms", "证书不是第3版，或者前后所写的签名算法不一致"
)
ALGORITHM_PARAMETERS: Final = malformation("signatureAlgorithm has parameters", "签名算法不应带参数")
EXTENSION_TWICE: Final = malformation("an extension stands twice in the certificate", "证书中有重复的扩展项")
KEY_USAGE_BITS: Final = malformation("keyUsage is not a BIT STRING of nine bits at most", "密钥用途应为不超过九位的位串")
NAME_PART: Final = malformation("{what} holds an attribute that is not a short text", "{what} 含有不是短文本的属性")
NAME_LENGTH: Final = Reason(
    error=InvalidInputError,
    reason="BAD_SUBJECT",
    en="each name in a certificate has 1 to {most} characters",
    zh="证书中的名称应为1至{most}个字符",
    next_en="shorten the name",
    next_zh="请缩短名称",
)
