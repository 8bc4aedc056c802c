"""What can be wrong while the log is signed and published."""

from typing import Final

from hub.errors import IntegrityError, NotFoundError, Reason

SIGNER_OF_OTHER_KEY: Final = Reason(
    error=IntegrityError,
    reason="BAD_SIGNATURE",
    en="the signer's key is not the log's key",
    zh="签名所用密钥不是日志密钥",
    next_en="restore the log's key from the backup",
    next_zh="请从备份恢复日志密钥",
)
TILE_REWRITTEN: Final = Reason(
    error=IntegrityError,
    reason="REWRITTEN_TILE",
    en="{path} was written before with other content",
    zh="{path} 已存在且内容不同",
    next_en="obtain it again from the log",
    next_zh="请从日志重新获取",
)
TILE_NEVER_WRITTEN: Final = Reason(
    error=NotFoundError,
    en="{path} was never written",
    zh="{path} 从未写入",
    next_en="write the tiles again from record 0",
    next_zh="请从第0条记录起重新生成日志分片",
)
