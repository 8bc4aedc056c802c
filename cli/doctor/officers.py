"""Officers: departments in which nobody could register one, those whose calls may still name anybody, and what systems do alone for now."""

from collections.abc import Iterator
from datetime import datetime

from certs.model import Department
from certs.store import DepartmentStore, MandateStore, OfficerStore
from cli.doctor.result import CheckResult, ill, well
from hub.access import Duty
from hub.config import Config
from hub.db import Tx
from shuniu.zone import in_beijing

_SHOWN = 5
_CHECK = "officers"


def officers(tx: Tx, config: Config, now: datetime) -> Iterator[CheckResult]:
    """Tell who may be named in calls: registered officers alone, or anybody until a department has imported its list."""
    departments = DepartmentStore(tx).all()
    managed = {one.department for one in OfficerStore(tx).all() if one.is_active and one.is_person and Duty.PEOPLE in one.duties}
    shut = [one for one in departments if one.is_registered(now) and one.uscc not in managed]
    if shut:
        yield _shut(shut, config)
    recorded = [one for one in departments if not one.is_registered(now)]
    if recorded:
        en = f"calls of {_listed(recorded)[0]} may name any officer until the department imports its list; their records say officer_unknown"
        zh = f"{_listed(recorded)[1]}尚未导入经办人名单，其调用中的工号不作核对，日志中注明“未登记”"
        yield well(_CHECK, en, zh)
    elif not shut:
        yield well(_CHECK, "every department has registered its officers", "各部门均已登记经办人")


def mandates(tx: Tx, now: datetime) -> Iterator[CheckResult]:
    """Tell until when systems of an older hub do alone what otherwise needs a second person."""
    legacy = [one for one in MandateStore(tx).live() if one.is_legacy and one.expire_time > now]
    if legacy:
        first = in_beijing(min(one.expire_time for one in legacy))
        en = f"{len(legacy)} systems act without a second person as before the upgrade, the first until {first}: shuniu mandate list"
        yield well("mandates", en, f"{len(legacy)}个业务系统沿用升级前的办理方式，无须第二人确认，最早于{first}到期：shuniu mandate list")


def _shut(departments: list[Department], config: Config) -> CheckResult:
    en, zh = _listed(departments)
    add = f"shuniu officer add --identity authority --department {departments[0].uscc} --number NO --display-name NAME --duty people --officer NUMBER"
    own = any(one.uscc == config.authority for one in departments)
    mend = "shuniu appoint --config FILE NUMBER" if own else add
    text = f"nobody may register officers of {en}, and calls that name one are refused"
    return ill(_CHECK, text, f"{zh}没有人员管理岗，无人可登记经办人，其调用均被拒绝", mend)


def _listed(departments: list[Department]) -> tuple[str, str]:
    names = [f"{one.uscc} {one.title}" for one in departments[:_SHOWN]]
    more = len(departments) - len(names)
    return ", ".join(names) + (f" +{more}" if more else ""), "、".join(names) + (f"等{len(departments)}个部门" if more else "")
