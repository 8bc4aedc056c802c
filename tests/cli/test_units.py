"""The systemd units of `packaging/`: systemd itself reads them, and none is less closed than the hub's."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.processes import ROOT

UNITS = sorted((ROOT / "packaging").glob("*.service")) + sorted((ROOT / "packaging").glob("*.timer"))
SERVICES = [one for one in UNITS if one.suffix == ".service"]
OWN = {"MemoryMax", "TasksMax", "LimitNOFILE", "StateDirectory", "User", "Group", "WorkingDirectory"}
"""What differs with what a unit does; everything else of the hub's is what closes it."""


def keys_of(path: Path) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for key, value in re.findall(r"^(\w+)=(.*)$", path.read_text(encoding="utf-8").partition("[Service]")[2].partition("[Install]")[0], re.MULTILINE):
        found.setdefault(key, []).append(value)
    return found


def test_there_are_the_units_that_the_guide_names():
    assert [one.name for one in UNITS] == ["shuniu-provide@.service", "shuniu-renew@.service", "shuniu.service", "shuniu-renew@.timer"]
    for guide in ("install.md", "install.zh-CN.md"):
        text = (ROOT / "docs" / "guides" / guide).read_text(encoding="utf-8")
        assert all(one.name in text for one in UNITS)


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="systemd-analyze is not on this machine")
def test_systemd_takes_them_without_a_word(tmp_path: Path):
    for one in UNITS:
        # The command stands where the guide installs it, which is not here.
        (tmp_path / one.name).write_text(one.read_text(encoding="utf-8").replace("/opt/shuniu/.venv/bin/shuniu", sys.executable), encoding="utf-8")
    done = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", *(f"./{one.name}" for one in UNITS)], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout + done.stderr) == (0, "")


@pytest.mark.parametrize("unit", SERVICES, ids=lambda one: one.name)
def test_each_is_as_closed_as_the_hub_s(unit: Path):
    hub, own = keys_of(ROOT / "packaging" / "shuniu.service"), keys_of(unit)
    closing = [
        key
        for key in hub
        if re.match(r"(Private|Protect|Restrict(?!art)|System|Remove|Lock|NoNew|Capability|Ambient|LimitCORE|MemorySwap|UMask)", key)
    ]
    assert len(closing) > 20
    assert {key: own.get(key) for key in closing} == {key: hub[key] for key in closing}
    assert {"User", "MemoryMax", "TasksMax", "StateDirectoryMode"} <= set(own)


def test_the_timer_runs_daily_is_spread_and_makes_up_for_what_it_missed():
    text = (ROOT / "packaging" / "shuniu-renew@.timer").read_text(encoding="utf-8")
    assert re.search(r"^OnCalendar=\*-\*-\* \d\d:\d\d:\d\d$", text, re.MULTILINE)
    assert "RandomizedDelaySec=2h" in text
    assert "Persistent=yes" in text
