"""Request ids (AIP-155): the same request sent twice is done once, and answered the same."""

import hashlib
import json
from datetime import datetime
from typing import Any

from sqlalchemy import insert, select

from hub.db.engine import Tx
from hub.db.tables import request_ids
from hub.reasons import REQUEST_ID_REUSED
from hub.wording import RequestId


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
        if row.digest not in {_digest(content), _digest(former)}:
            raise REQUEST_ID_REUSED(field="request_id")
        return str(row.answer)

    def remember(self, caller: str, method: str, request_id: str, content: bytes, answer: str, at: datetime) -> None:
        """Keep what this request made; without a request_id nothing is kept."""
        if request_id:
            values = {"caller": caller, "method": method, "request_id": RequestId(request_id), "digest": _digest(content), "answer": answer, "at": at}
            self._tx.execute(insert(request_ids).values(values))


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
