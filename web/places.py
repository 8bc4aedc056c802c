"""Where a page leads next: an address of our own, whatever the request says."""

import re
from typing import Final

from aiohttp.web import Request, Response

HOME: Final = "/inbox"
"""Where an officer begins."""
# No second slash, no backslash, no dots: nothing that a browser reads as another host or folder.
_PLACE: Final = re.compile(r"/(?:[a-z0-9-]+(?:/[a-z0-9-]+)*)?", re.ASCII)


def local_place(request: Request, place: str = "") -> str:
    """Return the address to go to after signing in: the one that is asked for where it is a page of ours, else the first page of an officer."""
    wish = place or request.query.get("next", "")
    return wish if _PLACE.fullmatch(wish) and wish != "/" else HOME


def see_other(place: str) -> Response:
    """Return the answer that leads to a page."""
    return Response(status=303, headers={"Location": place, "Cache-Control": "no-store"})
