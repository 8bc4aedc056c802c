"""Five hundred directory entries over province, cities and counties: real kinds of data, real legal bases, nobody's records."""

from collections import Counter
from dataclasses import dataclass
from itertools import islice
from typing import Final

from cli.synthetic.chance import SEED, chance
from cli.synthetic.departments import KINDS, Body, department
from cli.synthetic.fields import FieldSeed
from cli.synthetic.regions import LEVELS, REGIONS, Region, of_level
from cli.synthetic.topics import Topic, topics

_MODES: Final = {
    ("unconditional", False): ("query", "check", "stream", "file"),
    ("unconditional", True): ("query", "check"),
    ("conditional", False): ("query", "check", "stream"),
    ("conditional", True): ("query", "check"),
}
_OPEN: Final = {"unconditional": "unconditional", "conditional": "conditional", "refused": "closed"}
_SUBJECTS: Final = {"person": "人", "body": "个单位", "place": "处场所或设施", "vehicle": "辆车", "project": "个项目", "figure": "条记录"}
_STEWARDS: Final = ("数据资源科", "信息中心", "办公室（信息化）", "政务服务科", "法规与数据科")
_PERSON_CONDITION: Final = "限有权部门办理政务服务事项、履行法定职责时，凭办件编号按人查询；不得用于其他目的，不得向第三方提供"
_OTHER_CONDITION: Final = "限履行监督管理和公共服务职责使用，按申请的信息项和期限提供；不得向第三方提供"


@dataclass(frozen=True, slots=True)
class EntrySeed:
    """What a department would write about one data resource; the words are those of `shuniu.v1.Entry`.

    `share_type` is unconditional, conditional or refused; `open_type` unconditional, conditional or closed; `record_term`
    is empty where a lower level holds the system of record; `serving_resource` names the table that serves the entry.
    """

    title: str
    abstract: str
    keywords: tuple[str, ...]
    class_path: tuple[str, ...]
    resource_code: str
    region: str
    level: str
    provider: str
    provider_name: str
    steward: str
    steward_phone: str
    legal_basis: str
    share_type: str
    share_condition: str
    refusal_reason: str
    refusal_basis: str
    modes: tuple[str, ...]
    open_type: str
    open_condition: str
    update_period: str
    record_term: str
    fields: tuple[FieldSeed, ...]
    subject_domain: str
    serving_resource: str
    retention_days: int


def entry_seeds(count: int = 500, seed: int = SEED) -> tuple[EntrySeed, ...]:
    """Return the first `count` entries: the two registers, the province's, then cities' and counties' in mixed order."""
    numbers = Counter[str]()
    return tuple(_seed(topic, region, numbers) for topic, region in islice(_places(seed), count))


def _places(seed: int) -> list[tuple[Topic, Region]]:
    places = [(topic, region) for topic in topics() for level in topic.levels for region in of_level(level) if _holder(topic, region)]
    province = [place for place in places if place[1].level == "province"]
    others = [place for place in places if place[1].level != "province"]
    chance("entries", seed).shuffle(others)
    return province + others


def _holder(topic: Topic, region: Region) -> Body | None:
    has_one = KINDS[topic.kind].names[LEVELS.index(region.level)]
    return department(topic.kind, region.code) if has_one else None


def _seed(topic: Topic, region: Region, numbers: Counter[str]) -> EntrySeed:
    holder = department(topic.kind, region.code)
    title = topic.stem if region.level == "province" else _place(region) + topic.stem
    numbers[topic.class_code] += 1
    personal = topic.subject in {"person", "vehicle"}
    return EntrySeed(
        title=title,
        abstract=_abstract(topic, holder),
        keywords=_keywords(topic, holder),
        class_path=topic.class_path,
        resource_code=f"{topic.class_code}/{numbers[topic.class_code]:06d}",
        region=region.code,
        level=region.level,
        provider=holder.uscc,
        provider_name=holder.name,
        steward=_STEWARDS[list(KINDS).index(topic.kind) % len(_STEWARDS)],
        steward_phone=_office_phone(holder),
        legal_basis=topic.basis,
        share_type=topic.share,
        share_condition=(_PERSON_CONDITION if personal else _OTHER_CONDITION) if topic.share == "conditional" else "",
        refusal_reason=f"{topic.refusal_basis}规定不得对外提供" if topic.share == "refused" else "",
        refusal_basis=topic.refusal_basis,
        modes=("query", "check") if topic.table else _MODES.get((topic.share, personal), ()),
        open_type="closed" if personal else _OPEN[topic.share],
        open_condition="依申请开放，须签订数据利用协议" if topic.share == "conditional" and not personal else "",
        update_period=topic.update,
        record_term=title if region.level == topic.levels[-1] else "",
        fields=topic.fields,
        subject_domain={"person": "cn-id", "body": "uscc"}.get(topic.subject, ""),
        serving_resource=topic.table,
        retention_days=0 if personal else 365,
    )


def _abstract(topic: Topic, holder: Body) -> str:
    labels = "、".join(field.label for field in topic.fields)
    return f"{holder.name}依据{topic.basis}采集和管理的{topic.stem}，一条记录对应一{_SUBJECTS[topic.subject]}，包括{labels}。"


def _keywords(topic: Topic, holder: Body) -> tuple[str, ...]:
    _, item, detail, name = topic.class_path
    return tuple(dict.fromkeys((name, detail, item, holder.short_name, holder.region_name)))


def _office_phone(holder: Body) -> str:
    """Return a number with the city's area code; local numbers never begin with 0, so nobody answers."""
    region = REGIONS[holder.region]
    city = region.code if region.level == "city" else region.parent if region.level == "county" else "640100"
    # 0951 to 0955: the area codes follow the order of the cities' region codes
    return f"095{city[3]}-0{int(holder.uscc[10:16]):06d}"


def _place(region: Region) -> str:
    return (REGIONS[region.parent].name if region.is_district else "") + region.name
