"""The style sheet, the icon and the scripts: read once, served from memory, named with their hash so that browsers may keep them."""

from hashlib import sha256
from pathlib import Path
from typing import Final

from aiohttp.web import Request, Response

from web.reasons import NO_SUCH_FILE

_FOLDER: Final = Path(__file__).with_name("static")
_TYPES: Final = {
    "style.css": "text/css",
    "verify.js": "text/javascript",
    "passkey.js": "text/javascript",
    "login.js": "text/javascript",
    "icon.svg": "image/svg+xml",
}
_CONTENT: Final = {name: (_FOLDER / name).read_bytes() for name in _TYPES}
_HASHES: Final = {name: sha256(content).hexdigest()[:16] for name, content in _CONTENT.items()}


def address_of(name: str) -> str:
    """Return the address of an asset; it changes with the content."""
    return f"/static/{name}?v={_HASHES[name]}"


async def asset(request: Request) -> Response:
    """Serve one of the known files; no path is ever joined."""
    name = request.match_info["name"]
    if name not in _CONTENT:
        raise NO_SUCH_FILE()
    response = Response(body=_CONTENT[name], content_type=_TYPES[name], charset="utf-8")
    # only an address with today's hash may be kept for ever: a page of an older release asks with another one
    fresh = request.query.get("v") == _HASHES[name]
    response.headers["Cache-Control"] = "public, max-age=31536000, immutable" if fresh else "no-cache"
    return response
