"""Request ids (AIP-155): the same request sent twice is done once, and answered the same.

What a request said is kept as a keyed digest: by a bare hash, whoever has the database could try which officer, purpose or person it named.
Earlier releases kept the bare hash; their rows are compared as they were written until they are forgotten, 30 days later.
"""

import hashlib
import json
from base64 import urlsafe_b64encode
from datetime import datetime
from typing import Any, Final

from sqlalchemy import insert, select

from hub.db.tables import request_ids
from hub.db.transaction import Tx
from hub.reasons import REQUEST_ID_REUSED
from hub.wording import RequestId

_KEYED: Final = "k1:"
"""How a keyed digest begins in the column; a bare hash of earlier releases is 64 hexadecimal digits and nothing else."""


def canonical(content: Any) -> bytes:
    """Return plain values (dicts, lists, texts, numbers) as the bytes in which two requests are compared: JSON with sorted keys."""
    return json.dumps(content, sort_keys=True).encode()


class RequestIds:
    """Which request of which caller made what, within one transaction."""

    def __init__(self, tx: Tx) -> None:
        """Bind to the transaction that makes the thing."""
        self._tx = tx

    def look_up(self, caller: str, method: str, request_id: str, content: bytes, *, former: bytes = b"") -> str | None:
        """Return the name of what this request made before, None when it is new; the same id with other content is refused.

        `former` is the same content as an earlier release spelled it: a retry over an upgrade is the same request.
        """
        if not request_id:
            return None
        request_id = RequestId(request_id)  # it is stored in clear
        row = self._tx.execute(
            select(request_ids).where(request_ids.c.caller == caller, request_ids.c.method == method, request_ids.c.request_id == request_id),
        ).first()
        if row is None:
            return None
        same = {_bare(content), _bare(former)} if not row.digest.startswith(_KEYED) else {self._digest(content)}
        if row.digest not in same:
            raise REQUEST_ID_REUSED(field="request_id")
        return str(row.answer)

    def remember(self, caller: str, method: str, request_id: str, content: bytes, answer: str, at: datetime) -> None:
        """Keep what this request made; without a request_id nothing is kept."""
        if request_id:
            key = {"caller": caller, "method": method, "request_id": RequestId(request_id)}
            self._tx.execute(insert(request_ids).values({**key, "digest": self._digest(content), "answer": answer, "at": at}))

    def _digest(self, content: bytes) -> str:
        return _KEYED + urlsafe_b64encode(self._tx.keyed(content)).decode().rstrip("=")


def _bare(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
