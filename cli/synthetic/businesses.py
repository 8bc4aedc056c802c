"""Ten thousand businesses that do not exist: well-formed codes whose organisation part, beginning with `XX`, is given to nobody."""

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from random import Random
from typing import Final

from cli.synthetic.chance import SEED, chance
from cli.synthetic.regions import of_level
from cli.synthetic.residents import TODAY, address_in, person_name
from shuniu.identifiers import uscc

_STYLES: Final = ("塞上", "贺兰", "凤城", "朔方", "沙坡", "六盘", "红寺", "金岸", "银海", "宁川", "星海", "灵州", "青铜", "泾源", "兴庆", "鸣翠")
_SECOND: Final = ("宏远", "瑞丰", "嘉禾", "天成", "恒信", "众合", "鼎盛", "同源", "广汇", "新锐", "汇通", "安泰", "启明", "德润")
_TRADES: Final = {
    "枸杞制品": "枸杞种植、收购、加工及销售；食品生产；货物进出口",
    "葡萄酒业": "酿酒葡萄种植；葡萄酒生产；预包装食品销售",
    "农业科技": "农业技术开发、推广；种苗繁育；农产品初加工",
    "建筑工程": "房屋建筑工程施工；市政公用工程施工；建筑材料销售",
    "信息技术": "软件开发；信息系统集成服务；数据处理和存储支持服务",
    "物流": "道路普通货物运输；仓储服务；供应链管理服务",
    "新能源": "太阳能发电技术服务；电力设施承装；储能技术服务",
    "餐饮管理": "餐饮服务；餐饮管理；食品销售",
    "商贸": "日用百货、五金交电、建材批发零售；互联网销售",
    "煤化工": "煤制化学品生产、销售；危险化学品经营",
    "养殖": "滩羊养殖、销售；饲料销售；畜禽粪污处理",
    "医疗器械": "第一类医疗器械销售；第二类医疗器械销售；医疗设备租赁",
}
_FORMS: Final = {  # category of registration by market regulation: 1 enterprise, 2 individual, 3 farmers' cooperative
    "有限责任公司": ("91", "有限公司", 58),
    "股份有限公司": ("91", "股份有限公司", 3),
    "个人独资企业": ("91", "厂", 5),
    "个体工商户": ("92", "经营部", 28),
    "农民专业合作社": ("93", "专业合作社", 6),
}
_FORM_WEIGHTS: Final = tuple(weight for _, _, weight in _FORMS.values())
_STATUSES: Final = ("存续", "在业", "注销", "吊销", "迁出")
_STATUS_WEIGHTS: Final = (70, 14, 11, 4, 1)
_CAPITALS: Final = tuple(Decimal(text) for text in ("3.00", "10.00", "50.00", "100.00", "200.00", "500.00", "1000.00", "5000.00", "88.80", "1236.50"))


@dataclass(frozen=True, slots=True)
class Business:
    """One row of the business register; the registered capital is in 万元."""

    uscc: str
    name: str
    legal_representative: str
    company_type: str
    registered_capital: Decimal
    employees: int
    established: date
    expires: date | None
    scope: str
    address: str
    region_code: str
    status: str


def businesses(n: int = 10_000, seed: int = SEED) -> tuple[Business, ...]:
    """Return the first n businesses of the seed's register, each with a code and a name of its own."""
    dice, names = chance("businesses", seed), set[str]()
    return tuple(_business(dice, number, names) for number in range(n))


def _business(dice: Random, number: int, names: set[str]) -> Business:
    county = dice.choice(of_level("county"))
    form = dice.choices(tuple(_FORMS), _FORM_WEIGHTS)[0]
    trade = dice.choice(tuple(_TRADES))
    established = TODAY - timedelta(days=dice.randrange(30, 9_000))
    return Business(
        uscc=uscc.build(_FORMS[form][0], county.code, f"XX{number:06d}"),
        name=_new_name(dice, county.name, trade + _FORMS[form][1], names),
        legal_representative=person_name(dice, dice.choice(("男", "男", "女"))),
        company_type=form,
        registered_capital=dice.choice(_CAPITALS),
        # many small ones, a few large ones
        employees=min(int(dice.paretovariate(1.1)), 20_000),
        established=established,
        # on a first: thirty years after 29 February there may be no such day
        expires=established.replace(day=1, year=established.year + 30) if dice.randrange(3) == 0 else None,
        scope=_TRADES[trade],
        address=address_in(dice, county),
        region_code=county.code,
        status=dice.choices(_STATUSES, _STATUS_WEIGHTS)[0],
    )


def _new_name(dice: Random, place: str, ending: str, names: set[str]) -> str:
    style = dice.choice(_STYLES) + dice.choice(_SECOND)
    name, number = f"{place}{style}{ending}", 1
    while name in names:
        number += 1
        name = f"{place}{style}{number}号{ending}"
    names.add(name)
    return name
