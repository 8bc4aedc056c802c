"""The hub's keys: present, readable by its user alone, whole, and those with which this hub has worked. None is made by looking."""

from collections.abc import Iterator
from pathlib import Path

from cli.doctor.result import CheckResult, ill, result_of, well
from hub.db import Tx
from hub.errors import ShuniuError
from hub.key_check import KeyCheck
from hub.key_set import KEYS
from hub.keys import KeyRing
from hub.reasons.operation import KEY_READABLE
from hub.signer import HubKey, Maker


def files(folder: Path, config_file: Path) -> Iterator[CheckResult]:
    """Check that every key of the hub exists, is whole, and only its user can read it."""
    if folder.stat().st_mode & 0o077:
        yield ill("keys", "the folder of keys may be read by others", "密钥目录可被其他用户读取", f"chmod 700 {folder}")
    wrong = [result for key in KEYS for result in _file(key, folder, config_file)]
    yield from wrong
    if not wrong:
        yield well("keys", f"all {len(KEYS)} keys are present, readable by this user alone", f"{len(KEYS)} 个密钥齐全，仅本用户可读")


def compared(tx: Tx, folder: Path) -> Iterator[CheckResult]:
    """Compare the keys with the check values in the hub's database."""
    check = KeyCheck.of(tx, folder)
    try:
        wrong = list(check.wrong())
    except ShuniuError:
        return  # one that cannot be read as a key is a result of the check of the files
    for key, error in wrong:
        yield result_of(_name(key), error)
    if not check.known:
        yield well("key checks", "the database has no check values yet; the next start writes them", "数据库尚无密钥校验值，下次启动时写入")
    elif not wrong:
        yield well("key checks", "the keys are those with which this hub has worked", "密钥与本枢纽一直使用的一致")


def _file(key: HubKey, folder: Path, config_file: Path) -> Iterator[CheckResult]:
    ring, path = KeyRing(folder), folder / key.file
    if not ring.has(key):
        yield ill(_name(key), f"{key.file} is missing", f"密钥 {key.file} 缺失", *_mend(key, path, config_file))
        return
    try:
        ring.check(key)
    except ShuniuError as error:
        if error.reason == KEY_READABLE.name and path.stat().st_mode & 0o077:
            yield ill(_name(key), f"{key.file} may be read by others", f"密钥文件 {key.file} 可被其他用户读取", f"chmod 600 {path}")
        else:
            yield result_of(_name(key), error)


def _mend(key: HubKey, path: Path, config_file: Path) -> tuple[str, str]:
    restore, add = f"cp -p BACKUP/keys/{key.file} {path}", f"shuniu keys add --config {config_file}"
    if key.maker is Maker.INIT:
        return restore, restore
    return f"{restore}  # none in the backup: {add}", f"{restore}  # 备份中没有则执行：{add}"


def _name(key: HubKey) -> str:
    return f"key {key.file}"
