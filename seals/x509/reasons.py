"""What can be wrong with SM2 certificates and certificate requests, in both languages: rows of the catalogue (`hub.errors.Reason`)."""

from typing import Final

from hub.errors import InvalidInputError, NotAllowedError, Reason
from shuniu.sm2.reasons import malformation

# --- requests
NOT_A_REQUEST: Final = malformation("the request is not PKCS#10 version 1 signed with SM2 and SM3", "证书请求不是以 SM2-SM3 签名的 PKCS#10 第1版请求")
NO_PROOF_OF_POSSESSION: Final = Reason(
    error=InvalidInputError,
    reason="NO_PROOF_OF_POSSESSION",
    en="the request is not signed by the key it names",
    zh="证书请求未以其公钥对应的私钥签名",
    next_en="make the request with the private key that will sign",
    next_zh="请用签章所用的私钥重新生成证书请求",
)
OTHER_USER_ID: Final = Reason(
    error=InvalidInputError,
    reason="SM2_USER_ID",
    en="the request is signed by its key, but with another SM2 user id than 1234567812345678 (GM/T 0009)",
    zh="证书请求的签名属实，但所用的 SM2 用户标识不是 1234567812345678（GM/T 0009）",
    next_en="make it anew with this id; openssl req takes: -sigopt distid:1234567812345678",
    next_zh="请用该用户标识重新生成证书请求；`openssl req` 请加 `-sigopt distid:1234567812345678`",
)

# --- issuing
NOT_A_CA: Final = Reason(
    error=NotAllowedError,
    reason="NOT_A_CA",
    en="only the certificate of a CA can issue certificates",
    zh="只有 CA 证书才能签发证书",
    next_en="issue with the certificate of the SM2 CA",
    next_zh="请使用 SM2 CA 证书签发",
)
KEY_MISMATCH: Final = Reason(
    error=InvalidInputError,
    reason="KEY_MISMATCH",
    en="the key does not belong to the CA certificate",
    zh="私钥与 CA 证书不匹配",
    next_en="use the key and the certificate of the same CA",
    next_zh="请使用同一 CA 的私钥和证书",
)
CERTIFICATE_TERMS: Final = Reason(
    error=InvalidInputError,
    reason="BAD_CERTIFICATE",
    en="a certificate needs a positive serial number of at most {bits} bits, and must begin before it ends",
    zh="证书序列号应为不超过{bits}位的正整数，有效期起应早于有效期止",
    next_en="give another serial number or other dates",
    next_zh="请更换序列号或有效期",
)
