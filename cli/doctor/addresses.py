"""The two addresses that are never changed: of the web pages, in each license, and of the log, in each checkpoint."""

from collections.abc import Iterator
from pathlib import Path

from cli.doctor.result import CheckResult, ill, well
from hub.config import Config
from hub.db import Tx
from hub.reach import obstacle_of_log, obstacle_of_pages
from licenses.store import has_licenses


def addresses(tx: Tx, config: Config, config_file: Path) -> Iterator[CheckResult]:
    """Tell of an address that reaches nobody; where licenses or checkpoints bear it already, it stays, and that is said."""
    yield _pages(tx, config, config_file)
    yield _log(config, config_file)


def _pages(tx: Tx, config: Config, config_file: Path) -> CheckResult:
    why, url = obstacle_of_pages(config), config.web_url or f"http://{config.web}"
    if why is None:
        return well("web address", f"licenses bear {url}", f"写入证照的网页地址为 {url}")
    if has_licenses(tx):
        en, zh = f"licenses bear {url} already, which reaches nobody ({why.en}); it stays", f"已有证照写入 {url}，外部无法访问（{why.zh}），予以保留"
        return well("web address", en, zh)
    mend = f"set `web_url` in {config_file} before the first license, or `local = true` for a trial on this machine"
    mend_zh = f"颁发首个证照之前，请在 {config_file} 中设置 `web_url`；仅在本机试用时设置 `local = true`"
    en, zh = f"licenses would bear {url}, which reaches nobody: {why.en}", f"证照将写入 {url}，外部无法访问：{why.zh}"
    return ill("web address", en, zh, mend, mend_zh)


def _log(config: Config, config_file: Path) -> CheckResult:
    why = obstacle_of_log(config)
    if why is None:
        return well("log origin", f"the log is {config.origin}", f"访问日志名称为 {config.origin}")
    if (config.data / "log" / "checkpoint").is_file():
        en, zh = (
            f"the log has begun as {config.origin}, which is nobody's ({why.en}); it stays",
            f"访问日志已以 {config.origin} 为名启用（{why.zh}），予以保留",
        )
        return well("log origin", en, zh)
    mend = f"set `log_origin` in {config_file} before the first start, or `local = true` for a trial on this machine"
    mend_zh = f"首次启动之前，请在 {config_file} 中设置 `log_origin`；仅在本机试用时设置 `local = true`"
    return ill("log origin", f"the log would be {config.origin}: {why.en}", f"访问日志将以 {config.origin} 为名：{why.zh}", mend, mend_zh)
