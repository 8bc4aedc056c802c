"""What the register of this hub can say of a seal and its use: the result, its stable reason, and the words for it in both languages.

What can be said of the bytes alone stands in `shuniu/seals/judgements.py`.
"""

from typing import Final

from shuniu.seals.report import Judgement, Result

_VALID, _SINCE, _OPEN, _INVALID = Result.VALID, Result.VALID_WHEN_SIGNED, Result.INDETERMINATE, Result.INVALID

SEAL_IN_USE: Final = Judgement(_VALID, "OK", "the seal is registered and in use", "印章已登记，正在使用")
SEAL_NOT_REGISTERED: Final = Judgement(_OPEN, "SEAL_NOT_REGISTERED", "this hub has no seal registered under this esID", "本枢纽未登记该印章编码")
SEAL_OF_OTHER_MAKER: Final = Judgement(
    _OPEN,
    "SEAL_NOT_REGISTERED",
    "the seal is of another maker, trusted by this hub's authority as {title} ({trust}); only its maker's register knows whether it is revoked",
    "印章由其他制章者制作，本枢纽主管部门信任其 CA：{title}（{trust}）；印章是否注销须查询其制章者的登记",
)
SEAL_DIFFERS: Final = Judgement(_INVALID, "SEAL_DIFFERS", "another seal is registered under this esID", "该印章编码登记的是另一枚印章")
SEAL_NOT_ACTIVE: Final = Judgement(_INVALID, "SEAL_NOT_ACTIVE", "the seal was not in use at that time", "当时印章未启用")
SEAL_REVOKED: Final = Judgement(_INVALID, "SEAL_REVOKED", "the seal is revoked", "印章已注销")
SEAL_REVOKED_SINCE: Final = Judgement(
    _OPEN, "SEAL_REVOKED_SINCE", "the seal was revoked after the time that the signature states", "印章在签章所称时间之后注销"
)
SEAL_REVOKED_AFTER_RECEIPT: Final = Judgement(
    _SINCE,
    "SEAL_REVOKED_SINCE",
    "the seal was revoked since, but this hub had received the signature before",
    "印章在签章后注销，但本枢纽在注销前已收到该签章",
)
USE_RECORDED: Final = Judgement(_VALID, "OK", "this hub recorded the use, as {stamp}", "本枢纽已登记该次用印：{stamp}")
USE_NOT_RECORDED: Final = Judgement(
    _OPEN,
    "USE_NOT_RECORDED",
    "this hub has no record of this use of the seal, so it cannot say that the department made it",
    "本枢纽没有该次用印的登记记录，不能认定为该部门用印",
)
USE_NOT_RECEIVED: Final = Judgement(
    _OPEN,
    "USE_NOT_RECORDED",
    "the seal or a certificate has expired, and this hub had not received the signature by then: when it was made is its signer's word alone",
    "印章或证书现已过期，本枢纽在到期前未收到该签章，签章时间仅为签章者自行声明",
)
REVOKED_AFTER_RECEIPT: Final = Judgement(
    _SINCE,
    "REVOKED_SINCE",
    "the certificate was revoked since, but this hub had received the signature before",
    "证书在签章后被吊销，但本枢纽在吊销前已收到该签章",
)
