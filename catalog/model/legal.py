"""Which cited documents may forbid sharing: laws, administrative regulations and State Council decisions, by their titles.

A title tells its rank in part (Legislation Law 立法法 art. 11, 72, 80; 行政法规制定程序条例 art. 5):
- 法, 法典: only the National People's Congress makes them, whatever place they speak of;
- 条例: an administrative regulation unless it opens with the name of a place; ministries may not use the word;
- 国务院关于…的决定: a State Council decision;
- 规定, 办法, 细则: ministries and places use them too, so they count only where 国务院令 stands beside the title.
This weighs words, not validity: whether the article cited says so is for the authority that reviews the entry.
"""

import re
from typing import Final

# the second group is what stands beside the title: 国务院令 is looked for in it
_TITLE: Final = re.compile(r"(?<!实施)《([^《》]{2,80})》([^《》]{0,30})")  # a local 实施《…法》办法 is not the law
_NOTE: Final = re.compile(r"[（(][^（）()]*[）)]$")  # （试行）, (2018年修正)
_LAW: Final = re.compile(r".*[\u3400-\u9fff]{2}.*法(典)?|[\u3400-\u9fff]{1,3}法(典)?")  # 刑法 is one, 《...法》 names none
_NOT_A_LAW: Final = re.compile(r".*(办法|方法|做法)")
_DECISION: Final = re.compile(r"国务院关于.+的决定")
_PROVINCES: Final = (
    "北京", "天津", "上海", "重庆", "河北", "山西", "辽宁", "吉林", "黑龙江", "江苏", "浙江", "安徽", "福建", "江西", "山东", "河南", "湖北", "湖南",
    "广东", "海南", "四川", "贵州", "云南", "陕西", "甘肃", "青海", "台湾", "内蒙古", "广西", "西藏", "宁夏", "新疆", "香港", "澳门",
)  # fmt: skip
# the lookarounds leave out words that are no places: 城市, 市场, 县级, 旗帜
_CITY: Final = re.compile(r".{2,6}?(省|自治区|(?<!城)市(?!场)|自治州|自治县|县(?!级)|盟|旗(?!帜)|经济特区|新区)")


def rests_on_national_law(citation: str) -> bool:
    """Tell whether at least one document cited with its title in 《》 is of a rank that may forbid sharing."""
    # not further than the cap of a legal basis (`hub.wording.LegalBasis`)
    return any(_counts(_NOTE.sub("", found[1].strip()), found[2]) for found in _TITLE.finditer(citation[:1000]))


def _counts(title: str, beside: str) -> bool:
    if _LAW.fullmatch(title):
        return _NOT_A_LAW.fullmatch(title) is None or _by_decree(title, beside)
    if _DECISION.fullmatch(title):
        return True
    if title.endswith("条例"):
        return not _local(title)
    return _by_decree(title, beside)


def _by_decree(title: str, beside: str) -> bool:
    return "国务院令" in beside and title.endswith(("规定", "办法", "细则")) and not _local(title)


def _local(title: str) -> bool:
    """Tell whether the title opens with the name of a place, as local regulations do."""
    return title.startswith(_PROVINCES) or (not title.startswith("中华人民共和国") and _CITY.match(title) is not None)
