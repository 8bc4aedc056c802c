"""A folder with what verifying offline takes: the hub's trust list, its status lists and the key that signs them, fetched in one go.

lists.pem        the key; written by the first fetch, and never changed after it: lists do not come with the key that judges them
trust-list.cwt   the trust list
status-0.cwt     the status lists, one for each shard
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime, timezone
from importlib import import_module
from pathlib import Path
from typing import Any, Final

from shuniu.cli.reasons import LISTS_MISSING, LISTS_OF_ANOTHER_KEY
from shuniu.codes import status_list, trust_list
from shuniu.codes.ec_keys import public_key
from shuniu.v1.license_pb2 import GetStatusListRequest, GetTrustListRequest

_KEY: Final = "lists.pem"
_TRUST: Final = "trust-list.cwt"
_STATUS: Final = "status-{}.cwt"
MOST_LISTS: Final = 1_024
"""Of 131,072 licenses each; a hub that goes on for ever is not followed."""


@dataclass(frozen=True)
class ListFolder:
    """The folder of one hub's lists."""

    folder: Path

    @property
    def key(self) -> Path:
        """Return where the key is."""
        return self.folder / _KEY

    @property
    def trust(self) -> Path:
        """Return where the trust list is; a folder that was never fetched into is told so."""
        if not (self.folder / _TRUST).is_file() or not self.key.is_file():
            raise LISTS_MISSING(folder=self.folder)
        return self.folder / _TRUST

    @property
    def statuses(self) -> tuple[Path, ...]:
        """Return where the status lists are."""
        return tuple(sorted(self.folder.glob(_STATUS.format("*"))))

    def fetch(self, hub: str, ca: bytes) -> dict[str, Any]:
        """Fetch all lists of a hub, read each under the key, and keep them; return what is kept. Nothing is kept of lists that do not pass."""
        pem, trust_bytes, statuses = _fetched(hub, ca)
        if self.key.is_file() and self.key.read_bytes() != pem:
            raise LISTS_OF_ANOTHER_KEY(path=self.key)
        signer = public_key(pem)
        trust = trust_list.decode(trust_bytes, signer)
        for data in statuses:
            status_list.decode(data, signer)
        self.folder.mkdir(parents=True, exist_ok=True)
        kept = {_KEY: pem, _TRUST: trust_bytes, **{_STATUS.format(shard): data for shard, data in enumerate(statuses)}}
        for name, data in kept.items():
            _write(self.folder / name, data)
        return {
            "folder": str(self.folder),
            "hub": trust.publisher,
            "keys": len(trust.keys),
            "status_lists": len(statuses),
            "trust_list_until": datetime.fromtimestamp(trust.expires_at, timezone.utc).isoformat(),
        }


def _fetched(hub: str, ca: bytes) -> tuple[bytes, bytes, list[bytes]]:
    """Return the key, the trust list and every status list that was begun, over a channel on which the hub proves who it is."""
    # loaded here: verifying offline needs no gRPC
    refused = import_module("shuniu.errors").ShuniuCallError
    statuses: list[bytes] = []
    with import_module("shuniu.client").connect_public(hub, ca) as public:
        answer = public.licenses.GetTrustList(GetTrustListRequest())
        try:
            while len(statuses) < MOST_LISTS:
                statuses.append(public.licenses.GetStatusList(GetStatusListRequest(shard=len(statuses))).status_list)
        except refused as end:
            if end.code.name != "NOT_FOUND":  # the shard behind the last
                raise
    return answer.public_key_pem.encode(), answer.trust_list, statuses


def _write(path: Path, data: bytes) -> None:
    """Write a file whole or not at all: somebody may verify meanwhile."""
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    temporary.write_bytes(data)
    temporary.replace(path)
