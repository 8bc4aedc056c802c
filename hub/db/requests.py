"""Request ids (AIP-155): the same request sent twice is done once, and answered the same."""

import hashlib
from datetime import datetime

from sqlalchemy import insert, select

from hub.db.engine import Tx
from hub.db.tables import request_ids
from hub.errors import InvalidInputError

_LONGEST = 64


class RequestIds:
    """Which request of which caller made what, within one transaction."""

    def __init__(self, tx: Tx) -> None:
        """Bind to the transaction that makes the thing."""
        self._tx = tx

    def answered(self, caller: str, method: str, request_id: str, content: bytes) -> str | None:
        """Return the name of what this request made before, None when it is new; the same id with other content is refused."""
        if not request_id:
            return None
        if len(request_id) > _LONGEST:
            raise InvalidInputError(f"request_id is longer than {_LONGEST} characters", field="request_id", zh="请求编号过长")
        row = self._tx.execute(
            select(request_ids).where(request_ids.c.caller == caller, request_ids.c.method == method, request_ids.c.request_id == request_id),
        ).first()
        if row is None:
            return None
        if row.digest != hashlib.sha256(content).hexdigest():
            raise InvalidInputError(
                "this request_id was used for a different request",
                field="request_id",
                zh="请求编号已用于其他请求",
                next_action="use a new request_id",
            )
        return str(row.answer)

    def remember(self, caller: str, method: str, request_id: str, content: bytes, answer: str, at: datetime) -> None:
        """Keep what this request made; without a request_id nothing is kept."""
        if request_id:
            self._tx.execute(
                insert(request_ids).values(
                    caller=caller,
                    method=method,
                    request_id=request_id,
                    digest=hashlib.sha256(content).hexdigest(),
                    answer=answer,
                    at=at,
                ),
            )
