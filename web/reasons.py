"""What can be wrong with a request to the pages, in both languages: rows of the catalogue (`hub.errors.Reason`)."""

from typing import Final

from hub.errors import (
    ConfigError,
    DeadlineError,
    InvalidInputError,
    LimitError,
    NotAllowedError,
    NotFoundError,
    NotSignedInError,
    Reason,
    UnavailableError,
)

# --- seals and stamps
SEAL_MISSING: Final = Reason(
    error=InvalidInputError,
    reason="SEAL_MISSING",
    en="no seal and no stamp was chosen",
    zh="未选择印章或签章文件",
    next_en="choose the file of the seal or the stamp, in DER",
    next_zh="请选择印章或签章文件（DER 编码）",
)
ORIGINAL_MISSING: Final = Reason(
    error=InvalidInputError,
    reason="ORIGINAL_MISSING",
    en="this is a stamp, and its document was not given, or given twice",
    zh="该文件是签章，但未提供其原文，或原文和杂凑值同时提供",
    next_en="choose the document, or enter its SM3: `openssl dgst -sm3 FILE`",
    next_zh="请选择原文，或填写其 SM3 杂凑值：`openssl dgst -sm3 FILE`",
)
DIGEST_FORM: Final = Reason(
    error=InvalidInputError,
    reason="DIGEST_FORM",
    en="an SM3 is written as 64 hexadecimal digits",
    zh="SM3 杂凑值应为64位十六进制数字",
    next_en="compute it over the whole document: `openssl dgst -sm3 FILE`",
    next_zh="请对整个原文计算：`openssl dgst -sm3 FILE`",
)

# --- addresses
NO_SUCH_PAGE: Final = Reason(
    error=NotFoundError,
    en="this page does not exist",
    zh="页面不存在",
    next_en="check the address, or start from the home page",
    next_zh="请核对网址，或从首页重新进入",
)
NO_SUCH_FILE: Final = Reason(
    error=NotFoundError,
    en="this file does not exist",
    zh="文件不存在",
    next_en="reload the page that led here",
    next_zh="请刷新原页面",
)
NO_SUCH_TILE: Final = Reason(
    error=NotFoundError,
    en="the log has no such tile",
    zh="日志中没有该分片",
    next_en="read /log/checkpoint: its size says which tiles exist",
    next_zh="请先读取 /log/checkpoint，其中的日志规模决定现有分片",
)
METHOD: Final = Reason(
    error=InvalidInputError,
    reason="METHOD",
    http=405,
    en="this address does not support this method",
    zh="该网址不支持此请求方式",
    next_en="open the page and use its form",
    next_zh="请打开相应页面，使用页面上的表单",
)
REQUEST_MALFORMED: Final = Reason(
    error=InvalidInputError,
    reason="REQUEST_MALFORMED",
    en="the request is not valid HTTP for this address",
    zh="请求格式错误",
    next_en="open the page again and repeat the step",
    next_zh="请重新打开页面后再试",
)
TOOK_TOO_LONG: Final = Reason(
    error=DeadlineError,
    en="the hub needed too long for this page and stopped",
    zh="处理超时，本次请求已中止",
    next_en="try again; narrow the search if it happens again",
    next_zh="请重试；如再次超时，请缩小查询范围",
)
EXPORT_BEING_WRITTEN: Final = Reason(
    error=UnavailableError,
    reason="EXPORT_BEING_WRITTEN",
    en="the file is still being written: the directory is large and has just changed",
    zh="文件尚在生成：目录较大且刚有变更",
    next_en="fetch it again in half a minute",
    next_zh="请半分钟后重新下载",
)
DATABASE_SILENT: Final = Reason(
    error=UnavailableError,
    en="the database does not answer",
    zh="数据库无响应",
    next_en="the operator finds the cause with `shuniu doctor`",
    next_zh="请运行人员执行 `shuniu doctor` 查找原因",
)

# --- forms
CROSS_SITE: Final = Reason(
    error=NotAllowedError,
    reason="CROSS_SITE",
    en="the form was sent from another website",
    zh="不接受来自其他网站的提交",
    next_en="open this site's own page and send the form from there",
    next_zh="请在本网站的页面上填写并提交",
)
FORM_TOKEN: Final = Reason(
    error=NotAllowedError,
    reason="FORM_TOKEN",
    en="the form has expired, or this page did not issue it",
    zh="表单已失效，或者并非由本页面生成",
    next_en="open the page again, allow cookies for this site, and send the form again",
    next_zh="请允许本网站使用 Cookie，重新打开页面后再提交",
)
FORM_TYPE: Final = Reason(
    error=InvalidInputError,
    reason="FORM_TYPE",
    http=415,
    en="this address accepts a form only",
    zh="该网址只接受表单",
    next_en="send the fields as application/x-www-form-urlencoded, or as multipart/form-data where a picture is uploaded",
    next_zh="请按 application/x-www-form-urlencoded 提交；上传图片时按 multipart/form-data 提交",
)
FORM_MALFORMED: Final = Reason(
    error=InvalidInputError,
    reason="FORM_MALFORMED",
    en="the form cannot be read",
    zh="表单内容无法读取",
    next_en="open the page again and fill in the form again",
    next_zh="请重新打开页面填写",
)
BODY_TOO_LARGE: Final = Reason(
    error=LimitError,
    reason="BODY_TOO_LARGE",
    http=413,
    en="the upload is larger than {most} MiB, or the text is larger than 64 KiB",
    zh="图片超过 {most} MB，或者文字超过 64 KB",
    next_en="send a smaller picture or a shorter text",
    next_zh="请缩小图片或缩短文字后再提交",
)

BODY_TOO_SLOW: Final = Reason(
    error=DeadlineError,
    reason="BODY_TOO_SLOW",
    http=408,
    en="the form did not arrive within {seconds} seconds",
    zh="表单未能在{seconds}秒内传完",
    next_en="send a smaller picture, or try again over a faster connection",
    next_zh="请缩小图片，或换用较快的网络后重试",
)

# --- the directory
ENTRY_NOT_PUBLISHED: Final = Reason(
    error=NotFoundError,
    en="the directory does not hold this entry: it was withdrawn, or the address is wrong",
    zh="目录中没有该条目：条目已撤销，或者网址有误",
    next_en="search the directory for it",
    next_zh="请在数据目录中重新查找",
)
ENTRY_WITHDRAWN: Final = Reason(
    error=NotFoundError,
    reason="ENTRY_WITHDRAWN",
    en="this entry was withdrawn from the directory on {day}: {why}",
    zh="该目录条目已于{day}撤销：{why}",
    next_en="search the directory for what took its place",
    next_zh="请在数据目录中查找替代的条目",
)
CHOICE_UNKNOWN: Final = Reason(
    error=InvalidInputError,
    en="{field} must be one of: {known}",
    zh="{field}的取值无效",
    next_en="choose from the list on the page",
    next_zh="请从页面列表中选择",
)

# --- verification
CODE_MISSING: Final = Reason(
    error=InvalidInputError,
    reason="CODE_MISSING",
    en="send either the text of a code or a picture of it, not both",
    zh="证照码文本和二维码图片须提供一项，且只能提供一项",
    next_en="paste the text, or upload one picture",
    next_zh="请粘贴证照码文本，或上传一张二维码图片",
)
# --- signing in and searching the log
NOT_SIGNED_IN: Final = Reason(
    error=NotSignedInError,
    en="you are not signed in, or your session has ended",
    zh="尚未登录，或登录已结束",
    next_en="sign in; an auditor may also run `shuniu login-link` on the department's enrolled system and open the one-time link that it prints",
    next_zh="请登录；审计人员也可在本部门已注册的业务系统上执行 `shuniu login-link`，并打开所得的一次性链接",
)
SEARCH_OVER: Final = Reason(
    error=InvalidInputError,
    reason="SEARCH_OVER",
    en="this search belongs to another session and cannot be continued",
    zh="该查询不属于本次会话，无法继续翻页",
    next_en="search again",
    next_zh="请重新查询",
)
LIST_OVER: Final = Reason(
    error=InvalidInputError,
    reason="LIST_OVER",
    en="this list was looked at in another session and cannot be taken in this one",
    zh="该名单是在另一次登录中检查的，不能在本次登录中导入",
    next_en="choose the file again",
    next_zh="请重新选择文件",
)
KIND_OF_ID: Final = Reason(
    error=InvalidInputError,
    en="this kind of ID is not known",
    zh="证件类型无效",
    next_en="choose a kind of ID from the list",
    next_zh="请选择证件类型",
)
SEARCH_REASON: Final = Reason(
    error=InvalidInputError,
    en="a search needs a reason, which is written to the log",
    zh="查询日志须说明理由，理由将记入日志",
    next_en="fill in why you search: the case or the document",
    next_zh="请填写查询理由，写明案由或文号",
)
PERIOD_BACKWARDS: Final = Reason(
    error=InvalidInputError,
    en="the period ends before it begins",
    zh="结束时间应晚于开始时间",
    next_en="correct one of the two times",
    next_zh="请修改开始时间或结束时间",
)
NOT_A_TIME: Final = Reason(
    error=InvalidInputError,
    en="{field} is not a time",
    zh="{field}格式错误",
    next_en="write it as 2026-03-02T09:00",
    next_zh="请按 2026-03-02T09:00 的格式填写",
)

# --- the identity provider
NOT_SIGNED_IN_HERE: Final = Reason(
    error=NotSignedInError,
    reason="NOT_SIGNED_IN_HERE",
    en="you are not signed in, or it has ended",
    zh="尚未登录，或登录已结束",
    next_en="sign in by the identity provider",
    next_zh="请通过统一身份认证登录",
)
IDENTITY_OFF: Final = Reason(
    error=NotFoundError,
    reason="IDENTITY_OFF",
    en="this hub has no identity provider",
    zh="本枢纽未接入统一身份认证",
    next_en="sign in with a passkey or a one-time link",
    next_zh="请使用通行密钥或一次性链接登录",
)
IDENTITY_PROVIDER_FAILED: Final = Reason(
    error=UnavailableError,
    reason="IDENTITY_PROVIDER_FAILED",
    en="the identity provider does not answer as it should",
    zh="统一身份认证服务未正常响应",
    next_en="try again in a minute, or sign in with a passkey; whoever runs this hub finds more under [sign_in] in the guide",
    next_zh="请稍后重试，或使用通行密钥登录；运维人员可查阅运维手册中 [sign_in] 一节",
)
IDENTITY_TOKEN_TIME: Final = Reason(
    error=NotAllowedError,
    reason="IDENTITY_TOKEN_TIME",
    en="the identity provider's confirmation is too old, or from a time that is still to come",
    zh="统一身份认证的签发时间已过期，或晚于当前时间",
    next_en="begin once more; where that does not help, the clocks of the provider and of this hub are apart: have both set by NTP",
    next_zh="请重新登录；仍不成功的，系双方时钟不一致，请运维人员用 NTP 校准",
)
CLIENT_SECRET_READABLE: Final = Reason(
    error=ConfigError,
    reason="CLIENT_SECRET_READABLE",
    en="others may read the file of the client secret: {path}",
    zh="其他用户可读取客户端密钥文件：{path}",
    next_en="`chmod 600` the file",
    next_zh="请对该文件执行 `chmod 600`",
)
NO_SUCH_FILTER: Final = Reason(
    error=InvalidInputError,
    en="{field} names nothing by which this list can be filtered",
    zh="{field}不是可用的筛选条件",
    next_en="choose one of the filters on the page",
    next_zh="请使用页面上的筛选条件",
)

# --- the texts of the pages
TEXT_INCOMPLETE: Final = Reason(
    error=ConfigError,
    en="web/texts.toml: {key} needs a text in zh and one in en",
    zh="web/texts.toml：{key} 须同时有中文和英文",
    next_en="add the missing text",
    next_zh="请补齐所缺文字",
)
