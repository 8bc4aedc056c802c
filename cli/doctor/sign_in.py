"""The identity provider by which people sign in: does it answer, is it the one that the configuration names, does its clock agree with ours."""

import json
import ssl
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from http.client import HTTPException
from typing import Any, Final
from urllib.error import HTTPError, URLError
from urllib.request import HTTPRedirectHandler, HTTPSHandler, ProxyHandler, Request, build_opener

from cli.doctor.machine import SET_CLOCK
from cli.doctor.result import CheckResult, ill, well
from hub.clock import SystemClock
from hub.config import Config
from hub.sign_in import SignIn, may_be_asked
from web.oidc import IdentityProvider

_CHECK: Final = "sign-in"
_SECONDS: Final = 5.0
_LARGEST: Final = 256 * 1024
_FINE: Final = 200
_DRIFT: Final = timedelta(minutes=1)
"""How far the clocks may be apart, as the hub allows for in what the provider signs."""
_ENDPOINTS: Final = ("authorization_endpoint", "token_endpoint", "jwks_uri")


@dataclass(frozen=True, slots=True)
class _Answer:
    """What the provider answered: its discovery document, None where it is none, and the time that it says it is."""

    status: int
    document: Mapping[str, Any] | None
    date: datetime | None


class _Stay(HTTPRedirectHandler):
    """Follow nothing, as the hub does."""

    def redirect_request(self, *_args: Any, **_more: Any) -> None:
        """Return no other request."""
        return


def provider(config: Config, now: datetime) -> Iterator[CheckResult]:
    """Ask the provider for its discovery document, as the hub does before somebody signs in."""
    settings = config.sign_in
    if not settings.issuer:
        yield well(_CHECK, "no identity provider is set: officers sign in by passkeys", "未设置身份认证服务，经办人凭通行密钥登录")
        return
    IdentityProvider(settings, SystemClock())  # reads the secret and the CA: what is wrong with them is a result by itself
    address = f"{settings.issuer.rstrip('/')}/.well-known/openid-configuration"
    try:
        answer = _asked(settings, address)
    except (OSError, HTTPException, ValueError) as error:
        why = error.reason if isinstance(error, URLError) else error
        en, zh = f"the identity provider does not answer at {address}: {why}", f"身份认证服务 {address} 无应答：{why}"
        yield replace(ill(_CHECK, en, zh, f"curl -v {address}"), unanswered=True)
        return
    yield _judged(settings, address, answer)
    if answer.date is not None and abs(answer.date - now) > _DRIFT:
        seconds = f"{abs(answer.date - now).total_seconds():.0f}"
        en = f"the provider's clock differs by {seconds} s: what it signs is refused as too old or not yet good"
        yield ill("clock and sign-in", en, f"与身份认证服务时间相差{seconds}秒，其签发的凭据将因过期或尚未生效而被拒绝", SET_CLOCK)


def _judged(settings: SignIn, address: str, answer: _Answer) -> CheckResult:
    look = f"curl -v {address}"
    document = answer.document
    if answer.status != _FINE or document is None:
        en = f"the identity provider answers {answer.status} at {address}, and no discovery document"
        return ill(_CHECK, en, f"身份认证服务 {address} 返回 {answer.status}，未提供发现文档", look)
    named = str(document.get("issuer", ""))[:200]
    if named != settings.issuer:
        en = f"the identity provider calls itself {named or 'nothing'}, the configuration {settings.issuer}: nobody can sign in by it"
        zh = f"身份认证服务自称 {named or '（空）'}，而配置为 {settings.issuer}，无法凭其登录"
        return ill(_CHECK, en, zh, f"{look}  # then set `issuer` under [sign_in] exactly so", f"{look}  # 核实后在 [sign_in] 中照此设置 `issuer`")
    wrong = [name for name in _ENDPOINTS if not may_be_asked(str(document.get(name, "")))]
    if wrong:
        en = f"the identity provider names no address to which a secret may be sent: {', '.join(wrong)}"
        return ill(_CHECK, en, f"身份认证服务未给出可安全访问的地址：{'、'.join(wrong)}", look)
    return well(
        _CHECK, f"the identity provider {settings.issuer} answers, and is the one that is set", f"身份认证服务 {settings.issuer} 应答正常，与配置相符"
    )


def _asked(settings: SignIn, address: str) -> _Answer:
    # No proxy of the environment, no redirect, by the certificates that the configuration names: as the hub asks.
    trust = ssl.create_default_context(cafile=settings.ca or None)
    opener = build_opener(ProxyHandler({}), HTTPSHandler(context=trust), _Stay())
    end, body = time.monotonic() + _SECONDS, b""
    try:
        answer = opener.open(Request(address, headers={"Accept": "application/json"}), timeout=_SECONDS)  # noqa: S310 - https, or this machine
    except HTTPError as error:
        answer = error
    with answer:
        while len(body) <= _LARGEST and (piece := answer.read1(_LARGEST)):
            body += piece
            if time.monotonic() > end:
                raise TimeoutError("the answer does not end")
        return _Answer(answer.status or 0, _object_in(body), _date_in(answer.headers.get("Date", "")))


def _object_in(body: bytes) -> Mapping[str, Any] | None:
    try:
        found = json.loads(body) if len(body) <= _LARGEST else None
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None


def _date_in(text: str) -> datetime | None:
    try:
        found = parsedate_to_datetime(text)
    except ValueError:
        return None
    return found if found.tzinfo is not None else None
