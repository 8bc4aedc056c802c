"""Ten thousand residents who do not exist: well-formed ID numbers of a place that issues none.

An ID number begins with the code of a county; these begin with that of a whole city (such as 640100), so they pass every
check of GB 11643 and belong to nobody. Telephone numbers begin with 120, which no mobile network uses. Names are combined
from frequent ones at random; every likeness is chance.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from random import Random
from typing import Final

from cli.synthetic.chance import SEED, chance
from cli.synthetic.regions import Region, full_name, of_level
from shuniu.identifiers import citizen_id

TODAY: Final = date(2025, 6, 30)
"""The day on which the synthetic registers were drawn up; no clock is read."""

_SURNAMES: Final = (
    "马王李张刘杨陈丁赵周吴黄徐孙胡朱高林何郭罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕苏卢蒋蔡贾魏薛叶阎余潘杜戴夏钟汪田任姜"
    "范方石姚谭廖邹熊金陆郝孔白崔康毛邱秦江史顾侯邵孟龙万段雷钱汤尹黎易常武乔贺赖龚文纳哈撒"
)
_GIVEN: Final = {
    "男": "伟强磊军洋勇杰涛明超刚平辉鹏华飞波斌宇浩凯健俊帆帅旭宁龙林欢海东志建国文博永福学忠成玉山新民",
    "女": "芳娜敏静丽艳娟霞秀英慧巧美婷雪琳晶倩兰凤洁梅玲燕红春菊珍萍云莲真环爱妹香月莺媛瑞凡佳淑惠珠",
}
_GROUPS: Final = ("汉族", "回族", "满族", "蒙古族", "东乡族")
_GROUP_WEIGHTS: Final = (620, 358, 12, 7, 3)
_ELSEWHERE: Final = ("620100", "620400", "610100", "610600", "150300", "411300", "510100", "370100")
_STREETS: Final = ("文昌", "新华", "解放西街", "凤凰", "丽景", "胜利", "长城", "黄河", "贺兰山", "朝阳", "人民", "北塔", "金波", "怀远")
_ESTATES: Final = ("春晖", "湖畔", "阳光", "锦绣", "枸杞苑", "沙湖", "塞上", "和平", "西夏", "紫云", "康居", "向阳", "绿洲", "星光")


@dataclass(frozen=True, slots=True)
class Resident:
    """One row of the resident register, with the residence permit of those who came from elsewhere."""

    id_number: str
    name: str
    sex: str
    birth_date: date
    ethnic_group: str
    region_code: str
    address: str
    household_type: str
    household_size: int
    phone: str
    permit_number: str | None
    permit_issued: date | None
    permit_expires: date | None


def residents(n: int = 10_000, seed: int = SEED) -> tuple[Resident, ...]:
    """Return the first n residents of the seed's register, each with an ID number of its own."""
    dice, taken = chance("residents", seed), set[str]()
    return tuple(_resident(dice, taken) for _ in range(n))


def person_name(dice: Random, sex: str) -> str:
    """Return a name of two or three characters."""
    return dice.choice(_SURNAMES) + "".join(dice.choices(_GIVEN[sex], k=dice.choice((1, 2, 2))))


def address_in(dice: Random, county: Region) -> str:
    """Return a whole address in a county; street and estate are combined at random."""
    street, estate = dice.choice(_STREETS), dice.choice(_ESTATES)
    door = f"{dice.randint(1, 6)}单元{dice.randint(1, 18)}0{dice.randint(1, 4)}室"
    return f"{full_name(county)}{street}街道{estate}小区{dice.randint(1, 40)}号楼{door}"


def _resident(dice: Random, taken: set[str]) -> Resident:
    county = dice.choice(of_level("county"))
    came_from = dice.choice(_ELSEWHERE) if dice.random() < 0.15 else ""  # noqa: PLR2004 - about one in seven came from elsewhere
    # up to 98 years old, most of them in the first half of that
    born = TODAY - timedelta(days=int(dice.betavariate(1.6, 2.4) * 36_000))
    number = _new_number(dice, came_from or county.parent, born, taken)
    permit, issued, expires = _permit(dice, county) if came_from else (None, None, None)
    sex = citizen_id.sex_of(number)
    return Resident(
        id_number=number,
        name=person_name(dice, sex),
        sex=sex,
        birth_date=born,
        ethnic_group=dice.choices(_GROUPS, _GROUP_WEIGHTS)[0],
        region_code=county.code,
        address=address_in(dice, county),
        household_type="集体户" if dice.randrange(20) == 0 else "家庭户",
        household_size=dice.choices(range(1, 8), (18, 25, 26, 16, 9, 4, 2))[0],
        phone=f"120{dice.randrange(10**8):08d}",
        permit_number=permit,
        permit_issued=issued,
        permit_expires=expires,
    )


def _new_number(dice: Random, region: str, born: date, taken: set[str]) -> str:
    while (number := citizen_id.build(region, born, dice.randint(1, 999))) in taken:
        continue
    taken.add(number)
    return number


def _permit(dice: Random, county: Region) -> tuple[str, date, date]:
    """Return number, day of issue and day of expiry: a residence permit is endorsed every year (State Council decree 663, art. 10)."""
    issued = TODAY - timedelta(days=dice.randrange(1, 365))
    return f"JZ{county.code}{dice.randrange(10**8):08d}", issued, issued + timedelta(days=365)
