"""How a page of an officer calls the hub: through the gate inside, as whoever is signed in, with no rule of its own."""

from collections.abc import Collection
from typing import Any, Final

from aiohttp.web import Request
from google.protobuf.json_format import MessageToDict
from google.protobuf.message import Message

from certs.model import Session
from hub.access import Caller, Port, admit
from hub.errors import AlreadyExistsError, ConflictError, IllegalStateError, InvalidInputError, NotAllowedError
from web.pages import PAGES
from web.reception import in_thread

TOLD_IN_PLACE: Final = (AlreadyExistsError, ConflictError, IllegalStateError, InvalidInputError)
"""Refusals that are told on the page of the form, with what was typed; whatever else is refused has a page of its own."""


async def call(request: Request, session: Session, rpc: str, **fields: Any) -> Any:
    """Call an rpc, such as `OfficerService/ListOfficers`, and return its answer."""
    inside, path = request.app[PAGES].inside, path_of(rpc)
    return await in_thread(request, inside.call, path, inside.requests[path](**fields), session.caller)


def may(caller: Caller, rpcs: Collection[str]) -> list[str]:
    """Return the bare names of those rpcs that the gate would let a caller call."""
    return [rpc.rpartition("/")[2] for rpc in rpcs if _is_admitted(caller, rpc)]


def plain(message: Message) -> dict[str, Any]:
    """Return an answer as JSON tells it."""
    return MessageToDict(message, preserving_proto_field_name=True, always_print_fields_with_no_presence=True)


def path_of(rpc: str) -> str:
    """Return the path of an rpc."""
    return f"/shuniu.v1.{rpc}"


def _is_admitted(caller: Caller, rpc: str) -> bool:
    try:
        admit(path_of(rpc), Port.MEMBERS, caller)
    except NotAllowedError:
        return False
    return True
