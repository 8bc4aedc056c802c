"""Departments of Ningxia at three levels: real kinds of bodies, with well-formed codes that nobody bears.

The organisation part of every code begins with `XB`, a range that has not been given out, so no code is a real body's.
"""

from dataclasses import dataclass
from functools import cache
from typing import Final

from cli.synthetic.regions import LEVELS, PROVINCE_CODE, REGIONS, Region, of_level
from shuniu.identifiers import uscc


@dataclass(frozen=True, slots=True)
class BodyKind:
    """One kind of body: its names at province, city and county level (empty where it has none) and its short names."""

    id: str
    names: tuple[str, str, str]
    short: tuple[str, str, str]
    authority: str = "11"  # registering authority and category: 11 organ, 12 public institution, 13 people's organisation
    district: str = ""  # its name where a district has a branch of the city's body


@dataclass(frozen=True, slots=True)
class Body:
    """One synthetic department: `kind` is the id of its kind, `level` one of province, city and county."""

    uscc: str
    name: str
    short_name: str
    kind: str
    level: str
    region: str
    region_name: str


def _kind(identifier: str, names: str, short: str, authority: str = "11", district: str = "") -> BodyKind:
    return BodyKind(identifier, _three(names), _three(short), authority, district)


def _three(names: str) -> tuple[str, str, str]:
    province, city, county = ("" if name == "-" else name for name in names.split())
    return province, city, county


KINDS: Final = {
    kind.id: kind
    for kind in (
        _kind("data", "数据局 审批服务管理局 审批服务管理局", "数据局 审批局 审批局"),
        _kind("public-security", "公安厅 公安局 公安局", "公安厅 公安局 公安局", district="{city}公安局{region}分局"),
        _kind("market-regulation", "市场监督管理厅 市场监督管理局 市场监督管理局", "市监厅 市监局 市监局"),
        _kind("civil-affairs", "民政厅 民政局 民政局", "民政厅 民政局 民政局"),
        _kind("audit", "审计厅 审计局 审计局", "审计厅 审计局 审计局"),
        _kind("development", "发展和改革委员会 发展和改革委员会 发展和改革局", "发改委 发改委 发改局"),
        _kind("education", "教育厅 教育局 教育局", "教育厅 教育局 教育局"),
        _kind("science", "科学技术厅 科学技术局 科学技术局", "科技厅 科技局 科技局"),
        _kind("industry", "工业和信息化厅 工业和信息化局 工业和信息化局", "工信厅 工信局 工信局"),
        _kind("ethnic-affairs", "民族事务委员会 民族宗教事务局 民族宗教事务局", "民委 民宗局 民宗局"),
        _kind("justice", "司法厅 司法局 司法局", "司法厅 司法局 司法局"),
        _kind("finance", "财政厅 财政局 财政局", "财政厅 财政局 财政局"),
        _kind("labour", "人力资源和社会保障厅 人力资源和社会保障局 人力资源和社会保障局", "人社厅 人社局 人社局"),
        _kind("land", "自然资源厅 自然资源局 自然资源局", "自然资源厅 自然资源局 自然资源局", district="{city}自然资源局{region}分局"),
        _kind("ecology", "生态环境厅 生态环境局 生态环境局", "生态环境厅 生态环境局 生态环境局", district="{city}生态环境局{region}分局"),
        _kind("housing", "住房和城乡建设厅 住房和城乡建设局 住房和城乡建设局", "住建厅 住建局 住建局"),
        _kind("transport", "交通运输厅 交通运输局 交通运输局", "交通厅 交通局 交通局"),
        _kind("water", "水利厅 水务局 水务局", "水利厅 水务局 水务局"),
        _kind("agriculture", "农业农村厅 农业农村局 农业农村局", "农业农村厅 农业农村局 农业农村局"),
        _kind("commerce", "商务厅 商务局 商务和投资促进局", "商务厅 商务局 商务局"),
        _kind("culture", "文化和旅游厅 文化旅游广电局 文化旅游广电局", "文旅厅 文旅局 文旅局"),
        _kind("health", "卫生健康委员会 卫生健康委员会 卫生健康局", "卫健委 卫健委 卫健局"),
        _kind("veterans", "退役军人事务厅 退役军人事务局 退役军人事务局", "退役军人厅 退役军人局 退役军人局"),
        _kind("emergency", "应急管理厅 应急管理局 应急管理局", "应急厅 应急局 应急局"),
        _kind("statistics", "统计局 统计局 统计局", "统计局 统计局 统计局"),
        _kind("medical-insurance", "医疗保障局 医疗保障局 医疗保障局", "医保局 医保局 医保局"),
        _kind("forestry", "林业和草原局 自然资源局（林业和草原局） -", "林草局 林草局 -"),
        _kind("sports", "体育局 体育局 -", "体育局 体育局 -"),
        _kind("drugs", "药品监督管理局 - -", "药监局 - -"),
        _kind("grain", "粮食和物资储备局 - -", "粮储局 - -"),
        _kind("local-finance", "地方金融管理局 - -", "金融局 - -"),
        _kind("petitions", "信访局 信访局 信访局", "信访局 信访局 信访局"),
        _kind("disabled", "残疾人联合会 残疾人联合会 残疾人联合会", "残联 残联 残联", "13"),
        _kind("housing-fund", "- 住房公积金管理中心 -", "- 公积金中心 -", "12"),
        _kind("tax", "国家税务总局{region}税务局 国家税务总局{region}税务局 国家税务总局{region}税务局", "税务局 税务局 税务局"),
        _kind("weather", "气象局 气象局 -", "气象局 气象局 -"),
    )
}
"""Every kind of body by its id."""


@cache
def departments() -> tuple[Body, ...]:
    """Return all departments, the province's first and among them the data-sharing authority first."""
    bodies = [(kind, region) for level in LEVELS for region in of_level(level) for kind in KINDS.values() if _stem(kind, region)]
    return tuple(_department(kind, region, number) for number, (kind, region) in enumerate(bodies, start=1))


def department(kind: str, region: str = PROVINCE_CODE) -> Body:
    """Return the department of a kind in a region; the province's when no region is named."""
    return _by_place()[kind, region]


@cache
def _by_place() -> dict[tuple[str, str], Body]:
    return {(body.kind, body.region): body for body in departments()}


def _department(kind: BodyKind, region: Region, number: int) -> Body:
    short = kind.short[LEVELS.index(region.level)]
    return Body(
        uscc=uscc.build(kind.authority, region.code, f"XB{number:06d}"),
        name=_name(kind, region),
        short_name=("自治区" if region.level == "province" else region.name) + short,
        kind=kind.id,
        level=region.level,
        region=region.code,
        region_name=region.name,
    )


def _stem(kind: BodyKind, region: Region) -> str:
    return kind.district if region.is_district and kind.district else kind.names[LEVELS.index(region.level)]


def _name(kind: BodyKind, region: Region) -> str:
    stem, city = _stem(kind, region), REGIONS[region.parent].name if region.parent else ""
    if stem == kind.district:
        return stem.format(region=region.name, city=city)
    place = (city if region.is_district else "") + region.name
    # tax offices have their place inside their name
    return stem.format(region=place) if "{" in stem else place + stem
