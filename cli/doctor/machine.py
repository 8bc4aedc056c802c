"""The machine: Python, SM2, a font for seals, the clock, free ports."""

import sys
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Final

from cli.doctor.finding import Finding, ill, well
from cli.ports import addresses_of, mend, obstacle
from cli.process import holder
from hub.config import Config
from hub.sm2 import self_test
from seals.picture.fonts import find_font

OLDEST: Final = (3, 11)
YEARS: Final = range(2025, 2100)
SET_CLOCK: Final = "timedatectl set-ntp true"


def python() -> Iterator[Finding]:
    """Check the interpreter's version."""
    found = ".".join(map(str, sys.version_info[:3]))
    if sys.version_info[:2] < OLDEST:
        yield ill("python", f"Python {found} is older than 3.11", f"Python {found} 版本过低", "apt-get install --yes python3")
    else:
        yield well("python", f"Python {found}", f"Python {found}")


def sm2() -> Iterator[Finding]:
    """Check the system's libcrypto by the standards' known answers."""
    self_test()
    yield well("sm2", "libcrypto computes SM2 and SM3 as the standards say", "libcrypto 国密自检通过")


def font(configured: str) -> Iterator[Finding]:
    """Check that seal pictures can be drawn with Chinese characters."""
    found = find_font(Path(configured) if configured else None)
    if found is None:
        mending = "apt-get install --yes fonts-noto-cjk"
        yield ill("font", "no font with Chinese characters: seal pictures would be drawn without text", "缺少中文字体", mending)
    else:
        yield well("font", f"seals are drawn with {found[0].name}", f"印章字体 {found[0].name}")


def clock(now: datetime) -> Iterator[Finding]:
    """Check that the machine's year makes sense; how it stands to the log and the database server is looked at there."""
    if now.year not in YEARS:
        yield ill("clock", f"the clock says {now:%Y-%m-%d}", f"系统时间 {now:%Y-%m-%d} 明显有误", SET_CLOCK)
    else:
        yield well("clock", f"the clock says {now:%Y-%m-%d %H:%M:%S} UTC", f"系统时间 {now:%Y-%m-%d %H:%M:%S} UTC")


def ports(config: Config) -> Iterator[Finding]:
    """Check that each address is free, or held by this very hub."""
    running = holder(config.data)
    ours = (running or {}).get("listens", {})
    for key, address in addresses_of(config).items():
        name = f"port {key}"
        if running is not None and isinstance(ours, dict) and ours.get(key) == address:
            yield well(name, f"{address} is held by this hub (process {running.get('pid')})", f"{address} 由本枢纽使用（进程 {running.get('pid')}）")
        elif number := obstacle(address):
            yield ill(name, *mend(key, address, number))
        else:
            yield well(name, f"{address} is free", f"{address} 空闲")
