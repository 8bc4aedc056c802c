"""Fills a form of a page that is made already with what was typed into it before: whichever form it is, no page has to know of it."""

import re
from collections.abc import Mapping
from html import escape
from html.parser import HTMLParser
from typing import Final

_FORM: Final = re.compile(r"<form\b[^>]*>.*?</form>", re.DOTALL)
_UNTOUCHED: Final = frozenset({"hidden", "file", "submit", "password"})
_CHOSEN: Final = frozenset({"checkbox", "radio"})
_Attributes = list[tuple[str, str | None]]


def fill(page: str, action: str, fields: Mapping[str, str]) -> tuple[str, bool]:
    """Return the page with the form filled that goes to `action`, and whether there is such a form.

    Where several go there, the one whose hidden `name` is the same.
    """
    found: list[bool] = []

    def filled(match: re.Match[str]) -> str:
        form = _Form(match[0])
        if found or form.action != action or form.hidden.get("name", "") != fields.get("name", form.hidden.get("name", "")):
            return match[0]
        found.append(True)
        return _Filled(match[0], fields).text

    return _FORM.sub(filled, page), bool(found)


class _Form(HTMLParser):
    """Where a form goes, and its hidden fields."""

    def __init__(self, text: str) -> None:
        """Read it."""
        super().__init__()
        self.action, self.hidden = "", dict[str, str]()
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: _Attributes) -> None:
        """Note what is asked for."""
        said = dict(attrs)
        if tag == "form":
            self.action = said.get("action") or ""
        if tag == "input" and said.get("type") == "hidden":
            self.hidden[said.get("name") or ""] = said.get("value") or ""


class _Filled(HTMLParser):
    """A form, written again with other values."""

    def __init__(self, text: str, fields: Mapping[str, str]) -> None:
        """Read and write it."""
        super().__init__(convert_charrefs=False)
        self._fields, self._parts, self._select, self._silent = fields, list[str](), "", False
        self.feed(text)
        self.close()
        self.text = "".join(self._parts)

    def handle_starttag(self, tag: str, attrs: _Attributes) -> None:
        """Write a tag, with what was typed where it is a field."""
        name = dict(attrs).get("name") or ""
        if tag == "input":
            self._input(attrs, name)
        elif tag == "textarea" and name in self._fields:
            self._parts += [self.get_starttag_text() or "", escape(self._fields[name])]
            self._silent = True
        elif tag == "option" and self._select in self._fields:
            said = [one for one in attrs if one[0] != "selected"]
            self._write(tag, [*said, ("selected", None)] if dict(attrs).get("value") == self._fields[self._select] else said)
        else:
            self._select = name if tag == "select" else self._select
            self._parts.append(self.get_starttag_text() or "")

    def handle_endtag(self, tag: str) -> None:
        """Write the end of a tag."""
        self._silent = False
        self._select = "" if tag == "select" else self._select
        self._parts.append(f"</{tag}>")

    def handle_data(self, data: str) -> None:
        """Write a text, unless what was typed stands there now."""
        if not self._silent:
            self._parts.append(data)

    def handle_entityref(self, name: str) -> None:
        """Write a character by its name."""
        self.handle_data(f"&{name};")

    def handle_charref(self, name: str) -> None:
        """Write a character by its number."""
        self.handle_data(f"&#{name};")

    def _input(self, attrs: _Attributes, name: str) -> None:
        kind = dict(attrs).get("type") or "text"
        if kind in _CHOSEN:
            said = [one for one in attrs if one[0] != "checked"]
            chosen = self._fields.get(name) == (dict(attrs).get("value") or "on")
            self._write("input", [*said, ("checked", None)] if chosen else said)
        elif kind not in _UNTOUCHED and name in self._fields:
            self._write("input", [*(one for one in attrs if one[0] != "value"), ("value", self._fields[name])])
        else:
            self._parts.append(self.get_starttag_text() or "")

    def _write(self, tag: str, attrs: _Attributes) -> None:
        said = "".join(f" {name}" if value is None else f' {name}="{escape(value)}"' for name, value in attrs)
        self._parts.append(f"<{tag}{said}>")
