"""What can be wrong with a download beside what can be wrong with any stream, in both languages."""

from typing import Final

from hub.errors import IllegalStateError, Reason

DOWNLOAD_ENTRY_SERVED: Final = Reason(
    error=IllegalStateError,
    reason="DOWNLOAD_ENTRY_SERVED",
    en="{step}: {entry} is served by a system of its provider, so there is no data file to download; the grant is valid, nothing was released",
    zh="{step}：{entry}由提供部门的业务系统提供服务，没有可下载的数据文件；共享授权有效，未提供任何数据",
    next_en="file a data request for another mode of the entry, or ask the providing department to serve the entry from a file",
    next_zh="请按该目录条目的其他共享方式提出数据共享申请，或者请提供部门改以数据文件提供",
)
DOWNLOAD_GRANT_CHANGED: Final = Reason(
    error=IllegalStateError,
    reason="DOWNLOAD_GRANT_CHANGED",
    en="{step}: {grant} or its entry changed while the file was downloaded; nothing more was released",
    zh="{step}：下载期间，{grant} 或者其目录条目发生变更；未再提供数据",
    next_en="begin anew, without a token: what comes then is by the terms that hold now",
    next_zh="请不带续传标记，从头开始：此后按现行授权条件提供",
)
