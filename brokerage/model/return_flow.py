"""数据回流 (Decree 809 art. 24): departments of higher levels give the data of their regions back to those below, without further conditions.

Such a request names its entry like any other. The hub holds it to the department's own region, by the entry's region_field, and answers at once.
"""

from dataclasses import replace
from typing import Final

from brokerage.model.reasons import NO_REGION_FIELD, NOT_A_LOWER_LEVEL, REGION_ABOVE_LEVEL, REGION_NOT_WITHIN, ROWS_COUNT, ROWS_OUTSIDE_REGION
from brokerage.model.scope import PATH, rows_imply
from brokerage.model.terms import Terms
from catalog.model import Entry, FieldType
from certs.model import LEVELS, Department, area_at, area_of, level_of
from shuniu.scope import MOST_CONDITIONS, RowCondition

ARTICLE: Final = "《政务数据共享条例》第二十四条"
AT_ONCE: Final = "数据回流: the data of the department's own region goes back to it (Decree 809 art. 24); granted by the hub at once"
_FIELD: Final = "data_request.return_flow"


def return_terms(asked: Terms, department: Department, entry: Entry) -> Terms:
    """Return terms that fit the entry, held to the department's own region; other conditions hold beside it, one on the region may narrow it."""
    own = own_region(department, entry)
    given = tuple(row for row in asked.rows if row.field == own.field)
    if given and not rows_imply(given, (own,)):
        raise ROWS_OUTSIDE_REGION(field=PATH, name=own.field, own=own.prefix)
    rows = tuple(sorted((*asked.rows, *(() if given else (own,))), key=lambda row: row.field))
    if len(rows) > MOST_CONDITIONS:
        raise ROWS_COUNT(field=PATH, most=MOST_CONDITIONS)
    return replace(asked, rows=rows)


def own_region(department: Department, entry: Entry) -> RowCondition:
    """Return the condition that keeps to a department's own region; raise where nothing of the entry is to be returned to it."""
    if not entry.region_field:
        raise NO_REGION_FIELD(field=_FIELD)
    level, region = department.level, department.region
    if level is None or not entry.level.is_above(level):
        raise NOT_A_LOWER_LEVEL(field=_FIELD)
    if level_of(region).is_above(level):  # its code stands for more than it: a city's, for a department of a county
        raise REGION_ABOVE_LEVEL(field=_FIELD, own=region, level=LEVELS[level])
    own = area_at(region, level)
    if not own.startswith(area_of(entry.region)):
        raise REGION_NOT_WITHIN(field=_FIELD, own=region, region=entry.region)
    return RowCondition(entry.region_field, prefix=own, type=FieldType.STRING.value)
