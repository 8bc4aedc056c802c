"""The regions of Ningxia with their codes of GB/T 2260: the province, its five cities, their twenty-two counties."""

from dataclasses import dataclass
from functools import cache
from typing import Final

PROVINCE_CODE: Final = "640000"
LEVELS: Final = ("province", "city", "county")


@dataclass(frozen=True, slots=True)
class Region:
    """One region; `parent` is the code of the region that it lies in, empty for the province."""

    code: str
    name: str
    level: str
    parent: str

    @property
    def is_district(self) -> bool:
        """Tell whether it is a city's district 市辖区, where some departments are branches of the city's."""
        return self.level == "county" and self.name.endswith("区")


_COUNTIES: Final = {
    ("640100", "银川市"): "640104 兴庆区 640105 西夏区 640106 金凤区 640121 永宁县 640122 贺兰县 640181 灵武市",
    ("640200", "石嘴山市"): "640202 大武口区 640205 惠农区 640221 平罗县",
    ("640300", "吴忠市"): "640302 利通区 640303 红寺堡区 640323 盐池县 640324 同心县 640381 青铜峡市",
    ("640400", "固原市"): "640402 原州区 640422 西吉县 640423 隆德县 640424 泾源县 640425 彭阳县",
    ("640500", "中卫市"): "640502 沙坡头区 640521 中宁县 640522 海原县",
}


def _all() -> dict[str, Region]:
    found = [Region(PROVINCE_CODE, "宁夏回族自治区", "province", "")]
    for (code, name), counties in _COUNTIES.items():
        words = counties.split()
        found.append(Region(code, name, "city", PROVINCE_CODE))
        found += [Region(county, title, "county", code) for county, title in zip(words[::2], words[1::2], strict=True)]
    return {region.code: region for region in found}


REGIONS: Final = _all()
"""Every region by its code, the province first."""


@cache
def of_level(level: str) -> tuple[Region, ...]:
    """Return the regions of one level in the order of their codes."""
    return tuple(region for region in REGIONS.values() if region.level == level)


def full_name(region: Region) -> str:
    """Return the name from the province down, as an address begins."""
    return (full_name(REGIONS[region.parent]) if region.parent else "") + region.name
