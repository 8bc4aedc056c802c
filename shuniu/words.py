"""A thing's name in both languages. Texts for people are made of these, so that no Chinese sentence holds an English state or field name."""

from __future__ import annotations

import re
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Final

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

_PART: Final = re.compile(r"([A-Za-z0-9_]+)(?:\[(\d+)\])?")


@dataclass(frozen=True)
class Word:
    """What programs call a thing (`id`), and what people call it in English and in Chinese."""

    id: str
    en: str
    zh: str

    def __str__(self) -> str:
        return self.id


def either(*words: Word) -> Word:
    """Return the words as alternatives: "a, b or c", "a、b或c"."""
    if len(words) == 1:
        return words[0]
    *head, last = words
    return Word(
        ", ".join(word.id for word in words),
        f"{', '.join(word.en for word in head)} or {last.en}",
        f"{'、'.join(word.zh for word in head)}或{last.zh}",
    )


@cache
def field_words() -> Mapping[str, str]:
    """Return the Chinese words of fields by their names in the protos (`fields.toml`)."""
    words: dict[str, str] = tomllib.loads(files(__package__).joinpath("fields.toml").read_text("utf-8"))
    return words


@cache
def value_words(kind: str) -> Mapping[str, tuple[str, ...]]:
    """Return the Chinese names of an enum's values by the values' names, the one that is shown first; empty for an enum without any."""
    every = tomllib.loads(files(__package__).joinpath("values.toml").read_text("utf-8"))
    return {name: tuple(words) for name, words in every.get(kind, {}).items()}


def field_word(path: str) -> Word:
    """Return the word for a field by its path in the request, such as `entry.fields[3].mask`: 第4项信息项的脱敏规则.

    A name without a word in the table (a business field of a license type, say) stands for itself.
    """
    *above, last = path.split(".") if path else [""]
    # Of the path above only an indexed part is said: it tells which of several is meant. People count from 1 (`_zh`).
    inside = next((found for part in above if (found := _PART.fullmatch(part)) and found[2]), None)
    zh = _zh(last)
    return Word(path, path, f"{_zh(inside[0])}的{zh}" if inside else zh)


def _zh(part: str) -> str:
    found = _PART.fullmatch(part)
    if found is None:
        return part
    word = field_words().get(found[1], found[1])
    return f"第{int(found[2]) + 1}个{word}" if found[2] else word
