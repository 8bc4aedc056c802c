"""axe-core, a foreign judge of what screens and screen readers are given; npm fetches it for the tests alone. Absent tools: the tests say so."""

import shutil
import subprocess
from pathlib import Path
from typing import Any, Final

from playwright.sync_api import Page

from tests.postgres import missing

VERSION: Final = "4.10.3"
INTEGRITY: Final = "sha512-Xm7bpRXnDSX2YE2YFfBk2FnF0ep6tmG7xPh8iHee8MIcrgq762Nkce856dYtJYLkuIoYZvGfTs/PbZhideTcEg=="
TAGS: Final = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice")
_RUN: Final = """tags => axe.run(document, {runOnly: {type: 'tag', values: tags}, resultTypes: ['violations']})
  .then(found => found.violations.map(one => `${one.id}: ${one.nodes.map(node => node.target.join(' ')).slice(0, 4).join(' | ')}`))"""


def source(place: Path) -> str:
    """Return the script, fetched into a folder of its own: this version, with these bytes."""
    if not (shutil.which("node") and shutil.which("npm")):
        missing("npm", "sh scripts/languages.sh")
    command = ["npm", "install", "--silent", "--no-audit", "--no-fund", "--ignore-scripts", f"axe-core@{VERSION}"]
    try:
        done = subprocess.run(command, cwd=place, capture_output=True, timeout=180, check=False)
    except subprocess.TimeoutExpired:
        missing("axe-core", "npm did not fetch it in time")
    if done.returncode:
        missing("axe-core", "npm reaches no registry from here")
    assert INTEGRITY in (place / "package-lock.json").read_text(encoding="utf-8")
    return (place / "node_modules" / "axe-core" / "axe.min.js").read_text(encoding="utf-8")


def violations(page: Page, script: str) -> list[str]:
    """Return what axe objects to on the page as it stands."""
    # through the browser's own tools: a page takes no script that is not the hub's
    page.evaluate(script)
    found: Any = page.evaluate(_RUN, TAGS)
    return [str(one) for one in found]
