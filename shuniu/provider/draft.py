"""A draft of the directory entry of what is served, made of names, types and comments, and never of the data.

What nobody but the department can know stands in it as a marked blank; `shuniu call` sends no request in which one is left.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from shuniu.provider.comparison import TEXT
from shuniu.provider.description import type_name
from shuniu.v1.catalog_pb2 import FieldType
from shuniu.v1.provider_pb2 import ProviderColumn, ProviderResource

BLANK: Final = "【待填 FILL IN】"
_NAME: Final = re.compile(r"[a-z][a-z0-9_]{0,62}")
_CHINESE: Final = re.compile("[\u3400-\u9fff]")
_KEY_TYPES: Final = (TEXT, "int64", "decimal")


@dataclass(frozen=True)
class Usual:
    """A datum that many registers have: the name of its field, its label, and how columns of it are called."""

    field: str
    label: str
    columns: tuple[str, ...]
    domain: str = ""


USUAL: Final = (
    Usual(
        "id_number",
        "公民身份号码",
        ("sfzh", "sfzhm", "gmsfhm", "gmsfzhm", "idcard", "id_card", "id_no", "idno", "公民身份号码", "身份证号", "身份证号码", "居民身份证号码"),
        "cn-id",
    ),
    Usual("uscc", "统一社会信用代码", ("tyshxydm", "tyxydm", "shxydm", "credit_code", "统一社会信用代码", "社会信用代码"), "uscc"),
    Usual("name", "姓名", ("xm", "姓名")),
    Usual("sex", "性别", ("xb", "xbdm", "性别")),
    Usual("birth_date", "出生日期", ("csrq", "出生日期", "出生年月日")),
    Usual("ethnic_group", "民族", ("mz", "mzdm", "民族")),
    Usual("address", "住址", ("hjdz", "jzdz", "dz", "zz", "住址", "地址", "户籍地址", "居住地址")),
    Usual("phone", "联系电话", ("lxdh", "sjhm", "sjh", "dhhm", "联系电话", "手机号", "手机号码", "电话")),
    Usual("company_name", "企业名称", ("qymc", "dwmc", "企业名称", "单位名称")),
)
"""Pinyin initials as GA/T 2000 and most registers have them, and the Chinese names; a guess that a person reads before it is used."""
_BY_COLUMN: Final[Mapping[str, Usual]] = {column: one for one in USUAL for column in (one.field, *one.columns)}
_PROMPTS: Final[tuple[tuple[str, str], ...]] = (
    ("abstract", "摘要 what a record says, and of whom"),
    ("resource_code", "资源代码 for example 10100201/000900"),
    ("region", "行政区划代码 6 digits, GB/T 2260"),
    ("steward", "数据管理岗位 the post that answers for the data"),
    ("steward_phone", "办公电话 its office telephone"),
    ("legal_basis", "采集依据 the law or duty by which it is collected"),
    ("level", "省级、市级、县级 one of these"),
    ("share_type", "无条件共享、有条件共享 (+ share_condition)、不予共享 (+ refusal_reason, refusal_basis) one of these"),
    ("open_type", "无条件开放、有条件开放 (+ open_condition)、不予开放 one of these"),
    ("update_period", "实时、每日、每周、每月、每季度、每年、不定期 one of these"),
)


@dataclass(frozen=True)
class Draft:
    """The request of CatalogService/CreateEntry, and the columns whose names an entry cannot have: {"id_number": "SFZH"}."""

    request: dict[str, Any]
    names: dict[str, str]


def draft_of(resource: ProviderResource, system: str) -> Draft:
    """Return the draft for a resource as Describe tells it; `system` is the short name of the system that serves it."""
    fields = field_names([(column.name, column.comment) for column in resource.columns])
    entry: dict[str, Any] = {"title": _short(resource.comment) or f"{BLANK}标题 the title"}
    entry.update((name, f"{BLANK}{prompt}") for name, prompt in _PROMPTS)
    entry["data_format"] = "DATA_FORMAT_DATABASE"
    entry["class_path"] = [f"{BLANK}类 class", f"{BLANK}项 item", f"{BLANK}目 subject"]
    entry.update(modes=["SHARE_MODE_QUERY"], serving_system=system, serving_resource=resource.resource)
    key = next(column for column in resource.columns if column.name == resource.key)
    domain = domain_of(key.name, key.comment)
    if domain:
        entry["subject_domain"] = domain
    entry["fields"] = [_field(column, fields[column.name], is_key=column.name == resource.key) for column in resource.columns]
    return Draft({"entry": entry}, {field: column for column, field in fields.items() if field != column})


def names_toml(names: Mapping[str, str]) -> str:
    """Return a column map as TOML, for the `names` of a resource."""
    return "\n".join(("[resource.names]", *(f"{field} = {_quoted(column)}" for field, column in names.items())))


def domain_of(column: str, comment: str = "") -> str:
    """Return what a key identifies, by the name and the comment of its column alone: "cn-id", "uscc", or empty for anything else."""
    one = _usual(column, comment)
    return one.domain if one is not None else ""


def field_names(columns: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Return for each column (name, comment) a name that a field of an entry can have: its own, a usual one, its own in small letters, field_3."""
    pairs = list(columns)
    # a column that can keep its name does
    names = {name: name for name, _ in pairs if _NAME.fullmatch(name)}
    for number, (name, comment) in enumerate(pairs, 1):
        if name not in names:
            usual = _usual(name, comment)
            wished = usual.field if usual is not None else name.lower() if _NAME.fullmatch(name.lower()) else f"field_{number}"
            taken = set(names.values())
            names[name] = next(one for one in (wished, *(f"{wished}_{more}" for more in range(2, len(pairs) + 2))) if one not in taken)
    return {name: names[name] for name, _ in pairs}


def blanks_in(value: Any, path: str = "") -> Sequence[str]:
    """Return the paths of what is still to be filled in, in parsed JSON."""
    if isinstance(value, str):
        return [path] if BLANK in value else []
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [found for name, one in inner for found in blanks_in(one, f"{path}[{name}]" if isinstance(name, int) else f"{path}.{name}".lstrip("."))]


def _usual(column: str, comment: str) -> Any:
    return _BY_COLUMN.get(column.strip().lower()) or _BY_COLUMN.get(_short(comment))


def _field(column: ProviderColumn, name: str, *, is_key: bool) -> dict[str, Any]:
    usual = _usual(column.name, column.comment)
    label = _short(column.comment) or (
        column.name if _CHINESE.search(column.name) else usual.label if usual else f"{BLANK}中文名称 label of {column.name}"
    )
    kind = type_name(column.value_type)
    field: dict[str, Any] = {"name": name, "label": label}
    field["type"] = FieldType.Name(column.value_type) if kind else f"{BLANK}FIELD_TYPE_STRING, _INT64, _DECIMAL, _DATE, ..."
    if kind == TEXT and column.length:
        field["length"] = column.length
    if is_key:
        field["key"] = True
    elif column.nullable:
        field["nullable"] = True
    field["sensitivity"] = f"{BLANK}1-4"
    field["personal"] = f"{BLANK}true, false"
    return field


def _short(comment: str) -> str:
    """Return the head of a comment: what stands before the first mark or explanation."""
    return re.split(r"[\n,，;；:：。(（]", comment.strip(), maxsplit=1)[0].strip()[:64]


def _quoted(text: str) -> str:
    """Return a TOML basic string."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return '"' + "".join(one if one.isprintable() else f"\\U{ord(one):08x}" for one in escaped) + '"'
