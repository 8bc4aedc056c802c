"""The headers of every answer, of pages and of what is no request at all."""

from typing import Final

from aiohttp.web import StreamResponse

_HEADERS: Final = {
    "Content-Security-Policy": (
        "default-src 'self'; script-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=()",
}
_HTTPS_ONLY: Final = "max-age=31536000"  # a year (RFC 6797)


def set_headers(response: StreamResponse, *, secure: bool) -> None:
    """Set what every answer carries; `secure` where the pages are reached over HTTPS alone."""
    response.headers["Server"] = "shuniu"  # instead of the versions of what runs here
    for name, value in _HEADERS.items():
        response.headers.setdefault(name, value)
    if secure:
        response.headers.setdefault("Strict-Transport-Security", _HTTPS_ONLY)
