"""What can be wrong with a stream beside what can be wrong with any transfer, in both languages."""

from typing import Final

from hub.errors import IllegalStateError, IntegrityError, InvalidInputError, LimitError, Reason, UnavailableError

_AGAIN: Final = "resume with the token of the last frame that you kept; retry after {retry_after} s", "请于{retry_after}秒后以最后保存的续传标记继续"

STREAMS_NOT_INSTALLED: Final = Reason(
    error=IllegalStateError,
    reason="STREAMS_NOT_INSTALLED",
    en="{step}: this hub has no Arrow library, so it can check no whole table and delivers none, as a stream or as a file",
    zh="{step}：枢纽未安装 Arrow 组件，无法核对整表数据，因此不提供批量交换和文件下载",
    next_en='ask the hub\'s operator to run pip install "shuniu-hub[arrow]"; queries work meanwhile',
    next_zh='请枢纽运维人员运行 pip install "shuniu-hub[arrow]"；期间可使用查询',
)
STREAM_NOT_SERVED: Final = Reason(
    error=IllegalStateError,
    reason="STREAM_NOT_SERVED",
    en="{step}: provider {provider} serves no streams of this entry; the grant is valid, nothing was released",
    zh="{step}：提供方 {provider} 未就该目录条目提供批量交换；共享授权有效，未提供任何数据",
    next_en='ask the providing department to update its program and to run pip install "shuniu[arrow]"; trying again does not help before',
    next_zh='请联系提供部门更新程序并运行 pip install "shuniu[arrow]"；此前重试无用',
)
STREAM_PLACE_LOST: Final = Reason(
    error=IllegalStateError,
    reason="STREAM_PLACE_LOST",
    en="{step}: provider {provider} cannot go on at that place, its data was replaced meanwhile; nothing more was released",
    zh="{step}：提供方 {provider} 的数据已整体更换，无法从该处继续；未再提供数据",
    next_en="begin anew, without the token",
    next_zh="请不带续传标记，从头开始",
)
STREAM_TOKEN_FOREIGN: Final = Reason(
    error=InvalidInputError,
    reason="STREAM_TOKEN_FOREIGN",
    en="{field} is no token that this hub gave out under this grant",
    zh="{field}不是枢纽就该共享授权发出的续传标记",
    next_en="send the token of a part of this grant's delivery unchanged, or none to begin anew",
    next_zh="请原样发送该授权下某一批数据的续传标记，或者留空从头开始",
)
STREAM_TOKEN_OUTDATED: Final = Reason(
    error=InvalidInputError,
    reason="STREAM_TOKEN_OUTDATED",
    en="{field} was given out before the grant or its entry changed, or for other fields",
    zh="{field}发出后，共享授权或者目录条目已变更，或者所列信息项不同",
    next_en="begin anew, without the token: rows before and behind the place could differ",
    next_zh="请不带续传标记，从头开始：前后数据可能不一致",
)
STREAM_GRANT_CHANGED: Final = Reason(
    error=IllegalStateError,
    reason="STREAM_GRANT_CHANGED",
    en="{step}: {grant} or its entry changed while the stream was open; nothing more was released",
    zh="{step}：批量交换期间，{grant} 或者其目录条目发生变更；未再提供数据",
    next_en="begin anew, without a token: what comes then is by the terms that hold now",
    next_zh="请不带续传标记，从头开始：此后按现行授权条件提供",
)
STREAMS_TOO_MANY: Final = Reason(
    error=LimitError,
    reason="PROVIDER_STREAMS_TOO_MANY",
    en="{step}: too many streams of this provider are open already; nothing was released",
    zh="{step}：该提供方同时进行的批量交换已达上限；未提供任何数据",
    next_en="retry after {retry_after} s, with fewer streams at a time",
    next_zh="请于{retry_after}秒后重试，并减少同时进行的批量交换",
)
PROVIDER_STALLED: Final = Reason(
    error=UnavailableError,
    reason="PROVIDER_UNAVAILABLE",
    en="{step}: the provider sent nothing for {limit} s; the grant is valid, what came before stays delivered",
    zh="{step}：提供方{limit}秒内未发送数据；共享授权有效，此前已提供的数据不受影响",
    next_en=_AGAIN[0],
    next_zh=_AGAIN[1],
)
PROVIDER_CUT_OFF: Final = Reason(
    error=UnavailableError,
    reason="PROVIDER_UNAVAILABLE",
    en="{step}: the provider's stream ended before it was whole; the grant is valid, what came before stays delivered",
    zh="{step}：提供方的批量数据尚未发完即已中断；共享授权有效，此前已提供的数据不受影响",
    next_en=_AGAIN[0],
    next_zh=_AGAIN[1],
)
CONSUMER_STALLED: Final = Reason(
    error=LimitError,
    reason="STREAM_NOT_READ",
    en="{step}: nothing was read for {limit} s, so it was closed",
    zh="{step}：{limit}秒内未读取数据，已关闭",
    next_en=_AGAIN[0],
    next_zh=_AGAIN[1],
)


def _invalid(en: str, zh: str) -> Reason[IntegrityError]:
    return Reason(
        error=IntegrityError,
        reason="PROVIDER_FRAME_INVALID",
        http=502,
        en=f"{{step}}: provider {{provider}} {en}; this frame and what follows were not released",
        zh=f"{{step}}：提供方 {{provider}} {zh}；该批及其后的数据未予提供",
        next_en="report it to the providing department, or file an objection on the directory entry; trying again does not help",
        next_zh="请告知提供部门，或者对该目录条目提出数据异议；重试无用",
    )


FRAME_UNREADABLE: Final = _invalid("sent bytes that are no part of a stream", "发送的内容无法解析为批量数据")
FRAME_OTHER_SCHEMA: Final = _invalid(
    "sent another schema than was asked for: column {column} is missing, not in its place, surplus, or of another type",
    "发送的数据结构与请求不符：列“{column}”缺失、错位、多余或者类型不符",
)
FRAME_LIES: Final = _invalid("sent a batch whose lengths do not fit its schema", "发送的数据批长度与其结构不符")
FRAME_TOO_LARGE: Final = _invalid("sent a batch of more than {most} bytes, or of more than {rows} rows", "发送的数据批超过{most}字节或者{rows}行")
FRAME_PACKED: Final = _invalid("sent a batch that is compressed or carries more than its columns", "发送的数据批经过压缩，或者夹带列以外的内容")
FRAME_CURSOR: Final = _invalid("said nothing, or too much, of where to go on behind a batch", "未说明数据批之后的续传位置，或者说明过长")
