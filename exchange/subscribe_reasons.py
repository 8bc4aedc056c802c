"""What can be wrong with a subscription beside what can be wrong with any transfer, in both languages."""

from typing import Final

from hub.errors import IllegalStateError, IntegrityError, InvalidInputError, LimitError, Reason, UnavailableError

_AGAIN: Final = "subscribe again without a token; retry after {retry_after} s", "请于{retry_after}秒后不带续传标记重新订阅"

CHANGES_NOT_SERVED: Final = Reason(
    error=IllegalStateError,
    reason="CHANGES_NOT_SERVED",
    en="{step}: provider {provider} serves no changes of this entry; the grant is valid, nothing was released",
    zh="{step}：提供方 {provider} 未就该目录条目提供变更数据；共享授权有效，未提供任何数据",
    next_en="ask the providing department to name a version column for it, or to serve a feed of its own; trying again does not help before",
    next_zh="请联系提供部门为其设置版本列，或者提供自有的变更数据；此前重试无用",
)
CHANGES_PLACE_LOST: Final = Reason(
    error=IllegalStateError,
    reason="CHANGES_PLACE_LOST",
    en="{step}: provider {provider} does not keep its changes from that place on any more; nothing more was released",
    zh="{step}：提供方 {provider} 已不再保存该处之后的变更；未再提供数据",
    next_en="get the records anew under a grant to query or to stream them, and ask the providing department from where on its changes are kept",
    next_zh="请通过查询或者批量交换的授权重新取得数据，并向提供部门了解变更的保存期限",
)
CHANGE_TOKEN_FOREIGN: Final = Reason(
    error=InvalidInputError,
    reason="CHANGE_TOKEN_FOREIGN",
    en="{field} is no token that this hub gave out for changes under this grant",
    zh="{field}不是枢纽就该共享授权的变更数据发出的标记",
    next_en="send the token of a change of this grant unchanged, or none to go on behind what was acknowledged",
    next_zh="请原样发送该授权下某一变更的标记，或者留空从已确认处继续",
)
CHANGE_TOKEN_OUTDATED: Final = Reason(
    error=InvalidInputError,
    reason="CHANGE_TOKEN_OUTDATED",
    en="{field} was given out before the grant or its entry changed, or for other fields",
    zh="{field}发出后，共享授权或者目录条目已变更，或者所列信息项不同",
    next_en="subscribe without a token: everything comes from the beginning, by the terms that hold now",
    next_zh="请不带标记重新订阅：将按现行授权条件从头提供",
)
PLACES_TWO: Final = Reason(
    error=InvalidInputError,
    reason="SUBSCRIPTION_PLACES_TWO",
    en="{field} is set beside a token: a subscription begins at one place",
    zh="{field}与续传标记同时填写：订阅只能从一处开始",
    next_en="send one of the two",
    next_zh="请只填写其中一项",
)
SUBSCRIPTION_NEEDS_KEY: Final = Reason(
    error=InvalidInputError,
    reason="SUBSCRIPTION_NEEDS_KEY",
    en="{field} lacks the entry's key {column}, or the grant gives it masked or not at all: a change cannot be told without its key",
    zh="{field}缺少目录条目的查询键“{column}”，或者共享授权未提供该信息项、对其作了脱敏：没有查询键，无法说明变更的是哪条记录",
    next_en="name it among the fields; where the grant does not give it in clear, request a grant that does, or query the records",
    next_zh="请在信息项中列入查询键；授权未以明文提供的，请另行申请，或者改用查询",
)
SUBSCRIPTION_GRANT_CHANGED: Final = Reason(
    error=IllegalStateError,
    reason="SUBSCRIPTION_GRANT_CHANGED",
    en="{step}: {grant} or its entry changed while the subscription was open; nothing more was released",
    zh="{step}：订阅期间，{grant} 或者其目录条目发生变更；未再提供数据",
    next_en="subscribe without a token: everything comes from the beginning, by the terms that hold now",
    next_zh="请不带标记重新订阅：将按现行授权条件从头提供",
)
SUBSCRIPTIONS_TOO_MANY: Final = Reason(
    error=LimitError,
    reason="PROVIDER_SUBSCRIPTIONS_TOO_MANY",
    en="{step}: too many subscriptions of this provider are open already; nothing was released",
    zh="{step}：该提供方同时进行的订阅已达上限；未提供任何数据",
    next_en="retry after {retry_after} s; one subscription of a grant is enough",
    next_zh="请于{retry_after}秒后重试；每项授权保持一个订阅即可",
)
SUBSCRIPTION_NOT_READ: Final = Reason(
    error=LimitError,
    reason="SUBSCRIPTION_NOT_READ",
    en="{step}: nothing of the subscription was read for {limit} s, so it was closed",
    zh="{step}：{limit}秒内未读取变更数据，已关闭",
    next_en=_AGAIN[0],
    next_zh=_AGAIN[1],
)
SUBSCRIPTIONS_STOP: Final = Reason(
    error=UnavailableError,
    reason="HUB_STOPPING",
    en="{step}: the hub is stopping; what was not acknowledged comes again",
    zh="{step}：枢纽正在停止服务；未确认的变更将重新提供",
    next_en=_AGAIN[0],
    next_zh=_AGAIN[1],
)


def _invalid(en: str, zh: str) -> Reason[IntegrityError]:
    return Reason(
        error=IntegrityError,
        reason="PROVIDER_CHANGES_INVALID",
        http=502,
        en=f"{{step}}: provider {{provider}} {en}; these changes and what follows were not released",
        zh=f"{{step}}：提供方 {{provider}} {zh}；该批变更及其后的数据未予提供",
        next_en="report it to the providing department, or file an objection on the directory entry; trying again does not help",
        next_zh="请告知提供部门，或者对该目录条目提出数据异议；重试无用",
    )


CHANGES_UNREADABLE: Final = _invalid("sent bytes that are no changes", "发送的内容无法解析为变更数据")
CHANGES_TOO_MANY: Final = _invalid("sent more than {most} bytes or {count} changes at once", "一次发送的变更超过{most}字节或者{count}条")
CHANGES_CURSOR: Final = _invalid("said nothing, or too much, of where to go on behind changes", "未说明变更之后的续传位置，或者说明过长")
CHANGE_UNKNOWN: Final = _invalid("sent a change that is neither an update nor a deletion", "发送的变更既非更新也非删除")
CHANGE_WITH_CONTENT: Final = _invalid("sent a deletion with content, or an update without", "发送了带内容的删除，或者不带内容的更新")
CHANGE_KEY: Final = _invalid("sent a change whose key is none, or not its record's", "发送的变更没有有效的查询键，或者与记录不符")
