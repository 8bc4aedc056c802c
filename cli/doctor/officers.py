"""Officers: departments in which nobody could register one, those whose calls may still name anybody, and what systems do alone for now."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from types import MappingProxyType

from certs.model import ENDED, Department
from certs.store import DepartmentStore, MandateStore, OfficerStore, UnknownNumberStore
from cli.doctor.result import CheckResult, ill, well
from hub.access import Duty
from hub.config import Config
from hub.db import Tx
from shuniu.zone import in_beijing

_SHOWN = 5
_CHECK = "officers"


def officers(tx: Tx, config: Config, now: datetime) -> Iterator[CheckResult]:
    """Tell who may be named in calls: registered officers alone, or anybody until a department has imported its list."""
    departments = [one for one in DepartmentStore(tx).all() if one.state not in ENDED]
    managed = {one.department for one in OfficerStore(tx).all() if one.is_active and one.is_person and Duty.PEOPLE in one.duties}
    shut = [one for one in departments if one.is_registered(now) and one.uscc not in managed]
    if shut:
        yield _shut(shut, config)
    recorded = [one for one in departments if not one.is_registered(now)]
    if recorded:
        named, named_zh = _listed(recorded, UnknownNumberStore(tx).totals())
        en = f"calls of {named} may name any officer until the department imports its list; their records say officer_unknown"
        zh = f"{named_zh}尚未导入经办人名单，其调用中的工号不作核对，日志中注明“未登记”"
        yield well(_CHECK, en, zh)
    elif not shut:
        yield well(_CHECK, "every department has registered its officers", "各部门均已登记经办人")


def mandates(tx: Tx, now: datetime) -> Iterator[CheckResult]:
    """Tell until when systems of an older hub do alone what otherwise needs a second person, and which mandates a dismissed lead left behind."""
    live = [one for one in MandateStore(tx).live() if one.expire_time > now]
    legacy = [one for one in live if one.is_legacy]
    orphaned = {one.system_name: one.orphaned_until for one in live if one.orphaned_until is not None and one.orphaned_until > now}
    if legacy:
        first = in_beijing(min(one.expire_time for one in legacy))
        en = f"{len(legacy)} systems act without a second person as before the upgrade, the first until {first}: shuniu mandate list"
        yield well("mandates", en, f"{len(legacy)}个业务系统沿用升级前的办理方式，无须第二人确认，最早于{first}到期：shuniu mandate list")
    if orphaned:
        names, first = sorted(orphaned)[:_SHOWN], in_beijing(min(orphaned.values()))
        more, more_zh = (f" +{len(orphaned) - _SHOWN}", f"等{len(orphaned)}个") if len(orphaned) > _SHOWN else ("", "")
        en = f"mandates of {', '.join(names)}{more} are of a lead who was dismissed; the first ends {first} unless another lead registers one"
        zh = f"{'、'.join(names)}{more_zh}的系统授权由已离岗的负责人登记，最早于{first}终止，须由其他负责人重新登记"
        yield well("mandates", en, zh)


def _shut(departments: list[Department], config: Config) -> CheckResult:
    en, zh = _listed(departments)
    add = f"shuniu officer add --identity authority --department {departments[0].uscc} --number NO --display-name NAME --duty people --officer NUMBER"
    own = any(one.uscc == config.authority for one in departments)
    mend = "shuniu appoint --config FILE NUMBER" if own else add
    text = f"nobody may register officers of {en}, and calls that name one are refused"
    return ill(_CHECK, text, f"{zh}没有人员管理岗，无人可登记经办人，其调用均被拒绝", mend)


def _listed(departments: list[Department], unknown: Mapping[str, tuple[int, int]] = MappingProxyType({})) -> tuple[str, str]:
    """Return the first departments by name, and after each how many numbers that nobody registered its calls named in the last 30 days."""
    shown = departments[:_SHOWN]
    more = len(departments) - len(shown)
    en = [f"{one.uscc} {one.title}" + (" (numbers: {}, calls: {})".format(*unknown[one.uscc]) if one.uscc in unknown else "") for one in shown]
    zh = [f"{one.uscc} {one.title}" + ("（{}个工号，{}次调用）".format(*unknown[one.uscc]) if one.uscc in unknown else "") for one in shown]
    return ", ".join(en) + (f" +{more}" if more else ""), "、".join(zh) + (f"等{len(departments)}个部门" if more else "")
