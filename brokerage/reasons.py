"""What can be wrong in requests, grants and objections, in both languages: the brokerage's rows of the catalogue."""

from typing import Final

from brokerage.law import DECREE_809
from hub.errors import LimitError, MissingGrantError, NotAllowedError, Reason

# --- may this call be made under this grant: who, when, why, how, what, how often
NOT_CONSUMER: Final = Reason(
    error=NotAllowedError,
    reason="NOT_CONSUMER",
    article=DECREE_809.format("第二十五条"),
    en="the grant belongs to another department",
    zh="该共享授权属于其他部门",
    next_en="list your department's grants and use one of them",
    next_zh="请从本部门的共享授权列表中选用",
)
SYSTEM_NOT_COVERED: Final = Reason(
    error=NotAllowedError,
    reason="SYSTEM_NOT_COVERED",
    en="the grant covers these systems only: {systems}",
    zh="该共享授权仅适用于以下业务系统：{systems}",
    next_en="call from one of these systems, or file a data request that names the calling one",
    next_zh="请从上述业务系统调用，或者另行提出包含本系统的数据共享申请",
)
GRANT_NOT_BEGUN: Final = Reason(
    error=MissingGrantError,
    reason="GRANT_NOT_BEGUN",
    en="the grant has not taken effect yet",
    zh="共享授权尚未生效",
    next_en="get the grant to see its start time, and call after it",
    next_zh="请查看共享授权的起始时间，生效后再调用",
)
GRANT_REVOKED: Final = Reason(
    error=MissingGrantError,
    reason="GRANT_REVOKED",
    article=DECREE_809.format("第二十七条"),
    en="the grant was revoked",
    zh="共享授权已终止",
    next_en="file a new data request",
    next_zh="请重新提出数据共享申请",
)
GRANT_EXPIRED: Final = Reason(
    error=MissingGrantError,
    reason="GRANT_EXPIRED",
    en="the grant has expired",
    zh="共享授权已到期",
    next_en="file a new data request",
    next_zh="请重新提出数据共享申请",
)
GRANT_SUSPENDED: Final = Reason(
    error=MissingGrantError,
    reason="GRANT_SUSPENDED",
    article=DECREE_809.format("第二十七条"),
    en="the grant is suspended",
    zh="共享授权已暂停",
    next_en="ask the providing department why, and when it resumes",
    next_zh="请向提供部门了解暂停原因和恢复时间",
)
ENTRY_NOT_GRANTED: Final = Reason(
    error=NotAllowedError,
    reason="ENTRY_NOT_GRANTED",
    article=DECREE_809.format("第二十五条"),
    en="the grant is for another directory entry: {entry}",
    zh="该共享授权适用于另一目录条目：{entry}",
    next_en="send this entry, or leave the entry out",
    next_zh="请改填该目录条目，或者不填目录条目",
)
PURPOSE_NOT_GRANTED: Final = Reason(
    error=NotAllowedError,
    reason="PURPOSE_NOT_GRANTED",
    article=DECREE_809.format("第二十五条"),
    en="the grant was not given for this purpose",
    zh="办理事项不在授权范围内",
    next_en="use one of the granted purposes: {purposes}",
    next_zh="请使用已获授权的办理事项：{purposes}",
)
MODE_NOT_GRANTED: Final = Reason(
    error=NotAllowedError,
    reason="MODE_NOT_GRANTED",
    article=DECREE_809.format("第二十二条"),
    en="the grant was given for {granted}, not for {wanted}",
    zh="该共享授权的共享方式为“{granted}”，不能用于“{wanted}”",
    next_en="use the grant for {granted}, or file a data request for {wanted}",
    next_zh="请按“{granted}”方式使用该授权，或者另行提出共享方式为“{wanted}”的数据共享申请",
)
FIELD_NOT_GRANTED: Final = Reason(
    error=NotAllowedError,
    reason="FIELD_NOT_GRANTED",
    article=DECREE_809.format("第二十五条"),
    en="these fields are not granted: {fields}",
    zh="以下信息项未获授权：{fields}",
    next_en="leave these fields out, or file a data request for them",
    next_zh="请去掉这些信息项，或者另行提出数据共享申请",
)
PREDICATE_UNKNOWN: Final = Reason(
    error=NotAllowedError,
    reason="PREDICATE_UNKNOWN",
    en="the grant's entry lets no such question be asked; it has: {predicates}",
    zh="该授权所依据的目录条目没有此核验项，可用的有：{predicates}",
    next_en="ask one of these, or take the names from GetEntry",
    next_zh="请使用其中之一，名称见目录条目",
)
DAILY_CALLS_USED: Final = Reason(
    error=LimitError,
    reason="DAILY_CALLS_USED",
    en="the grant allows {limit} calls a day, and today's are used up",
    zh="该共享授权每日可调用{limit}次，今日次数已用完",
    next_en="wait until tomorrow (UTC+8), or file a data request for more calls a day",
    next_zh="请于次日再调用，或者另行申请更高的每日调用次数",
)
GRANT_ENDED: Final = Reason(
    error=MissingGrantError,
    reason="GRANT_ENDED",
    article=DECREE_809.format("第二十七条"),
    en="the service under the grant has ended",
    zh="该共享授权的服务已终止",
    next_en="read the change of the service (`shuniu service-change list`); where other data serves, file a new data request",
    next_zh="请查看服务变更；其他目录条目可满足需要的，请另行提出数据共享申请",
)
SERVICE_ENDED: Final = Reason(
    error=MissingGrantError,
    reason="SERVICE_ENDED",
    article=DECREE_809.format("第二十七条"),
    en="the service has ended: version {version} of the directory entry {entry} is withdrawn or says that it is not shared (Decree 809 art. 27)",
    zh="服务已终止：目录条目{entry}第{version}版已撤销或者不予共享（政务数据共享条例第二十七条）",
    next_en="read the change of the service (`shuniu service-change list`); where other data serves, file a new data request",
    next_zh="请查看服务变更；其他目录条目可满足需要的，请另行提出数据共享申请",
)
FIELD_TAKEN: Final = Reason(
    error=NotAllowedError,
    reason="FIELD_TAKEN",
    article=DECREE_809.format("第二十七条"),
    en="version {version} of the directory entry {entry} gives these fields no longer: {fields} (Decree 809 art. 27)",
    zh="目录条目{entry}第{version}版起不再提供以下信息项：{fields}（政务数据共享条例第二十七条）",
    next_en="leave these fields out",
    next_zh="请去掉这些信息项",
)
NOTHING_LEFT: Final = Reason(
    error=NotAllowedError,
    reason="FIELD_TAKEN",
    article=DECREE_809.format("第二十七条"),
    en="version {version} of the directory entry {entry} gives none of the granted fields any longer (Decree 809 art. 27)",
    zh="目录条目{entry}第{version}版起不再提供任何已授权的信息项（政务数据共享条例第二十七条）",
    next_en="file a data request for what the entry offers now",
    next_zh="请按目录条目现有内容重新提出数据共享申请",
)
GRANT_SUPERSEDED: Final = Reason(
    error=MissingGrantError,
    reason="GRANT_SUPERSEDED",
    en="the grant was amended; {followed_by} took its place",
    zh="共享授权已变更，由{followed_by}接续",
    next_en="call under {followed_by}",
    next_zh="请改用{followed_by}",
)
