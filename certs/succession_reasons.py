"""What can be wrong about a succession of departments, in both languages: rows of the catalogue (`hub.errors.Reason`)."""

from typing import Final

from hub.errors import IllegalStateError, InvalidInputError, NotAllowedError, NotFoundError, Reason

SUCCESSION_OF_AUTHORITY: Final = Reason(
    error=NotAllowedError,
    reason="AUTHORITY_ONLY",
    en="only the authority lays down what becomes of departments",
    zh="机构承继仅由数据共享主管部门办理",
    next_en="ask the authority",
    next_zh="请联系数据共享主管部门办理",
)
NO_SUCH_SUCCESSION: Final = Reason(
    error=NotFoundError,
    en="there is no such succession",
    zh="没有此项机构承继",
    next_en="look it up with ListSuccessions",
    next_zh="请在机构承继列表中查看",
)
SUCCESSION_PARTIES_WRONG: Final = Reason(
    error=InvalidInputError,
    reason="SUCCESSION_PARTIES",
    en=(
        "the departments do not fit a {kind}: a renaming has one predecessor and at most one successor, a merger one successor, "
        "a split one predecessor and several successors, a closing one predecessor and no successor"
    ),
    zh="所列部门与“{kind}”不符：更名为一个原机构和至多一个承继机构，合并为一个承继机构，分设为一个原机构和多个承继机构，撤销为一个原机构且无承继机构",
    next_en="name the departments by their codes (USCC), 20 on a side at most",
    next_zh="请按统一社会信用代码填写，每方至多20个部门",
)
SUCCESSION_OF_ITSELF: Final = Reason(
    error=InvalidInputError,
    reason="SUCCESSION_OF_ITSELF",
    en="department {department} is named twice: nobody is its own predecessor",
    zh="部门 {department} 重复列出，任何部门不得承继自身",
    next_en="name each department once, as a predecessor or as a successor",
    next_zh="请将每个部门仅列一次，或为原机构，或为承继机构",
)
SUCCESSION_TITLE_WRONG: Final = Reason(
    error=InvalidInputError,
    en="a renaming without a successor states the new title, and nothing else states one",
    zh="仅沿用原统一社会信用代码的更名须填写新名称，其他情形不填写名称",
    next_en="give the new title, or name the successor under its own code",
    next_zh="请填写新名称，或另列承继机构的统一社会信用代码",
)
SUCCESSION_ASSIGNMENT_WRONG: Final = Reason(
    error=InvalidInputError,
    en="a split alone assigns things: entries, grants and requests, each once, to one of its successors, {most} at most",
    zh="仅分设可以逐项划分：目录条目、共享授权和共享申请各列一次，划归所列承继机构之一，至多 {most} 项",
    next_en="leave out what the first successor takes anyway",
    next_zh="归第一个承继机构的，无需逐项列出",
)
SUCCESSION_SYSTEM_WRONG: Final = Reason(
    error=InvalidInputError,
    en="each system of a predecessor is named once, with the system of the successor that stands in its place",
    zh="原机构的每个业务系统仅列一次，并注明承继机构的对应系统",
    next_en="leave out systems whose successor has the same name",
    next_zh="对应系统简称相同的，无需列出",
)
SUCCESSION_DATE_PAST: Final = Reason(
    error=InvalidInputError,
    en="the day {day} is over",
    zh="生效日期 {day} 已过",
    next_en="lay it down anew, for today or a later day",
    next_zh="请以今日或以后的日期重新拟定",
)
SUCCESSION_DAY_WRONG: Final = Reason(
    error=InvalidInputError,
    en="the day is written YYYY-MM-DD",
    zh="生效日期应写作年-月-日，例如 2026-03-01",
    next_en="write it like 2026-03-01",
    next_zh="请按 2026-03-01 的格式填写",
)
SUCCESSION_OF_OWN: Final = Reason(
    error=IllegalStateError,
    reason="OWN_DEPARTMENT",
    en="the authority does not end its own department",
    zh="数据共享主管部门不得终止本部门",
    next_en="name another authority in the hub's configuration first",
    next_zh="请先在枢纽配置中更换主管部门",
)
SUCCESSION_DUE: Final = Reason(
    error=IllegalStateError,
    reason="SUCCESSION_DUE",
    en="the day of {succession} has come, and its things pass already",
    zh="{succession} 的生效日期已到，事项正在承继",
    next_en="lay down a new one for what is to change back",
    next_zh="如需调整，请另行拟定机构承继",
)
SUCCESSION_OVERLAP: Final = Reason(
    error=IllegalStateError,
    reason="SUCCESSION_OVERLAP",
    en="department {department} stands in {other} already, which is not finished",
    zh="部门 {department} 已列入尚未办结的 {other}",
    next_en="wait until that one is in effect, or call it off",
    next_zh="请待其生效，或先行取消",
)
SUCCESSION_CYCLE: Final = Reason(
    error=IllegalStateError,
    reason="SUCCESSION_CYCLE",
    en="with {other} the departments would pass into one another in a circle: {way}",
    zh="与 {other} 合在一起，部门将循环承继：{way}",
    next_en="call the other one off, or name another successor",
    next_zh="请先取消该项承继，或更换承继机构",
)
SUCCESSOR_ENDED: Final = Reason(
    error=IllegalStateError,
    reason="SUCCESSOR_ENDED",
    en="department {department} takes no part, and nobody passes into it",
    zh="部门 {department} 已停用或终止，不能列入承继",
    next_en="name a department that takes part",
    next_zh="请列明正常在用的部门",
)
DEPARTMENT_SUCCEEDED: Final = Reason(
    error=NotAllowedError,
    reason="DEPARTMENT_SUCCEEDED",
    en="department {department} has passed into {successors} and acts no more",
    zh="部门 {department} 已由 {successors} 承继，不再办理业务",
    next_en="call as a system of the successor",
    next_zh="请以承继机构的业务系统办理",
)
DEPARTMENT_CLOSED: Final = Reason(
    error=NotAllowedError,
    reason="DEPARTMENT_CLOSED",
    en="department {department} was closed and acts no more: {why}",
    zh="部门 {department} 已撤销，不再办理业务：{why}",
    next_en="ask the authority who answers for its tasks now",
    next_zh="请向数据共享主管部门查询其职责现由何部门承担",
)
PROVIDER_ENDED: Final = Reason(
    error=IllegalStateError,
    reason="PROVIDER_ENDED",
    en="the provider {provider} has passed into another department or was closed, and what it gave is being passed over",
    zh="提供部门 {provider} 已由其他部门承继或者撤销，其共享事项正在移交",
    next_en="look the department up with GetDepartment, which names its successor, and try again in a few minutes",
    next_zh="请查看该部门的承继机构，并于几分钟后重试",
)
