"""Results as JUnit XML, which build servers read: a test suite for each procedure, a test case for each sequence."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from shuniu.tck.diagram import draw
from shuniu.tck.result import Outcome, Result

_NO_XML: Final = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""Characters that no XML 1.0 document holds, escaped or not."""


def to_junit(results: Iterable[Result]) -> bytes:
    """Return the document, in UTF-8."""
    suites: dict[str, list[Result]] = {}
    for one in results:
        suites.setdefault(one.sequence.id.partition("/")[0], []).append(one)
    every = [one for suite in suites.values() for one in suite]
    root = Element("testsuites", {"name": "shuniu tck", **_counts(every)})
    for name, group in suites.items():
        suite = SubElement(root, "testsuite", {"name": name, **_counts(group)})
        for one in group:
            _case(suite, name, one)
    indent_xml(root)
    document: bytes = tostring(root, encoding="utf-8")
    return b'<?xml version="1.0" encoding="UTF-8"?>\n' + document + b"\n"


def indent_xml(root: Element) -> None:
    """Give each element a line of its own."""
    indent(root, space="  ")


def _counts(results: list[Result]) -> dict[str, str]:
    failed = sum(one.outcome is Outcome.FAILED for one in results)
    skipped = sum(one.outcome is Outcome.NOT_RUN for one in results)
    seconds = sum(one.seconds for one in results)
    return {"tests": str(len(results)), "failures": str(failed), "errors": "0", "skipped": str(skipped), "time": f"{seconds:.3f}"}


def _case(suite: Element, name: str, result: Result) -> None:
    one = result.sequence
    case = SubElement(suite, "testcase", {"classname": f"tck.{name}", "name": one.id, "time": f"{result.seconds:.3f}"})
    if result.outcome is Outcome.FAILED:
        failure = SubElement(case, "failure", {"type": one.kind.value, "message": _clean(f"{one.article}: {result.why}")})
        failure.text = _clean(draw(result))
    elif result.outcome is Outcome.NOT_RUN:
        SubElement(case, "skipped", {"message": _clean(result.why)})


def _clean(text: str) -> str:
    return _NO_XML.sub("�", text)
