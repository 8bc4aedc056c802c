"""The texts of an entry, as types: each in its one spelling, within its cap, without anybody's ID number.

The directory is public, so an ID number in an abstract or a telephone number would be too.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final, TypeVar

from catalog.model.content import EntryContent, Field
from hub.faults import Faults
from hub.wording import Guard, LegalBasis, Line, Statement, Text, Title

_C = TypeVar("_C", bound=EntryContent)


class Abstract(Statement):
    """摘要."""

    field = "abstract"


class Remark(Statement):
    """A condition or a reason, in several lines where needed; which of them must be there is for the rules."""

    cap, optional = 2_000, True


class EntryLegalBasis(LegalBasis):
    """法律依据, where the entry rests on any."""

    optional = True


class Name(Line):
    """A name or a word on one line."""

    cap = 100


class Label(Name):
    """中文名称 of a field."""

    field, optional = "label", False


class LongName(Line):
    """A longer name on one line."""

    cap = 200


class Unit(Line):
    """计量单位."""

    cap, signs_alone = 40, True


class Keyword(Line):
    """关键词."""

    cap, optional = 50, False


class ClassName(Line):
    """One class of the path 类 项目 细目."""

    cap, optional = 60, False


class Code(Line):
    """A code that a register gave: a digit is one digit, full-width or not. Long codes are digits by nature; only a whole citizen number counts."""

    cap, identifies, guard = 100, True, Guard.WHOLE


class Phone(Code):
    """联系电话."""

    guard = Guard.SPACED


class Said(Line):
    """What a yes says."""

    cap, optional = 200, False


class DataClass(Line):
    """数据分类: the class of the data, with those above it."""

    cap = 200


# what is missing here is of a closed list or has a shape in `rules.py`
_TEXTS: Final[Mapping[str, type[Text]]] = {
    "resource_code": Code,
    "title": Title,
    "abstract": Abstract,
    "series": Name,
    "steward": Name,
    "steward_phone": Phone,
    "legal_basis": EntryLegalBasis,
    "share_condition": Remark,
    "refusal_reason": Remark,
    "refusal_basis": EntryLegalBasis,
    "open_condition": Remark,
    "serving_resource": LongName,
    "region_field": Code,
    "data_class": DataClass,
}
_LISTS: Final[Mapping[str, type[Text]]] = {"keywords": Keyword, "class_path": ClassName, "purposes": Code}
_OF_FIELD: Final[Mapping[str, type[Text]]] = {"name": Code, "label": Label, "unit": Unit, "code_list": Name, "personal_category": Name, "term": Name}


def fold_texts(content: _C, faults: Faults) -> _C:
    """Return the content with every text in its one spelling; one that cannot stand in the directory stays as it is and among the faults."""

    def fold(kind: type[Text], text: str, path: str) -> str:
        return faults.take(lambda: kind(text, path), text)

    def fold_field(field: Field, path: str) -> Field:
        return replace(field, **{name: fold(kind, getattr(field, name), f"{path}.{name}") for name, kind in _OF_FIELD.items()})  # type: ignore[arg-type]

    texts: dict[str, Any] = {name: fold(kind, getattr(content, name), f"entry.{name}") for name, kind in _TEXTS.items()}
    lists: dict[str, Any] = {name: tuple(fold(kind, text, f"entry.{name}") for text in getattr(content, name)) for name, kind in _LISTS.items()}
    items = tuple(fold_field(field, f"entry.fields[{place}]") for place, field in enumerate(content.fields))
    source = replace(content.source, record_term=fold(Name, content.source.record_term, "entry.source.record_term"))
    kinds = {"secrecy_report": LongName, "secrecy_date": Code, "impact_report": LongName, "impact_date": Code}
    predicates = tuple(
        replace(
            one,
            text=fold(Said, one.text, f"entry.predicates[{place}].text"),
            text_en=fold(Said, one.text_en, f"entry.predicates[{place}].text_en"),
        )
        for place, one in enumerate(content.predicates)
    )
    written: dict[str, Any] = {name: fold(kind, getattr(content.assessment, name), f"entry.assessment.{name}") for name, kind in kinds.items()}
    assessed = replace(content.assessment, **written)
    return replace(content, **texts, **lists, fields=items, source=source, assessment=assessed, predicates=predicates)
