"""The data fields 信息项 of the synthetic entries: what is common to a kind of subject, and the columns of the two registers.

Mask rules: "" none; "keep:A,B" the first A and last B characters, the rest `*`; "year" the year of a day; "hide" null.
"""

from dataclasses import dataclass, replace
from typing import Final

TYPES: Final = {"": "string", "s": "string", "i": "int64", "n": "decimal", "f": "double", "b": "bool", "d": "date", "t": "timestamp"}

_TEXT_LENGTH: Final = 100


@dataclass(frozen=True, slots=True)
class FieldSeed:
    """One field: sensitivity runs from 1 (public) to 4 (highest); a length of 0 means none applies."""

    name: str
    label: str
    type: str
    length: int
    nullable: bool
    key: bool
    sensitivity: int
    personal: bool
    mask: str


def parse_field(text: str) -> FieldSeed:
    """Read `name:label:type/length/sensitivity/flags/mask`; what is left out is a text that is public and may be missing.

    Flags are k key, r required (not nullable), p personal.
    """
    # padded below, so that every part left out reads as empty
    name, label, *more = text.split(":", 2)
    letter, length, sensitivity, flags, mask = ((*(more[0] if more else "").split("/"), "", "", "", ""))[:5]
    kind = TYPES[letter]
    return FieldSeed(
        name=name,
        label=label,
        type=kind,
        length=(int(length or 0) or _TEXT_LENGTH) if kind == "string" else 0,
        nullable="r" not in flags and "k" not in flags,
        key="k" in flags,
        sensitivity=int(sensitivity or 1),
        personal="p" in flags,
        mask=mask,
    )


def _fields(text: str) -> tuple[FieldSeed, ...]:
    return tuple(map(parse_field, text.split()))


_CHANGED: Final = "updated_at:更新时间:t//1/r"

SUBJECTS: Final = {
    "person": _fields(f"id_number:公民身份号码:s/18/3/kp/keep:6,4 name:姓名:s/50/2/rp/keep:1,0 sex:性别:s/2/1/rp {_CHANGED}"),
    "body": _fields(f"uscc:统一社会信用代码:s/18/1/k name:名称:s/200/1/r address:住所:s/300/1 {_CHANGED}"),
    "place": _fields(f"place_code:代码:s/40/1/k place_name:名称:s/200/1/r address:坐落:s/300/1 {_CHANGED}"),
    "vehicle": _fields(
        f"plate_number:号牌号码:s/10/2/kp owner_id:所有人证件号码:s/18/3/rp/keep:6,4 owner_name:所有人:s/100/2/rp/keep:1,0 {_CHANGED}"
    ),
    "project": _fields(f"project_code:项目代码:s/40/1/k project_name:项目名称:s/200/1/r owner_uscc:单位统一社会信用代码:s/18/1 {_CHANGED}"),
    "figure": _fields(f"record_number:编号:s/40/1/k region_code:行政区划代码:s/6/1/r {_CHANGED}"),
}
"""The common fields by what one record describes."""

RESIDENT: Final = _fields(
    "id_number:公民身份号码:s/18/3/kp/keep:6,4 name:姓名:s/50/2/rp sex:性别:s/2/1/rp birth_date:出生日期:d//2/rp/year "
    "ethnic_group:民族:s/20/3/rp/hide region_code:居住地行政区划代码:s/6/1/r address:居住地址:s/300/3/rp "
    "household_type:户别:s/10/1/rp household_size:家庭人口数:i//1/rp phone:联系电话:s/20/3/rp/keep:3,4 "
    "permit_number:居住证编号:s/30/2/p permit_issued:居住证签发日期:d//2/p permit_expires:居住证有效期至:d//2/p",
)
"""The columns of the table `resident`."""

BUSINESS: Final = _fields(
    "uscc:统一社会信用代码:s/18/1/k name:名称:s/200/1/r legal_representative:法定代表人:s/50/2/rp company_type:类型:s/50/1/r "
    "registered_capital:注册资本（万元）:n//1/r employees:从业人数:i//1/r established:成立日期:d//1/r expires:营业期限至:d//1 "
    "scope:经营范围:s/1000/1/r address:住所:s/300/1/r region_code:登记机关行政区划代码:s/6/1/r status:登记状态:s/20/1/r",
)
"""The columns of the table `business_register`."""


def fields_of(subject: str, further: str, share: str) -> tuple[FieldSeed, ...]:
    """Return the fields of an entry: the subject's own and further ones, as sensitive as the entry is guarded."""
    personal = subject in {"person", "vehicle"}
    floor = {"unconditional": 1, "conditional": 2, "refused": 4}[share]
    extra = [replace(field, personal=personal, sensitivity=2 if personal else 1) for field in _fields(further)]
    *common, changed = SUBJECTS[subject]
    fields = (*common, *extra, changed)
    return tuple(replace(field, sensitivity=max(field.sensitivity, floor)) for field in fields)
