"""Departments whose level nobody has said: an earlier release registered them, and until it is said they count as a province's."""

from collections.abc import Iterator
from typing import Final

from certs.model import ENDED, Department, level_of
from certs.store import DepartmentStore
from cli.doctor.result import CheckResult, ill, well
from hub.db import Tx
from shuniu.words import value_words

_SHOWN: Final = 5


def levels(tx: Tx) -> Iterator[CheckResult]:
    """Tell which departments have no level, and how the authority gives one its own."""
    unknown = [one for one in DepartmentStore(tx).all() if one.level is None and one.state not in ENDED]
    if not unknown:
        yield well("department levels", "every department has its level", "各部门均已登记行政层级")
        return
    listed = [f"{one.uscc} {one.title}" for one in unknown[:_SHOWN]]
    more, more_zh = (f" +{len(unknown) - _SHOWN}", f"等 {len(unknown)} 个部门") if len(unknown) > _SHOWN else ("", "")
    en = f"nobody has said the level of {', '.join(listed)}{more}; they count as a province's"
    zh = f"以下部门未登记行政层级，暂按省级对待：{'、'.join(listed)}{more_zh}"
    command = _command(unknown[0])
    mend, mend_zh = f"{command}  # the level as the region code says it; correct it", f"{command}  # 层级按行政区划代码推定，请核对"
    yield ill("department levels", en, zh, mend, mend_zh)


def _command(one: Department) -> str:
    level = value_words("Level")[f"LEVEL_{level_of(one.region).name}"][0]
    return f"shuniu department update --identity authority {one.uscc} --level {level} --reason 补登行政层级 --officer NUMBER"
