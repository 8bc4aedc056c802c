"""The cookies of the pages: HttpOnly, SameSite=Strict and, over HTTPS, with the `__Host-` prefix, so that no other host can set them.

One is SameSite=Lax, which a browser also brings along where another site leads to a page of ours: the cookie of a sign-in under way at an identity
provider, from which the browser comes back. It opens nothing by itself, and goes when the sign-in is done.
"""

import re
from typing import Final

from aiohttp.web import Request, StreamResponse

from web.pages import PAGES

SESSION: Final = "shuniu-session"
FORM: Final = "shuniu-form"
WAY: Final = "shuniu-way"
_LAX: Final = frozenset({WAY})
_SECRET: Final = re.compile(r"[A-Za-z0-9_-]{16,128}", re.ASCII)


def cookie_name(request: Request, name: str) -> str:
    """Return the name under which a cookie travels."""
    # a browser takes a `__Host-` cookie only with Secure, path / and no domain, so deleting it names the same
    return f"__Host-{name}" if request.app[PAGES].secure_cookies else name


def secret_of(request: Request, name: str) -> str:
    """Return the secret in a cookie, empty where it has none that we could have set."""
    value = request.cookies.get(cookie_name(request, name), "")
    return value if _SECRET.fullmatch(value) else ""


def set_cookie(request: Request, response: StreamResponse, name: str, secret: str, *, seconds: int | None = None) -> None:
    """Set a cookie that ends with the browser, or after so many seconds: no script reads it and no other site makes it travel."""
    secure = request.app[PAGES].secure_cookies
    response.set_cookie(cookie_name(request, name), secret, max_age=seconds, path="/", httponly=True, samesite=_same_site(name), secure=secure)


def delete_cookie(request: Request, response: StreamResponse, name: str) -> None:
    """Delete a cookie."""
    secure = request.app[PAGES].secure_cookies
    response.del_cookie(cookie_name(request, name), path="/", httponly=True, samesite=_same_site(name), secure=secure)


def _same_site(name: str) -> str:
    return "Lax" if name in _LAX else "Strict"
