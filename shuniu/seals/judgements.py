"""What a check of a seal, a certificate or a signature can come to: the result, its stable reason, and the words for it in both languages.

The checks themselves stand in `verification` and `chain`; here the words can be read side by side. What a hub's register adds stands with the hub.
"""

from __future__ import annotations

from typing import Final

from shuniu.seals.report import Judgement, Result

_VALID, _SINCE, _OPEN, _INVALID = Result.VALID, Result.VALID_WHEN_SIGNED, Result.INDETERMINATE, Result.INVALID

# --- format
WELL_FORMED: Final = Judgement(_VALID, "OK", "well-formed, version 4", "格式正确，为第4版")
CRITICAL_EXTENSION: Final = Judgement(_OPEN, "CRITICAL_EXTENSION", "a critical extension is not understood", "含有无法识别的关键扩展数据")

# --- signature values
SIGNATURE_HOLDS: Final = Judgement(_VALID, "OK", "the signature was made with the key of the certificate", "签名值验证通过")
SIGNATURE_NOT_CHECKED: Final = Judgement(
    _OPEN, "NOT_CHECKED", "the certificate cannot be read, so the signature was not checked", "证书无法解析，未能验证签名"
)
OTHER_ALGORITHM: Final = Judgement(_INVALID, "ALGORITHM", "the algorithm is {algorithm}, not SM2 with SM3", "签名算法为 {algorithm}，不是 SM2-SM3")
SIGNATURE_FORM: Final = Judgement(
    _INVALID,
    "SIGNATURE_FORM",
    "this is not a DER signature: two positive integers are expected, or 64 bytes r and s",
    "签名值不是合规的 DER 签名：应为两个正整数，或者64字节的 r 和 s",
)
SIGNATURE_OTHER_ID: Final = Judgement(
    _INVALID,
    "SM2_USER_ID",
    "signed with another SM2 user id (an empty one), not with 1234567812345678",
    "签名所用的 SM2 用户标识为空，不是 1234567812345678",
)
SIGNATURE_WRONG: Final = Judgement(_INVALID, "SIGNATURE", "the signature does not match the signed bytes", "签名值与被签名数据不符")

# --- chains of certificates
CHAIN_HOLDS: Final = Judgement(_VALID, "OK", "the certificate leads to the trust anchor {anchor}", "证书链可追溯至信任锚：{anchor}")
ISSUER_NOT_TRUSTED: Final = Judgement(
    _INVALID, "ISSUER_NOT_TRUSTED", "the certificate does not lead to any trust anchor", "证书链不能追溯至任何信任锚"
)
UNKNOWN_CRITICAL_EXTENSION: Final = Judgement(
    _INVALID, "UNKNOWN_CRITICAL_EXTENSION", "a certificate has a critical extension that is not understood", "证书含有无法识别的关键扩展项"
)
ISSUER_IS_NO_CA: Final = Judgement(_INVALID, "ISSUER_IS_NO_CA", "an issuer in the chain may not issue certificates", "证书链中有颁发者无权签发证书")
PATH_TOO_LONG: Final = Judgement(_INVALID, "PATH_TOO_LONG", "the chain is longer than one of its CAs allows", "证书链长度超过其中 CA 允许的范围")

# --- a certificate's dates, revocation, use
CERTIFICATE_IN_TERM: Final = Judgement(_VALID, "OK", "the certificate is within its validity period", "证书在有效期内")
CERTIFICATE_NOT_YET_VALID: Final = Judgement(_INVALID, "NOT_YET_VALID", "a certificate in the chain is not yet valid", "证书链中有证书尚未生效")
CERTIFICATE_EXPIRED_SINCE: Final = Judgement(
    _SINCE, "EXPIRED_SINCE", "the certificate has expired since, but was valid when it signed", "证书现已过期，但签名时有效"
)
CERTIFICATE_EXPIRED: Final = Judgement(
    _INVALID, "EXPIRED", "the certificate has expired and was not valid when it signed", "证书已过期，且签名时不在有效期内"
)
CERTIFICATE_NOT_BEGUN: Final = Judgement(_INVALID, "NOT_YET_VALID_THEN", "the certificate was not yet valid when it signed", "签名时证书尚未生效")
NOT_REVOKED: Final = Judgement(_VALID, "OK", "the certificate is not revoked", "证书未被吊销")
REVOKED: Final = Judgement(_INVALID, "REVOKED", "the certificate was revoked before it signed", "证书在签名前已被吊销")
REVOKED_SINCE: Final = Judgement(
    _OPEN, "REVOKED_SINCE", "the certificate was revoked after the time that the signature states", "证书在签名所称时间之后被吊销"
)
REVOCATION_UNKNOWN: Final = Judgement(
    _OPEN, "REVOCATION_UNKNOWN", "it could not be found out whether the certificate is revoked", "无法查询证书吊销状态"
)
KEY_MAY_SIGN: Final = Judgement(_VALID, "OK", "the key may be used for signing", "密钥用途包括签名")
KEY_MAY_NOT_SIGN: Final = Judgement(_INVALID, "KEY_USAGE", "the key may not be used for signing", "密钥用途不包括签名")
OTHER_PURPOSES: Final = Judgement(
    _INVALID, "EXTENDED_KEY_USAGE", "the certificate is for other purposes than signing documents", "证书的扩展密钥用途不包括文件签名"
)
KEY_USAGE_ABSENT: Final = Judgement(_OPEN, "KEY_USAGE_ABSENT", "the certificate does not state what its key may be used for", "证书未声明密钥用途")

# --- the seal's own dates
SEAL_IN_TERM: Final = Judgement(_VALID, "OK", "the seal is within its validity period", "印章在有效期内")
SEAL_DATES: Final = Judgement(_INVALID, "SEAL_DATES", "the seal ends before it begins", "印章有效期起止时间颠倒")
SEAL_NOT_YET_VALID: Final = Judgement(_INVALID, "SEAL_NOT_YET_VALID", "the seal is not yet valid", "印章尚未生效")
SEAL_EXPIRED_SINCE: Final = Judgement(
    _SINCE, "SEAL_EXPIRED_SINCE", "the seal has expired since, but was valid when it was used", "印章现已过期，但签章时有效"
)
SEAL_EXPIRED: Final = Judgement(_INVALID, "SEAL_EXPIRED", "the seal has expired", "印章已过期")

# --- who signed, when, what
SIGNER_LISTED: Final = Judgement(_VALID, "OK", "the seal lists this signer", "签章者在印章的签章者列表中")
SIGNER_NOT_IN_SEAL: Final = Judgement(_INVALID, "SIGNER_NOT_IN_SEAL", "the seal does not list this signer", "签章者不在印章的签章者列表中")
DIGEST_UNKNOWN: Final = Judgement(
    _OPEN, "DIGEST_UNKNOWN", "the seal lists its signers by a digest that is not understood", "印章列出签章者所用的杂凑算法无法识别"
)
TIME_IN_CERTIFICATE: Final = Judgement(_VALID, "OK", "signed within the certificate's validity period", "签章时间在证书有效期内")
TIME_NOT_CHECKED: Final = Judgement(
    _OPEN, "NOT_CHECKED", "the certificate cannot be read, so its dates were not checked", "证书无法解析，未能核对有效期"
)
TIME_IN_FUTURE: Final = Judgement(_INVALID, "TIME_IN_FUTURE", "the time of signing is later than the time of the check", "签章时间晚于核验时间")
TIME_OUTSIDE_CERTIFICATE: Final = Judgement(
    _INVALID, "TIME_OUTSIDE_CERTIFICATE", "signed outside the certificate's validity period", "签章时间不在证书有效期内"
)
TIME_IN_SEAL: Final = Judgement(_VALID, "OK", "signed within the seal's validity period", "签章时间在印章有效期内")
TIME_OUTSIDE_SEAL: Final = Judgement(_INVALID, "TIME_OUTSIDE_SEAL", "signed outside the seal's validity period", "签章时间不在印章有效期内")
ORIGINAL_FITS: Final = Judgement(_VALID, "OK", "the original is the document that was signed", "原文杂凑值相符")
ORIGINAL_MISSING: Final = Judgement(_OPEN, "ORIGINAL_MISSING", "neither the original nor its digest was given", "未提供原文或其杂凑值")
ORIGINAL_DIFFERS: Final = Judgement(
    _INVALID, "DATA_HASH", "the original is not the document that was signed", "原文杂凑值不符，原文与签章时的文档不一致"
)
NO_TIMESTAMP: Final = Judgement(
    _VALID, "NONE", "there is no time stamp; the time of signing is the signer's own statement", "无时间戳，签章时间由签章者自行声明"
)
TIMESTAMP_NOT_CHECKED: Final = Judgement(_OPEN, "TIMESTAMP_NOT_CHECKED", "there is a time stamp, which was not checked", "含有时间戳，但未作验证")
