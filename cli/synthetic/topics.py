"""What the departments hold: the lines of `topics.toml`, with their place in the classification of the directory."""

import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Final

from cli.synthetic.fields import BUSINESS, RESIDENT, FieldSeed, fields_of

_LEVELS: Final = {"p": "province", "c": "city", "x": "county"}
_CLASSES: Final = {"基础": "基础信息资源", "主题": "主题信息资源", "部门": "部门信息资源"}


@dataclass(frozen=True, slots=True)
class Topic:
    """One kind of data, as every department of the kind that holds it describes it.

    `class_code` is 类 1 digit, 项 2, 目 3 and 细目 2 digits (编制指南（试行）, resource code).
    """

    kind: str
    stem: str
    subject: str
    class_path: tuple[str, ...]
    class_code: str
    share: str
    refusal_basis: str
    basis: str
    update: str
    levels: tuple[str, ...]
    fields: tuple[FieldSeed, ...]
    table: str = ""


_REGISTERS: Final = (
    ("public-security", "常住人口基本信息", "person", "基础/人口/户籍", "c", "《中华人民共和国户口登记条例》", "daily", RESIDENT, "resident"),
    (
        "market-regulation",
        "企业登记基本信息",
        "body",
        "基础/法人/市场主体",
        "u",
        "《中华人民共和国市场主体登记管理条例》（国务院令第746号）",
        "realtime",
        BUSINESS,
        "business_register",
    ),
)


@cache
def topics() -> tuple[Topic, ...]:
    """Return all topics; the first two are the registers whose tables `write_sqlite` makes."""
    return tuple(_read())


def _read() -> Iterator[Topic]:
    data = tomllib.loads(files(__package__).joinpath("topics.toml").read_text("utf-8"))
    codes = _Classification()
    for kind, stem, subject, path, share, basis, update, fields, table in _REGISTERS:
        yield Topic(kind, stem, subject, _path(path, stem), codes.code(path), _share(share), "", basis, update, ("province",), fields, table)
    for kind, stem, subject, path, share, basis, update, levels, further in data["topics"]["rows"]:
        fields = fields_of(subject, further, _share(share))
        where = tuple(_LEVELS[level] for level in levels)
        ground = data["grounds"].get(share, "")
        yield Topic(kind, stem, subject, _path(path, stem), codes.code(path), _share(share), ground, basis, update, where, fields)


def _share(letter: str) -> str:
    return {"u": "unconditional", "c": "conditional"}.get(letter, "refused")


def _path(path: str, stem: str) -> tuple[str, ...]:
    top, item, detail = path.split("/")
    name = stem.removesuffix("信息").removesuffix("基本")
    return _CLASSES[top], item, detail, name if name not in {item, detail} else stem


class _Classification:
    """Numbers 项 within 类, 目 within 项 and 细目 within 目 in the order in which they first appear."""

    def __init__(self) -> None:
        self._children: dict[str, dict[str, int]] = {}
        self._details: dict[str, int] = {}

    def code(self, path: str) -> str:
        top, item, detail = path.split("/")
        # each topic of a path takes the next 细目
        self._details[path] = self._details.get(path, 0) + 1
        first = list(_CLASSES).index(top) + 1
        return f"{first}{self._number(top, item):02d}{self._number(f'{top}/{item}', detail):03d}{self._details[path]:02d}"

    def _number(self, parent: str, child: str) -> int:
        children = self._children.setdefault(parent, {})
        return children.setdefault(child, len(children) + 1)
