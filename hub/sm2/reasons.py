"""What can be wrong with SM2 keys and with the system's libcrypto, in both languages: rows of the catalogue (`hub.errors.Reason`)."""

from typing import Final

from hub.errors import ConfigError, IntegrityError, InvalidInputError, Reason

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
