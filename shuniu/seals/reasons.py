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


# --- data of another kind
def _kind(en: str, zh: str, next_en: str, next_zh: str) -> Reason[InvalidInputError]:
    """Return a row of the one reason for data that are of another kind than was asked for."""
    return Reason(
        error=InvalidInputError,
        reason="OTHER_KIND_OF_DATA",
        en=f"{{what}} (GB/T 38540-2020) was expected; this is {en}",
        zh=f"应为 {{what}}（GB/T 38540-2020），实际是{zh}",
        next_en=next_en,
        next_zh=next_zh,
    )


_STAMP_FILE: Final = ("give the signature as its own file in DER, and this as the document", "请提供 DER 编码的签章文件，并将该文件作为原文提供")
_ASK_SEALER: Final = ("ask whoever stamped for the signature to GB/T 38540-2020, in DER", "请签章单位提供符合 GB/T 38540-2020 的 DER 编码签章")
IS_EMPTY: Final = _kind("an empty file", "空文件", "choose the file again", "请重新选择文件")
IS_PDF: Final = _kind("a PDF document", "PDF 文档", *_STAMP_FILE)
IS_PACKAGE: Final = _kind(
    "an OFD document or another ZIP package",
    "OFD 文档或其他 ZIP 文件",
    "take the signature out of the package: SignedValue.dat, in an OFD under Doc_0/Signs",
    "请从文件包中取出签章数据：OFD 的签章在 Doc_0/Signs 下，文件名为 SignedValue.dat",
)
IS_PICTURE: Final = _kind("a picture, which proves nothing of a seal", "图片，印章图片不能证明用印", *_ASK_SEALER)
IS_TEXT: Final = _kind(
    "text, Base64 or PEM", "文本（Base64 或 PEM）", "decode it to DER first: openssl base64 -d", "请先解码为 DER：`openssl base64 -d`"
)
IS_SIGNED_DATA: Final = _kind(
    "a SignedData of GB/T 35275 or PKCS#7, a signature without a seal", "不含印章的 SignedData 签名（GB/T 35275 或 PKCS#7）", *_ASK_SEALER
)
IS_BARE_SIGNATURE: Final = _kind("a bare SM2 signature, without seal and certificate", "不含印章和证书的 SM2 签名值", *_ASK_SEALER)
IS_CERTIFICATE: Final = _kind("a certificate", "数字证书", *_ASK_SEALER)
IS_UNSIGNED: Final = _kind("the part that is to be signed, without its signature", "未签名的待签数据", *_ASK_SEALER)
IS_SEAL: Final = _kind(
    "a seal, not a use of it on a document",
    "电子印章，不是文档上的签章",
    "give the signature that was made on the document; a seal by itself is verified as a seal",
    "请提供文档的签章；如需核验印章本身，请按印章核验",
)
IS_STAMP: Final = _kind(
    "a stamp, a seal's use on a document", "文档上的签章，不是印章", "verify it as a stamp, with its document", "请按签章核验，并提供原文"
)

# --- certificates
NOT_VERSION_3: Final = malformation(
    "the certificate is not version 3 or names two signature algorithms", "证书不是第3版，或者前后所写的签名算法不一致"
)
VERSION_1: Final = Reason(
    error=InvalidInputError,
    reason="CERTIFICATE_VERSION",
    en="the certificate is of X.509 version 1, which cannot say what its key is for; only version 3 is accepted (RFC 5280)",
    zh="证书为 X.509 第1版，不能载明密钥用途；仅接受第3版证书（RFC 5280）",
    next_en="ask its owner for a certificate of version 3",
    next_zh="请证书所属单位提供第3版证书",
)
ALGORITHM_PARAMETERS: Final = malformation("signatureAlgorithm has parameters", "签名算法不应带参数")
EXTENSION_TWICE: Final = malformation("an extension stands twice in the certificate", "证书中有重复的扩展项")
KEY_USAGE_BITS: Final = malformation("keyUsage is not a BIT STRING of nine bits at most", "密钥用途应为不超过九位的位串")
NAME_LENGTH: Final = Reason(
    error=InvalidInputError,
    reason="BAD_SUBJECT",
    en="each name in a certificate has 1 to {most} characters",
    zh="证书中的名称应为1至{most}个字符",
    next_en="shorten the name",
    next_zh="请缩短名称",
)
