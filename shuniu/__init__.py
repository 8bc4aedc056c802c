"""What a department installs and imports: join the hub, call it, serve data to it.

    from shuniu import connect
    with connect("hub.example:7443", "identity") as hub:
        answer = hub.query(grant="grants/01J...", purpose="640000-11", case_number="2026-0001", officer="A17", subject_key="...")

`join` makes a key on this machine and gets a certificate for it, `connect` and `connect_async` open the members' port with them,
`Provider` serves a department's own records to the hub and to nobody else. Names are loaded when first used, so that importing
`shuniu.v1` alone stays cheap.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from shuniu.catalogue import ShuniuError
    from shuniu.client import Answer, AsyncClient, Checked, Client, connect, connect_async, connect_public
    from shuniu.enrolment import accept_invitation, expires_at, join, needs_renewal, new_key_and_csr, renew
    from shuniu.errors import FetchError, IdentityError, InvalidValueError, ShuniuCallError, SourceError
    from shuniu.possession import issuing_key_proof
    from shuniu.predicates import CheckAnswer
    from shuniu.provider import Column, FetchCall, Provider, Resource, Running, run
    from shuniu.receipts import KeptAnswer, NotKeptError, Receipt, ReceiptFolder
    from shuniu.webhook import verify_webhook

__all__ = [
    "Answer",
    "AsyncClient",
    "CheckAnswer",
    "Checked",
    "Client",
    "Column",
    "FetchCall",
    "FetchError",
    "IdentityError",
    "InvalidValueError",
    "KeptAnswer",
    "NotKeptError",
    "Provider",
    "Receipt",
    "ReceiptFolder",
    "Resource",
    "Running",
    "ShuniuCallError",
    "ShuniuError",
    "SourceError",
    "accept_invitation",
    "connect",
    "connect_async",
    "connect_public",
    "expires_at",
    "issuing_key_proof",
    "join",
    "needs_renewal",
    "new_key_and_csr",
    "renew",
    "run",
    "verify_webhook",
]

_ROOMS: Final = (
    "shuniu.possession",
    "shuniu.webhook",
    "shuniu.receipts",
    "shuniu.predicates",
    "shuniu.client",
    "shuniu.enrolment",
    "shuniu.errors",
    "shuniu.provider",
)


def __getattr__(name: str) -> Any:
    """Return a public name from the room that holds it."""
    if name in __all__:
        # in this order: `shuniu.provider` brings a server along, which a client does not need
        for room in map(import_module, _ROOMS):
            if hasattr(room, name):
                return getattr(room, name)
    raise AttributeError(f"module 'shuniu' has no attribute {name!r}")
