"""Every step and every kind of notice that is posted anywhere has its words."""

import re
from pathlib import Path

from hub.access import ACCESS
from shuniu.words import value_words

ROOT = Path(__file__).parents[2]
PACKAGES = ("audit", "brokerage", "catalog", "certs", "exchange", "files", "licenses", "questions", "seals", "work")
STEP = re.compile(r'"([A-Z][A-Za-z]+Service/[A-Z][A-Za-z]+)"')
KIND = re.compile(r'(?:kind=|Told\.\w+: |_told\(|ESCALATED: Final = )"([a-z][a-z_]+)"')


def posted(pattern: re.Pattern[str]) -> set[str]:
    files = [path for package in PACKAGES for path in (ROOT / package).rglob("*.py")]
    texts = [text for path in files if re.search(r"\b(?:Waiting|Notice)\b", text := path.read_text(encoding="utf-8"))]
    return {name for text in texts for name in pattern.findall(text)}


def test_every_step_that_is_posted_has_its_words_and_is_an_rpc():
    words = value_words("WorkStep")
    assert posted(STEP) <= set(words)
    assert {f"/shuniu.v1.{step}" for step in words} <= set(ACCESS)


def test_every_kind_of_notice_that_is_told_has_its_words():
    kinds = posted(KIND) - {"posted", "settled", "notice", "admin", "change", "erasure"}
    assert {"deadline_over", "escalated", "proposal_void", "proposal_declined"} <= kinds
    assert kinds <= set(value_words("NoticeKind"))
