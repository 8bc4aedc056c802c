"""Which lists a verifier has seen, so that it never goes back to an older one: with yesterday's list a key revoked today would be good again.

One file, lists.json, in the state folder: for each publisher's trust list (by the key that signs it) the highest number and its time, for each
status list its latest time. A list that is refused is not remembered, nor is one that is dated in the future.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any, Final

from shuniu.cli.reasons import LIST_MEMORY_DAMAGED, LIST_MEMORY_NOT_KEPT
from shuniu.codes.reasons import STATUS_LIST_ROLLBACK
from shuniu.codes.status_list import StatusList
from shuniu.codes.trust_list import SKEW_SECONDS, TrustIssue, TrustList

FILE: Final = "lists.json"
_PARTS: Final = ("trust", "status")


def state_folder() -> Path:
    """Return where a program keeps its state (XDG Base Directory Specification)."""
    given = os.environ.get("XDG_STATE_HOME", "")
    # the specification: a path that is not absolute is to be ignored
    return (Path(given) if Path(given).is_absolute() else Path("~/.local/state")) / "shuniu"


class ListMemory:
    """The memory of one user, in a folder that several commands may use at once."""

    def __init__(self, folder: Path) -> None:
        """Take the folder; it is made when something is remembered."""
        self._folder = folder

    def follow(self, signer: bytes, trust: TrustList, statuses: Sequence[StatusList], now: int) -> None:
        """Refuse a list older than one that was seen before, by name; remember these. `signer` is the id of the key that signs them."""
        with self._held() as known:
            trusted = f"{signer.hex()} {trust.publisher} {trust.subject}"
            if trusted in known["trust"]:
                trust.check_follows(TrustIssue(*known["trust"][trusted]))
            for one in statuses:
                seen = known["status"].get(f"{signer.hex()} {one.uri}", 0)
                if one.issued_at < seen:
                    raise STATUS_LIST_ROLLBACK(uri=one.uri, behind=seen - one.issued_at)
            if trust.issued_at <= now + SKEW_SECONDS:
                known["trust"][trusted] = [trust.number, trust.issued_at]
            for one in statuses:
                if one.issued_at <= now + SKEW_SECONDS:
                    known["status"][f"{signer.hex()} {one.uri}"] = one.issued_at

    @contextmanager
    def _held(self) -> Iterator[dict[str, Any]]:
        """Give what is known, for this process alone until the block ends; then keep it, whole or not at all."""
        try:
            folder = self._folder.expanduser()
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            with (folder / f".{FILE}.lock").open("w") as lock:
                _hold(lock)
                known = _read(folder / FILE)
                yield known
                temporary = folder / f".{FILE}.new"
                temporary.write_text(json.dumps(known, indent=1), encoding="utf-8")
                temporary.replace(folder / FILE)
        except (OSError, RuntimeError) as error:  # RuntimeError: a user without a home
            raise LIST_MEMORY_NOT_KEPT(folder=self._folder) from error


def _hold(lock: IO[str]) -> None:
    """Wait for the file and hold it until it is closed."""
    if sys.platform == "win32":
        import msvcrt  # noqa: PLC0415 - each is on its own systems alone

        msvcrt.locking(lock.fileno(), msvcrt.LK_LOCK, 1)
    else:
        import fcntl  # noqa: PLC0415

        fcntl.flock(lock, fcntl.LOCK_EX)


def _read(path: Path) -> dict[str, Any]:
    """Return what a file remembers; nothing where there is none, and an error where it is damaged: forgetting is what an attacker would like."""
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {part: {} for part in _PARTS}
    except ValueError as error:
        raise LIST_MEMORY_DAMAGED(path=path) from error
    trust, status = (found.get(part) if isinstance(found, dict) else None for part in _PARTS)
    right = isinstance(trust, dict) and all(isinstance(one, list) and list(map(type, one)) == [int, int] for one in trust.values())
    if not right or not isinstance(status, dict) or not all(type(one) is int for one in status.values()):
        raise LIST_MEMORY_DAMAGED(path=path)
    return {"trust": trust, "status": status}
