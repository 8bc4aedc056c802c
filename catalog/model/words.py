"""The closed lists of the directory: share types, modes, periods, levels, ways of opening, field types."""

from enum import StrEnum, unique

from certs.model import Level

__all__ = ["FieldType", "Level", "OpenType", "ShareMode", "ShareType", "UpdatePeriod"]


@unique
class ShareType(StrEnum):
    """共享类型."""

    UNCONDITIONAL = "unconditional"
    CONDITIONAL = "conditional"
    REFUSED = "refused"


@unique
class ShareMode(StrEnum):
    """共享方式: how data of the entry may move."""

    QUERY = "query"
    CHECK = "check"
    STREAM = "stream"
    SUBSCRIBE = "subscribe"
    FILE = "file"


@unique
class UpdatePeriod(StrEnum):
    """更新周期."""

    REALTIME = "realtime"
    DAILY = "daily"
    WEEKLY = "weekly"
    MONTHLY = "monthly"
    QUARTERLY = "quarterly"
    YEARLY = "yearly"
    IRREGULAR = "irregular"


@unique
class OpenType(StrEnum):
    """开放属性."""

    UNCONDITIONAL = "unconditional"
    CONDITIONAL = "conditional"
    CLOSED = "closed"


@unique
class FieldType(StrEnum):
    """信息项类型."""

    STRING = "string"
    INT64 = "int64"
    DOUBLE = "double"
    BOOL = "bool"
    DECIMAL = "decimal"
    DATE = "date"
    TIMESTAMP = "timestamp"
    BYTES = "bytes"
