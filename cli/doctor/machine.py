"""The machine: Python, SM2, a font for seals, the clock, free ports, and the operator's own files."""

import sys
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Final

from catalog.synonyms import synonyms_of
from cli.doctor.result import CheckResult, ill, result_of, well
from cli.ports import addresses_of, obstacle, refusal
from cli.process import holder
from hub.config import Config
from hub.descriptors import allowed_to, wanted
from licenses.type_file import types_of
from seals.picture.fonts import find_font
from shuniu.sm2 import self_test
from shuniu.zone import beijing_clock
from timing.clock_file import profile_of

OLDEST: Final = (3, 11)
YEARS: Final = range(2025, 2100)
MORE_FILES: Final = (
    "LimitNOFILE=65536 in the unit, or `ulimit -Hn 65536` where the hub is started",
    "在服务单元中设置 LimitNOFILE=65536，或在启动枢纽前执行 `ulimit -Hn 65536`",
)
SET_CLOCK: Final = "timedatectl set-ntp true"


def python() -> Iterator[CheckResult]:
    """Check the interpreter's version."""
    found = ".".join(map(str, sys.version_info[:3]))
    if sys.version_info[:2] < OLDEST:
        yield ill("python", f"Python {found} is older than 3.11", f"Python {found} 版本过低，应为 3.11 以上", "apt-get install --yes python3")
    else:
        yield well("python", f"Python {found}", f"Python {found}")


def sm2() -> Iterator[CheckResult]:
    """Check the system's libcrypto by the standards' known answers."""
    self_test()
    yield well("sm2", "libcrypto computes the known answers of SM2 and SM3", "libcrypto 通过 SM2、SM3 自检")


def synonyms(configured: str) -> Iterator[CheckResult]:
    """Check the operator's names of the same meaning, with the line that is wrong."""
    count = len(set(synonyms_of(configured).groups.values()))
    yield well("synonyms", f"the search knows {count} groups of names", f"检索同义词 {count} 组")


def font(configured: str) -> Iterator[CheckResult]:
    """Check that seal pictures can be drawn with Chinese characters."""
    found = find_font(Path(configured) if configured else None)
    if found is None:
        install = "apt-get install --yes fonts-noto-cjk"
        yield ill("font", "no font with Chinese characters: seal pictures would have no text", "缺少中文字体，印章图片将没有文字", install)
    else:
        yield well("font", f"seals are drawn with {found[0].name}", f"印章字体 {found[0].name}")


def clock(now: datetime) -> Iterator[CheckResult]:
    """Check that the machine's year is plausible; `storage` compares its time with the log and with the database server."""
    if now.year not in YEARS:
        yield ill("clock", f"the clock says {beijing_clock(now)} Beijing time", f"系统时间为北京时间 {beijing_clock(now)}，明显有误", SET_CLOCK)
    else:
        yield well("clock", f"the clock says {beijing_clock(now)} Beijing time", f"系统时间为北京时间 {beijing_clock(now)}")


def clocks(config: Config) -> Iterator[CheckResult]:
    """Check the file of statutory clocks."""
    profile = profile_of(config.clock_profile, config.clocks)
    unsure = sum(not limit.verified for limit in profile.limits.values())
    text = f"{profile.id} has {len(profile.limits)} clocks, {unsure} of them not verified"
    yield well("clocks", text, f"办理时限方案 {profile.id} 共{len(profile.limits)}项，其中{unsure}项未与正式文本核对")


def license_types(config: Config) -> Iterator[CheckResult]:
    """Check the file of license types."""
    found = len(types_of(config.license_types))
    yield well("license types", f"{found} license types", f"证照类型共{found}类")


def ports(config: Config) -> Iterator[CheckResult]:
    """Check that each address is free, or held by this very hub."""
    running = holder(config.data)
    ours = (running or {}).get("listens", {})
    for key, address in addresses_of(config).items():
        name = f"port {key}"
        if running is not None and isinstance(ours, dict) and ours.get(key) == address:
            yield well(name, f"{address} is used by this hub (process {running.get('pid')})", f"{address} 由本枢纽使用（进程 {running.get('pid')}）")
        elif number := obstacle(address):
            yield result_of(name, refusal(key, address, number))
        else:
            yield well(name, f"{address} is free", f"{address} 空闲")


def descriptors(config: Config) -> Iterator[CheckResult]:
    """Check that the running hub, or one started from here, may have as many files open as its doors want."""
    running = (holder(config.data) or {}).get("pid", 0)
    found, needed = allowed_to(running if isinstance(running, int) else 0), wanted(config.limits)
    if found < needed:
        en = f"a hub may have {found} files open here, {needed} are wanted: its doors take fewer connections than configured"
        yield ill("files", en, f"枢纽最多可打开{found}个文件，需要{needed}个；各端口的连接数将低于配置", *MORE_FILES)
    else:
        yield well("files", f"a hub may have {found} files open, {needed} are wanted", f"枢纽最多可打开{found}个文件，需要{needed}个")
